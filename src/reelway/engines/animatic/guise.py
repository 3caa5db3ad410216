"""What a living thing looks like: its breed, what it wears and holds, each with its own colour.

    prompt, where its noun stands ─► the words that belong to it ─► Look

To a noun belong the adjectives right before it, in Chinese the phrase before it that ends in 的,
and what follows up to the next noun that stands for somebody, or the end of the sentence. A colour
belongs to the garment that it stands before: a child in a red coat has no red face. The words are
in `living.json`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from reelway.engines.animatic import carried, framing, things

END = re.compile(r"[.!?;。！？；\n]")
HAN_START = re.compile(r"[,，、。！？；.;!?]|和|与|跟|及|给|向|着一|在")
LEAD = re.compile(
    r".*[,.;:!?]|.*\b(?:and|with|an?|the|of|by|in|on|near|beside|to|from|at|for|"
    r"his|her|their|my|your|our|its)\b",
    re.S,
)
NEAR = 16  # characters between a colour and its garment at most
MOUNTED = re.compile(
    r"\b(?:rid(?:es?|ing)|rode|gallops|on)\s+(?:(?:a|an|the|his|her|their|its)\s+)?(?:\w+\s+)?"
    r"(?:horses?|ponies|pony)\b|\bon horseback\b|[骑策](?:着|上)?(?:一?匹)?[一-鿿]{0,4}马"
)
MOTOR = re.compile(
    r"\b(?:rid(?:es?|ing)|rode|on|driv(?:es?|ing)|speeds? on)\s+(?:(?:an?|the|his|her|their)"
    r"\s+)?(?:[\w-]+\s+){0,2}(?:motorcycles?|motorbikes?|scooters?|mopeds?|vespas?|harleys?)\b"
    r"|骑(?:着|上|了)?(?:一?辆)?[一-鿿]{0,4}(?:摩托车?|机车|电动车|踏板车)"
)
BIKERS = re.compile(r"\b(?:bikers?|motorcyclists?)$|摩托车手$|骑手$")
GESTURE = re.compile(r"\s+(?:\w+ly\s+)?(?:waves?|waving)\b(?!\s+(?:roll|crash|break))")
MOUNT_REACH = 48  # characters between a rider and the horse at most
FEMALE = {"woman", "girl", "old woman", "bride", "queen", "princess", "witch", "geisha",
          "ballerina", "businesswoman", "model", "nurse"}  # fmt: skip
MALE = {"man", "boy", "old man", "groom", "king", "prince", "monk", "santa", "viking", "boxer"}
WINGED = {"dragon", "witch", "ghost", "hero", "robot"}  # that go through the air, besides birds
LIVING = ("person", "crowd", "animal", "bird")


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something worn or held."""

    kind: str
    colour: str | None = None  # "#rrggbb"


@dataclass(frozen=True, kw_only=True)
class Look:
    """Everything is as usual where nothing is said."""

    breed: str = ""
    wear: tuple[Thing, ...] = ()
    hold: tuple[Thing, ...] = ()
    fur: str | None = None  # colour of an animal, or of all of somebody's clothes
    hair: str | None = None
    long: bool = False  # the hair
    doing: str | None = None
    ride: Thing | None = None
    throng: bool = False  # more people than anybody counts
    skin: str | None = None
    style: str | None = None  # how the hair is cut
    beard: str = ""
    glasses: str = ""
    mood: str | None = None
    age: str | None = None
    female: bool | None = None  # where the noun does not tell
    stout: float = 1.0

    def worn(self, *kinds: str) -> Thing | None:
        return next((t for t in self.wear if t.kind in kinds), None)

    def held(self, *kinds: str) -> Thing | None:
        return next((t for t in self.hold if t.kind in kinds), None)

    def told(self) -> list[str]:
        """For the report."""
        out = [" ".join(filter(None, (t.kind, t.colour))) for t in (*self.wear, *self.hold)]
        if self.ride:
            out.append(f"riding {self.ride.kind}")
        hair = " ".join(filter(None, (self.style, "long" if self.long else "", self.hair)))
        out += [f"{hair} hair"] if hair else []
        out += [f"{self.glasses} glasses"] if self.glasses else []
        out += [w for w in (self.beard and f"{self.beard} beard", self.mood, self.age) if w]
        return out


