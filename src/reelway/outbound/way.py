"""What all that goes out has in common: names, guarded sockets, a session, words for failures.

    way = Way(allowed, threads=8)
    guard, session = way.guard(), way.session(guard)     one session for one request
    words(error)                                         what went wrong, for the caller

Nothing is shared between sessions but the threads that look names up: no connection, no name
cache, no cookie. Nothing is unpacked: `identity` is asked for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, cast

from reelway import __version__
from reelway.addresses import Guard, Network

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

Lookup = Callable[[str], Awaitable[Sequence[str]]]

MOST_ADDRESSES = 16  # tried for one name, whatever its zone lists
CONNECT = 5.0  # seconds for TCP and TLS
HEADERS = {
    "User-Agent": f"Reelway/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


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


class Way:
    """`threads` look names up: the system's resolver blocks, at worst for half a minute."""

    def __init__(
        self, allowed: Sequence[Network], *, threads: int, lookup: Lookup | None = None
    ) -> None:
        self.allowed = tuple(allowed)
        self._names = Names(lookup or self._lookup)
        self._most_threads = threads
        self._threads: ThreadPoolExecutor | None = None
        self._loaded = False  # aiohttp, and that completely

    async def load(self) -> None:
        if not self._loaded:
            await asyncio.to_thread(_load)
            self._loaded = True

    def close(self) -> None:
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def guard(self) -> Guard:
        return Guard(self.allowed)

    def session(self, guard: Guard) -> aiohttp.ClientSession:
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
            self._threads = ThreadPoolExecutor(self._most_threads, thread_name_prefix="lookup")
        ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [str(address[0]) for *_, address in answers]


def _load() -> None:
    import aiohttp  # noqa: F401


def words(error: aiohttp.ClientError) -> str:
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
