"""Sound and picture together: cuts, feet, thunder and what passes, within two frames."""

from __future__ import annotations

import numpy as np
import pytest

from engines.animatic.sound.listening import (
    FRAME,
    RATE,
    energy,
    film,
    onset,
    pictures,
    shots_of,
)
from reelway.engines.animatic.hearing import Flash
from reelway.engines.animatic.sound.ambience import bed
from reelway.engines.animatic.sound.effects import effects, thunder
from reelway.engines.animatic.sound.engines import ENGINES, passing
from reelway.request import FRAME_RATE

TWO = 2 * FRAME


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("a man walks through a great hall", 1500, 8000),
        ("a woman runs through a corridor", 1500, 8000),
        ("a man walks in deep snow on a plain", 1500, 8000),
        ("a woman walks on gravel in a canyon", 1500, 8000),
    ],
)
def test_steps_are_heard_when_a_foot_comes_down(prompt: str, low: float, high: float) -> None:
    """In the film as it is heard, all its other sounds included."""
    shots = shots_of(prompt)
    (walker,) = [t for t in pictures(shots)[0].things if t.strikes]
    power = energy(film(prompt), low, high)
    seen = [n / FRAME_RATE for n in walker.strikes if abs(walker.side[n]) < 1]
    seen = [at for at in seen if 0.2 < at < 2.6]
    assert len(seen) > 2
    late = [abs(onset(power, at, 0.15) - at) for at in seen]
    assert max(late) <= TWO, late


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thunder_comes_when_its_light_says(seed: int) -> None:
    shots = shots_of("a thunderstorm over the mountains", seconds=5, seed=seed)
    heard = pictures(shots)
    sound = effects(shots, seed, 5 * RATE, heard)
    first = min(heard[0].flashes, key=lambda f: f.heard)
    power = energy(sound, 30, 4000)
    assert power[: int((first.heard - TWO) * 200)].max() < 0.01 * power.max()
    assert abs(onset(power, first.heard) - first.heard) <= TWO


def test_near_thunder_cracks_and_far_thunder_rolls() -> None:
    near, far = (thunder(Flash(seen=0, heard=1, side=0, metres=m), 1, 0) for m in (170.0, 600.0))
    high, low = (energy(x, 600, 6000).max() / energy(x, 20, 200).max() for x in (near, far))
    assert high > 5 * low
    assert np.abs(near).max() > 2 * np.abs(far).max()
    indoors = thunder(Flash(seen=0, heard=1, side=0, metres=170.0), 1, 0, indoors=True)
    assert energy(indoors, 600, 6000).max() < 0.02 * energy(near, 600, 6000).max()


@pytest.mark.parametrize("order", [0, 1])
def test_the_bed_changes_at_the_cut(order: int) -> None:
    prompts = ["waves on a stormy coast", "a quiet bedroom"]
    sound = film(*(prompts if order == 0 else prompts[::-1]), seconds=2)
    level = 10 * np.log10(energy(sound, 200, 8000) + 1e-12)
    loud, quiet = level[200:360].mean(), level[440:600].mean()
    assert abs(loud - quiet) > 8
    middle = (loud + quiet) / 2
    smooth = np.convolve(level, np.full(5, 0.2), "same")
    crossed = np.flatnonzero((smooth[360:440] > middle) == (quiet > loud))[0] + 360
    assert abs(crossed * 0.005 - 2.0) <= TWO


def test_what_goes_on_in_the_next_shot_goes_on() -> None:
    shots = shots_of("waves on a sandy beach", "the sandy beach, waves, wide shot", seconds=2)
    one = shots_of("waves on a sandy beach", seconds=4)
    two, whole = bed(shots, 1, 4 * RATE), bed(one, 1, 4 * RATE)
    np.testing.assert_allclose(two[RATE : 3 * RATE], whole[RATE : 3 * RATE], atol=1e-5)


def test_a_stroke_at_the_end_is_not_heard_in_the_next_place() -> None:
    shots = shots_of("a thunderstorm over the mountains", "a quiet bedroom at noon", seconds=3)
    heard = pictures(shots)
    rolled = effects(shots[:1], 1, 6 * RATE, heard[:1])
    sound = effects(shots, 1, 6 * RATE, heard)
    assert np.abs(sound[2 * RATE : 3 * RATE - 2000]).max() > 0.1
    assert not rolled[3 * RATE :].any()
    np.testing.assert_array_equal(sound[: 3 * RATE], rolled[: 3 * RATE])


def pitches(mono: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    f = np.fft.rfftfreq(len(mono), 1 / RATE)
    spectrum[(f < low) | (f > high)] = 0
    return float(f[spectrum.argmax()])


@pytest.mark.parametrize("kind", sorted(ENGINES.keys() - {"airship"}))  # its flame comes and goes
def test_what_passes_is_loudest_in_the_middle(kind: str) -> None:
    side = np.linspace(-1.5, 1.5, 3001)
    sound = passing(kind, side, np.full(len(side), 2.5), 7)
    assert sound.shape == (3000 * 64, 2) and np.isfinite(sound).all()
    level = np.sqrt((sound**2).mean(axis=1))
    parts = [np.sqrt((level[a : a + 48_000] ** 2).mean()) for a in (0, 72_000, 144_000)]
    assert parts[1] > parts[0] * (1.0 if ENGINES[kind].speed < 5 else 1.15)
    left, right = np.abs(sound[:24_000]).mean(axis=0), np.abs(sound[-24_000:]).mean(axis=0)
    assert left[0] > 2 * left[1] and right[1] > 2 * right[0]


def test_its_pitch_falls_as_it_passes() -> None:
    """By what Doppler says of its speed."""
    side = np.linspace(-1.5, 1.5, 6001)
    sound = passing("spaceship", side, np.full(len(side), 2.5), 7).mean(axis=1)
    comes, goes = pitches(sound[:96_000], 30, 80), pitches(sound[-96_000:], 30, 80)
    speed = ENGINES["spaceship"].speed
    assert comes / goes == pytest.approx((343 + speed) / (343 - speed), rel=0.04)


def test_what_moves_along_with_the_camera_does_not_pass() -> None:
    side = np.full(3001, 0.1)
    sound = passing("spaceship", side, np.full(3001, 2.5), 7).mean(axis=1)
    first, last = sound[:72_000], sound[-72_000:]
    assert pitches(first, 30, 80) == pytest.approx(pitches(last, 30, 80), rel=0.02)
    assert np.std(first) == pytest.approx(np.std(last), rel=0.25)


def test_a_car_is_heard_where_it_is_seen() -> None:
    shots = shots_of("a car drives to the right through a quiet desert, static shot", seconds=4)
    heard = pictures(shots)
    sound = effects(shots, 1, 4 * RATE, heard)
    thing = heard[0].things[0]
    left, right = (np.abs(sound[a:b]).mean(axis=0) for a, b in ((9600, 48_000), (144_000, 182_400)))
    assert thing.side[5] < 0 < thing.side[-5]
    assert left[0] > left[1] and right[1] > right[0]


@pytest.mark.parametrize(
    ("prompt", "there"),
    [
        ("a train is parked in a snowfield", False),
        ("a train drives through a snowfield", True),
        ("a snowfield, the sound of a train", True),
    ],
)
def test_what_stands_still_is_silent(prompt: str, there: bool) -> None:
    shots = shots_of(prompt, negative="bells")
    assert effects(shots, 1, 3 * RATE, pictures(shots)).any() == there
