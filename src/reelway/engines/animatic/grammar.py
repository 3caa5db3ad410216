"""Reading a prompt: English and Chinese words into what can be drawn and heard.

    prompt ─► dialogue is cut out ─► whole-prompt lexicon (longest word wins) ─► place, time, …
                                 └─► clauses ─► camera moves, each with the direction and speed
                                                that stand in its own clause

`lexicon.json` holds the words; the camera, which is grammar more than words, is in `moves`. What a
prompt does not say stays None: `plan` draws it from the seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from reelway.engines.animatic import audible, counting, guise, musical, nouns, placing
from reelway.engines.animatic.guise import LIVING, Look
from reelway.engines.animatic.moves import CLAUSE, Move, camera_words, read_moves
from reelway.engines.animatic.strangers import Stranger, strangers, unknown
from reelway.engines.animatic.words import Found, lexicon, search

__all__ = ["Move", "Reading", "Subject", "keys_in", "read", "sentences"]

QUOTED = re.compile(r"[\"“「『][^\"”」』]*[\"”」』]|‘[^’]*’|(?<!\w)'[^']{3,}?'(?!\w)")
SAID = re.compile(r"\b(?:says?|said|whispers?|shouts?|asks?)\b|说|喊|问|道[:：]", re.I)
SIDE = re.compile(r"\b(?:left|right)(?=\b|wards?\b)|左|右", re.I)
# A full stop needs white space behind it (3.5); the marks of Chinese text do not, in either width.
SENTENCE = re.compile(
    r"(?<!\bMr\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)(?<=[.!?;])\s+|(?<=[。！？；])"
    r"|(?<=[!?;])(?=[一-鿿])|(?<=[一-鿿][!?;])|\n+"
)
PICTURE = re.compile(r"<<<(element|image)_(\d+)>>>")
PLAIN = Look()
AFLOAT = ("surf", "row")  # what nobody does on land
PRONOUNS = {"he", "she", "they", "他", "她", "他们", "她们"}
AGAIN = re.compile(r"\b(?:another|a second|the other)\s+(?:\w+\s)?$|另外?一?[一-鿿]?$", re.I)
INDEFINITE = re.compile(
    r"\b(?:an?|one)\s+(?:[\w-]+\s+){0,2}$|一[只头条匹个位名][一-鿿]{0,4}$", re.I
)
KITE = re.compile(r"\b(?:fly|flies|flying|flew)\s+(?=(?:\w+\s+){0,2}kites?\b)|放飞?(?=风筝)")
BY_KIND = {"bird": "fly", "airship": "fly", "spaceship": "fly", "boat": "sail", "car": "drive",
           "plane": "fly", "helicopter": "fly", "balloon": "fly", "rocket": "fly", "bus": "drive",
           "train": "drive", "motorcycle": "drive", "submarine": "sail"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`kind`: a key of the lexicon; "element" or "image" for a picture of the caller's."""

    kind: str
    count: int = 1
    colour: str | None = None  # "#rrggbb"
    action: str | None = None
    element: int | None = None  # n of <<<element_n>>> or <<<image_n>>>
    side: str | None = None  # "left", "right": where it stands or goes to
    reach: str | None = None  # of a picture: "near" in the foreground, "far" in the background
    look: Look = PLAIN  # of what lives: breed, clothes, what it holds


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one prompt says."""

    place: str | None = None
    site: str = ""  # what kind of such a place: a waterfall is a river
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
    heard = musical.known(text)
    text = audible.unseen(musical.unseen(text))
    found = _without_gestures(text, found_in(text))
    banned = _banned(negative)
    words = _by_group(found, banned)
    places, sites = _places(found, banned)
    place = _main_place(places)
    subjects = _subjects(text, found, banned)
    if place == "coast" and not sites and nouns.deep(text, subjects):
        place = "underwater"
    site = next((site for at, site in sites if at == place), "")
    if place == "coast" and not site and any(s.look.doing == "surf" for s in subjects):
        site = "sea"
    return Reading(
        place=place,
        site=site,
        also=tuple(places),
        time=_first(words["time"]),
        weather=_weather(words["weather"]),
        ground=_first(words["ground"]),
        style=tuple(dict.fromkeys(words["style"])),
        subjects=subjects,
        moves=read_moves(text),
        sounds=tuple(dict.fromkeys(words["sound"])),
        dialogue=dialogue,
        unknown=unknown(text, found, guise.known(text), heard, _breeds(subjects)),
    )


@cache
def found_in(text: str) -> tuple[Found, ...]:
    """The words of the lexicon in a text that mean there what it says of them."""
    return nouns.seen(text, search(text), _verbs())


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


def _banned(negative: str) -> set[tuple[str, str]]:
    return {(f.group, f.key) for f in found_in(negative) if f.group != "nothing"}


def _by_group(found: tuple[Found, ...], banned: set[tuple[str, str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {group: [] for group in lexicon()}
    for f in found:
        if (f.group, f.key) not in banned:
            out[f.group].append(f.key)
    return out


def _first(keys: list[str]) -> str | None:
    return keys[0] if keys else None


# They are in a place, and name one only where no other word does.
WEAK = {"windows", "street lamp", "street lamps", "streetlamp", "streetlamps", "streetlight",
        "streetlights", "street light", "street lights"}  # fmt: skip


def _places(
    found: tuple[Found, ...], banned: set[tuple[str, str]]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The places that are named, in order, and the sites as (place, site)."""
    named = [f for f in found if f.group in ("place", "site") and (f.group, f.key) not in banned]
    # An island in "desert island" is no desert.
    named = [
        f
        for f in named
        if not any(
            g.start <= f.start and f.end <= g.end and len(g.word) > len(f.word) for g in named
        )
    ]
    firm = [f for f in named if f.word not in WEAK]
    parts = [f.key.split() for f in firm or named]
    sites = [(at, site[0]) for at, *site in parts if site and ("place", at) not in banned]
    return list(dict.fromkeys(p[0] for p in parts if ("place", p[0]) not in banned)), sites


