"""Films for the ear, and what is measured of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelway.engines.animatic import hearing, scene, sound
from reelway.engines.animatic.hearing import Heard
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.request import FRAME_RATE, Shot, VideoRequest

RATE = 48_000
FRAME = 1 / FRAME_RATE
HOP = 240  # samples: 5 ms


def shots_of(*prompts: str, seconds: int = 3, seed: int = 1, negative: str = "") -> list[ShotPlan]:
    """One shot a prompt."""
    one = len(prompts) == 1
    return plan(
        VideoRequest(
            prompt=prompts[0] if one else "",
            shots=() if one else tuple(Shot(prompt=p, duration=seconds) for p in prompts),
            shot_mode=None if one else "customize",
            duration=seconds * len(prompts),
            negative_prompt=negative,
            seed=seed,
            sound=True,
        )
    )


def pictures(shots: list[ShotPlan]) -> list[Heard]:
    return [hearing.heard(s, (320, 180), scene.Pictures()) for s in shots]


def film(*prompts: str, seconds: int = 3, seed: int = 1, negative: str = "") -> Any:
    shots = shots_of(*prompts, seconds=seconds, seed=seed, negative=negative)
    return sound.soundtrack(shots, seed, None, pictures(shots))


def energy(pcm: Any, low: float, high: float) -> Any:
    """Of a pass band, every 5 ms."""
    mono = pcm.mean(axis=1) if pcm.ndim == 2 else pcm
    spectrum = np.fft.rfft(mono)
    f = np.fft.rfftfreq(len(mono), 1 / RATE)
    spectrum[(f < low) | (f > high)] = 0
    part = np.fft.irfft(spectrum, len(mono)) ** 2
    return part[: len(part) // HOP * HOP].reshape(-1, HOP).mean(axis=1)


def onset(power: Any, about: float, within: float = 0.25) -> float:
    """The second of the steepest rise near one: the mean of 20 ms against that of the 20 before."""
    level = np.pad(10 * np.log10(power + 1e-10), 4, mode="edge")
    mean = np.convolve(level, np.full(4, 0.25), "valid")  # of [n − 4, n) against [n, n + 4)
    rise = mean[4:] - mean[:-4]
    first = max(0, int((about - within) * RATE / HOP))
    last = int((about + within) * RATE / HOP)
    return (first + int(rise[first:last].argmax())) * HOP / RATE
