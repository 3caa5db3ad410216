"""One film's sound, drawn: spectrogram, side, loudness and onsets over time, with what is seen.

heard    prompts → the film's samples and the moments of its picture
plot     both → a picture
told     the same in figures

white: a cut   green: a foot comes down   yellow: lightning   orange: its thunder is due
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from reelway.engines.animatic import hearing, scene, sound, talk
from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.sound.loudness import integrated, true_peak
from reelway.engines.animatic.speech import Speech
from reelway.request import FRAME_RATE, Shot, VideoRequest

WIDE, EDGE = 1180, 60  # pixels of time, and before it
ROWS, LOW, HIGH = 250, 40.0, 16_000.0  # of the spectrogram; hertz
WINDOW, HOP = 2048, 480
FLOOR = -96.0  # dB
NEAR = 5  # steps of 5 ms before and after, between which an onset is seen
SIZE = (1280, 720)
COLOURS = np.array([[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66],
                    [245, 125, 21], [250, 193, 39], [252, 255, 164]], float)  # fmt: skip
MARKS = {"cut": "#ffffff", "step": "#58e07a", "flash": "#ffe94a", "thunder": "#ff9a3c",
         "line": "#6db6ff"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Listened:
    samples: Any
    marks: tuple[tuple[str, float], ...]  # kind, seconds
    cpu: float  # seconds


def heard(prompts: Sequence[str], *, seed: int, seconds: int) -> Listened:
    """`seconds` of all shots together, or one a shot where that is more."""
    each = max(1, seconds // len(prompts))
    shots = tuple(Shot(prompt=p, duration=each) for p in prompts)
    one = len(prompts) == 1
    request = VideoRequest(
        prompt=prompts[0] if one else "", shots=() if one else shots, seed=seed, sound=True,
        shot_mode=None if one else "customize", duration=each * len(prompts),
    )  # fmt: skip
    plans = plan(request)
    with Speech(request, plans, {}) as speech:
        speech.timed()
        begun = time.process_time()
        seen = [hearing.heard(s, SIZE, scene.Pictures(), partial(talk.spoken, speech, n, s.first))
                for n, s in enumerate(plans)]  # fmt: skip
        samples = sound.soundtrack(plans, seed, speech, seen)
        cpu = time.process_time() - begun
        lines = [("line", cue.start) for cue in speech.spoken]
    marks = [("cut", s.first / FRAME_RATE) for s in plans[1:]] + lines
    for shot, own in zip(plans, seen, strict=True):
        first = shot.first / FRAME_RATE
        marks += [("flash", first + f.seen) for f in own.flashes]
        marks += [("thunder", first + f.heard) for f in own.flashes]
        marks += [("step", first + n / FRAME_RATE) for t in own.things for n in t.strikes]
    return Listened(samples=samples, marks=tuple(marks), cpu=cpu)


def told(one: Listened) -> str:
    pcm = one.samples
    jump = float(np.abs(np.diff(pcm, axis=0)).max())
    return (f"{integrated(pcm):7.1f} LUFS {true_peak(pcm):6.1f} dBTP  largest step {jump:.2f}  "
            f"{one.cpu * 1000:4.0f} ms")  # fmt: skip


def plot(name: str, title: str, one: Listened) -> Image.Image:
    pcm = one.samples
    seconds = len(pcm) / SAMPLE_RATE
    picture = Image.new("RGB", (WIDE + EDGE + 10, ROWS + 290), "#101014")
    pen = ImageDraw.Draw(picture)
    pen.text((EDGE, 4), f"{name}: {title}"[:180], fill="#e8e8ec")
    pen.text((EDGE, 18), told(one), fill="#a8a8b0")
    top = 36
    power = spectrogram(pcm.mean(axis=1))
    picture.paste(Image.fromarray(_coloured(power)), (EDGE, top))
    for hertz in (100, 300, 1000, 3000, 10_000):
        y = top + ROWS - 1 - round((ROWS - 1) * math.log(hertz / LOW) / math.log(HIGH / LOW))
        pen.text((4, y - 6), f"{hertz:6d}", fill="#c0c0c8")
    y = top + ROWS + 8
    _sides(picture, pcm, y)
    pen.text((4, y), "side", fill="#c0c0c8")
    _line(pen, _loudness(pcm), (y + 26, y + 126), (-60, 0), "#8fd0ff", "LUFS")
    _line(pen, _onsets(pcm), (y + 136, y + 216), (0, 1), "#ffb0d0", "onset")
    for kind, at in one.marks:
        x = EDGE + at / seconds * WIDE
        span = (top, y + 216) if kind in ("cut", "flash", "thunder") else (y + 136, y + 216)
        pen.line([(x, span[0]), (x, span[1])], fill=MARKS[kind], width=1)
    for s in range(math.floor(seconds) + 1):
        pen.text((EDGE + s / seconds * WIDE - 3, y + 220), str(s), fill="#c0c0c8")
    return picture


def spectrogram(mono: Any) -> Any:
    """dB, (ROWS, WIDE): the highest pitch on top."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, WINDOW // 2), WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), axis=1)) ** 2
    bins = LOW * (HIGH / LOW) ** (np.arange(ROWS)[::-1] / (ROWS - 1)) * WINDOW / SAMPLE_RATE
    decibels = 10 * np.log10(power / WINDOW**2 * 16 + 1e-12)
    rows = np.stack([np.interp(bins, np.arange(power.shape[1]), line) for line in decibels], 1)
    cols = np.linspace(0, rows.shape[1] - 1, WIDE).round().astype(int)
    return rows[:, cols]


