"""Putting a prompt's subjects into the picture, each by its kind.

place      all subjects of the shot
"""

from __future__ import annotations

from collections.abc import Callable

from reelway.engines.animatic import (
    crafts,
    elements,
    flame,
    landmarks,
    living,
    sources,
    stand_in,
    still_life,
    wild,
)
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.plan import UNFIT


def place(b: Builder) -> None:
    for n, subject in enumerate(b.shot.subjects):
        if subject.element is not None:
            elements.place(b, subject)
        elif subject.kind in _PLACERS and subject.kind not in UNFIT.get(b.shot.place, ()):
            _PLACERS[subject.kind](b, subject, n)


_PLACERS: dict[str, Callable[[Builder, Subject, int], None]] = {
    "person": living.people,
    "crowd": living.people,
    "animal": wild.animals,
    "bird": wild.birds,
    "thing": still_life.place,
    "stand-in": stand_in.stand_ins,
    "boat": crafts.boat,
    "car": crafts.cars,
    "bus": crafts.cars,
    "train": crafts.cars,
    "motorcycle": crafts.cars,
    "balloon": crafts.balloons,
    "rocket": crafts.rocket,
    "submarine": crafts.submarine,
    "plane": crafts.airships,
    "helicopter": crafts.airships,
    "airship": crafts.airships,
    "spaceship": crafts.airships,
    "house": landmarks.landmark,
    "temple": landmarks.landmark,
    "castle": landmarks.landmark,
    "lighthouse": landmarks.lighthouse,
    "tree": landmarks.tree,
    "fire": lambda b, _, __: None if sources.held(b.shot) else flame.fire(b),
}
