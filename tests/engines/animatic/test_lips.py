"""Mouths: open on vowels, shut on m, b, p and in pauses, and with the sound."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from reelway.engines.animatic import lips, scene, sitters, talk, voicing
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.speech import Speech
from reelway.request import FRAME_RATE, VideoRequest
from requires import require


def test_how_far_a_sound_opens_the_mouth() -> None:
    wide = ["'A:", "a", "0", "'aI", "'iA"]
    narrow = ["i:", "u:", "'U", "y", "@2"]
    assert min(map(lips.shape, wide[:4])) > max(map(lips.shape, narrow))
    assert [lips.shape(s) for s in ("m", "p", "b", "_:", "_", "_|", "")] == [0.0] * 7
    assert 0 < lips.shape("f") < lips.shape("t") < lips.shape("'e")
    assert all(0 <= lips.shape(s) <= 1 for s in ("ts.", "S;", "\ufffd", "'", "r`", "||", "j", "ja"))


def test_a_mouth_follows_the_sounds_and_not_the_loudness_alone() -> None:
    loud = np.ones(24)
    sounds = [(0.0, "m"), (0.25, "'A:"), (0.5, "_:"), (0.75, "i:")]
    found = lips.opened(sounds, loud, FRAME_RATE)
    assert not found[1:5].any() and found[8:11].min() > 0.9
    assert not found[13:17].any() and 0.2 < found[20:23].max() < 0.5
    np.testing.assert_array_equal(lips.opened([], loud, FRAME_RATE), loud)
    assert not lips.opened(sounds, np.zeros(0), FRAME_RATE).size


PROMPTS = [
    'A room. A woman says: "Mum, my papa, wait. Where is he?"',
    "房间里，一个男人说：“雨一直下，他还没来。妈妈，走吧！”",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_line_of_a_film(prompt: str) -> None:
    require("espeak", find_spec("espeakng_loader") is not None, "espeakng-loader is not installed")
    request = VideoRequest(prompt=prompt, duration=6, sound=True, seed=1, model="animatic")
    shots = plan(request)
    with Speech(request, shots, {}) as speech:
        said = talk.spoken(speech, 0, 0)
        (cue,) = speech.spoken
        drawn = scene.listened(shots[0], (640, 360), scene.Pictures(), lambda: said)
    (somebody,) = shots[0].subjects
    play = sitters.acting(drawn, somebody, 0)  # what the picture is drawn by
    moves = [n for n in range(shots[0].frames) if play.mouth(n) > 0.1]
    sounding = np.flatnonzero(np.abs(cue.pcm) > 0.1 * np.abs(cue.pcm).max()) / voicing.RATE
    # Lips that are shut on the first sound, as for “m”, part when it ends.
    opens = next(at for at, name in cue.sounds if lips.shape(name) > 0.1)
    assert abs(moves[0] - (cue.start + opens) * FRAME_RATE) <= 2
    assert abs(moves[-1] - (cue.start + sounding[-1]) * FRAME_RATE) <= 3
    assert said is not None
    (mouth,) = said
    assert abs(mouth.first - cue.start * FRAME_RATE) <= 1
    assert abs(len(mouth.open) - cue.seconds * FRAME_RATE) <= 2
    assert max(mouth.open) > 0.6 and len(set(mouth.open)) > 10
    names = [name for _, name in cue.sounds]
    ends = [*(at for at, _ in cue.sounds[1:]), cue.seconds]
    pauses = [(a, b) for (a, name), b in zip(cue.sounds, ends, strict=True)
              if name.startswith("_") and b - a > 3 / FRAME_RATE and b < cue.seconds]  # fmt: skip
    assert pauses and "m" in names
    for a, b in pauses:  # shut while nothing is said
        inside = range(int(a * FRAME_RATE) + 1, int(b * FRAME_RATE))
        assert not any(mouth.open[n] for n in inside)
    quiet = np.abs(cue.pcm).reshape(-1)
    step = voicing.RATE // FRAME_RATE
    level = [quiet[n * step : (n + 1) * step].max() for n in range(len(mouth.open))]
    assert np.corrcoef(level, mouth.open)[0, 1] > 0.4
