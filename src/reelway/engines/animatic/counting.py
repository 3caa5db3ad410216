"""How many of something a prompt speaks of: numbers, plurals, and words for many.

NUMBERS   number words, and those for a few or many
count     of a noun: by what stands before it, by what stands behind it, by its own form
"""

from __future__ import annotations

import re

from reelway.engines.animatic.things import named
from reelway.engines.animatic.words import Found

NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "several": 4, "many": 7,
    "some": 3, "few": 3, "couple": 2, "pair": 2, "twin": 2, "dozen": 7, "dozens": 7, "flock": 7,
    "herd": 5, "pack": 5, "swarm": 7, "school": 7, "caravan": 4, "colony": 7, "pod": 3, "pride": 4,
    "group": 4, "team": 4, "fleet": 5, "convoy": 4,
    "hundreds": 9, "thousands": 9, "countless": 9, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5,
    "六": 6, "七": 7, "几": 4, "群": 7, "双": 2, "对": 2,
}  # fmt: skip
ONE = {"a", "an", "one", "single", "一"}
MANY_BY_NATURE = {"crowd": 4, "bird": 5}
# Things whose name is a plural: one bowl of noodles, one set of drums.
ONE_OF_MANY = {"bowl of food", "headphones", "drums", "fireworks", "sushi", "fruit", "bread",
               "ring", "sunglasses", "dice", "chess board", "wrench", "boxing glove",
               "steak"}  # fmt: skip
PAIR = re.compile(r"\b(?:pair|set|plate|bowl|bunch|pile|stack|bouquet) of (?:\w+ ){0,2}$")
PLURAL_COUNT, TROOP = 3, 4
BEHIND = re.compile(r"\s+(?:caravan|herd|pack|swarm|colony|fleet|convoy)\b|群|队")


def count(text: str, f: Found) -> int:
    before = text[max(0, f.start - 24) : f.start].lower()
    if f.key == "thing" and (named(f.word) in ONE_OF_MANY or PAIR.search(before)):
        return 1
    if f.word.endswith(("群", "队")) or BEHIND.match(text.lower(), f.end):
        return NUMBERS.get(f.word[-1], TROOP) if f.key == "bird" else TROOP
    for word in reversed(re.findall(r"[a-z]+|[一-鿿]", before)[-3:]):
        if word in NUMBERS:
            return NUMBERS[word]
        if word in ONE and f.key == "bird":  # else a word for many, as in "a crowd"
            return 1
    if f.word in ("couple", "lovers", "newlyweds", "情侣", "夫妻", "恋人"):
        return 2
    if f.key in MANY_BY_NATURE and f.word not in ("bird", "eagle", "seagull", "crow", "鸟", "鹰"):
        return MANY_BY_NATURE[f.key]
    if f.word.endswith(("'s", "’s")):  # a woman's face
        return 1
    return PLURAL_COUNT if f.word.isascii() and re.search(r"[^su]s$|ves$", f.word) else 1
