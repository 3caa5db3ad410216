"""What the steps work with: put together once, in `app`, and passed in."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reelway.asset import Assets
from reelway.door import Door
from reelway.emulate import Emulator
from reelway.engine import Engine
from reelway.estimate import Estimate
from reelway.hints import Hints
from reelway.links import Links
from reelway.live import Live
from reelway.media import Media
from reelway.news import News
from reelway.outbound import Outbound
from reelway.outbox import Outbox
from reelway.provider import HostedSettings
from reelway.providers import Providers
from reelway.route import held, waits_for
from reelway.runner import Runner, Work
from reelway.seal import Seal
from reelway.settings import Settings
from reelway.shelf import Shelf
from reelway.store import Store
from reelway.tally import Tally
from reelway.task import Task

FILM_FLOW = "film"


def now() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, kw_only=True)
class Means:
    settings: Settings
    store: Store
    assets: Assets
    media: Media
    engines: Mapping[str, Engine]
    runner: Runner
    links: Links
    seal: Seal
    tmp: Path
    base_url: str  # of links where neither settings nor request name one
    outbound: Outbound = field(default_factory=Outbound)
    live: Live = field(default_factory=Live)
    emulator: Emulator = field(default_factory=Emulator)
    tally: Tally = field(default_factory=Tally)
    news: News = field(default_factory=News)
    outbox: Outbox = field(default_factory=Outbox)
    door: Door = field(default_factory=Door)
    estimate: Estimate = field(default_factory=Estimate)
    hints: Hints = field(default_factory=Hints)
    previews: Counter[int] = field(default_factory=Counter)  # under way, by owner
    resolving: set[str] = field(default_factory=set)  # tasks in doubt of which somebody says now
    # From the moment a file is kept until a row uses it; alone, while unused files are removed.
    files: Shelf = field(default_factory=Shelf)
    now: Callable[[], int] = now

    @property
    def hosted(self) -> HostedSettings:
        """As they are now: a reload changes them, and `settings` not."""
        engines = self.engines
        return engines.hosted if isinstance(engines, Providers) else self.settings.hosted


def work_of(
    task: Task, engines: Mapping[str, Engine], takers: Sequence[Engine] | None = None
) -> Work:
    """The run that carries this task's present attempt; `takers`: who may have it, where that is
    known already, and was not taken away by a reload since."""
    there = takers and not any(getattr(engine, "retired", False) for engine in takers)
    if takers and there and task.request.kind != "voice":
        names = tuple(engine.name for engine in takers)
        costs = [engine.cost(task.request).memory for engine in takers]
    else:
        names = waits_for(task, engines)
        costs = [engines[name].cost(task.request).memory for name in names if name in engines]
    return Work(
        task_id=task.id,
        attempt=task.attempt,
        accounts=names,
        owner_id=task.owner_id,
        priority=task.priority,
        memory=max(costs, default=0),
        held=held(task, engines),
        flow=FILM_FLOW,
    )
