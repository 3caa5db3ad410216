"""POST /api/v1/estimate: what a create with this body would meet. See `reelway.quote`."""

from __future__ import annotations

from dataclasses import replace

from reelway.accept import understood
from reelway.errors import InvalidRequest, UnknownRoute
from reelway.quote import quote
from reelway.server.asked import Asked
from reelway.server.http import Out, out, read_json
from reelway.supply import SupplyWords
from reelway.wire import Wire


async def estimate(asked: Asked) -> Out:
    call = replace(asked.call, data=read_json(asked.raw, asked.call.headers))
    reading = understood(asked.wire, call, asked.means)
    if reading.request.kind == "voice":
        raise InvalidRequest("a voice costs nothing, and no provider makes it", field="kind")
    found = quote(reading.request, asked.key.owner_id, reading.terms.priority, asked.means)
    return out(supply_of(asked.wire).write_quote(reading, found))


def supply_of(wire: Wire) -> SupplyWords:
    if wire.supply is None:
        raise UnknownRoute("this wire has no calls about providers")
    return wire.supply
