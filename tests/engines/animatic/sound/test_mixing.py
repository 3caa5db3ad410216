"""One loudness, also after AAC; what is quiet stays quiet; nothing clicks."""

from __future__ import annotations

import io
import math
from typing import Any

import av
import numpy as np
import pytest

from engines.animatic.filming import Make
from engines.animatic.sound.listening import RATE, film, pictures, shots_of
from reelway.engines.animatic import encode
from reelway.engines.animatic.sound import soundtrack
from reelway.engines.animatic.sound.loudness import integrated, true_peak
from reelway.engines.animatic.sound.mixing import LOUDNESS, NATURAL, mixed
from reelway.engines.animatic.voicing import RATE as LINE_RATE
from reelway.engines.animatic.voicing import Track

NOTHING = np.zeros((3 * RATE, 2), np.float32)


def coded(pcm: Any) -> Any:
    """What a listener gets: through AAC and back."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = encode.add_audio(container)
        container.mux(stream.encode(encode.audio_frame(pcm, 0)))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as container:
        parts = [f.to_ndarray() for f in container.decode(audio=0)]
    return np.concatenate(parts, axis=1).T[: len(pcm)]


def noise(level: float, seed: int = 1, seconds: int = 3) -> Any:
    return np.random.default_rng(seed).normal(0, level, (seconds * RATE, 2)).astype(np.float32)


LOUD = (
    "waves on a beach",
    "a thunderstorm at night over mountains",
    "five people walk down a street at night",
    "an explosion in a city, gunshots, fireworks, a siren",
    "a crowded market, people walk",
    "horses gallop over a field",
    "a campfire in a forest at night, an owl",
    "a bar",
    "underwater, whale song",
    "deep space",
)


@pytest.mark.parametrize("prompt", LOUD)
def test_the_loudness_of_a_film(prompt: str) -> None:
    heard = coded(film(prompt, seconds=4))
    assert integrated(heard) == pytest.approx(LOUDNESS, abs=1)
    assert true_peak(heard) <= -1


QUIET = ("a quiet library", "a bedroom at night", "an empty room, a man sits", "a corridor")


@pytest.mark.parametrize("prompt", QUIET)
def test_a_quiet_room_is_no_roar(prompt: str) -> None:
    level = integrated(film(prompt, seconds=4))
    assert -40 < level < LOUDNESS - 4


def test_quiet_beside_loud_stays_quiet() -> None:
    sound = film("a storm at sea", "a quiet library", seconds=3)
    loud, quiet = integrated(sound[: 3 * RATE]), integrated(sound[3 * RATE :])
    assert loud - quiet > 12
    assert integrated(sound) == pytest.approx(LOUDNESS, abs=1)


def test_all_of_a_prompt_has_one_loudness_in_every_length() -> None:
    for seconds in (1, 2, 9):
        level = integrated(film("waves on a beach", seconds=seconds))
        assert level == pytest.approx(LOUDNESS, abs=1)


def line(seconds: float, start: float) -> Track:
    t = np.arange(int(seconds * LINE_RATE)) / LINE_RATE
    wave = np.sin(2 * math.pi * 220 * t) * (0.5 + 0.5 * np.sin(2 * math.pi * 4 * t))
    return Track(pcm=wave, start=start, place="field", level=0, tilt=0, side=0)


def test_all_gives_way_to_speech() -> None:
    sound = mixed(noise(1), NOTHING.copy(), NOTHING.copy(), [line(1.0, 1.0)])
    spectrum = [np.abs(np.fft.rfft(sound[a : a + 24_000, 0]))[3000:] for a in (12_000, 62_000)]
    before, under = (math.sqrt((s**2).mean()) for s in spectrum)
    assert 20 * math.log10(before / under) == pytest.approx(9, abs=1.5)
    assert integrated(sound) == pytest.approx(LOUDNESS, abs=1)


def test_with_speech_or_music_a_quiet_place_is_raised() -> None:
    tune = noise(0.01, 2)
    for music, tracks in ((tune, []), (NOTHING, [line(1.5, 0.5)])):
        sound = mixed(noise(0.05), NOTHING.copy(), music.copy(), tracks)
        assert integrated(sound) == pytest.approx(LOUDNESS, abs=1)
        assert true_peak(sound) <= -1


def test_the_bed_stands_behind_music() -> None:
    alone = mixed(NOTHING.copy(), NOTHING.copy(), noise(0.2, 2), [])
    both = mixed(noise(1), NOTHING.copy(), noise(0.2, 2), [])
    gain = float((both * alone).sum() / (alone * alone).sum())  # of the whole, at its end
    rest = both / gain - alone
    natural = integrated(noise(NATURAL))
    assert integrated(rest) - natural == pytest.approx(-8, abs=0.5)


@pytest.mark.parametrize("hushed", [False, True])
def test_what_is_quiet_is_raised_by_so_much_at_most(hushed: bool) -> None:
    natural = integrated(noise(NATURAL * 10 ** (-30 / 20)))
    quiet = mixed(noise(10 ** (-30 / 20)), NOTHING.copy(), NOTHING.copy(), [], hushed=hushed)
    assert integrated(quiet) == pytest.approx(natural + (5 if hushed else 10), abs=0.5)


def test_nothing_is_silence() -> None:
    assert not mixed(NOTHING.copy(), NOTHING.copy(), NOTHING.copy(), []).any()


def test_it_begins_and_ends_gently() -> None:
    sound = film("a storm at sea")
    level = np.abs(sound).max(axis=1)
    assert level[:240].max() < 0.02 and level[-240:].max() < 0.02


def test_nothing_clicks() -> None:
    """No step between two samples at a cut that is larger than those of the sounds themselves."""
    sound = film("waves on a beach", "a quiet room", "a man walks on a sandy beach", seconds=2)
    steps = np.abs(np.diff(sound, axis=0)).max(axis=1)
    for cut in (2 * RATE, 4 * RATE):
        assert steps[cut - 960 : cut + 960].max() <= steps.max()
        assert steps[cut - 10 : cut + 10].max() < 0.15


@pytest.mark.parametrize("every", [1, 2])
def test_the_stream_is_as_long_as_the_picture(make: Make, every: int) -> None:
    film = make("waves on a beach", sound=True, duration=every)
    with film.open() as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert sound.duration * sound.time_base == picture.duration * picture.time_base == every
        assert sound.start_time == 0
        assert container.decode(audio=0).__next__().pts == 0
        assert 128_000 <= encode.AUDIO_BIT_RATE <= 192_000


def test_a_stroke_in_the_film_is_where_it_was_made(make: Make) -> None:
    """AAC's priming is told to the player: after decoding everything stands where it stood."""
    made = make("an explosion in the desert", sound=True, duration=2, seed=1)
    shots = shots_of("an explosion in the desert", seconds=2, seed=1)
    plain = soundtrack(shots, 1, None, pictures(shots))[:, 0]
    heard = made.pcm()[0][: len(plain)]
    assert np.corrcoef(plain, heard)[0, 1] > 0.9
    size = 1 << 18
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(plain, size).conj(), size)
    late = int(np.abs(cross).argmax())
    assert min(late, size - late) <= 2
