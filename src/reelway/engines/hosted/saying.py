"""What a provider is told of a request: without what is ours alone, in pictures that it can read,
and with an address of ours for its word that the job is over."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reelway.engine import Run
from reelway.errors import RequestError, Unsupported
from reelway.provider import Provider
from reelway.request import Image, VideoRequest
from reelway.wire import Call, Wire

STAND_IN = Image(source="https://picture.example/1.png")  # where it counts that there is one


def said(request: VideoRequest, wire: str, provider: Provider) -> VideoRequest:
    """As it is told there. What only one wire knows goes to that wire alone: `wire`, it came in."""
    extra = request.extra if wire == provider.wire else {}
    name = provider.names.get(request.model, request.model)
    return replace(
        request, model=name, extra=extra, webhook=None, external_id=None, labels={}, sandbox={}
    )


def doubts(request: VideoRequest, wire: Wire, provider: Provider) -> str | None:
    """What of it the vendor's documents refuse: the wire is asked as if it were to serve what it
    would send. What the settings state of the model counts before the documents."""
    there = {image.source: STAND_IN for _, image in request.images()}
    try:
        wire.read_request(wire.write_request(said(request, "", provider).with_images(there)))
    except Unsupported:
        return None
    except RequestError as error:
        stated = provider.limits.get(request.model)
        if stated and error.field in {wire.name_field(name, request) for name in stated.names}:
            return None
        return f"{wire.title} takes no such film: {error.message}"
    return None


def with_hook(call: Call, hook: str, wire: Wire) -> Call:
    """The same call where the vendor takes no address in a request, or not this one; never the
    caller's own."""
    if not hook or wire.hints != "request":
        return call
    if wire.secure_hooks and not hook.startswith("https:"):
        return call
    return replace(call, data=_with(call.data, wire.name_field("webhook").split("."), hook))


async def with_pictures(request: VideoRequest, run: Run, provider: Provider) -> VideoRequest:
    """With links of ours where the vendor can reach us, else with the pictures themselves, as
    base64 without a head: who takes pictures in a body takes that. Raises Unsupported."""
    known: dict[str, Image] = {}
    for _, image in request.images():
        link = run.links.get(image.source)
        if provider.images == "link" and not link:
            raise Unsupported("pictures go by link only, and public_url is not set")
        if link and provider.images != "inline":
            known[image.source] = replace(image, source=link)
        elif image.source not in known:
            text = await asyncio.to_thread(_base64, run.images[image.source])
            known[image.source] = replace(image, source=text)
    return request.with_images(known)


def _with(data: Any, path: Sequence[str], value: str) -> Any:
    """The same, with the value at that path."""
    if not path:
        return value
    inside = data if isinstance(data, dict) else {}
    return {**inside, path[0]: _with(inside.get(path[0]), path[1:], value)}


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
