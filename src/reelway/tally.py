"""What a process counts while it works, as plain numbers, for whoever measures it.

    tally.ended(task)            a task is over, and that is on the disk
    tally.requeued("died")       an attempt was given up, and another one begins
    tally.tried("failed")        one try to tell a webhook ended so
    tally.gave_up()              a delivery ended without anybody having been told
    with tally.listening(): …    somebody listens to events

Everything counts from the start of the process, on the event loop's thread alone. What the rows
know (how many wait, how old the oldest is) is not counted here but asked of the rows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Literal, get_args

from reelway.task import Status, Task

# Why an attempt was given up. gone: it is known nowhere any more (a restart, a kill from outside);
# died: the engine's child ended under it by its own doing; moment: short of room or memory;
# fault: an error of ours.
Cause = Literal["gone", "died", "moment", "fault", "declined"]
Outcome = Literal["delivered", "failed"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

# Calls to providers: for what, and how they ended. limited: it was too much; refused: any other
# 4xx; failed: the vendor's own fault; lost: no answer came.
CallKind = Literal["create", "look"]
CallOutcome = Literal["answered", "limited", "refused", "failed", "lost"]
CALLS: tuple[tuple[CallKind, CallOutcome], ...] = tuple(
    (kind, outcome) for kind in get_args(CallKind) for outcome in get_args(CallOutcome)
)

QUEUE_BOUNDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400)  # seconds
RUN_BOUNDS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
NO_ENGINE = "none"  # of a task that ended before it was known who would make it


def outcome_of(status: int) -> CallOutcome:
    """Of a call that was answered so."""
    if status == 429:
        return "limited"
    if status >= 500:
        return "failed"
    return "refused" if status >= 400 else "answered"


class Spread:
    """How often a span was how long: counts by upper bound, inclusive, and the sum of all."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.sum = 0.0
        self._counts = [0] * (len(self.bounds) + 1)  # the last one is for what is longer still

    def add(self, seconds: float) -> None:
        seconds = max(0.0, seconds)  # the clock may have been set back in between
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    def up_to(self) -> list[int]:
        """How many were at most as long as each bound; the last number is all of them."""
        return list(accumulate(self._counts))


class Tally:
    def __init__(self) -> None:
        self.ends: Counter[tuple[str, Status]] = Counter()  # by engine and status
        self.queue: dict[str, Spread] = {}  # by engine
        self.run: dict[str, Spread] = {}
        self.requeues: Counter[Cause] = Counter()
        self.tries: Counter[Outcome] = Counter()
        self.given_up = 0
        self.listeners = 0

    def ended(self, task: Task) -> None:
        """`task` as its last move left it. It waited until the attempt that ended it began."""
        engine = task.engine or NO_ENGINE
        self.ends[engine, task.status] += 1
        finished = task.finished_at or task.accepted_at
        began = task.started_at
        waited = (finished if began is None else began) - task.accepted_at
        self.queue.setdefault(engine, Spread(QUEUE_BOUNDS)).add(waited / 1000)
        if began is not None:
            self.run.setdefault(engine, Spread(RUN_BOUNDS)).add((finished - began) / 1000)

    def requeued(self, cause: Cause) -> None:
        self.requeues[cause] += 1

    def tried(self, outcome: Outcome) -> None:
        self.tries[outcome] += 1

    def gave_up(self, deliveries: int = 1) -> None:
        self.given_up += deliveries

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1
