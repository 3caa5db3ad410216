"""Land: height fields seen in true perspective, one band of depth a layer.

A band is a table of heights over (steps of depth, rising in equal ratios) × (angles). Each step is
a row of the table, so that seeing it is no ray casting: the screen row of every point is known,
a running maximum from near to far says what is hidden, and counting the steps below each pixel
finds the one that it shows.

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

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.erosion import eroded_at
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm_at
from reelway.engines.animatic.resample import resample, taps

Array = npt.NDArray[Any]
STEPS = 270  # rows of a table
FINE = 520.0  # columns of it a view unit; half as many for small pictures
SMALL = 320.0  # pixels a view unit
EDGE = 0.05  # view units of a table beyond the window
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
    angle = np.linspace(left, right, angles, dtype=np.float32)[None, :]
    depth = np.geomspace(land.near, land.far, steps).astype(np.float32)[:, None]
    height = _heights(land, angle, depth, seed)
    shade = _shaded(land, light, height, angle, depth, seed)
    columns = (window.xs - left) / (right - left) * (angles - 1)
    rows, cols = taps(np.arange(steps), steps), taps(columns, angles)
    seen = resample(height, rows, cols)
    colour = np.stack([resample(shade[..., i], rows, cols) for i in range(3)], axis=-1)
    picture, cover = _cast(window, land, horizon, depth, seen, colour)
    if land.detail:
        picture *= _grain(window, land, horizon, seed)[..., None]
    return to_display(picture), cover


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
    """Linear colour of each point of the table, with shadow and haze."""
    step = np.float32(angle[0, 1] - angle[0, 0])
    slope_x = np.gradient(h, axis=1) / (depth * step)
    slope_z = np.gradient(h, axis=0) / np.gradient(depth, axis=0) - angle * slope_x / 1.0
    norm = 1 / np.sqrt(1 + slope_x**2 + slope_z**2)
    toward = math.copysign(1.0, light.sun_x)
    el = light.elevation
    # Behind the scene a low sun only draws edges; bring it forward enough to model the ground.
    sx, sy, sz = toward * math.cos(el) * 0.86, math.sin(el), -math.cos(el) * 0.22
    lit = np.clip((-slope_x * sx + sy - slope_z * sz) * norm, 0, 1.2)
    lit = lit * _sunlit(h, angle, depth, toward, math.tan(el))
    x, z = angle * depth, np.broadcast_to(depth, h.shape)
    mottle = fbm_at(seed, "mottle", x / land.scale * 5, z / land.scale * 5, octaves=5)
    albedo = _albedo(land, h, norm, mottle)
    open_sky = np.clip(0.50 + 0.45 * norm + 0.30 * _relief(h, land), 0.2, 1.2)
    colour = albedo * (light.sun * lit[..., None] + light.ambient * open_sky[..., None])
    # The air is thick in the valleys: peaks stand out of it.
    thick = 0.62 + 0.75 * np.exp(-np.maximum(h, 0) / (0.05 * depth + 0.25))
    seen = np.exp(-depth * light.haze_density * thick)
    near_sun = np.exp(-(((angle - light.sun_x) / 0.35) ** 2)) * (0.1 if light.night else 0.45)
    haze = light.haze + light.glow * near_sun[..., None] * min(1.0, light.sun_height * 6 + 0.5)
    return np.asarray(colour * seen[..., None] + haze * (1 - seen[..., None]), np.float32)


def _grain(window: Window, land: Land, horizon: float, seed: int) -> Array:
    """Tufts, stones and ripples of the near ground, at the picture's own fineness."""
    below = np.maximum(window.ys - horizon, 0.004)
    far = (EYE / below)[:, None].astype(np.float32)
    x, z = window.xs[None, :].astype(np.float32) * far, np.log(far) * np.float32(2.2)
    near = np.clip((below - 0.02) / 0.10, 0, 1)[:, None]
    if land.shape == "dunes":
        bend = fbm_at(seed, "warp", x * 1.3, z * 1.3, octaves=2)
        ripple = np.sin((x * 0.5 + z * 2.3 + bend * 0.55) * 34) * np.clip(0.5 + bend, 0, 1)
        return np.asarray(1 + land.detail * near * 0.35 * ripple, np.float32)
    fine = fbm_at(seed, "tuft", x * 26, z * 9, octaves=4, gain=0.7)
    wide = fbm_at(seed, "tufts", x * 3.1, z * 3.1, octaves=3)
    return np.asarray(np.clip(1 + land.detail * near * (0.55 * fine + 0.35 * wide), 0.3, 2))


