"""Compiled: the light on figures, and colours bent."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import BLUE, DISPLAY, GREEN, KNEE, RED, UNSEEN, WRAP
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
f4, u4 = np.float32, np.uint32
_R, _G, _B, _KNEE, _UNSEEN = f4(RED), f4(GREEN), f4(BLUE), f4(KNEE), f4(UNSEEN)
_REST, _LAST = f4(1 - KNEE), f4(len(DISPLAY) - 2)
_WRAP = f4(WRAP[0]), f4(WRAP[1]), f4(WRAP[2])


@part
def shown(light: Any, table: Array) -> Any:
    """Linear light as a display value."""
    value = max(light, f4(0))
    over = max(value - _KNEE, f4(0))
    value = min(value, _KNEE) + over / (f4(1) + over / _REST)
    at = min(np.sqrt(value) * _LAST, _LAST)
    n = u4(at)
    on = at - f4(n)
    return table[n] * (f4(1) - on) + table[n + u4(1)] * on


@part
def _boxed(out: Array, plane: Array, by: int) -> None:
    """The mean of the neighbours up to `by` pixels away, beyond the border nothing."""
    high, wide = plane.shape
    rows = np.empty((high, wide), np.float32)
    less = f4(1) / f4(2 * by + 1)
    for j in range(high):
        total = f4(0)
        for i in range(min(by, wide)):
            total += plane[j, i]
        for i in range(wide):
            if i + by < wide:
                total += plane[j, i + by]
            if i > by:
                total -= plane[j, i - by - 1]
            rows[j, i] = total * less
    sums = np.zeros(wide, np.float32)
    for j in range(min(by, high)):
        for i in range(wide):
            sums[i] += rows[j, i]
    for j in range(high):
        if j + by < high:
            for i in range(wide):
                sums[i] += rows[j + by, i]
        if j > by:
            for i in range(wide):
                sums[i] -= rows[j - by - 1, i]
        for i in range(wide):
            out[j, i] = sums[i] * less


@part
def _unit(value: Any) -> Any:
    return min(max(value, f4(0)), f4(1))


_PLANE, _PLANES = "f4[:,::1]", "f4[:,:,::1]"


# Lines that a row of a figure is worked on in.
_EX, _EY, _WARM, _COOL, _LESS, _NY, _NZ, _TOWARD, _DARK, _GLINT, _MADE, _LINES = range(12)


@part
def _slopes(out: Array, soft: Array, j: int) -> None:
    """Across and down; half as far at the borders."""
    high, wide = soft.shape
    line, left, right, to = soft[j], soft[j, : wide - 2], soft[j, 2:], out[_EX, 1 : wide - 1]
    for i in range(len(to)):
        to[i] = (right[i] - left[i]) * f4(0.5)
    out[_EX, 0], out[_EX, wide - 1] = line[1] - line[0], line[wide - 1] - line[wide - 2]
    above, below, down = soft[max(j - 1, 0)], soft[min(j + 1, high - 1)], out[_EY]
    by = f4(1) / f4(max(min(j + 1, high - 1) - max(j - 1, 0), 1))
    for i in range(wide):
        down[i] = (below[i] - above[i]) * by


@part
def _edges(warm: Array, cool: Array, ex: Array, ey: Array, soft: Array, side: Any) -> None:
    """Behind the outline: on the light's own side and on top warm, on the other side cool."""
    for i in range(len(warm)):
        x, y = ex[i], ey[i]
        long = f4(1) / (np.sqrt(x * x + y * y) + f4(1e-6))
        x, y = -x * long * side, y * long  # to the light's side and up, out of the figure
        near = _unit(f4(2) * (f4(1) - soft[i]))
        edge = near * np.sqrt(near)
        warm[i] = edge * _unit(f4(0.55) * x + f4(0.45) * y + f4(0.18)) * f4(1.35)
        cool[i] = edge * _unit(f4(-0.75) * x + f4(0.15) * y + f4(0.10))


@part
def _normal(
    nz: Array, toward: Array, tip: Array, nx: Array, ny: Array, less: Array, way: Array
) -> None:
    lx, ly, lz = way[0], way[1], way[2]
    for i in range(len(nz)):
        x, y = nx[i] * less[i], ny[i] * less[i]
        z = np.sqrt(f4(1) - min(x * x + y * y, f4(1)))
        nz[i], tip[i], toward[i] = z, y, x * lx + y * ly + z * lz


