"""POST /api/v1/preview: what a create with this body would look like. See `reelway.preview`."""

from __future__ import annotations

from dataclasses import replace

from reelway.preview import preview as made_of
from reelway.server.asked import Asked
from reelway.server.estimate import supply_of
from reelway.server.http import Out, out, read_json


async def preview(asked: Asked) -> Out:
    words = supply_of(asked.wire)
    call = replace(asked.call, data=read_json(asked.raw, asked.call.headers))
    reading, made = await made_of(asked.wire, call, asked.key, asked.means)
    return out(words.write_preview(reading, made), {"x-reelway-engine": made.engine})
