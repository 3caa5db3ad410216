"""What lives in the water: whales, dolphins and fish.

KINDS     measures and colours
leap      out of the water on an arc and back; below the surface nothing is seen
glide     all of the body, swimming through air or space as through water
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.solid import Coat, Cone, Point, Sheet, Solid, moved

TAU = 2 * math.pi
At = Callable[[float, float], Point]


@dataclass(frozen=True, kw_only=True)
class Swimmer:
    length: float  # heights of a grown man
    deep: float  # half depth, lengths
    back: str
    belly: str
    frames: int
    slow: int
    rise: float  # how much of the arc is above the water, lengths
    flukes: bool = True  # a tail that lies flat


KINDS = {
    "whale": Swimmer(length=3.4, deep=0.125, back="#33414e", belly="#a9b4ba", frames=48, slow=3,
                     rise=0.24),
    "dolphin": Swimmer(length=1.1, deep=0.105, back="#4d5f70", belly="#d3dadd", frames=40, slow=1,
                       rise=0.42),
    "fish": Swimmer(length=0.42, deep=0.175, back="#d2682e", belly="#efe4d4", frames=32, slow=1,
                    rise=0.70, flukes=False),
}  # fmt: skip
BODY = (0.10, 0.52, 0.82, 0.98, 1.0, 0.86, 0.60, 0.34, 0.20)  # of a fish
RADII = (0.30, 0.72, 0.98, 1.0, 0.90, 0.68, 0.42, 0.24, 0.15)  # from nose to tail


def leap(kind: str, colour: str | None, phase: float, left: bool) -> list[Solid]:
    """The middle of its arc is at (0, 0), the water's surface at y = 0: cut off what is below."""
    k = KINDS[kind]
    radius = 0.62 if kind != "whale" else 0.75
    centre = k.rise - radius - k.deep * 0.3
    # From deep on the one side to deep on the other; part of the cycle it is away.
    turn = 2.5 - 5.0 * min(1.0, phase / 0.86)

    def at(s: float, off: float) -> Point:
        """A point of the body: s lengths behind the nose, `off` outward."""
        angle = turn + s / radius - 0.5 / radius
        r = radius + off
        return -r * math.sin(angle), centre + r * math.cos(angle), 0.0

    out = _built(k, colour, at, flap=0.0)
    out += _splash(k, at)
    return _sized(out, k, left)


def plunges(kind: str) -> tuple[float, ...]:
    """The phases of a leap at which the middle of the body comes out of the water and goes in."""
    k = KINDS[kind]
    radius = 0.62 if kind != "whale" else 0.75
    level = (radius + k.deep * 0.3 - k.rise) / radius  # cosine of its turn at the surface
    if not -1 < level < 1:
        return ()
    return tuple(0.86 * (2.5 - turn) / 5.0 for turn in (math.acos(level), -math.acos(level)))


def glide(kind: str, colour: str | None, phase: float, left: bool) -> list[Solid]:
    k = KINDS[kind]
    a = TAU * phase

    def at(s: float, off: float) -> Point:
        wave = 0.085 * s * s * math.sin(a - 3.2 * s)
        if not k.flukes:
            wave *= 0.4
        return 0.5 - s, wave + off, 0.0

    return _sized(_built(k, colour, at, flap=math.sin(a)), k, left)


def _sized(solids: list[Solid], k: Swimmer, left: bool) -> list[Solid]:
    out = [moved(s, 0.0, 0.0, 0.0, k.length) for s in solids]
    return [_mirrored(s) for s in out] if left else out


def _mirrored(s: Solid) -> Solid:
    def flip(p: Point) -> Point:
        return -p[0], p[1], p[2]

    if isinstance(s, Cone):
        return replace(s, a=flip(s.a), b=flip(s.b))
    assert isinstance(s, Sheet)
    return replace(s, points=[flip(p) for p in s.points])


def _built(k: Swimmer, colour: str | None, at: At, flap: float) -> list[Solid]:
    back = linear(colour or k.back)
    belly = back * 0.6 + 0.2 if colour else linear(k.belly)
    coat = Coat(colour=back, under=belly, shine=0.5)
    fin = Coat(colour=back * 0.8)
    out: list[Solid] = []
    radii = RADII if k.flukes else BODY
    n = len(radii) - 1
    for i in range(n):
        ra, rb = radii[i] * k.deep, radii[i + 1] * k.deep
        part = Cone(a=at(i / n, 0), b=at((i + 1) / n, 0), ra=ra, rb=rb, coat=coat, tube=True)
        out.append(replace(part, lift=0.001 * (n - i)))
    d = k.deep
    dorsal = 0.55 if k.flukes else 0.42
    out.append(Sheet(points=[at(dorsal - 0.10, d * 0.8), at(dorsal + 0.06, d * 1.75),
                             at(dorsal + 0.08, d * 0.75)], coat=fin, lift=-0.01))  # fmt: skip
    low = -d * (1.9 + 0.4 * flap)
    out.append(Sheet(points=[at(0.27, -d * 0.45), at(0.46, low), at(0.38, -d * 0.4)], coat=fin,
                     lift=0.05))  # fmt: skip
    high = d * (1.0 if k.flukes else 1.15)
    out.append(Sheet(points=[at(0.96, 0.0), at(1.13, high), at(1.07, 0.0), at(1.13, -high * 0.8)],
                     coat=fin, lift=0.0))  # fmt: skip
    eye = at(0.13, d * 0.12)
    dark = Coat(colour=linear("#0f1114"))
    out.append(Cone(a=eye, b=eye, ra=d * 0.07, rb=d * 0.07, coat=dark, lift=0.06))
    return out


def _splash(k: Swimmer, at: At) -> list[Solid]:
    """White water where the body goes through the surface."""
    foam = Coat(colour=linear("#e8eef2"))
    out: list[Solid] = []
    n = 24
    for i in range(n):
        (x0, y0, _), (x1, y1, _) = at(i / n, 0), at((i + 1) / n, 0)
        if (y0 > 0) != (y1 > 0):
            x = x0 + (x1 - x0) * y0 / (y0 - y1)
            for j, (dx, up, r) in enumerate(((-0.11, 0.03, 0.035), (-0.05, 0.075, 0.03),
                                             (0.04, 0.06, 0.034), (0.11, 0.02, 0.03))):  # fmt: skip
                high = (up + 0.02 * math.sin(i * 2.3 + j)) * (0.6 + k.deep * 4)
                out.append(Cone(a=(x + dx * 0.7, -0.02, 0), b=(x + dx, high, 0), ra=r, rb=0.006,
                                coat=foam, lift=0.2))  # fmt: skip
    return out
