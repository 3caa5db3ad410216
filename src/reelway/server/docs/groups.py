"""The calls of a wire, as a page tells them: those that differ in their path alone together."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reelway.limits import Row, limits_of
from reelway.server import event_docs, hook_docs, supply_docs
from reelway.server.answers import refusals_of, replies_of
from reelway.server.docs.fields import Field, fields_of, query_field, told_of
from reelway.server.docs.stories import Story, story_of
from reelway.server.examples import Example, examples_of
from reelway.server.openapi import Json, body_schema, summary_of
from reelway.wire import Reply, Route, Wire

TITLES = {
    "text": "Film from text",
    "image": "Film from an image",
    "reference": "Film from references",
    "voice": "Make a voice",
}
OPERATIONS = {
    "create": "Order a film",
    "show": "Ask for a film",
    "list": "List tasks",
    "cancel": "Cancel a task",
    "delete": "Delete a task",
    "models": "List models",
    "usage": "Tell what was spent",
    **event_docs.TITLES,
    "upload": "Upload a file",
    "resource_create": "Make {a} {kind}",
    "resource_show": "Show {a} {kind}",
    "resource_list": "List {kind}s",
    "resource_delete": "Delete {a} {kind}",
    **hook_docs.TITLES,
    **supply_docs.TITLES,
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """One call, under one path or several."""

    title: str
    anchor: str
    routes: tuple[Route, ...]
    summary: str
    parameters: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()
    limits: tuple[Row, ...] = ()
    example: Example | None = None
    story: Story | None = None
    told: tuple[Field, ...] = ()  # of the answer, as far as something is said of them
    replies: tuple[tuple[str, Reply], ...] = ()
    refusals: tuple[tuple[str, Reply], ...] = ()
    stream: str = ""  # what an answer that goes on sends


def groups_of(wire: Wire, document: Json) -> list[Group]:
    """In the order of the routes, what orders something first."""
    found: dict[str, Group] = {}
    for route in wire.routes:
        examples: list[Example | None] = [*examples_of(wire, route)]
        for example in examples or [None]:
            key = _key(route, example)
            if key in found:
                group = found[key]
                found[key] = replace(group, routes=(*group.routes, route))
            else:
                found[key] = _group(wire, route, example, document)
    several = sum(group.routes[0].operation == "create" for group in found.values()) > 1
    return _named([_titled(group, several) for group in found.values()])


def _key(route: Route, example: Example | None) -> str:
    """What is the same in calls that are told together."""
    if example is None:
        alone = route.operation != "show"
        return f"{route.method} {route.path if alone else ''} {route.operation} {route.resource}"
    body = json.dumps(example.body)
    return f"{route.operation} {route.resource} {example.model.__qualname__} {body}"


def _group(wire: Wire, route: Route, example: Example | None, document: Json) -> Group:
    operation = document["paths"][route.path][route.method.lower()]
    fields: tuple[Field, ...] = ()
    limits: tuple[Row, ...] = ()
    if model := example.model if example else route.body:
        schema, inside = body_schema(wire, model)
        fields, limits = tuple(fields_of(schema, inside)), tuple(limits_of(model))
    refused = example is not None and not example.reading
    summary = operation["summary"] if refused else summary_of(route)
    if route.operation == "show":
        summary += " The samples that order a film ask here until it is done."
    return Group(
        title="",
        anchor="",
        routes=(route,),
        summary=summary,
        parameters=tuple(query_field(p) for p in operation["parameters"] if "name" in p),
        fields=fields,
        limits=limits,
        example=example,
        story=story_of(wire, route, example),
        told=_told(operation),
        replies=() if refused else tuple(replies_of(wire, route, example)),
        refusals=tuple(refusals_of(wire, route, example)),
        stream=event_docs.frames_of(wire, route),
    )


def _told(operation: Json) -> tuple[Field, ...]:
    good: Json = next((a for s, a in operation["responses"].items() if s in ("200", "201")), {})
    content = good.get("content", {}).get("application/json", {})
    return tuple(told_of(content.get("schema", {})))


def _titled(group: Group, several: bool) -> Group:
    route, example = group.routes[0], group.example
    kind = route.resource or ""
    a = "an" if kind[:1] in "aeiou" else "a"
    title = OPERATIONS.get(route.operation, route.operation).format(kind=kind, a=a)
    if several and route.operation == "create" and example:
        title = TITLES[example.request.kind] if example.reading else "Not made here"
    return replace(group, title=title)


def _named(groups: Sequence[Group]) -> list[Group]:
    """With the model in titles that come more than once, and a name for links."""
    times = Counter(group.title for group in groups)
    out, used = [], Counter[str]()
    for group in groups:
        title = group.title
        if times[title] > 1:
            labels = dict.fromkeys(route.model or "" for route in group.routes)
            label = (group.example.label if group.example else "") or " ".join(labels)
            title = f"{title}: {label}" if label else title
        anchor = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        used[anchor] += 1
        anchor = anchor if used[anchor] == 1 else f"{anchor}-{used[anchor]}"
        out.append(replace(group, title=title, anchor=anchor))
    return out
