"""The caller's elements as subjects of a scene: cut out, lit like the rest, with a shadow.

    place_all    every picture that the shot names
    place        one of them: where its clause says, doing what it says

The first stands somewhat off the middle, the next on the other side; one that no prompt names
stands further back, to the side. Each has one size in all shots, but for how near its clause sets
it, and none covers another. What walks goes across, what flies is in the air, what sails or swims
sits in the water where there is some.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import LUMA, Window, to_display, to_linear
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.crafts import crossing
from reelway.engines.animatic.cutout import Cutout
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.light import Light, faded
from reelway.engines.animatic.resample import resample, taps
from reelway.engines.animatic.standing import WET, Cast, Motion, shadow

Array = npt.NDArray[Any]
SIZE = 0.31  # root of the area, view units
TALLEST, WIDEST = 0.44, 0.50  # of the frame's height; of its width
# How large, and how far off, by what its clause says; "aside": no clause names it.
REACHES = {"near": (1.5, 0.66), "": (1.0, 0.92), "aside": (0.72, 1.25), "far": (0.46, 2.4)}
GAP = 0.03  # view units between two of them at least
WHITE = 0.87  # linear light on a white thing at noon
LIT = {"city", "harbour", "street", "village", "room"}  # places with windows and lanterns
LAMPS = np.array([0.16, 0.12, 0.08], np.float32)  # what windows and lanterns add to it
# share of the height that a thing in the water has below its surface
SUNK = {"swim": 0.45, "sail": 0.10}
PACE = {"walk": 0.085, "run": 0.22, "fly": 0.13, "swim": 0.07, "sail": 0.08, "drive": 0.28}
EXPOSED = 0.42  # mean luma of a well lit picture
BESIDE = ((0.0,), (-0.34, 0.34), (-0.52, 0.0, 0.52))  # −1…1, of one, two, three elements


@dataclass(frozen=True, kw_only=True)
class _Stand:
    """Where one picture stands: view units, its foot at (x, y)."""

    x: float
    y: float
    wide: float
    tall: float
    depth: float
    sunk: float = 0.0  # share of the height that is cut off below
    aloft: bool = False


def place_all(b: Builder) -> None:
    for subject in b.shot.subjects:
        if subject.element is not None:
            place(b, subject)


def place(b: Builder, subject: Subject) -> None:
    picture = b.pictures[subject.kind, subject.element]
    at = _stands(b)[subject]
    motion = _motion(b, subject, at)
    wet = at.sunk > 0
    if not (at.aloft or wet):
        _grounded(b, picture, at, motion)
    rim = 0.02
    window = Window.of(
        at.x - at.wide / 2 - rim,
        at.y - at.tall - rim,
        at.x + at.wide / 2 + rim,
        at.y + rim,
        b.window(at.depth).density,
    )
    lit = b.light if b.shot.place in LIT else replace(b.light, lamps=0.0)
    b.add(
        at.depth,
        window,
        lambda w: _paint(w, picture, lit, at),
        motion=motion,
        front=not wet,
    )


def _grounded(b: Builder, picture: Cutout, at: _Stand, motion: Motion) -> None:
    """The dark right where it touches the ground, and what it throws in the sun."""
    left, right = picture.foot
    half = max((right - left) / 2 * at.wide * 1.15, 0.12 * at.wide)
    shadow(
        b,
        at.x + ((left + right) / 2 - 0.5) * at.wide,
        at.y - 0.004,
        half,
        at.depth,
        motion=motion,
        cast=Cast(cover=picture.cover, x=at.x, wide=at.wide, tall=at.tall),
    )


def _stands(b: Builder) -> dict[Subject, _Stand]:
    """Where each stands; those at one depth are set apart, and what has no room grows smaller."""
    shown = [s for s in b.shot.subjects if s.element is not None]
    stands = {s: _stand(b, s, b.pictures[s.kind, s.element]) for s in shown}
    for depth in sorted({at.depth for at in stands.values()}):
        row = sorted((s for s in shown if stands[s].depth == depth), key=lambda s: stands[s].x)
        room = 2 * b.half_width - 2 * GAP
        need = sum(stands[s].wide + GAP for s in row) - GAP
        part = min(1.0, room / need)
        left = -b.half_width + GAP
        for s in row:  # from the left: none before the one beside it ends
            at = stands[s]
            at = replace(at, wide=at.wide * part, tall=at.tall * part)
            x = max(at.x, left + at.wide / 2) if len(row) > 1 else at.x
            stands[s] = replace(at, x=x)
            left = x + at.wide / 2 + GAP
        right = b.half_width - GAP
        for s in reversed(row if len(row) > 1 else []):
            at = stands[s]
            x = min(at.x, right - at.wide / 2)
            stands[s] = replace(at, x=x)
            right = x - at.wide / 2 - GAP
    return stands


def _stand(b: Builder, subject: Subject, picture: Cutout) -> _Stand:
    reach = "aside" if subject.side == "aside" else subject.reach or ""
    part, depth = REACHES[reach]
    size = SIZE * part
    wide, tall = size * math.sqrt(picture.aspect), size / math.sqrt(picture.aspect)
    most = max(1.0, part)
    fit = min(1.0, most * TALLEST * b.span / tall, most * WIDEST * 2 * b.half_width / wide)
    wide, tall = wide * fit, tall * fit
    x = _across(b, subject)
    wet = b.shot.place in WET
    sunk = SUNK.get(subject.action or "", 0.0) if wet else 0.0
    aloft = subject.action == "fly" or b.shot.place == "space"
    if aloft:
        y = b.horizon - 0.08 if b.shot.place != "space" else 0.12
        return _Stand(x=x, y=y, wide=wide * 0.85, tall=tall * 0.85, depth=1.6, aloft=True)
    if sunk:
        depth = 1.75 if depth < 2 else 2.6
        y = b.ground(depth, height=0.0) + sunk * tall
        return _Stand(x=x, y=y, wide=wide, tall=tall, depth=depth, sunk=sunk)
    y = {"near": 0.47, "far": 0.30}.get(reach, 0.40)
    if b.shot.place != "room":
        y = b.ground(depth, x) + 0.01
    return _Stand(x=x, y=min(y, b.span / 2 - 0.02), wide=wide, tall=tall, depth=depth)


def _across(b: Builder, subject: Subject) -> float:
    shown = [s for s in b.shot.subjects if s.element is not None]
    if subject.side == "aside":
        beside = [s for s in shown if s.side == "aside"]
        n = beside.index(subject)
        return b.across((0.62, -0.62, 0.34)[n % 3])
    if subject.side == "middle":
        return 0.0
    if subject.side in ("left", "right") and subject.action not in PACE:
        return b.across(-0.45 if subject.side == "left" else 0.45)
    named = [s for s in shown if s.side != "aside"]
    n, count = named.index(subject), min(len(named), 3)
    x = BESIDE[count - 1][n % 3 if n < count else 0]
    people = any(s.element is None for s in b.shot.subjects)
    if count == 1:  # off the middle, away from the sun and from whoever else is there
        x = (0.2 if b.light.sun_x > 0 else -0.2) * (1.0 if people else -1.0)
    return b.aside(x) if count == 1 else b.across(x)


def _motion(b: Builder, subject: Subject, at: _Stand) -> Motion:
    action = subject.action or ""
    side = -1.0 if subject.side == "left" else 1.0
    pace, start = crossing(b, PACE.get(action, 0.0), side)
    hop = {"walk": 0.020, "run": 0.045, "dance": 0.07}.get(action, 0.0) * at.tall
    rate = {"walk": 1.9, "run": 3.2, "dance": 2.2}.get(action, 0.0) * math.pi
    floats = 0.012 if at.aloft else 0.004 if at.sunk else 0.0

    def motion(s: float) -> State:
        lift = hop * abs(math.sin(rate * s)) + floats * math.sin(1.4 * s)
        press = 0.25 * hop / at.tall * math.cos(2 * rate * s) if hop else 0.0
        breath = 0.004 * math.sin(1.9 * s) if not hop else 0.0
        return State(dx=start + pace * s, dy=-lift, grow_x=1 + press, grow_y=1 - press + breath)

    return motion


def _paint(w: Window, picture: Cutout, light: Light, at: _Stand) -> tuple[Array, Array]:
    """Display RGB and cover of the cut-out in the scene's light."""
    high, wide = picture.cover.shape
    rows_at = (w.ys - (at.y - at.tall)) / at.tall * high - 0.5
    cols_at = (w.xs - (at.x - at.wide / 2)) / at.wide * wide - 0.5
    rows, cols = taps(rows_at, high), taps(cols_at, wide)
    cover = np.clip(resample(picture.cover, rows, cols), 0, 1)
    safe = np.maximum(cover, 1e-3)[..., None]
    laid = picture.colour * picture.cover[..., None]
    colour = np.stack([resample(laid[..., i], rows, cols) for i in range(3)], axis=-1) / safe
    own, leaning = _exposure(picture)
    lit = to_linear(np.clip(colour, 0, 1)) * _tint(light) * own
    side = 1.0 if light.sun_x > 0 else -1.0
    across = np.clip((w.xs - at.x) / at.wide * 2, -1, 1)[None, :, None]
    lit = lit * (1 + (0.26 * side * _direct(light) - leaning) * across)
    low = np.exp(-np.maximum(at.y - w.ys, 0) / (0.10 * at.tall))[:, None, None]
    lit = lit * (1 - 0.38 * low * (not at.aloft))
    # An edge of light on the side of the sun: the scene is lit from behind.
    step = 0.007 / at.wide * wide * side
    beyond = np.clip(resample(picture.cover, rows, taps(cols_at + step, wide)), 0, 1)
    rim = np.clip(cover - beyond, 0, 1)[..., None]
    behind = float(np.clip((0.2 - light.sun_height) / 0.1, 0.15, 1)) if light.disc else 0.1
    lit = lit + rim * (light.glow * 0.35 + light.sun * 0.25) * behind
    if at.sunk:
        water = at.y - at.sunk * at.tall
        cover = cover * np.clip((water - w.ys) * w.density + 0.5, 0, 1)[:, None]
    return to_display(faded(lit, at.depth, light)), cover


