"""What stands about in gardens and on roofs.

beds     rows of flowers along both sides of a path, nearer ones larger
roof     a water tank, a cooler with its fan, a vent, and lamps on a line after dark
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import faded
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.shapes import box, cover, ellipse, polygon
from reelway.engines.animatic.terrain import EYE

Array = npt.NDArray[Any]
BLOOMS = ("#d8486a", "#e8c24a", "#f0e9ee", "#b06ad0", "#e8803a")
ROWS = (5.0, 3.8, 3.0, 2.4, 1.95, 1.6, 1.32, 1.1)  # depths
WIDE = 0.34  # of a bed, depth units


def beds(b: Builder, half: float) -> None:
    """`half`: from the middle of the path to the flowers."""
    for n, depth in enumerate(ROWS):
        top, foot = b.horizon + (EYE - 0.10) / depth, b.horizon + (EYE + 0.02) / depth
        paint = partial(_row, b=b, depth=depth, half=half, n=n)
        b.add(depth, b.window(depth, top, foot), paint, front=depth < 2)


def _row(w: Window, b: Builder, depth: float, half: float, n: int) -> tuple[Array, Array]:
    x, up = w.xs[None, :] * depth, EYE - (w.ys[:, None] - b.horizon) * depth
    side = np.abs(x) - half
    fine = 46.0
    leaf = fbm(b.shot.seed, f"bed{n}", w.xs * depth * fine + 99, w.ys * depth * fine + 99,
               octaves=3, gain=0.7)  # fmt: skip
    # Heads in a grid of their own, each shifted a little and of its own size.
    cell = 0.030
    i, j = np.floor(x / cell), np.floor(up / (cell * 0.8))
    key = np.sin(i * 12.9898 + j * 78.233 + n * 3.7) * 43758.5453 % 1
    fx = (x / cell) % 1 - 0.5 - 0.4 * (key - 0.5)
    fy = (up / (cell * 0.8)) % 1 - 0.5 - 0.3 * (key * 7 % 1 - 0.5)
    head = (np.hypot(fx, fy) < 0.20 + 0.22 * key) & (up > 0.030) & (key > 0.25)
    hues = np.stack([linear(c) for c in BLOOMS])
    plot = np.floor(np.abs(x) / WIDE * 1.3 + n * 0.5 + (x > 0))  # one kind of flower beside another
    hue = hues[(plot % len(BLOOMS)).astype(np.int64)] * (0.75 + 0.4 * (key * 3 % 1))[..., None]
    green = linear("#3d5f2c") * np.clip(0.5 + 0.7 * leaf + 4.0 * up, 0.15, 1.2)[..., None]
    lit = b.light.ambient * 0.9 + b.light.sun * 0.6
    tone = np.where(head[..., None], hue, green) * lit
    edge = np.clip(np.minimum(side, WIDE - side) / 0.05, 0, 1)  # it slopes down to the grass
    tall = (0.062 + 0.014 * np.sin(x * 31 + n) + 0.022 * leaf) * np.sqrt(edge)
    a = np.clip((tall - up) / depth * w.density + 0.5, 0, 1) * (up > 0)
    a = a * np.clip(np.minimum(side, WIDE - side) / depth * w.density + 0.5, 0, 1)
    return to_display(faded(tone, depth, b.light)), a


def roof(b: Builder, depth: float) -> None:
    foot = b.horizon + EYE / depth
    left, right = b.across(-0.62), b.across(0.60)
    b.add(depth, b.window(depth, foot - 0.5 / depth, foot + 0.02),
          lambda w: _clutter(w, b, depth, foot, (left, right)), front=True)  # fmt: skip
    if b.light.lamps > 0.5:
        b.add(depth * 0.99, b.window(depth, foot - 0.6 / depth, foot, 160.0),
              lambda w: (_lamps(w, b, depth, foot), None), added=True, soft=True,
              front=True)  # fmt: skip


def _clutter(
    w: Window, b: Builder, depth: float, foot: float, at: tuple[float, float]
) -> tuple[Array, Array]:
    y = (w.ys[:, None] - foot) * depth
    picture = np.zeros((w.height, w.width, 3), np.float32)
    total = np.zeros((w.height, w.width), np.float32)
    lit = b.light.ambient + b.light.sun * 0.30
    warm = 1.0 if b.light.sun_x > 0 else -1.0

    def laid(d: Array, tone: Array, shade: Array | float = 1.0) -> None:
        part = cover(w, d, 1 / depth)[..., None]
        shown = to_display(faded(tone * lit * np.asarray(shade)[..., None], depth, b.light))
        picture[:] = picture * (1 - part) + shown * part
        np.maximum(total, part[..., 0], out=total)

    x = (w.xs[None, :] - at[0]) * depth  # the tank: a barrel of staves under a cone, on legs
    for leg in (-0.085, 0.085):
        laid(box(x, y, leg - 0.008, -0.13, leg + 0.008, 0.0), linear("#3a3633"))
    laid(box(x, y, -0.115, -0.142, 0.115, -0.126), linear("#3a3633"))
    stave = 0.85 + 0.15 * np.sin(np.arcsin(np.clip(x / 0.11, -1, 1)) * 24)
    round_ = np.clip(0.62 + 0.55 * warm * x / 0.11, 0.35, 1.15)
    hoop = np.where(np.abs((y / 0.062) % 1 - 0.5) > 0.46, 0.5, 1.0)
    laid(box(x, y, -0.105, -0.33, 0.105, -0.142), linear("#7a5a3c"), stave * round_ * hoop)
    laid(polygon(x, y, [(-0.125, -0.325), (0.0, -0.41), (0.125, -0.325)]), linear("#4a4038"),
         round_ + 0 * y)  # fmt: skip
    x = (w.xs[None, :] - at[1]) * depth  # the cooler: a box with slats and a fan
    slat = np.where(np.abs((y / 0.016) % 1 - 0.5) > 0.30, 0.72, 1.0) + 0 * x
    laid(box(x, y, -0.13, -0.15, 0.13, -0.012), linear("#a3a5a2"), slat)
    laid(box(x, y, -0.135, -0.158, 0.135, -0.148), linear("#c4c6c2"))
    laid(ellipse(x, y, -0.05, -0.08, 0.052, 0.052), linear("#25282a"))
    turn = np.arctan2(y + 0.08, x + 0.05)
    laid(np.maximum(ellipse(x, y, -0.05, -0.08, 0.046, 0.046), 0.02 - 0.03 * np.cos(3 * turn)),
         linear("#6c7072"))  # fmt: skip
    laid(box(x, y, 0.20, -0.20, 0.235, 0.0), linear("#7d8082"), 0.7 + 9 * np.abs(x - 0.21) + 0 * y)
    laid(ellipse(x, y, 0.2175, -0.205, 0.036, 0.020), linear("#8d9092"))
    return picture, total


def _lamps(w: Window, b: Builder, depth: float, foot: float) -> Array:
    """Bulbs on a line that hangs across the roof."""
    x, y = w.xs[None, :] * depth, (w.ys[:, None] - foot) * depth
    level = np.zeros((w.height, w.width), np.float32)
    reach = b.half_width * depth
    for part in np.linspace(-0.9, 0.9, 13):
        sag = -0.40 + 0.10 * (1 - (part * 1.6 - np.floor(part * 1.6 + 0.5)) ** 2 * 4)
        far = np.hypot(x - part * reach, y - sag)
        level += np.exp(-far / 0.009) * 1.2 + np.maximum(0.30 * np.exp(-far / 0.05) - 0.012, 0)
    warm = to_display(linear("#ffc27a"))
    return np.asarray(np.clip(level, 0, 1)[..., None] * warm * b.light.lamps, np.float32)
