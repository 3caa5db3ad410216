"""Compiled: what is painted on a head: skin, eyes that look and blink, brows, lips, beards.

Each mark is laid on by where a pixel is on the head, in the part of the picture around its place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.curves import bell, sine, square, unit
from reelway.engines.animatic.kernels.form import SMALL
from reelway.engines.animatic.kernels.jit import part
from reelway.engines.animatic.kernels.rows import HEAD

Array = npt.NDArray[Any]
Colour = tuple[Any, Any, Any]
f4 = np.float32
_SMALL = f4(SMALL)
_DARK, _SHINE = 6, 7  # planes
_EYE_Z, _EYE_W, _LID_UP, _LID_LOW = f4(0.29), f4(0.150), f4(0.088), f4(0.052)
_IRIS, _PUPIL, _MOUTH_Y, _MOUTH_W = f4(0.076), f4(0.034), f4(-0.632), f4(0.215)
_INK = f4(0.020), f4(0.014), f4(0.012)


@part
def _around(
    turn: Array, xs: Array, ys: Array, k: Any, at: tuple[Any, Any, Any, Any]
) -> tuple[int, int, int, int]:
    """Rows and columns about a place on the middle line of the face, so wide and tall."""
    x, y, wide, tall = at
    cx, cy = turn[0, 0] * x + turn[0, 1] * y, turn[1, 0] * x + turn[1, 1] * y
    tilt = abs(turn[1, 2])
    tall, wide = tall + wide * tilt, wide + tall * tilt
    a, b = int((ys[0] - cy - tall) * k), int((ys[0] - cy + tall) * k)
    c, d = int((cx - xs[0] - wide) * k), int((cx - xs[0] + wide) * k)
    high, broad = len(ys), len(xs)
    return max(a, 0), max(min(b + 2, high), 0), max(c, 0), max(min(d + 2, broad), 0)


@part
def spot(turn: Array, x: Any, y: Any, z: Any) -> tuple[Any, Any, Any]:
    """Where on the head a pixel is."""
    return (
        turn[0, 0] * x + turn[1, 0] * y + turn[2, 0] * z,
        turn[0, 1] * x + turn[1, 1] * y + turn[2, 1] * z,
        turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z,
    )


@part
def _lay(out: Array, j: int, i: int, to: Any, colour: Colour) -> None:
    keep = f4(1) - to
    out[1, j, i] = out[1, j, i] * keep + to * colour[0]
    out[2, j, i] = out[2, j, i] * keep + to * colour[1]
    out[3, j, i] = out[3, j, i] * keep + to * colour[2]


@part
def _tone(who: Array, column: int, r: Any, g: Any, b: Any) -> Colour:
    return who[column] * f4(r), who[column + 1] * f4(g), who[column + 2] * f4(b)


@part
def _risen(who: Array, x: Any, y: Any, z: Any) -> Any:
    """How far the face stands out at a place, or is hollow."""
    side, smile = abs(z), max(f4(0), who[HEAD.smile])
    eye = square(side - _EYE_Z)
    out = f4(-0.080) * bell(square((y - f4(0.045)) / f4(0.11)) + eye / f4(0.026))
    out += f4(0.050) * bell(square((y + f4(0.005)) / f4(0.082)) + eye / f4(0.0135))
    brow = square((y - f4(0.19)) / f4(0.06)) + square((side - f4(0.22)) / f4(0.20))
    cheek = f4(0.040) + f4(0.035) * smile + f4(0.015) * who[HEAD.young] - f4(0.020) * who[HEAD.old]
    up = square((y + f4(0.24) - f4(0.05) * smile) / f4(0.15))
    out += f4(0.030) * bell(brow) + cheek * bell(up + square((side - f4(0.33)) / f4(0.15)))
    wing = square((y + f4(0.375)) / f4(0.055)) + square((side - f4(0.105)) / f4(0.045))
    lips = square((y + f4(0.585)) / f4(0.050)) + square(z / f4(0.19))
    lower = square((y + f4(0.695)) / f4(0.048)) + square(z / f4(0.155))
    chin = square((y + f4(0.775)) / f4(0.040)) + square(z / f4(0.16))
    mouth = f4(0.034) * bell(lips) + f4(0.038) * bell(lower)
    out += f4(0.028) * bell(wing) + mouth * who[HEAD.lips] - f4(0.026) * bell(chin)
    if who[HEAD.old] > f4(0) or who[HEAD.smile] > f4(0.3):
        fold = side - f4(0.20) - f4(0.28) * (f4(-0.38) - y)
        there = unit((f4(-0.36) - y) * f4(12)) * unit((y + f4(0.72)) * f4(12))
        deep = f4(0.022) if who[HEAD.old] > f4(0) else f4(0.012)
        out -= deep * bell(square(fold / f4(0.035))) * there
    return out


@part
def modelled(
    raised: Array, deep: Array, who: Array, turn: Array, xs: Array, ys: Array, k: Any
) -> None:
    """Sockets, lids, brows, cheeks on the skull."""
    if k < _SMALL:
        return
    facing = max(f4(0.30), turn[2, 0])
    a, b, c, d = _around(turn, xs, ys, k, (f4(0.5), f4(-0.2), f4(0.95), f4(0.80)))
    for j in range(a, b):
        for i in range(c, d):
            x, y, z = spot(turn, xs[i], ys[j], deep[j, i])
            ahead = unit(x * f4(4) - f4(0.6))
            if ahead > f4(0):
                raised[j, i] += _risen(who, x, y, z) * ahead * facing


@part
def _flushed(out: Array, j: int, i: int, who: Array, p: Colour) -> None:
    """Hollows, and where blood shows."""
    x, y, z = p
    side, old = abs(z), who[HEAD.old] > f4(0)
    hollow = square((y - f4(0.07)) / f4(0.09)) + square((side - f4(0.26)) / f4(0.14))
    dark = f4(0.20) * bell(hollow) * unit(x * f4(5) - f4(0.5))
    out[_DARK, j, i] -= dark + f4(0.28) * unit((f4(-0.88) - y) * f4(7))
    cheek = square((y + f4(0.25)) / f4(0.17)) + square((side - f4(0.36)) / f4(0.16))
    nose = square((y + f4(0.34)) / f4(0.10)) + square(side / f4(0.12))
    red = (
        f4(0.50) * bell(cheek) + f4(0.40) * bell(nose) + f4(0.5) * unit((side - f4(0.60)) * f4(20))
    )
    red *= unit(x * f4(4) + f4(0.9))
    tone = _tone(who, HEAD.skin, 1.06, 0.72, 0.70)
    _lay(out, j, i, red * (f4(0.45) if old else f4(0.6)), tone)
    if not old:
        return
    wave = sine(y * f4(30) + f4(0.6) * z) - f4(1)
    brow = square((y - f4(0.42)) / f4(0.11)) + square(side / f4(0.34))
    lines = f4(0.5) * bell(square(wave) * f4(5)) * bell(brow)
    if y < f4(-0.36) and y > f4(-0.70):
        fold = side - f4(0.20) - f4(0.28) * (f4(-0.38) - y)
        lines += f4(0.8) * bell(square(fold / f4(0.022)))
    below = square((y + f4(0.115)) / f4(0.02)) + square((side - f4(0.28)) / f4(0.1))
    lines += f4(0.6) * bell(below)
    keep = f4(1) - f4(0.36) * lines * unit(x * f4(4))
    for n in range(1, 4):
        out[n, j, i] *= keep


@part
def _bearded(out: Array, j: int, i: int, who: Array, p: Colour) -> None:
    x, y, z = p
    side, kind = abs(z), who[HEAD.beard]
    if y > f4(0.1):
        return
    rough = f4(0.05) * sine(side * f4(61) + y * f4(23)) * sine(y * f4(47) + f4(2))
    jaw = f4(-0.46) - f4(0.55) * square(max(side - f4(0.1), f4(0))) - y + rough
    cheek = unit((side - f4(0.46)) * f4(8) + rough) * unit((f4(-0.06) - y) * f4(9))
    grown = max(unit(jaw * f4(9)), cheek)
    across = square(square(side / f4(0.20)))
    lip = bell(square((y + f4(0.515)) / f4(0.052)) + across)
    bare = bell(square((y + f4(0.63)) / f4(0.085)) + across)
    to = unit(lip * f4(1.7))
    if kind != f4(2):
        to = max(grown * (f4(1) - bare), unit(lip * f4(1.6))) * unit(x * f4(5) + f4(1))
    to *= f4(0.26) if kind == f4(1) else f4(0.92)
    if to > f4(0):
        grain = sine(side * f4(90) + f4(5) * sine(y * f4(31))) * sine(y * f4(70))
        grain = f4(0.85) * (f4(1) + f4(0.30) * grain)
        _lay(
            out,
            j,
            i,
            to,
            (who[HEAD.hair] * grain, who[HEAD.hair + 1] * grain, who[HEAD.hair + 2] * grain),
        )


@part
def _spoken(out: Array, j: int, i: int, who: Array, p: Colour, k: Any) -> None:
    """The mouth."""
    x, y, z = p
    smile, mouth = who[HEAD.smile], who[HEAD.mouth]
    wide = f4(1) + f4(0.16) * smile
    wide = _MOUTH_W * (wide - f4(0.22) * mouth if smile <= f4(0.3) else wide)
    t = z / wide
    t2 = t * t
    flat, painted = unit(f4(1) - t2), who[HEAD.paint] > f4(0)
    line = _MOUTH_Y + (f4(0.105) * smile + f4(0.012)) * t2 - f4(0.03) * max(f4(0), smile)
    corner = square((abs(t) - f4(1.03)) / f4(0.09)) + square((y - line) / f4(0.035))
    out[_DARK, j, i] -= f4(0.20) * bell(corner) * unit(x * f4(6) - f4(1))
    within = unit((f4(1) - t2) * (wide * k * f4(0.5))) * unit(x * f4(6) - f4(1.5))
    if within == f4(0):
        return
    gap = f4(0.17) * mouth * flat ** f4(0.6)
    upper, lower = line + f4(0.22) * gap, line - f4(0.95) * gap
    bow = f4(1) - f4(0.30) * bell(square(t / f4(0.16)))
    high = upper + f4(0.062) * who[HEAD.lips] * flat ** f4(0.8) * bow
    low = lower - f4(0.074) * who[HEAD.lips] * flat ** f4(0.7)
    lips = unit((high - y) * k + f4(0.5)) * unit((y - low) * k + f4(0.5)) * within
    r, g, b = _tone(who, HEAD.skin, 0.86, 0.50, 0.50)
    strong = f4(0.92) if who[HEAD.female] > f4(0) or painted else f4(0.62)
    if painted:
        rest, own = f4(0.35), f4(0.65)
        r, g, b = r * rest + f4(0.42) * own, g * rest + f4(0.05) * own, b * rest + f4(0.06) * own
    _lay(out, j, i, lips * strong, (r, g, b))
    out[_SHINE, j, i] += f4(0.12) * lips
    if mouth < f4(0.12):
        seam = max(f4(0.012), f4(0.75) / k)
        crease = bell(square((y - line) / seam)) * within * f4(0.85)
        _lay(out, j, i, crease, _tone(who, HEAD.skin, 0.16, 0.16, 0.16))
    shade = bell(square((y - low + f4(0.035)) / f4(0.03)))
    out[_DARK, j, i] -= f4(0.22) * shade * flat * within
    if mouth > f4(0.02):
        _open(out, j, i, (t2, y, within * unit((upper - y) * k + f4(0.5)), upper, lower, flat), k)


@part
def _open(out: Array, j: int, i: int, at: tuple[Any, ...], k: Any) -> None:
    """Inside a mouth: dark, teeth, a tongue."""
    t2, y, above, upper, lower, flat = at
    open_ = above * unit((y - lower) * k + f4(0.5))
    _lay(out, j, i, open_, (f4(0.055), f4(0.018), f4(0.018)))
    teeth = unit((y - upper + f4(0.048)) * k * f4(0.7)) * open_ * unit(f4(1.1) - t2)
    _lay(out, j, i, teeth * f4(0.85), (f4(0.72), f4(0.69), f4(0.62)))
    tongue = bell(square((y - lower) / f4(0.035))) * open_ * flat
    _lay(out, j, i, tongue * f4(0.6), (f4(0.32), f4(0.10), f4(0.10)))
    out[_DARK, j, i] -= f4(0.5) * open_ * (f4(1) - teeth)
    out[_SHINE, j, i] -= f4(0.2) * open_


@part
def _browed(out: Array, j: int, i: int, who: Array, p: Colour, k: Any) -> None:
    x, y, z = p
    e, female = abs(z) - _EYE_Z, who[HEAD.female] > f4(0)
    there = unit((f4(0.205) - abs(e)) * f4(22)) * unit(x * f4(5) - f4(0.6))
    if there == f4(0):
        return
    rise = f4(0.215) + f4(0.075) * who[HEAD.brow] + (f4(0.012) if female else f4(0))
    arch = f4(1) - square((e - f4(0.04)) / f4(0.20))
    arch *= f4(0.034 * 1.25) if female else f4(0.034 * 0.9)
    line = rise + arch + f4(0.30) * who[HEAD.slope] * e
    thick = (f4(0.022) if female else f4(0.033)) * who[HEAD.brows]
    thick = max(thick * unit(f4(1.05) - f4(2.6) * max(e, f4(0))), f4(0.35) / k)
    off = square((y - line) / thick)
    if off < f4(8):
        to = bell(off ** f4(1.4)) * there * f4(0.88)
        _lay(out, j, i, to, _tone(who, HEAD.hair, 0.62, 0.62, 0.62))


@part
def _nosed(out: Array, j: int, i: int, p: Colour, k: Any) -> None:
    x, y, z = p
    soft = max(f4(0.022), f4(0.8) / k)
    to = bell(square((abs(z) - f4(0.062)) / f4(0.034)) + square((y + f4(0.418)) / soft))
    keep = f4(1) - f4(0.60) * to * unit(x * f4(5) - f4(2))
    for n in range(1, 4):
        out[n, j, i] *= keep


@part
def _glazed(out: Array, j: int, i: int, who: Array, p: Colour, k: Any) -> None:
    """Glasses."""
    x, y, z = p
    side, ahead = abs(z), unit(x * f4(7) - f4(1))
    e, v = abs((side - f4(0.29)) / f4(0.215)), abs((y + f4(0.01)) / f4(0.150))
    round_ = (e * e * e + v * v * v) ** f4(1 / 3)
    thick = max(f4(0.09), f4(1.6) / (k * f4(0.2)))
    rim = bell(square((round_ - f4(1)) / thick) * f4(2.5)) * ahead
    if side < f4(0.09):
        rim = max(rim, bell(square((y - f4(0.05)) / f4(0.018))) * ahead)
    if side > f4(0.48) and x > f4(-0.05):
        rim = max(rim, bell(square((y - f4(0.05)) / f4(0.020))))
    if who[HEAD.glasses] == f4(2):
        lens = unit((f4(1) - round_) * k * f4(0.2) + f4(0.5)) * ahead
        dark = f4(1.2)
        _lay(out, j, i, lens * f4(0.95), (_INK[0] * dark, _INK[1] * dark, _INK[2] * dark))
        out[_SHINE, j, i] += f4(0.15) * lens
    _lay(out, j, i, unit(rim) * f4(0.95), _INK)


@part
def _lidded(who: Array, t: Any, flat: Any) -> tuple[Any, Any, Any]:
    """The edges of an eye's lids, upper and lower, and how far they are open."""
    big, smile = who[HEAD.eyes], max(f4(0), who[HEAD.smile])
    lids = who[HEAD.lids] * (f4(1) - f4(0.18) * smile) * (f4(1) - f4(0.12) * abs(who[HEAD.slope]))
    top = _LID_UP * big * flat ** f4(0.62)
    low = -_LID_LOW * big * (f4(1) - f4(0.35) * smile) * flat ** f4(0.75)
    tilt = f4(0.016) * t  # outer corners are a little higher
    return low + (top - low) * lids + tilt, low + tilt, lids


