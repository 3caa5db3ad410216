"""The contract of a wire: a vendor's words ⇄ ours.

A wire opens no connection, reads no settings and never sleeps: HTTP comes and goes as plain
`Call` and `Reply` values. `read_*` turns the vendor's words into ours, `write_*` ours into the
vendor's. Serving uses one half, calling the other:

    noun     asked (we serve)          asking (we call)
    request  read_request(call)        write_request(request)
    receipt  write_receipt(view)       read_receipt(reply)
    lookup   read_lookup(call)         write_lookup(id, request)
    task     write_task(view)          read_task(reply)
    error    write_error(error)        read_error(reply)
    webhook  write_webhook(view)       read_webhook(call)

A wire is one module in `reelway/wires/` with a module-level `wire`. Its routes are data. Its
limits are declared once, as `Limit`s on the fields of its body models.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from reelway.engine import Model
from reelway.errors import (
    InvalidRequest,
    ReelwayError,
    Unauthenticated,
    UnknownRoute,
    UnknownTask,
    Unsupported,
)
from reelway.hooks import HookWords
from reelway.ids import PUBLIC_ID
from reelway.limits import Body, shown, unknown_of
from reelway.news import Frame, Notice
from reelway.request import DEFAULT_DURATION, LONGEST, SHORTEST, Image, Shot, VideoRequest
from reelway.resource import Order, Resource, ResourceKind
from reelway.supply import SupplyOperation, SupplyWords
from reelway.task import Terms, View
from reelway.webhook import OVER, HookOperation, WebhookEvent

HintWay = Literal["request", "account"]
Operation = Literal[
    "create",
    "show",
    "list",
    "cancel",
    "delete",
    "upload",
    "resource_create",
    "resource_show",
    "resource_list",
    "resource_delete",
    "models",
    "task_events",
    "events",
    "usage",
    HookOperation,
    SupplyOperation,
]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One path of a wire. `{name}` in `path` matches one segment and lands in `Call.path_args`.

    `model` is the vendor's name where the path carries it; `body` the model of the body.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    operation: Operation
    model: str | None = None
    body: type[BaseModel] | None = None
    resource: ResourceKind | None = None  # what the operations upload and resource_… are about


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request over HTTP as plain data. Header names are lower case; `path` is the vendor's,
    without our prefix. `data` is the parsed JSON object, where there is one."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Any = None
    path_args: Mapping[str, str] = field(default_factory=dict)
    route: Route | None = None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer over HTTP as plain data; `data` is what its JSON body holds."""

    status: int
    data: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return to_json(self.data)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A request as read: ours, the vendor's model name, and the fields that have no effect,
    by their names in the caller's words."""

    request: VideoRequest
    model_asked: str
    ignored: tuple[Ignored, ...] = ()
    dry_run: bool = False
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, kw_only=True)
class Ignored:
    field: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a list call asks for: at most `limit` tasks older than the task `after`."""

    limit: int = 20
    after: str | None = None
    status: str | None = None
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A vendor's answer to a create."""

    id: str


