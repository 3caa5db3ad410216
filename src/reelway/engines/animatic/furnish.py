"""Things in a room: what hangs on its walls, and what stands before them.

    WALL     site → painter of the back wall: adds to an albedo and to what shines by itself
    BEFORE   site → pieces that stand nearer, as shapes with their colours
    Piece    one shape

All in view units; the back wall is `BACK`, its window is `PANE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
BACK = (-0.46, -0.27, 0.46, 0.21)  # the back wall
PANE = (-0.30, -0.20, 0.02, 0.07)  # the window in it
WIDE_PANE = (-0.42, -0.22, 0.42, 0.06)
BOOKS = ("#6d2f2a", "#2f4a5f", "#4d5a34", "#7a5a2e", "#3c3550", "#8a7a60", "#5a2f44")
BOTTLES = ("#3f7a4a", "#8a5a24", "#a8742e", "#7a2f2a", "#b9c4c0", "#2f5f7a")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A box seen from the front; `round`: of its corners; `top`: how much of its lid is seen."""

    box: Box
    colour: str
    round: float = 0.003
    top: float = 0.0
    shine: float = 0.0  # light of its own
    stripes: float = 0.0  # a pattern of so many upright bands


def _inside(x: Array, y: Array, box: Box, soft: float) -> Array:
    left, top, right, bottom = box
    d = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    return np.asarray(np.clip(d / soft + 0.5, 0, 1))


def _laid(albedo: Array, part: Array, colour: Any) -> Array:
    return np.asarray(albedo * (1 - part[..., None]) + colour * part[..., None])


def _shelves(
    albedo: Array,
    x: Array,
    y: Array,
    box: Box,
    seed: int,
    soft: float,
    goods: tuple[str, ...],
    rows: int,
    fill: float = 0.93,
) -> Array:
    """Boards with books or bottles, each of its own height and colour."""  # fmt: skip
    left, top, _, bottom = box
    part = _inside(x, y, box, soft)
    albedo = _laid(albedo, part, linear("#3a281b"))
    v = (y - top) / (bottom - top) * rows
    j, fv = np.floor(v).astype(np.int64), v % 1
    u = (x - left) / 0.0125
    i, fu = np.floor(u).astype(np.int64), u % 1
    table = stream(seed, "shelf", round(left * 100)).uniform(0, 1, (rows + 2, 128, 3))
    own = table[np.clip(j, 0, rows + 1), i % 128]
    colours = np.stack([linear(c) for c in goods])
    tone = colours[(own[..., 0] * (len(goods) - 0.01)).astype(np.int64)] * (
        0.6 + 0.8 * own[..., 1:2]
    )
    tall = fv > 1 - fill * (0.55 + 0.42 * own[..., 2])
    there = part * tall * (fv < 0.94) * (fu > 0.08) * (own[..., 1] > 0.06)
    if goods is BOTTLES:  # a neck above
        neck = fv < 1 - fill * (0.55 + 0.42 * own[..., 2]) + 0.26
        there = there * np.where(neck, np.abs(fu - 0.54) < 0.17, np.abs(fu - 0.54) < 0.40)
    band = (np.abs(fv - 0.72) < 0.03)[..., None] * 0.35
    return _laid(albedo, there, tone * (1 + band))


