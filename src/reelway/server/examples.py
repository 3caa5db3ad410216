"""Bodies and queries that a wire takes, found by asking the wire: so that they cannot be wrong.

    examples_of(wire, route)    bodies that its reader takes, one for each kind that it knows
    query_of(wire, route)       what it reads from the query

Nothing here knows a vendor, and everything is the same in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, RootModel

from reelway import words
from reelway.errors import ReelwayError, RequestError
from reelway.limits import Limit, Picture
from reelway.request import VideoRequest
from reelway.resource import Order
from reelway.server import hook_docs, usage
from reelway.webhook import EndpointOrder
from reelway.wire import Call, Listing, Operation, Reading, Route, Wire

AT = 1_767_225_600_000  # 2026-01-01, UTC milliseconds
MOST_FIELDS = 8  # that an example is given because the wire asks for them
ORDERS: tuple[Operation, ...] = (
    "create",
    "resource_create",
    "webhook_create",
    "estimate",
    "preview",
)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A body for a route, and what the wire read from it. Where the wire takes none, `reading` is
    None and `refusal` says why. `runs`: it can be sent as it stands."""

    model: type[BaseModel]
    label: str = ""  # what tells this body from the route's others
    body: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading | Order | EndpointOrder | None = None
    refusal: str = ""
    runs: bool = False

    @property
    def request(self) -> VideoRequest:
        return self.reading.request if isinstance(self.reading, Reading) else VideoRequest()


# Bodies


def examples_of(wire: Wire, route: Route) -> list[Example]:
    """An example of every body that the route knows."""
    if route.body is None or route.operation not in ORDERS:
        return []
    return [_example(wire, route, model) for model in models_of(route.body)]


def models_of(hint: Any) -> Iterator[type[BaseModel]]:
    """The models of a union, or the one."""
    if isinstance(hint, type) and issubclass(hint, RootModel):
        yield from models_of(hint.model_fields["root"].annotation)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    else:
        for arg in get_args(hint):
            yield from models_of(arg)


def _example(wire: Wire, route: Route, model: type[BaseModel]) -> Example:
    """The model's own example, else one that is given what the wire says is missing."""
    fixed = _fixed(model)
    label = " ".join(map(str, fixed.values()))
    extra = model.model_config.get("json_schema_extra")
    own = extra.get("examples") if isinstance(extra, dict) else None
    refusal = ""
    for start in [*(own if isinstance(own, list) else ()), {}]:
        body = {**fixed, **start} if isinstance(start, dict) else fixed
        for _ in range(MOST_FIELDS):
            try:
                reading = read(wire, route, body)
            except RequestError as error:
                refusal = error.message
                if not _give(model, body, error.field or ""):
                    break
            else:
                body, runs = _sounded(_richer(wire, route, model, body), reading)
                reading = read(wire, route, body)
                return Example(model=model, label=label, body=body, reading=reading, runs=runs)
    return Example(model=model, label=label, refusal=refusal)


def read(wire: Wire, route: Route, body: Mapping[str, Any]) -> Reading | Order | EndpointOrder:
    """What the wire reads from a body. Raises RequestError."""
    call = Call(method=route.method, path=route.path, data=dict(body), route=route)
    if route.operation == "webhook_create" and wire.hooks:
        return wire.hooks.read_endpoint(call)
    return (
        wire.read_order(call) if route.operation == "resource_create" else wire.read_request(call)
    )


def _fixed(model: type[BaseModel]) -> dict[str, Any]:
    """Required fields that can hold one value alone."""
    return {
        info.alias or name: get_args(info.annotation)[0]
        for name, info in model.model_fields.items()
        if info.is_required()
        and get_origin(info.annotation) is Literal
        and len(get_args(info.annotation)) == 1
    }


def _give(model: type[BaseModel], body: dict[str, Any], missing: str) -> bool:
    """Set the field that is missing; false where there is none, or nothing fits."""
    for name, info in model.model_fields.items():
        shown = info.alias or name
        if shown == missing and shown not in body:
            body[shown] = _value(shown, info.annotation, info.metadata)
            return body[shown] is not None
    return False


def _value(name: str, hint: Any, notes: Sequence[Any] = ()) -> Any:
    """A value that a field of this kind takes."""
    origin, args = get_origin(hint), get_args(hint)
    low = next((int(n.low) for n in notes if isinstance(n, Limit) and n.low is not None), 1)
    if origin is Annotated:
        return _value(name, args[0], args[1:])
    if origin is Literal:
        return args[0]
    if hint is str:
        picture = any(note is get_args(Picture)[1] for note in notes)
        return words.PICTURE_EXAMPLE if picture else "Mira" if name == "name" else words.FILM
    if hint in (int, float, bool):
        return hint(low)
    if origin is list:
        return [_value(name, args[0])]
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return {
            info.alias or inner: _value(inner, info.annotation, info.metadata)
            for inner, info in hint.model_fields.items()
            if info.is_required()
        }
    return _value(name, args[0]) if args else None


