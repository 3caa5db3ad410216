"""Rows of trees, trunks right before the lens, grass.

row      a row of `trees` that stands on a view line at one depth
trunks   boles that leave the picture above
grass    blades along the lower edge
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light, faded
from reelway.engines.animatic.noise import fbm, stream
from reelway.engines.animatic.trees import REACH, TREES, Form

Array = npt.NDArray[Any]
LEAVES = {
    "": ("#2f4d27", "#3d5a2b", "#27442a"),
    "autumn": ("#a3501f", "#b8782a", "#8c3a20", "#6d5a26"),
    "flowers": ("#d693ae", "#e3b0c2", "#c87f9e"),
    "snow": ("#2d4038", "#34473c", "#27392f"),
}  # fmt: skip
BARK = {"": "#33271e", "snow": "#3a322d", "bamboo": "#5f7d34"}
NUMBERS = 61  # of each tree
SOME = 32768  # points of a tree that are painted at a time
EDGE = 2.4  # view units: rows begin there
NO_HEAD = -1.0, -1.0, -1.0


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
    fineness = 16 / tall
    leaf = fbm(
        seed, "leaf", window.xs * fineness + 90, window.ys * fineness + 90, octaves=5, gain=0.75
    )
    right = window.left + window.width / window.density
    x = -EDGE
    while x < EDGE:
        # Trees stand in groups.
        step = every * float(random.uniform(0.35, 1.0) if random.random() < 0.7 else 2.0)
        x = x + step if only is None else only
        high = tall * float(random.uniform(0.58, 1.12))
        foot = base + float(random.uniform(-0.02, 0.06)) * tall
        lean, wide = float(random.uniform(-1, 1)), float(random.uniform(0.75, 1.25))
        own, tone = (
            random.uniform(0, 1, NUMBERS).astype(np.float32),
            float(random.uniform(0.75, 1.2)),
        )
        tint = random.random()
        reach = REACH[kind] * (wide if kind != "palm" else 1)
        outside = x + reach * high < window.left or x - reach * high > right
        if not outside and not (gap is not None and gap[0] < x < gap[1]):
            form = Form(
                high=high, reach=reach, lean=lean, sun=1.0 if light.sun_x > 0 else -1.0,
                own=own, pixels=high * window.density,
            )  # fmt: skip
            leaves = LEAVES.get(ground, LEAVES[""])
            colour = linear("#6f8f3c" if kind == "bamboo" else leaves[int(tint * len(leaves))])
            at = (x, foot, kind, ground, depth)
            _tree(window, picture, cover, leaf, light, form, colour * np.float32(tone), at)
        if only is not None:
            break
    return picture, cover


def _tree(
    window: Window,
    picture: Array,
    cover: Array,
    leaf: Array,
    light: Light,
    form: Form,
    tint: Array,
    at: tuple[float, float, str, str, float],
) -> None:
    cx, foot, kind, ground, depth = at
    d, high = window.density, form.high
    reach = (form.reach * 1.1 + 0.02) * high
    c0, c1 = (
        int(np.clip((e - window.left) * d, 0, window.width)) for e in (cx - reach, cx + reach)
    )
    r0, r1 = (
        int(np.clip((e - window.top) * d, 0, window.height)) for e in (foot - high * 1.03, foot)
    )
    if c1 - c0 < 2 or r1 - r0 < 2:
        return
    bark = linear(BARK.get(ground, BARK[""]))
    left = math.exp(-depth * light.haze_density)
    low = light.sun_height < 0.15 and light.disc == "sun"
    x = window.xs[None, c0:c1]
    near = np.exp(-(((x - light.sun_x) / 0.35) ** 2)) * np.float32(low)
    snowy = ground == "snow" and kind != "bamboo"
    rows = (tint, bark, light.ambient, light.sun, tint * light.glow * 0.5, light.haze * (1 - left),
            (left, snowy, 0))  # fmt: skip
    look, x, step = np.array(rows, np.float32), (x - cx) / high, max(2, SOME // (c1 - c0))
    for r in range(r0, r1, step):  # in strips, that stay in the processor's cache
        part = np.s_[r : min(r + step, r1), c0:c1]
        y = (foot - window.ys[part[0], None]) / high
        seen = TREES[kind](x, y, leaf[part], form)
        planes = seen.cover, seen.open, seen.lit, seen.wood, near
        kernels().foliage(picture[part], cover[part], planes, leaf[part], look)


def trunks(
    window: Window, light: Light, *, base: float, depth: float, seed: int, gap: float, ground: str
) -> tuple[Array, Array]:
    """Display RGB and cover of boles that stand on view y = `base`, with moss and rough bark."""
    picture = np.zeros((window.height, window.width, 3), np.float32)
    cover = np.zeros((window.height, window.width), np.float32)
    random = stream(seed, "trunks", round(depth * 100))
    bark = fbm(seed, "bark", window.xs * 46 * depth + 40, window.ys * 7 * depth + 40, octaves=5,
               gain=0.7)  # fmt: skip
    kept, at = math.exp(-depth * light.haze_density), -EDGE
    while at < EDGE:
        at += float(random.uniform(0.5, 1.7)) / depth
        half = float(random.uniform(0.055, 0.11)) / depth
        lean, shade = float(random.uniform(-0.05, 0.05)), float(random.uniform(0.7, 1.2))
        foot = base + float(random.uniform(-0.03, 0.05)) / depth
        if abs(at) < gap:
            continue
        room = half * 2 + abs(lean) * 1.5
        c0, c1 = (
            int(np.clip((e - window.left) * window.density, 0, window.width))
            for e in (at - room, at + room)
        )
        if c1 - c0 < 2:
            continue
        step = max(2, SOME // (c1 - c0))
        for r in range(0, window.height, step):
            part = np.s_[r : min(r + step, window.height), c0:c1]
            x, y = window.xs[None, c0:c1] - at, foot - window.ys[part[0], None]
            a, tone = _bole(x, y, bark[part], light, (half, lean, shade), depth, window.density,
                            mossy=ground != "snow")  # fmt: skip
            kernels().over(picture[part], cover[part], tone, a, 1.0, kept, light.haze)
    return picture, cover


def _bole(
    x: Array, y: Array, grain: Array, light: Light, form: tuple[float, float, float], depth: float,
    density: float, *, mossy: bool,
) -> tuple[Array, Array]:  # fmt: skip
    """Cover and linear light of a trunk, `x` from its middle and `y` up from its foot. `form`: half
    its width, how it leans, how bright it is."""
    half, lean, bright = form
    up = np.maximum(y, 0)
    flare = 1 + 0.9 * np.exp(-up * depth / 0.10) + 0.05 * np.exp(-up * depth)
    across = (x - lean * up + 0.0035 * grain / depth) / (half * flare)
    a = np.clip((1 - np.abs(across)) * half * density + 0.5, 0, 1) * (y > 0)
    round_ = np.sqrt(np.clip(1 - across * across, 0, 1))
    toward = 1.0 if light.sun_x > 0 else -1.0
    lit = np.clip(0.12 + 0.75 * toward * across * np.abs(across) + 0.2 * round_, 0, 1)
    own: Array = linear("#4a3a2c") * np.float32(bright)
    if mossy:
        moss = np.clip(0.35 * grain - 0.35 * across * toward + 0.25 * np.exp(-up * 3), 0, 0.8)
        own = own + (linear("#45582a") - own) * moss[..., None]
    sky = 0.2 + 0.55 * round_
    own = own * np.clip(0.85 + 0.55 * grain, 0.25, 1.8)[..., None]
    return a, own * (light.ambient * sky[..., None] + light.sun * (lit[..., None] * 0.8))


def canopy(
    window: Window, light: Light, *, top: float, depth: float, seed: int, ground: str, gap: float
) -> tuple[Array, Array]:
    """Display RGB and cover of leaves that hang into the picture from above, less in the middle."""
    scale = 9.0
    clumps = fbm(seed, f"canopy{depth:.1f}", window.xs * scale + 50, window.ys * scale + 50,
                 octaves=6, gain=0.62)  # fmt: skip
    x, y = window.xs[None, :], window.ys[:, None]
    hang = 0.11 + 0.16 * np.clip((np.abs(x) - gap) / 0.5, 0, 1.4)
    a = np.clip(((hang - (y - top)) * 5.5 + 0.62 * clumps) * 3.0 + 0.5, 0, 1)
    leaf = fbm(seed, "leaflet", window.xs * 46 + 50, window.ys * 46 + 50, octaves=3, gain=0.7)
    a = a * np.clip((leaf + 0.75 - 1.0 * (1 - a)) * 3, 0, 1)
    tint = linear(LEAVES.get(ground, LEAVES[""])[0])
    through = np.exp(-(((x - light.sun_x) / 0.5) ** 2)) * (not light.night)
    open_ = np.clip(0.30 + 0.35 * leaf + 0.3 * clumps, 0.05, 1)[..., None]
    tone = tint * (light.ambient * open_ + light.sun * open_ * (0.22 + 0.9 * through[..., None]))
    return to_display(faded(tone, depth, light)), a


def grass(
    window: Window,
    light: Light,
    *,
    base: Callable[[float], float],
    seed: int,
    ground: str,
    tall: float,
    many: int,
    scatter: float = 0.0,
) -> tuple[Array, Array]:
    """Bent blades that stand on the line `base`, dark ones behind, with flowers; `many`: thirds of
    their number, `scatter`: how far below the line they stand, too."""
    picture = np.zeros((window.height, window.width, 3), np.float32)
    cover = np.zeros((window.height, window.width), np.float32)
    random = stream(seed, "grass", round(tall * 1000))
    tints = [linear(c) for c in {
        "autumn": ("#6a4f24", "#8a6a30", "#4d3f1d"), "snow": ("#8d97a0", "#a6adb4", "#77818b"),
    }.get(ground, ("#2f3f1a", "#48602a", "#5d7532"))]  # fmt: skip
    clump = fbm(seed, "clump", np.linspace(0, 21, 512) + 40, np.zeros(2) + 7, octaves=3)[0]
    heads = [linear(c) for c in ("#e7dfe9", "#d8b24a", "#b65a8c", "#d3d9f0")]
    forms: list[tuple[float, ...]] = []
    chance, left = random.random, window.left - 0.1
    right = window.left + window.width / window.density + 0.1
    for n, tint in enumerate(tints):
        lit = light.ambient * 0.6 + light.sun * (0.28 + 0.16 * n)
        for _ in range(many):
            cx, tone = 2 * EDGE * chance() - EDGE, 0.7 + 0.55 * chance()
            size, lower = 0.45 + 0.55 * chance(), scatter * chance()
            bend, half = random.normal(0, 0.5), tall * (0.010 + 0.011 * chance())
            flower = chance()
            if not left < cx < right:
                continue
            grown = 0.5 + 0.5 * clump[int((cx + EDGE) / (2 * EDGE) * 511)]
            high = tall * (0.35 + 0.65 * grown) * size * (1.1 - 0.17 * n)
            head: Array | tuple[float, ...] = NO_HEAD
            if ground == "flowers" and flower < 0.16:
                head = heads[int(flower / 0.16 * 3.99)] * lit * 1.5
            forms.append((cx, base(cx) + lower, high, bend, half, *(tint * tone * lit), *head))
    if scatter:
        forms.sort(key=lambda form: form[1])
    if forms:
        table = np.array(forms, np.float32)
        kernels().blades(picture, cover, window.xs, window.ys, window.density, table)
    return picture, cover
