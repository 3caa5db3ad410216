"""What falls and flashes: rain, snow, lightning. Drawn anew each frame, added to the luma.

A drop or flake is a row of fixed tables (place, phase, depth); where it is follows from the time
alone, so frames can be drawn in any order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import LUMA, Canvas, Window, to_display
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
WIDE = 3.0  # view units across which things fall
TALL = 1.7
GLARE = 0.14  # how far around lightning its light is seen


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
        self.bright = 0.36 + 0.60 * float(to_display(light.horizon) @ LUMA)
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
            x = x - self.slant * y - pose.pan - pose.x / 3
            x = (x / WIDE + 0.5) % 1 * WIDE - WIDE / 2
            _streaks(canvas, x, y, length, self.slant, width, bright * self.bright * strength)


def _streaks(
    canvas: Canvas, x: Array, y: Array, length: float, slant: float, width: float, bright: float
) -> None:
    rows = max(2, int(length / canvas.pixel))
    kernels().streaks(canvas.y, *_pixels(canvas, y, x), rows, slant, width / canvas.pixel, bright)


def _pixels(canvas: Canvas, y: Array, x: Array) -> tuple[Array, Array]:
    return y / canvas.pixel + canvas.height / 2, x / canvas.pixel + canvas.width / 2


class Snow:
    """Flakes in depths, swaying; the nearest are large and out of focus."""

    CLASSES: tuple[tuple[int, float, float, float, float], ...] = (
        (1500, 0.0011, 0.050, 0.50, 9.0),
        (800, 0.0017, 0.080, 0.62, 5.0),
        (320, 0.0026, 0.125, 0.60, 3.0),
        (110, 0.0042, 0.190, 0.36, 1.8),
        (26, 0.0120, 0.300, 0.09, 1.0),
    )
    # number, radius, speed, brightness, depth
    NAME = "snow"

    def __init__(
        self, light: Light, seed: int, *, wind: float = 0.05, only: slice = slice(None)
    ) -> None:
        self.wind = wind
        self.bright = 0.30 + 0.65 * float(to_display(light.horizon) @ LUMA)
        random = stream(seed, self.NAME)
        flakes = [random.uniform(0, 1, (row[0], 5)) for row in self.CLASSES]
        self.flakes = list(zip(self.CLASSES, flakes, strict=True))[only]

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        for (_, radius, speed, bright, depth), f in self.flakes:
            pace = speed * (0.7 + 0.6 * f[:, 2])
            sway = 0.02 * np.sin(seconds * (0.6 + f[:, 3]) * 2 + f[:, 4] * 6.28)
            y = f[:, 1] * TALL + pace * seconds - pose.tilt - pose.y / depth
            x = f[:, 0] * WIDE + self.wind * seconds * (0.5 + speed * 5) + sway
            x = x - pose.pan - pose.x / depth
            y, x = (y / TALL % 1 - 0.5) * TALL, (x / WIDE % 1 - 0.5) * WIDE
            # Going forward, the near ones come apart.
            nearer = pose.zoom * (1 + pose.z / (depth + 1.5))
            _spots(canvas, x * nearer, y * nearer, radius, bright * self.bright * strength)


class Drift(Snow):
    """What a wind carries along: seeds, petals, dust."""

    CLASSES = (
        (130, 0.0012, 0.03, 0.30, 6.0),
        (46, 0.0022, 0.05, 0.28, 3.0),
        (9, 0.006, 0.08, 0.08, 1.2),
    )
    NAME = "drift"


def _spots(canvas: Canvas, x: Array, y: Array, radius: float, bright: float) -> None:
    size = max(radius / canvas.pixel, 0.6)
    full = min(1.0, (radius / canvas.pixel / 0.6) ** 2 + 0.25)  # below a pixel: fainter
    kernels().spots(canvas.y, *_pixels(canvas, y, x), size, bright * full)


SOUND = 343.0  # metres a second: thunder comes after its lightning
NEAREST, FARTHEST = 160.0, 620.0  # metres that lightning strikes away


class Lightning:
    """Flashes over the whole picture, two or three to a storm's shot."""

    def __init__(self, seed: int, seconds: float) -> None:
        random = stream(seed, "lightning")
        self.at = np.sort(random.uniform(0.3, max(seconds - 0.3, 0.6), max(1, int(seconds / 2.5))))
        self.far = random.uniform(NEAREST, FARTHEST, len(self.at))  # metres

    def flash(self, seconds: float) -> tuple[float, int]:
        """How bright it is, and which of the strokes it is."""
        since = seconds - self.at
        each = np.where(
            since >= 0, np.exp(-since / 0.09) * (0.65 + 0.35 * np.cos(np.maximum(since, 0) * 70)), 0
        )
        return float(each.sum()), int(each.argmax())

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        flash, _ = self.flash(seconds)
        if flash > 0.01:
            high = np.clip(1.1 - (canvas.ys / canvas.span + 0.5), 0.25, 1)[:, None]
            canvas.y += (0.36 * flash * strength * high).astype(np.float32) * (1 - canvas.y)


