"""A child that does what its message says, and how to wait for one."""

from __future__ import annotations

import asyncio
import os
import select
import textwrap
from pathlib import Path

# One child that does what its message says.
SCRIPT = textwrap.dedent(
    """
    import ctypes, os, signal, subprocess, sys, time
    from reelway.lines import JobError, child_setup, serve_lines

    def handle(message, tell):
        do = message["do"]
        if do == "count":
            for percent in (0, 40, 100):
                tell({"progress": percent, "eta": 1.5})
        elif do == "env":
            return dict(os.environ)
        elif do == "exit":
            os._exit(message["code"])
        elif do == "signal":
            os.kill(os.getpid(), message["signal"])
        elif do == "wait":
            tell({"progress": 1, "eta": None})
            time.sleep(60)
        elif do == "hold":  # in C, with the interpreter's lock held: no other thread can run
            tell({"progress": 1, "eta": None})
            ctypes.PyDLL(None).sleep(60)
        elif do == "spin":
            while True:
                pass
        elif do == "noise":
            sys.stderr.write("x" * 3_000_000 + "\\n" * 30_000 + "s" * 2_000_000)
            sys.stderr.flush()
        elif do == "print":
            print("not of the protocol", flush=True)
            os.system("echo nor this")
        elif do == "start":
            other = subprocess.Popen(["sleep", "60"], stderr=sys.stderr)
            tell({"progress": 1, "eta": None, "other": other.pid})
            if message["then"] == "exit":
                os._exit(4)
            time.sleep(60)
        elif do == "hungry":
            bytearray(4 << 30)
        elif do == "inherits":
            names = subprocess.run(
                ["sh", "-c", "ls -l /proc/self/fd"], capture_output=True, text=True
            )
            return {"names": names.stdout}
        elif do == "refuse":
            raise JobError("content_policy", "not this")
        elif do == "fail":
            raise KeyError("a secret")
        elif do == "raw":
            writer.write(message["line"].encode() * message.get("times", 1) + b"\\n")
            time.sleep(60)
        return {"pid": os.getpid(), "said": message.get("say")}

    writer = os.fdopen(os.dup(1), "wb", buffering=0)
    lines = child_setup()
    serve_lines(handle, {"engine": "test"}, lines)
    """
)


def gone(pid: int, within: float = 10) -> bool:
    """Waits for the end of a process that need not be ours."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


def there(pid: int) -> bool:
    """Running, or dead and not reaped."""
    return Path(f"/proc/{pid}").exists()


class Begun:
    """Waits until a job says something; then `do` it."""

    def __init__(self, do=lambda message: None):
        self.event = asyncio.Event()
        self.do = do

    def __call__(self, message):
        self.do(message)
        self.event.set()
