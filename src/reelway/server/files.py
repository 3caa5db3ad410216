"""Films, posters and captions, and pictures that vendors fetch, served by signed link: ranges,
entity tags, conditional requests."""

from __future__ import annotations

import os
import re
import secrets
import sys
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from starlette.responses import FileResponse, Response

from reelway import captions
from reelway.errors import FilmDropped, LinkRefused, ReelwayError, UnknownTask, shortage
from reelway.log import complain
from reelway.means import Means
from reelway.media import NotAFilm
from reelway.server.http import Out, Scope, headers_of, plain, query_of
from reelway.store import Asset
from reelway.task import Task

PATH = re.compile(
    r"/files/([A-Za-z0-9_-]{1,80})"
    r"/(film\.mp4|poster\.jpg|captions\.(?:vtt|srt)|([0-9a-f]{64})\.(?:png|jpg))"
)
POSTER_KIND = "image/jpeg"
HANDLES = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
CACHE = "private, max-age=86400, immutable"


class Opened(FileResponse):
    """A file that is open already, so that whoever deletes it meanwhile takes nothing from who
    reads it. `handle` is closed when it is sent."""

    def __init__(self, handle: int, **more: Any) -> None:
        super().__init__(f"{HANDLES}/{handle}", stat_result=os.fstat(handle), **more)
        self.handle = handle

    async def __call__(self, *asgi: Any) -> None:
        try:
            await super().__call__(*asgi)
        finally:
            os.close(self.handle)


async def answer(scope: Scope, path: str, means: Means) -> Out | Response:
    """The file behind a signed link; refusals are plain text, since a browser shows them."""
    match = PATH.fullmatch(path)
    try:
        if not match:
            raise UnknownTask("no such file")
        means.links.check(path, query_of(scope), means.now())
        try:
            if match[3]:
                return await _picture(match[1], match[3], means)
            if match[2].startswith("captions."):
                return await _captions(match[1], match[2].rsplit(".", 1)[1], means)
            return await _found(scope, match[1], match[2], means)
        except (FileNotFoundError, NotAFilm):  # deleted between the look at its row and at the file
            if not match[3]:
                await _row(match[1], means)
            complain("file.missing", task=match[1], file=match[2])
            raise UnknownTask("no such file") from None
    except (ReelwayError, OSError) as caught:
        error = shortage(caught) or caught
        if not isinstance(error, ReelwayError):
            raise
        if not isinstance(error, LinkRefused | UnknownTask | FilmDropped):
            complain("file.refused", code=error.code, file=match[2] if match else None)
        return plain(error.status, error.message)


async def _row(id: str, means: Means) -> Task:
    """The task, which has its film still. Raises UnknownTask, FilmDropped."""
    task = await means.store.find_task(None, id)
    if task is not None and task.film_dropped_at is not None:
        raise FilmDropped(
            "the film was removed: it was kept for as long as this server keeps films"
        )
    if task is None or not task.film:
        raise UnknownTask("no such file")
    return task


async def _found(scope: Scope, id: str, name: str, means: Means) -> Out | Response:
    """Raises FileNotFoundError where the file is not there."""
    task = await _row(id, means)
    sha256 = (task.film or "") if name == "film.mp4" else await _poster(task, means)
    headers = headers_of(scope)
    tag = f'"{sha256}"'
    made = (task.stored_at or task.accepted_at) // 1000
    common = {"etag": tag, "last-modified": formatdate(made, usegmt=True), "cache-control": CACHE}
    common["x-reelway-engine"] = task.engine or ""
    if _not_modified(headers, tag, made):
        return Out(status=304, headers=common)
    kind = "video/mp4" if name == "film.mp4" else POSTER_KIND
    disposition = f'inline; filename="{task.public_id}.{name.rsplit(".", 1)[1]}"'
    return Opened(
        os.open(means.assets.path(sha256), os.O_RDONLY | os.O_CLOEXEC),
        media_type=kind,
        headers={**common, "content-disposition": disposition, "x-content-type-options": "nosniff"},
    )


async def _captions(id: str, kind: str, means: Means) -> Out:
    """Raises UnknownTask where nobody speaks."""
    task = await _row(id, means)
    told = task.report.get("captions")
    if not told:
        raise UnknownTask("no such file")
    return Out(
        status=200,
        body=captions.WRITERS[kind](told).encode(),
        headers={
            "content-type": captions.KINDS[kind],
            "cache-control": CACHE,
            "content-disposition": f'inline; filename="{task.public_id}.{kind}"',
            "x-content-type-options": "nosniff",
        },
    )


async def _picture(id: str, sha256: str, means: Means) -> Response:
    """One of those that the task came with. Raises UnknownTask, FileNotFoundError."""
    task = await means.store.find_task(None, id)
    asset = await means.store.asset(sha256)
    if task is None or asset is None or sha256 not in {i.sha256 for _, i in task.request.images()}:
        raise UnknownTask("no such file")
    return Opened(
        os.open(means.assets.path(sha256), os.O_RDONLY | os.O_CLOEXEC),
        media_type=asset.kind,
        headers={"cache-control": CACHE, "x-content-type-options": "nosniff"},
    )


def _not_modified(headers: dict[str, str], tag: str, made: int) -> bool:
    """RFC 9110 §13.2.2: If-None-Match decides where there is one, else If-Modified-Since."""
    if (wanted := headers.get("if-none-match")) is not None:
        tags = [t.strip().removeprefix("W/") for t in wanted.split(",")]
        return "*" in tags or tag in tags
    if since := headers.get("if-modified-since"):
        try:
            return parsedate_to_datetime(since).timestamp() >= made
        except (TypeError, ValueError):  # a date that cannot be read is to be ignored (§13.1.3)
            return False
    return False


def _telling(task: Task) -> float | None:
    """Where in a film of our own its engine says that most is seen."""
    understood = task.report.get("understood")
    at = understood.get("poster") if isinstance(understood, dict) else None
    seconds = task.request.duration
    return at / seconds if isinstance(at, int | float) and 0 <= at <= seconds else None


async def _poster(task: Task, means: Means) -> str:
    """The poster's asset, made the first time that it is asked for."""
    if task.poster:
        return task.poster
    path = means.tmp / f"poster-{secrets.token_hex(8)}.jpg"
    try:
        await means.media.poster(means.assets.path(task.film or ""), path, at=_telling(task))
        async with means.files:
            sha256, size = await means.assets.keep(path)
            await means.store.add_asset(
                Asset(sha256=sha256, kind=POSTER_KIND, size=size, info={}, created_at=means.now())
            )
            await means.store.set_poster(task.id, sha256)
    finally:
        path.unlink(missing_ok=True)
    return sha256
