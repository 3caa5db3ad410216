"""Captions as files, and what a hostile line cannot do to them."""

from __future__ import annotations

import pytest

from reelway.captions import srt, vtt

TOLD = [
    {"start": 0.417, "end": 2.0, "text": "Where are we\ngoing?", "speaker": "old  captain"},
    {"start": 3661.5, "end": 3663.0004, "text": "你好 — <b>& bye"},
]


def test_webvtt() -> None:
    assert vtt(TOLD) == (
        "WEBVTT\n\n00:00:00.417 --> 00:00:02.000\n<v old captain>Where are we\ngoing?\n\n"
        "01:01:01.500 --> 01:01:03.000\n你好 — &lt;b&gt;&amp; bye\n"
    )


def test_subrip() -> None:
    assert srt(TOLD) == (
        "1\n00:00:00,417 --> 00:00:02,000\nWhere are we\ngoing?\n\n"
        "2\n01:01:01,500 --> 01:01:03,000\n你好 — <b>& bye\n"
    )


def test_of_nothing_there_is_an_empty_file() -> None:
    assert vtt([]) == "WEBVTT\n" and srt([]) == ""


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r", "\u2028\u2028", "\x0b\n \n"])
def test_a_line_cannot_end_its_cue_or_begin_another(end: str) -> None:
    told = [{"start": 0, "end": 1, "text": f"a{end}00:00:09.000 --> 00:00:10.000{end}b",
             "speaker": "x>\n\n<c"}]  # fmt: skip
    for written in (vtt(told), srt(told)):
        assert written.count("-->") == 1
        assert "\n\n\n" not in written and written.endswith("b\n")
    assert len(vtt(told).split("\n\n")) == 2
    assert "<v x&gt; &lt;c>" in vtt(told)
