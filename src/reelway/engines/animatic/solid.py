"""Round, lit things out of simple solids, painted from far to near.

    Cone     a limb: two balls of different size and what lies between them
    Loft     a body or a garment: a profile of half widths along an axis, flat at both ends
    Ring     a wheel
    Sheet    a flat piece with any outline: a wing, a fin, a tail
    Shade    the scene's light as these solids need it
    paint    all solids of one picture → display RGB and cover

A point is (x, y, z) in the figure's own units: x to the right, y up, z towards the eye. Each solid
knows its normals, so that one sun, one sky and one edge of back light fall alike on all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, Window, linear, to_display
from reelway.engines.animatic.light import Light, faded

Array = npt.NDArray[Any]
Point = tuple[float, float, float]
WHITE = 0.77  # linear light on a white thing at noon
LAMPS = np.array([0.15, 0.11, 0.07], np.float32)  # what windows and lanterns add
FOLD = 0.34  # how far a fold of cloth turns its normal


@dataclass(frozen=True, kw_only=True)
class Coat:
    """What a solid is covered with; colours are linear."""

    colour: Array
    under: Array | None = None  # of the underside: a fox's belly
    bands: tuple[float, Array] | None = None  # stripes: how many along it, and their colour
    folds: float = 0.0  # of cloth, across it
    glow: float = 0.0  # light of its own
    shine: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Cone:
    a: Point
    b: Point
    ra: float
    rb: float
    coat: Coat
    lift: float = 0.0  # nearer to the eye than it is
    tube: bool = False  # lit as a part of something longer, however short it is

    @property
    def order(self) -> float:
        return (self.a[2] + self.b[2]) / 2 + self.lift


@dataclass(frozen=True, kw_only=True)
class Loft:
    """Along a→b the half widths `left` and `right` of that direction, at even steps."""

    a: Point
    b: Point
    left: Sequence[float]
    right: Sequence[float]
    coat: Coat
    lift: float = 0.0

    @property
    def order(self) -> float:
        return (self.a[2] + self.b[2]) / 2 + self.lift


@dataclass(frozen=True, kw_only=True)
class Ring:
    at: Point
    radius: float
    thick: float
    coat: Coat

    @property
    def order(self) -> float:
        return self.at[2]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    points: Sequence[Point]
    coat: Coat
    facing: Point = (0.0, 0.6, 0.8)
    lift: float = 0.0

    @property
    def order(self) -> float:
        return sum(p[2] for p in self.points) / len(self.points) + self.lift


Solid = Cone | Loft | Ring | Sheet


@dataclass(frozen=True, kw_only=True)
class Shade:
    """Light on solids: from the sky, from the sun or the moon, and around the edges from behind."""

    fill: Array
    key: Array
    rim: Array
    toward: Point  # where the key light comes from


def shade(light: Light, *, indoors: bool = False, town: bool = False) -> Shade:
    """The eye adapts to half of what is missing of noon, so that colours stay colours."""
    key, fill = light.sun * 0.84, light.ambient * 0.95 + light.haze * 0.05
    side, rise = math.copysign(1.0, light.sun_x), light.elevation
    toward = (side * math.cos(rise) * 0.86, math.sin(rise), 0.30 * math.cos(rise) + 0.12)
    if indoors:  # the window is in the back wall to the left, the lamp to the right
        key = light.ambient * 0.7 + light.horizon * 0.30
        fill = light.ambient * 0.40 + light.horizon * 0.10
        toward = (-0.62, 0.45, 0.45)
        if light.lamps > 0.3:
            key, toward = key * 0.5 + linear("#ffb765") * 0.55, (0.62, 0.35, 0.5)
    elif light.night:  # street lamps and windows are all around
        key = key + LAMPS * light.lamps * (2.2 if town else 0.3)
    fill = fill + LAMPS * light.lamps * ((0.6 if town else 0.3) if light.night else 0.2)
    white = fill * 0.8 + key * 0.5
    gain = (max(float(white @ LUMA), 1e-3) / WHITE) ** -0.34
    behind = float(np.clip((0.26 - light.sun_height) / 0.12, 0.25, 1.0)) if light.disc else 0.18
    rim = (light.glow * 0.30 + light.sun * 0.30) * behind + LAMPS * light.lamps * (
        0.9 if town else 0.35
    )
    return Shade(
        fill=_calm(fill) * gain,
        key=_calm(key) * gain,
        rim=rim * (0.5 if indoors else 1.0) * gain,
        toward=_unit(toward),
    )


def _calm(light: Array) -> Array:
    """Light that is less coloured: else a red coat at night would be black."""
    level = float(light @ LUMA)
    return np.asarray(level + (light - level) * 0.68, np.float32)


def _unit(p: Point) -> Point:
    long = math.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) or 1.0
    return p[0] / long, p[1] / long, p[2] / long


def paint(
    window: Window,
    solids: Sequence[Solid],
    light: Light,
    shine: Shade,
    *,
    at: tuple[float, float],
    unit: float,
    depth: float,
) -> tuple[Array, Array]:
    """Display RGB and cover; `at`: where (0, 0, 0) is in view units, `unit`: own units in them."""
    easel = _Easel(window, shine, at, unit)
    for solid in sorted(solids, key=lambda s: s.order):
        easel.lay(solid)
    safe = np.maximum(easel.cover, 1e-4)[..., None]
    return to_display(faded(easel.light / safe, depth, light)), easel.cover


class _Easel:
    def __init__(self, w: Window, shine: Shade, at: tuple[float, float], unit: float) -> None:
        self.light = np.zeros((w.height, w.width, 3), np.float32)  # premultiplied
        self.cover = np.zeros((w.height, w.width), np.float32)
        self.x = ((w.xs - at[0]) / unit)[None, :]
        self.y = ((at[1] - w.ys) / unit)[:, None]
        self.k = w.density * unit  # pixels an own unit
        self.left, self.high = float(self.x[0, 0]), float(self.y[0, 0])
        self.shine = shine
        self.toward = tuple(np.float32(v) for v in shine.toward)

    def lay(self, solid: Solid) -> None:
        part = self._part(*_bounds(solid))
        if part is None:
            return
        x, y = self.x[:, part[1]], self.y[part[0]]
        if isinstance(solid, Cone):
            seen, nx, ny, along = self._cone(solid, x, y)
        elif isinstance(solid, Loft):
            seen, nx, ny, along = self._loft(solid, x, y)
        elif isinstance(solid, Ring):
            seen, nx, ny, along = self._ring(solid, x, y)
        else:
            seen, nx, ny, along = self._sheet(solid, x, y)
        colour = self._lit(solid.coat, nx, ny, along)
        kept = 1 - seen
        self.cover[part] *= kept
        self.cover[part] += seen
        self.light[part] *= kept[..., None]
        self.light[part] += colour * seen[..., None]

    def _part(self, x0: float, x1: float, y0: float, y1: float) -> tuple[slice, slice] | None:
        rows, cols = self.cover.shape
        a = max(0, int((x0 - self.left) * self.k) - 1)
        b = min(cols, int((x1 - self.left) * self.k) + 3)
        c = max(0, int((self.high - y1) * self.k) - 1)
        d = min(rows, int((self.high - y0) * self.k) + 3)
        return (slice(c, d), slice(a, b)) if a < b and c < d else None

    def _cone(self, s: Cone, x: Array, y: Array) -> tuple[Array, ...]:
        bx, by = s.b[0] - s.a[0], s.b[1] - s.a[1]
        px, py = x - s.a[0], y - s.a[1]
        along = np.clip((px * bx + py * by) / max(bx * bx + by * by, 1e-9), 0, 1)
        radius = s.ra + (s.rb - s.ra) * along
        qx, qy = px - along * bx, py - along * by
        away = np.sqrt(qx * qx + qy * qy)
        seen = np.clip((radius - away) * self.k + 0.5, 0, 1)
        radius = np.maximum(radius, 1e-4)
        long2 = bx * bx + by * by
        if not s.tube and long2 < 1.4 * max(s.ra, s.rb) ** 2:
            return seen, qx / radius, qy / radius, along
        # A limb is lit as a tube to its very ends: its joints must not show as rings.
        u = np.clip((px * by - py * bx) / (radius * math.sqrt(long2)), -1, 1)
        u /= math.sqrt(long2)
        return seen, u * by, -u * bx, along

    def _loft(self, s: Loft, x: Array, y: Array) -> tuple[Array, ...]:
        bx, by = s.b[0] - s.a[0], s.b[1] - s.a[1]
        long = max(math.hypot(bx, by), 1e-6)
        bx, by = bx / long, by / long
        px, py = x - s.a[0], y - s.a[1]
        t = (px * bx + py * by) / long
        lat = px * by - py * bx  # to the right of a→b when it points up
        steps = np.linspace(0, 1, len(s.left))
        left, right = np.interp(t, steps, s.left), np.interp(t, steps, s.right)
        edge = np.minimum(right - lat, lat + left)
        seen = np.clip(np.minimum(edge, np.minimum(t, 1 - t) * long) * self.k + 0.5, 0, 1)
        wide = np.where(lat > 0, right, left)
        u = np.clip(lat / np.maximum(wide, 1e-4), -1, 1) * 0.96
        if s.coat.folds:
            u = np.clip(u + FOLD * t * np.sin(u * s.coat.folds + 1.0), -0.98, 0.98)
        return seen, u * by, -u * bx, t

    def _ring(self, s: Ring, x: Array, y: Array) -> tuple[Array, ...]:
        px, py = x - s.at[0], y - s.at[1]
        away = np.hypot(px, py)
        off = np.abs(away - s.radius)
        seen = np.clip((s.thick - off) * self.k + 0.5, 0, 1)
        return seen, px / np.maximum(away, 1e-4) * 0.6, py / np.maximum(away, 1e-4) * 0.6, off

    def _sheet(self, s: Sheet, x: Array, y: Array) -> tuple[Array, ...]:
        seen = _inside([(p[0], p[1]) for p in s.points], x, y, self.k)
        n = _unit(s.facing)
        flat = np.ones_like(seen)
        root, tip = s.points[0], s.points[len(s.points) // 2]
        bx, by = tip[0] - root[0], tip[1] - root[1]
        along = ((x - root[0]) * bx + (y - root[1]) * by) / max(bx * bx + by * by, 1e-6)
        return seen, flat * n[0] * 0.8, flat * n[1] * 0.8, np.clip(along, 0, 1)

    def _lit(self, coat: Coat, nx: Array, ny: Array, along: Array) -> Array:
        flat2 = np.minimum(nx * nx + ny * ny, 1)
        nz = np.sqrt(1 - flat2)
        lx, ly, lz = self.toward
        key = np.maximum(nx * lx + ny * ly + nz * lz, 0)
        sky = (0.66 + 0.34 * ny) * (0.62 + 0.38 * nz)  # edges are dark where parts meet
        rim = flat2 * flat2 * flat2 * np.clip(nx * lx + ny * 0.45 + 0.05, 0, 1)
        own = coat.colour
        if coat.glow:
            base = own * coat.glow
            return np.asarray(base * (0.75 + 0.25 * nz[..., None]), np.float32)
        albedo: Array = own
        if coat.under is not None:
            part = np.clip(-ny * 2.6 - 0.55, 0, 1)[..., None]
            albedo = albedo * (1 - part) + coat.under * part
        if coat.bands is not None:
            count, other = coat.bands
            part = np.clip(np.sin(along * (count * 6.283) + nx * 1.5) * 3, 0, 1)[..., None]
            albedo = albedo * (1 - part) + other * part
        s = self.shine
        out = albedo * (sky[..., None] * s.fill + key[..., None] * s.key)
        out += rim[..., None] * (s.rim * (0.35 + 0.65 * np.minimum(own * 2, 1)))
        if coat.shine:
            out += (key**12 * coat.shine)[..., None] * s.key
        return np.asarray(out, np.float32)


def _inside(points: Sequence[tuple[float, float]], x: Array, y: Array, k: float) -> Array:
    """Cover of a closed outline."""
    nearest = np.full((y.shape[0], x.shape[1]), 1e9, np.float32)
    odd = np.zeros(nearest.shape, bool)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((px * ex + py * ey) / max(ex * ex + ey * ey, 1e-9), 0, 1)
        nearest = np.minimum(nearest, (px - t * ex) ** 2 + (py - t * ey) ** 2)
        if ay != by:
            odd ^= ((ay > y) != (by > y)) & (x < (y - ay) / (by - ay) * ex + ax)
    return np.clip(np.where(odd, 1, -1) * np.sqrt(nearest) * k + 0.5, 0, 1)


def _bounds(s: Solid) -> tuple[float, float, float, float]:
    """left, right, low, high."""
    if isinstance(s, Ring):
        r = s.radius + s.thick
        return s.at[0] - r, s.at[0] + r, s.at[1] - r, s.at[1] + r
    if isinstance(s, Sheet):
        xs, ys = [p[0] for p in s.points], [p[1] for p in s.points]
        return min(xs), max(xs), min(ys), max(ys)
    r = max(s.ra, s.rb) if isinstance(s, Cone) else max(*s.left, *s.right, 0.0)
    return (
        min(s.a[0], s.b[0]) - r,
        max(s.a[0], s.b[0]) + r,
        min(s.a[1], s.b[1]) - r,
        max(s.a[1], s.b[1]) + r,
    )


def bounds(solids: Sequence[Solid]) -> tuple[float, float, float, float]:
    """left, right, low, high of all of them."""
    all_ = [_bounds(s) for s in solids]
    return (
        min(v[0] for v in all_),
        max(v[1] for v in all_),
        min(v[2] for v in all_),
        max(v[3] for v in all_),
    )


def turned(p: Point, heading: float) -> Point:
    """A point of a figure (x forward, y up, z to its right) as the eye sees it: heading 0 goes to
    the right, a quarter turn comes towards the eye."""
    c, s = math.cos(heading), math.sin(heading)
    return p[0] * c - p[2] * s, p[1], p[0] * s + p[2] * c


def moved(solid: Solid, dx: float, dy: float, dz: float = 0.0, by: float = 1.0) -> Solid:
    """The solid `by` as large, then somewhere else."""

    def to(p: Point) -> Point:
        return p[0] * by + dx, p[1] * by + dy, p[2] * by + dz

    if isinstance(solid, Cone):
        return replace(solid, a=to(solid.a), b=to(solid.b), ra=solid.ra * by, rb=solid.rb * by)
    if isinstance(solid, Loft):
        left, right = [w * by for w in solid.left], [w * by for w in solid.right]
        return replace(solid, a=to(solid.a), b=to(solid.b), left=left, right=right)
    if isinstance(solid, Ring):
        return replace(solid, at=to(solid.at), radius=solid.radius * by, thick=solid.thick * by)
    return replace(solid, points=[to(p) for p in solid.points])