def _main_place(places: list[str]) -> str | None:
    """Of several places the one that holds the others: a room is in a city, a city on a coast."""
    if "city" in places and {"coast", "lake", "river"} & set(places):
        return "harbour"
    for strong in ("room", "underwater", "space", "street", "harbour"):
        if strong in places:
            return strong
    if "snow" in places and len(places) > 1:
        places = [p for p in places if p != "snow"]
    for pair in (("lake", "mountains"), ("river", "mountains"), ("village", "field"),
                 ("village", "mountains")):  # fmt: skip
        if set(pair) <= set(places):
            return pair[0]
    return _first(places)


def _weather(keys: list[str]) -> str | None:
    """The strongest weather named; a clear sky only if nothing else is."""
    order = ("storm", "snow", "rain", "fog", "overcast", "wind", "clear")
    return next((w for w in order if w in keys), None)


def _subjects(
    text: str, found: tuple[Found, ...], banned: set[tuple[str, str]]
) -> tuple[Subject, ...]:
    hidden = {key for group, key in banned if group == "subject"}
    hidden |= {"person", "crowd"} if hidden & {"person", "crowd"} else set()
    marks, named = _marked(text, found)
    beings = [f for f in found if f.group == "subject" and f.key in LIVING]
    subjects: dict[str, Subject] = {}
    for f in found:
        if f.group != "subject" or f.key in hidden or f.start in named or nouns.is_camera(text, f):
            continue
        if any(g.start == f.end + 1 and f.word.isascii() and text[f.end] == " " for g in beings):
            continue  # a shepherd boy is a boy
        if f.key == "bird" and any(_same(f, g, text) and f.start < g.start for g in beings):
            continue  # "a flock of crows" is crows
        at, made = _called(text, f, subjects), _subject(text, found, f, beings)
        if at in subjects and _is_other(text, f, subjects[at].look, made.look):
            at = f"{at} {f.start}"
        if at not in subjects:
            subjects[at] = made
        elif f.key in LIVING:
            old = subjects[at]
            subjects[at] = replace(
                old,
                count=max(old.count, made.count),
                action=old.action or made.action,
                side=old.side or made.side,
                look=guise.joined(old.look, made.look),
            )
    people = [s for s in subjects.values() if s.kind == "person" and s.look.breed]
    both = subjects.get("crowd")
    if both and both.count == len(people) == 2:  # "two people … She says … He says"
        subjects.pop("crowd")
    elif both:
        subjects.pop("person", None)
    if any(s.look.held("balloon") for s in subjects.values()):
        subjects.pop("balloon", None)
    if any(s.look.ride and s.look.ride.kind == "horse" for s in subjects.values()):
        subjects = {at: s for at, s in subjects.items() if not s.look.breed.endswith("horse")}
    kept = nouns.unheld(text, subjects)
    # 山 in 穿山甲 is no mountain, but 穿山甲 is there.
    known = [(f.start, f.end) for f in found if f.group != "detail" and not nouns.is_listed(f)]
    known += guise.known(text)
    others = strangers(text, found, known)
    kept = nouns.handed(kept, [u.word for u in others if u.held])
    return (*marks, *kept, *(_stand_in(text, found, u) for u in others if not _held(kept, u)))


def _held(subjects: list[Subject], u: Stranger) -> bool:
    return any(s.look.held(u.word) for s in subjects)


def _stand_in(text: str, found: tuple[Found, ...], u: Stranger) -> Subject:
    return Subject(
        kind="stand-in",
        count=u.count,
        action=_after(text, found, u.end),
        side=_side(text, u.end),
        look=Look(breed=u.word, doing="handled" if u.handled else None),
    )


