"""Where a sentence puts the picture whose marker stands in it.

    side     "left", "right", "middle" or nothing
    reach    "near" for the foreground, "far" for the background, or nothing

What follows the marker in its clause counts first, then a phrase that leads up to it ("on the
left <<<element_1>>> …"); what belongs to another marker or to the camera does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reelway.engines.animatic.moves import CLAUSE, camera_words

MARKER = re.compile(r"<<<[^<>]*>>>")
SENTENCE = re.compile(r"[.!?;]\s|[。！？；]|\n")
SIDES = (
    (re.compile(r"\bleft(?=\b|wards?\b)|左", re.I), "left"),
    (re.compile(r"\bright(?=\b|wards?\b)|右", re.I), "right"),
    (re.compile(r"\b(?:cent(?:er|re)|middle)\b|中间|中央|正中", re.I), "middle"),
)
REACHES = (
    (
        re.compile(
            r"\bforeground\b|\b(?:close|near) to (?:us|the (?:camera|viewer))\b|\bup close\b"
            r"|\bin front\b(?! of)|前景|近处|近景",
            re.I,
        ),
        "near",
    ),
    (
        re.compile(
            r"\bbackground\b|\bfar (?:away|off|back)\b|\bin the distance\b|\bdistant\b"
            r"|\bat the back\b|背景|远处|远方|远景",
            re.I,
        ),
        "far",
    ),
)


def side(text: str, start: int, end: int) -> str | None:
    return _first(text, start, end, SIDES)


def reach(text: str, start: int, end: int) -> str | None:
    return _first(text, start, end, REACHES)


def _first(
    text: str, start: int, end: int, words: tuple[tuple[re.Pattern[str], str], ...]
) -> str | None:
    for phrase in _phrases(text, start, end):
        hits = [(hit.start(), name) for word, name in words if (hit := word.search(phrase))]
        if hits:
            return min(hits)[1]
    return None


def _phrases(text: str, start: int, end: int) -> Iterator[str]:
    """What is said of the marker at start…end, the nearest first."""
    after = text[end:]
    stop = min((m.start() for p in (CLAUSE, MARKER) if (m := p.search(after))), default=len(after))
    after = after[:stop]
    camera = camera_words(after)
    yield after[: camera[0][0]] if camera else after
    before = SENTENCE.split(text[:start])[-1]
    others = list(MARKER.finditer(before))
    clauses = CLAUSE.split(before[others[-1].end() :] if others else before)
    if others:  # the first still speaks of the marker before
        clauses = clauses[1:]
    for clause in reversed(clauses):
        if not camera_words(clause):
            yield clause