def agrees(pronoun: str, breed: str) -> bool:
    """Whether "he" or "she" may mean one of this breed."""
    word = {"he": "m", "他": "m", "she": "f", "她": "f"}.get(pronoun, "")
    own = "f" if breed in FEMALE else "m" if breed in MALE else ""
    return not word or not own or word == own


def breed(kind: str, word: str) -> str:
    """The breed that a noun means; "" where it leaves that open."""
    group = "person" if kind == "crowd" else kind
    if thing := things.named(word):
        return thing
    table, noun = _breeds(group), re.sub("['’]s$", "", word)
    forms = (noun, noun.removesuffix("s"), noun.removesuffix("es"))
    return next((table[form] for form in forms if form in table), "")


def read(text: str, kind: str, span: tuple[int, int], others: list[tuple[int, int]]) -> Look:
    """`span`: where the noun stands; `others`: where all such nouns stand."""
    lower = text.lower()
    own, seen = _scope(lower, span, others)
    words = _Words(own)
    if kind in ("person", "crowd"):
        wear, hold = words.things("wear"), words.things("hold")
        hold += [Thing(kind=k, colour=c) for k, c in carried.held(own, _keys("hold"))]
        ride = _mount(lower, span) or next(iter(words.things("ride")), None)
        fur = next((t.colour for t in wear if t.kind == "clothes" and t.colour), None)
        return Look(
            breed=breed(kind, lower[slice(*span)]),
            wear=tuple(t for t in wear if t.kind != "clothes"),
            hold=tuple(hold),
            fur=fur,
            hair=words.key("hair"),
            long=words.has("long hair"),
            doing="wave" if GESTURE.match(seen) else words.key("doing") or _trade(lower, span),
            ride=ride,
            throng=lower[slice(*span)] in _lexicon()["throng"],
            skin=words.key("skin") or _skin(lower, span),
            style=words.key("style"),
            beard=words.key("beard") or "",
            glasses=words.key("glasses") or "",
            mood=words.key("mood"),
            age=words.key("age"),
            female=_sex(own),
            stout=float(words.key("stout") or 1.0),
        )
    return Look(
        breed=breed(kind, lower[slice(*span)]),
        wear=tuple(t for t in words.things("wear") if t.kind in ("scarf", "coat", "hat")),
        fur=_adjective(lower, span[0]),
        doing=_Words(seen).key("doing"),
    )


def _mount(text: str, span: tuple[int, int]) -> Thing | None:
    """The horse that somebody rides: 骑着白马的女人 names it first. Or the motorcycle."""
    motor = MOTOR.search(text, span[1], sentence_end(text, span[1])) or re.search(
        rf"(?:{MOTOR.pattern})的[一-鿿]{{0,4}}$", text[: span[0]]
    )
    if motor or BIKERS.search(text, *span):
        told = _pattern("colour").search(motor.group()) if motor else None
        return Thing(kind="motorcycle", colour=_keys("colour")[told.group()] if told else None)
    after = MOUNTED.search(text, span[1], span[1] + MOUNT_REACH)
    if after and END.search(text, span[1], after.start()):
        after = None
    before = re.search(rf"(?:{MOUNTED.pattern})[一-鿿]{{0,4}}的$", text[: span[0]])
    hit = after or before
    if hit is None:
        return None
    colour = _pattern("colour").search(hit.group())
    return Thing(kind="horse", colour=_keys("colour")[colour.group()] if colour else None)


SEXES = ((re.compile(r"\b(?:female|woman|her|she|lady)\b|女|她"), True),
         (re.compile(r"\b(?:male|his|he)\b|男|他"), False))  # fmt: skip


