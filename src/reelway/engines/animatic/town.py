"""Single buildings, as distances with lit windows: house, temple, castle, lighthouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.figures import Figure
from reelway.engines.animatic.shapes import box, capsule, polygon

Array = npt.NDArray[Any]


def _house(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, -0.42, -0.52, 0.42, 0.0)
    d = np.minimum(d, polygon(x, y, [(-0.54, -0.50), (-0.24, -0.92), (0.24, -0.92), (0.54, -0.50)]))
    return np.minimum(d, box(x, y, 0.16, -1.08, 0.26, -0.85))


def _panes(x: Array, y: Array) -> Array:
    glow = np.zeros(np.broadcast(x, y).shape)
    for cx in (-0.24, 0.22):
        glow = np.maximum(
            glow, np.clip(0.5 - box(x, y, cx - 0.08, -0.38, cx + 0.08, -0.18) * 80, 0, 1)
        )
    return np.asarray(glow)


def _temple(x: Array, y: Array, phase: float) -> Array:
    """Three roofs with lifted eaves on a plinth."""
    d = box(x, y, -0.62, -0.07, 0.62, 0.0)
    for base, half, high in ((-0.07, 0.50, 0.30), (-0.50, 0.36, 0.20), (-0.82, 0.24, 0.15)):
        d = np.minimum(d, box(x, y, -half * 0.78, base - high, half * 0.78, base))
        eave = base - high
        curve = [
            (-1.42, -0.075),
            (-1.15, 0.012),
            (-0.9, 0.03),
            (0.9, 0.03),
            (1.15, 0.012),
            (1.42, -0.075),
            (1.0, -0.055),
            (0.62, -0.14),
            (-0.62, -0.14),
            (-1.0, -0.055),
        ]
        d = np.minimum(d, polygon(x, y, [(half * a, eave + b) for a, b in curve]))
    return np.minimum(d, capsule(x, y, (0, -1.08), (0, -1.24), 0.012))


def _lanterns(x: Array, y: Array) -> Array:
    door = np.clip(0.5 - box(x, y, -0.13, -0.30, 0.13, -0.07) * 60, 0, 1) * 0.8
    for cx in (-0.27, 0.27):
        door = np.maximum(door, np.exp(-((x - cx) ** 2 + (y + 0.29) ** 2) / 0.0012))
    return np.asarray(door)


def _castle(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, -0.55, -0.42, 0.55, 0.0)
    for cx, half, high in (
        (-0.55, 0.11, 0.72),
        (0.55, 0.11, 0.66),
        (-0.16, 0.10, 0.98),
        (0.2, 0.13, 0.84),
    ):
        d = np.minimum(d, box(x, y, cx - half, -high, cx + half, 0))
        d = np.minimum(
            d,
            polygon(
                x,
                y,
                [(cx - half * 1.25, -high), (cx, -high - half * 2.3), (cx + half * 1.25, -high)],
            ),
        )
    return d


def _slits(x: Array, y: Array) -> Array:
    glow = np.zeros(np.broadcast(x, y).shape)
    for cx, cy in (
        (-0.16, -0.7),
        (0.2, -0.6),
        (0.2, -0.4),
        (-0.55, -0.5),
        (0.55, -0.45),
        (-0.3, -0.2),
        (0.0, -0.25),
    ):
        glow = np.maximum(
            glow, np.clip(0.5 - box(x, y, cx - 0.016, cy - 0.04, cx + 0.016, cy + 0.04) * 90, 0, 1)
        )
    return np.asarray(glow)


def _lighthouse(x: Array, y: Array, phase: float) -> Array:
    d = polygon(x, y, [(-0.105, 0.0), (-0.066, -0.80), (0.066, -0.80), (0.105, 0.0)])
    d = np.minimum(d, box(x, y, -0.095, -0.83, 0.095, -0.80))
    d = np.minimum(d, box(x, y, -0.05, -0.93, 0.05, -0.80))
    d = np.minimum(d, polygon(x, y, [(-0.07, -0.925), (0, -1.0), (0.07, -0.925)]))
    return np.minimum(d, box(x, y, 0.10, -0.13, 0.36, 0.0))


def _lantern(x: Array, y: Array) -> Array:
    return np.asarray(np.exp(-((x / 0.055) ** 2) - ((y + 0.88) / 0.05) ** 2) * 1.6)


LANDMARKS: dict[str, Figure] = {
    "house": Figure(
        draw=_house, box=(-0.6, -1.1, 0.6, 0.03), size=0.55, colour="#6b5442", glow=_panes
    ),
    "temple": Figure(
        draw=_temple, box=(-0.8, -1.28, 0.8, 0.03), size=0.95, colour="#5a3a30", glow=_lanterns
    ),
    "castle": Figure(
        draw=_castle, box=(-0.75, -1.35, 0.75, 0.03), size=1.7, colour="#6a655e", glow=_slits
    ),
    "lighthouse": Figure(
        draw=_lighthouse, box=(-0.2, -1.04, 0.42, 0.03), size=1.15, colour="#e4ded4", glow=_lantern
    ),
}
