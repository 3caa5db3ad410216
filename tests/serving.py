"""A real `reelway serve` in a process of its own, for tests, campaigns and benchmarks.

    with Server.start(tmp_path / "data", animatic_slots=2) as server:
        task = server.make(prompt="a boat in the rain", duration=3)     # created, ended
        film = server.http.get(task["film"]["url"])                    # httpx, with the key
        server.kill()                                                  # SIGKILL
        server.restart()                                               # same folder, same port

Words after the folder are settings without their prefix: `animatic_slots=2` is
REELWAY_ANIMATIC_SLOTS=2. The frame is an eighth unless `animatic_scale` says otherwise. Stdout
and stderr lie beside the folder, as `<folder>.out` and `<folder>.log`.

    server.address, key, data, pid, process      server.log() → stderr so far
    server.http, client(**options)               httpx.Client with address and key
    server.create(**body), ended(id), make(**body)   the native wire, as dicts
    server.stop() → exit code, kill(), restart(), spawn()
    server.children() → [Process]                living descendants; `orphans()` after its end
"""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from reelway.lines import PARENT

REELWAY = ("-c", "from reelway.cli import main; main()")
READY = re.compile(r"listens on (http://\S+);")
OVER = ("succeeded", "failed", "cancelled")
SMALL = 0.125  # scale of the frame: 160×90 for 720p
# It trusts nobody, and its servers have plain addresses: for each client httpx would read all of
# the machine's certificates, which takes longer than most tests.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

T = TypeVar("T")


def wait_until(condition: Callable[[], T], within: float, *, every: float = 0.02) -> T:
    """What `condition` returns once that is true; for what another process does. Raises
    TimeoutError after `within` seconds."""
    end = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within:g} s: {condition}")
        time.sleep(every)
    return value


def free_port() -> int:
    """For a server whose address has to be known before it listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@dataclass(frozen=True)
class Process:
    """A process by number and birth, so that a number that was given again is not mistaken."""

    pid: int
    born: int  # clock ticks since the machine's start
    command: str

    @property
    def alive(self) -> bool:
        """Running still; one that only waits to be reaped is not."""
        stat = _stat(self.pid)
        return stat is not None and stat[0] != "Z" and stat[2] == self.born

    def kill(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)


class Server:
    """Use `Server.start`, in a `with`, so that nothing is left running."""

    def __init__(
        self,
        data: Path,
        arguments: Sequence[str],
        settings: dict[str, Any],
        *,
        port: int,
        under: Sequence[str],
        python: Sequence[str],
    ) -> None:
        self.data = data
        self.address = ""
        self.key = ""
        self._port = port
        self._head = [*under, sys.executable, *python, *REELWAY, "serve", "--data", str(data)]
        self._arguments = list(arguments)
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("REELWAY_")}
        for name, value in {"animatic_scale": SMALL, **settings}.items():
            self._environment[f"REELWAY_{name.upper()}"] = str(value)
        self._out = data.with_name(data.name + ".out")
        self._log = data.with_name(data.name + ".log")
        self._clients: list[httpx.Client] = []
        self._http: httpx.Client | None = None

    @classmethod
    def start(
        cls,
        data: Path,
        *arguments: str,
        port: int = 0,
        under: Sequence[str] = (),
        python: Sequence[str] = (),
        within: float = 30,
        **settings: Any,
    ) -> Self:
        """`arguments` go to `reelway serve`, `python` to the interpreter; `under` is a command to
        run it under (strace -D). Returns when it is ready; raises RuntimeError with its log."""
        server = cls(data, arguments, settings, port=port, under=under, python=python)
        server.restart(within=within)
        return server

    def restart(self, *, within: float = 30) -> None:
        """Start it on its folder (again), on the port that it had, and wait until it is ready."""
        self.spawn()
        try:
            ready = wait_until(self._ready, within, every=0.005)
        except (TimeoutError, RuntimeError):
            self.kill()
            raise RuntimeError(f"the server did not start:\n{self.log()[-4000:]}") from None
        self.address = ready[1]
        self.key = (self.data / "local.key").read_text().strip()

    def spawn(self) -> None:
        """Only begin the process: to kill one that is not ready yet."""
        if self.address:
            self._port = httpx.URL(self.address).port or 0
        self._said = self._out.stat().st_size if self._out.exists() else 0
        command = [*self._head, "--port", str(self._port), *self._arguments]
        with self._out.open("ab") as out, self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=self._environment
            )

    def _ready(self) -> re.Match[str] | None:
        if self.process.poll() is not None:
            raise RuntimeError("ended")
        return READY.search(self._out.read_bytes()[self._said :].decode())

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def client(self, **options: Any) -> httpx.Client:
        """A client with address and key; closed with the server at the latest."""
        headers = {"authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        client = httpx.Client(
            base_url=self.address,
            headers=headers,
            **{"timeout": 30.0, "trust_env": False, "verify": PLAIN, **options},
        )
        self._clients.append(client)
        return client

    @property
    def http(self) -> httpx.Client:
        if self._http is None or self._http.is_closed:
            self._http = self.client()
        return self._http

    def create(self, **body: Any) -> dict[str, Any]:
        reply = self.http.post("/api/v1/tasks", json=body)
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    def task(self, id: str) -> dict[str, Any]:
        reply = self.http.get(f"/api/v1/tasks/{id}")
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def ended(self, id: str, *, within: float = 60) -> dict[str, Any]:
        """The task once it is over."""

        def over() -> dict[str, Any] | None:
            task = self.task(id)
            return task if task["status"] in OVER else None

        return wait_until(over, within, every=0.05)

    def make(self, *, within: float = 60, **body: Any) -> dict[str, Any]:
        """Create a task and wait for its end."""
        return self.ended(self.create(**body)["id"], within=within)

    def children(self) -> list[Process]:
        """Its living descendants: engine children, media helpers, and what those started."""
        known = {self.pid}
        found: dict[int, Process] = {}
        while more := [p for p, parent in _processes() if parent in known and p.pid not in known]:
            known |= {p.pid for p in more}
            found |= {p.pid: p for p in more}
        return list(found.values())

    def orphans(self) -> list[Process]:
        """Living processes that a server of this number had begun as children, whoever their
        parent is now."""
        mark = f"{PARENT}={self.pid}".encode()
        return [p for p, _ in _processes() if mark in _environ(p.pid).split(b"\0")]

    def stop(self, *, within: float = 30) -> int:
        """SIGTERM; its exit code. Killed, and TimeoutExpired raised, if it takes longer."""
        self._close()
        self.process.terminate()
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """SIGKILL to the server alone."""
        self._close()
        self.process.kill()
        self.process.wait()

    def _close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        if self.process.poll() is None:
            self.stop()


def _processes() -> list[tuple[Process, int]]:
    """Every process that can be seen and is not only waiting to be reaped, and its parent."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (stat := _stat(int(folder.name))) and stat[0] != "Z":
            process = Process(int(folder.name), stat[2], _command(int(folder.name)))
            found.append((process, stat[1]))
    return found


def _stat(pid: int) -> tuple[str, int, int] | None:
    """(state, parent, birth); None when it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return words[0], int(words[1]), int(words[19])


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
