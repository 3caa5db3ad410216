"""Posting: one POST, of whose answer little is wanted.

    check_address("https://example.com/hook", field="webhook")     when somebody asks for it
    await send(way, url, body, headers={…}, seconds=10)            Posted, or PostFailed

Redirects are not followed: a webhook goes where its owner said. The status alone decides, so the
rest of an answer is read for a log only: 4 KiB of it, and what is late, broken off or
compressed is left out without making a failure of it.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from reelway.addresses import BadAddress, Network, Url, parse, refusal
from reelway.errors import InvalidRequest, ReelwayError
from reelway.log import complain
from reelway.outbound.way import VALUE, Way, unfit, words

if TYPE_CHECKING:
    import aiohttp

SECONDS = 10.0
MOST_BYTES = 4096  # of an answer's body
MOST_CHARACTERS = 2048  # of an address
MOST_VALUE = 256  # characters of a header that is kept
WANTED = ("content-type", "retry-after")
UNFIT = "is not an address that can be posted to"
LOOPBACK = tuple(ip_address(text) for text in ("127.0.0.1", "::1"))


@dataclass(frozen=True, kw_only=True)
class Posted:
    status: int
    headers: Mapping[str, str]  # those of WANTED that came, lower case
    body: bytes  # its beginning
    milliseconds: int


class PostFailed(ReelwayError):
    """No answer came; `refused` is set where the guard would not let us go there. The text has
    neither the address nor what it resolves to."""

    code = "post_failed"

    def __init__(
        self, why: str, *, refused: bool = False, milliseconds: int = 0, **more: Any
    ) -> None:
        super().__init__(why, **more)
        self.refused = refused
        self.milliseconds = milliseconds


def check_address(url: str, *, field: str, allowed: Sequence[Network] = ()) -> None:
    """Whether `url` could be posted to, as far as it can be told without asking anybody.
    Raises InvalidRequest naming `field`."""
    try:
        where = _parse(url)
    except BadAddress as error:
        raise InvalidRequest(f"{field} {UNFIT}: {error}", field=field) from None
    local = where.host.rstrip(".").rpartition(".")[2] == "localhost"  # RFC 6761, 6.3
    ranges = [refusal(ip, allowed) for ip in (LOOPBACK if local else (where.ip,)) if ip]
    if ranges and all(ranges):
        raise InvalidRequest(
            f"{field} {UNFIT}: it is not public; start the server with "
            f"--allow-private {ranges[0]} to allow it",
            field=field,
        )


async def send(
    way: Way, url: str, body: bytes, *, headers: Mapping[str, str], seconds: float
) -> Posted:
    try:
        where = _parse(url)
    except BadAddress as error:
        raise PostFailed(f"it {UNFIT}: {error}") from None
    if why := unfit(headers):
        raise PostFailed(why)
    await way.load()
    import aiohttp

    guard, began = way.guard(), time.monotonic()
    refused = None
    try:
        return await _exchange(way.session(guard), where, body, headers, seconds)
    except aiohttp.ClientError as error:
        why = words(error)  # its own text has the whole address
        if isinstance(error, aiohttp.ClientOSError):  # not, if another of its addresses was reached
            refused = guard.refused
    except TimeoutError:
        why = f"no answer within {seconds:.3g} s"
    if refused:
        complain("post.refused", range=refused)
        why = "its address is not public; start the server with --allow-private and its range"
        why += " to allow it"
    raise PostFailed(why, refused=refused is not None, milliseconds=_since(began))


async def _exchange(
    session: aiohttp.ClientSession,
    where: Url,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
) -> Posted:
    from yarl import URL

    began, end = time.monotonic(), asyncio.get_running_loop().time() + seconds
    async with session:
        async with asyncio.timeout_at(end):
            reply = await session.post(
                URL(where.text, encoded=True),
                data=io.BytesIO(body),  # in pieces, so that a large one does not hold up the loop
                headers=headers,
                allow_redirects=False,
                read_bufsize=MOST_BYTES,
            )
        start = await _beginning(reply, end)
        reply.close()  # at once, whatever is still on its way
    found = ((name, reply.headers.get(name, "")) for name in WANTED)
    return Posted(
        status=reply.status,
        headers={name: text[:MOST_VALUE] for name, text in found if text and VALUE.fullmatch(text)},
        body=start,
        milliseconds=_since(began),
    )


async def _beginning(reply: aiohttp.ClientResponse, end: float) -> bytes:
    """What came of the body by then. The status stands, so what goes wrong here is no failure:
    a webhook that was taken must not be sent again."""
    import aiohttp

    if reply.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        return b""  # noise, as it is
    start = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout_at(end):
            while chunk := await reply.content.read(MOST_BYTES - len(start)):
                start += chunk
    return bytes(start)


def _parse(url: str) -> Url:
    """An address in full: what no server would see of it is refused, not dropped."""
    if len(url) > MOST_CHARACTERS:
        raise BadAddress(f"it is longer than {MOST_CHARACTERS:,} characters")
    if "#" in url:
        raise BadAddress("it must not have a fragment (#…), which is never sent")
    return parse(url)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
