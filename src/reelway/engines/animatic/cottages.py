"""Cottages: a gable, a long side and a roof, seen at a slant, with windows, door and chimney.

row    cottages at one depth, each of its own size and colours
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
WALLS = ("#cfc4ae", "#b9a68a", "#d8d2c4", "#a88c70", "#c2b8a8", "#9aa29a")
ROOFS = ("#7a4433", "#5f4638", "#4d4f55", "#8a5540", "#5a5a48")


def row(
    b: Builder, depth: float, places: tuple[float, ...], *, church: float | None = None
) -> None:
    """`places`: across the picture, −1…1; `church`: where one with a spire stands."""
    at = [(b.across(p), stream(b.shot.seed, "cottage", n, round(depth * 10)).uniform(0, 1, 10))
          for n, p in enumerate(places)]  # fmt: skip
    spire = None if church is None else b.across(church)
    feet = [b.ground(depth, x) + 0.012 / depth for x, _ in at]
    high = 1.5 if church is not None else 0.85
    top, foot = min(feet) - high / depth, max(feet) + 0.02 / depth

    def paint(w: Window) -> tuple[Array, Array]:
        picture = np.zeros((w.height, w.width, 3), np.float32)
        cover = np.zeros((w.height, w.width), np.float32)
        for (x, t), y in zip(at, feet, strict=True):
            _cottage(
                b, w, picture, cover, (x, y, depth), t, spire is not None and abs(x - spire) < 1e-6
            )
        return picture, cover

    b.add(depth, b.window(depth, top, foot), paint, front=depth < 3)


def _cottage(
    b: Builder,
    w: Window,
    picture: Array,
    cover: Array,
    at: tuple[float, float, float],
    t: Array,
    church: bool,
) -> None:
    cx, foot, depth = at
    unit = float(0.8 + 0.4 * t[0]) / depth
    form = _Form(
        gable=0.34,
        long=float(0.42 + 0.3 * t[1]),
        wall=float(0.24 + 0.06 * t[2]),
        rise=float(0.22 + 0.08 * t[3]),
        px=1 / (unit * w.density),
        flip=-1.0 if t[4] < 0.5 else 1.0,
    )
    half, tall = (form.end / 2 + 0.06) * unit, (1.35 if church else 0.75) * unit
    edges = foot - tall, foot + 2 / w.density
    c = [int(np.clip((e - w.left) * w.density, 0, w.width)) for e in (cx - half, cx + half)]
    r = [int(np.clip((e - w.top) * w.density, 0, w.height)) for e in edges]
    if c[1] - c[0] < 2 or r[1] - r[0] < 2:
        return
    part = np.s_[r[0] : r[1], c[0] : c[1]]
    x = form.flip * (w.xs[None, c[0] : c[1]] - cx) / unit + form.end / 2
    y = (foot - w.ys[r[0] : r[1], None]) / unit
    rough = fbm(b.shot.seed, "render", w.xs[part[1]] * 60 + 90, w.ys[part[0]] * 60 + 90, octaves=3)
    tone, a = _walls(b, form, x, y, t, rough)
    if church:
        tone, a = _spire(b, form, x, y, t, tone, a)
    kept = math.exp(-depth * b.light.haze_density)
    kernels().over(picture[part], cover[part], tone, a, 1.0, kept, b.light.haze)


@dataclass(frozen=True, kw_only=True)
class _Form:
    """Lengths in the cottage's own units; `px`: a pixel."""

    gable: float
    long: float
    wall: float
    rise: float
    px: float
    flip: float

    @property
    def end(self) -> float:
        return self.gable + self.long

    def inside(self, *edges: Array) -> Array:
        """Cover of where all distances are above 0."""
        d = edges[0]
        for e in edges[1:]:
            d = np.minimum(d, e)
        return np.asarray(np.clip(d / self.px + 0.5, 0, 1))


def _over(tone: Array, mask: Array, colour: Array) -> Array:
    return np.asarray(tone * (1 - mask[..., None]) + colour * mask[..., None])


def _paints(b: Builder, form: _Form, t: Array) -> tuple[Array, Array, float, float]:
    """Colours of walls and roof, and how much sun the gable and the long side have."""
    slate = linear(ROOFS[int(t[6] * 4.99)])
    if "snow" in (b.shot.ground, b.shot.weather, b.shot.place):
        slate = slate * 0.1 + 0.72
    shaded = (form.flip > 0) == (b.light.sun_x > 0)
    return linear(WALLS[int(t[5] * 5.99)]), slate, 0.25 if shaded else 0.7, 0.7 if shaded else 0.25


