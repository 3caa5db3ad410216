"""The light source of a shot: where it stands, what it leaves of other light, what shows it.

put      before anything is painted: gives the builder its `Source`, and bends the light
shown    candle, beam, haze: what is seen of it; a fire is among the subjects
"""

from __future__ import annotations

import math
from dataclasses import replace

from reelway.engines.animatic import (
    flame,
    framing,
    living,
    passage,
    sitters,
    sources,
    still_life,
)
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.sources import Source

FIRE, WAX, BEAM = linear("#ff9a48") * 2.0, linear("#ffab58") * 2.2, linear("#fff1d8") * 1.6
POOL = linear("#ffcb92") * 1.25  # of candles over a table: not so red as one flame
SPOT = 0.27  # half of a spotlight's ellipse, view units
TABLE = (0.20, 0.118)  # where a candle stands in a room
BESIDE = (0.56, 0.36)  # and where beside a face: parts of half the width and of the height
DEPTH = 4.9


def put(b: Builder) -> None:
    kind = sources.named(b.shot)
    if not kind:
        return
    room = b.shot.place == "room"
    match kind:
        case "fire" | "candle" if _near(b):
            b.source = _beside(b, kind)
        case "fire":
            x, y, depth, size = flame.standing(b)
            b.source = Source(kind=kind, x=x, y=y - 0.45 * size, foot=y, depth=depth, colour=FIRE,
                              reach=0.24 if b.shot.site in passage.KINDS else 0.42 if room
                              else 1.15, flat=room,
                              dark=0.42 if room else 0.75)  # fmt: skip
        case "candle":
            b.source = _candle(b)
        case "spot":
            x, foot, depth = living.first(b) if not _near(b) else (0.0, 0.9, 1.0)
            b.source = Source(kind=kind, x=x, y=foot - 0.4, foot=foot, depth=depth, colour=BEAM,
                              reach=SPOT if foot < 0.9 else 0.6, dark=0.17, flat=room)  # fmt: skip
        case _:
            b.source = Source(kind=kind, x=0.0, y=0.0, foot=0.0, depth=1.0, colour=BEAM, reach=1.0,
                              dark=0.28 if kind == "back" else 1.0)  # fmt: skip
    if kind in ("fire", "candle", "spot") and room:
        left = 0.5 if kind == "candle" and living.across(b) else 0.25  # faces are to be seen
        b.light = replace(b.light, lamps=min(b.light.lamps, left))
    if kind == "back" and b.light.disc:  # right behind who is seen against it
        x, _, _ = living.first(b)
        high = 0.11 if not b.light.night else b.light.sun_height
        b.light = replace(b.light, sun_x=(x if not _near(b) else 0.0) + 0.06, sun_height=high)


def _beside(b: Builder, kind: str) -> Source:
    """To the side that a face from near is turned away from."""
    lens = framing.lens(b.shot)
    beside = BESIDE[0] * b.half_width / lens
    subject = next(s for s in b.shot.subjects if _seen(b, s))
    side = -1.0 if math.cos(sitters.facing(b, subject)) < 0 else 1.0
    foot = BESIDE[1] * b.span / lens
    return Source(kind=kind, x=side * beside, y=foot - 0.10, foot=foot, depth=DEPTH,
                  colour=WAX if kind == "candle" else FIRE, reach=0.5, dark=0.30,
                  flat=True)  # fmt: skip


def _candle(b: Builder) -> Source:
    lying = _lying(b)
    if lying is not None:
        x, y, depth = still_life.lit_at(b, lying)
        return Source(kind="candle", x=x, y=y, foot=y + 0.1, depth=depth, colour=WAX, reach=0.55,
                      dark=0.45, flat=True)  # fmt: skip
    x, foot, depth = living.first(b)
    if b.shot.place == "room":
        (_, y), depth = TABLE, 1.65
        x, reach, dark = _among(b)
        if (top := still_life.top_between(b)) is not None:
            x, y, depth = top
        return Source(kind="candle", x=x, y=y - 0.06, foot=y, depth=depth,
                      colour=WAX if reach < 0.5 else POOL, reach=reach, dark=dark,
                      flat=True)  # fmt: skip
    high = 0.12 if sources.held(b.shot) else 0.03
    return Source(kind="candle", x=x + 0.05 / depth, y=foot - high / depth, foot=foot,
                  depth=depth * 1.02, colour=WAX, reach=0.42, dark=0.7)  # fmt: skip


def _lying(b: Builder) -> Subject | None:
    """A candle that is a thing of the scene: it has its own flame."""
    return next((s for s in b.shot.subjects if s.look.breed == "candle"), None)


def _among(b: Builder) -> tuple[float, float, float]:
    """View x of a table's candle, its reach, and what is left of other light: between those who
    are there, whose faces it has to show."""
    at = living.across(b)
    if not at:
        return TABLE[0], 0.42, 0.45
    middle = sum(at) / len(at)
    if len(at) == 1:
        middle += 0.17 if middle < 0.05 else -0.17
    return max(-0.40, min(0.40, middle)), 0.60, 0.80


def shown(b: Builder) -> None:
    s = b.source
    if s is None or b.heard is not None or (s.kind == "candle" and _lying(b) is not None):
        return
    if s.kind == "spot":
        flame.cone(b, s.x, s.foot, s.reach)
    if s.kind == "candle" and _near(b):
        flame.candle(b, s.x, s.foot, s.depth, 0.20 * b.span / framing.lens(b.shot))
    elif s.kind == "candle" and (s.flat or not sources.held(b.shot)):
        flame.candle(b, s.x, s.foot, s.depth, 0.045 if s.flat else 0.05 / s.depth)


def _near(b: Builder) -> bool:
    return any(_seen(b, s) for s in b.shot.subjects)


def _seen(b: Builder, s: Subject) -> bool:
    """Whether it is before the camera, face to face."""
    if s.kind == "animal":
        return framing.wanted(b.shot) in framing.NEAR
    return s.kind == "person" and sitters.near(b, s)
