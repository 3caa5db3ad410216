"""Resolve: somebody has looked at the vendor's and says what became of a create whose answer was
lost. It is followed from there, or begun again; nothing else ever begins it again.

    --receipt X    the vendor has it under this id
    --none         the vendor has nothing of it: proven, by who says so
"""

from __future__ import annotations

from reelway.errors import Conflict, InvalidRequest, UnknownTask
from reelway.follow import requeue
from reelway.ids import PUBLIC_ID
from reelway.log import say
from reelway.means import Means, work_of
from reelway.task import Task

LONGEST_RECEIPT = 200  # characters


async def resolve(public_id: str, receipt: str | None, actor: str, means: Means) -> Task:
    """`receipt` None: there is none. Raises UnknownTask, Conflict, InvalidRequest."""
    if receipt is not None and not (receipt.isprintable() and 0 < len(receipt) <= LONGEST_RECEIPT):
        raise InvalidRequest("receipt must be the vendor's id of the task", field="receipt")
    if public_id in means.resolving:  # two that say otherwise: it would be bought twice
        raise Conflict("somebody else says just now what became of the task")
    means.resolving.add(public_id)
    try:
        return await _resolve(public_id, receipt, actor, means)
    finally:
        means.resolving.discard(public_id)


async def _resolve(public_id: str, receipt: str | None, actor: str, means: Means) -> Task:
    task = await means.store.find_task(None, public_id) if PUBLIC_ID.fullmatch(public_id) else None
    if task is None:
        raise UnknownTask("no such task")
    if task.stage != "ambiguous":
        raise Conflict(f"there is no doubt about the task: it is {task.status}")
    told = {"receipt": receipt, "provider": task.engine, "status": task.status}
    await means.store.audit(actor, "task.resolve", public_id, told, means.now())
    if receipt is not None:
        await _has(task, receipt, means)
    elif task.over:
        await means.store.release_late(task, means.now())
        await means.store.note(task, {"stage": None})
    else:
        report = {name: what for name, what in task.report.items() if name != "ambiguous"}
        said = "its vendor has nothing of it"
        await requeue(task, means, said, "gone", {"report": report}, proven=True)
    means.runner.wake(task.id)
    say("task.resolved", task=public_id, receipt=receipt)
    return await means.store.task(task.id) or task


async def _has(task: Task, id: str, means: Means) -> None:
    """A task that is over gets its film as its late result."""
    receipt = {"v": 1, "provider": task.engine, "id": id, "at": means.now()}
    stage = "late" if task.over else "submitted"
    noted = await means.store.note(task, {"stage": stage, "receipt": receipt})
    if noted is None:
        raise Conflict("the task has moved on meanwhile")
    if noted.over:
        work = work_of(noted, means.engines)
        means.runner.forget(work.run_id)
        await means.runner.hand([work])
