"""Things in a scene: on the ground, on a table, in the air, in the water.

    place      things of `things.json`; creatures of it crawl, hop, flutter and glide
    tabled     whether something lies on a table
    stage_of   where the n-th of a kind is, how large and how deep: `Spot`

What is small is drawn larger than life, or nobody would know it: alone it fills a good part of the
picture, on a table that takes the lower part of it; beside people it stays a thing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import framing, meeting, pieces, seats, solid
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, rgb, to_display
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.guise import LIVING
from reelway.engines.animatic.living import MAN, ROOM_DEPTH, ROOM_FLOOR, ROOM_SIZE, SOLID
from reelway.engines.animatic.noise import fbm, stream
from reelway.engines.animatic.solid import Coat, Cone, Limb, Loft, Solid, moved
from reelway.engines.animatic.stage import Going, Reel, motion_of, pictured, present
from reelway.engines.animatic.standing import WET, aside
from reelway.engines.animatic.things import Row, things

Array = npt.NDArray[Any]
MOST = 9  # of one thing
ON_TABLE = re.compile(
    r"\bon (?:a|an|the|his|her|top of a)\s+(?:\w+\s+){0,2}(?:table|desk|counter|countertop|shelf|"
    r"plate|tray|surface|pedestal|podium|nightstand|bench)\b|tabletop|product (?:shot|photo)"
    r"|(?:桌|台|案|吧台|盘子|架)(?:子)?上|产品(?:展示|特写|广告)"
)
TABLE = 0.115  # view y of a table's far edge; things stand below it
ALONE, AMONG = 0.34, 0.20  # of the frame's height that a thing takes at least
TALLEST = 0.66
SMALL = 0.10  # view units that a thing is tall at least, beside people
LIGHTS = {"candle", "lantern", "sky lantern", "lamp", "street lamp", "pumpkin", "crystal"}
WOOD = Coat(colour=linear("#6b4a30"))
DEEP = 0.9  # of what stands before everything


@dataclass(frozen=True, kw_only=True)
class Spot:
    x: float
    y: float
    unit: float
    depth: float
    airy: bool = False
    wet: bool = False
    on: str = ""  # "table" before us, "stand" one of its own


def place(b: Builder, subject: Subject, n: int) -> None:
    if seats.taken(b, subject):
        return
    row = things()[subject.look.breed]
    colour = subject.look.fur or subject.colour
    moving = subject.action not in ("stand", "sit")
    for i in range(1 if row.goes == "hang" else min(subject.count, MOST)):
        spot = stage_of(b, subject, row.size * _tall(subject.look.breed), row.rests, n, i)
        left = (aside(b, subject) > 0) == (row.kind == "animal" and spot.on == "")
        left = left if row.kind == "animal" else False
        frames = row.frames if row.frames > 1 else 1

        def body(k: int, left: bool = left, spot: Spot = spot, frames: int = frames) -> list[Solid]:
            made = pieces.solids(subject.look.breed, colour, k / frames, left=left)
            return propped(made, row.size, spot)

        pictures = pictured(b, frames, body)
        reel = Reel(pictures=pictures, at=(spot.x, spot.y), unit=spot.unit, depth=spot.depth,
                    surface=spot.wet and not spot.airy)  # fmt: skip
        going = _going(b, row, spot, moving, -1.0 if left else 1.0, i)
        grounded = not (spot.airy or spot.wet)
        shown(b, reel, going, spot, grounded, f"{n}{i}")
        if subject.look.breed in LIGHTS:
            _halo(b, reel, going, spot, row.size * _tall(subject.look.breed))
        if subject.look.breed == "kite" and i == 0:
            _string(b, spot, going)


def lit_at(b: Builder, subject: Subject) -> tuple[float, float, float]:
    """View x and y of what shines of the first of a thing, and its depth."""
    row, tall = things()[subject.look.breed], _tall(subject.look.breed)
    spot = stage_of(b, subject, row.size * tall, row.rests, b.shot.subjects.index(subject), 0)
    up = row.size * tall * 0.92 + (0.40 if spot.on == "stand" else 0.0)
    return spot.x, spot.y - up * spot.unit, spot.depth


def shown(b: Builder, reel: Reel, going: Going, spot: Spot, grounded: bool, name: str) -> None:
    if spot.on == "table":
        _table(b, name)
    wet = spot.wet or (grounded and b.water is not None and b.shot.place not in WET)
    present(b, reel, going, front=not spot.airy or spot.depth < 2, grounded=grounded, wet=wet,
            indoors=b.shot.place == "room")  # fmt: skip


def _tall(name: str) -> float:
    """Units of its own that a thing is tall."""
    return _measured(name)[1]


def _measured(name: str) -> tuple[float, float]:
    """Half its width and its height, in its own unit."""
    left, right, _, high = solid.bounds(pieces.solids(name))
    size = things()[name].size
    return max(-left, right) / size, max(high / size, 0.2)


def tabled(b: Builder, rests: str) -> bool:
    if adrift(b) or b.shot.place == "underwater":
        return False
    return rests == "table" or (rests == "ground?" and bool(ON_TABLE.search(b.shot.prompt.lower())))


def adrift(b: Builder) -> bool:
    """Whether there is no ground."""
    return b.shot.place == "space" and b.shot.site not in SOLID


def _company(b: Builder) -> bool:
    return any(s.kind in LIVING and s.look.breed not in things() for s in b.shot.subjects)


def _lying(b: Builder) -> list[Subject]:
    return [s for s in b.shot.subjects if s.kind == "stand-in" or s.look.breed in things()]


def stage_of(b: Builder, subject: Subject, tall: float, rests: str, n: int, i: int) -> Spot:
    """`tall`: heights of a grown man."""
    shot, count = b.shot, min(subject.count, MOST)
    random = stream(shot.seed, f"thing{n}", i)
    company, near = _company(b), framing.size(shot.prompt) in framing.NEAR
    airy = rests == "air" or subject.action == "fly" or adrift(b)
    if shot.place == "underwater":
        airy = airy or rests == "water"
    alone = not company and len(_lying(b)) == 1 and count == 1
    share = (0.55 if near else ALONE) if alone else AMONG
    if airy:
        return _in_air(b, subject, tall, share, i, count, random)
    if rests == "water" and shot.place in WET:
        depth = 1.5 + 0.25 * i
        unit = max(MAN * 1.6 / depth, 0.55 * share * b.span / tall / depth * 1.4)
        x = b.across(_row(subject, b, i, count) * 0.7)
        return Spot(x=x, y=b.ground(depth, height=0.0) + 0.35 * unit * tall * 0.4, unit=unit,
                    depth=depth, wet=True)  # fmt: skip
    if tabled(b, rests) and not company:
        things_ = [s for s in _lying(b) for _ in range(min(s.count, MOST))]
        mine = sum(min(s.count, MOST) for s in _lying(b)[: _lying(b).index(subject)]) + i
        size = min(0.50 if near else 0.40, 0.62 / math.sqrt(len(things_))) * b.span
        # Of several each keeps a little of its own size.
        usual = max(_size(s) for s in _lying(b))
        size *= (tall / usual) ** 0.45
        room = 1.7 * min(b.half_width, 0.9) / len(things_) / max(_wide(subject), 0.1)
        x = (mine - (len(things_) - 1) / 2) * min(0.5, 1.35 / len(things_)) * min(b.half_width, 0.9)
        unit = min(min(size, 0.5 * b.span) / tall, room)
        y = 0.24 * b.span + 0.05 * (mine % 2)
        return Spot(x=x, y=y, unit=unit, depth=DEEP, on="table")
    indoors = shot.place == "room"
    depth = ROOM_DEPTH if indoors else 0.86 + 0.22 * (i % 2) + 0.04 * i
    life = ROOM_SIZE / ROOM_DEPTH if indoors else MAN * 1.6 / depth
    while not indoors and b.ground(depth) > b.span / 2 - 0.05 and depth < 1.5:
        depth *= 1.06
    least = SMALL if company else (0.8 if count > 1 else 1.0) * share * b.span
    unit = max(life, min(least / tall, 5.0 * life))
    if tall > 1.6:  # a wheel, a coaster: far off
        depth = 2.2
        unit = max(MAN * 1.1 / depth, 0.45 * b.span / tall)
    unit = min(unit, TALLEST * b.span / tall, 1.1 * b.half_width / tall / 0.6)
    x = b.across(_row(subject, b, i, count))
    y = ROOM_FLOOR if indoors else b.ground(depth, x) + 0.004 / depth
    if indoors and company:
        y += 0.02
    stand = "stand" if tabled(b, rests) and tall < 0.8 and company else ""
    between = _middle(b) if stand and not subject.side else None
    if between is not None:
        return _between(b, between)
    return Spot(x=x, y=y, unit=life if stand else unit, depth=depth, on=stand)


def _middle(b: Builder) -> float | None:
    """View x between two who sit."""
    from reelway.engines.animatic import living

    folk = [s for s in b.shot.subjects if s.kind in ("person", "crowd")]
    if not 2 <= sum(s.count for s in folk) <= 3 or not any(s.action == "sit" for s in folk):
        return None
    at = living.across(b)
    return sum(at) / len(at)


def _in_air(
    b: Builder, subject: Subject, tall: float, share: float, i: int, count: int,
    random: np.random.Generator,
) -> Spot:  # fmt: skip
    depth = 1.3 + 0.5 * i if count > 1 else 1.3
    size = share * b.span * (0.62 if count > 1 or _company(b) else 0.85) / (1 + 0.25 * i)
    unit = max(MAN * 1.2 / depth, size / tall) if tall < 1.5 else 0.42 * b.span / tall
    if b.shot.place == "underwater":
        unit = max(unit, 0.9 * size / tall)
    unit = min(unit, 0.5 * b.span / tall)
    x = b.across(_row(subject, b, i, count) * 0.8)
    high = 0.10 + 0.08 * float(random.random()) + (0.09 if i % 2 else 0.0)
    y = b.horizon - high
    if b.shot.place in ("room", "underwater") or adrift(b):
        y = 0.02
    if b.shot.place == "underwater":
        y = 0.06 + 0.12 * float(random.uniform(-1, 1)) * (count > 1)
    y = max(y, -0.42 * b.span + unit * tall)
    return Spot(x=x, y=y, unit=unit, depth=depth, airy=True)


def _size(s: Subject) -> float:
    if s.look.breed in things():
        return things()[s.look.breed].size * _tall(s.look.breed)
    return 0.5


def _wide(s: Subject) -> float:
    """Heights of a grown man that it is wide."""
    if s.look.breed in things():
        return 2 * things()[s.look.breed].size * _measured(s.look.breed)[0]
    return 0.36


def _row(subject: Subject, b: Builder, i: int, count: int) -> float:
    """−1…1 across the frame: beside who is there, side by side."""
    kin = _lying(b)
    mine = kin.index(subject) if subject in kin else 0
    side = aside(b, subject)
    if count > 1:
        return (i - (count - 1) / 2) * 1.1 / count + 0.1 * side * mine
    if _company(b):
        return (0.16 - 0.42 * mine if mine < 2 else 0.5) * (side if subject.side else -side) + (
            0.42 * side if subject.side else 0.0
        )
    return (0.10 * side if len(kin) == 1 else (mine - (len(kin) - 1) / 2) * 1.2 / len(kin)) + (
        0.35 * side if subject.side else 0.0
    )


def propped(made: list[Solid], size: float, spot: Spot) -> list[Solid]:
    """On a small table of its own, where it has company."""
    if spot.on != "stand":
        return made
    grow = max(1.0, 0.16 / max(size, 0.1))
    top, half = 0.40, max(0.26, size * 0.75 * grow)
    out: list[Solid] = [
        Limb(points=[(x, top, -0.05), (x * 1.06, 0.0, -0.05)], radii=[0.020, 0.016], coat=WOOD)
        for x in (-half * 0.86, half * 0.86)
    ]
    out.append(Loft(a=(0.0, top - 0.03, -0.04), b=(0.0, top, -0.04), left=[half, half],
                    right=[half, half], coat=WOOD))  # fmt: skip
    out.append(Cone(a=(-half, top, -0.03), b=(half, top, -0.03), ra=0.018, rb=0.018, coat=WOOD))
    return out + [moved(s, 0.0, top, 0.0, grow) for s in made]


def between(b: Builder, laid: str) -> None:
    """A table where people sit together and nothing else stands on one: with cups, or `laid`."""
    middle = _middle(b)
    named = [s for s in _lying(b) if s.look.breed in things()]
    if middle is None or any(tabled(b, things()[s.look.breed].rests) for s in named):
        return
    spot = _between(b, middle)
    size = things()[laid].size if laid else 0.2
    on = pieces.solids(laid) if laid else [
        moved(s, x, 0.0, 0.0) for x in (-0.13, 0.11)
        for s in pieces.solids("coffee cup", left=x < 0, by=0.5)]  # fmt: skip
    reel = Reel(pictures=pictured(b, 1, lambda k: propped(on, size, spot)), at=(spot.x, spot.y),
                unit=spot.unit, depth=spot.depth)  # fmt: skip
    present(b, reel, Going(picture=lambda n: 0), front=True, indoors=b.shot.place == "room")


def _between(b: Builder, x: float) -> Spot:
    """A table's place among those who sit at it, a little nearer to us than they are."""
    from reelway.engines.animatic import living

    depth, y, unit = ROOM_DEPTH, ROOM_FLOOR, ROOM_SIZE / ROOM_DEPTH
    if b.shot.place != "room":
        who = next(s for s in b.shot.subjects if s.kind in ("person", "crowd"))
        at, depth = living.places(b, who, who.count, b.shot.subjects.index(who))[0]
        y, unit = b.ground(depth, at) + 0.004 / depth, living.unit_of(b, who, depth)
    return Spot(x=x, y=y + 0.02 * unit, unit=unit, depth=0.99 * depth, on="stand")


