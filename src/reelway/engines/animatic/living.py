"""People in a scene: who they are, what they do, where they go.

    people    one person, several, a crowd; indoors, on stairs, in the water, in the air, riding

Depth units are about nine metres: a grown man is `MAN` of them tall.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from reelway.engines.animatic import beasts, gaits, person, room, solid
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, rgb
from reelway.engines.animatic.gaits import Gait
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.solid import Coat, Cone, Point, Ring, Solid
from reelway.engines.animatic.stage import Going, Reel, follow_ground, motion_of, present
from reelway.engines.animatic.standing import WET, aside

MAN = 0.19
ROOM_DEPTH, ROOM_SIZE, ROOM_FLOOR = 1.15, 0.56, 0.40
SHARE = 0.62  # of the frame's half width to either side that a way takes
LEAST = 0.60  # how short steps may get so that somebody stays in the picture
MOST = 12  # figures of one subject
DEEP = ("away", "toward")


def people(b: Builder, subject: Subject, n: int) -> None:
    look, count = subject.look, min(subject.count, MOST)
    if look.throng:
        count = MOST - 1
    name = f"{look.breed}{n}"
    space = b.shot.place == "space"
    if space and not look.breed:
        look = replace(look, breed="astronaut")
    for i, (x, depth) in enumerate(_places(b, subject, count, n)):
        dress = person.dressed(look, b.shot.seed, name, i)
        if b.shot.place == "room":
            _indoors(b, subject, dress, x, i)
        elif space or subject.action == "fly":
            _aloft(b, subject, dress, x, i)
        elif subject.action == "swim" and b.shot.place in WET:
            _swimming(b, subject, dress, x, depth, i)
        else:
            _outdoors(b, subject, dress, x, depth, i)


def _places(b: Builder, subject: Subject, count: int, n: int) -> list[tuple[float, float]]:
    """(x, depth) of each: a few side by side, more in rows one behind another."""
    random = stream(b.shot.seed, f"people{n}")
    shift = float(random.uniform(-0.05, 0.05))
    alone = sum(s.element is None for s in b.shot.subjects) == 1
    near = 0.72 if count == 1 and alone else 0.84 if count <= 3 else 1.02
    if count == 1 and alone and _small(subject):
        near = 0.62
    # Nobody's feet are cut off by the frame.
    while b.ground(near) > b.span / 2 - 0.055 and near < 1.5:
        near *= 1.06
    if count == 1:
        return [(shift + b.aside((0.16 if alone else 0.30) * aside(b, subject, n)), near)]
    out = []
    front = min(count, 4 if count < 8 else 5)
    for i in range(count):
        row, place = (0, i) if i < front else (1 + (i - front) // 5, (i - front) % 5)
        wide = front if row == 0 else min(5, count - front)
        depth = near * (1 + 0.55 * row) * float(random.uniform(0.92, 1.10))
        step = (0.25 if wide > 2 else 0.20) * float(random.uniform(0.85, 1.15))
        x = shift + (place - (wide - 1) / 2) * step + (0.11 if row % 2 else 0.0)
        out.append((x, depth))
    return out


def _small(subject: Subject) -> bool:
    return subject.look.breed in person.YOUNG


def gait_of(subject: Subject, dress: Dress) -> Gait:
    """How somebody of this age does it."""
    stoop = 0.16 if dress.breed in person.AGED else 0.0
    match subject.look.doing or subject.action:
        case "climb" | "walk" | "away" | "toward" if subject.action == "run":
            return gaits.run(1.20, 15) if dress.young else gaits.run()
        case "walk" | "climb" | "away" | "toward":
            if stoop:
                return gaits.walk(0.58, 30, stoop)
            return gaits.walk(0.84, 22) if dress.young else gaits.walk()
        case "run":
            return gaits.run(1.20, 15) if dress.young else gaits.run()
        case "dance":
            return gaits.dance()
        case "jump":
            return gaits.jump()
        case "wave":
            return gaits.wave()
        case "sit":
            return gaits.sit(stoop)
        case _:
            return gaits.stand(stoop)


def shortened(gait: Gait, factor: float) -> Gait:
    """The same with smaller steps, a little slower."""
    if factor >= 0.999:
        return gait
    slower = round(gait.frames / (0.5 + 0.5 * factor))
    stride = gait.stride * factor * slower / gait.frames
    if gait.frames < 20:
        return replace(gaits.run(stride, slower), stride=stride)
    stoop = 0.16 if gait.frames >= 30 else 0.0
    return gaits.walk(stride, slower, stoop)


def way(b: Builder, speed: float) -> float:
    """How much shorter steps must get so that a way at this speed (view units a frame) stays
    in the picture."""
    most = 2 * SHARE * min(b.half_width, 0.89)
    return float(np.clip(most / max(speed * b.shot.frames, 1e-6), LEAST, 1.0))


def held(b: Builder, subject: Subject, dress: Dress, gait: Gait) -> Gait:
    """Who holds an umbrella or a lantern keeps that arm up."""
    if not dress.hold:
        return gait
    kind = dress.hold[0].kind
    up = {"umbrella": gaits.Arm(swing=0.55, out=0.12, bend=1.45, inward=0.1),
          "lantern": gaits.Arm(swing=0.75, out=0.15, bend=0.65),
          "torch": gaits.Arm(swing=0.9, out=0.25, bend=0.9),
          "balloon": gaits.Arm(swing=0.6, out=0.12, bend=1.3),
          "staff": gaits.Arm(swing=0.55, out=0.10, bend=0.7)}.get(kind)  # fmt: skip
    if up is None:
        return gait
    arm = up

    def pose(p: float) -> gaits.Pose:
        free = gait.pose(p)
        give = 0.03 * math.sin(2 * math.pi * p)
        return replace(free, arms=(replace(arm, swing=arm.swing + give), free.arms[1]))

    return replace(gait, pose=pose)


def _heading(b: Builder, subject: Subject, i: int, gait: Gait) -> float:
    """0 to the right, π to the left; who stands is turned half towards us, or away."""
    random = stream(b.shot.seed, "facing", subject.kind, i)
    right = float(random.random()) < 0.5
    if subject.side:
        right = aside(b, subject) > 0
    elif i == 0:
        right = aside(b, subject) < 0  # into the picture
    elif gait.stride and not (subject.look.throng):
        right = aside(b, subject) < 0  # together
    doing = subject.look.doing
    if doing in DEEP:
        return math.pi / 2 * (1 if doing == "toward" else -1) * (0.96 if right else 1.04)
    if gait.stride:
        return 0.12 if right else math.pi - 0.12
    turn = 0.95 if subject.look.doing in ("wave", "jump", "dance") else 0.35 + 0.7 * float(
        random.random())  # fmt: skip
    if gait.pose(0.0).seated:
        turn = 0.45
    watching = subject.action == "stand" and subject.count <= 2 and b.shot.place != "street"
    if watching and subject.look.doing is None:  # looks into the scene with us
        turn = -0.75 - 0.4 * float(random.random())
    return turn if right else math.pi - turn


def _outdoors(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    if subject.look.ride:
        return _riding(b, subject, dress, x, depth, i)
    gait = gait_of(subject, dress)
    unit = MAN / depth
    deep = subject.look.doing in DEEP and gait.stride > 0
    if deep and depth < 1.3 and subject.look.doing == "away":
        depth *= 0.9
    if gait.stride and not deep:
        speed = gait.stride * dress.height * unit / gait.frames
        gait = shortened(gait, way(b, speed))
    gait = held(b, subject, dress, gait)
    heading = _heading(b, subject, i, gait)
    _walked(b, subject, dress, gait, heading, x, depth, i, unit=unit)


def _walked(
    b: Builder, subject: Subject, dress: Dress, gait: Gait, heading: float, x: float, depth: float,
    i: int, *, unit: float, y: float | None = None,
) -> None:  # fmt: skip
    """On its feet, on the ground or on a floor."""
    detail = unit * dress.height > 0.075
    pictures = [person.body(dress, gait.pose(k / gait.frames), heading, detail=detail)
                for k in range(gait.frames)]  # fmt: skip
    if gait.pose(0.0).seated and not subject.look.ride:
        pictures = [[*p, *_seat(b, heading)] for p in pictures]
    step = gait.stride * dress.height * unit / gait.frames
    side = 1.0 if math.cos(heading) > 0 else -1.0
    phase = 7 * i
    deep = subject.look.doing in DEEP and gait.stride > 0
    ground = b.ground(depth, x) + 0.004 / depth if y is None else y
    if deep:
        z = gait.stride * dress.height * MAN / gait.frames
        going = Going(picture=lambda n: n + phase,
                      deeper=-z if subject.look.doing == "toward" else z)  # fmt: skip
    elif gait.stride:
        across, start = step * side, -step * side * b.shot.frames / 2
        reach = abs(start) + 0.02
        rise = follow_ground(b, x, depth, reach) if y is None else (lambda dx: 0.0)
        going = Going(picture=lambda n: n + phase, across=across, start=start, rise=rise)
    else:
        going = Going(picture=lambda n: n // gait.slow + phase)
    reel = Reel(pictures=pictures, at=(x, ground), unit=unit, depth=depth)
    wet = b.water is not None and b.shot.place not in WET
    present(b, reel, going, front=True, wet=wet, indoors=b.shot.place == "room")
    _halo(b, dress, reel, going, heading)


def _seat(b: Builder, heading: float) -> list[Solid]:
    """A stone to sit on, or a hassock."""
    stone = Coat(colour=linear("#6b3f2e" if b.shot.place == "room" else "#6d665c"))
    a, e = solid.turned((-0.07, 0.10, -0.06), heading), solid.turned((0.07, 0.10, 0.06), heading)
    return [Cone(a=a, b=e, ra=0.115, rb=0.105, coat=stone, lift=-0.2)]


def _halo(b: Builder, dress: Dress, reel: Reel, going: Going, heading: float) -> None:
    """The light that a lantern or a torch gives off."""
    if b.light.lamps < 0.3 or not any(t.kind in ("lantern", "torch") for t in dress.hold):
        return
    x = reel.at[0] + 0.20 * math.cos(heading) * reel.unit
    y = reel.at[1] - 0.50 * dress.height * reel.unit
    reach = 0.42 * reel.unit
    window = Window.of(x - 4 * reach, y - 4 * reach, x + 4 * reach, y + 4 * reach, 160.0)

    def paint(w: Window) -> tuple[solid.Array, None]:
        far = np.hypot(w.xs[None, :] - x, w.ys[:, None] - y) / reach
        glow = 0.40 * np.exp(-far * 1.5) * b.light.lamps * np.clip(4 - far, 0, 1)
        return (glow[..., None] * rgb("#ffb45e")).astype(np.float32), None

    plain = replace(going, picture=lambda n: 0)
    b.add(reel.depth * 0.999, window, paint, added=True, soft=True, front=True,
          motion=motion_of(b, reel, plain, window))  # fmt: skip


def _indoors(b: Builder, subject: Subject, dress: Dress, x: float, i: int) -> None:
    """On the room's floor, or going up its stairs."""
    unit = ROOM_SIZE / ROOM_DEPTH
    if room.has_stairs(b.shot.prompt) and subject.action not in ("sit", "dance"):
        return _climbing(b, subject, dress, i)
    gait = gait_of(subject, dress)
    x = 2.0 * x - 0.06 if subject.side is None else 0.25 * aside(b, subject) + 0.3 * i
    if gait.stride:
        speed = gait.stride * dress.height * unit / gait.frames
        gait = shortened(gait, way(b, speed))
    gait = held(b, subject, dress, gait)
    heading = _heading(b, subject, i, gait)
    _walked(b, subject, dress, gait, heading, x, ROOM_DEPTH, i, unit=unit, y=ROOM_FLOOR)


