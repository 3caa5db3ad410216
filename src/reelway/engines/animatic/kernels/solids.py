"""Compiled: the solids that figures are made of, and laying them over each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import CREASE, FLAT, FOLD, MELT, OVER
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
f4 = np.float32
_CREASE, _FOLD, _MELT, _OVER = f4(CREASE), f4(FOLD), f4(MELT), f4(OVER)
_FLAT = f4(FLAT)


@part
def _clipped(value: Any, least: Any, most: Any) -> Any:
    return min(max(value, least), most)


@part
def _cone(
    out: Array, xs: Array, py: Any, a: Array, b: Array, ra: Any, rb: Any, n: Any, count: Any
) -> None:
    """A row of one cone: depth inside, round normal x and y, along the whole limb, along this
    part, and to its side."""
    bx, by = b[0] - a[0], b[1] - a[1]
    long2 = max(bx * bx + by * by, f4(1e-9))
    less, less2 = f4(1) / long2, f4(1) / f4(math.sqrt(long2))
    ax, more = a[0], rb - ra
    for i in range(len(xs)):
        px = xs[i] - ax
        along = min(max((px * bx + py * by) * less, f4(0)), f4(1))
        radius = ra + more * along
        qx, qy = px - along * bx, py - along * by
        safe = f4(1) / max(radius, f4(1e-4))
        out[0, i] = radius - np.sqrt(qx * qx + qy * qy)
        out[1, i] = qx * safe
        out[2, i] = qy * safe
        out[3, i] = (along + n) / count
        out[4, i] = along
        out[5, i] = min(max((px * by - py * bx) * safe * less2, f4(-1)), f4(1))


@part
def _tube(out: Array, bx: Any, by: Any) -> None:
    """Normals of a tube that goes along (bx, by)."""
    for i in range(out.shape[1]):
        out[1, i] = out[5, i] * by
        out[2, i] = -out[5, i] * bx


@part
def _creased(out: Array, bx: Any, by: Any, crease: Any, far: Any) -> None:
    for i in range(out.shape[1]):
        if out[0, i] < far:
            continue
        along, u = out[4, i], out[5, i]
        turn = f4(math.sin(along * f4(17) + u * f4(2.6) + f4(1.3))) * f4(
            math.sin(along * f4(6.1) - u * f4(3.4) + f4(0.4))
        )
        turn *= crease * _CREASE
        u = min(max(u + turn, f4(-0.99)), f4(0.99))
        tip = turn * f4(0.9)
        out[1, i] = u * by + tip * bx
        out[2, i] = -u * bx + tip * by


@part
def _melted(row: Array, more: Array, soft: Any) -> None:
    for i in range(row.shape[1]):
        gap = more[0, i] - row[0, i]
        mix = min(max(f4(0.5) + f4(0.5) * gap / soft, f4(0)), f4(1))
        row[0, i] += gap * mix + soft * mix * (f4(1) - mix) * f4(0.5)
        row[1, i] += (more[1, i] - row[1, i]) * mix
        row[2, i] += (more[2, i] - row[2, i]) * mix
        row[3, i] += (more[3, i] - row[3, i]) * mix


@part
def _told(out: Array, j: int, row: Array, k: Any) -> None:
    for i in range(row.shape[1]):
        out[0, j, i] = min(max(row[0, i] * k + f4(0.5), f4(0)), f4(1))
        out[1, j, i] = row[1, i]
        out[2, j, i] = row[2, i]
        out[3, j, i] = row[3, i]
        out[4, j, i] = row[0, i]


@whole("void(f4[:,:,::1], f4[:,::1], f4[::1], f4[::1], f4[::1], f4, f4, b1)")
def limb(
    out: Array, points: Array, radii: Array, xs: Array, ys: Array, k: Any, crease: Any, round: bool
) -> None:
    """`out`: cover, normal x and y, along, depth inside."""
    count = len(points) - 1
    far = -(radii.max() * _MELT + f4(1) / k)  # so far outside nothing is seen of a part
    rows = np.empty((2, 6, len(xs)), np.float32)
    for j in range(len(ys)):
        for n in range(count):
            row = rows[min(n, 1)]
            a, b = points[n], points[n + 1]
            _cone(row, xs, ys[j] - a[1], a, b, radii[n], radii[n + 1], f4(n), f4(count))
            if not round:
                bx, by = b[0] - a[0], b[1] - a[1]
                long = f4(math.sqrt(max(bx * bx + by * by, f4(1e-9))))
                _tube(row, bx / long, by / long)
                if crease > f4(0):
                    _creased(row, bx / long, by / long, crease, far)
            if n > 0:
                _melted(rows[0], row, radii[n] * _MELT)
        _told(out, j, rows[0], k)


@part
def _width(profile: Array, t: Any) -> Any:
    """Between the even steps of a profile; its ends go on."""
    last = len(profile) - 1
    at = _clipped(t, f4(0), f4(1)) * f4(last)
    n = min(int(at), max(last - 1, 0))
    if last == 0:
        return profile[0]
    return profile[n] + (profile[n + 1] - profile[n]) * (at - f4(n))


@whole("void(f4[:,:,::1], f4, f4, f4, f4, f4[::1], f4[::1], f4[::1], f4[::1], f4, f4, f4)")
def loft(
    out: Array, ax: Any, ay: Any, bx: Any, by: Any, left: Array, right: Array,
    xs: Array, ys: Array, k: Any, folds: Any, crease: Any,
) -> None:  # fmt: skip
    bx, by = bx - ax, by - ay
    long = max(f4(math.sqrt(bx * bx + by * by)), f4(1e-6))
    bx, by = bx / long, by / long
    for j in range(len(ys)):
        for i in range(len(xs)):
            px, py = xs[i] - ax, ys[j] - ay
            t = (px * bx + py * by) / long
            lat = px * by - py * bx  # to the right of a→b when it points up
            less, more = _width(left, t), _width(right, t)
            inside = min(min(more - lat, lat + less), min(t, f4(1) - t) * long)
            seen = _clipped(inside * k + f4(0.5), f4(0), f4(1))
            out[0, j, i], out[3, j, i], out[4, j, i] = seen, t, inside
            if seen == f4(0):
                out[1, j, i], out[2, j, i] = f4(0), f4(0)
                continue
            u = _clipped(lat / max(more if lat > f4(0) else less, f4(1e-4)), f4(-1), f4(1))
            u = u * (_FLAT + (f4(0.96) - _FLAT) * u * u)
            if folds > f4(0):
                hang = f4(math.pow(_clipped(t, f4(0), f4(1)), f4(0.8)))
                wave = f4(
                    math.sin(
                        u * folds + f4(1.3) * f4(math.sin(u * folds * f4(0.43) + f4(0.7)))
                        + f4(0.8) * t + f4(1)
                    )
                )  # fmt: skip
                deep = f4(0.75) + f4(0.25) * f4(math.sin(u * folds * f4(0.31)))
                u = _clipped(u + _FOLD * hang * wave * deep, f4(-0.98), f4(0.98))
            nx, ny = u * by, -u * bx
            if crease > f4(0):
                turn = f4(math.sin(t * f4(21) + u * f4(4.2))) * f4(
                    math.sin(t * f4(8.3) - u * f4(6.1) + f4(1.1))
                )
                nx += crease * _CREASE * turn * f4(0.6)
                ny += crease * _CREASE * turn
            out[1, j, i], out[2, j, i] = nx, ny


@part
def _shaded(line: Array, inside: Array, over: Any) -> None:
    for i in range(len(line)):
        near = min(max(f4(1) + inside[i] / over, f4(0)), f4(1))
        line[i] *= f4(1) - _OVER * near * near


@part
def _filled(line: Array, seen: Array, value: Any) -> None:
    for i in range(len(line)):
        line[i] = line[i] * (f4(1) - seen[i]) + seen[i] * value


@part
def _laid(line: Array, seen: Array, value: Array) -> None:
    for i in range(len(line)):
        line[i] = line[i] * (f4(1) - seen[i]) + seen[i] * value[i]


@whole("void(f4[:,:,::1], f4[:,::1], i8, i8, f4[:,:,::1], f4[:,:,::1], b1, f4)")
def put(
    planes: Array, cover: Array, top: int, left: int, made: Array, colour: Array, even: bool,
    over: Any,
) -> None:  # fmt: skip
    """Lay a solid over red, green, blue, normal x and y, and light from the sky, premultiplied.
    `even`: it is of one colour; `over`: how far it takes that light from what is behind it."""
    for j in range(made.shape[1]):
        y = top + j
        right = left + made.shape[2]
        seen = made[0, j]
        if over > f4(0):
            _shaded(planes[5, y, left:right], made[4, j], over)
        for n in range(3):
            if even:
                _filled(planes[n, y, left:right], seen, colour[n, 0, 0])
            else:
                _laid(planes[n, y, left:right], seen, colour[n, j])
        _laid(planes[3, y, left:right], seen, made[1, j])
        _laid(planes[4, y, left:right], seen, made[2, j])
        _filled(planes[5, y, left:right], seen, f4(1))
        _filled(cover[y, left:right], seen, f4(1))
