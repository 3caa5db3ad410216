"""Land: height fields seen in true perspective, one band of depth a layer.

A band is a table of heights over (steps of depth, rising in equal ratios) × (angles). Each step is
a row of the table, so that seeing it is no ray casting: the screen row of every point is known,
a running maximum from near to far says what is hidden, and going up each column of pixels finds the
step that each shows.

    Land     what the ground is like: heights, roughness, colours
    band     paints one band of it: linear light, shadow, haze → display RGB and cover
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear
from reelway.engines.animatic.erosion import eroded_at
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm_at
from reelway.engines.animatic.resample import resample, taps

Array = npt.NDArray[Any]
STEPS = 270  # rows of a table
FINE = 520.0  # columns of it a view unit; half as many for small pictures
SMALL = 320.0  # pixels a view unit
EDGE = 0.05  # view units of a table beyond the window
FIRST = 0.02  # view units below the horizon where the ground's grain begins
GRAIN = 960.0  # pixels a view unit that show all of it
EYE = 0.22  # height of the camera, in depth units


@dataclass(frozen=True, kw_only=True)
class Land:
    """`shape`: ridged, mesa, cone, dunes, rolling, flat or shore; lengths in depth units."""

    shape: str = "ridged"
    near: float = 8.0
    far: float = 16.0
    height: float = 2.0
    scale: float = 5.0  # size of a hill
    base: float = 0.0  # level that the land stands on
    open: float = 0.0  # 0…1: how much a valley is kept open in the middle
    open_x: float = 0.0
    colours: tuple[str, ...] = ("#5c564c", "#7b7264", "#4e5a3a")  # steep, flat, green
    snow: float = 9.0  # height above which flat ground is white
    sea: float | None = None  # below it the band is cut away
    rough: float = 0.02
    peak: float | None = None  # view height of the skyline over the horizon, whatever the seed
    lean: float = 0.0  # −1…1: rises to the left or to the right
    detail: float = 0.0  # of ground seen from near: how uneven its colour is
    bump: tuple[float, float, float] | None = None  # a knoll: view x, half width, height


def band(
    window: Window, land: Land, light: Light, horizon: float, seed: int
) -> tuple[Array, Array]:
    """Display RGB and cover of one band, on the window's grid."""
    part = 2 if window.density < SMALL else 1
    left, right = window.left - EDGE, window.left + window.width / window.density + EDGE
    angles, steps = max(8, round((right - left) * FINE / part)), STEPS // part
    angle = np.linspace(left, right, angles, dtype=np.float32)
    depth = np.geomspace(land.near, land.far, steps).astype(np.float32)
    height = _heights(land, angle[None, :], depth[:, None], seed)
    shade = _shaded(land, light, height, angle, depth, seed)
    columns = (window.xs - left) / (right - left) * (angles - 1)
    rows, cols = taps(np.arange(steps), steps), taps(columns, angles)
    seen = resample(height, rows, cols)
    colour = np.empty((3, *seen.shape), np.float32)
    for plane, own in zip(shade, colour, strict=True):
        resample(plane, rows, cols, out=own)
    grain = _grain(window, land, horizon, seed) if land.detail else None
    view = horizon - window.top, window.density, EYE
    return kernels().cast(seen, colour, grain, depth, view, land.sea, window.height)


def height_at(land: Land, x: float, depth: float, seed: int) -> float:
    """Height of the land at one point, in depth units."""
    point = np.full((1, 1), x, np.float32), np.full((1, 1), depth, np.float32)
    return float(_heights(land, *point, seed)[0, 0])


def _heights(land: Land, angle: Array, depth: Array, seed: int) -> Array:
    z = np.broadcast_to(depth, (len(depth), angle.shape[1]))
    high = land.height * (_stretch(land, seed) if land.peak is not None else 1.0)
    h = _form(land, angle, depth, seed) * high + land.base
    if land.bump:
        x0, half, top = land.bump
        middle = math.sqrt(land.near * land.far)
        h = h + top * np.exp(-(((angle - x0) / half) ** 2) - ((z - middle) / (0.3 * middle)) ** 2)
    return np.asarray(h, np.float32)


@lru_cache(maxsize=64)
def _stretch(land: Land, seed: int) -> float:
    """By how much the heights are multiplied so that the skyline reaches its peak in the middle
    of the picture: no seed is all plain, none a wall."""
    angle = np.linspace(-0.85, 0.85, 96, dtype=np.float32)[None, :]
    depth = np.geomspace(land.near, land.far, 64).astype(np.float32)[:, None]
    rise = _form(land, angle, depth, seed) * land.height / depth
    floor = (land.base - EYE) / depth
    low, high = 0.1, 8.0
    for _ in range(24):
        middle = (low + high) / 2
        top = float(np.quantile((rise * middle + floor).max(axis=0), 0.94))
        low, high = (middle, high) if top < (land.peak or 0) else (low, middle)
    return low


