"""Long rooms in one-point perspective: a corridor, a great hall, a railway station, a gym, a
stage, a factory.

    KINDS    site → its walls
    build    lists the layers

Walls run to the vanishing point: for each pixel of one the depth follows from its place alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import halls
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.strips import strips
from reelway.engines.animatic.terrain import EYE

Array = npt.NDArray[Any]
BOARDED = {"gym", "stage"}
WARM, COOL = linear("#ffca85"), linear("#dfeaff")


@dataclass(frozen=True, kw_only=True)
class Form:
    """`half`: from the middle to the walls; `high`: of the ceiling over the floor; depth units."""

    half: float
    high: float
    end: float
    colours: tuple[str, str, str]  # floor, walls, ceiling
    every: float  # what repeats along it
    wall: Callable[[Array, Array, Any, Any, Array], tuple[Array, Array, Array]]
    lamp: Array
    back: Callable[[Array, Array, Array], Array] | None = None  # paints the wall at the end


Part = tuple[Array, Array, Array]  # albedo, light of its own, mirror (0…1)


def _corridor(z: Array, up: Array, f: Array, albedo: Array, ends: Array) -> Part:
    door = (np.abs(f - 0.5) < 0.24) & (up < 0.40) & (up > 0)
    frame = (np.abs(f - 0.5) < 0.28) & (up < 0.425) & ~door
    albedo = np.where(door[..., None], linear("#6a4a34"), albedo)
    panel = (np.abs(np.abs(f - 0.5) - 0.12) > 0.09) | (np.abs(up - 0.2) > 0.16)
    albedo = np.where((door & panel)[..., None], albedo * 0.75, albedo)
    albedo = np.where(frame[..., None], linear("#c9c2b4"), albedo)
    dado = (np.abs(up - 0.16) < 0.008) & ~door & ~frame
    albedo = np.where(dado[..., None], albedo * 0.6, albedo)
    low = (up < 0.15) & ~door & ~frame
    albedo = np.where(low[..., None], albedo * 0.75, albedo)
    knob = np.hypot((f - 0.68) * 0.9, up - 0.2) < 0.016
    return np.where(knob[..., None], linear("#c9a85a"), albedo), np.zeros(up.shape), 0.0 * up


def _hall(z: Array, up: Array, f: Array, albedo: Array, ends: Array) -> Part:
    arch = np.hypot((f - 0.5) / 0.26, np.maximum(up - 1.05, 0) / 0.30) < 1
    pane = arch & (up > 0.42) & (np.abs(f - 0.5) < 0.26)
    lead = (np.abs((f * 22) % 1 - 0.5) > 0.42) | (np.abs((up * 9) % 1 - 0.5) > 0.44)
    hue = np.stack(
        [np.sin(np.floor(f * 22) * k + np.floor(up * 9) * (k + 1)) for k in (1.3, 2.1, 3.4)], -1
    )
    glass = (0.55 + 0.35 * hue) * np.where(lead, 0.08, 1.0)[..., None]
    column = np.abs(f - 0.5) > 0.40
    round_ = np.sqrt(np.clip(1 - ((np.minimum(f, 1 - f)) / 0.10) ** 2, 0.1, 1))
    flute = 0.85 + 0.15 * np.sin(f * 190)
    albedo = np.where(column[..., None], albedo * (1.15 * round_ * flute)[..., None], albedo * 0.8)
    capital = column & (np.abs(up - 1.15) < 0.05)
    albedo = np.where(capital[..., None], linear("#b89a5a"), albedo)
    return np.where(pane[..., None], glass, albedo), pane * 1.0, 0.0 * up


def _station(z: Array, up: Array, f: Array, albedo: Array, ends: Array) -> Part:
    tile = (np.abs((f * 24) % 1 - 0.5) > 0.45) | (np.abs((up * 17) % 1 - 0.5) > 0.44)
    albedo = albedo * (1 - 0.16 * tile)[..., None]
    band = np.abs(up - 0.62) < 0.045
    albedo = np.where(band[..., None], linear("#1f4f8a"), albedo)
    name = band & (np.sin(f * 150) * np.sin(f * 63 + 1) > 0.05) & (np.abs(f - 0.5) < 0.25)
    albedo = np.where((name & (np.abs(up - 0.62) < 0.022))[..., None], 0.85, albedo)
    poster = (np.abs(f - 0.5) < 0.16) & (np.abs(up - 0.34) < 0.14)
    k = np.floor(z / 1.6)
    hue = np.stack([np.sin(k * a + f * 9 + a) * 0.35 + 0.45 for a in (2.3, 3.9, 5.1)], axis=-1)
    return np.where(poster[..., None], hue, albedo), poster * 0.35, 0.0 * up


KINDS: dict[str, Form] = {
    "corridor": Form(half=0.42, high=0.56, end=7.0, colours=("#5f5a55", "#a79f90", "#b5b0a6"),
                     every=0.95, wall=_corridor, lamp=WARM),
    "hall": Form(half=1.15, high=1.75, end=9.0, colours=("#8a7f70", "#9b9080", "#7a6f60"),
                 every=1.15, wall=_hall, lamp=WARM),
    "station": Form(half=1.0, high=0.95, end=14.0, colours=("#6d6c6a", "#b9bab5", "#4a4c50"),
                    every=1.6, wall=_station, lamp=COOL),
    "gym": Form(half=1.15, high=1.0, end=5.2, colours=("#9c7443", "#a3a59c", "#3f4347"),
                every=1.5, wall=halls.gym, lamp=COOL, back=halls.gym_end),
    "stage": Form(half=0.95, high=1.05, end=2.5, colours=("#5d4029", "#7d1420", "#0c0b0c"),
                  every=0.62, wall=halls.stage, lamp=WARM, back=halls.stage_end),
    "works": Form(half=1.35, high=1.12, end=8.5, colours=("#74736f", "#7f8a8e", "#33373a"),
                  every=2.1, wall=halls.works, lamp=COOL, back=halls.works_end),
}  # fmt: skip


def build(b: Builder) -> None:
    form = KINDS[b.shot.site]
    b.add(3.0, b.window(3.0), strips(lambda w: (_shell(w, b, form), None)))
    if b.shot.site == "station":
        b.add(2.6, b.window(2.6), strips(lambda w: _train(w, b)))
    haze = linear("#ffdca8") if form.lamp is WARM else linear("#dce8ff")

    def glow(w: Window) -> tuple[Array, None]:
        far = np.hypot(w.xs[None, :], (w.ys[:, None] - b.horizon) * 1.3)
        level = 0.16 * np.exp(-far / 0.16)[..., None] * to_display(haze)
        return (level * (0.4 + 0.6 * b.light.lamps)).astype(np.float32), None

    b.add(2.5, b.window(2.5, density=120), glow, added=True, soft=True)


def _shell(w: Window, b: Builder, form: Form) -> Array:
    """Display RGB."""
    x, y = w.xs[None, :], w.ys[:, None] - b.horizon
    below, above = EYE / np.maximum(y, 1e-4), (form.high - EYE) / np.maximum(-y, 1e-4)
    sides = form.half / np.maximum(np.abs(x), 1e-4)
    flat = np.minimum(below, above)
    z = np.minimum(np.minimum(sides, flat), form.end)
    on_end, on_wall = z >= form.end - 1e-6, (sides < flat)
    on_floor = ~on_end & ~on_wall & (y > 0)
    floor, wall, ceiling = (linear(c) for c in form.colours)
    up, across = EYE - y * z, x * z
    grain = fbm(b.shot.seed, "plaster", w.xs * 16 + 40, w.ys * 16 + 40, octaves=5)
    albedo = np.where(
        on_floor[..., None], floor, np.where((on_wall | on_end)[..., None], wall, ceiling)
    )
    albedo = albedo * (1 + 0.07 * grain[..., None])
    f = (z / form.every) % 1
    painted, own, _ = form.wall(z, up, f, albedo, on_end)
    side = on_wall & ~on_end
    albedo = np.where(side[..., None], painted, albedo)
    own = np.where(side, own, 0.0)
    if form.back is not None and on_end.any():
        albedo = np.where(on_end[..., None], form.back(across, up, albedo), albedo)
    pixel = z * z / (EYE * w.density)
    fine = np.clip(1.3 - pixel * 5, 0, 1)
    slab = (np.abs((z * 3.2) % 1 - 0.5) > 0.47) | (np.abs((across * 3.2) % 1 - 0.5) > 0.47)
    albedo = np.where(on_floor[..., None], albedo * (1 - 0.25 * slab * fine)[..., None], albedo)
    albedo = _floor(b.shot.site, albedo, z, across, on_floor, fine)
    lamps = np.abs((z / form.every + 0.5) % 1 - 0.5)
    on_ceiling = ~on_end & ~on_wall & (y < 0)
    tube = on_ceiling & (np.abs(across) < 0.10) & (lamps < 0.22)
    dim = 0.35 + 0.65 * b.light.lamps
    pools = np.exp(-((lamps / 0.22) ** 2)) * np.exp(-((across / (0.8 * form.half)) ** 2))
    day = b.light.ambient * 0.7 + b.light.horizon * 0.35
    fall = np.exp(-z / (form.end * 0.9)) * 0.6 + 0.4
    lit = day + form.lamp * ((0.30 + 0.55 * pools) * dim)[..., None]
    # Edges where planes meet are darker.
    rim = np.minimum(np.abs(form.half - np.abs(across)), np.minimum(up, form.high - up)) / 0.16
    lit = lit * (fall * (0.62 + 0.38 * np.clip(np.where(on_end, 1, rim), 0, 1)))[..., None]
    picture = albedo * lit
    shine = b.light.middle * 0.5 + b.light.sun * 0.55 + 0.10 * b.light.lamps
    picture = picture + painted * (own * 1.0)[..., None] * shine
    picture = np.where(tube[..., None], form.lamp * 1.15 * dim, picture)
    # A polished floor mirrors the lamps and the far end.
    streak = np.exp(-((across / 0.16) ** 2)) * np.exp(-((lamps / 0.20) ** 2)) * on_floor
    picture = picture + (0.30 * streak * dim)[..., None] * form.lamp
    if b.shot.site == "hall":
        patch = on_floor & (np.abs(((z - 0.5 * np.abs(across)) / form.every) % 1 - 0.5) < 0.2)
        sun = patch * (across * (-1 if b.light.sun_x > 0 else 1) > 0.1) * (b.light.disc == "sun")
        picture = picture + albedo * b.light.sun * (0.5 * sun)[..., None]
    return to_display(picture)


def _floor(site: str, albedo: Array, z: Array, across: Array, there: Array, fine: Array) -> Array:
    """What lies on it: a runner on a chequered floor, a platform's edge and its track."""
    if site == "hall":
        check = (np.floor(z * 3.2) + np.floor(across * 3.2)) % 2 - 0.5
        albedo = np.where(there[..., None], albedo * (1 + 0.3 * check * fine)[..., None], albedo)
        trim = (np.abs(np.abs(across) - 0.23) < 0.012)[..., None]
        red = np.where(trim, linear("#c9a04a"), linear("#7a1f22"))
        albedo = np.where((there & (np.abs(across) < 0.26))[..., None], red, albedo)
    if site in BOARDED:
        wood = halls.boards(z, across, fine, linear(KINDS[site].colours[0]))
        wood = halls.court(wood, z, across) if site == "gym" else wood
        albedo = np.where(there[..., None], wood, albedo)
    if site == "works":
        line = there & (np.abs(np.abs(across) - 0.55) < 0.025)
        albedo = np.where(line[..., None], linear("#c9a22c"), albedo)
    if site == "station":
        edge, track = there & (np.abs(across - 0.33) < 0.03), there & (across > 0.36)
        albedo = np.where(edge[..., None], linear("#d8b23a"), albedo)
        albedo = np.where(track[..., None], linear("#1d1c1c"), albedo)
    return np.asarray(albedo)


