"""How people move: each way of moving is a cycle of poses.

    Gait      frames of one cycle, the ground that it covers, and `pose(phase)`
    Pose      hips, lean, feet and arms; `person` hangs flesh and cloth on it

Units: the height of the figure is 1. A planted foot moves back exactly as fast as the body goes
forward: that is what keeps it from sliding. x is forward, y up, z to the figure's right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

TAU = 2 * math.pi
HIP, THIGH, SHIN, ANKLE = 0.515, 0.245, 0.235, 0.045
STEPS = (0.0, 0.5)  # phases at which the right foot lands, and the left


@dataclass(frozen=True, kw_only=True)
class Foot:
    """An ankle; `pitch` above 0 lifts the toes."""

    x: float = 0.0
    y: float = ANKLE
    z: float = 0.0  # added to the hip's own
    pitch: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Angles: of the upper arm forward and outward, then of the elbow."""

    swing: float = 0.0
    out: float = 0.10
    bend: float = 0.22
    inward: float = 0.0  # of the forearm


Hand = tuple[float, float, float] | None  # ahead and to the right of the hips, above the ground


@dataclass(frozen=True, kw_only=True)
class Pose:
    x: float = 0.0
    hip: float = HIP  # height of the hips
    lean: float = 0.03
    tilt: float = 0.0  # to the right
    twist: float = 0.0  # of the shoulders against the hips
    nod: float = 0.0
    feet: tuple[Foot, Foot] = (Foot(), Foot())  # right, left
    arms: tuple[Arm, Arm] = (Arm(), Arm())
    breeze: float = 0.0  # −1…1: which way hems and hair are blown
    seated: bool = False
    hands: tuple[Hand, Hand] = (None, None)  # where they are, instead of the arms' angles
    look: float = 0.0  # of the head to its right, against the body
    tip: float = 0.0  # of the head to its right shoulder
    shift: float = 0.0  # of the hips to the right
    rise: float = 0.0  # of the shoulders, with each breath


@dataclass(frozen=True, kw_only=True)
class Gait:
    frames: int  # of one cycle, at the film's rate
    pose: Callable[[float], Pose]
    stride: float = 0.0  # ground of one cycle, heights
    slow: int = 1  # frames that one picture stays
    busy: bool = False  # the hands do something
    beats: tuple[float, ...] = ()  # phases at which a foot lands, or a hand strikes
    sound: str = "step"  # and what that is to the ear