@part
def _iris(out: Array, j: int, i: int, who: Array, at: tuple[Any, ...], k: Any) -> None:
    """White, iris and pupil; what is open of an eye at a pixel and how much a lid shades it."""
    e, y, right, open_, shade = at
    white = f4(1) - shade * f4(0.75)
    _lay(out, j, i, open_, (f4(0.70) * white, f4(0.68) * white, f4(0.66) * white))
    gx, gy = e - f4(0.070) * who[HEAD.gaze] * right, y - f4(0.052) * who[HEAD.gaze + 1] - f4(0.012)
    far = np.sqrt(gx * gx + gy * gy)
    size = _IRIS * (f4(0.75) + f4(0.25) * who[HEAD.eyes])
    size *= f4(1.12) if who[HEAD.young] > f4(0) else f4(1)
    glow = f4(0.65) + f4(0.9) * min(max(-gy / size, f4(-0.3)), f4(1)) * unit(far / size)
    glow *= f4(1) - f4(0.65) * unit((far / size - f4(0.72)) * f4(5))
    glow *= f4(1) - f4(0.5) * shade
    own = who[HEAD.iris] * glow, who[HEAD.iris + 1] * glow, who[HEAD.iris + 2] * glow
    _lay(out, j, i, unit((size - far) * k + f4(0.5)) * open_, own)
    ink = _INK[0] * f4(0.6), _INK[1] * f4(0.6), _INK[2] * f4(0.6)
    _lay(out, j, i, unit((_PUPIL - far) * k + f4(0.5)) * open_, ink)
    if k > f4(16):
        sx = e * right - f4(0.026) - f4(0.070) * who[HEAD.gaze]
        spark = np.sqrt(sx * sx + square(gy - f4(0.030)))
        _lay(out, j, i, unit((f4(0.019) - spark) * k + f4(0.5)) * open_, (f4(1), f4(1), f4(1)))
    out[_SHINE, j, i] -= f4(0.06) * open_


