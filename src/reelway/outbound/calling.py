"""Calling a provider: one request to an origin that the operator has named, and its whole answer.

    await Calls(way).call(Asked(…), seconds=60, fresh=True)     a create
                                    seconds=20, fresh=False     a poll

Everything about money rests on which of two errors a failed call ends in:

    a turn ── name ── TCP ── TLS ──┃── head ── body ── … ── status ── answer's body
    ─────────── NotSent ───────────┃──────────────────── Unsure ───────────────────

`NotSent`: nobody at the vendor has seen anything of the request. `Unsure`: it may be there and
may have been acted on. The border is aiohttp's signal `on_request_headers_sent`, whose name says
too much: it is given once the connection stands (TLS as well), before the head is even put
together, and nothing is written before it. What fails between that and the first byte is called
Unsure, too. So is a create that is cancelled from outside: its caller must take it for one.

A create goes out on a connection of its own, made for it: one that was kept may have been closed
by the other side meanwhile, which cannot be told from a vendor that took the request and died.
Polls share kept connections, and one that breaks off there without an answer is asked once more
on a new one. aiohttp repeats some methods by itself; it is not let.

There is no guard here: the origin is the operator's word, in a private network or not. Redirects
are answers. A body may come packed although `identity` was asked for: it is unpacked within
the same bound, as a receipt is money.
"""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reelway.addresses import BadAddress
from reelway.errors import ReelwayError, shortage
from reelway.outbound.files import packed
from reelway.outbound.origins import Origin
from reelway.outbound.way import Way, unfit, words

if TYPE_CHECKING:
    from types import SimpleNamespace

    import aiohttp
    from aiohttp.connector import Connection

MOST_ANSWER = 4 * 1024 * 1024  # bytes of an answer's body
AT_ONCE = 100  # polls at one origin, hence connections that are kept; and as many creates
KEPT = 15.0  # seconds that a connection may be idle; servers give up at 60, some at 5
NAMES = 10  # seconds that a provider's addresses are remembered
UNPACKED = frozenset({"gzip", "x-gzip", "deflate"})
REQUEST_TIMEOUT = 408  # what some servers send down an idle connection as they close it


@dataclass(frozen=True, kw_only=True)
class Answered:
    status: int  # any; a redirect is not followed
    headers: Mapping[str, str]  # names lower case; several of one name joined with ", "
    body: bytes  # whole, as far as the other side says where it ends


class CallFailed(ReelwayError):
    """No answer, in words for the operator: no address, key or query is in the text."""

    code = "call_failed"


class NotSent(CallFailed):
    """The vendor has seen nothing of the request: it may go elsewhere, or there again."""

    code = "not_sent"


class Unsure(CallFailed):
    """The vendor may have the request. `answered` is the status, where that much came."""

    code = "unsure"

    def __init__(self, why: str, *, answered: int | None = None, **more: Any) -> None:
        super().__init__(why, **more)
        self.answered = answered


@dataclass(frozen=True, kw_only=True)
class Asked:
    origin: Origin
    method: str
    path: str
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    body: bytes = b""

    @cached_property
    def url(self) -> str:
        """Raises BadAddress."""
        return self.origin.url(self.path, self.query).text


@dataclass(kw_only=True)
class Stage:
    """How far one try has got."""

    sent: bool = False  # perhaps a byte of it
    kept: bool = False  # over a connection that was there before
    status: int | None = None
    stale: bool = False  # that connection broke before anything was answered


class Broken(Exception):
    """Hides a failure from aiohttp, which would else send a GET, PUT or DELETE again."""

    def __init__(self, error: aiohttp.ClientError) -> None:
        super().__init__()
        self.error = error


@dataclass(kw_only=True)
class Turns:
    polls: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    creates: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


