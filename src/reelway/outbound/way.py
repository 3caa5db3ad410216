"""What all that goes out has in common: names, guarded sockets, a session, words for failures.

    way = Way(allowed, threads=8)
    guard, session = way.guard(), way.session(guard)     one session for one request
    way.open(…)                                          a session without a guard, for whom the
                                                         operator has named
    await walk(url, visit, failed)                       a request and its redirects
    unfit(headers)                                       why they may not be sent
    words(error)                                         what went wrong, for the caller

Nothing is shared between sessions but the threads that look names up: no connection, no name
cache, no cookie. `identity` is asked for.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from reelway import __version__
from reelway.addresses import BadAddress, Guard, Network, Url, follow

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

T = TypeVar("T")
Lookup = Callable[[str], Awaitable[Sequence[str]]]

MOST_ADDRESSES = 16  # tried for one name, whatever its zone lists
CONNECT = 5.0  # seconds for TCP and TLS
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Set by the client alone, or else a second request could hide in the first.
RESERVED = frozenset(
    """
    accept-encoding connection content-length cookie expect host keep-alive proxy-authorization
    te trailer transfer-encoding upgrade
    """.split()
)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")  # RFC 9110, 5.6.2
VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?|")  # one line of ASCII
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
        return self.open(
            trace, socket_factory=guard.open, use_dns_cache=False, force_close=True, limit=1
        )

    def open(
        self,
        trace: aiohttp.TraceConfig | None = None,
        middlewares: Sequence[aiohttp.ClientMiddlewareType] = (),
        request_class: type[aiohttp.ClientRequest] | None = None,
        **connector: Any,
    ) -> aiohttp.ClientSession:
        """A session over a connector with these options."""
        import aiohttp

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=cast("AbstractResolver", self._names), **connector
            ),
            headers=HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT),
            trace_configs=[trace] if trace else [],
            middlewares=middlewares,
            request_class=request_class or aiohttp.ClientRequest,
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


async def walk(
    url: Url, visit: Callable[[Url, int], Awaitable[T | str]], failed: Callable[[str], Exception]
) -> T:
    """What is at the end of the redirects; `visit` answers with that, or with where a hop
    points to."""
    for hop in range(MOST_REDIRECTS + 1):
        found = await visit(url, hop)
        if not isinstance(found, str):
            return found
        try:
            url = follow(url, found)
        except BadAddress as error:
            raise failed(str(error)) from None
    raise failed(f"it redirects more than {MOST_REDIRECTS} times")


def unfit(headers: Mapping[str, str]) -> str | None:
    """Why they may not be sent: a line break in a value would be another header, or another
    request."""
    for name, value in headers.items():
        if not NAME.fullmatch(name) or name.lower() in RESERVED:
            return "a header's name is malformed or not to be set"
        if not VALUE.fullmatch(value):
            return f"the header {name} holds what no header may"
    return None


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
