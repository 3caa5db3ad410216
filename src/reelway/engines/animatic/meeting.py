"""People who have to do with each other: they face each other, near enough, often at a table.

kind     "talk", "game", "dance", or a deed of `deeds.PAIRS`; "" where each is by themselves
seated   a shot's subjects, those seated who would sit together where they are
laid     what is on the table between them
half     half of what is between two of them, heights of a grown man
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reelway.engines.animatic.deeds import PAIRS

if TYPE_CHECKING:
    from reelway.engines.animatic.grammar import Subject
    from reelway.engines.animatic.plan import ShotPlan

FOLK = ("person", "crowd")
MOST = 3  # who stand round together
TALK = re.compile(
    r"\b(?:talk|chat|chatt|gossip|argu|quarrel|bicker|discuss|debat|negotiat|convers|interview|"
    r"flirt|greet|bargain|haggl|toast|confess|confront|whisper|propos|reconcil)"
    r"(?:s|es|e|ed|ing|ion)?\b(?!\s+(?:on the (?:phone|radio)|to (?:us|the (?:camera|audience))|"
    r"to (?:him|her)self))"
    r"|\b(?:conversation|dialogue|argument|dispute|blind date|first date|dinner date|on a date)\b"
    r"|\b(?:each other|one another|face[- ]to[- ]face|face off|clink(?:s|ing)? glasses)\b"
    r"|\b(?:shows?|gives?|offers?|presents?|teach(?:es)?|hands|introduces?|serves?|pays?|thanks?|"
    r"comforts?|consoles?|forgives?|scolds?|interrogates?|showing|giving|offering|teaching)\s+"
    r"(?:an?|the|his|her|their|him|some|to|two)\b"
    r"|\b(?:have|having|has|over|share|sharing)\s+(?:\w+\s+)?"
    r"(?:dinner|lunch|breakfast|tea|coffee|brunch|drinks?|a meal)\b"
    r"|交谈|聊天|谈话|对话|争吵|吵架|争论|争执|讨论|谈判|闲聊|说话|交流|聊着|谈心|碰杯|干杯|对视|面对面|"
    r"递给|送给|交给|[给教][一-鿿]{1,6}[看听弹]|约会|相亲|谈恋爱|叙旧|互相|彼此|打招呼|寒暄|讨价还价|(?:一起|共进)(?:吃|喝|用餐|午餐|晚餐|早餐)",
    re.I,
)  # fmt: skip
GAME = re.compile(
    r"\b(?:play(?:s|ing)?|game of|match of)\s+(?:a\s+(?:game|match|round|hand)\s+of\s+)?"
    r"(?:chess|checkers|cards|poker|mahjong|mah-jongg|dominoes|backgammon|board games?|go(?=\W|$)|"
    r"xiangqi|draughts)\b|\barm[- ]wrestl|下(?:围|象|国际象|跳)?棋|对弈|打(?:扑克|牌|麻将)|掰手腕",
    re.I,
)
CHESS = re.compile(r"\bchess|\bcheckers|\bdraughts|\bgo\b|xiangqi|棋|对弈", re.I)
UPRIGHT = re.compile(
    r"\bst(?:and|ands|anding|ood)\b|\bwalk|\b(?:at|behind) the (?:bar|counter|stove|sink)\b|"
    r"\bdoorway\b|\bqueue|\bnightclub\b|\bdisco\b|站|走|吧台(?:前|边|旁)|门口|排队|夜店",
    re.I,
)
GOING = {"walk", "run", "swim", "fly", "sail", "drive", "jump", "wave"}
TABLES = {"bar", "kitchen"}  # sites of a room where people sit at tables
APART = {"talk": 0.24, "table": 0.40, "dance": 0.17, **PAIRS}
STILL = {"eat", "drink", "laugh", "read"}  # what one may do while one talks


def folk(shot: ShotPlan) -> list[Subject]:
    """Everybody, one by one."""
    return [s for s in shot.subjects if s.kind in FOLK for _ in range(s.count)]


def kind(shot: ShotPlan) -> str:
    people = folk(shot)
    if not 2 <= len(people) <= MOST or any(s.look.throng or s.look.ride for s in people):
        return ""
    paired = next((s.look.doing for s in people if s.look.doing in PAIRS), None)
    if paired and len(people) == 2:
        return paired
    if len(people) == 2 and all(s.look.doing == "dance" or s.action == "dance" for s in people):
        return "dance"
    going = any(s.action in GOING | {"dance"} or s.look.doing in GOING for s in people)
    if going:
        return ""
    if GAME.search(shot.prompt):
        return "game"
    spoken = {line.speaker for line in shot.script.lines}
    if len(spoken) > 1 or (shot.script.lines and len(people) == 2) or TALK.search(shot.prompt):
        return "talk"
    return ""


def half(shot: ShotPlan) -> float:
    what = kind(shot)
    if not what:
        return 0.0
    sits = any(s.action == "sit" for s in folk(shot))
    return APART["table" if sits and what in ("talk", "game") else what]


def seated(shot: ShotPlan) -> Sequence[Subject]:
    what = kind(shot)
    tables = shot.place == "room" and shot.site in TABLES
    if not (what == "game" or (what == "talk" and tables)) or UPRIGHT.search(shot.prompt):
        return shot.subjects
    return tuple(
        replace(s, action="sit")
        if s.kind in FOLK and s.action in (None, "stand") and s.look.doing in (None, *STILL)
        else s
        for s in shot.subjects
    )


def laid(shot: ShotPlan) -> str | None:
    """What is on the table that they sit at: a thing, "" for cups; None where there is none."""
    what, people = kind(shot), folk(shot)
    if not what or any(s.action != "sit" for s in people):
        return None
    if what == "game":
        return "chess board" if CHESS.search(shot.prompt) else ""
    return "" if what == "talk" and shot.place == "room" and shot.site in TABLES else None
