"""How living things come into a scene: their cycle of pictures, their shadow, their mirror image.

    Reel      the solids of each picture of a cycle, and where the feet are
    Going     a way through the shot: over the ground, or towards and away from the eye
    present   reel + way → layers: the figure, its shadow on the ground, its image in what is wet

A way is told in frames, not seconds, so that each frame of the film shows the next picture of the
cycle: the foot that is down then stands still on the ground.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import solid, sources
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, halved, to_display
from reelway.engines.animatic.compose import State
from reelway.engines.animatic.light import faded
from reelway.engines.animatic.resample import box_blur
from reelway.engines.animatic.solid import Solid
from reelway.engines.animatic.sounding import Sounder, strikes
from reelway.engines.animatic.standing import NO_SUN

Array = npt.NDArray[Any]
LONGEST = 2.4  # heights that a shadow reaches at most
SHADOW, CONTACT = 0.50, 0.62  # how dark
DENSITY = 260.0  # pixels a view unit of shadows, at most
TOWNS = {"city", "harbour", "street", "village"}  # where lamps are
ROWS = 9  # samples of the ground along a way


@dataclass(frozen=True, kw_only=True)
class Reel:
    """Pictures of a cycle; solids in own units, (0, 0) at view `at`, `unit` view units each."""

    pictures: Sequence[Sequence[Solid]]
    at: tuple[float, float]
    unit: float
    depth: float
    surface: bool = False  # cut off below y = 0: the water's surface
    voice: str = ""  # what it is to the ear
    beats: tuple[float, ...] = ()  # phases of the cycle at which it strikes something


@dataclass(frozen=True, kw_only=True)
class Going:
    """Where somebody is `n` frames after the shot began."""

    picture: Callable[[int], int] = lambda n: n
    across: float = 0.0  # view units a frame
    start: float = 0.0  # view units from the reel's place at frame 0
    deeper: float = 0.0  # depth units a frame away from the eye; below 0 towards it
    rise: Callable[[float], float] = lambda dx: 0.0  # of the ground, view units, at a distance
    sway: Callable[[int], tuple[float, float]] = lambda n: (0.0, 0.0)


def pictured(
    b: Builder, count: int, solids: Callable[[int], Sequence[Solid]]
) -> list[Sequence[Solid]]:
    """The pictures of a cycle; empty ones where the shot is only listened to."""
    return [() if b.heard is not None else solids(k) for k in range(count)]


def _sounding(b: Builder, reel: Reel, going: Going) -> Sounder:
    def place(n: int) -> tuple[float, float]:
        x = reel.at[0] + going.start + going.across * n
        if not going.deeper:
            return x, reel.depth
        gone = n if going.deeper > 0 else n - b.shot.frames + 1
        depth = reel.depth + going.deeper * gone
        return x * reel.depth / depth, depth

    hits = strikes(going.picture, len(reel.pictures), reel.beats, b.shot.frames)
    return Sounder(kind=reel.voice, place=place, strikes=hits)


def follow_ground(b: Builder, x: float, depth: float, reach: float) -> Callable[[float], float]:
    """The ground's height along a way of ± `reach` view units, against that at its middle."""
    at = np.linspace(-reach, reach, ROWS)
    level = [b.ground(depth, x + float(dx)) for dx in at]
    middle = b.ground(depth, x)
    return lambda dx: float(np.interp(dx, at, level)) - middle


def frame_of(b: Builder, seconds: float) -> int:
    """The number of a frame in its shot: the last one is at the shot's very end."""
    return round(seconds * (b.shot.frames - 1) / b.shot.seconds)


def motion_of(
    b: Builder, reel: Reel, going: Going, window: Window | Sequence[Window]
) -> Callable[[float], State]:
    """`window`: of all pictures, or of each."""
    windows = [window] if isinstance(window, Window) else window
    middles = [(w.left + w.width / w.density / 2, w.top + w.height / w.density / 2)
               for w in windows]  # fmt: skip

    def motion(seconds: float) -> State:
        n = frame_of(b, seconds)
        sx, sy = going.sway(n)
        dx = going.start + going.across * n
        picture = going.picture(n) % len(reel.pictures)
        if not going.deeper:
            return State(dx=dx + sx, dy=going.rise(dx) + sy, picture=picture)
        # Everything shrinks towards the point where the ground meets the sky. Who comes nearer
        # is painted as large as at the end.
        gone = n if going.deeper > 0 else n - b.shot.frames + 1
        r = reel.depth / (reel.depth + going.deeper * gone)
        cx, cy = middles[picture % len(middles)]
        return State(dx=-cx * (1 - r) + sx, dy=(b.horizon - cy) * (1 - r) + sy, grow_x=r, grow_y=r,
                     picture=picture)  # fmt: skip

    return motion


