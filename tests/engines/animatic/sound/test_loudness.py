"""Loudness as BS.1770 defines it (its own test signals, EBU Tech 3341), true peaks, the limiter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reelway.engines.animatic.sound.loudness import integrated, limited, true_peak

RATE = 48_000


def tone(pitch: float, decibels: float, seconds: float = 5.0, phase: float = 0.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    one = 10 ** (decibels / 20) * np.sin(2 * math.pi * pitch * t + phase)
    return np.stack([one, one], axis=1).astype(np.float32)


def test_the_reference_tones() -> None:
    """997 Hz at 0 dBFS in one channel is −3.01 LUFS; EBU Tech 3341, cases 1 and 2."""
    assert integrated(tone(997, 0) * [1, 0]) == pytest.approx(-3.01, abs=0.05)
    assert integrated(tone(1000, -23, 20)) == pytest.approx(-23, abs=0.1)
    assert integrated(tone(1000, -33, 20)) == pytest.approx(-33, abs=0.1)


def test_what_is_far_below_the_rest_does_not_count() -> None:
    """EBU Tech 3341, case 3: 10 s at −36, 60 s at −23, 10 s at −36 dBFS."""
    parts = [tone(1000, -36, 10), tone(1000, -23, 60), tone(1000, -36, 10)]
    assert integrated(np.concatenate(parts)) == pytest.approx(-23, abs=0.1)


def test_silence_has_no_loudness() -> None:
    nothing = np.zeros((RATE, 2), np.float32)
    assert integrated(nothing) == -math.inf == true_peak(nothing)
    assert integrated(tone(1000, -90)) == -math.inf
    assert not limited(nothing, 0.5).any()


def test_a_peak_between_the_samples_is_seen() -> None:
    """A quarter of the sample rate at 45°: the samples reach −3 dB, the wave 0 (Tech 3341, 15)."""
    wave = tone(12_000, 0, phase=math.pi / 4)
    assert np.abs(wave).max() == pytest.approx(10 ** (-3.01 / 20), abs=1e-3)
    assert true_peak(wave) == pytest.approx(0, abs=0.4)


@pytest.mark.parametrize("ceiling", [-1.5, -6.0])
def test_the_limiter_keeps_its_ceiling_and_leaves_the_rest_alone(ceiling: float) -> None:
    loud = np.random.default_rng(1).normal(0, 0.4, (3 * RATE, 2)).astype(np.float32)
    loud[2 * RATE :] *= 0.02
    made = limited(loud, 10 ** (ceiling / 20))
    assert true_peak(made) <= ceiling + 0.05
    np.testing.assert_array_equal(made[2 * RATE + 4800 :], loud[2 * RATE + 4800 :])
    quiet = loud * np.float32(0.01)
    assert limited(quiet, 10 ** (ceiling / 20)) is quiet


def test_one_peak_does_not_make_a_hole() -> None:
    wave = tone(440, -20)
    wave[RATE, :] = 0.99
    made = limited(wave, 0.5)
    sounding = np.abs(wave[:, 0]) > 0.01
    changed = np.flatnonzero(sounding & (np.abs(made[:, 0]) < 0.99 * np.abs(wave[:, 0])))
    assert len(changed) and np.ptp(changed) < 0.05 * RATE
    assert RATE - 0.03 * RATE < changed[0] <= RATE <= changed[-1] < 1.03 * RATE
