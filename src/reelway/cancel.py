"""Cancel and delete: what an owner does to a task that exists."""

from __future__ import annotations

from reelway.errors import Conflict, UnknownTask
from reelway.log import say
from reelway.means import Means
from reelway.move import move
from reelway.submit import run_of
from reelway.task import Task


async def cancel(task: Task, means: Means) -> Task:
    """Queued at once; running within a second, its process gone. Raises Conflict when over."""
    while not task.over:
        moved = await move(task, "cancelled", means)
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
    async with means.files:
        unused = await means.store.delete_task(owner_id, public_id)
        if unused is None:
            return None
        return len(unused), sum([await means.assets.remove(sha256) for sha256 in unused])
