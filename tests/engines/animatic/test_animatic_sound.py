"""The sound: there when asked for, of the right kind, and gentle at its ends."""

from __future__ import annotations

import numpy as np
import pytest

from engines.animatic.filming import Make
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.sound import soundtrack
from reelway.engines.animatic.sound.ambience import layers
from reelway.engines.animatic.sound.music import score
from reelway.request import Shot, VideoRequest


def heard(prompt: str, negative: str = "") -> set[str]:
    (shot,) = plan(VideoRequest(prompt=prompt, negative_prompt=negative, seed=1, duration=3))
    music = {"music"} if score([shot], 1, 48_000).any() else set()
    return set(layers(shot)) | music


def test_sound_is_there_when_asked_for(make: Make) -> None:
    assert not make("waves on a beach").open().streams.audio
    pcm = make("waves on a beach", sound=True).pcm()
    middle = pcm[:, 24_000:-24_000]
    level = 20 * np.log10(np.sqrt((middle**2).mean()))
    assert -26 < level < -10
    assert np.abs(pcm).max() < 10 ** (-1 / 20)
    assert np.abs(pcm[:, :200]).max() < 0.02 and np.abs(pcm[:, -200:]).max() < 0.02
    assert np.corrcoef(middle)[0, 1] < 0.98  # it is stereo


@pytest.mark.parametrize(
    ("prompt", "negative", "expected", "missing"),
    [
        ("a beach", "", {"surf"}, {"rain", "music"}),
        ("a beach in the rain", "", {"surf", "rain"}, set()),
        ("a beach with piano music", "", {"music"}, set()),
        ("a beach with piano music", "music", {"surf"}, {"music"}),
        ("雨中的城市", "", {"rain", "hum"}, set()),
        ("a forest at noon, clear", "", {"birds"}, {"crickets"}),
        ("a forest at night, clear", "", {"crickets"}, {"birds"}),
        ("a campfire in the snow", "", {"fire"}, set()),
        ("a campfire in the snow", "fire", set(), {"fire"}),
        ("a thunderstorm at sea", "", {"thunder", "rain"}, set()),
        ("an office", "", {"fans"}, {"tone"}),
        ("a quiet library", "", {"tone"}, {"wind"}),
    ],
)
def test_what_is_heard(prompt: str, negative: str, expected: set[str], missing: set[str]) -> None:
    sounds = heard(prompt, negative)
    assert expected <= sounds
    assert not missing & sounds


def test_a_negative_prompt_silences_all(make: Make) -> None:
    pcm = make("waves on a beach", negative_prompt="sound", sound=True).pcm()
    assert np.abs(pcm).max() < 1e-3


def test_no_click_at_a_cut() -> None:
    request = VideoRequest(
        shots=(Shot(prompt="a beach", duration=1), Shot(prompt="a quiet room", duration=2)),
        shot_mode="customize",
        duration=3,
        seed=1,
    )
    sound = soundtrack(plan(request), 1)
    assert len(sound) == 3 * 48_000
    steps = np.abs(np.diff(sound[:, 0]))
    assert steps[47_000:49_000].max() <= steps.max()
    assert steps[47_000:49_000].max() < 0.2
