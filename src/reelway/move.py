"""Move: write a task's next status, and stir up whoever waits for it.

Every change of status after acceptance comes through here, so that nobody who listens, and no
webhook, has to look for news by himself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelway.means import Means
from reelway.task import Status, Task


async def move(
    task: Task,
    to: Status,
    means: Means,
    changes: Mapping[str, Any] | None = None,
    assets: Sequence[tuple[str, str]] = (),
) -> Task | None:
    """As `Store.move`, now: None, and nothing written, where the row has moved on meanwhile."""
    moved = await means.store.move(task, to, means.now(), changes, assets)
    if moved is not None:
        if moved.over or to == "queued":
            means.live.forget(task.id)
        if moved.over:
            means.tally.ended(moved)
        means.news.stir(task.id)
    return moved