def _frames(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> Array:
    """Pictures on the wall."""
    for n, (cx, cy, w, h) in enumerate(((0.17, -0.135, 0.055, 0.040), (0.33, -0.12, 0.040, 0.055))):
        edge = (cx - w - 0.008, cy - h - 0.008, cx + w + 0.008, cy + h + 0.008)
        albedo = _laid(albedo, _inside(x, y, edge, soft), linear("#2c221a"))
        hue = stream(seed, "picture", n).uniform(0.15, 0.75, (2, 3))
        t = np.clip((y - cy) / h * 0.5 + 0.5 + 0.2 * np.sin((x - cx) * 60 + n), 0, 1)[..., None]
        albedo = _laid(albedo, _inside(x, y, (cx - w, cy - h, cx + w, cy + h), soft),
                       hue[0] * (1 - t) + hue[1] * t)  # fmt: skip
    return albedo


def _living(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> tuple[Array, Array]:
    albedo = _frames(albedo, x, y, seed, soft)
    albedo = _shelves(albedo, x, y, (-0.445, -0.20, -0.355, 0.20), seed, soft, BOOKS, 6)
    for side in (PANE[0] - 0.03, PANE[2] + 0.005):  # curtains
        fold = 0.75 + 0.25 * np.sin((x - side) * 420)
        part = _inside(x, y, (side, PANE[1] - 0.03, side + 0.028, PANE[3] + 0.09), soft)
        albedo = _laid(albedo, part, linear("#8a5a48") * fold[..., None])
    return albedo, np.zeros_like(x)


def _kitchen(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> tuple[Array, Array]:
    tile = (np.abs((x * 26) % 1 - 0.5) > 0.46) | (np.abs((y * 26) % 1 - 0.5) > 0.46)
    wall = _inside(x, y, (-0.46, -0.08, 0.46, 0.06), soft)
    albedo = _laid(albedo, wall, linear("#c9cfc9") * (1 - 0.35 * tile)[..., None])
    for left, right in ((0.06, 0.44),):
        albedo = _laid(albedo, _inside(x, y, (left, -0.24, right, -0.10), soft), linear("#5f6f66"))
        gap = (np.abs(((x - left) / 0.095) % 1 - 0.5) > 0.475) & (x > left) & (x < right)
        gap = gap & (y > -0.24) & (y < -0.10)
        albedo = np.where(gap[..., None], albedo * 0.5, albedo)
    albedo = _laid(albedo, _inside(x, y, (-0.45, 0.055, 0.45, 0.070), soft), linear("#d8d2c4"))
    albedo = _laid(albedo, _inside(x, y, (-0.45, 0.070, 0.45, 0.205), soft), linear("#5f6f66"))
    seam = (np.abs((x / 0.11) % 1 - 0.5) > 0.48) & (y > 0.07) & (y < 0.205)
    albedo = np.where(seam[..., None], albedo * 0.5, albedo)
    albedo = _laid(albedo, _inside(x, y, (0.14, 0.085, 0.25, 0.19), soft), linear("#1d1f21"))
    albedo = _shelves(albedo, x, y, (0.30, -0.02, 0.43, 0.055), seed, soft, BOTTLES, 1)
    albedo = _cooking(albedo, x, y, soft)
    hood = _inside(x, y, (0.13, -0.115, 0.26, -0.08), soft)
    under = np.exp(-np.hypot((x - 0.195) / 0.10, (y + 0.02) / 0.09))
    return _laid(albedo, hood, linear("#a9adb0")), under * 0.6


def _cooking(albedo: Array, x: Array, y: Array, soft: float) -> Array:
    """A fridge, pots on the stove, ladles on a rail."""
    albedo = _laid(albedo, _inside(x, y, (-0.455, -0.20, -0.345, 0.207), soft), linear("#c9cccb"))
    albedo = _laid(albedo, _inside(x, y, (-0.455, -0.062, -0.345, -0.057), soft), linear("#6f7372"))
    for low, high in ((-0.14, -0.075), (-0.04, 0.06)):
        handle = _inside(x, y, (-0.362, low, -0.355, high), soft)
        albedo = _laid(albedo, handle, linear("#7d8180"))
    for left, top, right, colour in ((0.148, 0.018, 0.192, "#3a3f44"), (0.204, 0.030, 0.246,
                                     "#b0512f")):  # fmt: skip
        albedo = _laid(albedo, _inside(x, y, (left, top, right, 0.056), soft), linear(colour))
        lid = _inside(x, y, (left - 0.006, top - 0.004, right + 0.006, top + 0.002), soft)
        albedo = _laid(albedo, lid, linear("#8d9194"))
    rail = _inside(x, y, (0.045, -0.072, 0.128, -0.068), soft)
    albedo = _laid(albedo, rail, linear("#8d9194"))
    for n, at in enumerate((0.056, 0.074, 0.092, 0.110)):
        stem = _inside(x, y, (at - 0.0016, -0.07, at + 0.0016, -0.028 + 0.008 * (n % 2)), soft)
        bowl = np.hypot(x - at, (y + 0.022 - 0.008 * (n % 2)) * 0.8) < 0.0075
        albedo = _laid(albedo, np.maximum(stem, bowl), linear("#5a5e62"))
    return albedo


def _bedroom(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> tuple[Array, Array]:
    albedo = _frames(albedo, x, y, seed, soft)
    for side in (PANE[0] - 0.04, PANE[2]):
        fold = 0.75 + 0.25 * np.sin((x - side) * 380)
        part = _inside(x, y, (side, PANE[1] - 0.04, side + 0.042, 0.19), soft)
        albedo = _laid(albedo, part, linear("#6a7a94") * fold[..., None])
    return albedo, np.zeros_like(x)


def _office(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> tuple[Array, Array]:
    board = _inside(x, y, (0.10, -0.20, 0.40, -0.02), soft)
    ink = (np.sin(x * 240 + 5 * np.floor(y * 60)) > 0.1) & (np.abs((y * 45) % 1 - 0.5) < 0.13)
    ink = ink & (x > 0.13) & (x < 0.34) & (y > -0.17) & (y < -0.06)
    albedo = _laid(albedo, board, linear("#e4e6e4") * (1 - 0.75 * ink)[..., None])
    albedo = _shelves(albedo, x, y, (-0.445, -0.10, -0.345, 0.20), seed, soft, BOOKS, 4)
    return albedo, np.zeros_like(x)


def _bar(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> tuple[Array, Array]:
    brick = (np.abs((y * 34) % 1 - 0.5) > 0.44) | (
        np.abs((x * 14 + 0.5 * (np.floor(y * 34) % 2)) % 1 - 0.5) > 0.46
    )
    albedo = albedo * 0.0 + linear("#5d382c") * (1 - 0.45 * brick)[..., None]
    albedo = _shelves(albedo, x, y, (0.05, -0.21, 0.44, 0.05), seed, soft, BOTTLES, 3, 0.85)
    back = np.clip(_inside(x, y, (0.05, -0.21, 0.44, 0.05), 0.06), 0, 1)
    strip = np.exp(-np.abs((y + 0.21) % 0.087 - 0.083) / 0.018) * back
    return albedo, strip * 0.9


def _library(albedo: Array, x: Array, y: Array, seed: int, soft: float) -> tuple[Array, Array]:
    for left, right in ((-0.455, -0.325), (0.045, 0.245), (0.255, 0.455)):
        albedo = _shelves(albedo, x, y, (left, -0.265, right, 0.205), seed, soft, BOOKS, 8)
    low = _inside(x, y, (PANE[0] - 0.02, 0.10, PANE[2] + 0.02, 0.205), soft)
    return _laid(albedo, low, linear("#4a3322")), np.zeros_like(x)


Wall = Callable[[Array, Array, Array, int, float], tuple[Array, Array]]
WALL: dict[str, Wall] = {
    "": _living, "kitchen": _kitchen, "bedroom": _bedroom, "office": _office, "bar": _bar,
    "library": _library,
}  # fmt: skip

TABLE = (
    Piece(box=(0.02, 0.118, 0.46, 0.140), colour="#6b4a30", top=0.010),
    Piece(box=(0.045, 0.14, 0.060, 0.36), colour="#4a3220"),
    Piece(box=(0.42, 0.14, 0.435, 0.36), colour="#4a3220"),
)
BEFORE: dict[str, tuple[Piece, ...]] = {
    "": (
        Piece(box=(-0.62, 0.05, -0.20, 0.22), colour="#5d6a78", round=0.03),
        Piece(box=(-0.64, 0.17, -0.18, 0.31), colour="#667483", round=0.03, top=0.012),
        Piece(box=(-0.66, 0.11, -0.59, 0.33), colour="#56626f", round=0.025, top=0.008),
        Piece(box=(-0.23, 0.11, -0.16, 0.33), colour="#56626f", round=0.025, top=0.008),
        Piece(box=(-0.50, 0.10, -0.40, 0.185), colour="#b06a44", round=0.018),
        *TABLE,
        Piece(box=(0.10, 0.098, 0.19, 0.118), colour="#7a3a30", round=0.002),
        Piece(box=(0.11, 0.084, 0.18, 0.098), colour="#3a5a6a", round=0.002),
    ),
    "kitchen": (
        Piece(box=(-0.30, 0.175, 0.48, 0.205), colour="#8a6a48", top=0.016),
        Piece(box=(-0.27, 0.205, 0.45, 0.42), colour="#54625a", stripes=7),
        Piece(box=(-0.105, 0.124, -0.067, 0.160), colour="#d8842a", round=0.018),
        Piece(box=(-0.075, 0.118, -0.037, 0.156), colour="#b8322a", round=0.018),
        Piece(box=(-0.046, 0.126, -0.010, 0.162), colour="#8aa83a", round=0.017),
        Piece(box=(-0.12, 0.145, 0.0, 0.178), colour="#c9c2b0", round=0.014),
        *(Piece(box=(x - 0.0016, -0.90, x + 0.0016, -0.19), colour="#1d1a18")
          for x in (-0.10, 0.26)),
        *(Piece(box=(x - 0.048, -0.195, x + 0.048, -0.145), colour="#b5622f", round=0.022,
                shine=0.12) for x in (-0.10, 0.26)),
        Piece(box=(0.36, 0.10, 0.40, 0.178), colour="#4d7a5a", round=0.012),
    ),
    "bedroom": (
        Piece(box=(-0.64, 0.03, -0.58, 0.36), colour="#4a3424", round=0.01),
        Piece(box=(-0.60, 0.14, 0.06, 0.27), colour="#c9ccd4", round=0.03, top=0.02),
        Piece(box=(-0.40, 0.145, 0.08, 0.30), colour="#5a6f94", round=0.03, top=0.02),
        Piece(box=(-0.59, 0.095, -0.43, 0.165), colour="#e3e1dc", round=0.028),
        Piece(box=(-0.60, 0.27, 0.06, 0.36), colour="#4a3424"),
        Piece(box=(0.17, 0.135, 0.37, 0.34), colour="#5a4030", round=0.005, top=0.012),
        Piece(box=(0.19, 0.20, 0.35, 0.21), colour="#2c1f16"),
    ),
    "office": (
        Piece(box=(-0.50, 0.115, 0.50, 0.140), colour="#8a8378", top=0.012),
        Piece(box=(-0.47, 0.14, -0.45, 0.38), colour="#3a3c40"),
        Piece(box=(0.45, 0.14, 0.47, 0.38), colour="#3a3c40"),
        Piece(box=(-0.36, -0.045, -0.12, 0.090), colour="#16181b", round=0.004),
        Piece(box=(-0.35, -0.036, -0.13, 0.080), colour="#2f4f74", shine=0.55, stripes=0),
        Piece(box=(-0.25, 0.09, -0.23, 0.118), colour="#16181b"),
        Piece(box=(-0.33, 0.108, -0.15, 0.118), colour="#25282c"),
        Piece(box=(-0.03, 0.06, 0.03, 0.118), colour="#b8b2a4", round=0.004),
    ),
    "bar": (
        Piece(box=(-0.80, 0.13, 0.80, 0.160), colour="#7a4a2a", top=0.014),
        Piece(box=(-0.78, 0.16, 0.78, 0.44), colour="#3d2618", stripes=14),
        *(Piece(box=(x - 0.045, 0.235, x + 0.045, 0.255), colour="#7a2f2a", round=0.010, top=0.006)
          for x in (-0.42, -0.20, 0.30, 0.52)),
        *(Piece(box=(x - 0.006, 0.255, x + 0.006, 0.52), colour="#55585c")
          for x in (-0.42, -0.20, 0.30, 0.52)),
        *(Piece(box=(x - 0.012, 0.092, x + 0.012, 0.130), colour="#c98a3a", round=0.006, shine=0.10)
          for x in (-0.31, 0.12, 0.40)),
    ),
    "library": (
        Piece(box=(-0.28, 0.138, 0.48, 0.162), colour="#5d3a24", top=0.014),
        Piece(box=(-0.25, 0.162, -0.225, 0.38), colour="#42281a"),
        Piece(box=(0.425, 0.162, 0.45, 0.38), colour="#42281a"),
        Piece(box=(-0.18, 0.120, -0.06, 0.138), colour="#6d2f2a"),
        Piece(box=(-0.17, 0.104, -0.07, 0.120), colour="#2f4a5f"),
        Piece(box=(0.04, 0.128, 0.14, 0.138), colour="#d8cfb8"),
    ),
}  # fmt: skip