def _sex(own: str) -> bool | None:
    """What the words about somebody tell of it, for those whose trade does not."""
    return next((female for words, female in SEXES if words.search(own)), None)


def _trade(text: str, span: tuple[int, int]) -> str | None:
    """What somebody does who is named for it: a violinist plays the violin."""
    hit = _pattern("trade").search(text, *span)
    return _keys("trade")[hit.group()] if hit else None


def _skin(text: str, span: tuple[int, int]) -> str | None:
    """ "a black woman": the word takes in the noun itself."""
    hit = _pattern("skin").search(text, max(0, span[0] - 20), span[1])
    return _keys("skin")[hit.group()] if hit else None


def joined(a: Look, b: Look) -> Look:
    """Two descriptions of the same: what the first leaves open, the second may say."""
    mine = {t.kind for t in (*a.wear, *a.hold)}
    return replace(
        a,
        breed=a.breed or b.breed,
        wear=(*a.wear, *(t for t in b.wear if t.kind not in mine)),
        hold=(*a.hold, *(t for t in b.hold if t.kind not in mine)),
        fur=a.fur or b.fur,
        hair=a.hair or b.hair,
        long=a.long or b.long,
        doing=a.doing or b.doing,
        ride=a.ride or b.ride,
        throng=a.throng or b.throng,
        skin=a.skin or b.skin,
        style=a.style or b.style,
        beard=a.beard or b.beard,
        glasses=a.glasses or b.glasses,
        mood=a.mood or b.mood,
        age=a.age or b.age,
        female=b.female if a.female is None else a.female,
        stout=a.stout if a.stout != 1.0 else b.stout,
    )


def sentence_end(text: str, start: int) -> int:
    stop = END.search(text, start)
    return stop.start() if stop else len(text)


def known(text: str) -> list[tuple[int, int]]:
    """Where words of clothes, colours and things to hold stand, for what is reported as unknown."""
    lower = text.lower()
    groups = ("wear", "hold", "ride", "hair", "doing", "colour", "mood", "skin", "style", "beard",
              "glasses", "age", "stout")  # fmt: skip
    spans = [m.span() for g in groups for m in _pattern(g).finditer(lower)]
    spans += [m.span() for p in (MOUNTED, MOTOR) for m in p.finditer(lower)]
    spans += [m.span() for m in GESTURE.finditer(lower)] + framing.spans(lower)
    return spans + [m.span() for m in _pattern("long hair").finditer(lower)]


def _scope(text: str, span: tuple[int, int], others: list[tuple[int, int]]) -> tuple[str, str]:
    """The text that belongs to a noun, and of it what follows the noun."""
    start, end = span
    stop = END.search(text, end)
    until = stop.start() if stop else len(text)
    later = [a for a, _ in others if a >= end]
    if later and min(later) < until:
        until = min(later)
        # What leads up to the next noun is the next one's.
        until = end + len(_without_lead(text[end:until]))
    begin = max([b for _, b in others if b <= start], default=0)
    lead = text[begin:start]
    if lead.rstrip().endswith("的") or not text[start:end].isascii():
        cuts = [m.end() for m in HAN_START.finditer(lead)]
        before = lead[_lead_start(lead, cuts) :]
    else:
        before = LEAD.sub("", lead)
    after = text[end:until]
    return f"{before} \n {after}", after


def _lead_start(lead: str, cuts: list[int]) -> int:
    """穿红色大衣、戴帽子的: a phrase before 的 goes back over 、 but not over a comma."""
    hard = [c for c in cuts if lead[c - 1] in ",，。！？；.;!?"]
    soft = [c for c in cuts if lead[c - 1] in "和与跟及给向"]
    return max([*hard, *soft], default=0)