def _train(w: Window, b: Builder) -> tuple[Array, Array]:
    """A train at the platform's right side, its windows lit."""
    wall = 0.40
    x, y = w.xs[None, :], w.ys[:, None] - b.horizon
    z = wall / np.maximum(x, 1e-4)
    up = EYE - y * z
    f = (z / 1.25) % 1
    inside = (x > 0) & (z < 12) & (z > 0.2) & (up < 0.52) & (up > 0.0)
    glass = (
        (np.abs(up - 0.30) < 0.085) & (np.abs((f * 4) % 1 - 0.5) < 0.40) & (np.abs(f - 0.5) < 0.46)
    )
    door = (np.abs(f - 0.5) < 0.09) & (up < 0.42)
    stripe = (np.abs(up - 0.16) < 0.022)[..., None]
    skin = np.where(stripe, linear("#b3312a"), linear("#b4bac0"))
    lit = b.light.ambient * 0.3 + COOL * 0.34 * (0.35 + 0.65 * b.light.lamps)
    bulge = (0.55 + 0.55 * np.clip(up / 0.52, 0, 1) - 0.5 * np.clip((up - 0.44) / 0.08, 0, 1))[
        ..., None
    ]
    tone = skin * lit * bulge
    tone = np.where(door[..., None], tone * 0.8, tone)
    own = np.sin(np.floor(z / 1.25 * 4) * 12.9898) * 43758.5453 % 1
    window = WARM * (0.25 + 0.55 * own)[..., None] * (0.5 + 0.5 * b.light.lamps)
    tone = np.where((glass & inside)[..., None], window + 0 * tone, tone)
    seam = (f < 0.012)[..., None]
    tone = np.where(seam, tone * 0.2, tone)
    fall = np.exp(-z / 14)[..., None]
    return to_display(tone * fall), inside * 1.0
