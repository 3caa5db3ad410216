"""Estimate: how long until a film is done, from how long the last ones took.

    pace of an engine = the median, over its last films, of seconds run ÷ the CPU seconds that
                        `cost` foretold: what this machine makes of a foretold second
    a running film    = pace × its cost, less what has passed; the engine's own word goes before
    a queued one      = (its place + ½) × the usual film ÷ slots, and then its own time

The ½ is what the films that run now have left, as things go. Nothing is told of an engine that has
made no film yet, and nothing is kept: a restart learns again from the rows.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from statistics import median

from reelway.engine import Engine
from reelway.request import VideoRequest
from reelway.task import Task

FILMS = 20  # that an engine's pace is taken from
SEED = 100  # of all engines, that are read at start


class _Seen:
    """What is known of one engine."""

    def __init__(self) -> None:
        self.ratios: deque[float] = deque(maxlen=FILMS)
        self.runs: deque[float] = deque(maxlen=FILMS)  # seconds
        self.pace = 0.0
        self.usual = 0.0  # seconds of a film

    def add(self, seconds: float, foretold: float) -> None:
        self.ratios.append(seconds / foretold)
        self.runs.append(seconds)
        self.pace, self.usual = median(self.ratios), median(self.runs)


class Estimate:
    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def seed(self, films: Iterable[Task], engines: Mapping[str, Engine]) -> None:
        """Learn from tasks that have their film, the newest first."""
        for task in reversed([*films]):
            self.learn(task, engines.get(task.engine or ""))

    def learn(self, task: Task, engine: Engine | None) -> None:
        """From a task that has its film: the time from its last start to the stored file."""
        ended = task.stored_at or task.finished_at
        if engine is None or task.started_at is None or ended is None or task.request.sandbox:
            return
        seconds = (ended - task.started_at) / 1000
        foretold = _effort(engine, task.request)
        if seconds > 0 and foretold > 0:  # the clock may have been set back in between
            self._seen.setdefault(engine.name, _Seen()).add(seconds, foretold)

    def queued(self, engine: Engine | None, request: VideoRequest, position: int) -> int:
        """Whole seconds until it will be done; 0: not known."""
        if engine is None or (seen := self._seen.get(engine.name)) is None:
            return 0
        before = (position + 0.5) * seen.usual / max(1, engine.slots)
        return math.ceil(before + seen.pace * _effort(engine, request))

    def waits(self, engine: Engine, position: int, slots: int) -> int:
        """Whole seconds until one at that place begins, where so many may run; 0: not known."""
        seen = self._seen.get(engine.name)
        return math.ceil((position + 0.5) * seen.usual / max(1, slots)) if seen else 0

    def takes(self, engine: Engine, request: VideoRequest) -> int:
        """Whole seconds from its start to its end; 0: not known."""
        seen = self._seen.get(engine.name)
        return math.ceil(seen.pace * _effort(engine, request)) if seen else 0

    def running(self, task: Task, engine: Engine | None, now: int) -> int:
        """Whole seconds that it will take still, by the clock; 0: not known."""
        seen = self._seen.get(engine.name) if engine else None
        if engine is None or seen is None or task.started_at is None:
            return 0
        whole = seen.pace * _effort(engine, task.request)
        return max(1, math.ceil(whole - (now - task.started_at) / 1000))


def _effort(engine: Engine, request: VideoRequest) -> float:
    """What a film takes, in a unit of its engine's own: at a vendor, which says nothing of that,
    the longer film takes the longer."""
    return engine.cost(request).cpu_seconds or float(request.duration)
