"""A skyline: rows of boxes with a front, the side that the eye can see, and a roof.

skyline   paints one row on a window
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.facade import Wall, front, sign, wall
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light, faded
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
EDGE = 2.6  # view units: rows begin there
RED = linear("#ff4030")


@dataclass(frozen=True, kw_only=True)
class Row:
    """`base`: view y where the row stands; `tall`, `wide`: view units of a usual block."""

    base: float
    depth: float
    horizon: float
    seed: int
    tall: float
    wide: float
    neon: float = 0.0
    fine: float = 0.17  # size of windows, depth units
    gap: tuple[float, float] | None = None  # view x range that is left open


@dataclass(frozen=True, kw_only=True)
class _Block:
    left: float
    right: float
    top: float
    traits: Array
    wall: Wall


def skyline(window: Window, light: Light, row: Row) -> tuple[Array, Array]:
    """Display RGB and cover of a row of blocks."""
    picture = np.zeros((window.height, window.width, 3), np.float32)
    cover = np.zeros((window.height, window.width), np.float32)
    blocks = [b for b in _row(row) if b.left < window.left + window.width / window.density + 0.3
              and b.right > window.left - 0.3]  # fmt: skip
    # The outer ones first: a block nearer to the middle hides the side of the next.
    for block in sorted(blocks, key=lambda b: -abs(b.left + b.right)):
        _side(window, picture, cover, light, row, block)
        _front(window, picture, cover, light, row, block)
    return picture, cover


def _row(row: Row) -> list[_Block]:
    random = stream(row.seed, "skyline", round(row.depth * 10))
    out = []
    for side in (-1.0, 1.0) if row.gap else (1.0,):
        x = (row.gap[1] if side > 0 else -row.gap[0]) if row.gap else -EDGE
        while x < EDGE:
            width = row.wide * float(random.uniform(0.55, 1.5))
            high = row.tall * float(random.uniform(0.35, 1.0) ** 1.2 + 0.15)
            if random.random() < 0.13:
                high, width = high * 1.75, width * 0.8
            left = x if side > 0 else -x - width
            traits = random.uniform(0, 1, 10).astype(np.float32)
            own = wall(random, row.fine)
            out.append(_Block(left=left, right=left + width, top=row.base - high, traits=traits,
                              wall=own))  # fmt: skip
            x += width * float(random.uniform(0.95, 1.25))
    return out


def _cut(window: Window, left: float, top: float, right: float, bottom: float) -> Any:
    d = window.density
    c0, c1 = (max(0, min(window.width, round((e - window.left) * d))) for e in (left, right))
    r0, r1 = (max(0, min(window.height, round((e - window.top) * d))) for e in (top, bottom))
    return np.s_[r0:r1, c0:c1] if c1 > c0 and r1 > r0 else None


def _sun_on(light: Light, toward: float) -> float:
    """Share of the sun on a side that faces right (1) or left (−1), or us (0)."""
    side = 1.0 if light.sun_x > 0 else -1.0
    if toward == 0:
        return 0.50 if light.elevation > 0.5 and not light.night else 0.16
    return 0.78 if toward == side else 0.06


def _front(
    window: Window, picture: Array, cover: Array, light: Light, row: Row, block: _Block
) -> None:
    tiers = [(block.left, block.right, block.top)]
    width, traits = block.right - block.left, block.traits
    if traits[0] > 0.6 and row.base - block.top > 1.6 * width:  # set back above
        rise, inset = (row.base - block.top) * (0.10 + 0.16 * traits[1]), 0.16 * width
        tiers = [(block.left + inset, block.right - inset, block.top), (block.left, block.right,
                 block.top + rise)]  # fmt: skip
    for left, right, top in tiers:
        part = _cut(window, left, top, right, row.base)
        if part is None:
            continue
        x, y = window.xs[None, part[1]], window.ys[part[0], None]
        along, up = (x - left) * row.depth, (row.base - y) * row.depth
        high = (row.base - top) * row.depth
        pixel = row.depth / window.density
        tone = front(block.wall, light, along, up, high, _sun_on(light, 0), pixel)
        if row.neon and traits[4] < row.neon:
            u, v = (x - left) / (right - left), (y - top) / (row.base - top)
            at = 0.2 + 0.6 * traits[6], 0.30 + 0.4 * traits[8]
            tone = tone + sign(u, v, traits[7], traits[2], at)
        parapet = (up > high - 1.6 * pixel - 0.02)[:, 0]
        tone[parapet] = tone[parapet] * 0.6 + 0.4 * light.ambient * 0.5
        kept = math.exp(-row.depth * light.haze_density)
        kernels().over(picture[part], cover[part], tone, 1.0, 1.0, kept, light.haze)
    if block.top > row.horizon:
        _roof(window, picture, cover, light, row, block)
    else:
        _top(window, picture, cover, light, row, block, tiers[0])


def _top(
    window: Window,
    picture: Array,
    cover: Array,
    light: Light,
    row: Row,
    block: _Block,
    tier: tuple[float, float, float],
) -> None:
    """A mast with its red light, a tank or a plant room on the roof."""
    left, right, top = tier
    width, traits = right - left, block.traits
    dark = to_display(faded(block.wall.colour * light.ambient * 0.6, row.depth, light))
    if traits[5] < 0.45:
        at, half = left + width * (0.2 + 0.4 * traits[6]), width * (0.10 + 0.10 * traits[7])
        part = _cut(window, at, top - half * 0.8, at + 2 * half, top)
        if part is not None:
            picture[part], cover[part] = dark, 1
    if traits[3] < 0.16:
        at, up = left + width * (0.3 + 0.4 * traits[6]), width * (0.3 + 0.9 * traits[7])
        thick = max(1.2 / window.density, 0.004 * width + 0.0010)
        part = _cut(window, at, top - up, at + thick, top)
        if part is not None:
            picture[part], cover[part] = dark, 0.9
        if light.lamps > 0.6:
            tip = _cut(window, at - 0.3 * thick, top - up, at + 1.3 * thick, top - up + 1.6 * thick)
            if tip is not None:
                picture[tip], cover[tip] = to_display(RED), 1


def _roof(
    window: Window, picture: Array, cover: Array, light: Light, row: Row, block: _Block
) -> None:
    """Seen from above: the roof runs back towards the vanishing point."""
    ratio = row.depth / (row.depth + _deep(row, block))
    far = row.horizon + (block.top - row.horizon) * ratio
    left, right = min(block.left, block.left * ratio), max(block.right, block.right * ratio)
    part = _cut(window, left, far, right, block.top)
    if part is None:
        return
    x, y = window.xs[None, part[1]], window.ys[part[0], None]
    r = (y - row.horizon) / (block.top - row.horizon)  # 1 at the front edge
    d = window.density
    inside = np.clip((x - block.left * r) * d + 0.5, 0, 1)
    inside = inside * np.clip((block.right * r - x) * d + 0.5, 0, 1)
    u, s = (x / r - block.left) / (block.right - block.left), (1 / r - 1) / max(1 / ratio - 1, 1e-6)
    rim = (np.minimum(np.minimum(u, 1 - u), np.minimum(s, 1 - s)) < 0.06)[..., None]
    cx, cs = 0.25 + 0.5 * block.traits[6], 0.3 + 0.4 * block.traits[7]
    unit = ((np.abs(u - cx) < 0.13) & (np.abs(s - cs) < 0.16))[..., None]
    base = linear("#57534f") * (0.7 + 0.6 * block.traits[8])
    lit = light.ambient + light.sun * 0.55 * np.sin(light.elevation)
    tone = base * lit * np.where(rim, 1.5, np.where(unit, 0.55, 1.0))
    tone = to_display(faded(tone, row.depth, light))
    old = cover[part]
    picture[part] = picture[part] * (1 - inside[..., None]) + tone * inside[..., None]
    cover[part] = np.maximum(old, inside)


def _deep(row: Row, block: _Block) -> float:
    """How far a block reaches back, depth units."""
    return (block.right - block.left) * row.depth * (0.7 + 0.6 * float(block.traits[9]))


def _side(
    window: Window, picture: Array, cover: Array, light: Light, row: Row, block: _Block
) -> None:
    """The wall that runs towards the vanishing point."""
    edge, toward = (block.left, -1.0) if block.left > 0 else (block.right, 1.0)
    if block.left <= 0 <= block.right or abs(edge) < 0.01:
        return
    deep = _deep(row, block)
    ratio = row.depth / (row.depth + deep)
    inner = edge * ratio
    d = window.density
    c0, c1 = sorted(round((e - window.left) * d) for e in (edge, inner))
    c0, c1 = max(c0, 0), min(c1, window.width)
    top = min(block.top, row.horizon + (block.top - row.horizon) * ratio)
    r0 = max(0, int((top - window.top) * d) - 1)
    r1 = min(window.height, int((row.base - window.top) * d) + 1)
    if c1 <= c0 or r1 <= r0:
        return
    part = np.s_[r0:r1, c0:c1]
    x, y = window.xs[None, c0:c1], window.ys[r0:r1, None]
    r = np.clip(x / edge, ratio, 1)  # 1 at the front
    z = row.depth / r
    up = (row.base - row.horizon) * row.depth - (y - row.horizon) * z
    high = (row.base - block.top) * row.depth
    along = z - row.depth
    a = np.clip((high - up) / z * d + 0.5, 0, 1) * np.clip(up / z * d + 0.5, 0, 1)
    shade = _sun_on(light, toward)
    tone = front(
        block.wall, light, along, up, high, shade, z / d * np.sqrt(z / (abs(edge) * row.depth))
    )
    kept = math.exp(-row.depth * light.haze_density)
    kernels().over(picture[part], cover[part], tone, a, 0.92, kept, light.haze)
