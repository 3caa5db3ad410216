"""What people put on and carry, hung on the joints of a `Frame`.

Frame      the joints of one pose as the eye sees them
gown       coats, skirts, robes: from the waist to a hem that follows the legs
trunk      where a trunk is in the order of painting
hat        hats, caps, crowns, hoods, veils; `helmet`: what hides a head
GARB       those who are known by their clothes: monks, knights, astronauts, robots
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.gaits import Pose
from reelway.engines.animatic.guise import Thing
from reelway.engines.animatic.solid import Coat, Cone, Limb, Loft, Point, Solid

if TYPE_CHECKING:
    from reelway.engines.animatic.person import Dress

Array = npt.NDArray[Any]
On = Callable[..., Point]
USUAL = {
    "umbrella": "#39414f", "lantern": "#ffc46b", "balloon": "#c23a36", "bag": "#5d4230",
    "scarf": "#a8403a", "backpack": "#5a6140", "hat": "#2e2a29", "straw": "#c9a963",
    "cap": "#3b4656", "helmet": "#7c838a", "crown": "#d8b13e", "hood": "#3a352f",
    "toque": "#efeeea", "pointed": "#2f3f7a", "veil": "#f1eee8", "stethoscope": "#2a2c30",
    "flowers": "#d58aa4", "book": "#7a3a34", "cup": "#e4e2dc", "phone": "#17181c",
    "guitar": "#a8682f", "violin": "#8a4a22", "laptop": "#9aa0a6", "pan": "#2a2b2e",
    "camera": "#1b1b1f", "brush": "#6b4a2c", "letter": "#e9e4d6", "bow": "#5a3a22",
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
    "knight": Garb(top="#868d95", legs="#737a82", shine=1.0, helmet="#8f969e", hold="sword",
                   stout=1.12),
    "astronaut": Garb(top="#d9dbd9", legs="#d0d2d0", helmet="#e2e4e2", stout=1.32),
    "robot": Garb(top="#9aa3ab", legs="#7d868e", shine=0.9, helmet="#a5aeb6", stout=1.10),
    "ghost": Garb(top="#cfd8e2", legs="#cfd8e2", gown=("#cfd8e2", 0.03, 0.45)),
}  # fmt: skip


def trunk(f: Frame) -> float:
    """The trunk's place in the order of painting: over the thighs of who stands."""
    if f.hips[0][1] < 0.4:
        return (f.pelvis[2] + f.neck[2]) / 2 + 0.004
    thighs = [(h[2] + k[2]) / 2 for h, k in zip(f.hips, f.knees, strict=True)]
    return max((f.pelvis[2] + f.neck[2]) / 2, *thighs) + 0.016


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
        cut="none" if g.helmet else d.cut,
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
    over = max(nearest + 0.01, trunk(f) + 0.002)
    out.append(Loft(a=head, b=axis, left=_even(right), right=_even(left), coat=coat, over=0.012,
                    lift=over - f.pelvis[2]))  # fmt: skip
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

    def dome(low: float, high: float, *half: float) -> Loft:
        wide = [w * k for w in half]
        return Loft(a=on(-0.004, low), b=on(-0.010, high), left=wide, right=wide, coat=coat,
                    lift=lift + 0.001)  # fmt: skip

    match thing.kind:
        case "hat":
            crown = dome(0.040, 0.122, 0.062, 0.060, 0.057, 0.053, 0.030)
            ribbon = dome(0.044, 0.058, 0.0625, 0.062)
            ribbon = replace(ribbon, coat=replace(coat, colour=coat.colour * 0.45),
                             lift=lift + 0.002)  # fmt: skip
            return [disc(brim, 0.112 * k, 0.010 * k), crown, ribbon]
        case "straw":
            low, top = on(0.0, 0.028), on(0.0, 0.125)
            wide = [0.145 * k, 0.10 * k, 0.055 * k, 0.006]
            return [Loft(a=low, b=top, left=wide, right=wide, coat=coat, lift=lift)]
        case "toque":
            band = dome(0.042, 0.105, 0.060, 0.060, 0.059)
            spots = [on(-0.004, 0.122, z) for z in (-0.036, 0.036, 0.0)]
            puff = [Cone(a=p, b=(p[0], p[1] + 0.022, p[2]), ra=0.040 * k, rb=0.044 * k, coat=coat,
                         lift=lift + 0.002) for p in spots]  # fmt: skip
            return [band, *puff]
        case "pointed" | "veil" | "hood":
            return _cloth(on, k, thing.kind, coat, disc)
        case "cap":
            rim_ = [on(0.030, 0.044, -0.032), on(0.092, 0.036), on(0.030, 0.044, 0.032)]
            peak = Limb(points=rim_,
                        radii=[0.012 * k, 0.013 * k, 0.012 * k], coat=dim, lift=lift)  # fmt: skip
            return [peak, dome(0.034, 0.108, 0.069, 0.070, 0.066, 0.052, 0.018)]
        case "crown":
            out: list[Solid] = []
            for z in (-0.04, 0.0, 0.04):
                out.append(Cone(a=on(0.0, 0.060, z), b=on(0.0, 0.112, z * 1.3), ra=0.020 * k,
                                rb=0.004, coat=replace(coat, shine=0.8), lift=lift))  # fmt: skip
            return out
        case _:  # helmet
            bowl = dome(0.036, 0.100, 0.078, 0.076, 0.066, 0.046, 0.012)
            bowl = replace(bowl, coat=replace(coat, shine=0.5))
            return [disc(on(0.01, 0.034), 0.078 * k, 0.008 * k), bowl]


def _cloth(
    on: On, k: float, kind: str, coat: Coat, disc: Callable[[Point, float, float], Solid]
) -> list[Solid]:
    dim, lift = replace(coat, colour=coat.colour * 0.7), 0.07
    match kind:
        case "pointed":
            tip = on(-0.05, 0.26)
            cone = Loft(a=on(0.0, 0.042), b=tip, left=[0.062 * k, 0.040 * k, 0.018 * k, 0.004],
                        right=[0.062 * k, 0.040 * k, 0.018 * k, 0.004], coat=coat,
                        lift=lift + 0.001)  # fmt: skip
            return [disc(on(0.0, 0.040), 0.125 * k, 0.011 * k), cone]
        case "veil":
            low = on(-0.060, -0.24)
            wide = [0.05 * k, 0.085 * k, 0.105 * k, 0.12 * k, 0.12 * k]
            fall = Loft(a=on(-0.02, 0.085), b=low, left=wide, right=wide,
                        coat=replace(coat, folds=12.0), lift=-0.10)  # fmt: skip
            return [fall, Cone(a=on(-0.01, 0.070, -0.03), b=on(-0.01, 0.070, 0.03), ra=0.024 * k,
                               rb=0.024 * k, coat=coat, lift=0.05)]  # fmt: skip
        case "hood":
            back = on(1.0, 0.0)[2] - on(0.0, 0.0)[2] < -0.2
            shell = Cone(a=on(-0.020, 0.026), b=on(-0.030, -0.030), ra=0.082 * k, rb=0.078 * k,
                         coat=coat, lift=0.05 if back else -0.012)  # fmt: skip
            rim = Limb(points=[on(0.020, -0.055, 0.062), on(0.026, 0.02, 0.066), on(0.022, 0.085),
                               on(0.026, 0.02, -0.066), on(0.020, -0.055, -0.062)],
                       radii=[0.016 * k, 0.020 * k, 0.024 * k, 0.020 * k, 0.016 * k], coat=dim,
                       lift=0.024)  # fmt: skip
            return [shell, rim]
    return []
