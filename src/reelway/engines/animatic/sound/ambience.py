"""Sound of a film: layers of shaped noise and small events, mixed shot by shot.

    layers     which sounds a shot has, and how loud: place, weather, time and named sounds
    soundtrack every layer once for the whole film, cross-faded at the cuts, at one loudness

Noise is shaped in the frequency domain; what lives in it (swells, gusts, crackles, chirps) comes
from seeded streams. Samples are float32 (n, 2) at 48 kHz.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.speech import Speech
from reelway.request import FRAME_RATE

Array = npt.NDArray[Any]
Curve = Callable[[Array], Array]

LOUDNESS = 10 ** (-17.5 / 20)  # weighted RMS that is meant; about −16 LUFS
CEILING = 0.80  # peak: −1.9 dBFS, so that AAC stays under −1
CUT_FADE = 0.04  # seconds
FADE_IN, FADE_OUT = 0.15, 0.35  # seconds

BY_PLACE: dict[str, dict[str, float]] = {
    "coast": {"surf": 1.0, "wind": 0.25},
    "harbour": {"surf": 0.45, "hum": 0.6},
    "lake": {"lap": 0.7, "wind": 0.25},
    "river": {"stream": 0.9},
    "mountains": {"wind": 0.8},
    "forest": {"leaves": 0.6},
    "desert": {"wind": 0.9},
    "field": {"leaves": 0.5, "wind": 0.2},
    "city": {"hum": 1.0},
    "street": {"hum": 1.0},
    "village": {"leaves": 0.4, "wind": 0.2},
    "room": {"tone": 0.22},
    "space": {"drone": 1.0},
    "snow": {"wind": 0.9},
}
GREEN = {"forest", "field", "village", "lake", "river"}
INSIDE = 0.25  # what of the weather is heard in a room


def layers(shot: ShotPlan) -> dict[str, float]:
    """Name → loudness, about 1 for what leads."""
    out = dict(BY_PLACE.get(shot.place, {"wind": 0.4}))
    weather = {
        "rain": {"rain": 1.0},
        "storm": {"rain": 1.0, "wind": 1.0, "thunder": 1.0},
        "wind": {"wind": 1.1},
        "snow": {"wind": 0.7},
    }.get(shot.weather, {})
    for name, gain in weather.items():
        out[name] = max(out.get(name, 0), gain * (INSIDE if shot.place == "room" else 1))
    if shot.place in GREEN and shot.weather in ("clear", "fair", "overcast"):
        if shot.time in ("dawn", "day", "golden"):
            out["birds"] = 0.35
        elif shot.ground != "snow":
            out["crickets"] = 0.30
    if any(s.kind == "fire" for s in shot.subjects):
        out["fire"] = 0.7
    for name in shot.sounds & {
        "surf",
        "rain",
        "wind",
        "fire",
        "birds",
        "crickets",
        "hum",
        "thunder",
    }:
        out[name] = max(out.get(name, 0.0), 0.7)
    if "music" in shot.sounds:
        out["music"] = 0.9
    related = {"surf": {"lap", "stream"}, "wind": {"leaves", "drone"}}
    silent = set(shot.silenced).union(*(related.get(s, set()) for s in shot.silenced))
    return {} if "all" in silent else {k: v for k, v in out.items() if k not in silent}


def soundtrack(shots: Sequence[ShotPlan], seed: int, speech: Speech | None = None) -> Array:
    """All samples of the film."""
    n = sum(s.frames for s in shots) * SAMPLE_RATE // FRAME_RATE
    plans = [layers(s) for s in shots]
    mix = np.zeros((n, 2), np.float32)
    for name in sorted(set().union(*plans)):
        gains = [p.get(name, 0.0) for p in plans]
        sound = LAYERS[name](n, seed)
        sound /= max(_rms(sound), 1e-6)
        mix += sound * _envelope(shots, gains, n)[:, None] * np.float32(0.1)
    lead = max((gain for p in plans for gain in p.values()), default=0.0)
    mix = _mastered(mix, min(1.0, lead))
    return speech.over(mix, CEILING) if speech else mix


def _mastered(mix: Array, lead: float) -> Array:
    """One loudness (less where nothing leads: a quiet room stays quiet), a soft ceiling, quiet
    ends."""
    level = _rms(_weighted(mix))
    if level > 1e-6:
        mix = mix * np.float32(LOUDNESS * lead / level)
        knee = CEILING * 0.6
        over = np.maximum(np.abs(mix) - knee, 0)
        room = CEILING - knee
        mix = np.sign(mix) * (np.minimum(np.abs(mix), knee) + room * np.tanh(over / room))
    n = len(mix)
    a, b = int(FADE_IN * SAMPLE_RATE), int(FADE_OUT * SAMPLE_RATE)
    mix[:a] *= _half_cosine(a)[:, None]
    mix[n - b :] *= _half_cosine(b)[::-1, None]
    return np.asarray(mix, np.float32)


def _half_cosine(n: int) -> Array:
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0, math.pi, n)), np.float32)


def _rms(sound: Array) -> float:
    return float(np.sqrt(np.mean(np.square(sound), dtype=np.float64)))


def _weighted(mix: Array) -> Array:
    """Roughly what an ear hears of it: the lows count less, the presence range more."""
    spectrum = np.fft.rfft(mix.mean(axis=1))
    f = np.fft.rfftfreq(len(mix), 1 / SAMPLE_RATE)
    spectrum *= (f**2 / (f**2 + 60**2)) * (1 + 0.58 * f**2 / (f**2 + 1500**2))
    return np.asarray(np.fft.irfft(spectrum, len(mix)), np.float32)


def _envelope(shots: Sequence[ShotPlan], gains: Sequence[float], n: int) -> Array:
    """Gain over time: constant in a shot, crossing over at each cut."""
    half = int(CUT_FADE * SAMPLE_RATE) // 2
    at, level = [0.0], [gains[0]]
    for before, after, shot in zip(gains, gains[1:], shots[1:], strict=False):
        cut = shot.first * SAMPLE_RATE // FRAME_RATE
        at += [cut - half, cut + half]
        level += [before, after]
    at.append(n)
    level.append(gains[-1])
    return np.asarray(np.interp(np.arange(n), at, level), np.float32)


# Building blocks


def _noise(n: int, seed: int, name: str, curve: Curve) -> Array:
    """Noise (n, 2) of a spectrum: `curve` is the amplitude over hertz. Sides differ."""
    size = 1 << (n - 1).bit_length()
    f = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    shape = curve(np.maximum(f, 1.0)) * (f > 15)
    random = stream(seed, "sound", name)
    out = np.empty((n, 2), np.float32)
    middle = random.normal(size=(2, len(f)))
    for side in range(2):
        own = random.normal(size=(2, len(f)))
        parts = middle * 0.6 + own * 0.8
        out[:, side] = np.fft.irfft((parts[0] + 1j * parts[1]) * shape, size)[:n]
    return out / np.float32(max(_rms(out), 1e-9))


def _band(low: float, high: float, tilt: float = 0.0) -> Curve:
    """A pass band with soft sides; `tilt`: power of the frequency within."""

    def curve(f: Array) -> Array:
        sides = 1 / np.sqrt(1 + (low / f) ** 4) / np.sqrt(1 + (f / high) ** 4)
        return np.asarray(sides * (f / 1000) ** tilt)

    return curve


def _slow(n: int, seed: int, name: str, period: float) -> Array:
    """A wandering level 0…1, with a new aim every `period` seconds."""
    knots = int(n / SAMPLE_RATE / period) + 4
    aims = stream(seed, "slow", name).uniform(0, 1, knots)
    t = np.arange(n) / (period * SAMPLE_RATE)
    i = t.astype(np.int64)
    u = t - i
    u = u * u * (3 - 2 * u)
    return np.asarray(aims[i] * (1 - u) + aims[i + 1] * u, np.float32)


def _events(n: int, seed: int, name: str, rate: float) -> tuple[Array, np.random.Generator]:
    """Start samples of random events, `rate` a second, and the stream for the rest."""
    random = stream(seed, "events", name)
    count = max(1, int(rate * n / SAMPLE_RATE))
    return np.sort(random.integers(0, n, count)), random


def _place(out: Array, at: int, grain: Array, side: float) -> None:
    """Add a mono grain at a sample; `side` −1 left … 1 right, equal power."""
    grain = grain[: len(out) - at]
    angle = (side + 1) * math.pi / 4
    out[at : at + len(grain), 0] += grain * math.cos(angle)
    out[at : at + len(grain), 1] += grain * math.sin(angle)


# Layers: (samples, seed) → (n, 2), any loudness


def _surf(n: int, seed: int) -> Array:
    t = np.arange(n) / SAMPLE_RATE
    phase = stream(seed, "surf").uniform(0, 1)
    swell = (0.5 - 0.5 * np.cos(2 * math.pi * (t / 6.3 + phase))) ** 2.2
    swell = (swell * (0.6 + 0.4 * _slow(n, seed, "surf", 4.0))).astype(np.float32)
    late = np.roll(swell, int(0.5 * SAMPLE_RATE))
    low = _noise(n, seed, "surf-low", _band(60, 420, -0.5)) * (0.25 + swell)[:, None]
    foam = _noise(n, seed, "surf-foam", _band(900, 5500, -0.6)) * (0.06 + 0.65 * late)[:, None]
    return np.asarray(low * 0.7 + foam)


def _lap(n: int, seed: int) -> Array:
    gentle = _noise(n, seed, "lap", _band(180, 1400, -0.7))
    return np.asarray(gentle * (0.2 + _slow(n, seed, "lap", 0.55)[:, None] ** 2))


def _stream(n: int, seed: int) -> Array:
    run = _noise(n, seed, "stream", _band(350, 5200, -0.45))
    return np.asarray(run * (0.8 + 0.25 * _slow(n, seed, "stream", 0.18)[:, None]))


def _wind(n: int, seed: int) -> Array:
    gust = _slow(n, seed, "gust", 1.7)[:, None]
    low = _noise(n, seed, "wind-low", _band(70, 330, -0.6)) * (0.35 + 0.65 * gust)
    howl = _noise(n, seed, "wind-high", _band(380, 950, -0.5)) * gust**2
    return np.asarray(low + 0.55 * howl)


def _leaves(n: int, seed: int) -> Array:
    air = _noise(n, seed, "leaves", _band(1100, 7000, -0.55))
    return np.asarray(air * (0.15 + _slow(n, seed, "leaves", 1.3)[:, None] ** 2))


def _rain(n: int, seed: int) -> Array:
    out = _noise(n, seed, "rain", _band(900, 11000, -0.35))
    out *= (0.85 + 0.2 * _slow(n, seed, "rain", 1.1))[:, None]
    starts, random = _events(n, seed, "drops", 90)
    t = np.arange(int(0.012 * SAMPLE_RATE)) / SAMPLE_RATE
    for at in starts:
        drop = np.exp(-t * random.uniform(300, 700)) * np.sin(
            2 * math.pi * random.uniform(1800, 5200) * t
        )
        _place(out, int(at), drop * random.uniform(0.3, 1.6), random.uniform(-1, 1))
    return out


def _hum(n: int, seed: int) -> Array:
    out = _noise(n, seed, "hum", _band(45, 260, -0.7))
    out += 0.22 * _noise(n, seed, "hum-air", _band(400, 2600, -0.8))
    passing = _noise(n, seed, "cars", _band(180, 1500, -0.6))
    starts, random = _events(n, seed, "cars", 0.35)
    t = np.arange(n) / SAMPLE_RATE
    for at in starts:
        bump = np.exp(-(((t - at / SAMPLE_RATE) / random.uniform(0.7, 1.3)) ** 2)).astype(
            np.float32
        )
        side = np.tanh((t - at / SAMPLE_RATE) * random.choice([-1, 1])).astype(np.float32)
        out[:, 0] += passing[:, 0] * bump * (0.6 - 0.4 * side)
        out[:, 1] += passing[:, 1] * bump * (0.6 + 0.4 * side)
    return out


def _fire(n: int, seed: int) -> Array:
    out = (
        _noise(n, seed, "fire", _band(60, 500, -0.6))
        * (0.35 + 0.3 * _slow(n, seed, "fire", 0.3))[:, None]
    )
    starts, random = _events(n, seed, "crackle", 16)
    for at in starts:
        length = int(random.uniform(0.002, 0.018) * SAMPLE_RATE)
        snap = random.normal(size=length) * np.exp(-np.linspace(0, 6, length))
        _place(out, int(at), snap * random.pareto(2.2) * 1.4, random.uniform(-0.5, 0.5))
    return np.clip(out, -6, 6)


def _birds(n: int, seed: int) -> Array:
    out = np.zeros((n, 2), np.float32)
    starts, random = _events(n, seed, "birds", 0.9)
    for at in starts:
        base, side = random.uniform(2300, 4300), random.uniform(-0.9, 0.9)
        far = random.uniform(0.25, 1.0)
        for note in range(int(random.integers(2, 6))):
            length = int(random.uniform(0.05, 0.13) * SAMPLE_RATE)
            u = np.linspace(0, 1, length)
            pitch = base * (1 + random.uniform(-0.16, 0.16) + random.uniform(-0.25, 0.25) * u)
            chirp = (
                np.sin(2 * math.pi * np.cumsum(pitch) / SAMPLE_RATE) * np.sin(math.pi * u) ** 1.5
            )
            start = int(at + note * random.uniform(0.11, 0.17) * SAMPLE_RATE)
            if start < n:
                _place(out, start, chirp * far, side)
    out += 0.02 * _noise(n, seed, "birds", _band(1500, 6000, -0.5))
    return out


def _crickets(n: int, seed: int) -> Array:
    random = stream(seed, "crickets")
    t = np.arange(n) / SAMPLE_RATE
    out = np.zeros((n, 2), np.float32)
    for _ in range(5):
        pitch, rate = random.uniform(3900, 4900), random.uniform(1.6, 2.6)
        phase, side = random.uniform(0, 1), random.uniform(-1, 1)
        group = np.clip(np.sin(2 * math.pi * (t * rate + phase)) * 2, 0, 1)
        pulse = np.clip(np.sin(2 * math.pi * t * 31 + phase * 9), 0, 1) ** 2
        tone = np.sin(2 * math.pi * pitch * t) * group * pulse * random.uniform(0.3, 1)
        _place(out, 0, tone, side)
    return out


def _tone(n: int, seed: int) -> Array:
    return _noise(n, seed, "tone", _band(60, 420, -0.9)) + 0.1 * _noise(
        n, seed, "tone-air", _band(800, 4000, -0.8)
    )


def _drone(n: int, seed: int) -> Array:
    return _noise(n, seed, "drone", _band(38, 120, -0.5)) + _pad(n, seed, (55.0, 82.4, 110.3)) * 0.8


def _thunder(n: int, seed: int) -> Array:
    out = 0.02 * _noise(n, seed, "far-thunder", _band(30, 110, -0.5))
    rumble = _noise(n, seed, "thunder", _band(30, 190, -0.7))
    starts, random = _events(n, seed, "thunder", 0.22)
    t = np.arange(n) / SAMPLE_RATE
    for at in starts:
        since = t - at / SAMPLE_RATE
        roll = np.where(
            since > 0, (1 - np.exp(-np.maximum(since, 0) * 18)) * np.exp(-since / 1.3), 0
        )
        out += rumble * (roll * random.uniform(0.5, 1)).astype(np.float32)[:, None] * 2.5
    return out


CHORDS = ((0, 3, 7, 10), (8, 12, 15, 19), (3, 7, 10, 14), (10, 14, 17, 21))  # semitones, minor
CHORD_SECONDS = 3.0


def _music(n: int, seed: int) -> Array:
    """A slow pad of four chords, and a sparse felt-like note above."""
    random = stream(seed, "music")
    root = 110.0 * 2 ** (int(random.integers(-3, 4)) / 12)
    out = np.zeros((n, 2), np.float32)
    length = int(CHORD_SECONDS * SAMPLE_RATE)
    swell = np.sin(np.linspace(0, math.pi, int(length * 1.35))) ** 0.8
    for i, start in enumerate(range(0, n, length)):
        chord = CHORDS[i % len(CHORDS)]
        pad = _pad(len(swell), seed + i, tuple(root * 2 ** (s / 12) for s in chord))
        pad *= swell[:, None]
        out[start : start + len(pad)] += pad[: n - start]
        t = np.arange(int(1.8 * SAMPLE_RATE)) / SAMPLE_RATE
        for beat in (0.75, 2.25):
            at = start + int(beat * SAMPLE_RATE)
            pitch = root * 4 * 2 ** (int(random.choice(chord)) / 12)
            note = np.exp(-t * 3) * (
                np.sin(2 * math.pi * pitch * t) + 0.2 * np.sin(4 * math.pi * pitch * t)
            )
            note *= np.minimum(t / 0.008, 1)
            if at < n:
                _place(out, at, note * 0.5, random.uniform(-0.4, 0.4))
    return out


def _pad(n: int, seed: int, pitches: tuple[float, ...]) -> Array:
    random = stream(seed, "pad")
    t = np.arange(n) / SAMPLE_RATE
    out = np.zeros((n, 2), np.float32)
    for pitch in pitches:
        for side in (0, 1):
            detune = 1 + random.uniform(-0.0025, 0.0025)
            phase = random.uniform(0, 2 * math.pi)
            wave = np.sin(2 * math.pi * pitch * detune * t + phase)
            wave += 0.35 * np.sin(4 * math.pi * pitch * detune * t + phase)
            out[:, side] += wave / len(pitches)
    return out


LAYERS: dict[str, Callable[[int, int], Array]] = {
    "surf": _surf, "lap": _lap, "stream": _stream, "wind": _wind, "leaves": _leaves,
    "rain": _rain, "hum": _hum, "fire": _fire, "birds": _birds, "crickets": _crickets,
    "tone": _tone, "drone": _drone, "thunder": _thunder, "music": _music,
}  # fmt: skip
