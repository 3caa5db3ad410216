"""Breaker: whether an account is asked at all, or left alone for a while.

    closed ── failures in a row, or a share of the window ──> open
      ^                                                        │ its pause is over
      └──────── succeeded ──── half_open (one probe) <─────────┘
                                   └── failed ──> open, for twice as long

    breaker.allows(now)       may this call go? Let through while open, it is the probe
    breaker.wait(now)         the seconds until `allows` would say yes; asks without taking
    breaker.failed(now)       it was not reached, or it was and did not answer as it should
    breaker.failed(now, create=True)      a create was refused, or came to nothing that is known
    breaker.reached(now)      something else than a create went well
    breaker.succeeded(now)    a create went well

A create is worth more than a look: to look at an old job shows that the vendor is there, so it ends
what not being there has begun, probe or none; but not that the vendor takes new work. What a create
has begun (a bad key, an empty balance, answers that are lost, each of which leaves a task in doubt)
ends by a create alone, and looks that go well meanwhile do not break its row.

What counts as a failure is the caller's to say: a vendor that refuses a prompt is healthy.
Nothing here looks at a clock: times are monotonic seconds that the caller passes in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isfinite
from typing import Literal

State = Literal["closed", "open", "half_open"]
SLICES = 10  # of the window; it is forgotten slice by slice


@dataclass(frozen=True, kw_only=True)
class Trip:
    """When it opens, and for how long."""

    in_a_row: int = 5
    share: float = 0.5  # of at least `least` calls in `window` seconds
    least: int = 20
    window: float = 60.0
    pause: float = 5.0  # seconds, doubling with every probe that fails
    longest: float = 300.0

    def __post_init__(self) -> None:
        if self.in_a_row < 1 or self.least < 1:
            raise ValueError("in_a_row and least are to be at least 1")
        if not 0 < self.share <= 1:
            raise ValueError("share is to be above 0 and at most 1")
        spans = (self.window, self.pause, self.longest)
        if not all(isfinite(s) and s > 0 for s in spans) or self.longest < self.pause:
            raise ValueError("window, pause and longest are to be seconds, longest not the shorter")


@dataclass(kw_only=True)
class Slice:
    number: int
    calls: int = 0
    failures: int = 0


class Breaker:
    def __init__(self, trip: Trip | None = None) -> None:
        self.trip = trip or Trip()
        self.state: State = "closed"
        self.since: float | None = None  # when it opened; half_open counts as open; None: closed
        self._row = 0  # failures since the last success of any kind
        self._creates = 0  # of them, by creates since the last create that went well
        self._slices: deque[Slice] = deque()
        self._pause = self.trip.pause
        self._until = 0.0  # open, and no probe before then; half_open, and no other before then

    def allows(self, now: float) -> bool:
        if self.wait(now):
            return False
        if self.state != "closed":
            # A probe that nobody reports on (cancelled, forgotten) holds up the next one only so
            # long.
            self.state = "half_open"
            self._until = now + self._pause
        return True

    def wait(self, now: float) -> float:
        return 0.0 if self.state == "closed" else max(0.0, self._until - now)

    def succeeded(self, now: float) -> None:
        """In half_open it closes, whoever it was; while open, calls from before change nothing."""
        if self.state == "closed":
            self._row = self._creates = 0
            self._count(now, failures=0)
        elif self.state == "half_open":
            self._close()

    def reached(self, now: float) -> None:
        """While open or half_open it closes, unless a create is among what has opened it."""
        if self.state == "closed":
            self._row = 0
            self._count(now, failures=0)
        elif not self._creates:
            self._close()

    def failed(self, now: float, *, create: bool = False) -> None:
        self._creates += create
        if self.state == "closed":
            self._row += 1
            self._count(now, failures=1)
            if max(self._row, self._creates) >= self.trip.in_a_row or self._too_many():
                self._open(now)
        elif self.state == "half_open":
            self._pause = min(self.trip.longest, self._pause * 2)
            self._open(now)

    def _close(self) -> None:
        self.state = "closed"
        self.since = None
        self._row = self._creates = 0
        self._slices.clear()
        self._pause = self.trip.pause

    def _open(self, now: float) -> None:
        self.state = "open"
        self.since = now if self.since is None else self.since
        self._until = now + self._pause

    def _count(self, now: float, *, failures: int) -> None:
        number = int(now * SLICES // self.trip.window)
        if not self._slices or self._slices[-1].number < number:
            self._slices.append(Slice(number=number))
        while self._slices[0].number <= number - SLICES:
            self._slices.popleft()
        self._slices[-1].calls += 1
        self._slices[-1].failures += failures

    def _too_many(self) -> bool:
        calls = sum(s.calls for s in self._slices)
        return calls >= self.trip.least and (
            sum(s.failures for s in self._slices) >= self.trip.share * calls
        )
