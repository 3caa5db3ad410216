"""Bring in what the request points to: every picture and sample is checked and kept as an asset.

    inline     decoded here (base64 only)          decode_inline
    stored     the owner's upload or element       resolve
    address    fetched by the guarded way out      bring_in

What is in a file is looked at in the media helper alone.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any

from pydantic_core import to_json as dump

from reelway.errors import BadAudio, BadImage
from reelway.means import Means
from reelway.media import MOST_AUDIO_BYTES, MOST_BYTES, AudioSample
from reelway.request import Element, Image, VideoRequest, to_json
from reelway.resource import Resource, ResourceKind
from reelway.store import Asset

SAMPLE = "sample"
BIG = 256 * 1024  # characters; beyond it base64 is decoded in a thread
DATA_URL = re.compile(r"data:[\w.+/-]*(;[\w=.+-]+)*?(?P<base64>;base64)?,", re.IGNORECASE)
FETCH_SECONDS = 15.0  # for all addresses of a request together

NameField = Callable[[str], str]  # a canonical field's name in the caller's words


@dataclass(frozen=True, kw_only=True)
class Inline:
    """An inline image, decoded from base64 and not looked into yet."""

    field: str
    source: str
    data: bytes
    sha256: str


@dataclass(kw_only=True)
class Incoming:
    """A file of ours in the temporary folder, on its way to become an asset."""

    field: str
    source: str
    path: Path
    sha256: str
    media_type: str = ""
    info: Mapping[str, Any] = dataclass_field(default_factory=dict)


def sources_of(request: VideoRequest) -> Iterator[tuple[str, Image]]:
    """Every picture and the sample, with the canonical names of their fields."""
    yield from request.images()
    if request.sample:
        yield SAMPLE, Image(source=request.sample)


async def decode_inline(request: VideoRequest, name_field: NameField) -> list[Inline]:
    """What came inline, as bytes. Raises BadImage."""
    out = []
    for canonical, image in sources_of(request):
        field = name_field(canonical)
        if image.form == "asset":
            raise BadImage(f"{field} must be an address, a data URL or base64", field=field)
        if image.form != "inline":
            continue
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
        raise BadImage(f"{field} is no address, no data URL and no base64", field=field) from None
    if not data:
        raise BadImage(f"{field} is empty", field=field)
    return Inline(field=field, source=source, data=data, sha256=hashlib.sha256(data).hexdigest())


def fingerprint(wire: str, route: str, request: VideoRequest, inline: list[Inline]) -> bytes:
    """SHA-256 over wire, route and the canonical request before any fetch; an inline image
    counts by the hash of its bytes, so that its spelling does not matter."""
    known = {i.source: Image(source=f"bytes:{i.sha256}") for i in inline}
    canonical = to_json(_swapped(request, known))
    text = dump([wire, route, sorted_deep(canonical)])
    return hashlib.sha256(text).digest()


def sorted_deep(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: sorted_deep(value[k]) for k in sorted(value)}
    if isinstance(value, list | tuple):
        return [sorted_deep(v) for v in value]
    return value


async def resolve(
    request: VideoRequest, owner_id: int, name_field: NameField, means: Means
) -> VideoRequest:
    """The request with the owner's uploads and elements in the place of their ids.
    Raises BadImage for an id that is not the owner's."""
    known: dict[str, Image] = {}
    elements = []
    for n, element in enumerate(request.elements):
        kept = None
        if element.frontal.form == "stored" and not _is_upload(element.frontal):
            field = name_field(f"elements[{n}].id")
            kept = await _stored(element.frontal, "element", owner_id, field, means)
        elements.append(_element(kept.data) if kept else element)
    request = replace(request, elements=tuple(elements))
    for canonical, image in sources_of(request):
        if image.form == "stored" and image.source not in known:
            data = (await _stored(image, "asset", owner_id, name_field(canonical), means)).data
            known[image.source] = Image(
                source=f"asset:{data['sha256']}",
                width=data.get("width"),
                height=data.get("height"),
            )
            if (canonical == SAMPLE) != ("seconds" in data):
                wrong = "a picture" if canonical == SAMPLE else "a sound"
                raise BadImage(
                    f"{name_field(canonical)} names {wrong}", field=name_field(canonical)
                )
    return _swapped(request, known)


def _is_upload(image: Image) -> bool:
    return image.source.startswith("stored:asset_")


async def _stored(
    image: Image, kind: ResourceKind, owner_id: int, field: str, means: Means
) -> Resource:
    resource = await means.store.resource(owner_id, kind, image.source.removeprefix("stored:"))
    if resource is None:
        raise BadImage(f"{field} names no {kind} of yours", field=field)
    return resource


def _element(data: Mapping[str, Any]) -> Element:
    return Element(
        frontal=Image(**data["frontal"]), references=tuple(Image(**i) for i in data["references"])
    )


