"""A call, with whose it is and what it works on: what every operation is given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reelway.errors import UnknownTask
from reelway.hub import Hub
from reelway.ids import PUBLIC_ID
from reelway.means import Means
from reelway.server.http import Receive, Scope, read_json
from reelway.task import Key, Task
from reelway.wire import Call, Wire


@dataclass(frozen=True, kw_only=True)
class Asked:
    wire: Wire
    call: Call
    raw: bytes
    key: Key
    base: str | None  # where the caller reached us, if that is a host we trust
    means: Means
    hub: Hub
    scope: Scope
    receive: Receive


async def find(asked: Asked) -> Task:
    """The caller's task that the call is about. Raises UnknownTask."""
    public_id = asked.wire.read_lookup(asked.call)
    task = None
    if PUBLIC_ID.fullmatch(public_id):
        task = await asked.means.store.find_task(asked.key.owner_id, public_id)
    if task is None:
        raise UnknownTask("no such task")
    return task


def with_body(asked: Asked) -> Call:
    """The call with its body; where there is none, nothing is asked for."""
    data = read_json(asked.raw, asked.call.headers) if asked.raw.strip() else {}
    return replace(asked.call, data=data)
