"""Bring in what the request points to: every image is checked and kept as an asset.

Inline images are decoded here (base64 only); what is in them is looked at in the media helper
alone. Addresses wait for the guarded way out and are refused until then.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic_core import to_json as dump

from reelway.errors import BadImage, InvalidRequest
from reelway.means import Means
from reelway.media import MOST_BYTES
from reelway.request import Image, VideoRequest, to_json
from reelway.store import Asset

BIG = 256 * 1024  # characters; beyond it base64 is decoded in a thread
DATA_URL = re.compile(r"data:[\w.+/-]*(;[\w=.+-]+)*?(?P<base64>;base64)?,", re.IGNORECASE)
ADDRESSES_REFUSED = "image addresses are not fetched by this version; send the image inline"


@dataclass(frozen=True, kw_only=True)
class Inline:
    """An inline image, decoded from base64 and not looked into yet."""

    field: str
    source: str
    data: bytes
    sha256: str


@dataclass(kw_only=True)
class Checked:
    """An image on its way to become an asset: a file of ours in the temporary folder."""

    image: Inline
    path: Path
    media_type: str = ""
    width: int = 0
    height: int = 0


async def decode_images(request: VideoRequest, name_field: Callable[[str], str]) -> list[Inline]:
    """The inline images as bytes; `name_field` gives a field's name in the caller's words.
    Raises BadImage, or InvalidRequest for an address."""
    out = []
    for canonical, image in request.images():
        field = name_field(canonical)
        if image.form == "address":
            raise InvalidRequest(f"{field}: {ADDRESSES_REFUSED}", field=field)
        if image.form == "asset":
            raise BadImage(f"{field} must be a data URL or base64", field=field)
        if len(image.source) > BIG:
            out.append(await asyncio.to_thread(_decode, field, image.source))
        else:
            out.append(_decode(field, image.source))
    return out


def _decode(field: str, source: str) -> Inline:
    text = source.strip()
    if text[:5].lower() == "data:":
        match = DATA_URL.match(text)
        if not match or not match["base64"]:
            raise BadImage(f"{field} is a data URL without ';base64,'", field=field)
        text = text[match.end() :]
    text = "".join(text.split())
    if len(text) // 4 * 3 > MOST_BYTES + 3:
        raise BadImage(
            f"{field} is larger than {MOST_BYTES:,} bytes", field=field, code="image_too_large"
        )
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadImage(f"{field} is neither a data URL nor base64", field=field) from None
    if not data:
        raise BadImage(f"{field} is empty", field=field)
    return Inline(field=field, source=source, data=data, sha256=hashlib.sha256(data).hexdigest())


def fingerprint(wire: str, route: str, request: VideoRequest, inline: list[Inline]) -> bytes:
    """SHA-256 over wire, route and the canonical request before any fetch; an inline image
    counts by the hash of its bytes, so that its spelling does not matter."""
    known = {i.source: Image(source=f"bytes:{i.sha256}") for i in inline}
    canonical = to_json(request.with_images(known))
    text = dump([wire, route, sorted_deep(canonical)])
    return hashlib.sha256(text).digest()


def sorted_deep(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: sorted_deep(value[k]) for k in sorted(value)}
    if isinstance(value, list | tuple):
        return [sorted_deep(v) for v in value]
    return value


async def check_images(
    request: VideoRequest, inline: list[Inline], means: Means
) -> tuple[VideoRequest, list[Checked]]:
    """Look into every image: the request with assets in their place, and the files that
    `keep_images` or `drop_images` then takes. Raises BadImage naming the field."""
    checked: list[Checked] = []
    try:
        for image in inline:
            path = means.tmp / f"in-{secrets.token_hex(8)}"
            await asyncio.to_thread(_write, path, image.data)
            entry = Checked(image=image, path=path)
            checked.append(entry)
            info = await means.media.check_image(path, image.field)
            entry.media_type, entry.width, entry.height = info.media_type, info.width, info.height
    except BaseException:
        drop_images(checked)
        raise
    known = {
        c.image.source: Image(source=f"asset:{c.image.sha256}", width=c.width, height=c.height)
        for c in checked
    }
    return request.with_images(known), checked


async def keep_images(checked: list[Checked], means: Means) -> tuple[tuple[str, str], ...]:
    """Make the checked images assets; (role, SHA-256) of each."""
    for entry in checked:
        sha256, size = await means.assets.keep(entry.path)
        await means.store.add_asset(
            Asset(
                sha256=sha256,
                kind=entry.media_type,
                size=size,
                info={"width": entry.width, "height": entry.height},
                created_at=means.now(),
            )
        )
    return tuple((c.image.field, c.image.sha256) for c in checked)


def drop_images(checked: list[Checked]) -> None:
    for entry in checked:
        entry.path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def with_references(data: object, inline: list[Inline]) -> object:
    """The raw body with inline images replaced by asset references."""
    known = {i.source: f"asset:{i.sha256}" for i in inline}

    def swap(value: object) -> object:
        if isinstance(value, str):
            return known.get(value, value)
        if isinstance(value, dict):
            return {k: swap(v) for k, v in value.items()}
        return [swap(v) for v in value] if isinstance(value, list) else value

    return swap(data)


def renamed(request: VideoRequest, family: str | None) -> VideoRequest:
    return replace(request, model=family) if family else request
