"""The flow of one attempt: submit → follow → deliver, from wherever the row stands. That it is
over is announced by the rows themselves: see `notify`."""

from __future__ import annotations

import random

from reelway.deliver import deliver
from reelway.errors import MomentError, RequestError, shortage
from reelway.follow import end_failed, follow, requeue, rest
from reelway.log import complain, fail
from reelway.means import Means
from reelway.runner import Flow, Release, Work
from reelway.submit import clear, run_of, submit
from reelway.task import MOST_DEATHS, Task
from reelway.voice import make_voice

REST, LONGEST_REST = 1.0, 60.0  # seconds that a moment's failure is rested for, doubling


def pause_of(rests: int, at_least: float | None) -> float:
    """Seconds to rest after so many rests in a row; uneven, so that many do not come at once."""
    pause = min(LONGEST_REST, REST * 2.0 ** min(rests, 10))
    return max(at_least or 0.0, pause) * random.uniform(0.8, 1.2)


def film_flow(means: Means) -> Flow:
    """The flow over these means; a runner calls it with the work and the slot's release."""

    async def flow(work: Work, release: Release) -> None:
        task = await means.store.task(work.task_id)
        if task is None or task.over or task.attempt != work.attempt:
            return
        try:
            await _attempt(task, release, means)
        except Exception as error:
            release()
            await _after(error, task, means)
        finally:
            clear(task, means)

    return flow


async def _attempt(task: Task, release: Release, means: Means) -> None:
    if task.request.kind == "voice":
        await make_voice(task, means)
        return
    running = task if task.status == "running" else await submit(task, means)
    if running is None:
        return
    film = await follow(running, means, release)
    release()
    if film is None:
        return
    engine = means.engines[running.engine or ""]
    await deliver(running, film, run_of(running, engine, means).size, means)


async def _after(error: Exception, task: Task, means: Means) -> None:
    """What becomes of the attempt that `error` ended, where the row still stands at it."""
    row = await means.store.task(task.id)
    if row is None or row.over or row.attempt != task.attempt:
        return
    error = shortage(error) or error
    if isinstance(error, RequestError):  # the caller's: it would go wrong again
        await end_failed(row, means, error.code, error.message)
    elif isinstance(error, MomentError):  # nobody's: the same again, after a rest
        complain("flow.later", task=task.public_id, code=error.code)
        if row.status == "running":  # a queued one is begun again by the reconcile pass
            await rest(row, means, error.message, pause_of(row.rests, error.retry_after))
    else:  # ours: again, but not for ever
        fail("flow.failed", error, task=task.public_id, attempt=task.attempt)
        await _stumble(row, means)


async def _stumble(row: Task, means: Means) -> None:
    """Count the fault against the task and begin another attempt, or end it."""
    noted = await means.store.note(row, {"deaths": row.deaths + 1})
    if noted is None:
        return
    if noted.deaths >= MOST_DEATHS:
        await end_failed(noted, means, "internal", "the film could not be made")
    elif noted.status == "running":
        await requeue(noted, means, "internal fault", "fault")
