"""The outlines of vehicles, their windows and lamps; `figures` paints them.

All take x and y in the figure's own units: length or height 1, wheels at y = 0, y down. An outline
is a distance, below 0 inside; windows, lamps and dark parts are 0…1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.shapes import box, capsule, ellipse, polygon

Array = npt.NDArray[Any]


def disc(x: Array, y: Array, cx: float, r: float) -> Array:
    """A wheel that stands on the ground."""
    return ellipse(x, y, cx, -r, r, r)


def inside(distance: Array, sharp: float = 60) -> Array:
    return np.asarray(np.clip(0.5 - distance * sharp, 0, 1))


def bus(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, -0.46, -0.40, 0.46, -0.08) - 0.025
    return np.minimum(d, np.minimum(disc(x, y, -0.28, 0.075), disc(x, y, 0.29, 0.075)))


def panes(x: Array, y: Array) -> Array:
    row = box(x, y, -0.43, -0.37, 0.46, -0.245)
    return inside(row) * (np.abs((x * 7.2 + 0.5) % 1.0 - 0.5) < 0.44)


def bus_dark(x: Array, y: Array) -> Array:
    wheels = np.minimum(disc(x, y, -0.28, 0.078), disc(x, y, 0.29, 0.078))
    return np.maximum(panes(x, y) * 0.85, inside(wheels))


CARS = (-0.375, -0.175, 0.025)  # middles of a train's carriages


def train(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, 0.245, -0.082, 0.445, -0.030) - 0.012  # the boiler
    d = np.minimum(d, box(x, y, 0.145, -0.120, 0.240, -0.025) - 0.004)
    d = np.minimum(
        d, polygon(x, y, [(0.40, -0.08), (0.39, -0.140), (0.425, -0.140), (0.415, -0.08)])
    )
    d = np.minimum(d, ellipse(x, y, 0.32, -0.098, 0.018, 0.014))
    d = np.minimum(d, polygon(x, y, [(0.44, -0.03), (0.49, -0.006), (0.44, -0.006)]))
    d = np.minimum(d, box(x, y, -0.47, -0.030, 0.44, -0.022))
    for at in CARS:
        d = np.minimum(d, box(x, y, at - 0.088, -0.112, at + 0.088, -0.026) - 0.005)
    return np.minimum(d, train_wheels(x, y))


def train_wheels(x: Array, y: Array) -> Array:
    d = disc(x, y, 0.27, 0.026)
    for at in (0.335, 0.395):
        d = np.minimum(d, disc(x, y, at, 0.026))
    for at in CARS:
        d = np.minimum(d, np.minimum(disc(x, y, at - 0.06, 0.016), disc(x, y, at + 0.06, 0.016)))
    return d


def train_panes(x: Array, y: Array) -> Array:
    row = np.full(np.broadcast(x, y).shape, 9.0, np.float32)
    for at in CARS:
        row = np.minimum(row, box(x, y, at - 0.078, -0.098, at + 0.078, -0.066))
    cab = box(x, y, 0.165, -0.108, 0.205, -0.075)
    lamp = ellipse(x, y, 0.462, -0.068, 0.008, 0.008)
    panes = inside(row, 200) * (np.abs((x * 32) % 1.0 - 0.5) < 0.38)
    return np.asarray(np.maximum(panes, np.maximum(inside(cab, 200), inside(lamp, 200))))


def train_dark(x: Array, y: Array) -> Array:
    boiler = box(x, y, 0.24, -0.15, 0.50, 0.0)
    dark = np.maximum(train_panes(x, y) * 0.8, inside(train_wheels(x, y), 200))
    return np.maximum(dark, 0.75 * inside(boiler, 200))


def plane(x: Array, y: Array, phase: float) -> Array:
    d = ellipse(x, y, 0.0, -0.30, 0.48, 0.044)
    d = np.minimum(
        d, polygon(x, y, [(-0.46, -0.30), (-0.50, -0.44), (-0.43, -0.44), (-0.33, -0.31)])
    )
    d = np.minimum(
        d, polygon(x, y, [(0.10, -0.30), (-0.16, -0.19), (-0.21, -0.19), (-0.08, -0.30)])
    )
    d = np.minimum(
        d, polygon(x, y, [(0.08, -0.32), (-0.06, -0.375), (-0.10, -0.375), (-0.04, -0.32)])
    )
    d = np.minimum(
        d, polygon(x, y, [(-0.38, -0.31), (-0.48, -0.275), (-0.51, -0.275), (-0.45, -0.31)])
    )
    return np.minimum(d, ellipse(x, y, -0.01, -0.245, 0.055, 0.020))


def ports(x: Array, y: Array) -> Array:
    row = np.exp(-(((y + 0.312) / 0.008) ** 2)) * (np.sin(x * 160) > 0.2) * (np.abs(x) < 0.34)
    return np.asarray(row)


def helicopter(x: Array, y: Array, phase: float) -> Array:
    d = ellipse(x, y, 0.14, -0.24, 0.20, 0.105)
    d = np.minimum(d, polygon(x, y, [(0.0, -0.30), (-0.46, -0.30), (-0.46, -0.275), (0.05, -0.19)]))
    d = np.minimum(
        d, polygon(x, y, [(-0.43, -0.28), (-0.52, -0.40), (-0.47, -0.40), (-0.38, -0.28)])
    )
    d = np.minimum(d, capsule(x, y, (-0.02, -0.10), (0.32, -0.10), 0.009))
    for at in (0.06, 0.22):
        d = np.minimum(d, capsule(x, y, (at, -0.16), (at, -0.10), 0.007))
    d = np.minimum(d, capsule(x, y, (0.12, -0.32), (0.12, -0.385), 0.012))
    reach = 0.50 if phase < 0.5 else 0.30  # the blades, seen from the side
    return np.minimum(d, capsule(x, y, (0.12 - reach, -0.39), (0.12 + reach, -0.39), 0.006))


def cockpit(x: Array, y: Array) -> Array:
    return inside(ellipse(x, y, 0.22, -0.255, 0.095, 0.060)) * (np.abs(x - 0.19) > 0.008)


def motorcycle(x: Array, y: Array, phase: float) -> Array:
    d = np.minimum(disc(x, y, -0.33, 0.15), disc(x, y, 0.34, 0.15))
    frame = polygon(
        x, y, [(-0.30, -0.36), (0.20, -0.40), (0.30, -0.28), (0.05, -0.12), (-0.16, -0.14)]
    )
    d = np.minimum(d, np.minimum(frame, capsule(x, y, (0.34, -0.15), (0.18, -0.50), 0.022)))
    d = np.minimum(d, capsule(x, y, (-0.44, -0.34), (-0.10, -0.37), 0.035))
    d = np.minimum(d, capsule(x, y, (-0.12, -0.42), (0.03, -0.74), 0.085))  # who rides it
    d = np.minimum(d, capsule(x, y, (0.02, -0.72), (0.20, -0.52), 0.038))
    d = np.minimum(d, capsule(x, y, (-0.10, -0.40), (0.12, -0.36), 0.058))
    d = np.minimum(d, capsule(x, y, (0.12, -0.36), (0.02, -0.15), 0.045))
    return np.minimum(d, ellipse(x, y, 0.09, -0.90, 0.095, 0.105))


def motorcycle_dark(x: Array, y: Array) -> Array:
    wheels = np.minimum(disc(x, y, -0.33, 0.155), disc(x, y, 0.34, 0.155))
    rider = box(x, y, -0.2, -1.1, 0.25, -0.43)
    visor = ellipse(x, y, 0.14, -0.90, 0.06, 0.05)
    dark = np.maximum(inside(wheels) * 0.95, inside(rider) * 0.45)
    return np.maximum(dark, inside(visor))


def headlamp(x: Array, y: Array) -> Array:
    return inside(ellipse(x, y, 0.29, -0.43, 0.05, 0.05))


def balloon(x: Array, y: Array, phase: float) -> Array:
    d = ellipse(x, y, 0, -0.68, 0.34, 0.34)
    d = np.minimum(
        d, polygon(x, y, [(-0.315, -0.55), (0.315, -0.55), (0.07, -0.22), (-0.07, -0.22)])
    )
    for side in (-1, 1):
        d = np.minimum(d, capsule(x, y, (side * 0.065, -0.22), (side * 0.052, -0.09), 0.004))
    return np.minimum(d, box(x, y, -0.058, -0.095, 0.058, -0.004) - 0.006)


def gores(x: Array, y: Array) -> Array:
    """Stripes that meet above and below, and a dark basket."""
    wide = 0.345 * np.sqrt(np.clip(1 - ((y + 0.68) / 0.36) ** 2, 0.03, 1))
    wide = np.where(y > -0.55, np.interp(y, [-0.55, -0.22], [0.315, 0.07]), wide)
    around = np.arcsin(np.clip(x / wide, -1, 1))
    stripes = 0.42 * (np.sin(around * 7) > 0) * (y < -0.215)
    return np.asarray(np.maximum(stripes, 0.6 * (y > -0.11)))


def burner(x: Array, y: Array) -> Array:
    return np.asarray(np.exp(-((x / 0.10) ** 2) - ((y + 0.33) / 0.16) ** 2) * 0.8)


def rocket(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, -0.05, -0.86, 0.05, -0.14) - 0.008
    d = np.minimum(d, polygon(x, y, [(-0.058, -0.86), (-0.030, -0.97), (0, -1.02), (0.030, -0.97),
                                     (0.058, -0.86)]))  # fmt: skip
    for side in (-1, 1):
        d = np.minimum(d, capsule(x, y, (side * 0.085, -0.52), (side * 0.085, -0.17), 0.028))
        d = np.minimum(
            d, polygon(x, y, [(side * 0.05, -0.30), (side * 0.145, -0.11), (side * 0.05, -0.14)])
        )
    bell = polygon(x, y, [(-0.03, -0.14), (0.03, -0.14), (0.045, -0.09), (-0.045, -0.09)])
    tip = 0.30 + 0.1 * phase
    flame = polygon(x, y, [(-0.042, -0.09), (0.042, -0.09), (0.055, 0.05), (0.0, tip),
                           (-0.055, 0.05)])  # fmt: skip
    return np.minimum(d, np.minimum(bell, flame))


def thrust(x: Array, y: Array) -> Array:
    return np.asarray(np.clip((y + 0.09) * 30, 0, 1) * np.exp(-((x / 0.06) ** 2)))


def rocket_dark(x: Array, y: Array) -> Array:
    bands = inside(np.minimum(np.abs(y + 0.60) - 0.012, np.abs(y + 0.30) - 0.012), 100)
    return np.asarray(bands * (np.abs(x) < 0.06) * 0.9)


def submarine(x: Array, y: Array, phase: float) -> Array:
    d = ellipse(x, y, 0.0, -0.14, 0.48, 0.085)
    d = np.minimum(d, box(x, y, 0.02, -0.31, 0.15, -0.20) - 0.012)
    d = np.minimum(d, capsule(x, y, (0.08, -0.30), (0.08, -0.41), 0.006))
    d = np.minimum(
        d, polygon(x, y, [(-0.40, -0.14), (-0.50, -0.27), (-0.45, -0.27), (-0.33, -0.16)])
    )
    return np.minimum(
        d, polygon(x, y, [(-0.40, -0.14), (-0.50, -0.02), (-0.45, -0.02), (-0.33, -0.12)])
    )


def portholes(x: Array, y: Array) -> Array:
    row = np.hypot((x * 10) % 1.0 - 0.5, (y + 0.155) * 10) - 0.16
    beam = ellipse(x, y, 0.475, -0.13, 0.02, 0.02)
    return np.asarray(np.maximum(inside(row, 9) * (np.abs(x) < 0.3), inside(beam)))
