"""What is carried: on the back, about the neck, in the hands.

    worn   scarf, backpack, stethoscope
    held   up to two things in the hands
    seat   what somebody sits on

What takes both hands (a book, a guitar, a laptop) lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy.typing as npt

from reelway.engines.animatic import pieces
from reelway.engines.animatic.attire import USUAL, Frame, trunk
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.guise import Thing, is_held
from reelway.engines.animatic.solid import (
    Coat,
    Cone,
    Limb,
    Loft,
    Point,
    Sheet,
    Solid,
    moved,
    rounded,
    turned,
)
from reelway.engines.animatic.things import things

Array = npt.NDArray[Any]
WOOD = Coat(colour=linear("#4a3323"))
STEEL = Coat(colour=linear("#8f979f"), shine=0.9)
GREY = Coat(colour=linear("#8a8f98"))
FLAME = Coat(colour=linear("#ffc46b"), glow=1.5)
PAPER = Coat(colour=linear("#e9e4d6"))
BOTH = {"book", "guitar", "violin", "laptop", "piano", "camera", "bowl", "pan"}


def worn(f: Frame, extra: Sequence[Thing]) -> list[Solid]:
    out: list[Solid] = []
    make = {"scarf": _scarf, "backpack": _backpack, "stethoscope": _stethoscope}
    for thing in extra:
        coat = Coat(colour=linear(thing.colour or USUAL[thing.kind]))
        out += make[thing.kind](f, coat)
    return out


def held(f: Frame, hold: Sequence[Thing]) -> list[Solid]:
    out: list[Solid] = []
    for n, thing in enumerate(hold[:2]):
        colour = linear(thing.colour) if thing.colour else None
        if thing.kind in BOTH:
            out += _between_hands(f, thing.kind, colour)
        elif thing.kind in things() and things()[thing.kind].grip:
            out += _thing(f, f.hands[n], thing)
        elif not is_held(thing.kind) and thing.kind not in USUAL:
            out += _nobody_knows(f.hands[n])
        else:
            out += _in_hand(f, f.hands[n], thing.kind, colour)
    return out


def _thing(f: Frame, hand: Point, thing: Thing) -> list[Solid]:
    """One of `things.json`, its grip in the hand."""
    row = things()[thing.kind]
    x, y, tilt = row.grip or (0.0, 0.0, 0.0)
    left = math.cos(f.heading) < 0
    c, s = math.cos(tilt), math.sin(tilt)
    gx, gy = (x * c - y * s) * row.size * (-1 if left else 1), (x * s + y * c) * row.size
    made = pieces.solids(thing.kind, thing.colour, 0.3, left=left, turn=tilt)
    return [moved(one, hand[0] - gx, hand[1] - gy, hand[2] + 0.07) for one in made]


def _nobody_knows(hand: Point) -> list[Solid]:
    """A plain lump: its name stands over it."""
    x, y, z = hand
    return [Cone(a=(x, y, z), b=(x, y + 0.08, z), ra=0.055, rb=0.050, coat=GREY, lift=0.08)]


def _between_hands(f: Frame, kind: str, colour: Array | None) -> list[Solid]:
    right, left = f.hands
    mid = ((right[0] + left[0]) / 2, (right[1] + left[1]) / 2, (right[2] + left[2]) / 2)
    coat = Coat(colour=linear(USUAL.get(kind, "#555555")) if colour is None else colour)
    ahead, across = turned((1.0, 0.0, 0.0), f.heading), turned((0.0, 0.0, 1.0), f.heading)

    def at(x: float, y: float, z: float = 0.0) -> Point:
        """From between the hands: ahead, up, to its right."""
        return (mid[0] + ahead[0] * x + across[0] * z, mid[1] + y,
                mid[2] + ahead[2] * x + across[2] * z)  # fmt: skip

    match kind:
        case "book":
            out: list[Solid] = []
            for side in (1, -1):
                out.append(_slab([at(-0.01, -0.035, 0.0), at(0.0, -0.030, 0.095 * side),
                                 at(0.055, 0.085, 0.100 * side), at(0.045, 0.080, 0.0)], coat,
                                0.05))  # fmt: skip
                out.append(_slab([at(-0.018, -0.028, 0.002 * side),
                                 at(-0.008, -0.022, 0.088 * side),
                                 at(0.046, 0.084, 0.092 * side), at(0.036, 0.078, 0.002 * side)],
                                PAPER, 0.045 if ahead[2] > 0.2 else 0.055))  # fmt: skip
            return out
        case "guitar":
            return _strings(f, coat, right, left, 1.0)
        case "violin":
            bow = Cone(a=at(0.02, -0.02, 0.16), b=at(0.10, 0.02, -0.12), ra=0.003, rb=0.003,
                       coat=WOOD, lift=0.12)  # fmt: skip
            chin = (f.neck[0], f.neck[1] - 0.02, f.neck[2])
            return [*_strings(f, coat, chin, left, 0.45), bow]
        case "laptop" | "piano":
            return _desk(kind, coat, at, ahead[2])
        case "camera":
            p = at(0.015, 0.012)
            lens = at(0.055, 0.010)
            return [Cone(a=at(0.01, 0.010, -0.035), b=at(0.01, 0.010, 0.035), ra=0.026, rb=0.026,
                         coat=coat, lift=0.08),
                    Cone(a=p, b=lens, ra=0.024, rb=0.020, coat=STEEL, lift=0.09),
                    Cone(a=lens, b=lens, ra=0.014, rb=0.014, coat=Coat(colour=linear("#10131a"),
                         shine=1.5), lift=0.10)]  # fmt: skip
        case "pan":
            low, bowl = at(0.06, -0.035), at(0.10, -0.035)
            wide = [0.070, 0.086]
            edge = (bowl[0], bowl[1] + 0.040, bowl[2])
            return [
                Loft(a=bowl, b=edge, left=wide, right=wide, coat=coat, lift=0.06),
                Cone(a=left, b=low, ra=0.009, rb=0.009, coat=coat, lift=0.05),
                Cone(a=right, b=(edge[0], edge[1] - 0.005, edge[2]), ra=0.006, rb=0.010, coat=WOOD,
                     lift=0.07),
            ]  # fmt: skip
        case _:  # a bowl, and chopsticks
            bowl = at(0.02, -0.01, -0.05)
            wide = [0.026, 0.046, 0.056]
            top = (bowl[0], bowl[1] + 0.045, bowl[2])
            return [Loft(a=bowl, b=top, left=wide, right=wide,
                         coat=Coat(colour=linear("#3f6f9a"), shine=0.5), lift=0.07),
                    Cone(a=right, b=(right[0] + 0.03 * ahead[0], right[1] + 0.05, right[2]),
                         ra=0.004, rb=0.003, coat=WOOD, lift=0.09)]  # fmt: skip


def _slab(spots: list[Point], coat: Coat, lift: float) -> Solid:
    return Sheet(points=spots, coat=coat, facing=(0.0, 0.5, 0.85), lift=lift)


def _desk(kind: str, coat: Coat, at: Callable[..., Point], faces: float) -> list[Solid]:
    """What stands before somebody; `faces`: how much they look at us."""
    match kind:
        case "laptop":
            dark = Coat(colour=linear("#23262b"))
            table = [at(-0.04, -0.035, -0.26), at(0.30, -0.035, -0.26), at(0.30, -0.035, 0.26),
                     at(-0.04, -0.035, 0.26)]  # fmt: skip
            legs: list[Solid] = [
                Cone(a=at(0.28 * (i % 2), -0.05, 0.24 * (-1) ** (i // 2)),
                     b=(at(0.28 * (i % 2), 0, 0.24 * (-1) ** (i // 2))[0], 0.0, at(0.0, 0.0)[2]),
                     ra=0.010, rb=0.009, coat=WOOD, lift=0.02) for i in range(4)]  # fmt: skip
            rim = Limb(points=[*table[:1], *table[3:]], radii=[0.010, 0.010], coat=WOOD, lift=0.03)
            return [
                *legs, _slab(table, WOOD, 0.02), rim,
                _slab([at(-0.02, -0.022, -0.115), at(0.11, -0.022, -0.115), at(0.11, -0.022, 0.115),
                      at(-0.02, -0.022, 0.115)], coat, 0.03),
                _slab([at(0.11, -0.02, -0.12), at(0.155, 0.125, -0.12), at(0.155, 0.125, 0.12),
                      at(0.11, -0.02, 0.12)], coat if faces > 0 else dark, 0.10),
            ]  # fmt: skip
        case "piano":
            black = Coat(colour=linear("#17161a"), shine=0.8)
            keys = [at(-0.03, -0.03, -0.40), at(0.05, -0.03, -0.40), at(0.05, -0.03, 0.40),
                    at(-0.03, -0.03, 0.40)]  # fmt: skip
            body = [at(0.06, 0.12, -0.42), at(0.06, -0.38, -0.42), at(0.06, -0.38, 0.42),
                    at(0.06, 0.12, 0.42)]  # fmt: skip
            return [_slab(body, black, 0.02), _slab(keys, PAPER, 0.025)]
    return []


def _strings(f: Frame, coat: Coat, near: Point, far: Point, size: float) -> list[Solid]:
    """A body with a waist at one hand, a neck out to the other."""
    dx, dy = far[0] - near[0], far[1] - near[1]
    long = math.hypot(dx, dy) or 1.0
    dx, dy = dx / long, dy / long
    base = trunk(f) + 0.012

    def along(t: float, up: float = 0.0) -> Point:
        return near[0] + dx * t * size - dy * up, near[1] + dy * t * size + dx * up, base

    wide = [w * size for w in (0.045, 0.098, 0.110, 0.100, 0.070, 0.064, 0.080, 0.082, 0.040)]
    thin = max(0.30, abs(dx))
    half = [w * (0.45 + 0.55 * thin) for w in wide]
    dark = Coat(colour=coat.colour * 0.35)
    neck = (far[0] + dx * 0.06, far[1] + dy * 0.06, base)
    hole = along(0.03)
    return [
        Loft(a=along(-0.16), b=along(0.16), left=rounded(half), right=rounded(half), over=0.012,
             coat=Coat(colour=coat.colour, shine=0.5)),
        Cone(a=hole, b=hole, ra=0.026 * size, rb=0.026 * size, coat=dark, lift=0.001),
        Cone(a=along(0.10), b=neck, ra=0.012, rb=0.011, coat=dark, lift=0.002),
        Cone(a=along(-0.08, -0.02), b=along(-0.08, 0.02), ra=0.006, rb=0.006, coat=dark,
             lift=0.002),
    ]  # fmt: skip


def _scarf(f: Frame, coat: Coat) -> list[Solid]:
    back = -math.copysign(1.0, math.cos(f.heading)) if f.front < 0.8 else 0.35
    blown = 0.05 + 0.13 * abs(f.breeze)
    a = (f.neck[0], f.neck[1] + 0.012, f.neck[2])
    end = (a[0] + back * blown, a[1] - 0.16 + 0.11 * abs(f.breeze), a[2])
    return [
        Cone(a=(a[0] - 0.024, a[1], a[2]), b=(a[0] + 0.024, a[1], a[2]), ra=0.030, rb=0.030,
             coat=coat, lift=0.05),
        Cone(a=a, b=end, ra=0.020, rb=0.028, coat=coat, lift=0.045),
    ]  # fmt: skip


def _stethoscope(f: Frame, coat: Coat) -> list[Solid]:
    c, s = math.cos(f.heading), math.sin(f.heading)
    if s < 0.1:
        return []

    def on(out: float, down: float) -> Point:
        """On the chest: to its right, below the neck."""
        return f.neck[0] - s * out + c * 0.055, f.neck[1] - down, f.neck[2] + 0.0

    lift = trunk(f) + 0.008 - f.neck[2]
    tube = [on(0.042, -0.01), on(0.050, 0.07), on(0.0, 0.135), on(-0.050, 0.07), on(-0.042, -0.01)]
    bell = on(0.006, 0.185)
    return [
        Limb(points=tube, radii=[0.005] * 5, coat=coat, lift=lift),
        Limb(points=[on(0.0, 0.135), bell], radii=[0.005, 0.005], coat=coat, lift=lift),
        Cone(a=bell, b=bell, ra=0.012, rb=0.012, coat=STEEL, lift=lift + 0.001),
    ]  # fmt: skip


def _backpack(f: Frame, coat: Coat) -> list[Solid]:
    c, s = math.cos(f.heading), math.sin(f.heading)
    at = (f.chest[0] - 0.105 * c, f.chest[1] - 0.02, f.chest[2] - 0.105 * s)
    low = (at[0] + 0.012 * c, at[1] - 0.12, at[2])
    wide = 0.088 * f.front + 0.056 * (1 - f.front)
    return [Cone(a=at, b=low, ra=wide * 0.9, rb=wide, coat=coat)]


def _in_hand(f: Frame, hand: Point, kind: str, colour: Array | None) -> list[Solid]:
    x, y, z = hand
    ahead = math.cos(f.heading)
    coat = Coat(colour=linear(USUAL.get(kind, "#555555")) if colour is None else colour)
    match kind:
        case "umbrella":
            top = (x - 0.03 * ahead, max(y, f.neck[1] - 0.1) + 0.42, z)
            wide = [0.300, 0.292, 0.268, 0.222, 0.150, 0.012]
            rim = (top[0] + 0.012 * ahead, top[1] - 0.135, z)
            cloth = replace(coat, folds=14.0)
            return [
                Cone(a=hand, b=top, ra=0.007, rb=0.006, coat=WOOD, lift=0.05),
                Loft(a=rim, b=top, left=wide, right=wide, coat=cloth, lift=0.30),
                Cone(a=top, b=(top[0], top[1] + 0.03, z), ra=0.008, rb=0.004, coat=WOOD, lift=0.3),
            ]
        case "lantern":
            at = (x, y - 0.115, z)
            glow = FLAME if colour is None else Coat(colour=colour, glow=1.3)
            return [
                Cone(a=hand, b=(x, y - 0.07, z), ra=0.005, rb=0.005, coat=WOOD, lift=0.06),
                Cone(a=(x, at[1] + 0.022, z), b=(x, at[1] - 0.022, z), ra=0.040, rb=0.040,
                     coat=glow, lift=0.07),
                Cone(a=(x - 0.02, at[1] + 0.060, z), b=(x + 0.02, at[1] + 0.060, z), ra=0.010,
                     rb=0.010, coat=WOOD, lift=0.08),
            ]  # fmt: skip
        case "torch":
            return [
                Cone(a=(x, y - 0.05, z), b=(x + 0.02 * ahead, y + 0.13, z), ra=0.010, rb=0.014,
                     coat=WOOD, lift=0.05),
                Cone(a=(x + 0.02 * ahead, y + 0.15, z), b=(x + 0.01 * ahead, y + 0.23, z),
                     ra=0.030, rb=0.006, coat=FLAME, lift=0.06),
            ]  # fmt: skip
        case "staff":
            foot = (x + 0.05 * ahead, 0.0, z)
            return [Cone(a=foot, b=(x - 0.02 * ahead, y + 0.30, z), ra=0.010, rb=0.011, coat=WOOD,
                         lift=0.05)]  # fmt: skip
        case "sword":
            tip = (x - 0.30 * ahead - 0.05, y - 0.26, z)
            return [Cone(a=(x + 0.04 * ahead, y + 0.03, z), b=tip, ra=0.011, rb=0.004, coat=STEEL,
                         lift=0.05)]  # fmt: skip
        case "balloon":
            at = (x - 0.05 * ahead, y + 0.62, z)
            return [
                Cone(a=hand, b=at, ra=0.004, rb=0.004, coat=WOOD, lift=0.04),
                Cone(a=at, b=(at[0], at[1] + 0.03, z), ra=0.085, rb=0.095,
                     coat=replace(coat, shine=0.8), lift=0.05),
            ]  # fmt: skip
    return _small(f, hand, kind, coat)


def _small(f: Frame, hand: Point, kind: str, coat: Coat) -> list[Solid]:
    x, y, z = hand
    ahead = math.cos(f.heading)
    match kind:
        case "cup":
            base, rim = (x, y - 0.012, z), (x, y + 0.046, z)
            half = [0.019, 0.024, 0.026]
            return [Loft(a=base, b=rim, left=half, right=half, coat=replace(coat, shine=0.4),
                         lift=0.07)]  # fmt: skip
        case "phone":
            c = 0.020 + 0.012 * f.front
            return [Sheet(points=[(x - c, y - 0.01, z), (x + c, y - 0.01, z),
                                  (x + c, y + 0.085, z), (x - c, y + 0.085, z)],
                          coat=replace(coat, shine=0.8), lift=0.07)]  # fmt: skip
        case "letter":
            return [Sheet(points=[(x - 0.07, y - 0.01, z), (x + 0.05, y + 0.0, z),
                                  (x + 0.06, y + 0.10, z), (x - 0.06, y + 0.09, z)], coat=PAPER,
                          lift=0.03),
                    Cone(a=hand, b=(x - 0.03 * ahead, y + 0.07, z), ra=0.004, rb=0.003, coat=WOOD,
                         lift=0.08)]  # fmt: skip
        case "brush":
            tip = (x + 0.05 * ahead, y + 0.05, z)
            out: list[Solid] = [
                Cone(a=(x - 0.03 * ahead, y - 0.03, z), b=tip, ra=0.005, rb=0.005, coat=WOOD,
                     lift=0.07),
                Cone(a=tip, b=(tip[0] + 0.014 * ahead, tip[1] + 0.012, z), ra=0.008, rb=0.003,
                     coat=Coat(colour=linear("#b3312a")), lift=0.071),
            ]  # fmt: skip
            return out
        case "flowers":
            heads: list[Solid] = [
                Cone(a=hand, b=(x, y + 0.05, z), ra=0.014, rb=0.030,
                     coat=Coat(colour=linear("#3f6b3c")), lift=0.06)]  # fmt: skip
            for i in range(7):
                a = 0.9 * i
                p = (x + 0.040 * math.cos(a) * (0.4 + 0.1 * i), y + 0.085 + 0.026 * math.sin(a), z)
                tone = coat.colour * (0.8 + 0.1 * (i % 4))
                heads.append(Cone(a=p, b=p, ra=0.022, rb=0.022, coat=Coat(colour=tone),
                                  lift=0.07 + 0.001 * i))  # fmt: skip
            return heads
        case _:  # a bag
            low = (x, y - 0.12, z)
            return [
                Cone(a=hand, b=low, ra=0.006, rb=0.006, coat=WOOD, lift=0.05),
                Loft(a=(x, y - 0.19, z), b=(x, y - 0.07, z), left=[0.07, 0.07, 0.065],
                     right=[0.07, 0.07, 0.065], coat=coat, lift=0.06),
            ]  # fmt: skip


def seat(indoors: bool, heading: float) -> list[Solid]:
    """A stone to sit on; in a room a stool."""

    def see(x: float, y: float, z: float) -> Point:
        return turned((x, y, z), heading)

    if not indoors:
        stone = Coat(colour=linear("#6d665c"))
        a, e = see(-0.07, 0.10, -0.06), see(0.07, 0.10, 0.06)
        return [Cone(a=a, b=e, ra=0.115, rb=0.105, coat=stone, lift=-0.2)]
    cloth = Coat(colour=linear("#6b3f2e"))
    legs: list[Solid] = [
        Cone(a=see(x, 0.19, z), b=see(x * 1.25, 0.0, z * 1.25), ra=0.013, rb=0.009, coat=WOOD,
             lift=-0.2) for x in (-0.085, 0.085) for z in (-0.08, 0.08)]  # fmt: skip
    left, right = see(-0.075, 0.205, -0.05), see(0.075, 0.205, 0.05)
    return [*legs, Cone(a=left, b=right, ra=0.036, rb=0.036, coat=cloth, lift=-0.19)]
