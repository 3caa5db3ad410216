"""People in the water and on it.

swim    a crawl, of which one sees what is above the surface
ride    on a board before a wave, or in a rowing boat
"""

from __future__ import annotations

import math
from dataclasses import replace

from reelway.engines.animatic import breaker, gaits, holding, person, sitters
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.living import MAN, gait_of, way
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.solid import moved
from reelway.engines.animatic.stage import Going, Reel, pictured, present
from reelway.engines.animatic.standing import aside


def swim(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    gait = gaits.swim()
    depth = 1.75 * depth
    unit = 1.7 * MAN / depth
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    heading = 0.1 if right else math.pi - 0.1
    bare = replace(dress, gown=None, top=dress.skin, hold=(), extra=())
    pictures = pictured(b, gait.frames,
                     lambda k: person.body(bare, gait.pose(k / gait.frames), heading))  # fmt: skip
    step = gait.stride * dress.height * unit / gait.frames * (1 if right else -1)
    going = Going(picture=lambda n: n + 11 * i, across=step, start=-step * b.shot.frames / 2,
                  sway=lambda n: (0.0, 0.002 * math.sin(n * 0.09 + i)))  # fmt: skip
    reel = Reel(pictures=pictures, at=(x, b.ground(depth, height=0.0)), unit=unit, depth=depth,
                surface=True, voice="splash", beats=(0.0, 0.5))  # fmt: skip
    present(b, reel, going, front=False, grounded=False, wet=True)


def ride(b: Builder, subject: Subject, dress: Dress, x: float, depth: float, i: int) -> None:
    """On a board before a wave, or in a rowing boat."""
    gait = gait_of(b, subject, dress)
    surfs = subject.look.doing == "surf"
    depth = (1.25 if surfs else 1.45) * depth
    unit = (2.1 if surfs else 1.8) * MAN / depth
    right = aside(b, subject) > 0 if subject.side else aside(b, subject) < 0
    heading = 0.12 if right else math.pi - 0.12

    def up(k: int) -> float:
        bob = 0.02 * math.sin(2 * math.pi * k / gait.frames)
        return breaker.RIDE + bob if surfs else -0.06

    bodies = pictured(
        b, gait.frames, lambda k: person.body(dress, gait.pose(k / gait.frames), heading)
    )
    bodies = holding.geared(sitters.deed(b, subject), bodies, heading, dress)
    pictures = [[moved(s, 0.0, up(k), 0.0) for s in p] for k, p in enumerate(bodies)]
    step = gait.stride * dress.height * unit / gait.frames
    step *= way(b, step) * (1 if right else -1)
    going = Going(picture=lambda n: n + 11 * i, across=step, start=-step * b.shot.frames / 2,
                  sway=lambda n: (0.0, 0.003 * math.sin(n * 0.07 + i)))  # fmt: skip
    reel = Reel(pictures=pictures, at=(x, b.ground(depth, height=0.0)), unit=unit, depth=depth,
                surface=True, voice="splash", beats=(0.0, 0.5))  # fmt: skip
    if surfs:
        breaker.wave(b, reel, going, 1.0 if right else -1.0)
    present(b, reel, going, front=True, grounded=False, wet=True)
