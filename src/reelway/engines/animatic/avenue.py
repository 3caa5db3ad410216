"""A street in perspective: rows of houses along both sides, signs, lamps.

Slice     a piece of the street between two depths, one layer
walls     both sides of a slice, with blade signs
lamps     lamp posts and what they light
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.facade import NEON, Wall, front, sign, wall
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.terrain import EYE

Array = npt.NDArray[Any]
SOME = 32768  # points of a wall that are painted at a time
FAINT = 0.014  # light of lamps that nobody would miss
DEEP = 0.9  # of a house, away from the street
FIRST, LAST = 0.5, 40.0  # depths that the houses reach from and to


@dataclass(frozen=True, kw_only=True)
class Slice:
    near: float
    far: float
    half: float  # from the middle of the street to the walls, depth units
    horizon: float
    seed: int
    tall: float  # of a usual house
    neon: float = 0.0
    fine: float = 0.27


@dataclass(frozen=True, kw_only=True)
class _House:
    begin: float
    end: float
    high: float
    wall: Wall
    traits: Array


def _houses(of: Slice, side: int) -> list[_House]:
    random = stream(of.seed, "avenue", side)
    out, z = [], FIRST
    while z < LAST:
        long = float(random.uniform(0.55, 1.25)) * (1 + 0.10 * z)
        high = of.tall * float(random.uniform(0.45, 1.15)) * (1.6 if random.random() < 0.15 else 1)
        traits = random.uniform(0, 1, 8).astype(np.float32)
        own = wall(random, of.fine, shops=True)
        out.append(_House(begin=z, end=z + long, high=high, wall=own, traits=traits))
        z += long
    return out


def walls(window: Window, light: Light, of: Slice) -> tuple[Array, Array]:
    """Display RGB and cover."""
    picture = np.zeros((window.height, window.width, 3), np.float32)
    cover = np.zeros((window.height, window.width), np.float32)
    for side in (-1, 1):
        sun = 1.05 if (light.sun_x > 0) != (side > 0) else 0.10
        for house in reversed(_houses(of, side)):
            if house.end > of.near and house.begin < of.far:
                if house.begin >= of.near:
                    _end(window, picture, cover, light, of, house, side)
                _wall(window, picture, cover, light, of, house, side, sun)
                if of.near <= house.begin < of.far:
                    _blade(window, picture, cover, light, of, house, side)
    return picture, cover


def _columns(window: Window, a: float, b: float) -> tuple[int, int]:
    c = sorted(round((e - window.left) * window.density) for e in (a, b))
    return max(c[0], 0), min(c[1], window.width)


def _wall(
    window: Window,
    picture: Array,
    cover: Array,
    light: Light,
    of: Slice,
    house: _House,
    side: int,
    sun: float,
) -> None:
    near, far = max(house.begin, of.near), min(house.end, of.far)
    c0, c1 = _columns(window, side * of.half / near, side * of.half / far)
    if c1 <= c0:
        return
    d = window.density
    z = of.half / np.maximum(np.abs(window.xs[None, c0:c1]), 1e-3)
    top = of.horizon + (EYE - house.high) / near
    r0 = max(0, int((top - window.top) * d) - 1)
    r1 = min(window.height, int((of.horizon + EYE / near - window.top) * d) + 2)
    if r1 <= r0:
        return
    step = max(2, SOME // (c1 - c0))
    for r in range(r0, r1, step):  # in strips, that stay in the processor's cache
        part = np.s_[r : min(r + step, r1), c0:c1]
        up = EYE - (window.ys[part[0], None] - np.float32(of.horizon)) * z
        tone, dim = _bricks(light, of, house, up, z, d, sun)
        seen = np.exp(-z * light.haze_density * 1.1)
        a = np.clip((house.high - up) / z * d + 0.5, 0, 1) * np.clip(up / z * d + 1.0, 0, 1)
        kernels().over(picture[part], cover[part], tone, a, dim, seen, light.haze)


def _bricks(
    light: Light, of: Slice, house: _House, up: Array, z: Array, density: float, sun: float
) -> tuple[Array, Array]:
    """Linear light of a wall at heights and depths, and a factor of it."""
    along, pixel = z - np.float32(house.begin), z / density * np.sqrt(z / of.half)
    tone = front(house.wall, light, along, up, house.high, sun * np.clip(up / 0.8, 0.25, 1), pixel)
    if of.neon and house.traits[0] < of.neon:
        u, v = along / (house.end - house.begin), 1 - up / house.high
        at = 0.3 + 0.4 * house.traits[1], 0.35 + 0.25 * house.traits[2]
        tone += sign(u, v, house.traits[3], house.traits[4], at)
    # Towards the ground the street is dark; lamps of shops light it again.
    dim = 0.72 + 0.28 * np.clip(up / 0.5, 0, 1)
    dim[np.abs(up - house.high + 0.03) < 0.03] *= 1.35  # a ledge
    return tone, dim


def _end(
    window: Window,
    picture: Array,
    cover: Array,
    light: Light,
    of: Slice,
    house: _House,
    side: int,
) -> None:
    """The wall that faces us, of which a lower neighbour leaves the upper part to be seen."""
    z, d = house.begin, window.density
    c0, c1 = _columns(window, side * of.half / z, side * (of.half + DEEP) / z)
    rows = [of.horizon + (EYE - h) / z for h in (house.high, 0.0)]
    r0, r1 = (int(np.clip((r - window.top) * d, 0, window.height)) for r in rows)
    if c1 - c0 < 1 or r1 - r0 < 1:
        return
    part = np.s_[r0:r1, c0:c1]
    up = EYE - (window.ys[r0:r1, None] - of.horizon) * z
    along = np.abs(window.xs[None, c0:c1]) * z - of.half
    blank = replace(house.wall, shops=False, style="brick")
    tone = front(blank, light, along + 0.05, up, house.high, 0.35 * (not light.night), z / d)
    seen = math.exp(-z * light.haze_density * 1.1)
    kernels().over(picture[part], cover[part], tone, 1.0, 0.85, seen, light.haze)


def _blade(
    window: Window,
    picture: Array,
    cover: Array,
    light: Light,
    of: Slice,
    house: _House,
    side: int,
) -> None:
    """A sign that stands out from the wall, to be read along the street."""
    t, z = house.traits, house.begin + 0.3
    if t[5] > 0.30 + 0.6 * of.neon or z < of.near:
        return
    wide, low, high = 0.10 + 0.08 * t[6], 0.45 + 0.2 * t[2], 0.85 + 0.7 * t[7]
    a, b = side * of.half / z, side * (of.half - wide) / z
    c0, c1 = _columns(window, a, b)
    rows = [of.horizon + (EYE - h) / z for h in (high, low)]
    r0, r1 = (int(np.clip((r - window.top) * window.density, 0, window.height)) for r in rows)
    if c1 - c0 < 1 or r1 <= r0 or (rows[1] - rows[0]) * window.density < 2:
        return
    part = np.s_[r0:r1, c0:c1]
    u = (window.xs[None, c0:c1] - min(a, b)) / abs(a - b)
    v = (window.ys[r0:r1, None] - rows[0]) / (rows[1] - rows[0])
    colour = linear(NEON[int(t[3] * 5.99)])
    own = np.floor(v * 5)
    f = v * 5 - own
    key = np.sin(own * 12.9898 + t[4] * 78.2) * 43758.5453 % 1
    stroke = np.maximum(
        np.abs(np.sin(u * (6 + 5 * key) + key * 6)), np.abs(np.sin(f * (6 + 5 * key)))
    )
    inked = (stroke > 0.8) & (np.abs(u - 0.5) < 0.34) & (np.abs(f - 0.5) < 0.38)
    rim = (np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v) * 4) < 0.09) + 0 * u
    back = linear("#16161c") + colour * 0.10 * light.lamps
    day = (light.ambient + light.sun * 0.2) * (colour * 0.5 + 0.02)
    tone = np.where(
        (inked | (rim > 0))[..., None], colour * 1.25 * light.lamps + day, back + day * 0.3
    )
    picture[part], cover[part] = to_display(tone), 1


def lamps(
    window: Window, light: Light, of: Slice, *, depths: tuple[float, ...]
) -> tuple[Array, None]:
    """Display RGB, light to be added: lamps and their pools on the ground."""
    total = np.zeros((window.height, window.width), np.float32)
    x, y = window.xs[None, :], window.ys[:, None]
    warm = to_display(linear("#ffc27a"))
    for z in depths:
        for side in (-1, 1):
            cx, cy = side * (of.half - 0.22) / z, of.horizon + (EYE - 0.62) / z
            far = np.hypot(x - cx, y - cy) * np.float32(z)
            thick = np.float32(light.bloom)
            halo = np.exp(-far / 0.035) * 0.9 + np.exp(-far / (0.22 + 0.16 * thick)) * (
                0.20 + 0.22 * thick
            )
            gy = of.horizon + EYE / z
            pool = np.exp(-(((x - cx) * z / 0.5) ** 2) - ((y - gy) * z / 0.07) ** 2) * 0.20
            total += halo + pool
    total = np.maximum(total - FAINT, 0) * np.float32(1 + FAINT)  # nothing where nobody sees it
    return np.clip(total[..., None] * (warm * light.lamps), 0, 1), None


def posts(
    window: Window, light: Light, of: Slice, *, depths: tuple[float, ...]
) -> tuple[Array, Array]:
    """Display RGB and cover of the lamp posts."""
    cover = np.zeros((window.height, window.width), np.float32)
    y = window.ys[:, None]
    for z in depths:
        top, foot = of.horizon + (EYE - 0.64) / z, of.horizon + EYE / z
        for side in (-1, 1):
            cx = side * (of.half - 0.14) / z
            reach = sorted((cx, side * (of.half - 0.24) / z))
            c0, c1 = _columns(window, reach[0] - 0.02, reach[1] + 0.02)
            x = window.xs[None, c0:c1]
            pole = np.clip((0.008 / z - np.abs(x - cx)) * window.density + 0.5, 0, 1)
            pole = pole * (y > top) * (y < foot)
            arm = np.clip((0.005 / z - np.abs(y - top)) * window.density + 0.5, 0, 1)
            arm = arm * (x > reach[0]) * (x < reach[1])
            cover[:, c0:c1] = np.maximum(cover[:, c0:c1], np.maximum(pole, arm))
    tone = to_display(linear("#2b2d31") * (light.ambient + light.sun * 0.3) + light.haze * 0.04)
    return np.broadcast_to(tone, (*cover.shape, 3)), cover