def _without_lead(between: str) -> str:
    """Text between two nouns, less what describes the second."""
    if re.search(r"[一-鿿]\s*$", between) and re.search(r"的[^,，、和与]{0,3}$", between):
        cuts = [m.start() for m in re.finditer(r"[,，和与跟及]", between)]
        return between[: cuts[-1]] if cuts else ""
    latin = re.match(r"(.*)\b(?:and|with|beside|near|,)\s+(?:[\w-]+\s+){0,4}$", between, re.S)
    return latin.group(1) if latin else between


def _adjective(text: str, start: int) -> str | None:
    """The colour that stands right before a noun, with at most an adjective between."""
    for m in _pattern("colour").finditer(text, max(0, start - 24), start):
        between = text[m.end() : start]
        if re.fullmatch(r"\s*(?:[a-z-]+\s)?|色?的?[一-鿿]?", between):
            if not _pattern("wear").search(between) and not _pattern("hold").search(between):
                return _keys("colour")[m.group()]
    return None


class _Words:
    def __init__(self, text: str) -> None:
        self.text = text

    def key(self, group: str) -> str | None:
        hit = _pattern(group).search(self.text)
        return _keys(group)[hit.group()] if hit else None

    def has(self, group: str) -> bool:
        return _pattern(group).search(self.text) is not None

    def things(self, group: str) -> list[Thing]:
        """What is named, each kind once, with the colour before it."""
        colours = list(_pattern("colour").finditer(self.text))
        out: dict[str, Thing] = {}
        free = 0  # up to here colours are taken
        for m in _pattern(group).finditer(self.text):
            kind = _keys(group)[m.group()]
            if kind == "clothes":
                colour = self._dressed(m, colours)
                if colour is None and m.group() in ("in", "wearing", "dressed", "穿"):
                    continue
            else:
                near = [
                    c
                    for c in colours
                    if free <= c.start()
                    and 0 <= m.start() - c.end() < NEAR
                    and not _pattern("wear").search(self.text, c.end(), m.start())
                ]
                inside = [c for c in colours if m.start() <= c.start() < m.end()]
                picked = near[-1] if near else inside[0] if inside else None
                colour = _keys("colour")[picked.group()] if picked else None
                free = m.end()
            if kind not in out:
                out[kind] = Thing(kind=kind, colour=colour)
        return list(out.values())

    def _dressed(self, m: re.Match[str], colours: list[re.Match[str]]) -> str | None:
        """ "in red", "wearing black", 穿红衣: clothes of a colour, with no garment named."""
        if m.group() in ("衣", "衣服", "衣裳", "clothes", "clothing", "outfit"):
            before = [c for c in colours if 0 <= m.start() - c.end() <= 2]
            return _keys("colour")[before[-1].group()] if before else None
        after = [c for c in colours if 0 <= c.start() - m.end() <= 5]
        if not after:
            return None
        rest = self.text[after[0].end() :]
        bare = re.match(r"\s*(?:$|[,.，。\n]|and\b|with\b|who\b|is\b|walk|run|stand|sit|的)", rest)
        return _keys("colour")[after[0].group()] if bare else None


def is_held(kind: str) -> bool:
    """Whether it is one of what can be drawn in a hand."""
    return kind in _lexicon()["hold"]


@cache
def _lexicon() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("living.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _breeds(group: str) -> dict[str, str]:
    table = _lexicon()["breed"].get(group, {})
    return {word: key for key, words in table.items() for word in words}


@cache
def _keys(group: str) -> dict[str, str]:
    table = _lexicon()[group]
    if isinstance(table, list):
        return {word: group for word in table}
    return {word: key for key, words in table.items() for word in words}


@cache
def _pattern(group: str) -> re.Pattern[str]:
    """Takes the longest word."""
    words = sorted(_keys(group), key=len, reverse=True)
    latin = "|".join(re.escape(w) for w in words if w.isascii()) or "(?!)"
    han = "|".join(re.escape(w) for w in words if not w.isascii()) or "(?!)"
    return re.compile(rf"\b(?:{latin})\b|(?:{han})")