class Wire(Protocol):
    name: str
    title: str
    routes: tuple[Route, ...]
    owns: tuple[str, ...]  # path prefixes at the root whose unknown paths it answers for
    tells: tuple[WebhookEvent, ...]  # what there is a webhook for in its words
    hooks: HookWords | None  # its own calls about webhooks
    supply: SupplyWords | None  # its own calls about who could make a film
    secure_hooks: bool  # whether a request may name https addresses alone
    hints: HintWay | None  # where, as a vendor, it is told whom to tell that a job is over
    answers: Mapping[Operation, Mapping[str, str]]  # what fields of answers say, by their paths

    def read_key(self, call: Call) -> str:
        """The caller's key. Raises Unauthenticated."""

    def mint_id(self, now: int) -> str:
        """A new public id; `now` in UTC milliseconds."""

    def name_field(self, field: str, request: VideoRequest | None = None) -> str:
        """A canonical field's name, such as first_frame or elements[0].frontal, in this wire's
        words: for errors that are found after reading. `request`, where there is one: some vendors
        call the same thing differently from model to model."""

    # asked
    def read_request(self, call: Call) -> Reading:
        """Raises InvalidRequest and its kin, naming the field."""

    def read_lookup(self, call: Call) -> str: ...

    def read_listing(self, call: Call) -> Listing: ...

    def read_cancel(self, call: Call) -> bool:
        """Whether it is to end here even where a vendor goes on with it."""

    def write_receipt(self, view: View) -> Reply: ...

    def write_task(self, view: View) -> Reply: ...

    def write_list(self, views: Sequence[View], next_id: str | None) -> Reply: ...

    def write_deleted(self, id: str, kind: str = "task") -> Reply: ...

    def read_order(self, call: Call) -> Order:
        """The voice or element that is to be made."""

    def write_resource(self, resource: Resource, *, created: bool) -> Reply: ...

    def write_resources(self, resources: Sequence[Resource], next_id: str | None) -> Reply: ...

    def write_dry_run(self, reading: Reading, view: View) -> Reply: ...

    def write_models(self, models: Sequence[Model]) -> Reply: ...

    def write_event(self, notice: Notice) -> Frame: ...

    def write_error(self, error: ReelwayError) -> Reply: ...

    def write_webhook(self, view: View) -> Any:
        """The body of a webhook."""

    # asking
    def write_key(self, secret: str) -> Mapping[str, str]:
        """The headers in which a provider is told its key."""

    def write_request(self, request: VideoRequest) -> Call:
        """Raises Unsupported for what cannot be said in this vendor's words."""

    def read_receipt(self, reply: Reply) -> Receipt: ...

    def write_lookup(self, id: str, request: VideoRequest) -> Call: ...

    def read_task(self, reply: Reply) -> View: ...

    def read_error(self, reply: Reply) -> ReelwayError: ...

    def read_webhook(self, call: Call) -> View: ...


class CreateAndShow(ABC):
    """What most vendors' wires share: a bearer key, no more than create and show, the task's id in
    its path, its answer as the webhook's body, and renames of fields by their first word."""

    fields: ClassVar[Mapping[str, str]] = {}  # canonical field → the vendor's
    tells: tuple[WebhookEvent, ...] = OVER
    hooks: HookWords | None = None
    supply: SupplyWords | None = None
    secure_hooks: bool = False
    hints: HintWay | None = None
    answers: Mapping[Operation, Mapping[str, str]] = {}

    def read_key(self, call: Call) -> str:
        return bearer(call)

    def write_key(self, secret: str) -> Mapping[str, str]:
        return as_bearer(secret)

    def name_field(self, field: str, request: VideoRequest | None = None) -> str:
        return re.sub(r"^\w+", lambda root: self.fields.get(root[0], root[0]), field)

    def read_lookup(self, call: Call) -> str:
        return public_id(call.path_args.get("id", ""))

    @abstractmethod
    def write_task(self, view: View) -> Reply: ...

    @abstractmethod
    def read_task(self, reply: Reply) -> View: ...

    def write_webhook(self, view: View) -> Any:
        return self.write_task(view).data

    def read_webhook(self, call: Call) -> View:
        return self.read_task(Reply(status=200, data=call.data))

    def read_listing(self, call: Call) -> Listing:
        raise UnknownRoute("this wire has no list")

    def read_cancel(self, call: Call) -> bool:
        raise UnknownRoute("this wire has no cancel")

    def write_list(self, views: Sequence[View], next_id: str | None) -> Reply:
        raise UnknownRoute("this wire has no list")

    def write_deleted(self, id: str, kind: str = "task") -> Reply:
        raise UnknownRoute("this wire has no delete")

    def read_order(self, call: Call) -> Order:
        raise UnknownRoute("this wire has no such resources")

    def write_resource(self, resource: Resource, *, created: bool) -> Reply:
        raise UnknownRoute("this wire has no such resources")

    def write_resources(self, resources: Sequence[Resource], next_id: str | None) -> Reply:
        raise UnknownRoute("this wire has no such resources")

    def write_dry_run(self, reading: Reading, view: View) -> Reply:
        raise UnknownRoute("this wire has no dry run")

    def write_models(self, models: Sequence[Model]) -> Reply:
        raise UnknownRoute("this wire has no list of models")

    def write_event(self, notice: Notice) -> Frame:
        raise UnknownRoute("this wire has no events")


