"""People in a scene: who they are, what they do, where they go.

    people    one person, several, a crowd; indoors, on stairs, in the water, in the air, riding

Depth units are about nine metres: a grown man is `MAN` of them tall.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from reelway.engines.animatic import (
    beasts,
    framing,
    gaits,
    holding,
    meeting,
    person,
    riders,
    room,
    seats,
    sitters,
)
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.gaits import Gait
from reelway.engines.animatic.grammar import AFLOAT, Subject
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.stage import Going, Reel, follow_ground, pictured, present
from reelway.engines.animatic.standing import WET, aside
from reelway.engines.animatic.terrain import EYE

MAN = 0.19
ROOM_DEPTH, ROOM_SIZE, ROOM_FLOOR = 1.15, 0.56, 0.40
SHARE = 0.62  # of the frame's half width to either side that a way takes
LEAST = 0.60  # how short steps may get so that somebody stays in the picture
MOST = 12  # figures of one subject
DOWNHILL, DROP = ("ski", "snowboard"), 0.55  # heights that one goes down in a shot
DEEP = ("away", "toward")
SOLID = {"moon", "mars"}  # ground in space


def people(b: Builder, subject: Subject, n: int) -> None:
    from reelway.engines.animatic import afloat, climbing, still_life

    look, count = subject.look, min(subject.count, MOST)
    laid = meeting.laid(b.shot)
    if laid is not None and subject is sitters.folk(b)[0] and not sitters.near(b, subject):
        still_life.between(b, laid)
    if look.throng:
        count = MOST - 1
    name = f"{look.breed}{n}"
    space = b.shot.place == "space" and b.shot.site not in SOLID
    if space and not look.breed:
        look = replace(look, breed="astronaut")
    if sitters.near(b, subject):
        return sitters.seat(b, subject, n)
    for i, (x, depth) in enumerate(places(b, subject, count, n)):
        dress = sitters.equipped(
            person.dressed(look, b.shot.seed, name, i), sitters.deed(b, subject)
        )
        if climbing.sheer(b, subject):
            climbing.ascend(b, subject, dress, i)
        elif b.shot.place == "room":
            _indoors(b, subject, dress, x, i)
        elif space or subject.action == "fly":
            _aloft(b, subject, dress, x, i)
        elif look.doing in AFLOAT and b.shot.place in WET:
            afloat.ride(b, subject, dress, x, depth, i)
        elif subject.action == "swim" and b.shot.place in WET:
            afloat.swim(b, subject, dress, x, depth, i)
        else:
            _outdoors(b, subject, dress, x, depth, i)


def first(b: Builder) -> tuple[float, float, float]:
    """View x, view y of the feet and depth of the first of a shot's people."""
    subject = next((s for s in b.shot.subjects if s.kind in ("person", "crowd")), None)
    if subject is None:
        return 0.0, ROOM_FLOOR if b.shot.place == "room" else b.horizon + EYE, 1.0
    x, depth = places(b, subject, min(subject.count, MOST), b.shot.subjects.index(subject))[0]
    if b.shot.place == "room":
        return _in_room(b, subject, x, 0), ROOM_FLOOR, ROOM_DEPTH
    return x, b.ground(depth, x), depth


def across(b: Builder) -> list[float]:
    """View x of each of a shot's people."""
    folk = [(n, s) for n, s in enumerate(b.shot.subjects) if s.kind in ("person", "crowd")]
    return [x for n, s in folk for x in stood(b, s, n)]


def unit_of(b: Builder, subject: Subject, depth: float) -> float:
    """View units a height of a grown man: as the shot is framed, else so that one sees them."""
    size = framing.wanted(b.shot)
    if size == "full" and subject.count <= 3:
        tall = 1.25 if subject.look.ride else 1.0
        return 0.80 * b.span / tall if b.half_width > 0.3 else 0.9
    people = len(sitters.folk(b))
    alone = len(b.shot.subjects) == 1 and people == 1
    fast = subject.look.ride or subject.action == "run"  # or they would be out of the picture
    close = 2.1 if meeting.kind(b.shot) else 1.6
    usual = 1.25 if people > 3 or fast else 1.9 if alone else close
    return MAN * {"wide": 1.0, "far": 0.5, "full": 1.7}.get(size, usual) / depth


