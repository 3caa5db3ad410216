"""The kernels in numpy, of what is drawn point by point: colours, fronts, trees; see `form`."""

from __future__ import annotations

import numpy as np

from reelway.engines.animatic.kernels.bodies import display
from reelway.engines.animatic.kernels.form import BLUE, FRONT, GREEN, GROUND_FLOOR, RED, SIGN, Array

SOME = 8192  # pixels that are painted at a time, so that they stay in the processor's cache


def toned(picture: Array, tone: Array) -> Array:
    luma = (picture @ np.array([RED, GREEN, BLUE], np.float32))[..., None]
    bright = np.clip(luma * tone[4] + tone[5], 0, 1)
    return np.asarray(picture * tone[0] + luma * (tone[1] + tone[2] * bright) + tone[3], np.float32)


# Fronts


def front(at: tuple[Array, ...], chance: Array, wall: Array) -> Array:
    high, wide = np.broadcast_shapes(*(np.shape(a) for a in at), (1, 1))
    out, step = np.empty((high, wide, 3), np.float32), max(1, SOME // wide)
    for k in range(0, high, step):
        rows = [a[k : k + step] if len(a) > 1 else a for a in map(np.atleast_2d, at)]
        out[k : k + step] = _front(rows, chance, wall)
    return out


def _front(at: list[Array], chance: Array, wall: Array) -> Array:
    along, up, high, shade, pixel = at
    (wide, tall, share), (half_u, half_v, lamps), (bare, shops, strength) = wall[:3]
    i, j = np.floor(along / wide), np.floor(up / tall)
    fu, fv = along / wide - i, up / tall - j
    soft_u, soft_v = np.maximum(pixel / wide, 0.02), np.maximum(pixel / tall, 0.02)
    pane = np.clip((half_u - np.abs(fu - 0.5)) / soft_u + 0.5, 0, 1)
    pane = pane * np.clip((half_v - np.abs(fv - 0.5)) / soft_v + 0.5, 0, 1)
    # Windows smaller than a pixel melt into their mean.
    soft = np.maximum(soft_u, soft_v)
    fine = np.clip(1.6 - 1.1 * soft, 0, 1)
    pane = pane * fine + 4 * half_u * half_v * (1 - fine) * 0.8
    pane = pane * (up > 0.25 * tall) * (up < high - 0.3 * tall)
    seen = chance[j.astype(np.int64) % 64, i.astype(np.int64) % 64]
    floor = chance[(j.astype(np.int64) * 5 + 3) % 64, 11]
    close = np.clip(1 - soft * 5, 0, 1)
    bar = (np.abs(fu - 0.5) < 0.025) | (np.abs(fv - 0.62) < 0.02)
    pane = pane * (1 - 0.8 * bar * close)
    sill = (np.abs(fu - 0.5) < half_u + 0.05) & (np.abs(fv - 0.5 + half_v + 0.03) < 0.03)
    lines = 1 + 0.5 * sill * close - 0.10 * (fv < 0.06) * fine
    lines = lines - 0.08 * (fu < 0.05) * fine * (1 - bare)
    rise = up / np.maximum(high, 1e-3)
    grime = 0.88 + 0.12 * np.clip(rise, 0, 1)
    tone = wall[FRONT.ground] + wall[FRONT.sunny] * shade[..., None]
    tone = tone * (lines * grime)[..., None]
    # By day panes mirror the sky, each a little askew.
    part = np.clip(0.35 + 0.75 * rise + 0.5 * (seen - 0.5), 0, 1)[..., None]
    mirror = wall[FRONT.horizon] * (1 - part) + wall[FRONT.zenith] * part
    mirror = mirror * (0.40 + 0.5 * seen[..., None])
    dark = pane[..., None] * strength
    tone = tone * (1 - dark) + mirror * dark * wall[FRONT.mirror]
    share = share * (0.4 + 1.2 * floor) * lamps
    on = np.clip((share - seen) / 0.03, 0, 1) * (0.45 + 0.75 * (seen * np.float32(7919) % 1))
    glow = on * pane * min(1.0, lamps * 1.1)
    tone = tone + glow[..., None] * wall[FRONT.lamp] * 0.85
    if shops and len(low := np.nonzero((up < GROUND_FLOOR).any(axis=1))[0]):
        rows = slice(int(low[0]), int(low[-1]) + 1) if len(up) > 1 else slice(None)
        along, up = (a[rows] if len(a) > 1 else a for a in (along, up))
        tone[rows] = _shops(tone[rows], along, up, chance, wall, lamps)
    return np.asarray(tone, np.float32)


def _shops(tone: Array, along: Array, up: Array, chance: Array, wall: Array, lamps: Array) -> Array:
    """The ground floor: wide panes with light behind them, doors, a strip with the name above."""
    k = np.floor(along / 0.62).astype(np.int64)
    f = along / 0.62 - k
    seen = chance[(k * 3) % 64, 7]
    glass = (up < 0.27) & (up > 0.035) & (np.abs(f - 0.5) < 0.44) & (np.abs(f - 0.72) > 0.02)
    fascia = (up >= 0.28) & (up < 0.36) & (np.abs(f - 0.5) < 0.47)
    tone = np.where((up < GROUND_FLOOR)[..., None], wall[FRONT.plinth], tone)
    hue = np.stack([chance[(k + c * 9) % 64, 3] for c in range(3)], axis=-1)
    paint = (0.06 + 0.42 * hue**2) * wall[FRONT.paint]
    tone = np.where(fascia[..., None], paint, tone)
    inside = wall[FRONT.lamp] * ((0.25 + 0.75 * seen) * (0.4 + 0.8 * (up / 0.27)))[..., None]
    goods = 0.65 + 0.35 * np.sin(along * 47 + seen * 9) * (up < 0.15)
    # By day the panes mirror the other side of the street, and the wares stand behind.
    slant = np.clip(0.5 + 0.5 * np.sin(along * 2.1 - up * 9 + seen * 9), 0, 1)[..., None]
    wares = hue * goods[..., None] * (up < 0.17)[..., None] * wall[FRONT.ambient] * 0.7
    day = wall[FRONT.horizon] * (0.05 + 0.16 * slant) + wares
    lit = inside * goods[..., None] * lamps + day * (1 - 0.8 * lamps)
    tone = np.where(glass[..., None], lit, tone)
    on = (chance[(k * 7 + 1) % 64, 5] < 0.55) & fascia
    letters = (np.abs(up - 0.32) < 0.018) & (np.sin(along * 95 + 8 * seen) > -0.2)
    colour = wall[FRONT.neon :][(seen * 5.99).astype(np.int64)]
    return np.asarray(tone + (on & letters)[..., None] * lamps * colour * 1.1)


def sign(u: Array, v: Array, colour: Array, form: tuple[float, ...]) -> Array:
    key, upright, x, y = (np.float32(n) for n in form)
    hu, hv = SIGN[0] if upright else SIGN[1]
    du, dv = np.maximum(np.abs(u - x) - hu, 0), np.maximum(np.abs(v - y) - hv, 0)
    far = np.hypot(du, dv * 1.6)
    s, t = ((v - y) / hv, (u - x) / hu) if upright else ((u - x) / hu, (v - y) / hv)
    s, t = np.broadcast_arrays(s, t)
    glyph = np.floor(s * 3.5 + 40)
    spin = np.asarray(glyph * np.float32(12.9898) + key * np.float32(78.2), np.float64)
    own = np.asarray(np.sin(spin) * 43758.5453 % 1, np.float32)
    stroke = np.maximum(
        np.abs(np.sin(t * (2 + 3 * own) + own * 6)), np.abs(np.sin((s * 3.5 % 1) * (5 + 4 * own)))
    )
    gap = (s * 3.5 % 1 > 0.12) & (s * 3.5 % 1 < 0.9)
    strokes = np.where((stroke > 0.72) & gap, 1.0, 0.22) * (far < 1e-6)
    edge = np.exp(-far / 0.010) * (far > 1e-6)
    halo = np.exp(-far / 0.11) * 0.20
    white = np.clip(strokes - 0.6, 0, 1)[..., None] * 0.5
    light = (strokes * 1.25 + edge * 0.9 + halo)[..., None]
    return np.asarray(light * (colour + white), np.float32)


# Trees


def pine(
    x: Array, y: Array, leaf: Array, own: Array, form: tuple[float, ...]
) -> tuple[Array, Array, Array, Array]:
    reach, lean, sun, pixels = form
    x = x - lean * 0.03 * y
    t, right = np.abs(x), x > 0
    whorls = 12 + 6 * own[0]
    droop = 0.55 + 0.55 * own[1]
    p = (y + droop * t - 1.1 * t * t / reach * 0.5 + 0.012 * leaf) * whorls
    p = p + np.where(right, 0.45 * own[2], 0.0) + 0.25 * np.sin(y * 17 + 9 * own[3])
    i = np.floor(p)
    f = p - i
    part = np.clip(1 - (i + 0.4) / whorls, 0.015, 1)  # of the way down from the top
    at = i.astype(np.int64) * 7 + np.where(right, 1, 4)
    long = reach * (0.10 * part**0.4 + 0.98 * part**0.85) * (0.62 + 0.5 * own[at % len(own)])
    long = long * np.clip((y - 0.05) / 0.05, 0, 1) * np.clip((1.0 - y) / 0.10, 0, 1) ** 0.7
    out = t / np.maximum(long, 1e-3)
    bough = 0.92 - 0.62 * out**1.3 + 0.30 * leaf
    inside = np.minimum((1.04 - out) * long, (bough - f) / whorls * 1.1)
    core = 0.30 * long - t + 0.02 * leaf
    d = np.maximum(inside, core) + 0.006 * leaf
    d = np.where((y > 0.97) | (y < 0.04), -1.0, d)
    top = 0.012 * (1 - y) * 2 - t  # the leader
    crown = _soft(np.maximum(d, np.where((y > 0.9) & (y < 1.0), top, -1)), pixels)
    trunk = _soft(0.016 * (1.2 - y) - t, pixels) * (y < 0.9) * (y > 0)
    rise = np.clip(f / np.maximum(bough, 0.2), 0, 1)
    open_ = np.clip(0.12 + 0.42 * out + 0.42 * rise + 0.22 * leaf, 0.05, 1)
    side = np.clip(0.5 + 0.75 * sun * x / np.maximum(long, 0.02), 0, 1)
    lit = np.clip(side * (0.25 + 0.9 * rise) + 0.25 * leaf, 0, 1.2)
    return np.maximum(crown, trunk), open_, lit, trunk * (1 - crown)


def _soft(distance: Array, pixels: float) -> Array:
    return np.asarray(np.clip(distance * pixels + 0.5, 0, 1), np.float32)


def foliage(
    picture: Array, cover: Array, seen: tuple[Array, ...], leaf: Array, look: Array
) -> None:
    a, open_, lit, wood, near = (np.asarray(s, np.float32) for s in seen)
    tint, bark, sky, sun, glow, haze, (part, snowy, _) = look
    own = tint + (bark - tint) * wood[..., None]
    if snowy:
        white = np.clip((open_ - 0.42) * 3.2 + 0.5 * leaf, 0, 0.93)
        white = (white * (1 - 0.7 * wood))[..., None]
        own = own * (1 - white) + np.float32(0.78) * white
    tone = own * (
        sky * (0.18 + 0.95 * open_[..., None])
        + sun * (0.95 * lit * (0.35 + 0.65 * open_))[..., None]
    )
    # A low sun behind shines through the thin edges.
    tone = tone + glow * (near * (1 - wood) * lit)[..., None]
    tone = display(tone * part + haze)
    picture *= 1 - a[..., None]
    picture += tone * a[..., None]
    np.maximum(cover, a, out=cover)


def over(
    picture: Array, cover: Array, tone: Array, seen: Array | float, dim: Array | float,
    kept: Array | float, haze: Array,
) -> None:  # fmt: skip
    a, dim, kept = (np.broadcast_to(np.float32(p), cover.shape)[..., None] for p in
                    (seen, dim, kept))  # fmt: skip
    picture += (display(tone * (dim * kept) + haze * (1 - kept)) - picture) * a
    np.maximum(cover, a[..., 0], out=cover)