def top_between(b: Builder) -> tuple[float, float, float] | None:
    """View x and y of that table's top, and a depth just before it."""
    middle = _middle(b) if meeting.laid(b.shot) is not None and b.shot.place == "room" else None
    if middle is None:
        return None
    spot = _between(b, middle)
    return middle, spot.y - 0.41 * spot.unit, spot.depth * 0.995


def _going(b: Builder, row: Row, spot: Spot, moving: bool, side: float, i: int) -> Going:
    """Its way through the shot."""
    pace = {"crawl": 0.05, "waddle": 0.10, "glide": 0.13, "roll": 0.16, "hop": 0.09,
            "flutter": 0.05}.get(row.goes, 0.0)  # fmt: skip
    if not moving or spot.on or (row.goes == "roll" and not moving):
        pace = 0.0
    step = pace * min(b.half_width, 0.9) / 24 * side / max(spot.depth, 0.8)
    slow, late = max(1, row.slow), 5 * i
    hop = spot.unit * row.size * 0.30

    def sway(n: int) -> tuple[float, float]:
        a = 0.05 * n + 1.7 * i
        match row.goes:
            case "flutter":
                return 0.035 * math.sin(1.3 * a) + 0.02 * math.sin(2.9 * a), (
                    0.030 * math.sin(2.1 * a + 1) + 0.012 * math.sin(5.3 * a))  # fmt: skip
            case "hover" | "drift" if spot.airy or spot.wet:
                return 0.010 * math.sin(0.8 * a), 0.012 * math.sin(1.1 * a + 1)
            case "rise":
                return 0.008 * math.sin(a), -0.0009 * n
            case "hop" if moving and not spot.on:
                return 0.0, -hop * max(0.0, math.sin(2 * math.pi * n / 26 + i))
            case "glide":
                return 0.0, 0.010 * math.sin(a)
        return 0.0, 0.0

    return Going(picture=lambda n: n // slow + late, across=step,
                 start=-step * b.shot.frames / 2, sway=sway)  # fmt: skip


