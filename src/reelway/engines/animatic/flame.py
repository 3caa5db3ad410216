"""Things that give light: a fire that flickers, a lighthouse's beam that goes round."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, rgb
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.noise import fbm

Array = npt.NDArray[Any]
FLAMES = 16  # pictures of a fire
FLICKER = 12.0  # of them a second
TONGUES = ((-0.17, 0.62), (0.02, 1.05), (0.16, 0.75), (-0.05, 0.85), (0.24, 0.45))  # x, height


def fire(b: Builder) -> None:
    """Flames, a halo, and warm light on the ground around."""
    depth, x = 1.05, b.across(0.04)
    y = b.ground(depth, x)
    unit, seed = 0.11 / depth, b.shot.seed
    window = Window.of(
        x - 0.5 * unit, y - 1.25 * unit, x + 0.5 * unit, y + 0.1 * unit, min(b.density, 500)
    )
    flames = [lambda w, k=k: _flame(w, (x, y), unit, seed, k) for k in range(FLAMES)]
    b.add(depth, window, *flames, front=True, motion=lambda s: State(picture=int(s * FLICKER)))
    strength = np.float32(1.0 if b.light.lamps > 0.5 else 0.45)
    b.add(
        0.95,
        Window.of(x - 0.8, y - 0.5, x + 0.8, y + 0.4, 120.0),
        lambda w: (_halo(w, (x, y - 0.4 * unit), b.horizon) * strength, None),
        added=True,
        soft=True,
        front=True,
        motion=_flicker,
    )


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
    return np.asarray((air + floor)[..., None] * rgb("#ff9a48"), np.float32)


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
