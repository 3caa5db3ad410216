"""What people lay out over land: bridges, paths, posts, hedges, crops, pitches, walls.

arches          a bridge of stone
path crops flags pitch    marks on flat ground, in perspective
hedge post hall wing stands floodlights    what stands on it
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, rgb, to_display
from reelway.engines.animatic.light import faded
from reelway.engines.animatic.noise import fbm, stream
from reelway.engines.animatic.strips import strips
from reelway.engines.animatic.terrain import EYE

Array = npt.NDArray[Any]
GREEN = ("#3f5a2a", "#4f6f30", "#35502a")


def _ground(b: Builder, w: Window) -> tuple[Array, Array, Array, Array]:
    """For flat ground: depth and x of each pixel, what one pixel covers, and the lit air."""
    z = EYE / np.maximum(w.ys - b.horizon, 0.006)[:, None]
    seen = np.exp(-z * b.light.haze_density)[..., None]
    return z, w.xs[None, :] * z, z / w.density, seen


def _lay(b: Builder, paint: Any, depth: float = 2.4) -> None:
    """A layer of marks, right over the land that was laid last."""
    order = b.lands[-1][0].far * 0.999
    b.add(depth, b.window(depth, b.horizon), strips(paint), mirrored=False, order=order)


def _sunlit(b: Builder, part: float = 0.5) -> Array:
    return np.asarray(b.light.ambient + b.light.sun * part)


def path(b: Builder, half: float, colour: str, *, edge: float, dashes: bool = False) -> None:
    """A straight way to the horizon; `dashes`: with a broken line in its middle."""
    base, snowy = linear(colour), b.shot.ground == "snow" or b.shot.weather == "snow"
    if snowy:
        base = base * 0.5 + 0.30
    turn = float(stream(b.shot.seed, "bend").uniform(0, 6.28))
    bend = 0.0 if b.shot.site == "garden" else 0.26

    def paint(w: Window) -> tuple[Array, Array]:
        z, x, pixel, seen = _ground(b, w)
        rough = fbm(b.shot.seed, "gravel", w.xs * 30 + 60, w.ys * 60 + 60, octaves=4)
        if not dashes:  # trodden, not built: it winds, and its edges are grown over
            x = x - bend * np.sin(0.85 * z + turn) * np.clip(z - 0.5, 0, 1)
        worn = fbm(b.shot.seed, "worn", w.xs * 6 + 40, w.ys * 11 + 40, octaves=6, gain=0.6)
        soft = np.maximum(pixel, edge * 0.8)
        a = np.clip((half - np.abs(x) + 1.6 * edge * worn) / soft + 0.5, 0, 1)
        tone = base * _sunlit(b, 0.28) * (1 + 0.10 * rough)[..., None]
        if dashes:
            line = np.clip((0.016 - np.abs(x)) / pixel + 0.5, 0, 1) * (np.sin(z * 5.0) > 0.1)
            side = np.clip((0.012 - np.abs(np.abs(x) - half * 0.92)) / pixel + 0.5, 0, 1)
            white = np.maximum(line, side)[..., None] * (0.3 if snowy else 0.85)
            tone = tone * (1 - white) + linear("#d8d2c0") * _sunlit(b, 0.45) * white
        near = np.clip((w.ys - b.horizon - 0.006) / 0.01, 0, 1)[:, None]
        return to_display(tone * seen + b.light.haze * (1 - seen)), a * near

    _lay(b, paint)


def crops(b: Builder) -> None:
    """Rows of plants that meet at the horizon: each a soft ridge, lit on one side."""
    tint = {"flowers": ("#7a58a8", "#5a4a80"), "autumn": ("#a8702c", "#6a4a24")}.get(
        b.shot.ground, ("#5f7f34", "#3a5226")
    )
    if any(word in b.shot.prompt for word in ("lavender", "薰衣草")):
        tint = ("#7a58a8", "#5a4a80")
    light, dark = (linear(c) for c in tint)

    def paint(w: Window) -> tuple[Array, Array]:
        _, x, pixel, seen = _ground(b, w)
        f = (x / 0.30) % 1
        leaf = fbm(b.shot.seed, "crop", w.xs * 40 + 90, w.ys * 70 + 90, octaves=4, gain=0.7)
        crown = np.clip(np.sin(np.pi * f) * 1.9 - 0.55 + 0.45 * leaf, 0, 1)
        crown = np.where(pixel > 0.12, 0.6, crown)
        side = np.clip(0.5 + (f - 0.5) * (1.2 if b.light.sun_x > 0 else -1.2) + 0.3 * leaf, 0, 1)
        tone = (dark * (1 - side[..., None]) + light * side[..., None]) * _sunlit(b, 0.75)
        near = np.clip((w.ys - b.horizon - 0.008) / 0.02, 0, 1)[:, None]
        return to_display(tone * seen + b.light.haze * (1 - seen)), crown * near

    _lay(b, paint)


def flags(b: Builder) -> None:
    """Slabs of stone."""

    def paint(w: Window) -> tuple[Array, Array]:
        z, x, pixel, seen = _ground(b, w)
        i, j = np.floor(x / 0.34), np.floor(z / 0.34)
        u, v = np.abs(x / 0.34 - i - 0.5), np.abs(z / 0.34 - j - 0.5)
        joint = np.clip((np.maximum(u, v) - 0.475) / np.maximum(pixel * 3, 0.01), 0, 1)
        own = np.sin(i * 12.9898 + j * 78.233) * 43758.5453 % 1
        tone = linear("#7d786e") * (0.78 + 0.4 * own[..., None]) * _sunlit(b, 0.5)
        tone = tone * (1 - 0.55 * joint[..., None] * np.clip(1 - pixel * 12, 0, 1)[..., None])
        return to_display(tone * seen + b.light.haze * (1 - seen)), np.full(x.shape, 0.8) * (z < 5)

    _lay(b, paint)


def pitch(b: Builder) -> None:
    """Stripes of a mown pitch, its lines."""

    def paint(w: Window) -> tuple[Array, Array]:
        z, x, pixel, seen = _ground(b, w)
        stripe = ((x / 0.9) % 2 < 1)[..., None] * 1.0
        tone = linear("#3c7a34") * (0.85 + 0.3 * stripe) * (_sunlit(b, 0.6) + 0.30 * b.light.lamps)
        wide = np.maximum(pixel, 0.012)
        rings = np.abs(np.hypot(x, z - 4.2) - 1.0)
        gap = np.minimum.reduce([np.abs(np.abs(x) - 3.6) + 0 * z, np.abs(z - 4.2) + 0 * x, rings])
        line = (
            np.clip((0.02 - gap) / wide + 0.5, 0, 1)[..., None]
            * np.clip(0.05 / wide, 0, 1)[..., None]
        )
        tone = tone * (1 - line) + (0.75 * (_sunlit(b, 0.6) + 0.3 * b.light.lamps)) * line
        return to_display(tone * seen + b.light.haze * (1 - seen)), np.ones(x.shape) * (z < 9.1)

    _lay(b, paint)


def _standing(b: Builder, depth: float, low: float, high: float, paint: Any, **more: Any) -> None:
    """A layer between two heights (depth units) over the ground at a depth."""
    top, foot = b.horizon + (EYE - high) / depth, b.horizon + (EYE - low) / depth
    b.add(depth, b.window(depth, top - 0.01, foot + 0.01), paint, **more)


def arches(b: Builder, depth: float) -> None:
    """A bridge of stone on round arches, from bank to bank."""
    high, level = 0.62, 0.14

    def paint(w: Window) -> tuple[Array, Array]:
        x = w.xs[None, :] * depth
        up = EYE - (w.ys[:, None] - b.horizon) * depth
        rise = high + 0.10 * np.cos(np.clip(x / 4.2, -1.5, 1.5))
        k = np.floor(x / 1.5 + 0.5)
        u = x - k * 1.5
        hole = np.hypot(u / 0.58, np.maximum(up - level, 0) / 0.36) < 1
        ring = np.abs(np.hypot(u / 0.62, np.maximum(up - level, 0) / 0.40) - 1) < 0.07
        stones = fbm(b.shot.seed, "stone", w.xs * 60 + 60, w.ys * 90 + 60, octaves=3)
        course = np.abs((up * 16) % 1 - 0.5) > 0.44
        lit = 0.35 + 0.25 * (u * (1 if b.light.sun_x > 0 else -1) > 0)
        tone = linear("#857868") * (1 + 0.35 * stones - 0.22 * course + 0.25 * ring)[..., None]
        tone = tone * (b.light.ambient + b.light.sun * lit[..., None])
        rail = (up > rise - 0.10)[..., None]
        tone = tone * np.where(rail, 1.15, 1.0)
        a = np.clip((rise - up) / depth * w.density + 0.5, 0, 1) * (up > -0.02)
        return to_display(faded(tone, depth, b.light)), a * (~hole | (up < 0))

    _standing(b, depth, -0.05, high + 0.2, paint)


def hedge(b: Builder, depth: float, half: float) -> None:
    """Clipped hedges to both sides of a path, with flowers before them."""
    bloom = [linear(c) for c in ("#d86a8a", "#e8c25a", "#e9e4ee", "#a86ac8")]

    def paint(w: Window) -> tuple[Array, Array]:
        x, up = w.xs[None, :] * depth, EYE - (w.ys[:, None] - b.horizon) * depth
        leaf = fbm(b.shot.seed, f"hedge{depth}", w.xs * 34 * depth + 99, w.ys * 34 * depth + 99,
                   octaves=4, gain=0.7)  # fmt: skip
        side = np.abs(x) - half
        tall = 0.17 + 0.20 * np.clip((side - 0.9) * 8, 0, 1) + 0.02 * leaf
        lit = np.clip(0.45 + 0.55 * leaf + 0.8 * (up - 0.08), 0.05, 1.1)[..., None]
        tone = linear(GREEN[int(depth) % 3]) * (b.light.ambient * 0.9 + b.light.sun * 0.75 * lit)
        spot = fbm(
            b.shot.seed, f"bloom{depth}", w.xs * 70 * depth + 99, w.ys * 70 * depth + 99, octaves=1
        )
        blooms = (spot > 0.62) & (up < 0.13) & (side < 0.8)
        hue = np.stack(bloom)[np.clip((x * 1.7 % 1 * 4).astype(np.int64), 0, 3)]
        tone = np.where(blooms[..., None], hue * _sunlit(b, 0.7), tone)
        a = np.clip((tall - up) / depth * w.density + 0.5, 0, 1) * (up > 0)
        a = a * np.clip(side / depth * w.density + 0.5, 0, 1)
        return to_display(faded(tone, depth, b.light)), a

    _standing(b, depth, 0.0, 0.45, paint)


def post(b: Builder, depth: float, out: float) -> None:
    """A telegraph pole, its wires running on to the next."""

    def paint(w: Window) -> tuple[Array, Array]:
        x, up = w.xs[None, :] * depth - out, EYE - (w.ys[:, None] - b.horizon) * depth
        d = w.density / depth
        pole = np.clip((0.013 - np.abs(x)) * d + 0.5, 0, 1) * (up < 0.95) * (up > 0)
        beam = np.clip((0.009 - np.abs(up - 0.88)) * d + 0.5, 0, 1) * (np.abs(x) < 0.15)
        tone = faded(linear("#33291f") * _sunlit(b, 0.35), depth, b.light)
        return np.broadcast_to(to_display(tone), (w.height, w.width, 3)), np.maximum(pole, beam)

    _standing(b, depth, 0.0, 1.0, paint)


def stands(b: Builder, depth: float) -> None:
    """Tiers full of people, under a roof."""

    def paint(w: Window) -> tuple[Array, Array]:
        x, up = w.xs[None, :] * depth, EYE - (w.ys[:, None] - b.horizon) * depth
        curve = up - 0.02 * x * x * 0.25
        seat = stream(b.shot.seed, "seats").uniform(0, 1, (64, 512, 3)).astype(np.float32)
        i, j = (
            np.floor(x / 0.055).astype(np.int64) % 512,
            np.floor(curve / 0.07).astype(np.int64) % 64,
        )
        person = seat[j, i] ** 1.6 * 0.75 + 0.03
        u, v = x / 0.055 % 1 - 0.5, curve / 0.07 % 1 - 0.4
        head = np.clip(1.25 - np.hypot(u, v) * 2.2, 0.12, 1)[..., None]
        aisle = (np.abs((x / 1.7) % 1 - 0.5) > 0.46) | (np.abs(curve - 0.95) < 0.06)
        tone = person * head * (b.light.ambient * 0.8 + b.light.sun * 0.25 + 0.16 * b.light.lamps)
        tone = np.where(aisle[..., None], linear("#77777c") * _sunlit(b, 0.2) * 0.6, tone)
        roof = (curve > 1.82) & (curve < 2.02)
        tone = np.where(roof[..., None], linear("#c5cad0") * _sunlit(b, 0.5), tone)
        board = (curve < 0.14)[..., None]
        bands = np.stack(
            [np.sin(np.floor(x / 1.3) * k + k) * 0.5 + 0.5 for k in (2.1, 3.7, 5.9)], -1
        )
        tone = np.where(board, bands**2 * (_sunlit(b, 0.3) + 0.3 * b.light.lamps), tone)
        shade = np.where((curve > 1.5) & ~roof, 0.45, 1.0)[..., None]
        a = np.clip((2.02 - curve) / depth * w.density + 0.5, 0, 1) * (up > -0.05)
        return to_display(faded(tone * shade, depth, b.light)), a

    _standing(b, depth, -0.05, 2.8, paint)


def floodlights(b: Builder, depth: float) -> None:
    for side in (-1, 1):
        x, y = b.across(0.72) * side, b.horizon + (EYE - 3.1) / depth

        def paint(w: Window, x: float = x, y: float = y) -> tuple[Array, Array]:
            dx, dy = w.xs[None, :] - x, w.ys[:, None] - y
            rack = (np.abs(dx) < 0.035) & (np.abs(dy) < 0.022)
            mast = (np.abs(dx) < 0.003) & (dy > 0) & (w.ys[:, None] < b.horizon)
            bulbs = rack & (np.sin(dx * 560) > 0) & (np.sin(dy * 560) > -0.2)
            tone = np.where(
                bulbs[..., None], 0.25 + b.light.lamps, linear("#3a3d42") * _sunlit(b, 0.4)
            )
            return to_display(tone + np.zeros(3)), (rack | mast) * 1.0

        window = Window.of(x - 0.05, y - 0.04, x + 0.05, b.horizon, b.window(depth).density)
        b.add(depth, window, paint)
        if b.light.lamps > 0.3:

            def glare(w: Window, x: float = x, y: float = y) -> tuple[Array, None]:
                far = np.hypot(w.xs[None, :] - x, w.ys[:, None] - y)
                light = np.exp(-far / 0.03) * 0.9 + np.exp(-far / 0.16) * 0.35
                return (light[..., None] * rgb("#e9f1ff") * b.light.lamps).astype(np.float32), None

            around = Window.of(x - 0.5, y - 0.4, x + 0.5, y + 0.4, 120.0)
            b.add(depth * 0.98, around, glare, added=True, soft=True)


def _tiles(x: Array, down: Array) -> Array:
    return np.asarray(
        0.75 + 0.25 * np.abs(np.sin(x * 42)) - 0.18 * (np.abs((down * 30) % 1 - 0.5) > 0.4)
    )


def hall(b: Builder, depth: float) -> None:
    """A hall with red columns under a wide roof whose eaves are lifted."""

    def paint(w: Window) -> tuple[Array, Array]:
        x, up = w.xs[None, :] * depth, EYE - (w.ys[:, None] - b.horizon) * depth
        half, eave, ridge = 1.75, 0.85, 1.45
        lift = 0.16 * np.clip((np.abs(x) - 1.2) / 0.9, 0, 1) ** 2
        t = np.clip((up - eave - lift) / (ridge - eave), 0, 1)
        roof_half = 2.15 - 0.75 * t**0.7
        roof = (up > eave + lift - 0.05) & (up < ridge) & (np.abs(x) < roof_half)
        top = (np.abs(up - ridge) < 0.045) & (np.abs(x) < 1.5)
        wall = (np.abs(x) < half) & (up > 0.12) & (up <= eave)
        plinth = (np.abs(x) < 2.0) & (up > -0.02) & (up <= 0.12)
        column = wall & (np.abs((x / 0.5) % 1 - 0.5) < 0.10)
        lattice = (np.abs((x * 14) % 1 - 0.5) > 0.36) | (np.abs((up * 14) % 1 - 0.5) > 0.36)
        lit = _sunlit(b, 0.35)
        warm = linear("#ffb765") * b.light.lamps * 0.55
        tone = linear("#5d4634") * lit * 0.6 + np.where(lattice[..., None], 0.0, 1.0) * (
            warm + lit * 0.05
        )
        tone = np.where((wall & (up < 0.24))[..., None], linear("#6a4a3a") * lit * 0.8, tone)
        round_ = np.sqrt(np.clip(1 - (((x / 0.5) % 1 - 0.5) / 0.10) ** 2, 0.1, 1))[..., None]
        tone = np.where(column[..., None], linear("#a23a2a") * lit * round_, tone)
        shade = np.where((wall & (up > eave - 0.14))[..., None], 0.5, 1.0)
        slate = linear("#4b545c") * (b.light.ambient + b.light.sun * 0.5) * _tiles(x, up)[..., None]
        if b.shot.ground == "snow" or b.shot.weather == "snow":
            slate = slate * 0.25 + 0.6 * (b.light.ambient + b.light.sun * 0.4)
        tone = np.where(
            (roof | top)[..., None], slate * np.where(top, 0.7, 1.0)[..., None], tone * shade
        )
        tone = np.where(plinth[..., None], linear("#8d877b") * lit, tone)
        return to_display(faded(tone, depth, b.light)), (roof | top | wall | plinth) * 1.0

    _standing(b, depth, -0.05, 1.6, paint)


def wing(b: Builder, side: int) -> None:
    """The wall at one side, in perspective, with a tiled ridge and lanterns."""
    half, high = 1.55, 0.72

    def paint(w: Window) -> tuple[Array, Array]:
        z = half / np.maximum(np.abs(w.xs), 1e-3)[None, :]
        up = EYE - (w.ys[:, None] - b.horizon) * z
        right = (w.xs * side > 0)[None, :] & (z < 5.2)
        sun = 0.55 if (b.light.sun_x > 0) != (side > 0) else 0.10
        plaster = fbm(b.shot.seed, "wash", w.xs * 12 + 30, w.ys * 12 + 30, octaves=5)
        tone = linear("#cbbfa8") * (1 + 0.12 * plaster)[..., None] * _sunlit(b, sun)
        tone = np.where((up < 0.16)[..., None], linear("#7d786e") * _sunlit(b, sun) * 0.8, tone)
        roof = up > high - 0.14
        slate = linear("#4b545c") * _sunlit(b, 0.45) * _tiles(z * 0.5, up)[..., None]
        tone = np.where(roof[..., None], slate, tone)
        lamp = np.hypot((z % 1.1) - 0.55, (up - 0.44) * 1.0)
        glow = np.exp(-lamp / 0.16)[..., None] * linear("#ff9a4a") * b.light.lamps * 0.7
        paper = (lamp < 0.05)[..., None]
        tone = np.where(paper, linear("#d8502f") * (_sunlit(b, 0.3) + b.light.lamps), tone + glow)
        seen = np.exp(-z * b.light.haze_density)[..., None]
        a = np.clip((high - up) / z * w.density + 0.5, 0, 1) * (up > 0) * right
        return to_display(tone * seen + b.light.haze * (1 - seen)), a

    edge = half / 5.2
    whole = b.window(2.4)
    right = whole.left + whole.width / whole.density
    left, right = (
        (edge, max(right, edge + 0.1)) if side > 0 else (min(whole.left, -edge - 0.1), -edge)
    )
    window = Window.of(left, b.horizon - 0.75, right, b.horizon + 0.45, whole.density)
    b.add(2.4, window, paint, order=4.0)
