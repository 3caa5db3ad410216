"""What gives light in the picture itself: a fire, a candle, a spotlight, neon, the sun behind.

    named    which of them a shot has, or ""
    Source   the shot's one: where it is, how far it reaches, what is left of all other light
    bathed   a painted layer in its light
    upon     the same for a figure, which has a side towards it

Layers are painted in the scene's own light. How much brighter each part is that the source
reaches follows from its distance in space, and is baked in: a frame costs what it did.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, Window, linear
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.plan import CANDLE, ShotPlan
from reelway.engines.animatic.shading import Shade, unit
from reelway.engines.animatic.terrain import EYE

Array = npt.NDArray[Any]
Span = tuple[float, float]  # the nearest and the farthest depth of a ground
COARSE = 36.0  # pixels a view unit in which the light is worked out: it is soft
BEYOND = 40.0  # depth from which nothing is reached
MOST = 16.0  # times brighter, at most
SPOT = re.compile(r"\bspot ?lights?\b|\bspotlit\b|聚光|追光", re.I)
BACK = re.compile(r"\bback[- ]?lit\b|\bback ?light(?:ing)?\b|\bsilhouett\w*|\bcontre[- ]jour\b"
                  r"|逆光|剪影", re.I)  # fmt: skip
NEON = (linear("#ff3f9a"), linear("#37d6ff"))  # of the two sides of a street


@dataclass(frozen=True, kw_only=True)
class Source:
    """`x`, `y`: the light itself, `foot`: the ground below it, view units. `flat`: distances are
    those in the picture, as on the walls of a room."""

    kind: str
    x: float
    y: float
    foot: float
    depth: float
    colour: Array  # linear
    reach: float  # depth units, or view units if flat
    dark: float = 1.0  # what is left of the scene's own light
    flat: bool = False


def held(shot: ShotPlan) -> bool:
    """Whether somebody carries it."""
    return any(t.kind in ("torch", "lantern") for s in shot.subjects for t in s.look.hold)


def named(shot: ShotPlan) -> str:
    if SPOT.search(shot.prompt):
        return "spot"
    if BACK.search(shot.prompt) and shot.place not in ("room", "space", "underwater"):
        return "back"
    bright = shot.time in ("day", "dawn", "golden") and shot.place != "room"
    if any(s.kind == "fire" for s in shot.subjects) and not bright and not held(shot):
        return "fire"
    if (CANDLE.search(shot.prompt) or held(shot)) and not bright:
        return "candle"
    if "neon" in shot.style and shot.time == "night" and shot.place in ("street", "city"):
        return "neon"
    return ""


def bathed(
    s: Source, light: Light, horizon: float, w: Window, picture: Array, depth: float,
    ground: Span | None,
) -> Array:  # fmt: skip
    """A display picture that is painted at a depth, or on a ground between two."""
    if s.kind == "neon" or (depth > BEYOND and ground is None):  # signs are painted as they are
        return picture
    rows, cols = (max(4, round(n / w.density * COARSE)) for n in (w.height, w.width))
    y = (w.top + (np.arange(rows) + 0.5) * w.height / rows / w.density)[:, None]
    x = (w.left + (np.arange(cols) + 0.5) * w.width / cols / w.density)[None, :]
    z: Any = depth
    if ground is not None:
        z = np.clip(EYE / np.maximum(y - horizon, 1e-3), *ground)
    gain = _gain(s, light, horizon, x, y, z, ground is not None)
    if np.abs(gain - 1).max() < 0.02:
        return picture
    picture = np.require(picture, np.float32, ("C", "W"))
    kernels().bathed(picture, np.require(gain, np.float32, ("C", "W")))
    return picture


def _gain(s: Source, light: Light, horizon: float, x: Array, y: Array, z: Any, flat: bool) -> Array:
    """By how much display values rise, (rows, columns, 3)."""
    own = light.ambient + 0.5 * light.sun
    own = 0.5 * own + 0.5 * float(own @ LUMA)  # or warm light on a blue night would be a red one
    if s.kind == "back":
        near = np.clip((7 - z) / 5, 0, 1) * (1 - s.dark)
        left = 1 - near * np.clip(0.45 + 1.2 * (y - horizon + 0.3), 0, 1) + 0 * x
        return np.asarray(np.sqrt(left)[..., None] * np.ones(3))
    if s.kind == "spot":
        disc = np.hypot((x - s.x) / s.reach, (y - s.foot) / (0.26 * s.reach))
        part = np.clip(1.35 - disc, 0, 0.35) / 0.35
        if not (flat or s.flat):
            part = part * 0.0 + np.exp(-(((x - s.x) / s.reach) ** 4)) * np.exp(
                -(((z - s.depth) / 0.5) ** 2)
            )
        far = part
    elif s.flat:
        far = np.exp(-np.hypot(x - s.x, (y - s.y) * 1.1) / s.reach)
    else:
        height = EYE - (s.y - horizon) * s.depth
        up = 0.0 if flat else EYE - (y - horizon) * z
        away = np.sqrt((x * z - s.x * s.depth) ** 2 + (z - s.depth) ** 2 + (up - height) ** 2)
        far = np.exp(-away / s.reach)
        if not flat:  # what is nearer to us shows its dark side
            far = far * (0.25 if np.max(z) < s.depth * 0.97 else 1.0)
    more = s.colour / np.maximum(own, 0.03)
    return np.asarray(np.sqrt(np.minimum(s.dark + far[..., None] * more, MOST)))


def upon(s: Source, shine: Shade, light: Light, horizon: float, x: float, y: float,
         depth: float) -> Shade:  # fmt: skip
    """A figure whose middle is at view (x, y)."""
    if s.kind == "neon":
        left, right = NEON
        return replace(
            shine, fill=shine.fill * 0.8 + right * 0.05, key=shine.key * 0.35 + left * 0.55,
            rim=left * 1.0, kick=np.asarray(right * 0.9, np.float32), toward=unit(
                (-0.7, 0.25, 0.5)),
        )  # fmt: skip
    if s.kind == "back":
        return replace(shine, fill=shine.fill * 0.05, key=shine.key * 0.01,
                       bounce=shine.bounce * 0.05, rim=shine.rim * 0.3 + light.glow * 0.20,
                       kick=np.asarray(shine.kick * 0.05 + light.glow * 0.06, np.float32),
                       )  # fmt: skip
    if s.kind == "spot":
        inside = float(np.clip(1.6 - abs(x - s.x) / s.reach, 0.12, 1))
        return replace(shine, fill=shine.fill * 0.30 + s.colour * 0.06 * inside,
                       key=s.colour * 1.15 * inside, rim=s.colour * 0.5 * inside,
                       bounce=s.colour * 0.10 * inside,
                       toward=unit((0.18, 0.85, 0.35)))  # fmt: skip
    if s.flat:
        dx, dy, dz = x - s.x, y - s.y, 0.12
        far = math.exp(-0.8 * math.hypot(dx, dy) / s.reach)
    else:
        dx, dz = x * depth - s.x * s.depth, s.depth - depth
        dy = (y - horizon) * depth - (s.y - horizon) * s.depth
        far = math.exp(-math.hypot(dx, dz) / s.reach)
    # The light comes from the source: to its side, as deep in the picture as it is.
    toward = unit((-dx, dy + 0.05, max(-dz, -0.12) if not s.flat else 0.30))
    level = float(shine.key @ LUMA) + 0.5
    lit = s.colour * min(1.25, level) * far
    return replace(
        shine,
        fill=np.asarray(shine.fill * math.sqrt(s.dark) + lit * 0.10, np.float32),
        key=np.asarray(shine.key * 0.30 * s.dark + lit * 1.25, np.float32),
        rim=np.asarray(shine.rim * 0.5 + lit * 0.9, np.float32),
        kick=np.asarray(shine.kick * s.dark, np.float32),
        bounce=np.asarray(shine.bounce * s.dark + lit * 0.12, np.float32),
        toward=toward,
    )
