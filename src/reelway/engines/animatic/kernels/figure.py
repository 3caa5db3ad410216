"""Compiled: a whole figure. Its solids are laid over each other in their order, tile by tile."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.curves import sine
from reelway.engines.animatic.kernels.form import MELT, OVER
from reelway.engines.animatic.kernels.jit import part, whole
from reelway.engines.animatic.kernels.rows import DRAWN, LIMB, LOFT, PLANE, RING, ROW, SHEET
from reelway.engines.animatic.kernels.solids import (
    ALONG,
    IN,
    NX,
    NY,
    OWN,
    X,
    Y,
    limb,
    limb_reach,
    loft,
    loft_reach,
    ring,
    sheet,
    thickest,
)

Array = npt.NDArray[Any]
f4 = np.float32
_OVER, _MELT = f4(OVER), f4(MELT)
_SEEN, _SHADE, _COLOUR = OWN + 4, OWN + 5, OWN + 6  # more lines
_LINES = _COLOUR + 3
_TILE, _ROWS = 1024, 16  # pixels of a tile, and rows, at most


@part
def _filled(line: Array, seen: Array, value: Any) -> None:
    for i in range(len(line)):
        line[i] = line[i] * (f4(1) - seen[i]) + seen[i] * value


@part
def _laid(line: Array, seen: Array, value: Array) -> None:
    for i in range(len(line)):
        line[i] = line[i] * (f4(1) - seen[i]) + seen[i] * value[i]


@part
def _thinned(line: Array, seen: Array) -> None:
    for i in range(len(line)):
        line[i] *= f4(1) - seen[i]


@part
def _times(line: Array, by: Array) -> None:
    for i in range(len(line)):
        line[i] *= by[i]


@part
def _shades(out: Array, inside: Array, less: Any) -> None:
    """What is left of the sky's light close behind a solid."""
    for i in range(len(out)):
        near = min(max(f4(1) + inside[i] * less, f4(0)), f4(1))
        out[i] = f4(1) - _OVER * near * near


@part
def _veils(out: Array, inside: Array, veil: Any, less: Any) -> None:
    for i in range(len(out)):
        t = min(max(inside[i] * less, f4(0)), f4(1))
        out[i] = f4(1) - veil * t * t * (f4(3) - f4(2) * t)


@part
def _stained(line: Array, seen: Array, cover: Array, value: Any) -> None:
    for i in range(len(line)):
        line[i] = line[i] * (f4(1) - seen[i]) + seen[i] * cover[i] * value


@part
def _seen(out: Array, inside: Array, k: Any) -> None:
    for i in range(len(out)):
        out[i] = min(max(inside[i] * k + f4(0.5), f4(0)), f4(1))


@part
def _fading(seen: Array, inside: Array, along: Array, less: Any, over: Any) -> None:
    for i in range(len(seen)):
        t = min(max(along[i] * less, f4(0)), f4(1))
        seen[i] *= t * t * (f4(3) - f4(2) * t)
        inside[i] -= (f4(1) - t) * over * f4(2)


@part
def _mixed(lines: Array, i: int, to: Any, row: Array, column: int) -> None:
    for n in range(3):
        own = lines[_COLOUR + n, i]
        lines[_COLOUR + n, i] = own + (row[column + 1 + n] - own) * to


@part
def _patterned(lines: Array, row: Array) -> None:
    """The colour of each pixel: underside, bands, spots."""
    bands, spots = row[ROW.bands] * f4(6.283), row[ROW.spots] * f4(6.283)
    for i in range(lines.shape[1]):
        nx, ny, along = lines[NX, i], lines[NY, i], lines[ALONG, i]
        for n in range(3):
            lines[_COLOUR + n, i] = row[ROW.colour + n]
        if row[ROW.under] > f4(0):
            to = min(max(-ny * f4(2.6) - f4(0.55), f4(0)), f4(1))
            _mixed(lines, i, to, row, ROW.under)
        if bands > f4(0):  # they taper, bend, and no two are alike
            at = along * bands
            wave = sine(at + f4(1.1) * sine(at * f4(0.37) + ny * f4(2.3)) + nx * f4(1.6))
            wave += f4(0.42) * ny + f4(0.25) * sine(at * f4(0.31) + f4(2)) - f4(0.30)
            _mixed(lines, i, min(max(wave * f4(3), f4(0)), f4(1)), row, ROW.bands)
        if spots > f4(0):
            at, across = along * spots, (nx + ny) * (row[ROW.spots] * f4(0.75))
            cell = sine(at + f4(0.9) * sine(across * f4(1.7)))
            cell *= sine(across * f4(2.1) + f4(0.8) * sine(at))
            to = min(max((cell - f4(0.22)) * f4(5), f4(0)), f4(1)) * f4(0.9)
            _mixed(lines, i, to, row, ROW.spots)


