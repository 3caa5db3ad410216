"""Every sound by itself: it is there, it is its own, it neither clicks nor changes."""

from __future__ import annotations

import numpy as np
import pytest

from engines.animatic.sound.listening import RATE, film, pictures, shots_of
from reelway.engines.animatic import audible
from reelway.engines.animatic.hearing import Heard
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound import soundtrack, steps
from reelway.engines.animatic.sound.ambience import BY_PLACE, BY_SITE, BY_WEATHER, layers, texture
from reelway.engines.animatic.sound.blocks import rms
from reelway.engines.animatic.sound.calls import CRIES, call
from reelway.engines.animatic.sound.effects import effects
from reelway.engines.animatic.sound.engines import ENGINES
from reelway.engines.animatic.sound.objects import OBJECTS
from reelway.engines.animatic.sound.offscreen import expected, times
from reelway.engines.animatic.sound.textures import TEXTURES
from reelway.engines.animatic.words import lexicon

GROUNDS = sorted(steps.LOUD)


@pytest.mark.parametrize("name", sorted(TEXTURES))
def test_every_texture(name: str) -> None:
    n = RATE
    sound = TEXTURES[name](n, 7)
    assert sound.shape == (n, 2)
    assert np.isfinite(sound).all() and rms(sound) > 0
    if name not in ("birds", "chorus"):  # of which a second may hold one
        assert np.corrcoef(sound.T)[0, 1] < 0.99  # it has width
    np.testing.assert_array_equal(sound, TEXTURES[name](n, 7))
    assert not np.array_equal(sound, TEXTURES[name](n, 8))


@pytest.mark.parametrize("name", sorted(CRIES.keys() | OBJECTS.keys()))
def test_every_call_begins_and_ends_softly(name: str) -> None:
    def made() -> np.ndarray:
        random = stream(1, name)
        return call(name, random) if name in CRIES else OBJECTS[name](random, 1)

    sound = made()
    assert sound.ndim == 1 and np.isfinite(sound).all()
    assert np.abs(sound).max() == pytest.approx(1, abs=0.01)
    assert abs(sound[0]) < 0.05 and abs(sound[-1]) < 0.05
    np.testing.assert_array_equal(sound, made())


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_ground_has_steps_of_its_own(ground: str) -> None:
    made = [steps.step(ground, k) for k in range(steps.KINDS)]
    for sound in made:
        assert abs(sound[0]) < 0.05 and abs(sound[-1]) < 0.01
        assert np.abs(sound).argmax() < 0.2 * RATE
    assert len({sound.tobytes() for sound in made}) == steps.KINDS
    other = steps.step(GROUNDS[GROUNDS.index(ground) - 1], 0)
    assert not np.array_equal(made[0], other)


def test_hard_ground_is_sharper_than_soft() -> None:
    def rise(name: str) -> int:
        level = np.abs(steps.step(name, 1))
        return int(np.flatnonzero(level > 0.5 * level.max())[0])

    assert rise("stone") < 0.006 * RATE < rise("sand")
    assert rise("wood") < 0.006 * RATE < rise("grass")


@pytest.mark.parametrize(
    ("prompt", "ground"),
    [
        ("a man walks on a beach", "sand"),
        ("a man walks in a city", "stone"),
        ("a man walks in a city in the rain", "puddle"),
        ("a man walks in a city, it is snowing", "snow"),
        ("a man walks in a snowy forest", "snow"),
        ("a man walks in a bedroom in winter", "carpet"),
        ("a man walks in a room", "wood"),
        ("a man walks through a field on gravel", "gravel"),
        ("an astronaut walks on the moon", "dust"),
        ("一个男人在森林里走，落叶", "leaves"),
    ],
)
def test_what_one_walks_on(prompt: str, ground: str) -> None:
    (shot,) = shots_of(prompt)
    assert steps.ground(shot) == ground


def test_every_layer_has_a_texture() -> None:
    for table in (BY_PLACE, BY_SITE, BY_WEATHER):
        for row in table.values():
            assert row.keys() <= TEXTURES.keys() | {"thunder"}
    assert {f"{place}" for place in lexicon()["place"]} == BY_PLACE.keys()


@pytest.mark.parametrize(
    ("prompt", "on"),
    [
        ("rain in a forest", "rain on leaves"),
        ("rain over a lake", "rain on water"),
        ("rain, a room", "rain on the roof"),
        ("rain in the desert", "rain on earth"),
        ("rain in the street", "rain"),
        ("rain on a sandy beach", "rain on earth"),
    ],
)
def test_rain_sounds_by_what_it_falls_on(prompt: str, on: str) -> None:
    (shot,) = shots_of(prompt)
    assert "rain" in layers(shot) and texture(shot, "rain") == on


