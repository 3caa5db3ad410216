"""Events as they happen, as server-sent events: of one task, or of all that an owner has.

    GET …/tasks/{id}/events   from the task's first event, or after Last-Event-ID, to its end
    GET …/events              from now, or after Last-Event-ID; goes on

`?after=` says the same as the header Last-Event-ID, which goes before it: a browser's EventSource
sends it when it comes back. A task's stream that has nothing more to tell is 204, upon which an
EventSource stays away; an owner's begins by saying where it begins, so that nothing is missed
though the connection breaks before the first event.
"""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import suppress
from functools import partial

from reelway.errors import InvalidRequest, ReelwayError
from reelway.hub import PAGE, Hub
from reelway.keys import digest
from reelway.listener import Listener
from reelway.log import complain, fail
from reelway.server.asked import Asked, find
from reelway.server.http import Out, Receive, Send, Stream, left
from reelway.store import Store
from reelway.task import Event, Task
from reelway.wire import Call

HEADER, QUERY = "last-event-id", "after"
ID = re.compile(r"[0-9]{1,18}", re.ASCII)
HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",  # nginx would hold the events back
    "connection": "close",  # after the end: what `_narrow` has done is not for films
}
MOST_UNSENT = 64 * 1024  # bytes that the system holds of a stream for who reads slowly, and we do
COME_BACK = b"retry: 2000\n\n"  # milliseconds


async def of_task(asked: Asked) -> Out | Stream:
    given = after_of(asked.call)
    task = await find(asked)
    asked.hub.admit(task.owner_id)
    if given and task.over and not await asked.means.store.events(task.id, given):
        return Out(status=204)
    return _stream(asked, task, given or 0)


async def of_owner(asked: Asked) -> Stream:
    given = after_of(asked.call)
    asked.hub.admit(asked.key.owner_id)
    last = await asked.means.store.last_event()
    # Not after the last: the one that is named may be gone with its task.
    return _stream(asked, None, last if given is None else min(given, last))


def after_of(call: Call) -> int | None:
    """The id of the last event that the caller had. Raises InvalidRequest."""
    for name, text in (
        ("Last-Event-ID", call.headers.get(HEADER)),
        (QUERY, call.query.get(QUERY)),
    ):
        if text:  # empty: none yet
            if not ID.fullmatch(text):
                raise InvalidRequest(f"{name} must be the id of an event", field=name)
            return int(text)
    return None


def _stream(asked: Asked, task: Task | None, after: int) -> Stream:
    transport = asked.scope.get("reelway.transport")
    listener = Listener(
        asked.wire,
        owner_id=asked.key.owner_id,
        task_id=task.id if task else None,
        digest=digest(asked.wire.read_key(asked.call)),
        after=after,
        abort=transport and transport.abort,
    )
    body = partial(_body, listener, asked.hub, asked.means.store, asked.receive, transport)
    return Stream(headers=dict(HEADERS), body=body)


async def _body(
    listener: Listener,
    hub: Hub,
    store: Store,
    receive: Receive,
    transport: asyncio.Transport | None,
    send: Send,
) -> None:
    if transport is not None:
        _narrow(transport)
    gone = asyncio.create_task(left(receive))
    gone.add_done_callback(lambda done: None if done.cancelled() else listener.cut())
    try:
        async with hub.join(listener):
            await _past(listener, store, send)
            await hub.greet(listener)
            while data := await listener.next():
                await _send(send, data)
    except Exception as error:  # the head is sent: who listens comes back, and may hear it then
        if isinstance(error, ReelwayError):
            complain("events.later", code=error.code)
        else:
            fail("events.failed", error)
        await _send(send, COME_BACK)
    finally:
        gone.cancel()


def _narrow(transport: asyncio.Transport) -> None:
    """Who reads too slowly is known soon, and does not fill megabytes until then."""
    transport.set_write_buffer_limits(high=MOST_UNSENT)
    if (one := transport.get_extra_info("socket")) is not None:
        with suppress(OSError):  # it is closing
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_UNSENT)


async def _past(listener: Listener, store: Store, send: Send) -> None:
    """What the rows have to tell, up to the present."""
    if listener.task_id is None:
        await _send(send, b"id: %d\n\n" % listener.after)
    present = False
    while not present:
        listener.read()
        events, more = await _page(listener, store)
        present = listener.caught_up(events, more)
        if events:
            said = [listener.wire.write_event(event).body() for event in events]
            await _send(send, b"".join(said))


async def _page(listener: Listener, store: Store) -> tuple[list[Event], bool]:
    if listener.task_id is not None:
        return await store.events(listener.task_id, listener.after), False
    events = await store.owner_events(listener.owner_id, listener.after, PAGE)
    return events, len(events) == PAGE


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})
