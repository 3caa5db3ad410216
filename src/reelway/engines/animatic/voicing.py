"""How speech sounds in the film: its spectrum, its room, its level, and what gives way to it.

    line at 22.05 kHz ─► high-pass, tilt, distance ─► 48 kHz ─► one level ─► room of the place

and how far everything else gives way (`ducking`): 9 dB while somebody speaks.

All by Fourier transforms of whole lines; samples are float, (n,) of a line and (n, 2) of a film.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]

RATE = 22_050  # samples a second of a line
UP, DOWN = 320, 147  # 48 kHz over 22.05 kHz
BLOCK = 64 * DOWN  # lines are filled up to such lengths, which transform fast
SPEECH = 10 ** (-18.5 / 20)  # RMS of a line where it sounds
DUCK = 10 ** (-9 / 20)  # of the ambience under speech
BEFORE, AFTER = 0.18, 0.4  # seconds in which it gives way and comes back
NEAR = 0.7  # seconds: in a pause shorter than that it stays low
HIGH_PASS = 95.0  # Hz
TILT_FROM, TILT_TO = 250.0, 6000.0  # Hz: where a voice's tilt begins and ends
# Seconds in which the room falls by 60 dB, and how much of it there is; delays in seconds of a
# single echo, and how much.
ROOMS: dict[str, tuple[float, float, float, float]] = {
    "room": (0.45, 0.20, 0, 0),
    "space": (1.1, 0.16, 0, 0),
    "street": (0.6, 0.10, 0.06, 0.06),
    "city": (0.7, 0.08, 0.09, 0.06),
    "harbour": (0.6, 0.06, 0.11, 0.05),
    "village": (0.4, 0.07, 0, 0),
    "forest": (0.7, 0.07, 0, 0),
    "mountains": (1.2, 0.05, 0.31, 0.10),
    "river": (0.5, 0.05, 0, 0),
    "narrator": (0.15, 0.02, 0, 0),
    "beyond": (2.2, 0.34, 0.23, 0.12),
}
OPEN = (0.2, 0.03, 0.0, 0.0)
USUAL = 0.3  # how far away somebody is for whom `ROOMS` is as it says
CHEST, CHEST_FROM, CHEST_TO = (2.5, -4.0), 150.0, 600.0  # dB of the lows, near and far; Hz
AIR, AIR_FROM = -4.5, 2500.0  # dB that far air takes from the highs; Hz
WEAKER = -2.5  # dB, far off; the rest is taken by the microphone


@dataclass(frozen=True, kw_only=True)
class Track:
    """One line, to be mixed."""

    pcm: Array
    start: float  # seconds of the film
    place: str
    level: float  # dB over the common one
    tilt: float  # dB an octave
    side: float  # −1 left … 1 right
    far: float = USUAL  # 0 at the ear … 1 far off


def spoken(n: int, tracks: Sequence[Track]) -> Array:
    """(n, 2): the lines of a film at their times, each in its room."""
    speech = np.zeros((n, 2), np.float32)
    for track in tracks:
        at = round(track.start * SAMPLE_RATE)
        sound = shaped(track.pcm, track.tilt, track.level, track.far)
        sound = placed(sound, track.place, track.side, track.far)
        sound = sound[: n - at]
        speech[at : at + len(sound)] += sound
    return speech


def shaped(pcm: Array, tilt: float, level: float, far: float = USUAL) -> Array:
    """A line at 48 kHz, without rumble, tilted, as from its distance, at the common level."""
    n = -(-len(pcm) // BLOCK) * BLOCK + BLOCK
    spectrum = np.fft.rfft(pcm.astype(np.float32), n)
    f = np.fft.rfftfreq(n, 1 / RATE).astype(np.float32)
    spectrum *= _gain(f, tilt, far)
    long = n // DOWN * UP
    wide = np.zeros(long // 2 + 1, np.complex64)
    edge = np.clip((RATE / 2 - f) / 600, 0, 1)  # no step at the end of the band
    wide[: len(spectrum)] = spectrum * edge
    sound = np.asarray(np.fft.irfft(wide, long) * (UP / DOWN))[: len(pcm) * UP // DOWN]
    rms = active_level(sound)
    wanted = SPEECH * 10 ** ((level + WEAKER * far) / 20)
    return _limited(sound * (wanted / rms) if rms > 1e-9 else sound, 0.75)


def _gain(f: Array, tilt: float, far: float) -> Array:
    """Of a voice's tilt, the lows that the near has, the highs that the air takes."""
    marks = np.geomspace(40, RATE / 2, 64)
    octaves = np.log2(np.clip(marks, TILT_FROM, TILT_TO) / 1000)
    chest = CHEST[0] + (CHEST[1] - CHEST[0]) * far
    low = np.clip(np.log(CHEST_TO / marks) / math.log(CHEST_TO / CHEST_FROM), 0, 1)
    high = np.clip(np.log2(marks / AIR_FROM) / 2, 0, 1)
    rumble = -10 * np.log10(1 + (HIGH_PASS / marks) ** 6)
    told = tilt * octaves + chest * low + AIR * far * high + rumble
    return np.asarray(np.interp(f, marks, 10 ** (told / 20)), np.float32)


