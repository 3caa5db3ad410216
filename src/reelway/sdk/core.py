"""Every operation of the SDK, once: coroutines over a `Way` (see there how both clients use them).

A call is tried again when the connection fails and at 429, 502, 503 and 504, after a pause that
doubles, or as long as Retry-After says. A create carries an Idempotency-Key, so that it makes one
task however often it is sent. Uploads, voices and elements have none: they are sent again only
where the server cannot have had them, or says that it did nothing.
"""

from __future__ import annotations

import json
import math
import random
import re
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, Unpack, overload
from urllib.parse import quote

from reelway.sdk import errors
from reelway.sdk.errors import Error, refusal
from reelway.sdk.pictures import Packer, inline, read
from reelway.sdk.place import Place
from reelway.sdk.saving import Link, save
from reelway.sdk.streams import listen
from reelway.sdk.values import (
    Asset,
    DryRun,
    Element,
    Event,
    FilmFields,
    Kept,
    Model,
    Picture,
    TaskData,
    Voice,
    known,
)
from reelway.sdk.way import Ask, Lost, Reply, Way
from reelway.task import Status

T = TypeVar("T", bound=TaskData)
K = TypeVar("K", bound=Kept)
V = TypeVar("V")

TASKS = "/api/v1/tasks"
KEPT = re.compile(r"(asset|voice|element)_[0-9A-Z]{26}")
PAGE = 100  # of a list, at most
LONG_LOOK, PATIENCE = 20.0, 30.0  # seconds that the server is asked to wait; and for its answer
FIRST_LOOK, LAST_LOOK, LOOKS_GROW = 0.1, 2.0, 1.4  # seconds between looks at a task
FIRST_PAUSE, LAST_PAUSE = 0.5, 8.0  # seconds before a call is tried again
MOST_PATIENCE = 60.0  # seconds; a longer Retry-After is the caller's to wait for
OUTAGE = 120.0  # seconds without an answer after which a wait without a timeout ends
WRONG = (AttributeError, LookupError, TypeError)  # of an answer that has another shape
HOPELESS = ("engine_missing",)  # 503, and still so in a minute


