"""When captions stand, and how their lines are broken."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelway.engines.animatic import voicing
from reelway.engines.animatic.captioning import APART, SHORTEST, Caption, captions
from reelway.engines.animatic.cast import cast
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.speech import Cue
from reelway.request import FRAME_RATE, Shot, VideoRequest

WIDE, UPRIGHT = (16, 9), (9, 16)
FRAME = 1 / FRAME_RATE


def shots_of(*seconds: int) -> list[ShotPlan]:
    shots = tuple(Shot(prompt="A quiet street.", duration=s) for s in seconds)
    return plan(VideoRequest(model="animatic", shot_mode="customize", shots=shots,
                             duration=sum(seconds)))  # fmt: skip


def cue(text: str, start: float, seconds: float, *, shot: int = 0, words: Sequence[float] = (),
        speaker: str = "") -> Cue:  # fmt: skip
    line = Line(text=text, speaker=speaker)
    voice = cast([line], (), {})[0]
    pcm = np.zeros(max(0, round(seconds * voicing.RATE)))
    return Cue(line, shot, voice, pcm=pcm, words=words, start=start)


def texts(found: Sequence[Caption]) -> list[tuple[str, ...]]:
    return [caption.lines for caption in found]


def test_a_short_line_is_one_caption_and_stays_until_it_is_read() -> None:
    (found,) = captions([cue("No.", 1.0, 0.3, speaker="Ann")], shots_of(5), WIDE)
    assert found.lines == ("No.",) and found.speaker == "Ann"
    assert found.start == pytest.approx(1.0, abs=FRAME)
    assert found.end - found.start == pytest.approx(SHORTEST, abs=FRAME)
    assert found.told() == {"start": 1.0, "end": 1.833, "text": "No.", "speaker": "Ann"}


def test_a_line_is_broken_where_one_would_pause() -> None:
    text = "If the wind holds, we will be in the harbour by nightfall."
    (found,) = captions([cue(text, 0.4, 3.5)], shots_of(5), WIDE)
    assert found.lines == ("If the wind holds,", "we will be in the harbour by nightfall.")


def test_no_line_ends_with_a_word_that_clings_to_the_next() -> None:
    text = "Nobody has ever seen the island of the silver birds and lived"
    (found,) = captions([cue(text, 0.4, 3.5)], shots_of(5), WIDE)
    assert found.lines[0].split()[-1] not in {"the", "of", "and"}
    assert " ".join(found.lines) == text


def test_a_long_line_becomes_several_captions_at_its_words_times() -> None:
    text = "We sail at first light. The others will follow us when the storm is over, not before."
    count = len(text.split())
    words = [0.25 * n for n in range(count)]
    found = captions([cue(text, 1.0, 0.25 * count, words=words)], shots_of(10), WIDE)
    assert " ".join(" ".join(c.lines) for c in found) == text
    assert len(found) == 2 and found[0].lines == ("We sail at first light.",)
    assert found[1].start == pytest.approx(1.0 + 0.25 * 5, abs=FRAME)
    assert found[0].end == pytest.approx(found[1].start - APART, abs=FRAME)


def test_chinese_is_broken_by_its_own_measure() -> None:
    text = "今天的雨下得真大，我们还是明天再出发吧，好不好？"
    found = captions([cue(text, 0.4, 4)], shots_of(5), WIDE)
    assert "".join("".join(c.lines) for c in found) == text
    assert all(len(line) <= 16 for c in found for line in c.lines)
    for caption in found:
        assert not any(line[0] in "，。？！、：；」" for line in caption.lines)


def test_latin_words_inside_chinese_stay_whole() -> None:
    found = captions(
        [cue("旁边的hello世界，这是Reelway的测试版本第3.5号，请看", 0.4, 4)], shots_of(5), WIDE
    )
    lines = [line for c in found for line in c.lines]
    assert sum(line.count("Reelway") for line in lines) == 1
    assert sum(line.count("3.5") for line in lines) == 1


def test_an_upright_frame_has_shorter_lines() -> None:
    text = "We will be in the harbour by nightfall if the wind holds."
    found = captions([cue(text, 0.4, 4)], shots_of(5), UPRIGHT)
    assert len(found) > 1 and all(len(line) <= 26 for c in found for line in c.lines)


def test_none_goes_on_over_a_cut() -> None:
    found = captions([cue("Run!", 2.7, 0.2), cue("Where?", 3.4, 0.3, shot=1)], shots_of(3, 3), WIDE)
    assert found[0].end <= 3.0 and found[1].start >= 3.0


def test_what_was_cut_off_is_marked() -> None:
    line = cue("One two three four.", 0.4, 1.0, words=[0.0, 0.5, 1.0, 1.5])
    line.cut = True
    (found,) = captions([line], shots_of(3), WIDE)
    assert found.lines == ("One two—",)


def test_what_is_not_spoken_is_not_captioned_beside_what_is() -> None:
    found = captions([cue("Yes.", 0.4, 0.5), cue("No.", -1.0, 0)], shots_of(3), WIDE)
    assert texts(found) == [("Yes.",)]


def test_a_silent_film_has_its_lines_one_after_another() -> None:
    lines = [
        cue("Who is there?", -1, 0),
        cue("Only the wind.", -1, 0),
        cue("三点了。", -1, 0, shot=1),
    ]
    found = captions(lines, shots_of(4, 3), WIDE)
    assert texts(found) == [("Who is there?",), ("Only the wind.",), ("三点了。",)]
    assert found[0].end < found[1].start and found[1].end <= 4.0 < found[2].start


WORDS = st.lists(
    st.sampled_from(
        ["a", "the", "harbour", "we", "go,", "now.", "“yes”", "雨", "下，", "吧。", "x" * 60]
    ),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(words=WORDS, seconds=st.floats(0.05, 9), size=st.sampled_from([WIDE, (1, 1), UPRIGHT]))
def test_nothing_is_lost_and_nothing_overlaps(
    words: list[str], seconds: float, size: tuple[int, int]
) -> None:
    text = " ".join(words)
    found = captions([cue(text, 0.5, seconds)], shots_of(10), size)
    assert "".join("".join(c.lines) for c in found).replace(" ", "") == text.replace(" ", "")
    for caption in found:
        assert 0 <= caption.start < caption.end <= 10 and 1 <= len(caption.lines) <= 2
    for a, b in itertools.pairwise(found):
        assert a.end <= b.start


def said_by(*lines: tuple[str, str, float, float]) -> list[Cue]:
    return [cue(text, at, seconds, speaker=who) for who, text, at, seconds in lines]


def test_a_quick_exchange_stands_together_with_dashes() -> None:
    quick = said_by(("Ann", "Yes?", 0.4, 0.3), ("Tom", "No.", 1.0, 0.3), ("Ann", "Why?", 3.0, 0.4))
    first, second = captions(quick, shots_of(5), WIDE)
    assert first.lines == ("-Yes?", "-No.") and first.speaker == ""
    assert first.start == pytest.approx(0.4, abs=FRAME) and first.end >= 1.3
    assert second.lines == ("Why?",) and second.speaker == "Ann"


def test_one_who_says_two_short_things_has_no_dashes() -> None:
    (found,) = captions(said_by(("Ann", "Yes.", 0.4, 0.3), ("Ann", "Go!", 1.0, 0.3)), shots_of(5),
                        WIDE)  # fmt: skip
    assert found.lines == ("Yes. Go!",) and found.speaker == "Ann"


@pytest.mark.parametrize(
    "lines",
    [
        [("Ann", "Yes?", 0.4, 0.9), ("Tom", "No.", 1.6, 0.3)],  # there is time for both
        [("Ann", "Yes?", 0.4, 0.3), ("Tom", "We will be in the harbour by nightfall then.", 1, 2)],
    ],
)
def test_no_dashes_where_there_is_time_or_no_room(
    lines: list[tuple[str, str, float, float]],
) -> None:
    found = captions(said_by(*lines), shots_of(6), WIDE)
    assert len(found) == 2 and not any(c.lines[0].startswith("-") for c in found)


def test_no_dashes_over_a_cut() -> None:
    over = [cue("Run!", 2.6, 0.2, speaker="a"), cue("No!", 3.1, 0.3, shot=1, speaker="b")]
    assert texts(captions(over, shots_of(3, 3), WIDE)) == [("Run!",), ("No!",)]


def test_a_word_that_is_longer_than_a_line() -> None:
    word = "https://example.org/" + "x" * 200
    found = captions([cue(f"See {word} now", 0.4, 8)], shots_of(10), WIDE)
    assert "".join("".join(c.lines) for c in found).replace(" ", "") == f"See{word}now"
    assert all(len(line) <= 42 for c in found for line in c.lines)


def test_korean_is_broken_between_words() -> None:
    text = "오늘은 비가 정말 많이 오네요, 우리는 내일 다시 출발합시다, 좋지요?"
    found = captions([cue(text, 0.4, 5)], shots_of(6), WIDE)
    words = set(text.split())
    assert all(word in words for c in found for line in c.lines for word in line.split())
    assert sum(len(line.split()) for c in found for line in c.lines) == len(text.split())


def test_marks_stay_with_their_letters() -> None:
    text = "ที่นี่มีน้ำและปลาตัวใหญ่มากๆอยู่ในแม่น้ำสายนี้ตั้งแต่เมื่อวานนี้แล้วนะครับ" * 2
    found = captions([cue(text, 0.4, 6)], shots_of(8), WIDE)
    lines = [line for c in found for line in c.lines]
    assert "".join(lines) == text and len(lines) > 2
    assert not any(unicodedata.category(line[0]).startswith("M") for line in lines)


@pytest.mark.parametrize("seconds", [0.001, 0.02])
def test_none_is_of_no_length(seconds: float) -> None:
    """At the very end of a shot, too: a cue that ends where it begins is no valid WebVTT."""
    found = captions([cue("Oh.", 3 - seconds, seconds)], shots_of(3), WIDE)
    assert all(c.end > c.start for c in found)
