"""Streams of events, and waiting for a task, as documents tell them.

frames_of(wire, route)       what a stream sends while a film is made
responses_of(wire, route)    OpenAPI of what is not JSON
headers_of(route)            the headers that these calls read
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reelway.news import Notice, Placed, Progressed
from reelway.server.examples import AT, sample_id
from reelway.task import Event, Status
from reelway.wire import Operation, Route, Wire

STREAMS: tuple[Operation, ...] = ("task_events", "events")
SUMMARIES: Mapping[Operation, str] = {
    "task_events": "What happens to a task, as it happens, up to its end: server-sent events.",
    "events": "What happens to your tasks, as it happens: server-sent events.",
}
TITLES: Mapping[Operation, str] = {
    "task_events": "Follow a task",
    "events": "Follow all tasks",
}
PREFER = (
    "`wait=` and a number of seconds: the same as the query's wait, as a wish (RFC 7240); what is "
    "more than 60 counts as 60."
)
LAST_EVENT_ID = (
    "The id of the last event that was received: the stream goes on after it, and nothing is "
    "missed. An EventSource sends it by itself. Absent: a task's stream begins with its first "
    "event, that of all tasks with the next one."
)
OVER = "The task is over, and nothing came after that event: there is no need to come back."
STREAM = (
    "`status` is a change of status, with an id; `progress` and `queue` are true for now and have "
    "none; a comment comes every 15 seconds where there is nothing else. The stream may be cut at "
    "any time: come back with Last-Event-ID."
)


def headers_of(route: Route) -> Sequence[tuple[str, str]]:
    if route.operation == "show":
        return [("Prefer", PREFER)]
    return [("Last-Event-ID", LAST_EVENT_ID)] if route.operation in STREAMS else []


def responses_of(wire: Wire, route: Route) -> dict[str, Any]:
    if not (text := frames_of(wire, route)):
        return {}
    examples = {"a_film": {"summary": "While a film is made", "value": text}}
    stream = {
        "description": STREAM,
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
        "content": {"text/event-stream": {"schema": {"type": "string"}, "examples": examples}},
    }
    over = {"204": {"description": OVER}} if route.operation == "task_events" else {}
    return {"200": stream, **over}


def frames_of(wire: Wire, route: Route) -> str:
    """Nothing for other routes."""
    if route.operation not in STREAMS:
        return ""
    id = sample_id(wire.mint_id)

    def event(number: int, after: int, status: Status, **data: Any) -> Event:
        return Event(
            id=number,
            task_id=1,
            owner_id=1,
            at=AT + after,
            status=status,
            attempt=1,
            data=data,
            task=id,
        )

    notices: list[Notice] = [
        event(7, 0, "queued"),
        Placed(task=id, position=1, eta=9),
        event(8, 40, "running", engine="animatic"),
        Progressed(task=id, progress=37, eta=3),
        event(11, 4250, "succeeded"),
    ]
    return "".join(wire.write_event(notice).body().decode() for notice in notices)
