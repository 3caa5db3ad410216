"""Faces: they blink, look, speak with their lines, and look alike at every size."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from engines.animatic.test_living import LIGHT, picture, somebody, stack
from reelway.engines.animatic import body, gaits, guise, person, solid, talk, visage
from reelway.engines.animatic.acting import Acting
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.grammar import read
from reelway.engines.animatic.hair import STYLES
from reelway.engines.animatic.light import light
from reelway.engines.animatic.talk import Said
from reelway.engines.animatic.visage import Expression

FRAMES = 240


def painted(face: visage.Face, says: Expression, heading: float, density: float) -> np.ndarray:
    window = Window.of(-0.5, -0.5, 0.5, 0.5, density)
    head = visage.head(face, says, (0, 0, 0), 1.0, heading, 0.0)
    made, cover = solid.paint(window, [head], LIGHT, solid.shade(LIGHT), at=(0, 0.05), unit=4.0,
                              depth=1.0)  # fmt: skip
    return np.concatenate([made * cover[..., None], cover[..., None]], axis=-1)


@pytest.mark.parametrize("seed", range(6))
def test_everybody_blinks_and_mostly_sees(seed: int) -> None:
    play = Acting(seed=seed, name="somebody", frames=FRAMES)
    lids = [play.lids(n) for n in range(FRAMES)]
    assert min(lids) == 0.0
    assert 0.75 < sum(v == 1.0 for v in lids) / FRAMES < 0.99
    assert max(abs(a - b) for a, b in itertools.pairwise(lids)) <= 0.5
    assert lids == [Acting(seed=seed, name="somebody", frames=FRAMES).lids(n)
                    for n in range(FRAMES)]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_heads_float_and_turn_without_a_jump(seed: int) -> None:
    said = Said(speaker="", first=30, open=(0.5,) * 60)
    play = Acting(seed=seed, name="x", frames=FRAMES, says=[said])
    ways = np.array([(*play.sway(n), play.turned(n)) for n in range(FRAMES)])
    steps = np.abs(np.diff(ways, axis=0)).max(axis=0)
    assert steps[0] < 0.012  # of a head
    assert steps[1] < 0.016
    assert steps[2] < 0.15
    assert play.turned(0) == 0.0
    assert play.turned(FRAMES) == 1.0


def test_a_mouth_moves_with_its_line_and_rests_outside() -> None:
    line = Line(text="We have to leave before the storm comes.", speaker="man")
    (said,) = talk.guessed([line], FRAMES)
    play = Acting(seed=1, name="man", frames=FRAMES, says=[said])
    mouth = [play.mouth(n) for n in range(FRAMES)]
    assert max(mouth[said.first : said.last]) > 0.5
    assert np.std(mouth[said.first : said.last]) > 0.15
    assert not any(mouth[: said.first]) and not any(mouth[said.last :])
    other = Acting(seed=1, name="woman", frames=FRAMES, hears=[said])
    assert not any(other.mouth(n) for n in range(FRAMES))
    assert all(other.gaze(n) == (0.0, 0.0) for n in range(FRAMES))  # it looks at who speaks


@pytest.mark.parametrize("frames", [72, 120, 360])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_guessed_lines_stay_in_their_shot_one_after_another(frames: int, count: int) -> None:
    lines = [Line(text="a rather long line that somebody says here", speaker="x")] * count
    said = talk.guessed(lines, frames)
    assert len(said) == count
    assert said[-1].last <= frames + 4 * count
    for a, b in itertools.pairwise(said):
        assert a.last <= b.first


def test_a_spoken_line_opens_the_mouth_where_it_is_loud() -> None:
    rate = 24_000
    t = np.arange(rate) / rate
    loud = np.where(t < 0.5, np.sin(2 * math.pi * 200 * t), 0.0)
    said = talk.heard(Line(text="ah"), 1.0, loud, rate)
    assert said.first == 24
    assert min(said.open[1:10]) > 0.6
    assert not any(said.open[14:])


@pytest.mark.parametrize(
    ("prompt", "who"),
    [
        ("a man and a woman", {"woman": 1, "the man": 0}),
        ("an old man and a girl", {"girl": 1, "old man": 0}),
        ("两个男人", {"甲": 0, "乙": 1}),
        ("a woman", {"anybody": 0}),
    ],
)
def test_who_says_which_line(prompt: str, who: dict[str, int]) -> None:
    people = [s for s in read(prompt).subjects if s.kind in ("person", "crowd")]
    said = [Said(speaker=name, first=0, open=(1.0,)) for name in who]
    assert talk.speakers(said, people) == list(who.values())


@pytest.mark.parametrize("style", ["", *STYLES])
@pytest.mark.parametrize("heading", [math.pi / 2, 0.7, 0.05, -1.2])
def test_a_head_is_the_same_at_every_size(style: str, heading: float) -> None:
    face = replace(somebody("woman").face, style=style)
    small = painted(face, Expression(), heading, 120)
    fine = painted(face, Expression(), heading, 480)
    high, wide = small.shape[:2]
    mean = fine[: high * 4, : wide * 4].reshape(high, 4, wide, 4, -1).mean(axis=(1, 3))
    assert np.abs(mean - small).mean() < 0.012
    assert 0.05 < small[..., 3].mean() < 0.75


def test_expressions_are_seen() -> None:
    face = somebody("woman").face
    rest = painted(face, Expression(), math.pi / 2, 300)
    for says in (Expression(lids=0.0), Expression(mouth=0.8), Expression(smile=1.0),
                 Expression(slope=1.0), Expression(gaze=(1.0, 0.0)),
                 Expression(tears=1.0)):  # fmt: skip
        changed = np.abs(painted(face, says, math.pi / 2, 300) - rest)[..., :3].max(axis=-1) > 0.05
        assert 0.0005 < changed.mean() < 0.06


def test_patches_of_a_face_leave_its_outline_alone() -> None:
    """Speaking with a still jaw changes the lips and nothing that a patch would cut off."""
    face = somebody("man").face
    rest = painted(face, Expression(), 1.2, 300)
    open_ = painted(face, Expression(mouth=0.9, jaw=0.0), 1.2, 300)
    assert np.array_equal(rest[..., 3], open_[..., 3])


def test_the_mouth_of_a_close_up_moves_while_it_speaks() -> None:
    size = (320, 180)
    made = stack('close-up of a man in a field, static. The man says: "Now, go home!"', size)
    shots = [picture(made, n / 71, size) for n in range(8, 70)]
    moved = np.array([np.abs(b - a) for a, b in itertools.pairwise(shots)])
    mouth = np.s_[:, 104:122, 142:172]
    assert moved[2:22][mouth].mean() > 2.5 * moved[-14:][mouth].mean()


def test_the_edge_of_a_dark_coat_stands_out_of_a_dark_street() -> None:
    look = guise.Look(breed="man", wear=(guise.Thing(kind="coat", colour="#1d1d22"),))
    solids = body.body(person.dressed(look, 3, "x"), gaits.stand().pose(0.0), 1.2)
    lit = light("night", "rain", 3)
    window = Window.of(-0.3, -0.7, 0.3, 0.1, 300)
    made, cover = solid.paint(window, solids, lit, solid.shade(lit, town=True), at=(0, 0.05),
                              unit=0.6, depth=1.0)  # fmt: skip
    luma = made @ np.array([0.21, 0.72, 0.07], np.float32)
    inside = cover > 0.99
    depth = inside.astype(int)
    for _ in range(3):
        shrunk = inside.copy()
        for axis in (0, 1):
            for by in (-1, 1):
                shrunk &= np.roll(inside, by, axis)
        inside = shrunk
        depth += inside
    trunk = np.zeros_like(inside)
    trunk[100:190] = True
    edge, middle = luma[(depth == 1) & trunk], luma[(depth == 4) & trunk]
    assert np.quantile(edge, 0.75) > 1.25 * np.median(middle)
