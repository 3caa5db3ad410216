"""Finding the words of `lexicon.json` in a prompt; the longest word wins.

search    text → every word that means something: its group, its key, where it stands
lexicon   group → key → words; those of `things` are among its subjects
stop      words that mean nothing by themselves
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from reelway.engines.animatic import things

MARKER = re.compile(r"<<<[^<>]*>>>")
# A word within a longer one of another group is not meant: 火 in 火山, 海 in 海鸥.
STANDS = {"house", "temple", "castle", "lighthouse", "tree", "fire", "boat", "crowd"}  # by itself
NAMES = {"place", "site", "nothing"}
SWALLOWED = {"place", "site", "subject", "weather", "action", "colour", "detail"}


@cache
def lexicon() -> dict[str, dict[str, list[str]]]:
    text = resources.files(__package__).joinpath("lexicon.json").read_text("utf-8")
    loaded: dict[str, dict[str, list[str]] | list[str]] = json.loads(text)
    out = {group: words for group, words in loaded.items() if isinstance(words, dict)}
    for kind, more in things.words().items():
        out["subject"][kind] = [*out["subject"].get(kind, ()), *more]
    return out


@cache
def stop() -> frozenset[str]:
    text = resources.files(__package__).joinpath("lexicon.json").read_text("utf-8")
    return frozenset(json.loads(text)["stop"])


@cache
def _matchers() -> tuple[tuple[str, dict[str, list[str]], re.Pattern[str]], ...]:
    """For each group: word → its keys, and one pattern that takes the longest word."""
    made = []
    for group, keys in lexicon().items():
        words: dict[str, list[str]] = {}
        for key, forms in keys.items():
            for form in forms:
                words.setdefault(form, []).append(key)
        longest = sorted(words, key=len, reverse=True)
        latin = "|".join(re.escape(w) for w in longest if w.isascii()) or "(?!)"
        han = "|".join(re.escape(w) for w in longest if not w.isascii()) or "(?!)"
        made.append((group, words, re.compile(rf"\b({latin})(?:'s|s|es)?\b|({han})")))
    return tuple(made)


@dataclass(frozen=True)
class Found:
    group: str
    key: str
    word: str
    start: int
    end: int


@cache
def search(text: str) -> tuple[Found, ...]:
    lower = MARKER.sub(lambda m: " " * len(m.group()), text.lower())
    found = []
    for group, words, pattern in _matchers():
        for match in pattern.finditer(lower):
            for key in words[match.group(1) or match.group(2)]:
                found.append(Found(group, key, match.group(), *match.span()))
    return tuple(sorted((f for f in found if not _swallowed(f, found)), key=lambda f: f.start))


def _swallowed(f: Found, found: list[Found]) -> bool:
    """Han words have no gaps between them: the longest is the one that is meant. In English a
    thing is not meant where it only names a place: no train at a train station."""
    if f.group not in SWALLOWED:
        return False
    if f.group == "subject" and any(_holds(g, f) for g in found if g.group == "subject"):
        return True  # a teddy bear is no bear
    if f.word.isascii() and (f.group != "subject" or f.key in STANDS):
        return False
    holders = NAMES if f.word.isascii() else None
    return any(
        _holds(g, f)
        for g in found
        if g.group not in ("sound", f.group) and (holders is None or g.group in holders)
    )


def _holds(g: Found, f: Found) -> bool:
    return g.start <= f.start and f.end <= g.end and g.end - g.start > f.end - f.start
