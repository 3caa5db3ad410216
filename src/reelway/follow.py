"""Follow: look after one attempt until its engine has a last word, and act on that word."""

from __future__ import annotations

import asyncio

from reelway.engine import Again, Failure, Film, Gone
from reelway.log import complain, say
from reelway.means import Means, work_of
from reelway.move import move
from reelway.runner import Release
from reelway.submit import run_of
from reelway.tally import Cause
from reelway.task import MOST_DEATHS, Fault, Task


async def follow(task: Task, means: Means, release: Release = lambda: None) -> Film | None:
    """The film of this attempt; None when the attempt ended otherwise, and that is written."""
    engine = means.engines.get(task.engine or "")
    if engine is None:
        await requeue(task, means, "its engine is not configured any more")
        return None
    if task.receipt is None:  # stopped between the move and the receipt: nothing was begun
        await requeue(task, means, "it was not handed over")
        return None
    run = run_of(task, engine, means)
    outcome = await engine.follow(task.receipt, run)
    while isinstance(outcome, Again):
        if outcome.idle:
            release()
        await asyncio.sleep(max(0, outcome.at - means.now()) / 1000)
        outcome = await engine.follow(task.receipt, run)
    if isinstance(outcome, Film):
        return outcome
    if isinstance(outcome, Gone):
        await requeue(task, means, outcome.reason)
    elif outcome.died:
        await bury(task, means, outcome)
    else:
        await end_failed(task, means, outcome.code, outcome.message)
    return None


async def requeue(task: Task, means: Means, reason: str, cause: Cause = "gone") -> None:
    """Running → queued, the attempt raised, and the next attempt handed to the runner."""
    again = await move(task, "queued", means)
    if again is None:
        return
    means.tally.requeued(cause)
    say("task.requeued", task=task.public_id, attempt=again.attempt, reason=reason)
    await means.runner.hand([work_of(again, means.engines)])


async def rest(task: Task, means: Means, reason: str, seconds: float) -> None:
    """Running → queued for a while: `due` hands the next attempt over once it has passed."""
    changes = {"next_at": means.now() + round(seconds * 1000), "rests": task.rests + 1}
    if again := await move(task, "queued", means, changes):
        means.tally.requeued("moment")
        say("task.rests", task=task.public_id, attempt=again.attempt, reason=reason)


async def bury(task: Task, means: Means, failure: Failure) -> None:
    """The engine's child died under the task: another attempt, unless it keeps dying there."""
    further = failure.progress > task.furthest
    deaths = 1 if further else task.deaths + 1
    changes = {"deaths": deaths, "furthest": max(task.furthest, failure.progress)}
    complain("engine.died", task=task.public_id, deaths=deaths, progress=failure.progress)
    noted = await means.store.note(task, changes)
    if noted is None:
        return
    if deaths >= MOST_DEATHS:
        await end_failed(
            noted, means, "engine_died", "the engine ended under this task again and again"
        )
    else:
        await requeue(noted, means, failure.message, "died")


async def end_failed(task: Task, means: Means, code: str, message: str) -> None:
    fault = Fault(code=code, message=message)
    if await move(task, "failed", means, {"error": fault}):
        complain("task.failed", task=task.public_id, attempt=task.attempt, code=code)
