"""Indoors: a room in one-point perspective with a window, or a stairwell; furniture, light.

outside     the sky behind the panes
shell       walls, floor and ceiling, the window cut out; stairs on request
shaft       light that falls in through the window
furniture   a table and a chair as silhouettes nearer to the lens
lamp        the warm halo of a lamp
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import sky
from reelway.engines.animatic.blocks import Row, skyline
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.furnish import BACK, BEFORE, PANE, WALL, WIDE_PANE, Piece
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm, stream
from reelway.engines.animatic.shapes import box, capsule, cover, ellipse

Array = npt.NDArray[Any]
WALLS = ("#8d7a64", "#76828c", "#8f8574", "#6b7a6a")
LAMP = (0.27, -0.10)
PENDANT = (0.06, -0.36)  # of a high room: where its shade begins
STEPS = 11
LIT = linear("#ffb765")


FLIGHT = (-0.5, 0.62, 0.40, -0.16)  # left, right, lowest and highest tread


def has_stairs(prompt: str) -> bool:
    return any(word in prompt.lower() for word in ("stair", "楼梯", "climbs"))


def tread(part: float) -> tuple[float, float]:
    """View x, y on the flight of stairs, a part 0…1 of the way up."""
    left, right, low, high = FLIGHT
    return left + (right - left) * part, low + (high - low) * part


def outside(window: Window, light: Light, seed: int) -> Array:
    """Display RGB: the sky, and a town below it."""
    picture = sky.dome(window, light, 0.05, seed)
    for depth, tall in ((22.0, 0.13), (13.0, 0.07)):
        row = Row(base=0.12, depth=depth, horizon=0.05, seed=seed, tall=tall, wide=0.05, fine=0.15)
        town, cover = skyline(window, light, row)
        picture = picture * (1 - cover[..., None]) + town * cover[..., None]
    return picture


def pane(site: str, high: float = 1.0) -> tuple[float, float, float, float]:
    left, top, right, bottom = WIDE_PANE if site == "office" else PANE
    return left, top * high, right, bottom


def height(span: float) -> float:
    """How much higher rooms are in a frame of that height: upright ones have tall windows."""
    return 1.0 if span < 1.05 else 1.2 if span < 1.2 else 1.55


def shell(
    window: Window, light: Light, seed: int, *, stairs: bool, site: str = "", high: float = 1.0
) -> tuple[Array, Array]:
    """Display RGB and cover (the panes are open); `high`: times the usual height."""
    x, y = window.xs[None, :], window.ys[:, None]
    left, top, right, bottom = BACK
    top = top * high
    # How many times larger than the back wall the section is that a pixel lies on: 1 at the back.
    across, down = np.maximum(x / right, x / left), np.maximum(y / bottom, y / top)
    near = np.maximum(across, np.maximum(down, np.float32(1)))
    depth = 1 / near
    floor = (y / bottom >= near - 1e-6) & (near > 1)
    ceiling = (y / top >= near - 1e-6) & (near > 1)
    wall = linear(WALLS[int(stream(seed, "walls").integers(len(WALLS)))])
    grain = fbm(seed, "plaster", window.xs * 9, window.ys * 9, octaves=5)
    albedo = np.broadcast_to(wall, (*near.shape, 3)) * (1 + 0.07 * grain[..., None])
    if floor.any():
        bare = stairs or site not in ("", "bedroom", "library", "bar")
        wood = _boards(x * depth / right, near, grain, rug=not bare)
        albedo = np.where(floor[..., None], wood, albedo)
    if ceiling.any():
        albedo = np.where(ceiling[..., None], wall * 1.15, albedo)
    skirting = (np.abs(y * depth - bottom * 0.955) < bottom * 0.045) & ~floor & ~ceiling
    albedo[skirting] = wall * 0.55
    lit = _light(x, y, depth, floor, light)
    on_back = near <= 1.0001
    shines = None
    if not stairs and site in WALL and (at := window.part((left, top, right, bottom))):
        soft, there = 1.0 / window.density, on_back[at]
        across, down = np.broadcast_arrays(x[:, at[1]], y[at[0]])
        hung = np.where(down < 0, down / high, down)
        wall_, own = WALL[site](albedo[at], across, hung, seed, soft)
        albedo[at] = np.where(there[..., None], wall_, albedo[at])
        if own.any():
            shines = albedo[at] * (own * there * (0.15 + light.lamps))[..., None] * LIT
    picture = albedo * lit
    if shines is not None:
        picture[at] += shines
    if stairs:
        picture = _stairs(window, picture, lit, x, y)
    # Corners gather the dark.
    edge = np.minimum.reduce([np.abs(np.abs(x) * depth - right), np.abs(y * depth - bottom),
                              np.abs(y * depth - top)]) / 0.10  # fmt: skip
    picture = picture * (0.72 + 0.28 * np.clip(edge, 0, 1))[..., None]
    picture, hole = _pane(window, picture, light, x, y, pane(site, high))
    return to_display(picture), 1 - hole


def _boards(along: Array, near: Array, grain: Array, *, rug: bool) -> Array:
    """The floor, −1…1 `along` it, with a rug if there is one."""
    n = along * 9
    own = np.floor(n)
    boards = (np.abs(n - own - 0.5) < 0.475) * (0.85 + 0.15 * np.sin(own * 37.0))
    wood = linear("#7a5638") * (boards * (1 + 0.12 * grain))[..., None]
    if not rug:
        return np.asarray(wood)
    depth = 1 / near
    covered = (np.abs(along) < 0.55) & (depth > 0.36) & (depth < 0.80)
    weave = 0.8 + 0.2 * np.sin(along * 60) * np.sin(np.log(near) * 90)
    border = (np.abs(along) > 0.49) | (depth < 0.39) | (depth > 0.765)
    red = (
        linear("#7a2f2f") * (np.where(border, np.float32(0.45), np.float32(1.0)) * weave)[..., None]
    )
    return np.asarray(np.where(covered[..., None], red, wood))


def _light(x: Array, y: Array, depth: Array, floor: Array, light: Light) -> Array:
    cx, cy = (PANE[0] + PANE[2]) / 2, (PANE[1] + PANE[3]) / 2
    day = light.ambient * 1.7 + light.horizon * 0.75 + LIT * 0.05
    far = np.hypot((x - cx) / 0.55, (y - cy) / 0.45)
    base = day * (0.42 + 0.8 * np.exp(-far))[..., None] * (0.35 + 0.65 * depth)[..., None]
    # The sun's patch on the floor, sheared by the window's bars.
    if floor.any():
        u = (x * depth - 0.10) / 0.26 + (1 - depth) * 0.5
        v = (1 - depth) / 0.30
        patch = floor & (np.abs(u) < 0.5) & (np.abs(v - 0.75) < 0.4)
        patch &= np.abs(u % 0.5 - 0.25) < 0.22
        base[patch] += light.sun * (0.5 * (0.9 if light.disc == "sun" else 0.25))
    if light.lamps > 0.3:
        glow = np.exp(-np.hypot((x - LAMP[0]) / 0.30, (y - LAMP[1]) / 0.34))
        base = base + glow[..., None] * linear("#ffb765") * 1.05 + LIT * 0.10 * light.lamps
    return np.asarray(base, np.float32)


def _pane(
    window: Window,
    picture: Array,
    light: Light,
    x: Array,
    y: Array,
    at: tuple[float, float, float, float],
) -> tuple[Array, Array]:
    left, top, right, bottom = at
    hole = np.zeros(picture.shape[:2], np.float32)
    there = window.part((left - 0.03, top - 0.03, right + 0.03, bottom + 0.03))
    if there is None:
        return picture, hole
    x, y = x[:, there[1]], y[there[0]]
    frame = cover(window, box(x, y, left - 0.014, top - 0.014, right + 0.014, bottom + 0.014))
    sill = cover(window, box(x, y, left - 0.03, bottom + 0.012, right + 0.03, bottom + 0.026))
    trim = np.maximum(frame, sill)[..., None]
    wood = linear("#4a3f35") * (light.ambient * 0.7 + 0.03)
    picture[there] = picture[there] * (1 - trim) + trim * wood
    cx, cy = (left + right) / 2, top + (bottom - top) * 0.4
    bars = np.minimum(np.abs(x - cx) - 0.005, np.abs(y - cy) - 0.004)
    if right - left > 0.5:
        bars = np.abs((x - left) % 0.21 - 0.105) * -1 + 0.1015
        bars = np.minimum(bars + 0 * y, np.abs(y - top - 0.04) - 0.002)
    hole[there] = cover(window, np.maximum(box(x, y, left, top, right, bottom), -bars))
    return picture, hole


def _stairs(window: Window, picture: Array, lit: Array, x: Array, y: Array) -> Array:
    """A flight that climbs from the lower left to the upper right along the back wall."""
    left, right, low, high = FLIGHT
    for i in range(STEPS, 0, -1):
        a, b = left + (right - left) * (i - 1) / STEPS, left + (right - left) * (i + 1.2) / STEPS
        tread = low + (high - low) * i / STEPS
        riser = cover(window, box(x, y, a, tread, max(b, a + 0.2), low + 0.4))[..., None]
        edge = np.exp(-np.maximum(y - tread, 0) / 0.012)[..., None]
        tone = linear("#5a4636") * (lit * (0.5 + 0.07 * (i % 2)) + edge * lit * 1.6)
        picture = picture * (1 - riser) + tone * riser
    rail = capsule(x, y, (left + 0.08, low - 0.22), (right, high - 0.17), 0.007)
    for i in range(0, STEPS + 1, 2):
        px = left + 0.08 + (right - left - 0.08) * i / STEPS
        foot = low + (high - low) * i / STEPS
        rail = np.minimum(rail, capsule(x, y, (px, foot - 0.2), (px, foot), 0.004))
    wood = cover(window, rail)[..., None]
    return np.asarray(picture * (1 - wood) + linear("#1c1512") * (0.4 * lit + 0.02) * wood)


def shaft(window: Window, light: Light) -> Array:
    """Display RGB to be added: the beam from the window down to the floor."""
    x, y = window.xs[None, :], window.ys[:, None]
    left, top, right, _ = PANE
    down = np.clip((y - top) / 0.5, 0, 1)
    middle = (left + right) / 2 + 0.34 * down
    beam = (
        np.clip(1 - np.abs(x - middle) / (0.15 + 0.05 * down), 0, 1) ** 0.6
        * (y > top)
        * np.exp(-down * 1.3)
    )
    strength = 0.22 if light.disc == "sun" else 0.08
    return np.asarray((beam * strength)[..., None] * to_display(light.sun * 0.8), np.float32)


def furniture(
    window: Window, light: Light, seed: int, site: str = "", *, source: str = "", high: float = 1.0
) -> tuple[Array, Array]:
    """Display RGB and cover of what stands before the walls, and hangs from a high ceiling."""
    x, y = window.xs[None, :], window.ys[:, None]
    picture = np.zeros((len(window.ys), len(window.xs), 3), np.float32)
    a = np.zeros(picture.shape[:2], np.float32)
    glow = np.exp(-np.hypot((x - LAMP[0]) / 0.30, (y - LAMP[1]) / 0.30)) * (light.lamps > 0.3)
    soft = light.ambient * 0.75 + light.horizon * 0.16
    for piece in BEFORE.get(site, BEFORE[""]):
        if source == "fire" and piece.box[0] > 0:  # before the hearth
            continue
        at = window.part(piece.box)
        if at is None:
            continue
        part, tone = _piece(window, piece, x[:, at[1]], y[at[0]], soft, glow[at])
        picture[at] = picture[at] * (1 - part[..., None]) + tone * part[..., None]
        a[at] = np.maximum(a[at], part)
    if site in ("", "bedroom", "library", "office") and not source:
        foot = 0.118 if site != "bedroom" else 0.13
        stem = capsule(x, y, (LAMP[0], foot), (LAMP[0], -0.03), 0.005)
        stem = np.minimum(stem, ellipse(x, y, LAMP[0], foot - 0.003, 0.035, 0.008))
        part = cover(window, stem)[..., None]
        picture = picture * (1 - part) + to_display(linear("#3b2a1e") * (soft + 0.02)) * part
        wide = 0.030 + 0.022 * np.clip((y + 0.10) / 0.07, 0, 1)
        shade = np.maximum(np.abs(x - LAMP[0]) - wide, np.abs(y + 0.065) - 0.035)
        bulb = cover(window, shade)
        warm = linear("#ffcf86") * (1.15 if light.lamps > 0.3 else 0.25)
        warm = warm * (0.7 + 0.3 * np.exp(-(((y + 0.06) / 0.03) ** 2)) + 0 * x)[..., None]
        picture = picture * (1 - bulb[..., None]) + to_display(warm) * bulb[..., None]
        a = np.maximum.reduce([a, part[..., 0], bulb])
    if high > 1.3 and source != "candle":
        part, tone = _pendant(window, x, y, light, soft)
        picture = picture * (1 - part[..., None]) + tone * part[..., None]
        a = np.maximum(a, part)
    return picture, a


def _pendant(window: Window, x: Array, y: Array, light: Light, soft: Array) -> tuple[Array, Array]:
    """A lamp that hangs from the ceiling."""
    px, py = PENDANT
    cord = np.maximum(np.abs(x - px) - 0.0022, y - py)
    v = np.clip((y - py) / 0.075, 0, 1)
    shade = np.maximum(np.abs(x - px) - (0.016 + 0.075 * v**1.6), np.abs(y - py - 0.0375) - 0.0375)
    cloth = cover(window, shade)
    warm = linear("#ffcf86") * (1.05 if light.lamps > 0.3 else 0.22)
    tone = warm * (0.45 + 0.55 * v + 0.10 * np.cos((x - px) * 30))[..., None]
    tone = np.where((cloth > 0.01)[..., None], tone, linear("#2b211a") * (soft + 0.02))
    return np.maximum(cover(window, cord), cloth), to_display(tone)


def _piece(
    window: Window, piece: Piece, x: Array, y: Array, soft: Array, glow: Array
) -> tuple[Array, Array]:
    left, top, right, bottom = piece.box
    r = piece.round
    d = box(x, y, left + r, top + r, right - r, bottom - r) - r
    part = cover(window, d)
    u, v = (x - left) / (right - left), (y - top) / (bottom - top)
    # Cushioned: bright above, dark at the sides and below.
    shape = 0.62 + 0.38 * np.clip(1 - v, 0, 1) - 0.20 * np.clip(np.abs(u - 0.5) * 2.4 - 0.9, 0, 1)
    lid = (y < top + piece.top) * 0.55
    bands: Array | float = 1.0
    if piece.stripes:
        bands = 1 - 0.45 * (np.abs((u * piece.stripes) % 1 - 0.5) > 0.45)
    light = soft * 0.85 + LIT * (0.75 * glow)[..., None]
    tone = linear(piece.colour) * (light * ((shape + lid) * bands)[..., None] + piece.shine)
    return part, to_display(tone)


def lamp(window: Window, colour: Array, high: float = 1.0) -> Array:
    x, y = window.xs[None, :], window.ys[:, None]
    glow = 0.42 * np.exp(-np.hypot(x - LAMP[0], y - LAMP[1] - 0.03) / 0.09)
    if high > 1.3:
        glow = glow + 0.40 * np.exp(-np.hypot(x - PENDANT[0], y - PENDANT[1] - 0.07) / 0.10)
    return np.asarray(glow[..., None] * colour, np.float32)