def _table(b: Builder, name: str) -> None:
    """A table's top before us, once in a shot."""
    if b.heard is not None or any(layer.order == DEEP * 1.02 for layer in b.layers):
        return
    seen = b.window(DEEP, TABLE)
    tone, light = linear("#7a5232"), solid.shade(b.light, indoors=b.shot.place == "room")
    lit = light.fill + light.key * 0.55

    def paint(w: Window) -> tuple[Array, Array]:
        down = np.clip((w.ys - TABLE) / 0.4, 1e-3, 2)[:, None]
        far = 0.35 / (0.35 + down)
        grain = fbm(b.shot.seed, "table", w.xs * 2.0, w.ys * 60, octaves=4)
        planks = np.abs((w.xs[None, :] * far * 2.6 + 0.5) % 1 - 0.5) > 0.488
        shown = tone * (0.80 + 0.16 * grain + 0.25 * (1 - far))[..., None] * lit
        shown = np.where(planks[..., None], shown * 0.6, shown)
        edge = np.exp(-(((w.ys - TABLE) / 0.006) ** 2))[:, None, None]
        return to_display(shown * (1 + 0.8 * edge)), np.ones((w.height, w.width), np.float32)

    b.add(DEEP, seen, paint, front=True, mirrored=False, order=DEEP * 1.02)


