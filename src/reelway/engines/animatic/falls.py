"""What flows, rises and sways: falls and their spray, smoke, water plants, bubbles.

A flow is two pictures of streaks that slide along and take turns: each fades in, slides, fades out
while the other is seen, so that it flows on for ever without a jump.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, rgb, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.light import faded
from reelway.engines.animatic.noise import fbm, stream

Array = npt.NDArray[Any]
TURN = 0.9  # seconds of a slide


def _sliding(phase: float, pace: float) -> Callable[[float], State]:
    def at(seconds: float) -> State:
        part = (seconds / TURN + phase) % 1.0
        return State(dy=pace * TURN * (part - 0.5), opacity=math.sin(math.pi * part) ** 2)

    return at


def _along(across: float, down: float, start: float) -> Callable[[float], State]:
    """Even motion, in view units a second."""
    return lambda s: State(dx=start + across * s, dy=down * s)


def fall(b: Builder, x: float, depth: float, *, top: float, half: float) -> None:
    """A fall from view y `top` down to the water, `half` as wide at its lip."""
    foot = b.horizon + 0.20 / depth
    lit = b.light.ambient * 0.95 + b.light.sun * 0.42
    white = to_display(faded(linear("#e8f1f5") * lit, depth, b.light))
    grey = to_display(faded(linear("#7d95a2") * lit, depth, b.light))

    def edge(w: Window) -> Array:
        down = np.clip((w.ys[:, None] - top) / (foot - top), 0, 1)
        ragged = fbm(b.shot.seed, "lip", w.xs * 9 + 30, w.ys * 14 + 30, octaves=4)
        wide = half * (0.75 + 0.5 * down) * (1 + 0.22 * ragged)
        a = np.clip((wide - np.abs(w.xs[None, :] - x)) / 0.016 + 0.3, 0, 1)
        return np.asarray(a * np.clip((w.ys[:, None] - top) / 0.012, 0, 1))

    def body(w: Window) -> tuple[Array, Array]:
        strands = fbm(b.shot.seed, "strand", w.xs * 60 + 30, w.ys * 1.6 + 30, octaves=4)
        part = np.clip(0.5 + 0.6 * strands, 0, 1)[..., None]
        return grey * (1 - part) + white * part, edge(w) * 0.95

    def streaks(k: int) -> Callable[[Window], tuple[Array, Array]]:
        def paint(w: Window) -> tuple[Array, Array]:
            n = fbm(b.shot.seed, f"streak{k}", w.xs * 75 + 30, w.ys * 7 + 30, octaves=4, gain=0.6)
            ends = np.clip((w.ys - top - 0.04) / 0.05, 0, 1) * np.clip((foot - w.ys) / 0.03, 0, 1)
            cover = np.clip(n * 1.3 - 0.1, 0, 0.9) * edge(w) * ends[:, None]
            return np.broadcast_to(white, (w.height, w.width, 3)), cover

        return paint

    window = Window.of(
        x - 1.6 * half, top - 0.01, x + 1.6 * half, foot + 0.01, b.window(depth).density
    )
    b.add(depth, window, body)
    for k in (0, 1):
        b.add(
            depth, window, streaks(k), motion=_sliding(k / 2, 0.16), order=depth * (0.999 - k / 1e3)
        )


def spray(b: Builder, x: float, depth: float, *, half: float) -> None:
    y = b.horizon + 0.20 / depth
    tint = to_display(
        faded(linear("#e6eef2") * (b.light.ambient + b.light.sun * 0.4), depth, b.light)
    )

    def paint(w: Window) -> tuple[Array, Array]:
        puff = fbm(b.shot.seed, "spray", w.xs * 12 + 30, w.ys * 12 + 30, octaves=4)
        far = np.hypot((w.xs[None, :] - x) / half, (w.ys[:, None] - y) / 0.035)
        cover = np.clip(np.exp(-far * far) * (0.45 + 0.45 * puff), 0, 0.7)
        return np.broadcast_to(tint, (w.height, w.width, 3)), cover

    window = Window.of(x - 2.4 * half, y - 0.14, x + 2.4 * half, y + 0.12, 220.0)
    b.add(
        depth, window, paint, soft=True, front=True, mirrored=False,
        motion=lambda s: State(grow_x=1 + 0.03 * math.sin(1.7 * s), dy=0.004 * math.sin(2.3 * s)),
    )  # fmt: skip


def plume(b: Builder, x: float, depth: float, *, top: float) -> None:
    """Smoke of a volcano that leans with the wind; its root glows in the dark."""
    lean = 0.28 if b.light.sun_x > 0 else -0.28
    dark, lit = b.light.ambient * 0.30, b.light.ambient * 0.5 + b.light.sun * 0.25

    def paint(w: Window) -> tuple[Array, Array]:
        up = np.maximum(top - w.ys, 0)[:, None]
        wide = 0.030 + 0.46 * up
        n = fbm(b.shot.seed, "smoke", w.xs * 7 + 40, w.ys * 7 + 40, octaves=6, gain=0.55)
        u = (w.xs[None, :] - x - lean * up - 0.05 * n * up * 6) / wide
        cover = np.clip((1 - u * u + 0.55 * n) * 1.5, 0, 1) * np.clip(1.25 - up / 0.42, 0, 1)
        cover = cover * (w.ys[:, None] < top + 0.004)
        side = np.clip(0.5 - 0.5 * u * np.sign(-b.light.sun_x) + 0.5 * n, 0, 1)[..., None]
        glow = np.exp(-up / 0.07)[..., None] * linear("#ff5a1e") * (0.35 + 0.9 * b.light.lamps)
        return to_display(faded(dark + lit * side * 0.5, depth * 0.5, b.light) + glow), cover * 0.94

    left, right = sorted((x - lean * 0.2, x + lean * 2.0))
    window = Window.of(left - 0.25, -b.span / 2 - 0.1, right + 0.25, top + 0.02, 300.0)
    # It grows about the crater, which stays where it is.
    cy = window.top + window.height / window.density / 2
    cx = window.left + window.width / window.density / 2

    def swell(s: float) -> State:
        g = 1 + 0.012 * s
        return State(grow_x=g, grow_y=g, dx=(x - cx) * (1 - g), dy=(top - cy) * (1 - g))

    b.add(depth * 1.3, window, paint, soft=True, motion=swell)
    if b.light.lamps > 0.3:

        def lava(w: Window) -> tuple[Array, None]:
            far = np.hypot(w.xs[None, :] - x, (w.ys[:, None] - top) * 1.3)
            return (np.exp(-far / 0.05)[..., None] * rgb("#ff6a2a") * 0.8).astype(np.float32), None

        around = Window.of(x - 0.3, top - 0.25, x + 0.3, top + 0.2, 120.0)
        b.add(depth * 0.8, around, lava, added=True, soft=True,
              motion=lambda s: State(opacity=0.85 + 0.15 * math.sin(2.2 * s)))  # fmt: skip


def weeds(b: Builder, depth: float, tall: float, every: float, gap: float) -> None:
    """Water plants and corals, swaying."""
    base, high = b.ground(depth) + 0.02 / depth, tall / depth
    tints = ("#2f6b4a", "#4a7a3a", "#8a3f5a", "#b86a4a", "#3f6a7a", "#a84a6a")

    def paint(w: Window) -> tuple[Array, Array]:
        picture = np.zeros((w.height, w.width, 3), np.float32)
        cover = np.zeros((w.height, w.width), np.float32)
        random = stream(b.shot.seed, "weeds", round(depth * 100))
        murk = linear("#0d5d78") * np.float32((1 - math.exp(-depth * 0.25)) * 0.8)
        x = -2.4
        while x < 2.4:
            x += every * float(random.uniform(0.1, 0.9))
            t = random.uniform(0, 1, 8).astype(np.float32)
            size = high * float(0.4 + 0.7 * t[0])
            room = size * (0.6 if t[1] < 0.4 else 0.12) + 0.01
            c = [int(np.clip((e - w.left) * w.density, 0, w.width)) for e in (x - room, x + room)]
            if abs(x) < b.across(gap) or c[1] - c[0] < 2:
                continue
            part = np.s_[:, c[0] : c[1]]
            u, up = w.xs[None, part[1]] - np.float32(x), (base - w.ys[:, None]) / np.float32(size)
            a = _weed(u, up, size, t, w.density)
            tint = linear(tints[int(t[5] * 5.99)]) * np.float32(math.exp(-depth * 0.22))
            tone = to_display(tint * (0.25 + 0.5 * np.clip(up, 0, 1.2)[..., None]) + murk)
            picture[part] = picture[part] * (1 - a[..., None]) + tone * a[..., None]
            cover[part] = np.maximum(cover[part], a)
        return picture, cover

    window = b.window(depth, base - high * 1.2, base + 0.02)
    b.add(depth, window, paint, front=True,
          motion=lambda s: State(dx=0.006 / depth * math.sin(0.9 * s + depth)))  # fmt: skip


def _weed(u: Array, up: Array, size: float, t: Array, density: float) -> Array:
    """Cover of one: a fan of coral or a ribbon of kelp; `up`: 0 at its foot, 1 at its tip."""
    if t[1] < 0.4:
        tall, v = 0.5 * size, up * size
        angle, far = np.arctan2(u, np.maximum(v, 1e-4)), np.hypot(u, v) / tall
        comb = np.sin(angle * (17 + 8 * t[2]) + 3 * np.sin(far * 9 + 6 * t[3]))
        a = np.clip((comb - 0.2 + 0.5 * far) * 3, 0, 1) * np.clip((1 - far) * tall * density, 0, 1)
        a = np.maximum(a, np.clip((0.25 - far) * 8, 0, 1)) * (np.abs(angle) < 1.1)
    else:
        bend = 0.04 * size * np.sin(up * (5 + 4 * t[2]) + 6 * t[3])
        wide = 0.019 * (1.2 - up) * size * (1 + 0.5 * np.sin(up * 40 + 9 * t[4]))
        a = np.clip((wide - np.abs(u - bend)) * density + 0.5, 0, 1)
    return np.asarray(a * (up < 1.0) * (up > -0.02), np.float32)


def bubbles(b: Builder) -> None:
    """Rows of bubbles that rise, and motes that drift."""
    for k, (depth, radius, pace, many) in enumerate(
        ((3.0, 0.0035, 0.07, 70), (1.6, 0.008, 0.13, 26))
    ):
        rise = pace * b.shot.seconds
        whole = b.window(depth)
        bottom = whole.top + whole.height / whole.density
        window = Window.of(
            whole.left, whole.top, whole.left + whole.width / whole.density, bottom + rise,
            min(whole.density, 480.0),
        )  # fmt: skip

        def paint(
            w: Window,
            k: int = k,
            radius: float = radius,
            many: int = many,
            rise: float = rise,
        ) -> tuple[Array, None]:
            out = np.zeros((w.height, w.width), np.float32)
            for x, y, size in stream(b.shot.seed, "bubbles", k).uniform(0, 1, (many, 3)):
                r = radius * (0.4 + size)
                cx, cy = -1.6 + 3.2 * x, -0.9 + (1.8 + rise) * y
                c = [int((e - w.left) * w.density) for e in (cx - r - 0.004, cx + r + 0.006)]
                q = [int((e - w.top) * w.density) for e in (cy - r - 0.004, cy + r + 0.006)]
                c, q = np.clip(c, 0, w.width).tolist(), np.clip(q, 0, w.height).tolist()
                part = np.s_[q[0] : q[1], c[0] : c[1]]
                far = np.hypot(w.xs[None, part[1]] - cx, w.ys[part[0], None] - cy)
                ring = np.exp(-(((far - r * 0.85) / (0.25 * r)) ** 2)) * 0.30
                spot = np.hypot(
                    w.xs[None, part[1]] - cx + r * 0.35, w.ys[part[0], None] - cy + r * 0.35
                )
                out[part] += ring + 0.5 * np.exp(-((spot / (0.3 * r)) ** 2))
            return out[..., None] * rgb("#cfeff2"), None

        b.add(depth, window, paint, added=True, front=True, motion=_along(0, -pace, 0))


def shoal(b: Builder) -> None:
    """Schools of fish far off, each gliding on together."""
    for k, (depth, many, pace) in enumerate(((7.0, 46, 0.035), (3.6, 18, -0.055))):
        go = pace * b.shot.seconds
        cx, cy = b.across((-0.35, 0.45)[k]), b.horizon - (0.20, 0.10)[k]
        unit = 0.16 / depth

        def paint(
            w: Window, k: int = k, many: int = many, unit: float = unit, depth: float = depth,
            at: tuple[float, float] = (cx, cy), left: bool = pace < 0,
        ) -> tuple[Array, Array]:  # fmt: skip
            cover = np.zeros((w.height, w.width), np.float32)
            for x, y, size in stream(b.shot.seed, "shoal", k).normal(0, 1, (many, 3)):
                u = unit * (1 + 0.15 * size)
                fx, fy = at[0] + 0.10 * x, at[1] + 0.035 * y
                c = [
                    int(np.clip((e - w.left) * w.density, 0, w.width))
                    for e in (fx - 2 * u, fx + 2 * u)
                ]
                r = [int(np.clip((e - w.top) * w.density, 0, w.height)) for e in (fy - u, fy + u)]
                part = np.s_[r[0] : r[1], c[0] : c[1]]
                s = (w.xs[None, part[1]] - fx) / u * (-1 if left else 1)
                t = (w.ys[part[0], None] - fy) / u
                body = 0.30 * np.sqrt(np.clip(1 - s * s, 0, 1)) - np.abs(t)
                tail = np.where((s < -0.8) & (s > -1.5), 0.55 * (-s - 0.75) - np.abs(t), -1)
                a = np.clip(np.maximum(body, tail) * u * w.density + 0.5, 0, 1)
                cover[part] = np.maximum(cover[part], a * (np.maximum(body, tail) > -0.2))
            tint = to_display(faded(linear("#9fb4a8") * b.light.ambient, depth * 0.7, b.light))
            return np.broadcast_to(tint, (w.height, w.width, 3)), cover

        window = Window.of(cx - 0.42, cy - 0.16, cx + 0.42, cy + 0.16, b.window(depth).density)
        b.add(depth, window, paint, motion=_along(pace, 0, -go / 2))
