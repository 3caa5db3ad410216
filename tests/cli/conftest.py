from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reelway.cli import main
from serving import REELWAY, Server


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Reelway = Callable[..., Result]


def said(result: Result) -> dict[str, str]:
    """What it tells as names and texts; of a name that comes twice, the last."""
    pairs = [re.split("  +", line, maxsplit=1) for line in result.out.splitlines()]
    return {name: "".join(words) for name, *words in pairs}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def reelway(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Reelway:
    """Run the command line here, on the data folder `data`: `reelway("keys", "list")`."""
    for name in [n for n in os.environ if n.startswith("REELWAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REELWAY_DATA", str(data))
    monkeypatch.setenv("REELWAY_ANIMATIC_SCALE", "0.125")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["reelway", *arguments])
        capfd.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        said = capfd.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in said.err
        return Result(code, said.out, said.err)

    return run


# Against a server

COMMAND = (sys.executable, *REELWAY)
OnServer = Callable[..., Result]
Terminal = Callable[..., Result]


@pytest.fixture
def on_server(reelway: Reelway, server: Server, monkeypatch: pytest.MonkeyPatch) -> OnServer:
    """As `reelway`, with the server's address and key in the environment."""
    monkeypatch.setenv("REELWAY_URL", server.address)
    monkeypatch.setenv("REELWAY_KEY", server.key)
    return reelway


def environment(server: Server, **more: str) -> dict[str, str]:
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("REELWAY_", "COLUMNS"))}
    here = {"REELWAY_URL": server.address, "REELWAY_KEY": server.key, "PYTHONUTF8": "1"}
    return {**plain, **here, **more}


def started(
    server: Server, *arguments: str, stdout: Any = None, **environ: str
) -> subprocess.Popen[str]:
    """A command in a process of its own, on pipes."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(server, **environ),
        stdin=subprocess.DEVNULL,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def terminal(server: Server) -> Terminal:
    """Run a command on a terminal of so many columns: `terminal(80, "task", "list")`."""

    def run(columns: int, *arguments: str, **environ: str) -> Result:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(server, **{"TERM": "xterm", **environ}),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        out = b""
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
            while data := os.read(ours, 65536):
                out += data
        os.close(ours)
        return Result(process.wait(30), out.decode().replace("\r\n", "\n"), "")

    return run
