"""Places that somebody built, and outer space; each a recipe like those of `nature`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import nature, outer, room, town
from reelway.engines.animatic.builder import FAR, Builder
from reelway.engines.animatic.canvas import Window, linear, rgb, to_display
from reelway.engines.animatic.light import faded
from reelway.engines.animatic.standing import stand
from reelway.engines.animatic.terrain import EYE, Land
from reelway.engines.animatic.town import LANDMARKS

Array = npt.NDArray[Any]
KERB = 0.80  # depth units from the middle of the road


def village(b: Builder) -> None:
    b.sky()
    x, earth = b.light.sun_x, nature.soil(b)
    b.land(
        Land(near=22, far=42, height=7, scale=12, snow=nature.snowline(b, 2.6), open=0.3, open_x=x)
    )
    b.land(Land(shape="rolling", near=6, far=20, height=0.9, scale=5, base=-0.1, colours=earth))
    nature.trees(b, 7.0, 0.8, 0.08, 0.0, "broad")
    b.land(
        Land(shape="rolling", near=0.42, far=6.5, height=0.10, scale=1.6, base=-0.03, colours=earth)
    )
    large = any(s.kind in ("temple", "castle") for s in b.shot.subjects)
    if not large and "house" not in b.shot.absent:
        for i, (across, depth) in enumerate(
            ((-0.75, 3.4), (-0.3, 5.2), (0.12, 6.0), (0.5, 4.6), (0.85, 3.2))
        ):
            stand(b, LANDMARKS["house"], b.across(across), depth, flip=i % 2 == 0)
    nature.trees(b, 3.0, 0.95, 0.36, 0.42, "broad")
    nature.fringe(b)


def _blocks(
    b: Builder,
    depth: float,
    tall: float,
    wide: float,
    *,
    gap: float = 0.0,
    low: float = 0.0,
    neon: float = 0.0,
) -> None:
    """A row of buildings; `tall`, `wide`, `gap` (half) in depth units, `low`: below the ground."""
    base = b.ground(depth) + low
    window = b.window(depth, base - tall / depth * 1.9, base)
    b.add(
        depth,
        window,
        lambda w: town.skyline(
            w,
            b.light,
            base=base,
            depth=depth,
            seed=b.shot.seed,
            tall=tall / depth,
            wide=wide / depth,
            neon=neon,
            gap=(-gap / depth, gap / depth) if gap else None,
        ),
    )


def _neon(b: Builder) -> float:
    return 0.8 if "neon" in b.shot.style else 0.35 if b.light.lamps > 0.7 else 0.0


def city(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    _blocks(b, 22, 8.5, 1.5)
    _blocks(b, 14, 4.6, 1.2, neon=neon * 0.3)
    _blocks(b, 8, 2.2, 0.9, neon=neon * 0.7)
    b.land(Land(shape="flat", near=1.2, far=24, height=0.01, colours=nature.ASPHALT, rough=0.0))
    b.mist(11.0, 0.22, tall=0.10)
    _blocks(b, 6.2, 1.25, 0.85, low=0.10, neon=neon * 0.8)
    _blocks(b, 4.4, 1.25, 0.8, low=0.30, neon=neon)
    _blocks(b, 2.6, 1.0, 0.8, low=0.48, neon=neon)


def harbour(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    b.land(
        Land(near=26, far=44, height=6, scale=12, open=0.4, open_x=b.light.sun_x, base=-0.2, sea=0)
    )
    _blocks(b, 20, 6.8, 1.3)
    _blocks(b, 13, 3.9, 1.0, neon=neon * 0.4)
    _blocks(b, 9, 1.9, 0.75, neon=neon)
    b.sea(0.55)
    nature.shore(b, nature.ASPHALT)


def street(b: Builder) -> None:
    b.sky()
    neon = _neon(b)
    _blocks(b, 34, 9.0, 1.6)
    for depth in (22, 15, 10.5, 7.4, 5.4, 4.0, 3.0):
        _blocks(b, depth, 2.3, 0.85, gap=0.95, neon=neon)
    b.mist(12.0, 0.30, tall=0.12)
    wet = b.shot.weather in ("rain", "storm") or "neon" in b.shot.style
    if wet:
        b.sea(0.12)
    else:
        b.land(
            Land(
                shape="flat",
                near=0.42,
                far=20,
                height=0.004,
                scale=1.0,
                colours=nature.ASPHALT,
                rough=0.0,
            )
        )
    _marks(b)


def _marks(b: Builder) -> None:
    """Kerbs, pavements and a broken line along the middle of the road, in perspective."""
    wet = b.water is not None

    def paint(w: Window) -> tuple[Array, Array]:
        z = EYE / np.maximum(w.ys - b.horizon, 0.008)[:, None]
        x = w.xs[None, :] * z
        soft = 1.2 * z / w.density  # one pixel, in depth units
        kerb = np.clip((0.045 - np.abs(np.abs(x) - KERB)) / soft + 0.5, 0, 1)
        walk = np.clip((np.abs(x) - KERB) / soft + 0.5, 0, 1) * 0.5
        dash = np.clip((0.018 - np.abs(x)) / soft + 0.5, 0, 1) * (np.sin(z * 6.0) > 0)
        joints = 0.15 * (np.abs(np.sin(z * 5.0)) < 0.08) * (walk > 0.4)
        lit = b.light.ambient * 0.9 + b.light.sun * 0.35
        part = np.exp(-z * b.light.haze_density)[..., None]
        stone = faded(linear("#9a968e") * lit, 2.0, b.light)
        dark = 0.8 + 0.2 * np.clip(kerb * 1.5, 0, 1) - joints
        colour = stone * dark[..., None] * part + b.light.haze * (1 - part)
        near = np.clip((w.ys - b.horizon - 0.012) / 0.02, 0, 1)[:, None]
        cover = np.maximum.reduce([kerb * 0.85, walk, dash * 0.55]) * near
        return to_display(colour), cover * (0.35 if wet else 1.0)

    b.add(2.9, b.window(2.9, b.horizon), paint, front=True, mirrored=False, order=19.9)


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
    stairs = room.has_stairs(b.shot.prompt)
    b.add(
        FAR,
        b.window(FAR, density=540),
        lambda w: (room.outside(w, b.light, b.shot.seed), None),
        soft=True,
    )
    b.add(3.0, b.window(3.0), lambda w: room.shell(w, b.light, b.shot.seed, stairs=stairs))
    b.add(
        2.9,
        b.window(2.9, density=360),
        lambda w: (room.shaft(w, b.light), None),
        added=True,
        soft=True,
    )
    if not stairs:
        b.add(1.7, b.window(1.7), lambda w: room.furniture(w, b.light, b.shot.seed))
    if b.light.lamps > 0.5:
        b.add(
            1.6,
            b.window(1.6, density=200),
            lambda w: (room.lamp(w, rgb("#ffb765")), None),
            added=True,
            soft=True,
        )