@part
def _plain(row: Array) -> Any:
    return row[ROW.under] + row[ROW.bands] + row[ROW.spots] == f4(0)


@part
def _covering(lines: Array, row: Array, k: Any) -> None:
    """How much of each pixel a tile covers, what it does to the light behind it, its colours."""
    inside, over = lines[IN], row[ROW.over]
    _seen(lines[_SEEN], inside, k)
    if row[ROW.fades] > f4(0):
        _fading(lines[_SEEN], inside, lines[ALONG], f4(1) / row[ROW.fades], over)
    if row[ROW.veil] > f4(0):
        _veils(lines[_SHADE], inside, row[ROW.veil], f4(1) / row[ROW.soft])
    elif over > f4(0):
        _shades(lines[_SHADE], inside, f4(1) / over)
    if not _plain(row):
        _patterned(lines, row)


@part
def _lay(planes: Array, j: int, a: int, b: int, lines: Array, row: Array, n0: int) -> None:
    """A row of a tile, from its number n0 on, over what is there."""
    n1 = n0 + b - a
    seen = lines[_SEEN, n0:n1]
    if row[ROW.stain] > f4(0):
        for n in range(3):
            cover = planes[PLANE.cover, j, a:b]
            _stained(planes[n, j, a:b], seen, cover, row[ROW.colour + n])
        return
    if row[ROW.veil] + row[ROW.over] > f4(0):
        _times(planes[PLANE.dark, j, a:b], lines[_SHADE, n0:n1])
    if row[ROW.veil] > f4(0):
        return
    for n in range(3):
        if _plain(row):
            _filled(planes[n, j, a:b], seen, row[ROW.colour + n])
        else:
            _laid(planes[n, j, a:b], seen, lines[_COLOUR + n, n0:n1])
    _laid(planes[PLANE.nx, j, a:b], seen, lines[NX, n0:n1])
    _laid(planes[PLANE.ny, j, a:b], seen, lines[NY, n0:n1])
    _filled(planes[PLANE.dark, j, a:b], seen, f4(1))
    _filled(planes[PLANE.cover, j, a:b], seen, f4(1))
    for n in range(PLANE.shine, len(planes)):
        _filled(planes[n, j, a:b], seen, row[ROW.shine + n - PLANE.shine])


@part
def _drawn(planes: Array, drawn: Array, place: Array) -> None:
    """What has drawn itself."""
    begin, top, left, high, wide = place
    area = high * wide
    for j in range(high):
        at = begin + j * wide
        seen = drawn[at : at + wide]
        for n in range(PLANE.cover):
            more = at + (n + 1) * area
            _laid(planes[n, top + j, left : left + wide], seen, drawn[more : more + wide])
        _filled(planes[PLANE.cover, top + j, left : left + wide], seen, f4(1))
        more = at + 7 * area
        for n in range(PLANE.shine, len(planes)):
            line = planes[n, top + j, left : left + wide]
            if n == PLANE.shine:
                _laid(line, seen, drawn[more : more + wide])
            else:
                _thinned(line, seen)


