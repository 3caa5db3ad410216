"""Animals and birds in a scene: on the ground, in the water, in the air.

    animals   what goes on four legs, and what swims
    birds     fliers, alone, in flocks and in wedges; walkers; what sits on the water

An animal that is alone in the picture is drawn larger than life, or nobody would know it.
"""

from __future__ import annotations

import math

from reelway.engines.animatic import (
    beasts,
    closeup,
    fowl,
    framing,
    perched,
    pieces,
    sitters,
    still_life,
    swimmers,
)
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.living import MAN, ROOM_DEPTH, ROOM_FLOOR, ROOM_SIZE, way
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.solid import Coat, Cone, Solid, moved, turned
from reelway.engines.animatic.stage import (
    Going,
    Reel,
    follow_ground,
    pictured,
    present,
)
from reelway.engines.animatic.standing import WET, aside
from reelway.engines.animatic.things import things

SITTERS = {"dog", "wolf", "fox", "cat", "lion", "tiger", "leopard", "bear", "panda", "rabbit", ""}
AFLOAT, GROUND = {"swan", "goose", "duck"}, {"duck", "rooster", "hen"}
WEDGE = {"crane", "goose", "swan"}
FOLK = {"person", "crowd"}
HIGH = 0.17  # of the frame's height: over the horizon, for what flies
BLINKS = 83  # frames from one blink of a bird to the next
HEAVY = 0.7  # heights of a grown man from which on an animal is heard to tread


def _grown(b: Builder, size: float, alone: float, beside: float) -> float:
    """How much larger than life something is drawn that is `size` depth units tall."""
    people = any(s.kind in FOLK for s in b.shot.subjects)
    least = beside if people else alone
    return min(max(1.0, least / size), 3.4)


def animals(b: Builder, subject: Subject, n: int) -> None:
    breed = subject.look.breed
    if _near(b, subject) and (breed in things() or breed in swimmers.KINDS):
        return _portrait(b, subject)
    if breed in things():
        return still_life.place(b, subject, n)
    if breed in swimmers.KINDS:
        return _swimmers(b, subject, n)
    build = beasts.build(breed, subject.look.fur or subject.colour)
    swims = subject.action == "swim" and b.shot.place in WET
    airy = subject.action == "fly" or b.shot.place == "space"
    how = _how(b, subject, build)
    alone = sum(s.kind in ("animal", "bird", *FOLK) for s in b.shot.subjects) == 1
    if framing.wanted(b.shot) in framing.NEAR and alone and not airy:
        return closeup.animal(b, subject, build, how)
    for i, (x, depth) in enumerate(_herd(b, subject, build, n)):
        fit = _grown(b, build.tall * MAN, 0.19, 0.095)
        if build.tall > 1.3:
            fit = 1.05
        unit = MAN * fit / depth
        if b.shot.place == "room":
            unit, depth = ROOM_SIZE / ROOM_DEPTH * min(1.5, max(1.0, 0.3 / build.tall)), ROOM_DEPTH
            unit *= min(1.0, 0.75 / build.tall)
        kind = "graze" if how == "stand" and i % 2 and build.breed in beasts.GRAZERS else how
        if swims:
            _paddling(b, subject, build, x, depth, unit, i)
        elif airy:
            _drifting(b, subject, build, x, unit, depth, i)
        else:
            _on_foot(b, subject, build, kind, x, depth, unit, i)


def _near(b: Builder, subject: Subject) -> bool:
    """Whether the shot is of this one, taken from near."""
    alone = sum(s.kind in ("animal", "bird", *FOLK) for s in b.shot.subjects) == 1
    return framing.wanted(b.shot) in framing.NEAR and alone and subject.count == 1


