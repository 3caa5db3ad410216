"""Somebody on a bicycle or a horse: rider and mount move as one."""

from __future__ import annotations

import math

from reelway.engines.animatic import beasts, body, gaits, solid
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.guise import Thing
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.solid import Coat, Cone, Point, Ring, Solid


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
