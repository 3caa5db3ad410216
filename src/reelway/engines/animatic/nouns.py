"""Words for things that are no nouns where they stand, or only half of one.

    seen          what was found, without "people watch", "the sun rose", "coffee shop"
    unheld        subjects, without what one of them holds, wears or rides
    handed        subjects, the last person with what nobody knows in the hand
    silhouettes   what is drawn only as a stand-in
    kin, over     whose relative somebody is; whether something is above something

English has no mark for its nouns: what stands before and behind must tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reelway.engines.animatic import guise
from reelway.engines.animatic.guise import Look, Thing
from reelway.engines.animatic.moves import camera_words
from reelway.engines.animatic.things import things
from reelway.engines.animatic.words import Found, stop

if TYPE_CHECKING:
    from reelway.engines.animatic.grammar import Subject

FOLK = ("person", "crowd")
# What is in somebody's hands by another name, or comes with what they do.
ALSO = {
    "coffee cup": {"cup"}, "wine glass": {"cup"}, "bottle": {"cup"}, "handbag": {"bag"},
    "suitcase": {"bag"}, "map": {"book"}, "sky lantern": {"lantern"}, "rose": {"flowers"},
    "sunflower": {"flowers"}, "computer": {"laptop"}, "crown": {"crown"}, "sneaker": {"boots"},
    "hat": {"hat"},
}  # fmt: skip
PART_OF = {"candle": {"cake"}}
BY_DEED = {
    "guitar": {"guitar", "violin"}, "violin": {"violin"}, "piano": {"piano"}, "read": {"book",
    "map"}, "type": {"laptop", "computer"}, "phone": {"phone"}, "photograph": {"camera"},
    "drink": {"coffee cup", "wine glass", "bottle"}, "eat": {"bowl of food", "steak", "sushi"},
    "draw": {"book"}, "write": {"map", "book"}, "fight": {"boxing glove"}, "drum": {"drums"},
    "surf": {"surfboard"}, "skateboard": {"skateboard"}, "ski": {"snowboard"},
    "snowboard": {"snowboard"}, "hammer": {"hammer"}, "sweep": {"broom"}, "dig": {"shovel"},
    "throw": {"ball"}, "tennis": {"racket", "ball"}, "golf": {"golf club"}, "baseball": {"bat"},
    "archery": {"bow"}, "lift": {"barbell"}, "fish": {"fishing rod"}, "trumpet": {"trumpet"},
    "flute": {"flute"}, "saxophone": {"saxophone"},
}  # fmt: skip

# Words that are verbs or adjectives as often as nouns: they need an article before them.
TWOFOLD = {
    "watch", "ring", "fan", "swing", "swings", "saw", "drill", "rose", "bow", "key", "keys", "map",
    "maps", "bat", "flag", "flags", "mask", "masks", "book", "books", "phone", "drum", "shell",
    "shells", "bottle", "fans", "camera", "shield", "shields", "hammer", "bucket", "crate", "toast",
    "cart", "coach", "mushroom", "mushrooms", "orange", "computer", "monitor", "anchor", "anchors",
    "banner", "feather", "mirror", "mirrors", "bench", "coffee", "soda", "worm", "worms",
    "mouse", "leaf", "glass", "ball", "balls", "saws", "drills", "lamp", "door", "ant", "shoe",
    "shoes", "football", "chocolate", "crystal", "diamond", "lime", "limes", "peach", "lemon",
    "cherry", "puzzle", "package", "letter", "parcel", "salad", "pasta", "stool",
}  # fmt: skip
# Words for others than things of which the same holds.
VERBS_TOO = {"train", "trains", "ship", "ships", "guard", "guards", "spirit", "spirits", "coach",
             "tank", "tanks", "cook", "cooks", "model", "models", "star", "host",
             "fishes", "skis"}  # fmt: skip
ARTICLE = (
    r"(?:an?|the|his|her|its|their|my|our|your|this|that|these|those|one|two|three|four|five|six|"
    r"several|many|some|single|each|every|another|of|with|and|or|giant|big|small|old|huge|little|"
    r"tiny|vintage|red|blue|green|yellow|white|black|golden|wooden|glowing|colorful|colourful)"
)
BEFORE = re.compile(rf"(?:^|[,.;:!?(]\s*|\b{ARTICLE}\s+)((?:[a-z'-]+\s+){{0,2}})$")
NEXT = re.compile(r"\s([a-z][a-z'-]+)")
FILMING = ("camera", "drone", "quadcopter")
OWN = re.compile(
    r"\b(?:an?|his|her|their|my|two|three|several|old|vintage|of|drones?)\s+(?:[\w-]+\s+)?$"
)
SHOT = re.compile(r"[\s-]+(?:shot|view|footage|angle|lens|perspective|video|work)")
FILMED = re.compile(r"航拍|拍摄|镜头|视角|俯拍|俯瞰|跟拍|环绕|视频|画面")
VERBAL = re.compile(r"(?:s|ed|ing|ly)$")
ASHORE = re.compile(
    r"\b(?:beach|shore|coast|surface|island|boat|ship|above)\b|海滩|沙滩|海边|海面|岸|船"
)
KIN = re.compile(
    r"(?:\b(?:his|her|their)\s+(?:\w+\s+)?|[和跟与对给把教他她]的?)"
    r"(father|mother|dad|mom|mum|son|daughter|brother|sister|husband|wife|friend|uncle|aunt|"
    r"grandfather|grandmother|grandson|granddaughter|boyfriend|girlfriend|twin|rival|opponent|"
    r"colleague|neighbou?r|classmate|"
    r"父亲|母亲|爸爸|妈妈|儿子|女儿|哥哥|弟弟|姐姐|妹妹|丈夫|妻子|朋友|爷爷|奶奶)s?$",
    re.I,
)
OVER = re.compile(
    r"\s+(?:(?:high|far|low|just|right|circling|hanging|soaring|rising|is|that is)\s+){0,2}"
    r"(?:over|above)\s+(?:(?:an?|the|his|her|its|their|our|two|snowy|distant)\b|[a-z]+)"
    r"|[,，]?在?[一-鿿]{0,8}(?:上空|上方|之上|的天空)",
    re.I,
)
BENEATH = re.compile(r"(?:上空|上方|之上)(?:有|的)?(?:一?[条只头个群])?[一-鿿]{0,3}$")
FEW = {"in", "on", "at", "by", "of", "to", "is", "as", "or", "it", "and", "fly", "that"}


def seen(text: str, found: tuple[Found, ...], known: frozenset[str]) -> tuple[Found, ...]:
    """`known`: verbs of the lexicon."""
    lower = text.lower()
    return tuple(f for f in found if not _is_thing(f) or _stands(lower, f, found, known))


def _is_thing(f: Found) -> bool:
    return f.group == "subject" and (f.key == "thing" or f.word in VERBS_TOO)


def _stands(text: str, f: Found, found: tuple[Found, ...], known: frozenset[str]) -> bool:
    if not f.word.isascii():  # 巧克力 in 巧克力蛋糕 is not meant
        half = any(g.group == "subject" and g.start == f.end and g.key == "thing" for g in found)
        return not (half or (f.word == "无人机" and FILMED.match(text, f.end)))
    if (f.word in VERBS_TOO or {f.word, f.word.removesuffix("s")} & TWOFOLD) and not _named(
        text, f, found
    ):
        return False
    if f.word.startswith(FILMING) and (
        not OWN.search(text, 0, f.start) or SHOT.match(text, f.end)
        or camera_words(text[f.end : f.end + 24])
    ):  # fmt: skip
        return False  # the one that films
    after = NEXT.match(text, f.end)
    if after is None:
        return True
    at, word = after.start(1), after.group(1)
    if word in FEW or word in stop():
        return True
    other = next((g for g in found if g.start == at and g.group in ("subject", "place", "site")), f)
    if other is not f:  # a coffee shop, a guitar player
        return False
    if word in known or VERBAL.search(word):
        return True
    following = text[after.end() :].lstrip(" ")[:1]
    return following.isalpha() and text[after.end() : after.end() + 1] == " " and word.endswith("e")


def _named(text: str, f: Found, found: tuple[Found, ...]) -> bool:
    """An article before it, and nobody between who could do what the word also says."""
    before = BEFORE.search(text, max(0, f.start - 40), f.start)
    if before is None:
        return False
    between = before.start(1)
    verbs = [g for g in found if between <= g.start < f.start]
    return not any(g.group in ("subject", "action", "place", "detail", "time") for g in verbs)


def unheld(text: str, subjects: Mapping[str, Subject]) -> list[Subject]:
    folk = [s.look for s in subjects.values() if s.kind in FOLK]
    names = {s.look.breed for s in subjects.values()}
    return [
        s
        for s in subjects.values()
        if s.kind not in ("thing", "boat", "motorcycle")
        or not (_taken(s.kind, s.look.breed, folk) or names & PART_OF.get(s.look.breed, set()))
    ]


def _taken(kind: str, name: str, folk: list[Look]) -> bool:
    names = {name, kind, *ALSO.get(name, ())} - {"thing", ""}
    for look in folk:
        if kind == "boat":
            return any(k.doing == "row" for k in folk)
        own = {t.kind for t in (*look.hold, *look.wear)}
        own |= {look.ride.kind} if look.ride else set()
        if names & own or name in BY_DEED.get(look.doing or "", ()):
            return True
    return False


def handed(subjects: list[Subject], words: list[str]) -> list[Subject]:
    out = list(subjects)
    last = next((i for i in reversed(range(len(out))) if out[i].kind in FOLK), None)
    if last is None or not words:
        return out
    look = out[last].look
    more = tuple(Thing(kind=word) for word in words if not look.hold)[:1]
    out[last] = replace(out[last], look=replace(look, hold=(*look.hold, *more)))
    return out


def silhouettes(kind: str, look: Look) -> list[str]:
    if kind == "stand-in":
        return [look.breed]
    return [t.kind for t in look.hold if not guise.is_held(t.kind) and t.kind not in things()]


def deep(text: str, subjects: Sequence[Subject]) -> bool:
    """Whether "the ocean" is what these live in, not its shore."""
    live = [s for s in subjects if s.element is None]
    homes = [things()[s.look.breed].home for s in live if s.look.breed in things()]
    return len(homes) == len(live) > 0 and "underwater" in homes and not ASHORE.search(text.lower())


def is_camera(text: str, f: Found) -> bool:
    """A crane that is no bird."""
    if not f.word.startswith("crane"):
        return False
    before, after = text[max(0, f.start - 24) : f.start], text[f.end : f.end + 8]
    return bool(re.search(r"camera\s+(?:\w+\s+)?$", before, re.I)) or bool(
        re.match(r"[\s-]*(?:shot|up|down|move)", after, re.I)
    )


def kin(text: str, f: Found) -> str:
    """What somebody is to the one named before: "his son", 和妹妹."""
    hit = KIN.search(text, max(0, f.start - 24), f.end)
    return hit.group(1).lower() if hit else ""


def over(text: str, f: Found) -> bool:
    """Whether it is said to be above something."""
    return bool(OVER.match(text, f.end) or BENEATH.search(text, 0, f.start))


def is_listed(f: Found) -> bool:
    """Whether a word only stands in the lexicon so that its parts are not read."""
    return f.group == "nothing" and not f.word.isascii()
