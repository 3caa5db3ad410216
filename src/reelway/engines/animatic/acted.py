"""An attempt that goes as its directives say (`reelway.sandbox`): it fails, stalls, takes its time.

The time is counted from the task's acceptance, so a restart neither shortens nor lengthens it. A
film is made at once and then held back; what is left to wait needs no slot.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from reelway.engine import Again, Failure, Film, Outcome, Run
from reelway.request import VideoRequest
from reelway.sandbox import FAULTS

LOOKS = 20  # at a wait, in even steps
SOONEST, LATEST = 100, 1000  # milliseconds between two looks
STALLED = 50  # per cent, which one that stalls comes ever nearer to
HALFWAY = 60_000  # milliseconds after which it is halfway there


class Acted:
    def __init__(self, request: VideoRequest, run: Run, now: Callable[[], int]) -> None:
        said = request.sandbox
        self._fault = FAULTS.get(str(said.get("fail")))
        self._stall = "stall" in said
        self._span = round(1000 * float(said.get("delay", 0)))  # milliseconds
        self._begun = run.accepted_at
        self._now = now
        self._film: Film | None = None

    @property
    def needs_film(self) -> bool:
        return not (self._fault or self._stall or self._film)

    def watched(self, run: Run) -> Run:
        """The run for whoever makes the film: its progress is told no sooner than ours."""
        return replace(run, progress=lambda percent, eta: self._tell(run, percent, eta))

    def keep(self, film: Film) -> None:
        self._film = film

    def outcome(self, run: Run) -> Outcome:
        self._tell(run, 100, None)
        now = self._now()
        if self._stall:
            return Again(at=now + LATEST, idle=True)
        end = self._begun + self._span
        if now < end:
            step = min(LATEST, max(SOONEST, self._span // LOOKS))
            return Again(at=min(end, now + step), idle=True)
        if self._fault:
            return Failure(code=self._fault.code, message=self._fault.message)
        assert self._film
        return self._film

    def _tell(self, run: Run, percent: int, eta: float | None) -> None:
        gone = max(0, self._now() - self._begun)
        if self._stall:
            run.progress(math.floor(STALLED * gone / (gone + HALFWAY)), None)
            return
        share = 100 * gone // self._span if self._span else 100
        left = max(0, self._span - gone) / 1000
        run.progress(min(percent, share), max(left, eta or 0))
