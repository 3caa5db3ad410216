"""A restart keeps no tags; what it hands over is fair all the same. Over a real database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fakes import draft, means_on, owner_of
from reelway.means import FILM_FLOW, Means, work_of
from reelway.request import VideoRequest
from reelway.runner import Release, Work
from reelway.runners.local import LocalRunner
from reelway.sweep import reconcile
from reelway.task import Task


async def ordered(means: Means, owner: str, count: int) -> list[Task]:
    owner_id = await owner_of(means, owner)
    wanted = VideoRequest(prompt="a fox")
    made = await asyncio.gather(
        *(means.store.create(draft(owner_id, wanted)) for _ in range(count))
    )
    return [task for task in made if isinstance(task, Task)]


async def begun_after_a_restart(means: Means, slots: int) -> list[Work]:
    """The first hundred that begin; Cleo, who is new, orders three films once fifty have begun."""
    started: list[Work] = []
    handed, done = asyncio.Event(), asyncio.Event()

    async def flow(work: Work, release: Release) -> None:
        started.append(work)
        await handed.wait()  # a film takes longer than reading the rows, or than an order
        if len(started) == 50:
            handed.clear()
            tasks = await ordered(means, "cleo", 3)
            await means.runner.hand(work_of(task, means.engines) for task in tasks)
            handed.set()
        if len(started) >= 100:
            means.runner.slots("animatic", 0)
            done.set()

    means.runner.slots("animatic", slots)
    await means.runner.start({FILM_FLOW: flow})  # as `app` does: first this, then the rows
    await reconcile(means)
    handed.set()
    async with asyncio.timeout(20):
        await done.wait()
    return started


@pytest.mark.parametrize("slots", [1, 4])
async def test_small_owners_begin_soon_after_a_restart(tmp_path: Path, slots: int) -> None:
    async with means_on(tmp_path) as means:
        large = [task.id for task in await ordered(means, "ann", 1500)]
        small = [task.id for task in await ordered(means, "bob", 20)]
    async with means_on(tmp_path, runner=LocalRunner()) as means:
        started = await begun_after_a_restart(means, slots)
        cleo = await owner_of(means, "cleo")
    ids = [work.task_id for work in started]
    assert set(small) <= set(ids[: 39 + slots])  # the first slots are filled from the first page
    assert [i for i in ids if i in small] == small  # in the order of ordering
    assert [i for i in ids if i in large] == large[: len([i for i in ids if i in large])]
    late = [n for n, work in enumerate(started) if work.owner_id == cleo]
    assert len(late) == 3
    assert late[-1] < 50 + slots + 2 * 3
