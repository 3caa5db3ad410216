"""What a route asks for: one function an operation, over the caller's key and the means."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from reelway import words
from reelway.accept import accept
from reelway.cancel import NEEDS_ABANDON, cancel, delete
from reelway.errors import Conflict, UnknownTask
from reelway.ids import PUBLIC_ID
from reelway.server import events, providers, resources, webhooks
from reelway.server.asked import Asked, find, with_body
from reelway.server.estimate import estimate
from reelway.server.http import JSON, Out, Stream, out, read_json
from reelway.server.models import models
from reelway.server.preview import preview
from reelway.server.usage import usage
from reelway.server.waiting import until_over, wait_of
from reelway.task import Task
from reelway.view import view
from reelway.wire import Operation


async def create(asked: Asked) -> Out:
    call = replace(asked.call, data=read_json(asked.raw, asked.call.headers))
    answer = await accept(asked.wire, call, asked.raw, asked.key, asked.base, asked.means)
    headers = {"content-type": JSON}
    if answer.engine:
        headers["x-reelway-engine"] = answer.engine
    if answer.ignored:
        headers["x-reelway-ignored"] = _header_text(", ".join(answer.ignored))
    if answer.replayed:
        headers["idempotency-replayed"] = "true"
    return Out(status=answer.status, body=answer.body, headers=headers)


async def show(asked: Asked) -> Out:
    seconds = wait_of(asked.call)
    task, began = await find(asked), time.monotonic()
    if seconds and not task.over:
        task = await until_over(task, seconds, asked)
    shown = _shown(task, asked)
    shown.waited = time.monotonic() - began
    return shown


async def list_tasks(asked: Asked) -> Out:
    wanted = asked.wire.read_listing(asked.call)
    tasks = await asked.means.store.tasks(
        asked.key.owner_id,
        limit=wanted.limit + 1,
        after=wanted.after,
        status=wanted.status,
        model=wanted.model,
    )
    page = tasks[: wanted.limit]
    more = page[-1].public_id if len(tasks) > wanted.limit else None
    return out(asked.wire.write_list([view(t, asked.means, asked.base) for t in page], more))


async def cancel_task(asked: Asked) -> Out:
    abandon = asked.wire.read_cancel(with_body(asked))
    task = await find(asked)
    try:
        return _shown(await cancel(task, asked.means, abandon=abandon), asked)
    except Conflict as error:
        if error.code != NEEDS_ABANDON:
            raise
        how = f"{error.message}. {words.HOW_TO_ABANDON}"
        raise Conflict(how, code=error.code, field="abandon") from None


async def delete_task(asked: Asked) -> Out:
    public_id = asked.wire.read_lookup(asked.call)
    if not PUBLIC_ID.fullmatch(public_id):
        raise UnknownTask("no such task")
    await delete(asked.key.owner_id, public_id, asked.means)
    return out(asked.wire.write_deleted(public_id))


OPERATIONS: Mapping[Operation, Callable[[Asked], Awaitable[Out | Stream]]] = {
    "create": create,
    "show": show,
    "list": list_tasks,
    "cancel": cancel_task,
    "delete": delete_task,
    "upload": resources.upload,
    "resource_create": resources.create,
    "resource_show": resources.show,
    "resource_list": resources.list_all,
    "resource_delete": resources.delete,
    "models": models,
    "usage": usage,
    **webhooks.OPERATIONS,
    "estimate": estimate,
    "preview": preview,
    "provider_list": providers.list_all,
    "provider_reload": providers.read_again,
    "task_events": events.of_task,
    "events": events.of_owner,
}


def _shown(task: Task, asked: Asked) -> Out:
    headers = {"x-reelway-engine": task.engine} if task.engine else None
    return out(asked.wire.write_task(view(task, asked.means, asked.base)), headers)


def _header_text(text: str) -> str:
    """A caller's field names, fit for a header."""
    return (
        text.encode("ascii", "backslashreplace")
        .decode()
        .replace("\r", " ")
        .replace("\n", " ")[:1000]
    )
