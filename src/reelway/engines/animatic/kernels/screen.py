"""Compiled: what is done to a whole canvas. The finish, weather, and bent pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.axes import STRIP
from reelway.engines.animatic.kernels.form import CHROMA, FAINT, LUMA
from reelway.engines.animatic.kernels.jit import inner, part, whole
from reelway.engines.animatic.kernels.lanes import (
    fetched,
    greater,
    kept,
    kept_bytes,
    lesser,
    root,
    spread,
)

Array = npt.NDArray[Any]
f4, u4, u8 = np.float32, np.uint32, np.uint64
_Y = tuple(np.float32(v) for v in LUMA)
_C = tuple(np.float32(v) for v in CHROMA)
_FAINT = np.float32(FAINT)
_LEVEL = np.float32(1 / 255)


@inner
def _levels(onto: Array, o: Any, line: Array, a: Any, n: Any, form: tuple[Any, ...]) -> None:
    """Numbers as limited bytes."""
    scale, offset, least, most = form
    by, more, low, high = spread(scale), spread(offset), spread(least), spread(most)
    strips = u8(n) & ~(STRIP - u8(1))
    for x in range(u8(0), strips, STRIP):
        level = fetched(line, a + x) * by + more
        kept_bytes(onto, o + x, lesser(greater(level, low), high))
    for x in range(strips, u8(n)):
        level = min(max(line[a + x] * scale + offset, least), most)
        onto[o + x] = np.uint8(np.int32(level))


@inner
def _darker(
    line: Array, luma: Array, a: Any, n: int, x2: Array, y2: Any, dark: Any
) -> None:  # fmt: skip
    full, half, down, by = spread(f4(1)), spread(f4(0.5)), spread(y2), spread(dark)
    strips = u8(n) & ~(STRIP - u8(1))
    for x in range(u8(0), strips, STRIP):
        far = (fetched(x2, x) + down) * half
        kept(line, x, fetched(luma, a + x) * (full - far * root(far) * by))
    for x in range(strips, u8(n)):
        far = (x2[x] + y2) * f4(0.5)
        line[x] = luma[a + x] * (f4(1) - far * np.sqrt(far) * dark)


@inner
def _rougher(line: Array, begin: Any, long: Any, grain: Array, at: Any, rough: Any) -> None:
    for x in range(u8(long)):
        line[begin + x] += grain[at + x] * rough


@inner
def _finished(
    onto: Array, stride: int, luma: Array, high: int, wide: int, grain: Array, side: int, gy: int,
    gx: int, dark: Any, rough: Any, x2: Array, line: Array,
) -> None:  # fmt: skip
    for y in range(high):
        to, row = u8(y * stride), u8(y * wide)
        if dark == f4(0) and rough == f4(0):
            _levels(onto, to, luma, row, wide, _Y)
            continue
        part_y = f4(-1 + 2 * y / (high - 1))
        _darker(line, luma, row, wide, x2, part_y * part_y, dark)
        begin, col = 0, gx
        while begin < wide:
            long = min(side - col, wide - begin)
            _rougher(line, u8(begin), long, grain, u8((y + gy) % side * side + col), rough)
            begin, col = begin + long, 0
        _levels(onto, to, line, u8(0), wide, _Y)


@whole("void(u1[:,::1], f4[:,::1], f4[:,::1], i8, i8, f4, f4)")
def finish(onto: Array, luma: Array, grain: Array, gy: int, gx: int, dark: Any, rough: Any) -> None:
    high, wide = luma.shape
    x2, line = np.empty(wide, np.float32), np.empty(wide, np.float32)
    for x in range(wide):
        part_x = f4(-1 + 2 * x / (wide - 1))
        x2[x] = part_x * part_x
    _finished(
        onto.reshape(-1), onto.shape[1], luma.reshape(-1), high, wide, grain.reshape(-1),
        len(grain), gy, gx, dark, rough, x2, line,
    )  # fmt: skip


@inner
def _chroma(onto: Array, stride: int, chroma: Array, high: int, wide: int) -> None:
    for y in range(high):
        _levels(onto, u8(y * stride), chroma, u8(y * wide), wide, _C)


@whole("void(u1[:,::1], f4[:,::1])")
def finish_chroma(onto: Array, chroma: Array) -> None:
    high, wide = chroma.shape
    _chroma(onto.reshape(-1), onto.shape[1], chroma.reshape(-1), high, wide)


@whole("void(f4[:,::1], f8[::1], f8[::1], i8, f8, f8, f8)")
def streaks(
    luma: Array, ys: Array, xs: Array, rows: int, slant: float, wide: float, bright: float
) -> None:
    high, across = luma.shape
    body = np.empty(rows)
    for s in range(rows):
        body[s] = math.sin(math.pi * (s + 0.5) / rows) * bright * min(1.0, wide)
    thick, room = math.ceil(wide) + 2, (max(wide, 1.0) - 1) / 2
    for n in range(len(ys)):
        for s in range(rows):
            y = math.floor(ys[n] + s)
            if y < 0 or y >= high:
                continue
            px = xs[n] - slant * s
            left = math.floor(px - wide / 2)
            for x in range(max(left, 0), min(left + thick, across)):
                seen = min(max(1 - max(abs(x + 0.5 - px) - room, 0.0), 0.0), 1.0) * body[s]
                if seen > FAINT:
                    luma[y, x] += f4(seen)


@whole("void(f4[:,::1], f8[::1], f8[::1], f8, f8)")
def spots(luma: Array, ys: Array, xs: Array, size: float, bright: float) -> None:
    high, across = luma.shape
    reach = math.ceil(size * 1.6) + 1
    along = np.empty(2 * reach + 1)
    for n in range(len(ys)):
        cy, cx = math.floor(ys[n]), math.floor(xs[n])
        if cy <= -reach or cy >= high + reach or cx <= -reach or cx >= across + reach:
            continue
        for k in range(2 * reach + 1):
            off = cx + k - reach + 0.5 - xs[n]
            along[k] = math.exp(-off * off / (size * size))
        for y in range(max(cy - reach, 0), min(cy + reach + 1, high)):
            off = y + 0.5 - ys[n]
            row = math.exp(-off * off / (size * size)) * bright
            for x in range(max(cx - reach, 0), min(cx + reach + 1, across)):
                seen = row * along[x - cx + reach]
                if seen > FAINT:
                    luma[y, x] += f4(seen)


# Bent pictures


@part
def _nodes(count: int, pixels: int) -> tuple[Array, Array]:
    """For each pixel the node before it, and how far it is from that one to the next."""
    node, on = np.empty(pixels, np.uint32), np.empty(pixels, np.float32)
    for i in range(pixels):
        at = (i + 0.5) / pixels * (count - 1)
        node[i] = u4(min(int(at), count - 2))
        on[i] = f4(at - node[i])
    return node, on


@inner
def _between(
    out: Array, net: Array, row: int, down: Any, node: Array, on: Array, line: Array
) -> None:
    """A row of what a net gives."""
    for k in range(len(line)):
        line[k] = net[row, k] * (f4(1) - down) + net[row + 1, k] * down
    for x in range(len(out)):
        s = node[x]
        out[x] = line[s] * (f4(1) - on[x]) + line[s + u4(1)] * on[x]


@inner
def _places(index: Array, rows: Array, cols: Array, stride: Any) -> None:
    for x in range(len(index)):
        index[x] = np.int32(rows[x]) * stride + np.int32(cols[x])


@inner
def _fetched(out: Array, flat: Array, index: Array) -> None:
    for x in range(len(out)):
        out[x] = f4(flat[u4(index[x])])


@inner
def _shown(onto: Array, taken: Array) -> None:
    for x in range(len(onto)):
        onto[x] = taken[x] * _LEVEL


@inner
def _faded(onto: Array, taken: Array, weight: Array) -> None:
    for x in range(len(onto)):
        onto[x] += (taken[x] * _LEVEL - onto[x]) * weight[x]


_NETS = "f4[:,::1], f4[:,::1], f4[:,::1], b1"


@part
def _warp(
    onto: Array, onto2: Array, plane: Array, plane2: Array, both: bool,
    rows: Array, cols: Array, weight: Array, weighted: bool,
) -> None:  # fmt: skip
    high, wide = onto.shape
    flat, flat2 = plane.reshape(-1), plane2.reshape(-1)
    node, on = _nodes(rows.shape[1], wide)
    down, part_of = _nodes(rows.shape[0], high)
    line = np.empty(rows.shape[1], np.float32)
    y_at, x_at = np.empty(wide, np.float32), np.empty(wide, np.float32)
    seen, taken = np.empty(wide, np.float32), np.empty(wide, np.float32)
    index = np.empty(wide, np.int32)
    for y in range(high):
        row = int(down[y])
        _between(y_at, rows, row, part_of[y], node, on, line)
        _between(x_at, cols, row, part_of[y], node, on, line)
        _places(index, y_at, x_at, np.int32(plane.shape[1]))
        if weighted:
            _between(seen, weight, row, part_of[y], node, on, line)
        for k in range(2 if both else 1):
            _fetched(taken, flat2 if k else flat, index)
            to = onto2[y] if k else onto[y]
            if weighted:
                _faded(to, taken, seen)
            else:
                _shown(to, taken)


@whole(f"void(f4[:,::1], u1[:,::1], {_NETS})")
def warp(
    onto: Array, plane: Array, rows: Array, cols: Array, weight: Array, weighted: bool
) -> None:
    _warp(onto, onto, plane, plane, False, rows, cols, weight, weighted)


@whole(f"void(f4[:,::1], f4[:,::1], i1[:,::1], i1[:,::1], {_NETS})")
def warp_chroma(
    onto: Array, onto2: Array, plane: Array, plane2: Array, rows: Array, cols: Array,
    weight: Array, weighted: bool,
) -> None:  # fmt: skip
    _warp(onto, onto2, plane, plane2, True, rows, cols, weight, weighted)
