"""Places that somebody built, and outer space; each a recipe like those of `nature`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import (
    avenue,
    blocks,
    cottages,
    nature,
    outer,
    passage,
    room,
    sites,
    spans,
    stalls,
)
from reelway.engines.animatic.avenue import Slice
from reelway.engines.animatic.blocks import Row
from reelway.engines.animatic.builder import FAR, Builder
from reelway.engines.animatic.canvas import Window, linear, rgb, to_display
from reelway.engines.animatic.strips import MANY, strips
from reelway.engines.animatic.terrain import EYE, Land

Array = npt.NDArray[Any]
PAVED = ("#6f665a", "#857a6b", "#7d7366")


def village(b: Builder) -> None:
    b.sky()
    earth = nature.soil(b)
    nature.range_(b, 24, 44, nature.chance(b, "far", 0.12, 0.22), snow=0.6)
    b.land(Land(shape="rolling", near=7, far=22, height=1.2, scale=5, base=-0.1, colours=earth))
    nature.trees(b, 14.0, 0.9, 0.020, 0.0, "broad")
    b.land(Land(shape="rolling", near=0.42, far=11, height=0.10, scale=1.6, base=-0.03,
                colours=earth, detail=0.6))  # fmt: skip
    spans.path(b, 0.22, "#94836a", edge=0.03)
    large = any(s.kind in ("temple", "castle") for s in b.shot.subjects)
    if not large and "house" not in b.shot.absent:
        cottages.row(b, 9.5, (-0.82, -0.58, -0.36, -0.14, 0.10, 0.30, 0.52, 0.80), church=0.10)
        nature.trees(b, 8.0, 0.75, 0.10, 0.08, "broad")
        cottages.row(b, 6.0, (-0.74, -0.38, 0.34, 0.66))
        nature.trees(b, 5.0, 0.5, 0.10, 0.16, "bush")
        cottages.row(b, 3.7, (-0.84, 0.78))
    nature.trees(b, 2.9, 0.95, 0.36, 0.62, "broad")
    nature.fringe(b)


def _blocks(
    b: Builder,
    depth: float,
    tall: float,
    wide: float,
    *,
    low: float = 0.0,
    neon: float = 0.0,
) -> None:
    """A row of buildings; `tall`, `wide` in depth units, `low`: below the ground."""
    row = Row(
        base=b.ground(depth) + low, depth=depth, horizon=b.horizon, seed=b.shot.seed,
        tall=tall / depth, wide=wide / depth, neon=neon, fine=0.15 if depth > 10 else 0.19,
    )  # fmt: skip
    window = b.window(depth, row.base - row.tall * 2.2, row.base)
    b.add(depth, window, lambda w: blocks.skyline(w, b.light, row))


def _neon(b: Builder) -> float:
    return 0.8 if "neon" in b.shot.style else 0.30 if b.light.lamps > 0.7 else 0.0


def _glow(b: Builder, depth: float, low: float, tall: float) -> None:
    """The lit air of a town at night."""
    if b.light.lamps < 0.5:
        return
    tint = rgb("#c86fd0") if "neon" in b.shot.style else rgb("#ffb070")
    level = b.horizon + low

    def paint(w: Window) -> tuple[Array, None]:
        bank = np.exp(-(((w.ys - level) / tall) ** 2))[:, None, None]
        return np.broadcast_to(bank * tint * 0.20, (w.height, w.width, 3)), None

    b.add(depth, b.window(depth, density=60), paint, added=True, soft=True)


def city(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    _blocks(b, 30, 9.5, 2.2)
    _glow(b, 26.0, 0.0, 0.16)
    _blocks(b, 20, 5.4, 1.8, neon=neon * 0.2)
    b.land(Land(shape="flat", near=1.2, far=24, height=0.01, colours=nature.ASPHALT, rough=0.0))
    b.mist(15.0, 0.20, tall=0.10)
    _blocks(b, 12, 3.2, 1.4, low=0.02, neon=neon * 0.5)
    _blocks(b, 7.6, 1.7, 1.2, low=0.08, neon=neon * 0.7)
    _glow(b, 7.0, 0.08, 0.12)
    _blocks(b, 5.0, 1.2, 1.1, low=0.20, neon=neon)
    _blocks(b, 3.4, 0.9, 1.0, low=0.36, neon=neon)
    if b.shot.site == "rooftop":
        sites.parapet(b)
    else:
        _blocks(b, 2.3, 0.62, 0.9, low=0.52, neon=neon)


def harbour(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    nature.range_(b, 28, 46, nature.chance(b, "far", 0.10, 0.18), snow=99, sea=-0.2)
    _blocks(b, 22, 7.2, 1.7)
    _glow(b, 20.0, 0.0, 0.10)
    _blocks(b, 14, 3.9, 1.3, neon=neon * 0.5)
    _blocks(b, 9, 1.7, 1.0, neon=neon)
    b.sea(0.5)
    nature.shore(b, nature.ASPHALT)


def street(b: Builder) -> None:
    b.sky()
    narrow = b.shot.site == "alley"
    market = b.shot.site == "market"
    half = 0.55 if narrow else 1.25
    if market:  # so narrow that stalls are seen also in an upright picture
        half = 1.0 if b.half_width > 0.5 else 0.66
    base = Slice(near=1, far=2, half=half, horizon=b.horizon, seed=b.shot.seed,
                 tall=1.9 if narrow else 1.5 if market else 2.4, neon=_neon(b))  # fmt: skip
    _blocks(b, 40, 12.0, 2.6)
    # The nearest walls leave the picture at its sides.
    close = min(0.85, half / (b.half_width + 0.45))
    ends = (26.0, 11.0, 6.2, 3.9, 2.5, 1.6, close)
    for far, near in pairwise(ends):
        # Each goes on a little behind the next: travelling opens no gap.
        piece = replace(base, near=near, far=far * 1.25)
        depth = near * 1.25
        walls = partial(avenue.walls, light=b.light, of=piece)
        b.add(depth, b.window(depth), strips(walls, MANY),
              order=8 + near if market else None)  # behind all stalls  # fmt: skip
    b.mist(12.0, 0.30, tall=0.12)
    _glow(b, 11.0, -0.02, 0.16)
    wet = b.shot.weather in ("rain", "storm") or "neon" in b.shot.style
    if wet:
        b.sea(0.12)
    else:
        b.land(
            Land(shape="flat", near=0.42, far=20, height=0.004, scale=1.0, rough=0.0, detail=0.12,
                 colours=PAVED if market else nature.ASPHALT)
        )  # fmt: skip
    if not narrow and not market:
        _marks(b, half)
        _lamp_posts(b, base)
    if market:
        _marks(b, 0.0)
        stalls.build(b, half)


def _lamp_posts(b: Builder, base: Slice) -> None:
    if "lamps" in b.shot.absent:
        return
    for depth, depths in ((5.0, (3.4, 5.0, 7.5, 11.0)), (1.9, (1.45, 2.25))):
        posts = partial(avenue.posts, light=b.light, of=base, depths=depths)
        b.add(depth, b.window(depth), posts, front=True)
        if b.light.lamps > 0.3:
            lamps = partial(avenue.lamps, light=b.light, of=base, depths=depths)
            window = b.window(depth, density=150)
            b.add(depth * 0.99, window, lamps, added=True, soft=True, front=True,
                  order=0.92 if depth < 2 and b.light.bloom else None)  # fmt: skip


def _marks(b: Builder, half: float) -> None:
    """Kerbs, pavements and a broken line along the middle of the road, in perspective; paved all
    over where the road has no width."""
    wet, edge = b.water is not None, half - 0.28

    def paint(w: Window) -> tuple[Array, Array]:
        z = EYE / np.maximum(w.ys - b.horizon, 0.008)[:, None]
        x = w.xs[None, :] * z
        soft = 1.2 * z / w.density  # one pixel, in depth units
        kerb = (half > 0) * np.clip((0.020 - np.abs(np.abs(x) - edge)) / soft + 0.5, 0, 1)
        walk = np.clip((np.abs(x) - edge) / soft + 0.5, 0, 1) * 0.75
        dash = np.clip((0.018 - np.abs(x)) / soft + 0.5, 0, 1)
        dash = (
            dash
            * (half > 0)
            * np.clip((np.sin(z * 6.0) * 6 / np.maximum(soft * 30, 1)) + 0.5, 0, 1)
        )
        fine = np.clip(1.5 - soft * 40, 0, 1)
        joints = 0.18 * ((np.abs((z * 3.4) % 1 - 0.5) > 0.47) | (np.abs(x * 7 % 1 - 0.5) > 0.46))
        lit = b.light.ambient * 0.9 + b.light.sun * 0.35
        part = np.exp(-z * b.light.haze_density)[..., None]
        stone = linear("#8b877f") * lit
        dark = 0.55 + 0.35 * np.clip(kerb * 1.5, 0, 1) - joints * fine * (walk > 0.4)
        dark = np.where(dash > kerb + walk, 1.0, dark)
        colour = stone * dark[..., None] * part + b.light.haze * (1 - part)
        near = np.clip((w.ys - b.horizon - 0.012) / 0.02, 0, 1)[:, None]
        cover = np.maximum.reduce([kerb * 0.9, walk, dash * 0.55]) * near
        return to_display(colour), cover * (0.35 if wet else 1.0)

    window = b.window(2.9, b.horizon)
    b.add(2.9, window, strips(paint), front=True, mirrored=False, order=19.9)


def space(b: Builder) -> None:
    density = 540.0
    b.add(
        FAR, b.window(FAR, density=density), lambda w: (outer.deep(w, b.shot.seed), None), soft=True
    )
    sharp = b.window(FAR / 2)
    b.add(
        FAR / 2,
        sharp,
        lambda w: (outer.stars(w, b.light, b.shot.seed), None),
        added=True,
        soft=False,
    )
    x, y = b.across(0.42), 0.16
    ball = b.window(14.0, y - 0.5, y + 0.5)
    side = Window.of(max(ball.left, x - 0.5), ball.top, x + 0.5, y + 0.5, ball.density)
    b.add(14.0, side, lambda w: outer.planet(w, b.shot.seed, x, y, 0.40))


def indoors(b: Builder) -> None:
    site, seed = b.shot.site, b.shot.seed
    if site in passage.KINDS:
        return passage.build(b)
    stairs = room.has_stairs(b.shot.prompt)
    own, high = b.source.kind if b.source else "", 1.0 if stairs else room.height(b.span)
    b.add(
        FAR,
        b.window(60.0, density=540),
        lambda w: (room.outside(w, b.light, seed), None),
        soft=True,
    )
    walls = partial(room.shell, light=b.light, seed=seed, stairs=stairs, site=site, high=high)
    b.add(3.0, b.window(3.0), strips(walls))
    b.add(
        2.9,
        b.window(2.9, density=360),
        lambda w: (room.shaft(w, b.light), None),
        added=True,
        soft=True,
    )
    if not stairs:
        front = partial(room.furniture, light=b.light, seed=seed, site=site, source=own, high=high)
        b.add(1.7, b.window(1.7), strips(front))
    if b.light.lamps > 0.5 and site != "kitchen":
        b.add(
            1.6,
            b.window(1.6, density=200),
            lambda w: (room.lamp(w, rgb("#ffb765"), high), None),
            added=True,
            soft=True,
        )