def _later(text: str, found: tuple[Found, ...], f: Found, beings: list[Found]) -> str | None:
    """What somebody does who was described first: a man in a coat, holding a lantern, walks."""
    last = guise.sentence_end(text, f.end)
    last = min([last, *(g.start for g in beings if g.start >= f.end)])
    camera = camera_words(text[f.end : last])
    last = f.end + camera[0][0] if camera else last
    near = [g for g in found if g.group == "action" and f.end <= g.start < last]
    return near[0].key if near else None


def _without_gestures(text: str, found: tuple[Found, ...]) -> tuple[Found, ...]:
    """A girl who waves is no sea."""
    ends = [f.end for f in found if f.group == "subject" and f.key in ("person", "crowd")]
    spots = [(e, e + m.end()) for e in ends if (m := guise.GESTURE.match(text[e:].lower()))]
    spots += [m.span() for m in KITE.finditer(text.lower())]
    return tuple(f for f in found if not any(a <= f.start and f.end <= b for a, b in spots))


def _subject(text: str, found: tuple[Found, ...], f: Found, beings: list[Found]) -> Subject:
    made = Subject(
        kind=f.key,
        count=counting.count(text, f),
        colour=_before(found, f, "colour"),
        action=_after(text, found, f.end),
        side=_side(text, f.end),
    )
    if f.key == "thing":
        return replace(made, look=Look(breed=guise.breed(f.key, f.word)))
    if f.key not in LIVING:
        return made
    others = [(g.start, g.end) for g in beings if not _same(f, g, text)]
    look = guise.read(text, f.key, (f.start, f.end), others)
    if made.action in (None, "stand") and (f.key == "bird" or look.breed in guise.WINGED):
        made = replace(made, action="fly") if nouns.over(text, f) else made
    action = "sail" if look.doing in AFLOAT else made.action or _later(text, found, f, beings)
    return replace(made, look=look, action=action)


def _is_other(text: str, f: Found, old: Look, new: Look) -> bool:
    """A white horse and a brown horse are two; "the man in the hat" is the man from before."""
    if not INDEFINITE.search(text[max(0, f.start - 20) : f.start]):
        return False
    differ = ((old.fur, new.fur), (old.wear, new.wear), (old.hold, new.hold))
    return any(a and b and a != b for a, b in differ)


def _same(f: Found, g: Found, text: str) -> bool:
    """ "a crowd of people" is one noun."""
    between = text[min(f.end, g.end) : max(f.start, g.start)]
    return f != g and between.strip() in ("of", "的")


def _called(text: str, f: Found, subjects: dict[str, Subject]) -> str:
    """A name for a subject: a man and a woman are two, "the man" or "she" later on is one of them,
    and "another man" is a third."""
    if f.key not in LIVING:
        return f"thing {guise.breed(f.key, f.word)}" if f.key == "thing" else f.key
    breed = guise.breed(f.key, f.word)
    name = f"{f.key} {breed}".strip()
    if AGAIN.search(text[max(0, f.start - 14) : f.start]):
        return f"{name} {f.start}"
    if name in subjects and (relative := nouns.kin(text, f)):
        return f"{name} {relative}"  # a father with his son
    if f.word in PRONOUNS or not breed:
        kin = [
            at
            for at, s in subjects.items()
            if s.kind == f.key and guise.agrees(f.word, s.look.breed)
        ]
        same = [at for at in kin if at == name]
        return (same or kin or [name])[0]
    return name


def _marked(text: str, found: tuple[Found, ...]) -> tuple[list[Subject], set[int]]:
    """The pictures that are named by their markers, and where the beings right before them begin:
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
            marks[at] = Subject(
                kind=at[0],
                element=at[1],
                action=action,
                side=placing.side(text, *match.span()),
                reach=placing.reach(text, *match.span()),
            )
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


def _before(found: tuple[Found, ...], f: Found, group: str) -> str | None:
    """The nearest word of a group that stands right before."""
    near = [g for g in found if g.group == group and 0 <= f.start - g.end <= 12]
    return near[-1].key if near else None


def _after(text: str, found: tuple[Found, ...], end: int, reach: int = 24) -> str | None:
    """The action that follows in the same clause."""
    last = min(end + reach, _clause_end(text, end))
    near = [g for g in found if g.group == "action" and end <= g.start <= last]
    return near[0].key if near else None


def _breeds(subjects: tuple[Subject, ...]) -> list[str]:
    return [word for s in subjects for word in nouns.silhouettes(s.kind, s.look)]


@cache
def _verbs() -> frozenset[str]:
    return frozenset(w for words in lexicon()["action"].values() for w in words if " " not in w)