def active_level(sound: Array) -> float:
    """RMS of those 20 ms that are not pauses."""
    hop = SAMPLE_RATE // 50
    if len(sound) < hop:
        return 0.0
    powers = np.mean(np.square(sound[: len(sound) // hop * hop].reshape(-1, hop)), axis=1)
    return float(np.sqrt(powers[powers >= powers.max() * 10**-2.5].mean()))


def placed(sound: Array, place: str, side: float, far: float = USUAL) -> Array:
    """(n, 2): the line in the room of its place, to one side; of one far off more is the room."""
    seconds, wet, delay, echo = ROOMS.get(place, OPEN)
    wet, echo = (part * (0.4 + 2 * far) for part in (wet, echo))
    tail = _tail(seconds)
    late = int(delay * SAMPLE_RATE)
    n = len(sound) + len(tail) + late
    size = 1 << (n - 1).bit_length()
    dry = np.fft.rfft(sound, size)
    out = np.zeros((n, 2), np.float32)
    angle = (side + 1) * math.pi / 4
    for ear, gain in enumerate((math.cos(angle), math.sin(angle))):
        answer = np.fft.rfft(np.ascontiguousarray(tail[:, ear]), size)
        out[:, ear] = np.float32(wet) * np.fft.irfft(dry * answer, size)[:n]
        out[: len(sound), ear] += np.float32(gain * math.sqrt(2)) * sound
        if echo:
            out[late : late + len(sound), ear] += np.float32(echo) * sound
    return out


@cache
def _tail(seconds: float) -> Array:
    """A room's answer: noise that dies away, dull, of energy 1 in each ear."""
    n = int(seconds * SAMPLE_RATE)
    noise = stream(0, "room", str(seconds)).normal(size=(n, 2))
    spectrum = np.fft.rfft(noise, axis=0)
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)[:, None]
    dull = np.fft.irfft(spectrum * (f / (f + 200)) / (1 + (f / 3500) ** 2), n, axis=0)
    t = np.arange(n) / SAMPLE_RATE
    onset = np.minimum(t / 0.008, 1) * (t > 0.004)
    dull *= (10 ** (-3 * t / seconds) * onset)[:, None]
    return np.asarray(dull / np.sqrt(np.square(dull).sum(axis=0)), np.float32)


def ducking(n: int, tracks: Sequence[Track]) -> Array:
    """Gain of everything else over time."""
    spans: list[list[float]] = []
    for track in sorted(tracks, key=lambda t: t.start):
        end = track.start + len(track.pcm) / RATE
        if spans and track.start - spans[-1][1] < NEAR:
            spans[-1][1] = end
        else:
            spans.append([track.start, end])
    t = np.arange(n) / SAMPLE_RATE
    low = np.zeros(n)
    for start, end in spans:
        rise = np.clip((t - start + BEFORE) / BEFORE, 0, 1)
        fall = np.clip((end + AFTER - t) / AFTER, 0, 1)
        low = np.maximum(low, np.minimum(rise, fall))
    low = low * low * (3 - 2 * low)
    return np.asarray(DUCK**low)


def _limited(sound: Array, ceiling: float) -> Array:
    """Soft from 70 % of the ceiling on, which is never passed."""
    knee = ceiling * 0.7
    loud = np.abs(sound)
    over = np.maximum(loud - knee, 0)
    room = ceiling - knee
    return np.asarray(np.sign(sound) * (np.minimum(loud, knee) + room * np.tanh(over / room)))
