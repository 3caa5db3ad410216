"""What can be shown of a wire, found by asking the wire: so that it cannot be wrong.

    examples_of(wire, route)    bodies that its reader takes, one for each kind that it knows
    replies_of(wire, route)     answers that its writers write, over a sample task
    refusals_of(wire, route)    errors that it writes
    query_of(wire, route)       what it reads from the query
    schema_of(values)           the JSON schema of such answers

Nothing here knows a vendor, and everything is the same in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, RootModel

from reelway import errors, ids, words
from reelway.errors import ReelwayError, RequestError
from reelway.limits import Limit, Picture
from reelway.request import FRAME_RATE, VideoRequest, frame_size
from reelway.resource import Order, Resource, ResourceKind
from reelway.task import Fault, Status, View
from reelway.wire import Call, Listing, Operation, Reading, Reply, Route, Wire

HERE = "http://reelway.invalid"  # stands for this server's address until a page is sent
AT = 1_767_225_600_000  # 2026-01-01, UTC milliseconds
SHA256 = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
MOST_FIELDS = 8  # that an example is given because the wire asks for them
FAULT = Fault(code="engine_died", message="the engine ended three times without getting further")
ORDERS: tuple[Operation, ...] = ("create", "resource_create")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A body for a route, and what the wire read from it. Where the wire takes none, `reading` is
    None and `refusal` says why. `runs`: it can be sent as it stands."""

    model: type[BaseModel]
    label: str = ""  # what tells this body from the route's others
    body: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading | Order | None = None
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
                reading = _read(wire, route, body)
            except RequestError as error:
                refusal = error.message
                if not _give(model, body, error.field or ""):
                    break
            else:
                body, runs = _sounded(_richer(wire, route, model, body), reading)
                reading = _read(wire, route, body)
                return Example(model=model, label=label, body=body, reading=reading, runs=runs)
    return Example(model=model, label=label, refusal=refusal)


def _read(wire: Wire, route: Route, body: Mapping[str, Any]) -> Reading | Order:
    call = Call(method=route.method, path=route.path, data=dict(body), route=route)
    return wire.read_order(call) if route.operation == "resource_create" else wire.read_request(call)


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
                reading = _read(wire, route, more := {**body, name: spelling})
            except RequestError:
                continue
            if isinstance(reading, Reading) and getattr(reading.request, canonical) == wanted:
                body = more
    return body


def _sounded(body: dict[str, Any], reading: Reading | Order) -> tuple[dict[str, Any], bool]:
    """With an address in place of a picture where a recording is wanted; that cannot be sent as
    it stands, for a recording is too long to be printed."""
    sample = reading.request.sample if isinstance(reading, Reading) else reading.sample
    if sample != words.PICTURE_EXAMPLE:
        return body, True
    return {n: words.SOUND_ADDRESS if v == sample else v for n, v in body.items()}, False


# Answers


def sample_id(mint: Callable[[int], str]) -> str:
    """An id of that form, the same in every process: what varies from one to the next is set to
    a letter that was seen in its place."""
    # Between two, one of another time: within a millisecond ULIDs only count up.
    minted = [mint(AT) for _ in range(1200) if mint(AT + 1)]
    seen = [sorted(set(column)) for column in zip(*minted, strict=False)]
    return "".join(letters[(7 * n + 3) % len(letters)] for n, letters in enumerate(seen))


def view_of(wire: Wire, example: Example | None, id: str, status: Status = "succeeded") -> View:
    """The task that the example makes, as it stands in that status."""
    request = example.request if example else VideoRequest(prompt=words.FILM)
    asked = example.reading.model_asked if example and isinstance(example.reading, Reading) else ""
    begun, done = status not in ("queued", "cancelled"), status == "succeeded"
    film = done and request.kind != "voice"
    return View(
        id=id,
        status=status,
        wire=wire.name,
        model=request.model,
        model_asked=asked or request.model,
        request=request,
        progress={"running": 40, "succeeded": 100}.get(status, 0),
        eta=3 if status == "running" else 0,
        engine="animatic" if begun else None,
        error=FAULT if status == "failed" else None,
        film=_film(request) if film else {},
        film_url=f"{HERE}/files/{id}/film.mp4?expires=1767315600&signature=M4x7" if film else None,
        film_expires_at=AT + 90_000_000 if film else None,
        poster_url=f"{HERE}/files/{id}/poster.jpg?expires=1767315600&signature=Tq2e"
        if film
        else None,
        voice_id="voice_NZ3W6YLCMU5DK4TQ7RXJ2EHVBA" if done and not film else None,
        accepted_at=AT,
        started_at=AT + 40 if begun else None,
        stored_at=AT + 4200 if done else None,
        finished_at=AT + 4250 if status in ("succeeded", "failed", "cancelled") else None,
    )


def _film(request: VideoRequest) -> Mapping[str, Any]:
    width, height = frame_size(request)
    return {
        "width": width,
        "height": height,
        "duration": float(request.duration),
        "frame_rate": float(FRAME_RATE),
        "frames": request.frames,
        "bytes": 1_834_211,
        "sha256": SHA256,
        "video_codec": "AVC",
        "audio": {"codec": "AAC", "channels": 2, "sample_rate": 48000, "duration": 5.0}
        if request.sound
        else None,
    }


RESOURCES: Mapping[ResourceKind, Mapping[str, Any]] = {
    "asset": {"sha256": SHA256, "media_type": "image/png", "bytes": 142, "width": 512},
    "voice": {"sample": SHA256, "seconds": 12.4, "pitch": 182.0, "brightness": 0.41},
    "element": {"frontal": {"source": f"asset:{SHA256}", "width": 512, "height": 288}},
}


