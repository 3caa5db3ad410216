"""Rests: the begun runs of one account that go on at a later time, the earliest first.

    rests.add(run, at)      from here on it rests; again: at another time instead
    rests.first             when the first is to go on; inf: none rests
    rests.take()            that one, which rests no more

A film at a vendor is looked at every so often for as long as it takes, and there may be tens of
thousands. Between two looks such a run is a line in this heap and no more: no coroutine, no timer,
no row. Who is added twice leaves a line behind that leads nowhere (`Run.ticket` has moved on), and
is passed over when its time comes.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass
from math import inf
from typing import Literal

from reelway.runner import Work

AHEAD = -inf  # of all whose time has come


@dataclass(slots=True, eq=False, kw_only=True)
class Run:
    """A run that has begun; its work names the account."""

    work: Work
    holds: bool = True  # its slot and its memory
    lane: Literal["begins", "looks"] | None = None  # where its account counts it, while it works
    woken: bool = False  # while it worked: it goes on as soon as it rests
    ticket: int = 0  # of its line in the heap; 0: it does not rest
    task: asyncio.Task[None] | None = None  # while it works


class Rests:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Run]] = []
        self._tickets = 0
        self._resting = 0

    def add(self, run: Run, at: float) -> None:
        self._resting += not run.ticket
        self._tickets += 1
        run.ticket = self._tickets
        heapq.heappush(self._heap, (at, run.ticket, run))

    @property
    def first(self) -> float:
        while self._heap and self._heap[0][1] != self._heap[0][2].ticket:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else inf

    def take(self) -> Run:
        """Only where `first` says that there is one."""
        run = heapq.heappop(self._heap)[2]
        run.ticket = 0
        self._resting -= 1
        return run

    def __len__(self) -> int:
        return self._resting