def _coloured(decibels: Any) -> Any:
    level = np.clip((decibels - FLOOR) / -(FLOOR + 12), 0, 1) * (len(COLOURS) - 1)
    low = np.minimum(level.astype(int), len(COLOURS) - 2)
    part = (level - low)[..., None]
    return (COLOURS[low] * (1 - part) + COLOURS[low + 1] * part).astype(np.uint8)


def _sides(picture: Image.Image, pcm: Any, y: int) -> None:
    """Red where the left is louder, green where the right is."""
    left, right = (np.interp(np.arange(WIDE), np.linspace(0, WIDE, len(p)), p)
                   for p in _levels(pcm).T)  # fmt: skip
    lean = np.clip((right - left) / np.maximum(left + right, 1e-9) * 2, -1, 1)
    row = np.stack([np.maximum(-lean, 0), np.maximum(lean, 0), 0 * lean], 1) * 255
    picture.paste(Image.fromarray(np.repeat(row[None].astype(np.uint8), 18, 0)), (EDGE, y))


def _levels(pcm: Any) -> Any:
    hop = SAMPLE_RATE // 50
    cut = pcm[: len(pcm) // hop * hop].reshape(-1, hop, 2)
    return np.sqrt((cut**2).mean(axis=1))


def _loudness(pcm: Any) -> Any:
    """Of each 100 ms, unweighted, in dB as LUFS have it."""
    power = (_levels(pcm) ** 2).sum(axis=1)
    smooth = np.convolve(power, np.ones(5) / 5, "same")
    return -0.691 + 10 * np.log10(smooth + 1e-10)


def _onsets(pcm: Any) -> Any:
    """How much louder any of the pitches become within a few hundredths of a second."""
    bands = spectral(pcm.mean(axis=1))
    sums = np.cumsum(np.pad(bands, ((NEAR + 1, NEAR), (0, 0)), mode="edge"), axis=0)
    before, after = sums[NEAR:-NEAR] - sums[: -2 * NEAR], sums[2 * NEAR :] - sums[NEAR:-NEAR]
    rise = np.maximum(after - before, 0)[: len(bands)].max(axis=1)
    return rise / max(float(rise.max()), 1e-9)


def spectral(mono: Any) -> Any:
    """dB in bands of a third of an octave, every 5 ms."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, 256), 512)[::240]
    power = np.abs(np.fft.rfft(frames * np.hanning(512).astype(np.float32))) ** 2
    edges = np.unique((2 ** np.arange(0, 8, 1 / 3)).astype(int))
    return 10 * np.log10(np.add.reduceat(power, edges, axis=1) + 1e-6)


def _line(pen: ImageDraw.ImageDraw, values: Any, rows: tuple[int, int],
          span: tuple[float, float], colour: str, name: str) -> None:  # fmt: skip
    top, bottom = rows
    pen.rectangle([(EDGE, top), (EDGE + WIDE, bottom)], outline="#303038")
    y = bottom - (np.clip(values, *span) - span[0]) / (span[1] - span[0]) * (bottom - top)
    x = EDGE + np.linspace(0, WIDE, len(values))
    pen.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=colour)
    pen.text((4, top), name, fill="#c0c0c8")
    pen.text((4, bottom - 10), f"{span[0]:.0f}", fill="#808088")
