"""The Python SDK: `reelway.Client`, and `reelway.AsyncClient` for event loops.

    with reelway.Client() as client:
        task = client.generate("Waves roll onto a rocky coast", duration=5, sound=True)
        task.wait(on_progress=lambda task: show(task.progress)).download("coast.mp4")

    Client, Task              block
    AsyncClient, AsyncTask    the same, awaited
    Film, Cost, Estimate, …   what they answer, frozen
    Error                     and its kinds, see `reelway.sdk.errors`

Every operation is written once, in `reelway.sdk.core`, as a coroutine; AsyncClient is that. Client
drives the same coroutines over a transport that blocks and so never suspends (`reelway.sdk.way`
says more): its methods are their signatures, and no logic.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, Unpack, overload

from reelway.sdk.core import Core
from reelway.sdk.errors import (
    AboutTask,
    BudgetExhausted,
    Conflict,
    Damaged,
    Error,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerUnavailable,
    TaskCancelled,
    TaskFailed,
    Unauthenticated,
    WaitTimeout,
    WebhookRefused,
)
from reelway.sdk.place import find
from reelway.sdk.previews import Preview
from reelway.sdk.values import (
    Asset,
    Candidate,
    Cost,
    DryRun,
    Element,
    ElementFields,
    Estimate,
    Event,
    Film,
    FilmFields,
    Kept,
    Model,
    Money,
    Picture,
    ShotFields,
    TaskData,
    Voice,
    task_fields,
)
from reelway.sdk.way import Blocking, Loop, run
from reelway.sdk.webhooks import verify_webhook
from reelway.task import Fault, Status

__all__ = [
    "AboutTask", "Asset", "AsyncClient", "AsyncTask", "BudgetExhausted", "Candidate", "Client",
    "Conflict", "Cost", "Damaged", "DryRun", "Element", "ElementFields", "Error", "Estimate",
    "Event", "Fault", "Film", "FilmFields", "InvalidRequest", "Kept", "Model", "Money", "NotFound",
    "Picture", "Preview", "RateLimited", "ServerUnavailable", "ShotFields", "Task",
    "TaskCancelled", "TaskData", "TaskFailed", "Unauthenticated", "Voice", "WaitTimeout",
    "WebhookRefused", "verify_webhook",
]  # fmt: skip

T = TypeVar("T")

TIMEOUT = 30.0  # seconds to connect, and between two bits of an answer
RETRIES = 4  # after the first try


class AsyncClient(Core["AsyncTask"]):
    """Reelway in an event loop of asyncio; to be used in one loop, in `async with`, or closed by
    `close()`. Safe to share between tasks.

    `url` is the server, else REELWAY_URL, else http://127.0.0.1:8080; `key` is the API key, else
    REELWAY_KEY, else, for a server on this machine, the one of its first start. `timeout` are the
    seconds that a connection may take or say nothing, `retries` how often a call is tried again.
    `sleep` and `now` (seconds) are the clock, for tests.

    Raises Unauthenticated where no key is found, InvalidRequest for a wrong `url`,
    ModuleNotFoundError without httpx.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        place = find(url, key)
        super().__init__(place, Loop(place, timeout, sleep, now), retries, self._made)

    def _made(self, data: Mapping[str, Any]) -> AsyncTask:
        return AsyncTask(client=self, **task_fields(data))

    async def close(self) -> None:
        await self._way.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@dataclass(frozen=True, kw_only=True)
class AsyncTask(TaskData):
    """A task as it stood when it was asked for, and what can be done about it."""

    client: AsyncClient = field(repr=False, compare=False)

    async def refresh(self) -> AsyncTask:
        return await self.client.task(self.id)

    async def wait(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 (as AsyncClient.wait)
        on_progress: Callable[[AsyncTask], object] | None = None,
    ) -> AsyncTask:
        """As `AsyncClient.wait`."""
        return await self.client.wait(self.id, timeout, on_progress)

    def events(self) -> AsyncGenerator[Event, None]:
        """As `AsyncClient.events`."""
        return self.client.events(self.id)

    async def cancel(self, *, abandon: bool = False) -> AsyncTask:
        """As `AsyncClient.cancel`."""
        return await self.client.cancel(self.id, abandon=abandon)

    async def delete(self) -> None:
        await self.client.delete(self)

    async def download(self, path: str | PathLike[str], *, late: bool = False) -> Path:
        """As `AsyncClient.download`."""
        return await self.client.download(self.id, path, late=late)

    async def poster(self, path: str | PathLike[str]) -> Path:
        return await self.client.poster(self.id, path)

    async def captions(self, path: str | PathLike[str]) -> Path:
        """As `AsyncClient.captions`."""
        return await self.client.captions(self.id, path)


