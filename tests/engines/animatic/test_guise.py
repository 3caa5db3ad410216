"""What belongs to whom: clothes, colours, what is held, in English and Chinese."""

from __future__ import annotations

import pytest

from reelway.engines.animatic.grammar import Subject, read


def told(subject: Subject) -> tuple[str, ...]:
    return (subject.look.breed, *subject.look.told())


RED, BLUE, YELLOW, WHITE, BLACK = "#b3312a", "#2f5fae", "#e0b23c", "#e9e6df", "#1d1d22"


@pytest.mark.parametrize(
    ("prompt", "told_of"),
    [
        ("a child in a red coat", [("child", f"coat {RED}")]),
        ("穿红色大衣的孩子", [("child", f"coat {RED}")]),
        ("穿着红色大衣、戴黑色帽子的男人", [("man", f"coat {RED}", f"hat {BLACK}")]),
        ("a woman with a red umbrella and a black dog",
         [("woman", f"umbrella {RED}"), ("dog",)]),
        ("a woman in a red coat and a man in a blue hat",
         [("woman", f"coat {RED}"), ("man", f"hat {BLUE}")]),
        ("穿红色大衣的女人和戴蓝色帽子的男人",
         [("woman", f"coat {RED}"), ("man", f"hat {BLUE}")]),
        ("一个女孩撑着黄色雨伞走过", [("girl", f"umbrella {YELLOW}")]),
        ("撑着红色油纸伞的女人走在雨中", [("woman", f"umbrella {RED}")]),
        ("an old man, holding a lantern, walks", [("old man", "lantern")]),
        ("a girl in a yellow dress rides a bicycle",
         [("girl", f"dress {YELLOW}", "riding bicycle")]),
        ("a knight rides a black horse", [("knight", "riding horse")]),
        ("骑着白马的少年奔驰", [("boy", "riding horse")]),
        ("a man and a woman walk, the woman wears a white dress",
         [("man",), ("woman", f"dress {WHITE}")]),
        ("a girl with a red balloon", [("girl", f"balloon {RED}")]),
        ("a shepherd boy with a staff and five sheep", [("boy", "staff"), ("sheep",)]),
        ("a crowd of people with umbrellas", [("", "umbrella")]),
        ("a man sits by a red boat", [("man",), ("",)]),
    ],
)  # fmt: skip
def test_to_each_noun_its_own(prompt: str, told_of: list[tuple[str, ...]]) -> None:
    assert [told(s) for s in read(prompt).subjects] == told_of


@pytest.mark.parametrize(
    ("prompt", "fur"),
    [
        ("a red fox", RED),
        ("a black cat", BLACK),
        ("一只白色的猫", WHITE),
        ("two white doves fly", WHITE),
        ("a man in a red hat, a dog", None),
        ("a woman in white walks", None),
    ],
)
def test_the_colour_of_an_animal_is_its_own(prompt: str, fur: str | None) -> None:
    animals = [s for s in read(prompt).subjects if s.kind in ("animal", "bird")]
    assert [s.look.fur for s in animals] == ([fur] if animals else [])


def test_clothes_of_a_colour_without_a_garment() -> None:
    assert read("a woman in white walks").subjects[0].look.fur == WHITE
    assert read("a woman in a white boat").subjects[0].look.fur is None


@pytest.mark.parametrize(
    ("prompt", "ridden"),
    [
        ("a knight rides a black horse", BLACK),
        ("a girl on a white horse", WHITE),
        ("策马奔腾的将军", None),
    ],
)
def test_a_horse_that_is_ridden_is_no_second_subject(prompt: str, ridden: str | None) -> None:
    (rider,) = read(prompt).subjects
    assert rider.look.ride and (rider.look.ride.kind, rider.look.ride.colour) == ("horse", ridden)


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("a man and a woman", [("person", 1), ("person", 1)]),
        ("a man walks. The man looks up. He smiles", [("person", 1)]),
        ("a man and another man", [("person", 1), ("person", 1)]),
        ("a dog and a cat", [("animal", 1), ("animal", 1)]),
        ("three cranes fly over a lake", [("bird", 3)]),
        ("两只狐狸", [("animal", 2)]),
        ("the camera cranes up over a field", []),
        ("crane shot of a field", []),
        ("a camel caravan, four camels walk", [("animal", 4)]),
        ("a girl with a balloon", [("person", 1)]),
        ("三只仙鹤飞过雪山", [("bird", 3)]),
        ("一只海鸥", [("bird", 1)]),
        ("a flock of crows flies", [("bird", 7)]),
        ("a white horse and a brown horse graze", [("animal", 1), ("animal", 1)]),
        ("a man in a red coat and a man in a blue coat", [("person", 1), ("person", 1)]),
        ("a man in a red coat. The man in the blue hat runs", [("person", 1)]),
    ],
)
def test_who_is_there(prompt: str, subjects: list[tuple[str, int]]) -> None:
    assert [(s.kind, s.count) for s in read(prompt).subjects] == subjects


@pytest.mark.parametrize(
    ("prompt", "doing"),
    [
        ("a robot waves", "wave"),
        ("一个女孩向我们挥手", "wave"),
        ("a man walks away down a road", "away"),
        ("a monk walks toward the camera", "toward"),
        ("the keeper climbs the stairs", "climb"),
    ],
)
def test_fine_actions(prompt: str, doing: str) -> None:
    assert read(prompt).subjects[0].look.doing == doing


def test_who_waves_is_no_sea() -> None:
    assert read("a robot waves").place is None
    assert read("waves roll").place == "coast"


@pytest.mark.parametrize(
    ("prompt", "word", "count", "action"),
    [
        ("a platypus walks along a beach", "platypus", 1, "walk"),
        ("three wombats run", "wombats", 3, "run"),
        ("一只鸭嘴兽走在冰面上", "鸭嘴兽", 1, "walk"),
    ],
)
def test_the_unknown_stands_in_and_is_told(prompt: str, word: str, count: int, action: str) -> None:
    reading = read(prompt)
    (there,) = reading.subjects
    assert (there.kind, there.look.breed, there.count, there.action) == (
        "stand-in", word, count, action,
    )  # fmt: skip
    assert word in reading.unknown


def test_clothes_are_not_unknown_words() -> None:
    reading = read("an elderly woman wearing a brown coat, holding an umbrella, walks")
    assert reading.unknown == ()
    assert reading.subjects[0].action == "walk"
