"""Single trees, each grown from numbers of its own, so that no two are alike.

    Form      where it stands, how tall and wide, its numbers
    Seen      cover, how open to sky and sun each point is, and where it is wood
    TREES     kind → painter: pine broad bush acacia palm bamboo bare

A painter works on the tree's own box: x to the right and y upwards in heights of the tree, (0, 0)
at its foot. `leaf` is noise over the same box.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels import kernels

Array = npt.NDArray[Any]
NONE = np.zeros((1, 1), np.float32)
FEW = 0.12  # view units: smaller trees have fewer boughs


@dataclass(frozen=True, kw_only=True)
class Form:
    high: float  # view units
    reach: float  # half its width, in heights
    lean: float
    sun: float  # −1 or 1: the side of the sun
    own: Array  # numbers 0…1, as many as a painter asks for
    pixels: float  # a height

    def soft(self, distance: Array) -> Array:
        """Cover of what is inside where a distance (in heights) is above 0."""
        return np.asarray(np.clip(distance * self.pixels + 0.5, 0, 1), np.float32)


@dataclass(frozen=True, kw_only=True)
class Seen:
    cover: Array
    open: Array  # 0…1, to the sky
    lit: Array  # 0…1, to the sun
    wood: Array  # 0…1


Painter = Callable[[Array, Array, Array, Form], Seen]


def pine(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """Whorls of boughs that hang, each side and whorl of its own length."""
    by = form.reach, form.lean, form.sun, form.pixels
    cover, open_, lit, wood = kernels().pine(x, y, leaf, form.own, by)
    return Seen(cover=cover, open=open_, lit=lit, wood=wood)


def broad(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """A crown of leafy clumps on a forked trunk."""
    own = form.own
    many = 9 if form.high < FEW else 15 if form.high < 2.5 * FEW else 22
    low = 0.26 + 0.12 * own[0]
    boughs, clumps = [((0.0, -0.01), (form.lean * 0.03, low + 0.1), 0.030)], []
    for k in range(many):
        a, r = own[(3 * k + 5) % len(own)], own[(3 * k + 6) % len(own)]
        angle, far = 2.4 * k + 1.5 * a, math.sqrt((k + 0.5) / many)
        cx = form.reach * 0.74 * far * math.cos(angle) + form.lean * 0.05
        cy = (1 + low) / 2 + (1 - low) * 0.40 * far * math.sin(angle)
        size = (0.105 + 0.07 * r) * (1.25 if many < 10 else 1.0)
        clumps.append((cx, min(cy, 0.99 - size), size, 0.5 * own[(k + 9) % len(own)]))
        if k % 3 == 0 and k < 13:
            boughs.append(((form.lean * 0.02, low * (0.7 + 0.3 * a)), (cx * 0.8, cy - 0.04), 0.010))
    room = 1 / form.pixels
    lines = [
        (*p, *q, thick, 0, 0, min(p[0], q[0]) - thick - room, max(p[0], q[0]) + thick + room,
         min(p[1], q[1]) - thick - room, max(p[1], q[1]) + thick + room)
        for p, q, thick in boughs
    ]  # fmt: skip
    by = form.sun, form.pixels
    cover, open_, lit, wood = kernels().crown(x, y, leaf, _table(lines), _table(clumps), by)
    return Seen(cover=cover, open=open_, lit=lit, wood=wood)


def bush(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """A crown that begins at the ground."""
    seen = broad(x * 0.75, 0.30 + 0.72 * y, leaf, form)
    low = np.clip((y - 0.02 + 0.07 * leaf) * 24, 0, 1)
    return Seen(cover=seen.cover * low, open=seen.open, lit=seen.lit, wood=NONE)


def acacia(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """A flat crown on boughs that spread like an umbrella."""
    own, fork = form.own, (form.lean * 0.04, 0.36)
    boughs = [((0.0, -0.01), fork, 0.026)]
    for k in range(6):
        out = (-1 + 2 * (k + 0.5 * own[k]) / 5.5) * form.reach * 0.75
        boughs.append((fork, (out, 0.76), 0.011))
    room = 1 / form.pixels
    d, _ = kernels().strokes(x, y, leaf, _lines(boughs, room=room), 0.0)
    wood = form.soft(-d)
    arch = 0.80 + 0.05 * own[8] - 0.16 * (x / form.reach) ** 2
    tier = np.abs(y - arch) - 0.085 * (1.05 - np.abs(x / form.reach) ** 2.5)
    crown = form.soft(-tier + 0.055 * leaf - 0.012)
    rise = np.clip((y - arch) / 0.16 + 0.5, 0, 1)
    lit = np.clip(0.2 + 0.75 * rise + 0.45 * leaf + 0.35 * form.sun * x / form.reach, 0, 1.1)
    open_ = np.clip(0.22 + 0.6 * rise + 0.3 * leaf, 0.08, 1)
    wood = wood * (1 - crown)
    return Seen(cover=np.maximum(crown, wood), open=open_, lit=lit, wood=wood)


def palm(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """A bent trunk with a head of fronds that arch and hang, comb-like at their edges."""
    own, bend = form.own, 0.16 * form.lean
    head, parts, base = (bend, 0.80), [], []
    for k in range(15):
        angle = math.pi * (-0.16 + 1.32 * (k + 0.5 * own[k]) / 15)
        long, fall = 0.34 + 0.14 * own[k + 3], 0.20 + 0.22 * own[k + 5]
        at = head
        for i in range(1, 7):
            s = i / 6
            to = (
                head[0] + long * s * math.cos(angle) * 1.15,
                head[1] + long * s * math.sin(angle) * 0.75 - fall * s * s,
            )
            thick = 0.034 * math.sin(math.pi * (0.10 + 0.86 * s)) + 0.004
            parts.append((at, to, thick))
            base.append((0.35 + 0.6 * own[k + 7] - 0.15 * at[1] / thick, 0.15 / thick))
            at = to
    d, which = kernels().strokes(x, y, leaf, _lines(parts, room=0.03), 0.0)
    rise, slope = _table([*base, (0.0, 0.0)])[which].transpose(2, 0, 1)  # of none the last
    shade = rise + slope * y
    comb = 0.007 * np.sin((x + 0.8 * y) * 130) + 0.016 * leaf
    fronds = form.soft(-d - 0.008 + comb)
    lean = bend * np.clip(y / 0.8, 0, 1) ** 1.7
    across = x - lean
    stout = 0.017 + 0.012 * np.exp(-y / 0.06) - 0.005 * y
    trunk = form.soft(stout - np.abs(across)) * (y < 0.82) * (y > 0)
    rings = 0.78 + 0.22 * np.sin(y * 130)
    wood = trunk * (1 - fronds)
    stem = np.clip(0.5 + form.sun * across * 26, 0.1, 1) * rings
    lit = np.clip(shade * 0.75 + 0.35 * leaf + form.sun * (x - bend) * 0.5, 0.05, 1.1)
    open_ = np.clip(0.30 + 0.55 * shade + 0.2 * leaf, 0.12, 1)
    lit, open_ = np.where(wood > 0.5, stem, lit), np.where(wood > 0.5, 0.6 * rings, open_)
    return Seen(cover=np.maximum(fronds, trunk), open=open_, lit=lit, wood=wood)


def bamboo(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """A cane with joints, and sprays of thin leaves high up."""
    own, sprays = form.own, []
    for k in range(14):
        cy, side = 0.42 + 0.58 * own[k + 2], 1 if k % 2 else -1
        tip = (side * (0.05 + 0.07 * own[k + 4]), cy + 0.05 - 0.10 * own[k + 6])
        sprays.append((0.0, cy, *tip, 0.006 + 0.012 * own[k + 1], 0.11, 0.020))
    by = 13 + 4 * float(own[0]), float(own[1]), form.lean * 0.06, form.sun, form.pixels
    cover, open_, lit = kernels().cane(x, y, leaf, _table(sprays), by)
    return Seen(cover=cover, open=open_, lit=lit, wood=NONE)


def bare(x: Array, y: Array, leaf: Array, form: Form) -> Seen:
    """Boughs without leaves, forked again and again."""
    own = form.own
    lines: list[tuple[tuple[float, float], tuple[float, float], float]] = []

    def grow(at: tuple[float, float], angle: float, long: float, thick: float, n: int) -> None:
        k = len(lines)
        mine = [float(own[(k * 5 + i * 11) % len(own)]) for i in range(5)]
        for part in (0.5, 1.0):  # a bough is never straight
            angle += 0.5 * (mine[0 if part < 1 else 1] - 0.5)
            to = (at[0] + long / 2 * math.sin(angle), at[1] + long / 2 * math.cos(angle) * 0.95)
            lines.append((at, to, thick * (1.1 - 0.2 * part)))
            at = to
        if n == 0:
            return
        wide = 0.18 + 0.75 * mine[2]
        main, twig = 0.80 - 0.10 * mine[3], 0.45 + 0.35 * mine[4]
        side = 1 if mine[1] > 0.5 else -1
        grow(at, angle * 0.8 - side * wide * 0.35, long * main, thick * 0.72, n - 1)
        grow(at, angle + side * wide, long * twig, thick * 0.55, n - 1)

    grow((0.0, -0.01), form.lean * 0.10, 0.24, 0.022, 4 if form.high < FEW else 7)
    thin = 0.4 / form.pixels
    table = [(*a, *b, max(thick, thin), max(abs(a[0] - b[0]), abs(a[1] - b[1])) / 2 + thick
              + 5 * thin, 0.36 * thick) for a, b, thick in lines]  # fmt: skip
    d, which = kernels().strokes(x, y, leaf, _table(table), 0.0)
    middle = [((a[0] + b[0]) / 2, form.sun * 0.2 / thick) for a, b, thick in lines]
    at, slope = _table([*middle, (0.0, 0.0)])[which].transpose(2, 0, 1)
    cover = form.soft(-d)
    lit = np.where(d < 0, np.clip(0.4 + slope * (x - at), 0, 1), np.float32(0.4))
    return Seen(cover=cover, open=np.full((1, 1), 0.55, np.float32), lit=lit, wood=cover)


Point = tuple[float, float]


def _lines(boughs: list[tuple[Point, Point, float]], *, room: float) -> Array:
    """Lines as the kernel `strokes` takes them; `room`: how far around them one is seen."""
    return _table([
        (*a, *b, thick, max(abs(a[0] - b[0]), abs(a[1] - b[1])) / 2 + thick + room, 0.0)
        for a, b, thick in boughs
    ])  # fmt: skip


def _table(rows: Sequence[Sequence[float]]) -> Array:
    return np.array(rows, np.float32)


TREES: dict[str, Painter] = {
    "pine": pine, "broad": broad, "bush": bush, "acacia": acacia, "palm": palm, "bamboo": bamboo,
    "bare": bare,
}  # fmt: skip
REACH = {
    "pine": 0.23,
    "broad": 0.46,
    "bush": 0.60,
    "acacia": 0.62,
    "palm": 0.50,
    "bamboo": 0.16,
    "bare": 0.52,
}
