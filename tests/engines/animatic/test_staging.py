"""Where who speaks is heard: where the picture has them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from reelway.engines.animatic import scene, sitters, staging, voicing
from reelway.engines.animatic.cast import cast
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.request import VideoRequest

SIZE = (640, 360)


def shot_of(prompt: str, seed: int = 1) -> ShotPlan:
    (shot,) = plan(VideoRequest(prompt=prompt, duration=5, sound=True, seed=seed))
    return shot


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "prompt",
    [
        'A street at noon. A man says: "Yes." A woman says: "No."',
        'A room. A woman on the right says: "Yes." An old man says: "No."',
        'A room. A woman on the left says: "Yes." An old man says: "No."',
    ],
)
def test_two_are_heard_where_they_are_seen(prompt: str, seed: int) -> None:
    shot = shot_of(prompt, seed)
    names = [line.speaker for line in shot.script.lines]
    builder = scene.listened(shot, SIZE, scene.Pictures())
    people = [s for s in shot.subjects if s.kind == "person"]
    seen = [-sitters.partner(builder, s, 0) for s in people]
    heard = staging.sides(shot, names)
    assert len(heard) == 2 == len(people)
    assert [np.sign(h) for h in heard if h is not None] == seen


def test_who_is_not_seen() -> None:
    shot = shot_of('A room. A man says: "Yes." Narrator: "Long ago."')
    assert staging.sides(shot, ["man", "narrator"]) == [0.0, 0.0]
    assert staging.sides(shot_of("A coast."), ["Tom", "narrator"]) == [None, 0.0]
    assert staging.sides(shot_of("Ten men march."), ["man"]) == [None]


def test_the_further_the_shot_the_further_the_voice() -> None:
    line = Line(text="Yes.", speaker="man")
    sizes = ["Extreme close-up", "Close-up", "Medium shot", "Full shot", "Wide shot"]
    shots = [shot_of(f'{size} of a man in a room. He says: "Yes."') for size in sizes]
    far = [staging.far(shot, line) for shot in shots]
    assert all(a < b for a, b in pairwise(far))
    told = Line(text="Long ago.", speaker="narrator")
    assert staging.far(shots[-1], told) < 0.2
    (voice,) = cast([told], (), {})
    assert staging.room(shots[-1], told, voice) == "narrator"


def test_ghosts_are_not_of_this_room() -> None:
    shot = shot_of('A room. A ghost says: "Who is there?"')
    (line,) = shot.script.lines
    (voice,) = cast([line], (), {})
    assert voice.nature == "ghost" and staging.room(shot, line, voice) == "beyond"


def test_distance_is_heard() -> None:
    """Near: more lows, less room."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.1, voicing.RATE)
    near, far = (
        voicing.placed(voicing.shaped(noise, 0, 0, d), "room", 0, d)[:, 0] for d in (0.0, 1.0)
    )
    tails = [np.std(s[48_500:]) / np.std(s[:48_000]) for s in (near, far)]
    assert tails[1] > 3 * tails[0]
    spectra = [np.abs(np.fft.rfft(s[:48_000])) for s in (near, far)]
    lows = [s[120:250].mean() / s[900:1500].mean() for s in spectra]
    assert 20 * np.log10(lows[0] / lows[1]) > 4


def test_in_a_crowd_the_right_one_opens_her_mouth() -> None:
    shot = shot_of('A room. Two men and a woman talk. The woman says: "Yes."')
    people = [s for s in shot.subjects if s.kind in ("person", "crowd")]
    assert [s.count for s in people] == [2, 1]
    builder = scene.listened(shot, SIZE, scene.Pictures())
    acts = [sitters.acting(builder, s, i) for s in people for i in range(s.count)]
    assert [bool(a.says) for a in acts] == [False, False, True]
