"""Preview: what a film would look like, small and at once; no task is made, nothing is kept.

    body ──> as a create reads it ──> a place? ──> pictures brought in ──> the engine's own child

Only an engine here that can (`engine.Previewing`) shows one: a vendor's film costs money, and in
its place nothing else is shown. Two of an owner's and six in all are under way at most; one more
is answered 429, and the page that asks while somebody types asks again.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from reelway import admit
from reelway.accept import directed, understood
from reelway.engine import Engine, Failure, Previewing, Run
from reelway.errors import Internal, InvalidRequest, QueueFull
from reelway.intake import Incoming, bring_in, decode_inline, drop, resolve, sources_of
from reelway.log import complain
from reelway.means import Means
from reelway.request import VideoRequest, frame_size
from reelway.route import able
from reelway.supply import Preview
from reelway.task import Key
from reelway.wire import Call, Reading, Wire

SCALE = 0.25  # of a film of 720p
PER_OWNER, IN_ALL = 2, 6


@contextmanager
def _place(owner_id: int, means: Means) -> Iterator[None]:
    """Raises QueueFull, and Overloaded where the disk is nearly full."""
    admit.check_disk(means)
    under_way = means.previews
    if under_way[owner_id] >= PER_OWNER or under_way.total() >= IN_ALL:
        raise QueueFull("too many previews are being made; try again", retry_after=1)
    under_way[owner_id] += 1
    try:
        yield
    finally:
        under_way[owner_id] -= 1
        if not under_way[owner_id]:
            del under_way[owner_id]


async def preview(wire: Wire, call: Call, key: Key, means: Means) -> tuple[Reading, Preview]:
    """Raises what a create raises, but for full queues and budgets; QueueFull, Overloaded."""
    reading = understood(wire, call, means)
    engine = _drawing(reading.request, means)
    name_field = partial(wire.name_field, request=reading.request)
    request = directed(reading.request, call.headers, engine, name_field, means)
    request = replace(request, sandbox={}, resolution="720p")
    inline = await decode_inline(request, name_field)
    incoming = list[Incoming]()
    folder = means.tmp / f"preview-{secrets.token_hex(8)}"
    with _place(key.owner_id, means):
        try:
            if any(sources_of(request)):
                request = await resolve(request, key.owner_id, name_field, means)
                request, incoming = await bring_in(request, inline, key.owner_id, name_field, means)
            folder.mkdir(mode=0o700)
            made = await _made(request, engine, incoming, folder, means)
        finally:
            drop(incoming)
            shutil.rmtree(folder, ignore_errors=True)
    return replace(reading, request=request), made


def _drawing(request: VideoRequest, means: Means) -> Engine:
    """The engine here that would make the film."""
    if request.kind == "voice":
        raise InvalidRequest("there is nothing to see of a voice", field="kind")
    engine = next((e for e in able(request, means.engines) if isinstance(e, Previewing)), None)
    if engine is None:
        raise InvalidRequest(
            f"{request.model} is made by a provider here, and shows no preview; "
            "the model animatic does",
            field="model",
        )
    return engine


async def _made(
    request: VideoRequest, engine: Engine, incoming: list[Incoming], folder: Path, means: Means
) -> Preview:
    assert isinstance(engine, Previewing)
    came = {f"asset:{entry.sha256}": entry.path for entry in incoming}
    images: dict[str, Path] = {}
    for _, image in request.images():
        if image.source not in images:
            original = came.get(image.source) or means.assets.path(image.sha256)
            images[image.source] = folder / f"{len(images)}.png"
            await means.media.plain_image(original, images[image.source])
    size = frame_size(request, min(SCALE, means.settings.animatic.scale))
    run = Run(
        task_id=0,
        attempt=1,
        out=folder / "film.mp4",
        size=size,
        images=images,
        progress=lambda percent, eta: None,
        request=request,
    )
    outcome = await engine.preview(request, run)
    if isinstance(outcome, Failure):
        complain("preview.failed", engine=engine.name, code=outcome.code)
        raise Internal("the preview could not be made")
    data = await asyncio.to_thread(outcome.path.read_bytes)
    return Preview(engine=engine.name, film=data, size=size, report=outcome.report)
