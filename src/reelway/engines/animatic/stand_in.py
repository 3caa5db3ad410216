"""What no lexicon knows: a plain figure in its place, with the word above it.

    stand_ins   a rounded grey body that goes where the prompt says, and its label

Its outline is of the class that the prompt tells: what flies is round, what drives or lies is flat,
what is on a table is a lump there, anything else is tall. The label is in letters that some font
here has; a word in others gets a question mark. What is drawn so stays among the unknown words.
"""

from __future__ import annotations

import math

from reelway.engines.animatic import labels, still_life
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.living import MAN, ROOM_DEPTH, ROOM_FLOOR, ROOM_SIZE, way
from reelway.engines.animatic.props import GREY
from reelway.engines.animatic.solid import Cone, Solid
from reelway.engines.animatic.stage import Going, Reel, present
from reelway.engines.animatic.standing import aside

FRAMES = 24
SPEED = {"walk": 0.5, "run": 1.1, "fly": 0.5, "swim": 0.35, "drive": 1.2, "sail": 0.35}
# The ends of each outline: from (x, y) to (x, y), half as thick as each; how tall it is.
OUTLINES = {
    "tall": ((0.0, 0.17), (0.0, 0.49), (0.17, 0.13), 0.62),
    "flat": ((-0.36, 0.15), (0.36, 0.15), (0.15, 0.15), 0.30),
    "round": ((0.0, 0.20), (0.0, 0.21), (0.20, 0.20), 0.41),
    "lump": ((0.0, 0.16), (0.0, 0.30), (0.16, 0.11), 0.41),
}
FLAT = {"drive", "sail", "swim"}


def outline(subject: Subject, table: bool) -> str:
    if table:
        return "lump"
    if subject.action in FLAT:
        return "flat"
    if subject.look.doing == "handled":
        return "lump"
    return "round" if subject.action == "fly" else "tall"


def stand_ins(b: Builder, subject: Subject, n: int) -> None:
    label = labels.label(subject.look.breed)
    table = still_life.tabled(b, "ground?")
    shape = outline(subject, table)
    tall = OUTLINES[shape][3]
    if table:
        for i in range(min(subject.count, still_life.MOST)):
            spot = still_life.stage_of(b, subject, tall, "table", n, i)
            reel = Reel(pictures=[_propped(shape, spot)], at=(spot.x, spot.y), unit=spot.unit,
                        depth=spot.depth)  # fmt: skip
            still_life.shown(b, reel, Going(), spot, True, f"{n}{i}")
            labels.sign(b, reel, Going(), label, tall + (0.40 if spot.on == "stand" else 0.0))
        return
    indoors = b.shot.place == "room"
    airy = subject.action == "fly" or still_life.adrift(b)
    for i in range(min(subject.count, 5)):
        depth = ROOM_DEPTH if indoors else 1.0 + 0.2 * i
        unit = ROOM_SIZE / ROOM_DEPTH if indoors else MAN / depth
        if len(b.shot.subjects) == 1 and subject.count == 1:
            unit = max(unit, 0.30 * b.span / tall)
        side = aside(b, subject) if subject.side else -aside(b, subject)
        x = b.aside(-0.12 * side) + (i - (min(subject.count, 5) - 1) / 2) * 0.24
        y = ROOM_FLOOR if indoors else b.ground(depth, x) + 0.004 / depth
        y = b.horizon + (0.12 if b.shot.place == "space" else -0.08) if airy else y
        speed = SPEED.get(subject.action or "", 0.0)
        step = speed * unit / FRAMES
        step *= way(b, step) * side
        pictures = [
            _body(shape, k / FRAMES + 0.2 * i, speed > 0) for k in range(FRAMES if speed else 1)
        ]
        going = Going(across=step, start=-step * b.shot.frames / 2)
        reel = Reel(pictures=pictures, at=(x, y), unit=unit, depth=depth,
                    voice=subject.look.breed if speed else "")  # fmt: skip
        present(b, reel, going, front=True, grounded=not airy, indoors=indoors)
        labels.sign(b, reel, going, label, tall)


def _body(shape: str, phase: float, moves: bool) -> list[Solid]:
    """It rocks a little when it goes: nobody knows whether it has legs."""
    rock = 0.05 * math.sin(2 * math.pi * phase) * moves
    up = 0.025 * abs(math.sin(2 * math.pi * phase)) * moves
    (ax, ay), (bx, by), (ra, rb), _ = OUTLINES[shape]
    a, b = (ax, ay + up, 0.0), (bx + rock, by + up, 0.0)
    return [Cone(a=a, b=b, ra=ra, rb=rb, coat=GREY, tube=True)]


def _propped(shape: str, spot: still_life.Spot) -> list[Solid]:
    return still_life.propped(_body(shape, 0.0, False), 0.5, spot)
