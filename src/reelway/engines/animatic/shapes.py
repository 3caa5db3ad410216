"""Plain shapes as signed distances, and their painting as lit silhouettes.

Distances are in the shape's own units, below 0 inside; shapes are joined with `np.minimum`. All
take the grid's x (1, w) and y (h, 1), y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, to_display
from reelway.engines.animatic.light import Light, faded

Array = npt.NDArray[Any]
LAMP = np.array([0.140, 0.105, 0.075], np.float32)  # linear light


def capsule(x: Array, y: Array, a: tuple[float, float], b: tuple[float, float], r: float) -> Array:
    """A thick line with round ends."""
    px, py, bx, by = x - a[0], y - a[1], b[0] - a[0], b[1] - a[1]
    along = np.clip((px * bx + py * by) / max(bx * bx + by * by, 1e-12), 0, 1)
    return np.asarray(np.hypot(px - along * bx, py - along * by) - r, np.float32)


def ellipse(x: Array, y: Array, cx: float, cy: float, rx: float, ry: float) -> Array:
    scaled = np.hypot((x - cx) / rx, (y - cy) / ry)
    return np.asarray((scaled - 1) * min(rx, ry), np.float32)


def box(x: Array, y: Array, left: float, top: float, right: float, bottom: float) -> Array:
    dx = np.abs(x - (left + right) / 2) - (right - left) / 2
    dy = np.abs(y - (top + bottom) / 2) - (bottom - top) / 2
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return np.asarray(outside + np.minimum(np.maximum(dx, dy), 0), np.float32)


def polygon(x: Array, y: Array, points: Sequence[tuple[float, float]]) -> Array:
    """Any closed outline."""
    nearest = np.full(np.broadcast(x, y).shape, 1e9, np.float32)
    inside = np.zeros(nearest.shape, bool)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        along = np.clip((px * ex + py * ey) / max(ex * ex + ey * ey, 1e-12), 0, 1)
        nearest = np.minimum(nearest, (px - along * ex) ** 2 + (py - along * ey) ** 2)
        if ay != by:
            crosses = ((ay > y) != (by > y)) & (x < (y - ay) / (by - ay) * ex + ax)
            inside ^= crosses
    return np.where(inside, -1, 1) * np.sqrt(nearest)


def cover(window: Window, distance: Array, unit: float = 1.0) -> Array:
    """Anti-aliased cover of a shape whose own unit is `unit` view units."""
    return np.asarray(np.clip(0.5 - distance * (unit * window.density), 0, 1))


def lit(
    distance: Array,
    colour: Array,
    light: Light,
    depth: float,
    *,
    rim: float = 0.05,
    fill: float = 0.28,
) -> Array:
    """Display RGB of a rounded thing of one linear colour: shade, a bright edge towards the sun,
    and haze. `rim`: width of the edge in the shape's units."""
    shape = np.broadcast_shapes(distance.shape)
    slope = np.gradient(distance, axis=1) if distance.shape[1] > 1 else np.zeros(shape)
    slope = slope / np.maximum(np.abs(slope).max(), 1e-6)
    side = 1.0 if light.sun_x > 0 else -1.0
    edge = np.exp(np.minimum(distance, 0) / rim)
    bright = fill + 0.9 * edge * np.clip(slope * side + 0.1, 0, 1)
    shaded = colour * (
        light.ambient * (0.75 + 0.25 * edge[..., None]) + light.sun * bright[..., None]
    )
    # Lit windows and signs draw an edge on what would be black at night.
    lamp = edge * np.clip(slope * side + 0.35, 0, 1) * light.lamps * light.night
    shaded = shaded + lamp[..., None] * LAMP
    return to_display(faded(shaded, depth, light))
