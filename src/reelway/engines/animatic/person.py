"""Who somebody is and what they wear, complete: nothing is left open.

    dressed   what the prompt says + what is drawn from the seed → Dress
    GARB      trades that are known by their clothes, rows of `garb.json`

What a prompt leaves open is drawn from the seed, and again for each of a group. A trade brings its
clothes only as far as the prompt names none of that kind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy.typing as npt

from reelway.engines.animatic import attire
from reelway.engines.animatic.body import body, frame
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.features import Face
from reelway.engines.animatic.guise import Look, Thing
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.solid import Coat
from reelway.engines.animatic.visage import Expression

Array = npt.NDArray[Any]
SKINS = ("#e8c8b2", "#d9b497", "#c79b7b", "#a87c5e", "#efd5c4", "#80593f", "#e0bda2")
HAIRS = ("#2b221d", "#3a2b22", "#5a3d28", "#7d5836", "#211e1c", "#8a5a34")
FAIR = ("#c0a06a", "#8a5a34", "#6d4a2c")
EYES = ("#5a3d24", "#3d2a1a", "#5b7486", "#55704e", "#6a7078", "#6b4a26")
TOPS = ("#3f587c", "#5c6b48", "#84483f", "#8d7d5e", "#4d5059", "#74506e", "#a1957f", "#3a7073",
        "#a8553f", "#c9bfae")  # fmt: skip
LEGS = ("#33363e", "#45423f", "#38445a", "#574b40")
SUITS = ("#2b303b", "#3a3d46", "#2f3a52", "#4a4038", "#25262c")
GOWNS = ("#9a4956", "#4f7192", "#937f9e", "#c19a66", "#59805f", "#b8674a")
SHADES = ("#39414f", "#a33a34", "#c9a13c", "#3d6a8a", "#d9d6cf", "#4f7a55")  # of umbrellas
SHORT = {"child": 0.66, "girl": 0.70, "boy": 0.70, "old man": 0.95, "old woman": 0.88,
         "woman": 0.94, "robot": 1.02, "knight": 1.03}  # fmt: skip
YOUNG, AGED = {"child", "girl", "boy"}, {"old man", "old woman"}
FEMALE = {"woman", "girl", "old woman"}
MOODS = {
    "smile": Expression(smile=0.85, brow=0.15, mouth=0.10, jaw=0.0),
    "laugh": Expression(smile=1.0, mouth=0.50, brow=0.25, lids=0.85),
    "sad": Expression(smile=-0.55, slope=-0.8, lids=0.75, gaze=(0.0, -0.5)),
    "cry": Expression(smile=-0.75, slope=-1.0, lids=0.62, mouth=0.15, tears=1.0),
    "angry": Expression(smile=-0.45, slope=1.0, brow=-0.5, lids=0.8),
    "surprised": Expression(mouth=0.65, brow=1.0, lids=1.22),
    "afraid": Expression(mouth=0.35, brow=0.8, slope=-0.9, lids=1.2, smile=-0.3),
    "calm": Expression(lids=0.88, smile=0.12),
    "asleep": Expression(lids=0.0, smile=0.1),
    "shout": Expression(mouth=0.95, slope=0.7, lids=0.9),
}
PLAIN = Expression(smile=0.22)
CUTS = {"coat": "lapels", "suit": "lapels", "robe": "crossed", "dress": "neckline",
        "shirt": "buttons", "uniform": "buttons"}  # fmt: skip
CAPPED = ("hat", "straw", "cap", "helmet", "crown", "hood", "toque", "pointed", "veil")
# What a cap leaves free of a style, and what it has besides.
CAPS = {"pony": "up", "bun": "up", "braid": "up"}
WOMEN, MEN = ("long", "bob", "bangs", "pony", "bun", "long", "curly"), ("short", "side", "crop",
    "fringe", "short", "receding", "curly")  # fmt: skip

__all__ = ["FEMALE", "MOODS", "YOUNG", "Dress", "body", "dressed", "frame"]


@dataclass(frozen=True, kw_only=True)
class Dress:
    """Colours are linear."""

    breed: str
    height: float  # of a grown man's
    stout: float
    skin: Coat
    face: Face
    mood: Expression
    hung: str  # what of the hair hangs free: "long", "pony" …
    top: Coat
    legs: Coat
    shoes: Coat
    female: bool = False
    old: bool = False
    cut: str = ""  # of the top: "lapels", "buttons", "neckline", "crossed"
    brass: bool = False  # its buttons
    shirt: Coat | None = None  # under lapels
    tie: Coat | None = None
    apron: Coat | None = None
    cape: Coat | None = None
    gown: Coat | None = None  # from the waist down, to `hem`
    hem: float = 0.0  # height of its lower edge
    flare: float = 0.0
    sleeve: Coat | None = None
    head: Thing | None = None  # a hat
    extra: tuple[Thing, ...] = ()  # scarf, backpack, …
    hold: tuple[Thing, ...] = ()
    helmet: Coat | None = None  # instead of hair and face

    @property
    def young(self) -> bool:
        return self.breed in YOUNG


@cache
def trades() -> dict[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("garb.json").read_text("utf-8")
    rows: dict[str, dict[str, Any]] = json.loads(text)
    return rows


def dressed(look: Look, seed: int, name: str, i: int = 0) -> Dress:
    """The i-th of a group: what the prompt leaves open is drawn."""
    random = stream(seed, "dress", name, i)
    drawn = random.random(24)

    def pick(table: tuple[str, ...], n: int) -> str:
        return table[int(drawn[n] * len(table))]

    row = trades().get(look.breed, {})
    breed = _breed(look, row, float(drawn[0]))
    look = _worked(look, row)
    female = breed in FEMALE
    every = look.fur  # one colour for all of it
    top = look.worn("jacket", "shirt", "suit", "uniform")
    formal = top is not None and top.kind in ("suit", "uniform")
    colour = (top.colour if top else None) or every or pick(SUITS if formal else TOPS, 3)
    trousers, boots = look.worn("trousers", "shorts"), look.worn("boots")
    suit = look.worn("suit", "uniform")
    legs = (trousers and trousers.colour) or (suit and colour) or pick(LEGS, 4)
    tone = look.skin or row.get("skin") or pick(SKINS, 1)
    skin = _cloth(tone)
    face = _face(look, row, breed, linear(tone), drawn)
    made = Dress(
        breed=breed,
        female=female,
        old=breed in AGED,
        height=SHORT.get(breed, 1.0) * (1 + 0.05 * (float(drawn[5]) - 0.5)),
        stout=(1.0 + 0.16 * (float(drawn[6]) - 0.4)) * look.stout,
        skin=skin,
        face=face[0],
        hung=face[1],
        mood=MOODS.get(look.mood or "", PLAIN),
        top=skin if row.get("bare") else _cloth(colour),
        sleeve=skin if row.get("bare") else None,
        legs=_cloth(str(legs)),
        shoes=_cloth((boots.colour if boots else None) or "#2a2523"),
        cut=row.get("cut", "") or (CUTS.get(top.kind, "") if top else ""),
        brass=bool(row.get("brass")),
        tie=_cloth(row["tie"]) if row.get("tie") else _tie(look),
        apron=_worn(look, "apron", "#d8d5cc"),
        cape=_worn(look, "cape", "#7c2a30"),
        head=look.worn(*CAPPED),
        extra=tuple(t for t in look.wear if t.kind in ("scarf", "backpack", "stethoscope")),
        hold=tuple(_handed(t, pick(SHADES, 10) if i else None) for t in look.hold),
    )
    return _gowned(made, look, every, pick(GOWNS, 8), float(drawn[9]))


def _breed(look: Look, row: dict[str, Any], drawn: float) -> str:
    """Somebody's age and sex; a trade that leaves them open has them drawn."""
    if row:
        female = row["sex"] == "f" if "sex" in row else drawn < 0.4
        female = look.female if look.female is not None else female and not look.beard
        if row.get("old") or look.age == "old":
            return "old woman" if female else "old man"
        return "woman" if female else "man"
    breed = look.breed or ("woman" if drawn < 0.5 and not look.beard else "man")
    if breed == "child":
        breed = "girl" if drawn < 0.5 else "boy"
    if look.age == "old" and breed in ("man", "woman"):
        breed = f"old {breed}"
    return breed