@part
def _eyed(out: Array, j: int, i: int, who: Array, p: Colour, k: Any) -> None:
    x, y, z = p
    ahead = unit(x * f4(7) - f4(1.4))
    if ahead == f4(0):
        return
    right, e = f4(1) if z > f4(0) else f4(-1), abs(z) - _EYE_Z
    w = _EYE_W * (f4(0.65) + f4(0.35) * who[HEAD.eyes])
    t = e / w
    upper, low, lids = _lidded(who, t, unit(f4(1) - t * t))
    within = unit((f4(1) - abs(t)) * w * k + f4(0.5)) * ahead
    if who[HEAD.tears] > f4(0) and y < low - f4(0.01) and y > f4(-0.8):
        run = bell(square((e + f4(0.02) * sine(y * f4(9))) / f4(0.018))) * ahead * who[HEAD.tears]
        out[_SHINE, j, i] += f4(1.6) * run
        _lay(out, j, i, f4(0.22) * run, (f4(0.8), f4(0.8), f4(0.8)))
    if within == f4(0):
        return
    open_ = unit((upper - y) * k + f4(0.5)) * unit((y - low) * k + f4(0.5)) * within
    open_ *= unit(lids * f4(6))
    if open_ > f4(0):
        shade = min(max(f4(1.05) - (upper - y) * f4(9), f4(0)), f4(0.55))
        _iris(out, j, i, who, (e, y, right, open_, shade), k)
    made_up = who[HEAD.female] > f4(0) or who[HEAD.paint] > f4(0)
    lash = max(f4(0.017) if made_up else f4(0.011), f4(0.55) / k)
    line = bell(square((y - upper) / lash)) * within
    wing = unit((abs(t) - f4(0.96)) * f4(-14))
    _lay(out, j, i, unit(line * f4(1.25)) * wing * (f4(0.95) if made_up else f4(0.8)), _INK)
    if k > f4(30):
        below = bell(square((y - low) / f4(0.010))) * within * wing * f4(0.40)
        _lay(out, j, i, below, _tone(who, HEAD.skin, 0.35, 0.35, 0.35))
        up = (y - upper - f4(0.034) - f4(0.01) * lids) / f4(0.013)
        _lay(
            out, j, i, bell(square(up)) * within * f4(0.35), _tone(who, HEAD.skin, 0.48, 0.34, 0.32)
        )


