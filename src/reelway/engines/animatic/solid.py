"""Round, lit things out of simple solids (`forms`), painted from far to near.

    paint    all solids of one picture → display RGB and cover

Solids leave colours and normals; the light of all of them is worked out together, in `shading`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.forms import (
    Array,
    Coat,
    Cone,
    Limb,
    Loft,
    Point,
    Relief,
    Ring,
    Sheet,
    Solid,
    Surface,
    bounds,
    changed,
    moved,
    reach,
    rounded,
    turned,
)
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.shading import Shade, edge_of, lights, shade
from reelway.engines.animatic.shading import unit as direction

__all__ = ["Array", "Coat", "Cone", "Limb", "Loft", "Point", "Relief", "Ring", "Shade", "Sheet",
           "Solid", "Surface", "bounds", "changed", "moved", "paint", "rounded", "shade",
           "turned"]  # fmt: skip
Kept = dict[Any, Surface]
Seen = tuple[Array, Array, Array, Array, Array]  # cover, normal x and y, along, depth inside


def paint(
    window: Window,
    solids: Sequence[Solid],
    light: Light,
    shine: Shade,
    *,
    at: tuple[float, float],
    unit: float,
    depth: float,
    kept: Kept | None = None,
) -> tuple[Array, Array]:
    """Display RGB and cover; `at`: where (0, 0, 0) is in view units, `unit`: own units in them;
    `kept`: shared by pictures of one size, for what looks alike in several."""
    easel = _Easel(window, at, unit, kept)
    for solid in sorted(solids, key=lambda s: s.order):
        easel.lay(solid)
    by = max(1, round(edge_of(unit) * easel.k))
    shines, glows = easel.extra.get("shine"), easel.extra.get("glow")
    rows = lights(shine, depth, light)
    picture = kernels().lit(easel.planes, easel.cover, shines, glows, by, rows)
    return picture, easel.cover


class _Easel:
    """Planes of colour and normals, premultiplied by the cover."""

    def __init__(self, w: Window, at: tuple[float, float], unit: float, kept: Kept | None) -> None:
        self.kept = kept
        shape = (w.height, w.width)
        self.cover = np.zeros(shape, np.float32)
        self.planes = np.zeros((6, *shape), np.float32)  # red, green, blue, nx, ny, dark
        self.extra: dict[str, Array] = {}  # shine and glow, where there is any
        self.x = ((w.xs - at[0]) / unit)[None, :]
        self.y = ((at[1] - w.ys) / unit)[:, None]
        self.k = w.density * unit  # pixels an own unit
        self.left, self.high = float(self.x[0, 0]), float(self.y[0, 0])

    def lay(self, solid: Solid) -> None:
        if isinstance(solid, Relief):
            self._lay_relief(solid)
            return
        over = getattr(solid, "over", 0.0)
        x0, x1, y0, y1 = reach(solid)
        part = self._part(x0 - over, x1 + over, y0 - over, y1 + over)
        if part is None:
            return
        x, y = self.x[:, part[1]], self.y[part[0]]
        coat = solid.coat
        made = np.asarray(_SEEN[type(solid)](solid, x, y, self.k), np.float32)
        seen, nx, ny, along, inside = made
        if isinstance(solid, Limb) and solid.fades:
            part_ = np.clip(along / solid.fades, 0, 1)
            seen *= part_ * part_ * (3 - 2 * part_)
            inside -= (1 - part_) * np.float32(solid.over * 2)
        if coat.stain:
            self._stained(part, seen, coat.colour)
            return
        if coat.veil:
            soft = np.clip(inside / max(_wide(solid), 1e-6), 0, 1)
            self.planes[5][part] *= 1 - coat.veil * soft * soft * (3 - 2 * soft)
            return
        colour = _coloured(coat, nx, ny, along)
        if colour.ndim == 3:
            colour = np.moveaxis(colour, -1, 0)
        at = part[0].start, part[1].start
        kernels().put(self.planes, self.cover, at, made, colour, over)
        for plane in self.extra.values():
            plane[part] *= 1 - seen
        for name, value in (("shine", coat.shine), ("glow", coat.glow)):
            if value:
                self._plane(name)[part] += seen * np.float32(value)

    def _stained(self, part: tuple[slice, slice], seen: Array, colour: Array) -> None:
        on = seen * self.cover[part]
        for i in range(3):
            target = self.planes[i][part]
            target *= 1 - seen
            target += on * colour[i]

    def _under(self, part: tuple[slice, slice], kept: Array) -> None:
        """What is below something is seen only where that leaves it free."""
        self.planes[:, part[0], part[1]] *= kept
        self.cover[part] *= kept
        self.cover[part] += 1 - kept
        for plane in self.extra.values():
            plane[part] *= kept

    def _plane(self, name: str) -> Array:
        return self.extra.setdefault(name, np.zeros_like(self.cover))

    def _lay_relief(self, s: Relief) -> None:
        """On the nearest half of a pixel where pictures share it, so that equal ones are equal."""
        shared = self.kept is not None and s.same is not None
        fine = 2 if shared else 64  # parts of a pixel
        dx, dy = (round(v * self.k * fine) for v in (s.at[0] - self.left, self.high - s.at[1]))
        x0, x1, y0, y1 = (v * s.by * self.k for v in s.reach)
        rows, cols = self.cover.shape
        a, b = max(0, int(dx / fine + x0) - 1), min(cols, int(dx / fine + x1) + 3)
        c, d = max(0, int(dy / fine - y1) - 1), min(rows, int(dy / fine - y0) + 3)
        if a >= b or c >= d:
            return
        part = slice(c, d), slice(a, b)
        begin = a * fine - dx, c * fine - dy  # parts of a pixel from its middle
        key = s.same, s.by, *begin, b - a, d - c
        made = self.kept.get(key) if self.kept is not None and shared else None
        if made is None:
            k = self.k * s.by
            x, y = (np.arange(n) + at / fine for n, at in zip((b - a, d - c), begin, strict=True))
            made = s.draw(x / k, y / -k, k)
        if self.kept is not None and shared:
            self.kept[key] = made
        seen = made.cover
        self._under(part, 1 - seen)
        target = self.planes[:, part[0], part[1]]
        for i in range(3):
            target[i] += seen * made.albedo[i]
        target[3] += seen * made.nx
        target[4] += seen * made.ny
        target[5] += seen if made.dark is None else seen * made.dark
        if made.shine is not None:
            self._plane("shine")[part] += seen * made.shine

    def _part(self, x0: float, x1: float, y0: float, y1: float) -> tuple[slice, slice] | None:
        rows, cols = self.cover.shape
        a = max(0, int((x0 - self.left) * self.k) - 1)
        b = min(cols, int((x1 - self.left) * self.k) + 3)
        c = max(0, int((self.high - y1) * self.k) - 1)
        d = min(rows, int((self.high - y0) * self.k) + 3)
        return (slice(c, d), slice(a, b)) if a < b and c < d else None


def _coloured(coat: Coat, nx: Array, ny: Array, along: Array) -> Array:
    """One colour, or one for each pixel."""
    if coat.under is None and coat.bands is None and coat.spots is None:
        return coat.colour
    albedo: Array = np.broadcast_to(coat.colour, (*nx.shape, 3))
    if coat.under is not None:
        part = np.clip(-ny * 2.6 - 0.55, 0, 1)[..., None]
        albedo = albedo * (1 - part) + coat.under * part
    if coat.bands is not None:  # they taper, bend, and no two are alike
        count, other = coat.bands
        at = along * (count * 6.283)
        wave = np.sin(at + 1.1 * np.sin(at * 0.37 + ny * 2.3) + nx * 1.6)
        part = np.clip((wave - 0.30 + 0.42 * ny + 0.25 * np.sin(at * 0.31 + 2)) * 3, 0, 1)
        albedo = albedo * (1 - part[..., None]) + other * part[..., None]
    if coat.spots is not None:
        count, other = coat.spots
        at, across = along * (count * 6.283), (nx + ny) * (count * 0.75)
        cell = np.sin(at + 0.9 * np.sin(across * 1.7)) * np.sin(across * 2.1 + 0.8 * np.sin(at))
        part = np.clip((cell - 0.22) * 5, 0, 1)[..., None] * 0.9
        albedo = albedo * (1 - part) + other * part
    return np.asarray(albedo, np.float32)


def _cone(s: Cone, x: Array, y: Array, k: float) -> Array:
    bx, by = s.b[0] - s.a[0], s.b[1] - s.a[1]
    # A limb is lit as a tube to its very ends: its joints must not show as rings.
    round = not s.tube and bx * bx + by * by < 1.4 * max(s.ra, s.rb) ** 2
    return _strung((s.a, s.b), (s.ra, s.rb), s.coat, x, y, k, round)


def _limb(s: Limb, x: Array, y: Array, k: float) -> Array:
    return _strung(s.points, s.radii, s.coat, x, y, k)


def _strung(
    points: Sequence[Point], radii: Sequence[float], coat: Coat, x: Array, y: Array, k: float,
    round: bool = False,
) -> Array:  # fmt: skip
    flat = np.array([p[:2] for p in points], np.float32)
    thick = np.array(radii, np.float32)
    return kernels().limb(flat, thick, x.ravel(), y.ravel(), k, coat.crease, round)


def _loft(s: Loft, x: Array, y: Array, k: float) -> Array:
    left, right = np.array(s.left, np.float32), np.array(s.right, np.float32)
    x, y = x.ravel(), y.ravel()
    return kernels().loft(s.a[:2], s.b[:2], left, right, x, y, k, s.coat.folds, s.coat.crease)


def _ring(s: Ring, x: Array, y: Array, k: float) -> Seen:
    px, py = x - s.at[0], y - s.at[1]
    away = np.hypot(px, py)
    off = np.abs(away - s.radius)
    inside = s.thick - off
    safe = np.maximum(away, 1e-4)
    return np.clip(inside * k + 0.5, 0, 1), px / safe * 0.6, py / safe * 0.6, off, inside


def _sheet(s: Sheet, x: Array, y: Array, k: float) -> Seen:
    inside = _outline([(p[0], p[1]) for p in s.points], x, y)
    n = direction(s.facing)
    flat = np.ones_like(inside)
    root, tip = s.points[0], s.points[len(s.points) // 2]
    bx, by = tip[0] - root[0], tip[1] - root[1]
    along = ((x - root[0]) * bx + (y - root[1]) * by) / max(bx * bx + by * by, 1e-6)
    seen = np.clip(inside * k + 0.5, 0, 1)
    return seen, flat * n[0] * 0.8, flat * n[1] * 0.8, np.clip(along, 0, 1), inside


def _outline(points: Sequence[tuple[float, float]], x: Array, y: Array) -> Array:
    """How deep inside a closed outline."""
    nearest = np.full((y.shape[0], x.shape[1]), 1e9, np.float32)
    odd = np.zeros(nearest.shape, bool)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((px * ex + py * ey) / max(ex * ex + ey * ey, 1e-9), 0, 1)
        nearest = np.minimum(nearest, (px - t * ex) ** 2 + (py - t * ey) ** 2)
        if ay != by:
            odd ^= ((ay > y) != (by > y)) & (x < (y - ay) / (by - ay) * ex + ax)
    return np.where(odd, 1, -1) * np.sqrt(nearest)


_SEEN: dict[type, Callable[..., Array | Seen]] = {
    Cone: _cone, Limb: _limb, Loft: _loft, Ring: _ring, Sheet: _sheet
}  # fmt: skip


def _wide(s: Solid) -> float:
    return max(s.ra, s.rb) if isinstance(s, Cone) else 0.05