def _worked(look: Look, row: dict[str, Any]) -> Look:
    """With what a trade wears and holds, where the prompt names nothing of the kind."""
    if not row:
        return look
    named = {t.kind for t in look.wear}
    body = {"coat", "jacket", "shirt", "suit", "uniform", "dress", "robe", "tutu"}
    covered = bool(named & body) or bool(look.fur)
    more = [Thing(kind=kind, colour=colour) for kind, colour in row.get("wear", ())
            if kind not in named and not (covered and kind in body)
            and not (kind in CAPPED and named & set(CAPPED))]  # fmt: skip
    more += [Thing(kind=kind) for kind in row.get("extra", ())]
    hold = look.hold or ((Thing(kind=row["hold"]),) if row.get("hold") else ())
    return replace(look, wear=(*look.wear, *more), hold=hold)


def _face(
    look: Look, row: dict[str, Any], breed: str, skin: Array, drawn: Array
) -> tuple[Face, str]:
    """The face, and what of its hair hangs free."""
    female, old, young = breed in FEMALE, breed in AGED, breed in YOUNG
    u = [float(v) for v in drawn[12:24]]
    light = float(skin.mean()) > 0.42
    shades = (*HAIRS, *FAIR) if light else HAIRS[:2]
    colour = look.hair or ("#c9c6c0" if old else shades[int(u[0] * len(shades))])
    usual: tuple[str, ...] = ("bun", "bob", "up", "curly") if old else WOMEN
    if not female:
        usual = ("receding", "wreath", "short", "receding") if old else MEN
    if young:
        usual = ("long", "pony", "bangs", "bob") if female else ("fringe", "short", "side")
    style = look.style or row.get("style") or usual[int(u[1] * len(usual))]
    if look.long and style not in ("long", "pony", "braid", "bangs"):
        style = "long"
    if breed == "monk":
        style = "bald"
    beard = look.beard or row.get("beard", "")
    if not beard and not female and not young:
        beard = ("full" if u[2] < 0.55 else "") if old else "stubble" if u[2] < 0.22 else ""
    cap = "" if style == "bald" else CAPS.get(style, style)
    made = Face(
        skin=skin, hair=linear(colour), iris=linear(EYES[int(u[3] * len(EYES))]),
        style=cap, female=female, old=old, young=young,
        width=(0.98 if female else 1.0) + 0.05 * (u[4] - 0.5),
        jaw=(0.84 if female or young else 1.0) + 0.12 * (u[5] - 0.5),
        nose=(0.4 if young else 0.75 if female else 1.05) + 0.6 * (u[6] - 0.5) + 0.35 * old,
        lips=(1.18 if female else 0.95) + 0.3 * (u[7] - 0.5) - 0.2 * old,
        eyes=(1.30 if young else 1.12 if female else 1.0) + 0.10 * (u[8] - 0.5),
        brows=(0.9 if female else 1.1) + 0.3 * (u[9] - 0.5),
        beard="" if beard == "none" else beard,
        paint=female and not old and not young and u[10] < 0.45,
        glasses=look.glasses or row.get("glasses", ""), seed=u[11],
    )  # fmt: skip
    return made, style if style in ("long", "bangs", "pony", "braid", "bun") else ""


