"""The one guarded way out: the server's only HTTP client.

    async with Outbound(allow_private=settings.allow_private) as outbound:
        await outbound.fetch(url, path, owner_id=…, field="first_frame", most_bytes=…, seconds=15)

    fetch ── a turn (4 an owner, 32 in all) ── hop ── hop … at most 5 redirects, each judged anew
                                                │
                                 Guard: every socket, when it is made, when it connects, and
                                 once it is connected, before a byte of the request goes out

What a name resolves to is judged where the socket connects: a resolver is never asked for literal
addresses, and may answer differently the next time (DNS rebinding). Every hop has a session of
its own: nothing is shared between owners, no connection, no name cache, no cookie. Neither the
environment's proxies nor .netrc are looked at.

Any port may be asked for, as development servers and object stores use odd ones; the guard is
over addresses. Nothing is ever unpacked: we ask for `identity` and refuse another
Content-Encoding, so a few bytes cannot become many.

aiohttp is loaded at the first fetch, in a thread (0.1 s, 9 MB): a server that fetches nothing
does not pay for it. It is the place for calls to providers, too, whose configured origins will be
exempt from the guard; they get an entry of their own here.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from reelway import __version__
from reelway.addresses import BadAddress, Guard, Network, Url, follow, parse
from reelway.errors import BadImage, InvalidRequest
from reelway.log import complain

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

Lookup = Callable[[str], Awaitable[Sequence[str]]]

AN_OWNER = 4  # fetches at once
IN_ALL = 32
MOST_REDIRECTS = 5
MOST_ADDRESSES = 16  # tried for one name, whatever its zone lists
LOOKUPS = 8  # threads: the system's resolver blocks, at worst for half a minute
CONNECT = 5.0  # seconds for TCP and TLS
BATCH = 512 * 1024  # bytes handed to the disk at a time
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
HEADERS = {
    "User-Agent": f"Reelway/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, kw_only=True)
class Fetched:
    media_type: str  # as the other side says, lower case, "" if it does not; not to be believed
    size: int  # bytes
    sha256: str


class Names:
    """aiohttp's AbstractResolver by shape: a subclass would load aiohttp with this module."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        addresses = list(dict.fromkeys(await self.lookup(host)))[:MOST_ADDRESSES]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in addresses
        ]

    async def close(self) -> None:
        pass