def _exposure(picture: Cutout) -> tuple[float, float]:
    """What brings a picture to the light of any other, and how far it leans to one side of it."""
    weight = picture.cover + 1e-6
    luma = picture.colour @ LUMA
    mean = float((luma * weight).sum() / weight.sum())
    half = luma.shape[1] // 2
    sides = [
        float((luma[:, part] * weight[:, part]).sum() / weight[:, part].sum())
        for part in (slice(0, half), slice(half, None))
    ]
    gain = float(np.clip((EXPOSED / max(mean, 0.05)) ** 0.45, 0.75, 1.45))
    return gain, float(np.clip(0.5 * (sides[1] - sides[0]) / max(mean, 0.1), -0.2, 0.2))


def _direct(light: Light) -> float:
    """How much of the light comes from one side, 0…1: little under clouds."""
    sun, sky = float(light.sun @ LUMA), float(light.ambient @ LUMA)
    return sun / (sun + 2 * sky + 1e-6) if light.disc else 0.35 * sun / (sun + 2 * sky + 1e-6)


def _tint(light: Light) -> Array:
    """What the scene's light does to a white thing, against noon; the eye adapts to half of it."""
    white = (light.ambient * 0.8 + light.sun * 0.5) / WHITE + LAMPS * light.lamps
    white = np.power(np.maximum(white, 1e-4), 0.75)
    level = float(white @ LUMA)
    return np.asarray(level + (white - level) * 0.7, np.float32)
