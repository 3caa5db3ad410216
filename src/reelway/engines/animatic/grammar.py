"""Reading a prompt: English and Chinese words into what can be drawn and heard.

    prompt ─► dialogue is cut out ─► whole-prompt lexicon (longest word wins) ─► place, time, …
                                 └─► clauses ─► camera moves, each with the direction and speed
                                                that stand in its own clause

`lexicon.json` holds the words; the camera, which is grammar more than words, is in `moves`. What a
prompt does not say stays None: `plan` draws it from the seed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from reelway.engines.animatic.moves import CLAUSE, Move, camera_words, read_moves

__all__ = ["Move", "Reading", "Subject", "keys_in", "read", "sentences"]

NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "several": 4, "many": 7, "some": 3, "few": 3,
    "couple": 2, "pair": 2, "flock": 7, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "几": 4,
    "群": 7, "双": 2, "对": 2,
}  # fmt: skip
ONE = {"a", "an", "one", "single", "一", "只"}
MANY_BY_NATURE = {"crowd": 4, "bird": 5}
PLURAL_COUNT = 3
QUOTED = re.compile(r"[\"“「『][^\"”」』]*[\"”」』]|‘[^’]*’|(?<!\w)'[^']{3,}?'(?!\w)")
SAID = re.compile(r"\b(?:says?|said|whispers?|shouts?|asks?)\b|说|喊|问|道[:：]", re.I)
SIDE = re.compile(r"\b(?:left|right)(?=\b|wards?\b)|左|右", re.I)
MARKER = re.compile(r"<<<[^<>]*>>>")
# A full stop needs white space behind it (3.5); the marks of Chinese text do not, in either width.
SENTENCE = re.compile(
    r"(?<!\bMr\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)(?<=[.!?;])\s+|(?<=[。！？；])"
    r"|(?<=[!?;])(?=[一-鿿])|(?<=[一-鿿][!?;])|\n+"
)
PICTURE = re.compile(r"<<<(element|image)_(\d+)>>>")
# A word within a longer one of another group is not meant: 火 in 火山, 海 in 海鸥.
SWALLOWED = {"place", "subject", "weather", "action", "colour", "detail"}
BY_KIND = {"bird": "fly", "airship": "fly", "spaceship": "fly", "boat": "sail", "car": "drive"}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`kind`: a key of the lexicon; "element" or "image" for a picture of the caller's."""

    kind: str
    count: int = 1
    colour: str | None = None  # "#rrggbb"
    action: str | None = None
    element: int | None = None  # n of <<<element_n>>> or <<<image_n>>>
    side: str | None = None  # "left", "right": where it stands or goes to


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one prompt says."""

    place: str | None = None
    also: tuple[str, ...] = ()  # further places named
    time: str | None = None
    weather: str | None = None
    ground: str | None = None
    style: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    moves: tuple[Move, ...] = ()
    sounds: tuple[str, ...] = ()
    dialogue: bool = False
    unknown: tuple[str, ...] = ()


def read(prompt: str, negative: str = "") -> Reading:
    """What the prompt says, less what the negative prompt keeps out."""
    text, dialogue = _without_dialogue(prompt)
    found = _search(text)
    banned = _banned(negative)
    words = _by_group(found, banned)
    places = list(dict.fromkeys(words["place"]))
    subjects = _subjects(text, found, banned)
    return Reading(
        place=_main_place(places),
        also=tuple(places),
        time=_first(words["time"]),
        weather=_weather(words["weather"]),
        ground=_first(words["ground"]),
        style=tuple(dict.fromkeys(words["style"])),
        subjects=subjects,
        moves=read_moves(text),
        sounds=tuple(dict.fromkeys(words["sound"])),
        dialogue=dialogue,
        unknown=_unknown(text, found),
    )


def keys_in(text: str) -> frozenset[tuple[str, str]]:
    """The (group, key) pairs that a text names."""
    return frozenset(_banned(text))


def sentences(prompt: str) -> list[str]:
    """The prompt cut where a new picture may begin; quotes are never cut."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\0{len(kept) - 1}\0"

    masked = QUOTED.sub(keep, prompt)
    parts = SENTENCE.split(masked)
    whole = [re.sub(r"\0(\d+)\0", lambda m: kept[int(m.group(1))], p).strip() for p in parts]
    return [p for p in whole if p]