def _form(land: Land, angle: Array, depth: Array, seed: int) -> Array:
    """Heights before they are stretched, about 0…1."""
    x, z = angle * depth, np.broadcast_to(depth, (len(depth), angle.shape[1]))
    u, v = x / land.scale + 31.7, z / land.scale + 11.3
    match land.shape:
        case "ridged":
            h = eroded_at(seed, "ridge", u * 0.9, v * 0.9, octaves=8)
            big = fbm_at(seed, "range", u * 0.35, v * 0.35, octaves=2) * 0.5 + 0.5
            h = h * (0.30 + 0.85 * np.clip(big, 0, 1)) - 0.10
        case "mesa":
            h = _steps(fbm_at(seed, "mesa", u, v, octaves=6, gain=0.44) * 0.6 + 0.5)
        case "dunes":
            warp = fbm_at(seed, "warp", u * 0.6, v * 0.6, octaves=3)
            wave = fbm_at(
                seed, "dune", u * 0.7 + warp * 0.5, v * 1.3 + warp * 0.4, octaves=3, gain=0.32
            )
            h = np.maximum(1 - np.abs(wave) * 1.3, 0) ** 1.25 - 0.35
        case "rolling":
            h = fbm_at(seed, "hill", u, v, octaves=5, gain=0.40) * 0.5
        case "cone":
            middle = math.sqrt(land.near * land.far)
            away = np.hypot(x - land.open_x * middle, z - middle) / land.scale
            rills = fbm_at(seed, "rill", np.arctan2(z - middle, x) * 5 + 20, away, octaves=4)
            h = np.exp(-1.9 * away) * (1 + 0.16 * rills * away) - 0.10
            h = np.minimum(h, 0.62 + 0.05 * rills)
        case _:
            h = fbm_at(seed, "flat", u, v, octaves=6, gain=0.5) * 0.35
    if land.open:
        away = np.abs(angle - land.open_x) / 0.55
        h = h * (1 - land.open * np.exp(-(away**2) * 1.2)) - land.open * 0.25 * np.exp(
            -(away**2) * 2
        )
    if land.lean:
        h = h * np.clip(0.55 + 0.6 * land.lean * angle, 0.05, 1.4) ** 1.5
        h = h - 0.3 * abs(land.lean) * np.clip(0.1 - math.copysign(1, land.lean) * angle, 0, 1)
    if land.rough:
        h = h + land.rough * fbm_at(seed, "rough", u * 14, v * 14, octaves=4)
    # The land sinks away at the band's near edge, or it would end there in a wall.
    edge = np.clip((z - land.near) / (0.28 * (land.far - land.near)), 0, 1)
    edge = edge * edge * (3 - 2 * edge)
    h = h * edge - (0.15 if land.sea is not None else 0.03) * (1 - edge)
    return np.asarray(h, np.float32)


def _steps(h: Array) -> Array:
    """Cliffs and ledges: every height is drawn towards the next of four levels."""
    level = np.floor(h * 4)
    part = h * 4 - level
    sharp = np.clip((part - 0.5) / 0.16 + 0.5, 0, 1)
    return np.asarray((level + 0.12 * part + 0.88 * sharp * sharp * (3 - 2 * sharp)) / 4 - 0.2)


def _shaded(land: Land, light: Light, h: Array, angle: Array, depth: Array, seed: int) -> Array:
    """Linear colour of each point of the table, with shadow and haze, (3, steps, angles)."""
    x, z = angle[None, :] * depth[:, None], np.broadcast_to(depth[:, None], h.shape)
    mottle = fbm_at(seed, "mottle", x / land.scale * 5, z / land.scale * 5, octaves=5)
    toward, el = math.copysign(1.0, light.sun_x), light.elevation
    near_sun = (0.1 if light.night else 0.45) * min(1.0, light.sun_height * 6 + 0.5)
    soil = [
        *(linear(c) for c in land.colours),
        light.sun,
        light.ambient,
        light.haze,
        light.glow * near_sun,
        (land.base, 1.7 / max(land.height, 0.1), land.snow),
        # Behind the scene a low sun only draws edges; bring it forward enough to model the ground.
        (toward * math.cos(el) * 0.86, math.sin(el), -math.cos(el) * 0.22),
        (light.haze_density, 1 / max(0.12 * land.height, 0.02), max(math.tan(el), 0.12)),
        (light.sun_x, 0, 0),
    ]
    return kernels().shaded(h, mottle, angle, depth, np.array(soil, np.float32))


def _grain(window: Window, land: Land, horizon: float, seed: int) -> Array:
    """Tufts, stones and ripples of the near ground, at the picture's own fineness."""
    if window.density > 1.5 * GRAIN:  # finer than it is itself
        small = Window.of(
            window.left, window.top, window.left + window.width / window.density,
            window.top + window.height / window.density, GRAIN,
        )  # fmt: skip
        coarse, part = _grain(small, land, horizon, seed), GRAIN / window.density
        at = [(np.arange(n) + 0.5) * part - 0.5 for n in (window.height, window.width)]
        at = [np.clip(a, 0, n - 1) for a, n in zip(at, coarse.shape, strict=True)]
        return resample(coarse, taps(at[0], len(coarse)), taps(at[1], coarse.shape[1]))
    out = np.ones((window.height, window.width), np.float32)
    first = int(np.searchsorted(window.ys, horizon + FIRST))
    if first < window.height:
        out[first:] = _grained(window, land, window.ys[first:] - horizon, seed)
    return out


def _grained(window: Window, land: Land, below: Array, seed: int) -> Array:
    far = (EYE / below)[:, None].astype(np.float32)
    x, z = window.xs[None, :].astype(np.float32) * far, np.log(far) * np.float32(2.2)
    near = np.clip((below - FIRST) / 0.10, 0, 1)[:, None]
    if land.shape == "dunes":
        bend = fbm_at(seed, "warp", x * 1.3, z * 1.3, octaves=2)
        ripple = np.sin((x * 0.5 + z * 2.3 + bend * 0.55) * 34) * np.clip(0.5 + bend, 0, 1)
        return np.asarray(1 + land.detail * near * 0.35 * ripple, np.float32)
    fine = fbm_at(seed, "tuft", x * 26, z * 9, octaves=4, gain=0.7)
    wide = fbm_at(seed, "tufts", x * 3.1, z * 3.1, octaves=3)
    return np.asarray(np.clip(1 + land.detail * near * (0.55 * fine + 0.35 * wide), 0.3, 2))
