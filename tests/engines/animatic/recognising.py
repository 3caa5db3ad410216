"""A recogniser for the tests: what is heard, against what plain espeak-ng makes of given words.

    read_aloud   words in a voice of nobody's film, without any shaping: what is known
    spoken       lines in their voices, without any shaping
    features     a sound as a series of cepstra, without its colour and loudness
    unlike       how far two are from each other, as far as time may bend (dynamic time warping)
    likeliest    which of some sentences was said

It knows no words but those that it is given. That is little, but it hears nothing of our own
shaping: what it tells apart in a film is still there to be told apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from reelway.engines.animatic.cast import Voice, espeak
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.speech import SPEAKER
from reelway.engines.animatic.voicing import RATE

HOP, FRAME, BANDS, KEPT = 220, 512, 26, 13  # 10 ms, 23 ms


@cache
def read_aloud(text: str, voice: str = "en-us") -> np.ndarray:
    (sound,) = _aloud([{"text": text, "voice": voice, "pitch": 50, "range": 50, "rate": 165}])
    return sound


def spoken(pairs: Sequence[tuple[Voice, Line]]) -> list[np.ndarray]:
    """Lines as the speaker gives them, before anything of ours."""
    return _aloud([{"text": line.text, **espeak(voice, line)} for voice, line in pairs])


def _aloud(lines: list[dict[str, Any]]) -> list[np.ndarray]:
    order = {"shots": [{"seconds": 60, "gap": 0, "lines": lines}]}
    done = subprocess.run(
        [sys.executable, "-P", str(SPEAKER)],
        input=json.dumps(order).encode(), capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    head, _, data = done.stdout.partition(b"\n")
    ends = np.cumsum([told["samples"] for told in json.loads(head)["lines"]])
    return np.split(np.frombuffer(data, "<i2") / 32768, ends[:-1])


@cache
def _known(text: str, voice: str) -> np.ndarray:
    return features(read_aloud(text, voice))


def features(sound: np.ndarray, rate: int = RATE, throat: float = 1.0) -> np.ndarray:
    """(n, 2 · KEPT) at 10 ms; `throat`: how much higher its formants are."""
    if rate != RATE:
        size = round(len(sound) * RATE / rate)
        spectrum = np.fft.rfft(sound)[: size // 2 + 1]
        sound = np.fft.irfft(spectrum, size)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, FRAME), FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1)) ** 2
    energy = np.log(power @ _bands(throat) + 1e-4 * power.max())
    n = np.arange(BANDS)
    turn = np.cos(np.pi * np.outer(n + 0.5, np.arange(1, KEPT + 1)) / BANDS)
    cepstra = energy @ turn
    loud = power.sum(axis=1) > 1e-3 * power.sum(axis=1).max()
    cepstra = (cepstra - cepstra[loud].mean(axis=0)) / cepstra[loud].std(axis=0)
    change = np.gradient(cepstra, axis=0) * 2
    return np.concatenate([cepstra, change], axis=1)[_inside(loud)]


def _inside(loud: np.ndarray) -> slice:
    at = np.flatnonzero(loud)
    return slice(at[0], at[-1] + 1)


@cache
def _bands(throat: float) -> np.ndarray:
    """Triangles, alike in mel from 150 Hz to 7 kHz."""
    marks = throat * 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + np.array([150, 7000]) / 700)),
                                      BANDS + 2) / 2595) - 1)  # fmt: skip
    f = np.fft.rfftfreq(FRAME, 1 / RATE)[:, None]
    low, middle, high = marks[:-2], marks[1:-1], marks[2:]
    return np.clip(np.minimum((f - low) / (middle - low), (high - f) / (high - middle)), 0, None)


def unlike(a: np.ndarray, b: np.ndarray) -> float:
    far = np.sqrt(np.square(a[:, None] - b[None]).mean(axis=2))
    n, m = far.shape
    best = np.full((n + 1, m + 1), np.inf)
    best[0, 0] = 0
    for i in range(1, n + 1):
        cost, before = far[i - 1], best[i - 1]
        into = np.minimum(before[:-1] + cost, before[1:] + 0.5 * cost)
        along = np.cumsum(0.5 * cost)  # as far as one likes along the other, from the best place
        best[i, 1:] = along + np.minimum.accumulate(into - along)
    return float(best[n, m] / (n + m))


def likeliest(
    heard: np.ndarray, sentences: Sequence[str], *, rate: int = RATE, voice: str = "en-us"
) -> str:
    """By the throat that makes any of them likeliest: a listener, too, hears that it is a child."""
    known = {s: _known(s, voice) for s in sentences}
    found = [features(heard, rate, throat) for throat in (1.0, 1.15, 1.3)]
    return min(sentences, key=lambda s: min(unlike(f, known[s]) for f in found))
