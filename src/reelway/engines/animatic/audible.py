"""Which sounds a prompt names: "the sound of a distant train", 远处传来狗叫, "without music".

    read     text → Asked: the sounds that it names, which of them are far, which must not be
             heard, and what nothing could be made of

`sounds.json` has the words: `named` are heard wherever they stand, `things` only where the text
speaks of their sound. The words of the lexicon's group "sound" count likewise.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from reelway.engines.animatic import musical
from reelway.engines.animatic.words import MARKER, search

HAN = "一-鿿"
# Where a text speaks of a sound; what sounds comes after it, or before 的声音.
AFTER = re.compile(
    r"\b(?:(?:sounds?|noises?|roar|rumble|hum|hiss|clatter|echo|echoes|rhythm|cry|cries|calls?)"
    r" (?:of|from)|(?:hear|hears|hearing|heard|listens? to|listening to))\s+"
    r"((?:(?!(?:and|or|in|on|at|from|with|while|as|over|under|behind)\b)[a-z'-]+\s*){1,5})"
    rf"|(?:听到|听见|传来|响起)了?([{HAN}]{{1,8}})",
    re.I,
)
BEFORE = re.compile(
    rf"([{HAN}]{{1,6}})(?:的|发出的)(?:声音|声响|叫声|响声)"
    r"|\b((?:[a-z'-]+ ){0,2}[a-z'-]+) (?:sounds|noises?|can be heard|is heard|are heard)\b",
    re.I,
)
NOT = r"\b(?:no|without|not any|free of|instead of)\s+"
FILLERS = r"(?:any|the|an?|more|loud|sounds?|noises?|of|or|nor|and)"
NOT_HAN = re.compile(rf"(?:没有|不要|不用|毫无|听不到|听不见|无)[{HAN}、]{{0,3}}$")
PARTLY = re.compile(r"\s+(?:of|from)\b")  # "without the sound of rain" is not without sound
LEAD = re.compile(r"^(?:an?|the|some|his|her|their|one's|only|just)\s+", re.I)
# Of the named ones what is to be seen as well; and what sounds of a place itself.
SEEN = re.compile(
    r"train$|trains$|plane|door|crowd|\bwol[fv]|lion|tiger|laptop|truck|police|fire|jet|line|sword"
    r"|heart|drops|leaves|phone|clock"
)
GOES_ON = {"surf", "stream", "leaves", "hum", "murmur", "fire", "crickets", "waterfall"}
SPEECH = re.compile(r"\b(?:voices?|speech|words?|speaking|talking|dialogue|narration)\b|说话|对话")
NEAR = 26  # characters before a sound in which it is said to be far


@dataclass(frozen=True, kw_only=True)
class Asked:
    named: frozenset[str] = frozenset()
    far: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    ground: str = ""  # what one walks on
    unmade: tuple[str, ...] = ()  # as written

    def __or__(self, other: Asked) -> Asked:
        """Both texts are about the same."""
        return Asked(
            named=self.named | other.named,
            far=self.far | other.far,
            silent=self.silent | other.silent,
            ground=self.ground or other.ground,
            unmade=tuple(dict.fromkeys((*self.unmade, *other.unmade))),
        )


NOTHING = Asked()


@cache
def read(text: str) -> Asked:
    lower = MARKER.sub(lambda m: " " * len(m.group()), text.lower())
    found = _found(lower)
    spoken = [m for p in (AFTER, BEFORE) for m in p.finditer(lower)]
    unmade = []
    for match in spoken:
        a, e = next(match.span(g) for g in (1, 2) if match.group(g))
        things = _matches("things", lower, a, e)
        found += things
        known = things or any(x < e and a < y for _, x, y in found)
        known = known or any(x < e and a < y for x, y in musical.known(text))
        phrase = LEAD.sub("", lower[a:e].strip())
        if not known and phrase and not SPEECH.search(phrase):
            unmade.append(phrase)
    silent = {key for key, a, _ in found if _negated(lower, a, found)}
    whole = [m for m in _pattern("all").finditer(lower) if not PARTLY.match(lower, m.end())]
    silent |= {"all"} if whole else set()
    named = {key for key, _, _ in found if key != "all"} - silent
    far = {key for key, a, e in found if key in named and _is_far(lower, a, e)}
    ground = _matches("grounds", lower, 0, len(lower))
    return Asked(
        named=frozenset(named),
        far=frozenset(far),
        silent=frozenset(silent),
        ground=ground[0][0] if ground else "",
        unmade=tuple(dict.fromkeys(unmade)),
    )


def unseen(text: str) -> str:
    """The text without what is only heard in it, of the same length: church bells are no church,
    and the sound of a distant train is no train. Waves that are heard are seen, too."""
    lower = text.lower()
    spans = [(a, e) for _, a, e in _matches("named", lower, 0, len(lower)) if " " in lower[a:e]]
    spans = [s for s in spans if not SEEN.search(lower[slice(*s)])]
    for match in AFTER.finditer(lower):
        a, e = next(match.span(g) for g in (1, 2) if match.group(g))
        spans += [(x, y) for key, x, y in _matches("things", lower, a, e) if key not in GOES_ON]
        spans += [(x, y) for key, x, y in _matches("named", lower, a, e) if key not in GOES_ON]
    for a, e in spans:
        text = text[:a] + " " * (e - a) + text[e:]
    return text


Found = list[tuple[str, int, int]]  # key, start, end


def _found(lower: str) -> Found:
    nothing = [m.span() for m in _pattern("nothing").finditer(lower)]
    out = [f for f in _matches("named", lower, 0, len(lower))
           if not any(a <= f[1] and f[2] <= e for a, e in nothing)]  # fmt: skip
    said = [(f.key, f.start, f.end) for f in search(lower) if f.group == "sound"]
    said = [f for f in said if f[0] != "all" or not PARTLY.match(lower, f[2])]
    return out + [f for f in said if not any(a <= f[1] and f[2] < e for _, a, e in out)]


def _matches(group: str, lower: str, start: int, end: int) -> Found:
    keys = {word: key for key, words in _words()[group].items() for word in words}
    hits = _pattern(group).finditer(lower, start, end)
    return [(keys[m.group()], *m.span()) for m in hits]


def _negated(lower: str, start: int, found: Found) -> bool:
    """ "no wind or birds": between the "no" and the word are only small words and other sounds."""
    before = lower[max(0, start - 60) : start]
    if NOT_HAN.search(before):
        return True
    spans = sorted((a, e) for _, a, e in found if start - 60 <= a and e <= start)
    for a, e in reversed(spans):
        before = before[: a - start + len(before)] + before[e - start + len(before) :]
    return bool(re.search(rf"{NOT}(?:{FILLERS}\s*|,\s*|\s)*$", before))


def _is_far(lower: str, start: int, end: int) -> bool:
    before = re.split(r"[,，。.;；和]|\band\b", lower[max(0, start - NEAR) : start])[-1]
    after = re.split(r"[,，。.;；]", lower[end : end + NEAR])[0]
    return bool(_pattern("far").search(before) or _pattern("far after").search(after))


@cache
def _words() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("sounds.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _pattern(group: str) -> re.Pattern[str]:
    """Takes the longest word."""
    table = _words()[group]
    every = table if isinstance(table, list) else [w for words in table.values() for w in words]
    longest = sorted(every, key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in longest if w.isascii()) or "(?!)"
    han = "|".join(re.escape(w) for w in longest if not w.isascii()) or "(?!)"
    return re.compile(rf"(?<![\w-])(?:{latin})(?![\w-])|(?:{han})")


def keys() -> dict[str, list[str]]:
    """Every sound that can be named by itself, and its words."""
    named: dict[str, list[str]] = _words()["named"]
    return named
