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
from reelway.engines.animatic.noise import fbm, fbm_at, stream

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
    low_sun = light.sun_height < 0.15
    wide = (0.55 if low_sun else 0.26) * np.exp(-((far / 0.33) ** 1.2))
    wide = wide + 0.6 * np.exp(-((far / (0.1 if low_sun else 0.07)) ** 1.1))
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
        radius = 0.034 if light.disc == "moon" else 0.027 if light.sun_height < 0.15 else 0.017
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
    """Display RGB and cover of the clouds: a plane of them over the land, seen in perspective."""
    x, y = window.xs[None, :], window.ys[:, None]
    above = np.maximum(horizon - y, 0)
    u, v = _on_plane(x, above)
    sun = _on_plane(np.float32(light.sun_x), np.float32(light.sun_height))
    warp = fbm_at(seed, "swirl", u * 0.6, v * 0.6, octaves=3)
    bend = fbm_at(seed, "bend", u * 0.6 + 17, v * 0.6 + 5, octaves=3)
    u, v = u + 0.16 * warp, v + 0.18 * bend
    edge = 0.60 - 1.25 * light.clouds
    body = _density(seed, u, v, edge, fine=7)
    # What lies between a point and the sun keeps the light from it.
    du, dv = sun[0] - u, sun[1] - v
    far = np.sqrt(du * du + dv * dv) + 1e-3
    veil = np.zeros_like(body)
    for step in (0.07, 0.17, 0.33):
        there = u + du / far * step, v + dv / far * step
        veil += np.maximum(_density(seed, *there, edge, fine=4), 0)
    lit = np.exp(-1.15 * veil - 0.35 * np.maximum(body, 0))
    # Under a closed sky the folds of its lower side are what is seen.
    heavy = float(np.clip((light.clouds - 0.6) / 0.3, 0, 1))
    fold = _density(seed, u + 0.10, v - 0.05, edge, fine=5) - body
    lit = lit * (1 - heavy) + heavy * np.clip(0.42 - 0.75 * (body + edge) + 1.1 * fold, 0, 1)
    cover = np.clip(body / 0.36, 0, 1)
    cover = cover * cover * (3 - 2 * cover)
    streaks = fbm_at(seed, "cirrus", u * 0.55 + 8, v * 2.1, octaves=5)
    high = np.clip(streaks * 0.75 + 0.55 * warp - 0.06, 0, 1) * min(1.0, light.clouds * 2.2)
    # A closed sky may be open low over the land, most where the sun is.
    side = np.exp(-(((x - light.sun_x) / 0.55) ** 2))
    low = light.slit * (0.030 + 0.045 * side + 0.05 * warp * (0.4 + side))
    fade = np.clip((above - np.maximum(low, 0)) / (0.07 - 0.025 * light.slit), 0, 1) ** 0.8
    thin = high * (1 - cover) * 0.42
    most = 0.72 if light.night and light.clouds < 0.8 else 0.96
    cover = (cover * most + thin) * fade
    colour = light.cloud_dark * (1 - lit[..., None]) + light.cloud_lit * lit[..., None] * 1.06
    away = np.hypot((x - light.sun_x) / 1.3, y - (horizon - light.sun_height))
    # Thin edges before the sun glow.
    lining = (np.exp(-((away / 0.20) ** 1.4)) * 1.5 + 0.35 * np.exp(-away / 0.5)) * lit
    edges = 1.0 if light.disc else max(0.2, 0.9 * light.slit)
    lining = lining * (1.15 - np.clip(cover, 0, 1)) * edges
    lining *= 0.45 if light.night else 1
    colour = colour + light.glow * lining[..., None]
    if light.slit:  # lit from below through the gap
        under = light.slit * np.exp(-np.hypot((x - light.sun_x) / 1.6, above) / 0.12)
        colour = (
            colour + light.glow * (under * np.clip(0.16 + 0.9 * fold + 0.25 * lit, 0, 1))[..., None]
        )
    haze = np.exp(-above / 0.13)[..., None] * 0.62
    colour = colour * (1 - haze) + light.horizon * haze
    return to_display(colour), cover


def _on_plane(x: Any, above: Any) -> tuple[Any, Any]:
    """Where a line of sight meets the clouds; it never quite looks along them."""
    far = 1 / (above + 0.13)
    return x * far * 1.0 + 40, far * 1.75 + 40


def _density(seed: int, u: Array, v: Array, edge: float, *, fine: int) -> Array:
    puffs = fbm_at(seed, "cloud", u, v, octaves=fine, gain=0.52)
    patch = fbm_at(seed, "patch", u * 0.42, v * 0.42, octaves=2)
    return puffs * 0.62 + patch * 0.72 - np.float32(edge)