class Calls:
    def __init__(self, way: Way) -> None:
        self._way = way
        self._kept: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None
        self._turns: dict[Origin, Turns] = {}  # few: those in the settings

    async def call(self, asked: Asked, *, seconds: float, fresh: bool) -> Answered:
        """Whatever else is raised (Overloaded for want of open files) was raised before anything
        was sent, but for CancelledError."""
        if why := unfit(asked.headers or {}):
            raise NotSent(why)
        try:
            _ = asked.url
        except BadAddress as error:
            raise NotSent(f"its address cannot be asked for: {error}") from None
        await self._way.load()
        self._open()
        turns = self._turns.setdefault(asked.origin, Turns())
        async with turns.creates if fresh else turns.polls:
            end = asyncio.get_running_loop().time() + seconds
            first = Stage()
            if not fresh:
                assert self._kept
                try:
                    answer = await _try(self._kept, asked, first, end)
                    if not (first.kept and answer.status == REQUEST_TIMEOUT):
                        return answer
                except CallFailed:
                    if not first.stale:
                        raise
            assert self._fresh
            return await _try(self._fresh, asked, Stage(sent=first.sent), end)

    async def close(self) -> None:
        """Calls under way end, NotSent or Unsure."""
        for session in (self._kept, self._fresh):
            if session:
                await session.close()

    def _open(self) -> None:
        import aiohttp

        if self._kept:
            return
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(_reused)
        trace.on_request_headers_sent.append(_sending)
        same: dict[str, Any] = {"limit": 0, "ttl_dns_cache": NAMES}  # the turns are the limit
        self._kept = self._way.open(trace, [_once], _wary(), keepalive_timeout=KEPT, **same)
        self._fresh = self._way.open(trace, [_once], force_close=True, **same)


async def _reused(_: object, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.kept = True


async def _sending(_: object, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.sent = True


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    import aiohttp

    try:
        return await send(request)
    except aiohttp.ClientError as error:
        raise Broken(error) from None


def _wary() -> type[aiohttp.ClientRequest]:
    import aiohttp

    class Wary(aiohttp.ClientRequest):
        """Not sent where something has come that nobody asked for: aiohttp would take that for
        the answer, and give each answer after it to the wrong task."""

        async def send(self, conn: Connection) -> aiohttp.ClientResponse:
            for _ in range(2):  # rounds of the loop: what is there by now is read
                await asyncio.sleep(0)
            if conn.protocol is None or conn.protocol.should_close:
                raise aiohttp.ServerDisconnectedError
            return await super().send(conn)

    return Wary


async def _try(session: aiohttp.ClientSession, asked: Asked, stage: Stage, end: float) -> Answered:
    import aiohttp

    try:
        async with asyncio.timeout_at(end):
            return await _exchange(session, asked, stage)
    except CallFailed:
        raise
    except (aiohttp.ClientError, Broken) as failed:
        error = failed.error if isinstance(failed, Broken) else failed
        why = words(error)
        cut = isinstance(error, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError)
        stage.stale = cut and stage.kept and stage.status is None
        if not stage.sent and (ours := shortage(error)):
            raise ours from None  # nothing that is to be held against the provider
    except TimeoutError:
        why = "no answer came in time"
    except Exception as error:
        if stage.sent:  # not foreseen, and still no reason to buy a film twice
            raise Unsure("it went wrong", answered=stage.status) from error
        raise
    raise Unsure(why, answered=stage.status) if stage.sent else NotSent(why)


async def _exchange(session: aiohttp.ClientSession, asked: Asked, stage: Stage) -> Answered:
    from yarl import URL

    async with session.request(
        asked.method,
        URL(asked.url, encoded=True),
        # In pieces, so that a large one does not hold up the loop.
        data=io.BytesIO(asked.body) if asked.body else None,
        headers=asked.headers,
        skip_auto_headers=("Content-Type",),
        allow_redirects=False,
        trace_request_ctx=stage,
    ) as reply:
        stage.status = reply.status
        body = await _read(reply, stage)
        return Answered(status=reply.status, headers=_headers(reply), body=body)


async def _read(reply: aiohttp.ClientResponse, stage: Stage) -> bytes:
    body = bytearray()
    async for chunk in reply.content.iter_any():
        body += chunk
        if len(body) > MOST_ANSWER:
            raise _too_large(stage)
    coding = packed(reply)
    if not coding or not body:
        return bytes(body)
    if coding not in UNPACKED:
        raise Unsure("the answer comes in a coding that nobody asked for", answered=stage.status)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its first bytes
    try:
        plain = unpack.decompress(bytes(body), MOST_ANSWER + 1)
    except zlib.error:
        raise Unsure("the answer's coding is broken", answered=stage.status) from None
    if len(plain) > MOST_ANSWER:
        raise _too_large(stage)
    if not unpack.eof:
        raise Unsure("the answer broke off", answered=stage.status)
    return plain


def _too_large(stage: Stage) -> Unsure:
    return Unsure(f"the answer is larger than {MOST_ANSWER:,} bytes", answered=stage.status)


def _headers(reply: aiohttp.ClientResponse) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in reply.headers.items():
        # What is not UTF-8 came as lone surrogates, which no database or log takes.
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        key = name.lower()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
