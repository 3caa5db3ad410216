"""Nouns that no lexicon has, of which the prompt says that they are there.

    strangers   "a glorp frobnicates", "beside a glorp", 一个木偶在跳房子 → word, number, place
    unknown     all words that nothing was made of, for the report

English tells a noun by its place: behind an article, before a verb or a preposition. What is no
thing (moods, light, parts of bodies and of the land, stuff, praise) is in `notions.json`; what else
ends like one ("-ness", "-tion") is none either. They are drawn as stand-ins, and stay in the report
among what was not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from reelway.engines.animatic import carried
from reelway.engines.animatic.counting import NUMBERS
from reelway.engines.animatic.moves import camera_words
from reelway.engines.animatic.words import MARKER, Found, stop

MOST = 4  # stand-ins of a shot
TOLD = 12  # unknown words in a report
WORD = re.compile(r"[a-z][a-z'’-]*")
ARTICLES = {"a", "an", "another", "one", "two", "three", "four", "five", "six", "seven", "several",
            "each", "every", "some"}  # fmt: skip
OWNERS = {"his", "her", "their", "its", "my", "our", "this", "that", "these", "those"}
NOTION = re.compile(
    r"(?:ness|ity|ism|tion|sion|ment|ance|ence|ship|hood|dom|logy|graphy|ics|ing|ful|less|ous|ive|"
    r"[a-z]{4}(?:ly|ish|able|ible|like)|esque|wards?|wise|[a-z]{3}(?:est|ed)|core|punk|wave|style|"
    r"scape)s?$"
)
THERE = {"in", "on", "at", "near", "by", "under", "above", "over", "beside", "behind", "among",
         "against", "inside", "outside", "between", "through", "across", "along", "around",
         "beneath", "beyond", "within", "from", "into", "onto", "toward", "towards", "up", "down",
         "is", "are", "was", "were", "that", "which", "who", "with", "as", "while", "and", "or",
         "begins", "starts", "atop", "off", "past", "sits", "stands", "lies", "rests",
         "of"}  # fmt: skip
LOOKED_AT = re.compile(
    r"(?:\b(?:with|holding|holds|beside|near|next to|behind|over|under|above|around|toward|towards|"
    r"into|onto|on|at|by|and|against|from|featuring|shows?|showing|reveals?|revealing|inside|of)"
    r"|\b(?:close[- ]?ups?|shot|view|photo|image|video|footage|portrait|picture|pair|group|row|"
    r"flock|herd|swarm|pile|stack|bunch|collection|army|fleet)\s+of|\b[a-z]{3,}(?:s|ing))\s+$"
)
HANDLED = re.compile(
    r"\b(?!is\b|was\b|as\b|towards\b|across\b|past\b|rides\b|chases\b|follows\b|meets\b)[a-z]{3,}"
    r"(?:[^s]s|ing)\s+(?:an?|his|her|their|its)\s+(?:[a-z-]+\s+){0,2}$"
)
AFTER_OF = re.compile(
    r"\b(?:close[- ]?ups?|shot|view|photo|image|video|footage|portrait|picture|pair|group|row|"
    r"flock|herd|swarm|pile|stack|bunch|collection|army|fleet|full|made)\s+of\s+$"
)
START = re.compile(
    r"(?:^|[.,;:!?\n()—–-]|\b(?:and|as|while|where|when|then|but|of|with|in which))\s*$"
)
VERBAL = re.compile(r"(?:[^us]s|ing|[a-z]{2}ed|ches|shes)$")
PLURAL = re.compile(r"[^us]s$")  # no adjective
BODY = re.compile(r"['’]s$")
HAN = re.compile(
    r"([一两二三四五六几数])(个|只|头|条|匹|群|位|名|张|把|台|座|辆|艘|架|棵|株|根|支|颗|盏|顶|件|本|串|"
    r"尊|具|枚|副|部|块|瓶|杯|碗|盘)([一-鿿]{2,12})"
)
HAN_END = re.compile(
    r"在|正|从|向|被|把|和|与|跟|于|对|用|给|里|中|上|下|旁|边|前|后|内|外|慢慢|缓缓|静静|轻轻|快速|突然"
    r"|飘|飞|走|跑|站|坐|躺|跳|转|发出|发着|闪|放|摆|挂|漂|游|爬|开始|出现|是|有|做|穿|拿|看|(.)\1"
)
LONG = 5  # characters of a Chinese noun at most


@dataclass(frozen=True, kw_only=True)
class Stranger:
    word: str
    count: int
    start: int
    end: int
    held: bool = False  # somebody has it in the hand
    handled: bool = False  # somebody does something with it


def strangers(
    text: str, found: tuple[Found, ...], known: Collection[tuple[int, int]]
) -> list[Stranger]:
    """`known`: where words stand that something was made of."""
    out: dict[str, Stranger] = {}
    for word, number, start, end in [*_english(text, found, known), *_chinese(text, known)]:
        made = Stranger(word=word, count=NUMBERS.get(number, 1), start=start, end=end,
                        held=carried.gripped(text, start),
                        handled=bool(HANDLED.search(text[:start].lower())))  # fmt: skip
        out.setdefault(word, made)
    return list(out.values())[:MOST]


def _english(
    text: str, found: tuple[Found, ...], known: Collection[tuple[int, int]]
) -> Iterator[tuple[str, str, int, int]]:
    """The nouns, each with its article or number."""
    lower = MARKER.sub(lambda m: " " * len(m.group()), text.lower())
    words = [(m.group(), *m.span()) for m in WORD.finditer(lower)]
    verbs = {f.start for f in found if f.group == "action"}
    done = {f.start for f in found if f.group in ("subject", "action")}
    nouns = {f.end for f in found if f.group in ("subject", "place", "site")}
    last = 0  # where the noun before ends
    for i, (word, start, end) in enumerate(words):
        if not _strange(word) or any(a < end and start < b for a, b in known):
            continue
        if _verbal(word) and any(lower[b:start].isspace() for b in (last, *nouns) if b):
            continue  # what a noun does
        after = words[i + 1] if i + 1 < len(words) else ("", len(lower) + 1, 0)
        joined = bool(lower[end : after[1]].isspace()) and bool(after[0])
        if joined and not _ends(after[0], after[1] in verbs):
            continue  # half of a longer noun
        if after[0] == "of" and any(0 < f.start - after[2] < 14 for f in found):
            continue  # a plate of sushi is sushi
        article, at = _article(words, i, lower, done)
        if not article and not (word.endswith("s") and joined and after[1] in verbs):
            continue
        before = lower[:at]
        acts = joined and (after[1] in verbs or _verbal(after[0]))
        subject = bool(START.search(before)) and (acts or not joined or after[0] in THERE)
        if article == "the" and not acts:
            continue
        if subject or (article != "the" and _looked_at(before)):
            last = end
            yield word, article, start, end


def _looked_at(before: str) -> bool:
    if re.search(r"\bof\s+$", before):
        return bool(AFTER_OF.search(before))
    return bool(LOOKED_AT.search(before))


def _article(
    words: list[tuple[str, int, int]], i: int, text: str, done: set[int]
) -> tuple[str, int]:
    """What stands before the noun and its adjectives, and where; `done`: where others begin."""
    for k in range(i - 1, max(-1, i - 5), -1):
        word, start, end = words[k]
        if not text[end : words[k + 1][1]].replace("-", " ").isspace():
            return "", words[k + 1][1]  # a comma between
        if word in ARTICLES or word == "the" or word in OWNERS or BODY.search(word):
            return word, start
        if not _describes(word) or start in done or PLURAL.search(word):
            return "", words[k + 1][1]
    return "", words[i][1] if i == 0 else words[max(0, i - 4)][1]


def _describes(word: str) -> bool:
    """Whether a word may stand between an article and its noun."""
    return word not in THERE and word not in {"of", "to", "the", "for", "not", "it", "they", "he"}


def _ends(word: str, verb: bool) -> bool:
    """Whether a noun may end before this word."""
    return verb or word in THERE or word in stop() or word in _table("adverb") or _verbal(word) or (
        word.endswith("ly"))  # fmt: skip


def _verbal(word: str) -> bool:
    return (
        bool(re.search(r"(?:[^us]s|ing|[a-z]{2}ed|ches|shes)$", word)) and word not in _no_things()
    )


def _strange(word: str) -> bool:
    if len(word) < 3 or word in stop() or word in ARTICLES or word in OWNERS or word in THERE:
        return False
    bare = BODY.sub("", word)
    forms = {bare, bare.removesuffix("s"), bare.removesuffix("es")}
    if forms & _no_things() or camera_words(word):
        return False
    return bool(forms & _table("concrete")) or not NOTION.search(bare)


def _chinese(text: str, known: Collection[tuple[int, int]]) -> Iterator[tuple[str, str, int, int]]:
    for match in HAN.finditer(text):
        start, whole = match.start(3), match.group(3)
        own = whole.rfind("的") + 1  # what describes it ends in 的
        start, whole = start + own, whole[own:]
        taken = [a for a, b in known if start <= a < start + len(whole) and b - a > 1]
        if taken:
            whole = whole[: min(taken) - start]
        if (stop_at := HAN_END.search(whole, 1)) is not None:
            whole = whole[: stop_at.start()]
        whole = whole[:LONG]
        end = start + len(whole)
        # The last character is the noun's: 山 in 穿山甲 is no mountain.
        if len(whole) < 2 or any(a < end <= b for a, b in known):
            continue
        if whole in _table("han") or whole[-1] in _table("han ends") or whole[-2:] in _table("han"):
            continue
        yield whole, match.group(1), start, end


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
    every = dict.fromkeys([*out, *breeds])
    others = [*(w for w in every if w not in breeds)][: TOLD - len(breeds)]
    return tuple(w for w in every if w in breeds or w in others)


@cache
def _tables() -> dict[str, frozenset[str]]:
    text = resources.files(__package__).joinpath("notions.json").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in json.loads(text).items()}


def _table(name: str) -> frozenset[str]:
    return _tables()[name]


@cache
def _no_things() -> frozenset[str]:
    """Words that are never things that one could point at."""
    names = (
        "notion", "light", "scenery", "part", "mass", "person", "adjective", "adverb", "participle"
    )  # fmt: skip
    return frozenset().union(*(_table(n) for n in names)) - _table("concrete")