def _without_dialogue(prompt: str) -> tuple[str, bool]:
    """The prompt without its quoted speech, and whether somebody speaks."""
    text = QUOTED.sub(" ", prompt)
    spoken = text != prompt or bool(SAID.search(text))
    return text, spoken


@cache
def _lexicon() -> dict[str, dict[str, list[str]]]:
    text = resources.files(__package__).joinpath("lexicon.json").read_text("utf-8")
    loaded: dict[str, dict[str, list[str]] | list[str]] = json.loads(text)
    return {group: words for group, words in loaded.items() if isinstance(words, dict)}


@cache
def _stop() -> frozenset[str]:
    text = resources.files(__package__).joinpath("lexicon.json").read_text("utf-8")
    return frozenset(json.loads(text)["stop"])


@cache
def _matchers() -> tuple[tuple[str, dict[str, list[str]], re.Pattern[str]], ...]:
    """For each group: word → its keys, and one pattern that takes the longest word."""
    made = []
    for group, keys in _lexicon().items():
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
class _Found:
    group: str
    key: str
    word: str
    start: int
    end: int


@cache
def _search(text: str) -> tuple[_Found, ...]:
    lower = MARKER.sub(lambda m: " " * len(m.group()), text.lower())
    found = []
    for group, words, pattern in _matchers():
        for match in pattern.finditer(lower):
            for key in words[match.group(1) or match.group(2)]:
                found.append(_Found(group, key, match.group(), *match.span()))
    return tuple(sorted((f for f in found if not _swallowed(f, found)), key=lambda f: f.start))


def _swallowed(f: _Found, found: list[_Found]) -> bool:
    """Han words have no gaps between them: the longest is the one that is meant."""
    if f.word.isascii() or f.group not in SWALLOWED:
        return False
    return any(
        g.start <= f.start and f.end <= g.end and g.end - g.start > f.end - f.start
        for g in found
        if g.group not in ("sound", f.group)
    )


def _banned(negative: str) -> set[tuple[str, str]]:
    return {(f.group, f.key) for f in _search(negative) if f.group != "nothing"}