class File:
    """The file a fetch writes: new, 0600, gone again if the fetch fails. Blocks: for threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd: int | None = None
        self.made = False
        self.digest = hashlib.sha256()

    def open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.fd = os.open(self.path, flags, 0o600)
        self.made = True

    def write(self, data: bytes) -> None:
        assert self.fd is not None
        self.digest.update(data)
        with memoryview(data) as view:
            done = 0
            while done < len(view):
                done += os.write(self.fd, view[done:])

    def close(self) -> None:
        if self.fd is not None:
            fd, self.fd = self.fd, None
            os.close(fd)

    def drop(self) -> None:
        """Removes the file, if it is ours."""
        with suppress(OSError):
            self.close()
        if self.made:
            self.path.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One fetch: what was asked for, and how its failures are told."""

    owner_id: int
    field: str
    url: Url
    file: File
    most_bytes: int

    def failed(self, why: str, hop: int = 0) -> InvalidRequest:
        after = "after a redirect, " if hop else ""
        return InvalidRequest(
            f"{self.field} could not be fetched: {after}{why}",
            field=self.field,
            code="fetch_failed",
        )

    def not_public(self, refused: str, hop: int) -> InvalidRequest:
        """The range is named only to those who wrote the address in numbers: else anybody could
        ask us what the names inside this network resolve to. The log has it."""
        complain("fetch.refused", owner=self.owner_id, field=self.field, range=refused)
        plain = not hop and self.url.ip is not None
        whose = "" if hop else f" of {self.url.written}"
        return self.failed(
            f"the address{whose} is not public; start the server with "
            f"--allow-private {refused if plain else 'and its range'} to allow it",
            hop,
        )

    def too_large(self) -> BadImage:
        return BadImage(
            f"{self.field} is larger than {self.most_bytes:,} bytes",
            field=self.field,
            code="image_too_large",  # the same as for one sent inline
        )


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
        self._names = Names(lookup or self._lookup)
        self._threads: ThreadPoolExecutor | None = None
        self._turns: dict[int, Turns] = {}
        self._free = asyncio.Semaphore(IN_ALL)
        self._loaded = False  # aiohttp, and that completely
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """No more fetches. Those under way belong to their callers, who end or cancel them."""
        self._closed = True
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

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
                return await self._travel(errand)
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

    async def _travel(self, errand: Errand) -> Fetched:
        if not self._loaded:
            await asyncio.to_thread(_load)
            self._loaded = True
        url = errand.url
        for hop in range(MOST_REDIRECTS + 1):
            found = await self._visit(errand, url, hop)
            if isinstance(found, Fetched):
                return found
            try:
                url = follow(url, found)
            except BadAddress as error:
                raise errand.failed(str(error)) from None
        raise errand.failed(f"it redirects more than {MOST_REDIRECTS} times")

    async def _visit(self, errand: Errand, url: Url, hop: int) -> Fetched | str:
        """One hop: the file, or where a redirect points."""
        import aiohttp
        from yarl import URL

        guard = Guard(self.allowed)
        try:
            async with (
                self._session(guard) as session,
                session.get(URL(url.text, encoded=True), allow_redirects=False) as reply,
            ):
                if reply.status in REDIRECTS:
                    return reply.headers.get("Location", "")
                if reply.status != 200:
                    raise errand.failed(f"HTTP {reply.status}", hop)
                return await _save(errand, reply, hop)
        except aiohttp.ClientError as error:
            if guard.refused:
                raise errand.not_public(guard.refused, hop) from None
            raise errand.failed(_words(error), hop) from None  # its text has the whole address

    def _session(self, guard: Guard) -> aiohttp.ClientSession:
        import aiohttp

        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(guard.confirm)
        connector = aiohttp.TCPConnector(
            resolver=cast("AbstractResolver", self._names),
            use_dns_cache=False,
            socket_factory=guard.open,
            force_close=True,
            limit=1,
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers=HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT),
            trace_configs=[trace],
            auto_decompress=False,
            trust_env=False,
        )

    async def _lookup(self, host: str) -> Sequence[str]:
        """Threads of our own: lookups that hang must not take those that write files."""
        if not self._threads:
            self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")
        ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [str(address[0]) for *_, address in answers]


def _load() -> None:
    import aiohttp  # noqa: F401


async def _save(errand: Errand, reply: aiohttp.ClientResponse, hop: int) -> Fetched:
    """The body into the file; counted, whatever Content-Length says."""
    coding = reply.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise errand.failed("it comes compressed, though it was asked for as it is", hop)
    if (reply.content_length or 0) > errand.most_bytes:
        raise errand.too_large()
    file, size, batch = errand.file, 0, bytearray()
    await _to_the_end(file.open)
    async for chunk in reply.content.iter_any():
        size += len(chunk)
        if size > errand.most_bytes:
            raise errand.too_large()
        batch += chunk
        if len(batch) >= BATCH:
            await _to_the_end(file.write, bytes(batch))
            batch.clear()
    if not size:
        raise errand.failed("it is empty", hop)
    await _to_the_end(file.write, bytes(batch))
    file.close()
    said = MEDIA_TYPE.match(reply.headers.get("Content-Type", "").strip())
    return Fetched(
        media_type=said[0].lower() if said else "", size=size, sha256=file.digest.hexdigest()
    )


async def _to_the_end(work: Callable[..., None], *args: Any) -> None:
    """In a thread, waited for even when cancelled: no file is closed under a write."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        running.exception()  # seen; the caller is being cancelled
        raise


def _words(error: aiohttp.ClientError) -> str:
    """What went wrong, without addresses, paths or the library's own text."""
    import aiohttp

    kinds: tuple[tuple[type[Exception], str], ...] = (
        (aiohttp.ClientConnectorDNSError, "its host was not found"),
        (aiohttp.ClientConnectorCertificateError, "its certificate is not valid"),
        (aiohttp.ClientConnectorSSLError, "its host does not speak TLS there as it should"),
        (aiohttp.ClientConnectorError, "no connection could be made"),
        (aiohttp.ConnectionTimeoutError, f"no connection within {CONNECT:g} s"),
        (aiohttp.ClientResponseError, "the answer is not HTTP as it should be"),
        (aiohttp.ClientPayloadError, "the answer broke off"),
        (aiohttp.ClientConnectionError, "the connection broke"),
    )
    return next((words for kind, words in kinds if isinstance(error, kind)), "it went wrong")
