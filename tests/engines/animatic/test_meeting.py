"""Who has to do with each other faces each other, near enough; who rides or climbs does so."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from reelway.engines.animatic import climbing, gaits, grammar, living, meeting, sitters
from reelway.engines.animatic.light import light
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.request import VideoRequest

PAIRS = [
    ("two people talk in a cafe", "talk"),
    ("a man and a woman argue in the kitchen", "talk"),
    ("两个朋友在餐厅里聊天", "talk"),
    ('two friends in a bar. Anna: "Did you see it?" Ben: "I did."', "talk"),
    ("two sailors. <<<voice_1>>> says: land! <<<voice_2>>> says: where?", "talk"),
    ("two old men play chess in a park", "game"),
    ("父亲教儿子下棋", "game"),
    ("a man and a woman dance in a ballroom", "dance"),
    ("a mother hugs her daughter", "hug"),
    ("两个人接吻", "kiss"),
    ("two businessmen shake hands", "shake"),
    ("two boxers fight in a ring", "fight"),
    ("a boy shows his trophy to his father", "talk"),
]
APART = [
    "two people walk along a beach and talk",
    "two people watch the sunset",
    "a man talks on the phone",
    "a crowd of people talks on a square",
    "four friends talk in a cafe",
]


def shot_of(prompt: str) -> ShotPlan:
    return plan(VideoRequest(kind="text", model="animatic", prompt=prompt, duration=5))[0]


def stage(shot: ShotPlan, half_width: float = 0.89) -> Any:
    sky = light(shot.time, shot.weather, shot.seed)
    return SimpleNamespace(shot=shot, light=sky, half_width=half_width, span=1.0)


def stands(b: Any) -> list[tuple[float, float]]:
    """(x in heights of a man, heading) of each, from left to right."""
    out = []
    for subject in dict.fromkeys(id(s) for s in meeting.folk(b.shot)):
        s = next(s for s in b.shot.subjects if id(s) == subject)
        for i in range(s.count):
            x = sitters.pair_place(b, s, i, 1.0)
            assert x is not None
            out.append((x, living._heading(b, s, i, gaits.stand())))
    return sorted(out)


@pytest.mark.parametrize(("prompt", "kind"), PAIRS)
@pytest.mark.parametrize("half_width", [0.89, 0.28])
def test_two_face_each_other(prompt: str, kind: str, half_width: float) -> None:
    shot = shot_of(prompt)
    assert meeting.kind(shot) == kind
    (left, to_right), (right, to_left) = stands(stage(shot, half_width))
    assert 0.2 <= right - left <= 0.85
    for heading, side in ((to_right, 1), (to_left, -1)):
        assert side * math.cos(heading) > 0.7  # to the other
        assert 0.1 < math.sin(heading) < 0.7  # and somewhat to us


@pytest.mark.parametrize("prompt", APART)
def test_who_is_by_themselves_does_not(prompt: str) -> None:
    assert meeting.kind(shot_of(prompt)) == ""


def test_of_three_the_middle_one_looks_at_us() -> None:
    b = stage(shot_of("three friends talk in a cafe"), 0.28)
    (a, first), (middle, second), (c, third) = stands(b)
    assert a < middle < c <= 0.56 * 0.28 + 1e-9
    assert math.cos(first) > 0.7 and math.cos(third) < -0.7 and math.sin(second) > 0.4


def test_people_sit_at_a_table_where_there_are_tables() -> None:
    cases = {
        "two people talk in a cafe": "",
        "两个老人在公园下棋": "chess board",
        "three men play poker": "",
        "two people stand and talk in a cafe": None,
        "two people talk on a street": None,
        "two chefs walk through the kitchen and talk": None,
    }
    for prompt, laid in cases.items():
        shot = shot_of(prompt)
        assert meeting.laid(shot) == laid, prompt
        assert all((s.action == "sit") == (laid is not None) for s in meeting.folk(shot)), prompt


@pytest.mark.parametrize(
    ("prompt", "hands"),
    [
        ("a boy shows his trophy to his father", [["trophy"], []]),
        ("男孩把奖杯给父亲看", [["trophy"], []]),
        ("a girl gives a teddy bear to her mother", [["teddy bear"], []]),
        ("a man hands a rose to a woman with a red umbrella", [["flowers"], ["umbrella"]]),
    ],
)
def test_a_thing_stays_in_the_hand_that_has_it(prompt: str, hands: list[list[str]]) -> None:
    read = grammar.read(prompt).subjects
    assert [[t.kind for t in s.look.hold] for s in read] == hands


@pytest.mark.parametrize(
    "prompt",
    ["a dragon over a castle", "城堡上空的龙", "一条龙在城堡上空", "an eagle over mountains",
     "a witch above the town", "a dragon high above the sea"],
)  # fmt: skip
def test_what_is_over_something_flies(prompt: str) -> None:
    assert "fly" in {s.action for s in grammar.read(prompt).subjects}


def test_what_is_beside_something_does_not_fly() -> None:
    for prompt in ("a dragon beside a castle", "a dragon with a bridge over the river"):
        assert grammar.read(prompt).subjects[0].action is None


@pytest.mark.parametrize(
    ("prompt", "ride"),
    [
        ("a man rides a red motorcycle on a desert road", "motorcycle"),
        ("骑着摩托车的女人穿过城市", "motorcycle"),
        ("a biker on a highway", "motorcycle"),
        ("a woman rides a bicycle", "bicycle"),
        ("a man walks past a motorcycle", None),
    ],
)
def test_who_rides_sits_on_it(prompt: str, ride: str | None) -> None:
    read = grammar.read(prompt).subjects
    own = read[0].look.ride
    assert (own and own.kind) == ride
    assert ("motorcycle" in {s.kind for s in read}) == (ride is None)


def test_rock_is_climbed_with_the_hands_and_stairs_are_not() -> None:
    for prompt, sheer in (
        ("a woman climbs a rock wall", True), ("女人攀爬悬崖", True),
        ("a rock climber on a cliff", True), ("a man climbs the stairs", False),
        ("a man climbs a hill", False), ("a man sits by a rock", False),
    ):  # fmt: skip
        shot = shot_of(prompt)
        assert climbing.sheer(stage(shot), meeting.folk(shot)[0]) is sheer, prompt
