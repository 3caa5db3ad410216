"""Compiled: what is done to a whole canvas. The finish, weather, and bent pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import CHROMA, FAINT, LUMA
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
f4, u4 = np.float32, np.uint32
_Y = tuple(np.float32(v) for v in LUMA)
_C = tuple(np.float32(v) for v in CHROMA)
_FAINT = np.float32(FAINT)
_LEVEL = np.float32(1 / 255)


@part
def _darker(line: Array, luma: Array, x2: Array, y2: Any, dark: Any) -> None:
    for x in range(len(line)):
        far = (x2[x] + y2) * f4(0.5)
        line[x] = luma[x] * (f4(1) - far * np.sqrt(far) * dark)


@part
def _rougher(line: Array, grain: Array, rough: Any) -> None:
    for x in range(len(line)):
        line[x] += grain[x] * rough


@part
def _levels(onto: Array, line: Array, scale: Any, offset: Any, least: Any, most: Any) -> None:
    for x in range(len(line)):
        onto[x] = np.uint8(np.int32(min(max(line[x] * scale + offset, least), most)))


@whole("void(u1[:,::1], f4[:,::1], f4[:,::1], i8, i8, f4, f4)")
def finish(onto: Array, luma: Array, grain: Array, gy: int, gx: int, dark: Any, rough: Any) -> None:
    high, wide = luma.shape
    side = len(grain)
    if dark == f4(0) and rough == f4(0):
        for y in range(high):
            _levels(onto[y, :wide], luma[y], _Y[0], _Y[1], _Y[2], _Y[3])
        return
    x2 = np.empty(wide, np.float32)
    for x in range(wide):
        part_x = f4(-1 + 2 * x / (wide - 1))
        x2[x] = part_x * part_x
    line = np.empty(wide, np.float32)
    for y in range(high):
        part_y = f4(-1 + 2 * y / (high - 1))
        _darker(line, luma[y], x2, part_y * part_y, dark)
        row, begin, col = grain[(y + gy) % side], 0, gx
        while begin < wide:
            long = min(side - col, wide - begin)
            _rougher(line[begin : begin + long], row[col : col + long], rough)
            begin, col = begin + long, 0
        _levels(onto[y, :wide], line, _Y[0], _Y[1], _Y[2], _Y[3])


@whole("void(u1[:,::1], f4[:,::1])")
def finish_chroma(onto: Array, chroma: Array) -> None:
    for y in range(chroma.shape[0]):
        _levels(onto[y, : chroma.shape[1]], chroma[y], _C[0], _C[1], _C[2], _C[3])


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


@part
def _between(
    out: Array, net: Array, row: int, down: Any, node: Array, on: Array, line: Array
) -> None:
    """A row of what a net gives."""
    for k in range(len(line)):
        line[k] = net[row, k] * (f4(1) - down) + net[row + 1, k] * down
    for x in range(len(out)):
        s = node[x]
        out[x] = line[s] * (f4(1) - on[x]) + line[s + u4(1)] * on[x]


@part
def _places(index: Array, rows: Array, cols: Array, stride: Any) -> None:
    for x in range(len(index)):
        index[x] = np.int32(rows[x]) * stride + np.int32(cols[x])


@part
def _fetched(out: Array, flat: Array, index: Array) -> None:
    for x in range(len(out)):
        out[x] = f4(flat[u4(index[x])])


@part
def _shown(onto: Array, taken: Array) -> None:
    for x in range(len(onto)):
        onto[x] = taken[x] * _LEVEL


@part
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