def bearer(call: Call) -> str:
    """The key of `Authorization: Bearer <key>`. Raises Unauthenticated."""
    given = call.headers.get("authorization", "")
    if not given:
        raise Unauthenticated("the Authorization header is missing")
    scheme, _, key = given.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key or not key.isascii() or len(key.split()) > 1:
        raise Unauthenticated("the Authorization header must be: Bearer <key>")
    return key


def as_bearer(secret: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {secret}"}


def told(error: ReelwayError) -> tuple[str, dict[str, str]]:
    """What every wire's error says: a message that names the field, and the headers."""
    message = error.message
    if error.field and not re.search(rf"(?<!\w){re.escape(error.field)}(?!\w)", message):
        message = f"{error.field}: {message}"
    return message, {"Retry-After": str(error.retry_after)} if error.retry_after else {}


def public_id(text: str) -> str:
    """A public id as it came. Raises UnknownTask for what can be none."""
    if not PUBLIC_ID.fullmatch(text):
        raise UnknownTask("no such task")
    return text


def need_words(title: str, wordless: Mapping[str, object]) -> None:
    """Raises Unsupported for the first field that is set and for which the vendor has no word."""
    for name, is_set in wordless.items():
        if is_set:
            raise Unsupported(f"{title} has no word for this {name}", field=name)


def wrong(field: str, words: str) -> InvalidRequest:
    """A refusal that names its field: "duration must be 7, …"."""
    return InvalidRequest(f"{field} {words}", field=field)


def film_seconds(given: int | None, shots: Sequence[Shot], field: str) -> int:
    """The film's length: as given, which must be the sum of the shots; else that sum; else 5.
    `field` is the wire's name for the shots. Raises InvalidRequest."""
    if not shots:
        return DEFAULT_DURATION if given is None else given
    total = sum(shot.duration for shot in shots)
    if given is not None and given != total:
        raise wrong("duration", f"must be {total}, the sum of the {field} durations")
    if not SHORTEST <= total <= LONGEST:
        raise wrong(field, f"must last between {SHORTEST} and {LONGEST} seconds in all")
    return total


def image_of(source: str | None) -> Image | None:
    return Image(source=source) if source else None


JSON = {"content-type": "application/json"}
UNKNOWN_FIELD = "not a known field"
MOST_KEPT = 4096  # bytes of an unknown field; a larger one is kept in the raw body only


def leftovers(body: Body, reasons: Mapping[str, str]) -> tuple[dict[str, Any], tuple[Ignored, ...]]:
    """What the body's model does not know: to be kept in `extra`, and to be reported. `reasons`
    has words for fields that are known elsewhere, such as a sibling endpoint's."""
    extra: dict[str, Any] = {}
    ignored, top = [], body.model_extra or {}
    for path, value in unknown_of(body):
        field = shown(path)
        ignored.append(Ignored(field=field, reason=reasons.get(path, UNKNOWN_FIELD)))
        if path not in top or (isinstance(value, str) and len(value) > MOST_KEPT):
            continue
        try:
            size = len(to_json({path: value}))
        except (PydanticSerializationError, RecursionError, ValueError):
            raise InvalidRequest(f"{field} is not valid", field=field) from None
        if size <= MOST_KEPT:
            extra[path] = value
    return extra, tuple(ignored)


@cache
def wires() -> Mapping[str, Wire]:
    """Every wire by name, found by listing the folder."""
    import reelway.wires as folder

    found = {}
    for module in pkgutil.iter_modules(folder.__path__):
        wire: Wire = importlib.import_module(f"reelway.wires.{module.name}").wire
        found[wire.name] = wire
    return found
