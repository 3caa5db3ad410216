"""Compiled: the solids that figures are made of, a few rows of pixels at a time.

Such a tile is told by lines of numbers, one for each pixel: where it is, how deep inside the solid,
the normal and the place along it. Lines are long even where solids are narrow: only then does the
processor take many pixels at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.curves import sine
from reelway.engines.animatic.kernels.form import CREASE, FLAT, FOLD, HANG, MELT
from reelway.engines.animatic.kernels.jit import part
from reelway.engines.animatic.kernels.rows import ROW

Array = npt.NDArray[Any]
f4, u4 = np.float32, np.uint32
_CREASE, _FOLD, _MELT, _FLAT, _ROUNDER = f4(CREASE), f4(FOLD), f4(MELT), f4(FLAT), f4(0.96 - FLAT)
_HANG = HANG.astype(np.float32)
# Lines; from OWN on those of a part.
IN, NX, NY, ALONG, X, Y, MIX, OWN = 0, 1, 2, 3, 4, 5, 6, 7
Ends = tuple[Any, Any, Any, Any]  # a point, and from there to another


@part
def _reached(ends: Ends, wide: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """From where to where something as wide about a stretch is seen between two heights; where it
    is not, the first is the larger."""
    ax, ay, bx, by = ends
    first, last = f4(0), f4(1)
    if abs(by) > f4(1e-6):
        t0, t1 = (low - wide - ay) / by, (high + wide - ay) / by
        first, last = max(min(t0, t1), f4(0)), min(max(t0, t1), f4(1))
    elif ay < low - wide or ay > high + wide:
        return f4(1), f4(-1)
    if first > last:
        return f4(1), f4(-1)
    p, q = ax + bx * first, ax + bx * last
    return min(p, q) - wide, max(p, q) + wide


@part
def _tube(
    inn: Array, nx: Array, ny: Array, at: Array, xs: Array, ys: Array,
    cone: tuple[Any, Any, Any, Any, Any, Any], place: tuple[Any, Any],
) -> None:  # fmt: skip
    """Lit as a tube to its very ends: joints must not show as rings."""
    ax, ay, bx, by, ra, more = cone
    less = f4(1) / max(bx * bx + by * by, f4(1e-9))
    long = np.sqrt(less)
    ux, uy = bx * long, by * long
    for i in range(len(xs)):
        px, py = xs[i] - ax, ys[i] - ay
        along = min(max((px * bx + py * by) * less, f4(0)), f4(1))
        radius = ra + more * along
        qx, qy = px - along * bx, py - along * by
        inn[i] = radius - np.sqrt(qx * qx + qy * qy)
        u = min(max((px * uy - py * ux) / max(radius, f4(1e-4)), f4(-1)), f4(1))
        nx[i] = u * uy
        ny[i] = -u * ux
        at[i] = along * place[1] + place[0]


@part
def _creased(
    inn: Array, nx: Array, ny: Array, at: Array, xs: Array, ys: Array,
    cone: tuple[Any, Any, Any, Any, Any, Any], place: tuple[Any, Any], crease: Any,
) -> None:  # fmt: skip
    """A tube of cloth with short wrinkles."""
    ax, ay, bx, by, ra, more = cone
    less = f4(1) / max(bx * bx + by * by, f4(1e-9))
    long = np.sqrt(less)
    ux, uy = bx * long, by * long
    for i in range(len(xs)):
        px, py = xs[i] - ax, ys[i] - ay
        along = min(max((px * bx + py * by) * less, f4(0)), f4(1))
        radius = ra + more * along
        qx, qy = px - along * bx, py - along * by
        inn[i] = radius - np.sqrt(qx * qx + qy * qy)
        u = min(max((px * uy - py * ux) / max(radius, f4(1e-4)), f4(-1)), f4(1))
        turn = sine(along * f4(17) + u * f4(2.6) + f4(1.3))
        turn *= sine(along * f4(6.1) - u * f4(3.4) + f4(0.4)) * crease
        u = min(max(u + turn, f4(-0.99)), f4(0.99))
        tip = turn * f4(0.9)
        nx[i] = u * uy + tip * ux
        ny[i] = -u * ux + tip * uy
        at[i] = along * place[1] + place[0]


@part
def _ball(
    inn: Array, nx: Array, ny: Array, at: Array, xs: Array, ys: Array,
    cone: tuple[Any, Any, Any, Any, Any, Any],
) -> None:  # fmt: skip
    ax, ay, bx, by, ra, more = cone
    less = f4(1) / max(bx * bx + by * by, f4(1e-9))
    for i in range(len(xs)):
        px, py = xs[i] - ax, ys[i] - ay
        along = min(max((px * bx + py * by) * less, f4(0)), f4(1))
        radius = ra + more * along
        qx, qy = px - along * bx, py - along * by
        safe = f4(1) / max(radius, f4(1e-4))
        inn[i] = radius - np.sqrt(qx * qx + qy * qy)
        nx[i] = qx * safe
        ny[i] = qy * safe
        at[i] = along


@part
def _mixture(mix: Array, inside: Array, more: Array, less: Any) -> None:
    """How far another part takes over from what is there."""
    for i in range(len(mix)):
        mix[i] = min(max(f4(0.5) + (more[i] - inside[i]) * less, f4(0)), f4(1))


@part
def _melted(line: Array, more: Array, mix: Array) -> None:
    for i in range(len(line)):
        line[i] = line[i] * (f4(1) - mix[i]) + more[i] * mix[i]


@part
def _grown(inside: Array, more: Array, mix: Array, soft: Any) -> None:
    """Two parts grow together."""
    for i in range(len(inside)):
        to = mix[i]
        inside[i] = inside[i] * (f4(1) - to) + (more[i] + soft * (f4(1) - to) * f4(0.5)) * to


@part
def _ends(own: Array, n: int) -> Ends:
    return own[3 * n], own[3 * n + 1], own[3 * n + 3] - own[3 * n], own[3 * n + 4] - own[3 * n + 1]


@part
def thickest(row: Array, own: Array) -> Any:
    """Of a limb's radii."""
    thick = f4(0)
    for n in range(int(row[ROW.points])):
        thick = max(thick, own[3 * n + 2])
    return thick


