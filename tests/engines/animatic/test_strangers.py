"""Nouns that nobody knows: which of a prompt's words become silhouettes, and which never do."""

from __future__ import annotations

import pytest

from reelway.engines.animatic.grammar import read
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.report import report
from reelway.request import VideoRequest


def strangers(prompt: str) -> list[str]:
    return [s.look.breed for s in read(prompt).subjects if s.kind == "stand-in"]


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a glorp frobnicates on the hill", ["glorp"]),
        ("A samovar hums on the table", ["samovar"]),
        ("the glorp hums", ["glorp"]),
        ("three wizzits and a dog", ["wizzits"]),
        ("a close-up of a blue zorblatt", ["zorblatt"]),
        ("beside a glorp a boy sleeps", ["glorp"]),
        ("a fox with a glorp in the snow", ["glorp"]),
        ("an astronaut discovers a glowing artifact", ["artifact"]),
        ("a hammock sways between two palm trees", ["hammock"]),
        ("a xylophone plays by itself in an attic", ["xylophone"]),
        ("一个格鲁普在山上", ["格鲁普"]),
        ("一只穿山甲在雨林里觅食", ["穿山甲"]),
        ("一台缝纫机在房间里工作", ["缝纫机"]),
        ("一台红色的格鲁普发出光芒", ["格鲁普"]),
    ],
)
def test_what_is_there_stands_in(prompt: str, words: list[str]) -> None:
    reading = read(prompt)
    assert strangers(prompt) == words
    assert set(words) <= set(reading.unknown)


@pytest.mark.parametrize(
    "prompt",
    [
        "a sense of wonder, a hint of mist, cinematic lighting, golden hour",
        "masterpiece, 8k, ultra detailed, shallow depth of field, a shallow focus",
        "the camera follows slowly, the mood is somber, a feeling of loneliness",
        "the atmosphere shimmers with an eerie silence",
        "a burst of energy and an explosion of colour",
        "a perfume bottle rotates on a marble pedestal, luxury commercial",
        "a sneaker explodes into colorful powder, studio lighting",
        "a giant octopus wraps around a submarine",
        "a woman plays tennis",
        "an old man with a weathered face and a long beard",
        "a girl in a silk gown with a lace collar",
        "a couple dances in the rain, romance, tenderness",
        "a car drives along a winding path near the entrance",
        "a wizard casts a spell, magic in the air",
        "in a quiet moment a man takes a breath",
        "a beautiful melody, a slow rhythm",
        "一种宁静的氛围，一丝忧伤",
        "一个神秘的夜晚，一个温馨的画面",
        "一位穿汉服的少女在樱花树下，唯美，电影感",
        "镜头缓缓推进，一道光芒照亮天空",
        "一个女孩子在海边",
    ],
)
def test_what_is_no_thing_never_does(prompt: str) -> None:
    assert strangers(prompt) == []


def test_who_holds_it_has_it_in_the_hand() -> None:
    (man,) = read("a man holding a glorp").subjects
    assert [t.kind for t in man.look.hold] == ["glorp"]
    (_,) = read("一个男人拿着一个格鲁普").subjects
    assert read("a man holding a glorp").unknown == ("glorp",)


def test_silhouettes_are_told_of_each_shot() -> None:
    request = VideoRequest(prompt="a glorp hums on a table", duration=5)
    (shot,) = report(request, plan(request))["understood"]["shots"]
    assert shot["silhouettes"] == ["glorp"]
    assert shot["subjects"] == ["stand-in for glorp"]
    assert shot["unknown"] == ["glorp"]
    held = VideoRequest(prompt="a man holding a glorp, a penguin", duration=5)
    (shot,) = report(held, plan(held))["understood"]["shots"]
    assert shot["silhouettes"] == ["glorp"]


def test_a_report_keeps_the_silhouettes_among_many_words() -> None:
    many = " ".join(f"qwertz{chr(97 + i)}" for i in range(20))
    unknown = read(f"{many}. A glorp hums.").unknown
    assert len(unknown) == 12 and "glorp" in unknown
