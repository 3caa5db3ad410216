"""Downloading: a film from where a vendor has put it, whole, whatever breaks on the way.

    Haul ── attempt ── hop … at most 5 redirects ── Part ── File
               ^                                      │ cut off, idle, 5xx
               └── after a pause: Range, If-Range ────┘ TRIES connections in all

What a link leads to is trusted only where it stands at exactly an origin that the operator has
named. Every other link goes through the guard, and so does every redirect that leaves the
origin it came from. Headers (keys) go to the origin they are for and to no other, and there not
after a redirect from elsewhere; by default nothing is sent anywhere.

What came before a cut is kept where the other side says by which mark it would know the file
again (a strong ETag, a Last-Modified that is older than the answer: RFC 9110, 13.1.5), and the
whole length fits. Else, and where Range is passed over, it begins anew. The digest is over the
whole file.

    DownloadFailed         nothing came, in words for the operator
    ├── LinkExpired        4xx: a fresh link is wanted from the vendor
    ├── LinkUnfit          refused by the guard, too large, packed: the same again is no use
    └── DownloadBroke      cut, silent, 5xx, no connection: try again later, with `part` perhaps
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelway.addresses import BadAddress, Url, parse
from reelway.errors import ReelwayError
from reelway.log import complain
from reelway.outbound.files import BATCH, File, media_type, packed, to_the_end
from reelway.outbound.origins import Origin
from reelway.outbound.way import CONNECT, REDIRECTS, VALUE, Way, unfit, walk, words

if TYPE_CHECKING:
    import aiohttp

IDLE = 30.0  # seconds
TRIES = 6
PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds before the next try, doubling
# 4xx that say nothing against the link.
PASSING = frozenset({408, 416, 421, 425, 429})
STRONG = re.compile(r'"[\x21\x23-\x7e]*"')
RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    size: int  # bytes
    sha256: str
    media_type: str  # as the other side says, lower case, "" if it does not; not to be believed


@dataclass(frozen=True, kw_only=True)
class Part:
    """What of a file is there, and how to ask for the rest: plain data, to be kept."""

    size: int  # bytes
    mark: str  # ETag or Last-Modified
    total: int | None  # bytes of the whole


class DownloadFailed(ReelwayError):
    """The text has no address. `part` is set where what came was kept."""

    code = "download_failed"

    def __init__(self, why: str, *, part: Part | None = None, **more: Any) -> None:
        super().__init__(why, **more)
        self.part = part


class LinkExpired(DownloadFailed):
    code = "link_expired"


class LinkUnfit(DownloadFailed):
    code = "link_unfit"


class DownloadBroke(DownloadFailed):
    code = "download_broke"


@dataclass(kw_only=True)
class Haul:
    """One download: what was asked for, and what has come so far."""

    url: Url
    file: File
    trusted: Collection[Origin]
    headers: Mapping[Origin, Mapping[str, str]]
    most_bytes: int
    idle: float
    mark: str = ""  # of what is in the file; "" when it cannot be asked for again
    total: int | None = None
    batch: bytearray = field(default_factory=bytearray)

    @property
    def part(self) -> Part | None:
        if not self.mark or not self.file.size:
            return None
        return Part(size=self.file.size, mark=self.mark, total=self.total)

    def too_large(self) -> LinkUnfit:
        return LinkUnfit(f"it is larger than {self.most_bytes:,} bytes")

    async def flush(self) -> None:
        data = bytes(self.batch)
        self.batch.clear()
        if data:
            await to_the_end(self.file.write, data)

    async def begin(self, reply: aiohttp.ClientResponse) -> None:
        """A whole file comes: nothing of what was there counts."""
        if self.file.size:
            await to_the_end(self.file.restart)
        self.mark = _mark(reply)
        self.total = reply.content_length


def haul_of(
    url: str,
    out: Path,
    *,
    trusted: Collection[Origin],
    headers: Mapping[Origin, Mapping[str, str]],
    most_bytes: int,
    idle: float,
) -> Haul:
    try:
        where = parse(url)
    except BadAddress as error:
        raise LinkUnfit(f"the link is no address that can be fetched: {error}") from None
    if why := next((why for some in headers.values() if (why := unfit(some))), None):
        raise LinkUnfit(why)
    if not headers.keys() <= set(trusted):
        raise ValueError("headers are for trusted origins only")
    return Haul(
        url=where,
        file=File(out),
        trusted=trusted,
        headers=headers,
        most_bytes=most_bytes,
        idle=idle,
    )


async def bring(
    way: Way, haul: Haul, part: Part | None, seconds: float, *, keep_part: bool
) -> Downloaded:
    late = f"it took longer than {seconds:.3g} s"
    try:
        try:
            async with asyncio.timeout(seconds) as limit:
                await way.load()
                await _open(haul, part)
                return await _tries(way, haul)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DownloadBroke(late) from None
    except (DownloadBroke, LinkExpired) as error:
        if keep_part and haul.part:
            error.part = haul.part
            haul.file.close()
        else:
            haul.file.drop()
        raise
    except BaseException:
        haul.file.drop()
        raise


async def _open(haul: Haul, part: Part | None) -> None:
    """Before anything is asked for: who answers does not wait for the disk."""
    if part:
        try:
            await to_the_end(haul.file.reopen, part.size)
        except FileNotFoundError:
            haul.file.drop()
            haul.file = File(haul.file.path)
        else:
            haul.mark, haul.total = part.mark, part.total
            return
    await to_the_end(haul.file.open)


async def _tries(way: Way, haul: Haul) -> Downloaded:
    for tried in range(1, TRIES + 1):
        visit = Visit(way, haul)
        try:
            return await walk(haul.url, visit.hop, LinkUnfit)
        except DownloadBroke as error:
            await haul.flush()
            if tried == TRIES or (error.retry_after or 0) > LONGEST_PAUSE:
                raise
            pause = min(LONGEST_PAUSE, PAUSE * 2 ** (tried - 1))
            await asyncio.sleep(max(pause, error.retry_after or 0))
    raise AssertionError


class Visit:
    """One try: the hops from the link to the file."""

    def __init__(self, way: Way, haul: Haul) -> None:
        self.way, self.haul = way, haul
        self.origin: Origin | None = None  # trusted, and nothing else on the way there

    async def hop(self, url: Url, hop: int) -> Downloaded | str:
        import aiohttp

        haul, origin = self.haul, Origin.at(url)
        named = origin in haul.trusted if not hop else origin == self.origin
        self.origin = origin if named else None
        guard = None if named else self.way.guard()
        session = self.way.session(guard) if guard else self.way.open(force_close=True, limit=1)
        try:
            async with session:
                return await self._ask(session, url, haul.headers.get(origin, {}) if named else {})
        except aiohttp.ClientError as error:
            if guard and guard.refused and isinstance(error, aiohttp.ClientOSError):
                complain("download.refused", range=guard.refused)
                raise LinkUnfit("the link leads to an address that is not public") from None
            silent = isinstance(error, aiohttp.SocketTimeoutError)
            why = f"nothing came for {haul.idle:.3g} s" if silent else words(error)
            raise DownloadBroke(why) from None

    async def _ask(
        self, session: aiohttp.ClientSession, url: Url, headers: Mapping[str, str]
    ) -> Downloaded | str:
        import aiohttp
        from yarl import URL

        part = self.haul.part
        rest = {"Range": f"bytes={part.size}-", "If-Range": part.mark} if part else {}
        async with session.get(
            URL(url.text, encoded=True),
            headers={**headers, **rest},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT, sock_read=self.haul.idle),
        ) as reply:
            if reply.status in REDIRECTS:
                return reply.headers.get("Location", "")
            if reply.status == 206 and part:
                _fits(self.haul, reply, part)
            elif reply.status == 200:
                await self.haul.begin(reply)
            else:
                raise _refused(self.haul, reply)
            return await _save(self.haul, reply)


def _refused(haul: Haul, reply: aiohttp.ClientResponse) -> DownloadFailed:
    """Neither the file nor a part of it."""
    why = f"HTTP {reply.status}"
    if 400 <= reply.status < 500 and reply.status not in PASSING:
        return LinkExpired(why)
    if reply.status == 416:  # what is there may be what is wrong
        haul.mark = ""
    said = reply.headers.get("Retry-After", "").strip()
    wait = int(said) if re.fullmatch("[0-9]{1,6}", said) else None
    return DownloadBroke(why, retry_after=wait)


def _fits(haul: Haul, reply: aiohttp.ClientResponse, part: Part) -> None:
    """The rest of what is there; else the next try begins anew."""
    said = RANGE.fullmatch(reply.headers.get("Content-Range", "").strip())
    total = int(said[3]) if said and said[3] != "*" else part.total
    same = _mark(reply) in ("", part.mark)
    if not said or int(said[1]) != part.size or part.total not in (None, total) or not same:
        haul.mark = ""
        raise DownloadBroke("what comes is not the rest of what came before")
    haul.total = total


async def _save(haul: Haul, reply: aiohttp.ClientResponse) -> Downloaded:
    """The body into the file; counted, whatever Content-Length says."""
    file = haul.file
    if packed(reply):
        raise LinkUnfit("it comes compressed, though it was asked for as it is")
    if (haul.total or 0) > haul.most_bytes:
        raise haul.too_large()
    async for chunk in reply.content.iter_any():
        haul.batch += chunk
        if file.size + len(haul.batch) > haul.most_bytes:
            raise haul.too_large()
        if len(haul.batch) >= BATCH:
            await haul.flush()
    await haul.flush()
    if not file.size or haul.total not in (None, file.size):
        haul.mark = ""
        raise DownloadBroke("it is not as long as it should be" if file.size else "it is empty")
    file.close()
    return Downloaded(size=file.size, sha256=file.digest.hexdigest(), media_type=media_type(reply))


def _mark(reply: aiohttp.ClientResponse) -> str:
    """By what the other side will know this very file again; "" where that is not sure."""
    if reply.headers.get("Accept-Ranges", "").strip().lower() == "none":
        return ""
    etag = reply.headers.get("ETag", "").strip()
    if STRONG.fullmatch(etag):
        return etag
    changed = reply.headers.get("Last-Modified", "").strip()
    try:
        age = parsedate_to_datetime(reply.headers.get("Date", "")) - parsedate_to_datetime(changed)
    except (TypeError, ValueError, OverflowError):
        return ""
    return changed if age.total_seconds() >= 1 and VALUE.fullmatch(changed) else ""