def _climbing(b: Builder, subject: Subject, dress: Dress, i: int) -> None:
    """Each foot comes down on the middle of a step."""
    left, right, low, high = room.FLIGHT
    tread, rise = (right - left) / room.STEPS, (low - high) / room.STEPS
    unit, depth = 0.46, 2.95
    own = unit * dress.height
    first = 1.0 + 2.0 * i
    moving = subject.action not in ("stand",) or subject.look.doing == "climb"
    steps = min(b.shot.seconds * 1.6, room.STEPS - 1.5 - first)
    frames = max(26, round(2 * b.shot.frames / max(steps, 1.0)))
    slow = 1 if frames <= 44 else 2
    gait = gaits.climb(rise / own, tread / own)
    if not moving:
        gait = gaits.stand()
    gait = held(b, subject, dress, gait)
    count = frames // slow if moving else gait.frames
    pictures = [person.body(dress, gait.pose(k / count), 0.1) for k in range(count)]
    at = (left + (first - 0.25) * tread, low - (first + 0.1) * rise)
    per = 2 / (count * slow) if moving else 0.0  # steps a frame

    def sway(n: int) -> tuple[float, float]:
        return 0.0, -per * n * rise

    going = Going(picture=lambda n: n // (slow if moving else gait.slow), across=per * tread,
                  sway=sway)  # fmt: skip
    reel = Reel(pictures=pictures, at=at, unit=unit, depth=depth)
    present(b, reel, going, front=True, grounded=False, indoors=True)