@part
def _open(less: Array, dark: Array, cover: Array, plane: Array) -> None:
    for i in range(len(less)):
        more = f4(1) / max(cover[i], _UNSEEN)
        less[i], dark[i] = more, _unit(plane[i] * more)


@part
def _glints(glint: Array, toward: Array, nz: Array, shine: Array, less: Array) -> None:
    for i in range(len(glint)):
        glance = max(toward[i] * f4(0.92) + f4(0.10) * nz[i], f4(0))
        glance *= glance
        twice = glance * glance
        glint[i] = glance * twice * twice * twice * shine[i] * less[i]


@part
def _faced(
    made: Array, toward: Array, nz: Array, dark: Array, y: Array, fill: Any, key: Any, bounce: Any,
    wrap: Any,
) -> None:  # fmt: skip
    """What comes from the sky, the key and the ground, of one colour."""
    less = f4(1) / (f4(1) + wrap)
    for i in range(len(made)):
        sky = (f4(0.70) + f4(0.30) * y[i]) * (f4(0.66) + f4(0.34) * nz[i]) * dark[i]
        lit = max((toward[i] + wrap) * less, f4(0)) * (f4(0.45) + f4(0.55) * dark[i])
        made[i] = sky * fill + lit * key + max(-y[i], f4(0)) * dark[i] * bounce


@part
def _edged(
    made: Array, own: Array, less: Array, warm: Array, cool: Array, rim: Any, kick: Any
) -> None:
    for i in range(len(made)):
        shade = own[i] * less[i]
        edge = (warm[i] * rim + cool[i] * kick) * (f4(0.30) + f4(0.70) * min(shade * f4(2), f4(1)))
        made[i] = made[i] * shade + edge


@part
def _added(made: Array, more: Array, by: Any) -> None:
    for i in range(len(made)):
        made[i] += more[i] * by


@part
def _glowing(made: Array, gleam: Array, own: Array, less: Array, nz: Array) -> None:
    for i in range(len(made)):
        glow = gleam[i] * less[i]
        bright = glow * (f4(0.75) + f4(0.25) * nz[i])
        made[i] = made[i] * (f4(1) - min(glow, f4(1))) + own[i] * less[i] * bright


@part
def _shown(out: Array, made: Array, cover: Array, part: Any, haze: Any, table: Array) -> None:
    for i in range(len(made)):
        if cover[i] > _UNSEEN:
            out[3 * i] = shown(made[i] * part + haze, table)


@whole(f"void({_PLANES}, {_PLANES}, {_PLANE}, {_PLANE}, {_PLANE}, b1, b1, i8, {_PLANE}, f4[::1])")
def lit(
    out: Array, planes: Array, cover: Array, shine: Array, glow: Array, shines: bool, glows: bool,
    by: int, light: Array, table: Array,
) -> None:  # fmt: skip
    high, wide = cover.shape
    soft, lines = np.empty((high, wide), np.float32), np.empty((_LINES, wide), np.float32)
    _boxed(soft, cover, by)
    _boxed(soft, soft, by)
    out[:, :, :] = f4(0)
    flat, side = out.reshape(-1), f4(1) if light[5, 0] >= f4(0) else f4(-1)
    for j in range(high):
        a, b = 0, wide
        while a < b and cover[j, a] <= _UNSEEN:
            a += 1
        while b > a and cover[j, b - 1] <= _UNSEEN:
            b -= 1
        if a == b:
            continue
        _slopes(lines, soft, j)
        seen, nz, toward = cover[j, a:b], lines[_NZ, a:b], lines[_TOWARD, a:b]
        warm, cool, dark = lines[_WARM, a:b], lines[_COOL, a:b], lines[_DARK, a:b]
        less, y = lines[_LESS, a:b], lines[_NY, a:b]
        _edges(warm, cool, lines[_EX, a:b], lines[_EY, a:b], soft[j, a:b], side)
        _open(less, dark, seen, planes[5, j, a:b])
        _normal(nz, toward, y, planes[3, j, a:b], planes[4, j, a:b], less, light[5])
        if shines:
            _glints(lines[_GLINT, a:b], toward, nz, shine[j, a:b], less)
        for c in range(3):
            made, own = lines[_MADE, a:b], planes[c, j, a:b]
            _faced(made, toward, nz, dark, y, light[0, c], light[1, c], light[4, c], _WRAP[c])
            _edged(made, own, less, warm, cool, light[2, c], light[3, c])
            if shines:
                spark = light[1, c] * f4(0.9) + light[0, c] * f4(0.25)
                _added(made, lines[_GLINT, a:b], spark)
            if glows:
                _glowing(made, glow[j, a:b], own, less, nz)
            _shown(flat[3 * (j * wide + a) + c :], made, seen, light[7, 0], light[6, c], table)


