"""The inner end of the line: what a child process does to be one. See `reelway.child`.

    lines = child_setup()                      # first of all: before anything heavy is imported
    import numpy                               # warm up; what is printed goes to the log
    serve_lines(handle, {"engine": "animatic", "version": "0.1.0"}, lines)

`handle(message, tell)` calls `tell({"progress": 37, "eta": 2.1})` as it likes and returns what
stands behind "done"; it raises `JobError(code, message)` for an "error". A child ends when its
parent does: by the end of its stdin, and on Linux by the kernel's signal too.

Only the standard library is imported here, and not even asyncio: a child starts in 30 ms.
"""

from __future__ import annotations

import errno
import faulthandler
import json
import math
import os
import queue
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

PROTOCOL = 1
DISK_FULL = "disk_full"  # an error that is nobody's fault: the same may go well later
# What the parent tells its child through the environment, and nobody further.
PARENT, MEMORY, CPU = "REELWAY_CHILD_PARENT", "REELWAY_CHILD_MEMORY", "REELWAY_CHILD_CPU"

_PR_SET_PDEATHSIG = 1


class JobError(Exception):
    """The job's own last word, as the "error" of its last line."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Tell = Callable[[Mapping[str, Any]], None]
Handle = Callable[[dict[str, Any], Tell], Mapping[str, Any]]


class Lines:
    """The child's end of the line: messages in, replies out."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO, cpu_seconds: int | None) -> None:
        self._writer = writer
        self._cpu_seconds = cpu_seconds
        self._messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._lock = threading.Lock()  # progress may be told from any thread
        threading.Thread(target=self._listen, args=[reader], name="stdin", daemon=True).start()

    def _listen(self, reader: BinaryIO) -> NoReturn:
        for line in reader:
            self._messages.put(line)
        os._exit(0)  # the parent is gone: at once, in the midst of whatever is going on

    def take(self) -> dict[str, Any]:
        """The next message; waits for it. The job's CPU time counts from here."""
        line = self._messages.get()
        if self._cpu_seconds is not None:
            # Only the soft limit: it ends the process by SIGXCPU (the hard one by SIGKILL, which
            # would look like somebody else's doing) and can be raised again for the next job.
            used = math.ceil(time.process_time())
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (used + self._cpu_seconds, hard))
        message: dict[str, Any] = json.loads(line)
        return message

    def put(self, reply: Mapping[str, Any]) -> None:
        line = json.dumps(reply, ensure_ascii=True, allow_nan=False).encode() + b"\n"
        with self._lock:
            try:
                self._writer.write(line)
                self._writer.flush()
            except BrokenPipeError:
                os._exit(0)  # nobody listens any more


def child_setup() -> Lines:
    """Make this process a child: call it first of all, from the main thread.

    Ties its life to the parent's, applies the limits, and moves stdin and stdout out of reach of
    libraries: what they print goes to stderr, what they start inherits neither.
    """
    cpu = os.environ.pop(CPU, None)
    _die_with(os.environ.pop(PARENT, None))
    _limit(os.environ.pop(MEMORY, None))
    _go_first()
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    faulthandler.enable()  # a decoder that crashes says where
    return Lines(reader, writer, int(cpu) if cpu else None)


def serve_lines(handle: Handle, ready: Mapping[str, Any], lines: Lines | None = None) -> NoReturn:
    """Say that this child is warm, then do one job after another until the parent goes.

    An exception of `handle` that is no JobError is told as "engine_error", its traceback logged.
    """
    lines = lines or child_setup()
    lines.put({"v": PROTOCOL, "ready": dict(ready)})
    while True:
        message = lines.take()
        job = message.get("job")

        def tell(progress: Mapping[str, Any], job: Any = job) -> None:
            lines.put({"job": job, **progress})

        lines.put({"job": job, **_result(handle, message, tell)})


def _result(handle: Handle, message: dict[str, Any], tell: Tell) -> dict[str, Any]:
    try:
        if message.get("v") != PROTOCOL:
            raise JobError("engine_error", f"protocol version {message.get('v')!r} is not known")
        return {"done": dict(handle(message, tell))}
    except JobError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return {"error": {"code": DISK_FULL, "message": "the disk is full"}}
        traceback.print_exc(file=sys.stderr)
        return {"error": {"code": "engine_error", "message": f"{type(error).__name__} in the job"}}


def _die_with(parent: str | None) -> None:
    if parent is None:
        return  # started by hand
    if sys.platform == "linux":
        # The signal comes when the *thread* that forked ends. asyncio and uvloop fork from the
        # loop's thread, which in `serve` is the main thread: it lives as long as the process.
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        os._exit(0)  # it died before we could ask for the signal


def _limit(memory: str | None) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if memory is None:
        return
    try:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = int(memory) if hard == resource.RLIM_INFINITY else min(int(memory), hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (OSError, ValueError) as error:  # macOS knows no such limit
        print(f"no memory limit here: {error}", file=sys.stderr)


def _go_first() -> None:
    """Where memory runs out the kernel takes a child, which is begun anew, not the server."""
    if sys.platform == "linux":
        try:
            Path("/proc/self/oom_score_adj").write_text("500")
        except OSError as error:
            print(f"oom_score_adj stays as it is: {error}", file=sys.stderr)
