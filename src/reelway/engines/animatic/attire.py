"""What people put on and carry, hung on the joints of a `Frame`.

Frame      the joints of one pose as the eye sees them
gown       coats, skirts, robes: from the waist to a hem that follows the legs
hat helmet scarf backpack umbrella lantern …
GARB       those who are known by their clothes: monks, knights, astronauts, robots
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.gaits import Pose
from reelway.engines.animatic.guise import Thing
from reelway.engines.animatic.solid import Array, Coat, Cone, Loft, Point, Solid

if TYPE_CHECKING:
    from reelway.engines.animatic.person import Dress

On = Callable[..., Point]
WOOD = Coat(colour=linear("#4a3323"))
STEEL = Coat(colour=linear("#8f979f"), shine=0.9)
FLAME = Coat(colour=linear("#ffc46b"), glow=1.5)
USUAL = {
    "umbrella": "#39414f", "lantern": "#ffc46b", "balloon": "#c23a36", "bag": "#5d4230",
    "scarf": "#a8403a", "backpack": "#5a6140", "hat": "#2e2a29", "straw": "#c9a963",
    "cap": "#3b4656", "helmet": "#7c838a", "crown": "#d8b13e", "hood": "#3a352f",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Frame:
    heading: float
    front: float  # 0 from the side, 1 from the front or from behind
    pelvis: Point
    chest: Point
    neck: Point
    head: Point
    bow: float
    size: float  # of the head
    hips: Sequence[Point]
    knees: Sequence[Point]
    ankles: Sequence[Point]
    toes: Sequence[Point]
    shoulders: Sequence[Point]
    elbows: Sequence[Point]
    hands: Sequence[Point]
    broad: float
    width: float
    stout: float
    breeze: float
    female: bool


@dataclass(frozen=True, kw_only=True)
class Garb:
    """What somebody of this trade wears when the prompt names no clothes."""

    top: str
    legs: str
    gown: tuple[str, float, float] | None = None  # colour, hem, flare
    shine: float = 0.0
    helmet: str | None = None
    head: str | None = None
    hold: str | None = None
    stout: float = 1.0


GARB = {
    "monk": Garb(top="#b4651f", legs="#7a4318", gown=("#b4651f", 0.05, 0.25)),
    "knight": Garb(top="#868d95", legs="#737a82", shine=1.0, helmet="#8f969e", hold="sword",
                   stout=1.12),
    "soldier": Garb(top="#4d5238", legs="#454a33", head="helmet"),
    "samurai": Garb(top="#33333d", legs="#26262c", gown=("#2a2a32", 0.10, 0.55), hold="sword"),
    "astronaut": Garb(top="#d9dbd9", legs="#d0d2d0", helmet="#e2e4e2", stout=1.32),
    "robot": Garb(top="#9aa3ab", legs="#7d868e", shine=0.9, helmet="#a5aeb6", stout=1.10),
    "ghost": Garb(top="#cfd8e2", legs="#cfd8e2", gown=("#cfd8e2", 0.03, 0.45)),
}  # fmt: skip


def garbed(d: Dress, g: Garb, every: str | None) -> Dress:
    top, legs = linear(every or g.top), linear(every or g.legs)
    gown = Coat(colour=linear(every or g.gown[0]), folds=7.0) if g.gown else None
    hold = d.hold or ((Thing(kind=g.hold),) if g.hold else ())
    return replace(
        d,
        top=Coat(colour=top, shine=g.shine),
        legs=Coat(colour=legs, shine=g.shine),
        shoes=Coat(colour=legs * 0.6) if g.helmet else d.shoes,
        skin=Coat(colour=top * 0.9) if g.helmet else d.skin,
        gown=gown,
        hem=g.gown[1] if g.gown else 0.0,
        flare=g.gown[2] if g.gown else 0.0,
        helmet=Coat(colour=linear(g.helmet), shine=max(g.shine, 0.3)) if g.helmet else None,
        head=d.head or (Thing(kind=g.head, colour="#454a33") if g.head else None),
        hold=hold,
        stout=d.stout * g.stout,
    )


def gown(f: Frame, coat: Coat, hem: float, flare: float, pose: Pose) -> list[Solid]:
    """It reaches as far to either side as the legs do, and the air moves its hem."""
    out: list[Solid] = []
    top = f.pelvis[1] + 0.075
    waist = (f.width + 0.030) * f.front + 0.072 * f.stout * (1 - f.front)
    if pose.seated:  # over the thighs, then down from the knees
        for hip, knee in zip(f.hips, f.knees, strict=True):
            out.append(Cone(a=hip, b=knee, ra=0.080, rb=0.062, coat=coat, lift=0.02))
        knee = _between(f.knees[0], f.knees[1], 0.5)
        low = _between(knee, _between(f.ankles[0], f.ankles[1], 0.5), max(0.1, 0.9 - hem * 2))
        gap = abs(f.knees[0][0] - f.knees[1][0]) / 2
        half = [0.062 + gap, 0.068 + gap, 0.080 + gap]
        high = (knee[0], knee[1] + 0.01, knee[2])
        out.append(Loft(a=high, b=low, left=half, right=half, coat=coat, lift=0.06))
        return out
    legs = [_at_height(h, k, a, hem + 0.03) for h, k, a in
            zip(f.hips, f.knees, f.ankles, strict=True)]  # fmt: skip
    knees = [k[0] for k in f.knees]
    middle = sum(p[0] for p in legs) / 2
    sway = 0.05 * f.breeze * (math.cos(f.heading) if f.front < 0.7 else 0.5)
    axis = (middle * 0.8 + f.pelvis[0] * 0.2 + sway, hem, f.pelvis[2])
    head = (f.pelvis[0], top, f.pelvis[2])
    pad, wide = 0.050, waist * (1 + flare)
    steps = 6
    left, right = [], []
    for i in range(steps):
        t = i / (steps - 1)
        x = head[0] + (axis[0] - head[0]) * t
        hang = waist + (wide - waist) * t
        spread = [p[0] for p in legs] if t > 0.75 else knees if t > 0.35 else []
        reach_l = max([x - s + pad for s in spread], default=0.0)
        reach_r = max([s - x + pad for s in spread], default=0.0)
        left.append(max(hang, reach_l * min(1.0, 0.35 + t)))
        right.append(max(hang, reach_r * min(1.0, 0.35 + t)))
    # a→b points down: its right is the picture's left.
    nearest = max(p[2] for p in (*f.hips, *f.knees, *f.ankles, *f.toes))
    out.append(Loft(a=head, b=axis, left=_even(right), right=_even(left), coat=coat,
                    lift=nearest - f.pelvis[2] + 0.01))  # fmt: skip
    return out


def _even(widths: list[float]) -> list[float]:
    """Cloth is stretched between the points that hold it."""
    n = len(widths)
    return [
        (widths[max(i - 1, 0)] + 2 * widths[i] + widths[min(i + 1, n - 1)]) / 4 for i in range(n)
    ]


def _between(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def _at_height(hip: Point, knee: Point, ankle: Point, y: float) -> Point:
    """Where a leg is at a height."""
    for a, b in ((hip, knee), (knee, ankle)):
        if b[1] <= y <= a[1]:
            return _between(a, b, (a[1] - y) / max(a[1] - b[1], 1e-6))
    return ankle if y < ankle[1] else knee


def helmet(on: On, k: float, coat: Coat, breed: str) -> list[Solid]:
    round_ = 0.088 if breed == "astronaut" else 0.068
    out: list[Solid] = [
        Cone(a=on(0.0, 0.012), b=on(0.0, -0.022), ra=round_ * k, rb=round_ * 0.9 * k, coat=coat,
             lift=0.03)
    ]  # fmt: skip
    if breed == "astronaut":
        visor = Coat(colour=linear("#2b2417"), shine=1.6)
        at = on(0.040, 0.004)
        out.append(Cone(a=at, b=on(0.040, -0.008), ra=0.058 * k, rb=0.056 * k, coat=visor,
                        lift=0.02))  # fmt: skip
    elif breed == "robot":
        for side in (1, -1):
            eye = on(0.058, 0.008, 0.024 * side)
            lamp = Coat(colour=linear("#7fe3ff"), glow=1.4)
            out.append(Cone(a=eye, b=eye, ra=0.012, rb=0.012, coat=lamp, lift=0.02))
    else:
        slit = Coat(colour=linear("#16181b"))
        out.append(Cone(a=on(0.062, 0.010, 0.03), b=on(0.062, 0.010, -0.03), ra=0.008, rb=0.008,
                        coat=slit, lift=0.02))  # fmt: skip
        plume = Coat(colour=linear("#8e2b2b"))
        out.append(Cone(a=on(0.0, 0.09), b=on(-0.07, 0.06), ra=0.018, rb=0.026, coat=plume,
                        lift=0.04))  # fmt: skip
    return out


def hat(on: On, k: float, thing: Thing) -> list[Solid]:
    coat = Coat(colour=linear(thing.colour or USUAL[thing.kind]))
    dim = replace(coat, colour=coat.colour * 0.7)
    brim, lift = on(0.0, 0.040), 0.07

    def disc(at: Point, half: float, thick: float) -> Solid:
        left, right = (at[0] - half, at[1], at[2]), (at[0] + half, at[1], at[2])
        return Cone(a=left, b=right, ra=thick, rb=thick, coat=dim, lift=lift)

    match thing.kind:
        case "hat":
            crown = Cone(a=on(-0.002, 0.060), b=on(-0.004, 0.105), ra=0.056 * k, rb=0.046 * k,
                         coat=coat, lift=lift + 0.001)  # fmt: skip
            return [disc(brim, 0.098 * k, 0.012 * k), crown]
        case "straw":
            low, top = on(0.0, 0.028), on(0.0, 0.125)
            wide = [0.145 * k, 0.10 * k, 0.055 * k, 0.006]
            return [Loft(a=low, b=top, left=wide, right=wide, coat=coat, lift=lift)]
        case "cap":
            peak = Cone(a=on(0.035, 0.046), b=on(0.090, 0.038), ra=0.022 * k, rb=0.010 * k,
                        coat=dim, lift=lift - 0.02)  # fmt: skip
            return [peak, Cone(a=on(0.0, 0.046), b=on(-0.006, 0.056), ra=0.062 * k, rb=0.052 * k,
                               coat=coat, lift=lift)]  # fmt: skip
        case "crown":
            out: list[Solid] = []
            for z in (-0.04, 0.0, 0.04):
                out.append(Cone(a=on(0.0, 0.060, z), b=on(0.0, 0.112, z * 1.3), ra=0.020 * k,
                                rb=0.004, coat=replace(coat, shine=0.8), lift=lift))  # fmt: skip
            return out
        case _:  # helmet, hood
            return [Cone(a=on(-0.006, 0.030), b=on(-0.014, 0.000), ra=0.074 * k, rb=0.066 * k,
                         coat=coat, lift=0.018)]  # fmt: skip


def carried(f: Frame, hold: Sequence[Thing], extra: Sequence[Thing], skin: Coat) -> list[Solid]:
    out: list[Solid] = []
    for thing in extra:
        coat = Coat(colour=linear(thing.colour or USUAL[thing.kind]))
        out += _scarf(f, coat) if thing.kind == "scarf" else _backpack(f, coat)
    for n, thing in enumerate(hold[:2]):
        hand = f.hands[n]
        colour = linear(thing.colour) if thing.colour else None
        out += _in_hand(f, hand, thing.kind, colour)
    return out


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
        case _:  # a bag
            low = (x, y - 0.12, z)
            return [
                Cone(a=hand, b=low, ra=0.006, rb=0.006, coat=WOOD, lift=0.05),
                Loft(a=(x, y - 0.19, z), b=(x, y - 0.07, z), left=[0.07, 0.07, 0.065],
                     right=[0.07, 0.07, 0.065], coat=coat, lift=0.06),
            ]  # fmt: skip


__all__ = ["GARB", "Frame", "carried", "garbed", "gown", "hat", "helmet"]
