"""What somebody holds of the things that are drawn one by one, or of what nobody knows.

    held    the words about somebody → (thing, its colour) that a verb of holding puts into a hand
    GRIPS   such verbs, in English and Chinese

"A girl beside a vase" holds nothing; "with a teddy bear", "throws a ball", 拿着一个苹果 do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import cache
from importlib import resources

from reelway.engines.animatic.things import named, things

GRIPS = re.compile(
    r"\b(?:hold(?:s|ing)?|carr(?:y|ies|ying)|with|wield(?:s|ing)?|swing(?:s|ing)?|rais(?:es?|ing)|"
    r"lift(?:s|ing)?|grip(?:s|ping)?|grasp(?:s|ing)?|clutch(?:es|ing)?|hug(?:s|ging)?|"
    r"eat(?:s|ing)?|bit(?:es|ing)(?: into)?|drink(?:s|ing)?|sip(?:s|ping)?|throw(?:s|ing)?|"
    r"toss(?:es|ing)?|catch(?:es|ing)?|plays?|playing|us(?:es|ing)|wav(?:es|ing)|offer(?:s|ing)?|"
    r"show(?:s|ing)?|present(?:s|ing)?|brandish(?:es|ing)?|pick(?:s|ing)? up|smell(?:s|ing)?|"
    r"sniff(?:s|ing)?|tast(?:es|ing)|enjoy(?:s|ing)?|examin(?:es|ing)|inspect(?:s|ing)?|"
    r"open(?:s|ing)?|shak(?:es|ing)|peel(?:s|ing)?|giv(?:es|ing)|hand(?:s|ing)|bring(?:s|ing)?|"
    r"tak(?:es|ing)|savou?r(?:s|ing)?|balanc(?:es|ing)|spin(?:s|ning)?|twirl(?:s|ing)?|"
    r"cradl(?:es|ing)|check(?:s|ing)?|bounc(?:es|ing)|dribbl(?:es|ing)|aim(?:s|ing)?)\s+"
    r"(?:(?:an?|the|his|her|its|their|my|your|some|one|two)\s+)?(?:[\w-]+\s+){0,2}$"
    r"|(?:拿|持|捧|抱|举|握|提|端|挥舞|挥|吃|喝|咬|啃|吹|打|扛|抓|带|咬了|递|闻|品尝|享用|摇|抛|接住|拍|把|送)"
    r"(?:着|起|了)?(?:[一两][个只把支根块杯瓶串片碗盘本颗朵面枝束])?[一-鿿]{0,3}$"
)
UNKNOWN = re.compile(
    r"\b(?:hold(?:s|ing)?|carr(?:ies|ying)|wield(?:s|ing)?|clutch(?:es|ing)|grip(?:s|ping)|"
    r"brandish(?:es|ing))\s+(?:an?|his|her|their|the)\s+(?:[a-z-]+\s+){0,2}$"
    r"|(?:拿|手持|持|捧|抱|举|握|提|端|挥舞)着?[一两][个只把支根块台件]$"
)
TABLE = re.compile(r"\btables?\b|桌")
REACH = 44  # characters before a thing in which its verb stands


def held(own: str, known: Collection[str]) -> list[tuple[str, str | None]]:
    """`known`: words for what is held that are drawn otherwise."""
    out: dict[str, str | None] = {}
    for match in _pattern().finditer(own):
        name = named(match.group())
        if match.group() in known:
            continue
        grip = GRIPS.search(own, max(0, match.start() - REACH), match.start())
        if grip is None or not things()[name].grip:
            continue
        if grip.group().startswith("with") and TABLE.search(own):
            continue  # people at a table with a cake
        out.setdefault(name, _colour(own, match.start()))
    return list(out.items())


def gripped(text: str, start: int) -> bool:
    """Whether what begins there is held, whatever it is."""
    return bool(UNKNOWN.search(text.lower(), max(0, start - REACH), start))


def _colour(own: str, start: int) -> str | None:
    for match in _colours().finditer(own, max(0, start - 14), start):
        return _shades()[match.group()]
    return None


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted((w for row in things().values() for w in row.words), key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in words if w.isascii())
    han = "|".join(re.escape(w) for w in words if not w.isascii())
    return re.compile(rf"\b(?:{latin})s?\b|(?:{han})")


@cache
def _shades() -> dict[str, str]:
    text = resources.files(__package__).joinpath("living.json").read_text("utf-8")
    return {word: key for key, words in json.loads(text)["colour"].items() for word in words}


@cache
def _colours() -> re.Pattern[str]:
    words = sorted(_shades(), key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in words if w.isascii())
    return re.compile(rf"\b(?:{latin})\b|" + "|".join(w for w in words if not w.isascii()))
