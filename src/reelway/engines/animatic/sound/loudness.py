"""How loud a film is, and how it is brought to one loudness.

integrated    ITU-R BS.1770-4, gated: what EBU R 128 and the streaming services measure, in LUFS
true_peak     the highest point between the samples as well (the same, annex 2), in dBTP
limited       no peak over a ceiling, by a gain that looks ahead: nothing is bent, nothing clicks
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE

Array = npt.NDArray[Any]

SILENCE = -70.0  # LUFS: the absolute gate; what is below it is not there
RELATIVE = -10.0  # LU under the mean of what passes it
BLOCK, HOP = 0.4, 0.1  # seconds
OVER = 4  # times as many points for a true peak
LOOK = 0.004  # seconds that the limiter looks ahead, and half of what its gain takes to come back
# BS.1770-4, tables 1 and 2, for 48 kHz: the head's shelf and the lows' cut. b0 b1 b2, a1 a2.
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285),
         (-1.69065929318241, 0.73248077421585))  # fmt: skip
CUT = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


def integrated(mix: Array) -> float:
    """LUFS of (n, 2) samples at 48 kHz; `-inf` of silence."""
    if not mix.any():
        return -math.inf
    powers = _powers(mix)
    with np.errstate(divide="ignore"):
        levels = -0.691 + 10 * np.log10(powers)
    heard = powers[levels > SILENCE]
    if not len(heard):
        return -math.inf
    gate = -0.691 + 10 * math.log10(float(heard.mean())) + RELATIVE
    kept = powers[(levels > SILENCE) & (levels > gate)]
    return -0.691 + 10 * math.log10(float(kept.mean()))


def _powers(mix: Array) -> Array:
    """Weighted power of each block of 400 ms, both channels together; of a shorter sound, of all
    of it."""
    n = len(mix)
    size = 1 << max(1, (n - 1).bit_length())
    weight = _weight(size)
    power = np.zeros(n, np.float32)
    for side in range(mix.shape[1]):
        spectrum = np.fft.rfft(mix[:, side].astype(np.float32), size)
        power += np.square(np.fft.irfft(spectrum * weight, size)[:n])
    sums = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
    block, hop = round(BLOCK * SAMPLE_RATE), round(HOP * SAMPLE_RATE)
    if n < block:
        return np.asarray([sums[-1] / max(1, n)])
    starts = np.arange(0, n - block + 1, hop)
    return np.asarray((sums[starts + block] - sums[starts]) / block)


@lru_cache(maxsize=2)
def _weight(size: int) -> Array:
    z = np.exp(-2j * math.pi * np.fft.rfftfreq(size))
    weight = np.ones(len(z), np.complex128)
    for (b0, b1, b2), (a1, a2) in (SHELF, CUT):
        weight *= (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    return weight.astype(np.complex64)


def true_peak(mix: Array) -> float:
    """dBTP of (n, 2) samples; `-inf` of silence."""
    highest = float(_peaks(mix).max(initial=0.0))
    return 20 * math.log10(highest) if highest > 0 else -math.inf


def _peaks(mix: Array, over: float = 0.0) -> Array:
    """The highest absolute value around each sample, the points between them included, where they
    may be `over` something: a wave reaches little between two samples that are half as high."""
    taps = _between()
    half = taps.shape[1] // 2
    peaks = np.zeros(len(mix), np.float32)
    for side in range(mix.shape[1]):
        samples = mix[:, side].astype(np.float32)
        high = np.abs(samples)
        np.maximum(peaks, high, out=peaks)
        hot = high > over / 2
        hot[1:] |= hot[:-1].copy()
        hot[:-1] |= hot[1:].copy()
        at = np.flatnonzero(hot)
        if not len(at):
            continue
        near = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (half, half)), 2 * half)
        between = np.abs(near[at] @ taps[:, ::-1].T).max(axis=1)
        peaks[at] = np.maximum(peaks[at], between)
    return peaks


def _between() -> Array:
    """Taps that give the points at 1/4, 2/4 and 3/4 between two samples."""
    at = np.arange(-12, 12, dtype=np.float64)
    rows = []
    for k in range(1, OVER):
        x = at + k / OVER
        rows.append(np.sinc(x) * np.cos(math.pi * x / 26) ** 2)
    return np.asarray(rows, np.float32)


def limited(mix: Array, ceiling: float) -> Array:
    """`ceiling`: the highest true peak, as an amplitude."""
    peaks = _peaks(mix, ceiling)
    if float(peaks.max(initial=0.0)) <= ceiling:
        return mix
    hop = max(1, round(LOOK * SAMPLE_RATE / 4))
    count = -(-len(mix) // hop)
    blocks = np.pad(peaks, (0, count * hop - len(mix))).reshape(count, hop).max(axis=1)
    wanted = np.minimum(1.0, ceiling / np.maximum(blocks, 1e-9))
    near = np.lib.stride_tricks.sliding_window_view(np.pad(wanted, 8, mode="edge"), 17)
    least = near.min(axis=1)
    weights = np.hanning(11)[1:-1]
    gain = np.convolve(np.pad(least, 4, mode="edge"), weights / weights.sum(), "valid")
    middle = (np.arange(count) + 0.5) * hop
    curve = np.interp(np.arange(len(mix)), middle, gain).astype(np.float32)
    return np.asarray(mix * curve[:, None], np.float32)
