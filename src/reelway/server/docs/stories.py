"""What a sample does, as data: order something, wait for its end, and then one thing more.

Where in an answer the id, the status and the film stand is found by looking for them in answers
that the wire itself writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from reelway.server import hook_docs, supply_docs
from reelway.server.answers import replies_of, resource_of, view_of
from reelway.server.examples import Example, examples_of, sample_id
from reelway.task import STATUSES
from reelway.wire import Reply, Route, Wire

Steps = tuple[str | int, ...]
# Calls that need nothing but a key.
PLAIN = ("list", "resource_list", "models", "usage", *hook_docs.PLAIN, *supply_docs.PLAIN)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a text stands in an answer: the way to it, and the letters right in front of it in
    the answer's JSON, for a shell that reads no JSON."""

    steps: Steps
    front: str


@dataclass(frozen=True, kw_only=True)
class Send:
    """A call; `{id}` in the path is the id that was answered before."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    upload: bool = False  # of a picture, as multipart


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Ask until the status is one of the last ones; `done` is the good one."""

    look: Send
    status: Place
    done: str
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    order: Send | None = None
    id: Place | None = None
    wait: Wait | None = None
    film: Place | None = None  # to be fetched
    then: Send | None = None


def story_of(wire: Wire, route: Route, example: Example | None) -> Story | None:
    """What a sample of this route does; None where none would run as it stands."""
    if route.operation in ("create", "upload", "resource_create"):
        story = _order(wire, route, example)
        return replace(story, id=story.id if story.wait else None) if story else None
    if "{" not in route.path or route.operation in hook_docs.SUMMARIES:
        plain = route.operation in PLAIN
        return Story(then=Send(method=route.method, path=route.path)) if plain else None
    if route.operation in ("show", "task_events"):
        return None  # every sample that orders a film asks for it
    story = _ordered_before(wire, route)
    if story is None:
        return None
    then = Send(method=route.method, path=re.sub(r"{\w+}", "{id}", route.path))
    return replace(
        story, film=None, wait=story.wait if route.operation == "delete" else None, then=then
    )


def _ordered_before(wire: Wire, route: Route) -> Story | None:
    """The making of what the route is about."""
    for other in wire.routes:
        if other.operation in ("create", "upload", "resource_create"):
            if other.resource == route.resource:
                examples = examples_of(wire, other)
                return _order(wire, other, examples[0] if examples else None)
    return None


def _order(wire: Wire, route: Route, example: Example | None) -> Story | None:
    upload = route.operation == "upload"
    if not upload and not (example and example.runs):
        return None
    body = example.body if example else None
    send = Send(method=route.method, path=route.path, body=body, upload=upload)
    if route.resource:
        id = resource_of(route.resource).public_id
    else:
        id = sample_id(wire.mint_id)
    receipt = replies_of(wire, route, example)[0][1]
    found = place_of([(receipt, id)])
    if found is None or "{" in route.path:
        return None
    if route.resource or example is None:
        return Story(order=send, id=found)
    wait, film = _wait(wire, example, id), None
    if wait:
        view = view_of(wire, example, id)
        film = place_of([(wire.write_task(view), view.film_url or "")])
    return Story(order=send, id=found, wait=wait, film=film) if film else None


def _wait(wire: Wire, example: Example, id: str) -> Wait | None:
    call = wire.write_lookup(id, example.request)
    if call.method != "GET" or id not in (call.path.split("/") + list(call.query.values())):
        return None
    path = call.path + (f"?{urlencode(call.query)}" if call.query else "")
    look = Send(method="GET", path=path.replace(id, "{id}"))
    # One task in every status: what changes with the status alone says the status.
    view = view_of(wire, example, id)
    replies = {s: wire.write_task(replace(view, status=s)) for s in STATUSES}
    for steps, _ in _texts(replies["succeeded"].data):
        said = {s: _at(reply.data, steps) for s, reply in replies.items()}
        last = (said["succeeded"], said["failed"], said["cancelled"])
        if all(isinstance(w, str) for w in said.values()) and not (
            {said["queued"], said["running"]} & set(last) or last[0] in last[1:]
        ):
            real = [wire.write_task(view_of(wire, example, id, s)) for s in STATUSES]
            place = place_of([(r, said[s]) for s, r in zip(STATUSES, real, strict=True)], steps)
            if place:
                failed = tuple(dict.fromkeys(last[1:]))
                return Wait(look=look, status=place, done=last[0], failed=failed)
    return None


def place_of(replies: Sequence[tuple[Reply, str]], steps: Steps | None = None) -> Place | None:
    """Where that text stands, in each of the answers."""
    first, value = replies[0]
    if steps is None:
        steps = next((steps for steps, text in _texts(first.data) if text == value), None)
    if steps is None:
        return None
    text = first.body().decode()
    # From the name right in front of it outwards, until what is found first is what we look for.
    chain = re.finditer(rf'(?=((?:"[^"]*":[\[{{]*)+)"{re.escape(value)}")', text)
    for front in sorted({match[1] for match in chain}, key=len):
        after = re.compile(re.escape(front) + r'"([^"]*)"')
        found = [after.search(reply.body().decode()) for reply, _ in replies]
        if all(m and m[1] == wanted for m, (_, wanted) in zip(found, replies, strict=True)):
            return Place(steps=steps, front=front)
    return None


def _texts(data: Any, above: Steps = ()) -> Iterator[tuple[Steps, str]]:
    if isinstance(data, str):
        yield above, data
    elif isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(value, (*above, step))


def _at(data: Any, steps: Steps) -> Any:
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
