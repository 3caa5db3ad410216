"""Compiled: noise at scattered points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.form import FOLD_EDGE, OCTAVE, TURN
from reelway.engines.animatic.kernels.jit import part, whole

Array = npt.NDArray[Any]
f4, u4 = np.float32, np.uint32
_EDGE = np.float32(FOLD_EDGE)
MANY = 512  # points at a time, so that what they need stays in the processor's cache


@part
def _smooth(out: Array, table: Array, side: Any, x: Array, y: Array, c: Any, s: Any) -> None:
    """One octave at some points: a lattice, which wraps, between its points."""
    wrap = side - u4(1)
    for n in range(len(out)):
        px, py = x[n] * c - y[n] * s, x[n] * s + y[n] * c
        fx, fy = np.floor(px), np.floor(py)
        u, v = px - fx, py - fy
        u, v = u * u * (f4(3) - f4(2) * u), v * v * (f4(3) - f4(2) * v)
        i, j = u4(np.int32(fx)) & wrap, u4(np.int32(fy)) & wrap
        i2, j2 = (i + u4(1)) & wrap, ((j + u4(1)) & wrap) * side
        j = j * side
        a, b = table[j + i], table[j2 + i]
        top = a + (table[j + i2] - a) * u
        low = b + (table[j2 + i2] - b) * u
        out[n] = top + (low - top) * v


@part
def _turn(octave: int) -> tuple[Any, Any]:
    scale = OCTAVE**octave
    return f4(math.cos(octave * TURN) * scale), f4(math.sin(octave * TURN) * scale)


@part
def _added(total: Array, one: Array, weight: Any) -> None:
    for n in range(len(total)):
        total[n] += weight * one[n]


@whole("void(f4[::1], f4[:,:,::1], f4[::1], f4[::1], f4)")
def octaves(total: Array, tables: Array, x: Array, y: Array, gain: Any) -> None:
    side = u4(tables.shape[1])
    one = np.empty(MANY, np.float32)
    for begin in range(0, len(total), MANY):
        end = min(begin + MANY, len(total))
        to, some = total[begin:end], one[: end - begin]
        to[:] = f4(0)
        weight = f4(1)
        for octave in range(len(tables)):
            c, s = _turn(octave)
            _smooth(some, tables[octave].reshape(-1), side, x[begin:end], y[begin:end], c, s)
            _added(to, some, weight)
            weight *= gain


@part
def _sloped(
    out: Array, dx: Array, dy: Array, table: Array, side: Any, x: Array, y: Array, c: Any, s: Any
) -> None:
    """As `_smooth`, and its slopes along both axes."""
    wrap = side - u4(1)
    for n in range(len(out)):
        px, py = x[n] * c - y[n] * s, x[n] * s + y[n] * c
        fx, fy = np.floor(px), np.floor(py)
        u, v = px - fx, py - fy
        i, j = u4(np.int32(fx)) & wrap, u4(np.int32(fy)) & wrap
        i2, j2 = (i + u4(1)) & wrap, ((j + u4(1)) & wrap) * side
        j = j * side
        a, b, low, d = table[j + i], table[j + i2], table[j2 + i], table[j2 + i2]
        ab, ac, abcd = b - a, low - a, a - b - low + d
        du, dv = f4(6) * u * (f4(1) - u), f4(6) * v * (f4(1) - v)
        u, v = u * u * (f4(3) - f4(2) * u), v * v * (f4(3) - f4(2) * v)
        out[n] = a + ab * u + ac * v + abcd * u * v
        dx[n] = du * (ab + abcd * v)
        dy[n] = dv * (ac + abcd * u)


@part
def _folded(one: Array, dx: Array, dy: Array) -> None:
    for n in range(len(one)):
        fold = np.sqrt(one[n] * one[n] + _EDGE)
        by = f4(-2) * one[n] / fold
        dx[n], dy[n] = dx[n] * by, dy[n] * by
        one[n] = f4(0.75) - f4(1.9) * fold


@part
def _worn(
    total: Array, along: Array, across: Array, one: Array, dx: Array, dy: Array,
    c: Any, s: Any, weight: Any, steep: Any,
) -> None:  # fmt: skip
    """Turned back, slopes of all octaves add up."""
    for n in range(len(total)):
        along[n] += (dx[n] * c + dy[n] * s) * f4(0.5)
        across[n] += (dy[n] * c - dx[n] * s) * f4(0.5)
        slope = along[n] * along[n] + across[n] * across[n]
        total[n] += weight * one[n] / (f4(1) + steep * slope)


@whole("void(f4[::1], f4[:,:,::1], f4[::1], f4[::1], i8, f4)")
def eroded(total: Array, tables: Array, x: Array, y: Array, folded: int, steep: Any) -> None:
    side = u4(tables.shape[1])
    room = np.empty((5, MANY), np.float32)
    for begin in range(0, len(total), MANY):
        end = min(begin + MANY, len(total))
        long = end - begin
        to = total[begin:end]
        one, dx, dy = room[0, :long], room[1, :long], room[2, :long]
        along, across = room[3, :long], room[4, :long]
        to[:], along[:], across[:] = f4(0), f4(0), f4(0)
        weight = f4(0.5)
        for octave in range(len(tables)):
            c, s = _turn(octave)
            table = tables[octave].reshape(-1)
            _sloped(one, dx, dy, table, side, x[begin:end], y[begin:end], c, s)
            if octave < folded:
                _folded(one, dx, dy)
            turn = octave * TURN
            c, s = f4(math.cos(turn)), f4(math.sin(turn))
            _worn(to, along, across, one, dx, dy, c, s, weight, steep)
            weight *= f4(0.5)


@part
def _mixed(out: Array, plane: Array, top: int, w: Array) -> None:
    """Some rows of a plane, which wraps, as one."""
    out[:] = f4(0)
    for k in range(len(w)):
        row, by = plane[(top + k) % len(plane)], w[k]
        for x in range(len(out)):
            out[x] += row[x] * by


@part
def _spread(out: Array, line: Array, at: Array, w: Array, weight: Any) -> None:
    a, b, c, d = w[0], w[1], w[2], w[3]
    for x in range(len(out)):
        n = at[x]
        out[x] += weight * (
            (a[x] * line[n] + b[x] * line[n + u4(1)])
            + (c[x] * line[n + u4(2)] + d[x] * line[n + u4(3)])
        )
    for k in range(4, len(w)):
        by, m = w[k], u4(k)
        for x in range(len(out)):
            out[x] += weight * by[x] * line[at[x] + m]


@whole("void(f4[:,::1], f4[:,::1], i8[::1], f4[:,::1], u4[::1], f4[:,::1], i8, f4)")
def lattice(
    total: Array, table: Array, top: Array, down: Array, at: Array, along: Array, left: int,
    weight: Any,
) -> None:  # fmt: skip
    """A lattice at the points of a grid: `down` (rows, taps) from row `top` of it, `along`
    (taps, columns) from column `left` + `at`."""
    side = len(table)
    long, tall = int(at[-1]) + len(along), top[-1] - top[0] + down.shape[1]
    held = min(long, side)
    plane, line = np.empty((min(tall, side), held), np.float32), np.empty(long, np.float32)
    for j in range(len(plane)):
        for i in range(held):
            plane[j, i] = table[(top[0] + j) & (side - 1), (left + i) & (side - 1)]
    for y in range(len(total)):
        _mixed(line[:held], plane, top[y] - top[0], down[y])
        for i in range(held, long):
            line[i] = line[i - side]
        _spread(total[y], line, at, along, weight)
