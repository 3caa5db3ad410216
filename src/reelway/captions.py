"""Captions as files: WebVTT and SubRip, from what the engine told of its film.

report["captions"]   [{"start": 0.4, "end": 2.1, "text": "Where are we\\ngoing?",
                       "speaker": "the captain"}, …]   seconds of the film, in order
vtt(told)            https://www.w3.org/TR/webvtt1/, the speaker as a voice
srt(told)            SubRip: no standard, but every editor reads it
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

KINDS: Mapping[str, str] = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
}

Told = Sequence[Mapping[str, Any]]


def vtt(told: Told) -> str:
    parts = ["WEBVTT\n"]
    for caption in told:
        times = f"{_clock(caption['start'], '.')} --> {_clock(caption['end'], '.')}"
        text = _escaped(_lines(caption["text"]))
        speaker = _name(caption.get("speaker", ""))
        parts.append(f"{times}\n{f'<v {speaker}>' if speaker else ''}{text}\n")
    return "\n".join(parts)


def srt(told: Told) -> str:
    return "\n".join(
        f"{number}\n{_clock(c['start'], ',')} --> {_clock(c['end'], ',')}\n{_lines(c['text'])}\n"
        for number, c in enumerate(told, 1)
    )


WRITERS = {"vtt": vtt, "srt": srt}


def _clock(seconds: float, point: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"


def _lines(text: str) -> str:
    """Without empty lines and arrows: they would end the cue, or be taken for its times."""
    lines = [line.strip() for line in re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]+", text)]
    return "\n".join(line for line in lines if line).replace("-->", "—>")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _name(speaker: str) -> str:
    return _escaped(" ".join(speaker.split()))
