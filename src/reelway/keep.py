"""Keep what an owner brings beside tasks: uploads, voices, elements; and forget it again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelway import ids
from reelway.errors import BadAudio, BadImage, UnknownTask
from reelway.intake import (
    Incoming,
    NameField,
    bring_in,
    decode_inline,
    drop,
    keep,
    measured,
    resolve,
    uses_of,
)
from reelway.log import say
from reelway.means import Means
from reelway.request import Element, Image, VideoRequest
from reelway.resource import VERSION, Order, Resource, ResourceKind

NEITHER = "is neither a JPEG or PNG picture nor a sound sample"


async def make(
    order: Order, kind: ResourceKind, owner_id: int, name_field: NameField, means: Means
) -> Resource:
    """A voice or an element. Raises as `intake` does, naming the field."""
    wanted = VideoRequest(
        elements=(order.element,) if order.element else (), sample=order.sample
    )  # brought in as a task's would be

    def field(canonical: str) -> str:
        return name_field(canonical.removeprefix("elements[0]."))

    inline = await decode_inline(wanted, field)
    wanted = await resolve(wanted, owner_id, field, means)
    wanted, incoming = await bring_in(wanted, inline, owner_id, field, means)
    try:
        async with means.files:
            await keep(incoming, means)
            resource = _resource(kind, order.name, owner_id, await _data(wanted, means), means)
            await means.store.add_resource(resource, uses_of(wanted))
    finally:
        drop(incoming)
    say("resource.made", kind=kind, id=resource.public_id, owner=owner_id)
    return resource


async def upload(path: Path, name: str, field: str, owner_id: int, means: Means) -> Resource:
    """The file at `path`, taken in as an asset; content decides the kind. Raises BadImage or
    BadAudio naming `field`."""
    sha256 = await asyncio.to_thread(_hash, path)
    entry = Incoming(field=field, source="", path=path, sha256=sha256)
    data = await _look_into(entry, means)
    async with means.files:
        await keep([entry], means)
        kept = {"sha256": sha256, "media_type": entry.media_type, **data}
        resource = _resource("asset", name, owner_id, kept, means)
        await means.store.add_resource(resource, [("file", sha256)])
    say("resource.made", kind="asset", id=resource.public_id, owner=owner_id)
    return resource


async def forget(owner_id: int, kind: ResourceKind, public_id: str, means: Means) -> None:
    """Delete it, and the files that nothing else uses. Raises UnknownTask."""
    async with means.files.alone():
        unused = await means.store.delete_resource(owner_id, kind, public_id)
        for sha256 in unused or ():
            await means.assets.remove(sha256)
    if unused is None:
        raise UnknownTask(f"no such {kind}")
    say("resource.deleted", kind=kind, id=public_id, owner=owner_id)


async def _look_into(entry: Incoming, means: Means) -> dict[str, Any]:
    size = entry.path.stat().st_size
    try:
        picture = await means.media.check_image(entry.path, entry.field)
    except BadImage as error:
        if error.code != "image_format":
            raise
    else:
        entry.media_type = picture.media_type
        entry.info = {"width": picture.width, "height": picture.height}
        return {"bytes": size, **entry.info}
    try:
        sample = await means.media.check_audio(entry.path, entry.field)
    except BadAudio as error:
        if error.code == "audio_format":
            raise BadImage(f"{entry.field} {NEITHER}", field=entry.field) from None
        raise
    entry.media_type, entry.info = sample.media_type, measured(sample)
    return {"bytes": size, "seconds": sample.duration}


async def _data(wanted: VideoRequest, means: Means) -> dict[str, Any]:
    """What is kept of an element or of a voice that was brought in."""
    if wanted.elements:
        return _element(wanted.elements[0])
    sha256 = (wanted.sample or "").removeprefix("asset:")
    asset = await means.store.asset(sha256)
    return {"sample": sha256, **(asset.info if asset else {})}


def _element(element: Element) -> dict[str, Any]:
    def shown(image: Image) -> dict[str, Any]:
        return {"source": image.source, "width": image.width, "height": image.height}

    return {
        "frontal": shown(element.frontal),
        "references": [shown(image) for image in element.references],
    }


def _resource(
    kind: ResourceKind, name: str, owner_id: int, data: Mapping[str, Any], means: Means
) -> Resource:
    now = means.now()
    return Resource(
        public_id=ids.ulid(kind, now),
        owner_id=owner_id,
        kind=kind,
        name=name,
        data={"v": VERSION, **data},
        created_at=now,
    )


def new_path(means: Means) -> Path:
    return means.tmp / f"up-{secrets.token_hex(8)}"


def _hash(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
