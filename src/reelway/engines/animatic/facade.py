"""Fronts of buildings: what a wall looks like at a point of it, by day and by night.

Wall     one building's own: style, colours, how much of it is lit
front    linear light at points of a wall, told in depth units along and up
sign     a neon sign on it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
WALLS = ("#6b6a70", "#7d6a5a", "#59626e", "#8a7361", "#6c726a", "#968a7c", "#7a5248", "#a39a8c")
NEON = ("#ff2d78", "#22d6ff", "#8f4dff", "#ffb52e", "#2bff9d", "#ff5a2e")
LAMP = ("#ffd58a", "#ffe3ae", "#ffc26a", "#cfe2ff")
STYLES = ("grid", "grid", "ribbon", "glass", "fins", "brick")
SOME = 8192  # pixels that are painted at a time, so that they stay in the processor's cache
GROUND_FLOOR = 0.40  # depth units


@dataclass(frozen=True, kw_only=True)
class Wall:
    """`cell`: width and height of a window with its wall, depth units."""

    style: str
    colour: Array
    cell: tuple[float, float]
    lit: float  # share of windows
    lamp: Array
    key: int  # of its chances
    shops: bool = False


def wall(random: np.random.Generator, fine: float, *, shops: bool = False) -> Wall:
    """A building's numbers; `fine`: size of its windows."""
    traits = [float(t) for t in random.uniform(0, 1, 6)]
    style = STYLES[int(traits[0] * len(STYLES))]
    if shops and style == "glass":
        style = "brick"
    wide, high = (0.8 + 0.5 * traits[1]) * fine, (1.0 + 0.3 * traits[2]) * fine
    if style == "fins":
        wide *= 0.6
    return Wall(
        style=style,
        colour=linear(WALLS[int(traits[3] * len(WALLS))]) * (0.75 + 0.5 * traits[4]),
        cell=(wide, high),
        lit=0.10 + 0.42 * traits[5],
        lamp=linear(LAMP[int(traits[1] * len(LAMP))]),
        key=int(random.integers(1 << 30)),
        shops=shops,
    )


