"""Things, and creatures with neither four legs nor feathers: `things.json`, one row each.

    things    name → Row: its words, size, where it rests, how it moves, and its shapes
    words     kind of subject → all words for such things, for the lexicon
    named     the thing that a word means

`pieces` makes solids of the shapes.

Shapes are lists: what it is, a colour ("*" before it: the one that a prompt gives), numbers in the
row's own unit, and options.

    ["b", colour, x, y, rx, ry]               a ball, or an egg
    ["t", colour, [x, y, r, …]]               a tube through points
    ["l", colour, x, low, high, [half, …]]    turned on a lathe: half widths from low to high
    ["p", colour, [x, y, …]]                  a flat piece
    ["r", colour, x, y, radius, thick]        a ring

Options: `g` glow, `s` shine, `m` motion [how, x, y, by, times, late]: "rot" swings about a point,
"spin" turns, "flap" folds towards x, "lift" goes up and down, "wave" runs along a tube, "grow"
swells from a point.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """`size`: heights of a grown man that one unit of its shapes is."""

    words: tuple[str, ...]
    shapes: tuple[list[Any], ...]
    size: float
    rests: str = "ground"  # ground, table, air, water
    kind: str = "thing"  # or animal
    goes: str = ""  # crawl, hop, glide, flutter, hover, roll, waddle
    frames: int = 1  # of one cycle
    slow: int = 2
    grip: tuple[float, float, float] | None = (
        None  # where a hand holds it, and how far it is tilted
    )
    home: str = ""  # place and site, where the prompt names none


@cache
def things() -> Mapping[str, Row]:
    text = resources.files(__package__).joinpath("things.json").read_text("utf-8")
    return {
        name: Row(
            home=row.pop("home", "room" if row.get("rests") == "table" else ""),
            words=tuple(row["words"]),
            shapes=tuple(row["shapes"]),
            grip=tuple(row["grip"]) if "grip" in row else None,
            **{k: v for k, v in row.items() if k not in ("words", "shapes", "grip")},
        )
        for name, row in json.loads(text).items()
    }


@cache
def words() -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for row in things().values():
        out.setdefault(row.kind, []).extend(row.words)
    return out


@cache
def _names() -> dict[str, str]:
    return {word: name for name, row in things().items() for word in row.words}


def named(word: str) -> str:
    """Nothing for a word that means none of them."""
    bare = word.removesuffix("'s").removesuffix("’s")
    forms = (bare, bare.removesuffix("s"), bare.removesuffix("es"))
    return next((_names()[form] for form in forms if form in _names()), "")