def _halo(b: Builder, reel: Reel, going: Going, spot: Spot, tall: float) -> None:
    """The light that it gives off in the dark."""
    dark = max(b.light.lamps, 0.45 if b.shot.place == "room" else 0.0)
    if dark < 0.3 or b.heard is not None:
        return
    up = (tall * 0.75 + (0.40 if spot.on == "stand" else 0.0)) * spot.unit
    x, y, reach = spot.x, spot.y - up, max(0.05, 0.45 * tall * spot.unit)
    window = Window.of(x - 4 * reach, y - 4 * reach, x + 4 * reach, y + 4 * reach, 120.0)

    def paint(w: Window) -> tuple[Array, None]:
        far = np.hypot(w.xs[None, :] - x, w.ys[:, None] - y) / reach
        glow = 0.45 * np.exp(-far * 1.5) * dark * np.clip(4 - far, 0, 1)
        return (glow[..., None] * rgb("#ffb45e")).astype(np.float32), None

    still = replace(going, picture=lambda n: 0)
    b.add(reel.depth * 0.999, window, paint, added=True, soft=True, front=True,
          motion=motion_of(b, reel, still, window))  # fmt: skip


def _string(b: Builder, spot: Spot, going: Going) -> None:
    """From a kite down to who flies it."""
    if b.heard is not None or not _company(b):
        return
    from reelway.engines.animatic import living

    who = next(s for s in b.shot.subjects if s.kind in LIVING)
    x, depth = living.places(b, who, 1, b.shot.subjects.index(who))[0]
    y = b.ground(depth, x) - 0.24 / depth
    coat = Coat(colour=linear("#d8d4c8"))
    far = ((x - spot.x) / spot.unit, (spot.y - y) / spot.unit, 0.0)
    mid = (far[0] * 0.45, far[1] * 0.60, 0.0)
    line = Limb(points=[(0.0, 0.05, 0.0), mid, far], radii=[0.004, 0.004, 0.004], coat=coat)
    reel = Reel(pictures=[[line]], at=(spot.x, spot.y), unit=spot.unit, depth=spot.depth)
    still: Callable[[int], int] = lambda n: 0  # noqa: E731
    present(b, reel, Going(picture=still, sway=going.sway), front=True, grounded=False)