def test_weather_is_softer_inside() -> None:
    (inside,), (outside,) = shots_of("a room in a storm"), shots_of("a street in a storm")
    assert layers(inside)["wind"] < 0.5 * layers(outside)["wind"]


def test_over_a_callers_picture_only_what_is_named_is_heard() -> None:
    (vague,), (named,) = shots_of("a man walks"), shots_of("a man walks on a beach at dawn")
    assert layers(vague, drawn=False).keys() == {"wind"}
    assert layers(named, drawn=False)["surf"] > 0.5
    assert not expected(shots_of("a dog runs in a forest at night")[0], drawn=False)


NAMED = sorted(
    (key, word)
    for key, words in audible.keys().items()
    for word in (words[0], next(w for w in words if not w.isascii()))
)


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    return film("a field at noon", seconds=1)


@pytest.mark.parametrize(("key", "word"), NAMED)
def test_each_word_for_a_sound_is_heard(key: str, word: str, plain: np.ndarray) -> None:
    """And is not, where it is not wanted."""
    assert key in TEXTURES or key in CRIES or key in OBJECTS or key in ENGINES or (
        key in ("steps", "keys")
    )  # fmt: skip
    shots = shots_of(f"a field at noon, {word}", seconds=1)
    assert key in shots[0].asked.named
    made = soundtrack(shots, 1, None, pictures(shots))
    assert np.abs(made - plain).max() > 0.01
    banned = shots_of(f"a field at noon, {word}", seconds=1, negative=word)
    assert key in banned[0].silenced
    if shots[0].weather == banned[0].weather:
        assert not np.array_equal(soundtrack(banned, 1, None, pictures(banned)), made)


@pytest.mark.parametrize("key", sorted(lexicon()["sound"].keys() - {"music", "all"}))
def test_each_word_of_the_lexicon_is_heard(key: str) -> None:
    word = lexicon()["sound"][key][0]
    quiet = film("a quiet library at noon", seconds=1)
    assert np.abs(film(f"a quiet library at noon, {word}", seconds=1) - quiet).max() > 0.005


@pytest.mark.parametrize("name", ["train", "bell", "dog barks"])
def test_far_is_softer_and_duller_than_near(name: str) -> None:
    both = (shots_of(f"a snowfield, a {how}{name}") for how in ("", "distant "))
    near, far = (effects(shots, 1, 3 * RATE, pictures(shots)) for shots in both)
    assert 0 < rms(far) < 0.8 * rms(near)


def test_silence_where_no_sound_is_wanted() -> None:
    for prompt in ("a storm in a city, no sound", "暴风雨中的城市，没有声音"):
        assert not film(prompt).any()


def test_hours_of_a_forest() -> None:
    dawn, day, night = (
        layers(shots_of(f"a forest at {t}, clear sky")[0]) for t in ("dawn", "noon", "night")
    )
    assert "chorus" in dawn and "birds" in day and "crickets" in night
    names = {now.name for now in expected(shots_of("a forest at night, clear sky")[0])}
    assert "owl" in names


@pytest.mark.parametrize("seconds", [1, 2, 10])
def test_what_is_named_is_heard_in_every_shot(seconds: int) -> None:
    (shot,) = shots_of("a field, a siren, gunshots, a bell, a clock", seconds=seconds)
    for now in expected(shot):
        if now.sure:
            found = times(now, shot)
            assert found and all(0 <= at < seconds and abs(side) <= 1 for at, side in found)


def test_an_even_sound_is_even() -> None:
    (shot,) = shots_of("a library, the clock ticks", seconds=8)
    (clock,) = [now for now in expected(shot) if now.name == "clock"]
    np.testing.assert_allclose(np.diff([at for at, _ in times(clock, shot)]), 1.0)


def test_an_animal_has_its_voice() -> None:
    for beast, voice in (("dog", "bark"), ("horse", "neigh"), ("wolf", "howl"), ("cow", "moo")):
        (shot,) = shots_of(f"a {beast} stands on a field")
        assert voice in {now.name for now in expected(shot)}
        (shot,) = shots_of(f"a {beast} stands on a field", negative=audible.keys()[voice][0])
        assert voice not in {now.name for now in expected(shot)}


def test_unwanted_steps_are_not_heard() -> None:
    shots = shots_of("a man walks through a hall", negative="footsteps")
    assert not effects(shots, 1, 3 * RATE, pictures(shots)).any()


def test_equal_requests_sound_the_same() -> None:
    prompt = "a storm at sea, a ship sails, two men run, bells"
    np.testing.assert_array_equal(film(prompt), film(prompt))
    assert not np.array_equal(film(prompt), film(prompt, seed=2))


def test_without_a_picture_there_is_still_a_sound() -> None:
    shots = shots_of("a city in the rain, a siren")
    made = soundtrack(shots, 1, None, [Heard(drawn=False)])
    assert made.shape == (3 * RATE, 2) and made.any()
