"""Films and posters, served by signed link: ranges, entity tags, conditional requests."""

from __future__ import annotations

import re
import secrets
from email.utils import formatdate, parsedate_to_datetime

from starlette.responses import FileResponse, Response

from reelway.errors import LinkRefused, ReelwayError, UnknownTask, shortage
from reelway.log import complain
from reelway.means import Means
from reelway.server.http import Out, Scope, headers_of, plain, query_of
from reelway.store import Asset
from reelway.task import Task

PATH = re.compile(r"/files/([A-Za-z0-9_-]{1,80})/(film\.mp4|poster\.jpg)")
POSTER_KIND = "image/jpeg"
CACHE = "private, max-age=86400, immutable"


async def answer(scope: Scope, path: str, means: Means) -> Out | Response:
    """The file behind a signed link; refusals are plain text, since a browser shows them."""
    match = PATH.fullmatch(path)
    try:
        if not match:
            raise UnknownTask("no such file")
        means.links.check(path, query_of(scope), means.now())
        task = await means.store.find_task(None, match[1])
        if task is None or not task.film:
            raise UnknownTask("no such file")
        sha256 = task.film if match[2] == "film.mp4" else await _poster(task, means)
        return _file(scope, sha256, match[2], task, means)
    except (ReelwayError, OSError) as caught:
        error = shortage(caught) or caught
        if not isinstance(error, ReelwayError):
            raise
        if not isinstance(error, LinkRefused | UnknownTask):
            complain("file.refused", code=error.code, file=match[2] if match else None)
        return plain(error.status, error.message)


def _file(scope: Scope, sha256: str, name: str, task: Task, means: Means) -> Out | Response:
    headers = headers_of(scope)
    tag = f'"{sha256}"'
    made = (task.stored_at or task.accepted_at) // 1000
    common = {"etag": tag, "last-modified": formatdate(made, usegmt=True), "cache-control": CACHE}
    common["x-reelway-engine"] = task.engine or ""
    if _not_modified(headers, tag, made):
        return Out(status=304, headers=common)
    kind = "video/mp4" if name == "film.mp4" else POSTER_KIND
    disposition = f'inline; filename="{task.public_id}.{name.rsplit(".", 1)[1]}"'
    return FileResponse(
        means.assets.path(sha256),
        media_type=kind,
        headers={**common, "content-disposition": disposition, "x-content-type-options": "nosniff"},
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


async def _poster(task: Task, means: Means) -> str:
    """The poster's asset, made the first time that it is asked for."""
    if task.poster:
        return task.poster
    path = means.tmp / f"poster-{secrets.token_hex(8)}.jpg"
    try:
        await means.media.poster(means.assets.path(task.film or ""), path)
        async with means.files:
            sha256, size = await means.assets.keep(path)
            await means.store.add_asset(
                Asset(sha256=sha256, kind=POSTER_KIND, size=size, info={}, created_at=means.now())
            )
            await means.store.set_poster(task.id, sha256)
    finally:
        path.unlink(missing_ok=True)
    return sha256
