"""Things that give light: a fire that flickers, a lighthouse's beam that goes round."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import framing, passage
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import Canvas, Window, linear, rgb, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
FLAMES = 16  # pictures of a fire
CLOSE = 0.35  # order of what stands beside a face
FLICKER = 12.0  # of them a second
HEARTH = (0.25, 0.21)  # of a room: view x, and the foot of the back wall
TONGUES = ((-0.17, 0.62), (0.02, 1.05), (0.16, 0.75), (-0.05, 0.85), (0.24, 0.45))  # x, height


def standing(b: Builder) -> tuple[float, float, float, float]:
    """Where a fire is: view x and y of its foot, its depth, and view units of its size."""
    near = framing.wanted(b.shot) in framing.NEAR
    if near and b.source is not None and b.source.kind == "fire":
        return b.source.x, b.source.foot, b.source.depth, 0.30 * b.span / framing.lens(b.shot)
    if b.shot.place == "room":
        if b.shot.site in passage.KINDS:  # a basin of iron on legs
            return b.across(0.30), 0.29, 1.6, 0.13
        return HEARTH[0], HEARTH[1] - 0.012, 2.8, 0.10
    depth, aim = 1.05, b.path.aim
    few = sum(s.count for s in b.shot.subjects if s.kind in ("person", "crowd")) < 3
    x = b.across(0.04)
    if few and aim is not None:  # beside them, not behind
        x = b.across(-0.24 if aim.x > 0 else 0.24) - 0.3 * aim.x
    return x, b.ground(depth, x), depth, 0.11 / depth


def fire(b: Builder) -> None:
    """Flames, a halo, and warm light on the ground around; indoors in a hearth or a basin."""
    x, y, depth, unit = standing(b)
    seed, indoors = b.shot.seed, b.shot.place == "room"
    close = b.source is not None and b.source.flat and not indoors
    if indoors and y > 0 and not (b.source and b.source.depth > 4):
        hold = _basin if b.shot.site in passage.KINDS else _hearth
        b.add(depth * 1.01, b.window(depth), lambda w: hold(w, b, (x, y)), front=True)
    window = Window.of(
        x - 0.5 * unit, y - 1.25 * unit, x + 0.5 * unit, y + 0.1 * unit, min(b.density, 500)
    )
    flames = [lambda w, k=k: _flame(w, (x, y), unit, seed, k) for k in range(FLAMES)]
    order = CLOSE if b.source is not None and b.source.depth > 4 else None
    b.add(depth, window, *flames, front=True, lit=True, order=order,
          motion=lambda s: State(picture=int(s * FLICKER)))  # fmt: skip
    strength = np.float32(1.0 if b.light.lamps > 0.5 or indoors else 0.45)
    b.add(
        depth * 0.99 if indoors or close else 0.95,
        Window.of(x - 0.55, y - 0.36, x + 0.55, y + 0.24, 120.0),
        lambda w: (_halo(w, (x, y - 0.4 * unit), -9.0 if indoors else b.horizon) * strength, None),
        added=True,
        soft=True,
        front=True,
        motion=_flicker,
        order=order,
    )
    if not (indoors or close) and b.light.lamps > 0.5:
        b.effects.append(Sparks((x, y - 0.5 * unit), unit, seed))


class Sparks:
    """Embers that rise from a fire and go out."""

    MANY = 26

    def __init__(self, at: tuple[float, float], unit: float, seed: int) -> None:
        self._at, self._unit = at, unit
        self._own = stream(seed, "sparks").uniform(0, 1, (self.MANY, 5))

    def draw(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        f, unit = self._own, self._unit
        age = (f[:, 0] + seconds * (0.25 + 0.25 * f[:, 1])) % 1.0
        y = self._at[1] - unit * (0.2 + 4.2 * age) - pose.tilt
        drift = 0.5 * np.sin(age * 7 + f[:, 2] * 6.3) * age + (f[:, 3] - 0.5) * (0.5 + age)
        x = self._at[0] + unit * drift - pose.pan - pose.x
        rows = y * pose.zoom / canvas.pixel + canvas.height / 2
        cols = x * pose.zoom / canvas.pixel + canvas.width / 2
        size = max(0.0011 / canvas.pixel, 0.6)
        kernels().spots(canvas.y, rows, cols, size, 0.34 * strength)
        i, j = (rows / 2).astype(np.int64), (cols / 2).astype(np.int64)
        high, wide = canvas.u.shape
        there = (i >= 0) & (i < high) & (j >= 0) & (j < wide)
        canvas.u[i[there], j[there]] -= np.float32(0.16 * strength)
        canvas.v[i[there], j[there]] += np.float32(0.16 * strength)


def candle(b: Builder, x: float, y: float, depth: float, unit: float) -> None:
    """A candle of a height `unit` that stands at view (x, y), its flame and its halo."""
    order = CLOSE if depth > 4 else depth
    stem = Window.of(x - 0.4 * unit, y - 1.1 * unit, x + 0.4 * unit, y + 0.08 * unit,
                     min(2 * b.density, 1000))  # fmt: skip
    b.add(depth, stem, lambda w: _wax(w, (x, y), unit), front=True, lit=True, order=order)
    top = y - unit
    tall = 0.75 * unit
    near = Window.of(x - 0.4 * tall, top - 1.2 * tall, x + 0.4 * tall, top + 0.1 * tall,
                     min(2 * b.density, 1000))  # fmt: skip
    tongues = [lambda w, k=k: _tongue(w, (x, top), tall, k) for k in range(FLAMES)]
    b.add(depth * 0.999, near, *tongues, front=True, lit=True, order=order * 0.999,
          motion=lambda s: State(picture=int(s * FLICKER)))  # fmt: skip

    def halo(w: Window) -> tuple[Array, None]:
        far = np.hypot(w.xs[None, :] - x, w.ys[:, None] - top + 0.3 * tall)
        air = 0.42 * np.exp(-far / (1.1 * unit)) + 0.16 * np.exp(-far / (4.5 * unit))
        air = air * np.clip((9 * unit - far) / (3 * unit), 0, 1)
        return np.asarray(air[..., None] * rgb("#ffae5c"), np.float32), None

    wide = Window.of(x - 9 * unit, top - 9 * unit, x + 9 * unit, top + 9 * unit, 120.0)
    b.add(
        depth * 0.998,
        wide,
        halo,
        added=True,
        soft=True,
        front=True,
        motion=_flicker,
        order=order * 0.998,
    )


def _wax(w: Window, at: tuple[float, float], unit: float) -> tuple[Array, Array]:
    u, v = (w.xs[None, :] - at[0]) / unit, (at[1] - w.ys[:, None]) / unit
    d = w.density * unit
    body = np.clip((0.11 - np.abs(u)) * d + 0.5, 0, 1) * np.clip((0.96 - v) * d + 0.5, 0, 1)
    body = body * np.clip(v * d + 0.5, 0, 1)
    dish = np.clip((1 - np.hypot(u / 0.34, v / 0.05)) * 0.1 * d + 0.5, 0, 1)
    wick = np.clip((0.014 - np.abs(u)) * d + 0.5, 0, 1) * (v > 0.9) * (v < 1.07)
    warm = np.clip(0.35 + 0.75 * np.clip(v, 0, 1) ** 3, 0, 1) * (1 - 0.5 * np.clip(u / 0.11, 0, 1))
    colour = rgb("#ffdfa8") * warm[..., None]
    colour = np.where((dish > body)[..., None], rgb("#7a5526") * 0.7, colour)
    colour = np.where((wick > 0.4)[..., None], rgb("#1a100a"), colour)
    return np.asarray(colour, np.float32), np.maximum.reduce([body, dish, wick])


def _tongue(w: Window, at: tuple[float, float], tall: float, k: int) -> tuple[Array, Array]:
    """Picture `k` of a candle's flame."""
    v = (at[1] - w.ys[:, None]) / tall
    lean = 0.05 * math.sin(k * 1.3) + 0.03 * math.sin(k * 2.9)
    high = 1.0 + 0.06 * math.sin(k * 2.1)
    u = (w.xs[None, :] - at[0]) / tall - lean * np.clip(v, 0, 1) ** 1.6
    t = np.clip(v / high, 0, 1)
    wide = 0.17 * np.sqrt(np.clip(t, 0, 1)) * (1 - t) ** 0.75 * 1.9
    heat = np.clip(1 - np.abs(u) / np.maximum(wide, 1e-3), 0, 1) * (v > 0) * (v < high)
    core = np.clip(heat * 1.6, 0, 1)[..., None]
    low = np.exp(-((v / 0.16) ** 2))[..., None]
    colour = rgb("#ff9a2e") * (1 - core) + rgb("#fff6d8") * core
    colour = colour * (1 - 0.7 * low) + rgb("#3a62c8") * 0.7 * low
    return np.asarray(colour, np.float32), np.clip(heat * 3.0, 0, 1)