@part
def _box(row: Array, own: Array) -> tuple[Any, Any, Any, Any]:
    """left, right, low, high of a solid."""
    kind, count = int(row[ROW.kind]), int(row[ROW.points])
    left, right, low, high, wide = f4(1e9), f4(-1e9), f4(1e9), f4(-1e9), f4(0)
    if kind == RING:
        wide = own[2] + own[3]
        return own[0] - wide, own[0] + wide, own[1] - wide, own[1] + wide
    step, first, points = 3, 0, count
    if kind == LOFT:
        step, points = 2, 2
        for n in range(2 * count):
            wide = max(wide, own[4 + n])
    elif kind == SHEET:
        step, first = 2, 2
    for n in range(points):
        x, y = own[first + step * n], own[first + step * n + 1]
        left, right, low, high = min(left, x), max(right, x), min(low, y), max(high, y)
        if kind == LIMB:
            wide = max(wide, own[3 * n + 2])
    return left - wide, right + wide, low - wide, high + wide


@part
def _told(tile: Array, row: Array, own: Array, near: Any, low: Any, high: Any, k: Any) -> None:
    kind = int(row[ROW.kind])
    if kind == LIMB:
        limb(tile, row, own, near, low, high)
    elif kind == LOFT:
        loft(tile, row, own)
    elif kind == RING:
        ring(tile, own)
    else:
        sheet(tile, row, own)
    _covering(tile, row, k)


@part
def _placed(tile: Array, wide: int, x: Any, y: Any, step: Any) -> None:
    """Where the pixels of a tile are."""
    for j in range(tile.shape[1] // wide):
        tile[Y, j * wide : (j + 1) * wide] = y - f4(j) * step
        line = tile[X, j * wide : (j + 1) * wide]
        for i in range(wide):
            line[i] = x + f4(i) * step


@part
def _painted(planes: Array, lines: Array, row: Array, own: Array, at: tuple[Any, Any, Any]) -> None:
    """One solid."""
    left, top, k = at
    high, wide = planes.shape[1], planes.shape[2]
    kind, step = int(row[ROW.kind]), f4(1) / k
    around = max(row[ROW.over], f4(0.75) * step)  # how far outside it is still seen
    x0, x1, y0, y1 = _box(row, own)
    near = around
    if kind == LIMB and row[ROW.points] > f4(2):
        near += thickest(row, own) * _MELT  # whose parts grow together
    a, b = max(int((x0 - around - left) * k) - 1, 0), min(int((x1 + around - left) * k) + 3, wide)
    c, d = max(int((top - y1 - around) * k) - 1, 0), min(int((top - y0 + around) * k) + 3, high)
    if a >= b:
        return
    rows = max(1, min(_ROWS, _TILE // (b - a)))
    for j in range(c, d, rows):
        end = min(j + rows, d)
        low, up = top - f4(end) * step, top - f4(j - 1) * step
        begin, last = a, b
        if kind == LIMB or kind == LOFT:
            p, q = f4(0), f4(0)
            if kind == LIMB:
                p, q = limb_reach(row, own, around, low, up)
            else:
                p, q = loft_reach(row, own, around, low, up)
            if p > q:
                continue
            begin, last = max(a, int((p - left) * k) - 1), min(b, int((q - left) * k) + 3)
            if begin >= last:
                continue
        across = last - begin
        tile = lines[: _LINES * (end - j) * across].reshape((_LINES, (end - j) * across))
        _placed(tile, across, left + f4(begin) * step, top - f4(j) * step, step)
        _told(tile, row, own, near, low, up, k)
        for i in range(j, end):
            _lay(planes, i, begin, last, tile, row, (i - j) * across)


@whole("void(f4[:,:,::1], f4[:,::1], f4[::1], f4[::1], i8[:,::1], f4, f4, f4)")
def figure(
    planes: Array, rows: Array, own: Array, drawn: Array, places: Array, left: Any, top: Any, k: Any
) -> None:
    lines = np.empty(_LINES * max(_TILE, planes.shape[2]), np.float32)
    for n in range(len(rows)):
        row = rows[n]
        first = int(row[ROW.first])
        if int(row[ROW.kind]) == DRAWN:
            _drawn(planes, drawn, places[first])
        else:
            _painted(planes, lines, row, own[first:], (left, top, k))