def resource_of(kind: ResourceKind) -> Resource:
    id = sample_id(lambda now: ids.ulid(kind, now))
    name = "horizon.png" if kind == "asset" else "Mira"
    data = {**RESOURCES[kind], **({"height": 288} if kind == "asset" else {})}
    if kind == "element":
        data["references"] = []
    return Resource(public_id=id, owner_id=1, kind=kind, name=name, data=data, created_at=AT)


def replies_of(wire: Wire, route: Route, example: Example | None = None) -> list[tuple[str, Reply]]:
    """The answers of a route that does as it is asked, each with what it is of."""
    if route.resource:
        return [("", _about_resource(wire, route, resource_of(route.resource)))]
    id = sample_id(wire.mint_id)

    def at(status: Status) -> View:
        return view_of(wire, example, id, status)

    if route.operation == "create":
        out = [("The task", wire.write_receipt(at("queued")))]
        if example and isinstance(reading := example.reading, Reading) and dry_run(wire, example):
            out.append(("With ?dry_run=true", wire.write_dry_run(reading, at("queued"))))
        return out
    if route.operation == "show":
        statuses: tuple[Status, ...] = ("succeeded", "running", "queued", "failed")
        return [(status.capitalize(), wire.write_task(at(status))) for status in statuses]
    if route.operation == "list":
        return [("", wire.write_list([at("running"), at("succeeded")], None))]
    if route.operation == "cancel":
        return [("", wire.write_task(at("cancelled")))]
    return [("", wire.write_deleted(id))] if route.operation == "delete" else []


def _about_resource(wire: Wire, route: Route, resource: Resource) -> Reply:
    if route.operation == "resource_list":
        return wire.write_resources([resource], None)
    if route.operation == "resource_delete":
        return wire.write_deleted(resource.public_id, resource.kind)
    created = route.operation in ("upload", "resource_create")
    return wire.write_resource(resource, created=created)


# Refusals


def refusals_of(wire: Wire, operation: Operation) -> list[tuple[str, Reply]]:
    """What the operation may be refused with, and when, in the order of the statuses."""
    made = operation in (*ORDERS, "upload")
    told: list[tuple[str, ReelwayError, bool]] = [
        ("A field is wrong.", _wrong_field(wire, operation), made),
        ("There is no key.", errors.Unauthenticated("the Authorization header is missing"), True),
        ("The key is unknown or revoked.", errors.KeyRefused("the key is not known"), True),
        ("There is no such task.", errors.UnknownTask("no such task"), not made),
        ("The body is too large.", errors.BodyTooLarge("the body is larger than 67,108,864 bytes"), made),
        ("Too many tasks wait.", errors.QueueFull("too many tasks are queued", retry_after=5), made),
        ("The server cannot take it now.", errors.Overloaded("try again", retry_after=5), True),
    ]
    if operation in ("cancel", "delete"):
        late = errors.Conflict("the task is succeeded already")
        told.append(("The task is not in a state for it.", late, True))
    if operation == "create":
        reused = errors.KeyReused("this Idempotency-Key came with another request before")
        told.append(("The Idempotency-Key came with another request before.", reused, True))
    if operation in ("list", "resource_list"):
        told = [entry for entry in told if not isinstance(entry[1], errors.UnknownTask)]
    replies = [(when, wire.write_error(error)) for when, error, there in told if there]
    return sorted(replies, key=lambda entry: entry[1].status)


def _wrong_field(wire: Wire, operation: Operation) -> ReelwayError:
    if operation != "create":
        return errors.InvalidRequest("name is required", field="name")
    name = wire.name_field("duration")
    words = "must be a whole number between 3 and 15"
    return errors.InvalidRequest(f"{name} {words}", field=name)


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


def query_of(wire: Wire, route: Route, example: Example | None = None) -> list[Query]:
    """Found by trial: a name counts where the wire reads what was given under it."""
    if route.operation == "create":
        return [DRY_RUN] if example and dry_run(wire, example) else []
    if route.operation == "show":
        id = sample_id(wire.mint_id)
        call = wire.write_lookup(id, example.request if example else VideoRequest())
        names = [n for n, value in call.query.items() if call.path == route.path and value == id]
        text = "The id that the create answered with."
        return [Query(name=n, text=text, schema={"type": "string"}, required=True) for n in names]
    if route.operation in ("list", "resource_list"):
        most = len(LISTED) if route.operation == "list" else 2
        return [q for name in list(LISTED)[:most] if (q := _listed(wire, route, name))]
    return []


def _listed(wire: Wire, route: Route, name: str) -> Query | None:
    text, schema, right, wrong = LISTED[name]

    def read(value: str) -> Listing:
        call = Call(method="GET", path=route.path, query={name: value}, route=route)
        return wire.read_listing(call)

    try:
        if str(getattr(read(right), name)) != right:
            return None
    except ReelwayError:
        return None
    must = ""
    if wrong:
        try:
            read(wrong)
        except RequestError as error:
            must = error.message.partition(" must be ")[2]
    return Query(name=name, text=text, schema=schema, must=must)


def dry_run(wire: Wire, example: Example) -> bool:
    """Whether the wire makes nothing where the query says dry_run."""
    call = Call(method="POST", path="", query={DRY_RUN.name: "true"}, data=dict(example.body))
    try:
        return wire.read_request(call).dry_run
    except ReelwayError:
        return False