def _walls(
    b: Builder, form: _Form, x: Array, y: Array, t: Array, rough: Array
) -> tuple[Array, Array]:
    """Linear light and cover of gable, side, roof and chimney, with windows and door."""
    base, slate, lit_gable, lit_side = _paints(b, form, t)
    base = base * (1 + 0.16 * rough[..., None])
    gable, wall, rise, end = form.gable, form.wall, form.rise, form.end
    under = rise / (gable / 2) * (gable / 2 - np.abs(x - gable / 2))  # the gable's slope
    lean = (y - wall) / rise * gable / 2
    on_gable = form.inside(x, gable - x, y, wall + under - y)
    on_side = form.inside(x - gable, end - x, y, wall + 0.02 - y)
    on_roof = form.inside(
        x - gable + lean, end + 0.03 - x, y - wall + 0.03, wall + rise - y,
        end + 0.03 - lean * 0.35 - x,
    )  # fmt: skip
    verge = form.inside(
        0.035 - np.abs(y - wall - under), x + 0.03, gable + 0.03 - x, y - wall + 0.06
    )
    stack = form.inside(
        0.045 - np.abs(x - gable - form.long * 0.65), y - wall, wall + rise + 0.10 - y
    )
    tone = np.zeros((*on_gable.shape, 3), np.float32)
    tiles = 0.82 + 0.18 * np.sin(y * 150) + 0.10 * rough
    for mask, colour, light in (
        (stack, linear("#6a5448"), 0.5),
        (on_side, base, lit_side),
        (on_gable, base, lit_gable),
        (on_roof, slate * tiles[..., None], 0.3 + 0.6 * lit_side),
        (verge, slate * 0.7, 0.5),
    ):
        tone = _over(tone, mask, colour * (b.light.ambient * 0.85 + b.light.sun * light))
    glow = linear("#ffc474") * b.light.lamps * np.float32(0.5 + 0.6 * t[7])
    glass = b.light.horizon * 0.14 + b.light.ambient * 0.10
    tone = _over(tone, _openings(x, y, gable, form.long, wall, form.px), glass + glow)
    door = form.inside(0.045 - np.abs(x - gable / 2), y, 0.17 - y)
    tone = _over(tone, door, linear("#4a2f22") * (b.light.ambient + b.light.sun * 0.3))
    return tone, np.maximum.reduce([on_gable, on_side, on_roof, verge, stack])


def _spire(
    b: Builder, form: _Form, x: Array, y: Array, t: Array, tone: Array, a: Array
) -> tuple[Array, Array]:
    """A tower before the gable, with a pointed cap."""
    base, slate, lit, _ = _paints(b, form, t)
    middle = np.abs(x - form.gable / 2)
    tower = form.inside(0.12 - middle, y, 0.72 - y)
    cap = form.inside((1.25 - y) * 0.24 - middle, y - 0.70)
    bell = form.inside(0.035 - middle, y - 0.52, 0.64 - y)
    tone = _over(tone, tower, base * (b.light.ambient * 0.85 + b.light.sun * lit))
    tone = _over(tone, bell, linear("#15120f"))
    tone = _over(tone, cap, slate * (b.light.ambient + b.light.sun * 0.5))
    return tone, np.maximum.reduce([a, tower, cap])


def _openings(x: Array, y: Array, gable: float, long: float, wall: float, px: float) -> Array:
    """Windows: two upstairs in the gable, a row along the side."""
    k = (x - gable) / (long / 3) % 1
    side = np.minimum(0.30 - np.abs(k - 0.5), 0) * long / 3 + 0.0
    row_ = np.minimum(np.minimum(0.045 - np.abs(y - wall * 0.58), x - gable - 0.02),
                      gable + long - 0.02 - x)  # fmt: skip
    along = np.clip(np.minimum(row_, (0.28 - np.abs(k - 0.5)) * long / 3 + side) / px + 0.5, 0, 1)
    bar = np.clip(1 - np.clip((0.006 - np.abs(k - 0.5) * long / 3) / px + 0.5, 0, 1), 0, 1)
    up = np.minimum(0.035 - np.abs(x - gable / 2), 0.045 - np.abs(y - wall - 0.05))
    pair = np.minimum(0.030 - np.abs(np.abs(x - gable / 2) - 0.11), 0.04 - np.abs(y - wall * 0.6))
    front = np.clip(np.maximum(up, pair) / px + 0.5, 0, 1) * (x < gable)
    return np.asarray(np.maximum(along * (0.4 + 0.6 * bar), front))
