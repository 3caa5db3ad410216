"""A `reelway serve` in a process of its own, which can be killed and come back.

    with Node("north", folder, "--emulate", "novita") as node:
        node.start()       returns once it is ready
        node.kill()        SIGKILL: it learns nothing of it, and neither do its callers
        node.begin()       on the same folder, so it knows its tasks still, and on the same port
        node.ready()       whether it answers again

Each ends with this process, however that ends: it listens to its standard input for that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

from reelway.testing import READY, RUN

PATIENCE = 30.0  # seconds to start in


class Node:
    def __init__(self, name: str, folder: Path, *arguments: str) -> None:
        self.name = name
        self.data = folder / name
        self.data.mkdir()
        self.address = ""
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(timeout=10, trust_env=False)

    @property
    def up(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def key(self) -> str:
        """Its own, which its first start has made."""
        return (self.data / "local.key").read_text().strip()

    def start(self) -> None:
        self.begin()
        self.wait()

    def wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while not self.ready():
            if time.monotonic() > end:
                raise SystemExit(f"{self.name} does not start:\n{self.log()}")
            time.sleep(0.02)

    def begin(self) -> None:
        port = httpx.URL(self.address).port if self.address else 0
        plain = {k: v for k, v in os.environ.items() if not k.startswith("REELWAY_")}
        said = ["serve", "--data", str(self.data), "--port", str(port), *self._arguments]
        with self._file("out").open("wb") as out, self._file("log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", RUN, *said],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=log,
                env={**plain, "REELWAY_DRAIN": "0"},
            )

    def ready(self) -> bool:
        """Whether it answers by now; SystemExit where it has ended."""
        if said := READY.search(self._file("out").read_bytes()):
            self.address = said[1].decode()
        elif not self.up:
            raise SystemExit(f"{self.name} did not start:\n{self.log()}")
        return said is not None

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._reap()

    def stop(self) -> None:
        self._http.close()
        if self._process:
            self._process.terminate()
            self._reap()

    def _reap(self) -> None:
        assert self._process and self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, method: str, path: str, key: str, **more: Any) -> Any:
        """Its answer to a call; raises httpx.HTTPError."""
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        reply = self._http.request(method, self.address + path, headers=headers, **more)
        if reply.is_error:
            raise httpx.HTTPError(f"{self.name} answered {reply.status_code}: {reply.text}")
        return reply.json()

    def log(self) -> str:
        return self._file("log").read_text(errors="replace")

    def _file(self, kind: str) -> Path:
        return self.data.with_name(f"{self.name}.{kind}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
