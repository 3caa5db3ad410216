"""Every operation of the SDK, once: coroutines over a `Way` (see there how both clients use them).

A create carries an Idempotency-Key, so that it makes one task however often it is sent (`calls`
says when). Uploads, voices and elements have none: they are sent again only where the server
cannot have had them, or says that it did nothing.
"""

from __future__ import annotations

import math
import random
import re
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, Unpack, overload

from reelway.sdk import errors
from reelway.sdk.calls import WRONG, Calls, body_of, path_of, pause_of, strange, value_of
from reelway.sdk.errors import Error
from reelway.sdk.pictures import Packer, Upload, inline, read
from reelway.sdk.place import Place
from reelway.sdk.previews import Preview, preview_of
from reelway.sdk.saving import Link, save
from reelway.sdk.streams import listen
from reelway.sdk.values import (
    Asset,
    DryRun,
    Element,
    Estimate,
    Event,
    FilmFields,
    Kept,
    Model,
    Picture,
    TaskData,
    Voice,
    estimate_fields,
)
from reelway.sdk.way import Way
from reelway.task import Status

T = TypeVar("T", bound=TaskData)
K = TypeVar("K", bound=Kept)

TASKS = "/api/v1/tasks"
PIN = "X-Reelway-Provider"
KEPT = re.compile(r"(asset|voice|element)_[0-9A-Z]{26}")
LONG_LOOK, PATIENCE = 20.0, 30.0  # seconds that the server is asked to wait; and for its answer
FIRST_LOOK, LAST_LOOK, LOOKS_GROW = 0.1, 2.0, 1.4  # seconds between looks at a task
OUTAGE = 120.0  # seconds without an answer after which a wait without a timeout ends
NEEDS_ABANDON = "needs_abandon"  # the code of such a Conflict
ABANDON, LATE = "cancel(abandon=True)", "download(late=True)"  # as errors name them