def cone(b: Builder, x: float, foot: float, half: float) -> None:
    """A spotlight's beam from above down to an ellipse on the ground."""
    top = -b.span / 2 - 0.12

    def paint(w: Window) -> tuple[Array, None]:
        t = np.clip((w.ys - top) / (foot - top), 0, 1.2)[:, None]
        wide = half * (0.10 + 0.90 * t)
        middle = x + 0.10 * half * (1 - t)
        across = np.abs(w.xs[None, :] - middle) / wide
        beam = np.clip(1.06 - across, 0, 0.5) / 0.5 * (0.30 - 0.20 * np.clip(t, 0, 1))
        under = (w.ys[:, None] - foot) / (0.26 * half)
        beam = beam * np.where(under > 0, np.hypot(across, under) < 1, 1.0)
        dust = 1 + 0.25 * fbm(b.shot.seed, "dust", w.xs * 7 + 40, w.ys * 7 + 40, octaves=3)
        return np.asarray((beam * dust)[..., None] * rgb("#fff3dc"), np.float32), None

    window = Window.of(x - 1.2 * half, top, x + 1.2 * half, foot + 0.3 * half, 120.0)
    b.add(1.0, window, paint, added=True, soft=True, front=True, order=0.2)


def _hearth(w: Window, b: Builder, at: tuple[float, float]) -> tuple[Array, Array]:
    """A chimney piece of stone against the back wall."""
    x, y = w.xs[None, :] - at[0], HEARTH[1] - w.ys[:, None]
    lit = b.light.ambient * 0.9 + b.light.horizon * 0.25
    d = w.density

    def inside(left: float, low: float, right: float, high: float) -> Array:
        edge = np.minimum(np.minimum(x - left, right - x), np.minimum(y - low, high - y))
        return np.asarray(np.clip(edge * d + 0.5, 0, 1))

    rows = np.floor(y / 0.026)
    joint = (np.abs((y / 0.026) % 1 - 0.5) > 0.44) | (
        np.abs((x / 0.06 + 0.5 * (rows % 2)) % 1 - 0.5) > 0.46)  # fmt: skip
    own = np.sin(rows * 12.9 + np.floor(x / 0.06 + 0.5 * (rows % 2)) * 78.2) * 0.5
    stone = linear("#8a7f74") * (lit * (1 + 0.16 * own - 0.4 * joint)[..., None])
    breast = inside(-0.105, 0.19, 0.105, 0.9)
    body = inside(-0.135, 0.0, 0.135, 0.185)
    cover = np.maximum(breast * (y < 0.47), body)
    colour = stone * np.where(y > 0.20, 0.8, 1.0)[..., None]
    hole = inside(-0.085, 0.0, 0.085, 0.125)
    arch = np.hypot(x / 0.085, np.maximum(y - 0.075, 0) / 0.05) < 1
    glow = np.exp(-np.hypot(x / 0.07, (y - 0.02) / 0.07))[..., None]
    soot = linear("#120c09") + linear("#ff7a26") * 0.35 * glow
    colour = np.where((hole * arch > 0.5)[..., None], soot, colour)
    shelf = inside(-0.155, 0.180, 0.155, 0.203)
    colour = np.where((shelf > 0.5)[..., None], linear("#4a3020") * lit * 1.6, colour)
    return to_display(colour), np.maximum(cover, shelf)


