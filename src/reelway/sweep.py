"""Sweep: at start and each minute, hand over what nobody works on, and forget what is old."""

from __future__ import annotations

import asyncio

from reelway.log import fail, say
from reelway.means import Means, work_of
from reelway.move import move, outlives
from reelway.runner import Work, run_id
from reelway.strand import strand, unstrand
from reelway.task import Task

MINUTE = 60  # seconds between passes
PAGE = 250  # rows: while they are read into tasks, nothing else is done
KEEP_IDEMPOTENCY = 48 * 3600 * 1000  # milliseconds
KEEP_UNUSED_ASSETS = 3600 * 1000  # milliseconds: an image of a create that was then refused


async def reconcile(means: Means) -> int:
    """Hand over every unfinished row that the runner does not know, and raise the attempt of
    those it thinks are over. The same for every runner. Returns how many rows were handed over."""
    after, handed = 0, 0
    while tasks := await means.store.unfinished(after=after, limit=PAGE):
        after, now = tasks[-1].id, means.now()
        # The others rest: see `due`.
        there = {run_id(t.id, t.attempt): t for t in tasks if (t.next_at or 0) <= now}
        states = means.runner.states(there)
        unknown = [_work(task, means) for i, task in there.items() if i not in states]
        for i, state in states.items():
            if state == "over":
                unknown += await _begin_again(there[i], means)
        await unstrand(there.values(), means)
        await means.runner.hand(unknown)
        await strand(there.values(), means)
        handed += len(unknown)
    return handed + await _look_after_late(means)


async def _look_after_late(means: Means) -> int:
    """Those that are over here and not at their vendor."""
    after, handed = 0, 0
    while tasks := await means.store.late(after=after, limit=PAGE):
        after = tasks[-1].id
        there = {run_id(task.id, task.attempt): task for task in tasks}
        states = means.runner.states(there)
        for i, state in states.items():
            if state == "over":
                means.runner.forget(i)
        left = [_work(task, means) for i, task in there.items() if states.get(i) != "open"]
        await means.runner.hand(left)
        handed += len(left)
    return handed


async def _begin_again(task: Task, means: Means) -> list[Work]:
    """The runner ended a run whose row is not over; unless the row has moved on by now, raise
    its attempt. A queued row gets there by way of running."""
    fresh = await means.store.task(task.id)
    if fresh is None or fresh.over or fresh.attempt != task.attempt:
        return []
    if outlives(fresh, means):  # its run ended, the attempt did not: the same one goes on
        means.runner.forget(_work(fresh, means).run_id)
        return [_work(fresh, means)]
    waited: Task | None = fresh
    if fresh.status == "queued":
        waited = await move(fresh, "running", means)
    again = waited and await move(waited, "queued", means, proven=fresh.status == "queued")
    if not again:
        return []
    means.tally.requeued("fault")
    return [_work(again, means)]


def _work(task: Task, means: Means) -> Work:
    return work_of(task, means.engines)


async def forget_old(means: Means) -> None:
    removed, bytes = await forget_unused(means)
    if removed:
        say("sweep.assets", removed=removed, bytes=bytes)


async def forget_unused(means: Means) -> tuple[int, int]:
    """Old idempotency rows, and files that nothing uses; how many files, and their bytes."""
    now = means.now()
    async with means.files.alone():
        unused = await means.store.sweep(
            once_before=now - KEEP_IDEMPOTENCY, assets_before=now - KEEP_UNUSED_ASSETS
        )
        return len(unused), sum([await means.assets.remove(sha256) for sha256 in unused])


async def forget_strays(means: Means) -> None:
    """Remove files that no row knows: a process that died between keeping one and writing its
    row left it. Once, at start, beside the work."""
    removed = 0
    for sha256 in await means.assets.names():
        async with means.files.alone():
            if await means.store.asset(sha256) is None:
                await means.assets.remove(sha256)
                removed += 1
    if removed:
        say("sweep.strays", removed=removed)


async def sweep_forever(means: Means) -> None:
    """One pass each minute, until cancelled; strays first."""
    try:
        await forget_strays(means)
    except Exception as error:  # not worth a server that does not start
        fail("sweep.failed", error)
    while True:
        await asyncio.sleep(MINUTE)
        try:
            if handed := await reconcile(means):
                say("sweep.reconciled", handed=handed)
            await forget_old(means)
        except Exception as error:  # a pass may fail, the next one must come all the same
            fail("sweep.failed", error)