@whole("void(f4[:,::1], f4[:,::1], f4[:,::1])")
def toned(out: Array, picture: Array, tone: Array) -> None:
    for n in range(len(picture)):
        r, g, b = picture[n, 0], picture[n, 1], picture[n, 2]
        if r == f4(0) and g == f4(0) and b == f4(0):  # most of a cut-out is empty
            out[n, 0], out[n, 1], out[n, 2] = tone[3, 0], tone[3, 1], tone[3, 2]
            continue
        luma = r * _R + g * _G + b * _B
        bright = luma * tone[4, 0] + tone[5, 0]
        bright = min(max(bright, f4(0)), f4(1))
        out[n, 0] = r * tone[0, 0] + luma * (tone[1, 0] + tone[2, 0] * bright) + tone[3, 0]
        out[n, 1] = g * tone[0, 1] + luma * (tone[1, 1] + tone[2, 1] * bright) + tone[3, 1]
        out[n, 2] = b * tone[0, 2] + luma * (tone[1, 2] + tone[2, 2] * bright) + tone[3, 2]


@whole(f"f4({_PLANES}, f4[:,:,:], f4[:,:], f4, i8)")
def gathered(cells: Array, picture: Array, cover: Array, above: Any, step: int) -> Any:
    rows, cols = cells.shape[:2]
    less, most = f4(1) / f4(step * step), f4(0)
    cells[:] = f4(0)
    for j in range(rows * step):
        for i in range(cols * step):
            held = cover[j, i]
            if held > f4(0):
                for c in range(3):
                    light = max(picture[j, i, c] - above, f4(0)) * held
                    most = max(most, light)
                    cells[j // step, i // step, c] += light * less
    return most


@whole(f"void({_PLANES}, {_PLANE}, {_PLANES}, i8[::1], f4[::1], i8[::1], f4[::1], f4, f4)")
def haloed(
    picture: Array, cover: Array, halo: Array, rows: Array, down: Array, cols: Array, along: Array,
    least: Any, most: Any,
) -> None:  # fmt: skip
    high, wide = cover.shape
    line = np.empty((halo.shape[1], 3), np.float32)
    last, end = halo.shape[0] - 1, halo.shape[1] - 1
    for j in range(high):
        a, b, by = halo[rows[j]], halo[min(rows[j] + 1, last)], down[j]
        for i in range(len(line)):
            for c in range(3):
                line[i, c] = a[i, c] + (b[i, c] - a[i, c]) * by
        for i in range(wide):
            n, on, held = cols[i], along[i], cover[j, i]
            m = min(n + 1, end)
            r = line[n, 0] + (line[m, 0] - line[n, 0]) * on
            g = line[n, 1] + (line[m, 1] - line[n, 1]) * on
            b_ = line[n, 2] + (line[m, 2] - line[n, 2]) * on
            level = min(max(max(r, max(g, b_)), least), most)
            free = f4(1) - held
            bare = free / level
            r2, g2, b2 = picture[j, i, 0], picture[j, i, 1], picture[j, i, 2]
            picture[j, i, 0] = (r2 + r * (f4(1) - _unit(r2))) * held + r * bare
            picture[j, i, 1] = (g2 + g * (f4(1) - _unit(g2))) * held + g * bare
            picture[j, i, 2] = (b2 + b_ * (f4(1) - _unit(b2))) * held + b_ * bare
            if level > f4(3) * least:
                cover[j, i] = max(held, level * free)


@whole(f"void({_PLANES}, {_PLANES}, i8[::1], f4[::1], i8[::1], f4[::1])")
def bathed(
    picture: Array, gain: Array, rows: Array, down: Array, cols: Array, along: Array
) -> None:
    line = np.empty((gain.shape[1], 3), np.float32)
    last, end = gain.shape[0] - 1, gain.shape[1] - 1
    for j in range(picture.shape[0]):
        a, b, by = gain[rows[j]], gain[min(rows[j] + 1, last)], down[j]
        for i in range(len(line)):
            for c in range(3):
                line[i, c] = a[i, c] + (b[i, c] - a[i, c]) * by
        for i in range(picture.shape[1]):
            n, on = cols[i], along[i]
            m = min(n + 1, end)
            for c in range(3):
                picture[j, i, c] *= line[n, c] + (line[m, c] - line[n, c]) * on
