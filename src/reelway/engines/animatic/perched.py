"""Birds that sit before us, upright: the breast, the folded wings, a face with eyes that shine.

perched   breed → solids in the bird's own length, its feet at (0, 0) on whatever it sits on
branch    what it sits on
"""

from __future__ import annotations

import math

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.fowl import FOWL, Fowl, Plumage, plumage
from reelway.engines.animatic.solid import Coat, Cone, Limb, Point, Solid, turned

PERCHERS = {"owl", "eagle", "parrot", "crow", "pigeon", "swallow", ""}
IRIS = {"owl": "#e2951f", "eagle": "#d8a02a", "parrot": "#e8d9a0", "pigeon": "#c8622a"}
BARK = Coat(colour=linear("#4a3626"))
BLACK = Coat(colour=linear("#0b0b0d"), shine=0.9)
GLINT = Coat(colour=linear("#ffffff"), glow=0.6)
FLAT = {"owl"}  # both eyes look ahead


def perched(breed: str, colour: str | None, heading: float, *, shut: bool = False) -> list[Solid]:
    f = FOWL.get(breed, FOWL[""])
    p = plumage(f, colour)
    return [*_trunk(p, heading), *_feet(p, heading), *_head(breed, f, p, heading, shut)]


def _ball(at: Point, r: float, coat: Coat, lift: float) -> Solid:
    return Cone(a=at, b=at, ra=r, rb=r, coat=coat, lift=lift)


def _trunk(p: Plumage, heading: float) -> list[Solid]:
    def see(x: float, y: float, z: float = 0.0) -> Point:
        return turned((x, y, z), heading)

    out: list[Solid] = [
        Cone(a=see(-0.03, 0.24), b=see(0.02, 0.62), ra=0.21, rb=0.22, coat=p.belly),
        Cone(a=see(-0.12, 0.22), b=see(-0.06, 0.66), ra=0.20, rb=0.21, coat=p.back),
        Cone(a=see(-0.16, 0.20), b=see(-0.30, -0.30), ra=0.11, rb=0.06, coat=p.tips, lift=-0.1),
    ]
    fleck = Coat(colour=p.belly.colour * 0.45 + p.back.colour * 0.25)
    for row in range(5):
        for i in range(-2, 3):
            a = (i + 0.5 * (row % 2)) * 0.36
            y, r = 0.22 + 0.095 * row, 0.213
            x, z = r * math.cos(a), r * math.sin(a)
            out.append(Cone(a=see(x, y + 0.02, z), b=see(x + 0.005, y - 0.025, z), ra=0.014,
                            rb=0.020, coat=fleck, lift=0.004))  # fmt: skip
    for side in (1, -1):
        out.append(Cone(a=see(-0.02, 0.62, 0.19 * side), b=see(-0.16, 0.10, 0.15 * side), ra=0.115,
                        rb=0.055, coat=p.back, lift=0.01))  # fmt: skip
        for k in range(5):  # the long feathers, one beside another
            top, low = 0.40 - 0.05 * k, 0.10 - 0.055 * k
            x = -0.02 - 0.055 * k
            coat = p.tips if k % 2 else p.back
            out.append(Cone(a=see(x, top, (0.255 - 0.012 * k) * side),
                            b=see(x - 0.10, low, (0.20 - 0.015 * k) * side), ra=0.042, rb=0.020,
                            coat=coat, lift=0.02))  # fmt: skip
    return out


def _feet(p: Plumage, heading: float) -> list[Solid]:
    out: list[Solid] = []
    for side in (1, -1):
        top = turned((0.0, 0.12, 0.09 * side), heading)
        out.append(Cone(a=top, b=turned((0.04, 0.03, 0.09 * side), heading), ra=0.055, rb=0.035,
                        coat=p.belly))  # fmt: skip
        for toe in (-0.045, 0.0, 0.045):
            a = turned((0.05, 0.02, 0.09 * side + toe), heading)
            b = turned((0.085, -0.055, 0.09 * side + toe * 1.3), heading)
            out.append(Cone(a=a, b=b, ra=0.021, rb=0.011, coat=p.beak, lift=0.05))
    return out


