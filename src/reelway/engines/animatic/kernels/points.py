"""Compiled: what is drawn point by point, the fronts of houses and trees."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import GROUND_FLOOR, SIGN
from reelway.engines.animatic.kernels.jit import part, whole
from reelway.engines.animatic.kernels.lights import shown

Array = npt.NDArray[Any]
f4 = np.float32
_GROUND = f4(GROUND_FLOOR)
(_UP_U, _UP_V), (_LIES_U, _LIES_V) = ((f4(a), f4(b)) for a, b in SIGN)
_ANY = "f4[:,:]"


@part
def _unit(value: Any) -> Any:
    return min(max(value, f4(0)), f4(1))


@part
def _window(
    out: Array, along: Any, up: Any, high: Any, shade: Any, pixel: Any, chance: Array, wall: Array
) -> None:
    wide, tall, half_u, half_v, lamps = wall[0, 0], wall[0, 1], wall[1, 0], wall[1, 1], wall[1, 2]
    u, v = along / wide, up / tall
    i, j = np.floor(u), np.floor(v)
    fu, fv = u - i, v - j
    n, m = np.int64(i), np.int64(j)
    soft_u, soft_v = max(pixel / wide, f4(0.02)), max(pixel / tall, f4(0.02))
    soft = max(soft_u, soft_v)
    pane = _unit((half_u - abs(fu - f4(0.5))) / soft_u + f4(0.5))
    pane *= _unit((half_v - abs(fv - f4(0.5))) / soft_v + f4(0.5))
    fine = _unit(f4(1.6) - f4(1.1) * soft)
    pane = pane * fine + f4(4) * half_u * half_v * (f4(1) - fine) * f4(0.8)
    if not (up > f4(0.25) * tall and up < high - f4(0.3) * tall):
        pane = f4(0)
    seen, floor = chance[m & 63, n & 63], chance[(m * 5 + 3) & 63, 11]
    close = _unit(f4(1) - soft * f4(5))
    if abs(fu - f4(0.5)) < f4(0.025) or abs(fv - f4(0.62)) < f4(0.02):
        pane *= f4(1) - f4(0.8) * close
    lines = f4(1)
    if abs(fu - f4(0.5)) < half_u + f4(0.05) and abs(fv - f4(0.5) + half_v + f4(0.03)) < f4(0.03):
        lines += f4(0.5) * close
    if fv < f4(0.06):
        lines -= f4(0.10) * fine
    if fu < f4(0.05):
        lines -= f4(0.08) * fine * (f4(1) - wall[2, 0])
    rise = up / max(high, f4(1e-3))
    lines *= f4(0.88) + f4(0.12) * _unit(rise)
    share = _unit(f4(0.35) + f4(0.75) * rise + f4(0.5) * (seen - f4(0.5)))
    askew = f4(0.40) + f4(0.5) * seen
    dark = pane * wall[2, 2]
    on = _unit((wall[0, 2] * (f4(0.4) + f4(1.2) * floor) * lamps - seen) / f4(0.03))
    more = seen * f4(7919)
    on *= f4(0.45) + f4(0.75) * (more - np.floor(more))
    glow = on * pane * min(f4(1), lamps * f4(1.1)) * f4(0.85)
    for c in range(3):
        tone = (wall[4, c] + wall[5, c] * shade) * lines
        mirror = (wall[6, c] * (f4(1) - share) + wall[7, c] * share) * askew
        out[c] = tone * (f4(1) - dark) + mirror * dark * wall[3, c] + glow * wall[8, c]


@part
def _shop(out: Array, along: Any, up: Any, chance: Array, wall: Array) -> None:
    lamps, at = wall[1, 2], along / f4(0.62)
    k = np.int64(np.floor(at))
    f = at - f4(k)
    seen = chance[(k * 3) & 63, 7]
    middle = abs(f - f4(0.5))
    glass = up < f4(0.27) and up > f4(0.035) and middle < f4(0.44) and abs(f - f4(0.72)) > f4(0.02)
    fascia = up >= f4(0.28) and up < f4(0.36) and middle < f4(0.47)
    if not glass and not fascia:
        for c in range(3):
            out[c] = wall[9, c]
        return
    if fascia:
        letters = chance[(k * 7 + 1) & 63, 5] < f4(0.55) and abs(up - f4(0.32)) < f4(0.018)
        letters = letters and f4(math.sin(along * f4(95) + f4(8) * seen)) > f4(-0.2)
        sign = 12 + int(seen * f4(5.99))
        for c in range(3):
            hue = chance[(k + c * 9) & 63, 3]
            out[c] = (f4(0.06) + f4(0.42) * hue * hue) * wall[10, c]
            if letters:
                out[c] += lamps * wall[sign, c] * f4(1.1)
        return
    goods = f4(0.65)
    if up < f4(0.15):
        goods += f4(0.35) * f4(math.sin(along * f4(47) + seen * f4(9)))
    slant = f4(math.sin(along * f4(2.1) - up * f4(9) + seen * f4(9)))
    slant = _unit(f4(0.5) + f4(0.5) * slant)
    inside = (f4(0.25) + f4(0.75) * seen) * (f4(0.4) + f4(0.8) * (up / f4(0.27))) * goods * lamps
    for c in range(3):
        day = wall[6, c] * (f4(0.05) + f4(0.16) * slant)
        if up < f4(0.17):
            day += chance[(k + c * 9) & 63, 3] * goods * wall[11, c] * f4(0.7)
        out[c] = wall[8, c] * inside + day * (f4(1) - f4(0.8) * lamps)


@whole(f"void(f4[:,:,::1], {_ANY}, {_ANY}, {_ANY}, {_ANY}, {_ANY}, f4[:,::1], f4[:,::1])")
def front(
    out: Array, along: Array, up: Array, high: Array, shade: Array, pixel: Array, chance: Array,
    wall: Array,
) -> None:  # fmt: skip
    shops = wall[2, 1] > f4(0)
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            if shops and up[j, i] < _GROUND:
                _shop(out[j, i], along[j, i], up[j, i], chance, wall)
            else:
                _window(out[j, i], along[j, i], up[j, i], high[j, i], shade[j, i], pixel[j, i],
                        chance, wall)  # fmt: skip


@whole(f"void(f4[:,:,::1], {_ANY}, {_ANY}, f4[::1], f4, f4, f4, f4)")
def sign(
    out: Array, us: Array, vs: Array, colour: Array, key: Any, upright: Any, x: Any, y: Any
) -> None:
    stands = upright > f4(0)
    hu, hv = (_UP_U, _UP_V) if stands else (_LIES_U, _LIES_V)
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            u, v = us[j, i] - x, vs[j, i] - y
            du, dv = max(abs(u) - hu, f4(0)), max(abs(v) - hv, f4(0)) * f4(1.6)
            far = np.sqrt(du * du + dv * dv)
            light, white = f4(0), f4(0)
            if far < f4(1e-6):
                s, t = (v / hv, u / hu) if stands else (u / hu, v / hv)
                s *= f4(3.5)
                glyph = np.floor(s + f4(40))
                spin = math.sin(float(glyph * f4(12.9898) + key * f4(78.2))) * 43758.5453
                own = f4(spin - math.floor(spin))
                s -= np.floor(s)
                stroke = abs(f4(math.sin(t * (f4(2) + f4(3) * own) + own * f4(6))))
                stroke = max(stroke, abs(f4(math.sin(s * (f4(5) + f4(4) * own)))))
                bright = stroke > f4(0.72) and s > f4(0.12) and s < f4(0.9)
                light = f4(1.25) if bright else f4(0.22 * 1.25)
                white = f4(0.2) if bright else f4(0)
            elif far < f4(0.1):
                light = f4(math.exp(far * f4(-100))) * f4(0.9)
            if far < f4(1.2):
                light += f4(math.exp(far * f4(-1 / 0.11))) * f4(0.20)
            for c in range(3):
                out[j, i, c] = light * (colour[c] + white)


@part
def _soft(distance: Any, pixels: Any) -> Any:
    return _unit(distance * pixels + f4(0.5))


@whole("void(f4[:,:,::1], f4[::1], f4[::1], f4[:,:], f4[::1], f4, f4, f4, f4)")
def pine(
    out: Array, xs: Array, ys: Array, leaf: Array, own: Array, reach: Any, lean: Any, sun: Any,
    pixels: Any,
) -> None:  # fmt: skip
    whorls, droop = f4(12) + f4(6) * own[0], f4(0.55) + f4(0.55) * own[1]
    few = 60  # whorls below the foot and above the top, each side of its own length
    lengths = np.empty((few, 2), np.float32)
    for n in range(few):
        share = max(min(f4(1) - (f4(n - 20) + f4(0.4)) / whorls, f4(1)), f4(0.015))
        long = f4(0.10) * f4(math.pow(share, f4(0.4))) + f4(0.98) * f4(math.pow(share, f4(0.85)))
        for right in range(2):
            vary = own[((n - 20) * 7 + (1 if right else 4)) % len(own)]
            lengths[n, right] = reach * long * (f4(0.62) + f4(0.5) * vary)
    for j in range(len(ys)):
        y = ys[j]
        wave = f4(0.25) * f4(math.sin(y * f4(17) + f4(9) * own[3]))
        ends = _unit((y - f4(0.05)) / f4(0.05))
        above = _unit((f4(1) - y) / f4(0.10))
        ends *= f4(math.pow(above, f4(0.7))) if above < f4(1) else f4(1)
        off = y > f4(0.97) or y < f4(0.04)
        leader, stem = y > f4(0.9) and y < f4(1), y < f4(0.9) and y > f4(0)
        for i in range(len(xs)):
            x, grain = xs[i] - lean * f4(0.03) * y, leaf[j, i]
            t, right = abs(x), x > f4(0)
            p = (y + droop * t - f4(1.1) * t * t / reach * f4(0.5) + f4(0.012) * grain) * whorls
            p += (f4(0.45) * own[2] if right else f4(0)) + wave
            n = np.floor(p)
            f = p - n
            at = min(max(int(n) + 20, 0), few - 1)
            long = lengths[at, 1 if right else 0] * ends
            to = t / max(long, f4(1e-3))
            d, bough = f4(-1), f4(0.2)  # far outside, where it does not matter
            if not off:
                d = f4(0.30) * long - t + f4(0.02) * grain
                if to < f4(4):
                    bough = f4(0.92) - f4(0.62) * f4(math.pow(to, f4(1.3))) + f4(0.30) * grain
                    d = max(d, min((f4(1.04) - to) * long, (bough - f) / whorls * f4(1.1)))
                d += f4(0.006) * grain
            if leader:
                d = max(d, f4(0.012) * (f4(1) - y) * f4(2) - t)
            crown = _soft(d, pixels)
            trunk = _soft(f4(0.016) * (f4(1.2) - y) - t, pixels) if stem else f4(0)
            rise = _unit(f / max(bough, f4(0.2)))
            open_ = f4(0.12) + f4(0.42) * to + f4(0.42) * rise + f4(0.22) * grain
            side = _unit(f4(0.5) + f4(0.75) * sun * x / max(long, f4(0.02)))
            bright = side * (f4(0.25) + f4(0.9) * rise) + f4(0.25) * grain
            out[0, j, i] = max(crown, trunk)
            out[1, j, i] = min(max(open_, f4(0.05)), f4(1))
            out[2, j, i] = min(max(bright, f4(0)), f4(1.2))
            out[3, j, i] = trunk * (f4(1) - crown)


@whole(f"void(f4[:,:,:], {', '.join([_ANY] * 7)}, f4[:,::1], f4[::1])")
def foliage(
    picture: Array, cover: Array, seen: Array, opens: Array, lits: Array, woods: Array, near: Array,
    leaf: Array, look: Array, table: Array,
) -> None:  # fmt: skip
    snowy, kept = look[6, 1] > f4(0), look[6, 0]
    for j in range(seen.shape[0]):
        for i in range(seen.shape[1]):
            a = seen[j, i]
            if a <= f4(0):
                continue
            open_, bright, wood = opens[j, i], lits[j, i], woods[j, i]
            white = f4(0)
            if snowy:
                white = (open_ - f4(0.42)) * f4(3.2) + f4(0.5) * leaf[j, i]
                white = min(max(white, f4(0)), f4(0.93)) * (f4(1) - f4(0.7) * wood)
            sky = f4(0.18) + f4(0.95) * open_
            sun = f4(0.95) * bright * (f4(0.35) + f4(0.65) * open_)
            through = near[j, i] * (f4(1) - wood) * bright
            for c in range(3):
                own = look[0, c] + (look[1, c] - look[0, c]) * wood
                own = own * (f4(1) - white) + f4(0.78) * white
                tone = own * (look[2, c] * sky + look[3, c] * sun) + look[4, c] * through
                tone = shown(tone * kept + look[5, c], table)
                picture[j, i, c] = picture[j, i, c] * (f4(1) - a) + tone * a
            cover[j, i] = max(cover[j, i], a)


@whole(f"void(f4[:,:,:], {_ANY}, f4[:,:,:], {_ANY}, {_ANY}, {_ANY}, f4[::1], f4[::1])")
def over(
    picture: Array, cover: Array, tone: Array, seen: Array, dim: Array, kept: Array, haze: Array,
    table: Array,
) -> None:  # fmt: skip
    for j in range(tone.shape[0]):
        for i in range(tone.shape[1]):
            a = seen[j, i]
            if a <= f4(0):
                continue
            left = kept[j, i]
            bright, rest = dim[j, i] * left, f4(1) - left
            for c in range(3):
                light = shown(tone[j, i, c] * bright + haze[c] * rest, table)
                picture[j, i, c] += (light - picture[j, i, c]) * a
            cover[j, i] = max(cover[j, i], a)
