"""Which sounds a prompt names, which it does not want, and which nobody can make."""

from __future__ import annotations

import pytest

from reelway.engines.animatic.audible import Asked, keys, read
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.report import report
from reelway.request import VideoRequest


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a field with the sound of a distant train", {"train"}),
        ("church bells ring over the village", {"bell"}),
        ("a temple bell and wind chimes", {"temple", "chime"}),
        ("远处传来狗叫", {"bark"}),
        ("听到孩子的笑声", {"laughter"}),
        ("we hear a dog in the yard", {"bark"}),
        ("the sound of a river", {"stream"}),
        ("a dog runs by the river", set()),
        ("a train station at night", set()),
        ("a person in training", set()),
        ("he rides a motorcycle", {"motorbike"}),
        ("the crackle of a campfire", {"fire"}),
        ("The clock ticks.", {"clock"}),
        ("a unicorn horn", set()),
        ("<<<element_1>>> walks", set()),
        ("", set()),
    ],
)
def test_what_is_named(text: str, named: set[str]) -> None:
    assert read(text).named == named


@pytest.mark.parametrize(
    ("text", "named", "silent"),
    [
        ("a harbour without any sound of gulls", set(), {"gull"}),
        ("no music, no birds, a beach", set(), {"music", "birds"}),
        ("a forest without wind or birdsong", set(), {"wind", "birds"}),
        ("a man with no hat walks in the rain", {"rain"}, set()),
        ("not a cloud, bells ring", {"bell"}, set()),
        ("海边，没有风声", set(), {"wind"}),
        ("a beach, no sound", set(), {"all"}),
        ("没有声音的城市", set(), {"all"}),
        ("a beach without the sound of sirens", set(), {"siren"}),
    ],
)
def test_what_is_not_wanted(text: str, named: set[str], silent: set[str]) -> None:
    asked = read(text)
    assert (asked.named, asked.silent) == (named, silent)


def test_what_is_far() -> None:
    assert read("the sound of a distant train").far == {"train"}
    assert read("church bells in the distance, a siren").far == {"bell"}
    assert read("远处传来钟声").far == {"bell"}
    assert not read("a distant mountain, a bell rings").far


@pytest.mark.parametrize(
    ("text", "unmade"),
    [
        ("the sound of a didgeridoo", ("didgeridoo",)),
        ("we hear a theremin in the fog", ("theremin",)),
        ("听到婴儿哭", ("婴儿哭",)),
        ("the sound of rain on a tin roof", ()),
        ("He hears a voice", ()),
        ("a didgeridoo on the sand", ()),
    ],
)
def test_what_cannot_be_made(text: str, unmade: tuple[str, ...]) -> None:
    assert read(text).unmade == unmade


def test_what_one_walks_on() -> None:
    assert read("a man walks on a wooden floor").ground == "wood"
    assert read("他踩着落叶走过").ground == "leaves"
    assert read("a man walks").ground == ""


def test_two_texts_about_the_same() -> None:
    both = read("bells, the sound of a didgeridoo") | read("a distant siren, no wind")
    assert both == Asked(
        named=frozenset({"bell", "siren"}),
        far=frozenset({"siren"}),
        silent=frozenset({"wind"}),
        unmade=("didgeridoo",),
    )


def test_no_word_means_two_sounds() -> None:
    words = [word for group in keys().values() for word in group]
    assert len(words) == len(set(words))


def test_the_report_tells_of_it() -> None:
    request = VideoRequest(
        prompt="A beach, church bells and the sound of a didgeridoo, no wind", sound=True, seed=1
    )
    told = report(request, plan(request))
    sounds = told["understood"]["shots"][0]["sounds"]
    assert {"bell", "surf"} <= set(sounds) and "wind" not in sounds
    reasons = [i["reason"] for i in told["ignored"] if i["field"] == "prompt"]
    assert "a sound that cannot be made: didgeridoo" in reasons


def test_a_silent_film_is_told_nothing_of_sounds() -> None:
    request = VideoRequest(prompt="A beach, the sound of a didgeridoo", seed=1)
    told = report(request, plan(request))
    assert "sounds" not in told["understood"]["shots"][0]
    assert not [i for i in told["ignored"] if "sound" in i["reason"]]


def test_a_negative_prompt_knows_them_too() -> None:
    (shot,) = plan(VideoRequest(prompt="a city, bells", negative_prompt="car horns, bells", seed=1))
    assert {"horn", "bell"} <= shot.silenced