class Core(Generic[T]):
    def __init__(
        self, place: Place, way: Way, retries: int, make: Callable[[Mapping[str, Any]], T]
    ) -> None:
        self._place, self._way, self._retries, self._make = place, way, retries, make

    # Tasks

    @overload
    async def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        dry_run: Literal[False] = False,
        **film: Unpack[FilmFields],
    ) -> T: ...

    @overload
    async def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        dry_run: Literal[True],
        **film: Unpack[FilmFields],
    ) -> DryRun: ...

    async def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        dry_run: bool = False,
        **film: Unpack[FilmFields],
    ) -> T | DryRun:
        """Order a film; the fields are those of `FilmFields`. Returns once the task is accepted,
        which is durable; with `dry_run`, what would be made, and nothing is created.

        `idempotency_key`, kept for 48 hours: the same key and request are the same task, also
        from another process; without one, each call has its own.

        Raises InvalidRequest naming the field, Unauthenticated, RateLimited, ServerUnavailable.
        """
        if strange := film.keys() - FilmFields.__annotations__.keys():
            raise TypeError(f"generate() has no argument {min(strange)!r}")
        packer = Packer(way=self._way, upload=None if dry_run else self._upload)
        body = _json(await packer.body(prompt, film))
        if dry_run:
            query = {"dry_run": "true"}
            data = await self._call("POST", TASKS, body=body, query=query)
            return _made(DryRun, data)
        key = uuid.uuid4().hex if idempotency_key is None else idempotency_key
        if not (key.isascii() and key.isprintable() and key.strip()):
            raise errors.InvalidRequest("must be printable ASCII", field="idempotency_key")
        return self._task(
            await self._call("POST", TASKS, body=body, headers={"idempotency-key": key})
        )

    async def task(self, id: str) -> T:
        """The task as it stands. Raises NotFound."""
        return self._task(await self._call("GET", _path(TASKS, id)))

    async def tasks(
        self,
        limit: int | None = None,
        *,
        status: Status | None = None,
        model: str | None = None,
    ) -> AsyncGenerator[T, None]:
        """The newest tasks, at most `limit`; pages are fetched as they are needed."""
        query = {"status": status, "model": model}
        async for data in self._pages(TASKS, limit, query):
            yield self._task(data)

    async def wait(
        self,
        id: str,
        timeout: float | None = None,  # noqa: ASYNC109 (ends the wait, with what was seen last)
        on_progress: Callable[[T], object] | None = None,
    ) -> T:
        """The task once it has succeeded. `on_progress` gets it whenever its status, progress,
        eta or attempt is another. A server that is away for a while, at a restart, is waited for.

        Raises TaskFailed, TaskCancelled, WaitTimeout after `timeout` seconds (the task goes on),
        NotFound, ServerUnavailable after 120 s without an answer.
        """
        now, began, pause = self._way.now, self._way.now(), FIRST_LOOK
        end = None if timeout is None else began + timeout
        task, seen = None, began
        while True:
            left = end - now() if end is not None else math.inf
            span, asked = pause * random.uniform(0.8, 1.2), now()
            hold = LONG_LOOK if on_progress is None else span if task else 0.0
            try:
                fresh = await self._look(id, max(0.0, min(hold, left)))
            except (errors.ServerUnavailable, errors.RateLimited):
                if task is None or now() - seen > OUTAGE:
                    raise
            else:
                if on_progress and (task is None or _mark(task) != _mark(fresh)):
                    on_progress(fresh)
                task, seen = fresh, now()
                if task.over:
                    return _succeeded(task)
            left = end - now() if end is not None else LAST_LOOK
            if left <= 0:
                words = f"the task is still {task.status} after {timeout:g} s"
                raise errors.WaitTimeout.of(task, words, "wait_timeout")
            # Nothing is left of it where the server has waited; a stopping or older one does not.
            if (rest := span - (now() - asked)) > 0:
                await self._way.sleep(min(left, rest))
            pause = min(LAST_LOOK, pause * LOOKS_GROW)

    async def _look(self, id: str, seconds: float) -> T:
        """The task once it is over, or as it stands after so many seconds."""
        query = {"wait": f"{seconds:.3f}"} if seconds else {}
        patience = seconds + PATIENCE
        return self._task(await self._call("GET", _path(TASKS, id), query=query, patience=patience))

    def events(self, id: str | None = None) -> AsyncGenerator[Event, None]:
        """What happens to the task, from its first event to its end; without an `id`, to all your
        tasks from now on, without an end. A connection that breaks is taken up where it broke.
        Raises NotFound, ServerUnavailable after 120 s without a connection."""
        path = "/api/v1/events" if id is None else f"{_path(TASKS, id)}/events"
        retries, ends = self._retries, id is not None
        return listen(self._place, path, self._way, ends=ends, retries=retries, pause=_pause)

    async def cancel(self, id: str) -> T:
        """The task, cancelled, also where it was already. Raises NotFound, Conflict where it has
        ended otherwise."""
        try:
            return self._task(await self._call("POST", _path(TASKS, id) + "/cancel"))
        except errors.Conflict:
            task = await self.task(id)
            if task.status != "cancelled":
                raise
            return task

    async def download(self, id: str, path: str | PathLike[str]) -> Path:
        """The film at `path`, or in it where it is a folder, as `<id>.mp4`; size and SHA-256 are
        checked before it gets there, and a connection that breaks is taken up where it broke.

        Raises Conflict where there is no film yet, NotFound, Damaged, ServerUnavailable, OSError.
        """

        async def look() -> Link:
            task = await self.task(id)
            if task.film is None:
                raise _no_film(task)
            film, name = task.film, f"{task.id}.mp4"
            return Link(url=film.url, name=name, size=film.bytes, sha256=film.sha256)

        return await save(look, Path(path), self._way, retries=self._retries, pause=_pause)

    async def poster(self, id: str, path: str | PathLike[str]) -> Path:
        """The film's poster, a JPEG, as `download` does it; the server says no hash of it."""

        async def look() -> Link:
            task = await self.task(id)
            if task.poster_url is None:
                raise _no_film(task)
            return Link(url=task.poster_url, name=f"{task.id}.jpg")

        return await save(look, Path(path), self._way, retries=self._retries, pause=_pause)

    async def delete(self, thing: TaskData | Kept | str) -> None:
        """Forget a task that is over, an upload, a voice or an element; or what has that id.
        Raises NotFound, Conflict where the task is not over."""
        id = thing if isinstance(thing, str) else thing.id
        match = KEPT.fullmatch(id)
        await self._call("DELETE", _path(f"/api/v1/{match[1]}s" if match else TASKS, id))

    async def models(self) -> list[Model]:
        """What can be ordered here, and with what."""
        found = (await self._call("GET", "/api/v1/models")).get("data")
        if not isinstance(found, list):
            raise _strange()
        return [_made(Model, data) for data in found]

    # What is kept beside tasks

    async def upload(self, file: Picture, name: str | None = None) -> Asset:
        """Keep a picture or a sample, to be used by its id. Raises InvalidRequest."""
        found = await read(file, "file", self._way)
        if isinstance(found, str):
            raise errors.InvalidRequest("file must be a file or bytes", field="file")
        return await self._upload(name or found[0], found[1])

    async def create_voice(self, name: str, sample: Picture) -> Voice:
        """A voice from 5–30 s of one speaker. Raises InvalidRequest."""
        data = {"name": name, "sample": await self._given(sample, "sample")}
        made = await self._call("POST", "/api/v1/voices", body=_json(data), again=False)
        return _made(Voice, made)

    async def create_element(
        self, name: str, frontal: Picture, references: Sequence[Picture] = ()
    ) -> Element:
        """A subject from a frontal picture and up to three others. Raises InvalidRequest."""
        data: dict[str, Any] = {"name": name, "frontal": await self._given(frontal, "frontal")}
        if references:
            data["references"] = [
                await self._given(p, f"references[{n}]") for n, p in enumerate(references)
            ]
        made = await self._call("POST", "/api/v1/elements", body=_json(data), again=False)
        return _made(Element, made)

    def assets(self, limit: int | None = None) -> AsyncGenerator[Asset, None]:
        """The newest uploads, at most `limit`."""
        return self._kept("/api/v1/assets", Asset, limit)

    def voices(self, limit: int | None = None) -> AsyncGenerator[Voice, None]:
        return self._kept("/api/v1/voices", Voice, limit)

    def elements(self, limit: int | None = None) -> AsyncGenerator[Element, None]:
        return self._kept("/api/v1/elements", Element, limit)

    # Inside

    async def _kept(self, path: str, kind: type[K], limit: int | None) -> AsyncGenerator[K, None]:
        async for data in self._pages(path, limit, {}):
            yield _made(kind, data)

    async def _upload(self, name: str, data: bytes) -> Asset:
        made = await self._call("POST", "/api/v1/assets", file=(name, data), again=False)
        return _made(Asset, made)

    async def _given(self, given: Picture, field: str) -> str:
        found = await read(given, field, self._way)
        return found if isinstance(found, str) else inline(found[1])

    async def _pages(
        self, path: str, limit: int | None, query: Mapping[str, str | None]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        left, after = limit, None
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            asked = {**query, "limit": str(size), "after": after}
            given = {name: value for name, value in asked.items() if value is not None}
            page = await self._call("GET", path, query=given)
            found = page.get("data")
            if not isinstance(found, list):
                raise _strange()
            for data in found:
                yield data
            left = None if left is None else left - len(found)
            after = page.get("next")
            if not after:
                return

    def _task(self, data: Mapping[str, Any]) -> T:
        try:
            return self._make(data)
        except WRONG as error:
            raise _strange() from error

    async def _call(
        self, method: str, path: str, *, again: bool = True, **more: Any
    ) -> Mapping[str, Any]:
        """What the server answers. `again`: it may be sent again though it may have arrived.
        Raises Error."""
        headers = {"authorization": f"Bearer {self._place.key}", **more.pop("headers", {})}
        if more.get("body") is not None:
            headers["content-type"] = "application/json"
        ask = Ask(method=method, url=self._place.url + path, headers=headers, **more)
        tried = 0
        while True:
            try:
                reply = await self._way.send(ask)
            except Lost as lost:
                error: Error = errors.ServerUnavailable(str(lost), code="unreachable")
                error.__cause__ = lost
                hopeful = again or not lost.sent
            else:
                if reply.status < 300:
                    return _data(reply)
                if method == "DELETE" and reply.status == 404 and tried:
                    return {}  # an earlier try has done it, and its answer was lost
                error = refusal(reply.status, reply.headers, reply.body)
                hopeful = reply.status in (429, 503) or (again and reply.status in (502, 504))
            hopeful = hopeful and error.code not in HOPELESS
            if not hopeful or tried >= self._retries or (error.retry_after or 0) > MOST_PATIENCE:
                raise error
            await self._way.sleep(_pause(tried, error))
            tried += 1


def _pause(tried: int, error: Error) -> float:
    """Seconds before the next try."""
    pause: float = min(LAST_PAUSE, FIRST_PAUSE * 2**tried) * random.uniform(0.5, 1)
    return max(pause, (error.retry_after or 0) * random.uniform(1, 1.1))


def _succeeded(task: T) -> T:
    if task.status == "failed":
        code, message = (task.error.code, task.error.message) if task.error else ("", "it failed")
        raise errors.TaskFailed.of(task, message, code)
    if task.status == "cancelled":
        raise errors.TaskCancelled.of(task, "the task was cancelled", "cancelled")
    return task


def _mark(task: TaskData) -> tuple[object, ...]:
    return task.status, task.progress, task.eta, task.attempt


def _no_film(task: TaskData) -> Error:
    return errors.Conflict(f"there is no film: the task is {task.status}", code="no_film")


def _path(path: str, id: str) -> str:
    return f"{path}/{quote(id, safe='')}"


def _json(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise errors.InvalidRequest(f"the request cannot be written as JSON: {error}") from None


def _data(reply: Reply) -> Mapping[str, Any]:
    try:
        data = json.loads(reply.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise _strange()
    return data


def _made(kind: type[V], data: Mapping[str, Any]) -> V:
    try:
        return kind(**known(kind, data))
    except WRONG as error:
        raise _strange() from error


def _strange() -> Error:
    words = "the answer is not that of a Reelway server; is the address right?"
    return Error(words, code="strange_answer")
