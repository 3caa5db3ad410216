"""What people build: blocks of a skyline, houses, temples, castles, lighthouses.

Block     one building of a skyline: a box with a grid of windows and, at night, a sign
skyline   paints a row of blocks on a window
house, temple, castle, lighthouse    single landmarks, as distances with lit windows
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.figures import Figure
from reelway.engines.animatic.light import Light, faded
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.shapes import box, capsule, polygon

Array = npt.NDArray[Any]
WALLS = ("#4b4a50", "#5a5048", "#3d444f", "#6a5a4e", "#464c46", "#70665c")
NEON = ("#ff2d78", "#22d6ff", "#8f4dff", "#ffb52e", "#2bff9d", "#ff5a2e")
LAMP = ("#ffd58a", "#ffe3ae", "#ffc26a", "#cfe2ff")


def skyline(
    window: Window,
    light: Light,
    *,
    base: float,
    depth: float,
    seed: int,
    tall: float,
    wide: float,
    neon: float = 0.0,
    gap: tuple[float, float] | None = None,
) -> tuple[Array, Array]:
    """Display RGB and cover of a row of blocks that stand on view y = `base`.

    `tall`, `wide`: view units of a usual block; `gap`: view x range that is left open.
    """
    picture = np.zeros((window.height, window.width, 3), np.float32)
    cover = np.zeros((window.height, window.width), np.float32)
    random = stream(seed, "skyline", round(depth * 10))
    for side in (-1.0, 1.0) if gap else (1.0,):
        x = (gap[1] if side > 0 else -gap[0]) if gap else -2.6
        while x < 2.6:
            width = wide * float(random.uniform(0.55, 1.5))
            height = (
                tall * float(random.uniform(0.35, 1.0)) * (1.7 if random.random() < 0.14 else 1)
            )
            traits = random.uniform(0, 1, 10)
            left = x if side > 0 else -x - width
            if left < window.left + window.width / window.density and left + width > window.left:
                edges = (left, base - height, left + width, base)
                _block(window, picture, cover, light, edges, depth, traits, neon, seed)
            x += width * float(random.uniform(0.80, 1.12))
    return picture, cover


def _block(
    window: Window,
    picture: Array,
    cover: Array,
    light: Light,
    edges: tuple[float, float, float, float],
    depth: float,
    traits: Array,
    neon: float,
    seed: int,
) -> None:
    """Paint one block into picture and cover; edges left, top, right, bottom in view units."""
    left, top, right, bottom = edges
    d = window.density
    c0, c1 = (max(0, min(window.width, round((e - window.left) * d))) for e in (left, right))
    r0, r1 = (max(0, min(window.height, round((e - window.top) * d))) for e in (top, bottom))
    if c1 - c0 < 1 or r1 - r0 < 1:
        return
    x, y = window.xs[None, c0:c1], window.ys[r0:r1, None]
    u, v = (x - left) / (right - left), (y - top) / (bottom - top)
    wall = linear(WALLS[int(traits[0] * len(WALLS))]) * (0.7 + 0.6 * traits[1])
    # A low sun stands behind the town: fronts are in cool shade, and only one edge is lit.
    low = float(np.clip(1.35 - light.elevation / 0.55, 0, 1)) * (not light.night)
    strip = 0.26 + 0.1 * traits[2] - 0.14 * low
    bright = u < strip if light.sun_x < 0 else u > 1 - strip
    side = np.where(bright, 0.75, 0.22 * (1 - 0.95 * low))
    open_sky = (0.45 + 0.35 * (1 - v[..., None])) * (1 + 1.9 * low)
    shade = light.ambient * open_sky + light.sun * side[..., None]
    tone = wall * shade * (1 + 0.05 * np.sin(v * 90 * (0.5 + traits[3])))[..., None]
    tone = faded(np.broadcast_to(tone, (r1 - r0, c1 - c0, 3)), depth, light)
    glass = _windows(light, u, v, edges, traits, depth, seed)
    panes = glass.max(axis=-1, keepdims=True) if light.lamps < 0.2 else 0
    tone = tone * (1 - 0.35 * panes) + glass * (1 if light.lamps >= 0.2 else 0.15)
    if neon and traits[4] < neon:
        tone = tone + _sign(u, v, traits)
    picture[r0:r1, c0:c1] = to_display(tone)
    cover[r0:r1, c0:c1] = 1
    if traits[5] < 0.3:  # a mast
        mast = round((left + (right - left) * (0.3 + 0.4 * traits[6]) - window.left) * d)
        up = max(0, r0 - round((0.15 + 0.4 * traits[7]) * (right - left) * d))
        thick = max(1, round(0.0014 * d))
        if 0 <= mast < window.width - thick and up < r0:
            picture[up:r0, mast : mast + thick] = to_display(
                faded(wall * light.ambient * 0.5, depth, light)
            )
            cover[up:r0, mast : mast + thick] = 1


def _windows(
    light: Light,
    u: Array,
    v: Array,
    edges: tuple[float, ...],
    traits: Array,
    depth: float,
    seed: int,
) -> Array:
    """Linear light of the windows: a grid, each lit or not by its own number."""
    left, top, right, bottom = edges
    cell = 0.085 / depth * (0.8 + 0.6 * traits[8])
    columns = max(3, round((right - left) / cell))
    rows = max(3, round((bottom - top) / (cell * 1.25)))
    i, j = np.floor(u * columns).astype(np.int64), np.floor(v * rows).astype(np.int64)
    fu, fv = u * columns - i, v * rows - j
    pane = (np.abs(fu - 0.5) < 0.28) & (np.abs(fv - 0.5) < 0.32)
    pane = pane & (i > 0) & (i < columns - 1) & (j > 0)
    chance = stream(seed, "panes", int(traits[9] * 1e9)).uniform(0, 1, (rows + 1, columns + 1))
    seen = chance[np.clip(j, 0, rows), np.clip(i, 0, columns)]
    share = 0.10 + 0.45 * traits[3] * light.lamps
    on = np.clip((share - seen) / 0.02, 0, 1) * pane * (0.35 + 0.65 * (seen * 7919 % 1))
    if light.lamps < 0.2:
        on = pane * 0.6
    colour = linear(LAMP[int(traits[1] * len(LAMP))])
    return np.asarray(
        on[..., None] * colour * light.lamps
        if light.lamps >= 0.2
        else on[..., None] * light.horizon
    )


def _sign(u: Array, v: Array, traits: Array) -> Array:
    """A neon sign: an upright or lying bar with a halo."""
    colour = linear(NEON[int(traits[7] * 5.99)])
    cu, cv = 0.15 + 0.7 * traits[6], 0.35 + 0.4 * traits[8]
    upright = traits[2] < 0.6
    hu, hv = (0.06, 0.22) if upright else (0.30, 0.025)
    du, dv = np.maximum(np.abs(u - cu) - hu, 0), np.maximum(np.abs(v - cv) - hv, 0)
    far = np.hypot(du, dv * 1.6)
    beads = 0.75 + 0.25 * np.sin((v if upright else u) * 120)
    return np.asarray(
        (np.exp(-far / 0.012) * beads * 1.5 + np.exp(-far / 0.12) * 0.22)[..., None] * colour
    )


def _house(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, -0.42, -0.52, 0.42, 0.0)
    d = np.minimum(d, polygon(x, y, [(-0.54, -0.50), (-0.24, -0.92), (0.24, -0.92), (0.54, -0.50)]))
    return np.minimum(d, box(x, y, 0.16, -1.08, 0.26, -0.85))


def _panes(x: Array, y: Array) -> Array:
    glow = np.zeros(np.broadcast(x, y).shape)
    for cx in (-0.24, 0.22):
        glow = np.maximum(
            glow, np.clip(0.5 - box(x, y, cx - 0.08, -0.38, cx + 0.08, -0.18) * 80, 0, 1)
        )
    return np.asarray(glow)


def _temple(x: Array, y: Array, phase: float) -> Array:
    """Three roofs with lifted eaves on a plinth."""
    d = box(x, y, -0.62, -0.07, 0.62, 0.0)
    for base, half, high in ((-0.07, 0.50, 0.30), (-0.50, 0.36, 0.20), (-0.82, 0.24, 0.15)):
        d = np.minimum(d, box(x, y, -half * 0.78, base - high, half * 0.78, base))
        eave = base - high
        curve = [
            (-1.42, -0.075),
            (-1.15, 0.012),
            (-0.9, 0.03),
            (0.9, 0.03),
            (1.15, 0.012),
            (1.42, -0.075),
            (1.0, -0.055),
            (0.62, -0.14),
            (-0.62, -0.14),
            (-1.0, -0.055),
        ]
        d = np.minimum(d, polygon(x, y, [(half * a, eave + b) for a, b in curve]))
    return np.minimum(d, capsule(x, y, (0, -1.08), (0, -1.24), 0.012))


def _lanterns(x: Array, y: Array) -> Array:
    door = np.clip(0.5 - box(x, y, -0.13, -0.30, 0.13, -0.07) * 60, 0, 1) * 0.8
    for cx in (-0.27, 0.27):
        door = np.maximum(door, np.exp(-((x - cx) ** 2 + (y + 0.29) ** 2) / 0.0012))
    return np.asarray(door)


def _castle(x: Array, y: Array, phase: float) -> Array:
    d = box(x, y, -0.55, -0.42, 0.55, 0.0)
    for cx, half, high in (
        (-0.55, 0.11, 0.72),
        (0.55, 0.11, 0.66),
        (-0.16, 0.10, 0.98),
        (0.2, 0.13, 0.84),
    ):
        d = np.minimum(d, box(x, y, cx - half, -high, cx + half, 0))
        d = np.minimum(
            d,
            polygon(
                x,
                y,
                [(cx - half * 1.25, -high), (cx, -high - half * 2.3), (cx + half * 1.25, -high)],
            ),
        )
    return d


def _slits(x: Array, y: Array) -> Array:
    glow = np.zeros(np.broadcast(x, y).shape)
    for cx, cy in (
        (-0.16, -0.7),
        (0.2, -0.6),
        (0.2, -0.4),
        (-0.55, -0.5),
        (0.55, -0.45),
        (-0.3, -0.2),
        (0.0, -0.25),
    ):
        glow = np.maximum(
            glow, np.clip(0.5 - box(x, y, cx - 0.016, cy - 0.04, cx + 0.016, cy + 0.04) * 90, 0, 1)
        )
    return np.asarray(glow)


def _lighthouse(x: Array, y: Array, phase: float) -> Array:
    d = polygon(x, y, [(-0.105, 0.0), (-0.066, -0.80), (0.066, -0.80), (0.105, 0.0)])
    d = np.minimum(d, box(x, y, -0.095, -0.83, 0.095, -0.80))
    d = np.minimum(d, box(x, y, -0.05, -0.93, 0.05, -0.80))
    d = np.minimum(d, polygon(x, y, [(-0.07, -0.925), (0, -1.0), (0.07, -0.925)]))
    return np.minimum(d, box(x, y, 0.10, -0.13, 0.36, 0.0))


def _lantern(x: Array, y: Array) -> Array:
    return np.asarray(np.exp(-((x / 0.055) ** 2) - ((y + 0.88) / 0.05) ** 2) * 1.6)


LANDMARKS: dict[str, Figure] = {
    "house": Figure(
        draw=_house, box=(-0.6, -1.1, 0.6, 0.03), size=0.55, colour="#6b5442", glow=_panes
    ),
    "temple": Figure(
        draw=_temple, box=(-0.8, -1.28, 0.8, 0.03), size=0.95, colour="#5a3a30", glow=_lanterns
    ),
    "castle": Figure(
        draw=_castle, box=(-0.75, -1.35, 0.75, 0.03), size=1.7, colour="#6a655e", glow=_slits
    ),
    "lighthouse": Figure(
        draw=_lighthouse, box=(-0.2, -1.04, 0.42, 0.03), size=1.15, colour="#e4ded4", glow=_lantern
    ),
}
