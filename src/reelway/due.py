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
from reelway.follow import end_late
from reelway.log import fail, say
from reelway.means import Means, work_of
from reelway.move import outlives
from reelway.task import Task

TICK = 1.0  # seconds
LOOK = 500  # tasks of a kind that one look finds at most


async def due(means: Means) -> int:
    """One look; how many tasks it touched."""
    found = await means.store.due(means.now(), LOOK)
    await asyncio.gather(*(_cancel(task, means) for task in found.cancel))
    await asyncio.gather(*(_late(task, means) for task in found.overdue))
    noted = await asyncio.gather(*(_rested(task, means) for task in found.rested))
    rested = [task for task in noted if task]
    await means.runner.hand([work_of(task, means.engines) for task in rested])
    return len(found.cancel) + len(found.overdue) + len(rested)


async def _cancel(task: Task, means: Means) -> None:
    if outlives(task, means):  # it would be asked each second from now on
        said = "its provider cannot be told to stop: it goes on"
        report = {**task.report, "cancel_after": said}
        await means.store.note(task, {"cancel_at": None, "report": report})
        return
    try:
        await cancel(task, means)
    except (Conflict, UnknownTask):  # it ended, or was deleted, in this very second
        return
    say("task.cancel_after", task=task.public_id)


async def _late(task: Task, means: Means) -> None:
    if await end_late(task, means):
        await means.runner.nudge(task.id)


async def _rested(task: Task, means: Means) -> Task | None:
    """The task without its `next_at`; None where it has moved on meanwhile."""
    return await means.store.note(task, {"next_at": None})


async def due_forever(means: Means) -> None:
    """A look each second, until cancelled; at once again where there was more than one finds."""
    while True:
        try:
            while await due(means) >= LOOK:
                pass
        except Exception as error:  # one look may fail, the next one must come all the same
            fail("due.failed", error)
        await asyncio.sleep(TICK)