def _basin(w: Window, b: Builder, at: tuple[float, float]) -> tuple[Array, Array]:
    """A basin of iron on three legs."""
    x, y, d = w.xs[None, :] - at[0], w.ys[:, None] - at[1], w.density
    bowl = np.hypot(x / 0.065, (y + 0.012) / 0.045)
    cover = np.clip((1 - bowl) * 0.045 * d + 0.5, 0, 1) * (y > -0.012)
    rim = np.clip((0.006 - np.abs(y + 0.012)) * d + 0.5, 0, 1) * (np.abs(x) < 0.072)
    for side in (-1.0, -0.1, 1.0):
        leg = np.abs(x - side * (0.035 + 0.22 * np.clip(y, 0, 1)))
        cover = np.maximum(cover, np.clip((0.005 - leg) * d + 0.5, 0, 1) * (y > 0) * (y < 0.15))
    tone = linear("#2a2420") * (b.light.ambient + 0.05) + linear("#ff8a3a") * (
        0.12 * np.exp(-np.maximum(y + 0.012, 0) / 0.02))[..., None]  # fmt: skip
    return to_display(tone + 0 * x[..., None]), np.maximum(cover, rim)


def _flicker(s: float) -> State:
    return State(opacity=0.82 + 0.10 * math.sin(s * 9.1) + 0.08 * math.sin(s * 23.7))


