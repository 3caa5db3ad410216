"""Fetching: GET into a new file, at most five redirects on, each hop with a session of its own.

    Errand ── travel ── visit ── visit … ── save ──> File, Fetched

What was asked for and how its failures are told is the errand; turns and time limits are
the caller's.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelway.addresses import BadAddress, Url, follow
from reelway.errors import BadImage, InvalidRequest
from reelway.log import complain
from reelway.outbound.way import Way, words

if TYPE_CHECKING:
    import aiohttp

MOST_REDIRECTS = 5
BATCH = 512 * 1024  # bytes handed to the disk at a time
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    media_type: str  # as the other side says, lower case, "" if it does not; not to be believed
    size: int  # bytes
    sha256: str


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


async def travel(way: Way, errand: Errand) -> Fetched:
    await way.load()
    url = errand.url
    for hop in range(MOST_REDIRECTS + 1):
        found = await _visit(way, errand, url, hop)
        if isinstance(found, Fetched):
            return found
        try:
            url = follow(url, found)
        except BadAddress as error:
            raise errand.failed(str(error)) from None
    raise errand.failed(f"it redirects more than {MOST_REDIRECTS} times")


async def _visit(way: Way, errand: Errand, url: Url, hop: int) -> Fetched | str:
    """One hop: the file, or where a redirect points."""
    import aiohttp
    from yarl import URL

    guard = way.guard()
    try:
        async with (
            way.session(guard) as session,
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
        raise errand.failed(words(error), hop) from None  # its text has the whole address


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