def _swapped(request: VideoRequest, known: Mapping[str, Image]) -> VideoRequest:
    request = request.with_images(known)
    if request.sample and request.sample in known:
        request = replace(request, sample=known[request.sample].source)
    return request


async def bring_in(
    request: VideoRequest,
    inline: list[Inline],
    owner_id: int,
    name_field: NameField,
    means: Means,
    *,
    fetch: bool = True,
) -> tuple[VideoRequest, list[Incoming]]:
    """Fetch the addresses (unless told not to), look into every file: the request with assets in
    their place, and the files that `keep` or `drop` then takes. Raises BadImage, BadAudio or
    InvalidRequest, naming the field."""
    incoming: list[Incoming] = []
    try:
        for image in inline:
            path = _new_path(means)
            incoming.append(  # before it is written: a full disk leaves a part of it
                Incoming(field=image.field, source=image.source, path=path, sha256=image.sha256)
            )
            await asyncio.to_thread(_write, path, image.data)
        if fetch:
            await _fetch_all(request, incoming, owner_id, name_field, means)
        for entry in incoming:
            if entry.source == request.sample:
                await _check_sound(entry, means)
            else:
                await _check_picture(entry, means)
    except BaseException:
        drop(incoming)
        raise
    known = {
        entry.source: Image(
            source=f"asset:{entry.sha256}",
            width=entry.info.get("width"),
            height=entry.info.get("height"),
        )
        for entry in incoming
    }
    return _swapped(request, known), incoming


async def _fetch_all(
    request: VideoRequest,
    incoming: list[Incoming],
    owner_id: int,
    name_field: NameField,
    means: Means,
) -> None:
    """Every address once, all at the same time; each file joins `incoming` as it is begun, so
    that none is left behind. The first failure ends the others."""
    fields: dict[str, str] = {}
    for canonical, image in sources_of(request):
        if image.form == "address":
            fields.setdefault(image.source, name_field(canonical))

    async def fetch(source: str, field: str) -> None:
        sound = source == request.sample
        entry = Incoming(field=field, source=source, path=_new_path(means), sha256="")
        incoming.append(entry)
        try:
            fetched = await means.outbound.fetch(
                source,
                entry.path,
                owner_id=owner_id,
                field=field,
                most_bytes=MOST_AUDIO_BYTES if sound else MOST_BYTES,
                seconds=FETCH_SECONDS,
            )
        except BadImage as error:
            if sound:
                raise BadAudio(error.message, field=field, code="audio_too_large") from None
            raise
        entry.sha256 = fetched.sha256

    if not fields:
        return
    try:
        async with asyncio.TaskGroup() as group:
            for source, field in fields.items():
                group.create_task(fetch(source, field))
    except* Exception as errors:
        raise errors.exceptions[0] from None


async def _check_picture(entry: Incoming, means: Means) -> None:
    info = await means.media.check_image(entry.path, entry.field)
    entry.media_type = info.media_type
    entry.info = {"width": info.width, "height": info.height}


async def _check_sound(entry: Incoming, means: Means) -> None:
    sample = await means.media.check_audio(entry.path, entry.field)
    entry.media_type = sample.media_type
    entry.info = measured(sample)


async def keep(incoming: list[Incoming], means: Means) -> None:
    """Make the files assets. With `means.files` held until a row uses them."""
    for entry in incoming:
        sha256, size = await means.assets.keep(entry.path)
        await means.store.add_asset(
            Asset(
                sha256=sha256,
                kind=entry.media_type,
                size=size,
                info=entry.info,
                created_at=means.now(),
            )
        )


def drop(incoming: list[Incoming]) -> None:
    """Remove what did not become an asset."""
    for entry in incoming:
        entry.path.unlink(missing_ok=True)


def uses_of(request: VideoRequest) -> tuple[tuple[str, str], ...]:
    """The assets of a request that has been brought in, as (role, SHA-256)."""
    return tuple((field, image.sha256) for field, image in sources_of(request))


def measured(sample: AudioSample) -> dict[str, Any]:
    """What is kept of a voice's sample: numbers that a voice can be made like."""
    return {
        "seconds": sample.duration,
        "pitch": sample.pitch,
        "pitch_spread": sample.pitch_spread,
        "brightness": sample.brightness,
        "pace": sample.pace,
        "loudness": sample.loudness,
    }


def _new_path(means: Means) -> Path:
    return means.tmp / f"in-{secrets.token_hex(8)}"


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def with_references(data: object, inline: list[Inline]) -> object:
    """The raw body with inline images replaced by asset references."""
    return _referred(data, {i.source: f"asset:{i.sha256}" for i in inline})


def _referred(value: object, known: Mapping[str, str]) -> object:
    # No closure: one that calls itself would hold the pictures until the garbage collector comes.
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, dict):
        return {k: _referred(v, known) for k, v in value.items()}
    return [_referred(v, known) for v in value] if isinstance(value, list) else value
