"""A vendor on this machine, for the tests of whoever calls one: `reelway serve --emulate`.

    with reelway.testing.emulator("novita", balance="0.84") as vendor:
        call(vendor.url, vendor.key)            # your client
        vendor.fresh_key("another account")     # with a balance and counters of its own
        vendor.environ("NOVITA")                # {"NOVITA_URL": …, "NOVITA_KEY": …}

The server is a process of its own on a free port of 127.0.0.1, with a folder that is removed with
it; it ends with the block, and also when this process dies. Options are the settings of the section
`emulate` (docs/emulator.md). With pytest, see `reelway.pytest_plugin`.

Only the standard library is imported here.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY = re.compile(rb"listens on (http://\S+);")
START = 30.0  # seconds
STOP = 10.0  # seconds, then it is killed
KEY = "sk_test_reelway"
BAD_KEY = "invalid"  # the one key that is refused
# Ends when its stdin does, and so with us, however we end.
RUN = """
import os, signal, threading
def mind():
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=mind, daemon=True).start()
from reelway.cli import main
main()
"""

Option = str | int | float


class NotStarted(RuntimeError):
    """The emulator did not start; the text is what it said last."""


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """An emulator that runs."""

    wire: str
    url: str
    key: str
    folder: Path
    process: subprocess.Popen[bytes]

    def fresh_key(self, name: str) -> str:
        """The key of another account; the same name, the same account."""
        return f"{KEY}_{re.sub(r'[^A-Za-z0-9]', '_', name)}"

    def environ(self, head: str) -> Mapping[str, str]:
        """Address and key as variables that begin with `head`, for a client's process."""
        return {f"{head}_URL": self.url, f"{head}_KEY": self.key}

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        """End it and remove its folder; harmless when called again."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(wire: str = "novita", *more: str, **options: Option | None) -> Vendor:
    """Start an emulator of `wire`, the root's, and of `more`; to be ended with `stop`. Raises
    NotStarted."""
    folder = Path(tempfile.mkdtemp(prefix="reelway-"))
    arguments = ["--data", str(folder / "data"), "--port", "0"]
    for name in (wire, *more):
        arguments += ["--emulate", name]
    for option, value in options.items():
        if value is not None:
            arguments += [f"--emulate-{option.replace('_', '-')}", str(value)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("REELWAY_")}
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", RUN, "serve", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**environment, "REELWAY_DRAIN": "0"},
            )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    vendor = Vendor(wire=wire, url="", key=KEY, folder=folder, process=process)
    try:
        url = _address(process)
        if url is None:
            raise NotStarted(f"the emulator did not start:\n{vendor.log()[-4000:]}")
    except BaseException:
        vendor.stop()
        raise
    return Vendor(wire=wire, url=url, key=KEY, folder=folder, process=process)


@contextmanager
def emulator(wire: str = "novita", *more: str, **options: Option | None) -> Iterator[Vendor]:
    """As `start`, and ended with the block."""
    vendor = start(wire, *more, **options)
    try:
        yield vendor
    finally:
        vendor.stop()


def _address(process: subprocess.Popen[bytes]) -> str | None:
    """What it says that it listens on; None where it ends or takes too long."""
    assert process.stdout
    said, end = b"", time.monotonic() + START
    while (left := end - time.monotonic()) > 0:
        if not select.select([process.stdout], [], [], left)[0]:
            return None
        part = os.read(process.stdout.fileno(), 4096)
        if not part:
            return None
        said += part
        if match := READY.search(said):
            return match[1].decode()
    return None
