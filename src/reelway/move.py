"""Move: write a task's next status, and stir up whoever waits for it.

Every change of status after acceptance comes through here, so that nobody who listens, and no
webhook, has to look for news by himself; and so that nothing is paid for twice: an attempt that
may exist at a vendor ends here or is followed, and never begins again, unless it is proven that
there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelway.means import Means
from reelway.task import Status, Task


class Unproven(Exception):
    """Somebody was about to begin an attempt again that its vendor may work on, and be paid for."""


def outlives(task: Task, means: Means) -> bool:
    """Whether the attempt may exist outside this process: what is known of that is whose it is,
    and an engine that is not configured any more was a provider."""
    if task.status != "running" or task.engine is None or task.request.kind == "voice":
        return False
    engine = means.engines.get(task.engine)
    return engine is None or engine.remote


async def move(
    task: Task,
    to: Status,
    means: Means,
    changes: Mapping[str, Any] | None = None,
    assets: Sequence[tuple[str, str]] = (),
    *,
    proven: bool = False,
    hold: bool = False,
) -> Task | None:
    """As `Store.move`, now: None, and nothing written, where the row has moved on meanwhile.
    `proven`: no vendor holds anything of this attempt. Raises Unproven without it. `hold`: see
    `Store.move`."""
    if to == "queued" and not proven and outlives(task, means):
        raise Unproven(f"attempt {task.attempt} of {task.public_id} may exist at {task.engine}")
    moved = await means.store.move(task, to, means.now(), changes, assets, hold=hold)
    if moved is not None:
        if moved.over or to == "queued":
            means.live.forget(task.id)
        if moved.over:
            means.tally.ended(moved)
        means.news.stir(task.id)
    return moved
