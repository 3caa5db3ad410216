"""The one way out: the server's only HTTP client.

    async with Outbound(allow_private=settings.allow_private) as outbound:
        await outbound.fetch(url, path, owner_id=…, field="first_frame", most_bytes=…, seconds=15)
        await outbound.post(url, body, headers={…}, seconds=10)
        await outbound.call(origin, "POST", path, body=…, headers={…}, seconds=60, fresh=True)
        await outbound.download(link, path, trusted={origin}, most_bytes=…, seconds=900)

    fetch ── a turn (4 an owner, 32 in all) ── fetching: hop … at most 5 redirects, each judged anew
    post ─── a turn (64 in all) ────────────── posting: one hop, a redirect is the answer
    download  a turn (16 in all) ───────────── downloading: hops again, resumed where it breaks off
                                                  │
                                   way: Guard at every socket, when it is made, when it connects,
                                   and once it is connected, before a byte of the request goes out
    call ─── a turn (100 an origin) ────────── calling: no guard, the origin is the operator's word

What a name resolves to is judged where the socket connects: a resolver is never asked for literal
addresses, and may answer differently the next time (DNS rebinding). Every hop has a session of
its own: nothing is shared between owners, no connection, no name cache, no cookie; calls alone
keep connections, each to its origin. Neither the environment's proxies nor .netrc are looked at.
Fetches, posts, calls and downloads do not wait for each other's turns or lookups.

Any port may be asked for, as development servers and object stores use odd ones; the guard is
over addresses. No file is ever unpacked: we ask for `identity` and refuse another
Content-Encoding, so a few bytes cannot become many.

aiohttp is loaded at the first use, in a thread (0.1 s, 9 MB): a server that reaches out for
nothing does not pay for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from reelway.addresses import BadAddress, Network, parse
from reelway.errors import InvalidRequest
from reelway.outbound.calling import Answered, Asked, CallFailed, Calls, NotSent, Unsure
from reelway.outbound.downloading import (
    IDLE,
    DownloadBroke,
    Downloaded,
    DownloadFailed,
    LinkExpired,
    LinkUnfit,
    Part,
    bring,
    haul_of,
)
from reelway.outbound.fetching import Errand, Fetched, travel
from reelway.outbound.files import File
from reelway.outbound.origins import Origin
from reelway.outbound.posting import SECONDS, Posted, PostFailed, check_address, send
from reelway.outbound.way import Lookup, Way

__all__ = [
    "Answered",
    "CallFailed",
    "DownloadBroke",
    "DownloadFailed",
    "Downloaded",
    "Fetched",
    "LinkExpired",
    "LinkUnfit",
    "NotSent",
    "Origin",
    "Outbound",
    "Part",
    "PostFailed",
    "Posted",
    "Unsure",
    "check_address",
]

AN_OWNER = 4  # fetches at once
IN_ALL = 32
POSTS = 64  # at once
DOWNLOADS = 16
# Threads that look names up. A post more often meets a name that nobody serves any more.
FETCH_LOOKUPS, POST_LOOKUPS, CALL_LOOKUPS, DOWNLOAD_LOOKUPS = 8, 32, 8, 8


@dataclass(kw_only=True)
class Turns:
    """An owner's fetches: under way or waiting."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AN_OWNER))
    users: int = 0


