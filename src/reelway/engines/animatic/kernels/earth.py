"""The kernels in numpy, of land; see `form`."""

from __future__ import annotations

import numpy as np

from reelway.engines.animatic.kernels.bodies import display
from reelway.engines.animatic.kernels.form import SOIL, Array


def shaded(h: Array, mottle: Array, angle: Array, depth: Array, soil: Array) -> Array:
    z, step = depth[:, None], angle[1] - angle[0]
    (base, fall, snow), (sx, sy, sz), (air, bump, rise) = soil[SOIL.low : SOIL.air + 1]
    slope_x = np.gradient(h, axis=1) / (z * step)
    slope_z = np.gradient(h, axis=0) / np.gradient(z, axis=0) - angle * slope_x
    norm = 1 / np.sqrt(1 + slope_x**2 + slope_z**2)
    lit = np.clip((-slope_x * sx + sy - slope_z * sz) * norm, 0, 1.2)
    lit = lit * _sunlit(h, depth * (step * rise), sx)
    even = np.clip((norm - 0.62 + 0.12 * mottle) / 0.25, 0, 1)
    low = np.clip((norm - 0.80) / 0.12 + 0.5 * mottle, 0, 1)
    low = low * np.clip(1.1 - (h - base) * fall, 0, 1)
    white = np.clip((h - snow) / 0.25 + 0.7 * mottle, 0, 1) * np.clip((norm - 0.42) / 0.22, 0, 1)
    sky = np.clip(0.50 + 0.45 * norm + 0.30 * _relief(h) * bump, 0.2, 1.2)
    # The air is thick in the valleys: peaks stand out of it.
    thick = 0.62 + 0.75 * np.exp(-np.maximum(h, 0) / (0.05 * z + 0.25))
    seen = np.exp(-z * air * thick)
    near = np.exp(-(((angle - soil[SOIL.air + 1, 0]) / np.float32(0.35)) ** 2))
    out = np.empty((3, *h.shape), np.float32)
    for c, (steep, flat, green, sun, ambient, haze, glow) in enumerate(soil[: SOIL.low].T):
        own = steep + (flat - steep) * even
        own = (own + (green - own) * low) * (1 + 0.22 * mottle)
        own = own + (np.float32(0.86) - own) * white
        own = own * (sun * lit + ambient * sky)
        warm = haze + glow * near
        out[c] = warm + (own - warm) * seen
    return out


def _sunlit(h: Array, drop: Array, toward: float) -> Array:
    """1 in the sun, 0 in the shadow of what stands towards it, by a sweep along each step."""
    table = h if toward < 0 else h[:, ::-1]
    ridge = table[:, 0].copy()
    shadow = np.empty_like(table)
    for i in range(table.shape[1]):
        ridge = np.maximum(ridge - drop, table[:, i])
        shadow[:, i] = ridge - table[:, i]
    shadow = shadow if toward < 0 else shadow[:, ::-1]
    return np.asarray(np.clip(1 - shadow / np.float32(0.10), 0, 1) * 0.92 + 0.08, np.float32)


def _relief(h: Array) -> Array:
    """Height above the neighbourhood: crests are open to the sky, hollows are not."""
    pad = max(2, h.shape[1] // 125)
    wide = np.pad(h, ((0, 0), (pad, pad)), mode="edge")
    total = np.cumsum(wide, axis=1, dtype=np.float64)
    mean = (total[:, 2 * pad :] - total[:, : -2 * pad]) / (2 * pad)
    return np.asarray(h - mean[:, : h.shape[1]], np.float32)


def cast(
    h: Array, colour: Array, grain: Array | None, depth: Array, view: tuple[float, float, float],
    sea: float | None, high: int,
) -> tuple[Array, Array]:  # fmt: skip
    level, scale, eye = (np.float32(n) for n in view)
    top = (level + (eye - h) / depth[:, None]) * scale - np.float32(0.5)  # row of each point
    skyline = np.minimum.accumulate(top, axis=0)
    count, width = skyline.shape
    row = np.clip(np.ceil(skyline), 0, high).astype(np.int64)
    flat = np.bincount((row * width + np.arange(width)).ravel(), minlength=(high + 1) * width)
    seen = np.cumsum(flat.reshape(-1, width)[:high], axis=0)  # steps at or above a pixel
    hit = count - seen  # the first step whose skyline is at or above the pixel
    first, before = np.clip(hit, 0, count - 1), np.clip(hit - 1, 0, count - 1)
    far, near = (np.take_along_axis(skyline, i, axis=0) for i in (first, before))
    y = np.arange(high, dtype=np.float32)[:, None]
    part = np.clip((near - y) / np.maximum(near - far, np.float32(1e-3)), 0, 1)
    cover = np.clip(y - skyline[-1][None, :] + 0.5, 0, 1)
    if sea is not None:
        a, b = (np.take_along_axis(h, k, axis=0) for k in (before, first))
        slope = np.maximum(np.abs(b - a), np.float32(1e-4))
        above = a + (b - a) * part - np.float32(sea)
        cover = cover * np.clip(above / (slope * 0.8 + 0.004) + 0.5, 0, 1) * (hit > 0)
    picture = np.empty((high, width, 3), np.float32)
    more = (cover > 0) * (1 if grain is None else grain)
    for c, plane in enumerate(colour):
        a, b = (np.take_along_axis(plane, k, axis=0) for k in (before, first))
        picture[..., c] = (a + (b - a) * part) * more
    return display(picture), np.asarray(cover, np.float32)
