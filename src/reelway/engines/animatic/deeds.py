"""What people do with their hands, standing or seated: cycles that begin and end at rest.

    DEEDS    doing → its cycle, and what it takes in the hands
    talk     the gestures of somebody who speaks

Hands go to places (`Pose.hands`): ahead and to the right of the hips, above the ground.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from reelway.engines.animatic import gaits
from reelway.engines.animatic.gaits import ANKLE, HIP, TAU, Arm, Foot, Gait, Hand, Pose
from reelway.engines.animatic.sports import SPORTS

SEAT = 0.275  # height of the hips of who sits


@dataclass(frozen=True, kw_only=True)
class Deed:
    gait: Gait
    prop: str | None = None
    gear: str = ""  # of `sports`


def _ease(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _arc(p: float, up: float, down: float) -> float:
    """0 at rest, 1 between `up` and `down` of the cycle."""
    return _ease(p / up) * (1 - _ease((p - down) / (1 - down)))


def _between(a: Hand, b: Hand, t: float) -> Hand:
    assert a is not None and b is not None
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


REST_R, REST_L = (0.045, 0.475, 0.145), (0.030, 0.475, -0.145)


def _doing(
    hands: Callable[[float], tuple[Hand, Hand]], *, frames: int = 16, slow: int = 3,
    seated: bool = False, nod: float = 0.0, lean: float = 0.0,
    more: Callable[[float, Pose], Pose] | None = None,
) -> Gait:  # fmt: skip
    """On a body that else only breathes."""
    still = (gaits.sit() if seated else gaits.stand()).pose(0.0)

    def pose(p: float) -> Pose:
        breath = math.sin(TAU * p)
        made = replace(still, hands=hands(p), nod=still.nod + nod, lean=still.lean + lean,
                       rise=0.003 * breath, look=0.0)  # fmt: skip
        return more(p, made) if more else made

    return Gait(frames=frames, pose=pose, slow=slow, busy=True)


def talk() -> Gait:
    """One gesture: the hands come up, mark two beats, and go down again."""

    def hands(p: float) -> tuple[Hand, Hand]:
        up, beat = _arc(p, 0.28, 0.72), math.sin(TAU * 2 * p)
        right = (0.19 + 0.02 * beat, 0.665 + 0.035 * beat, 0.115 + 0.03 * math.sin(TAU * p))
        left = (0.15, 0.600 + 0.020 * beat, -0.110)
        return _between(REST_R, right, up), _between(REST_L, left, up * 0.75)

    return replace(_doing(hands, frames=20, slow=3), busy=False)


def _read() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        turn = _arc(min(p * 2.2, 1.0), 0.4, 0.6)
        return (0.185, 0.655 + 0.02 * turn, 0.075 - 0.10 * turn), (0.185, 0.655, -0.075)

    return _doing(hands, frames=20, slow=6, nod=0.30)


def _drink() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        return _between((0.175, 0.640, 0.075), (0.150, 0.826, 0.030), _arc(p, 0.3, 0.7)), REST_L

    def back(p: float, pose: Pose) -> Pose:
        return replace(pose, nod=pose.nod - 0.20 * _arc(p, 0.36, 0.66))

    return _doing(hands, frames=24, slow=4, more=back)


def _eat() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        bite = _arc(p, 0.35, 0.6)
        return _between((0.20, 0.600, 0.05), (0.140, 0.826, 0.025), bite), (0.19, 0.590, -0.05)

    return _doing(hands, frames=18, slow=3, nod=0.10)


def _guitar() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        strum = 0.030 * math.sin(TAU * 2 * p)
        soft = 0.012 * math.sin(TAU * p + 1)
        return (0.135, 0.585 + strum, 0.035), (0.175, 0.690, -0.235 + soft)

    return _doing(hands, frames=16, slow=2, nod=0.20)


def _violin() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        bow = math.sin(TAU * p)
        return (0.17, 0.775 - 0.045 * bow, 0.06 + 0.075 * bow), (0.215, 0.800, -0.130)

    def sway(p: float, pose: Pose) -> Pose:
        return replace(pose, tip=-0.22, twist=0.08 * math.sin(TAU * p))

    return _doing(hands, frames=20, slow=2, more=sway)


def _type() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        a, b = (abs(math.sin(TAU * k * p + k)) for k in (3, 2))
        return ((0.235 + 0.008 * b, SEAT + 0.122 + 0.014 * a, 0.055 + 0.010 * math.sin(TAU * p)),
                (0.235, SEAT + 0.122 + 0.014 * b, -0.055))  # fmt: skip

    # Where a hand is lowest.
    keys = tuple((m * math.pi - 3) / (6 * math.pi) % 1 for m in range(1, 7))
    keys += tuple((m * math.pi - 2) / (4 * math.pi) % 1 for m in range(1, 5))
    made = _doing(hands, frames=16, slow=2, seated=True, nod=0.22, lean=0.05)
    return replace(made, beats=keys, sound="key")


def _cook() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        a = TAU * p
        stir = (0.235 + 0.022 * math.cos(a), 0.610, 0.015 + 0.028 * math.sin(a))
        return stir, (0.195 + 0.006 * math.sin(2 * a), 0.560, -0.060)

    return _doing(hands, frames=16, slow=2, nod=0.24, lean=0.04)


def _point() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        out = 0.5 + 0.5 * math.sin(TAU * p)
        return (0.300 + 0.012 * out, 0.825 + 0.010 * out, 0.130), REST_L

    return _doing(hands, frames=12, slow=6)


def _phone() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        s = 0.006 * math.sin(TAU * p)
        return (0.170, 0.700 + s, 0.040), (0.060, 0.520, -0.118)

    return _doing(hands, frames=12, slow=6, nod=0.28)


def _photograph() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        s = 0.004 * math.sin(TAU * p)
        return (0.135, 0.900 + s, 0.050), (0.135, 0.885 + s, -0.045)

    return _doing(hands, frames=12, slow=7)


def _draw() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        a = TAU * p
        stroke = (0.235, 0.720 + 0.040 * math.sin(a), 0.070 + 0.045 * math.sin(2 * a))
        return stroke, (0.16, 0.610, -0.090)

    return _doing(hands, frames=18, slow=3)


def _clap() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        gap = 0.018 + 0.055 * (0.5 - 0.5 * math.cos(TAU * 2 * p))
        return (0.185, 0.745, gap), (0.185, 0.735, -gap)

    return replace(_doing(hands, frames=16, slow=1), beats=gaits.STEPS, sound="clap")


def _pray() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        s = 0.003 * math.sin(TAU * p)
        return (0.135, 0.745 + s, 0.013), (0.135, 0.745 + s, -0.013)

    return _doing(hands, frames=12, slow=7, nod=0.30)


def _weep() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        s = 0.006 * math.sin(TAU * 3 * p)
        return (0.120, 0.850 + s, 0.035), (0.120, 0.845 + s, -0.035)

    def sob(p: float, pose: Pose) -> Pose:
        return replace(pose, rise=0.008 * math.sin(TAU * 3 * p))

    return _doing(hands, frames=18, slow=3, nod=0.42, lean=0.10, more=sob)


def _hug() -> Gait:
    def hands(p: float) -> tuple[Hand, Hand]:
        s = 0.004 * math.sin(TAU * p)
        return (0.235, 0.700 + s, 0.050), (0.225, 0.760 + s, -0.050)

    def near(p: float, pose: Pose) -> Pose:
        return replace(pose, tip=0.25, shift=0.006 * math.sin(TAU * p))

    return _doing(hands, frames=16, slow=6, nod=0.12, lean=0.10, more=near)


def _shake() -> Gait:
    """The right hands meet between the two."""

    def hands(p: float) -> tuple[Hand, Hand]:
        return (0.235, 0.570 + 0.014 * math.sin(TAU * 2 * p), 0.0), REST_L

    return _doing(hands, frames=20, slow=2, nod=0.06, lean=0.05)


def _fight() -> Gait:
    """A guard, and a punch with either fist."""

    def hands(p: float) -> tuple[Hand, Hand]:
        hits = [_ease((math.sin(TAU * p + o) - 0.55) / 0.4) for o in (0.0, math.pi)]
        guard = ((0.155, 0.800, 0.070), (0.190, 0.815, -0.045))
        aims = ((0.330, 0.815, 0.010), (0.335, 0.820, 0.0))
        right, left = (_between(g, a, h) for g, a, h in zip(guard, aims, hits, strict=True))
        return right, left

    def stance(p: float, pose: Pose) -> Pose:
        hop = abs(math.sin(TAU * 2 * p))
        return replace(
            pose, hip=HIP - 0.045 + 0.012 * hop, lean=0.16, twist=-0.35 * math.sin(TAU * p),
            feet=(Foot(x=-0.13, z=0.01), Foot(x=0.13, z=-0.01)), breeze=0.5 * math.sin(TAU * p),
        )  # fmt: skip

    return replace(_doing(hands, frames=24, slow=1, more=stance), beats=(0.25, 0.75), sound="blow")


def _kneel() -> Gait:
    def pose(p: float) -> Pose:
        s = math.sin(TAU * p)
        return Pose(
            hip=0.27, lean=0.10 + 0.006 * s, nod=0.20 + 0.02 * s, rise=0.003 * s,
            feet=(Foot(x=0.17), Foot(x=-0.24, y=0.05, pitch=-1.3)),
            arms=(Arm(swing=0.45, bend=0.7, inward=0.2), Arm(swing=0.1, bend=0.3)),
            breeze=0.2 * s,
        )  # fmt: skip

    return Gait(frames=14, pose=pose, slow=7)


def _lie() -> Gait:
    def pose(p: float) -> Pose:
        s = math.sin(TAU * p)
        return Pose(
            hip=0.075, lean=1.50, rise=0.004 * s, nod=-0.55,
            feet=(Foot(x=-0.46, y=0.06, pitch=1.2), Foot(x=-0.47, y=0.06, pitch=1.2)),
            arms=(Arm(swing=0.05, out=0.25, bend=0.1), Arm(swing=0.05, out=0.25, bend=0.1)),
        )  # fmt: skip

    return Gait(frames=14, pose=pose, slow=7)


def _fall() -> Gait:
    """Through the air, arms and legs about."""

    def pose(p: float) -> Pose:
        a = TAU * p
        s, c = math.sin(a), math.cos(a)
        return Pose(
            hip=HIP, lean=-0.35 + 0.08 * s, nod=-0.2, tilt=0.10 * c,
            feet=(Foot(x=0.20 + 0.05 * s, y=0.20, pitch=0.5), Foot(x=0.05 - 0.05 * s, y=0.14)),
            arms=(Arm(swing=0.5 + 0.3 * s, out=2.2 + 0.2 * c, bend=0.3),
                  Arm(swing=0.3 - 0.3 * s, out=2.1 - 0.2 * c, bend=0.4)),
            breeze=1.0,
        )  # fmt: skip

    return Gait(frames=20, pose=pose, slow=1)


def _bow() -> Gait:
    def pose(p: float) -> Pose:
        low = 0.5 - 0.5 * math.cos(TAU * p)
        still = gaits.stand().pose(0.0)
        return replace(still, lean=0.04 + 0.62 * low, nod=0.05 + 0.2 * low)

    return Gait(frames=32, pose=pose, slow=3)


def _cheer() -> Gait:
    def pose(p: float) -> Pose:
        up = abs(math.sin(TAU * p))
        arm = Arm(swing=0.15, out=2.55 + 0.15 * up, bend=0.1, inward=-0.25 + 0.2 * up)
        foot = Foot(y=ANKLE + 0.05 * up, pitch=-0.5 * up)
        return Pose(hip=HIP - 0.02 + 0.07 * up, nod=-0.15, feet=(foot, replace(foot, x=-0.02)),
                    arms=(arm, arm), breeze=0.3 * up)  # fmt: skip

    return Gait(frames=28, pose=pose, busy=True)


def seated(gait: Gait) -> Gait:
    """The same by somebody who sits."""
    base = gaits.sit().pose(0.0)

    def pose(p: float) -> Pose:
        made = gait.pose(p)
        down = SEAT - HIP
        low = [None if h is None else (h[0], h[1] + down, h[2]) for h in made.hands]
        return replace(base, hands=(low[0], low[1]), nod=made.nod, tip=made.tip, rise=made.rise)

    return replace(gait, pose=pose)


PAIRS = {
    "hug": 0.125,
    "fight": 0.25,
    "kiss": 0.115,
    "shake": 0.245,
}  # half of what is between two, heights
DEEDS: dict[str, Deed] = {
    "read": Deed(gait=_read(), prop="book"),
    "drink": Deed(gait=_drink(), prop="cup"),
    "eat": Deed(gait=_eat(), prop="bowl"),
    "guitar": Deed(gait=_guitar(), prop="guitar"),
    "violin": Deed(gait=_violin(), prop="violin"),
    "type": Deed(gait=_type(), prop="laptop"),
    "piano": Deed(gait=replace(_type(), beats=()), prop="piano"),
    "cook": Deed(gait=_cook(), prop="pan"),
    "point": Deed(gait=_point()),
    "phone": Deed(gait=_phone(), prop="phone"),
    "photograph": Deed(gait=_photograph(), prop="camera"),
    "draw": Deed(gait=_draw(), prop="brush"),
    "write": Deed(gait=_draw(), prop="letter"),
    "clap": Deed(gait=_clap()),
    "pray": Deed(gait=_pray()),
    "weep": Deed(gait=_weep()),
    "hug": Deed(gait=_hug()),
    "kiss": Deed(gait=_hug()),
    "shake": Deed(gait=_shake()),
    "fight": Deed(gait=_fight()),
    "kneel": Deed(gait=_kneel()),
    "lie": Deed(gait=_lie()),
    "fall": Deed(gait=_fall()),
    "bow": Deed(gait=_bow()),
    "cheer": Deed(gait=_cheer()),
    **{name: Deed(gait=g, prop=prop, gear=gear) for name, (g, prop, gear) in SPORTS.items()},
}  # fmt: skip
