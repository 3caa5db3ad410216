"""OpenAPI 3.1, one document a wire: from its routes, its body models, and answers of its own.

document(wire, servers)     the document
body_schema(wire, model)    a body's schema, cleaned, with what it refers to
index(wires)                where every wire's document and pages are
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from reelway import __version__, words
from reelway.server import event_docs, hook_docs, supply_docs, usage
from reelway.server.answers import refusals_of, replies_of
from reelway.server.examples import Example, examples_of, models_of, query_of
from reelway.wire import Operation, Reply, Route, Wire

Json = dict[str, Any]

REF = "#/components/schemas/"
ABSENT = re.compile(r"(?:^|(?<= ))Absent(?: or \w+)?: (?P<value>.+?)\.(?=\s|$)")
PART = "file"  # of an upload
CHOOSES = "Says which of the bodies of this path it is."

SUMMARIES: Mapping[Operation, str] = {
    "create": "Order a film. The answer comes at once and names the task; the film is made after.",
    "show": "How a task is doing, and, once it is done, where its film is.",
    "list": "Your tasks, newest first.",
    "cancel": "Stop a task that is not over; what was begun is given up. A vendor cannot be told "
    "to stop: what one works on ends here only with `abandon`, and answers 409 without it.",
    "delete": "Forget a task that is over, with its film.",
    "models": "The models that can be ordered here, who makes their films, and what they take.",
    "upload": "Keep a picture or a recording here, to be named in later calls by its id.",
    "usage": usage.SUMMARY,
    **event_docs.SUMMARIES,
    **hook_docs.SUMMARIES,
    **supply_docs.SUMMARIES,
}
RESOURCE_SUMMARIES: Mapping[Operation, str] = {
    "resource_create": "Make {a} {kind} that later films can use by its id.",
    "resource_show": "{A} {kind} of yours.",
    "resource_list": "Your {kind}s, newest first.",
    "resource_delete": "Forget {a} {kind}; films that were made with it stay as they are.",
}
INTRODUCTION = """\
The calls of {title} that this server answers. Put the server's address in front of the paths and \
your key into the Authorization header; `reelway keys create` makes one.

Numbers may come as text, `null` is the same as leaving a field out, and a field that is not known \
is never refused: it is named in `x-reelway-ignored`."""

REQUEST_HEADERS: Mapping[str, str] = {
    "Idempotency-Key": (
        "A text of your own, at most 255 characters. The same key and request give the same "
        "answer again and make no second film; kept for 48 hours."
    ),
    "X-Reelway-Model": (
        "The family of models to use in place of the one that was asked for. animatic-still makes "
        "a valid film of the right form at once, for tests of your own."
    ),
    "X-Reelway-Provider": (
        "The name of the provider that is to make it, and no other one. Absent: whoever can."
    ),
}
REPLY_HEADERS: Mapping[str, str] = {
    "X-Request-Id": "Names this request in the server's log.",
    "x-reelway-engine": "What makes the film.",
    "x-reelway-ignored": "The fields that have no effect, by their names, with commas between.",
    "Idempotency-Replayed": "true, where this is the answer to an earlier request again.",
    "Retry-After": "Seconds after which to try again.",
}
HEADERS_OF: Mapping[Operation, tuple[str, ...]] = {
    "create": ("x-reelway-engine", "x-reelway-ignored", "Idempotency-Replayed"),
    "show": ("x-reelway-engine",),
    "preview": ("x-reelway-engine",),
    "cancel": ("x-reelway-engine",),
}


def summary_of(route: Route) -> str:
    if words := RESOURCE_SUMMARIES.get(route.operation):
        kind = route.resource or "resource"
        a = "an" if kind[0] in "aeiou" else "a"
        return words.format(kind=kind, a=a, A=a.capitalize())
    return SUMMARIES.get(route.operation, route.operation.replace("_", " ").capitalize() + ".")


def index(wires: Iterable[Wire]) -> Json:
    return {
        "wires": [
            {
                "name": wire.name,
                "title": wire.title,
                "openapi": f"/{wire.name}/openapi.json",
                "docs": f"/{wire.name}/docs",
            }
            for wire in wires
        ]
    }


def document(wire: Wire, servers: Sequence[str]) -> Json:
    """The wire's document; `servers` are the places its paths are served under."""
    paths: dict[str, Json] = {}
    ids = operation_ids(wire.routes)
    for route in wire.routes:
        operation = _operation(wire, route, ids[route.method, route.path])
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": wire.title if wire.title == "Reelway" else f"{wire.title}, by Reelway",
            "version": __version__,
            "description": INTRODUCTION.format(title=wire.title),
        },
        "servers": [{"url": server} for server in servers],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(wire),
            "parameters": {
                name: _parameter(name, "header", text, {"type": "string"})
                for name, text in REQUEST_HEADERS.items()
            },
            "headers": {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in REPLY_HEADERS.items()
            },
        },
    }


