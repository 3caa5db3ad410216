"""A market: stalls along both sides of a street, seen as one walks between them.

    build     the layers of all stalls, and strings of lanterns over the street
    Stalls    what one piece of the street between two depths holds

A stall has a front along the street (skirt, heaps of wares, a dark inside with a lamp, a scalloped
edge of its awning) and an end that faces us; both are planes, so that each pixel knows its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.terrain import EYE

Array = npt.NDArray[Any]
AWNINGS = ("#b8392c", "#2f6f8f", "#d0922e", "#3f7d4a", "#8a4a7a", "#c4623a")
PALE = linear("#e6dcc4")
WARES = ("#d8482c", "#e89a2a", "#7da63a", "#c23a4a", "#e2c23c", "#6a3f6e", "#b86a38", "#4d8a4a")
LAMP = linear("#ffc27a")
LANTERNS = ("#ff5a3a", "#ffb347", "#ff7a4a")
TABLE, EAVE, RIDGE = 0.105, 0.285, 0.40  # heights of counter, awning's lower and upper edge
LONG, GAP = 0.62, 0.14  # of a stall along the street, and between two
JUT = 0.07  # how far the awning comes out over the counter
NEAR, FAR = 0.62, 11.0
ENDS = (11.0, 5.2, 3.3, 2.2, 1.5, 0.9)


@dataclass(frozen=True, kw_only=True)
class Stalls:
    near: float
    far: float
    outer: float  # from the middle of the street to the stalls' backs
    inner: float  # and to their counters
    horizon: float
    seed: int


def build(b: Builder, half: float) -> None:
    outer = half - 0.06
    inner = outer - min(0.42, 0.45 * outer)
    whole = Stalls(near=NEAR, far=FAR, outer=outer, inner=inner, horizon=b.horizon,
                   seed=b.shot.seed)  # fmt: skip
    for far, near in pairwise(ENDS):
        part = Stalls(near=near, far=far, outer=outer, inner=inner, horizon=b.horizon,
                      seed=b.shot.seed)  # fmt: skip
        depth = near * 1.12
        b.add(
            depth,
            b.window(depth),
            partial(_row, light=b.light, of=part),
            front=True,
            order=far + LONG,
        )  # who walks between them is in front of them
    for depth, salt in ((5.6, 0), (3.6, 1), (2.3, 2)):
        _string(b, whole, depth, salt)


def _row(w: Window, light: Light, of: Stalls) -> tuple[Array, Array]:
    picture = np.zeros((w.height, w.width, 3), np.float32)
    cover = np.zeros((w.height, w.width), np.float32)
    for side in (-1, 1):
        random = stream(of.seed, "stalls", side)
        z, all_ = NEAR, []
        while z < FAR:
            all_.append((z, random.uniform(0, 1, 8).astype(np.float32)))
            z += LONG + GAP + 0.12 * float(random.uniform(0, 1))
        for z, t in reversed(all_):
            if of.near <= z < of.far:
                _front(w, picture, cover, light, of, side, z, t)
                _eave(w, picture, cover, light, of, side, z, t)
                _end(w, picture, cover, light, of, side, z, t)
    return picture, cover


def _part(
    w: Window, of: Stalls, side: int, xs: tuple[float, float], nearest: float
) -> tuple[Any, Array, Array] | None:
    """The pixels between two view x, down to the ground, and their x and y."""
    d = w.density
    c0, c1 = sorted(round((side * x - w.left) * d) for x in xs)
    c0, c1 = max(c0, 0), min(c1, w.width)
    rows = [of.horizon + (EYE - h) / nearest for h in (RIDGE + 0.12, -0.01)]
    r0, r1 = (int(np.clip((r - w.top) * d, 0, w.height)) for r in rows)
    if c1 - c0 < 1 or r1 - r0 < 2:
        return None
    return np.s_[r0:r1, c0:c1], w.xs[None, c0:c1], w.ys[r0:r1, None]


def _laid(
    picture: Array, cover: Array, part: Any, tone: Array, a: Array, z: Any, light: Light
) -> None:
    seen = np.exp(-np.asarray(z) * light.haze_density)
    tone = np.broadcast_to(tone, (*cover[part].shape, 3))
    kernels().over(picture[part], cover[part], tone, a, 1.0, seen, light.haze)


def _lit(light: Light, up: Array, along: Array) -> tuple[Array, Array]:
    """Light on what is outside, and under the awning, where a bulb hangs."""
    day = light.ambient + light.sun * 0.45
    bulb = np.exp(-np.hypot((along - LONG / 2) / 0.30, (up - 0.24) / 0.13))
    lamp = (bulb * (0.22 + 2.2 * light.lamps))[..., None] * LAMP
    return day + 0 * lamp, light.ambient * 0.75 + light.sun * 0.16 + lamp


def _wares(along: Array, up: Array, t: Array, pixel: Any) -> tuple[Array, Array]:
    """Colours of heaps of round things, and how far each point is turned to the light."""
    own = np.floor(along / 0.135)
    key = np.abs(np.sin(own * 12.9898 + t[2] * 78.2) * 43758.5453) % 1
    colours = np.stack([linear(c) for c in WARES])[(key * (len(WARES) - 0.01)).astype(np.int64)]
    size = 0.016 + 0.010 * ((key * 7) % 1)
    row = np.floor(up / (size * 0.86))
    u = (along / size + 0.5 * (row % 2)) % 1 - 0.5
    v = (up / (size * 0.86)) % 1 - 0.5
    r2 = 4 * (u * u + v * v)
    ball = np.clip(1.15 - 0.75 * r2 - 0.35 * u + 0.5 * v, 0.18, 1.4)
    fine = np.clip(1.6 - 22 * np.asarray(pixel), 0, 1)  # small ones melt together
    single = np.sin(np.floor(along / size + 0.5 * (row % 2)) * 7.1 + row * 3.7)
    shade = (ball * (1 + 0.16 * single)) * fine + 0.80 * (1 - fine)
    edge = np.abs((along / 0.135) % 1 - 0.5) > 0.475  # the boards between heaps
    colours = np.where(edge[..., None], linear("#4a3624"), colours)
    return colours, shade


def _cloth(u: Array, t: Array) -> Array:
    colour = linear(AWNINGS[int(t[0] * 5.99)])
    stripe = np.clip(np.sin(u * 2 * np.pi / 0.11) * 6 + 0.5, 0, 1)[..., None]
    return np.asarray(PALE * stripe + colour * (1 - stripe)) if t[1] < 0.7 else colour + 0 * stripe


def _front(
    w: Window, picture: Array, cover: Array, light: Light, of: Stalls, side: int, z0: float,
    t: Array,
) -> None:  # fmt: skip
    found = _part(w, of, side, (of.inner / z0, of.inner / (z0 + LONG)), z0)
    if found is None:
        return
    part, x, y = found
    z = of.inner / np.maximum(np.abs(x), 1e-3)
    up, along = EYE - (y - of.horizon) * z, z - z0 + 0 * y
    pixel = z / w.density
    day, under = _lit(light, up, along)
    colours, shade = _wares(along, up, t, pixel * np.sqrt(z / of.inner))
    skirt = linear(AWNINGS[int(t[3] * 5.99)]) * 0.8 if t[4] < 0.6 else linear("#6a4c30")
    folds = 0.78 + 0.22 * np.sin(along * 70 + 2 * np.sin(along * 23))
    boards = 0.75 + 0.25 * (np.abs((up / 0.026) % 1 - 0.5) < 0.42)
    low = np.where(t[4] < 0.6, folds, boards) * (0.55 + 0.45 * np.clip(up / TABLE, 0, 1))
    heap = TABLE + 0.050 + 0.022 * np.abs(np.sin(along * np.pi / 0.135))
    # Inside: shelves at the back, in the lamp's light.
    row = np.floor((up - TABLE) / 0.055)
    jar = np.sin(np.floor(along / 0.030) * 12.99 + row * 5.2 + t[5] * 9) * 0.5 + 0.5
    there = ((up - TABLE) / 0.055 % 1 < 0.35 + 0.4 * jar) & (np.abs(along / 0.03 % 1 - 0.5) < 0.4)
    hues = np.stack([0.5 + 0.5 * np.sin(jar * 9 + k) for k in (0.0, 1.6, 3.4)], axis=-1)
    inside = np.where(there[..., None], 0.10 + 0.35 * hues, linear("#5a4430")) * 0.8
    tone = inside * under
    tone = np.where((up < heap)[..., None], colours * under * 1.15 * shade[..., None], tone)
    tone = np.where((up < TABLE)[..., None], skirt * day * low[..., None], tone)
    edge = (np.abs(up - TABLE) < 0.006)[..., None]
    tone = np.where(edge, linear("#8a6a44") * day, tone)
    post = np.minimum(along, LONG - along) < 0.014
    tone = np.where((post & (up > TABLE))[..., None], linear("#5a4630") * day * 0.8, tone)
    bulb = np.hypot(along - LONG / 2, up - 0.245) < 0.014
    tone = np.where(bulb[..., None], LAMP * (0.5 + 1.2 * light.lamps), tone)
    a = np.clip(up / pixel + 0.8, 0, 1) * np.clip((EAVE + 0.05 - up) / pixel + 0.5, 0, 1)
    _laid(picture, cover, part, tone, a, z, light)


def _eave(
    w: Window, picture: Array, cover: Array, light: Light, of: Stalls, side: int, z0: float,
    t: Array,
) -> None:  # fmt: skip
    """The awning's edge, which comes out over the counter, and its scallops."""
    at = of.inner - JUT
    found = _part(w, of, side, (at / z0, at / (z0 + LONG)), z0)
    if found is None:
        return
    part, x, y = found
    z = at / np.maximum(np.abs(x), 1e-3)
    up, along = EYE - (y - of.horizon) * z, z - z0 + 0 * y
    pixel = z / w.density
    eave = EAVE + 0.035 * float(t[7])
    low = eave - 0.014 * np.abs(np.sin(along * np.pi / 0.055))
    sun = 0.55 if (light.sun_x > 0) != (side > 0) else 0.2
    shine = light.ambient + light.sun * sun + LAMP * (0.16 * light.lamps)
    tone = _cloth(along, t) * shine * (0.80 + 2.6 * np.clip(up - eave, 0, 0.07))[..., None]
    a = np.clip((up - low) / pixel + 0.5, 0, 1) * np.clip((eave + 0.070 - up) / pixel + 0.5, 0, 1)
    _laid(picture, cover, part, tone, a, z, light)