@part
def _marked(
    out: Array, deep: Array, who: Array, turn: Array, xs: Array, ys: Array, k: Any, mark: int,
    at: tuple[Any, Any, Any, Any],
) -> None:  # fmt: skip
    """One kind of mark, in its part of the picture."""
    a, b, c, d = _around(turn, xs, ys, k, at)
    for j in range(a, b):
        for i in range(c, d):
            p = spot(turn, xs[i], ys[j], deep[j, i])
            if mark == 0:
                _flushed(out, j, i, who, p)
            elif mark == 1:
                _nosed(out, j, i, p, k)
            elif mark == 2:
                _bearded(out, j, i, who, p)
            elif mark == 3:
                _spoken(out, j, i, who, p, k)
            elif mark == 4:
                _browed(out, j, i, who, p, k)
            elif mark == 5:
                _eyed(out, j, i, who, p, k)
            else:
                _glazed(out, j, i, who, p, k)


@part
def face(out: Array, deep: Array, who: Array, turn: Array, xs: Array, ys: Array, k: Any) -> None:
    """Albedo, shine, and how dark it is in hollows."""
    for n in range(3):
        out[1 + n, :, :] = who[HEAD.skin + n]
    out[_DARK, :, :], out[_SHINE, :, :] = f4(1), f4(0.10)
    given = out, deep, who, turn, xs, ys, k
    whole = f4(0.3), f4(-0.1), f4(1.0), f4(1.0)
    if k >= _SMALL:
        _marked(*given, 0, whole)
        _marked(*given, 1, (f4(0.7), f4(-0.42), f4(0.25), f4(0.12)))
    if who[HEAD.beard] > f4(0):
        _marked(*given, 2, whole)
    _marked(*given, 3, (f4(0.65), f4(-0.68), f4(0.42), f4(0.28)))
    _marked(*given, 4, (f4(0.5), f4(0.25), f4(0.75), f4(0.22)))
    low, tall = (f4(-0.25), f4(0.55)) if who[HEAD.tears] > f4(0) else (f4(0), f4(0.24))
    _marked(*given, 5, (f4(0.5), low, f4(0.75), tall))
    if who[HEAD.glasses] > f4(0):
        _marked(*given, 6, (f4(0.3), f4(0), f4(0.95), f4(0.24)))
