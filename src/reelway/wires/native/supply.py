"""Calls about who could make a film, in Reelway's own words.

POST   /api/v1/estimate           a create's body → price, who would make it, how long it waits
POST   /api/v1/preview            a create's body → a small film of it, within a second or so
GET    /api/v1/providers          → {"data": […]}: how each stands; for an admin's key
POST   /api/v1/providers/reload   → what has changed; for an admin's key
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from reelway.engine import Model
from reelway.money import CURRENCY
from reelway.supply import Bid, Changes, Preview, Quote, Standing
from reelway.wire import Reading, Reply, Route
from reelway.wires.native.bodies import TaskBody

PROVIDERS = "/api/v1/providers"
ROUTES = (
    Route(method="POST", path="/api/v1/estimate", operation="estimate", body=TaskBody),
    Route(method="POST", path="/api/v1/preview", operation="preview", body=TaskBody),
    Route(method="GET", path=PROVIDERS, operation="provider_list"),
    Route(method="POST", path=f"{PROVIDERS}/reload", operation="provider_reload"),
)


class NativeSupply:
    def write_quote(self, reading: Reading, quote: Quote) -> Reply:
        request, chosen = reading.request, quote.chosen
        data = {
            "object": "estimate",
            "model": request.model,
            "kind": request.kind,
            "resolution": request.resolution,
            "duration": request.duration,
            "sound": request.sound,
            "possible": chosen is not None,
            "engine": chosen and chosen.name,
            "provider": chosen.name if chosen and chosen.provider else None,
            "price": chosen and chosen.price,
            "currency": CURRENCY,
            "position": quote.position,
            "wait": quote.wait,
            "eta": quote.eta,
            "candidates": [_bid(bid, chosen) for bid in quote.bids],
            "ignored": [{"field": i.field, "reason": i.reason} for i in reading.ignored],
        }
        return Reply(status=200, data=data)

    def write_preview(self, reading: Reading, preview: Preview) -> Reply:
        film = base64.b64encode(preview.film).decode()
        data = {
            "object": "preview",
            "engine": preview.engine,
            "model": reading.request.model,
            "duration": reading.request.duration,
            "width": preview.size[0],
            "height": preview.size[1],
            "film": f"data:video/mp4;base64,{film}",
            "report": dict(preview.report),
            "ignored": [{"field": i.field, "reason": i.reason} for i in reading.ignored],
        }
        return Reply(status=200, data=data)

    def write_standings(self, standings: Sequence[Standing]) -> Reply:
        return Reply(status=200, data={"data": [_standing(one) for one in standings]})

    def write_changes(self, changes: Changes) -> Reply:
        told = {name: _plain(value) for name, value in asdict(changes).items()}
        return Reply(status=200, data={"object": "reload", **told})


def _bid(bid: Bid, chosen: Bid | None) -> dict[str, Any]:
    return {
        "engine": bid.name,
        "provider": bid.name if bid.provider else None,
        "chosen": bid is chosen,
        "price": bid.price,
        "share": bid.share,
        "reasons": [{"code": code, "message": told} for code, told in bid.reasons.items()],
    }


def _standing(one: Standing) -> dict[str, Any]:
    told = {name: _plain(value) for name, value in asdict(one).items() if name != "errors"}
    errors = [{"at": at, "message": words} for at, words in one.errors]
    return {"object": "provider", **told, "currency": CURRENCY, "errors": errors}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def model_told(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "available": model.available,
        "engine": model.engine,
        "engines": list(model.engines),
        "kinds": list(model.kinds),
        "resolutions": list(model.resolutions),
        "durations": list(model.durations),
        "takes": list(model.takes),
        "replaced_by": model.replaced_by,
        "reason": model.reason,
    }
