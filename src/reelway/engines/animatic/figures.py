"""Living and moving things as silhouettes: people, animals, birds, boats, cars, airships.

Each `Figure` is drawn in its own units (height or length 1, feet or keel at y = 0, y down) for one
phase of its motion; a walk is eight pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.shapes import box, capsule, cover, ellipse, lit, polygon

Array = npt.NDArray[Any]
PHASES = 8


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
    if figure.glow is not None and light.lamps > 0.3:
        shine = np.clip(figure.glow(x, y), 0, 1)[..., None] * light.lamps
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


def _person(x: Array, y: Array, phase: float) -> Array:
    """Standing, seen from the front or from behind."""
    d = polygon(x, y, [(-0.11, -0.36), (0.11, -0.36), (0.12, -0.82), (-0.12, -0.82)]) - 0.01
    d = np.minimum(d, capsule(x, y, (0.0, -0.50), (0.0, -0.80), 0.085))
    d = np.minimum(d, ellipse(x, y, 0.0, -0.925, 0.062, 0.078))
    d = np.minimum(d, capsule(x, y, (0.0, -0.925), (0.0, -0.82), 0.032))
    for side in (-1, 1):
        knee, foot = (side * 0.05, -0.25), (side * 0.056, -0.02)
        d = np.minimum(d, capsule(x, y, (side * 0.045, -0.48), knee, 0.058))
        d = np.minimum(d, capsule(x, y, knee, foot, 0.042))
        d = np.minimum(d, capsule(x, y, foot, (foot[0] + 0.03 * side, foot[1]), 0.024))
        elbow, hand = (side * 0.135, -0.60), (side * 0.125, -0.44)
        d = np.minimum(d, capsule(x, y, (side * 0.11, -0.79), elbow, 0.036))
        d = np.minimum(d, capsule(x, y, elbow, hand, 0.030))
    return d


def _limb(
    at: tuple[float, float], first: float, second: float, lengths: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Joint and end of a limb that hangs from `at`: angles from straight down, forward positive."""
    joint = (at[0] + lengths[0] * math.sin(first), at[1] + lengths[0] * math.cos(first))
    end = (joint[0] + lengths[1] * math.sin(second), joint[1] + lengths[1] * math.cos(second))
    return joint, end


def _goer(
    x: Array, y: Array, phase: float, *, swing: float, bend: float, lean: float, elbow: float
) -> Array:
    """Walking or running towards +x, seen from the side: thigh and shin turn at hip and knee, the
    knee bends while the leg comes forward."""
    turn = 2 * math.pi * phase
    hip = (0.0, -0.50)
    legs = []
    for part in (turn, turn + math.pi):
        thigh = swing * math.sin(part) + 0.3 * lean
        shin = thigh - 0.10 - bend * max(0.0, math.cos(part - 0.35)) ** 1.3
        legs.append(_limb(hip, thigh, shin, (0.245, 0.245)))
    y = y + max(end[1] for _, end in legs) + 0.022  # the lower foot is on the ground
    chest = (0.34 * math.sin(lean), -0.50 - 0.33 * math.cos(lean))
    head = (chest[0] + 0.10 * math.sin(lean) + 0.012, chest[1] - 0.105)
    d = capsule(x, y, hip, chest, 0.078)
    d = np.minimum(d, capsule(x, y, (hip[0], hip[1] + 0.02), (hip[0], hip[1] - 0.10), 0.088))
    d = np.minimum(d, capsule(x, y, chest, head, 0.034))
    d = np.minimum(d, ellipse(x, y, head[0] + 0.008, head[1] - 0.015, 0.064, 0.076))
    for knee, foot in legs:
        d = np.minimum(d, capsule(x, y, hip, knee, 0.060))
        d = np.minimum(d, capsule(x, y, knee, foot, 0.041))
        d = np.minimum(d, capsule(x, y, foot, (foot[0] + 0.065, foot[1] + 0.004), 0.024))
    for part in (turn + math.pi, turn):
        upper = 0.75 * swing * math.sin(part) + 0.1 * lean
        shoulder = (chest[0], chest[1] + 0.04)
        joint, hand = _limb(shoulder, upper, upper + elbow, (0.175, 0.165))
        d = np.minimum(d, capsule(x, y, shoulder, joint, 0.036))
        d = np.minimum(d, capsule(x, y, joint, hand, 0.029))
    return d


