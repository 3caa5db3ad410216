"""How many of something a prompt speaks of."""

from __future__ import annotations

import pytest

from reelway.engines.animatic.grammar import read
from reelway.engines.animatic.plan import plan
from reelway.request import VideoRequest


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("a camel caravan crosses the dunes", 4),
        ("敦煌的驼队", 4),
        ("a wolf pack in the snow", 4),
        ("a herd of elephants", 5),
        ("six horses run", 6),
        ("an octopus hides", 1),
    ],
)
def test_words_for_many(prompt: str, count: int) -> None:
    (subject,) = read(prompt).subjects
    assert (subject.kind, subject.count) == ("animal", count)


def test_two_who_speak_are_two() -> None:
    reading = read("Two people talking in a diner. She says:  He says: ")
    assert [(s.kind, s.look.breed, s.count) for s in reading.subjects] == [
        ("person", "woman", 1),
        ("person", "man", 1),
    ]


def test_a_word_before_a_noun_is_no_second_one() -> None:
    assert [s.look.breed for s in read("a shepherd boy sits on a rock").subjects] == ["boy"]


@pytest.mark.parametrize(
    ("prompt", "place", "site"),
    [
        ("a ballerina spins", "room", "stage"),
        ("a farmer works", "field", ""),
        ("a chef tosses vegetables", "room", "kitchen"),
        ("a whale breaches", "coast", "sea"),
        ("a lion roars on a beach", "coast", "beach"),
    ],
)
def test_where_somebody_is_at_home(prompt: str, place: str, site: str) -> None:
    (shot,) = plan(VideoRequest(kind="text", model="animatic", prompt=prompt, duration=5))
    assert (shot.place, shot.site) == (place, site)


def test_a_sunny_day_is_day() -> None:
    for seed in range(6):
        request = VideoRequest(
            kind="text", model="animatic", prompt="a sunny street", duration=5, seed=seed
        )
        assert plan(request)[0].time == "day"
