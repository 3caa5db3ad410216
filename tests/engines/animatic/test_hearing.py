"""What is heard is where and when it is seen: the same code places both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from reelway.engines.animatic import gaits, hearing, scene
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.sounding import strikes
from reelway.engines.animatic.weather import SOUND, Lightning
from reelway.request import Image, VideoRequest

WIDE = (320, 180)


def shot_of(prompt: str, seed: int = 1, **fields: object) -> ShotPlan:
    (shot,) = plan(VideoRequest(prompt=prompt, seed=seed, duration=3, **fields))  # type: ignore[arg-type]
    return shot


def heard(prompt: str, seed: int = 1, size: tuple[int, int] = WIDE) -> hearing.Heard:
    return hearing.heard(shot_of(prompt, seed), size, scene.Pictures())


@pytest.mark.parametrize("prompt", ["a man walks along a beach", "a woman runs on a field"])
def test_feet_strike_where_the_picture_shows_a_contact(prompt: str) -> None:
    """Of the drawn film: the picture that is shown at a strike is one in which a foot lands."""
    shot = shot_of(prompt)
    (walker,) = [t for t in heard(prompt).things if t.kind == "step"]
    with ThreadPoolExecutor(2) as pool:
        stack = scene.build(shot, WIDE, pool)
    cycles = [
        p for p in (*stack.behind, *stack.before) if p.motion is not None and len(p.textures) > 10
    ]
    assert cycles and walker.strikes
    count = len(cycles[0].textures)
    step = shot.seconds / (shot.frames - 1)
    for frame in walker.strikes:
        motion = cycles[0].motion
        assert motion is not None
        shown = motion(frame * step).picture % count
        since = min((shown - beat * count) % count for beat in gaits.STEPS)
        assert since < 1, (frame, shown, count)


@pytest.mark.parametrize("gait", [gaits.walk(), gaits.run(), gaits.climb(), gaits.dance()])
def test_a_beat_is_where_a_foot_comes_down(gait: gaits.Gait) -> None:
    """Before it the foot is in the air, after it on the ground."""
    for foot, beat in zip((0, 1), (gait.beats if len(gait.beats) == 2 else ()), strict=True):
        other = gait.beats[1 - foot] if gait is not None and gait.stride == 0 else beat
        before = gait.pose((other - 0.04) % 1).feet[foot].y
        after = gait.pose((other + 0.02) % 1).feet[foot].y
        assert before > after - 0.02


def test_strikes_are_counted_once() -> None:
    assert strikes(lambda n: n, 10, (0.0, 0.5), 25) == (5, 10, 15, 20)
    assert strikes(lambda n: n // 3, 4, (0.5,), 24) == (6, 18)
    assert strikes(lambda n: 0, 1, (0.0,), 24) == ()
    assert strikes(lambda n: n, 4, (), 24) == ()


def test_thunder_comes_after_its_lightning_by_its_distance() -> None:
    shot, found = shot_of("a thunderstorm over mountains"), heard("a thunderstorm over mountains")
    times = Lightning(shot.seed, shot.seconds)
    assert [f.seen for f in found.flashes] == times.at.tolist()
    for flash in found.flashes:
        assert flash.heard - flash.seen == pytest.approx(flash.metres / SOUND)
        assert -1 <= flash.side <= 1


@pytest.mark.parametrize(
    ("prompt", "negative"),
    [("a storm in a quiet room", ""), ("rain on mountains", ""), ("a storm at sea", "lightning")],
)
def test_no_thunder_without_lightning(prompt: str, negative: str) -> None:
    shot = shot_of(prompt, negative_prompt=negative)
    assert not hearing.heard(shot, WIDE, scene.Pictures()).flashes


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("cars drive through a city", "car"),
        ("a horse gallops over a field", "hoof"),
        ("a cat walks over a field", "paw"),
        ("a dolphin leaps in the sea", "plunge"),
        ("a boat sails on a lake", "boat"),
        ("a spaceship flies in space", "spaceship"),
        ("a man swims in a lake", "splash"),
        ("a woman types on a laptop in an office", "key"),
        ("a man applauds, he claps his hands", "clap"),
        ("a child climbs the stairs", "step"),
        ("a woman walks, medium shot", "step"),
        ("a dragonfruit runs past", ""),
    ],
)
def test_each_kind_is_heard(prompt: str, kind: str) -> None:
    kinds = {t.kind for t in heard(prompt).things}
    assert kind in kinds or not kind


def test_a_parked_car_is_not_heard() -> None:
    assert not heard("a car is parked in a street").things


def test_the_side_is_that_of_the_picture() -> None:
    thing = heard("a car drives to the right through a city, static shot").things[0]
    assert thing.side[-1] > thing.side[0]
    thing = heard("a car drives to the left through a city, static shot").things[0]
    assert thing.side[-1] < thing.side[0]


def test_who_comes_nearer_gets_nearer() -> None:
    thing = heard("a man walks toward the camera on a beach, static shot").things[0]
    assert thing.depth[-1] < thing.depth[0]


def test_the_size_of_the_picture_is_not_heard() -> None:
    prompt = "two men walk through a city, a car drives"
    small, large = heard(prompt, size=(320, 180)), heard(prompt, size=(1280, 720))
    for a, b in zip(small.things, large.things, strict=True):
        assert a.strikes == b.strikes
        np.testing.assert_allclose(a.side, b.side, atol=0.02)


def test_in_a_callers_picture_only_the_weather_happens() -> None:
    image = Image(source="asset:a", width=640, height=360)
    shot = shot_of("a man walks in a thunderstorm", first_frame=image)
    found = hearing.framed(shot)
    assert found.flashes and not found.things and not found.drawn
    assert not hearing.framed(shot_of("a man walks", first_frame=image)).flashes
