"""Where a story is cut, for how long each part is seen, and who stays from shot to shot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.request import Shot, VideoRequest


def told(prompt: str, seconds: int = 9) -> list[ShotPlan]:
    return plan(VideoRequest(prompt=prompt, duration=seconds, shot_mode="intelligence"))


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("A fox runs through a forest. Then it drinks from a river.", 2),
        ("A girl walks through the forest, then she finds a lake, then a swan flies away", 3),
        ("A man waits, cut to a train station at night", 2),
        ("一个女孩走进森林，然后她看见一只鹿。镜头切到湖边的小屋，夜晚下雪。最后她点燃篝火", 4),
        ("Shot 1: a city at night. Shot 2: a man runs. Shot 3: he stops at the harbour.", 3),
        ("镜头一：城市夜景。镜头二：一个男人奔跑。", 2),
        ("Scene 1 - a desert. Scene 2 - a city at night.", 2),
        ("A woman stands by a window. Soft light. Cinematic, 35mm.", 1),
        ("A man walks in a field. It starts to rain. He runs to a house.", 3),
        ("Mr. Smith walks home. It rains.", 1),
        ("The camera pans left, then zooms in on a house", 1),
        ("A car drives 3-5 km through a desert", 1),
        ('She says: "We leave now. Then we go home." The man nods.', 1),
        ("雪山日出，镜头缓缓推进。一只鹰飞过。黑白风格。", 2),
        ("Cinematic lighting. 8k.", 1),
        ("", 1),
        (". . !", 1),
    ],
)
def test_parts(prompt: str, parts: int) -> None:
    shots = told(prompt)
    assert len(shots) == parts, [s.prompt for s in shots]
    assert sum(s.frames for s in shots) == 9 * 24


def test_a_story_says_itself_from_when_to_when() -> None:
    shots = told("[0-3s] a boat on the sea [3-5s] a storm [5-9s] a calm morning")
    assert [s.frames // 24 for s in shots] == [3, 2, 4]
    assert [s.weather for s in shots][1] == "storm"
    assert [s.frames // 24 for s in told("0-2秒：一只船；2-9秒：暴风雨")] == [2, 7]
    longer = told("[0-3s] a boat [3-30s] a storm")  # more than the film has
    assert sum(s.frames for s in longer) == 9 * 24


def test_what_describes_the_whole_holds_for_all() -> None:
    shots = told("A man walks in a field. A dog runs by a lake. Black and white.")
    assert [s.style for s in shots] == [("mono",), ("mono",)]
    assert [m.kind for m in told("Slow pan right, then a house burns")[0].moves] == ["pan"]


def test_words_of_the_cut_are_not_shown() -> None:
    assert [s.prompt for s in told("A fox. Cut to: a lake. 切到森林")] == [
        "A fox.",
        "a lake.",
        "森林",
    ]
    assert told("A man says 'cut to the chase' by a lake")[0].prompt.endswith("lake")


def looks(shot: ShotPlan) -> list[tuple[str, str, list[str | None]]]:
    return [(s.kind, s.look.breed, [t.colour for t in s.look.wear]) for s in shot.subjects]


def test_who_was_there_stays_and_looks_the_same() -> None:
    shots = told(
        "A girl in a red coat walks by a lake. Suddenly it starts to rain. Cut to a lighthouse. "
        "She waves. A man in a blue coat sits there. The girl runs to a house.",
        15,
    )
    first, rains, light, waves, man, runs = shots
    assert looks(first) == looks(rains)
    assert (rains.place, rains.weather) == ("lake", "rain")
    assert [s.kind for s in light.subjects] == ["lighthouse"]
    assert looks(waves)[0][1:] == looks(first)[0][1:]
    assert looks(man)[0][1:] == ("man", ["#2f5fae"])
    assert looks(runs)[0][1:] == looks(first)[0][1:]


def test_shots_of_the_caller_keep_who_was_there() -> None:
    request = VideoRequest(
        shot_mode="customize",
        duration=8,
        shots=(
            Shot(prompt="a woman in a red dress by the sea, a white boat", duration=2),
            Shot(prompt="at night", duration=2),
            Shot(prompt="an empty beach", duration=2),
            Shot(prompt="another woman walks, the boat sails", duration=2),
        ),
    )
    shots = plan(request)
    assert looks(shots[1]) == looks(shots[0])
    assert looks(shots[2]) == []
    other = {s.kind: s for s in shots[3].subjects}
    assert not other["person"].look.wear
    assert len({s.seed for s in shots}) == 1


LETTERS = "a ,.;:then cut to 12-3s[]shot镜头一然后。，切到\"'\n"


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from(LETTERS), max_size=90), st.integers(3, 15))
def test_any_text_is_cut_into_shots_that_sum_up(prompt: str, seconds: int) -> None:
    shots = told(prompt, seconds)
    assert 1 <= len(shots) <= min(6, seconds)
    assert sum(s.frames for s in shots) == 24 * seconds
    assert all(s.frames % 24 == 0 and s.frames > 0 for s in shots)
