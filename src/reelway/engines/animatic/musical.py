"""Which music a prompt asks for: "a tense orchestral score", "soft piano", 悠扬的古筝曲.

    read     text → Wish: whether there is music, its moods, styles, instruments, pace and key
    known    where the words stand of which music is made
    unseen   the text without what is only said of its music
    spread   the wishes of a story's shots → one music for all of them
    less     what an item of a negative prompt takes away of the music, and nothing else

Music is asked for by its own words ("music", "jazz"), by an instrument that is heard ("soft piano",
"a violin plays", not "a piano by the wall"), and by who plays one. Words of mood and style count
where they stand by such a word: in "a happy dog, with sad music" the music is sad. Those of the
rest are kept apart, as a hint for music of which no more is said. `musical.json` has the words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from importlib import resources
from operator import or_
from typing import Any

from reelway.engines.animatic.words import MARKER

HAN = "一-鿿"
TOKEN = re.compile(rf"[a-z0-9#♯♭][\w'’#♯♭-]*|[{HAN}]|[^\s]")
NO = {"no", "without", "not", "never", "nor", "无", "没", "别"}
NOT_HAN = re.compile(r"(?:没有|不要|不用|毫无|无|别放)(?:任何)?$")
NOT = re.compile(r"\b(?:no|without|not|never|free of|instead of|nor)\b[^,.;!?，。；]*$")
BOUND = {"with", "by", "on", "in", "for", "to", "featuring", "plays", "played", "play", "playing",
         "like", "is", "are", "plus", "at", "of"}  # fmt: skip
MANNER = re.compile(
    r"in (?:an? |the )?(?:[\w-]+ ){0,2}(?:style|key|mood|tempo|manner|minor|major)\b"
)
KEY = re.compile(r"\b([a-g])(?:[ -]?(flat|sharp|♭|♯|#|b))?[ -](major|minor)\b|([A-Ga-g])([大小])调")
BPM = re.compile(r"\b(\d{2,3})\s*(?:bpm|beats per minute|拍每分)")
DETERMINED = re.compile(
    r"\b(?:an?|the|his|her|their|its|my|this|that|each|every|two|three)\s+(?:[\w-]+\s+){0,3}$"
)
OF = re.compile(
    r"\b(?:(?:sounds?|notes?|melody|music|tones?|strains?|chords?|tune|rhythm|beat) of"
    r"|accompanied by|hears?|hearing|listens? to|listening to|scored (?:for|with))"
    r"\s+(?:an?\s+|the\s+|some\s+)?(?:[\w-]+\s+){0,3}$"
)
SHOWN_HAN = re.compile(r"(?:[一两几][架把台支张面只]|放着|摆着|墙上的|旧)$")
# Of these a bare word is rather a thing, or something else altogether.
DOUBTFUL = {"bass", "drum", "organ", "pads", "vibes", "brass", "brushes", "recorder", "chorus"}
FLATS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
COLLECTED = {"mood", "asks", "style", "instrument", "slow", "fast", "minor", "major", "unmade"}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is wished of the music; `moods` are its own, `scene` those of what is seen."""

    asked: bool = False
    scored: bool = False  # by words for music itself, not only by who plays
    silent: bool = False
    moods: tuple[str, ...] = ()
    scene: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    players: tuple[str, ...] = ()  # of `instruments`: played by somebody who is seen
    pace: int = 0  # −1 slow, 1 fast
    tempo: float | None = None  # beats a minute
    tonic: int | None = None  # semitones over C
    scale: str = ""  # "major", "minor"
    without: frozenset[str] = frozenset()
    unmade: tuple[str, ...] = ()

    def __or__(self, other: Wish) -> Wish:
        """Both texts are about the same film; this one comes first."""
        return Wish(
            asked=self.asked or other.asked,
            scored=self.scored or other.scored,
            silent=self.silent or other.silent,
            moods=_both(self.moods, other.moods),
            scene=_both(self.scene, other.scene),
            styles=_both(self.styles, other.styles),
            instruments=_both(self.instruments, other.instruments),
            players=_both(self.players, other.players),
            pace=self.pace or other.pace,
            tempo=self.tempo or other.tempo,
            tonic=other.tonic if self.tonic is None else self.tonic,
            scale=self.scale or other.scale,
            without=self.without | other.without,
            unmade=_both(self.unmade, other.unmade),
        )

    def less(self, without: frozenset[str]) -> Wish:
        return replace(self, without=self.without | without)


