"""Follow: look after one attempt until its engine has a last word, and act on that word."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from reelway.engine import Again, Failure, Film, Gone
from reelway.log import complain, say
from reelway.means import Means, work_of
from reelway.move import move
from reelway.runner import Release
from reelway.submit import run_of
from reelway.tally import Cause
from reelway.task import MOST_DEATHS, Fault, Stage, Task

REST, LONGEST_REST = 1.0, 60.0  # seconds that a moment's failure is rested for, doubling


def pause_of(rests: int, at_least: float | None) -> float:
    """Seconds to rest after so many rests in a row; uneven, so that many do not come at once."""
    pause = min(LONGEST_REST, REST * 2.0 ** min(rests, 10))
    return max(at_least or 0.0, pause) * random.uniform(0.8, 1.2)


async def follow(task: Task, means: Means, release: Release = lambda: None) -> Film | None:
    """The film of this attempt; None when the attempt ended otherwise, and that is written."""
    engine = means.engines[task.engine or ""]
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


async def requeue(
    task: Task,
    means: Means,
    reason: str,
    cause: Cause = "gone",
    changes: Mapping[str, Any] | None = None,
    *,
    proven: bool = False,
) -> None:
    """Running → queued, the attempt raised, and the next attempt handed to the runner; `proven` as
    in `move`: then it has not begun, and its deadline stands."""
    then = {"started_at": None} if proven else {}
    again = await move(task, "queued", means, {**then, **(changes or {})}, proven=proven)
    if again is None:
        return
    means.tally.requeued(cause)
    say("task.requeued", task=task.public_id, attempt=again.attempt, reason=reason)
    await means.runner.hand([work_of(again, means.engines)])


async def rest(
    task: Task,
    means: Means,
    reason: str,
    seconds: float,
    changes: Mapping[str, Any] | None = None,
    *,
    proven: bool = False,
) -> None:
    """Running → queued for a while: `due` hands the next attempt over once it has passed. `proven`
    as in `requeue`."""
    then: dict[str, Any] = {"started_at": None} if proven else {}
    then |= {"next_at": means.now() + round(seconds * 1000), "rests": task.rests + 1}
    if again := await move(task, "queued", means, {**then, **(changes or {})}, proven=proven):
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


async def end_failed(
    task: Task,
    means: Means,
    code: str,
    message: str,
    stage: Stage | None = None,
    *,
    hold: bool = False,
) -> bool:
    """Whether it was ended by this; False where the row has moved on meanwhile. `stage` late: its
    vendor may have something of it still. `hold` as in `move`."""
    changes: dict[str, Any] = {"error": Fault(code=code, message=message)}
    ended = await move(
        task, "failed", means, changes | ({"stage": stage} if stage else {}), hold=hold
    )
    if ended:
        complain("task.failed", task=task.public_id, attempt=task.attempt, code=code)
    return ended is not None


async def end_late(task: Task, means: Means) -> bool:
    """End a task that has not begun by its deadline; as `end_failed`."""
    return await end_failed(task, means, "deadline", "it had not begun by its deadline")
