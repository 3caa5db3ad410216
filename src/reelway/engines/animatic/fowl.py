"""Birds: on the wing, on their feet, on the water.

FOWL      breed → measures and colours; sizes in heights of a grown man
body      breed, how, phase, heading → solids; a flier is around (0, 0), a walker on y = 0
beat      which picture of the wings' cycle shows at a moment: some glide between their beats
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.solid import Coat, Cone, Point, Sheet, Solid, moved, turned

TAU = 2 * math.pi
ROLL = 0.42  # a flier is seen somewhat from below or above


@dataclass(frozen=True, kw_only=True)
class Fowl:
    size: float  # length of the body
    span: float  # of one wing, bodies
    chord: float  # of the wing, bodies
    neck: float = 0.25
    legs: float = 0.35
    bill: float = 0.16
    back: str = "#8f9296"
    belly: str = "#e8e6e0"
    tips: str = "#26272b"
    head: str = ""
    beak: str = "#d8a63a"
    frames: int = 16  # of one beat
    glides: int = 0  # beats before it glides; 0: never
    fingers: bool = False
    fork: float = 0.0
    comb: str = ""


FOWL = {
    "": Fowl(size=0.22, span=1.05, chord=0.42, back="#4a4a50", belly="#8d8a84", frames=12),
    "gull": Fowl(size=0.30, span=1.55, chord=0.36, back="#a9b0b8", belly="#f0eeea", tips="#232428",
                 head="#f0eeea", frames=18, glides=3),
    "crane": Fowl(size=0.52, span=1.30, chord=0.46, neck=0.85, legs=1.15, bill=0.28,
                  back="#e9e7e2", belly="#f2f0ec", tips="#1d1d20", head="#a8322a", frames=24,
                  fingers=True, beak="#4a4a40"),
    "eagle": Fowl(size=0.46, span=1.45, chord=0.55, back="#463222", belly="#5c442e",
                  tips="#2a1e16", head="#e6dfd2", frames=22, glides=2, fingers=True),
    "crow": Fowl(size=0.27, span=1.10, chord=0.46, back="#1d1e24", belly="#24252b", tips="#121317",
                 beak="#1b1b1e", frames=14, fingers=True),
    "swan": Fowl(size=0.60, span=1.15, chord=0.40, neck=0.85, legs=0.22, back="#f0efec",
                 belly="#dddbd6", tips="#e6e4e0", frames=16, beak="#d97a28"),
    "goose": Fowl(size=0.44, span=1.15, chord=0.38, neck=0.55, legs=0.26, back="#7a6a58",
                  belly="#b9ad9a", tips="#3a322c", head="#2a2523", frames=14, beak="#2a2523"),
    "pigeon": Fowl(size=0.20, span=1.05, chord=0.46, back="#868c96", belly="#9a9ea6",
                   tips="#3a3c44", frames=9, legs=0.22),
    "owl": Fowl(size=0.26, span=1.25, chord=0.55, neck=0.05, back="#7a6146", belly="#c9b795",
                tips="#5a452f", frames=18, glides=3),
    "swallow": Fowl(size=0.15, span=1.20, chord=0.34, back="#1f2a4a", belly="#e8ddcc",
                    tips="#1a2038", frames=9, glides=4, fork=0.45),
    "parrot": Fowl(size=0.26, span=1.05, chord=0.46, back="#2f8a44", belly="#c8372c",
                   tips="#2a5aa8", head="#c8372c", frames=11),
    "duck": Fowl(size=0.30, span=1.05, chord=0.38, neck=0.28, legs=0.20, bill=0.17, back="#7d6a52",
                 belly="#94806a", tips="#3a4a6a", head="#1f5a3c", frames=11, beak="#d8b23a"),
    "rooster": Fowl(size=0.30, span=0.85, chord=0.44, neck=0.30, legs=0.32, back="#a8481f",
                    belly="#7a2f18", tips="#1f3a34", head="#c98a2c", frames=11, comb="#c2261f"),
    "hen": Fowl(size=0.27, span=0.85, chord=0.44, neck=0.24, legs=0.28, back="#9a6a3c",
                belly="#b98a58", tips="#5a3d22", frames=11, comb="#c2261f"),
}  # fmt: skip
WHITE = {"#e9e6df"}


@dataclass(frozen=True, kw_only=True)
class Plumage:
    back: Coat
    belly: Coat
    tips: Coat
    head: Coat
    beak: Coat


def plumage(f: Fowl, colour: str | None) -> Plumage:
    back, belly = linear(colour or f.back), linear(colour or f.belly)
    return Plumage(
        back=Coat(colour=back, under=belly),
        belly=Coat(colour=belly),
        tips=Coat(colour=back * 0.55 if colour and colour not in WHITE else linear(f.tips)),
        head=Coat(colour=linear(f.head) if f.head and not colour else back),
        beak=Coat(colour=linear(f.beak)),
    )


def body(breed: str, colour: str | None, how: str, phase: float, heading: float) -> list[Solid]:
    f = FOWL.get(breed, FOWL[""])
    p = plumage(f, colour)
    make: dict[str, Callable[..., list[Solid]]] = {"fly": _flying, "float": _floating}
    out = make.get(how, _walking)(f, p, phase, heading, breed)
    return [moved(s, 0.0, 0.0, 0.0, f.size) for s in out]


def beat(breed: str, frame: int, offset: int) -> int:
    """The picture of the wings at a frame. Gliding begins and ends at picture 0, wings spread."""
    f = FOWL.get(breed, FOWL[""])
    if not f.glides:
        return (frame + offset) % f.frames
    beats, rest = f.glides * f.frames, 30 + 7 * (offset % 4)
    at = (frame + offset * 13) % (beats + rest)
    return at % f.frames if at < beats else 0


def _seen(heading: float, roll: float, pitch: float = 0.0) -> Callable[[Point], Point]:
    cr, sr, cp, sp = math.cos(roll), math.sin(roll), math.cos(pitch), math.sin(pitch)

    def see(p: Point) -> Point:
        x, y, z = p
        x, y = x * cp - y * sp, x * sp + y * cp
        y, z = y * cr - z * sr, y * sr + z * cr
        return turned((x, y, z), heading)

    return see


def _flying(f: Fowl, p: Plumage, phase: float, heading: float, breed: str) -> list[Solid]:
    a = TAU * phase
    # Spread at picture 0, down by force, up with the wrist leading and the tips late.
    inner = 0.14 - 0.62 * math.sin(a)
    outer = 0.02 - 0.62 * math.sin(a - 0.75) - 0.42
    see = _seen(heading, ROLL * (1 if math.cos(heading) > 0 else -1) * 0.9, 0.04)
    lift = 0.075 * math.sin(a)  # the body rises on the downstroke

    def at(x: float, y: float, z: float) -> Point:
        return see((x, y + lift, z))

    out: list[Solid] = [
        Cone(a=at(-0.34, 0.0, 0), b=at(0.16, 0.02, 0), ra=0.075, rb=0.125, coat=p.back),
    ]
    fork = f.fork
    for side in (1, -1):
        tail = [at(-0.30, 0.0, 0.05 * side), at(-0.62 - fork * 0.6, 0.0, 0.15 * side),
                at(-0.62 + fork * 0.3, 0.0, 0.0), at(-0.30, 0.0, -0.03 * side)]  # fmt: skip
        out.append(Sheet(points=tail, coat=p.back, lift=-0.02))
        out += _wing(f, p, at, side, inner, outer)
    if f.neck > 0.5:  # stretched out, the legs behind
        head = at(0.20 + f.neck, 0.07, 0)
        out.append(Cone(a=at(0.14, 0.02, 0), b=head, ra=0.070, rb=0.032, coat=p.belly))
        out.append(Cone(a=head, b=at(0.26 + f.neck, 0.07, 0), ra=0.052, rb=0.045, coat=p.head))
        nose = (0.29 + f.neck, 0.06)
        if f.legs > 0.6:
            for side in (1, -1):
                out.append(Cone(a=at(-0.30, -0.03, 0.04 * side), b=at(-0.36 - f.legs * 0.72, -0.02,
                                0.03 * side), ra=0.018, rb=0.014, coat=p.tips))  # fmt: skip
    else:
        head = at(0.24 + f.neck * 0.4, 0.06, 0)
        out.append(Cone(a=at(0.14, 0.03, 0), b=head, ra=0.110, rb=0.085, coat=p.head))
        nose = (0.30 + f.neck * 0.4, 0.05)
    out.append(Cone(a=at(nose[0], nose[1], 0), b=at(nose[0] + f.bill, nose[1] - 0.03, 0), ra=0.034,
                    rb=0.010, coat=p.beak))  # fmt: skip
    return out


def _wing(
    f: Fowl, p: Plumage, at: Callable[..., Point], side: int, inner: float, outer: float
) -> list[Solid]:
    arm, hand, c = f.span * 0.46, f.span * 0.56, f.chord
    wy, wz = 0.05 + arm * math.sin(inner), 0.06 + arm * math.cos(inner)
    ty, tz = wy + hand * math.sin(inner + outer), wz + hand * math.cos(inner + outer)
    root, wrist = at(0.16, 0.05, 0.06 * side), at(0.22, wy, wz * side)
    tip = at(-0.10, ty, tz * side)
    back_root, back_wrist = at(0.16 - c, 0.04, 0.06 * side), at(0.20 - c, wy - 0.01, wz * side)
    mid = at(0.10 - c * 0.75, (wy + ty) / 2, (wz + tz) / 2 * side)
    near = 0.05 if (wrist[2] - root[2]) > 0 else -0.05
    out: list[Solid] = [
        _panel([root, wrist, back_wrist, back_root], p.back, near),
        _panel([wrist, tip, mid, back_wrist], p.back, near + 0.005),
        # The ends of the long feathers have a colour of their own.
        _panel([_mix(wrist, tip, 0.62), tip, _mix(mid, tip, 0.25), _mix(back_wrist, mid, 0.9)],
               p.tips, near + 0.01),
    ]  # fmt: skip
    if f.fingers:
        for i in range(3):
            root_f = _mix(tip, mid, 0.18 + 0.22 * i)
            way = at(-0.10 - 0.12 * (i + 1), ty - 0.02 * i, (tz + 0.10 - 0.05 * i) * side)
            out.append(Cone(a=root_f, b=way, ra=0.026, rb=0.010, coat=p.tips, lift=near + 0.012))
    out.append(Cone(a=root, b=wrist, ra=0.040, rb=0.030, coat=p.back, lift=near + 0.02))
    out.append(Cone(a=wrist, b=tip, ra=0.030, rb=0.010, coat=p.back, lift=near + 0.02))
    return out


def _panel(points: list[Point], coat: Coat, lift: float) -> Solid:
    """A sheet that faces whichever way it is turned to us."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = points[0], points[1], points[2]
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    n = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    if n[2] < 0:
        n = (-n[0], -n[1], -n[2])
    return Sheet(points=points, coat=coat, facing=n, lift=lift)