def _aloft(b: Builder, subject: Subject, dress: Dress, x: float, i: int) -> None:
    gait = gaits.float_()
    depth = 1.05 + 0.3 * i
    y = b.horizon + (0.22 if b.shot.place == "space" else 0.04) - 0.05 * i
    side = aside(b, subject, i)
    heading = 0.5 if side > 0 else math.pi - 0.5
    pictures = [person.body(dress, gait.pose(k / gait.frames), heading)
                for k in range(gait.frames)]  # fmt: skip
    pace = 0.04 / depth * side / 24

    def sway(n: int) -> tuple[float, float]:
        return 0.0, 0.014 * math.sin(0.0375 * n + i)

    going = Going(picture=lambda n: n // gait.slow + 5 * i, across=pace,
                  start=-pace * b.shot.frames / 2, sway=sway)  # fmt: skip
    reel = Reel(pictures=pictures, at=(x + b.aside(0.08), y), unit=1.25 * MAN / depth, depth=depth)
    present(b, reel, going, front=True, grounded=False)


def _swimming(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    gait = gaits.swim()
    depth = 1.75 * depth
    unit = 1.7 * MAN / depth
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    heading = 0.1 if right else math.pi - 0.1
    bare = replace(dress, gown=None, top=dress.skin, hold=(), extra=())
    pictures = [person.body(bare, gait.pose(k / gait.frames), heading)
                for k in range(gait.frames)]  # fmt: skip
    step = gait.stride * dress.height * unit / gait.frames * (1 if right else -1)
    going = Going(picture=lambda n: n + 11 * i, across=step, start=-step * b.shot.frames / 2,
                  sway=lambda n: (0.0, 0.002 * math.sin(n * 0.09 + i)))  # fmt: skip
    reel = Reel(pictures=pictures, at=(x, b.ground(depth, height=0.0)), unit=unit, depth=depth,
                surface=True)  # fmt: skip
    present(b, reel, going, front=False, grounded=False, wet=True)


def _riding(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    ride = subject.look.ride
    assert ride is not None
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    heading = 0.14 if right else math.pi - 0.14
    unit, side = MAN / depth, 1.0 if right else -1.0
    if ride.kind == "bicycle":
        gait = gaits.pedal()
        frames, stride = gait.frames, gait.stride
        bike = Coat(colour=linear(ride.colour or "#8e2f2a"), shine=0.4)
        pictures = [
            [*person.body(dress, gait.pose(k / frames), heading),
             *bicycle(bike, k / frames, heading, dress.height)]
            for k in range(frames)
        ]  # fmt: skip
    else:
        horse = beasts.build("horse", ride.colour)
        how = "walk" if subject.action == "walk" or b.shot.place == "street" else "run"
        turn = beasts.cycle(horse, how)
        frames, stride = turn.frames, turn.stride * horse.tall
        seat = gaits.astride()
        pictures = []
        for k in range(frames):
            bob = 0.03 * math.sin(2 * math.pi * k / frames - 0.9) * (how == "run")
            rider = person.body(dress, seat.pose(k / frames), heading)
            up = horse.tall * 1.03 - gaits.HIP * dress.height + bob
            back = solid.turned((-0.04, 0.0, 0.0), heading)[0]
            pictures.append([*beasts.body(horse, how, k / frames, heading),
                             *(solid.moved(s, back, up, 0.05) for s in rider)])  # fmt: skip
    step = stride * unit / frames
    step *= max(way(b, step), 0.75 if ride.kind == "bicycle" else 1.0) * side
    start = -step * b.shot.frames / 2
    rise = follow_ground(b, x, depth, abs(start) + 0.02)
    going = Going(picture=lambda n: n + 9 * i, across=step, start=start, rise=rise)
    reel = Reel(pictures=pictures, at=(x, b.ground(depth, x) + 0.004 / depth), unit=unit,
                depth=depth)  # fmt: skip
    wet = b.water is not None and b.shot.place not in WET
    present(b, reel, going, front=True, wet=wet)


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
