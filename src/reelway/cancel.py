"""Cancel and delete: what an owner does to a task that exists."""

from __future__ import annotations

from reelway.errors import Conflict, UnknownTask
from reelway.log import say
from reelway.means import Means
from reelway.move import move, outlives
from reelway.submit import run_of
from reelway.task import Task

NEEDS_ABANDON = "needs_abandon"  # the code of a Conflict that abandon would get round


async def cancel(task: Task, means: Means, *, abandon: bool = False) -> Task:
    """Queued at once; running within a second, its process gone; what a vendor has only where it is
    abandoned: it costs what it costs, and its film is kept beside. Raises Conflict for one that
    would have to be, and for one that is over."""
    while not task.over:
        remote = outlives(task, means)
        if remote and not abandon:
            raise Conflict(
                f"{task.engine} works on the task and cannot be told to stop: with abandon it ends "
                "here as cancelled, costs what it costs, and its film is kept beside it",
                code=NEEDS_ABANDON,
            )
        held = remote and task.stage != "ambiguous"
        moved = await move(
            task, "cancelled", means, {"stage": "late"} if held else None, hold=remote
        )
        if moved and remote:
            means.runner.wake(task.id)
            say("task.abandoned", task=task.public_id, attempt=task.attempt)
            return moved
        if moved:
            engine = means.engines.get(moved.engine or "")
            if engine and moved.receipt is not None:  # it may have come since `task` was read
                await engine.cancel(moved.receipt, run_of(moved, engine, means))
            await means.runner.nudge(task.id)
            say("task.cancelled", task=task.public_id, attempt=task.attempt)
            return moved
        fresh = await means.store.task(task.id)  # it moved on meanwhile
        if fresh is None:
            raise UnknownTask("no such task")
        task = fresh
    raise Conflict(f"the task is {task.status} already")


async def delete(owner_id: int, public_id: str, means: Means) -> None:
    """Forget a task that is over, and the files that nothing else uses.
    Raises UnknownTask, or Conflict when it is not over."""
    if await remove(owner_id, public_id, means) is None:
        raise UnknownTask("no such task")
    say("task.deleted", task=public_id, owner=owner_id)


async def remove(owner_id: int, public_id: str, means: Means) -> tuple[int, int] | None:
    """The same without a word: how many files went, and their bytes. None: no such task."""
    await means.emulator.settle(public_id, owner_id, means.store)
    async with means.files.alone():
        unused = await means.store.delete_task(owner_id, public_id)
        if unused is None:
            return None
        return len(unused), sum([await means.assets.remove(sha256) for sha256 in unused])
