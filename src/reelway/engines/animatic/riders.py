"""Somebody on a bicycle, a motorcycle or a horse: rider and mount move as one."""

from __future__ import annotations

import math
from dataclasses import replace

from reelway.engines.animatic import beasts, body, gaits, solid
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.gaits import Arm, Foot, Gait, Pose
from reelway.engines.animatic.guise import Thing
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.solid import Coat, Cone, Point, Ring, Solid

MOTOR = 12  # pictures of its cycle


def throttle() -> Gait:
    """On a motorcycle."""

    def pose(p: float) -> Pose:
        s = math.sin(2 * math.pi * p)
        reach = Arm(swing=0.98, out=0.10, bend=0.30)
        foot = Foot(x=0.02, y=0.15, z=0.06, pitch=-0.1)
        return Pose(
            x=-0.16, hip=0.50, lean=0.30 + 0.01 * s, nod=-0.18, breeze=-0.9,
            feet=(foot, replace(foot, z=-0.06)), arms=(reach, reach),
        )  # fmt: skip

    return Gait(frames=MOTOR, pose=pose)


def mounted(dress: Dress, ride: Thing, heading: float, how: str) -> tuple[list[list[Solid]], float]:
    """The pictures of a cycle, and the ground that it covers."""
    if ride.kind == "bicycle":
        gait = gaits.pedal()
        bike = Coat(colour=linear(ride.colour or "#8e2f2a"), shine=0.4)
        frames = gait.frames
        return [
            [*body.body(dress, gait.pose(k / frames), heading),
             *bicycle(bike, k / frames, heading, dress.height)]
            for k in range(frames)
        ], gait.stride  # fmt: skip
    if ride.kind == "motorcycle":
        paint = Coat(colour=linear(ride.colour or "#a3261f"), shine=0.8)
        return [
            [*body.body(dress, riding.pose(k / MOTOR), heading),
             *motorcycle(paint, k / MOTOR, heading, dress.height)]
            for riding in (throttle(),) for k in range(MOTOR)
        ], 4.6  # fmt: skip
    horse = beasts.build("horse", ride.colour)
    turn = beasts.cycle(horse, how)
    frames, seat = turn.frames, gaits.astride()
    pictures = []
    for k in range(frames):
        bob = 0.03 * math.sin(2 * math.pi * k / frames - 0.9) * (how == "run")
        rider = body.body(dress, seat.pose(k / frames), heading)
        up = horse.tall * 1.03 - gaits.HIP * dress.height + bob
        back = solid.turned((-0.04, 0.0, 0.0), heading)[0]
        pictures.append([*beasts.body(horse, how, k / frames, heading),
                         *(solid.moved(s, back, up, 0.05) for s in rider)])  # fmt: skip
    return pictures, turn.stride * horse.tall


def bicycle(coat: Coat, phase: float, heading: float, height: float) -> list[Solid]:
    """In the rider's own size."""
    a = -2 * math.pi * phase
    rubber, steel = Coat(colour=linear("#17171a")), Coat(colour=linear("#9aa0a6"), shine=0.6)

    def see(x: float, y: float, z: float = 0.0) -> Point:
        return solid.turned((x, y, z), heading)

    def bar(p: tuple[float, float], q: tuple[float, float], r: float, c: Coat) -> Solid:
        return Cone(a=see(*p), b=see(*q), ra=r, rb=r, coat=c, lift=-0.004)

    rear, fore, crank, saddle, bars = (-0.29, 0.185), (0.31, 0.185), (0.02, 0.16), (-0.12, 0.50), (
        0.24, 0.50)  # fmt: skip
    out: list[Solid] = []
    for hub in (rear, fore):
        out.append(Ring(at=see(*hub), radius=0.172, thick=0.013, coat=rubber))
        for spoke in range(3):
            s = a * 2.2 + spoke * math.pi / 3
            c, d = 0.165 * math.cos(s), 0.165 * math.sin(s)
            out.append(bar((hub[0] - c, hub[1] - d), (hub[0] + c, hub[1] + d), 0.0028, steel))
    for p, q in ((rear, crank), (crank, saddle), (rear, saddle), (crank, bars), (saddle, bars),
                 (bars, fore)):  # fmt: skip
        out.append(bar(p, q, 0.011, coat))
    out.append(bar((bars[0] - 0.02, bars[1] + 0.05), (bars[0] + 0.02, bars[1]), 0.010, steel))
    out.append(bar((saddle[0] - 0.06, saddle[1] + 0.015), (saddle[0] + 0.05, saddle[1] + 0.015),
                   0.018, rubber))  # fmt: skip
    c, d = 0.095 * math.cos(a), 0.095 * math.sin(a)
    out.append(bar((crank[0] - c, crank[1] - d), (crank[0] + c, crank[1] + d), 0.008, steel))
    return [solid.moved(s, 0.0, 0.0, 0.0, height) for s in out]


def motorcycle(paint: Coat, phase: float, heading: float, height: float) -> list[Solid]:
    """In the rider's own size."""
    a, shake = -2 * math.pi * phase, 0.003 * math.sin(6 * math.pi * phase)
    rubber = Coat(colour=linear("#141416"))
    steel = Coat(colour=linear("#a4a9b0"), shine=0.9)
    black = Coat(colour=linear("#1d1b1c"), shine=0.3)
    lamp = Coat(colour=linear("#fff1c8"), glow=0.9)

    def see(x: float, y: float, z: float = 0.0) -> Point:
        return solid.turned((x, y + shake, z), heading)

    def part(p: tuple[float, float], q: tuple[float, float], ra: float, rb: float, c: Coat,
             lift: float = -0.03) -> Solid:  # fmt: skip
        return Cone(a=see(*p), b=see(*q), ra=ra, rb=rb, coat=c, lift=lift)

    out: list[Solid] = []
    for x in (-0.40, 0.44):
        out.append(Ring(at=see(x, 0.165), radius=0.140, thick=0.036, coat=rubber))
        out.append(part((x, 0.165), (x, 0.165), 0.040, 0.040, steel, -0.02))
        for spoke in range(4):
            c, d = (0.115 * f(a + spoke * math.pi / 4) for f in (math.cos, math.sin))
            out.append(part((x - c, 0.165 - d), (x + c, 0.165 + d), 0.006, 0.006, steel))
    return [
        solid.moved(s, 0.0, 0.0, 0.0, height)
        for s in (
            *out,
            part((0.44, 0.165), (0.27, 0.56), 0.018, 0.018, steel),
            part((-0.40, 0.165), (-0.02, 0.24), 0.024, 0.030, steel),
            part((0.02, 0.23), (0.12, 0.28), 0.100, 0.095, steel),
            part((0.03, 0.28), (0.14, 0.34), 0.070, 0.060, black, -0.02),
            part((0.10, 0.17), (-0.46, 0.15), 0.026, 0.036, steel, 0.02),
            part((0.20, 0.47), (0.00, 0.44), 0.085, 0.070, paint),
            part((0.00, 0.42), (-0.30, 0.44), 0.052, 0.060, black),
            part((-0.28, 0.42), (-0.46, 0.40), 0.055, 0.030, paint),
            part((0.50, 0.34), (0.34, 0.36), 0.022, 0.030, paint),
            part((0.25, 0.60), (0.19, 0.63), 0.014, 0.012, steel, 0.03),
            part((0.29, 0.52), (0.315, 0.515), 0.060, 0.052, lamp, 0.02),
        )
    ]
