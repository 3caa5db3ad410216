"""Things: their rows, how they are read, where they are put."""

from __future__ import annotations

import math

import pytest

from reelway.engines.animatic import pieces, solid
from reelway.engines.animatic.grammar import Subject, read
from reelway.engines.animatic.sports import SPORTS, gear
from reelway.engines.animatic.things import named, things


def only(prompt: str) -> list[tuple[str, str, int]]:
    return [(s.kind, s.look.breed, s.count) for s in read(prompt).subjects]


def test_a_word_means_one_thing() -> None:
    words = [word for row in things().values() for word in row.words]
    assert len(words) == len(set(words))
    assert named("butterflies") == "butterfly" and named("a") == ""


@pytest.mark.parametrize("name", sorted(things()))
def test_every_row_has_a_body_of_its_size(name: str) -> None:
    row = things()[name]
    for k in range(row.frames):
        left, right, low, high = solid.bounds(pieces.solids(name, phase=k / row.frames))
        assert all(math.isfinite(v) for v in (left, right, low, high))
        assert 0.15 < max(right - left, high - low) / row.size < 4.0


def test_a_colour_is_laid_on_what_takes_one() -> None:
    plain, red = pieces.solids("kite"), pieces.solids("kite", "#0000ff")
    changed = [p.coat.colour is not r.coat.colour and (p.coat.colour != r.coat.colour).any()
               for p, r in zip(plain, red, strict=True)]  # fmt: skip
    assert any(changed) and not all(changed)


def test_mirrored_and_tilted_about_the_foot() -> None:
    left, right, _, high = solid.bounds(pieces.solids("hammer"))
    mirrored = solid.bounds(pieces.solids("hammer", left=True))
    assert mirrored[:2] == pytest.approx((-right, -left))
    lying = solid.bounds(pieces.solids("hammer", turn=math.pi / 2))
    assert lying[0] == pytest.approx(-high, abs=0.05)


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a red kite over the beach", [("thing", "kite", 1)]),
        ("three apples on a table", [("thing", "apple", 3)]),
        ("a plate of sushi", [("thing", "sushi", 1)]),
        ("a bowl of noodles steams", [("thing", "bowl of food", 1)]),
        ("a cake with candles", [("thing", "cake", 1)]),
        ("an octopus in the reef", [("animal", "octopus", 1)]),
        ("two butterflies", [("animal", "butterfly", 2)]),
        ("a teddy bear", [("thing", "teddy bear", 1)]),
        ("a bear", [("animal", "bear", 1)]),
        ("一只企鹅走在冰面上", [("animal", "penguin", 1)]),
        ("一块巧克力蛋糕", [("thing", "cake", 1)]),
        ("people watch the sunset", [("crowd", "", 4)]),
        ("the sun rose over the hill", []),
        ("a coffee shop at night", []),
        ("the camera follows a cat", [("animal", "cat", 1)]),
        ("drone shot over a river", []),
        ("无人机航拍城市", []),
        ("a drone flies over the city", [("thing", "drone", 1)]),
        ("a boxer trains", [("person", "boxer", 1)]),
    ],
)
def test_read(prompt: str, wanted: list[tuple[str, str, int]]) -> None:
    assert only(prompt) == wanted


def person(prompt: str) -> Subject:
    (one,) = [s for s in read(prompt).subjects if s.kind == "person"]
    return one


@pytest.mark.parametrize(
    ("prompt", "held", "beside"),
    [
        ("a man eats a burger", ["burger"], []),
        ("a girl hugs a red teddy bear", ["teddy bear"], []),
        ("女孩拿着一个苹果", ["apple"], []),
        ("a woman stands beside a vase", [], ["vase"]),
        ("a woman sits with a cake on the table", [], ["cake"]),
        ("a woman drinks a cup of coffee", ["cup"], []),
        ("a man plays the drums", [], []),
        ("a man rows a boat", [], []),
        ("a woman with a bicycle", [], []),
    ],
)
def test_what_is_held_is_not_there_twice(prompt: str, held: list[str], beside: list[str]) -> None:
    assert [t.kind for t in person(prompt).look.hold] == held
    assert [s.look.breed for s in read(prompt).subjects if s.kind != "person"] == beside


def test_the_colour_of_what_is_held() -> None:
    assert person("a girl holds a blue kite").look.hold[0].colour is not None


def test_who_lives_in_the_sea_is_seen_there() -> None:
    assert read("a jellyfish drifts through the dark ocean").place == "underwater"
    assert read("a turtle on the shore of the ocean").place == "coast"
    assert read("a boat on the ocean").place == "coast"


@pytest.mark.parametrize("doing", sorted(SPORTS))
def test_bodies_at_sports_stay_whole(doing: str) -> None:
    gait, _, kind = SPORTS[doing]
    for k in range(gait.frames):
        pose = gait.pose(k / gait.frames)
        assert 0.05 < pose.hip < 0.6 and abs(pose.lean) < 1.6
        for hand in pose.hands:
            assert hand is None or (abs(hand[0]) < 0.5 and -0.05 < hand[1] < 1.1)
        for heading in (0.1, math.pi - 0.1):
            made = gear(kind, k / gait.frames, heading)
            assert bool(made) == bool(kind)
