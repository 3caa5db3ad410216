"""A voice without words, for where espeak-ng is not installed or cannot speak a language.

One vowel-like sound for each syllable of the line, at the voice's pitch, with the pauses that its
punctuation makes: who speaks, when, and how long is heard, and what is said is not.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.cast import LANGUAGE_RATE, Voice, manner_of
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]

SAMPLE_RATE = 22_050
WORDS_A_SYLLABLE = 37.0  # words a minute over syllables a second, as espeak-ng counts them
PAUSES = {",": 0.16, "，": 0.16, "、": 0.1, ";": 0.22, "；": 0.22}
STOP = 0.3  # seconds, after any other mark
HARMONICS = 24
# The first three formants in Hz of five vowels, a man's.
VOWELS = np.array(
    [[710, 1150, 2500], [540, 1750, 2450], [320, 2150, 2900], [520, 920, 2400], [350, 850, 2300]]
)
WIDTHS = np.array([110.0, 140.0, 220.0])  # Hz
STRENGTHS = np.array([1.0, 0.5, 0.2])
SYLLABLES = re.compile(
    r"[aeiouyäöüàâéèêëîïôûáíóúñœ]+|[一-鿿㐀-䶿぀-ヿ가-힣]|[Ѐ-ӿ؀-ۿऀ-ॿ฀-๿Ͱ-Ͽ֐-׿]{2}",
    re.I,
)


def murmur(voice: Voice, line: Line, faster: float = 1.0) -> tuple[Array, list[float]]:
    """Samples at `SAMPLE_RATE`, about −1…1, and the seconds where words begin."""
    manner = manner_of(line)
    rate = voice.rate * manner.rate * LANGUAGE_RATE.get(line.language, 1.0) * faster
    syllable = WORDS_A_SYLLABLE / rate  # seconds
    random = stream(0, "murmur", line.text)
    parts: list[Array] = []
    words: list[float] = []
    at = 0
    total = len(re.findall(r"\w", line.text)) or 1
    for match in re.finditer(r"[^\W_]+(?:['’-]\w+)*|[^\w\s]", line.text):
        word = match.group()
        if not re.match(r"\w", word):
            parts.append(np.zeros(int(PAUSES.get(word, STOP) / faster * SAMPLE_RATE)))
        else:
            count = max(1, len(SYLLABLES.findall(word)))
            words.append(at / SAMPLE_RATE)
            fall = 1.12 - 0.2 * match.start() / total  # a sentence's pitch sinks
            spread = voice.spread * manner.spread / 50
            for _ in range(count):
                bend = 2 ** (random.normal(0, 1.3 * spread) / 12)
                length = syllable * float(random.uniform(0.8, 1.2))
                pitch = voice.pitch * manner.pitch * fall * bend
                parts.append(_vowel(voice, pitch, length, random, "whisper" in line.manner))
        at = sum(map(len, parts))
    heard = np.concatenate(parts) if parts else np.zeros(0)
    sounding = np.flatnonzero(heard)
    return heard[: sounding[-1] + 1] if len(sounding) else heard[:0], words


def _vowel(
    voice: Voice, pitch: float, seconds: float, random: np.random.Generator, breathy: bool
) -> Array:
    """Harmonics (or noise, for a whisper) through three formants, gliding from one to another."""
    n = int(seconds * SAMPLE_RATE)
    t = np.arange(n) / SAMPLE_RATE
    formants = VOWELS[int(random.integers(len(VOWELS)))] * voice.throat
    bend = np.linspace(1.03, 0.96, n)
    phase = 2 * math.pi * np.cumsum(pitch * bend) / SAMPLE_RATE
    out = np.zeros(n)
    for k in range(1, HARMONICS + 1):
        f = pitch * k
        if f > SAMPLE_RATE * 0.45:
            break
        gain = float((STRENGTHS / (1 + ((f - formants) / WIDTHS) ** 2)).sum())
        if breathy:
            out += gain * np.sin(2 * math.pi * f * t + np.cumsum(random.normal(0, 0.5, n)))
        else:
            out += gain / k**0.4 * np.sin(phase * k)
    swell = np.sin(math.pi * np.clip(t / seconds, 0, 1)) ** 0.6
    return np.asarray(out * swell * 0.3)