def present(
    b: Builder,
    reel: Reel,
    going: Going,
    *,
    front: bool,
    grounded: bool = True,
    wet: bool = False,
    indoors: bool = False,
) -> None:
    """`grounded`: it throws a shadow where it stands; `wet`: what is below it mirrors it."""
    if b.heard is not None:
        b.heard.append(_sounding(b, reel, going))
        return
    bounds = [solid.bounds(s) if s else None for s in reel.pictures]
    boxes = [v for v in bounds if v]
    left, right = min(v[0] for v in boxes), max(v[1] for v in boxes)
    low, high = min(v[2] for v in boxes), max(v[3] for v in boxes)
    if reel.surface:
        low = 0.0
    if b.aerial:
        reel = replace(reel, unit=reel.unit * b.tiny)
        going = replace(going, across=going.across * b.tiny, start=going.start * b.tiny)
    x, y, u = *reel.at, reel.unit
    pad = 2 / b.density
    window = Window.of(
        x + left * u - pad, y - high * u - pad, x + right * u + pad, y - low * u + pad,
        b.window(reel.depth).density,
    )  # fmt: skip
    shine = solid.shade(b.light, indoors=indoors, town=b.shot.place in TOWNS)
    if b.source is not None:
        middle = y - 0.5 * (low + high) * u
        shine = sources.upon(b.source, shine, b.light, b.horizon, x, middle, reel.depth)
    lent: list[Future[tuple[Array, Array]]] = [Future() for _ in reel.pictures]
    kept: solid.Kept = {}
    needs = [grounded and "shadow" not in b.shot.absent, wet]

    def figure(k: int) -> Callable[[Window], tuple[Array, Array]]:
        return lambda w: _figure(w, b, reel, k, shine, kept, lent[k] if any(needs) else None, wet)

    own = [_tight(window, reel, v) for v in bounds]
    painters = [figure(k) for k in range(len(reel.pictures))]
    b.add(reel.depth, own, *painters, motion=motion_of(b, reel, going, own), front=front, lit=True)
    if needs[0]:
        _shadow(b, reel, going, (window, own), (left, right, high), lent, front, indoors)
    if needs[1]:
        _mirror(b, reel, going, own, lent, front)


def _tight(w: Window, reel: Reel, box: tuple[float, float, float, float] | None) -> Window:
    """The part of a window that one picture fills, cut at even pixels."""
    if box is None:
        return replace(w, width=4, height=4)
    (x, y), u, k, pad = reel.at, reel.unit, w.density, 2
    left, right, low, high = box
    a = max(0, int((x + left * u - w.left) * k) - pad) & ~1
    c = max(0, int((y - high * u - w.top) * k) - pad) & ~1
    wide = min(w.width, int((x + right * u - w.left) * k) + pad + 2) - a
    tall = min(w.height, int((y - low * u - w.top) * k) + pad + 2) - c
    return replace(w, left=w.left + a / k, top=w.top + c / k, width=max(4, wide + 1 & ~1),
                   height=max(4, tall + 1 & ~1))  # fmt: skip


def _figure(
    w: Window,
    b: Builder,
    reel: Reel,
    k: int,
    shine: solid.Shade,
    kept: solid.Kept,
    lend: Future[tuple[Array, Array]] | None,
    wet: bool,
) -> tuple[Array, Array]:
    """Display RGB and cover; what shadow and mirror need of it is lent to them, made smaller."""
    try:
        made = solid.paint(w, reel.pictures[k], b.light, shine, at=reel.at, unit=reel.unit,
                           depth=reel.depth, kept=kept)  # fmt: skip
    except BaseException as error:
        if lend is not None:
            lend.set_exception(error)
        raise
    picture, cover = made
    if reel.surface:
        cover = cover * np.clip((reel.at[1] - w.ys) * w.density + 0.5, 0, 1)[:, None]
    if lend is not None:
        colours = halved(picture * cover[..., None]) if wet else np.zeros(0, np.float32)
        lend.set_result((colours, halved(cover)))
    return picture, cover


def _shadow(
    b: Builder,
    reel: Reel,
    going: Going,
    of: tuple[Window, Sequence[Window]],
    box: tuple[float, float, float],
    lent: Sequence[Future[tuple[Array, Array]]],
    front: bool,
    indoors: bool,
) -> None:
    """What the figure keeps the light from, and the dark right under its feet."""
    sunny = bool(b.light.disc) and b.shot.weather not in NO_SUN and not indoors
    x, y, u = *reel.at, reel.unit
    left, right, high = box
    reach = min(LONGEST, 1 / max(np.tan(b.light.elevation), 0.1)) if sunny else 0.0
    away = -1.0 if b.light.sun_x > 0 else 1.0
    slant, back = away * 0.95 * reach, 0.30 * reach  # heights to the side and away from us
    tall = high * (back * u * (y - b.horizon)) + 0.02
    pad = 0.12 * u
    window = Window.of(
        x + left * u + min(0.0, slant * high * u) - pad, y - tall - pad * 0.5,
        x + right * u + max(0.0, slant * high * u) + pad, y + pad * 0.6,
        min(b.density, DENSITY),
    )  # fmt: skip
    tint = to_display(faded(b.light.ambient * 0.05, reel.depth, b.light))
    strength = SHADOW * (0.5 if b.light.night else 1.0)

    def paint(w: Window, k: int) -> tuple[Array, Array]:
        _, seen = lent[k].result()
        own = of[1][k]
        dark = _contact(w, seen, own, reel, of[0].height)
        if sunny:
            dark = np.maximum(dark, strength * _thrown(w, seen, own, reel, b.horizon, slant, back))
        return np.broadcast_to(tint, (w.height, w.width, 3)), dark

    painters = [lambda w, k=k: paint(w, k) for k in range(len(reel.pictures))]
    still = Going(picture=going.picture, across=going.across, start=going.start,
                  deeper=going.deeper, rise=going.rise)  # fmt: skip
    b.add(reel.depth, window, *painters, motion=motion_of(b, reel, still, window), front=front,
          mirrored=False, order=reel.depth * 1.001, lit=True)  # fmt: skip


