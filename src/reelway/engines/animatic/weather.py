"""What falls and flashes: rain, snow, lightning. Drawn anew each frame, added to the luma.

A drop or flake is a row of fixed tables (place, phase, depth); where it is follows from the time
alone, so frames can be drawn in any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import LUMA, Canvas, to_display
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
WIDE = 3.0  # view units across which things fall
TALL = 1.7


class Rain:
    """Streaks in three depths."""

    CLASSES = (
        (900, 0.030, 1.25, 0.0007, 0.36),
        (420, 0.055, 1.9, 0.0011, 0.45),
        (110, 0.11, 2.9, 0.0019, 0.34),
    )
    # number, length, speed (view units a second), width, brightness

    def __init__(
        self,
        light: Light,
        seed: int,
        *,
        heavy: float = 1.0,
        slant: float = 0.10,
        only: slice = slice(None),  # of the depths, far to near
    ) -> None:
        self.slant = slant
        self.bright = 0.24 + 0.65 * float(to_display(light.horizon) @ LUMA)
        random = stream(seed, "rain")
        drops = [random.uniform(0, 1, (int(row[0] * heavy), 3)) for row in self.CLASSES]
        self.drops = list(zip(self.CLASSES, drops, strict=True))[only]

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        for (_, length, speed, width, bright), drops in self.drops:
            pace = speed * (0.85 + 0.3 * drops[:, 2])
            fallen = (drops[:, 1] + pace * seconds / TALL) % 1.0
            y = (fallen - 0.5) * TALL - pose.tilt
            x = (
                (drops[:, 0] + 0.37 * np.floor(drops[:, 1] + pace * seconds / TALL)) % 1 - 0.5
            ) * WIDE
            x = x - self.slant * y - pose.pan * 0.8
            x = (x / WIDE + 0.5) % 1 * WIDE - WIDE / 2
            _streaks(canvas, x, y, length, self.slant, width, bright * self.bright * strength)


def _streaks(
    canvas: Canvas, x: Array, y: Array, length: float, slant: float, width: float, bright: float
) -> None:
    rows = max(2, int(length / canvas.pixel))
    steps = np.arange(rows)
    py = (y / canvas.pixel + canvas.height / 2)[:, None] + steps
    px = (x / canvas.pixel + canvas.width / 2)[:, None] - slant * steps
    wide = width / canvas.pixel
    body = np.sin(np.pi * (steps + 0.5) / rows)[None, :] * bright
    left = np.floor(px - wide / 2).astype(np.int64)
    iy = np.floor(py).astype(np.int64)
    thin = min(1.0, wide)  # narrower than a pixel: fainter
    reach = max(wide, 1.0)
    for k in range(int(np.ceil(wide)) + 2):
        part = np.clip(1 - np.maximum(np.abs(left + k + 0.5 - px) - (reach - 1) / 2, 0), 0, 1)
        _add(canvas, left + k, iy, part * body * thin)


def _add(canvas: Canvas, ix: Array, iy: Array, value: Array) -> None:
    ok = (ix >= 0) & (ix < canvas.width) & (iy >= 0) & (iy < canvas.height) & (value > 0.002)
    flat = canvas.y.reshape(-1)
    np.add.at(flat, (iy * canvas.width + ix)[ok], value[ok].astype(np.float32))


class Snow:
    """Flakes in three depths, swaying."""

    CLASSES = ((1100, 0.0016, 0.07, 0.75), (420, 0.0030, 0.12, 0.8), (90, 0.0065, 0.20, 0.42))
    # number, radius, speed, brightness

    def __init__(
        self, light: Light, seed: int, *, wind: float = 0.05, only: slice = slice(None)
    ) -> None:
        self.wind = wind
        self.bright = 0.40 + 0.55 * float(to_display(light.horizon) @ LUMA)
        random = stream(seed, "snow")
        flakes = [random.uniform(0, 1, (row[0], 5)) for row in self.CLASSES]
        self.flakes = list(zip(self.CLASSES, flakes, strict=True))[only]

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        for (_, radius, speed, bright), f in self.flakes:
            pace = speed * (0.7 + 0.6 * f[:, 2])
            y = (f[:, 1] + pace * seconds / TALL) % 1 * TALL - TALL / 2
            sway = 0.02 * np.sin(seconds * (0.6 + f[:, 3]) * 2 + f[:, 4] * 6.28)
            x = f[:, 0] + (self.wind * seconds * (0.5 + speed * 5) + sway - pose.pan * 0.8) / WIDE
            x = x % 1 * WIDE - WIDE / 2
            _spots(canvas, x, y - pose.tilt, radius, bright * self.bright * strength)


def _spots(canvas: Canvas, x: Array, y: Array, radius: float, bright: float) -> None:
    size = max(radius / canvas.pixel, 0.6)
    reach = int(np.ceil(size * 1.6)) + 1
    px, py = x / canvas.pixel + canvas.width / 2, y / canvas.pixel + canvas.height / 2
    ix, iy = np.floor(px).astype(np.int64), np.floor(py).astype(np.int64)
    ok = (ix > -reach) & (ix < canvas.width + reach) & (iy > -reach) & (iy < canvas.height + reach)
    px, py, ix, iy = px[ok], py[ok], ix[ok], iy[ok]
    full = min(1.0, (radius / canvas.pixel / 0.6) ** 2 + 0.25)  # below a pixel: fainter
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            d2 = (ix + dx + 0.5 - px) ** 2 + (iy + dy + 0.5 - py) ** 2
            value = np.exp(-d2 / (size * size)) * bright * full
            _add(canvas, ix + dx, iy + dy, value)


class Lightning:
    """Flashes over the whole picture, two or three to a storm's shot."""

    def __init__(self, seed: int, seconds: float) -> None:
        random = stream(seed, "lightning")
        self.at = np.sort(random.uniform(0.3, max(seconds - 0.3, 0.6), max(1, int(seconds / 2.5))))

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        since = seconds - self.at
        since = since[since >= 0]
        flash = float(np.sum(np.exp(-since / 0.09) * (0.65 + 0.35 * np.cos(since * 70))))
        if flash > 0.01:
            high = np.clip(1.1 - (canvas.ys / canvas.span + 0.5), 0.25, 1)[:, None]
            canvas.y += (0.42 * flash * strength * high).astype(np.float32) * (1 - canvas.y)
