"""A person out of solids: a pose with flesh, hair, clothes and what is held.

dressed    who somebody is and what they wear, complete: nothing is left open
body       dress + pose + heading → solids, feet at y = 0, height 1 for a grown man
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import attire
from reelway.engines.animatic.attire import Frame
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.gaits import SHIN, THIGH, Arm, Foot, Pose
from reelway.engines.animatic.guise import Look, Thing
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.solid import Coat, Cone, Loft, Point, Solid, moved, turned

Array = npt.NDArray[Any]
SKINS = ("#e2b491", "#cf9b73", "#b57d55", "#8a5a3a", "#e8c3a4")
HAIRS = ("#211a17", "#2c211b", "#4a3222", "#6d4a2c", "#1a1716")
TOPS = ("#31435c", "#4d5a3c", "#6e3b34", "#7a6a52", "#3d3f46", "#5b3e57", "#8a7f70", "#2f5a5c")
LEGS = ("#26282e", "#33312f", "#2b3444", "#443a30")
GOWNS = ("#7c3b47", "#3f5b74", "#7b6a86", "#b08a5c", "#486352")
SHADES = ("#39414f", "#a33a34", "#c9a13c", "#3d6a8a", "#d9d6cf", "#4f7a55")  # of umbrellas
SHORT = {"child": 0.66, "girl": 0.70, "boy": 0.70, "old man": 0.95, "old woman": 0.88,
         "woman": 0.94, "robot": 1.02, "knight": 1.03}  # fmt: skip
YOUNG, AGED = {"child", "girl", "boy"}, {"old man", "old woman"}
FEMALE = {"woman", "girl", "old woman"}


@dataclass(frozen=True, kw_only=True)
class Dress:
    """Colours are linear."""

    breed: str
    height: float  # of a grown man's
    stout: float
    skin: Coat
    hair: Coat
    long: bool
    top: Coat
    legs: Coat
    shoes: Coat
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


def dressed(look: Look, seed: int, name: str, i: int = 0) -> Dress:
    """The i-th of a group: what the prompt leaves open is drawn."""
    random = stream(seed, "dress", name, i)
    drawn = random.random(12)

    def pick(table: tuple[str, ...], n: int) -> str:
        return table[int(drawn[n] * len(table))]

    breed = look.breed or ("woman" if drawn[0] < 0.5 else "man")
    if breed == "child":
        breed = "girl" if drawn[0] < 0.5 else "boy"
    hair = look.hair or ("#c9c6c0" if breed in AGED else pick(HAIRS, 2))
    every = look.fur  # one colour for all of it
    top = look.worn("jacket", "suit")
    colour = (top.colour if top else None) or every or pick(TOPS, 3)
    trousers, boots = look.worn("trousers"), look.worn("boots")
    suit = look.worn("suit")
    legs = (trousers and trousers.colour) or (suit and colour) or pick(LEGS, 4)
    made = Dress(
        breed=breed,
        height=SHORT.get(breed, 1.0) * (1 + 0.05 * (float(drawn[5]) - 0.5)),
        stout=1.0 + 0.16 * (float(drawn[6]) - 0.4),
        skin=_cloth(pick(SKINS, 1)),
        hair=_cloth(hair),
        long=look.long or (breed in FEMALE and drawn[7] < 0.7 and breed != "old woman"),
        top=_cloth(colour),
        legs=_cloth(str(legs)),
        shoes=_cloth((boots.colour if boots else None) or "#211d1b"),
        head=look.worn("hat", "straw", "cap", "helmet", "crown", "hood"),
        extra=tuple(t for t in look.wear if t.kind in ("scarf", "backpack")),
        hold=tuple(_handed(t, pick(SHADES, 10) if i else None) for t in look.hold),
    )
    return _gowned(made, look, every, pick(GOWNS, 8), float(drawn[9]))


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
    gown = look.worn("dress", "skirt")
    if long:
        colour = long.colour or every or ("#5c3a34" if chance < 0.5 else "#3c4454")
        hem = 0.06 if long.kind == "robe" else 0.27
        cloth = _cloth(colour, 7.0)
        return replace(d, gown=cloth, hem=hem, flare=0.30, top=_cloth(colour))
    if gown:
        colour = gown.colour or every or drawn
        hem = 0.30 if gown.kind == "skirt" or d.young else 0.14
        top = d.top if gown.kind == "skirt" else _cloth(colour)
        sleeve = None if gown.kind == "skirt" else d.skin
        return replace(d, gown=_cloth(colour, 9.0), hem=hem, flare=0.62, top=top, sleeve=sleeve,
                       legs=d.skin if hem > 0.2 else d.legs)  # fmt: skip
    wears_trousers = look.worn("trousers", "suit", "jacket", "armour")
    if d.breed in FEMALE and not wears_trousers and (chance < 0.62 or d.breed == "old woman"):
        colour = every or drawn
        hem = 0.30 if d.young else 0.22
        return replace(d, gown=_cloth(colour, 9.0), hem=hem, flare=0.45, top=_cloth(colour),
                       legs=_cloth("#3a332f") if d.breed == "old woman" else d.skin)  # fmt: skip
    return d


def body(d: Dress, pose: Pose, heading: float, *, detail: bool = True) -> list[Solid]:
    """All solids of somebody; the height is already theirs."""
    f = _frame(d, pose, heading)
    out: list[Solid] = [*_legs(d, f), *_torso(d, f), *_arms(d, f), *_head(d, f, detail)]
    if d.gown is not None:
        out += attire.gown(f, d.gown, d.hem, d.flare, pose)
    out += attire.carried(f, d.hold, d.extra, d.skin)
    return [moved(s, 0.0, 0.0, 0.0, d.height) for s in out]


def _frame(d: Dress, pose: Pose, heading: float) -> Frame:
    """All joints as the eye sees them."""
    legs, head = (0.93, 1.42) if d.young else (1.0, 1.0)
    hip = pose.hip if pose.hip < 0.1 else max(0.05, pose.hip - (1 - legs) * 0.5)
    width = (0.062 if d.breed in FEMALE else 0.055) * d.stout
    broad = (0.086 if d.breed in FEMALE else 0.102) * (0.86 if d.young else 1.0) * d.stout

    def see(p: Point) -> Point:
        return turned(p, heading)

    cl, sl, ct = math.cos(pose.lean), math.sin(pose.lean), math.sin(pose.tilt)

    def up(x: float, y: float, z: float) -> Point:
        """A point of the trunk: above the hips, leant and tilted."""
        return (
            pose.x + x * cl + y * sl,
            hip + y * cl - x * sl,
            z + y * ct,
        )

    tall = 0.285 if not d.young else 0.265
    hips, knees, ankles, toes = [], [], [], []
    for side, foot in zip((1, -1), pose.feet, strict=True):
        a = (pose.x, hip, side * width)
        e = (foot.x + (pose.x if pose.seated and pose.hip > 0.4 else 0.0), foot.y,
             side * width * 0.85 + foot.z)  # fmt: skip
        k, e = _bent(a, e, THIGH * legs, SHIN * legs, foot)
        hips.append(see(a))
        knees.append(see(k))
        ankles.append(see(e))
        toes.append(see(_toe(e, foot)))
    c, s = math.cos(pose.twist), math.sin(pose.twist)
    shoulders, elbows, hands = [], [], []
    for side, arm in zip((1, -1), pose.arms, strict=True):
        sh = up(-side * broad * s, tall, side * broad * c)
        el, ha = _arm(sh, arm, side, pose.lean * 0.4, 0.86 if d.young else 1.0)
        shoulders.append(see(sh))
        elbows.append(see(el))
        hands.append(see(ha))
    neck, top = up(0.004, tall + 0.028, 0.0), 0.098 + 0.028 * (head - 1) / 0.42
    bow = pose.lean * 0.45 + pose.nod
    crown = (neck[0] + 0.014 + top * math.sin(bow), neck[1] + top * math.cos(bow), neck[2])
    return Frame(
        heading=heading,
        front=abs(math.sin(heading)),
        pelvis=see(up(0, 0, 0)), chest=see(up(0, tall * 0.80, 0)), neck=see(neck),
        head=see(crown), bow=bow, size=head,
        hips=hips, knees=knees, ankles=ankles, toes=toes,
        shoulders=shoulders, elbows=elbows, hands=hands,
        broad=broad, width=width, stout=d.stout, breeze=pose.breeze, female=d.breed in FEMALE,
    )  # fmt: skip


def _bent(a: Point, e: Point, upper: float, lower: float, foot: Foot) -> tuple[Point, Point]:
    """Knee, and the ankle where a leg can reach it; knees bend forward."""
    dx, dy = e[0] - a[0], e[1] - a[1]
    far = math.hypot(dx, dy)
    most = (upper + lower) * 0.998
    if far > most:
        dx, dy, far = dx * most / far, dy * most / far, most
        e = (a[0] + dx, a[1] + dy, e[2])
    cos = (upper**2 + far**2 - lower**2) / (2 * upper * max(far, 1e-6))
    bend = math.acos(min(1.0, max(-1.0, cos)))
    way = math.atan2(dx, -dy) + bend
    z = (a[2] + e[2]) / 2 + 0.006 * math.copysign(1, a[2])
    return (a[0] + upper * math.sin(way), a[1] - upper * math.cos(way), z), e


def _toe(e: Point, foot: Foot) -> Point:
    c, s = math.cos(foot.pitch), math.sin(foot.pitch)
    return e[0] + 0.098 * c + 0.026 * s, e[1] + 0.098 * s - 0.026 * c, e[2] * 1.12


def _arm(at: Point, arm: Arm, side: int, lean: float, long: float) -> tuple[Point, Point]:
    def along(swing: float, out: float, by: float, p: Point) -> Point:
        return (
            p[0] + by * math.sin(swing) * math.cos(min(out, 1.2) * 0.6),
            p[1] - by * math.cos(swing) * math.cos(out),
            p[2] + side * by * math.sin(out),
        )

    elbow = along(arm.swing - lean, arm.out, 0.162 * long, at)
    hand = along(arm.swing - lean + arm.bend, arm.out - arm.inward, 0.150 * long, elbow)
    return elbow, hand


def _legs(d: Dress, f: Frame) -> list[Solid]:
    out: list[Solid] = []
    slim = 0.92 if f.female or d.young else 1.0
    for hip, knee, ankle, toe in zip(f.hips, f.knees, f.ankles, f.toes, strict=True):
        coat = _farther(d.legs, (hip[2] + ankle[2]) / 2, f)
        shoe = _farther(d.shoes, ankle[2], f)
        out.append(Cone(a=hip, b=knee, ra=0.062 * slim * d.stout, rb=0.045 * slim, coat=coat))
        out.append(Cone(a=knee, b=ankle, ra=0.040 * slim, rb=0.029, coat=coat, lift=0.002))
        heel = (ankle[0] * 1.0, ankle[1] - 0.014, ankle[2])
        out.append(Cone(a=heel, b=toe, ra=0.030, rb=0.019, coat=shoe, lift=0.004))
    return out


def _farther(coat: Coat, z: float, f: Frame) -> Coat:
    """What is on the far side of a body seen from the side is in its shade."""
    dark = 1 - 0.34 * (1 - f.front) * min(1.0, max(0.0, -z / 0.05))
    return replace(coat, colour=coat.colour * np.float32(dark)) if dark < 0.99 else coat


def _torso(d: Dress, f: Frame) -> list[Solid]:
    front, side = f.front, 1 - f.front
    waist = 0.72 if f.female else 0.84
    wide = (f.broad + 0.012) * front + 0.078 * f.stout * side
    hips = (f.width + 0.048) * front + 0.082 * f.stout * side
    profile = [hips * 0.98, hips, (hips + wide) / 2 * waist, wide * 0.90, wide * 1.02, wide * 0.86,
               wide * 0.36]  # fmt: skip
    low = (f.pelvis[0], f.pelvis[1] - 0.04, f.pelvis[2])
    # Its light comes in flat across the shoulders: a loft has none at its ends.
    trunk = Loft(a=low, b=f.neck, left=profile, right=profile, coat=d.top)
    seat = Cone(a=f.pelvis, b=(f.pelvis[0], f.pelvis[1] - 0.01, f.pelvis[2]), ra=hips * 0.96,
                rb=hips * 0.96, coat=d.gown or d.legs, lift=-0.001)  # fmt: skip
    neck = Cone(a=f.neck, b=f.head, ra=0.030, rb=0.030, coat=d.skin, lift=-0.002)
    return [seat, neck, trunk]


def _arms(d: Dress, f: Frame) -> list[Solid]:
    out: list[Solid] = []
    sleeve = d.sleeve or d.top
    slim = 0.86 if f.female or d.young else 1.0
    for shoulder, elbow, hand in zip(f.shoulders, f.elbows, f.hands, strict=True):
        z = (shoulder[2] + hand[2]) / 2
        coat, skin = _farther(sleeve, z, f), _farther(d.skin, z, f)
        lift = 0.035 if z > 0 else -0.02  # over a gown, behind a back
        lift += 0.03 if z > 0 and d.gown else 0.0
        cap = d.top if d.sleeve else coat
        out.append(Cone(a=shoulder, b=_mix(shoulder, elbow, 0.25), ra=0.040 * slim,
                        rb=0.040 * slim, coat=_farther(cap, z, f), lift=lift))  # fmt: skip
        out.append(Cone(a=_mix(shoulder, elbow, 0.1), b=elbow, ra=0.040 * slim, rb=0.031 * slim,
                        coat=coat, lift=lift + 0.001))  # fmt: skip
        wrist = _mix(elbow, hand, 0.93)
        out.append(Cone(a=elbow, b=wrist, ra=0.031 * slim, rb=0.023 * slim, coat=coat,
                        lift=lift + 0.002))  # fmt: skip
        out.append(Cone(a=wrist, b=_mix(elbow, hand, 1.22), ra=0.019, rb=0.016, coat=skin,
                        lift=lift + 0.003))  # fmt: skip
    return out


def _mix(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def _head(d: Dress, f: Frame, detail: bool) -> list[Solid]:
    """Skull and jaw, hair around them, a nose where it shows; eyes when they come towards us."""
    k, bow = f.size, f.bow
    face = turned((1.0, 0.0, 0.0), f.heading)

    def on(x: float, y: float, z: float = 0.0) -> Point:
        """A point of the head: forward, up, to its right; in head sizes."""
        c, s = math.cos(bow), math.sin(bow)
        p = turned((k * (x * c + y * s), k * (y * c - x * s), k * z), f.heading)
        return f.head[0] + p[0], f.head[1] + p[1], f.head[2] + p[2]

    if d.helmet is not None:
        return attire.helmet(on, k, d.helmet, d.breed)
    out: list[Solid] = [
        Cone(a=on(0.008, 0.006), b=on(0.018, -0.038), ra=0.050 * k, rb=0.036 * k, coat=d.skin,
             lift=0.01),
    ]  # fmt: skip
    bald = d.breed == "monk"
    if not bald:
        out += _hair(d, f, on, k)
    if detail and face[2] > -0.5:
        if abs(face[0]) > 0.35:
            out.append(Cone(a=on(0.052, 0.0), b=on(0.063, -0.012), ra=0.010 * k, rb=0.011 * k,
                            coat=d.skin, lift=0.03))  # fmt: skip
        dark = Coat(colour=np.full(3, 0.035, np.float32))
        for side in (1, -1):
            eye = on(0.049, 0.006, 0.023 * side)
            if eye[2] > f.head[2] + 0.012 * k:
                out.append(Cone(a=eye, b=eye, ra=0.0058 * k, rb=0.0058 * k, coat=dark, lift=0.06))
        if d.breed == "old man":
            out.append(Cone(a=on(0.035, -0.045), b=on(0.036, -0.105), ra=0.030 * k, rb=0.008,
                            coat=d.hair, lift=0.04))  # fmt: skip
    if d.head is not None:
        out += attire.hat(on, k, d.head)
    return out


def _hair(d: Dress, f: Frame, on: Callable[..., Point], k: float) -> list[Solid]:
    back = turned((-1.0, 0.0, 0.0), f.heading)[2]  # above 0: seen from behind
    skull = 0.03 if back > 0.3 else 0.004
    out: list[Solid] = [
        Cone(a=on(-0.012, 0.020), b=on(-0.020, -0.004), ra=0.062 * k, rb=0.054 * k, coat=d.hair,
             lift=skull),
    ]  # fmt: skip
    for z in (0.022, -0.022):  # over the brow
        out.append(Cone(a=on(0.026, 0.048, z), b=on(-0.030, 0.046, z), ra=0.024 * k,
                        rb=0.031 * k, coat=d.hair, lift=0.022))  # fmt: skip
    if d.breed == "old woman":
        out.append(Cone(a=on(-0.066, 0.030), b=on(-0.070, 0.028), ra=0.028 * k, rb=0.026 * k,
                        coat=d.hair, lift=0.031 if back > 0 else -0.01))  # fmt: skip
    elif d.long:
        blown = -0.055 * f.breeze * math.cos(f.heading)
        tip = on(-0.046, -0.15)
        tip = (tip[0] - abs(blown) * math.copysign(1, math.cos(f.heading)), tip[1]
               + 0.5 * abs(blown), tip[2])  # fmt: skip
        out.append(Cone(a=on(-0.036, 0.005), b=tip, ra=0.052 * k, rb=0.022 * k, coat=d.hair,
                        lift=0.034 if back > -0.3 else -0.05))  # fmt: skip
    return out
