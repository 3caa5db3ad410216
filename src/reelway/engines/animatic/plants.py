"""Trees and grass: rows of them at one depth, each grown from its own numbers.

row     a row of conifers, broad-leaved trees or bamboo that stands on a view line
grass   blades along the lower edge
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import Light, faded
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
LEAVES = {"": "#33502a", "autumn": "#a3501f", "flowers": "#c98aa6", "snow": "#2d4038"}


def row(
    window: Window,
    light: Light,
    *,
    base: float,
    depth: float,
    seed: int,
    kind: str,
    tall: float,
    every: float,
    ground: str = "",
    gap: tuple[float, float] | None = None,
    only: float | None = None,
) -> tuple[Array, Array]:
    """Display RGB and cover. `tall`, `every`: height and spacing in view units; `gap`: open x;
    `only`: a single tree there."""
    picture = np.zeros((window.height, window.width, 3), np.float32)
    cover = np.zeros((window.height, window.width), np.float32)
    random = stream(seed, "trees", round(depth * 100))
    tint = linear(LEAVES.get(ground, LEAVES[""]))
    leaf = fbm(
        seed, "leaf", window.xs * 16 / tall + 50, window.ys * 16 / tall + 50, octaves=5, gain=0.7
    )
    x = -2.4
    while x < 2.4:
        x = x + every * float(random.uniform(0.5, 1.5)) if only is None else only
        high = tall * float(random.uniform(0.62, 1.1))
        lean, tone, wide = (
            random.uniform(-1, 1),
            random.uniform(0.7, 1.25),
            random.uniform(0.8, 1.2),
        )
        foot = base + float(random.uniform(-0.02, 0.06)) * tall
        reach = high * {"pine": 0.26, "bamboo": 0.12}.get(kind, 0.48) * wide
        if x + reach < window.left or x - reach > window.left + window.width / window.density:
            continue
        if gap is not None and gap[0] < x < gap[1]:
            continue
        _tree(
            window,
            picture,
            cover,
            leaf,
            light,
            kind,
            (x, foot, high, reach, lean),
            tint * tone,
            depth,
            ground,
        )
        if only is not None:
            break
    return picture, cover


def _tree(
    window: Window,
    picture: Array,
    cover: Array,
    leaf: Array,
    light: Light,
    kind: str,
    form: tuple[float, float, float, float, float],
    tint: Array,
    depth: float,
    ground: str,
) -> None:
    cx, foot, high, reach, lean = form
    d = window.density
    c0, c1 = (
        int(np.clip((e - window.left) * d, 0, window.width)) for e in (cx - reach, cx + reach)
    )
    r0, r1 = (
        int(np.clip((e - window.top) * d, 0, window.height)) for e in (foot - high * 1.05, foot)
    )
    if c1 - c0 < 2 or r1 - r0 < 2:
        return
    part = np.s_[r0:r1, c0:c1]
    x, y = (window.xs[None, c0:c1] - cx) / high, (foot - window.ys[r0:r1, None]) / high
    crown, bright = _CROWNS[kind](x - lean * 0.03 * y, y, leaf[part], reach / high)
    trunk = np.clip(
        (0.014 - np.abs(x - lean * 0.03 * y) * (0.6 + 0.4 * y)) * high * d + 0.5, 0, 1
    ) * (y < 0.85)
    a = np.maximum(np.clip(crown * high * d * 0.7 + 0.5, 0, 1), trunk)
    side = np.clip(
        0.45 + (x / (reach / high)) * (0.55 if light.sun_x > 0 else -0.55) + 0.3 * leaf[part], 0, 1
    )
    wood = np.where((crown > 0)[..., None], tint, linear("#2a211b"))
    if ground == "snow":
        white = (
            np.clip(bright * 2.2 - 0.8 + 0.5 * leaf[part], 0, 0.9)[..., None]
            * (crown > 0)[..., None]
        )
        wood = wood * (1 - white) + 0.75 * white
    tone = wood * (
        light.ambient * (0.35 + 0.65 * bright[..., None])
        + light.sun * (side * bright)[..., None] * 0.8
    )
    tone = to_display(faded(tone, depth, light))
    picture[part] = picture[part] * (1 - a[..., None]) + tone * a[..., None]
    cover[part] = np.maximum(cover[part], a)


def _pine(x: Array, y: Array, leaf: Array, reach: float) -> tuple[Array, Array]:
    tiers = 15.0
    step = (y * tiers) % 1.0
    wide = reach * (1.02 - y) * (1.08 - 0.42 * step) * (y > 0.07)
    return wide - np.abs(x) + leaf * 0.022, np.clip(0.35 + 0.75 * (1 - step) + 0.2 * leaf, 0, 1)


def _broad(x: Array, y: Array, leaf: Array, reach: float) -> tuple[Array, Array]:
    far = np.hypot(x / reach, (y - 0.64) / 0.38)
    return (1 - far) * 0.25 + leaf * 0.085, np.clip(0.5 + 0.8 * (y - 0.55) + 0.45 * leaf, 0.1, 1)


def _bamboo(x: Array, y: Array, leaf: Array, reach: float) -> tuple[Array, Array]:
    cane = 0.010 - np.abs(x + 0.02 * np.sin(y * 2)) + 0.002 * (np.abs((y * 14) % 1 - 0.5) > 0.46)
    tuft = (leaf - 0.55) * 0.10 * np.clip((y - 0.45) * 2.5, 0, 1) - np.abs(x) * 0.05
    return np.maximum(cane, tuft), np.clip(0.55 + 0.4 * leaf, 0, 1) + 0 * x


def _palm(x: Array, y: Array, leaf: Array, reach: float) -> tuple[Array, Array]:
    top = np.hypot(x, y - 0.9)
    angle = np.arctan2(y - 0.9, x)
    frond = 0.36 * (0.35 + 0.65 * np.abs(np.cos(angle * 3.5))) - top
    return np.where(y > 0.72 - np.abs(x) * 0.6, frond * 0.3, -0.1), np.clip(0.6 + 0.4 * leaf, 0, 1)


_CROWNS = {"pine": _pine, "broad": _broad, "bamboo": _bamboo, "palm": _palm}


def grass(
    window: Window, light: Light, *, base: float, seed: int, ground: str, tall: float
) -> tuple[Array, Array]:
    """A fringe of blades standing on view y = `base`, with heads or flowers."""
    x = window.xs
    height = np.full(window.width, 0.0, np.float32)
    random = stream(seed, "grass")
    centres, heights = random.uniform(-2.4, 2.4, 2600), random.uniform(0.25, 1.0, 2600) * tall
    half = random.uniform(0.0012, 0.003, 2600)
    for cx, h, w in zip(centres, heights, half, strict=True):
        c0 = int((cx - w - window.left) * window.density)
        c1 = int((cx + w - window.left) * window.density) + 2
        if c1 <= 0 or c0 >= window.width:
            continue
        c0, c1 = max(c0, 0), min(c1, window.width)
        height[c0:c1] = np.maximum(
            height[c0:c1], h * np.clip(1 - np.abs(x[c0:c1] - cx) / w, 0, 1) ** 0.6
        )
    y = base - window.ys[:, None]
    a = np.clip((height[None, :] - y) * window.density + 0.5, 0, 1)
    up = np.clip(y / max(tall, 1e-3), 0, 1)[..., None]
    tint = linear(
        {"autumn": "#7a5a2a", "snow": "#8d97a0", "flowers": "#5b6a3a"}.get(ground, "#3d4a24")
    )
    tone = tint * (light.ambient * 0.5 + light.sun * (0.12 + 0.5 * up))
    return np.broadcast_to(to_display(tone), (window.height, window.width, 3)), a
