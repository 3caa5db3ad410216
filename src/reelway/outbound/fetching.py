"""Fetching: GET into a new file, at most five redirects on, each hop with a session of its own.

    Errand ── travel ── visit ── visit … ── save ──> File, Fetched

What was asked for and how its failures are told is the errand; turns and time limits are
the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelway.addresses import Url
from reelway.errors import BadImage, InvalidRequest
from reelway.log import complain
from reelway.outbound.files import BATCH, File, media_type, packed, to_the_end
from reelway.outbound.way import REDIRECTS, Way, walk, words

if TYPE_CHECKING:
    import aiohttp


@dataclass(frozen=True, kw_only=True)
class Fetched:
    media_type: str  # as the other side says, lower case, "" if it does not; not to be believed
    size: int  # bytes
    sha256: str


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

    async def visit(url: Url, hop: int) -> Fetched | str:
        return await _visit(way, errand, url, hop)

    return await walk(errand.url, visit, errand.failed)


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
    if packed(reply):
        raise errand.failed("it comes compressed, though it was asked for as it is", hop)
    if (reply.content_length or 0) > errand.most_bytes:
        raise errand.too_large()
    file, size, batch = errand.file, 0, bytearray()
    await to_the_end(file.open)
    async for chunk in reply.content.iter_any():
        size += len(chunk)
        if size > errand.most_bytes:
            raise errand.too_large()
        batch += chunk
        if len(batch) >= BATCH:
            await to_the_end(file.write, bytes(batch))
            batch.clear()
    if not size:
        raise errand.failed("it is empty", hop)
    await to_the_end(file.write, bytes(batch))
    file.close()
    return Fetched(media_type=media_type(reply), size=size, sha256=file.digest.hexdigest())
