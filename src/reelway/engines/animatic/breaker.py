"""The wave that somebody surfs on: a long wall that curls over at one end and foams.

wave   its layer, right behind who rides it

Measures are heights of a grown man: u along the wall, the way of the rider, v up from the sea.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm_at
from reelway.engines.animatic.stage import Going, Reel, frame_of, motion_of

Array = npt.NDArray[Any]
RIDE = 0.17  # how high on the face the board is
PICTURES, STAYS = 12, 4  # of the water's own motion, and frames that each stays
HIGH, LEFT, RIGHT, TOP = 1.42, -3.4, 4.2, 1.75
CURL = (-0.80, 0.66, 0.46, 0.52)  # middle and half measures of the hollow under the lip
DENSE = 420.0  # pixels a view unit at most: water is soft


def wave(b: Builder, reel: Reel, going: Going, side: float) -> None:
    if b.heard is not None:
        return
    x, y, unit = *reel.at, reel.unit
    ends = sorted((x + side * LEFT * unit, x + side * RIGHT * unit))
    window = Window.of(ends[0], y - TOP * unit, ends[1], y + 0.10 * unit, min(b.density, DENSE))

    def painter(k: int) -> Callable[[Window], tuple[Array, Array]]:
        def paint(w: Window) -> tuple[Array, Array]:
            u = (side * (w.xs - x) / unit)[None, :] + np.zeros((w.height, 1))
            v = ((y - w.ys) / unit)[:, None] + np.zeros((1, w.width))
            return painted(u.astype(np.float32), v.astype(np.float32), b.light, b.shot.seed,
                           k / PICTURES)  # fmt: skip

        return paint

    way = motion_of(b, reel, going, window)

    def motion(seconds: float) -> State:
        n = frame_of(b, seconds) // STAYS
        return replace(way(seconds), picture=n % PICTURES)

    b.add(reel.depth, window, *(painter(k) for k in range(PICTURES)), motion=motion, front=True,
          mirrored=False, order=reel.depth * 1.01)  # fmt: skip


def crest(u: Array) -> Array:
    """How high the wall is: highest where it breaks, lower along its shoulder."""
    shoulder = 1 / (1 + np.exp((u - 1.75) / 0.62))
    broken = 1 / (1 + np.exp((-1.35 - u) / 0.22))
    return np.asarray(HIGH * (0.10 + 0.90 * shoulder) * (0.52 + 0.48 * broken), np.float32)


def painted(u: Array, v: Array, light: Light, seed: int, phase: float) -> tuple[Array, Array]:
    a = math.tau * phase

    def moving(name: str, x: Array, y: Array, octaves: int = 4) -> Array:
        """Noise that comes back to itself after a cycle."""
        one, two = (fbm_at(seed, f"{name}{i}", x, y, octaves=octaves) for i in (0, 1))
        return np.asarray(one * math.cos(a) + two * math.sin(a))

    ragged = moving("lip", u * 4.0, v * 0.0)
    top = crest(u) + 0.035 * ragged * np.exp(-(((u + 0.6) / 1.4) ** 2))
    t = np.clip(v / np.maximum(top, 0.05), 0, 1)  # up the face
    streaks = moving("face", u * 6.5 - 4.0 * t * t, t * 1.3 - 0.6 * u)
    colour = _face(u, t, streaks, light)
    cx, cy, rx, ry = CURL
    bent = moving("bent", u * 1.7, v * 1.7, 3)
    far = np.hypot((u - cx + 0.42 * (v - cy) ** 2 + 0.20 * (v - cy)) / rx, (v - cy) / ry)
    far = far + 0.10 * bent
    hollow = np.clip((1.0 - far) / 0.16, 0, 1) * (u < cx + 0.62)
    inside = np.clip(0.25 + 0.75 * (u - cx + rx) / (2 * rx), 0.15, 1)
    colour = colour * (1 - hollow * (1 - 0.42 * inside))[..., None]
    white = _foam(u, v, t, top, far, moving, streaks)
    lit = light.ambient * 0.80 + light.sun * 0.55 + light.middle * 0.12
    grain = 0.82 + 0.20 * moving("grain", u * 9.0, v * 9.0, 3)
    shade = np.clip(grain * (0.66 + 0.34 * np.clip(v / 0.8, 0, 1)), 0.3, 1.15)
    foam = linear("#eef4f6") * lit * shade[..., None]
    colour = colour * (1 - white[..., None]) + foam * white[..., None]
    edge = np.clip((top - v) / 0.018 + 0.5, 0, 1)
    spray = np.clip(1 - (v - top) / (0.16 + 0.10 * ragged), 0, 1) * (v > top)
    spray *= np.clip(moving("spray", u * 16, v * 16, 3) * 1.6 - 0.1, 0, 1)
    spray *= np.exp(-(((u + 0.55) / 0.95) ** 2))
    # The wall comes out of the sea, without an edge at its foot.
    foot = np.clip((v + 0.05 + 0.03 * streaks) / (0.14 + 0.10 * np.clip(u, 0, 2)), 0, 1)
    ends = np.clip((RIGHT - u) / 1.4, 0, 1) * np.clip((u - LEFT) / 0.8, 0, 1)
    cover = (
        np.maximum(
            edge * np.maximum(foot, white * np.clip((v + 0.03 + 0.05 * ragged) / 0.07, 0, 1)),
            0.85 * spray,
        )
        * ends
    )
    colour = np.where((v > top)[..., None], foam, colour)
    return to_display(colour.astype(np.float32)), cover.astype(np.float32)


def _face(u: Array, t: Array, streaks: Array, light: Light) -> Array:
    """Deep at the foot, sky on the slope, light through what is thin near the crest."""
    body = light.zenith * 0.25 + light.middle * 0.12 + light.ambient * 0.05
    deep = body * 0.62 + linear("#0f4a56") * (light.ambient + 0.2 * light.sun) * 0.55
    thin = linear("#4fb8a4") * (light.ambient * 0.75 + light.sun * 0.50)
    sky = light.horizon * 0.20 + light.middle * 0.40
    through = np.clip((t - 0.42) / 0.58, 0, 1) ** 1.6 * np.exp(-(((u - 0.1) / 1.9) ** 2))
    mirror = np.clip(1 - t / 0.55, 0, 1) ** 1.5 * (0.50 + 0.10 * streaks)
    rows = (1 + 0.16 * streaks)[..., None]
    colour = deep * rows * (1 - 0.25 * t)[..., None]
    colour = colour * (1 - mirror[..., None]) + sky * mirror[..., None]
    colour = colour * (1 - 0.8 * through[..., None]) + thin * rows * 0.8 * through[..., None]
    return np.asarray(colour)


def _foam(
    u: Array, v: Array, t: Array, top: Array, far: Array,
    moving: Callable[..., Array], streaks: Array,
) -> Array:  # fmt: skip
    """The lip that falls, the white water behind it, lace at the foot and up the face."""
    puffs = moving("puffs", u * 3.4, v * 3.4)
    behind = np.clip((-1.02 - u + 0.22 * puffs) / 0.20, 0, 1)
    thick = 0.07 + 0.15 * np.clip((v - 0.35) / 0.8, 0, 1)
    lip = np.exp(-(((far - 1.06) / thick) ** 2)) * np.clip((0.35 - u) / 0.35, 0, 1)
    # It frays as it falls, and is gone in the splash at its foot.
    lip *= np.clip(0.55 + 0.7 * puffs + 0.75 * np.clip((v - 0.5) / 0.6, 0, 1), 0, 1)
    rim = np.clip(1 - (top - v) / (0.05 + 0.03 * puffs), 0, 1) * np.exp(-(((u + 0.5) / 1.0) ** 2))
    splash = np.clip((0.34 + 0.22 * puffs - np.hypot((u + 0.82) / 1.3, v)) / 0.14, 0, 1)
    lace = np.clip(moving("lace", u * 6 - 4 * t, v * 7) - 0.35, 0, 1) * 1.7
    lace *= np.clip((0.2 - u) / 1.1, 0, 1) * np.clip(1.2 - t, 0, 1)
    line = np.exp(-(((v - RIDE - 0.02 + 0.10 * (u + 0.5)) / (0.02 - 0.05 * np.minimum(u, 0))) ** 2))
    wake = line * np.clip((-0.30 - u) / 0.15, 0, 1) * np.clip(0.7 + 0.5 * streaks, 0, 1)
    foot = np.exp(-(((v - 0.015) / (0.035 + 0.03 * np.abs(puffs))) ** 2))
    foot *= np.clip((0.9 - u) / 1.4, 0, 1) * np.clip(0.6 + 0.8 * puffs, 0, 1)
    layers = np.maximum.reduce([behind, lip, 0.9 * rim, splash, 0.75 * lace, 0.9 * wake, foot])
    return np.asarray(np.clip(layers, 0, 1), np.float32)
