"""The flow of one attempt: submit → follow → deliver, from wherever the row stands. That it is
over is announced by the rows themselves: see `notify`."""

from __future__ import annotations

from reelway.deliver import deliver
from reelway.engine import Engine
from reelway.errors import MomentError, ReelwayError, Refused, RequestError, shortage
from reelway.follow import end_failed, end_late, follow, pause_of, requeue, rest
from reelway.log import complain, fail
from reelway.means import Means
from reelway.move import outlives
from reelway.remote import begin, carry_on
from reelway.route import absent, takers
from reelway.runner import Flow, Release, Work
from reelway.submit import clear, run_of, submit
from reelway.task import MOST_DEATHS, Task
from reelway.voice import make_voice


def film_flow(means: Means) -> Flow:
    """The flow over these means; a runner calls it with the work and the slot's release."""

    async def flow(work: Work, release: Release) -> float | None:
        task = await means.store.task(work.task_id)
        if task is None:
            means.hints.forget(work.task_id)
        if task is None or task.attempt != work.attempt:
            return None
        rests = None
        try:
            if not task.over or task.stage == "late":
                rests = await _attempt(task, work, release, means)
        except Exception as error:
            release()
            await _after(error, task, means)
        finally:
            if rests is None:
                means.hints.forget(task.id)
                clear(task, means)
        return rests

    return flow


async def _attempt(task: Task, work: Work, release: Release, means: Means) -> float | None:
    """The seconds for which it rests, or nothing once it is over."""
    if task.stage == "late" or outlives(task, means):
        return await carry_on(task, release, means)
    if task.late(means.now()):  # since the last look of `due`, or while no server ran
        await end_late(task, means)
    elif task.request.kind == "voice":
        await make_voice(task, means)
    elif task.status == "queued" and (engine := await _chosen(task, work, means)):
        if engine.remote:
            return await begin(task, engine, release, means)
        if running := await submit(task, engine, means):
            await _make(running, release, means)
    elif task.status == "running":
        await _make(task, release, means)
    return None


async def _make(running: Task, release: Release, means: Means) -> None:
    """By an engine of our own, to the end."""
    film = await follow(running, means, release)
    release()
    if film is None:
        return
    engine = means.engines[running.engine or ""]
    await deliver(running, film, run_of(running, engine, means).size, means)


async def _chosen(task: Task, work: Work, means: Means) -> Engine | None:
    """Whose slot the run has, or, where that one cannot have it any more, who is preferred."""
    try:
        able = takers(task, means.engines)
    except ReelwayError as error:  # what was on offer when it was accepted is not any more
        # A provider that went in this very moment may come back: see `strand`.
        if isinstance(error, Refused) or not absent(task, means.engines):
            await end_failed(task, means, error.code, error.message)
        return None
    return next((engine for engine in able if engine.name == work.account), able[0])


async def _after(error: Exception, task: Task, means: Means) -> None:
    """What becomes of the attempt that `error` ended, where the row still stands at it."""
    row = await means.store.task(task.id)
    if row is None or row.over or row.attempt != task.attempt:
        return
    if outlives(row, means):  # it is followed again, and never begun again: see `sweep`
        fail("flow.failed", error, task=task.public_id, attempt=task.attempt)
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
