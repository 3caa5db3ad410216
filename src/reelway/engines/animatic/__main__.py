"""The animatic engine's child: JSON lines in, JSON lines out, one film at a time.

The line itself (its ends, the parent's death, errors in words) is `reelway.lines`; the protocol is
in `reelway.engine`. While nothing is asked for, the usual stills are drawn in the background, and
the kernels are compiled or fetched from where they are kept.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from reelway import __version__
from reelway.engines.animatic import thrift
from reelway.lines import Tell, child_setup, serve_lines

PROGRESS_GAP = 0.05  # seconds between two progress lines at least
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # of glibc's mallopt
LARGE, KEPT = 32 << 20, 64 << 20  # bytes
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Render = Callable[..., dict[str, Any]]


def main() -> NoReturn:
    lines = child_setup()
    thrifty()
    from reelway.engines.animatic import job, kernels, still

    warming = still.Warming()

    def handle(message: dict[str, Any], tell: Tell) -> Mapping[str, Any]:
        with warming.paused():
            try:
                return {"report": _film(message, tell, job.render)}
            finally:
                tidy()

    settled()
    if "--cold" not in sys.argv:
        warming.start()
    ready = {"engine": "animatic", "version": __version__, "slow": kernels.missing()}
    serve_lines(handle, ready, lines)


def thrifty() -> None:
    """Before numpy is imported: one thread a product, so that frames are drawn side by side and
    the sums come out the same on any number of cores.

    Threads share two heaps, and large blocks go back to the system at once: glibc would keep
    what one thread has freed from all others, half as much again as a film needs. What is smaller
    stays while a film is made (`tidy`): to fetch it anew for each frame costs a tenth of the time.
    """
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(ARENA_MAX, 2)
            libc.mallopt(MMAP_THRESHOLD, LARGE)
            libc.mallopt(TRIM_THRESHOLD, KEPT)


def settled() -> None:
    """When all is imported: modules are never garbage, and need not be looked through for it."""
    gc.collect()
    gc.freeze()


def tidy() -> None:
    """Between two films: what nobody needs goes back to the system."""
    gc.collect()
    thrift.returned()


def _film(message: dict[str, Any], tell: Tell, render: Render) -> dict[str, Any]:
    return render(
        message["request"],
        size=tuple(message["size"]),
        images={source: Path(path) for source, path in message.get("images", {}).items()},
        out=Path(message["out"]),
        progress=_Meter(tell),
        voices=message.get("voices", {}),
        slates=message.get("settings", {}).get("slate", True),
        every=message.get("every", 1),
    )


class _Meter:
    """Turns a fraction into progress lines: whole per cents that rise, at most 20 a second."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.begun = time.monotonic()
        self.percent, self.said_at = -1, 0.0

    def __call__(self, fraction: float) -> None:
        now, percent = time.monotonic(), min(99, int(fraction * 100))
        if percent <= self.percent or now - self.said_at < PROGRESS_GAP:
            return
        self.percent, self.said_at = percent, now
        message: dict[str, Any] = {"progress": percent}
        if fraction > 0.02:
            message["eta"] = round((now - self.begun) * (1 - fraction) / fraction, 1)
        self.tell(message)


if __name__ == "__main__":
    main()
