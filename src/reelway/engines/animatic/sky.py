"""The sky: gradient and glow, the disc of sun or moon with the stars, and clouds.

dome     opaque and soft, painted small
lights   stars and disc, painted sharp; light only
clouds   domain-warped noise, lit from the sun's side; drifts with the wind
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, to_display
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
STARS = 900


def dome(window: Window, light: Light, horizon: float, seed: int) -> Array:
    """Display RGB of the bare sky."""
    x, y = window.xs[None, :], window.ys[:, None]
    up = np.clip((horizon - y) / 0.62, 0, 1)  # 0 at the horizon, 1 high above
    low = np.clip(up / 0.42, 0, 1)[..., None] ** 0.85
    high = np.clip((up - 0.25) / 0.75, 0, 1)[..., None]
    # Mixed in cube-root space, where steps look even.
    stops = [np.cbrt(c) for c in (light.horizon, light.middle, light.zenith)]
    sky = (stops[0] * (1 - low) + stops[1] * low) * (1 - high) + stops[2] * high
    sky = np.broadcast_to(sky, (window.height, window.width, 3)) ** 3
    dx = (x - light.sun_x) / 1.15
    dy = y - (horizon - light.sun_height)
    far = np.sqrt(dx * dx + dy * dy)
    wide = 0.55 * np.exp(-((far / 0.33) ** 1.2)) + 0.6 * np.exp(-((far / 0.1) ** 1.1))
    wide *= 0.32 if light.night else 1.0
    wide = wide + 0.25 * np.exp(-((dy / 0.16) ** 2)) * np.exp(-((dx / 0.8) ** 2)) * (
        not light.night
    )
    sky = sky + light.glow * wide[..., None].astype(np.float32) * (1 - 0.55 * sky)
    uneven = fbm(seed, "air", window.xs * 1.6, window.ys * 3.2, octaves=3)
    return to_display(sky * (1 + 0.05 * uneven[..., None]))


def lights(window: Window, light: Light, horizon: float, seed: int) -> Array:
    """Display RGB of stars and disc, to be added."""
    out = np.zeros((window.height, window.width, 3), np.float32)
    if light.stars:
        sow(out, window, light.stars, horizon, seed)
    if light.disc:
        x, y = window.xs[None, :] - light.sun_x, window.ys[:, None] - (horizon - light.sun_height)
        far = np.sqrt(x * x + y * y)
        radius = 0.034 if light.disc == "moon" else 0.030
        disc = np.clip((radius - far) * window.density + 0.5, 0, 1)
        if light.disc == "moon":
            spots = fbm(seed, "moon", window.xs * 28, window.ys * 28, octaves=4)
            disc = disc * (0.82 + 0.16 * spots)
            colour = np.array([0.93, 0.95, 1.0], np.float32)
        else:
            disc = disc + 0.45 * np.exp(-np.maximum(far - radius, 0) / 0.018)
            colour = np.minimum(to_display(light.glow * 1.3), 1)
        out += disc[..., None] * colour
    return out


def sow(out: Array, window: Window, level: float, horizon: float, seed: int) -> None:
    """Add stars of a brightness 0…1 above a view y."""
    random = stream(seed, "stars")
    x = random.uniform(-2.0, 2.0, STARS)
    y = horizon - random.uniform(0.02, 1.3, STARS)
    bright = (random.pareto(2.2, STARS) * 0.16 + 0.10).clip(0, 0.95) * level
    warm = random.uniform(-1, 1, STARS)
    radius = 0.0008 + 0.0012 * bright
    reach = max(1, int(0.004 * window.density) + 1)
    px, py = (x - window.left) * window.density - 0.5, (y - window.top) * window.density - 0.5
    offsets = np.arange(-reach, reach + 1)
    for i in range(STARS):
        cx, cy = round(px[i]), round(py[i])
        if not (reach <= cx < window.width - reach and reach <= cy < window.height - reach):
            continue
        d2 = (offsets[:, None] + cy - py[i]) ** 2 + (offsets[None, :] + cx - px[i]) ** 2
        size = max(radius[i] * window.density, 0.55)
        spot = bright[i] * np.exp(-d2 / (2 * size * size))
        tint = np.array([1 + 0.12 * warm[i], 1.0, 1 - 0.12 * warm[i]])
        out[cy - reach : cy + reach + 1, cx - reach : cx + reach + 1] += spot[..., None] * tint


def clouds(window: Window, light: Light, horizon: float, seed: int) -> tuple[Array, Array]:
    """Display RGB and cover of the clouds, flattened towards the horizon."""
    xs, ys = window.xs.astype(np.float64), window.ys.astype(np.float64)
    above = np.maximum(horizon - ys, 0)
    # The plane of clouds in perspective: equal steps get denser towards the horizon.
    plane = -3.2 * np.log(above + 0.14)
    order = np.argsort(plane, kind="stable")
    shape = np.empty((len(ys), len(xs)), np.float32)
    shape[order] = fbm(seed, "cloud", xs * 1.9 + 40, plane[order] * 1.15 + 40, octaves=6, gain=0.52)
    patch = np.empty_like(shape)
    patch[order] = fbm(seed, "patch", xs * 0.8 + 9, plane[order] * 0.55 + 9, octaves=2)
    field = shape * 0.62 + patch * 0.75
    edge = 0.62 - 1.25 * light.clouds
    cover = np.clip((field - edge) / 0.75, 0, 1)
    cover = cover * cover * (3 - 2 * cover)
    fade = np.clip(above / 0.10, 0, 1)[:, None] ** 0.8
    cover = cover * fade * (0.55 if light.night and light.clouds < 0.8 else 0.92)
    lit = _lit(window, light, horizon, field)
    colour = light.cloud_dark * (1 - lit[..., None]) + light.cloud_lit * lit[..., None]
    x, y = window.xs[None, :], window.ys[:, None]
    far = np.hypot((x - light.sun_x) / 1.4, y - (horizon - light.sun_height))
    lining = np.exp(-((far / 0.22) ** 2)) * (1 - cover) * (1.3 if light.disc else 0.2)
    lining *= 0.5 if light.night else 1
    colour = colour + light.glow * lining[..., None]
    haze = np.exp(-above / 0.16)[:, None, None] * 0.6
    colour = colour * (1 - haze) + light.horizon * haze
    return to_display(colour), cover


def _lit(window: Window, light: Light, horizon: float, field: Array) -> Array:
    """How much of the sun reaches each point: less where cloud lies towards it."""
    step = max(1, round(0.022 * window.density))
    shade = np.zeros_like(field)
    side = -1 if light.sun_x > 0 else 1
    for i in (1, 2, 3):
        moved = np.roll(field, (step * i // 2, side * step * i), axis=(0, 1))
        shade += np.maximum(moved - field * 0.6, 0) / 3
    return np.clip(0.78 - 1.25 * shade - 0.18 * field, 0, 1)