NOTHING = Wish()


def spread(wishes: Sequence[Wish]) -> list[Wish]:
    """One music through all shots of a story, till it is said to be silent."""
    if not any(wish.asked for wish in wishes):
        return list(wishes)
    whole = reduce(or_, wishes)
    out, silent = [], False
    for wish in wishes:
        silent = silent or wish.silent
        out.append(replace(whole, silent=silent, scene=wish.scene))
    return out


@dataclass(frozen=True)
class Item:
    """A word of the text; `senses`: what kinds of words of music it is, and which key of each."""

    word: str
    start: int
    end: int
    senses: tuple[tuple[str, str], ...] = ()

    def of(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.senses)


@cache
def read(text: str) -> Wish:
    lower = MARKER.sub(lambda m: " " * len(m.group()), text.lower())
    items = _items(lower)
    anchors = [n for n in range(len(items)) if _is_anchor(lower, items, n)]
    taken: dict[int, None] = {}
    silent, asked, without = False, False, set[str]()
    for n in anchors:
        around = _around(lower, items, n)
        own = [k for i in around for s, k in items[i].senses if s in ("mood", "style", "asks",
                                                                       "instrument")]  # fmt: skip
        if _negated(lower, items[min(around)].start):
            if own or not items[n].of("music"):
                without |= set(own)
            else:
                silent = True
            continue
        asked = True
        taken.update(dict.fromkeys(around))
    if _pattern("silence").search(lower):
        silent = True
    wish = _wish(lower, items, sorted(taken), anchors if asked else [])
    return Wish(**{**wish, "asked": asked, "silent": silent, "without": frozenset(without)})


def known(text: str) -> list[tuple[int, int]]:
    """Spans of the words that are heard as music."""
    return [(i.start, i.end) for i in _heard(text) if not i.of("unmade")]


def unseen(text: str) -> str:
    """The text without what only the music is, of the same length: a church organ is no church,
    and dark music does not darken the picture."""
    for item in _heard(text):
        words = item.word.split()
        if item.of("mood", "asks", "style") or (item.of("instrument") and len(words) > 1):
            text = text[: item.start] + " " * (item.end - item.start) + text[item.end :]
    return text


def _heard(text: str) -> list[Item]:
    lower = MARKER.sub(lambda m: " " * len(m.group()), text.lower())
    items = _items(lower)
    anchors = [n for n in range(len(items)) if _is_anchor(lower, items, n)]
    taken = sorted({i for n in anchors for i in _around(lower, items, n)})
    return [items[i] for i in taken]


@cache
def less(item: str) -> frozenset[str]:
    """Keys of the moods, styles and instruments that one item of a negative prompt names, "slow" or
    "fast"; "music" for all of it."""
    lower = item.lower().strip()
    items = _items(lower)
    named = {k for i in items for s, k in i.senses if s in ("asks", "instrument")}
    general = any(i.of("music", "scored") for i in items)
    if general:
        named |= {k for i in items for s, k in i.senses if s in ("mood", "style", "slow", "fast")}
    alone = all(i.senses or i.word in _words()["fillers"] for i in items)
    return frozenset(named or ({"music"} if general and alone else ()))