def places(b: Builder, subject: Subject, count: int, n: int) -> list[tuple[float, float]]:
    """(x, depth) of each: a few side by side, more in rows one behind another."""
    random = stream(b.shot.seed, f"people{n}")
    shift = float(random.uniform(-0.05, 0.05))
    alone = sum(s.element is None for s in b.shot.subjects) == 1
    near = 0.72 if count == 1 and alone else 0.84 if count <= 3 else 1.02
    if count == 1 and alone and _small(subject):
        near = 0.62
    near *= 2.0 if b.aerial else 1.0
    # Nobody's feet are cut off by the frame.
    while b.ground(near) > b.span / 2 - 0.055 and near < 1.5:
        near *= 1.06
    unit = unit_of(b, subject, near)
    together = [sitters.pair_place(b, subject, i, unit) for i in range(count)]
    if together[0] is not None:
        return [(x + b.aside(0.1), near) for x in together if x is not None]
    row = sitters.in_row(b, subject) if count == 1 else None
    if row is not None:
        return [(shift + b.across(row), near * 1.1)]
    if count == 1:
        return [(shift + b.aside((0.16 if alone else 0.30) * aside(b, subject, n)), near)]
    out = []
    front = min(count, 4 if count < 8 else 5)
    for i in range(count):
        row, place = (0, i) if i < front else (1 + (i - front) // 5, (i - front) % 5)
        wide = front if row == 0 else min(5, count - front)
        depth = near * (1 + 0.55 * row) * float(random.uniform(0.92, 1.10))
        step = (0.27 if wide > 2 else 0.25) * float(random.uniform(0.85, 1.15))
        x = shift + (place - (wide - 1) / 2) * step + (0.11 if row % 2 else 0.0)
        out.append((x, depth))
    return out


def stood(b: Builder, subject: Subject, n: int) -> list[float]:
    """View x of each, on the ground or on a floor."""
    found = places(b, subject, min(subject.count, MOST), n)
    indoors = b.shot.place == "room"
    return [_in_room(b, subject, x, i) if indoors else x for i, (x, _) in enumerate(found)]


def _small(subject: Subject) -> bool:
    return subject.look.breed in person.YOUNG


def gait_of(b: Builder, subject: Subject, dress: Dress) -> Gait:
    """How somebody of this age does it."""
    doing = sitters.deed(b, subject)
    if doing is not None:
        return doing.gait
    stoop = 0.16 if dress.old else 0.0
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
            free = 0 if dress.hold or stoop else int(dress.face.seed * 7.99)
            return gaits.stand(stoop, 36 if subject.count <= 3 else 12, free)


def way(b: Builder, speed: float) -> float:
    """How much shorter steps must get so that a way at this speed (view units a frame) stays
    in the picture."""
    most = 2 * SHARE * min(b.half_width, 0.89)
    return float(np.clip(most / max(speed * b.shot.frames, 1e-6), LEAST, 1.0))


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
    if gait.stride and not subject.side:
        right = sitters.led(b, right)
    doing = subject.look.doing
    viewed = framing.view(b.shot.prompt)
    if viewed and not gait.stride:
        turn = {"back": -1.25, "front": math.pi / 2, "side": 0.06}[viewed]
        return turn if right else math.pi - turn
    if viewed in ("front", "back") and doing not in DEEP and gait.stride:
        turn = 1.25 if viewed == "front" else -1.25
        return turn if right else math.pi - turn
    partner = sitters.partner(b, subject, i)
    if partner and not gait.stride:
        return 0.45 if partner > 0 else math.pi - 0.45
    if doing in DEEP:
        return math.pi / 2 * (1 if doing == "toward" else -1) * (0.96 if right else 1.04)
    if gait.stride:
        return 0.12 if right else math.pi - 0.12
    turn = 0.95 if gait.busy or subject.look.doing in (
        "wave", "jump", "dance") else 0.45 + 0.7 * float(
        random.random())  # fmt: skip
    if gait.pose(0.0).seated:
        turn = 1.40 if meeting.kind(b.shot) else 0.45  # the one between two others
    watching = (
        subject.action == "stand"
        and not meeting.kind(b.shot)
        and not b.shot.script.lines
        and subject.count <= 2
        and b.shot.place != "street"
    )
    if watching and subject.look.doing is None:  # looks into the scene with us
        turn = -0.75 - 0.4 * float(random.random())
    return turn if right else math.pi - turn


def _outdoors(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    if subject.look.ride:
        return _riding(b, subject, dress, x, depth, i)
    gait = gait_of(b, subject, dress)
    unit = unit_of(b, subject, depth)
    deep = subject.look.doing in DEEP and gait.stride > 0
    if deep and depth < 1.3 and subject.look.doing == "away":
        depth *= 0.9
    if gait.stride and not deep:
        speed = gait.stride * dress.height * unit / gait.frames
        gait = gaits.shortened(gait, way(b, speed))
    gait = holding.held(dress, gait)
    heading = _heading(b, subject, i, gait)
    _walked(b, subject, dress, gait, heading, x, depth, i, unit=unit)


def _walked(
    b: Builder, subject: Subject, dress: Dress, gait: Gait, heading: float, x: float, depth: float,
    i: int, *, unit: float, y: float | None = None,
) -> None:  # fmt: skip
    """On its feet, on the ground or on a floor."""
    detail = unit * dress.height > 0.075
    gait, faces = sitters.spoken(b, subject, dress, gait, i)
    pictures = pictured(b, gait.frames, lambda k: person.body(
        dress, gait.pose(k / gait.frames), heading, detail=detail,
        says=faces[k % len(faces)]))  # fmt: skip
    pictures = holding.geared(sitters.deed(b, subject), pictures, heading, dress)
    if gait.pose(0.0).seated and not subject.look.ride:
        pictures = [[*p, *seats.under(b, subject, heading)] for p in pictures]
    step = gait.stride * dress.height * unit / gait.frames
    side = 1.0 if math.cos(heading) > 0 else -1.0
    phase = 0 if len(faces) > 2 else 7 * i
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
        if subject.look.doing in DOWNHILL and y is None:
            fall = DROP * unit / max(b.shot.frames, 1)
            going = replace(going, sway=lambda n: (0.0, fall * (n - b.shot.frames / 2)))
    else:
        going = Going(picture=lambda n: n // gait.slow + phase)
    reel = Reel(pictures=pictures, at=(x, ground), unit=unit, depth=depth, voice=gait.sound,
                beats=gait.beats)  # fmt: skip
    wet = b.water is not None and b.shot.place not in WET
    present(b, reel, going, front=True, wet=wet, indoors=b.shot.place == "room")
    holding.halo(b, dress, reel, going, heading)
    holding.named(b, dress, reel, going)


def _indoors(b: Builder, subject: Subject, dress: Dress, x: float, i: int) -> None:
    """On the room's floor, or going up its stairs."""
    unit = ROOM_SIZE / ROOM_DEPTH
    if framing.wanted(b.shot) == "full" and subject.count <= 2:
        unit = 0.76 * b.span
    if room.has_stairs(b.shot.prompt) and subject.action not in ("sit", "dance"):
        return _climbing(b, subject, dress, i)
    gait = gait_of(b, subject, dress)
    x = _in_room(b, subject, x, i)
    if gait.stride:
        speed = gait.stride * dress.height * unit / gait.frames
        gait = gaits.shortened(gait, way(b, speed))
    gait = holding.held(dress, gait)
    heading = _heading(b, subject, i, gait)
    at = seats.furnished(b, subject, i) if gait.pose(0.0).seated else None
    if at is not None:
        x, y, unit, depth = at
        heading = math.pi / 2 - 0.45 * (1 if math.cos(heading) > 0 else -1)  # its back to the wall
        return _walked(b, subject, dress, gait, heading, x, depth, i, unit=unit, y=y)
    _walked(b, subject, dress, gait, heading, x, ROOM_DEPTH, i, unit=unit, y=ROOM_FLOOR)


def _in_room(b: Builder, subject: Subject, x: float, i: int) -> float:
    """View x; in an upright picture nearer to the middle."""
    together = sitters.pair_place(b, subject, i, ROOM_SIZE / ROOM_DEPTH)
    if together is not None:
        return together
    x = 2.0 * x - 0.06 if subject.side is None else 0.25 * aside(b, subject) + 0.3 * i
    return x * min(1.0, 0.12 + b.half_width)


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
    gait = holding.held(dress, gait)
    count = frames // slow if moving else gait.frames
    pictures = pictured(b, count, lambda k: person.body(dress, gait.pose(k / count), 0.1))
    at = (left + (first - 0.25) * tread, low - (first + 0.1) * rise)
    per = 2 / (count * slow) if moving else 0.0  # steps a frame

    def sway(n: int) -> tuple[float, float]:
        return 0.0, -per * n * rise

    going = Going(picture=lambda n: n // (slow if moving else gait.slow), across=per * tread,
                  sway=sway)  # fmt: skip
    reel = Reel(pictures=pictures, at=at, unit=unit, depth=depth, voice="step", beats=gait.beats)
    present(b, reel, going, front=True, grounded=False, indoors=True)


def _aloft(b: Builder, subject: Subject, dress: Dress, x: float, i: int) -> None:
    gait = gaits.float_()
    depth = 1.05 + 0.3 * i
    y = b.horizon + (0.22 if b.shot.place == "space" else 0.04) - 0.05 * i
    side = aside(b, subject, i)
    heading = 0.5 if side > 0 else math.pi - 0.5
    pictures = pictured(b, gait.frames,
                     lambda k: person.body(dress, gait.pose(k / gait.frames), heading))  # fmt: skip
    pace = 0.04 / depth * side / 24

    def sway(n: int) -> tuple[float, float]:
        return 0.0, 0.014 * math.sin(0.0375 * n + i)

    going = Going(picture=lambda n: n // gait.slow + 5 * i, across=pace,
                  start=-pace * b.shot.frames / 2, sway=sway)  # fmt: skip
    reel = Reel(pictures=pictures, at=(x + b.aside(0.08), y), unit=1.25 * MAN / depth, depth=depth)
    present(b, reel, going, front=True, grounded=False)


def _riding(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    ride = subject.look.ride
    assert ride is not None
    right = aside(b, subject) > 0 if subject.side else sitters.led(b, aside(b, subject) < 0)
    heading = 0.14 if right else math.pi - 0.14
    unit, side = unit_of(b, subject, depth), 1.0 if right else -1.0
    how = "run" if subject.action == "run" and b.shot.place != "street" else "walk"
    pictures, stride = riders.mounted(dress, ride, heading, how)
    frames = len(pictures)
    hooves, engine = ride.kind == "horse", ride.kind == "motorcycle"
    step = stride * unit / frames
    step *= max(way(b, step), 1.0 if hooves else 0.75) * side
    if engine:  # as fast as lets it stay in the picture
        step = 2 * SHARE * min(b.half_width, 0.89) * side / max(b.shot.frames, 1)
    start = -step * b.shot.frames / 2
    rise = follow_ground(b, x, depth, abs(start) + 0.02)
    going = Going(picture=lambda n: n + 9 * i, across=step, start=start, rise=rise)
    reel = Reel(pictures=pictures, at=(x, b.ground(depth, x) + 0.004 / depth), unit=unit,
                depth=depth, voice="hoof" if hooves else "motorbike" if engine else ride.kind,
                beats=beasts.BEATS[how] if hooves else ())  # fmt: skip
    wet = b.water is not None and b.shot.place not in WET
    present(b, reel, going, front=True, wet=wet)
