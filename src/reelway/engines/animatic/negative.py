"""What a negative prompt keeps out, of the picture and of the sound.

    keep_out    a comma list → KeptOut: keys of the lexicon, camera moves, details, and what
                nothing could be made of

Colour words push the other way: who wants no "warm" gets a colder picture, who wants no "dark" a
brighter one. Words that name nothing which can be left out are told to the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from reelway.engines.animatic import audible, musical
from reelway.engines.animatic.grammar import keys_in
from reelway.engines.animatic.moves import Move, camera_words

ITEMS = re.compile(r"[,;\n，、；。]|\.\s|\.$")
NOT = re.compile(r"^(?:no|not|without|avoid|any|不要|没有|无)\s*", re.I)
OPPOSITE = {
    "warm": "cold", "cold": "warm", "vivid": "pale", "pale": "vivid", "dark": "bright",
    "bright": "dark", "mono": "vivid",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class KeptOut:
    keys: frozenset[tuple[str, str]] = frozenset()  # (group, key) of the lexicon
    moves: frozenset[str] = frozenset()  # kinds of camera moves
    style: tuple[str, ...] = ()  # what the picture is graded towards instead
    unknown: tuple[str, ...] = ()  # as written

    def has(self, group: str, key: str) -> bool:
        return (group, key) in self.keys

    @property
    def details(self) -> frozenset[str]:
        """What painters ask for by name: sun, grain, grass, rows of trees, banks of fog."""
        groups = ("detail", "subject", "weather")
        return frozenset(key for group, key in self.keys if group in groups)

    @property
    def sounds(self) -> frozenset[str]:
        return frozenset(key for group, key in self.keys if group == "sound")

    @property
    def music(self) -> frozenset[str]:
        """Moods, styles and instruments that the music is to be without."""
        return frozenset(key for group, key in self.keys if group == "music")

    @property
    def steady(self) -> bool:
        return self.has("detail", "shake") or "handheld" in self.moves

    def allowed(self, moves: tuple[Move, ...]) -> tuple[Move, ...]:
        """The camera moves that are left."""
        if self.has("detail", "movement"):
            return ()
        return tuple(m for m in moves if m.kind not in self.moves)

    def words(self) -> list[str]:
        """For the report."""
        keys = {key for group, key in self.keys if group != "colour"}
        return sorted(keys | self.moves)


@cache
def keep_out(negative: str) -> KeptOut:
    keys: set[tuple[str, str]] = set()
    moves: set[str] = set()
    unknown: list[str] = []
    for item in (NOT.sub("", part.strip()).strip() for part in ITEMS.split(negative)):
        if not item:
            continue
        found = keys_in(item) | {("sound", key) for key in audible.read(item).named}
        if (parts := musical.less(item)) - {"music"}:  # without drums there still is music
            found = (found - {("sound", "music")}) | {("music", k) for k in parts}
        camera = {kind for _, _, kind, _ in camera_words(item)}
        if not found and not camera:
            unknown.append(item)
        keys |= found
        moves |= camera
    colours = [f"less {key}" for group, key in sorted(keys) if group == "colour"]
    style = [OPPOSITE[k] for group, k in sorted(keys) if group == "style" and k in OPPOSITE]
    return KeptOut(
        keys=frozenset(keys),
        moves=frozenset(moves),
        style=(*style, *colours),
        unknown=tuple(dict.fromkeys(unknown)),
    )