def _head(breed: str, f: Fowl, p: Plumage, heading: float, shut: bool) -> list[Solid]:
    def see(x: float, y: float, z: float = 0.0) -> Point:
        return turned((x, y, z), heading)

    if breed in FLAT:
        return _flat(p, heading, shut, IRIS[breed])
    out: list[Solid] = [
        Cone(a=see(0.0, 0.68), b=see(0.05, 0.86), ra=0.19, rb=0.155, coat=p.head, lift=0.01),
        Cone(a=see(0.05, 0.88), b=see(0.10, 0.87), ra=0.150, rb=0.110, coat=p.head, lift=0.012),
    ]
    hooked = breed in ("eagle", "parrot")
    thick, long = (0.066, 0.13) if hooked else (0.040, 0.10 + 0.5 * f.bill)
    tip = see(0.21 + long, 0.855 - 0.03 * hooked)
    out.append(Cone(a=see(0.18, 0.865), b=tip, ra=thick, rb=thick * 0.5 if hooked else 0.010,
                    coat=p.beak, lift=0.02))  # fmt: skip
    if hooked:
        out.append(Cone(a=tip, b=see(0.20 + long, 0.75), ra=thick * 0.55, rb=0.008, coat=p.beak,
                        lift=0.021))  # fmt: skip
    for side in (1, -1):
        at = see(0.125, 0.905, 0.118 * side)
        out += _eye(at, 0.036, IRIS.get(breed, "#3a2a20"), p.head, shut, see(0.02, 0.012))
        if breed == "eagle":  # the brow that makes it stern
            out.append(Cone(a=see(0.07, 0.955, 0.125 * side), b=see(0.185, 0.925, 0.105 * side),
                            ra=0.020, rb=0.014, coat=p.head, lift=0.10))  # fmt: skip
    return out


def _flat(p: Plumage, heading: float, shut: bool, iris: str) -> list[Solid]:
    """The wide face of an owl: a pale disc round each eye, tufts over them."""

    def see(x: float, y: float, z: float = 0.0) -> Point:
        return turned((x, y, z), heading)

    pale = Coat(colour=p.belly.colour * 0.75 + 0.12)
    rim = Coat(colour=p.tips.colour * 0.7)
    out: list[Solid] = [
        Cone(a=see(-0.02, 0.80, 0.07), b=see(-0.02, 0.80, -0.07), ra=0.225, rb=0.225, coat=p.back,
             lift=0.01),
    ]  # fmt: skip
    for side in (1, -1):
        disc = (0.155, 0.83, 0.104 * side)
        out += [_ball(see(0.03, disc[1] - 0.005, 0.112 * side), 0.150, rim, 0.012),
                _ball(see(0.06, disc[1], disc[2]), 0.134, pale, 0.016)]  # fmt: skip
        for k in range(12):  # its feathers lie as rays
            a = math.tau * k / 12
            c, s = math.cos(a), math.sin(a)
            out.append(Cone(a=see(0.17, disc[1] + 0.075 * s, disc[2] + 0.075 * c),
                            b=see(0.14, disc[1] + 0.120 * s, disc[2] + 0.120 * c), ra=0.006,
                            rb=0.009, coat=Coat(colour=pale.colour * 0.72), lift=0.03))  # fmt: skip
        out += _eye(see(0.17, disc[1] + 0.005, disc[2] * 0.96), 0.062, iris, pale, shut,
                    see(0.0, 0.020, -0.018))  # fmt: skip
        out.append(Cone(a=see(0.16, 0.90, 0.035 * side), b=see(0.02, 1.10, 0.20 * side), ra=0.044,
                        rb=0.010, coat=p.tips, lift=0.04))  # fmt: skip
    out.append(Cone(a=see(0.20, 0.81), b=see(0.215, 0.715), ra=0.032, rb=0.008, coat=p.beak,
                    lift=0.09))  # fmt: skip
    return out


def _eye(at: Point, r: float, iris: str, lid: Coat, shut: bool, glint: Point) -> list[Solid]:
    if shut:
        return [_ball(at, r * 1.1, Coat(colour=lid.colour * 0.8), 0.06)]
    x, y, z = at
    return [
        _ball(at, r * 1.16, BLACK, 0.055),
        _ball(at, r, Coat(colour=linear(iris), shine=0.5), 0.065),
        _ball(at, r * 0.52, BLACK, 0.075),
        _ball((x + glint[0] * r * 12, y + glint[1] * r * 14, z), r * 0.17, GLINT, 0.09),
    ]


def branch(reach: float) -> list[Solid]:
    """Across the picture, `reach` to either side, with twigs."""
    out: list[Solid] = [
        Limb(points=[(-reach, -0.20, -0.1), (-reach * 0.4, -0.11, -0.1), (reach * 0.3, -0.10, -0.1),
                     (reach, -0.02, -0.1)], radii=[0.13, 0.10, 0.085, 0.06], coat=BARK)
    ]  # fmt: skip
    for x, up, way in ((-0.62, 0.30, -0.25), (0.66, 0.24, 0.22), (0.95, -0.26, 0.18)):
        out.append(Cone(a=(x * reach, -0.08, -0.1), b=(x * reach + way, -0.08 + up, -0.12),
                        ra=0.035, rb=0.012, coat=BARK, lift=-0.02))  # fmt: skip
        leaf = Coat(colour=linear("#4f6b34"))
        for k in range(3):
            t = 0.5 + 0.25 * k
            a = (x * reach + way * t, -0.08 + up * t, -0.12)
            b = (a[0] + 0.10 * (-1) ** k, a[1] + 0.05, -0.12)
            out.append(Cone(a=a, b=b, ra=0.012, rb=0.036, coat=leaf, lift=-0.01))
    return out