def _albedo(land: Land, h: Array, norm: Array, mottle: Array) -> Array:
    steep, flat, green = (linear(c) for c in land.colours)
    even = np.clip((norm - 0.62 + 0.12 * mottle) / 0.25, 0, 1)[..., None]
    albedo = steep * (1 - even) + flat * even
    low = np.clip((norm - 0.80) / 0.12 + 0.5 * mottle, 0, 1)
    low = low * np.clip(1.1 - (h - land.base) / max(land.height, 0.1) * 1.7, 0, 1)
    albedo = albedo * (1 - low[..., None]) + green * low[..., None]
    white = np.clip((h - land.snow) / 0.25 + 0.7 * mottle, 0, 1) * np.clip(
        (norm - 0.42) / 0.22, 0, 1
    )
    albedo = albedo * (1 + 0.22 * mottle[..., None])
    return albedo * (1 - white[..., None]) + np.float32(0.86) * white[..., None]


def _sunlit(h: Array, angle: Array, depth: Array, toward: float, rise: float) -> Array:
    """1 in the sun, 0 in the shadow of what stands towards it, by a sweep along each step."""
    table = h if toward < 0 else h[:, ::-1]
    drop = (angle[0, 1] - angle[0, 0]) * depth[:, 0] * max(rise, 0.12)
    ridge = table[:, 0].copy()
    shadow = np.empty_like(table)
    for i in range(table.shape[1]):
        ridge = np.maximum(ridge - drop, table[:, i])
        shadow[:, i] = ridge - table[:, i]
    shadow = shadow if toward < 0 else shadow[:, ::-1]
    return np.clip(1 - shadow / 0.10, 0, 1) * 0.92 + 0.08


def _relief(h: Array, land: Land) -> Array:
    """Height above the neighbourhood: crests are open to the sky, hollows are not."""
    pad = max(2, h.shape[1] // 125)
    wide = np.pad(h, ((0, 0), (pad, pad)), mode="edge")
    total = np.cumsum(wide, axis=1, dtype=np.float64)
    mean = (total[:, 2 * pad :] - total[:, : -2 * pad]) / (2 * pad)
    return np.asarray((h - mean[:, : h.shape[1]]) / max(0.12 * land.height, 0.02), np.float32)


def _cast(
    window: Window, land: Land, horizon: float, depth: Array, h: Array, colour: Array
) -> tuple[Array, Array]:
    """Height table × columns → pixels."""
    top = ((horizon + (EYE - h) / depth) - window.top) * window.density - 0.5  # row of each point
    skyline = np.minimum.accumulate(top, axis=0)
    count, width = skyline.shape
    row = np.clip(np.ceil(skyline), 0, window.height).astype(np.int64)
    flat = np.bincount(
        (row * width + np.arange(width)).ravel(), minlength=(window.height + 1) * width
    )
    seen = np.cumsum(flat.reshape(-1, width)[: window.height], axis=0)  # steps at or above a pixel
    hit = count - seen  # the first step whose skyline is at or above the pixel
    first = np.clip(hit, 0, count - 1)
    before = np.clip(hit - 1, 0, count - 1)
    high, low = (np.take_along_axis(skyline, i, axis=0) for i in (first, before))
    y = np.arange(window.height, dtype=np.float32)[:, None]
    part = np.clip((low - y) / np.maximum(low - high, 1e-3), 0, 1)
    picture = np.empty((window.height, width, 3), np.float32)
    for i in range(3):
        plane = colour[..., i]
        a, b = (np.take_along_axis(plane, k, axis=0) for k in (before, first))
        picture[..., i] = a + (b - a) * part
    cover = np.clip(y - skyline[-1][None, :] + 0.5, 0, 1)
    if land.sea is not None:
        a, b = (np.take_along_axis(h, k, axis=0) for k in (before, first))
        level = a + (b - a) * part - land.sea
        slope = np.maximum(np.abs(b - a), 1e-4)
        cover = cover * np.clip(level / (slope * 0.8 + 0.004) + 0.5, 0, 1)
        cover = cover * (hit > 0)
    return picture, cover
