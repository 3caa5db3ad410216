"""What becomes of espeak-ng's voices: words and tones stay, and people are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

from engines.animatic.recognising import likeliest, spoken
from reelway.engines.animatic import timbre
from reelway.engines.animatic.cast import VARIANTS, Voice, cast
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.timbre import RATE, Timbre
from requires import require

WORDS = "It is time to go now, the boats are waiting in the harbour."
OTHERS = "We sail at first light, if the wind holds and nobody wakes."
TONES = "雨一直下，他还没来，我们走吧。"
# The same words in another order, and words that sound alike.
ENGLISH = [
    "the boats are waiting at the harbour",
    "at the harbour the boats are waiting",
    "the waiting boats at the harbour are",
    "the boats were burning at the harbour",
    "a ghost is hiding in the garden",
]
CHINESE = ["今天的雨下得真大", "真大今天的雨下得", "今天的花开得真大", "明天的风吹得真冷"]


@pytest.fixture(autouse=True)
def espeak() -> None:
    require("espeak", find_spec("espeakng_loader") is not None, "espeakng-loader is not installed")


def voices(*names: str) -> list[Voice]:
    return cast([Line(text="x", speaker=name) for name in names], (), {})


def line(text: str, *manner: str) -> Line:
    return Line(text=text, manner=manner, language="en" if text.isascii() else "cmn")


@cache
def said(voice: Voice, line: Line) -> tuple[np.ndarray, np.ndarray]:
    """As espeak-ng has it, and as a film has it."""
    (raw,) = spoken([(voice, line)])
    return raw, timbre.made(raw, voice.pitch, timbre.of(voice, line), line.text)


def contour(sound: np.ndarray) -> np.ndarray:
    """Hz every 10 ms, 0 where there is no pitch."""
    lags = np.arange(RATE // 450, RATE // 60)
    found = []
    for at in range(0, len(sound) - 1400, 220):
        frame = sound[at : at + 1400] * np.hanning(1400)
        match = np.fft.irfft(np.abs(np.fft.rfft(frame, 4096)) ** 2)
        match = match / max(match[0], 1e-12) / (1 - np.arange(4096) / 1600).clip(0.1)
        near = match[lags]
        voiced = near.max() > 0.55 and frame.std() > 0.2 * sound.std()
        found.append(RATE / lags[np.argmax(near > 0.85 * near.max())] if voiced else 0.0)
    return np.array(found)


def bands(sound: np.ndarray) -> np.ndarray:
    """dB in thirds of an octave from 200 Hz to 8 kHz, over what sounds; mean 0."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::256] * np.hanning(1024)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    whole = power.sum(axis=1)
    mean = power[whole > 3e-3 * whole.max()].mean(axis=0)
    f = np.fft.rfftfreq(1024, 1 / RATE)
    marks = [c for c in timbre.PEOPLE if 200 <= c <= 8000]
    levels = [mean[(f >= c / 1.15) & (f < c * 1.15)].mean() for c in marks]
    return 10 * np.log10(np.array(levels)) - np.mean(10 * np.log10(levels))


def test_time_stays_and_so_does_silence() -> None:
    (voice,) = voices("Tom")
    raw, made = said(voice, line(WORDS))
    assert len(made) == len(raw) and np.isfinite(made).all()
    again = said(voice, line(WORDS))[1]
    np.testing.assert_array_equal(made, again)
    pause = np.convolve(np.abs(raw), np.ones(1500) / 1500, "same") < 1e-3
    assert pause.sum() > 500 and np.abs(made[pause]).max() < 0.02 * np.abs(made).max()
    for n in (0, 1, 50, 200, 2000):
        assert len(timbre.made(np.zeros(n), 100, Timbre(), "x")) == n
        noise = np.random.default_rng(1).normal(0, 0.1, n)
        assert np.isfinite(timbre.made(noise, 100, Timbre(whispered=True, metal=1), "x")).all()


@pytest.mark.parametrize("name", ["老陈", "女孩", "老奶奶"])
def test_tones_stay(name: str) -> None:
    (voice,) = voices(name)
    before, after = map(contour, said(voice, line(TONES)))
    both = (before > 0) & (after > 0)
    assert both.sum() > 40
    steps = 12 * np.log2(after[both] / before[both])
    assert np.quantile(np.abs(steps), 0.9) < 0.8  # semitones; a tone is several
    near = np.abs(steps) < 6  # else one of the two was heard an octave off
    assert near.mean() > 0.93
    was, now = (np.log(hertz[both][near]) for hertz in (before, after))
    assert np.corrcoef(was, now)[0, 1] > 0.95


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_nearer_to_people_than_espeak_is(variant: str) -> None:
    voice = Voice(id="", variant=variant, pitch=VARIANTS[variant][0], throat=VARIANTS[variant][2])
    people = np.array([v - 10 * np.log10(c) for c, v in timbre.PEOPLE.items() if 200 <= c <= 8000])
    before, after = (bands(s) - (people - people.mean()) for s in said(voice, line(WORDS)))
    assert after.std() < 0.75 * before.std()


PAIRS = [("Tom", "Max"), ("Anna", "Mary"), ("Elena", "Sarah"), ("老陈", "老王"), ("boy", "girl"),
         ("Tom", "Elena")]  # fmt: skip


@pytest.mark.parametrize("manner", [(), ("whisper",)])
@pytest.mark.parametrize("names", PAIRS)
def test_two_are_told_apart_by_the_same_words(
    names: tuple[str, str], manner: tuple[str, ...]
) -> None:
    one, two = voices(*names)
    here, there = (bands(said(v, line(WORDS, *manner))[1]) for v in (one, two))
    apart = np.std(here - there)
    itself = np.std(here - bands(said(one, line(OTHERS, *manner))[1]))
    assert apart > 3.0 and apart > 1.5 * itself  # dB


def test_a_whisper_has_no_pitch_and_a_shout_presses() -> None:
    (voice,) = voices("Tom")
    plain, whispered, shouted, soft = (
        said(voice, line(WORDS, *m))[1] for m in ((), ("whisper",), ("shout",), ("soft",))
    )
    assert (contour(plain) > 0).mean() > 0.4 and (contour(whispered) > 0).mean() < 0.2
    slopes = [np.polyfit(np.arange(10), bands(s)[2:12], 1)[0] for s in (shouted, plain, soft)]
    assert slopes[0] > slopes[1] > slopes[2]


MANNERS: Sequence[tuple[str, tuple[str, ...]]] = [
    ("Tom", ()), ("Elena", ()), ("child", ()), ("old man", ()), ("robot", ()), ("ghost", ()),
    ("giant", ()), ("Tom", ("whisper",)), ("Mary", ("whisper",)), ("Tom", ("shout",)),
    ("Elena", ("soft",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "manner"), MANNERS)
def test_every_voice_is_understood(name: str, manner: tuple[str, ...]) -> None:
    (voice,) = voices(name)
    for text in (ENGLISH[0], ENGLISH[3]):
        assert likeliest(said(voice, line(text, *manner))[1], ENGLISH) == text
    assert likeliest(said(voice, line(CHINESE[0], *manner))[1], CHINESE, voice="cmn") == CHINESE[0]
