"""What makes a voice of espeak-ng's buzz: a line is taken apart, and put together as somebody.

    line ─► frames ─┬► envelope: what throat and mouth let through ─► another throat's
                    └► what is left: the glottis ─► breath above 2 kHz; a whisper is all breath
         ─► evened: loud and soft, the hiss of s, the whole nearer to how people sound ─► wavering

A throat `throat` times as short as espeak-ng's has its formants that much higher; pitch and time
stay as they were, and so do the tones of Chinese. The lines keep their length.

By Fourier transforms of frames of 29 ms; the breath is the same in each film.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.cast import COLOURS, VARIANTS, Voice, manner_of
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]

RATE = 22_050
FRAME, HOP = 640, 160
BINS = FRAME // 2 + 1
HUSH = 3e-4  # amplitude of what is silence
NEPER = math.log(10) / 20  # of a dB
# Of the spectrum's whole cepstrum, what is envelope: below this share of the pitch's period.
LIFTER = 0.5
BREATH_FROM, BREATH_FULL = 1200.0, 6500.0  # Hz: where breath begins and is at its most
MOST_GAIN = 2.8  # nepers that one throat differs from another in a band
# espeak-ng's throats let nothing through between their formants, nor above the last one: dB that
# there is at least under what is around, and under what people have there (`HIGH` Hz and above).
VALLEY, AIR, HIGH = 27.0, 14.0, 3500.0
EVENED = 0.35  # of the loudness's differences inside a line, what is taken away
COLOURED = (250.0, 8000.0)  # Hz
SHARP = 0.5  # of a frame's amplitude, what may lie above `HISS`
HISS = 4500.0  # Hz
TOWARDS, MOST_TOWARDS = 0.6, 7.0  # how far the whole goes to `PEOPLE`, and at most, in dB
# Speech of people in bands of a third of an octave, dB: Byrne and others, JASA 96 (1994), table II.
PEOPLE = {
    125: 52, 160: 55, 200: 59, 250: 60, 315: 59, 400: 62, 500: 62, 630: 60.5, 800: 57, 1000: 53.7,
    1250: 53, 1600: 52, 2000: 48.7, 2500: 48.1, 3150: 46.8, 4000: 45.6, 5000: 44.5, 6300: 44.3,
    8000: 43.7, 10000: 43.4,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Timbre:
    """How a line sounds, besides pitch and pace, which espeak-ng makes."""

    throat: float = 1.0
    breath: float = 0.5  # 0…1 of what is above `BREATH_FULL`
    effort: float = 0.0  # dB an octave, 300 Hz to 3 kHz: a shout presses
    waver: float = 1.0  # of the pitch: 1 a calm grown-up, 3 somebody old
    whispered: bool = False
    metal: float = 0.0  # how much of a robot
    colour: tuple[float, ...] = (0.0,) * COLOURS  # dB, in the octaves of `COLOURED`


def of(voice: Voice, line: Line) -> Timbre:
    manner = set(line.manner)
    breath = voice.breath + 0.25 * ("soft" in manner) - 0.2 * ("shout" in manner)
    effort = 3.0 * ("shout" in manner) + 1.2 * ("angry" in manner) - 1.5 * ("soft" in manner)
    metal = 1.0 if "robot" in manner or voice.nature == "robot" else 0.0
    return Timbre(
        throat=voice.throat * manner_of(line).throat / VARIANTS[voice.variant][2],
        breath=min(1.0, max(0.1, breath + 0.2 * ("ghost" in manner))),
        effort=effort,
        waver=0.0 if metal else voice.waver * (1.6 if manner & {"sad", "ghost"} else 1.0),
        whispered="whisper" in manner,
        metal=metal,
        colour=voice.colour,
    )


def made(pcm: Array, pitch: float, timbre: Timbre, seed: str) -> Array:
    """`pitch`: about the line's, in Hz; `seed`: whose breath it is."""
    if len(pcm) < HOP or float(np.abs(pcm).max()) < HUSH:
        return pcm
    spectra = _apart(pcm)
    level = np.abs(spectra)
    envelope = _envelope(level, pitch)
    f = np.fft.rfftfreq(FRAME, 1 / RATE)
    throat = _filled(_bent(envelope, timbre.throat), f)
    tilt = _tilt(f, timbre.effort + (4.0 if timbre.whispered else 0.0))
    if timbre.whispered:
        tilt = tilt - 2.3 * np.clip(1 - f / 550, 0, 1).astype(np.float32)
    voiced = spectra * np.exp(np.clip(throat - envelope, -MOST_GAIN, MOST_GAIN) + tilt)
    out = _breathed(voiced, np.exp(throat + tilt), level, f, timbre, seed)
    out *= _evened(np.abs(out), f, 2 * EVENED if timbre.whispered else EVENED)
    marks = np.log(np.geomspace(*COLOURED, len(timbre.colour)))
    colour = np.interp(np.log(np.maximum(f, 60)), marks, timbre.colour)
    out *= np.exp(colour * NEPER).astype(np.float32)
    sound = _together(out, len(pcm))
    if timbre.metal:
        sound = _metal(sound)
    return _wavered(sound, timbre.waver, seed)