def _walker(x: Array, y: Array, phase: float) -> Array:
    return _goer(x, y, phase, swing=0.46, bend=0.75, lean=0.05, elbow=0.30)


def _runner(x: Array, y: Array, phase: float) -> Array:
    return _goer(x, y, phase, swing=0.82, bend=1.55, lean=0.20, elbow=1.45)


def _dancer(x: Array, y: Array, phase: float) -> Array:
    """Arms up, hips from side to side."""
    sway = math.sin(2 * math.pi * phase)
    hip, chest = (0.05 * sway, -0.48), (-0.02 * sway, -0.79)
    d = capsule(x, y, hip, chest, 0.09)
    d = np.minimum(d, ellipse(x, y, -0.05 * sway, -0.92, 0.062, 0.078))
    for side in (-1, 1):
        lift = max(0.0, side * sway)
        knee = (side * (0.08 + 0.10 * lift), -0.25 - 0.06 * lift)
        foot = (side * (0.09 + 0.02 * lift), -0.02 - 0.12 * lift)
        d = np.minimum(d, capsule(x, y, hip, knee, 0.058))
        d = np.minimum(d, capsule(x, y, knee, foot, 0.042))
        elbow = (side * 0.22, -0.86 - 0.06 * side * sway)
        hand = (side * 0.17 + 0.06 * sway, -1.04)
        d = np.minimum(d, capsule(x, y, (chest[0] + side * 0.08, chest[1]), elbow, 0.036))
        d = np.minimum(d, capsule(x, y, elbow, hand, 0.029))
    return d


def _swimmer(x: Array, y: Array, phase: float) -> Array:
    """Head, shoulders and one arm that comes over; the rest is under water."""
    turn = 2 * math.pi * phase
    d = ellipse(x, y, 0.0, -0.10, 0.085, 0.095)
    d = np.minimum(d, ellipse(x, y, -0.17, 0.0, 0.22, 0.075))
    elbow = (-0.10 + 0.26 * math.cos(turn), -0.05 - 0.26 * max(0.0, math.sin(turn)))
    hand = (-0.06 + 0.48 * math.cos(turn - 0.35), 0.02 - 0.30 * max(0.0, math.sin(turn - 0.35)))
    d = np.minimum(d, capsule(x, y, (-0.12, -0.02), elbow, 0.045))
    return np.maximum(np.minimum(d, capsule(x, y, elbow, hand, 0.036)), y)


def _paddler(x: Array, y: Array, phase: float) -> Array:
    """An animal's head and back above the water."""
    bob = 0.02 * math.sin(2 * math.pi * phase)
    d = ellipse(x, y, -0.12, 0.02 + bob, 0.40, 0.11)
    d = np.minimum(d, capsule(x, y, (0.22, -0.02), (0.36, -0.24 + bob), 0.085))
    d = np.minimum(d, capsule(x, y, (0.36, -0.26 + bob), (0.54, -0.20 + bob), 0.06))
    d = np.minimum(
        d, polygon(x, y, [(0.30, -0.28 + bob), (0.33, -0.40 + bob), (0.38, -0.30 + bob)])
    )
    return np.maximum(d, y)


def _sitter(x: Array, y: Array, phase: float) -> Array:
    d = capsule(x, y, (0, -0.13), (0.02, -0.42), 0.09)
    d = np.minimum(d, ellipse(x, y, 0.035, -0.565, 0.062, 0.078))
    for side in (0.0, 0.05):
        d = np.minimum(d, capsule(x, y, (0.02, -0.09), (0.24, -0.24 + side), 0.055))
        d = np.minimum(d, capsule(x, y, (0.24, -0.24 + side), (0.32, -0.02), 0.042))
    return np.minimum(d, capsule(x, y, (0.03, -0.40), (0.22, -0.24), 0.034))


