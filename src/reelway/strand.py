"""Strand: a queued task whose provider was taken out of the settings. What was accepted is not lost
by a slip of the pen: it waits for a provider that can make it.

    taken away ──> waits for its slots, of which there are none ──> one is there that can: goes on
                   the report says since when, and why         └──> `give_up_after`: failed

What an engine of our own was to make does not wait: what is not installed does not come back.
"""

from __future__ import annotations

from collections.abc import Iterable

from reelway.errors import ReelwayError, Refused
from reelway.follow import end_failed
from reelway.log import complain, say
from reelway.means import Means
from reelway.route import absent, in_vain, takers
from reelway.task import Task

SINCE, WHY = "no_provider_since", "no_provider_why"  # of the report


async def strand(tasks: Iterable[Task], means: Means) -> None:
    """Of these, which have been handed over, those that wait for nobody: their reports say so."""
    taken = means.runner.accounts().items()
    if not any(one.waiting and in_vain((name,), means.engines) for name, one in taken):
        return
    for task in tasks:
        if task.status != "queued" or SINCE in task.report or not _why(task, means):
            continue
        fresh = await means.store.task(task.id)  # its attempt may have been raised since
        if fresh and fresh.status == "queued" and (why := _why(fresh, means)):
            complain("task.stranded", task=task.public_id, why=why.message)
            report = {**fresh.report, SINCE: means.now(), WHY: why.message}
            await means.store.note(fresh, {"report": report})


async def unstrand(tasks: Iterable[Task], means: Means) -> None:
    """Of these, which are to be handed over, those whose reports say that they wait: no more, where
    somebody can make them; and not for ever."""
    for task in tasks:
        if task.status != "queued" or SINCE not in task.report:
            continue
        if why := _why(task, means):
            if means.now() - task.report[SINCE] >= means.hosted.give_up_after * 1000:
                told = "no provider that can make it has been configured for too long"
                if await end_failed(task, means, why.code, f"{told}: {why.message}"):
                    await means.runner.nudge(task.id)
            continue
        say("task.not_stranded", task=task.public_id)
        report = {name: told for name, told in task.report.items() if name not in (SINCE, WHY)}
        await means.store.note(task, {"report": report})


def _why(task: Task, means: Means) -> ReelwayError | None:
    """Why nobody can make it, where it waits for somebody who can."""
    try:
        takers(task, means.engines)
    except Refused:  # its flow ends it
        return None
    except ReelwayError as error:
        return error if absent(task, means.engines) else None
    return None
