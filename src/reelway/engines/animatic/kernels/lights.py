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
def _slope(plane: Array, j: int, i: int) -> tuple[Any, Any]:
    """Down and across; half as far at the borders."""
    high, wide = plane.shape
    a, b = max(j - 1, 0), min(j + 1, high - 1)
    c, d = max(i - 1, 0), min(i + 1, wide - 1)
    return (
        (plane[b, i] - plane[a, i]) / f4(max(b - a, 1)),
        (plane[j, d] - plane[j, c]) / f4(max(d - c, 1)),
    )


@part
def _unit(value: Any) -> Any:
    return min(max(value, f4(0)), f4(1))


_PLANE, _PLANES = "f4[:,::1]", "f4[:,:,::1]"


@whole(f"void({_PLANES}, {_PLANES}, {_PLANE}, {_PLANE}, {_PLANE}, b1, b1, i8, {_PLANE}, f4[::1])")
def lit(
    out: Array, planes: Array, cover: Array, shine: Array, glow: Array, shines: bool, glows: bool,
    by: int, light: Array, table: Array,
) -> None:  # fmt: skip
    high, wide = cover.shape
    soft = np.empty((high, wide), np.float32)
    _boxed(soft, cover, by)
    _boxed(soft, soft, by)
    lx, ly, lz = light[5, 0], light[5, 1], light[5, 2]
    for j in range(high):
        for i in range(wide):
            seen = cover[j, i]
            if seen <= _UNSEEN:
                out[j, i, 0], out[j, i, 1], out[j, i, 2] = f4(0), f4(0), f4(0)
                continue
            less = f4(1) / seen
            ey, ex = _slope(soft, j, i)
            long = f4(1) / (np.sqrt(ex * ex + ey * ey) + f4(1e-6))
            ex, ey = -ex * long, ey * long  # to the right and up, out of the figure
            near = _unit(f4(2) * (f4(1) - soft[j, i]))
            edge = near * np.sqrt(near)
            nx, ny = planes[3, j, i] * less, planes[4, j, i] * less
            dark = _unit(planes[5, j, i] * less)
            nz = np.sqrt(f4(1) - min(nx * nx + ny * ny, f4(1)))
            toward = nx * lx + ny * ly + nz * lz
            sky = (f4(0.70) + f4(0.30) * ny) * (f4(0.66) + f4(0.34) * nz) * dark
            open_, up = f4(0.45) + f4(0.55) * dark, max(-ny, f4(0)) * dark
            ahead = ex if lx >= f4(0) else -ex
            warm = edge * _unit(f4(0.55) * ahead + f4(0.45) * ey + f4(0.18)) * f4(1.35)
            cool = edge * _unit(f4(-0.75) * ahead + f4(0.15) * ey + f4(0.10))
            glint = f4(0)
            if shines:
                glint = max(toward * f4(0.92) + f4(0.10) * nz, f4(0))
                glint *= glint
                twice = glint * glint
                glint *= twice * twice * twice * shine[j, i] * less
            gleam = glow[j, i] * less if glows else f4(0)
            held = min(gleam, f4(1))
            gleam *= f4(0.75) + f4(0.25) * nz
            for c in range(3):
                own, wrap = planes[c, j, i] * less, _WRAP[c]
                key = max((toward + wrap) * (f4(1) / (f4(1) + wrap)), f4(0)) * open_
                made = (sky * light[0, c] + key * light[1, c] + up * light[4, c]) * own
                made += (warm * light[2, c] + cool * light[3, c]) * (
                    f4(0.30) + f4(0.70) * min(own * f4(2), f4(1))
                )
                made += glint * (light[1, c] * f4(0.9) + light[0, c] * f4(0.25))
                made = made * (f4(1) - held) + own * gleam
                out[j, i, c] = shown(made * light[7, 0] + light[6, c], table)


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
