"""What an animal on four legs has before and behind its trunk: neck, head, ears, horns, tail.

Build           a breed's measures and coats
Trunk           where rump and chest are in a pose
neck_and_head   with ears, horns, mane and an elephant's trunk, by the row of the breed
tail            as the breed carries it
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.solid import Coat, Cone, Point, Solid, turned


@dataclass(frozen=True, kw_only=True)
class Build:
    breed: str
    row: dict[str, Any]
    coat: Coat
    legs: Coat
    face: Coat
    mane: Coat | None
    plain: Coat  # without stripes

    @property
    def tall(self) -> float:
        return float(self.row["tall"])


@dataclass(frozen=True, kw_only=True)
class Trunk:
    rump: Point
    chest: Point
    heading: float

    def see(self, p: Point) -> Point:
        return turned(p, self.heading)


def shaded(coat: Coat) -> Coat:
    return replace(coat, colour=coat.colour * 0.62)


def neck_and_head(b: Build, t: Trunk, nod: float, a: float) -> list[Solid]:
    row = b.row
    (reach, rise), (long, skull, muzzle) = row["neck"], row["head"]
    angle = rise + nod
    base = (t.chest[0] + 0.02, t.chest[1] + row["deep"] * 0.42, 0.0)
    poll = (base[0] + reach * math.cos(angle), base[1] + reach * math.sin(angle), 0.0)
    bow = -0.55 + 0.35 * nod + (0.35 if long < 0.3 else 0.0)
    if nod < -1:
        bow = -1.25

    def on(x: float, y: float, z: float = 0.0) -> Point:
        """A point of the head: towards the nose, up, to its right."""
        c, s = math.cos(bow), math.sin(bow)
        return t.see((poll[0] + x * c - y * s, poll[1] + x * s + y * c, z))

    thick = skull * (0.95 if reach < 0.6 else 0.72)
    deep = row["deep"] * (0.70 if reach < 0.6 else 0.58)
    out: list[Solid] = [
        Cone(a=t.see(base), b=t.see(poll), ra=deep, rb=thick, coat=b.coat, lift=0.002),
        Cone(a=on(0.0, 0.0), b=on(long * 0.35, -0.01), ra=skull, rb=skull * 0.86, coat=b.face,
             lift=0.02),
        Cone(a=on(long * 0.3, -0.01), b=on(long - muzzle, -0.045), ra=skull * 0.80, rb=muzzle,
             coat=b.face, lift=0.022),
    ]  # fmt: skip
    dark = Coat(colour=linear("#120f0e"))
    out.append(Cone(a=on(long - muzzle * 0.35, -0.025), b=on(long - muzzle * 0.2, -0.03),
                    ra=muzzle * 0.42, rb=muzzle * 0.42, coat=dark, lift=0.03))  # fmt: skip
    for side in (1, -1):
        eye = on(long * 0.30, skull * 0.34, side * skull * 0.75)
        size = max(0.012, skull * 0.15)
        if b.breed == "panda":
            out.append(Cone(a=eye, b=eye, ra=size * 2, rb=size * 2, coat=dark, lift=0.03))
        out.append(Cone(a=eye, b=eye, ra=size, rb=size, coat=dark, lift=0.035))
        out += _ear(b, on, skull, side)
        out += _horn(b, on, skull, long, side)
    if b.mane is not None:
        out += _mane(b, t, base, poll, on, a)
    if row.get("trunk"):
        out += _trunk(b, on, long, a)
    return out


def _ear(b: Build, on: Any, skull: float, side: int) -> list[Solid]:
    z, r = side * skull * 0.62, skull
    coat = Coat(colour=linear(b.row["ear"])) if "ear" in b.row else b.plain
    shapes = {  # root, tip, and their radii, in skulls: (x, y) each
        "point": ((-0.1, 0.7), (-0.15, 1.65), 0.34, 0.06),
        "tall": ((0.0, 0.7), (-0.05, 1.85), 0.46, 0.05),
        "round": ((0.0, 0.85), (-0.05, 1.05), 0.40, 0.36),
        "flop": ((-0.2, 0.65), (-0.25, -0.55), 0.34, 0.30),
        "leaf": ((-0.35, 0.6), (-1.15, 1.0), 0.22, 0.14),
        "long": ((-0.1, 0.7), (-0.25, 2.6), 0.30, 0.14),
        "hare": ((-0.2, 0.8), (-0.75, 2.9), 0.28, 0.20),
    }
    if b.row["ears"] == "fan":
        p, q = on(-0.6 * r, 0.25 * r, z * 1.4), on(-1.15 * r, -0.7 * r, z * 1.9)
        return [Cone(a=p, b=q, ra=0.85 * r, rb=0.48 * r, coat=b.plain, lift=0.04 * side)]
    root, tip, ra, rb = shapes[b.row["ears"]]
    at, end = on(root[0] * r, root[1] * r, z), on(tip[0] * r, tip[1] * r, z * 1.15)
    return [Cone(a=at, b=end, ra=ra * r, rb=rb * r, coat=coat if side > 0 else shaded(coat),
                 lift=0.03 if side > 0 else 0.0)]  # fmt: skip


def _horn(b: Build, on: Any, skull: float, long: float, side: int) -> list[Solid]:
    kind, z = b.row.get("horns"), side * skull * 0.5
    bone = Coat(colour=linear("#cdbf9f"))
    lift = 0.025 if side > 0 else -0.01

    def line(points: list[tuple[float, float]], ra: float, rb: float) -> list[Solid]:
        spots = [on(x, y, z * (1 + i * 0.8)) for i, (x, y) in enumerate(points)]
        return [Cone(a=p, b=q, ra=ra, rb=rb, coat=bone, lift=lift)
                for p, q in pairwise(spots)]  # fmt: skip

    match kind:
        case "antlers":
            beam = line([(-0.03, 0.06), (-0.16, 0.22), (-0.10, 0.42), (0.02, 0.52)], 0.017, 0.013)
            return beam + line([(-0.16, 0.22), (0.02, 0.32)], 0.014, 0.006) + line(
                [(-0.10, 0.42), (-0.22, 0.52)], 0.013, 0.006)  # fmt: skip
        case "short":
            return line([(-0.01, 0.08), (0.0, 0.16), (0.06, 0.20)], 0.024, 0.014)
        case "back":
            return line([(-0.01, 0.07), (-0.08, 0.17), (-0.18, 0.18)], 0.020, 0.012)
        case "knobs":
            return line([(0.0, 0.04), (-0.02, 0.10)], 0.012, 0.014)
        case "tusks":
            return line(
                [(long * 0.9, -0.12), (long + 0.12, -0.20), (long + 0.22, -0.15)], 0.02, 0.014
            )
    return []


def _mane(b: Build, t: Trunk, base: Point, poll: Point, on: Any, a: float) -> list[Solid]:
    assert b.mane is not None
    if b.breed == "lion":
        p, q = on(-0.05, 0.02), on(-0.14, -0.16)
        return [Cone(a=p, b=q, ra=0.20, rb=0.23, coat=b.mane, lift=0.012)]
    out: list[Solid] = []
    for i in range(5):
        s = i / 4
        x, y = base[0] + (poll[0] - base[0]) * s - 0.05, base[1] + (poll[1] - base[1]) * s + 0.075
        wave = 0.014 * math.sin(a + i)
        p, q = t.see((x + 0.02, y, 0.02)), t.see((x - 0.07, y - 0.04 + wave, 0.03))
        out.append(Cone(a=p, b=q, ra=0.046, rb=0.030, coat=b.mane, lift=0.015))
    return out


def _trunk(b: Build, on: Any, long: float, a: float) -> list[Solid]:
    s = 0.05 * math.sin(a)
    spots = [on(long, -0.02), on(long + 0.07 + s * 0.3, -0.24), on(long + 0.03 + s, -0.50),
             on(long - 0.02 + 1.6 * s, -0.68)]  # fmt: skip
    radii = (0.095, 0.070, 0.052, 0.036)
    return [Cone(a=spots[i], b=spots[i + 1], ra=radii[i], rb=radii[i + 1], coat=b.plain, lift=0.03)
            for i in range(3)]  # fmt: skip


def tail(b: Build, t: Trunk, how: str, a: float) -> list[Solid]:
    x, y, _ = t.rump
    slim, swing = b.row["slim"], 0.09 * math.sin(a * (1 if how == "walk" else 2))
    up = 0.24 if how == "run" else 0.0
    at = (x - slim * 0.85, y + slim * 0.45, 0.0)

    def part(spots: list[Point], radii: tuple[float, ...], coat: Coat) -> list[Solid]:
        see = [t.see(p) for p in spots]
        return [Cone(a=see[i], b=see[i + 1], ra=radii[i], rb=radii[i + 1], coat=coat, lift=-0.03)
                for i in range(len(see) - 1)]  # fmt: skip

    mid = (at[0] - 0.12 - up * 0.7, at[1] - 0.14 + up + 0.2 * swing, swing)
    end = (mid[0] - 0.07 - up * 0.8, mid[1] - 0.24 + up, swing * 2)
    tip = Coat(colour=linear("#efe6d8"))
    match b.row["tail"]:
        case "bush":
            return part([at, mid, end], (0.045, 0.075, 0.03), b.plain)
        case "fox":
            mid = (at[0] - 0.24, at[1] - 0.10 + 0.5 * up + 0.3 * swing, swing)
            end = (mid[0] - 0.26, mid[1] - 0.06 + 0.3 * up - 0.3 * swing, swing)
            white = (end[0] - 0.13, end[1] + 0.0, end[2])
            return part([at, mid, end], (0.05, 0.115, 0.100), b.coat) + part(
                [end, white], (0.090, 0.02), tip)  # fmt: skip
        case "hair":
            assert b.mane is not None
            return part([at, mid, (end[0], end[1] - 0.14 + up, end[2])], (0.04, 0.07, 0.03), b.mane)
        case "tuft":
            low = (end[0], end[1] - 0.06, end[2])
            tuft = b.mane or Coat(colour=b.plain.colour * 0.4)
            return part([at, mid, end], (0.028, 0.018, 0.014), b.plain) + part(
                [end, low], (0.035, 0.022), tuft)  # fmt: skip
        case "curl":
            bend = (at[0] - 0.10, at[1] + 0.17, swing)
            high = (bend[0] + 0.07, bend[1] + 0.12, swing * 2)
            return part([at, bend, high], (0.04, 0.045, 0.02), b.plain)
        case "long":
            far = (end[0] - 0.14, end[1] + 0.10 + swing, swing)
            return part([at, mid, end, far], (0.045, 0.038, 0.035, 0.025), b.coat)
        case "puff":
            return part([at, (at[0] - 0.03, at[1], 0.0)], (0.10, 0.09), tip)
        case "short":
            return part([at, (at[0] - 0.09, at[1] - 0.05, 0.0)], (0.045, 0.025), b.plain)
    return part([at, mid, end], (0.03, 0.022, 0.016), b.plain)
