"""Pictures that come along with a create: by URL or, where the documents say so, as raw base64."""

from __future__ import annotations

import base64
import binascii
import io
import re

import aiohttp
from PIL import Image, UnidentifiedImageError

from vendors.checks import Bad

MOST_BYTES = 10 << 20  # decoded
SHORTEST_SIDE = 300
MOST_RATIO = 2.5
SECONDS = 15.0  # to bring one in


async def look(name: str, value: str, *, inline: bool, fetches: bool) -> float | None:
    """Its ratio; None where it is not looked at. Raises Bad."""
    if re.match(r"https?://[^/\s]+", value):
        return ratio(name, await _fetched(name, value)) if fetches else None
    if not inline:
        raise Bad(name, "must be a URL", "format")
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Bad(name, "is neither a URL nor base64 without a prefix", "format") from None
    return ratio(name, content)


def ratio(name: str, content: bytes) -> float:
    """Of a jpeg or png, at most 10 MB, sides ≥ 300, 1:2.5 to 2.5:1. Raises Bad."""
    if len(content) > MOST_BYTES:
        raise Bad(name, "must have at most 10 MB", "large")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError):
        raise Bad(name, "must be a jpg, jpeg or png", "format") from None
    if min(width, height) < SHORTEST_SIDE or max(width, height) > MOST_RATIO * min(width, height):
        raise Bad(name, "must be at least 300 px on a side, between 1:2.5 and 2.5:1", "size")
    return width / height


async def _fetched(name: str, url: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as reply:
            if reply.status != 200:
                raise Bad(name, f"could not be fetched: {reply.status}", "format")
            return await reply.read()
    except (aiohttp.ClientError, TimeoutError):
        raise Bad(name, "could not be fetched", "format") from None
