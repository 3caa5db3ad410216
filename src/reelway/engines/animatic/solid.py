"""Round, lit things out of simple solids (`forms`), painted from far to near.

    paint    all solids of one picture → display RGB and cover
    Kept     what looks alike in several pictures of one size

Solids leave colours and normals; the light of all of them is worked out together, in `shading`.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    bounds,
    changed,
    moved,
    rounded,
    turned,
)
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.kernels.rows import DRAWN, LIMB, LOFT, PLANE, RING, SHEET
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.shading import Shade, edge_of, lights, shade
from reelway.engines.animatic.shading import unit as direction

__all__ = ["Array", "Coat", "Cone", "Kept", "Limb", "Loft", "Point", "Relief", "Ring", "Shade",
           "Sheet", "Solid", "bounds", "changed", "moved", "paint", "rounded", "shade",
           "turned"]  # fmt: skip
Kept = dict[Any, Array]
Numbers = tuple[float, ...]
SHARED, OWN = 2, 64  # parts of a pixel to which reliefs are set: equal ones are equal
NO_DRAWN, NO_PLACES = np.zeros(1, np.float32), np.zeros((1, 5), np.int64)
BARE = (0.0,) * 4


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
    k = window.density * unit  # pixels an own unit
    half = 0.5 / window.density
    left, top = (window.left + half - at[0]) / unit, (at[1] - window.top - half) / unit
    size = window.height, window.width
    table = _Table()
    reliefs = _Reliefs(size, (left, top, k), kept)
    for solid in sorted(solids, key=lambda s: s.order):
        if not isinstance(solid, Relief):
            table.add(solid)
        elif (number := reliefs.add(solid)) is not None:
            table.rows.append((DRAWN, number, 0.0, *table.plain))
    if not table.rows:
        return np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
    rows, own = np.array(table.rows, np.float32), np.array(table.own or [0.0], np.float32)
    planes = kernels().figure(size, rows, own, *reliefs.drawn(), (left, top, k))
    shines, glows = (planes[n] if n < len(planes) else None for n in (PLANE.shine, PLANE.glow))
    cover, by = planes[PLANE.cover], max(1, round(edge_of(unit) * k))
    rays = lights(shine, depth, light)
    picture = kernels().lit(planes[: PLANE.cover], cover, shines, glows, by, rays)
    return picture, cover


class _Table:
    """Solids as the kernel takes them: see `Form.figure`."""

    plain = (0.0,) * 25

    def __init__(self) -> None:
        self.rows: list[Numbers] = []
        self.own: list[float] = []
        self._coats: dict[int, Numbers] = {}

    def add(self, s: Solid) -> None:
        own, first = self.own, len(self.own)
        coat = self._coats.get(id(s.coat)) if not isinstance(s, Relief) else None
        match s:
            case Limb():
                for p, r in zip(s.points, s.radii, strict=True):
                    own += (p[0], p[1], r)
                head = LIMB, first, len(s.points), 0.0, s.over, s.fades, 0.05
            case Cone():
                (ax, ay, _), (bx, by, _), ra, rb = s.a, s.b, s.ra, s.rb
                own += (ax, ay, ra, bx, by, rb)
                # A limb is lit as a tube to its very ends: its joints must not show as rings.
                more, dx, dy = max(ra, rb), bx - ax, by - ay
                ball = not s.tube and dx * dx + dy * dy < 1.4 * more * more
                head = LIMB, first, 2, float(ball), s.over, 0.0, max(more, 1e-6)
            case Loft():
                own += (s.a[0], s.a[1], s.b[0], s.b[1], *s.left, *s.right)
                head = LOFT, first, len(s.left), 0.0, s.over, 0.0, 0.05
            case Ring():
                own += (s.at[0], s.at[1], s.radius, s.thick)
                head = RING, first, 1, 0.0, 0.0, 0.0, 0.05
            case Sheet():
                n = direction(s.facing)
                own += (n[0] * 0.8, n[1] * 0.8)
                for p in s.points:
                    own += (p[0], p[1])
                head = SHEET, first, len(s.points), 0.0, 0.0, 0.0, 0.05
            case Relief():
                raise TypeError("a relief draws itself")
        if coat is None:
            coat = self._coats[id(s.coat)] = _coat(s.coat)
        self.rows.append((*head, *coat))


def _coat(c: Coat) -> Numbers:
    under = BARE if c.under is None else (1.0, *c.under.tolist())
    bands = BARE if c.bands is None else (c.bands[0], *c.bands[1].tolist())
    spots = BARE if c.spots is None else (c.spots[0], *c.spots[1].tolist())
    return (float(c.stain), c.veil, c.crease, c.folds, c.shine, c.glow, *c.colour.tolist(),
            *under, *bands, *spots)  # fmt: skip


class _Reliefs:
    """What draws itself, on the nearest half of a pixel where pictures share it."""

    def __init__(
        self, size: tuple[int, int], at: tuple[float, float, float], kept: Kept | None
    ) -> None:
        self.size, self.at, self.kept = size, at, kept
        self.made: list[Array] = []
        self.places: list[tuple[int, ...]] = []
        self.used = 0

    def add(self, s: Relief) -> int | None:
        """Its number, if it is in the picture."""
        left, top, k = self.at
        shared = self.kept is not None and s.same is not None
        fine = SHARED if shared else OWN
        dx, dy = (round(v * k * fine) for v in (s.at[0] - left, top - s.at[1]))
        x0, x1, y0, y1 = (v * s.by * k for v in s.reach)
        a, b = max(0, int(dx / fine + x0) - 1), min(self.size[1], int(dx / fine + x1) + 3)
        c, d = max(0, int(dy / fine - y1) - 1), min(self.size[0], int(dy / fine - y0) + 3)
        if a >= b or c >= d:
            return None
        begin = a * fine - dx, c * fine - dy  # parts of a pixel from its middle
        key = s.same, s.by, *begin, b - a, d - c
        made = self.kept.get(key) if self.kept is not None and shared else None
        if made is None:
            by = k * s.by
            x, y = (np.arange(n) + at / fine for n, at in zip((b - a, d - c), begin, strict=True))
            made = s.draw(x / by, y / -by, by)
        if self.kept is not None and shared:
            self.kept[key] = made
        self.places.append((self.used, c, a, d - c, b - a))
        self.made.append(made)
        self.used += made.size
        return len(self.made) - 1

    def drawn(self) -> tuple[Array, Array]:
        """All of them, and where each is."""
        if not self.made:
            return NO_DRAWN, NO_PLACES
        made = [m.reshape(-1) for m in self.made]
        return made[0] if len(made) == 1 else np.concatenate(made), np.array(self.places, np.int64)
