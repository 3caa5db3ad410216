"""Sports and work that take a whole body, and the gear that goes with them.

    SPORTS    doing → its cycle, what it takes in the hand, its gear
    gear      boards, skis, drums, a boat, a barbell: solids for one phase, in the body's own size

Who glides on a board covers ground without a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from reelway.engines.animatic import gaits, pieces
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.gaits import ANKLE, HIP, TAU, Arm, Foot, Gait, Hand, Pose
from reelway.engines.animatic.solid import Coat, Cone, Limb, Loft, Point, Solid, moved, turned

WOOD, STEEL = Coat(colour=linear("#7a5232")), Coat(colour=linear("#9aa0a6"), shine=0.8)
SNOW = Coat(colour=linear("#f2f6fa"))
HULL = Coat(colour=linear("#8a5a34"))
SEATED = 0.20  # height of the hips of who rows


def _wave(p: float, times: int = 1, late: float = 0.0) -> float:
    return math.sin(TAU * (times * p + late))


def _gliding(low: float, lean: float, apart: float, out: float, stride: float) -> Gait:
    """Knees bent, arms out, swaying from one edge to the other."""

    def pose(p: float) -> Pose:
        s = _wave(p)
        return Pose(
            hip=HIP - low + 0.012 * _wave(p, 2), lean=lean + 0.05 * s, tilt=0.14 * s, twist=-0.55,
            nod=-lean * 0.5, breeze=-0.7, feet=(Foot(x=-apart), Foot(x=apart)),
            arms=(Arm(swing=-0.55 - 0.2 * s, out=out, bend=0.15),
                  Arm(swing=1.25 + 0.2 * s, out=out * 0.6, bend=0.15)),
        )  # fmt: skip

    return Gait(frames=36, pose=pose, stride=stride, busy=True)


def _skating() -> Gait:
    """Long pushes to either side."""

    def pose(p: float) -> Pose:
        s = _wave(p)
        right, left = max(0.0, s), max(0.0, -s)
        return Pose(
            hip=HIP - 0.06, lean=0.42, tilt=0.10 * s, nod=-0.25, breeze=-0.6,
            feet=(Foot(x=0.04 - 0.34 * right, y=ANKLE + 0.10 * right, pitch=-0.7 * right),
                  Foot(x=0.04 - 0.34 * left, y=ANKLE + 0.10 * left, pitch=-0.7 * left)),
            arms=(Arm(swing=-0.9 * s, out=0.30, bend=0.3), Arm(swing=0.9 * s, out=0.30, bend=0.3)),
        )  # fmt: skip

    return Gait(frames=40, pose=pose, stride=1.5, busy=True)


def _still(
    hands: Callable[[float], tuple[Hand, Hand]], *, frames: int = 24, slow: int = 2,
    seated: bool = False, more: Callable[[float, Pose], Pose] | None = None,
    beats: tuple[float, ...] = (), sound: str = "step",
) -> Gait:  # fmt: skip
    base = (gaits.sit() if seated else gaits.stand()).pose(0.0)

    def pose(p: float) -> Pose:
        made = replace(base, hands=hands(p), look=0.0)
        return more(p, made) if more else made

    return Gait(frames=frames, pose=pose, slow=slow, busy=True, beats=beats, sound=sound)


def _swing(high: float, low: float) -> Gait:
    """Both hands from over one shoulder down and through."""

    def hands(p: float) -> tuple[Hand, Hand]:
        t = 0.5 - 0.5 * math.cos(TAU * p)
        t = t * t
        x, y = -0.10 + 0.36 * t, high + (low - high) * t
        return (x, y, 0.06), (x + 0.03, y + 0.03, 0.0)

    def body(p: float, pose: Pose) -> Pose:
        t = math.cos(TAU * p)
        feet = (Foot(x=-0.12), Foot(x=0.13))
        return replace(pose, hip=HIP - 0.03, twist=0.55 * t, lean=0.14, feet=feet, breeze=0.2 * t)

    return _still(hands, frames=28, slow=1, more=body)


def _hammering() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        up = max(0.0, _wave(p)) if p < 0.5 else 0.0
        return (0.20 - 0.10 * up, 0.52 + 0.42 * up, 0.06), (0.20, 0.46, -0.07)

    def body(p: float, pose: Pose) -> Pose:
        return replace(pose, lean=0.26 - 0.14 * max(0.0, _wave(p)), nod=0.2)

    return _still(hands, frames=22, slow=1, more=body, beats=(0.5,), sound="blow")


def _stroking(reach: float, deep: float) -> Gait:
    """Both hands on a long handle, to and fro."""

    def hands(p: float) -> tuple[Hand, Hand]:
        s = _wave(p)
        return (0.13 + reach * s, 0.62 + deep * s, 0.05), (0.20 + reach * s, 0.44 + deep * s, -0.02)

    def body(p: float, pose: Pose) -> Pose:
        s = _wave(p)
        return replace(pose, lean=0.22 + 0.10 * s, nod=0.22, twist=0.2 * s,
                       feet=(Foot(x=-0.10), Foot(x=0.10)))  # fmt: skip

    return _still(hands, frames=30, slow=1, more=body)


def _drumming() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        a, b = abs(_wave(p, 1)), abs(_wave(p, 1, 0.25))
        return (0.22, 0.44 + 0.13 * a, 0.09), (0.22, 0.44 + 0.13 * b, -0.09)

    return _still(hands, frames=16, slow=1, seated=True, beats=(0.0, 0.25, 0.5, 0.75), sound="blow")


def _blowing(x: float, y: float, gap: float) -> Gait:
    """An instrument at the lips."""

    def hands(p: float) -> tuple[Hand, Hand]:
        s = 0.008 * _wave(p, 2)
        return (x, y + s, 0.02), (x + gap, y - gap * 0.1 + s, -0.03)

    return _still(hands, frames=20, slow=3,
                  more=lambda p, pose: replace(pose, tilt=0.05 * _wave(p), nod=-0.04))  # fmt: skip


def _crawling() -> Gait:
    def pose(p: float) -> Pose:
        s = _wave(p)
        return Pose(
            hip=0.27, lean=1.32, nod=-0.95, tilt=0.05 * s,
            feet=(Foot(x=-0.17 + 0.07 * s, y=0.05, pitch=-1.2),
                  Foot(x=-0.17 - 0.07 * s, y=0.05, pitch=-1.2)),
            hands=((0.27 - 0.07 * s, 0.02, 0.10), (0.27 + 0.07 * s, 0.02, -0.10)),
        )  # fmt: skip

    return Gait(frames=34, pose=pose, stride=0.28, busy=True)


def _sneaking() -> Gait:
    base = gaits.walk(0.46, 38, 0.16)

    def pose(p: float) -> Pose:
        made = base.pose(p)
        arm = Arm(swing=0.7, out=0.15, bend=1.5)
        return replace(made, hip=made.hip - 0.09, lean=0.46, nod=-0.28, arms=(arm, arm))

    return replace(base, pose=pose, busy=True)


def _tree() -> Gait:
    """Yoga: on one leg, the hands joined over the head."""

    def pose(p: float) -> Pose:
        s = _wave(p)
        arm = Arm(swing=0.15, out=2.75 + 0.03 * s, bend=0.35, inward=0.30)
        raised = Foot(x=0.05, y=0.27, z=0.05, pitch=-0.5)
        return Pose(tilt=0.015 * s, feet=(raised, Foot()), arms=(arm, arm), rise=0.004 * s)

    return Gait(frames=20, pose=pose, slow=5, busy=True)


def _lotus() -> Gait:
    """Cross-legged on the ground, the hands on the knees."""

    def pose(p: float) -> Pose:
        s = _wave(p)
        return Pose(
            hip=0.075, lean=0.02, rise=0.005 * s,
            feet=(Foot(x=0.10, y=0.035, z=-0.13, pitch=0.3),
                  Foot(x=0.13, y=0.035, z=0.13, pitch=0.3)),
            hands=((0.15, 0.165, 0.17), (0.15, 0.165, -0.17)),
        )  # fmt: skip

    return Gait(frames=16, pose=pose, slow=6, busy=True)


def _throwing() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        t = 0.5 - 0.5 * math.cos(TAU * p)
        return (-0.16 + 0.46 * t * t, 0.80 + 0.16 * math.sin(math.pi * t), 0.12), (
            0.16,
            0.66,
            -0.14,
        )

    def body(p: float, pose: Pose) -> Pose:
        t = math.cos(TAU * p)
        return replace(pose, twist=0.45 * t, lean=0.10 - 0.12 * t,
                       feet=(Foot(x=-0.15), Foot(x=0.15)))  # fmt: skip

    return _still(hands, frames=26, slow=1, more=body)


def _kicking() -> Gait:
    def pose(p: float) -> Pose:
        t = _wave(p)
        kick, back = max(0.0, t), max(0.0, -t)
        return Pose(
            hip=HIP - 0.01, lean=-0.10 * kick + 0.14 * back, twist=-0.3 * t,
            feet=(Foot(x=0.30 * kick - 0.22 * back, y=ANKLE + 0.16 * kick + 0.10 * back,
                       pitch=0.5 * kick - 0.8 * back), Foot(x=-0.02)),
            arms=(Arm(swing=-0.7 * t, out=0.35, bend=0.4), Arm(swing=0.8 * t, out=0.45, bend=0.4)),
        )  # fmt: skip

    return Gait(frames=26, pose=pose, busy=True, beats=(0.2,), sound="blow")


def _lifting() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        t = 0.5 - 0.5 * math.cos(TAU * p)
        y = 0.74 + 0.26 * t
        return (0.06, y, 0.14), (0.06, y, -0.14)

    def body(p: float, pose: Pose) -> Pose:
        t = 0.5 - 0.5 * math.cos(TAU * p)
        return replace(pose, hip=HIP - 0.05 * (1 - t), feet=(Foot(z=0.05), Foot(z=-0.05)))

    return _still(hands, frames=36, slow=2, more=body)


def _angling(p: float) -> tuple[Hand, Hand]:
    s = 0.012 * _wave(p)
    return (0.22, 0.56 + s, 0.04), (0.14, 0.50 + s, -0.02)


def _archery(p: float) -> tuple[Hand, Hand]:
    drawn = 0.5 - 0.5 * math.cos(TAU * p)
    return (0.10 - 0.06 * drawn, 0.80, 0.08), (0.36, 0.80, 0.0)


def _rowing() -> Gait:
    def pose(p: float) -> Pose:
        s = _wave(p)
        return Pose(
            hip=SEATED, lean=0.10 + 0.28 * s, nod=-0.1 * s, seated=False,
            feet=(Foot(x=0.30, y=0.12, pitch=0.3), Foot(x=0.30, y=0.12, pitch=0.3)),
            hands=((0.17 + 0.11 * s, 0.44, 0.08), (0.17 + 0.11 * s, 0.44, -0.08)),
        )  # fmt: skip

    return Gait(frames=44, pose=pose, stride=0.5, busy=True)


def gear(kind: str, phase: float, heading: float) -> list[Solid]:
    left = math.cos(heading) < 0

    def see(x: float, y: float, z: float = 0.0) -> Point:
        return turned((x, y, z), heading)

    def bar(ends: list[tuple[float, float, float]], radius: float, coat: Coat) -> Solid:
        return Limb(points=[see(*e) for e in ends], radii=[radius] * len(ends), coat=coat)

    match kind:
        case "skateboard":
            made = pieces.solids("skateboard", left=left, by=0.92)
            return [moved(s, 0.0, 0.0, 0.02) for s in made]
        case "snowboard" | "surfboard":
            coat = Coat(colour=linear("#2f5fae" if kind == "snowboard" else "#e8e2d2"), shine=0.5)
            long, thick = (0.40, 0.018) if kind == "snowboard" else (0.50, 0.028)
            snow = _powder(phase, see) if kind == "snowboard" else []
            deck = [(-long, 0.045, 0.0), (-long * 0.8, 0.012, 0.0), (long * 0.8, 0.012, 0.0)]
            return [*snow, bar([*deck, (long, 0.07, 0.0)], thick, coat)]
        case "skis":
            red = Coat(colour=linear("#c8352c"), shine=0.5)
            out = [bar([(-0.42, 0.012, z), (0.40, 0.012, z), (0.50, 0.06, z)], 0.014, red)
                   for z in (0.075, -0.075)]  # fmt: skip
            out += _powder(phase, see)
            return out + [bar([(0.16, 0.50, z), (-0.20, 0.03, z)], 0.007, STEEL)
                          for z in (0.17, -0.17)]  # fmt: skip
        case "drums":
            made = pieces.solids("drums", left=left, by=0.80)
            ahead = see(0.30, 0.0, 0.0)
            return [moved(s, ahead[0] * 0.95, 0.0, 0.25) for s in made]
        case "barbell":
            y = 0.80 + 0.26 * (0.5 - 0.5 * math.cos(TAU * phase))
            ends = see(0.06, y, 0.42), see(0.06, y, -0.42)
            return [Cone(a=ends[0], b=ends[1], ra=0.012, rb=0.012, coat=STEEL, lift=0.05),
                    *(Cone(a=see(0.06, y, z), b=see(0.06, y, z * 1.08), ra=0.10, rb=0.10,
                           coat=Coat(colour=linear("#23262b"), shine=0.4), lift=0.06)
                      for z in (0.34, -0.34))]  # fmt: skip
        case "anvil":
            made = [Loft(a=(0.0, 0.0, 0.0), b=(0.0, 0.36, 0.0), left=[0.13, 0.06, 0.05, 0.10, 0.15],
                         right=[0.13, 0.06, 0.05, 0.10, 0.15],
                         coat=Coat(colour=linear("#3a3d42"), shine=0.5))]  # fmt: skip
            ahead = see(0.36, 0.0, 0.0)
            glow = Cone(a=(-0.05, 0.385, 0.01), b=(0.10, 0.385, 0.01), ra=0.018, rb=0.014,
                        coat=Coat(colour=linear("#ff8a3a"), glow=1.4))  # fmt: skip
            return [moved(s, ahead[0], 0.0, ahead[2] + 0.05) for s in (*made, glow)]
        case "boat":
            return _boat(phase, see)
    return []


def _powder(phase: float, see: Callable[..., Point]) -> list[Solid]:
    """Snow that the edges throw up behind."""
    out: list[Solid] = []
    for i in range(11):
        t = (i / 11 + 2 * phase) % 1.0
        x, y = -0.30 - 0.55 * t, 0.03 + 0.34 * t * (1.15 - t) * (0.6 + 0.4 * math.sin(2.3 * i))
        r = (0.030 + 0.035 * t) * (1.1 - 0.75 * t)
        at = see(x, y, 0.10 * math.sin(5 * i))
        out.append(Cone(a=at, b=see(x - 0.07, y - 0.02, 0.10 * math.sin(5 * i)), ra=r, rb=r * 0.5,
                        coat=SNOW, lift=-0.02))  # fmt: skip
    return out


def _boat(phase: float, see: Callable[..., Point]) -> list[Solid]:
    """A rowing boat round who sits in it, its oars in the water."""
    out: list[Solid] = [
        Limb(points=[see(-0.62, 0.22, 0.0), see(-0.46, 0.10, 0.0), see(0.42, 0.10, 0.0),
                     see(0.70, 0.25, 0.0)], radii=[0.035, 0.10, 0.10, 0.03], coat=HULL, lift=0.30),
        Limb(points=[see(-0.62, 0.245, 0.0), see(-0.4, 0.19, 0.0), see(0.4, 0.19, 0.0),
                     see(0.70, 0.275, 0.0)], radii=[0.016] * 4, coat=WOOD, lift=0.31),
    ]  # fmt: skip
    s, c = math.sin(TAU * phase), math.cos(TAU * phase)
    for z in (0.1, -0.1):
        hand = see(0.17 + 0.11 * s, 0.44, z)
        blade = see(0.22 - 0.42 * s, 0.06 + 0.14 * max(0.0, c), z * 5)
        out.append(Cone(a=hand, b=blade, ra=0.010, rb=0.013, coat=WOOD, lift=0.33))
        out.append(Cone(a=blade, b=(blade[0], blade[1] - 0.03, blade[2]), ra=0.028, rb=0.032,
                        coat=WOOD, lift=0.33))  # fmt: skip
    return out


SPORTS: dict[str, tuple[Gait, str | None, str]] = {
    "surf": (_gliding(0.10, 0.16, 0.17, 0.95, 0.9), None, "surfboard"),
    "snowboard": (_gliding(0.11, 0.20, 0.17, 0.80, 1.5), None, "snowboard"),
    "skateboard": (_gliding(0.07, 0.14, 0.15, 0.60, 1.4), None, "skateboard"),
    "ski": (_gliding(0.11, 0.46, 0.03, 0.30, 1.7), None, "skis"),
    "skate": (_skating(), None, ""),
    "row": (_rowing(), None, "boat"),
    "drum": (_drumming(), None, "drums"),
    "hammer": (_hammering(), "hammer", "anvil"),
    "sweep": (_stroking(0.09, 0.0), "broom", ""),
    "dig": (_stroking(0.05, 0.08), "shovel", ""),
    "crawl": (_crawling(), None, ""),
    "sneak": (_sneaking(), None, ""),
    "yoga": (_tree(), None, ""),
    "meditate": (_lotus(), None, ""),
    "throw": (_throwing(), "ball", ""),
    "kick": (_kicking(), None, ""),
    "tennis": (_swing(0.86, 0.56), "racket", ""),
    "golf": (_swing(0.86, 0.50), "golf club", ""),
    "baseball": (_swing(0.84, 0.66), "bat", ""),
    "fish": (_still(_angling, frames=24, slow=4), "fishing rod", ""),
    "lift": (_lifting(), None, "barbell"),
    "archery": (_still(_archery, frames=30, slow=2), "bow", ""),
    "trumpet": (_blowing(0.20, 0.83, 0.07), "trumpet", ""),
    "flute": (_blowing(0.13, 0.85, 0.10), "flute", ""),
    "saxophone": (_blowing(0.16, 0.66, 0.02), "saxophone", ""),
}
