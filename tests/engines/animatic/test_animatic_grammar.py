"""What the words mean: tables in English and Chinese."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelway.engines.animatic.grammar import Move, Subject, read, sentences
from reelway.engines.animatic.guise import Look
from reelway.engines.animatic.negative import keep_out
from reelway.engines.animatic.plan import plan
from reelway.request import Shot, VideoRequest


@pytest.mark.parametrize(
    ("prompt", "place", "time", "weather"),
    [
        ("Waves roll onto a rocky coast at dawn", "coast", "dawn", None),
        ("A lighthouse in fog", None, None, "fog"),
        ("A harbour city at sunset", "harbour", "golden", None),
        ("Rain begins to fall in an old temple garden", "village", None, "rain"),
        ("neon city street at night in the rain", "street", "night", "rain"),
        ("Snow is falling over the mountains at dusk", "mountains", "dusk", "snow"),
        ("a foggy morning by the lake", "lake", "day", "fog"),
        ("the city by the sea", "harbour", None, None),
        ("a thunderstorm over the prairie at midnight", "field", "night", "storm"),
        ("沙漠日落,镜头缓慢推进", "desert", "golden", None),
        ("夜晚的城市街道,下雨", "street", "night", "rain"),
        ("清晨的森林,薄雾", "forest", "dawn", "fog"),
        ("雪山下的湖泊,晴朗的白天", "lake", "day", "clear"),
        ("something nobody has a word for", None, None, None),
        ("", None, None, None),
    ],
)
def test_setting(prompt: str, place: str | None, time: str | None, weather: str | None) -> None:
    reading = read(prompt)
    assert (reading.place, reading.time, reading.weather) == (place, time, weather)


@pytest.mark.parametrize(
    ("prompt", "moves"),
    [
        ("the camera slowly pans right", [Move(kind="pan", direction="right", speed="slow")]),
        ("pan left quickly", [Move(kind="pan", direction="left", speed="fast")]),
        ("A man runs left, the camera pans right", [Move(kind="pan", direction="right")]),
        ("slow dolly in", [Move(kind="dolly", direction="in", speed="slow")]),
        ("dolly in a forest", [Move(kind="dolly", direction="in")]),
        ("pull back to reveal the valley", [Move(kind="dolly", direction="out")]),
        ("zoom out from the tower", [Move(kind="zoom", direction="out")]),
        ("tilt up to the sky", [Move(kind="tilt", direction="up")]),
        ("static shot", [Move(kind="static")]),
        ("handheld", [Move(kind="handheld")]),
        ("aerial drone shot", [Move(kind="aerial")]),
        ("orbit around the statue", [Move(kind="orbit")]),
        ("crane shot down", [Move(kind="crane", direction="down")]),
        (
            "pan left, then zoom in",
            [Move(kind="pan", direction="left"), Move(kind="zoom", direction="in")],
        ),
        ("镜头缓慢推进", [Move(kind="dolly", direction="in", speed="slow")]),
        ("镜头向左摇", [Move(kind="pan", direction="left")]),
        ("快速拉远", [Move(kind="dolly", direction="out", speed="fast")]),
        ("航拍", [Move(kind="aerial")]),
        ("手持镜头跟拍", [Move(kind="handheld"), Move(kind="track", direction="right")]),
        ("she walks to the right", []),
    ],
)
def test_camera(prompt: str, moves: list[Move]) -> None:
    assert list(read(prompt).moves) == moves


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("two red boats", [Subject(kind="boat", count=2, colour="#b3312a")]),
        ("a man walks along", [Subject(kind="person", action="walk")]),
        ("birds fly over", [Subject(kind="bird", count=5, action="fly")]),
        ("一艘红色的船", [Subject(kind="boat", colour="#b3312a")]),
        ("一个女孩奔跑", [Subject(kind="person", action="run")]),
        ("<<<element_2>>> smiles", [Subject(kind="element", element=2)]),
        ("horses", [Subject(kind="animal", count=3)]),
    ],
)
def test_subjects(prompt: str, subjects: list[Subject]) -> None:
    assert [plain(s) for s in read(prompt).subjects] == subjects


def plain(subject: Subject) -> Subject:
    """Without its looks, which `test_guise` is about."""
    return replace(subject, look=Look())


@pytest.mark.parametrize("quotes", ['"{}"', "“{}”", "「{}」"])
def test_dialogue_is_not_a_setting(quotes: str) -> None:
    reading = read(
        "A captain by a lake says " + quotes.format("We sail at first light into the storm")
    )
    assert reading.dialogue
    assert (reading.place, reading.time, reading.weather) == ("lake", None, None)


def test_negative_words_remove_keys() -> None:
    reading = read("a city in the rain, people, music", "people, rain, music")
    assert reading.weather is None
    assert reading.subjects == ()
    assert "music" not in reading.sounds and "rain" not in reading.sounds
    assert reading.place == "city"


def test_unknown_words_are_told() -> None:
    assert read("a gigantic xylophone by the lake").unknown == ("gigantic", "xylophone")


def test_sentences_keep_quotes_whole() -> None:
    assert sentences('He says "Wait. Now!" loudly. Rain falls. 天黑了。她走了。') == [
        'He says "Wait. Now!" loudly.',
        "Rain falls.",
        "天黑了。",
        "她走了。",
    ]


@pytest.mark.parametrize("seconds", [3, 5, 15])
@pytest.mark.parametrize("parts", [1, 2, 4, 9])
def test_intelligence_cuts_by_sentences(seconds: int, parts: int) -> None:
    prompt = " ".join(f"In picture number {i} a boat crosses the lake." for i in range(parts))
    shots = plan(VideoRequest(prompt=prompt, duration=seconds, shot_mode="intelligence"))
    assert len(shots) == min(parts, seconds, 6)
    assert sum(s.frames for s in shots) == 24 * seconds
    assert min(s.frames for s in shots) >= 24
    assert [s.first for s in shots] == [sum(t.frames for t in shots[:i]) for i in range(len(shots))]


def test_the_common_prompt_of_shots_is_their_setting() -> None:
    request = VideoRequest(
        prompt="black and white, a village at night",
        shots=(
            Shot(prompt="a dog runs", duration=2),
            Shot(prompt="by the sea at noon", duration=3),
        ),
        shot_mode="customize",
        duration=5,
    )
    first, second = plan(request)
    assert (first.place, first.time, first.style) == ("village", "night", ("mono",))
    assert (second.place, second.time, second.style) == ("coast", "day", ("mono",))


def test_what_is_not_said_is_drawn_from_the_seed() -> None:
    plans = [plan(VideoRequest(prompt="", seed=n))[0] for n in range(24)]
    assert len({p.place for p in plans}) > 3
    assert len({p.time for p in plans}) > 2
    assert plan(VideoRequest(prompt="", seed=3)) == plan(VideoRequest(prompt="", seed=3))


@pytest.mark.parametrize(
    ("prompt", "place", "time", "weather", "subjects", "moves"),
    [
        ("清晨的海边,一艘帆船驶向远方,镜头缓缓推进", "coast", "dawn", None,
         ["boat sail"], ["dolly in slow"]),
        ("火山脚下的湖,一只海鸥", "lake", None, None, ["bird"], []),
        ("赛博朋克的城市夜景,雨夜,一个女孩撑伞走过,镜头跟拍", "city", "night", "rain",
         ["person walk"], ["track right normal"]),
        ("马路上一辆红色的汽车行驶,镜头向左平移", "street", None, None,
         ["car drive"], ["track left normal"]),
        ("竹林里,武士站立,雾气弥漫,镜头静止", "forest", None, "fog",
         ["person stand"], ["static  normal"]),
        ("沙漠中骆驼行走,夕阳西下,镜头拉远", "desert", "golden", None,
         ["animal walk"], ["dolly out normal"]),
        ("长城上的日出,无人机航拍", "mountains", "dawn", None, ["castle"], ["aerial  normal"]),
        ("宇航员漂浮在太空", "space", None, None, ["person fly"], []),
        ("美丽的风景", None, None, None, [], []),
    ],
)  # fmt: skip
def test_chinese(
    prompt: str, place: str, time: str, weather: str, subjects: list[str], moves: list[str]
) -> None:
    reading = read(prompt)
    assert (reading.place, reading.time, reading.weather) == (place, time, weather)
    assert [" ".join(filter(None, (s.kind, s.action))) for s in reading.subjects] == subjects
    assert [f"{m.kind} {m.direction} {m.speed}" for m in reading.moves] == moves


def test_chinese_things_without_a_picture_are_told() -> None:
    assert read("火车驶过流星").unknown == ("流星",)


def test_sentences_end_at_the_marks_of_either_script() -> None:
    assert sentences("天黑了!她走了?他来了;雨停了。Mr. Smith walks 3.5 km; he stops! Rain.") == [
        "天黑了!",
        "她走了?",
        "他来了;",
        "雨停了。",
        "Mr. Smith walks 3.5 km;",
        "he stops!",
        "Rain.",
    ]


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("<<<element_1>>> runs left", {"element": 1, "action": "run", "side": "left"}),
        ("the boat <<<element_2>>> on a lake", {"element": 2, "action": "sail"}),
        ("小狗<<<element_1>>>在右边坐着", {"element": 1, "action": "sit", "side": "right"}),
        ("<<<image_1>>> waits, the camera pans left", {"element": 1, "action": "stand"}),
    ],
)
def test_markers(prompt: str, subject: dict[str, object]) -> None:
    kind = "image" if "image" in prompt else "element"
    assert list(read(prompt).subjects) == [Subject(kind=kind, **subject)]  # type: ignore[arg-type]


def shot(prompt: str = "a field", **fields: object):  # type: ignore[no-untyped-def]
    (one,) = plan(VideoRequest(prompt=prompt, seed=3, **fields))  # type: ignore[arg-type]
    return one


def test_negative_words_are_kept_out() -> None:
    out = keep_out("boat, no people, shaky, too much warm, wibble, 下雨, blurry")
    assert {"boat", "crowd", "rain", "handheld", "warm"} <= set(out.words())
    assert out.style == ("cold",)
    assert out.unknown == ("wibble", "blurry")
    assert out.steady


@pytest.mark.parametrize(
    ("negative", "of", "before", "after"),
    [
        ("zoom", "moves", (Move(kind="zoom", direction="in"),), (Move(kind="static"),)),
        ("camera movement", "moves", (Move(kind="zoom", direction="in"),), (Move(kind="static"),)),
        ("dark", "style", (), ("bright",)),
        ("red", "style", (), ("less #b3312a",)),
        ("people", "subjects", (Subject(kind="person"),), ()),
        ("night", "time", "night", None),
        ("field", "place", "field", None),
    ],
)
def test_negative_words_change_the_plan(
    negative: str, of: str, before: object, after: object
) -> None:
    prompt = "a field at night, a man, zoom in"
    first = getattr(shot(prompt), of)
    assert (tuple(plain(s) for s in first) if of == "subjects" else first) == before
    left = getattr(shot(prompt, negative_prompt=negative), of)
    assert left != before if after is None else left == after


def test_cfg_scale_is_firm_or_free() -> None:
    assert shot(cfg_scale=1.0).freedom == 0
    assert shot() == shot(cfg_scale=0.5)
    assert shot("a field at noon", cfg_scale=0.0).invented == (Subject(kind="bird", count=3),)
    assert not shot("a field at noon", cfg_scale=0.0, negative_prompt="birds").invented
