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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol

from pydantic import BaseModel
from pydantic_core import to_json

from reelway.errors import ReelwayError
from reelway.request import VideoRequest
from reelway.task import View

Operation = Literal["create", "show", "list", "cancel", "delete"]
Mark = Literal["D", "C", "I", "A"]  # documented, client code, inferred, assumed


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

    def read_key(self, call: Call) -> str:
        """The caller's key. Raises Unauthenticated."""

    def mint_id(self, now: int) -> str:
        """A new public id; `now` in UTC milliseconds."""

    # asked
    def read_request(self, call: Call) -> Reading:
        """Raises InvalidRequest and its kin, naming the field."""

    def read_lookup(self, call: Call) -> str: ...

    def read_listing(self, call: Call) -> Listing: ...

    def write_receipt(self, view: View) -> Reply: ...

    def write_task(self, view: View) -> Reply: ...

    def write_list(self, views: Sequence[View], next_id: str | None) -> Reply: ...

    def write_deleted(self, id: str) -> Reply: ...

    def write_dry_run(self, reading: Reading, view: View) -> Reply: ...

    def write_error(self, error: ReelwayError) -> Reply: ...

    def write_webhook(self, view: View) -> Any:
        """The body of a webhook."""

    # asking
    def write_request(self, request: VideoRequest) -> Call:
        """Raises Unsupported for what cannot be said in this vendor's words."""

    def read_receipt(self, reply: Reply) -> Receipt: ...

    def write_lookup(self, id: str, request: VideoRequest) -> Call: ...

    def read_task(self, reply: Reply) -> View: ...

    def read_error(self, reply: Reply) -> ReelwayError: ...

    def read_webhook(self, call: Call) -> View: ...


@cache
def wires() -> Mapping[str, Wire]:
    """Every wire by name, found by listing the folder."""
    import reelway.wires as folder

    found = {}
    for module in pkgutil.iter_modules(folder.__path__):
        wire: Wire = importlib.import_module(f"reelway.wires.{module.name}").wire
        found[wire.name] = wire
    return found
