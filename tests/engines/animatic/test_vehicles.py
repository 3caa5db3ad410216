"""What carries people is read as itself and drawn where the prompt has it."""

from __future__ import annotations

import numpy as np
import pytest

from reelway.engines.animatic import figures
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.grammar import read
from reelway.engines.animatic.light import light
from reelway.engines.animatic.subjects import _PLACERS
from reelway.engines.animatic.words import lexicon

KINDS = ("bus", "train", "plane", "helicopter", "motorcycle", "balloon", "rocket", "submarine")


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("an old yellow tram climbs a narrow street", "bus"),
        ("a steam train crosses a bridge", "train"),
        ("高铁穿过油菜花田", "train"),
        ("an airliner takes off", "plane"),
        ("a helicopter flies over the city", "helicopter"),
        ("外卖小哥骑着电动车", "motorcycle"),
        ("hot-air balloons drift over a canyon", "balloon"),
        ("a rocket launches at dawn", "rocket"),
        ("a submarine glides past a reef", "submarine"),
    ],
)
def test_each_is_read_as_itself(prompt: str, kind: str) -> None:
    reading = read(prompt)
    rides = {s.look.ride.kind for s in reading.subjects if s.look.ride}
    assert kind in {s.kind for s in reading.subjects} | rides
    assert "stand-in" not in {s.kind for s in reading.subjects}


def test_a_place_named_after_one_holds_none() -> None:
    for prompt in ("a woman waits at a bus stop", "a man in a train station"):
        assert {s.kind for s in read(prompt).subjects} == {"person"}


def test_whoever_holds_a_balloon_does_not_fly_in_one() -> None:
    assert {s.kind for s in read("a child holding a red balloon").subjects} == {"person"}


def test_one_bus_is_one() -> None:
    assert [s.count for s in read("a bus crosses the bridge").subjects] == [1]


def test_every_subject_of_the_lexicon_is_drawn() -> None:
    assert lexicon()["subject"].keys() <= _PLACERS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_its_picture_lies_within_its_box(kind: str) -> None:
    figure, at = figures.FIGURES[kind], (0.0, 0.0)
    left, top, right, bottom = figures.extent(figure, at, 3.0)
    window = Window.of(left, top, right, bottom, 300.0)
    lit = light("day", "clear", 1)
    for phase in range(figure.phases):
        picture, cover = figures.paint(
            window, figure, lit, at=at, depth=3.0, phase=phase / figure.phases
        )
        assert np.isfinite(picture).all()
        assert 0.05 < float(cover.mean()) < 0.95
        edges = [cover[0], cover[-1], cover[:, 0], cover[:, -1]]
        assert max(float(edge.max()) for edge in edges) < 0.5, f"{kind} is cut off"
