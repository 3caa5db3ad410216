"""The scene's light as solids need it, and what a painted body looks like in it.

    Shade    fill from the sky, a key, the ground's bounce, edges of light from behind
    shade    the scene's light → Shade; the eye adapts, so that colours stay colours at night
    lit      albedo, normals and cover of all solids together → linear light

Light is worked out once for a whole figure, not for each of its parts, and only where there is
any of it. The edge light follows the figure's outline: it is what holds a dark coat apart from a
dark street.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, linear
from reelway.engines.animatic.light import Light

Array = npt.NDArray[Any]
Point = tuple[float, float, float]
WHITE = 0.77  # linear light on a white thing at noon
LAMPS = np.array([0.15, 0.11, 0.07], np.float32)  # what windows and lanterns add
COOL = linear("#7fb8ff")  # of the edge that looks away from the lamps at night
EDGE = 0.017  # how deep the edge light goes, own units of a figure
WRAP = np.array([0.30, 0.22, 0.18], np.float32)  # light goes round a body, red the furthest


@dataclass(frozen=True, kw_only=True)
class Shade:
    fill: Array
    key: Array
    rim: Array  # the edge towards the light
    toward: Point  # where the key light comes from
    kick: Array  # the other edge
    bounce: Array  # from the ground


def shade(light: Light, *, indoors: bool = False, town: bool = False) -> Shade:
    """The eye adapts to half of what is missing of noon, so that colours stay colours."""
    key, fill = light.sun * 0.84, light.ambient * 0.95 + light.haze * 0.05
    side, rise = math.copysign(1.0, light.sun_x), light.elevation
    toward = (side * math.cos(rise) * 0.86, math.sin(rise), 0.30 * math.cos(rise) + 0.12)
    if indoors:  # the window is in the back wall to the left, the lamp to the right
        key = light.ambient * 0.7 + light.horizon * 0.30
        fill = light.ambient * 0.40 + light.horizon * 0.10
        toward = (-0.62, 0.45, 0.45)
        if light.lamps > 0.3:
            key, toward = key * 0.5 + linear("#ffb765") * 0.55, (0.62, 0.35, 0.5)
    elif light.night:  # street lamps and windows are all around
        key = key + LAMPS * light.lamps * (2.2 if town else 0.3)
    fill = fill + LAMPS * light.lamps * ((0.6 if town else 0.3) if light.night else 0.2)
    white = fill * 0.8 + key * 0.5
    gain = (max(float(white @ LUMA), 1e-3) / WHITE) ** -0.34
    behind = float(np.clip((0.26 - light.sun_height) / 0.12, 0.25, 1.0)) if light.disc else 0.18
    rim = (light.glow * 0.30 + light.sun * 0.30) * behind + LAMPS * light.lamps * (
        0.9 if town else 0.35
    )
    kick = light.horizon * 0.12 + light.ambient * 0.10
    if light.night or light.lamps > 0.6:
        kick = kick + COOL * (0.16 if town else 0.09) + light.sun * 0.06
    return Shade(
        fill=_calm(fill) * gain,
        key=_calm(key) * gain,
        rim=rim * (0.5 if indoors else 1.0) * gain,
        toward=unit(toward),
        kick=np.asarray(kick * (0.7 if indoors else 1.0) * gain, np.float32),
        bounce=np.asarray(_calm(fill * 0.18 + key * 0.10) * gain, np.float32),
    )


def _calm(light: Array) -> Array:
    """Light that is less coloured: else a red coat at night would be black."""
    level = float(light @ LUMA)
    return np.asarray(level + (light - level) * 0.68, np.float32)


def edge_of(unit: float) -> float:
    """How deep the edge light goes, in own units of a figure of this size: less from near."""
    return EDGE * 1.3 / (1 + unit)


def unit(p: Point) -> Point:
    long = math.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) or 1.0
    return p[0] / long, p[1] / long, p[2] / long


@dataclass(frozen=True, kw_only=True)
class Body:
    """What is there at each of n pixels."""

    albedo: Array  # (3, n)
    nx: Array
    ny: Array
    dark: Array  # 0…1: how much of the sky other parts hide
    shine: Array | None
    glow: Array | None
    edge: Array  # 0…1 near the outline
    ex: Array  # which way that outline looks
    ey: Array


def lit(b: Body, s: Shade) -> Array:
    """Linear light (3, n)."""
    flat2 = np.minimum(b.nx * b.nx + b.ny * b.ny, 1)
    nz = np.sqrt(1 - flat2)
    lx, ly, lz = (np.float32(v) for v in s.toward)
    toward = b.nx * lx + b.ny * ly + nz * lz
    sky = (0.70 + 0.30 * b.ny) * (0.66 + 0.34 * nz) * b.dark
    open_ = 0.45 + 0.55 * b.dark
    up = np.maximum(-b.ny, 0) * b.dark
    # Behind the outline: on the light's own side and on top warm, on the other side cool.
    ahead = b.ex * np.float32(math.copysign(1.0, lx))
    warm = b.edge * np.clip(0.55 * ahead + 0.45 * b.ey + 0.18, 0, 1) * np.float32(1.35)
    cool = b.edge * np.clip(-0.75 * ahead + 0.15 * b.ey + 0.10, 0, 1)
    glint = None
    if b.shine is not None:
        glint = np.maximum(toward * 0.92 + 0.10 * nz, 0) ** 14 * b.shine
    out = np.empty((3, len(toward)), np.float32)
    for i in range(3):
        own, wrap = b.albedo[i], WRAP[i]
        key = np.maximum((toward + wrap) * (1 / (1 + wrap)), 0) * open_
        made = sky * s.fill[i] + key * s.key[i] + up * s.bounce[i]
        made *= own
        made += (warm * s.rim[i] + cool * s.kick[i]) * (0.30 + 0.70 * np.minimum(own * 2, 1))
        if glint is not None:
            made += glint * np.float32(s.key[i] * 0.9 + s.fill[i] * 0.25)
        if b.glow is not None:
            part = np.minimum(b.glow, 1)
            made = made * (1 - part) + own * (b.glow * (0.75 + 0.25 * nz))
        out[i] = made
    return out