class Outbound:
    """`allow_private` opens ranges that are not public, for development. `lookup` replaces the
    system's resolver: a host name to IP addresses, OSError if there are none."""

    def __init__(
        self, *, allow_private: Sequence[Network] = (), lookup: Lookup | None = None
    ) -> None:
        self.allowed = tuple(allow_private)
        self._fetches = Way(self.allowed, threads=FETCH_LOOKUPS, lookup=lookup)
        self._posts = Way(self.allowed, threads=POST_LOOKUPS, lookup=lookup)
        self._downloads = Way(self.allowed, threads=DOWNLOAD_LOOKUPS, lookup=lookup)
        self._names = Way((), threads=CALL_LOOKUPS, lookup=lookup)
        self._calls = Calls(self._names)
        self._turns: dict[int, Turns] = {}
        self._free = asyncio.Semaphore(IN_ALL)
        self._free_posts = asyncio.Semaphore(POSTS)
        self._free_downloads = asyncio.Semaphore(DOWNLOADS)
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Nothing more goes out. What is under way belongs to its caller, who ends or cancels
        it; calls that are not, end NotSent or Unsure."""
        self._closed = True
        await self._calls.close()
        for way in (self._fetches, self._posts, self._downloads, self._names):
            way.close()

    async def fetch(
        self,
        url: str,
        out: Path,
        *,
        owner_id: int,
        field: str,
        most_bytes: int,
        seconds: float,
    ) -> Fetched:
        """GET `url` into the new file `out`; `seconds` are for everything: waiting for a turn,
        all redirects, the last byte. On any failure there is no file.

        Raises InvalidRequest naming `field`: with code `fetch_failed` for whatever the other
        side does or fails to do, with `invalid_request` for an address that is none; BadImage
        (`image_too_large`) beyond `most_bytes`; FileExistsError or another OSError for `out`.
        """
        if self._closed:
            raise RuntimeError("the way out is closed")
        try:
            where = parse(url)
        except BadAddress as error:
            words = f"{field} is not an address that can be fetched: {error}"
            raise InvalidRequest(words, field=field) from None
        file = File(out)
        errand = Errand(owner_id=owner_id, field=field, url=where, file=file, most_bytes=most_bytes)
        late = f"it waited {seconds:.3g} s for its turn among your other fetches"
        try:
            async with asyncio.timeout(seconds) as limit, self._turn(owner_id):
                late = f"it took longer than {seconds:.3g} s"
                return await travel(self._fetches, errand)
        except BaseException as error:
            file.drop()
            if isinstance(error, TimeoutError) and limit.expired():
                raise errand.failed(late) from None
            raise

    @asynccontextmanager
    async def _turn(self, owner_id: int) -> AsyncIterator[None]:
        """The owner's limit comes first, so that one owner waiting takes no place in the other."""
        turns = self._turns.setdefault(owner_id, Turns())
        turns.users += 1
        try:
            async with turns.free, self._free:
                yield
        finally:
            turns.users -= 1
            if not turns.users:
                del self._turns[owner_id]

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], seconds: float = SECONDS
    ) -> Posted:
        """POST `body` to an address that a user gave; any status is an answer, a redirect as
        well. `seconds` are for everything once it has its turn: waiting for the turn does not
        count, so that slow receivers do not fail the posts to others. Who calls sees to it that
        one receiver does not take all turns. The content type is among `headers`.

        Raises PostFailed when no answer came.
        """
        if self._closed:
            raise RuntimeError("the way out is closed")
        async with self._free_posts:
            return await send(self._posts, url, body, headers=headers, seconds=seconds)

    async def call(
        self,
        origin: Origin,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float,
        fresh: bool,
    ) -> Answered:
        """One request to a provider and its whole answer, of any status. `fresh`: over a
        connection made for it, as every create must; else it may be asked twice. `seconds` are
        for everything once it has its turn.

        Raises NotSent (the vendor has seen nothing of it) or Unsure (it may have).
        """
        if self._closed:
            raise RuntimeError("the way out is closed")
        asked = Asked(
            origin=origin, method=method, path=path, query=query, headers=headers, body=body
        )
        return await self._calls.call(asked, seconds=seconds, fresh=fresh)

    async def download(
        self,
        url: str,
        out: Path,
        *,
        trusted: Collection[Origin],
        most_bytes: int,
        seconds: float,
        idle: float = IDLE,
        headers: Mapping[Origin, Mapping[str, str]] | None = None,
        part: Part | None = None,
        keep_part: bool = False,
    ) -> Downloaded:
        """GET `url` into the new file `out`, taken up again where it breaks off; `idle` seconds
        without a byte are a break, `seconds` are for everything once it has its turn. `headers`
        go to their origin alone, which must be a trusted one; by default nobody is sent any.

        On a failure there is no file, unless `keep_part` and the error has a `part`: with that,
        and the link or a fresh one, the next call goes on.

        Raises LinkExpired (a fresh link is wanted), DownloadBroke (another try), LinkUnfit
        (neither helps); FileExistsError or another OSError for `out`.
        """
        if self._closed:
            raise RuntimeError("the way out is closed")
        haul = haul_of(
            url, out, trusted=trusted, headers=headers or {}, most_bytes=most_bytes, idle=idle
        )
        async with self._free_downloads:
            return await bring(self._downloads, haul, part, seconds, keep_part=keep_part)