def _apart(pcm: Array) -> Array:
    """(frames, bins), complex; the frames overlap by three quarters."""
    padded = np.pad(pcm.astype(np.float32), (FRAME, FRAME + HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return np.fft.rfft(frames * _window(), axis=1)


def _together(spectra: Array, size: int) -> Array:
    frames = np.fft.irfft(spectra, FRAME, axis=1) * (_window() * 0.5)
    count, steps = len(frames), FRAME // HOP
    out = np.zeros((count + steps, HOP), np.float32)
    for k in range(steps):
        out[k : k + count] += frames[:, k * HOP : (k + 1) * HOP]
    return np.asarray(out.ravel()[FRAME : FRAME + size], np.float64)


@cache
def _window() -> Array:
    return np.sqrt(0.5 - 0.5 * np.cos(2 * math.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


def _envelope(level: Array, pitch: float) -> Array:
    """(frames, bins) in nepers, smooth, over the harmonics' heads."""
    log = np.log(level + np.float32(1e-5))
    keep = min(70, max(24, int(LIFTER * RATE / max(pitch, 60.0))))
    lifter = np.zeros(FRAME, np.float32)
    lifter[:keep] = lifter[FRAME - keep + 1 :] = 1
    lifter[keep - 6 : keep] = lifter[FRAME - keep + 1 : FRAME - keep + 7] = 0.5
    smooth = log
    for _ in range(2):  # what lies between the harmonics is filled, then smoothed again
        cepstrum = np.fft.irfft(smooth, FRAME, axis=1) * lifter
        envelope = np.fft.rfft(cepstrum, axis=1).real
        smooth = np.maximum(log, envelope)
    return np.asarray(envelope, np.float32)


def _bent(envelope: Array, throat: float) -> Array:
    """The envelope stretched in frequency."""
    if abs(throat - 1) < 1e-3:
        return envelope
    at = np.minimum(np.arange(BINS) / throat, BINS - 1.001)
    low = at.astype(int)
    part = (at - low).astype(np.float32)
    return np.asarray(envelope[:, low] * (1 - part) + envelope[:, low + 1] * part)


def _filled(throat: Array, f: Array) -> Array:
    """No band quite shut."""
    reach = round(900 * FRAME / RATE)
    power = np.pad(np.exp(2 * throat), ((0, 0), (reach + 1, reach)), mode="edge")
    sums = np.cumsum(power, axis=1)
    around = (sums[:, 2 * reach + 1 :] - sums[:, : -2 * reach - 1]) / (2 * reach + 1)
    floor = 0.5 * np.log(np.maximum(around, 1e-12)) - VALLEY * NEPER
    whole = 0.5 * np.log(np.exp(2 * throat).mean(axis=1, keepdims=True))
    air = whole + (_people(f) - _people(f).max() - AIR) * NEPER
    floor = np.where(f > HIGH, np.maximum(floor, air), floor)
    return np.asarray(np.maximum(throat, floor), np.float32)


@cache
def _curve() -> tuple[Array, Array]:
    """Logarithms of Hz, and people's level there in dB a Hz."""
    centres = np.array(list(PEOPLE), float)
    return np.log(centres), np.array(list(PEOPLE.values())) - 10 * np.log10(centres)


def _people(f: Array) -> Array:
    return np.asarray(np.interp(np.log(np.maximum(f, 60)), *_curve()))


def _tilt(f: Array, slope: float) -> Array:
    """Nepers for each bin: dB an octave between 300 Hz and 3 kHz."""
    octaves = np.log2(np.clip(f, 300, 3000) / 1000)
    return np.asarray(slope * octaves * NEPER, np.float32)


def _breathed(
    voiced: Array, throat: Array, level: Array, f: Array, timbre: Timbre, seed: str
) -> Array:
    random = stream(0, "breath", seed)
    noise = random.standard_normal((2, *voiced.shape), np.float32)
    heads = np.sqrt(np.mean(np.square(throat), axis=1) + 1e-12)  # noise has no valleys
    filled = np.sqrt(np.mean(np.square(np.abs(voiced)), axis=1))
    scale = (filled / heads * math.sqrt(0.5)).astype(np.float32)
    shaped = throat * scale[:, None]
    if timbre.whispered:
        share = np.ones(BINS, np.float32)
    else:
        rise = np.clip(np.log(np.maximum(f, 1) / BREATH_FROM) / math.log(BREATH_FULL / BREATH_FROM),
                       0, 1)  # fmt: skip
        share = (timbre.breath * (0.06 + 0.8 * rise)).astype(np.float32)
    quiet = np.sqrt(1 - np.square(share))
    out = voiced * quiet
    out.real += noise[0] * shaped * share
    out.imag += noise[1] * shaped * share
    return np.asarray(out)


def _evened(level: Array, f: Array, much: float) -> Array:
    """(frames, bins) of gain: loud frames less loud, sharp ones less sharp, the whole as people."""
    power = np.square(level)
    each = np.sqrt(power.sum(axis=1)) + 1e-9
    loud = each > 0.1 * each.max()
    usual = float(np.sqrt(np.mean(np.square(each[loud]))))
    soft = np.convolve(np.pad(each, 2, mode="edge"), np.full(5, 0.2), "valid")
    gain = np.clip(soft / usual, 0.15, 4) ** -much
    gain *= np.clip(each / (0.03 * usual), 0, 1)  # silence stays silent
    sharp = np.sqrt(power[:, f > HISS].sum(axis=1)) / each
    less = np.minimum(1.0, SHARP / np.maximum(sharp, 1e-6))
    hiss = np.clip((f - 0.8 * HISS) / (0.4 * HISS), 0, 1)
    whole = _towards_people(power[loud].mean(axis=0), f)
    out = gain[:, None] * whole * (1 + (less[:, None] - 1) * hiss)
    return np.asarray(out, np.float32)


def _towards_people(power: Array, f: Array) -> Array:
    """Gain for each bin that brings a line's mean spectrum nearer to that of people."""
    logs, wanted = _curve()
    centres = np.exp(logs)
    sums = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
    step = RATE / FRAME
    # Bands of an octave, so that no vowel is made alike, only the voice as a whole.
    low = np.clip(centres / 1.41 / step, 0, BINS - 2).astype(int)
    high = np.clip(centres * 1.41 / step, low + 1, BINS - 1).astype(int)
    here = 10 * np.log10((sums[high] - sums[low]) / (high - low) + 1e-15)
    off = wanted - here
    middle = (centres > 300) & (centres < 3200)
    off = np.clip(TOWARDS * (off - off[middle].mean()), -MOST_TOWARDS, MOST_TOWARDS)
    return np.asarray(10 ** (np.interp(np.log(np.maximum(f, 60)), logs, off) / 20))


def _metal(sound: Array) -> Array:
    """Rings as in a tube, and beats: no throat does."""
    out = sound.copy()
    for delay, gain in ((0.0071, 0.55), (0.0113, 0.35)):
        n = int(delay * RATE)
        out[n:] += gain * sound[:-n] if n < len(sound) else 0.0
    t = np.arange(len(sound)) / RATE
    return np.asarray(out * (0.8 + 0.2 * np.sin(2 * math.pi * 52 * t)))


def _wavered(sound: Array, much: float, seed: str) -> Array:
    """Read with a trembling hand: a slow drift, a little vibrato, and what no muscle holds still.
    Nothing moves by more than a few milliseconds."""
    if much <= 0 or len(sound) < 4 * HOP:
        return sound
    random = stream(0, "waver", seed)
    n = len(sound)
    t = np.arange(-(-n // 64) + 1) * 64 / RATE
    moved = np.zeros(len(t))
    for hertz, depth in ((0.9, 0.003), (2.3, 0.002), (5.3, 0.004), (11.0, 0.002), (23.0, 0.002)):
        hertz *= float(random.uniform(0.9, 1.1))
        phase = float(random.uniform(0, 2 * math.pi))
        moved += depth * much / (2 * math.pi * hertz) * np.sin(2 * math.pi * hertz * t + phase)
    at = np.arange(n) + np.interp(np.arange(n), np.arange(len(t)) * 64, moved * RATE)
    at = np.clip(at, 1, n - 3)
    k = at.astype(int)
    x = at - k
    a, b, c, d = sound[k - 1], sound[k], sound[k + 1], sound[k + 2]
    # Through four points: between two, the highs would come and go.
    return np.asarray(
        b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)))
    )