def operation_ids(routes: Sequence[Route]) -> dict[tuple[str, str], str]:
    """A name for every route: its operation, with the path where the operation has several."""
    times = Counter((route.operation, route.resource) for route in routes)
    out: dict[tuple[str, str], str] = {}
    for route in routes:
        parts = [route.operation.replace("resource", route.resource or "resource")]
        if route.operation == "upload":
            parts.append(route.resource or "")
        if times[route.operation, route.resource] > 1:
            parts.append(route.path)
        out[route.method, route.path] = re.sub(r"[^a-z0-9]+", "_", " ".join(parts).lower()).strip(
            "_"
        )
    return out


# Operations


def _operation(wire: Wire, route: Route, id: str) -> Json:
    examples = examples_of(wire, route)
    first = examples[0] if examples else None
    summary = summary_of(route)
    if first and not first.reading:
        summary = f"Known, and refused by this server: {first.refusal}."
    thing = hook_docs.thing_of(route)
    parameters: list[Json] = [
        _parameter(name, "path", f"The {thing}'s id.", {"type": "string"}, True)
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    for query in query_of(wire, route, first):
        text = f"{query.text} Must be {query.must}." if query.must else query.text
        parameters.append(_parameter(query.name, "query", text, dict(query.schema), query.required))
    if route.operation == "create":
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in REQUEST_HEADERS]
    for name, text in event_docs.headers_of(route):
        parameters.append(_parameter(name, "header", text, {"type": "string"}))
    out: Json = {"operationId": id, "summary": summary, "parameters": parameters}
    if route.body:
        out["requestBody"] = _request_body(route.body, examples)
        if route.operation in ("cancel", *hook_docs.BODY_MAY_LACK):
            out["requestBody"]["required"] = False
    elif route.operation == "upload":
        out["requestBody"] = UPLOAD
    out["responses"] = _responses(wire, route, first)
    return out


def _parameter(name: str, place: str, text: str, schema: Json, required: bool = False) -> Json:
    if found := ABSENT.search(text):
        schema = _with_default(schema, found["value"])
    out: Json = {"name": name, "in": place, "description": text, "schema": schema}
    return {**out, "required": True} if required else out


UPLOAD: Json = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [PART],
                "properties": {
                    PART: {
                        "type": "string",
                        "contentMediaType": "application/octet-stream",
                        "description": "One file: a picture, as frames are, or a recording.",
                    }
                },
            }
        }
    },
}


def _request_body(model: type[BaseModel], examples: Sequence[Example]) -> Json:
    content: Json = {"schema": {"$ref": REF + model.__name__}}
    shown = {
        example.label or "example": {"value": example.body}
        for example in examples
        if example.reading
    }
    if shown:
        content["examples"] = shown
    return {"required": True, "content": {"application/json": content}}


def _responses(wire: Wire, route: Route, example: Example | None) -> Json:
    """By status: what it means, its headers, and every answer that has it as an example."""
    by_status: dict[int, list[tuple[str, Reply]]] = {}
    refused = example is not None and not example.reading
    good = [] if refused else replies_of(wire, route, example)
    bad = refusals_of(wire, route, example)
    for when, reply in [*good, *bad]:
        by_status.setdefault(reply.status, []).append((when, reply))
    out = {
        **event_docs.responses_of(wire, route),
        **{str(status): _response(wire, route, replies) for status, replies in by_status.items()},
    }
    if route.operation == "usage":
        out["200"]["content"] |= usage.csv_content()
    return out


def _response(wire: Wire, route: Route, replies: Sequence[tuple[str, Reply]]) -> Json:
    good = replies[0][1].status < 400
    names = HEADERS_OF.get(route.operation, ())
    texts = wire.answers.get(route.operation, {}) if good else {}
    headers = ["X-Request-Id", *(names if good else ())]
    headers += sorted({name for _, reply in replies for name in reply.headers})
    examples: Json = {}
    for number, (when, reply) in enumerate(replies, 1):
        name = re.sub(r"[^a-z0-9]+", "_", when.lower()).strip("_") or f"example_{number}"
        examples[name] = {"summary": when, "value": reply.data} if when else {"value": reply.data}
    return {
        "description": "Done." if good else " ".join(dict.fromkeys(when for when, _ in replies)),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            "application/json": {
                "schema": schema_of([reply.data for _, reply in replies], texts),
                "examples": examples,
            }
        },
    }