def _portrait(b: Builder, subject: Subject) -> None:
    """All of what has no muzzle, as large as the picture."""
    breed, colour = subject.look.breed, subject.look.fur or subject.colour
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    front = framing.view(b.shot.prompt) == "front"
    slow, low, wet = 1, 0.50, False
    if breed in things():
        row = things()[breed]
        count, slow = max(1, row.frames), max(1, row.slow)
        airy = row.rests in ("air", "water") or b.shot.place == "underwater"
        low = 0.36 if airy else low
        pictures = pictured(b, count, lambda k: pieces.solids(
            breed, colour, k / count, left=not right))  # fmt: skip
    elif breed in swimmers.KINDS:
        kind = swimmers.KINDS[breed]
        count, low = kind.frames, 0.32
        wet = b.shot.place in WET
        pictures = pictured(b, count, lambda k: swimmers.glide(
            breed, colour, k / count, not right))  # fmt: skip
    else:
        return _bird(b, breed, colour, right, front, subject.action or "stand")
    closeup.whole(b, pictures, low=low, right=right, picture=lambda n: n // slow, wet=wet)


def _bird(
    b: Builder, breed: str, colour: str | None, right: bool, front: bool, action: str
) -> None:
    turn = 1.30 if front or breed in perched.FLAT else 0.72
    heading = turn if right else math.pi - turn
    if action == "fly":
        kind = fowl.FOWL.get(breed, fowl.FOWL[""])
        wings = pictured(b, kind.frames, lambda k: fowl.body(
            breed, colour, "fly", k / kind.frames, heading))  # fmt: skip
        return closeup.whole(b, wings, low=0.36, right=right,
                             picture=lambda n: fowl.beat(breed, n, 0))  # fmt: skip
    if breed in perched.PERCHERS:
        sits = pictured(b, 2, lambda k: perched.perched(breed, colour, heading, shut=k == 1))
        return closeup.whole(b, sits, low=0.52, right=right, behind=perched.branch,
                             picture=lambda n: int(n % BLINKS < 3))  # fmt: skip
    stands = pictured(b, 1, lambda k: fowl.body(breed, colour, "walk", 0.15, heading))
    closeup.whole(b, stands, low=0.52, right=right, picture=lambda n: 0)


def _how(b: Builder, subject: Subject, build: beasts.Build) -> str:
    if subject.look.doing == "graze" and build.breed in beasts.GRAZERS:
        return "graze"
    match subject.action:
        case "run" | "drive":
            return "run"
        case "walk":
            return "walk"
        case "dance":
            return "run"
        case "sit" if build.breed in SITTERS:
            return "sit"
        case None if subject.count > 1:
            return "walk"
    return "stand"


def _herd(b: Builder, subject: Subject, build: beasts.Build, n: int) -> list[tuple[float, float]]:
    random = stream(b.shot.seed, f"animal{n}")
    count = min(subject.count, 9)
    near = 1.15 if count == 1 else 1.25
    if build.tall > 0.75:
        near = 1.3
    near *= 1.4 if b.aerial else 1.0
    others = sum(s.element is None for s in b.shot.subjects) > 1
    if count == 1:
        side = aside(b, subject, n)
        return [(b.aside((0.24 if others else 0.10) * side), near)]
    step = (0.22 + 0.12 * min(build.tall * build.row["long"], 1.2)) * (1 if count < 5 else 0.85)
    out = []
    shift = b.aside(-0.24 * aside(b, subject, n)) if others and count < 4 else 0.0
    for i in range(count):
        row, place = i % 2, i - (count - 1) / 2
        depth = near * (1 + 0.30 * row) * float(random.uniform(0.94, 1.10))
        out.append((shift + place * step * float(random.uniform(0.85, 1.1)), depth))
    return out


def _facing(b: Builder, subject: Subject, i: int, moves: bool) -> float:
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    if moves and not subject.side:
        right = sitters.led(b, right)
    if not moves and i:
        right = float(stream(b.shot.seed, "look", i).random()) < 0.5
    turn = 0.16 if moves else 0.42
    return turn if right else math.pi - turn


def _on_foot(
    b: Builder, subject: Subject, build: beasts.Build, how: str, x: float, depth: float,
    unit: float, i: int,
) -> None:  # fmt: skip
    cycle = beasts.cycle(build, how)
    heading = _facing(b, subject, i, cycle.stride > 0)
    side = 1.0 if math.cos(heading) > 0 else -1.0
    step = cycle.stride * build.tall * unit / cycle.frames * side
    # An animal keeps its pace: rather it comes into the picture late and leaves it early.
    start = -step * b.shot.frames / 2 - 0.03 * i * side * bool(step)
    indoors = b.shot.place == "room"
    if indoors and step:
        step *= way(b, abs(step))
        start = -step * b.shot.frames / 2
    ground = ROOM_FLOOR if indoors else b.ground(depth, x) + 0.004 / depth
    rise = follow_ground(b, x, depth, abs(start) + 0.02) if step and not indoors else None
    pictures = pictured(b, cycle.frames,
                     lambda k: beasts.body(build, how, k / cycle.frames, heading))  # fmt: skip
    going = Going(picture=lambda n: n // cycle.slow + 5 * i, across=step, start=start,
                  rise=rise or (lambda dx: 0.0))  # fmt: skip
    reel = Reel(pictures=pictures, at=(x, ground), unit=unit, depth=depth,
                voice="hoof" if build.tall >= HEAVY else "paw",
                beats=beasts.BEATS.get(how, ()) if step else ())  # fmt: skip
    wet = b.water is not None and b.shot.place not in WET
    present(b, reel, going, front=True, wet=wet, indoors=indoors)


def _drifting(
    b: Builder, subject: Subject, build: beasts.Build, x: float, unit: float, depth: float, i: int
) -> None:
    """An animal in the air or in space, legs going slowly."""
    heading = _facing(b, subject, i, True)
    pictures = pictured(b, 24, lambda k: beasts.body(build, "run", k / 24, heading))
    y = b.horizon + (0.16 if b.shot.place == "space" else -HIGH * b.span) - 0.06 * i
    side = 1.0 if math.cos(heading) > 0 else -1.0
    pace = 0.05 / depth / 24 * side
    going = Going(picture=lambda n: n // 3 + 5 * i, across=pace, start=-pace * b.shot.frames / 2,
                  sway=lambda n: (0.0, 0.012 * math.sin(0.04 * n + i)))  # fmt: skip
    reel = Reel(pictures=pictures, at=(x, y), unit=unit * 1.2, depth=depth)
    present(b, reel, going, front=True, grounded=False)


def _paddling(
    b: Builder, subject: Subject, build: beasts.Build, x: float, depth: float, unit: float, i: int
) -> None:
    """Head and back above the water."""
    depth *= 1.5
    unit = unit / 1.5 * 1.15
    heading = _facing(b, subject, i, True)
    sunk = -0.74 * build.tall

    def body(k: int) -> list[Solid]:
        bob = 0.015 * math.sin(2 * math.pi * k / 24)
        solids = beasts.body(build, "walk", k / 24, heading)
        return [moved(s, 0.0, sunk + bob, 0.0) for s in solids]

    pictures = pictured(b, 24, body)
    side = 1.0 if math.cos(heading) > 0 else -1.0
    pace = 0.05 / depth / 24 * side
    going = Going(picture=lambda n: n + 7 * i, across=pace, start=-pace * b.shot.frames / 2)
    reel = Reel(pictures=pictures, at=(x, b.ground(depth, height=0.0)), unit=unit, depth=depth,
                surface=True, voice="splash", beats=(0.0, 0.5))  # fmt: skip
    present(b, reel, going, front=False, grounded=False, wet=True)


def _swimmers(b: Builder, subject: Subject, n: int) -> None:
    """Leaping out of water; where there is none they swim through the air."""
    breed = subject.look.breed
    kind = swimmers.KINDS[breed]
    random = stream(b.shot.seed, f"swimmer{n}")
    colour = subject.look.fur or subject.colour
    wet = b.shot.place in WET and subject.action != "fly"
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    side = 1.0 if right else -1.0
    for i in range(min(subject.count, 7)):
        depth = {"whale": 2.3, "fish": 1.35}.get(breed, 1.6) * (1 + 0.22 * i)
        depth *= 1.0 if wet else 0.85
        unit = MAN / depth * {"whale": 1.25, "fish": 3.0}.get(breed, 2.2)
        x = b.aside(0.10 * side) if i == 0 else b.across(float(random.uniform(-0.6, 0.6)))
        late = int(random.integers(0, 60)) if i else 3
        if wet:
            pictures = pictured(b, kind.frames, lambda k: swimmers.leap(
                breed, colour, k / kind.frames, not right))  # fmt: skip
            y, pace = b.ground(depth, height=0.0), 0.03 / depth / 24
        else:
            pictures = pictured(b, kind.frames, lambda k: swimmers.glide(
                breed, colour, k / kind.frames, not right))  # fmt: skip
            y, pace = b.horizon - 0.10 - 0.05 * (i % 3), 0.22 / depth / 24

        def picture(n: int, late: int = late) -> int:
            return n // kind.slow + late

        def sway(n: int, i: int = i) -> tuple[float, float]:
            return 0.0, 0.0 if wet else 0.015 * math.sin(0.05 * n + i)

        going = Going(picture=picture, across=pace * side,
                      start=-pace * side * b.shot.frames / 2, sway=sway)  # fmt: skip
        reel = Reel(pictures=pictures, at=(x, y), unit=unit, depth=depth, surface=wet,
                    voice="plunge", beats=swimmers.plunges(breed) if wet else ())  # fmt: skip
        present(b, reel, going, front=False if wet else True, grounded=False, wet=wet)


def birds(b: Builder, subject: Subject, n: int) -> None:
    if _near(b, subject):
        return _portrait(b, subject)
    low = subject.look.breed in GROUND and subject.action is None
    if low or subject.action in ("swim", "stand", "sit", "walk", "run", "dance"):
        return _below(b, subject, n)
    breed, colour = subject.look.breed, subject.look.fur or subject.colour
    random = stream(b.shot.seed, f"birds{n}")
    drawn = float(random.choice([-1, 1]))
    side = aside(b, subject) if subject.side else drawn
    kind = fowl.FOWL.get(breed, fowl.FOWL[""])
    count = min(subject.count, 9)
    heading = 0.50 if side > 0 else math.pi - 0.50
    pictures = pictured(b, kind.frames, lambda k: fowl.body(
        breed, colour, "fly", k / kind.frames, heading))  # fmt: skip
    wedge = breed in WEDGE and count > 1
    lead = b.across(float(random.uniform(0.05, 0.25)) * side), float(random.uniform(0.20, 0.28))
    for i in range(count):
        lone = count == 1
        depth = (1.5 if lone else 2.5) + float(random.uniform(0, 0.4 if lone else 2.2))
        x = b.across(float(random.uniform(-0.55, 0.55)) * (0.3 if lone else 1.0))
        y = b.horizon - float(random.uniform(0.12, 0.36))
        if wedge:
            arm, rank = (1 if i % 2 else -1), (i + 1) // 2
            depth = 2.6 + 0.10 * i
            x = lead[0] - side * 0.125 * rank + 0.01 * arm
            y = b.horizon - lead[1] + arm * 0.050 * rank
        boost = min(2.6, max(1.25, 0.62 / kind.size)) * (1.0 if lone else 0.9)
        unit, phase = MAN * boost / depth, float(random.uniform(0, 6.28))
        pace = side * (0.30 if not wedge else 0.26) / (2.6 if wedge else depth) / 24

        def picture(n: int, i: int = i) -> int:
            return fowl.beat(breed, n, 5 * i)

        def sway(n: int, phase: float = phase) -> tuple[float, float]:
            return 0.004 * math.sin(0.031 * n + phase), 0.008 * math.sin(0.05 * n + phase)

        going = Going(picture=picture, across=pace, start=-pace * b.shot.frames * 0.5, sway=sway)
        reel = Reel(pictures=pictures, at=(x, y), unit=unit, depth=depth)
        present(b, reel, going, front=False, grounded=False)


def _below(b: Builder, subject: Subject, n: int) -> None:
    """On the water or on the ground, wings folded."""
    breed, colour = subject.look.breed, subject.look.fur or subject.colour
    random = stream(b.shot.seed, f"birds{n}")
    kind = fowl.FOWL.get(breed, fowl.FOWL[""])
    walks = subject.action in ("walk", "run", "dance")
    wet = b.shot.place in WET and (subject.action == "swim" or breed in AFLOAT)
    frames = 20 if walks else 12
    for i in range(min(subject.count, 7)):
        depth = (1.6 if wet else 1.0) + 0.22 * i
        x = b.across(float(random.uniform(-0.42, 0.42))) if i else b.aside(0.1)
        right = float(random.random()) < 0.5 if subject.side is None else aside(b, subject) > 0
        side = 1.0 if right else -1.0
        heading = 0.25 if right else math.pi - 0.25
        boost = _grown(b, kind.size * (0.6 + kind.legs + kind.neck) * MAN, 0.10, 0.055)
        unit = MAN * boost / depth
        how = "float" if wet else "walk"

        def body(k: int, how: str = how, heading: float = heading) -> list[Solid]:
            phase = k / frames if walks or wet else 0.15
            return fowl.body(breed, colour, how, phase, heading)

        pictures = pictured(b, frames if walks or wet else 1, body)
        if not (walks or wet) and b.shot.place in WET:
            pictures = [[*p, *_stone(heading, kind.size)] for p in pictures]
        step = fowl.stride(breed) * unit / frames * side if walks and not wet else 0.0
        step = 0.05 / depth / 24 * side if wet else step
        start = -step * b.shot.frames / 2
        ground = b.ground(depth, height=0.0) if wet else b.ground(depth, x) + 0.004 / depth

        def picture(n: int, i: int = i) -> int:
            return (n if walks else n // 6) + 3 * i

        def sway(n: int, i: int = i) -> tuple[float, float]:
            return 0.0, 0.0012 * math.sin(0.09 * n + i) if wet else 0.0

        going = Going(picture=picture, across=step, start=start, sway=sway)
        reel = Reel(pictures=pictures, at=(x, ground), unit=unit, depth=depth, surface=wet)
        present(b, reel, going, front=not wet, grounded=not wet, wet=wet)


def _stone(heading: float, size: float) -> list[Solid]:
    rock = Coat(colour=linear("#5f5a52"))
    a, e = turned((-0.3 * size, -0.06, 0.0), heading), turned((0.3 * size, -0.08, 0.0), heading)
    return [Cone(a=a, b=e, ra=0.09, rb=0.08, coat=rock, lift=-0.5)]
