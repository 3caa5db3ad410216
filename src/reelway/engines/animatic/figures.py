"""What carries people, as lit shapes; what lives is made of `solid`s.

Each `Figure` is drawn in its own units (height or length 1, keel or wheels at y = 0, y down) for
one phase of its motion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import vehicles
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.shapes import box, capsule, cover, ellipse, lit, polygon

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How to draw one kind: extent in own units, its size in depth units, phases of motion."""

    draw: Callable[[Array, Array, float], Array]  # x, y, phase 0…1 → distance
    box: tuple[float, float, float, float]  # left, top, right, bottom
    size: float
    colour: str
    phases: int = 1
    foot: float = 0.3  # half width of its shadow, own units
    glow: Callable[[Array, Array], Array] | None = None  # 0…1 where it shines by itself
    dark: Callable[[Array, Array], Array] | None = None  # 0…1 where it is nearly black
    burns: float = 0.0  # how bright `glow` is by day


def paint(
    window: Window,
    figure: Figure,
    light: Light,
    *,
    at: tuple[float, float],
    depth: float,
    phase: float,
    colour: str | None = None,
    flip: bool = False,
) -> tuple[Array, Array]:
    """Display RGB and cover; `at`: the figure's foot in view units."""
    unit = figure.size / depth
    x = ((window.xs - at[0]) / unit)[None, :]
    y = ((window.ys - at[1]) / unit)[:, None]
    x = -x if flip else x
    distance = np.broadcast_to(figure.draw(x, y, phase), (window.height, window.width))
    picture = lit(distance, linear(colour or figure.colour), light, depth)
    if figure.dark is not None:
        picture = picture * (1 - 0.85 * np.clip(figure.dark(x, y), 0, 1)[..., None])
    if figure.glow is not None and max(light.lamps, figure.burns) > 0.3:
        shine = np.clip(figure.glow(x, y), 0, 1)[..., None] * max(light.lamps, figure.burns)
        picture = picture * (1 - shine) + to_display(linear("#ffdf9a")) * shine
    return picture, cover(window, distance, unit)


def extent(figure: Figure, at: tuple[float, float], depth: float) -> tuple[float, ...]:
    """left, top, right, bottom in view units."""
    unit = figure.size / depth
    left, top, right, bottom = figure.box
    return (
        at[0] + left * unit,
        at[1] + top * unit,
        at[0] + right * unit,
        at[1] + bottom * unit,
    )


def _boat(x: Array, y: Array, phase: float) -> Array:
    hull = polygon(x, y, [(-0.46, -0.15), (0.52, -0.18), (0.40, 0.0), (-0.36, 0.0)])
    mast = capsule(x, y, (0.04, -0.1), (0.04, -1.12), 0.010)
    main = polygon(x, y, [(0.015, -1.08), (0.015, -0.24), (-0.36, -0.23)])
    jib = polygon(x, y, [(0.075, -1.0), (0.43, -0.22), (0.075, -0.25)])
    return np.minimum(np.minimum(hull, mast), np.minimum(main, jib))


def _car(x: Array, y: Array, phase: float) -> Array:
    body = box(x, y, -0.48, -0.25, 0.48, -0.10) - 0.03
    roof = polygon(x, y, [(-0.30, -0.26), (-0.20, -0.41), (0.12, -0.41), (0.27, -0.26)]) - 0.015
    d = np.minimum(body, roof)
    for wheel in (-0.29, 0.29):
        d = np.minimum(d, ellipse(x, y, wheel, -0.085, 0.085, 0.085))
    return d


def _car_lights(x: Array, y: Array) -> Array:
    window = polygon(x, y, [(-0.25, -0.27), (-0.175, -0.38), (0.10, -0.38), (0.21, -0.27)])
    lamp = ellipse(x, y, 0.49, -0.20, 0.03, 0.025)
    return np.asarray(np.clip(-window * 30, 0, 1) * 0.45 + np.clip(0.5 - lamp * 40, 0, 1))


def _car_dark(x: Array, y: Array) -> Array:
    glass = polygon(x, y, [(-0.25, -0.27), (-0.175, -0.38), (0.10, -0.38), (0.21, -0.27)])
    dark = np.clip(0.5 - glass * 60, 0, 1) * (np.abs(x + 0.03) > 0.012) * 0.8
    for wheel in (-0.29, 0.29):
        dark = np.maximum(
            dark, np.clip(0.5 - ellipse(x, y, wheel, -0.085, 0.095, 0.095) * 60, 0, 1)
        )
    return np.asarray(dark)


