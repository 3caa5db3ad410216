"""From notes to samples: every different note is made once, laid out in time, set into one room.

    rendered   notes → (n, 2) at 48 kHz

All is added at `RATE`. The room, the dullness of an old tape and the step up to 48 kHz are one
product of spectra.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.blocks import half_cosine
from reelway.engines.animatic.sound.music.instruments import RATE, hertz, hiss, note, sorts
from reelway.engines.animatic.sound.music.parts import Note
from reelway.engines.animatic.sound.music.percussion import DRUMS, stroke

Array = npt.NDArray[Any]
LATE = 0.014  # seconds before the room answers
STEP_FORCE, STEP_TIME, STEP_SLIDE = 0.25, 0.1, 1.0
FADE_IN, FADE_OUT = 0.012, 0.7  # seconds


def rendered(
    notes: Sequence[Note], n: int, room: tuple[float, float], tone: float, ends: float
) -> Array:
    """`ends`: the second from which the last chord may fade."""
    size = n * RATE // SAMPLE_RATE
    dry = np.zeros((2, size), np.float32)
    made: dict[tuple[str, int, int, int, int], Array] = {}
    for each in notes:
        start = int(each.at * RATE)
        if start >= size or each.level <= 0:
            continue
        sound = _sound(each, made)[:, : size - start]
        part = dry[:, start : start + sound.shape[1]]
        left, right = _sides(each.side)
        if len(sound) == 1:
            part[0] += sound[0] * left
            part[1] += sound[0] * right
        else:  # an ensemble sits around its place
            part[0] += sound[0] * (0.35 + left * 0.65) + sound[1] * (left * 0.3)
            part[1] += sound[1] * (0.35 + right * 0.65) + sound[0] * (right * 0.3)
    out = _roomed(dry, n, room, tone)
    first, last = int(FADE_IN * SAMPLE_RATE), int(min(FADE_OUT, 0.5 * (n / SAMPLE_RATE - ends))
                                                  * SAMPLE_RATE)  # fmt: skip
    first, last = min(first, n // 4), max(min(last, n // 2), min(n // 4, 480))
    out[:first] *= half_cosine(first)[:, None]
    out[n - last :] *= half_cosine(last)[::-1, None]
    return out


def _sides(side: float) -> tuple[np.float32, np.float32]:
    angle = (side + 1) * math.pi / 4
    return np.float32(math.cos(angle)), np.float32(math.sin(angle))


def _sound(each: Note, made: dict[tuple[str, int, int, int, int], Array]) -> Array:
    """Made once for notes that nobody could tell apart, and kept at the level of this one."""
    force = math.ceil(each.force / STEP_FORCE)
    rings = each.instrument not in sorts() or sorts()[each.instrument].get("ring", False)
    time = 0 if rings else math.ceil(each.seconds / STEP_TIME)
    slide = round(each.slide / STEP_SLIDE)
    key = each.instrument, each.pitch, time, force, slide
    if key not in made:
        seconds = time * STEP_TIME
        if each.instrument in sorts() and sorts()[each.instrument]["kind"] != "drum":
            made[key] = note(each.instrument, each.pitch, seconds, force * STEP_FORCE,
                             slide * STEP_SLIDE)  # fmt: skip
        elif each.pitch:
            made[key] = _tuned(each.instrument, each.pitch)
        else:
            made[key] = stroke(each.instrument)
    return made[key] * np.float32(each.level)


@lru_cache(maxsize=24)
def _tuned(name: str, pitch: int) -> Array:
    sound = stroke(name)[0]
    ratio = hertz(pitch) / DRUMS[name][0]
    at = np.arange(int(len(sound) / ratio)) * ratio
    return np.asarray(np.interp(at, np.arange(len(sound)), sound)[None], np.float32)


def crackle(n: int, seed: int) -> Array:
    """(2, n) at `RATE`: a record that has been played often."""
    random = stream(seed, "crackle")
    out = np.resize(hiss("vinyl", 900, 7000), (2, n)) * np.float32(0.05)
    at = random.integers(0, max(1, n - 8), max(1, int(14 * n / RATE)))
    for k in range(5):
        out[random.integers(0, 2, len(at)), at + k] += np.float32((-0.6) ** k) * random.exponential(
            0.25, len(at)
        ).astype(np.float32)
    return np.asarray(out, np.float32)


def _roomed(dry: Array, n: int, room: tuple[float, float], tone: float) -> Array:
    seconds, wet = room
    size = _round(dry.shape[1] + int(0.35 * seconds * RATE))
    answer = _answer(seconds, size)
    wide = size * SAMPLE_RATE // RATE
    out = np.empty((2, n), np.float32)
    filtered = _tape(size, tone) if tone else None
    for side in (0, 1):
        spectrum = np.fft.rfft(dry[side], size)
        spectrum *= 1 + np.float32(wet) * answer[side]
        if filtered is not None:
            spectrum *= filtered
        spectrum[-1] = 0
        out[side] = np.fft.irfft(spectrum, wide)[:n]
    out *= np.float32(wide / size)
    return out.T


def _round(size: int) -> int:
    """The next length that is quickly transformed, and a multiple of 4."""
    best = 1 << (size - 1).bit_length()
    for three in (3, 9, 27):
        for five in (1, 5, 25):
            odd = three * five
            best = min(best, odd << max(2, (-(-size // odd) - 1).bit_length()))
    return best


@lru_cache(maxsize=2)
def _answer(seconds: float, size: int) -> Array:
    tail = _tail(seconds)[:, :size]
    return np.stack([np.fft.rfft(side, size) for side in tail])


@cache
def _tail(seconds: float) -> Array:
    """The answer of a room: a few early ones from its walls, then what is left of all others; the
    high ones are gone sooner."""
    n = int(min(seconds, 3.2) * RATE)
    t = np.arange(n, dtype=np.float32) / RATE
    out = np.zeros((2, n), np.float32)
    late = int(LATE * RATE)
    for side in (0, 1):
        random = stream(side, "room", f"{seconds}")
        own = np.zeros(n, np.float32)
        for low, high, part, level in ((130, 1600, 1.0, 0.8), (1600, 5200, 0.6, 0.6)):
            bank = np.resize(hiss(f"room {side} {low}", low, high), n)
            own += level * bank * np.float32(10) ** (-3 * t / np.float32(seconds * part))
        own *= np.minimum(t / 0.02, 1)
        for at in random.uniform(0.004, 0.045, 6):
            own[int(at * RATE)] += np.float32(random.choice([-1, 1]) * 2.5 * math.exp(-at / 0.03))
        out[side, late:] = own[: n - late]
    return np.asarray(out / np.sqrt(np.square(out).sum(axis=1, keepdims=True)), np.float32)


@lru_cache(maxsize=2)
def _tape(size: int, tone: float) -> Array:
    f = np.fft.rfftfreq(size, 1 / RATE)
    return np.asarray(1 / np.sqrt(1 + (f / tone) ** 6), np.float32)