def _mix(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def _folded(f: Fowl, p: Plumage, see: Callable[[Point], Point], y: float) -> list[Solid]:
    """Trunk, tail and wings laid on."""
    out: list[Solid] = [
        Cone(a=see((-0.20, y, 0)), b=see((0.14, y + 0.06, 0)), ra=0.16, rb=0.175, coat=p.belly),
        Cone(a=see((-0.25, y + 0.02, 0)), b=see((-0.56, y + 0.02, 0)), ra=0.085, rb=0.035,
             coat=p.tips),
    ]  # fmt: skip
    for side in (1, -1):
        out.append(Cone(a=see((0.08, y + 0.08, 0.10 * side)), b=see((-0.42, y + 0.05, 0.05 * side)),
                        ra=0.125, rb=0.035, coat=p.back, lift=0.02 * side))  # fmt: skip
        a, e = see((-0.28, y + 0.06, 0.09 * side)), see((-0.52, y + 0.06, 0.04 * side))
        out.append(Cone(a=a, b=e, ra=0.050, rb=0.018, coat=p.tips, lift=0.03 * side))
    return out


def _crowned(
    f: Fowl, p: Plumage, see: Callable[[Point], Point], y: float, nod: float
) -> list[Solid]:
    """Neck, head and bill; a long neck is an S."""
    long = f.neck
    base = (0.18, y + 0.12, 0.0)
    bend = (0.22 + 0.10 * long, y + 0.16 + 0.45 * long, 0.0)
    top = (0.24 + nod + 0.02 * long, y + 0.26 + 0.85 * long, 0.0)
    slim = 0.10 if long < 0.3 else 0.055
    head = (top[0] + 0.05, top[1] + 0.02, 0.0)
    dark = Coat(colour=linear("#121212"))
    eye = see((head[0] + 0.03, head[1] + 0.03, 0.06))
    return [
        *(_comb(f.comb, see, head) if f.comb else ()),
        Cone(a=see(base), b=see(bend), ra=slim * 1.7, rb=slim, coat=p.belly, lift=0.01),
        Cone(a=see(bend), b=see(top), ra=slim, rb=slim * 0.85, coat=p.belly, lift=0.011),
        Cone(a=see(top), b=see(head), ra=0.078, rb=0.070, coat=p.head, lift=0.02),
        Cone(a=see((head[0] + 0.05, head[1] - 0.01, 0.0)),
             b=see((head[0] + 0.07 + f.bill, head[1] - 0.035, 0.0)), ra=0.032, rb=0.010,
             coat=p.beak, lift=0.021),
        Cone(a=eye, b=eye, ra=0.014, rb=0.014, coat=dark, lift=0.05),
    ]  # fmt: skip


def _comb(colour: str, see: Callable[[Point], Point], head: Point) -> list[Solid]:
    """On the head and under the bill."""
    red, (x, y, _) = Coat(colour=linear(colour)), head
    spikes = [(-0.05, 0.13), (-0.01, 0.16), (0.03, 0.15), (0.065, 0.11)]
    out: list[Solid] = []
    for dx, up in spikes:
        out.append(Cone(a=see((x + dx * 0.8, y + 0.05, 0.0)), b=see((x + dx * 1.3, y + up, 0)),
                        ra=0.030, rb=0.012, coat=red, lift=0.022))  # fmt: skip
    return [*out, Cone(a=see((x + 0.07, y - 0.03, 0.0)), b=see((x + 0.065, y - 0.13, 0.0)),
                       ra=0.022, rb=0.034, coat=red, lift=0.022)]  # fmt: skip


def _walking(f: Fowl, p: Plumage, phase: float, heading: float, breed: str) -> list[Solid]:
    a = TAU * phase
    see = _seen(heading, 0.0)
    y = f.legs + 0.13
    nod = 0.05 * math.sin(2 * a)
    out = _folded(f, p, see, y) + _crowned(f, p, see, y, nod)
    for side, o in ((1, 0.0), (-1, 0.5)):
        x, lift = stepping((phase + o) % 1.0, stride(breed) / f.size)
        hip, foot = (0.0, y - 0.08, 0.06 * side), (x, 0.012 + lift, 0.05 * side)
        knee = ((hip[0] + foot[0]) / 2 - 0.06 - 0.3 * lift, (hip[1] + foot[1]) / 2, 0.055 * side)
        coat = p.beak if f.legs < 0.6 else p.tips
        out += [
            Cone(a=see(hip), b=see(knee), ra=0.034, rb=0.018, coat=p.belly, lift=-0.01),
            Cone(a=see(knee), b=see(foot), ra=0.018, rb=0.014, coat=coat, lift=-0.01),
            Cone(a=see(foot), b=see((foot[0] + 0.11, 0.012 + lift * 0.7, foot[2])), ra=0.016,
                 rb=0.010, coat=coat, lift=-0.01),
        ]  # fmt: skip
    return out


def stride(breed: str) -> float:
    """Ground of two steps, heights of a grown man; nothing for one that stands."""
    f = FOWL.get(breed, FOWL[""])
    return f.size * max(0.5, f.legs * 1.1)


def stepping(p: float, stride: float) -> tuple[float, float]:
    reach, stance = stride * 0.3, 0.6
    if p < stance:
        return reach - 2 * reach * p / stance, 0.0
    t = (p - stance) / (1 - stance)
    return -reach + 2 * reach * t * t * (3 - 2 * t), 0.12 * math.sin(math.pi * t)


def _floating(f: Fowl, p: Plumage, phase: float, heading: float, breed: str) -> list[Solid]:
    """On the water: the legs are below."""
    see = _seen(heading, 0.0)
    nod = 0.02 * math.sin(TAU * phase)
    return _folded(f, p, see, 0.09) + _crowned(f, p, see, 0.09, nod)
