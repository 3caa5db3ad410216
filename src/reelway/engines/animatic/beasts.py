"""Animals on four legs: one skeleton, whose measures and coats are rows of `beasts.json`.

    build      breed and colour → Build
    stroll …   cycles: `body(build, how, phase, heading)` → solids, feet at y = 0
    CYCLE      what each way of moving takes: frames and ground of one cycle

Measures are in heights at the shoulder; solids come out in heights of a grown man, like people.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.heads import Build, Trunk, neck_and_head, shaded, tail, wings
from reelway.engines.animatic.solid import Array, Coat, Cone, Limb, Loft, Point, Solid, moved

TAU = 2 * math.pi
# When each leg lands: hind right, fore right, hind left, fore left.
BEATS = {
    "walk": (0.0, 0.25, 0.5, 0.75),
    "trot": (0.0, 0.5, 0.5, 0.0),
    "run": (0.0, 0.42, 0.12, 0.54),
}
STANCE = {"walk": 0.64, "trot": 0.46, "run": 0.30}
GRAZERS = {"cow", "sheep", "goat", "horse", "zebra", "donkey", "deer", "rabbit"}


@dataclass(frozen=True, kw_only=True)
class Cycle:
    frames: int
    stride: float  # heights at the shoulder
    slow: int = 1


def cycle(b: Build, how: str) -> Cycle:
    """Large animals step slowly: the time goes with the root of the height."""
    pace = math.sqrt(max(b.tall, 0.2) / 0.92)
    match how:
        case "walk":
            return Cycle(frames=round(13 + 14 * pace), stride=1.12)
        case "run" if b.breed == "elephant":
            return Cycle(frames=22, stride=1.3)
        case "run":
            return Cycle(frames=round(7 + 7.5 * pace), stride=1.75)
        case _:
            return Cycle(frames=14, stride=0.0, slow=6)


@cache
def _rows() -> dict[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("beasts.json").read_text("utf-8")
    rows: dict[str, dict[str, Any]] = json.loads(text)
    return rows


def build(breed: str, fur: str | None) -> Build:
    white = breed == "white horse"
    if breed in ("white horse", "black horse"):
        breed, fur = "horse", fur or ("#e6e1d8" if white else "#211d1c")
    row = _rows().get(breed) or _rows()[""]
    own = linear(fur) if fur else linear(row["coat"])
    under = own * 0.85 + 0.1 if fur else linear(row["under"])
    bands = (float(row["bands"][0]), linear(row["bands"][1])) if "bands" in row else None
    spots = (float(row["spots"][0]), linear(row["spots"][1])) if "spots" in row else None
    coat = Coat(colour=own, under=under, bands=bands, spots=spots)
    plain = Coat(colour=own, under=under)
    mane = linear(row["mane"]) if "mane" in row else None
    if mane is not None and fur and breed == "horse":
        mane = own * 0.55 + 0.2 * float(own.mean() > 0.4)
    return Build(
        breed=breed,
        row=row,
        coat=coat,
        plain=plain,
        legs=Coat(colour=linear(row["socks"])) if "socks" in row else plain,
        face=_face(row, plain, bands),
        mane=None if mane is None else Coat(colour=mane),
    )


def _face(row: dict[str, Any], plain: Coat, bands: tuple[float, Array] | None) -> Coat:
    """Stripes go on over the brow of those that have a lighter muzzle."""
    if "face" in row:
        return Coat(colour=linear(row["face"]))
    if bands and "chin" in row:
        return replace(plain, bands=(4.0, bands[1]))
    return plain


def body(b: Build, how: str, phase: float, heading: float) -> list[Solid]:
    if how == "sit":
        out = _sitting(b, phase, heading)
    else:
        out = _upright(b, how, phase, heading)
    return [moved(s, 0.0, 0.0, 0.0, b.tall) for s in out]


def _upright(b: Build, how: str, phase: float, heading: float) -> list[Solid]:
    row, a = b.row, TAU * phase
    if how == "run" and b.breed == "elephant":
        how = "trot"
    half, deep, slim = row["long"] * 0.43 - 0.1, row["deep"], row["slim"]
    bob, pitch, spread = 0.0, 0.0, 0.0
    if how in ("walk", "trot"):
        bob = 0.012 * math.cos(2 * a)
    elif how == "run":
        bob, pitch = 0.045 * math.sin(a - 0.9), 0.085 * math.sin(a + 0.5)
        spread = 0.07 * math.cos(a - 3.6)  # the back stretches in flight and gathers after it
    high = 1.0 - deep * 0.92
    rump = (-half - spread, high + 0.02 + bob - pitch, 0.0)
    chest = (half + spread * 0.6, high + bob + pitch, 0.0)
    t = Trunk(rump=rump, chest=chest, heading=heading)
    out = _barrel(b, t, deep, slim)
    for leg in range(4):
        out += _leg(b, t, leg, how, phase, deep, slim)
    nod = {"walk": 0.05, "trot": 0.03, "run": 0.10}.get(how, 0.02) * math.sin(2 * a + 0.8)
    if how == "graze":
        nod = -1.75 + 0.04 * math.sin(a)
    if b.row.get("wings"):
        out += wings(b, t, a)
    return out + neck_and_head(b, t, nod, a) + tail(b, t, how, a)


def _barrel(b: Build, t: Trunk, deep: float, slim: float) -> list[Solid]:
    rump, chest = t.see(t.rump), t.see(t.chest)
    out: list[Solid] = [_belly(b, rump, chest, deep, slim)]
    if b.breed == "sheep":  # a fleece is lumpy
        for i in range(5):
            x = t.rump[0] + (t.chest[0] - t.rump[0]) * (i / 4)
            p = t.see((x, t.rump[1] + 0.10, 0.0))
            out.append(Cone(a=p, b=p, ra=0.21, rb=0.21, coat=b.coat, lift=0.01))
    if b.row.get("hump"):
        p = t.see((0.02, t.chest[1] + 0.16, 0.0))
        top = (p[0], p[1] + 0.16, p[2])
        out.append(Cone(a=p, b=top, ra=0.20, rb=0.07, coat=b.coat))
    if b.breed == "panda":  # the dark band over the shoulders
        dark = Coat(colour=linear("#1a1a1c"))
        c = t.see(t.chest)
        out.append(Cone(a=(c[0], c[1] + deep * 0.55, c[2]), b=(c[0], c[1] - deep * 0.5, c[2]),
                        ra=0.17, rb=0.17, coat=dark, lift=0.02))  # fmt: skip
    return out


def _belly(b: Build, rump: Point, chest: Point, deep: float, slim: float) -> Solid:
    """A trunk with a saddle, a deep chest, and a belly that is tucked up or hangs."""
    dx, dy = chest[0] - rump[0], chest[1] - rump[1]
    long = math.hypot(dx, dy) or 1e-6
    ends = slim * 0.95, deep * 0.90
    a = (rump[0] - dx / long * ends[0], rump[1] - dy / long * ends[0], rump[2])
    e = (chest[0] + dx / long * ends[1], chest[1] + dy / long * ends[1], chest[2])
    whole, tuck = long + sum(ends), float(b.row.get("tuck", 0.18))
    high, low = [], []
    for i in range(17):
        at = i / 16 * whole
        t = min(1.0, max(0.0, (at - ends[0]) / long))
        r = slim + (deep - slim) * t
        for gone, end in ((ends[0] - at, ends[0]), (at - whole + ends[1], ends[1])):
            if gone > 0:
                r *= math.sqrt(max(0.0, 1 - (gone / end) ** 2))
        high.append(r * (0.98 - 0.10 * math.sin(math.pi * t)))
        low.append(r * (1.0 - tuck * math.sin(math.pi * min(1.0, t / 0.8) ** 0.8)))
    if dx < 0:
        high, low = low, high
    # To the right of the way from rump to chest is down when it goes to the right.
    return Loft(a=a, b=e, left=high, right=low, coat=b.coat)


def _leg(
    b: Build, t: Trunk, leg: int, how: str, phase: float, deep: float, slim: float
) -> list[Solid]:
    fore, side = leg % 2 == 1, 1 if leg < 2 else -1
    at = t.chest if fore else t.rump
    thick = b.row["legs"]
    root = (at[0] - 0.02 if fore else at[0] + 0.03, at[1] - 0.02, side * slim * 0.62)
    stride = cycle(b, "run" if how in ("run", "trot") else "walk").stride
    x, y, curl = 0.0, 0.0, 0.0
    if how in BEATS:
        x, y, curl = _foot((phase - BEATS[how][leg]) % 1.0, stride, STANCE[how], how)
    foot = (root[0] + x + (0.03 if fore else -0.05), y + 0.02, side * slim * 0.5)
    own = b.plain
    if b.coat.bands and b.breed != "cow":
        own = replace(b.coat, bands=(b.coat.bands[0] * 0.45, b.coat.bands[1]))
    coat = own if side > 0 else shaded(own)
    low = b.legs if side > 0 else shaded(b.legs)
    lift = 0.04 if side > 0 else -0.04
    upper = root[1] * 0.53
    if fore:
        knee, foot = _two(root, foot, upper, root[1] * 0.50, 1)
        joints = [root, knee, foot]
    else:
        back = 0.10 + 0.16 * curl
        hock = (foot[0] - back, foot[1] + root[1] * (0.32 - 0.05 * curl), foot[2])
        stifle, hock = _two(root, hock, root[1] * 0.40, root[1] * 0.40, 1)
        joints = [root, stifle, hock, foot]
    see = [t.see(p) for p in joints]
    out: list[Solid] = []
    radii = [deep * 0.66, thick * 1.30, thick * 0.80] if fore else [
        slim * 0.98, thick * 1.85, thick * 1.0, thick * 0.78]  # fmt: skip
    if "socks" in b.row:
        out.append(Limb(points=see[:-1], radii=radii[:-1], coat=coat, lift=lift))
        out.append(Limb(points=see[-2:], radii=radii[-2:], coat=low, lift=lift + 0.001))
    else:
        out.append(Limb(points=see, radii=radii, coat=coat, lift=lift))
    hoof = b.row.get("hoof")
    toe = t.see((foot[0] + thick * (0.5 if hoof else 1.1) - 0.06 * curl, foot[1] - 0.1 * curl * 0.3,
                 foot[2]))  # fmt: skip
    end = Coat(colour=linear(hoof)) if hoof else low
    out.append(Cone(a=see[-1], b=toe, ra=thick * 0.80, rb=thick * 0.72, coat=end, lift=lift + 0.01))
    return out


def _foot(p: float, stride: float, stance: float, how: str) -> tuple[float, float, float]:
    """x and y of a foot about its hip, and how far it is curled up."""
    reach = stride * stance / 2
    if p < stance:
        return reach - 2 * reach * p / stance, 0.0, 0.0
    t = (p - stance) / (1 - stance)
    e = t * t * (3 - 2 * t)
    over = stride * (1 - stance)
    x = -reach + 2 * reach * e - over * 0.9 * t * (1 - t) * (1 - 2 * t)
    lift = {"walk": 0.11, "trot": 0.16, "run": 0.24}[how]
    s = math.sin(math.pi * t)
    return x, lift * s, s * (0.7 if how == "walk" else 1.0)


def _two(a: Point, e: Point, upper: float, lower: float, way: int) -> tuple[Point, Point]:
    """The joint between two bones, and their end where they can reach it."""
    dx, dy = e[0] - a[0], e[1] - a[1]
    far, most = math.hypot(dx, dy), (upper + lower) * 0.998
    if far > most:
        dx, dy, far = dx * most / far, dy * most / far, most
        e = (a[0] + dx, a[1] + dy, e[2])
    cos = (upper**2 + far**2 - lower**2) / (2 * upper * max(far, 1e-6))
    angle = math.atan2(dx, -dy) + way * math.acos(min(1.0, max(-1.0, cos)))
    joint = (a[0] + upper * math.sin(angle), a[1] - upper * math.cos(angle), (a[2] + e[2]) / 2)
    return joint, e


def _sitting(b: Build, phase: float, heading: float) -> list[Solid]:
    """On the haunches, the chest up."""
    row, a = b.row, TAU * phase
    deep, slim = row["deep"], row["slim"]
    half = row["long"] * 0.43 - 0.1
    lean = 0.95
    rump = (-0.18, slim * 1.15, 0.0)
    chest = (rump[0] + 1.7 * half * math.cos(lean), rump[1] + 1.7 * half * math.sin(lean), 0.0)
    t = Trunk(rump=rump, chest=chest, heading=heading)
    out: list[Solid] = [
        Cone(a=t.see(rump), b=t.see(chest), ra=slim * 1.12, rb=deep * 0.86, coat=b.coat)
    ]
    for side in (1, -1):
        coat = b.plain if side > 0 else shaded(b.plain)
        low = b.legs if side > 0 else shaded(b.legs)
        z, lift, thick = side * slim * 0.6, 0.04 * side, row["legs"]
        hip, knee = t.see((rump[0] + 0.02, rump[1] - 0.01, z)), t.see((rump[0] + 0.25, 0.19, z))
        toe = t.see((rump[0] + 0.34, thick * 0.8, z))
        out += [
            Cone(a=hip, b=knee, ra=slim * 0.9, rb=thick * 1.5, coat=coat, lift=lift),
            Cone(a=t.see((rump[0] + 0.08, thick, z)), b=toe, ra=thick, rb=thick * 0.8, coat=low,
                 lift=lift + 0.01),
            Cone(a=t.see((chest[0] - 0.02, chest[1] - 0.02, z)),
                 b=t.see((chest[0] + 0.05, thick, z * 0.8)), ra=deep * 0.5, rb=thick * 0.8,
                 coat=low, lift=lift + 0.02),
        ]  # fmt: skip
    back = rump[0] - slim
    tip = t.see((back - 0.26, 0.05, 0.1 * math.sin(2 * a)))
    on_ground = Cone(a=t.see((back, 0.06, 0.0)), b=tip, ra=0.05, rb=0.03, coat=b.plain, lift=-0.03)
    return [*out, on_ground, *neck_and_head(b, t, 0.12 + 0.03 * math.sin(a), a)]


__all__ = ["GRAZERS", "Build", "Cycle", "body", "build", "cycle"]
