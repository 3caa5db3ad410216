"""Due: once a second, what the clock asks for of tasks that are not over.

    cancel_at   whatever is not over by then is cancelled
    start_by    what has not begun by then fails: its film is not wanted any more
    next_at     what rested for a reason of the moment is handed to the runner again

The times are columns of the row, so they hold over a restart, and nothing is kept in memory.
"""

from __future__ import annotations

import asyncio

from reelway.cancel import cancel
from reelway.errors import Conflict, UnknownTask
from reelway.follow import end_failed
from reelway.log import fail, say
from reelway.means import Means, work_of
from reelway.task import Task

TICK = 1.0  # seconds


async def due(means: Means) -> int:
    """One look; how many tasks it touched."""
    found = await means.store.due(means.now())
    await asyncio.gather(*(_cancel(task, means) for task in found.cancel))
    for task in found.overdue:
        await end_failed(task, means, "deadline", "it had not begun by its deadline")
        await means.runner.nudge(task.id)
    rested = [t for task in found.rested if (t := await _rested(task, means))]
    await means.runner.hand([work_of(task, means.engines) for task in rested])
    return len(found.cancel) + len(found.overdue) + len(rested)


async def _cancel(task: Task, means: Means) -> None:
    try:
        await cancel(task, means)
    except (Conflict, UnknownTask):  # it ended, or was deleted, in this very second
        return
    say("task.cancel_after", task=task.public_id)


async def _rested(task: Task, means: Means) -> Task | None:
    """The task without its `next_at`; None where it has moved on meanwhile."""
    return await means.store.note(task, {"next_at": None})


async def due_forever(means: Means) -> None:
    """A look each second, until cancelled."""
    while True:
        try:
            await due(means)
        except Exception as error:  # one look may fail, the next one must come all the same
            fail("due.failed", error)
        await asyncio.sleep(TICK)