def _by_group(found: tuple[_Found, ...], banned: set[tuple[str, str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {group: [] for group in _lexicon()}
    for f in found:
        if (f.group, f.key) not in banned:
            out[f.group].append(f.key)
    return out


def _first(keys: list[str]) -> str | None:
    return keys[0] if keys else None


def _main_place(places: list[str]) -> str | None:
    """Of several places the one that holds the others: a room is in a city, a city on a coast."""
    if "city" in places and {"coast", "lake", "river"} & set(places):
        return "harbour"
    for strong in ("room", "space", "street", "harbour"):
        if strong in places:
            return strong
    if "snow" in places and len(places) > 1:
        places = [p for p in places if p != "snow"]
    for pair in (("lake", "mountains"), ("river", "mountains"), ("village", "field")):
        if set(pair) <= set(places):
            return pair[0]
    return _first(places)


def _weather(keys: list[str]) -> str | None:
    """The strongest weather named; a clear sky only if nothing else is."""
    order = ("storm", "snow", "rain", "fog", "overcast", "wind", "clear")
    return next((w for w in order if w in keys), None)


def _subjects(
    text: str, found: tuple[_Found, ...], banned: set[tuple[str, str]]
) -> tuple[Subject, ...]:
    hidden = {key for group, key in banned if group == "subject"}
    hidden |= {"person", "crowd"} if hidden & {"person", "crowd"} else set()
    marks, named = _marked(text, found)
    subjects: dict[str, Subject] = {}
    for f in found:
        if f.group != "subject" or f.key in hidden or f.key in subjects or f.start in named:
            continue
        subjects[f.key] = Subject(
            kind=f.key,
            count=_count(text, f),
            colour=_before(found, f, "colour"),
            action=_after(text, found, f.end),
            side=_side(text, f.end),
        )
    if "crowd" in subjects:
        subjects.pop("person", None)
    return (*marks, *subjects.values())


def _marked(text: str, found: tuple[_Found, ...]) -> tuple[list[Subject], set[int]]:
    """The pictures that are named by their markers, and where the nouns right before them begin:
    in "the boat <<<element_1>>> sails" the boat is the picture's own name."""
    marks: dict[tuple[str, int], Subject] = {}
    named: set[int] = set()
    for match in PICTURE.finditer(text):
        name = [f for f in found if f.group == "subject" and 0 <= match.start() - f.end <= 2]
        named |= {f.start for f in name}
        usual = next((BY_KIND[f.key] for f in name if f.key in BY_KIND), None)
        at = match.group(1), int(match.group(2))
        action = _after(text, found, match.end(), reach=40) or usual
        if at not in marks or (action and not marks[at].action):
            side = _side(text, match.end())
            marks[at] = Subject(kind=at[0], element=at[1], action=action, side=side)
    return list(marks.values()), named


def _clause_end(text: str, start: int) -> int:
    cut = CLAUSE.search(text, start)
    return cut.start() if cut else len(text)


def _side(text: str, start: int) -> str | None:
    """Left or right, where a subject's clause says so before the camera comes in."""
    rest = text[start : _clause_end(text, start)]
    camera = camera_words(rest)
    hit = SIDE.search(rest[: camera[0][0]] if camera else rest)
    return None if hit is None else "left" if hit.group().lower() in ("left", "左") else "right"


def _count(text: str, f: _Found) -> int:
    before = text[max(0, f.start - 24) : f.start].lower()
    for word in reversed(re.findall(r"[a-z]+|[一-鿿]", before)[-3:]):
        if word in NUMBERS:
            return NUMBERS[word]
        if word in ONE and f.key == "bird":  # else a word for many, as in "a crowd"
            return 1
    if f.word in ("couple", "lovers", "情侣"):
        return 2
    if f.key in MANY_BY_NATURE and f.word not in ("bird", "eagle", "seagull", "crow", "鸟", "鹰"):
        return MANY_BY_NATURE[f.key]
    return PLURAL_COUNT if f.word.isascii() and re.search(r"[^s]s$|ves$", f.word) else 1


def _before(found: tuple[_Found, ...], f: _Found, group: str) -> str | None:
    """The nearest word of a group that stands right before."""
    near = [g for g in found if g.group == group and 0 <= f.start - g.end <= 12]
    return near[-1].key if near else None


def _after(text: str, found: tuple[_Found, ...], end: int, reach: int = 24) -> str | None:
    """The action that follows in the same clause."""
    last = min(end + reach, _clause_end(text, end))
    near = [g for g in found if g.group == "action" and end <= g.start <= last]
    return near[0].key if near else None


def _unknown(text: str, found: tuple[_Found, ...]) -> tuple[str, ...]:
    """Up to 12 words that nothing was made of; of Chinese ones those that are listed as such."""
    spans = [(f.start, f.end) for f in found if f.group != "detail"]
    out = [f.word for f in found if f.key == "undrawn"]
    for match in re.finditer(r"[a-z][a-z'-]{3,}", MARKER.sub(" ", text.lower())):
        known = any(a < match.end() and match.start() < b for a, b in spans)
        if not known and not camera_words(match.group()) and match.group() not in _stop():
            out.append(match.group())
    return tuple(dict.fromkeys(out))[:12]
