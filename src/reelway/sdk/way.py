"""HTTP by httpx, blocking or not, behind one contract.

Every operation is written once, as a coroutine over a `Way`. Over `Loop` it runs in the caller's
event loop. Over `Blocking` it never suspends: each step has happened when its `await` returns, so
`run` drives it to its end in one go, in the caller's own thread. So the synchronous client needs
no second implementation, no thread and no loop of its own, works inside a running loop (as in a
notebook), and is interrupted by Ctrl-C like any other blocking call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from reelway import __version__
from reelway.sdk.place import Place

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

# Below the 5 s after which servers close an idle connection, so that none is closed under a call.
IDLE = 2.0  # seconds
INSTALL = "reelway.Client needs httpx: pip install 'httpx>=0.28'"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request. `file` is the name and the bytes of a multipart upload's one part; `patience`
    the seconds that the server may say nothing, where they are more than for other calls."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    file: tuple[str, bytes] | None = None
    patience: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Lost(Exception):
    """There is no answer, or not all of it. `sent`: the server may have had the request."""

    def __init__(self, message: str, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Stream(Protocol):
    head: Reply

    async def read(self) -> bytes:
        """The next bytes, as they come in, none at the end. Raises Lost."""

    async def close(self) -> None: ...


class Way(Protocol):
    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    async def sleep(self, seconds: float) -> None: ...

    async def do(self, work: Callable[[], T]) -> T:
        """Work on files, out of the event loop's way."""

    async def send(self, ask: Ask) -> Reply:
        """Raises Lost."""

    async def open(self, ask: Ask) -> Stream:
        """An answer to be read bit by bit; redirects are followed. Raises Lost."""

    async def close(self) -> None: ...


def run(steps: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine over `Blocking`."""
    try:
        steps.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    steps.close()
    raise RuntimeError("a step of the blocking client has suspended")


class Blocking:
    def __init__(
        self,
        place: Place,
        timeout: float,
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        self._http = _httpx().Client(**_options(place, timeout))
        self._sleep, self.now = sleep, now

    async def sleep(self, seconds: float) -> None:
        self._sleep(seconds)

    async def do(self, work: Callable[[], T]) -> T:
        return work()

    async def send(self, ask: Ask) -> Reply:
        with _lost():
            return _reply(self._http.send(_request(self._http, ask)))

    async def open(self, ask: Ask) -> Stream:
        with _lost():
            request = _request(self._http, ask)
            return BlockingStream(self._http.send(request, stream=True, follow_redirects=True))

    async def close(self) -> None:
        self._http.close()


class BlockingStream:
    def __init__(self, response: httpx.Response) -> None:
        self.head = _reply(response, body=False)
        self._response, self._parts = response, response.iter_bytes()

    async def read(self) -> bytes:
        with _lost():
            return next(self._parts, b"")

    async def close(self) -> None:
        self._response.close()


class Loop:
    def __init__(
        self,
        place: Place,
        timeout: float,
        sleep: Callable[[float], Awaitable[None]],
        now: Callable[[], float],
    ) -> None:
        self._http = _httpx().AsyncClient(**_options(place, timeout))
        self._sleep, self.now = sleep, now

    async def sleep(self, seconds: float) -> None:
        await self._sleep(seconds)

    async def do(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)

    async def send(self, ask: Ask) -> Reply:
        with _lost():
            return _reply(await self._http.send(_request(self._http, ask)))

    async def open(self, ask: Ask) -> Stream:
        with _lost():
            request = _request(self._http, ask)
            response = await self._http.send(request, stream=True, follow_redirects=True)
            return LoopStream(response)

    async def close(self) -> None:
        await self._http.aclose()


class LoopStream:
    def __init__(self, response: httpx.Response) -> None:
        self.head = _reply(response, body=False)
        self._response = response
        self._parts: AsyncIterator[bytes] = response.aiter_bytes()

    async def read(self) -> bytes:
        with _lost():
            return await anext(self._parts, b"")

    async def close(self) -> None:
        await self._response.aclose()


def _httpx() -> ModuleType:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(INSTALL, name="httpx") from error
    return httpx


def _options(place: Place, timeout: float) -> dict[str, Any]:
    """No proxy of the environment's for a server on this machine."""
    return {
        "timeout": timeout,
        "trust_env": not place.loopback,
        "limits": _httpx().Limits(keepalive_expiry=IDLE, max_connections=100),
        "headers": {"user-agent": f"reelway-python/{__version__}"},
    }


def _request(http: httpx.Client | httpx.AsyncClient, ask: Ask) -> httpx.Request:
    timeout = http.timeout
    if timeout.read is not None and timeout.read < ask.patience:
        timeout = _httpx().Timeout(**{**timeout.as_dict(), "read": ask.patience})
    return http.build_request(
        ask.method,
        ask.url,
        headers=dict(ask.headers),
        params=dict(ask.query) or None,
        content=ask.body,
        files={"file": ask.file} if ask.file else None,
        timeout=timeout,
    )


def _reply(response: httpx.Response, *, body: bool = True) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(
        status=response.status_code, headers=headers, body=response.content if body else b""
    )


@contextlib.contextmanager
def _lost() -> Iterator[None]:
    import httpx

    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Lost(f"the server cannot be reached: {_words(error)}", sent=False) from error
    except httpx.RequestError as error:
        raise Lost(f"the connection broke: {_words(error)}", sent=True) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