def _end(
    w: Window, picture: Array, cover: Array, light: Light, of: Stalls, side: int, z: float,
    t: Array,
) -> None:  # fmt: skip
    found = _part(w, of, side, ((of.inner - JUT) / z, of.outer / z), z)
    if found is None:
        return
    part, x, y = found
    up, out = EYE - (y - of.horizon) * z, np.abs(x) * z + 0 * y
    pixel = z / w.density
    back = np.clip((out - of.inner) / (of.outer - of.inner), 0, 1)
    eave = EAVE + 0.035 * float(t[7])
    roof = eave + 0.070 + (RIDGE - EAVE - 0.045) * (out - of.inner + JUT) / (
        of.outer - of.inner + JUT)  # fmt: skip
    day, under = _lit(light, up, LONG / 2 + 0.5 * (out - of.inner))
    colours, shade = _wares(out - of.inner + 0.3 * t[6], up, t, pixel)
    heap = TABLE + 0.045 + 0.07 * back + 0.012 * np.abs(np.sin(out * np.pi / 0.05))
    cloth = _cloth(out, t) * (light.ambient + light.sun * 0.25 + LAMP * 0.2 * light.lamps)
    tone = linear("#5a4430") * under * 0.7 + 0 * up[..., None]
    tone = np.where((up < heap)[..., None], colours * under * 1.15 * shade[..., None], tone)
    boards = 0.7 + 0.3 * (np.abs((up / 0.030) % 1 - 0.5) < 0.42)
    crate = linear("#7a5a38") * day * (boards * (0.6 + 0.4 * np.clip(up / TABLE, 0, 1)))[..., None]
    tone = np.where((up < TABLE)[..., None], crate * 0.8, tone)
    tone = np.where((up > roof - 0.075)[..., None], cloth, tone)
    post = np.abs(out - of.inner) < 0.010
    tone = np.where((post & (up < roof))[..., None], linear("#5a4630") * day * 0.8, tone)
    solid = np.clip((out - of.inner) / pixel + 1.0, 0, 1)
    solid = np.maximum(solid, np.clip((up - eave + 0.008) / pixel + 0.5, 0, 1))
    a = np.clip(up / pixel + 0.8, 0, 1) * np.clip((roof - up) / pixel + 0.5, 0, 1) * solid
    _laid(picture, cover, part, tone, a, z + 0 * up, light)


