"""How instruments sound: every note is made by numbers, none is recorded.

    struck   what is struck or plucked and dies away: partials of the string, bar or bell, each with
             its own decay, all at once as one product of matrices
    blown    what is bowed, blown, sung or held by a machine: one turn of the wave, with the body's
             resonances, read at a pitch that has vibrato and slides
    note     one note of an instrument, level about 1, as (1, n) or, of ensembles, (2, n)

`instruments.json` has the instruments. Notes are made at `RATE`: there is nothing above 13 kHz.
"""

from __future__ import annotations

import json
import math
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.blocks import CONTROL, smooth

Array = npt.NDArray[Any]
Sort = dict[str, Any]

RATE = 32_000
BLOCK = 128  # samples that a partial goes on before its next power is taken
TOP = 13_000.0  # hertz
TURN = 4096  # points of one turn of a wave
PARTIALS = 22
HEARD = 7.0  # time constants after which a partial is gone (−60 dB)
LONGEST = 3.2  # seconds that something rings


@cache
def sorts() -> dict[str, Sort]:
    text = resources.files(__package__).joinpath("instruments.json").read_text("utf-8")
    loaded: dict[str, Sort] = json.loads(text)
    return loaded


def hertz(pitch: float) -> float:
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def note(name: str, pitch: int, seconds: float, force: float, slide: float = 0.0) -> Array:
    """`force` 0…1 is how hard, heard in the colour only; `slide`: semitones from which it comes."""
    sort = sorts()[name]
    if sort["kind"] == "struck":
        sound = struck(sort, pitch, seconds, force)[None]
        if slide and "bend" in sort:
            sound = _bent(sound, slide * sort["bend"])
    else:
        sound = blown(name, pitch, seconds, force, slide)
    return _shaped(sort, sound)


