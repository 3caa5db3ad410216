"""A body out of solids: a pose with flesh and cloth on it, and a head.

body     dress + pose + heading → solids, feet at y = 0, height 1 for a grown man
frame    the joints of a pose as the eye sees them
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reelway.engines.animatic import attire, locks, props, trim, visage
from reelway.engines.animatic.attire import Frame
from reelway.engines.animatic.canvas import linear
from reelway.engines.animatic.gaits import SHIN, THIGH, Arm, Foot, Hand, Pose
from reelway.engines.animatic.solid import (
    Coat,
    Cone,
    Limb,
    Loft,
    Point,
    Ring,
    Solid,
    changed,
    moved,
    rounded,
    turned,
)
from reelway.engines.animatic.visage import Expression

if TYPE_CHECKING:
    from reelway.engines.animatic.person import Dress

UPPER, LOWER = 0.162, 0.150  # of an arm


def body(
    d: Dress, pose: Pose, heading: float, *, detail: bool = True, fine: bool = False,
    says: Expression | None = None, part: str = "all",
) -> list[Solid]:  # fmt: skip
    """All solids of somebody; the height is already theirs. `part`: "all", or "trunk", "arms" or
    "head"."""
    f = frame(d, pose, heading)
    out: list[Solid] = []
    if part in ("all", "trunk"):
        out += [*_legs(d, f), *_torso(d, f, fine), _chin(f), *props.worn(f, d.extra)]
        if d.gown is not None:
            out += attire.gown(f, d.gown, d.hem, d.flare, pose)
    if part in ("all", "arms"):
        out += [*_arms(d, f, fine), *props.held(f, d.hold)]
    if part in ("all", "head"):
        # Whatever way a head is turned, it is before its neck.
        up = max(0.0, attire.trunk(f) - f.head[2] - 0.012)
        out += [moved(s, 0.0, 0.0, up) for s in head(d, f, pose, says or d.mood, detail)]
    return [_sized(s, d.height) for s in out]


def _sized(s: Solid, by: float) -> Solid:
    """What lies over what stays as it is."""
    made = moved(s, 0.0, 0.0, 0.0, by)
    return made if isinstance(made, Ring) else changed(made, lift=made.lift * by)


def frame(d: Dress, pose: Pose, heading: float) -> Frame:
    """All joints as the eye sees them."""
    legs, head = (0.93, 1.42) if d.young else (1.0, 1.0)
    hip = pose.hip if pose.hip < 0.1 else max(0.05, pose.hip - (1 - legs) * 0.5)
    width = (0.062 if d.female else 0.055) * d.stout
    broad = (0.088 if d.female else 0.104) * (0.86 if d.young else 1.0) * d.stout

    def see(p: Point) -> Point:
        return turned(p, heading)

    cl, sl, ct = math.cos(pose.lean), math.sin(pose.lean), math.sin(pose.tilt)

    def up(x: float, y: float, z: float) -> Point:
        """A point of the trunk: above the hips, leant and tilted."""
        return pose.x + x * cl + y * sl, hip + y * cl - x * sl, z + y * ct + pose.shift

    tall = (0.285 if not d.young else 0.265) + pose.rise
    hips, knees, ankles, toes = [], [], [], []
    for side, foot in zip((1, -1), pose.feet, strict=True):
        a = (pose.x, hip, side * width + pose.shift)
        e = (foot.x + (pose.x if pose.seated and pose.hip > 0.4 else 0.0), foot.y,
             side * width * 0.85 + foot.z)  # fmt: skip
        k, e = bent(a, e, THIGH * legs, SHIN * legs)
        hips.append(see(a))
        knees.append(see(k))
        ankles.append(see(e))
        toes.append(see(_toe(e, foot)))
    c, s = math.cos(pose.twist), math.sin(pose.twist)
    shoulders, elbows, hands = [], [], []
    long = 0.86 if d.young else 1.0
    for side, arm, at in zip((1, -1), pose.arms, pose.hands, strict=True):
        sh = up(-side * broad * s, tall - 0.017, side * broad * c)
        if at is None:
            el, ha = _arm(sh, arm, side, pose.lean * 0.4, long)
        else:
            el, ha = _reached(sh, at, side, long, pose)
        shoulders.append(see(sh))
        elbows.append(see(el))
        hands.append(see(ha))
    neck, top = up(0.004, tall + 0.026, 0.0), 0.091 + 0.028 * (head - 1) / 0.42
    bow = pose.lean * 0.45 + pose.nod
    crown = (neck[0] + 0.012 + top * math.sin(bow), neck[1] + top * math.cos(bow),
             neck[2] + 0.5 * top * pose.tip)  # fmt: skip
    return Frame(
        heading=heading,
        front=abs(math.sin(heading)),
        pelvis=see(up(0, 0, 0)), chest=see(up(0, tall * 0.80, 0)), neck=see(neck),
        head=see(crown), bow=bow, size=head,
        hips=hips, knees=knees, ankles=ankles, toes=toes,
        shoulders=shoulders, elbows=elbows, hands=hands,
        broad=broad, width=width, stout=d.stout, breeze=pose.breeze, female=d.female,
    )  # fmt: skip


def bent(a: Point, e: Point, upper: float, lower: float) -> tuple[Point, Point]:
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

    elbow = along(arm.swing - lean, arm.out, UPPER * long, at)
    hand = along(arm.swing - lean + arm.bend, arm.out - arm.inward, LOWER * long, elbow)
    return elbow, hand


def _reached(sh: Point, at: Hand, side: int, long: float, pose: Pose) -> tuple[Point, Point]:
    """Elbow and hand for a hand that goes to a place; elbows hang down and outward."""
    assert at is not None
    goal = (pose.x + at[0], at[1], at[2] + pose.shift)
    d = [g - s for g, s in zip(goal, sh, strict=True)]
    far = math.sqrt(sum(v * v for v in d)) or 1e-6
    upper, lower = UPPER * long, LOWER * long
    reach = min(far, (upper + lower) * 0.995)
    d = [v / far for v in d]
    hand = (sh[0] + d[0] * reach, sh[1] + d[1] * reach, sh[2] + d[2] * reach)
    along = (upper**2 + reach**2 - lower**2) / (2 * reach)
    off = math.sqrt(max(upper**2 - along**2, 0.0))
    pole = (-0.35, -1.0, 0.45 * side)
    dot = sum(p * v for p, v in zip(pole, d, strict=True))
    bend = [p - dot * v for p, v in zip(pole, d, strict=True)]
    norm = math.sqrt(sum(v * v for v in bend)) or 1e-6
    elbow = [s + v * along + n / norm * off for s, v, n in zip(sh, d, bend, strict=True)]
    return (elbow[0], elbow[1], elbow[2]), hand


def mix(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def farther(coat: Coat, z: float, f: Frame) -> Coat:
    """What is on the far side of a body seen from the side is in its shade."""
    dark = 1 - 0.34 * (1 - f.front) * min(1.0, max(0.0, -z / 0.05))
    return changed(coat, colour=coat.colour * dark) if dark < 0.99 else coat


def _legs(d: Dress, f: Frame) -> list[Solid]:
    out: list[Solid] = []
    slim = 0.92 if d.female or d.young else 1.0
    cloth = d.legs is not d.skin
    wide = 0.034 if cloth else 0.027  # a trouser leg is no calf
    for hip, knee, ankle, toe in zip(f.hips, f.knees, f.ankles, f.toes, strict=True):
        coat = farther(changed(d.legs, crease=0.55 if cloth else 0.0), (hip[2] + ankle[2]) / 2, f)
        shoe = farther(d.shoes, ankle[2], f)
        calf = mix(knee, ankle, 0.30)
        out.append(Limb(points=[hip, mix(hip, knee, 0.5), knee, calf, ankle], coat=coat,
                        radii=[0.064 * slim * d.stout, 0.056 * slim * d.stout, 0.045 * slim,
                               0.043 * slim, wide], over=0.010))  # fmt: skip
        heel = (ankle[0], ankle[1] - 0.014, ankle[2])
        ball = mix(heel, toe, 0.72)
        out.append(Limb(points=[heel, ball, toe], radii=[0.030, 0.025, 0.019], coat=shoe,
                        lift=0.004))  # fmt: skip
    return out


def _torso(d: Dress, f: Frame, fine: bool) -> list[Solid]:
    front, side = f.front, 1 - f.front
    waist = (0.74 if f.female else 0.86) if not d.young else 0.90
    wide = (f.broad + 0.014) * front + 0.074 * f.stout * side
    hips = (f.width + 0.046) * front + 0.080 * f.stout * side
    # Over the shoulders it is wide enough to take in where the arms begin: no joint shows.
    broad = (f.broad + 0.034) * front + wide * 0.94 * side
    profile = [hips * 0.98, hips, (hips + wide) / 2 * waist, wide * 0.90, wide * 0.98,
               wide * 1.04, broad, broad * 0.94, 0.042]  # fmt: skip
    # Which side of the axis, going up, is the chest's; what is there stands out from the side.
    ahead = math.cos(f.heading)
    chest = [0.0, 0.004, 0.0, 0.004, 0.014, 0.018, 0.008, 0.0, 0.0]
    if d.female and not d.young:
        chest = [0.0, 0.0, 0.0, 0.008, 0.028, 0.030, 0.010, 0.0, 0.0]
    bulge = [w + c * abs(ahead) for w, c in zip(profile, chest, strict=True)]
    seat_ = [w + c * abs(ahead) for w, c in zip(profile, [0.014, 0.012] + [0.0] * 7, strict=True)]
    right, left = (bulge, seat_) if ahead > 0 else (seat_, bulge)
    low = (f.pelvis[0], f.pelvis[1] - 0.04, f.pelvis[2])
    top = mix(f.pelvis, f.neck, 1.02)
    coat = d.top if d.top.shine else changed(d.top, crease=0.42)
    trunk = Loft(a=low, b=top, left=rounded(left), right=rounded(right), coat=coat, over=0.008,
                 lift=attire.trunk(f) - (low[2] + top[2]) / 2)  # fmt: skip
    under = d.gown or changed(d.legs, shine=0.0)
    seat = Cone(a=f.pelvis, b=(f.pelvis[0], f.pelvis[1] - 0.01, f.pelvis[2]), ra=hips * 0.96,
                rb=hips * 0.96, coat=under, lift=-0.012)  # fmt: skip
    thick = (0.028 if f.female or d.young else 0.034) * (1.06 if d.young else 1.0)
    spots = [mix(f.neck, f.head, t) for t in (-0.02, 0.24, 0.5, 1.0)]
    lift = attire.trunk(f) + 0.001 - sum(p[2] for p in spots) / 4
    neck = Limb(points=spots, coat=d.skin, radii=[thick * 1.16, thick * 1.06, thick, thick],
                fades=0.10, lift=lift)  # fmt: skip
    return [seat, neck, trunk, *trim.front(d, f, fine)]


def _arms(d: Dress, f: Frame, fine: bool) -> list[Solid]:
    out: list[Solid] = []
    sleeve = d.sleeve or d.top
    slim = 0.86 if f.female or d.young else 1.0
    for n, (shoulder, elbow, hand) in enumerate(zip(f.shoulders, f.elbows, f.hands, strict=True)):
        z = (shoulder[2] + hand[2]) / 2
        bare = d.sleeve is not None
        cloth = sleeve if bare or sleeve.shine else changed(sleeve, crease=0.5)
        coat, skin = farther(cloth, z, f), farther(d.skin, z, f)
        lift = 0.035 if z > -0.015 else -0.02  # over a gown, behind a back
        lift += 0.03 if z > 0 and d.gown else 0.0
        lift = max(lift, 0.055 + hand[2] - z if hand[2] > shoulder[2] + 0.03 else lift)
        wrist = mix(elbow, hand, 0.93)
        radii = [0.026 * slim * d.stout**0.5, 0.037 * slim, 0.031 * slim, 0.024 * slim]
        if bare:
            radii = [0.040 * slim, 0.034 * slim, 0.028 * slim, 0.019 * slim]
            cap = Limb(points=[mix(shoulder, elbow, 0.02), mix(shoulder, elbow, 0.34)],
                       radii=[0.028 * slim, 0.038 * slim], coat=farther(d.top, z, f), fades=0.5,
                       lift=lift + 0.002)  # fmt: skip
            out.append(cap)
        top = mix(shoulder, elbow, 0.06)
        out.append(Limb(points=[top, mix(shoulder, elbow, 0.36), elbow, wrist], radii=radii,
                        coat=coat, lift=lift, over=0.009, fades=0.16))  # fmt: skip
        out += _hand(elbow, hand, skin, lift + 0.003, 1 if n == 0 else -1, fine, slim)
    return out


def _hand(
    elbow: Point, hand: Point, skin: Coat, lift: float, side: int, fine: bool, slim: float
) -> list[Solid]:
    """A palm and a thumb; from near four fingers, half closed."""
    size = 0.92 + 0.08 * slim
    way = [(h - e) / LOWER for h, e in zip(hand, elbow, strict=True)]
    norm = math.sqrt(sum(w * w for w in way)) or 1.0
    way = [w / norm for w in way]
    across = (-way[1], way[0], 0.0)  # in the picture, square to the forearm
    long = math.hypot(across[0], across[1])
    across = (across[0] / long, across[1] / long, 0.0) if long > 0.2 else (1.0, 0.0, 0.0)

    def at(forth: float, aside: float) -> Point:
        return (hand[0] + way[0] * forth + across[0] * aside,
                hand[1] + way[1] * forth + across[1] * aside, hand[2] + way[2] * forth)  # fmt: skip

    r = 0.017 * size
    thumb = [at(0.004, 0.012), at(0.022, 0.024), at(0.038, 0.023)]
    knuckle = Limb(points=thumb, radii=[0.009, 0.0075, 0.006], coat=skin, lift=lift + 0.002)
    palm = Limb(points=[at(-0.010, 0.0), at(0.012, 0.0), at(0.030, 0.0)],
                radii=[r * 0.92, r * 1.08, r * 0.95], coat=skin, lift=lift)  # fmt: skip
    if not fine:
        tips = Limb(points=[at(0.028, 0.0), at(0.048, 0.0), at(0.062, -0.004)],
                    radii=[r * 0.95, r * 0.80, r * 0.55], coat=skin, lift=lift)  # fmt: skip
        return [palm, tips, knuckle]
    out: list[Solid] = [palm]
    for i, (long, bow) in enumerate(((0.034, 0.3), (0.040, 0.1), (0.037, -0.1), (0.029, -0.3))):
        a = 0.0125 - 0.0085 * i
        spots = [at(0.028, a), at(0.028 + long * 0.5, a * 1.12 + 0.003 * bow),
                 at(0.026 + long, a * 1.05 - 0.004)]  # fmt: skip
        out.append(Limb(points=spots, radii=[0.0072, 0.0066, 0.0052], coat=skin,
                        lift=lift + 0.001 * i, over=0.003))  # fmt: skip
    return [*out, knuckle]


def head(d: Dress, f: Frame, pose: Pose, says: Expression, detail: bool) -> list[Solid]:
    """The skull with its face and hair, what hangs from it, and what is worn on it."""
    k = f.size
    heading = f.heading - pose.look

    def on(x: float, y: float, z: float = 0.0) -> Point:
        """A point of the head: forward, up, to its right; in heights of a grown man."""
        c, s = math.cos(f.bow), math.sin(f.bow)
        p = turned((k * (x * c + y * s), k * (y * c - x * s), k * z), heading)
        return f.head[0] + p[0], f.head[1] + p[1], f.head[2] + p[2]

    if d.helmet is not None:
        return attire.helmet(on, k, d.helmet, d.breed)
    tip = pose.tip * math.sin(heading)
    made: list[Solid] = [visage.head(d.face, says, f.head, k, heading, f.bow, tip, lift=0.02)]
    half = visage.HALF

    def near(x: float, y: float, z: float = 0.0) -> Point:
        return on(x * half, y * half, z * half)

    hung = "" if d.head and d.head.kind in ("hood", "veil") else d.hung
    made += locks.locks(d.face, hung, near, k * half, heading, pose.breeze)
    if d.head is not None:
        made += attire.hat(on, k, d.head)
    return made


def _chin(f: Frame) -> Solid:
    """The shade of the chin on the neck."""
    ahead = turned((0.010, 0.0, 0.0), f.heading)
    at = (f.head[0] + ahead[0], f.head[1] - 0.074 * f.size, f.head[2])
    return Cone(a=at, b=at, ra=0.046 * f.size, rb=0.046 * f.size, lift=0.0005,
                coat=Coat(colour=linear("#000000"), veil=0.55))  # fmt: skip
