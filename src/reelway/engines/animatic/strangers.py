"""Nouns that no lexicon has, of which the prompt still says that they do something.

    strangers   "a platypus walks", 一只企鹅走过 → the word, how many, and where it stands
    unknown     all words that nothing was made of, for the report

They are drawn as stand-ins, and stay in the report among what was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reelway.engines.animatic.moves import camera_words
from reelway.engines.animatic.words import MARKER, Found, stop

REACH = 40  # characters before a verb in which its subject is looked for
STRANGER = re.compile(
    r"\b(an?|two|three|four|five|several)\s+(?:[a-z-]+\s+){0,2}?([a-z]{3,})\s+$"
    r"|([一两二三四五几])[只头条匹个群]([一-鿿]{1,4}?)(?:在|正在|慢慢|快速)?(?:[一-鿿]{0,3}[上里中])?$"
)


@dataclass(frozen=True, kw_only=True)
class Stranger:
    word: str
    count: int
    action: str
    end: int  # of its verb


def strangers(
    text: str,
    verbs: Iterable[tuple[str, int, int]],  # action, start, end
    known: Collection[tuple[int, int]],
    stop: Collection[str],
    numbers: Mapping[str, int],
) -> list[Stranger]:
    out: dict[str, Stranger] = {}
    lower = text.lower()
    for action, start, end in verbs:
        match = STRANGER.search(lower, max(0, start - REACH), start)
        if match is None:
            continue
        group = 2 if match.group(2) else 4
        a, e = match.span(group)
        word = match.group(group)
        if word in stop or any(x < e and a < y for x, y in known):
            continue
        count = numbers.get(match.group(group - 1), 1)
        out.setdefault(word, Stranger(word=word, count=count, action=action, end=end))
    return list(out.values())


def unknown(
    text: str,
    found: tuple[Found, ...],
    drawn: list[tuple[int, int]],
    heard: list[tuple[int, int]],
    breeds: list[str],
) -> tuple[str, ...]:
    """Up to 12 words that nothing was made of; of Chinese ones those that are listed as such."""
    spans = [(f.start, f.end) for f in found if f.group != "detail"] + drawn + heard
    out = [
        f.word
        for f in found
        if f.key == "undrawn" and not any(a <= f.start and f.end <= b for a, b in drawn)
    ]
    for match in re.finditer(r"[a-z][a-z'-]{3,}", MARKER.sub(" ", text.lower())):
        known = any(a < match.end() and match.start() < b for a, b in spans)
        if not known and not camera_words(match.group()) and match.group() not in stop():
            out.append(match.group())
    return tuple(dict.fromkeys([*out, *breeds]))[:12]