def _animal(x: Array, y: Array, phase: float) -> Array:
    """Four legs: somewhere between a dog and a horse."""
    swing = math.sin(2 * math.pi * phase)
    d = ellipse(x, y, 0.0, -0.60, 0.42, 0.155)
    d = np.minimum(d, ellipse(x, y, 0.24, -0.62, 0.19, 0.18))
    d = np.minimum(d, capsule(x, y, (0.34, -0.66), (0.52, -0.92), 0.085))
    d = np.minimum(d, capsule(x, y, (0.52, -0.94), (0.68, -0.86), 0.062))
    d = np.minimum(d, polygon(x, y, [(0.46, -0.96), (0.50, -1.08), (0.54, -0.98)]))
    d = np.minimum(d, capsule(x, y, (-0.40, -0.66), (-0.55, -0.42), 0.035))
    for hip, turn in ((-0.30, 1), (-0.24, -1), (0.24, -1), (0.31, 1)):
        foot = hip + swing * turn * 0.13
        d = np.minimum(d, capsule(x, y, (hip, -0.52), (hip + swing * turn * 0.03, -0.27), 0.058))
        d = np.minimum(d, capsule(x, y, (hip + swing * turn * 0.03, -0.27), (foot, -0.02), 0.036))
    return d


def _bird(x: Array, y: Array, phase: float) -> Array:
    beat = math.sin(2 * math.pi * phase)
    d = ellipse(x, y, 0, 0, 0.16, 0.045)
    for side in (-1, 1):
        bend = (side * 0.26, -0.16 * beat - 0.05)
        tip = (side * 0.56, -0.30 * beat + 0.04)
        d = np.minimum(
            d,
            polygon(
                x,
                y,
                [
                    (side * 0.02, -0.03),
                    bend,
                    tip,
                    (side * 0.24, bend[1] + 0.085),
                    (side * 0.02, 0.04),
                ],
            ),
        )
    return d


def _bird_low(x: Array, y: Array, phase: float) -> Array:
    """Wings folded: a gull on the shore, a swan on the water."""
    d = ellipse(x, y, -0.03, -0.12, 0.30, 0.125)
    d = np.minimum(d, polygon(x, y, [(-0.22, -0.18), (-0.52, -0.15), (-0.24, -0.05)]))
    d = np.minimum(d, capsule(x, y, (0.18, -0.15), (0.25, -0.40), 0.048))
    d = np.minimum(d, ellipse(x, y, 0.27, -0.43, 0.075, 0.06))
    d = np.minimum(d, polygon(x, y, [(0.32, -0.45), (0.44, -0.41), (0.32, -0.40)]))
    return np.minimum(d, box(x, y, -0.02, -0.04, 0.0, 0.0))


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


_UPRIGHT = (-0.50, -1.10, 0.50, 0.04)
_BEAST = (-0.7, -1.12, 0.8, 0.04)
FIGURES: dict[str, Figure] = {
    "person": Figure(draw=_person, box=_UPRIGHT, size=0.19, colour="#3a3431", foot=0.16),
    "walk": Figure(
        draw=_walker, box=_UPRIGHT, size=0.19, colour="#3a3431", phases=PHASES, foot=0.2
    ),
    "run": Figure(
        draw=_runner, box=_UPRIGHT, size=0.19, colour="#3a3431", phases=PHASES, foot=0.22
    ),
    "dance": Figure(
        draw=_dancer, box=_UPRIGHT, size=0.19, colour="#3a3431", phases=PHASES, foot=0.18
    ),
    "sit": Figure(draw=_sitter, box=_UPRIGHT, size=0.19, colour="#3a3431", foot=0.24),
    "swim": Figure(
        draw=_swimmer, box=(-0.6, -0.45, 0.6, 0.04), size=0.27, colour="#4a3a32", phases=PHASES
    ),
    "animal": Figure(draw=_animal, box=_BEAST, size=0.15, colour="#4a3c30", foot=0.45),
    "animal-walk": Figure(
        draw=_animal, box=_BEAST, size=0.15, colour="#4a3c30", phases=PHASES, foot=0.45
    ),
    "animal-swim": Figure(
        draw=_paddler, box=(-0.7, -0.5, 0.8, 0.04), size=0.2, colour="#4a3c30", phases=PHASES
    ),
    "bird": Figure(
        draw=_bird, box=(-0.62, -0.42, 0.62, 0.36), size=0.24, colour="#23252c", phases=PHASES
    ),
    "bird-low": Figure(
        draw=_bird_low, box=(-0.6, -0.55, 0.5, 0.03), size=0.12, colour="#d8d6d0", foot=0.3
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
