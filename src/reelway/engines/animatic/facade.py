"""Fronts of buildings: what a wall looks like at a point of it, by day and by night.

Wall     one building's own: style, colours, how much of it is lit
front    linear light at points of a wall, told in depth units along and up
sign     a neon sign on it
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
WALLS = ("#6b6a70", "#7d6a5a", "#59626e", "#8a7361", "#6c726a", "#968a7c", "#7a5248", "#a39a8c")
NEON = ("#ff2d78", "#22d6ff", "#8f4dff", "#ffb52e", "#2bff9d", "#ff5a2e")
LAMP = ("#ffd58a", "#ffe3ae", "#ffc26a", "#cfe2ff")
STYLES = ("grid", "grid", "ribbon", "glass", "fins", "brick")


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
    glass, sky = of.style == "glass", light.ambient * 0.85 + light.middle * 0.10
    half = {"ribbon": (0.60, 0.27), "glass": (0.47, 0.45), "fins": (0.36, 0.46),
            "brick": (0.22, 0.30)}.get(of.style, (0.30, 0.33))  # fmt: skip
    wall = np.array(
        [
            (*of.cell, of.lit),
            (*half, light.lamps),
            (glass, of.shops, 0.9 if glass else 0.7),
            [0.9 if glass else 0.55] * 3,
            of.colour * sky,
            of.colour * light.sun,
            light.horizon,
            light.zenith,
            of.lamp,
            of.colour * 0.45 * (light.ambient + light.sun * 0.15),
            light.ambient + light.sun * 0.25,
            light.ambient,
            *(linear(c) for c in NEON),
        ],
        np.float32,
    )
    points = tuple(np.asarray(a, np.float32) for a in (along, up, high, shade, pixel))
    return kernels().front(points, _chances(of.key), wall)


@lru_cache(maxsize=256)
def _chances(key: int) -> Array:
    return stream(key, "panes").uniform(0, 1, (64, 64)).astype(np.float32)


def sign(u: Array, v: Array, key: float, form: float, at: tuple[float, float]) -> Array:
    """A neon sign on a wall of the unit square: an upright or lying bar of strokes with a halo."""
    colour = linear(NEON[int(key * 5.99)])
    return kernels().sign(u, v, colour, (float(key), float(form < 0.6), float(at[0]), float(at[1])))
