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
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import fbm, stream
from reelway.engines.animatic.shapes import box, capsule, cover, ellipse

Array = npt.NDArray[Any]
BACK = (-0.46, -0.27, 0.46, 0.21)  # the back wall, view units
PANE = (-0.30, -0.20, 0.02, 0.07)  # the window in it
WALLS = ("#7b6a58", "#66707a", "#7d7466", "#5d6a5c")
LAMP = (0.27, -0.10)
STEPS = 11


FLIGHT = (-0.5, 0.62, 0.40, -0.16)  # left, right, lowest and highest tread


def has_stairs(prompt: str) -> bool:
    return any(word in prompt.lower() for word in ("stair", "楼梯", "climbs"))


def tread(part: float) -> tuple[float, float]:
    """View x, y on the flight of stairs, a part 0…1 of the way up."""
    left, right, low, high = FLIGHT
    return left + (right - left) * part, low + (high - low) * part


def outside(window: Window, light: Light, seed: int) -> Array:
    return sky.dome(window, light, 0.05, seed)


def shell(window: Window, light: Light, seed: int, *, stairs: bool) -> tuple[Array, Array]:
    """Display RGB and cover (the panes are open)."""
    x, y = window.xs[None, :], window.ys[:, None]
    left, top, right, bottom = BACK
    # How many times larger than the back wall the section is that a pixel lies on: 1 at the back.
    near = np.maximum.reduce(
        [
            x / right + 0 * y,
            x / left + 0 * y,
            y / bottom + 0 * x,
            y / top + 0 * x,
            np.ones((len(y), x.shape[1])),
        ]
    )
    depth = 1 / near
    floor = (y / bottom >= near - 1e-6) & (near > 1)
    ceiling = (y / top >= near - 1e-6) & (near > 1)
    wall = linear(WALLS[int(stream(seed, "walls").integers(len(WALLS)))])
    grain = fbm(seed, "plaster", window.xs * 9, window.ys * 9, octaves=5)
    albedo = np.broadcast_to(wall, (*near.shape, 3)) * (1 + 0.07 * grain[..., None])
    along = x * depth / right  # −1…1 across the floor
    boards = (np.abs((along * 9) % 1 - 0.5) < 0.475) * (
        0.85 + 0.15 * np.sin(np.floor(along * 9) * 37.0)
    )
    wood = linear("#6a4a30") * (boards * (1 + 0.12 * grain))[..., None]
    albedo = np.where(floor[..., None], wood, albedo)
    albedo = np.where(ceiling[..., None], wall * 1.15, albedo)
    skirting = (np.abs(y * depth - bottom * 0.955) < bottom * 0.045) & ~floor & ~ceiling
    albedo = np.where(skirting[..., None], wall * 0.55, albedo)
    lit = _light(x, y, depth, floor, light)
    picture = albedo * lit
    if stairs:
        picture = _stairs(window, picture, lit, x, y)
    picture, hole = _pane(window, picture, light, x, y)
    return to_display(picture), 1 - hole


def _light(x: Array, y: Array, depth: Array, floor: Array, light: Light) -> Array:
    cx, cy = (PANE[0] + PANE[2]) / 2, (PANE[1] + PANE[3]) / 2
    day = light.ambient * 1.1 + light.horizon * 0.42
    far = np.hypot((x - cx) / 0.55, (y - cy) / 0.45)
    base = day * (0.32 + 0.9 * np.exp(-far))[..., None] * (0.35 + 0.65 * depth)[..., None]
    # The sun's patch on the floor, sheared by the window's bars.
    u = (x * depth - 0.10) / 0.26 + (1 - depth) * 0.5
    v = (1 - depth) / 0.30
    patch = floor * (np.abs(u) < 0.5) * (np.abs(v - 0.75) < 0.4) * (np.abs(u % 0.5 - 0.25) < 0.22)
    base = base + (patch * (0.9 if light.disc == "sun" else 0.25))[..., None] * light.sun * 0.5
    if light.lamps > 0.3:
        glow = np.exp(-np.hypot((x - LAMP[0]) / 0.30, (y - LAMP[1]) / 0.34))
        base = base + glow[..., None] * linear("#ffb765") * 0.85
    return np.asarray(base, np.float32)


def _pane(window: Window, picture: Array, light: Light, x: Array, y: Array) -> tuple[Array, Array]:
    left, top, right, bottom = PANE
    frame = cover(window, box(x, y, left - 0.014, top - 0.014, right + 0.014, bottom + 0.014))
    sill = cover(window, box(x, y, left - 0.03, bottom + 0.012, right + 0.03, bottom + 0.026))
    trim = np.maximum(frame, sill)[..., None]
    picture = picture * (1 - trim) + trim * linear("#4a3f35") * (light.ambient * 0.7 + 0.03)
    cx, cy = (left + right) / 2, top + (bottom - top) * 0.4
    bars = np.minimum(np.abs(x - cx) - 0.005, np.abs(y - cy) - 0.004)
    hole = cover(window, np.maximum(box(x, y, left, top, right, bottom), -bars))
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


def furniture(window: Window, light: Light, seed: int) -> tuple[Array, Array]:
    x, y = window.xs[None, :], window.ys[:, None]
    d = box(x, y, 0.02, 0.115, 0.46, 0.135)
    for leg in (0.05, 0.43):
        d = np.minimum(d, box(x, y, leg - 0.009, 0.13, leg + 0.009, 0.36))
    d = np.minimum(d, capsule(x, y, (LAMP[0], 0.115), (LAMP[0], -0.03), 0.005))
    d = np.minimum(d, ellipse(x, y, LAMP[0], 0.112, 0.035, 0.008))
    shade = box(x, y, LAMP[0] - 0.045, -0.10, LAMP[0] + 0.045, -0.03) - 0.004
    d = np.minimum(d, ellipse(x, y, 0.12, 0.10, 0.022, 0.016))
    for side in (-0.30, -0.17):
        d = np.minimum(d, capsule(x, y, (side, 0.16), (side, 0.38), 0.008))
    d = np.minimum(d, box(x, y, -0.31, 0.15, -0.16, 0.17))
    d = np.minimum(d, box(x, y, -0.315, -0.04, -0.295, 0.16))
    tone = linear("#3b2a1e") * (light.ambient * 0.8 + 0.03)
    a = cover(window, d)
    picture = np.broadcast_to(to_display(tone), (*a.shape, 3)).copy()
    bulb = cover(window, shade)
    warm = to_display(linear("#ffcf86") * (1.0 if light.lamps > 0.3 else 0.25))
    picture = picture * (1 - bulb[..., None]) + warm * bulb[..., None]
    return picture, np.maximum(a, bulb)


def lamp(window: Window, colour: Array) -> Array:
    far = np.hypot(window.xs[None, :] - LAMP[0], window.ys[:, None] - LAMP[1] - 0.03)
    return np.asarray((0.42 * np.exp(-far / 0.09))[..., None] * colour, np.float32)