def schema_of(values: Sequence[Any], texts: Mapping[str, str] = {}, path: str = "") -> Json:
    """A JSON schema that holds for all the values, and says no more than they show, but for what
    `texts` say of fields by their paths."""
    out: Json = {}
    kinds = sorted({_TYPES[type(value)] for value in values})
    if kinds not in ([], ["null"]):  # of what was never there, nothing can be said
        out["type"] = kinds[0] if len(kinds) == 1 else kinds
    if text := texts.get(path):
        out["description"] = text
    objects = [value for value in values if isinstance(value, dict)]
    if names := dict.fromkeys(name for value in objects for name in value):
        above = f"{path}." if path else ""
        out["properties"] = {
            n: schema_of([v[n] for v in objects if n in v], texts, above + n) for n in names
        }
    if "array" in kinds:
        inner = [v for value in values if isinstance(value, list) for v in value]
        out["items"] = schema_of(inner, texts, f"{path}[]")
    return out


_TYPES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


# Schemas


def _schemas(wire: Wire) -> Json:
    """Every body's schema, and those inside them, by name."""
    out: Json = {}
    for route in wire.routes:
        if route.body and route.body.__name__ not in out:
            schema, inside = body_schema(wire, route.body)
            out |= {**inside, route.body.__name__: schema}
    return out


def body_schema(wire: Wire, model: type[BaseModel]) -> tuple[Json, Json]:
    """The schema of a body, and by name of what it refers to: without what says nothing, with
    words for fields that have none, and defaults where the words name one."""
    schema = model.model_json_schema(ref_template=REF + "{model}")
    inside = {name: _clean(inner) for name, inner in schema.pop("$defs", {}).items()}
    schema = _clean(schema)
    texts = _canonical(wire)
    for inner in models_of(model):
        _describe(inside.get(inner.__name__, schema), "", texts, inside)
    return schema, inside


def _clean(node: Any) -> Any:
    """Without titles, empty defaults, and the null that is the same as leaving a field out."""
    if isinstance(node, list):
        return [_clean(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    out: Json = {}
    for name, value in node.items():
        if name == "properties":
            out[name] = {field: _clean(schema) for field, schema in value.items()}
        elif name in ("examples", "default", "discriminator", "enum", "const"):
            out[name] = value
        elif name != "title":
            out[name] = _clean(value)
    if "properties" in out:
        out.pop("description", None)  # the model's docstring, which is for those who change it
    for name in ("default", "examples"):
        if name in out and out[name] in (None, []):
            del out[name]
    some = [schema for schema in out.get("anyOf", ()) if schema != {"type": "null"}]
    if len(some) == 1:
        out = {**some[0], **{name: value for name, value in out.items() if name != "anyOf"}}
    return out


def _canonical(wire: Wire) -> dict[str, str]:
    """The shared words, by the wire's own names of the fields."""
    out: dict[str, str] = {}
    for canonical, text in words.FIELDS.items():
        for name in wire.name_field(canonical).split(" or "):
            out.setdefault(re.sub(r"\[\d+\]", "[]", name), text)
    return out


def _describe(node: Json, above: str, texts: Mapping[str, str], inside: Json) -> None:
    for name, schema in node.get("properties", {}).items():
        path = above + name
        text, shared = schema.get("description", ""), texts.get(path, "")
        if not ABSENT.sub("", text).strip():  # it says no more than the default
            text = f"{ABSENT.sub('', shared).strip()} {text}".strip() if text else shared
        if name in node.get("required", ()):
            text = ABSENT.sub("", text).strip() or (CHOOSES if "const" in schema else "")
        elif found := ABSENT.search(text):
            schema |= _with_default(schema, found["value"])
        if text:
            schema["description"] = text
        items = schema.get("items", schema)
        if ref := items.get("$ref"):
            mark = "[]" if items is not schema else ""
            _describe(inside[ref.removeprefix(REF)], f"{path}{mark}.", texts, inside)


def _with_default(schema: Json, text: str) -> Json:
    """The schema with the default that the words name, where that is a plain value of its kind."""
    kind = schema.get("type")
    value: Any = None
    if kind == "integer" and text.isdecimal():
        value = int(text)
    elif kind == "number" and re.fullmatch(r"\d+(\.\d+)?", text):
        value = float(text)
    elif kind == "boolean" and text in ("true", "false"):
        value = text == "true"
    elif kind == "string" and text in schema.get("enum", ()):
        value = text
    return schema if value is None else {**schema, "default": value}