def _contact(w: Window, seen: Array, of: Window, reel: Reel, rows_of_all: int) -> Array:
    """Under the feet that are down, and faintly under the whole. `rows_of_all`: of the window that
    all pictures would share."""
    y, u = reel.at[1], reel.unit
    half = of.density / 2
    rows = (y - of.top) * half
    feet = seen[max(0, int(rows - 0.085 * u * half)) : int(rows + 1) + 1]
    profile = feet.max(axis=0) if len(feet) else np.zeros(seen.shape[1], np.float32)
    whole = seen.sum(axis=0) * (1.4 / (rows_of_all // 2))
    at = (w.xs - of.left) * half - 0.5
    cols = np.arange(seen.shape[1])
    blur = max(1, int(0.035 * u * w.density))
    near = _smeared(np.interp(at, cols, profile, 0, 0), blur)
    wide = _smeared(np.interp(at, cols, np.clip(whole, 0, 1), 0, 0), 3 * blur)
    v = ((w.ys - y) / u)[:, None]
    out = near[None, :] * np.exp(-(((v - 0.004) / 0.022) ** 2))
    return np.asarray(CONTACT * np.maximum(out, 0.62 * wide * np.exp(-((v / 0.05) ** 2))))


def _smeared(line: Array, by: int) -> Array:
    kernel = np.hanning(2 * by + 3)[1:-1]
    if len(kernel) > len(line):
        return line
    return np.convolve(line, kernel / kernel.sum(), mode="same")


def _thrown(
    w: Window, seen: Array, of: Window, reel: Reel, horizon: float, slant: float, back: float
) -> Array:
    """The outline laid on the ground: each row of the window is one distance, and so one height
    of what throws the shadow."""
    x, y, u = *reel.at, reel.unit
    far = (y - horizon) / np.maximum(w.ys - horizon, 1e-3)  # depths of the foot
    world = u  # one own unit, in depths of the foot
    height = (far - 1) / max(back * world, 1e-4)
    own = (w.xs[None, :] * far[:, None] - x) / u - slant * height[:, None]
    half = of.density / 2
    cols = ((x - of.left) + own * u) * half - 0.5
    rows = ((y - of.top) - height * u) * half - 0.5
    r = np.clip(np.rint(rows), 0, seen.shape[0] - 1).astype(np.int64)
    c = np.floor(cols)
    part = (cols - c).astype(np.float32)
    c0 = np.clip(c, 0, seen.shape[1] - 1).astype(np.int64)
    c1 = np.clip(c + 1, 0, seen.shape[1] - 1).astype(np.int64)
    out = seen[r[:, None], c0] * (1 - part) + seen[r[:, None], c1] * part
    inside = (cols > -0.5) & (cols < seen.shape[1] - 0.5)
    there = np.clip(height / 0.02 + 1, 0, 1) * (rows > -0.5)
    soft = out * inside * (there * (1 - 0.45 * np.clip(height, 0, 1)))[:, None]
    by = max(1, int(0.02 * u * w.density))
    return box_blur(soft, by)


def _mirror(
    b: Builder,
    reel: Reel,
    going: Going,
    of: Sequence[Window],
    lent: Sequence[Future[tuple[Array, Array]]],
    front: bool,
) -> None:
    """Upside down below the feet, paler with every bit of depth."""
    y, u = reel.at[1], reel.unit
    windows = [
        replace(w, top=2 * y - (w.top + w.height / w.density), width=w.width // 2 & ~1 or 2,
                height=w.height // 2 & ~1 or 2, density=w.density / 2) for w in of
    ]  # fmt: skip

    def paint(w: Window, k: int) -> tuple[Array, Array]:
        picture, seen = lent[k].result()
        picture, seen = picture[::-1][: w.height, : w.width], seen[::-1][: w.height, : w.width]
        down = np.maximum(w.ys - y, 0) / u
        part = (0.50 * np.exp(-1.1 * down))[:, None] * (w.ys > y)[:, None]
        colour = picture / np.maximum(seen, 1e-4)[..., None]
        return colour * 0.82, box_blur(seen, 1) * part

    painters = [lambda w, k=k: paint(w, k) for k in range(len(reel.pictures))]
    b.add(reel.depth, windows, *painters, motion=motion_of(b, reel, going, windows), front=front,
          mirrored=True, soft=True, order=reel.depth * 1.002)  # fmt: skip
