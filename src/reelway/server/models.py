"""Which models can be ordered here, who makes their films, and what they may be ordered with.

    offered(engines, model_map)    every family, found by asking the engines (`offers`)
    models(asked)                  the operation

Nothing here knows what an engine can: each is asked for every kind, resolution and duration, and
for the plainest of these with one thing more, as routing would ask it. So the list says what an
order would meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reelway.engine import Engine, Model
from reelway.request import (
    DEFAULT_DURATION,
    LONGEST,
    RESOLUTIONS,
    SHORTEST,
    Element,
    Image,
    Kind,
    Shot,
    VideoRequest,
)
from reelway.route import NO_ENGINE, candidates, families
from reelway.server.asked import Asked
from reelway.server.http import Out, out

PICTURE = Image(source=f"asset:{'0' * 64}", width=1280, height=720)
KINDS: Mapping[Kind, VideoRequest] = {
    "text": VideoRequest(prompt="a boat"),
    "image": VideoRequest(prompt="a boat", kind="image", first_frame=PICTURE),
    "reference": VideoRequest(prompt="a boat", kind="reference", references=(PICTURE,)),
}
DURATIONS = range(SHORTEST, LONGEST + 1)


async def models(asked: Asked) -> Out:
    means = asked.means
    return out(asked.wire.write_models(offered(means.engines, means.settings.model_map)))


def offered(engines: Mapping[str, Engine], model_map: Mapping[str, str]) -> list[Model]:
    known = families(engines)
    return [_offered(id, model_map.get(id, id), known, engines) for id in known]


def _offered(id: str, made: str, known: list[str], engines: Mapping[str, Engine]) -> Model:
    """The family, which this server makes as the family `made`."""
    replaced_by = made if made != id else None
    if made not in known:
        reason = f"model_map replaces it by {made}, which nobody knows"
        return Model(id=id, replaced_by=replaced_by, reason=reason)
    asked = candidates(made, engines)
    makers: dict[str, None] = {}  # in the order in which they were found

    def can(order: VideoRequest) -> bool:
        able = [engine.name for engine in asked if engine.offers(order) is None]
        makers.update(dict.fromkeys(able))
        return bool(able)

    orders = [
        replace(order, model=made, resolution=resolution, duration=duration)
        for order in KINDS.values()
        for resolution in RESOLUTIONS
        for duration in sorted(DURATIONS, key=lambda seconds: abs(seconds - DEFAULT_DURATION))
    ]
    good = [order for order in orders if can(order)]
    if not good:
        reasons = dict.fromkeys(engine.offers(orders[0]) or "" for engine in asked)
        reason = "; ".join(reasons) or NO_ENGINE
        return Model(id=id, replaced_by=replaced_by, reason=reason)
    plain = good[0]
    takes = tuple(name for name, more in _more(plain).items() if can(replace(plain, **more)))
    return Model(
        id=id,
        engine=next(engine.name for engine in asked if engine.offers(plain) is None),
        engines=tuple(makers),
        kinds=tuple(dict.fromkeys(order.kind for order in good)),
        resolutions=tuple(r for r in RESOLUTIONS if any(order.resolution == r for order in good)),
        durations=tuple(sorted({order.duration for order in good})),
        takes=takes,
        replaced_by=replaced_by,
    )


def _more(plain: VideoRequest) -> Mapping[str, Mapping[str, Any]]:
    """What an order may have besides, by the field's name: each on top of the plainest order."""
    shots = (Shot(prompt="a boat", duration=1), Shot(prompt="a fox", duration=plain.duration - 1))
    frames = {"first_frame": PICTURE, "last_frame": PICTURE}
    return {
        "negative_prompt": {"negative_prompt": "people"},
        "cfg_scale": {"cfg_scale": 0.7},
        "sound": {"sound": True},
        "seed": {"seed": 7},
        "first_frame": {"kind": "image", "first_frame": PICTURE},
        "last_frame": {"kind": "image", **frames},
        "references": {"kind": "reference", "references": (PICTURE,)},
        "shots": {"shot_mode": "customize", "shots": shots},
        "elements": {"elements": (Element(frontal=PICTURE),)},
        "voices": {"sound": True, "voices": ("Mira",)},
    }