def struck(sort: Sort, pitch: int, seconds: float, force: float) -> Array:
    f0 = hertz(pitch)
    ratios, amps = _partials(sort, f0, force)
    pitches = f0 * ratios
    keep = pitches < TOP
    pitches, amps, ratios = pitches[keep], amps[keep], ratios[keep]
    slow = float(sort["decay"]) * (220 / f0) ** 0.45
    tau = slow / HEARD * 2.2 / (1 + float(sort["damp"]) * (ratios - ratios[0]))
    ring = min(LONGEST, float(tau.max()) * HEARD)
    n = int(RATE * (ring if sort.get("ring") else min(ring, seconds + sort.get("release", 0.1))))
    if "twin" in sort:  # a second string, a little off
        off = 2 ** (float(sort["twin"]) / 1200)
        pitches, tau = np.concatenate([pitches, pitches * off]), np.concatenate([tau, tau * 1.3])
        amps = np.concatenate([0.6 * amps, 0.4 * amps])
    out = _decaying(pitches, amps, tau, n)
    for name, length in (("click", 0.012), ("knock", 0.05)):
        if name in sort:
            out[: int(length * RATE)] += _knock(length)[:n] * np.float32(sort[name] * 6 * force)
    rise = min(n, int(RATE * 0.0015))
    out[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    return out


def _partials(sort: Sort, f0: float, force: float) -> tuple[Array, Array]:
    if "partials" in sort:
        table = np.asarray(sort["partials"], np.float64)
        return table[:, 0], table[:, 1] * np.where(table[:, 0] > 1, 0.5 + force, 1.0)
    k = np.arange(1, PARTIALS + 1)
    ratios = k * np.sqrt(1 + float(sort.get("stiff", 0.0)) * k * k)
    hard = float(sort["hard"]) * (0.45 + 1.1 * force)
    amps = k ** -float(sort["slope"]) * np.abs(np.sin(math.pi * k * float(sort["place"])))
    return ratios, amps * np.exp(-f0 * ratios / hard)


def _decaying(pitches: Array, amps: Array, tau: Array, n: int) -> Array:
    """Sum of decaying sines: e^(at) at every block times e^(at) within one."""
    speed = 2j * math.pi * pitches / RATE - 1 / (tau * RATE)
    blocks = np.exp(np.arange(-(-n // BLOCK))[:, None] * BLOCK * speed) * amps
    inner = np.exp(speed[:, None] * np.arange(BLOCK))
    left = np.concatenate([blocks.imag, blocks.real], axis=1).astype(np.float32)
    right = np.concatenate([inner.real, inner.imag]).astype(np.float32)
    return np.asarray((left @ right).ravel()[:n], np.float32)


@cache
def _knock(seconds: float) -> Array:
    n = int(seconds * RATE)
    burst = hiss("knock", 150, 700 if seconds > 0.02 else 5000)[:n]
    return np.asarray(burst * np.exp(-np.arange(n) * 6 / n), np.float32)


@cache
def hiss(name: str, low: float, high: float) -> Array:
    """Two seconds of noise of a band with soft sides, level 0.3."""
    n = 2 * RATE
    parts = np.fft.rfft(stream(0, "music", name).standard_normal(n, np.float32))
    f = np.fft.rfftfreq(n, 1 / RATE)
    f[0] = 1e-3
    parts *= (1 / np.sqrt(1 + (low / f) ** 6) / np.sqrt(1 + (f / high) ** 6)).astype(np.float32)
    out = np.fft.irfft(parts, n)
    return np.asarray(0.3 * out / np.sqrt(np.mean(out**2)), np.float32)


def _bent(sound: Array, semitones: float) -> Array:
    """Pressed behind the bridge: the pitch comes up to where it belongs."""
    n = sound.shape[1]
    t = np.arange(n, dtype=np.float32) / RATE
    drop = 1 - np.exp2(np.float32(-abs(semitones) / 12))
    late = drop * np.float32(0.06) * (1 - np.exp(-t / np.float32(0.06))) * RATE
    at = np.arange(n, dtype=np.float32) - (late if semitones < 0 else -late)
    return np.asarray(np.interp(at, np.arange(n), sound[0])[None], np.float32)


def blown(name: str, pitch: int, seconds: float, force: float, slide: float) -> Array:
    sort = sorts()[name]
    seconds = min(seconds, float(sort.get("short", seconds)))
    n = max(CONTROL * 4, int(RATE * (seconds + float(sort["release"]))))
    t = np.arange(-(-n // CONTROL) + 1) * (CONTROL / RATE)
    level = _level(sort, t, seconds)
    wave = _turn(name, pitch, round(force * 3))
    dull = _turn(name, pitch, -1) if "bite" in sort else wave
    voices = int(sort.get("voices", 1))
    random = stream(pitch, "music voice", name)
    out = np.zeros((2 if voices > 1 else 1, n), np.float32)
    envelope = smooth(level, n)
    for voice in range(voices):
        away = (voice / max(1, voices - 1) - 0.5) * float(sort.get("detune", 0))
        phase = _phase(sort, hertz(pitch), t, away, slide, random.uniform(0, 1))
        turns = _spread(phase, n)
        sound = wave[turns]
        if "bite" in sort:  # brass is brighter where it is louder
            bright = smooth(np.clip(1.15 * np.exp(-t / 0.5) + 0.35 * force, 0, 1) * level, n)
            sound = dull[turns] * (1 - bright) + sound * bright
        out[voice % len(out)] += sound
    if "breath" in sort:
        near = hertz(pitch // 6 * 6)
        bank = hiss("breath", 0.6 * near, 5 * near + 1500)
        at = int(random.integers(0, RATE // 2))
        out += np.resize(bank[at:], n) * np.float32(3 * sort["breath"] * math.sqrt(voices))
    out *= envelope * np.float32(1 / math.sqrt(voices / len(out)))
    return out


def _level(sort: Sort, t: Array, seconds: float) -> Array:
    attack, release = float(sort["attack"]), float(sort["release"])
    attack = min(attack, 0.6 * seconds)
    rise = np.sin(np.clip(t / attack, 0, 1) * (math.pi / 2)) ** 2
    end = np.clip((seconds + release - t) / release, 0, 1)
    level = rise * end * end * (3 - 2 * end)
    if sort.get("swell"):  # a bow or a breath, which is not even
        level = level * (0.72 + 0.28 * np.sin(np.clip(t / max(seconds, 0.3), 0, 1) * math.pi))
    if "shake" in sort:
        later = np.clip((t - 0.25) / 0.3, 0, 1)
        level = level * (1 - sort["shake"] * later * (0.5 + 0.5 * np.sin(2 * math.pi * 5.1 * t)))
    if "short" in sort:
        level = level * np.exp(-t / (0.6 * float(sort["short"])))
    return np.asarray(level)


def _phase(sort: Sort, f0: float, t: Array, cents: float, slide: float, start: float) -> Array:
    """Turns, at the points of a slow level."""
    off = np.full(len(t), cents)
    if "vibrato" in sort:
        rate, depth, delay = sort["vibrato"]
        grown = np.clip((t - delay) / 0.35, 0, 1)
        off = off + depth * grown * np.sin(2 * math.pi * (rate * t + start))
    if "slide" in sort:
        come = slide or -0.35
        off = off + 100 * come * float(sort["slide"]) * np.exp(-t / 0.045)
    steps = f0 * 2 ** (off / 1200) * (CONTROL / RATE)
    return np.asarray(start + np.concatenate([[0.0], np.cumsum(steps[:-1])]))


def _spread(phase: Array, n: int) -> Array:
    """Places in a turn for every sample."""
    first = np.asarray((phase[:-1] % 1.0) * TURN, np.float32)
    steps = np.asarray(np.diff(phase) * (TURN / CONTROL), np.float32)
    at = first[:, None] + steps[:, None] * np.arange(CONTROL, dtype=np.float32)
    return np.asarray(at.astype(np.int32).ravel()[:n] & (TURN - 1))


@lru_cache(maxsize=400)
def _turn(name: str, pitch: int, force: int) -> Array:
    """One turn of an instrument's wave, of level 1; −1 is the dullest."""
    sort, f0 = sorts()[name], hertz(pitch)
    amps = np.zeros(TURN // 2 + 1)
    if "bars" in sort:
        for ratio, amp in sort["bars"]:
            if f0 * ratio < TOP:
                amps[ratio] = amp * (0.8 + 0.13 * force if ratio > 1 else 1)
        return _wave(amps, name)
    k = np.arange(1, max(2, int(TOP / f0) + 1))[: TURN // 2]
    f = k * f0
    slope = float(sort["slope"]) + (0.18 * (1.5 - force) if force >= 0 else 1.0)
    body = np.ones(len(k))
    for middle, width, gain in sort.get("formants", ()):
        body += gain / (1 + ((f - middle) / width) ** 2)
    cut = float(sort.get("cut", TOP))
    amps[k] = k**-slope * body / np.sqrt(1 + (f / cut) ** 4)
    wave = _wave(amps, name)
    if "drive" in sort:
        wave = np.tanh(wave * np.float32(sort["drive"]))
        parts = np.fft.rfft(wave)
        bins = np.arange(len(parts)) * f0
        parts *= np.where(bins < TOP, 1 / np.sqrt(1 + (bins / cut) ** 4), 0)
        wave = np.fft.irfft(parts, TURN)
        wave = np.asarray(wave / np.sqrt(np.mean(wave**2)), np.float32)
    return wave


def _wave(amps: Array, name: str) -> Array:
    angles = stream(0, "music turn", name).uniform(-1.2, 1.2, len(amps))
    wave = np.fft.irfft(amps * np.exp(1j * angles), TURN)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), np.float32)


def _shaped(sort: Sort, sound: Array) -> Array:
    """With what is done to the whole note, gone at its end, level about 1 where it is loudest."""
    n = sound.shape[1]
    if "tremolo" in sort:
        rate, depth = sort["tremolo"]
        t = np.arange(-(-n // CONTROL) + 1) * (CONTROL / RATE)
        sound = sound * smooth(1 - depth * (0.5 - 0.5 * np.cos(2 * math.pi * rate * t)), n)
    if sort["kind"] == "struck":
        if "drive" in sort:
            sound = np.tanh(
                sound * np.float32(sort["drive"] / max(float(np.abs(sound).max()), 1e-6))
            )
        end = min(n, int(RATE * float(sort.get("release", 0.08))))
        sound[:, n - end :] *= np.linspace(1, 0, end, dtype=np.float32) ** 2
    first = sound[:, : int(0.5 * RATE)]
    level = math.sqrt(float(np.mean(np.square(first))))
    gain = (
        0.25 / max(level, 1e-6)
        if sort["kind"] == "blown"
        else 0.5 / max(0.25 * float(np.abs(first).max()) + level, 1e-6) * 0.5
    )
    return np.asarray(sound * np.float32(gain), np.float32)