def _tie(look: Look) -> Coat | None:
    tie = look.worn("tie")
    return _cloth(tie.colour or "#7a2630") if tie else None


def _worn(look: Look, kind: str, usual: str) -> Coat | None:
    thing = look.worn(kind)
    return _cloth(thing.colour or usual) if thing else None


def _handed(thing: Thing, shade: str | None) -> Thing:
    """In a crowd no two umbrellas need be alike."""
    if thing.kind != "umbrella" or thing.colour or shade is None:
        return thing
    return replace(thing, colour=shade)


def _cloth(colour: str, folds: float = 0.0) -> Coat:
    return Coat(colour=linear(colour), folds=folds)


def _gowned(d: Dress, look: Look, every: str | None, drawn: str, chance: float) -> Dress:
    """With what falls from the waist, and the garb of those who have one."""
    garb = attire.GARB.get(d.breed)
    if garb and not look.wear:
        return attire.garbed(d, garb, every)
    long = look.worn("coat", "robe")
    gown = look.worn("dress", "skirt", "tutu")
    if long:
        colour = long.colour or every or ("#6e4a42" if chance < 0.5 else "#4c5569")
        hem = 0.06 if long.kind == "robe" else 0.27
        return replace(d, gown=_cloth(colour, 7.0), hem=hem, flare=0.30, top=_cloth(colour),
                       cut=d.cut or CUTS[long.kind])  # fmt: skip
    if gown:
        colour = gown.colour or every or drawn
        hem = 0.30 if gown.kind == "skirt" or d.young else 0.14
        if gown.kind == "tutu":
            return replace(d, gown=_cloth(colour, 22.0), hem=0.40, flare=1.9, top=_cloth(colour),
                           sleeve=d.skin, legs=_cloth("#e6cfc6"), cut="neckline")  # fmt: skip
        top = d.top if gown.kind == "skirt" else _cloth(colour)
        sleeve = None if gown.kind == "skirt" else d.skin
        return replace(d, gown=_cloth(colour, 9.0), hem=hem, flare=0.62, top=top, sleeve=sleeve,
                       legs=d.skin, cut="neckline" if sleeve else d.cut)  # fmt: skip
    wears_trousers = look.worn("trousers", "shorts", "suit", "uniform", "jacket", "shirt", "armour")
    if d.female and not wears_trousers and (chance < 0.62 or d.old):
        colour = every or drawn
        hem = 0.30 if d.young else 0.22
        return replace(d, gown=_cloth(colour, 9.0), hem=hem, flare=0.45, top=_cloth(colour),
                       legs=_cloth("#3a332f") if d.old else d.skin, cut="neckline")  # fmt: skip
    if look.worn("shorts"):
        return replace(d, gown=d.legs, hem=0.36, flare=0.10, legs=d.skin)
    return d
