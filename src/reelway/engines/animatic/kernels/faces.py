"""The kernels in numpy, of what is painted on a head: see `form`.

Everything is placed in the head's own space: x ahead, y up, z to its right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace as Told  # the numbers of `rows.Head` by their names

import numpy as np

from reelway.engines.animatic.kernels.form import SMALL, Array

Part = tuple[slice, slice]
FLUSH = np.array([1.06, 0.72, 0.70], np.float32)
EYE_Z, EYE_W = 0.29, 0.150  # where an eye is, and half of its width
LID_UP, LID_LOW = 0.088, 0.052  # how far open it is
IRIS, PUPIL = 0.076, 0.034
MOUTH_Y, MOUTH_W = -0.632, 0.215
WHITE = np.array([0.70, 0.68, 0.66], np.float32)
CAVE = np.array([0.055, 0.018, 0.018], np.float32)  # inside a mouth
TEETH = np.array([0.72, 0.69, 0.62], np.float32)
INK = np.array([0.020, 0.014, 0.012], np.float32)


@dataclass(frozen=True)
class Marks:
    """Where on the head each pixel is, and the part of the picture around a place on it."""

    spot: Sequence[Array]  # x, y, z
    turn: Array
    left: float
    top: float
    k: float  # pixels a head unit

    def around(self, x: float, y: float, wide: float, tall: float) -> Part:
        """Rows and columns about the place (x, y) on the middle line of the face."""
        cx = self.turn[0, 0] * x + self.turn[0, 1] * y
        cy = self.turn[1, 0] * x + self.turn[1, 1] * y
        rows, cols = self.spot[0].shape
        tilt = abs(float(self.turn[1, 2]))
        tall, wide = tall + wide * tilt, wide + tall * tilt
        a, b = (int((self.top - cy + d) * self.k) for d in (-tall, tall))
        c, d = (int((cx - self.left + d) * self.k) for d in (-wide, wide))
        high, wide_ = slice(max(a, 0), max(min(b + 2, rows), 0)), max(min(d + 2, cols), 0)
        return high, slice(max(c, 0), wide_)

    def at(self, part: Part) -> tuple[Array, Array, Array]:
        return self.spot[0][part], self.spot[1][part], self.spot[2][part]


def relief(f: Told, says: Told, m: Marks) -> Array:
    """What stands out of a face or is hollow: sockets, lids, brows, cheeks."""
    out = np.zeros(m.spot[0].shape, np.float32)
    if m.k < SMALL:
        return out
    part = m.around(0.5, -0.2, 0.95, 0.80)
    x, y, z = m.at(part)
    side = np.abs(z)
    eye = (side - EYE_Z) ** 2
    made = -0.080 * np.exp(-(((y - 0.045) / 0.11) ** 2) - eye / 0.026)
    made += 0.050 * np.exp(-(((y + 0.005) / 0.082) ** 2) - eye / 0.0135)
    made += 0.030 * np.exp(-(((y - 0.19) / 0.06) ** 2) - ((side - 0.22) / 0.20) ** 2)
    up = 0.05 * max(0.0, says.smile)
    cheek = 0.040 + 0.035 * max(0.0, says.smile) + 0.015 * f.young - 0.020 * f.old
    made += cheek * np.exp(-(((y + 0.24 - up) / 0.15) ** 2) - ((side - 0.33) / 0.15) ** 2)
    made += 0.028 * np.exp(-(((y + 0.375) / 0.055) ** 2) - ((side - 0.105) / 0.045) ** 2)
    mouth = 0.034 * f.lips * np.exp(-(((y + 0.585) / 0.050) ** 2) - (z / 0.19) ** 2)
    mouth += 0.038 * f.lips * np.exp(-(((y + 0.695) / 0.048) ** 2) - (z / 0.155) ** 2)
    made += mouth - 0.026 * np.exp(-(((y + 0.775) / 0.040) ** 2) - (z / 0.16) ** 2)
    if f.old or says.smile > 0.3:
        fold = side - 0.20 - 0.28 * (-0.38 - y)
        there = np.clip((-0.36 - y) * 12, 0, 1) * np.clip((y + 0.72) * 12, 0, 1)
        made -= (0.022 if f.old else 0.012) * np.exp(-((fold / 0.035) ** 2)) * there
    out[part] = made * np.clip(x * 4 - 0.6, 0, 1)
    return out


def paint_face(f: Told, says: Told, m: Marks) -> tuple[Array, Array, Array]:
    """Albedo (3, h, w), shine, and how dark it is in hollows."""
    shape = m.spot[0].shape
    shine = np.full(shape, 0.10, np.float32)
    dark = np.ones(shape, np.float32)
    albedo = np.empty((3, *shape), np.float32)
    albedo[:] = f.skin[:, None, None]
    face = m.around(0.3, -0.1, 1.0, 1.0)
    if m.k >= SMALL:
        dark[face] -= _hollow(*m.at(face))
        _flush(f, albedo[:, *face], *m.at(face))
        part = m.around(0.7, -0.42, 0.25, 0.12)
        _nostrils(albedo[:, *part], *m.at(part), m.k)
    if f.beard:
        _beard(f, albedo[:, *face], *m.at(face))
    part = m.around(0.65, -0.68, 0.42, 0.28)
    _mouth(f, says, albedo[:, *part], shine[part], dark[part], *m.at(part), m.k)
    part = m.around(0.5, 0.25, 0.75, 0.22)
    _brows(f, says, albedo[:, *part], *m.at(part), m.k)
    part = m.around(0.5, -0.25 if says.tears else 0.0, 0.75, 0.55 if says.tears else 0.24)
    _eyes(f, says, albedo[:, *part], shine[part], *m.at(part), m.k)
    if f.glasses:
        part = m.around(0.3, 0.0, 0.95, 0.24)
        _glasses(f, albedo[:, *part], shine[part], *m.at(part), m.k)
    return albedo, shine, dark


def _lay(albedo: Array, part: Array, colour: Sequence[Array] | Array) -> None:
    kept = 1 - part
    for i in range(3):
        albedo[i] *= kept
        albedo[i] += part * colour[i]


def _hollow(x: Array, y: Array, z: Array) -> Array:
    side = np.abs(z)
    out = 0.20 * np.exp(-(((y - 0.07) / 0.09) ** 2) - ((side - 0.26) / 0.14) ** 2)
    out *= np.clip(x * 5 - 0.5, 0, 1)
    return out + 0.28 * np.clip((-0.88 - y) * 7, 0, 1)


def _flush(f: Told, albedo: Array, x: Array, y: Array, z: Array) -> None:
    side = np.abs(z)
    red = 0.50 * np.exp(-(((y + 0.25) / 0.17) ** 2) - ((side - 0.36) / 0.16) ** 2)
    red += 0.40 * np.exp(-(((y + 0.34) / 0.10) ** 2) - (side / 0.12) ** 2)
    red += 0.5 * np.clip((side - 0.60) * 20, 0, 1)
    red *= np.clip(x * 4 + 0.9, 0, 1)
    _lay(albedo, red * np.float32(0.45 if f.old else 0.6), f.skin * FLUSH)
    if f.old:  # lines of the brow, beside the nose, below the eyes
        lines = 0.5 * np.exp(-((np.sin(y * 30 + 0.6 * z) - 1) ** 2) * 5) * np.exp(
            -(((y - 0.42) / 0.11) ** 2) - (side / 0.34) ** 2)  # fmt: skip
        fold = side - 0.20 - 0.28 * (-0.38 - y)
        lines += 0.8 * np.exp(-((fold / 0.022) ** 2)) * (y < -0.36) * (y > -0.70)
        lines += 0.6 * np.exp(-(((y + 0.115) / 0.02) ** 2) - ((side - 0.28) / 0.1) ** 2)
        albedo *= 1 - 0.36 * lines * np.clip(x * 4, 0, 1)


def _beard(f: Told, albedo: Array, x: Array, y: Array, z: Array) -> None:
    side = np.abs(z)
    rough = 0.05 * np.sin(side * 61 + y * 23) * np.sin(y * 47 + 2)
    jaw = np.clip((-0.46 - 0.55 * np.maximum(side - 0.1, 0) ** 2 - y + rough) * 9, 0, 1)
    cheek = np.clip((side - 0.46) * 8 + rough, 0, 1) * np.clip((-0.06 - y) * 9, 0, 1)
    jaw = np.maximum(jaw, cheek)
    lip = np.exp(-(((y + 0.515) / 0.052) ** 2) - (side / 0.20) ** 4)
    bare = np.exp(-(((y + 0.63) / 0.085) ** 2) - (side / 0.20) ** 4)
    if f.beard == 2:
        part = np.clip(lip * 1.7, 0, 1)
    else:
        part = np.maximum(jaw * (1 - bare), np.clip(lip * 1.6, 0, 1)) * np.clip(x * 5 + 1, 0, 1)
    strong = 0.26 if f.beard == 1 else 0.92
    grain = 1 + 0.30 * np.sin(side * 90 + 5 * np.sin(y * 31)) * np.sin(y * 70)
    _lay(albedo, part * np.float32(strong), [c * grain for c in f.hair * np.float32(0.85)])


def _mouth(
    f: Told, says: Told, albedo: Array, shine: Array, dark: Array, x: Array, y: Array,
    z: Array, k: float,
) -> None:  # fmt: skip
    wide = MOUTH_W * (1 + 0.16 * says.smile - 0.22 * says.mouth * (says.smile <= 0.3))
    t = z / wide
    in_ = np.clip((1 - t * t) * (wide * k * 0.5), 0, 1) * np.clip(x * 6 - 1.5, 0, 1)
    flat = np.clip(1 - t * t, 0, 1)
    line = MOUTH_Y + (0.105 * says.smile + 0.012) * (t * t) - 0.03 * max(0.0, says.smile)
    gap = 0.17 * says.mouth * flat**0.6
    upper, lower = line + 0.22 * gap, line - 0.95 * gap
    bow = 1 - 0.30 * np.exp(-((t / 0.16) ** 2))
    high = upper + 0.062 * f.lips * flat**0.8 * bow
    low = lower - 0.074 * f.lips * flat**0.7
    lips = np.clip((high - y) * k + 0.5, 0, 1) * np.clip((y - low) * k + 0.5, 0, 1) * in_
    tone = f.skin * np.array([0.86, 0.50, 0.50], np.float32)
    if f.paint:
        tone = np.array([0.42, 0.050, 0.060], np.float32) * 0.65 + tone * 0.35
    _lay(albedo, lips * (0.92 if f.female or f.paint else 0.62), tone)
    shine += 0.12 * lips
    seam = np.maximum(0.012, 0.75 / k)
    crease = np.exp(-(((y - line) / seam) ** 2)) * in_ * 0.85
    _lay(albedo, crease * (says.mouth < 0.12), f.skin * 0.16)
    corner = np.exp(-(((np.abs(t) - 1.03) / 0.09) ** 2) - ((y - line) / 0.035) ** 2)
    dark -= 0.20 * corner * np.clip(x * 6 - 1, 0, 1)
    dark -= 0.22 * np.exp(-(((y - low + 0.035) / 0.03) ** 2)) * flat * in_
    if says.mouth > 0.02:
        open_ = np.clip((upper - y) * k + 0.5, 0, 1) * np.clip((y - lower) * k + 0.5, 0, 1) * in_
        _lay(albedo, open_, CAVE)
        teeth = np.clip((y - upper + 0.048) * k * 0.7, 0, 1) * open_ * np.clip(1.1 - t * t, 0, 1)
        _lay(albedo, teeth * 0.85, TEETH)
        tongue = np.exp(-(((y - lower) / 0.035) ** 2)) * open_ * flat
        _lay(albedo, tongue * 0.6, np.array([0.32, 0.10, 0.10], np.float32))
        dark -= 0.5 * open_ * (1 - teeth)
        shine -= 0.2 * open_


def _nostrils(albedo: Array, x: Array, y: Array, z: Array, k: float) -> None:
    side = np.abs(z)
    soft = max(0.022, 0.8 / k)
    part = np.exp(-(((side - 0.062) / 0.034) ** 2) - ((y + 0.418) / soft) ** 2)
    albedo *= 1 - 0.60 * part * np.clip(x * 5 - 2, 0, 1)


def _brows(f: Told, says: Told, albedo: Array, x: Array, y: Array, z: Array, k: float) -> None:
    e = np.abs(z) - EYE_Z
    rise = 0.215 + 0.075 * says.brow + (0.012 if f.female else 0.0)
    arch = 0.034 * (1.25 if f.female else 0.9) * (1 - ((e - 0.04) / 0.20) ** 2)
    line = rise + arch + 0.30 * says.slope * e
    thick = (0.022 if f.female else 0.033) * f.brows * np.clip(1.05 - 2.6 * np.maximum(e, 0), 0, 1)
    thick = np.maximum(thick, 0.35 / k)
    part = np.exp(-((((y - line) / thick) ** 2) ** 1.4)) * np.clip((0.205 - np.abs(e)) * 22, 0, 1)
    _lay(albedo, part * 0.88 * np.clip(x * 5 - 0.6, 0, 1), f.hair * 0.62)


def _eyes(
    f: Told, says: Told, albedo: Array, shine: Array, x: Array, y: Array, z: Array, k: float
) -> None:
    big = f.eyes
    ahead = np.clip(x * 7 - 1.4, 0, 1)
    right = np.where(z > 0, 1.0, -1.0).astype(np.float32)
    e = np.abs(z) - EYE_Z  # outward
    w = EYE_W * (0.65 + 0.35 * big)
    t = e / w
    flat = np.clip(1 - t * t, 0, 1)
    lids = says.lids * (1 - 0.18 * max(0.0, says.smile)) * (1 - 0.12 * abs(says.slope))
    squint = 1 - 0.35 * max(0.0, says.smile)
    tilt = 0.016 * t  # outer corners are a little higher
    top = LID_UP * big * flat**0.62
    low = -LID_LOW * big * squint * flat**0.75
    upper = low + (top - low) * lids + tilt
    low = low + tilt
    within = np.clip((1 - np.abs(t)) * w * k + 0.5, 0, 1) * ahead
    open_ = np.clip((upper - y) * k + 0.5, 0, 1) * np.clip((y - low) * k + 0.5, 0, 1) * within
    open_ *= np.clip(lids * 6, 0, 1)
    lid_shade = np.clip(1.05 - (upper - y) * 9, 0, 0.55)
    _lay(albedo, open_, [c * (1 - lid_shade * 0.75) for c in WHITE])
    gx = e - 0.070 * says.gaze[0] * right
    gy = y - 0.052 * says.gaze[1] - 0.012
    far = np.hypot(gx, gy)
    size = IRIS * (0.75 + 0.25 * big) * (1.12 if f.young else 1.0)
    iris = np.clip((size - far) * k + 0.5, 0, 1) * open_
    glow = 0.65 + 0.9 * np.clip(-gy / size, -0.3, 1) * np.clip(far / size, 0, 1)
    glow *= 1 - 0.65 * np.clip((far / size - 0.72) * 5, 0, 1)
    glow *= 1 - 0.5 * lid_shade
    _lay(albedo, iris, [c * glow for c in f.iris])
    pupil = np.clip((PUPIL - far) * k + 0.5, 0, 1) * open_
    _lay(albedo, pupil, INK * 0.6)
    if k > 16:
        spark = np.hypot(z - EYE_Z * right - 0.026 - 0.070 * says.gaze[0], gy - 0.030)
        _lay(albedo, np.clip((0.019 - spark) * k + 0.5, 0, 1) * open_, np.ones(3, np.float32))
    shine -= 0.06 * open_
    lash = max(0.017 if f.female or f.paint else 0.011, 0.55 / k)
    line = np.exp(-(((y - upper) / lash) ** 2)) * within
    wing = np.clip((np.abs(t) - 0.96) * -14, 0, 1)
    _lay(albedo, np.clip(line * 1.25, 0, 1) * wing * (0.95 if f.female or f.paint else 0.8), INK)
    if k > 30:
        below = np.exp(-(((y - low) / 0.010) ** 2)) * within * wing * 0.40
        _lay(albedo, below, f.skin * 0.35)
        fold = np.exp(-(((y - upper - 0.034 - 0.01 * lids) / 0.013) ** 2)) * within * 0.35
        _lay(albedo, fold, f.skin * np.array([0.48, 0.34, 0.32], np.float32))
    if says.tears:
        run = np.exp(-(((e + 0.02 * np.sin(y * 9)) / 0.018) ** 2)) * (y < low - 0.01) * (y > -0.8)
        shine += 1.6 * says.tears * run * ahead
        _lay(albedo, 0.22 * says.tears * run * ahead, np.ones(3, np.float32) * 0.8)


def _glasses(f: Told, albedo: Array, shine: Array, x: Array, y: Array, z: Array, k: float) -> None:
    side = np.abs(z)
    ahead = np.clip(x * 7 - 1.0, 0, 1)
    e, v = (side - 0.29) / 0.215, (y + 0.01) / 0.150
    round_ = (np.abs(e) ** 3 + np.abs(v) ** 3) ** (1 / 3)
    thick = max(0.09, 1.6 / (k * 0.2))
    rim = np.exp(-(((round_ - 1) / thick) ** 2) * 2.5) * ahead
    rim = np.maximum(rim, np.exp(-(((y - 0.05) / 0.018) ** 2)) * (side < 0.09) * ahead)
    temple = np.exp(-(((y - 0.05) / 0.020) ** 2)) * (side > 0.48) * (x > -0.05)
    if f.glasses == 2:
        lens = np.clip((1 - round_) * k * 0.2 + 0.5, 0, 1) * ahead
        _lay(albedo, lens * 0.95, INK * 1.2)
        shine += 0.15 * lens
    _lay(albedo, np.clip(np.maximum(rim, temple), 0, 1) * 0.95, INK)
