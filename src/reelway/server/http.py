"""HTTP as plain data at the edge: what came in over ASGI, and what goes out."""

from __future__ import annotations

import ipaddress
import math
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import from_json, to_json

from reelway.errors import BodyTooLarge, InvalidBody, Overloaded
from reelway.server.dispatch import Target
from reelway.settings import Settings
from reelway.wire import Call, Reply

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = "application/json"
SMALL = 64 * 1024  # bytes of a body that brings no picture along
# A Host header: a name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
HOST = re.compile(r"(?:\[(?P<inner>[0-9A-Fa-f:.]+)\]|(?P<name>[\w.-]+))(?::[0-9]{1,5})?", re.ASCII)


@dataclass(kw_only=True)
class Out:
    """An answer, ready to be sent. `headers` may be added to on the way out."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    waited: float = 0.0  # seconds of its time that the caller asked for

    async def send(self, send: Send, *, head: bool = False) -> None:
        headers = raw_headers(self.headers)
        if self.status != 304:  # there it would be the length of what is not sent (RFC 9110 §8.6)
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


@dataclass(kw_only=True)
class Stream:
    """An answer that goes on for as long as `body` sends."""

    body: Callable[[Send], Awaitable[None]]
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200

    async def send(self, send: Send, *, head: bool = False) -> None:
        headers = raw_headers(self.headers)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if not head:
            await self.body(send)
        await send({"type": "http.response.body", "body": b""})


def raw_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]


async def left(receive: Receive) -> None:
    """Returns once the caller has gone away; only after the request's body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass


def out(reply: Reply, headers: Mapping[str, str] | None = None) -> Out:
    return Out(
        status=reply.status,
        body=reply.body(),
        headers={"content-type": JSON, **reply.headers, **(headers or {})},
    )


def plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Out:
    return Out(
        status=status,
        body=text.encode(),
        headers={"content-type": "text/plain; charset=utf-8", **(headers or {})},
    )


def json_out(status: int, data: Any) -> Out:
    return Out(status=status, body=to_json(data), headers={"content-type": JSON})


def headers_of(scope: Scope) -> dict[str, str]:
    """One that comes twice is joined by commas (RFC 9110 §5.3): so a second Authorization, which
    a proxy in front may not have seen, makes no key."""
    raw = scope["headers"]
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in raw}
    if len(headers) != len(raw):
        for name in headers:
            values = [v for k, v in raw if k == name.encode("latin-1")]
            headers[name] = b", ".join(values).decode("latin-1")
    return headers


def query_of(scope: Scope) -> dict[str, str]:
    """The query; of a name that comes twice the last counts."""
    raw: bytes = scope["query_string"]
    return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}


class Bodies:
    """The bytes of all requests' bodies that are in memory: `most` together, though one that is
    alone may be as large as a body may. Half of them are for one owner's large ones, so that who
    announces much and sends it slowly keeps nobody else out."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0
        self.owners: Counter[int] = Counter()  # what each of them holds

    def room(self, owner_id: int, size: int, before: int) -> bool:
        """Whether a body of this owner that holds so many bytes may hold `size`."""
        others, own = self.held - before, self.owners[owner_id] - before
        if size > SMALL and own and own + size > self.most // 2:
            return False
        return not others or others + size <= self.most


class Body:
    """What one request holds of them, until `free`."""

    __slots__ = ("_bodies", "_owner_id", "_size")

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._owner_id = 0
        self._size = 0

    def is_of(self, owner_id: int) -> None:
        """Before anything is held."""
        self._owner_id = owner_id

    def hold(self, size: int) -> None:
        """Hold so many bytes, if they are more than before. Raises Overloaded."""
        if size <= self._size:
            return
        if not self._bodies.room(self._owner_id, size, self._size):
            raise Overloaded("too many large requests are being read", retry_after=5)
        self._set(size)

    def free(self) -> None:
        self._set(0)

    def _set(self, size: int) -> None:
        bodies, owner_id, more = self._bodies, self._owner_id, size - self._size
        bodies.held += more
        bodies.owners[owner_id] += more
        if not bodies.owners[owner_id]:
            del bodies.owners[owner_id]
        self._size = size


async def read_body(receive: Receive, headers: Mapping[str, str], most: int, body: Body) -> bytes:
    """The body, counted while it is read, and held in `body` before it is. Raises BodyTooLarge
    before more than `most` bytes are held, Overloaded where the other bodies leave no room,
    InvalidBody when the caller goes away in the middle."""
    told = headers.get("content-length", "")
    if told.isdecimal():
        size = int(told[:20])
        if size > most:
            raise _too_large(most)
        body.hold(size)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidBody("the request ended before its body did")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        body.hold(size)
        if part:
            parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"the body is larger than {most:,} bytes; give images as addresses instead of inline"
    )


def read_json(raw: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The body as a JSON object. Raises InvalidBody."""
    kind = headers.get("content-type")
    if kind is not None and kind.split(";", 1)[0].strip().lower() != JSON:
        raise InvalidBody(f"Content-Type must be {JSON}", field="Content-Type")
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidBody(f"the body is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidBody("the body must be a JSON object")
    if not _finite(data):  # 1e999 reads as infinity
        raise InvalidBody("the body is not valid JSON: number out of range")
    return data


def _finite(data: Any) -> bool:
    if isinstance(data, float):
        return math.isfinite(data)
    if isinstance(data, dict):
        return all(map(_finite, data.values()))
    return not isinstance(data, list) or all(map(_finite, data))


class Base:
    """The scheme and host of links where settings name none: those that the request came to, if
    the host is one that we trust to be ours, so that nobody plants a foreign one in a link."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = {"localhost", settings.host.lower(), socket.gethostname().lower()}
        self._trusted |= {h.lower() for h in settings.trusted_hosts}

    def of(self, scope: Scope, headers: Mapping[str, str]) -> str | None:
        host = headers.get("host", "")
        return f"{scope['scheme']}://{host}" if self._trusts(host) else None

    def _trusts(self, host: str) -> bool:
        match = HOST.fullmatch(host)
        if not match:
            return False
        return (match["name"] or "").lower() in self._trusted or _is_address(match)


def _is_address(host: re.Match[str]) -> bool:
    try:
        if host["name"] is None:
            ipaddress.IPv6Address(host["inner"])
        else:
            ipaddress.IPv4Address(host["name"])
    except ValueError:
        return False
    return True


def call_of(scope: Scope, headers: Mapping[str, str], target: Target) -> Call:
    return Call(
        method=scope["method"],
        path=target.path,
        query=query_of(scope),
        headers=headers,
        path_args=target.args,
        route=target.route,
    )