def _richer(
    wire: Wire, route: Route, model: type[BaseModel], body: dict[str, Any]
) -> dict[str, Any]:
    """With a length and sound, where the wire has words for them and takes them."""
    names = {info.alias or name for name, info in model.model_fields.items()}
    for canonical, wanted, spellings in (("duration", 5, [5]), ("sound", True, [True, "on"])):
        name = wire.name_field(canonical)
        for spelling in spellings if name in names - set(body) else ():
            try:
                reading = read(wire, route, more := {**body, name: spelling})
            except RequestError:
                continue
            if isinstance(reading, Reading) and getattr(reading.request, canonical) == wanted:
                body = more
    return body


def _sounded(
    body: dict[str, Any], reading: Reading | Order | EndpointOrder
) -> tuple[dict[str, Any], bool]:
    """With an address in place of a picture where a recording is wanted; that cannot be sent as
    it stands, for a recording is too long to be printed. Nor can a webhook's: nobody is there."""
    if isinstance(reading, EndpointOrder):
        return body, False
    sample = reading.request.sample if isinstance(reading, Reading) else reading.sample
    if sample != words.PICTURE_EXAMPLE:
        return body, True
    return {n: words.SOUND_ADDRESS if v == sample else v for n, v in body.items()}, False


@cache
def sample_id(mint: Callable[[int], str]) -> str:
    """An id of that form, the same in every process: what varies from one to the next is set to
    a letter that was seen in its place."""
    # Between two, one of another time: within a millisecond ULIDs only count up.
    minted = [mint(AT) for _ in range(1200) if mint(AT + 1)]
    seen = [sorted(set(column)) for column in zip(*minted, strict=False)]
    return "".join(letters[(7 * n + 3) % len(letters)] for n, letters in enumerate(seen))


# Queries


@dataclass(frozen=True, kw_only=True)
class Query:
    """A name that the wire reads from the query; `must`: what it has to be."""

    name: str
    text: str
    schema: Mapping[str, Any]
    required: bool = False
    must: str = ""


LISTED = {
    "limit": ("How many at most. Absent: 20.", {"type": "integer"}, "7", "-1"),
    "after": ("Only those older than this one, for the next page.", {"type": "string"}, "x", ""),
    "status": ("Only those in this status.", {"type": "string"}, "failed", "?"),
    "model": ("Only those of this family of models.", {"type": "string"}, "kling-v3", ""),
}
DRY_RUN = Query(
    name="dry_run",
    text="Tell what would be made, and make nothing. Absent: false.",
    schema={"type": "boolean"},
)


WAIT = Query(
    name="wait",
    text="Answer once the task is over, after so many seconds at the latest; with fractions. An "
    "addition of this server's. Absent: 0.",
    schema={"type": "number"},
    must="between 0 and 60",
)
ABANDON = Query(name="abandon", text=f"As in the body. {words.ABANDON}", schema={"type": "boolean"})
AFTER = Query(
    name="after",
    text="As the header Last-Event-ID, for those that cannot set it.",
    schema={"type": "string"},
)


def query_of(wire: Wire, route: Route, example: Example | None = None) -> list[Query]:
    """Found by trial: a name counts where the wire reads what was given under it."""
    if route.operation == "create":
        return [DRY_RUN] if example and dry_run(wire, route, example) else []
    if route.operation == "show":
        id = sample_id(wire.mint_id)
        call = wire.write_lookup(id, example.request if example else VideoRequest())
        names = [n for n, value in call.query.items() if call.path == route.path and value == id]
        text = "The task's id."
        ids = [Query(name=n, text=text, schema={"type": "string"}, required=True) for n in names]
        return [*ids, WAIT]
    if route.operation == "cancel":
        call = Call(method=route.method, path=route.path, query={ABANDON.name: "true"}, data={})
        return [ABANDON] if wire.read_cancel(call) else []
    if route.operation in ("task_events", "events"):
        return [AFTER]
    if told := {"delivery_list": hook_docs.QUERIES, "usage": usage.QUERIES}.get(route.operation):
        return [Query(name=n, text=text, schema=schema) for n, text, schema in told]
    if route.operation in ("list", "resource_list"):
        most = len(LISTED) if route.operation == "list" else 2
        return [q for name in list(LISTED)[:most] if (q := _listed(wire, route, name))]
    return []


def _listed(wire: Wire, route: Route, name: str) -> Query | None:
    text, schema, right, wrong = LISTED[name]

    def listing(value: str) -> Listing:
        call = Call(method="GET", path=route.path, query={name: value}, route=route)
        return wire.read_listing(call)

    try:
        if str(getattr(listing(right), name)) != right:
            return None
    except ReelwayError:
        return None
    must = ""
    if wrong:
        try:
            listing(wrong)
        except RequestError as error:
            must = error.message.partition(" must be ")[2]
    return Query(name=name, text=text, schema=schema, must=must)


def dry_run(wire: Wire, route: Route, example: Example) -> bool:
    """Whether the wire makes nothing where the query says dry_run."""
    query = {DRY_RUN.name: "true"}
    call = Call(method="POST", path=route.path, query=query, data=dict(example.body), route=route)
    try:
        return wire.read_request(call).dry_run
    except ReelwayError:
        return False
