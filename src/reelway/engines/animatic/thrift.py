"""Keeping a film's memory small.

Room      so many points are painted at a time: one that wants more waits for others to end
returned  what was freed goes back to the system
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

SMALL = 1 << 20  # points that never wait
LARGE = 4 << 20  # points after which it is worth giving back


class Room:
    def __init__(self, points: int) -> None:
        self._points, self._taken = points, 0
        self._freed = Condition()

    @contextmanager
    def taken(self, points: int) -> Iterator[None]:
        """Who wants more than there is at all waits until nobody else has any."""
        if points < SMALL:
            yield
            return
        with self._freed:
            self._freed.wait_for(lambda: not self._taken or self._taken + points <= self._points)
            self._taken += points
        try:
            yield
        finally:
            if points >= LARGE:
                returned()
            with self._freed:
                self._taken -= points
                self._freed.notify_all()


def returned() -> None:
    """glibc keeps what lies between blocks that are still held."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)
