"""Outer space: a nebula, stars, and a planet lit from one side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import sky
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm, fbm_at, stream

Array = npt.NDArray[Any]
HUES = (
    ("#31235e", "#8a3f74"),
    ("#123a5c", "#3f8f9a"),
    ("#4a2030", "#b06a3c"),
    ("#1c2f6b", "#7a5fc0"),
)
GROUNDS = (
    ("#7a5a42", "#c79a6a"),
    ("#2f5f8f", "#d9e6ee"),
    ("#6b3a32", "#b0684a"),
    ("#5b6a78", "#aeb8bf"),
)


def deep(window: Window, seed: int) -> Array:
    """Display RGB: the dark with a band of lit gas."""
    first, second = (linear(c) for c in HUES[int(stream(seed, "hue").integers(len(HUES)))])
    xs, ys = window.xs * 1.3 + 20, window.ys * 1.3 + 20
    gas = fbm(seed, "gas", xs, ys, octaves=6, gain=0.55)
    veil = fbm(seed, "veil", xs * 0.7, ys * 0.7, octaves=4)
    band = np.exp(-(((window.ys[:, None] + 0.45 * window.xs[None, :] + 0.12 * gas) / 0.34) ** 2))
    light = np.clip(band * (0.45 + 0.6 * gas) + 0.12 * veil, 0, 1.2)[..., None]
    mix = np.clip(0.5 + 0.7 * veil, 0, 1)[..., None]
    return to_display(linear("#03040b") + (first * (1 - mix) + second * mix) * light**1.4 * 0.75)


def stars(window: Window, light: Light, seed: int) -> Array:
    """Display RGB, to be added."""
    out = np.zeros((window.height, window.width, 3), np.float32)
    for layer in range(2):
        sky.sow(out, window, 1.0, 0.75, seed + layer)
    return out


def planet(window: Window, seed: int, cx: float, cy: float, radius: float) -> tuple[Array, Array]:
    """Display RGB and cover of a globe with bands and a thin air."""
    u, v = (window.xs[None, :] - cx) / radius, (window.ys[:, None] - cy) / radius
    r2 = np.minimum(u * u + v * v, 1)
    w = np.sqrt(1 - r2)
    low, high = (linear(c) for c in GROUNDS[int(stream(seed, "ground").integers(len(GROUNDS)))])
    tilted = v * 0.94 + u * 0.34
    x, y = np.broadcast_to(u / (1 + w) * 2.2 + 30, r2.shape), tilted * 2.6 + 30
    land = fbm_at(seed, "land", x.astype(np.float32), y.astype(np.float32), octaves=6)
    mix = np.clip(0.5 + 0.9 * land, 0, 1)[..., None]
    sun = np.clip(-0.72 * u - 0.42 * v + 0.45 * w, 0, 1)[..., None]
    colour = (low * (1 - mix) + high * mix) * (sun * 1.3 + 0.012)
    air = np.clip(1 - w, 0, 1)[..., None] ** 2.5 * sun**0.6
    colour = colour + air * linear("#9cc4ff") * 0.7
    far = np.hypot(u, v)
    cover = np.clip((1 - far) * radius * window.density + 0.5, 0, 1)
    return to_display(colour), cover