class Client:
    """Reelway, blocking; in `with`, or closed by `close()`. Safe to share between threads.

    Arguments, methods and errors are those of `AsyncClient`, which documents them.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        place = find(url, key)
        self._way = Blocking(place, timeout, sleep, now)
        self._core = Core(place, self._way, retries, self._made)

    def _made(self, data: Mapping[str, Any]) -> Task:
        return Task(client=self, **task_fields(data))

    @overload
    def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        provider: str | None = None,
        dry_run: Literal[False] = False,
        **film: Unpack[FilmFields],
    ) -> Task: ...

    @overload
    def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        provider: str | None = None,
        dry_run: Literal[True],
        **film: Unpack[FilmFields],
    ) -> DryRun: ...

    def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        provider: str | None = None,
        dry_run: Any = False,
        **film: Unpack[FilmFields],
    ) -> Task | DryRun:
        once = {"idempotency_key": idempotency_key, "provider": provider}
        made: Task | DryRun = run(self._core.generate(prompt, **once, dry_run=dry_run, **film))
        return made

    def estimate(
        self, prompt: str = "", *, provider: str | None = None, **film: Unpack[FilmFields]
    ) -> Estimate:
        return run(self._core.estimate(prompt, provider=provider, **film))

    def preview(self, prompt: str = "", **film: Unpack[FilmFields]) -> Preview:
        return run(self._core.preview(prompt, **film))

    def task(self, id: str) -> Task:
        return run(self._core.task(id))

    def tasks(
        self,
        limit: int | None = None,
        *,
        status: Status | None = None,
        model: str | None = None,
    ) -> Iterator[Task]:
        return _each(self._core.tasks(limit, status=status, model=model))

    def wait(
        self,
        id: str,
        timeout: float | None = None,
        on_progress: Callable[[Task], object] | None = None,
    ) -> Task:
        return run(self._core.wait(id, timeout, on_progress))

    def events(self, id: str | None = None) -> Iterator[Event]:
        return _each(self._core.events(id))

    def cancel(self, id: str, *, abandon: bool = False) -> Task:
        return run(self._core.cancel(id, abandon=abandon))

    def download(self, id: str, path: str | PathLike[str], *, late: bool = False) -> Path:
        return run(self._core.download(id, path, late=late))

    def poster(self, id: str, path: str | PathLike[str]) -> Path:
        return run(self._core.poster(id, path))

    def captions(self, id: str, path: str | PathLike[str]) -> Path:
        return run(self._core.captions(id, path))

    def delete(self, thing: TaskData | Kept | str) -> None:
        run(self._core.delete(thing))

    def models(self) -> list[Model]:
        return run(self._core.models())

    def upload(self, file: Picture, name: str | None = None) -> Asset:
        return run(self._core.upload(file, name))

    def create_voice(self, name: str, sample: Picture) -> Voice:
        return run(self._core.create_voice(name, sample))

    def create_element(
        self, name: str, frontal: Picture, references: Sequence[Picture] = ()
    ) -> Element:
        return run(self._core.create_element(name, frontal, references))

    def assets(self, limit: int | None = None) -> Iterator[Asset]:
        return _each(self._core.assets(limit))

    def voices(self, limit: int | None = None) -> Iterator[Voice]:
        return _each(self._core.voices(limit))

    def elements(self, limit: int | None = None) -> Iterator[Element]:
        return _each(self._core.elements(limit))

    def close(self) -> None:
        run(self._way.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class Task(TaskData):
    """A task as it stood when it was asked for, and what can be done about it."""

    client: Client = field(repr=False, compare=False)

    def refresh(self) -> Task:
        return self.client.task(self.id)

    def wait(
        self, timeout: float | None = None, on_progress: Callable[[Task], object] | None = None
    ) -> Task:
        """As `AsyncClient.wait`."""
        return self.client.wait(self.id, timeout, on_progress)

    def events(self) -> Iterator[Event]:
        """As `AsyncClient.events`."""
        return self.client.events(self.id)

    def cancel(self, *, abandon: bool = False) -> Task:
        """As `AsyncClient.cancel`."""
        return self.client.cancel(self.id, abandon=abandon)

    def delete(self) -> None:
        self.client.delete(self)

    def download(self, path: str | PathLike[str], *, late: bool = False) -> Path:
        """As `AsyncClient.download`."""
        return self.client.download(self.id, path, late=late)

    def poster(self, path: str | PathLike[str]) -> Path:
        return self.client.poster(self.id, path)

    def captions(self, path: str | PathLike[str]) -> Path:
        return self.client.captions(self.id, path)


def _each(steps: AsyncGenerator[T, None]) -> Iterator[T]:
    end = object()
    try:
        while (value := run(_next(steps, end))) is not end:
            yield value
    finally:
        run(steps.aclose())


async def _next(steps: AsyncGenerator[T, None], end: Any) -> Any:
    return await anext(steps, end)