class Core(Generic[T]):
    def __init__(
        self, place: Place, way: Way, retries: int, make: Callable[[Mapping[str, Any]], T]
    ) -> None:
        self._place, self._way, self._retries, self._make = place, way, retries, make
        self._calls = Calls(place, way, retries)

    # Tasks

    @overload
    async def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        provider: str | None = None,
        dry_run: Literal[False] = False,
        **film: Unpack[FilmFields],
    ) -> T: ...

    @overload
    async def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        provider: str | None = None,
        dry_run: Literal[True],
        **film: Unpack[FilmFields],
    ) -> DryRun: ...

    async def generate(
        self,
        prompt: str = "",
        *,
        idempotency_key: str | None = None,
        provider: str | None = None,
        dry_run: bool = False,
        **film: Unpack[FilmFields],
    ) -> T | DryRun:
        """Order a film; the fields are those of `FilmFields`. Returns once the task is accepted,
        which is durable; with `dry_run`, what would be made, and nothing is created.

        `idempotency_key`, kept for 48 hours: the same key and request are the same task, also
        from another process; without one, each call has its own. `provider`: it is made there or
        not at all.

        Raises InvalidRequest naming the field, Unauthenticated, RateLimited, ServerUnavailable.
        """
        key = uuid.uuid4().hex if idempotency_key is None else idempotency_key
        if not (key.isascii() and key.isprintable() and key.strip()):
            raise errors.InvalidRequest("must be printable ASCII", field="idempotency_key")
        if not dry_run:
            upload, once = self._upload, {"idempotency-key": key}
            return self._task(await self._order(TASKS, prompt, provider, film, upload, once))
        return value_of(DryRun, await self._order(f"{TASKS}?dry_run=true", prompt, provider, film))

    async def estimate(
        self, prompt: str = "", *, provider: str | None = None, **film: Unpack[FilmFields]
    ) -> Estimate:
        """What `generate` with the same arguments would meet: its price, who would make it and why
        not the others, how long it would wait. Nothing is made, fetched or kept.

        Raises InvalidRequest naming the field, Unauthenticated, RateLimited, ServerUnavailable.
        """
        data = await self._order("/api/v1/estimate", prompt, provider, film)
        try:
            return Estimate(**estimate_fields(data))
        except WRONG as error:
            raise strange() from error

    async def preview(self, prompt: str = "", **film: Unpack[FilmFields]) -> Preview:
        """A small film of what the animatic engine would make of these arguments, at once. Nothing
        is ordered, kept or charged. Raises as `estimate`."""
        data = await self._order("/api/v1/preview", prompt, None, film)
        try:
            return preview_of(data)
        except WRONG as error:
            raise strange() from error

    async def _order(
        self,
        path: str,
        prompt: str,
        provider: str | None,
        film: FilmFields,
        upload: Upload | None = None,
        headers: Mapping[str, str] = {},
    ) -> Mapping[str, Any]:
        """What the server says to a create's body."""
        if unknown := film.keys() - FilmFields.__annotations__.keys():
            raise TypeError(f"a film has no {min(unknown)!r}")
        if provider is not None:
            if not (provider.isascii() and provider.isprintable() and provider.strip()):
                raise errors.InvalidRequest("must be the name of a provider", field="provider")
            headers = {**headers, PIN: provider}
        body = body_of(await Packer(way=self._way, upload=upload).body(prompt, film))
        try:
            return await self._calls.call("POST", path, body=body, headers=headers)
        except errors.InvalidRequest as error:
            if error.field != PIN:
                raise
            words = error.message.replace(PIN, "provider")
            raise errors.InvalidRequest(
                words, status=error.status, code=error.code, field="provider"
            ) from None

    async def task(self, id: str) -> T:
        """The task as it stands. Raises NotFound."""
        return self._task(await self._calls.call("GET", path_of(TASKS, id)))

    async def tasks(
        self,
        limit: int | None = None,
        *,
        status: Status | None = None,
        model: str | None = None,
    ) -> AsyncGenerator[T, None]:
        """The newest tasks, at most `limit`; pages are fetched as they are needed."""
        query = {"status": status, "model": model}
        async for data in self._calls.pages(TASKS, limit, query):
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
        return self._task(
            await self._calls.call("GET", path_of(TASKS, id), query=query, patience=patience)
        )

    def events(self, id: str | None = None) -> AsyncGenerator[Event, None]:
        """What happens to the task, from its first event to its end; without an `id`, to all your
        tasks from now on, without an end. A connection that breaks is taken up where it broke.
        Raises NotFound, ServerUnavailable after 120 s without a connection."""
        path = "/api/v1/events" if id is None else f"{path_of(TASKS, id)}/events"
        retries, ends = self._retries, id is not None
        return listen(self._place, path, self._way, ends=ends, retries=retries, pause=pause_of)

    async def cancel(self, id: str, *, abandon: bool = False) -> T:
        """The task, cancelled, also where it was already.

        What a vendor works on cannot be stopped. With `abandon` the task ends here all the same: it
        costs what it costs, and its film is kept as its `late_result`.

        Raises NotFound, Conflict where it has ended otherwise, or where it needs `abandon` (code
        needs_abandon)."""
        said: dict[str, Any] = {"body": body_of({"abandon": True})} if abandon else {}
        try:
            path = path_of(TASKS, id) + "/cancel"
            return self._task(await self._calls.call("POST", path, **said))
        except errors.Conflict as error:
            task = await self.task(id)
            if task.status == "cancelled":
                return task
            if error.code != NEEDS_ABANDON:
                raise
            words = (
                f"{task.engine} works on the task and cannot be told to stop: {ABANDON} ends it "
                "here; it costs what it costs, and its film is kept as its late_result"
            )
            raise errors.Conflict(
                words, status=error.status, code=error.code, field="abandon"
            ) from None

    async def download(self, id: str, path: str | PathLike[str], *, late: bool = False) -> Path:
        """The film at `path`, or in it where it is a folder, as `<id>.mp4`; size and SHA-256 are
        checked before it gets there, and a connection that breaks is taken up where it broke.
        `late`: also where it came after the task had ended otherwise (`late_result`).

        Raises Conflict where there is no film yet, NotFound, Damaged, ServerUnavailable, OSError.
        """

        async def look() -> Link:
            task = await self.task(id)
            film, name = task.film or (task.late_result if late else None), f"{task.id}.mp4"
            if film is None:
                raise _no_film(task)
            return Link(url=film.url, name=name, size=film.bytes, sha256=film.sha256)

        return await save(look, Path(path), self._way, retries=self._retries, pause=pause_of)

    async def poster(self, id: str, path: str | PathLike[str]) -> Path:
        """The film's poster, a JPEG, as `download` does it; the server says no hash of it."""

        async def look() -> Link:
            task = await self.task(id)
            if task.poster_url is None:
                raise _no_film(task)
            return Link(url=task.poster_url, name=f"{task.id}.jpg")

        return await save(look, Path(path), self._way, retries=self._retries, pause=pause_of)

    async def captions(self, id: str, path: str | PathLike[str]) -> Path:
        """The captions of the film's dialogue, as `download` does it: WebVTT, or SubRip where
        `path` ends in .srt. Raises Conflict where there are none."""
        kind = "srt" if str(path).lower().endswith(".srt") else "vtt"

        async def look() -> Link:
            task = await self.task(id)
            if task.film is None and task.late_result is None:
                raise _no_film(task)
            if kind not in task.caption_urls:
                raise errors.Conflict("nobody speaks in this film", code="no_captions")
            return Link(url=task.caption_urls[kind], name=f"{task.id}.{kind}")

        return await save(look, Path(path), self._way, retries=self._retries, pause=pause_of)

    async def delete(self, thing: TaskData | Kept | str) -> None:
        """Forget a task that is over, an upload, a voice or an element; or what has that id.
        Raises NotFound, Conflict where the task is not over."""
        id = thing if isinstance(thing, str) else thing.id
        match = KEPT.fullmatch(id)
        await self._calls.call("DELETE", path_of(f"/api/v1/{match[1]}s" if match else TASKS, id))

    async def models(self) -> list[Model]:
        """What can be ordered here, and with what."""
        found = (await self._calls.call("GET", "/api/v1/models")).get("data")
        if not isinstance(found, list):
            raise strange()
        return [value_of(Model, data) for data in found]

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
        made = await self._calls.call("POST", "/api/v1/voices", body=body_of(data), again=False)
        return value_of(Voice, made)

    async def create_element(
        self, name: str, frontal: Picture, references: Sequence[Picture] = ()
    ) -> Element:
        """A subject from a frontal picture and up to three others. Raises InvalidRequest."""
        data: dict[str, Any] = {"name": name, "frontal": await self._given(frontal, "frontal")}
        if references:
            data["references"] = [
                await self._given(p, f"references[{n}]") for n, p in enumerate(references)
            ]
        made = await self._calls.call("POST", "/api/v1/elements", body=body_of(data), again=False)
        return value_of(Element, made)

    def assets(self, limit: int | None = None) -> AsyncGenerator[Asset, None]:
        """The newest uploads, at most `limit`."""
        return self._kept("/api/v1/assets", Asset, limit)

    def voices(self, limit: int | None = None) -> AsyncGenerator[Voice, None]:
        return self._kept("/api/v1/voices", Voice, limit)

    def elements(self, limit: int | None = None) -> AsyncGenerator[Element, None]:
        return self._kept("/api/v1/elements", Element, limit)

    # Inside

    async def _kept(self, path: str, kind: type[K], limit: int | None) -> AsyncGenerator[K, None]:
        async for data in self._calls.pages(path, limit, {}):
            yield value_of(kind, data)

    async def _upload(self, name: str, data: bytes) -> Asset:
        made = await self._calls.call("POST", "/api/v1/assets", file=(name, data), again=False)
        return value_of(Asset, made)

    async def _given(self, given: Picture, field: str) -> str:
        found = await read(given, field, self._way)
        return found if isinstance(found, str) else inline(found[1])

    def _task(self, data: Mapping[str, Any]) -> T:
        try:
            return self._make(data)
        except WRONG as error:
            raise strange() from error


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
    words = f"there is no film: the task is {task.status}"
    if task.late_result:
        return errors.Conflict(f"{words}; one came after that: {LATE}", code="only_late")
    return errors.Conflict(words, code="no_film")
