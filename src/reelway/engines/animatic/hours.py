"""Words for what changes in a picture while we look: night falls, lamps are lit, clouds go by.

    turn     a prompt without its dialogue → which change of light it tells of, or nothing
    drift    how fast its sky goes by, widths of the frame a second; 0: not at all

"At night" is no change: it says what there is. In English and Chinese.
"""

from __future__ import annotations

import re

_COMES = r"(?:falls?|falling|comes?|coming|descends?|descending|sets? in|settles?|approaches)"
_SWITCHED = r"(?:go|goes|going|turn|turns|turned|turning|switch\w*|flick\w*)"
_LAMPS = r"\b(?:lights?|lamps?|lanterns?|windows?|street ?lights?|neon signs?) (?:slowly |all )?"
_SLOWLY = r"(?:慢慢|缓缓|渐渐)?"
_GETS = r"\b(?:gets?|getting|grows?|growing|turns?|becomes?)"
# The first in the text counts; among those at one place the earlier in this list.
WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("unlit", (
        rf"{_LAMPS}{_SWITCHED} (?:out|off)\b|\b{_SWITCHED} (?:out|off) the (?:lights?|lamps?)\b",
        r"灯光?(?:熄灭|灭了|关掉|关了)|熄灯|关灯",
    )),
    ("lit", (
        rf"{_LAMPS}(?:{_SWITCHED} on|come on|comes on|coming on|lights? up|are lit|is lit)\b",
        rf"\b{_SWITCHED} on the (?:lights?|lamps?)\b",
        r"灯光?(?:亮起|亮了|点亮|打开)|亮起.{0,3}灯|开灯|点灯|掌灯",
    )),
    ("night", (
        rf"\b(?:night|darkness) {_COMES}\b|{_GETS} dark\b|\b(?:in)?to night\b",
        r"夜幕降临|夜色降临|天黑|入夜|天色[渐变][暗黑]|变成夜晚|进入夜晚|华灯初上",
    )),
    ("dusk", (
        rf"\b(?:dusk|twilight|evening) {_COMES}\b|\b(?:in)?to dusk\b",
        r"暮色降临|黄昏降临|傍晚来临",
    )),
    ("sunset", (
        r"\bsun (?:is )?(?:slowly )?(?:sets?|setting|sinks?|sinking|goes down|going down)\b",
        rf"(?:太阳|夕阳){_SLOWLY}(?:落山|落下|下山|西沉|沉入)|日落西山",
    )),
    ("sunrise", (
        r"\bsun (?:is )?(?:slowly )?(?:rises?|rising|comes? (?:out|up)|breaks? through)\b",
        rf"\b(?:dawn|day|daylight|morning) (?:breaks?|breaking|{_COMES[3:]}\b",
        rf"{_GETS} (?:light|bright)(?:er)?\b",
        rf"太阳{_SLOWLY}(?:升起|出来)|旭日东升|日出东方|天亮|天色[渐变]亮|黎明到来|破晓",
    )),
)  # fmt: skip
PATTERNS = tuple((kind, re.compile("|".join(words), re.I)) for kind, words in WORDS)


_CLOUDS = r"\bclouds? (?:\w+ ){0,2}"
FAST = re.compile(
    rf"\btime[- ]?lapse\b|{_CLOUDS}(?:rac\w+|rush\w*|scud\w*|fly(?:ing)?|speed\w*)\b"
    r"|延时|云.{0,3}(?:翻滚|飞驰|奔涌|疾)",
    re.I,
)
SLOW = re.compile(
    rf"{_CLOUDS}(?:drift\w*|mov\w+|roll\w*|pass\w*|float\w*|glid\w+|go(?:es|ing)? by)\b"
    r"|\b(?:windy|wind blows|strong wind|gale)\b"
    r"|云.{0,3}(?:飘|移动|流动|掠过|浮动|游走)|刮风|起风|大风|狂风",
    re.I,
)


def drift(text: str) -> float:
    return 0.02 if FAST.search(text) else 0.007 if SLOW.search(text) else 0.0


def turn(text: str) -> str:
    found = [(hit.start(), n) for n, (_, p) in enumerate(PATTERNS) if (hit := p.search(text))]
    return PATTERNS[min(found)[1]][0] if found else ""
