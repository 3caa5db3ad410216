"""What the door remembers between two creates: places that are taken but not written yet, how fast
queues shrink, and how full the disk was a moment ago. Plain numbers; who asks is `admit`.

    door.take(7, {7: 10_000, None: 100_000}, runner.queued, now)     # or QueueFull
    …the row is written and handed to the runner, which counts it from then on: door.came(7)…
    door.leave(7)

Queues are known by their owner; None is all of them together.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reelway.errors import QueueFull

WINDOW = 60_000  # milliseconds at least over which a queue's speed is measured
FRESH = 1000  # milliseconds that the disk's state is taken for the present one
LONGEST_WAIT = 300  # seconds that anybody is told to wait
BLIND = 30  # seconds told where nothing has been measured yet
GIBIBYTE = 1024**3

Queued = Callable[[int | None], int]


@dataclass(slots=True)
class _Pace:
    """How many have left a queue by when: now, and between one and two windows ago."""

    came: int = 0  # through the door, since the process began
    old_at: int = 0
    old_left: int = 0
    new_at: int = 0
    new_left: int = 0

    def look(self, queued: int, now: int) -> None:
        left = self.came - queued
        if not self.old_at:
            self.old_at = self.new_at = now
            self.old_left = self.new_left = left
        elif abs(now - self.new_at) >= WINDOW:
            self.old_at, self.old_left = self.new_at, self.new_left
            self.new_at, self.new_left = now, left

    def wait(self, queued: int, now: int) -> int:
        """Seconds until there is a place, as far as can be told."""
        span = max(0, now - self.old_at) / 1000
        left = self.came - queued - self.old_left
        seconds = span / left if left > 0 else max(BLIND, span)
        return max(1, min(LONGEST_WAIT, math.ceil(seconds)))


@dataclass(frozen=True, slots=True)
class Space:
    total: int  # bytes
    free: int  # of them, for us


class Door:
    def __init__(self) -> None:
        self._taken: Counter[int | None] = Counter()
        self._paces: dict[int | None, _Pace] = {}
        self._space: dict[Path, tuple[int, Space]] = {}
        self.low = False  # so little of the disk is left that no film is begun

    def take(self, owner_id: int, most: Mapping[int | None, int], queued: Queued, now: int) -> None:
        """A place in every queue of `most`, until `leave`. Raises QueueFull."""
        for whose, cap in most.items():
            waiting, pace = queued(whose), self._paces.setdefault(whose, _Pace())
            pace.look(waiting, now)
            if waiting + self._taken[whose] >= cap:
                raise QueueFull(
                    f"{'your' if whose is not None else 'the'} queue is full: "
                    f"{cap:,} tasks wait; try again later",
                    retry_after=pace.wait(waiting, now),
                )
        self._taken.update((owner_id, None))

    def leave(self, owner_id: int) -> None:
        """The place is the runner's to count now, or nobody's."""
        self._taken.subtract((owner_id, None))
        if not self._taken[owner_id]:
            del self._taken[owner_id]

    def came(self, owner_id: int) -> None:
        """One more task waits."""
        for whose in (owner_id, None):
            self._paces.setdefault(whose, _Pace()).came += 1

    def space(self, folder: Path, now: int) -> Space:
        """Of the disk that `folder` lies on; at most a second old."""
        known = self._space.get(folder)
        if known is None or abs(now - known[0]) >= FRESH:
            found = os.statvfs(folder)
            unit = found.f_frsize
            known = now, Space(found.f_blocks * unit, found.f_bavail * unit)
            self._space[folder] = known
        return known[1]
