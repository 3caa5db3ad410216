"""Which music a prompt asks for, and which it does not."""

from __future__ import annotations

import pytest

from reelway.engines.animatic.grammar import read as grammar_read
from reelway.engines.animatic.musical import known, less, read, spread
from reelway.engines.animatic.negative import keep_out
from reelway.engines.animatic.plan import plan
from reelway.request import Shot, VideoRequest


@pytest.mark.parametrize(
    "text",
    [
        "a beach with piano music", "soft piano", "a violin plays", "the sound of a distant violin",
        "noir jazz", "A lake; strings swell.", "a tense film score", "music: tense, slow",
        "a pianist in a bar", "a woman plays a song on the violin", "a church organ plays",
        "a rock concert", "配乐：钢琴", "悠扬的古筝曲", "老人拉二胡", "紧张的音乐", "远处传来笛声",
    ],
)  # fmt: skip
def test_music_is_asked_for(text: str) -> None:
    assert read(text).asked


@pytest.mark.parametrize(
    "text",
    [
        "a beach", "a piano by the wall", "an old violin on a table", "a rock on the beach",
        "they score a goal", "a brass lamp", "birds sing at dawn", "a dark track in the forest",
        "no music", "a lake without any music", "a man carries a guitar", "a march through snow",
        "一架钢琴", "没有音乐的海滩", "metal doors", "a western town", "an epic mountain",
    ],
)  # fmt: skip
def test_music_is_not_asked_for(text: str) -> None:
    assert not read(text).asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a happy dog, with sad music", {"moods": ("melancholic",), "scene": ("joyful",)}),
        ("a tense chase, with upbeat music", {"moods": ("joyful",), "scene": ("tense",)}),
        ("music in a happy village", {"moods": ()}),
        ("a slow waltz in D minor at 90 bpm",
         {"styles": ("waltz",), "pace": -1, "tonic": 2, "scale": "minor", "tempo": 90.0}),
        ("epic orchestral music with drums and soaring brass",
         {"moods": ("epic",), "styles": ("orchestral",), "instruments": ("drums", "brass")}),
        ("a man plays guitar", {"players": ("guitar",)}),
        ("lo-fi hip hop beats", {"styles": ("lofi",)}),
        ("古筝和笛子的中国风音乐", {"styles": ("chinese",), "instruments": ("guzheng", "flute")}),
        ("雨夜，紧张的配乐", {"moods": ("tense",)}),
        ("piano music, no drums", {"instruments": ("piano",), "without": frozenset({"drums"})}),
        ("he plays bagpipes", {"asked": True, "unmade": ("bagpipes",)}),
    ],
)  # fmt: skip
def test_what_is_wished(text: str, expected: dict[str, object]) -> None:
    wish = read(text)
    assert {name: getattr(wish, name) for name in expected} == expected


def test_the_words_of_music_are_known_and_those_of_things_are_not() -> None:
    assert grammar_read("a lake with melancholic cello and marimba music").unknown == ()
    assert "xylophone" in grammar_read("a gigantic xylophone by the lake").unknown
    assert known("a beach") == []


@pytest.mark.parametrize(
    "music", ["dark music", "house music", "church organ music", "space ambient music", "noir jazz",
              "warm piano music", "country music", "western music", "温暖的音乐"],
)  # fmt: skip
def test_what_is_said_of_the_music_is_not_seen(music: str) -> None:
    plain, scored = (grammar_read(f"a lake in the rain, {m}") for m in ("music", music))
    for name in ("place", "site", "time", "weather", "style", "subjects", "unknown"):
        assert getattr(scored, name) == getattr(plain, name), name


def test_what_is_played_by_somebody_is_seen() -> None:
    (player,) = grammar_read("a man plays the guitar").subjects
    assert player.look.doing == "guitar"


@pytest.mark.parametrize(
    ("item", "keys"),
    [
        ("music", {"music"}),
        ("background music", {"music"}),
        ("drums", {"drums"}),
        ("sad music", {"melancholic"}),
        ("jazz", {"jazz"}),
        ("fast music", {"fast"}),
        ("too slow", set()),
        ("sad people", set()),
        ("musical chairs", set()),
        ("鼓声", {"drums"}),
    ],
)
def test_what_a_negative_item_takes_away(item: str, keys: set[str]) -> None:
    assert less(item) == keys


def test_a_negative_prompt_takes_away_what_it_names() -> None:
    out = keep_out("drums, boat")
    assert out.music == {"drums"} and "music" not in out.sounds
    assert keep_out("music").sounds == {"music"}
    assert keep_out("drums").unknown == ()


def test_one_story_has_one_music() -> None:
    told = "A knight rides over a hill. Then a castle burns. Epic orchestral music."
    shots = plan(VideoRequest(prompt=told, shot_mode="intelligence", duration=10, seed=1))
    assert len(shots) > 1
    assert all(s.music.asked and s.music.moods == ("epic",) for s in shots)
    quiet = spread([read("piano music"), read("a lake"), read("no music"), read("a hill")])
    assert [w.asked and not w.silent for w in quiet] == [True, True, False, False]


def test_shots_of_their_own_have_music_of_their_own() -> None:
    prompts = ("a lake, tense music", "a hill", "a field, joyful music")
    shots = plan(
        VideoRequest(
            shots=tuple(Shot(prompt=p, duration=2) for p in prompts),
            shot_mode="customize",
            duration=6,
            seed=1,
        )
    )
    assert [s.music.moods for s in shots] == [("tense",), (), ("joyful",)]
    assert [s.music.asked for s in shots] == [True, False, True]


def test_what_is_said_is_not_heard() -> None:
    (shot,) = plan(VideoRequest(prompt='A man says: "I love piano music."', duration=3, seed=1))
    assert not shot.music.asked