@part
def limb_reach(row: Array, own: Array, near: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """From where to where a limb is seen between two heights. `near`: how far around it."""
    parts = int(row[ROW.points]) - 1
    left, right = f4(1e9), f4(-1e9)
    for n in range(parts):
        wide = max(own[3 * n + 2], own[3 * n + 5]) + near
        a, b = _reached(_ends(own, n), wide, low, high)
        if a < b:
            left, right = min(left, a), max(right, b)
    return left, right


@part
def limb(lines: Array, row: Array, own: Array, near: Any, low: Any, high: Any) -> None:
    """Cones on a string, grown together."""
    parts, begun, xs, ys = int(row[ROW.points]) - 1, False, lines[X], lines[Y]
    for n in range(parts):
        ends, ra, rb = _ends(own, n), own[3 * n + 2], own[3 * n + 5]
        a, b = _reached(ends, max(ra, rb) + near, low, high)
        if a > b:
            continue
        to = OWN if begun else IN
        inn, nx, ny, at = lines[to], lines[to + 1], lines[to + 2], lines[to + 3]
        cone, place = (*ends, ra, rb - ra), (f4(n) / f4(parts), f4(1) / f4(parts))
        if row[ROW.round] > f4(0):
            _ball(inn, nx, ny, at, xs, ys, cone)
        elif row[ROW.crease] > f4(0):
            _creased(inn, nx, ny, at, xs, ys, cone, place, row[ROW.crease] * _CREASE)
        else:
            _tube(inn, nx, ny, at, xs, ys, cone, place)
        if begun:
            mix, soft = lines[MIX], max(ra * _MELT, f4(1e-6))
            _mixture(mix, lines[IN], inn, f4(0.5) / soft)
            _grown(lines[IN], inn, mix, soft)
            _melted(lines[NX], nx, mix)
            _melted(lines[NY], ny, mix)
            _melted(lines[ALONG], at, mix)
        begun = True


@part
def _axial(t: Array, lat: Array, xs: Array, ys: Array, ends: Ends, less: Any) -> None:
    """Along an axis, and to the right of it when it points up."""
    ax, ay, bx, by = ends
    for i in range(len(t)):
        px, py = xs[i] - ax, ys[i] - ay
        t[i] = (px * bx + py * by) * less
        lat[i] = px * by - py * bx


@part
def _widths(wide: Array, t: Array, steps: Array) -> None:
    """Between the even steps of a profile; its ends go on."""
    many, last = f4(len(steps) - 1), f4(len(steps) - 2)
    for i in range(len(t)):
        to = min(max(t[i], f4(0)), f4(1)) * many
        n = u4(min(to, last))
        on = to - f4(n)
        wide[i] = steps[n] * (f4(1) - on) + steps[n + u4(1)] * on


@part
def _profiled(
    inn: Array, u: Array, t: Array, lat: Array, wide: Array, more: Array, long: Any
) -> None:
    """Depth inside a loft, and −1…1 across it, where it turns away."""
    for i in range(len(t)):
        side = lat[i]
        inn[i] = min(min(more[i] - side, side + wide[i]), min(t[i], f4(1) - t[i]) * long)
        half = more[i] if side > f4(0) else wide[i]
        across = min(max(side / max(half, f4(1e-4)), f4(-1)), f4(1))
        u[i] = across * (_FLAT + _ROUNDER * across * across)


@part
def _folded(nx: Array, at: Array, folds: Any, hang: Array) -> None:
    """Cloth that hangs."""
    for i in range(len(nx)):
        u, t = nx[i], at[i]
        to = np.sqrt(min(max(t, f4(0)), f4(1))) * f4(256)
        n = u4(min(to, f4(255)))
        on = to - f4(n)
        down = hang[n] * (f4(1) - on) + hang[n + u4(1)] * on
        wave = sine(
            u * folds + f4(1.3) * sine(u * folds * f4(0.43) + f4(0.7)) + f4(0.8) * t + f4(1)
        )
        deep = f4(0.75) + f4(0.25) * sine(u * folds * f4(0.31))
        nx[i] = min(max(u + _FOLD * down * wave * deep, f4(-0.98)), f4(0.98))


@part
def loft_reach(row: Array, own: Array, near: Any, low: Any, high: Any) -> tuple[Any, Any]:
    wide = f4(0)
    for n in range(2 * int(row[ROW.points])):
        wide = max(wide, own[4 + n])
    ends = own[0], own[1], own[2] - own[0], own[3] - own[1]
    return _reached(ends, wide + f4(2) * near, low, high)


@part
def loft(lines: Array, row: Array, own: Array) -> None:
    """A profile of half widths along an axis."""
    count, bx, by = int(row[ROW.points]), own[2] - own[0], own[3] - own[1]
    long = max(np.sqrt(bx * bx + by * by), f4(1e-6))
    bx, by = bx / long, by / long
    nx, ny, at = lines[NX], lines[NY], lines[ALONG]
    lat, wide, more = lines[OWN], lines[OWN + 1], lines[OWN + 2]
    _axial(at, lat, lines[X], lines[Y], (own[0], own[1], bx, by), f4(1) / long)
    _widths(wide, at, own[4 : 4 + count])
    _widths(more, at, own[4 + count : 4 + 2 * count])
    _profiled(lines[IN], nx, at, lat, wide, more, long)
    if row[ROW.folds] > f4(0):
        _folded(nx, at, row[ROW.folds], _HANG)
    _turned(nx, ny, at, bx, by, row[ROW.crease] * _CREASE)


@part
def _turned(nx: Array, ny: Array, at: Array, bx: Any, by: Any, crease: Any) -> None:
    """Normals of a loft that goes along (bx, by), with wrinkles."""
    if crease == f4(0):
        for i in range(len(nx)):
            u = nx[i]
            nx[i] = u * by
            ny[i] = -u * bx
        return
    for i in range(len(nx)):
        u, t = nx[i], at[i]
        turn = sine(t * f4(21) + u * f4(4.2)) * sine(t * f4(8.3) - u * f4(6.1) + f4(1.1)) * crease
        nx[i] = u * by + turn * f4(0.6)
        ny[i] = -u * bx + turn


@part
def ring(lines: Array, own: Array) -> None:
    inn, nx, ny, at, xs, ys = lines[IN], lines[NX], lines[NY], lines[ALONG], lines[X], lines[Y]
    for i in range(len(xs)):
        px, py = xs[i] - own[0], ys[i] - own[1]
        away = np.sqrt(px * px + py * py)
        off = abs(away - own[2])
        safe = f4(0.6) / max(away, f4(1e-4))
        inn[i], at[i] = own[3] - off, off
        nx[i], ny[i] = px * safe, py * safe


@part
def sheet(lines: Array, row: Array, own: Array) -> None:
    """A flat piece with any outline."""
    count = int(row[ROW.points])
    inn, nx, ny, at, xs, ys = lines[IN], lines[NX], lines[NY], lines[ALONG], lines[X], lines[Y]
    tip = 2 + 2 * (count // 2)
    bx, by = own[tip] - own[2], own[tip + 1] - own[3]
    less = f4(1) / max(bx * bx + by * by, f4(1e-6))
    for i in range(len(xs)):
        x, y, nearest, odd = xs[i], ys[i], f4(1e9), False
        for n in range(count):
            m = 2 + 2 * ((n + 1) % count)
            ax, ay = own[2 + 2 * n], own[3 + 2 * n]
            ex, ey, px, py = own[m] - ax, own[m + 1] - ay, x - ax, y - ay
            t = min(max((px * ex + py * ey) / max(ex * ex + ey * ey, f4(1e-9)), f4(0)), f4(1))
            qx, qy = px - t * ex, py - t * ey
            nearest = min(nearest, qx * qx + qy * qy)
            if (ay > y) != (own[m + 1] > y) and x < py / ey * ex + ax:
                odd = not odd
        inn[i] = np.sqrt(nearest) if odd else -np.sqrt(nearest)
        nx[i], ny[i] = own[0], own[1]
        along = ((x - own[2]) * bx + (y - own[3]) * by) * less
        at[i] = min(max(along, f4(0)), f4(1))
