"""The scene's light as solids need it, and what a painted body looks like in it.

    Shade    fill from the sky, a key, the ground's bounce, edges of light from behind
    shade    the scene's light → Shade; the eye adapts, so that colours stay colours at night
    lights   that, and the haze before it, as the kernel that lights a figure takes them

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


def lights(s: Shade, depth: float, light: Light) -> Array:
    """The rows that the kernel `lit` asks for."""
    part = math.exp(-depth * light.haze_density)
    rows = s.fill, s.key, s.rim, s.kick, s.bounce, s.toward, light.haze * (1 - part), (part, 0, 0)
    return np.array(rows, np.float32)