def bolt(window: Window, seed: int, stroke: int, at: tuple[float, float], foot: float) -> Array:
    """Display RGB of a forked stroke from `at` down to view y `foot`, to be added."""
    random = stream(seed, "bolt", stroke)
    lines = [_jagged(random, at, (at[0] + random.uniform(-0.14, 0.14), foot), 6)]
    for _ in range(3):
        k = int(random.integers(12, 44))
        a = lines[0][k]
        b = a[0] + random.uniform(-0.16, 0.16), min(foot, a[1] + random.uniform(0.06, 0.16))
        lines.append(_jagged(random, (float(a[0]), float(a[1])), b, 4))
    near = np.full((window.height, window.width), 9.0, np.float32)
    bare = np.zeros_like(near)
    for n, some in enumerate((lines[:1], lines[1:])):
        parts = [
            (ax, -ay, bx, -by, 0, max(abs(bx - ax), abs(by - ay)) / 2 + GLARE, 0)
            for line in some for (ax, ay), (bx, by) in pairwise(line.tolist())
        ]  # fmt: skip
        far, _ = kernels().strokes(
            window.xs[None, :], -window.ys[:, None], bare, np.array(parts, np.float32), 0.0
        )
        near = np.minimum(near, far * np.float32(1.0 if n == 0 else 2.2))
    light = np.exp(-((near / 0.0022) ** 2)) * 1.1 + 0.30 * np.exp(-near / 0.020)
    return np.asarray(light[..., None] * np.array([0.86, 0.90, 1.0], np.float32))


def _jagged(
    random: np.random.Generator, a: tuple[float, float], b: tuple[float, float], halvings: int
) -> Array:
    line = np.array([a, b])
    size = 0.10
    for _ in range(halvings):
        middle = (line[1:] + line[:-1]) / 2 + random.normal(0, size, (len(line) - 1, 2)) * (
            0.5,
            0.25,
        )
        out = np.empty((len(line) + len(middle), 2))
        out[::2], out[1::2] = line, middle
        line, size = out, size * 0.5
    return line


class Paper:
    """What a picture is painted on: the grain of paper or the weave of a canvas. It stays where it
    is while the picture moves."""

    def __init__(self, style: str, seed: int) -> None:
        self._style, self._seed = style, seed
        self._kept: dict[tuple[int, int], Array] = {}

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        size = canvas.height, canvas.width
        if size not in self._kept:  # two threads may make it at a time: it comes out the same
            self._kept[size] = self._made(canvas)
        canvas.y *= self._kept[size]

    def _made(self, canvas: Canvas) -> Array:
        if self._style == "oil":
            xs, ys = canvas.xs * 55 + 90, canvas.ys * 120 + 120
            tooth = 0.055 * fbm(self._seed, "strokes", xs, ys, octaves=3)
        else:
            tooth = 0.035 * fbm(self._seed, "tooth", canvas.xs * 130 + 140, canvas.ys * 130 + 140,
                                octaves=2)  # fmt: skip
            tooth += 0.035 * fbm(
                self._seed, "wash", canvas.xs * 3 + 9, canvas.ys * 3 + 9, octaves=4
            )
        return np.asarray(1 + tooth, np.float32)
