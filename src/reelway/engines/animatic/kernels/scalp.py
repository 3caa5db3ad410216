"""Compiled: the hair on a head, a cap around the skull, cut by a hairline."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.kernels.curves import angle, bell, sine, square, unit
from reelway.engines.animatic.kernels.face import spot
from reelway.engines.animatic.kernels.form import AROUND
from reelway.engines.animatic.kernels.jit import part
from reelway.engines.animatic.kernels.rows import HEAD

Array = npt.NDArray[Any]
f4 = np.float32
_AROUND = np.array(AROUND, np.float32)
_BROW = f4(0.32)


@part
def quadric(turn: Array, rx: Any, ry: Any, rz: Any) -> tuple[Any, Any, Any, Any, Any, Any]:
    """An ellipsoid as the eye sees it: the six numbers of its form."""
    a, b, c = f4(1) / (rx * rx), f4(1) / (ry * ry), f4(1) / (rz * rz)
    return (
        turn[0, 0] * turn[0, 0] * a + turn[0, 1] * turn[0, 1] * b + turn[0, 2] * turn[0, 2] * c,
        turn[0, 0] * turn[1, 0] * a + turn[0, 1] * turn[1, 1] * b + turn[0, 2] * turn[1, 2] * c,
        turn[0, 0] * turn[2, 0] * a + turn[0, 1] * turn[2, 1] * b + turn[0, 2] * turn[2, 2] * c,
        turn[1, 0] * turn[1, 0] * a + turn[1, 1] * turn[1, 1] * b + turn[1, 2] * turn[1, 2] * c,
        turn[1, 0] * turn[2, 0] * a + turn[1, 1] * turn[2, 1] * b + turn[1, 2] * turn[2, 2] * c,
        turn[2, 0] * turn[2, 0] * a + turn[2, 1] * turn[2, 1] * b + turn[2, 2] * turn[2, 2] * c,
    )


@part
def _hairline(who: Array, middle: Any, p: tuple[Any, Any, Any]) -> Any:
    """How far above the hairline. A thick head of hair begins where a thin one would: its line is
    measured on the skull."""
    x, y, z = p
    thin_x, thin_y, thin_z = (
        f4(0.87) / who[HEAD.deep], f4(0.75) / who[HEAD.high], f4(0.68) / who[HEAD.wide]
    )  # fmt: skip
    around = angle(abs(z) * thin_z, (x - middle) * thin_x - f4(0.17))
    low = (y - _BROW) * (thin_y if y > _BROW else f4(1)) + _BROW
    n = 0
    while n < len(_AROUND) - 2 and around > _AROUND[n + 1]:
        n += 1
    on = unit((around - _AROUND[n]) / (_AROUND[n + 1] - _AROUND[n]))
    a, b = who[HEAD.line + n], who[HEAD.line + n + 1]
    return low - (a + (b - a) * on)


@part
def _strand(who: Array, p: tuple[Any, Any, Any]) -> tuple[Any, Any]:
    """How light a strand is, and lumps of curls."""
    x, y, z = p
    phase, curl = who[HEAD.seed] * f4(6.28), who[HEAD.curl]
    side = z - who[HEAD.part] * (f4(1) if who[HEAD.seed] < f4(0.5) else f4(-1))
    spin = angle(side, x + f4(0.2))
    strand = f4(0.6) * sine(spin * f4(31) + f4(2.5) * sine(spin * f4(7) + phase) + f4(3) * y)
    strand += f4(0.4) * sine(spin * f4(67) + f4(4) * sine(spin * f4(5)) + phase)
    if curl == f4(0):
        return strand, f4(0)
    lump = sine(x * f4(13) + phase) * sine(y * f4(14) + f4(1.7) * sine(z * f4(9)))
    lump *= sine(z * f4(13))
    return f4(0.35) * strand + f4(1.1) * lump, lump


@part
def _from_within(who: Array, turn: Array, middle: Any, at: tuple[Any, Any, Any], k: Any) -> Any:
    """How much of a pixel the far side of the hair covers, seen where the near one is cut away."""
    p = spot(turn, at[0], at[1], at[2])
    far = unit(_hairline(who, middle, p) * k * f4(0.7) + f4(0.5))
    return far * unit((p[1] + f4(0.62)) * f4(8))


@part
def _toned(out: Array, j: int, i: int, who: Array, grown: Any, tints: tuple[Any, Any]) -> None:
    level, lighter = tints
    for n in range(3):
        c = who[HEAD.hair + n]
        tint = max(c * level + (c * f4(1.1) + f4(0.035)) * lighter, f4(0))
        out[1 + n, j, i] = out[1 + n, j, i] * (f4(1) - grown) + tint * grown


@part
def haired(out: Array, deep: Array, who: Array, turn: Array, xs: Array, ys: Array, k: Any) -> None:
    high, middle = who[HEAD.high], max(f4(0.70) - who[HEAD.deep], f4(-0.34))
    mx = turn[0, 0] * middle + turn[0, 1] * _BROW
    my = turn[1, 0] * middle + turn[1, 1] * _BROW
    mz = turn[2, 0] * middle + turn[2, 1] * _BROW
    form = quadric(turn, who[HEAD.deep], high, who[HEAD.wide])
    a00, a01, a02, a11, a12, a22 = form
    b0, b1 = a02 / a22, a12 / a22
    m00, m01, m11 = a00 - b0 * b0 * a22, a01 - b0 * b1 * a22, a11 - b1 * b1 * a22
    size, near = (
        f4(0.5) / np.sqrt(np.sqrt(max(m00 * m11 - m01 * m01, f4(1e-6)))),
        f4(1) / np.sqrt(a22),
    )
    curl, lower = who[HEAD.curl], f4(1) / who[HEAD.lower]
    for j in range(len(ys)):
        dy = ys[j] - my
        dy = dy * lower if dy < f4(0) else dy
        for i in range(len(xs)):
            dx = xs[i] - mx
            left = (f4(1) - dx * (m00 * dx)) - dy * (m11 * dy) - (f4(2) * m01 * dx) * dy
            if (left + curl * f4(0.10)) * size * k < f4(-0.5):
                continue
            front, tip = np.sqrt(max(left, f4(0))) * near, b0 * dx + b1 * dy
            p = spot(turn, xs[i], ys[j], mz - tip + front)
            strand, lump = _strand(who, p)
            left += curl * f4(0.10) * lump
            outer = unit(left * size * k + f4(0.5))
            rough = strand + f4(0.8) * sine(p[1] * f4(7) + who[HEAD.seed] * f4(6.28))
            above = (_hairline(who, middle, p) - who[HEAD.rough] * rough) * k
            cover = out[0, j, i]
            # The face stands out of the cap where it is nearer to us.
            behind = unit((deep[j, i] - (mz - tip) - front - f4(0.10)) * f4(12)) * cover
            grown = outer * unit(above * f4(0.7) + f4(0.5)) * (f4(1) - behind)
            rise = (p[1] - _BROW) / high + f4(0.05) * strand
            gleam = bell(square((rise - f4(0.60)) / f4(0.13))) * (f4(1) - f4(0.7) * curl)
            level = f4(1) + f4(0.30) * strand + f4(0.25) * (rise - f4(0.4))
            # Where the near side is cut away and there is no skin, the far side shows from within.
            if outer > f4(0) and cover < f4(1) and grown < f4(1):
                far = _from_within(who, turn, middle, (xs[i], ys[j], mz - tip - front), k)
                far *= outer * (f4(1) - cover)
                if far > grown:
                    grown, level = far, f4(0.60)
            shade = bell(max(-above / k, f4(0)) / f4(0.10)) * outer * f4(0.45) * (f4(1) - behind)
            _toned(out, j, i, who, grown, (level, gleam * (f4(0.5) + f4(0.5) * strand)))
            _lifted(out, j, i, grown, (dx, dy, front - tip), form, (strand, curl), gleam, shade)


@part
def _lifted(
    out: Array, j: int, i: int, grown: Any, d: tuple[Any, Any, Any], form: tuple[Any, ...],
    hair: tuple[Any, Any], gleam: Any, shade: Any,
) -> None:  # fmt: skip
    """Normals, shine and light where there is hair."""
    a00, a01, a02, a11, a12, a22 = form
    gx, gy = a00 * d[0] + a01 * d[1] + a02 * d[2], a01 * d[0] + a11 * d[1] + a12 * d[2]
    gz = a02 * d[0] + a12 * d[1] + a22 * d[2]
    norm = f4(1) / np.sqrt(gx * gx + gy * gy + gz * gz + f4(1e-6))
    bend, bare = (f4(0.16) + f4(0.25) * hair[1]) * hair[0], f4(1) - grown
    nx = min(max(gx * norm + bend * f4(0.8), f4(-0.97)), f4(0.97))
    ny = min(max(gy * norm + bend * f4(0.25), f4(-0.97)), f4(0.97))
    out[0, j, i] = max(out[0, j, i], grown)
    out[4, j, i] = out[4, j, i] * bare + nx * grown
    out[5, j, i] = out[5, j, i] * bare + ny * grown
    out[6, j, i] = out[6, j, i] * bare * (f4(1) - shade) + grown
    out[7, j, i] = out[7, j, i] * bare + f4(0.35) * gleam * grown
