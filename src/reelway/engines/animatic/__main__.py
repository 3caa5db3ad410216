"""The animatic engine's child: JSON lines in, JSON lines out, one film at a time.

    stdin  ──► reader thread ──► jobs queue ──► main thread ──► job.render
    stdout ◄── protocol lines only (the descriptor is taken away from everybody else at start)

The child must never outlive its parent: it ends as soon as stdin ends, even in the middle of a
frame, and on Linux the kernel kills it when the parent dies. `reelway.engine` holds the protocol.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from reelway import __version__
from reelway.engine import PROTOCOL

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
PROGRESS_GAP = 0.05  # seconds between two progress lines at least
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Send = Callable[[dict[str, Any]], None]


def main() -> None:
    parent = os.getppid()
    send = _sender(os.dup(1))
    os.dup2(2, 1)  # a stray print of any library goes to the log, not into the protocol
    _die_with(parent)
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, jobs), daemon=True).start()

    # Before numpy is imported: one thread a product, so that frames are drawn side by side and
    # the sums come out the same on any number of cores.
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    from reelway.engines.animatic import job

    send({"v": PROTOCOL, "ready": {"engine": "animatic", "version": __version__}})
    for message in _messages(jobs):
        _work(message, send, job.render)


def _sender(descriptor: int) -> Send:
    def send(message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n"
        data = line.encode("utf-8", "surrogatepass")
        while data:
            data = data[os.write(descriptor, data) :]

    return send


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        print(f"prctl failed: errno {ctypes.get_errno()}", file=sys.stderr)
    if os.getppid() != parent:  # it died before the kernel knew of our wish
        os._exit(0)


def _read(stdin: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    for line in stdin:
        jobs.put(line)
    os._exit(0)  # not sys.exit: the main thread may be deep inside an encoder


def _messages(jobs: queue.SimpleQueue[bytes]) -> Iterator[dict[str, Any]]:
    while True:
        line = jobs.get()
        try:
            message = json.loads(line)
        except ValueError:
            print(f"not a protocol line: {line[:80]!r}", file=sys.stderr, flush=True)
            continue
        if isinstance(message, dict) and "job" in message:
            yield message


def _work(
    message: dict[str, Any],
    send: Send,
    render: Callable[..., dict[str, Any]],
) -> None:
    """Do one job and answer it; whatever goes wrong, the child lives on."""
    job = message["job"]
    try:
        if message.get("v") != PROTOCOL:
            raise ValueError(f"engine protocol {message.get('v')!r} is not spoken here")
        report = render(
            message["request"],
            size=tuple(message["size"]),
            images={source: Path(path) for source, path in message.get("images", {}).items()},
            out=Path(message["out"]),
            progress=_Meter(job, send),
        )
    except Exception as error:
        traceback.print_exc()
        sys.stderr.flush()
        said = str(error) if isinstance(error, ValueError) and "/" not in str(error) else ""
        text = f"the film could not be drawn ({said or type(error).__name__})"
        send({"job": job, "error": {"code": "engine_error", "message": text[:200]}})
    else:
        send({"job": job, "done": {"report": report}})


class _Meter:
    """Turns a fraction into progress lines: whole per cents that rise, at most 20 a second."""

    def __init__(self, job: str, send: Send) -> None:
        self.job, self.send = job, send
        self.begun = time.monotonic()
        self.percent, self.said_at = -1, 0.0

    def __call__(self, fraction: float) -> None:
        now, percent = time.monotonic(), min(99, int(fraction * 100))
        if percent <= self.percent or now - self.said_at < PROGRESS_GAP:
            return
        self.percent, self.said_at = percent, now
        message: dict[str, Any] = {"job": self.job, "progress": percent}
        if fraction > 0.02:
            message["eta"] = round((now - self.begun) * (1 - fraction) / fraction, 1)
        self.send(message)


if __name__ == "__main__":
    main()