def _flame(
    w: Window, at: tuple[float, float], unit: float, seed: int, k: int
) -> tuple[Array, Array]:
    """Picture `k` of a fire: display RGB and cover."""
    x, y = (w.xs - at[0]) / unit, (w.ys - at[1]) / unit
    u, v = x[None, :], -y[:, None]
    curl = fbm(seed, "flame", x * 3 + 60, y * 2.2 + 60 + k * 1.7, octaves=3)
    body = np.zeros(curl.shape, np.float32)
    for n, (c, high) in enumerate(TONGUES):
        tall = high * (1 + 0.22 * math.sin(k * 2.1 + n * 1.9))
        wide = 0.15 * np.clip(1 - v / tall, 0.01, 1) ** 0.6
        body = np.maximum(body, 1 - np.abs(u - c * (1 - 0.6 * v) + 0.13 * curl * v) / wide)
    heat = body * (0.95 - 0.55 * v) + 0.25 * curl * np.clip(v, 0, 1) * (body > 0)
    heat = np.clip(heat, 0, 1) * (v > -0.02)
    ramps = ((3, 0, 1), (1.9, -0.25, 1), (2, -1.1, 0.8))  # red comes first, blue last
    colour = np.stack([np.clip(heat * a + b, 0, most) for a, b, most in ramps], axis=-1)
    logs = np.hypot(u / 0.36, (v - 0.02) / 0.06) < 1
    colour = np.where((logs & (heat < 0.2))[..., None], rgb("#1a110c"), colour)
    return colour, np.maximum(np.clip(heat * 3.2, 0, 1), logs * 1.0)


def _halo(w: Window, at: tuple[float, float], horizon: float) -> Array:
    dx, dy = (w.xs - at[0])[None, :], (w.ys - at[1])[:, None]
    air = np.exp(-np.hypot(dx, dy) / 0.09) * 0.38
    floor = np.exp(-((dx / 0.42) ** 2) - ((dy - 0.06) / 0.10) ** 2) * 0.30
    floor = floor * np.clip((w.ys[:, None] - horizon - 0.04) / 0.04, 0, 1)
    # It ends within its window: each frame goes through all of that.
    rim = np.clip((1 - np.maximum(np.abs(dx) / 0.54, np.abs(dy) / 0.30)) / 0.35, 0, 1)
    return np.asarray(((air + floor) * rim)[..., None] * rgb("#ff9a48"), np.float32)


def beam(b: Builder, x: float, y: float, depth: float) -> None:
    """Two opposite wedges of light that sweep round: seen from the side they grow and shrink."""

    def paint(w: Window) -> tuple[Array, None]:
        dx, dy = np.abs(w.xs - x)[None, :], (w.ys - y)[:, None]
        wedge = (
            np.exp(-((dy / (0.006 + 0.055 * dx)) ** 2))
            * np.exp(-dx / 0.45)
            * np.clip(1.5 - dx, 0, 1)
        )
        halo = np.exp(-np.hypot(dx, dy) / 0.035) * 0.8
        return ((wedge * 0.5 + halo)[..., None] * rgb("#ffe9b8")).astype(np.float32), None

    window = Window.of(x - 1.6, y - 0.16, x + 1.6, y + 0.16, min(b.density, 300.0))
    b.add(
        depth - 0.05,
        window,
        paint,
        added=True,
        soft=True,
        mirrored=True,
        motion=lambda s: State(grow_x=max(0.10, abs(math.cos(0.9 * s + 0.4)))),
    )