def front(
    of: Wall,
    light: Light,
    along: Array,
    up: Array,
    high: float | Array,
    shade: Array | float,
    pixel: Array | float,
) -> Array:
    """Linear light, (h, w, 3). `shade`: 0…1, how much of the sun falls on it; `pixel`: depth units
    that a pixel covers, for edges that do not flicker."""  # fmt: skip
    given: tuple[Any, ...] = (along, up, high, shade, pixel)
    count, across = np.broadcast_shapes(*(np.shape(a) for a in given), (1, 1))[:2]
    out, step = np.empty((count, across, 3), np.float32), max(1, SOME // across)
    for k in range(0, count, step):
        rows = (a[k : k + step] if np.ndim(a) == 2 and len(a) > 1 else a for a in given)
        out[k : k + step] = _front(of, light, *rows)
    return out


def _front(
    of: Wall,
    light: Light,
    along: Array,
    up: Array,
    high: float | Array,
    shade: Array | float,
    pixel: Array | float,
) -> Array:
    """Some rows of it."""
    wide, tall = of.cell
    i, j = np.floor(along / wide), np.floor(up / tall)
    fu, fv = along / wide - i, up / tall - j
    soft_u, soft_v = np.maximum(pixel / wide, 0.02), np.maximum(pixel / tall, 0.02)
    half_u, half_v = {"ribbon": (0.60, 0.27), "glass": (0.47, 0.45), "fins": (0.36, 0.46),
                      "brick": (0.22, 0.30)}.get(of.style, (0.30, 0.33))  # fmt: skip
    pane = np.clip((half_u - np.abs(fu - 0.5)) / soft_u + 0.5, 0, 1)
    pane = pane * np.clip((half_v - np.abs(fv - 0.5)) / soft_v + 0.5, 0, 1)
    # Windows smaller than a pixel melt into their mean.
    fine = np.clip(1.6 - 1.1 * np.maximum(soft_u, soft_v), 0, 1)
    pane = pane * fine + 4 * half_u * half_v * (1 - fine) * 0.8
    pane = pane * (up > 0.25 * tall) * (up < high - 0.3 * tall)
    chance = stream(of.key, "panes").uniform(0, 1, (64, 64)).astype(np.float32)
    seen = chance[j.astype(np.int64) % 64, i.astype(np.int64) % 64]
    floor = chance[(j.astype(np.int64) * 5 + 3) % 64, 11]
    close = np.clip(1 - np.maximum(soft_u, soft_v) * 5, 0, 1)
    bar = (np.abs(fu - 0.5) < 0.025) | (np.abs(fv - 0.62) < 0.02)
    pane = pane * (1 - 0.8 * bar * close)
    sill = (np.abs(fu - 0.5) < half_u + 0.05) & (np.abs(fv - 0.5 + half_v + 0.03) < 0.03)
    lines = (
        1
        + 0.5 * sill * close
        - 0.10 * (fv < 0.06) * fine
        - (0.08 * (fu < 0.05) * fine if of.style != "glass" else 0)
    )
    grime = 0.88 + 0.12 * np.clip(up / np.maximum(high, 1e-3), 0, 1)
    sky = light.ambient * 0.85 + light.middle * 0.10
    tone = of.colour * (sky + light.sun * np.asarray(shade)[..., None])
    tone = tone * (lines * grime)[..., None]
    # By day panes mirror the sky, each a little askew.
    part = np.clip(0.35 + 0.75 * (up / np.maximum(high, 1e-3)) + 0.5 * (seen - 0.5), 0, 1)[
        ..., None
    ]
    mirror = (light.horizon * (1 - part) + light.zenith * part) * (0.40 + 0.5 * seen[..., None])
    strength = 0.9 if of.style == "glass" else 0.7
    dark = pane[..., None] * strength
    tone = tone * (1 - dark) + mirror * dark * (0.9 if of.style == "glass" else 0.55)
    share = (of.lit * (0.4 + 1.2 * floor)) * light.lamps
    on = np.clip((share - seen) / 0.03, 0, 1) * (0.45 + 0.75 * (seen * 7919 % 1))
    glow = on * pane * min(1.0, light.lamps * 1.1)
    tone = tone + glow[..., None] * of.lamp * 0.85
    if of.shops and len(low := np.nonzero((up < GROUND_FLOOR).any(axis=1))[0]):
        rows = slice(int(low[0]), int(low[-1]) + 1)
        tone[rows] = _shops(of, light, tone[rows], along[rows], up[rows], chance)
    return np.asarray(tone, np.float32)


def _shops(of: Wall, light: Light, tone: Array, along: Array, up: Array, chance: Array) -> Array:
    """The ground floor: wide panes with light behind them, doors, a strip with the name above."""
    k = np.floor(along / 0.62).astype(np.int64)
    f = along / 0.62 - k
    seen = chance[(k * 3) % 64, 7]
    glass = (up < 0.27) & (up > 0.035) & (np.abs(f - 0.5) < 0.44) & (np.abs(f - 0.72) > 0.02)
    fascia = (up >= 0.28) & (up < 0.36) & (np.abs(f - 0.5) < 0.47)
    below = (up < GROUND_FLOOR)[..., None]
    tone = np.where(below, of.colour * 0.45 * (light.ambient + light.sun * 0.15), tone)
    hue = np.stack([chance[(k + c * 9) % 64, 3] for c in range(3)], axis=-1)
    paint = (0.06 + 0.42 * hue**2) * (light.ambient + light.sun * 0.25)
    tone = np.where(fascia[..., None], paint, tone)
    inside = of.lamp * (0.25 + 0.75 * seen)[..., None] * (0.4 + 0.8 * (up / 0.27))[..., None]
    goods = 0.65 + 0.35 * np.sin(along * 47 + seen * 9) * (up < 0.15)
    # By day the panes mirror the other side of the street, and the wares stand behind.
    slant = np.clip(0.5 + 0.5 * np.sin(along * 2.1 - up * 9 + seen * 9), 0, 1)[..., None]
    wares = hue * goods[..., None] * (up < 0.17)[..., None] * light.ambient * 0.7
    day = light.horizon * (0.05 + 0.16 * slant) + wares
    lit = inside * goods[..., None] * light.lamps + day * (1 - 0.8 * light.lamps)
    tone = np.where(glass[..., None], lit, tone)
    on = (chance[(k * 7 + 1) % 64, 5] < 0.55) & fascia
    letters = (np.abs(up - 0.32) < 0.018) & (np.sin(along * 95 + 8 * seen) > -0.2)
    colour = np.stack([linear(c) for c in NEON])[(seen * 5.99).astype(np.int64)]
    bright = (on & letters)[..., None] * light.lamps
    return np.asarray(tone + bright * colour * 1.1)


def sign(u: Array, v: Array, key: float, form: float, at: tuple[float, float]) -> Array:
    """A neon sign on a wall of the unit square: an upright or lying bar of strokes with a halo."""
    colour = linear(NEON[int(key * 5.99)])
    upright = form < 0.6
    hu, hv = (0.055, 0.20) if upright else (0.30, 0.022)
    du, dv = np.maximum(np.abs(u - at[0]) - hu, 0), np.maximum(np.abs(v - at[1]) - hv, 0)
    far = np.hypot(du, dv * 1.6)
    s, t = ((v - at[1]) / hv, (u - at[0]) / hu) if upright else ((u - at[0]) / hu, (v - at[1]) / hv)
    glyph = np.floor(s * 3.5 + 40)
    own = np.sin(glyph * 12.9898 + key * 78.2) * 43758.5453 % 1
    stroke = np.maximum(
        np.abs(np.sin(t * (2 + 3 * own) + own * 6)), np.abs(np.sin((s * 3.5 % 1) * (5 + 4 * own)))
    )
    gap = (s * 3.5 % 1 > 0.12) & (s * 3.5 % 1 < 0.9)
    strokes = np.where((stroke > 0.72) & gap, 1.0, 0.22) * (far < 1e-6)
    edge = np.exp(-far / 0.010) * (far > 1e-6)
    halo = np.exp(-far / 0.11) * 0.20
    white = np.clip(strokes - 0.6, 0, 1)[..., None] * 0.5
    return np.asarray((strokes * 1.25 + edge * 0.9 + halo)[..., None] * (colour + white))
