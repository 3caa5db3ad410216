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
from reelway.engines.animatic.solid import Coat, Cone, Limb, Point, Sheet, Solid, turned


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
        Limb(points=[on(0.0, 0.0), on(long * 0.33, -0.01), on(long - muzzle, -0.045)],
             radii=[skull, skull * 0.84, muzzle], coat=b.face, lift=0.02, over=0.03),
    ]  # fmt: skip
    pale = linear(row.get("chin", "#000000")) if "chin" in row else b.face.colour
    if "chin" in row:  # a lighter muzzle
        out.append(Cone(a=on(long * 0.62, -0.055), b=on(long - muzzle * 0.9, -0.065),
                        ra=muzzle * 0.95, rb=muzzle * 0.90, coat=Coat(colour=pale),
                        lift=0.024))  # fmt: skip
    mouth = Coat(colour=pale * 0.30)
    out.append(Limb(points=[on(long * 0.55, -0.055 - muzzle * 0.35),
                            on(long * 0.80, -0.06 - muzzle * 0.55),
                            on(long, -0.035 - muzzle * 0.4)],
                    radii=[0.007, 0.009, 0.007], coat=mouth, lift=0.026))  # fmt: skip
    dark = Coat(colour=linear("#120f0e"))
    out.append(Cone(a=on(long - muzzle * 0.35, -0.025), b=on(long - muzzle * 0.2, -0.03),
                    ra=muzzle * 0.42, rb=muzzle * 0.42, coat=dark, lift=0.03))  # fmt: skip
    for side in (1, -1):
        eye = on(long * 0.30, skull * 0.34, side * skull * 0.75)
        size = max(0.012, skull * 0.17)
        if b.breed == "panda":
            out.append(Cone(a=eye, b=eye, ra=size * 2, rb=size * 2, coat=dark, lift=0.03))
        if side > 0 or eye[2] > out[1].order - 0.02:
            out += _eye(b, on, eye, size, long, skull, side)
        out += _ear(b, on, skull, side)
        out += _horn(b, on, skull, long, side)
    if b.mane is not None:
        out += _mane(b, t, base, poll, on, a)
    if row.get("trunk"):
        out += _trunk(b, on, long, a)
    return out


def _eye(
    b: Build, on: Any, eye: Point, size: float, long: float, skull: float, side: int
) -> list[Solid]:
    """A lid, the iris, the pupil, and the light in it."""
    z = side * skull * 0.80
    iris = Coat(colour=linear(b.row.get("iris", "#4a2f16")), shine=0.2)
    dark = Coat(colour=linear("#0c0a0a"))
    brow = on(long * 0.27, skull * 0.40, z), on(long * 0.36, skull * 0.36, z)
    spark = on(long * 0.30 + size * 0.35, skull * 0.34 + size * 0.45, z)
    out: list[Solid] = [
        Cone(a=eye, b=eye, ra=size * 1.25, rb=size * 1.25, coat=dark, lift=0.034),
        Cone(a=eye, b=eye, ra=size, rb=size, coat=iris, lift=0.035),
        Cone(a=eye, b=eye, ra=size * 0.55, rb=size * 0.55, coat=dark, lift=0.036),
        Cone(a=brow[0], b=brow[1], ra=size * 0.55, rb=size * 0.35, coat=shaded(b.face),
             lift=0.0365),
    ]  # fmt: skip
    white = Coat(colour=linear("#ffffff"), glow=0.8)
    return [*out, Cone(a=spark, b=spark, ra=size * 0.28, rb=size * 0.28, coat=white, lift=0.037)]


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
    if b.breed == "dragon":  # spines down the neck
        spines: list[Solid] = []
        for i in range(7):
            t_ = i / 6
            x = base[0] + (poll[0] - base[0]) * t_ - 0.05
            y = base[1] + (poll[1] - base[1]) * t_ + 0.05
            p, q = t.see((x, y, 0.0)), t.see((x - 0.07, y + 0.10, 0.0))
            spines.append(Cone(a=p, b=q, ra=0.035, rb=0.004, coat=b.mane, lift=0.01))
        return spines
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
    return [Limb(points=spots, radii=[0.095, 0.070, 0.052, 0.036],
                 coat=replace(b.plain, crease=0.8), lift=0.03)]  # fmt: skip


def wings(b: Build, t: Trunk, a: float) -> list[Solid]:
    """Skin between long fingers; `a`: where they are in their beat."""
    out: list[Solid] = []
    beat = 0.55 * math.sin(a)
    skin = Coat(colour=b.plain.colour * 0.62, shine=0.1)
    bone = Coat(colour=b.plain.colour * 0.85)
    for side in (1, -1):
        root = (t.chest[0] - 0.06, t.chest[1] + 0.16, 0.10 * side)
        rise = 0.90 + beat
        out_ = (0.12 + 0.62 * math.cos(rise)) * side
        wrist = (root[0] + 0.10, root[1] + 0.62 * math.sin(rise), out_)
        fall = rise - 0.20 + 0.3 * math.cos(a)
        tips = []
        for n, (long, back) in enumerate(((1.10, 0.10), (0.98, 0.50), (0.70, 0.85))):
            tips.append((wrist[0] - back - 0.1 * n, wrist[1] + long * math.sin(fall - 0.10 * n),
                         wrist[2] + long * math.cos(fall - 0.10 * n) * side))  # fmt: skip
        tail_ = (t.rump[0] + 0.05, t.rump[1] + 0.08, 0.08 * side)
        edge = [t.see(root), t.see(wrist), *(t.see(p) for p in tips), t.see(tail_)]
        lift = 0.10 if side * math.sin(t.heading + 0.5) > 0 else -0.12
        out.append(Sheet(points=edge, coat=skin, facing=(0.0, 0.75, 0.6), lift=lift))
        arm = [t.see(root), t.see(wrist)]
        out.append(Limb(points=arm, radii=[0.060, 0.035], coat=bone, lift=lift + 0.01))
        for tip in tips:
            out.append(Limb(points=[t.see(wrist), t.see(tip)], radii=[0.024, 0.008], coat=bone,
                            lift=lift + 0.011))  # fmt: skip
    return out


def tail(b: Build, t: Trunk, how: str, a: float) -> list[Solid]:
    x, y, _ = t.rump
    slim, swing = b.row["slim"], 0.09 * math.sin(a * (1 if how == "walk" else 2))
    up = 0.24 if how == "run" else 0.0
    at = (x - slim * 0.85, y + slim * 0.45, 0.0)

    def part(spots: list[Point], radii: tuple[float, ...], coat: Coat) -> list[Solid]:
        see = [t.see(p) for p in spots]
        return [Limb(points=see, radii=radii, coat=coat, lift=-0.03)]

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
        case "dragon":
            far = (at[0] - 0.95, at[1] - 0.25 + swing, 2 * swing)
            arrow = (far[0] - 0.20, far[1] + 0.04, far[2])
            return part([at, (at[0] - 0.45, at[1] - 0.22 + 0.5 * swing, swing), far],
                        (0.12, 0.07, 0.025), b.coat) + part(
                [far, arrow], (0.07, 0.005), b.plain)  # fmt: skip
        case "puff":
            return part([at, (at[0] - 0.03, at[1], 0.0)], (0.10, 0.09), tip)
        case "short":
            return part([at, (at[0] - 0.09, at[1] - 0.05, 0.0)], (0.045, 0.025), b.plain)
    return part([at, mid, end], (0.03, 0.022, 0.016), b.plain)
