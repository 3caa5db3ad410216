"""Compiled: textures laid over a canvas.

A pile of them is looked at from the front to the back first: what is empty or hidden is left out
(`hidden`). Then it is drawn from the back to the front, in bands of rows which stay in the
processor's cache meanwhile.

Each row of a texture goes through the columns once and is kept while rows of the canvas need it;
these are then sums of a few kept rows, in one pass with the blend.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.across import across
from reelway.engines.animatic.kernels.axes import blend, columns, reach, weigh
from reelway.engines.animatic.kernels.hidden import HIGH, NOTHING, SOLID, WIDE, seen
from reelway.engines.animatic.kernels.jit import inner, part, whole
from reelway.engines.animatic.kernels.lanes import LANES

Array = npt.NDArray[Any]
f4, u4, u8 = np.float32, np.uint32, np.uint64
BAND = 1 << 19  # bytes of a canvas that are drawn at a time
VALUE, BOTH = 1, 2  # what has been made of a cell of a kept row


# One texture


@inner
def _runs(out: Array, line: Array, wide: int, x0: int, x1: int) -> int:
    """Neighbouring cells of a kind, as columns counted from `x0`."""
    count, c, end = 0, x0 // wide, (x1 + wide - 1) // wide
    while c < end:
        kind, b = line[c], c + 1
        while b < end and line[b] == kind:
            b += 1
        if kind != NOTHING:
            out[count, 0], out[count, 1] = max(c * wide, x0) - x0, min(b * wide, x1) - x0
            out[count, 2], out[count, 3], out[count, 4] = kind, c, b
            count += 1
        c = b
    return count


@inner
def _made(
    runs: Array, count: int, have: Array, wide: int, x0: int, x1: int, covered: bool,
    second: bool, piece: Any, row: int, at: Array, w: Array, long: Any, o: Any, room: Any,
) -> None:  # fmt: skip
    """What the runs need of a row of the texture and is not there yet."""
    plane, plane2, cover, in_floats, size, area, low, taps, in_line = piece
    rows, rows2, covers, words, line = room
    for n in range(count):
        over = covered and runs[n, 2] != SOLID
        need = BOTH if over else VALUE
        c, end = runs[n, 3], runs[n, 4]
        while c < end:
            if have[c] >= need:
                c += 1
                continue
            b = c
            while b < end and have[b] < need:
                have[b] = need
                b += 1
            left, right = max(c * wide, x0) - x0, min(b * wide, x1) - x0
            for m in range(2 if second else 1):  # one place in the code: it is long
                across(
                    plane2 if m else plane, cover, over and m == 0, in_floats, second, row, size,
                    area, low, at, w, long, taps, left, right, in_line, rows2 if m else rows,
                    covers, o, words, line,
                )  # fmt: skip
            c = b


@inner
def _drawn(
    to: Array, to2: Array, second: bool, stride: int, cells: Array, down0: int, down1: int,
    box: Any, look: Any, soft: bool, covered: bool, unit: Any, left: Any,
    piece: Any, high: int, at: Array, w: Array, long: Any, room: Any, small: Any,
) -> None:  # fmt: skip
    """The rows of cells `down0` … `down1` of a texture: its luma, or its two chromas (`second`)."""
    x0, x1, y0, y1 = box
    ay, dy = look
    taps = reach(dy, soft)
    rows, rows2, covers = room[0], room[1], room[2]
    held, checked, have, runs, each, by, slots, end = small
    wide, tall = (WIDE // 2, HIGH // 2) if second else (WIDE, HIGH)
    held[:] = -1
    for down in range(max(down0, y0 // tall), min(down1, (y1 + tall - 1) // tall)):
        count = _runs(runs, cells[down], wide, x0, x1)
        if count == 0:
            continue
        checked[:] = False
        for y in range(max(y0, down * tall), min(y1, (down + 1) * tall)):
            top, used = weigh(ay + dy * y, dy, soft, each), 0
            for k in range(taps):
                row = top + k
                if row < 0 or row >= high or each[k] == f4(0):
                    continue
                slot = row % (taps + 1)
                o = u8(slot) * long
                if held[slot] != row:
                    held[slot], checked[slot], have[slot, :] = row, False, NOTHING
                if not checked[slot]:
                    checked[slot] = True
                    _made(
                        runs, count, have[slot], wide, x0, x1, covered, second, piece, row, at, w,
                        long, o, room,
                    )  # fmt: skip
                by[used], slots[used] = each[k] * unit, o
                used += 1
            for n in range(count):
                o, off = u8(y * stride + x0 + runs[n, 0]), u8(runs[n, 0])
                size, over = u8(runs[n, 1] - runs[n, 0]), covered and runs[n, 2] != SOLID
                rest = f4(0) if covered else left
                for m in range(2 if second else 1):
                    blend(
                        to2 if m else to, o, size, by, slots, off, used, rows2 if m else rows,
                        covers, over, rest, end,
                    )  # fmt: skip


# A pile

# Of a texture: whole numbers (places of its planes in memory among them), then others.
INTS, REALS = 18, 6
_FLOATS, _SOFT, _COVERED, _FULL, _GRID, _HIGH, _WIDE = 0, 1, 2, 3, 9, 10, 11
_PLANES, _BOX = 4, 14
_LEFT = 5  # of REALS: what is left of the canvas where there is no cover; before it the unit


@inner
def _size(box: Any, second: bool) -> int:
    """Columns, in strips and some more."""
    n = (box[1] - box[0]) // (2 if second else 1)
    return int((n + LANES - 1) // LANES * LANES + LANES)


@inner
def _look(reals: Array, second: bool) -> Any:
    ay, dy, ax, dx = reals[0], reals[1], reals[2], reals[3]
    if second:
        return ay / 2 + dy / 4 - 0.25, dy, ax / 2 + dx / 4 - 0.25, dx
    return ay, dy, ax, dx


@part
def _tables(ints: Array, reals: Array) -> Any:
    """Where each texture's columns begin, how many words and weights all have, and the most
    columns, inputs and taps that one has."""
    begin = np.empty((len(ints), 2, 2), np.int64)
    places, weights, long, inputs, most = 0, 0, 0, 0, 4
    for n in range(len(ints)):
        soft, dy, dx = ints[n, _SOFT] != 0, reals[n, 1], reals[n, 3]
        taps = reach(dx, soft)
        most = max(most, taps, reach(dy, soft))
        for second in range(2):
            begin[n, second, 0], begin[n, second, 1] = places, weights
            size = _size(ints[n, _BOX:], second != 0)
            places += size
            weights += size * taps
            long, inputs = max(long, size), max(inputs, int(size * dx) + taps)
    return begin, places, weights, long, inputs, most


@inner
def _in_line(at: Array) -> bool:
    for x in range(len(at)):
        if at[x] != u4(x):
            return False
    return True


@part
def _room(long: int, inputs: int, taps: int, cells: int) -> Any:
    """What is worked in: rows, inputs, and what is known about rows."""
    inputs += 4 * LANES
    rows, rows2 = np.empty((taps + 1) * long, np.float32), np.empty((taps + 1) * long, np.float32)
    covers, words = np.empty((taps + 1) * long, np.float32), np.empty(inputs, np.uint32)
    known = (
        np.empty(taps + 1, np.int64), np.empty(taps + 1, np.bool_),
        np.empty((taps + 1, cells), np.uint8), np.empty((cells, 5), np.int64),
        np.empty(taps, np.float32), np.empty(taps, np.float32), np.empty(taps, np.uint64),
        np.empty(LANES, np.float32),
    )  # fmt: skip
    return (rows, rows2, covers, words, np.empty(inputs, np.float32)), known


@part
def _shown(ints: Array, reals: Array, tall: int, long: int) -> Array:
    """For each texture what is seen in each cell of the canvas."""
    shape = (tall + HIGH - 1) // HIGH, (long + WIDE - 1) // WIDE
    cells = np.zeros((len(ints), *shape), np.uint8)
    hidden = np.zeros(shape, np.uint8)
    for n in range(len(ints) - 1, -1, -1):
        box, left = ints[n, _BOX:], reals[n, _LEFT]
        covered = ints[n, _COVERED] != 0
        ay, dy, ax, dx = _look(reals[n], False)
        seen(
            cells[n], hidden, u8(ints[n, _GRID]), ints[n, _HIGH], ints[n, _WIDE], box[0], box[1],
            box[2], box[3], ay, dy, ax, dx, ints[n, _SOFT] != 0, not covered and left != 1.0,
            ints[n, _FULL] != 0 and (covered or left == 0.0), tall, long,
        )  # fmt: skip
    return cells


@inner
def _piece(ints: Array, dx: float, second: bool, low: int, in_line: bool) -> Any:
    plane = _PLANES + 1 if second else _PLANES
    high, size = ints[_HIGH + 2 * second], ints[_WIDE + 2 * second]
    return (
        u8(ints[plane]), u8(ints[plane + 1]), u8(ints[_PLANES + (4 if second else 3)]),
        ints[_FLOATS] != 0, size, high * size, low, reach(dx, ints[_SOFT] != 0), in_line,
    )  # fmt: skip


_F = "f4[:,::1]"


@whole(f"void({_F}, {_F}, {_F}, i8[:,::1], f8[:,::1], b1)")
def pile(luma: Array, blue: Array, red: Array, ints: Array, reals: Array, coloured: bool) -> None:
    """Textures over a canvas, each over those before it; or over its luma alone."""
    (tall, long), (y, u, v) = luma.shape, (luma.reshape(-1), blue.reshape(-1), red.reshape(-1))
    cells = _shown(ints, reals, tall, long)
    begin, places, weights, most, inputs, taps = _tables(ints, reals)
    at, w, one = np.empty(places, np.uint32), np.empty(weights, np.float32), np.empty(taps, f4)
    lows, in_line = np.empty((len(ints), 2), np.int64), np.empty((len(ints), 2), np.bool_)
    for n in range(len(ints)):
        soft, box = ints[n, _SOFT] != 0, ints[n, _BOX:]
        for second in range(2):
            a, b = begin[n, second]
            _, _, ax, dx = _look(reals[n], second != 0)
            size, x0 = _size(box, second != 0), box[0] // (1 + second)
            to = at[a : a + size]
            lows[n, second] = columns(to, w[b:], one, ax + dx * x0, dx, size, soft)
            in_line[n, second] = dx == 1.0 and not soft and _in_line(to)
    room, known = _room(most, inputs, taps, cells.shape[2])
    rows = max(1, BAND // (6 * long * HIGH))
    for down in range(0, cells.shape[1], rows):
        for n in range(len(ints)):
            box = ints[n, _BOX:]
            if box[2] >= (down + rows) * HIGH or box[3] <= down * HIGH:
                continue
            for half in range(2 if coloured else 1):
                second = half != 0
                size = _size(box, second)
                a, b = begin[n, half]
                ay, dy, _, dx = _look(reals[n], second)
                where = (
                    box[0] // (1 + half), box[1] // (1 + half),
                    box[2] // (1 + half), box[3] // (1 + half),
                )  # fmt: skip
                _drawn(
                    u if second else y, v, second, long // (1 + half), cells[n], down, down + rows,
                    where, (ay, dy), ints[n, _SOFT] != 0, ints[n, _COVERED] != 0,
                    f4(reals[n, _LEFT - 1]), f4(reals[n, _LEFT]),
                    _piece(ints[n], dx, second, lows[n, half], in_line[n, half]),
                    ints[n, _HIGH + 2 * half], at[a : a + size], w[b:], u8(size), room, known,
                )  # fmt: skip