def _ease(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _stepping(p: float, stride: float, stance: float, lift: float, kick: float) -> Foot:
    """One foot at its own phase: it lands at 0 with the heel, leaves with the toes."""
    reach = stride * stance / 2
    if p < stance:
        t = p / stance
        ball = reach - 2 * reach * t
        strike = 0.34 * max(0.0, 1 - t / 0.16)
        heel = -0.95 * _ease((t - 0.58) / 0.42)
        pitch, ground = strike + heel, 0.0
    else:
        t = (p - stance) / (1 - stance)
        # Speed runs on through the change from ground to air: no jerk at toe-off and landing.
        over = stride * (1 - stance)
        e = _ease(t)
        bend = t * (1 - t) * (1 - 2 * t)
        ball = -reach + 2 * reach * e - over * 0.9 * bend
        pitch = -0.95 * (1 - _ease(t / 0.5)) + 0.34 * _ease((t - 0.5) / 0.5)
        ground = lift * math.sin(math.pi * t) ** 1.2 + kick * math.sin(math.pi * min(1, t * 1.25))
    # The ankle turns about the ball while the heel rises, about the heel when it lands.
    back = 0.095
    if pitch < 0:
        return Foot(
            x=ball - back * math.cos(pitch) + back - 0.03,
            y=ANKLE + ground - back * math.sin(pitch) * 0.95,
            pitch=pitch,
        )
    return Foot(x=ball - 0.03, y=ANKLE + ground + 0.012 * pitch, pitch=pitch)


def walk(stride: float = 0.84, frames: int = 26, stoop: float = 0.0) -> Gait:
    vigour = stride / 0.84

    def pose(p: float) -> Pose:
        a = TAU * p
        feet = tuple(
            _stepping((p + o) % 1.0, stride, 0.61, 0.035 * vigour, 0.045 * vigour)
            for o in (0.0, 0.5)
        )
        swing = 0.42 * vigour
        arms = tuple(
            Arm(swing=-swing * math.cos(a + o) - 0.02, bend=0.24 + 0.14 * vigour
                * (1 - math.cos(a + o)), out=0.09)
            for o in (0.0, math.pi)
        )  # fmt: skip
        return Pose(
            # Lowest while both feet are down, highest over the standing leg.
            hip=HIP - 0.012 - 0.004 * stoop - 0.013 * vigour * math.cos(2 * a - 0.35),
            lean=0.05 + stoop,
            tilt=0.018 * math.sin(a + 0.3),
            twist=0.16 * vigour * math.cos(a),
            nod=stoop * 0.5 + 0.015 * math.cos(2 * a),
            feet=(feet[0], feet[1]),
            arms=(arms[0], arms[1]),
            breeze=-0.35 + 0.16 * math.sin(2 * a),
        )

    return Gait(frames=frames, pose=pose, stride=stride, beats=STEPS)


def run(stride: float = 1.30, frames: int = 17) -> Gait:
    vigour = stride / 1.30

    def pose(p: float) -> Pose:
        a = TAU * p
        feet = tuple(
            _stepping((p + o) % 1.0, stride, 0.34, 0.07 * vigour, 0.21 * vigour) for o in (0.0, 0.5)
        )
        arms = tuple(
            Arm(swing=-0.80 * vigour * math.cos(a + o) - 0.10, bend=1.45 - 0.22 * math.cos(a + o),
                out=0.12, inward=0.25)
            for o in (0.0, math.pi)
        )  # fmt: skip
        return Pose(
            # Lowest in the middle of each landing, highest in flight.
            hip=HIP - 0.004 - 0.026 * math.cos(2 * (a - TAU * 0.17)),
            lean=0.20,
            tilt=0.02 * math.sin(a),
            twist=0.30 * vigour * math.cos(a),
            nod=-0.10,
            feet=(feet[0], feet[1]),
            arms=(arms[0], arms[1]),
            breeze=-0.95 + 0.18 * math.sin(2 * a),
        )

    return Gait(frames=frames, pose=pose, stride=stride, beats=STEPS)


def stand(stoop: float = 0.0, frames: int = 36, manner: int = 0) -> Gait:
    """The weight goes from one leg to the other and back: the hip goes over the leg that bears
    it, the free knee bends, and the shoulders answer. `manner`: what the arms do, of `MANNERS`."""
    rest = MANNERS[manner % len(MANNERS)]

    def pose(p: float) -> Pose:
        a = TAU * p
        s, breath = math.sin(a), math.sin(2 * a + 0.6)
        over = math.tanh(2.2 * math.cos(a))  # it rests on either leg
        glance = _ease((math.sin(a - 0.9) - 0.25) * 3) - 0.7 * _ease((math.sin(a + 2.3) - 0.4) * 3)
        free = [_ease(0.5 - 0.5 * over * side) for side in (1, -1)]
        feet = tuple(
            # The ball of the free foot stays down, its heel comes up, the knee goes out over it.
            Foot(x=x + 0.012 * f, y=ANKLE + 0.030 * f, z=z, pitch=-0.34 * f)
            for x, z, f in zip((0.040, -0.035), (0.014, -0.026), free, strict=True)
        )
        hands = tuple(
            None if h is None else (h[0], h[1] + 0.004 * breath, h[2] + 0.012 * over) for h in rest
        )
        return Pose(
            hip=HIP + 0.001 - 0.004 * (1 - abs(over)),
            lean=0.02 + stoop + 0.006 * breath,
            tilt=-0.055 * over,
            shift=0.019 * over,
            rise=0.004 * breath,
            twist=0.10 * over + 0.03 * s,
            nod=0.03 + 0.5 * stoop + 0.03 * math.sin(a + 1),
            look=0.42 * glance,
            tip=0.10 * over,
            feet=(feet[0], feet[1]),
            arms=(Arm(swing=0.10 + 0.02 * s - 0.05 * over, bend=0.34,
                      out=0.15 + 0.03 * over + 0.01 * breath),
                  Arm(swing=-0.06 - 0.02 * s, bend=0.20 - 0.06 * over,
                      out=0.11 - 0.03 * over + 0.01 * breath)),
            hands=(hands[0], hands[1]),
            breeze=0.25 * s,
        )  # fmt: skip

    return Gait(frames=frames, pose=pose, slow=round(120 / frames))


# Right and left hand of who stands: both hang; one on the hip, or in a pocket; before the body; the
# arms crossed; behind the back.
MANNERS: tuple[tuple[Hand, Hand], ...] = (
    (None, None),
    ((0.020, 0.545, 0.118), None),
    (None, (0.055, 0.485, -0.088)),
    ((0.105, 0.500, 0.020), (0.110, 0.488, -0.012)),
    ((0.118, 0.660, -0.028), (0.100, 0.640, 0.036)),
    ((-0.085, 0.500, 0.030), (-0.090, 0.490, -0.020)),
)


def wave() -> Gait:
    def pose(p: float) -> Pose:
        still, s = stand().pose(0.0), math.sin(TAU * p)
        up = Arm(swing=0.25, out=1.95 + 0.12 * s, bend=0.0, inward=-0.75 - 0.5 * s)
        return replace(still, arms=(up, still.arms[1]), tilt=-0.03 + 0.01 * s, breeze=0.1 * s)

    return Gait(frames=20, pose=pose)


def sit(stoop: float = 0.0, frames: int = 30) -> Gait:
    """On something as high as a knee."""

    def pose(p: float) -> Pose:
        a = TAU * p
        s = math.sin(a)
        breath = math.sin(2 * a)
        return Pose(
            hip=0.275,
            lean=0.06 + stoop + 0.008 * breath,
            rise=0.004 * breath,
            nod=0.08 + 0.03 * math.sin(a + 0.8),
            look=0.35 * _ease((math.sin(a - 0.5) - 0.2) * 3),
            tip=0.04 * s,
            feet=(Foot(x=0.25), Foot(x=0.20, z=-0.01)),
            arms=(Arm(swing=0.42, bend=0.95, inward=0.35), Arm(swing=0.36, bend=1.0, inward=0.35)),
            breeze=0.2 * s,
            seated=True,
        )

    return Gait(frames=frames, pose=pose, slow=round(120 / frames))


def dance() -> Gait:
    """Two bars of a round dance: weight from foot to foot, arms up and out."""

    def pose(p: float) -> Pose:
        a = TAU * p
        s, c = math.sin(a), math.cos(a)
        hop = abs(math.sin(2 * a))
        free = (max(0.0, s), max(0.0, -s))
        feet = tuple(
            Foot(x=0.04 + 0.16 * f * math.cos(a * 2), y=ANKLE + 0.14 * f, z=z + z * 1.5 * f,
                 pitch=-0.7 * f)
            for f, z in zip(free, (0.05, -0.05), strict=True)
        )  # fmt: skip
        arms = (
            Arm(swing=0.35 * c, out=1.55 + 0.75 * s, bend=0.35, inward=-0.35 + 0.4 * s),
            Arm(swing=-0.35 * c, out=1.55 - 0.75 * s, bend=0.35, inward=-0.35 - 0.4 * s),
        )
        return Pose(
            hip=HIP - 0.035 + 0.028 * hop, lean=0.04 * c, tilt=-0.14 * s, twist=0.55 * c,
            nod=-0.06, feet=(feet[0], feet[1]), arms=arms, breeze=0.9 * c,
        )  # fmt: skip

    return Gait(frames=36, pose=pose, beats=STEPS)


def jump() -> Gait:
    def pose(p: float) -> Pose:
        up = max(0.0, math.sin(TAU * p))
        crouch = max(0.0, -math.sin(TAU * p))
        foot = Foot(y=ANKLE + 0.20 * up, pitch=-0.7 * _ease(up * 2))
        arm = Arm(swing=0.5 * crouch - 0.2 * up, out=0.3 + 2.1 * up, bend=0.4, inward=-0.2)
        return Pose(
            hip=HIP - 0.11 * crouch + 0.22 * up, lean=0.35 * crouch,
            feet=(foot, replace(foot, x=-0.02)), arms=(arm, arm), breeze=0.4 * up,
        )  # fmt: skip

    return Gait(frames=36, pose=pose, beats=(0.5,))


def climb(rise: float = 0.11, tread: float = 0.17) -> Gait:
    """Up stairs: one cycle is two steps of this height and depth. The ground goes by below."""
    stride = 2 * tread

    def foot(p: float) -> Foot:
        stance = 0.62
        # Where the foot's step is against the hips, which rise evenly.
        if p < stance:
            along = p
            x = tread * (0.75 - 2 * along)
            return Foot(x=x, y=ANKLE + rise * (0.9 - 2 * along), pitch=-0.6 * _ease((p - 0.42) * 5))
        t = (p - stance) / (1 - stance)
        x0, y0 = tread * (0.75 - 2 * stance), rise * (0.9 - 2 * stance)
        x = x0 + (tread * 0.75 - x0) * _ease(t)
        y = y0 + (rise * 0.9 - y0) * _ease(min(1, t * 1.5)) + 0.07 * math.sin(math.pi * t)
        return Foot(x=x, y=ANKLE + y, pitch=-0.6 * (1 - t))

    def pose(p: float) -> Pose:
        a = TAU * p
        base = walk(0.5).pose(p)
        return replace(
            base, hip=HIP - 0.02 + 0.010 * math.cos(2 * a), lean=0.16, nod=0.05,
            feet=(foot(p), foot((p + 0.5) % 1)), breeze=-0.15,
        )  # fmt: skip

    return Gait(frames=30, pose=pose, stride=stride, beats=STEPS)


def swim() -> Gait:
    """Crawl, of which `person` shows what is above the water."""

    def pose(p: float) -> Pose:
        a = TAU * p
        arms = tuple(Arm(swing=3.0 - (a + o), out=0.15, bend=0.35) for o in (0.0, math.pi))
        return Pose(
            hip=0.02, lean=1.38 + 0.04 * math.sin(2 * a), tilt=0.25 * math.sin(a), nod=-0.55,
            feet=(Foot(x=-0.50, y=0.0), Foot(x=-0.48, y=0.02)), arms=(arms[0], arms[1]),
            breeze=-0.2,
        )  # fmt: skip

    return Gait(frames=36, pose=pose, stride=0.75)


def float_() -> Gait:
    """In the air or in space, slowly."""

    def pose(p: float) -> Pose:
        s = math.sin(TAU * p)
        return Pose(
            hip=HIP + 0.02, lean=0.25 + 0.06 * s, tilt=0.10 + 0.05 * s, nod=-0.1,
            feet=(Foot(x=-0.14, y=0.10, pitch=-0.6), Foot(x=0.02 + 0.03 * s, y=0.16, pitch=-0.5)),
            arms=(Arm(swing=0.7 + 0.1 * s, out=0.75, bend=0.4), Arm(swing=-0.2, out=0.9, bend=0.3)),
            breeze=0.3 * s,
        )  # fmt: skip

    return Gait(frames=24, pose=pose, slow=4)


def pedal() -> Gait:
    def pose(p: float) -> Pose:
        a = -TAU * p
        feet = tuple(
            Foot(x=0.02 + 0.095 * math.cos(a + o), y=0.16 + 0.095 * math.sin(a + o), pitch=-0.15)
            for o in (0.0, math.pi)
        )
        reach = Arm(swing=0.85, out=0.08, bend=0.38)
        return Pose(
            x=-0.13, hip=0.555, lean=0.42, nod=-0.28, feet=(feet[0], feet[1]),
            arms=(reach, reach), breeze=-0.6,
        )  # fmt: skip

    # A wheel rolls 2.2 times its way around for each turn of the pedals.
    return Gait(frames=24, pose=pose, stride=2.2 * TAU * 0.185)


def astride() -> Gait:
    """In a saddle at the height of the hips; the horse below has its own gait."""

    def pose(p: float) -> Pose:
        s = math.sin(TAU * p)
        foot = Foot(x=0.10, y=0.16, z=0.07, pitch=0.15)
        rein = Arm(swing=0.55 + 0.08 * s, out=0.06, bend=0.8, inward=0.3)
        return Pose(
            hip=HIP, lean=0.10 + 0.07 * s, nod=-0.05, breeze=-0.5,
            feet=(foot, replace(foot, z=-0.07)), arms=(rein, rein), seated=True,
        )  # fmt: skip

    return Gait(frames=20, pose=pose)


def shortened(gait: Gait, factor: float) -> Gait:
    """The same with smaller steps, a little slower."""
    if factor >= 0.999:
        return gait
    slower = round(gait.frames / (0.5 + 0.5 * factor))
    stride = gait.stride * factor * slower / gait.frames
    if gait.busy:  # on a board
        return replace(gait, stride=gait.stride * factor)
    if gait.frames < 20:
        return replace(run(stride, slower), stride=stride)
    stoop = 0.16 if gait.frames >= 30 else 0.0
    return walk(stride, slower, stoop)