def _spaceship(x: Array, y: Array, phase: float) -> Array:
    d = ellipse(x, y, 0.02, -0.30, 0.48, 0.062)
    d = np.minimum(d, ellipse(x, y, 0.12, -0.345, 0.12, 0.035))
    d = np.minimum(
        d, polygon(x, y, [(0.05, -0.30), (-0.34, -0.13), (-0.42, -0.13), (-0.30, -0.30)])
    )
    d = np.minimum(
        d, polygon(x, y, [(-0.12, -0.33), (-0.36, -0.47), (-0.43, -0.47), (-0.36, -0.32)])
    )
    return np.minimum(d, box(x, y, -0.50, -0.335, -0.36, -0.265) - 0.01)


def _engine(x: Array, y: Array) -> Array:
    ports = (
        np.exp(-(((y + 0.31) / 0.008) ** 2)) * (np.sin(x * 120) > 0.3) * (np.abs(x - 0.1) < 0.25)
    )
    return np.asarray(np.exp(-(((x + 0.5) / 0.03) ** 2) - ((y + 0.30) / 0.05) ** 2) + ports)


def _airship(x: Array, y: Array, phase: float) -> Array:
    d = ellipse(x, y, 0, -0.30, 0.5, 0.125)
    d = np.minimum(d, box(x, y, -0.10, -0.17, 0.14, -0.115) - 0.012)
    d = np.minimum(
        d, polygon(x, y, [(-0.36, -0.30), (-0.52, -0.47), (-0.55, -0.47), (-0.50, -0.30)])
    )
    d = np.minimum(
        d, polygon(x, y, [(-0.36, -0.30), (-0.52, -0.13), (-0.55, -0.13), (-0.50, -0.30)])
    )
    return np.minimum(
        d, polygon(x, y, [(-0.38, -0.315), (-0.56, -0.33), (-0.56, -0.27), (-0.38, -0.285)])
    )


def _gondola(x: Array, y: Array) -> Array:
    rows = np.exp(-(((y + 0.145) / 0.014) ** 2)) * (np.sin(x * 150) > 0) * (np.abs(x - 0.02) < 0.10)
    return np.asarray(rows)


FIGURES: dict[str, Figure] = {
    "bus": Figure(
        draw=vehicles.bus,
        box=(-0.53, -0.45, 0.53, 0.03),
        size=1.05,
        colour="#a8442f",
        foot=0.46,
        glow=vehicles.panes,
        dark=vehicles.bus_dark,
    ),
    "train": Figure(
        draw=vehicles.train,
        box=(-0.52, -0.17, 0.52, 0.02),
        size=4.2,
        colour="#7a2f2a",
        foot=0.46,
        glow=vehicles.train_panes,
        dark=vehicles.train_dark,
    ),
    "plane": Figure(
        draw=vehicles.plane,
        box=(-0.56, -0.48, 0.52, -0.15),
        size=2.2,
        colour="#d8dade",
        glow=vehicles.ports,
    ),
    "helicopter": Figure(
        draw=vehicles.helicopter,
        box=(-0.56, -0.43, 0.66, -0.06),
        size=1.5,
        colour="#3f5a48",
        phases=2,
        dark=vehicles.cockpit,
    ),
    "motorcycle": Figure(
        draw=vehicles.motorcycle,
        box=(-0.54, -1.05, 0.54, 0.03),
        size=0.42,
        colour="#8a2a26",
        foot=0.42,
        glow=vehicles.headlamp,
        dark=vehicles.motorcycle_dark,
    ),
    "balloon": Figure(
        draw=vehicles.balloon,
        box=(-0.40, -1.06, 0.40, 0.03),
        size=1.15,
        colour="#c24a32",
        glow=vehicles.burner,
        dark=vehicles.gores,
    ),
    "rocket": Figure(
        draw=vehicles.rocket,
        box=(-0.20, -1.06, 0.20, 0.42),
        size=2.6,
        colour="#d9d8d4",
        phases=2,
        foot=0.1,
        glow=vehicles.thrust,
        dark=vehicles.rocket_dark,
        burns=1.0,
    ),
    "submarine": Figure(
        draw=vehicles.submarine,
        box=(-0.54, -0.44, 0.54, 0.02),
        size=1.3,
        colour="#8d979c",
        glow=vehicles.portholes,
        burns=0.7,
    ),
    "boat": Figure(draw=_boat, box=(-0.55, -1.16, 0.6, 0.03), size=0.62, colour="#cfc6b8"),
    "car": Figure(
        draw=_car,
        box=(-0.56, -0.46, 0.56, 0.03),
        size=0.50,
        colour="#6b2f2c",
        foot=0.46,
        glow=_car_lights,
        dark=_car_dark,
    ),
    "spaceship": Figure(
        draw=_spaceship, box=(-0.6, -0.5, 0.55, -0.08), size=1.9, colour="#9aa2ad", glow=_engine
    ),
    "airship": Figure(
        draw=_airship, box=(-0.6, -0.5, 0.55, -0.08), size=1.7, colour="#8a6f5c", glow=_gondola
    ),
}