def _wish(lower: str, items: list[Item], taken: list[int], anchors: list[int]) -> dict[str, Any]:
    def keys(*kinds: str) -> tuple[str, ...]:
        found = (k for i in taken for s, k in items[i].senses if s in kinds)
        return tuple(dict.fromkeys(found))

    players = [k for n in anchors for s, k in items[n].senses
               if s == "player" or (s == "instrument" and _is_played(lower, items[n]))]  # fmt: skip
    rest = [i for n, i in enumerate(items) if n not in taken]
    tonic, scale = _key(lower)
    bpm = BPM.search(lower)
    return {
        "scored": any(items[i].of("music", "scored") for i in (*taken, *anchors)),
        "moods": keys("mood"),
        "scene": tuple(dict.fromkeys(k for i in rest for s, k in i.senses if s == "scene")),
        "styles": keys("asks", "style"),
        "instruments": tuple(dict.fromkeys((*keys("instrument"), *players))),
        "players": tuple(dict.fromkeys(players)),
        "pace": len(keys("fast")) - len(keys("slow")),
        "tempo": float(bpm.group(1)) if bpm and 30 <= int(bpm.group(1)) <= 220 else None,
        "tonic": tonic,
        "scale": scale or next(iter(keys("minor", "major")), ""),
        "unmade": tuple(i.word for i in items if i.of("sung"))
        + tuple(items[i].word for i in taken if items[i].of("unmade")),
    }


def _key(lower: str) -> tuple[int | None, str]:
    match = KEY.search(lower)
    if match is None:
        return None, ""
    if match.group(4):
        return FLATS[match.group(4).lower()], "major" if match.group(5) == "大" else "minor"
    shift = {"flat": -1, "♭": -1, "b": -1, None: 0}.get(match.group(2), 1)
    return (FLATS[match.group(1)] + shift) % 12, match.group(3)


def _items(lower: str) -> list[Item]:
    """Every word of the text in order; the longest word of music wins."""
    items: list[Item] = []
    at = 0
    for match in _pattern("").finditer(lower):
        items += [Item(t.group(), *t.span()) for t in TOKEN.finditer(lower, at, match.start())]
        items.append(Item(match.group(), *match.span(), _senses()[match.group()]))
        at = match.end()
    return items + [Item(t.group(), *t.span()) for t in TOKEN.finditer(lower, at)]


def _is_anchor(lower: str, items: list[Item], n: int) -> bool:
    item = items[n]
    if item.of("music", "asks", "player"):
        return True
    if item.of("instrument"):
        return _is_heard(lower, items, n)
    if item.of("unmade"):
        return _is_played(lower, item) or bool(
            OF.search(lower[: item.start]) or _pattern("plays").match(lower[item.end :].lstrip())
        )
    if not item.of("beside"):
        return False
    kinds = ["asks", "style", "instrument"] + (["mood"] if item.of("scored") else [])
    return any(items[i].of(*kinds) for i in _back(items, n)) or bool(
        re.search(r"\b(?:film|movie|musical|cinematic|background|original) $", lower[: item.start])
    )


def _is_heard(lower: str, items: list[Item], n: int) -> bool:
    """Of an instrument: by what is said of it, or, as music, a word without an article."""
    item = items[n]
    before, after = lower[: item.start], lower[item.end :]
    if not item.word.isascii():
        told = re.match(rf"[{HAN}]{{0,2}}(?:声|曲|奏|响|音|旋律)", after)
        return bool(told) or _is_played(lower, item) or not SHOWN_HAN.search(before)
    if _is_played(lower, item) or OF.search(before) or _pattern("heard").match(after.lstrip()):
        return True
    others = re.match(r"(?:(?:,| and) (?:an? |the )?[\w-]+){1,3} ", after)
    if others and _pattern("plays").match(after[others.end() :]):
        return True
    moody = any(items[i].of("mood", "style", "slow", "fast") for i in _back(items, n))
    if DETERMINED.search(before):
        return moody and bool(re.search(r"\b(?:with|by|featuring) [^,.;]*$", before))
    seen = _pattern("visible").match(after.lstrip())
    return moody or not (seen or item.word in DOUBTFUL)


def _is_played(lower: str, item: Item) -> bool:
    before = re.split(r"[.;!?。；！？]", lower[: item.start])[-1]
    if not item.word.isascii():
        return bool(re.search(rf"[弹拉吹敲打奏抚][{HAN}]{{0,3}}$", before))
    return bool(_plays().search(before))


