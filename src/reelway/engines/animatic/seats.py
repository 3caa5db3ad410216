"""What somebody sits on: the thing that the prompt names, where the place has it.

named     the seat of a shot's sitter: "sofa", "bed", "bench", "chair", or ""
taken     whether a thing of the scene is that seat, which then is not drawn beside them
furnished where one sits on a room's own furniture: view x and y of the feet, unit, depth
under     the solids of a seat for a sitter whose hips are as high as a knee
"""

from __future__ import annotations

import re
from collections.abc import Callable

from reelway.engines.animatic import props, room
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.furnish import BEFORE
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.solid import Coat, Cone, Limb, Point, Solid, turned

_ON = r"\b(?:sits?|sat|sitting|seated|rests?|resting|perched)\b[^.;]{0,24}?\b(?:on|in)\s+" \
      r"(?:an?|the|his|her|their|its)\s+(?:(?!(?:%s)\b)[a-z-]+\s+){0,3}?(%s)\b"  # fmt: skip
_OFF = "beside|by|near|next|under|behind|before|with|and|against|from|of|in|on|at|across|opposite"
_HAN = r"坐在[^，。；]{0,10}?(%s)"
SEATS = {
    "sofa": ("sofa|couch|settee|loveseat", "沙发"),
    "bed": ("bed|mattress", "床"),
    "bench": ("bench|pew", "长椅|长凳"),
    "chair": ("chair|armchair|throne|seat", "椅子|椅|王座|龙椅"),
}
NAMED = {kind: re.compile(f"{_ON % (_OFF, words)}|{_HAN % han}", re.I)
         for kind, (words, han) in SEATS.items()}  # fmt: skip
HIPS = 0.275  # of who sits, heights
WOOD, IRON = Coat(colour=linear("#6b4a30")), Coat(colour=linear("#2c2f31"))
CLOTH = Coat(colour=linear("#667483"))
# Of a room's furniture: its site, the piece that one sits on, how far down its front the hips are.
OWN = {"sofa": ("", 1), "bed": ("bedroom", 2)}
UNIT = 0.50  # view units a height, where a room's furniture stands
STANDS = 1.68  # just before it


def named(b: Builder, subject: Subject) -> str:
    if subject.action != "sit" or subject.look.ride:
        return ""
    return next((k for k, words in NAMED.items() if words.search(b.shot.prompt)), "")


def taken(b: Builder, thing: Subject) -> bool:
    """Of several only the first is sat on: they are drawn as one."""
    sitters = [s for s in b.shot.subjects if s.kind in ("person", "crowd")]
    return any(named(b, s) == thing.look.breed for s in sitters) and thing.count == 1


def furnished(b: Builder, subject: Subject, i: int) -> tuple[float, float, float, float] | None:
    kind = named(b, subject)
    site, piece = OWN.get(kind, ("-", 0))
    if b.shot.place != "room" or b.shot.site != site or room.has_stairs(b.shot.prompt):
        return None
    left, top, right, _ = BEFORE[site][piece].box
    part = 0.5 if subject.count == 1 else (i + 0.5) / subject.count
    part = 0.18 + 0.64 * part
    return left + (right - left) * part, top + 0.028 + HIPS * UNIT, UNIT, STANDS


def under(b: Builder, subject: Subject, heading: float) -> list[Solid]:
    if furnished(b, subject, 0) is not None:
        return []
    match named(b, subject):
        case "bench":
            return _bench(heading, 0.42, WOOD)
        case "sofa" | "bed":
            return _couch(heading)
        case "chair":
            return _chair(heading)
    return props.seat(b.shot.place == "room", heading)


def _seen(heading: float) -> Callable[[float, float, float], Point]:
    return lambda x, y, z: turned((x, y, z), heading)


def _chair(heading: float) -> list[Solid]:
    """Four legs, a board and a back."""
    at = _seen(heading)
    corners = [(x, z) for x in (-0.095, 0.105) for z in (-0.095, 0.095)]
    out: list[Solid] = [
        Cone(a=at(x, 0.21, z), b=at(x * 1.08, 0.0, z * 1.08), ra=0.012, rb=0.009, coat=WOOD,
             lift=-0.22) for x, z in corners]  # fmt: skip
    out += [Cone(a=at(-0.10, 0.21, z), b=at(-0.135, 0.50, z), ra=0.012, rb=0.010, coat=WOOD,
                 lift=-0.24) for z in (-0.092, 0.092)]  # fmt: skip
    out += [Limb(points=[at(-0.105 - 0.10 * (h - 0.21), h, -0.092),
                         at(-0.105 - 0.10 * (h - 0.21), h, 0.092)], radii=[0.014, 0.014],
                 coat=WOOD, lift=-0.235) for h in (0.34, 0.41, 0.48)]  # fmt: skip
    return [*out, *_board(at, 0.10, 0.10, 0.218, WOOD)]


def _bench(heading: float, half: float, coat: Coat) -> list[Solid]:
    """Slats on two iron stands, wide enough for two more."""
    at = _seen(heading)
    out: list[Solid] = []
    for z in (-half * 0.82, half * 0.82):
        out.append(Cone(a=at(0.09, 0.20, z), b=at(0.12, 0.0, z), ra=0.012, rb=0.014, coat=IRON,
                        lift=-0.24))  # fmt: skip
        out.append(Limb(points=[at(-0.16, 0.0, z), at(-0.10, 0.20, z), at(-0.155, 0.47, z)],
                        radii=[0.014, 0.012, 0.011], coat=IRON, lift=-0.26))  # fmt: skip
    for x, y in ((-0.125, 0.31), (-0.135, 0.375), (-0.148, 0.44)):
        out.append(Limb(points=[at(x, y, -half), at(x, y, half)], radii=[0.021, 0.021], coat=coat,
                        lift=-0.25))  # fmt: skip
    return [*out, *_board(at, 0.11, half, 0.218, coat)]


def _couch(heading: float) -> list[Solid]:
    at = _seen(heading)
    out: list[Solid] = [
        Limb(points=[at(-0.14, y, -0.40), at(-0.14, y, 0.40)], radii=[0.075, 0.075], coat=CLOTH,
             lift=-0.30) for y in (0.24, 0.35)]  # fmt: skip
    out += [Limb(points=[at(x, 0.12, -0.40), at(x, 0.12, 0.40)], radii=[0.095, 0.095], coat=CLOTH,
                 lift=-0.27) for x in (-0.05, 0.06)]  # fmt: skip
    arms: list[Solid] = [
        Limb(points=[at(-0.13, 0.22, z), at(0.11, 0.22, z), at(0.11, 0.06, z)],
             radii=[0.055] * 3, coat=CLOTH, lift=-0.26) for z in (-0.43, 0.43)]  # fmt: skip
    return out + arms


def _board(
    at: Callable[[float, float, float], Point], deep: float, half: float, y: float, coat: Coat
) -> list[Solid]:
    """A seat of three slats, and its edge."""
    return [
        Limb(points=[at(x, y, -half), at(x, y, half)], radii=[0.024, 0.024], coat=coat,
             lift=-0.21 - 0.01 * n) for n, x in enumerate((deep, 0.0, -deep))]  # fmt: skip