def _string(b: Builder, of: Stalls, depth: float, salt: int) -> None:
    """Lanterns on a rope from one side to the other."""
    half, high, sag = of.outer / depth, 0.66, 0.10
    top = b.horizon + (EYE - high) / depth
    random = stream(of.seed, "lanterns", salt)
    count = 9 if depth < 3 else 11
    at = np.linspace(-0.92, 0.92, count) + random.uniform(-0.02, 0.02, count)
    hues = [linear(LANTERNS[int(k * 2.99)]) for k in random.uniform(0, 1, count)]
    size = 0.034 / depth

    def drop(u: Any) -> Any:
        return top + sag / depth * (1 - u * u)

    def paint(w: Window) -> tuple[Array, Array]:
        x, y = w.xs[None, :], w.ys[:, None]
        lit = b.light.ambient + b.light.sun * 0.3
        rope = np.clip((0.0035 / depth - np.abs(y - drop(x / half))) * w.density + 0.5, 0, 1)
        cover = rope * (np.abs(x) < half)
        colour = np.broadcast_to(linear("#2a211a") * lit, (*cover.shape, 3)).copy()
        for u, hue in zip(at, hues, strict=True):
            cx, cy = u * half, drop(u) + 1.5 * size
            part = w.part((cx - size, cy - 1.2 * size, cx + size, cy + 1.2 * size))
            if part is None:
                continue
            off, down = x[:, part[1]] - cx, y[part[0]] - cy
            r = np.hypot(off / size, down / (1.15 * size))
            body = np.clip((1 - r) * size * w.density + 0.5, 0, 1)
            rib = 0.85 + 0.15 * np.cos(off / size * 9)
            own = hue * (0.35 + 0.9 * b.light.lamps) * (1.15 - 0.5 * r**2)[..., None]
            tone = (hue * lit * 0.7 + own * rib[..., None])[body > 0]
            colour[part][body > 0] = tone
            cover[part] = np.maximum(cover[part], body)
        return to_display(colour), cover

    window = b.window(depth, top - 2 * size, top + sag / depth + 4 * size)
    sway = float(random.uniform(0, 6.28))
    b.add(depth, window, paint, front=True,
          motion=lambda s: State(dy=0.0018 / depth * float(np.sin(1.1 * s + sway))))  # fmt: skip
    if b.light.lamps < 0.3:
        return

    def glow(w: Window) -> tuple[Array, None]:
        x, y = w.xs[None, :], w.ys[:, None]
        total = np.zeros((w.height, w.width), np.float32)
        for u in at:
            far = np.hypot(x - u * half, y - drop(u) - 1.5 * size) / size
            total += 0.30 * np.exp(-far / 1.6)
        return np.clip(total[..., None] * to_display(linear("#ff9a50")) * b.light.lamps, 0, 1), None

    wide = b.window(depth, top - 8 * size, top + sag / depth + 12 * size, density=140)
    b.add(depth * 0.998, wide, glow, added=True, soft=True, front=True)