@cache
def _plays() -> re.Pattern[str]:
    verbs = "|".join(map(re.escape, _words()["plays"]))
    return re.compile(
        rf"\b(?:{verbs})(?: on)?(?: the| an?| his| her| their)?(?: [\w-]+){{0,2}} $"
        rf"|\b(?:{verbs}) [^,]{{1,30}} on (?:the|an?|his|her|their)(?: [\w-]+){{0,2}} $"
    )


def _around(lower: str, items: list[Item], n: int) -> list[int]:
    return sorted([*_back(items, n), n, *_on(lower, items, n)])


def _back(items: list[Item], n: int) -> list[int]:
    """The words of music that stand before one and belong to it."""
    return _walk(items, n, -1, lambda i: items[i].word in BOUND)


def _on(lower: str, items: list[Item], n: int) -> list[int]:
    def ends(i: int) -> bool:
        if items[i].word in ("in", "on", "over", "at", "of"):
            return not MANNER.match(lower, items[i].start) and items[i].word != "of"
        later = items[i + 1] if i + 1 < len(items) else None
        plain = later and later.word.isascii() and later.word[0].isalpha() and not later.senses
        other = plain and later and later.word not in _words()["fillers"]
        return items[i].of("mood", "slow", "fast") and bool(other)

    return _walk(items, n, 1, ends)


def _walk(items: list[Item], n: int, way: int, ends: Callable[[int], bool]) -> list[int]:
    out: list[int] = []
    fillers = _words()["fillers"]
    strange, i = 0, n + way
    while 0 <= i < len(items) and not ends(i):
        item = items[i]
        beyond = items[i + way] if 0 <= i + way < len(items) else None
        if item.of(*COLLECTED, "music", "beside"):
            out.append(i)
            strange = 0
        elif item.word in ",、:：-&/" or item.word in "的":
            if beyond is None or not (beyond.senses or beyond.word in fillers):
                break
        elif item.word not in fillers and item.word not in "和与及而且是以为":
            strange += 1
            if strange > (1 if item.word.isascii() else 2) or not item.word[0].isalpha():
                break
            if item.word.isascii() and not (beyond and beyond.of(*COLLECTED)):
                break
        i += way
    return out


def _negated(lower: str, start: int) -> bool:
    before = re.split(r"[,.;!?，。；！？]", lower[max(0, start - 40) : start])[-1]
    if NOT_HAN.search(before):
        return True
    match = NOT.search(before)
    if match is None:
        return False
    fillers = set(_words()["fillers"]) | {"of", "more", "at", "all"}
    return all(w in fillers for w in re.findall(r"[\w-]+", match.group())[1:] if w not in NO)


def _both(a: Iterable[str], b: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*a, *b)))


@cache
def _words() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("musical.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _senses() -> dict[str, tuple[tuple[str, str], ...]]:
    """Word → its kinds and keys."""
    words = _words()
    out: dict[str, list[tuple[str, str]]] = {}

    def add(kind: str, key: str, forms: Iterable[str]) -> None:
        for form in forms:
            out.setdefault(form, []).append((kind, key))

    for kind in ("music", "beside", "scored", "sung", "unmade", "slow", "fast", "minor", "major"):
        add(kind, kind, words[kind])
    for kind, group in (("mood", "moods"), ("scene", "scene"), ("instrument", "instruments")):
        for key, forms in words[group].items():
            add(kind, key, forms)
    for key, forms in words["styles"].items():
        add("asks", key, forms["asks"])
        add("style", key, forms["beside"])
    for form, key in words["players"].items():
        add("player", key, [form])
    return {form: tuple(senses) for form, senses in out.items()}


@cache
def _pattern(group: str) -> re.Pattern[str]:
    """Takes the longest word of a list, or of all words of music."""
    forms = sorted(_words()[group] if group else _senses(), key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in forms if w.isascii()) or "(?!)"
    han = "|".join(re.escape(w) for w in forms if not w.isascii()) or "(?!)"
    ends = r"(?!\w|-(?!driven|based|led|infused|style|inspired|heavy)\w)"
    return re.compile(rf"(?<![\w-])(?:{latin}){ends}|(?:{han})")
