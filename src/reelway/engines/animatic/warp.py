"""Bending a whole picture: each pixel of the frame is taken from its own place of the picture.

    Plate    a picture's planes, enlarged once, so that taking the nearest pixel is fine enough
    Grid     a coarse net over the frame; a map gives the place in the picture of each node

A map is bent smoothly between its nodes, so a frame costs two small products and one gather, about
as much as a straight move. Places are fractions of the frame: the same net bends the same picture
at every size. Beyond a picture's edge its last pixels go on; whoever makes a map stays inside.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation

from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.kernels import kernels
from reelway.engines.animatic.resample import Taps, resample, scratch, taps

Array = npt.NDArray[Any]
Planes = tuple[Array, Array, Array]
ACROSS, DOWN = 65, 37  # nodes of a landscape frame; of an upright one the other way round
TIMES = 3
LEVELS = 255.0


def nodes(size: tuple[int, int]) -> tuple[Array, Array]:
    """(y, x) of a frame's net, fractions of its height and width, −0.5…0.5."""
    down, across = _shape(size)
    y = np.linspace(-0.5, 0.5, down, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, across, dtype=np.float32)[None, :]
    return np.broadcast_to(y, (down, across)), np.broadcast_to(x, (down, across))


def _shape(size: tuple[int, int]) -> tuple[int, int]:
    ratio = size[0] / size[1]
    return (DOWN, ACROSS) if ratio > 1.2 else (ACROSS, DOWN) if ratio < 0.84 else (DOWN, DOWN)


@cache
def _fine(size: tuple[int, int], step: int) -> tuple[Taps, Taps]:
    """Taps from the net to the pixels of luma (step 1) or of chroma (2)."""
    sides = []
    for count, pixels in zip(_shape(size), (size[1], size[0]), strict=True):
        at = np.arange(pixels // step) * step + (step - 1) / 2 + 0.5  # luma pixels, edge at 0
        sides.append(taps(np.clip(at / pixels * (count - 1), 0, count - 1), count))
    return sides[0], sides[1]


def spread(size: tuple[int, int], net: Array, step: int, name: str) -> Array:
    """A value of each node, at every pixel of luma or of chroma; in this thread's `scratch`."""
    shape = size[1] // step, size[0] // step
    return resample(net, *_fine(size, step), out=scratch(f"{name}{step}", shape))


class Plate:
    """Planes that fill the frame, `TIMES` as dense: an odd number, so that each of their pixels is
    the middle one of its enlarged self."""

    def __init__(self, planes: Planes) -> None:
        high, wide = planes[0].shape
        self.size = (wide, high)
        self._luma = _enlarged(planes[0], 0)
        u, v = (_enlarged(plane, 128) for plane in planes[1:])
        self._chroma = u, v

    def lay(self, canvas: Canvas, y: Array, x: Array, weight: Array | None = None) -> None:
        """The picture through a map: y and x, fractions, of each node. `weight`, of each node:
        how far it takes the place of what is on the canvas."""
        for planes, onto in (
            ((self._luma,), (canvas.y,)),
            (self._chroma, (canvas.u, canvas.v)),
        ):
            rows, cols = (
                np.clip((net + np.float32(0.5)) * np.float32(side), 0.5, side - 0.5)
                for net, side in zip((y, x), planes[0].shape, strict=True)
            )
            kernels().warp(onto, planes, rows, cols, weight)


def _enlarged(plane: Array, middle: int) -> Array:
    """In 8 bits, by the cubic of the scaler, which is quick at it."""
    levels = np.clip(plane * LEVELS + (middle + 0.5), 0, LEVELS).astype(np.uint8)
    high, wide = levels.shape
    large = av.VideoFrame.from_ndarray(levels, format="gray").reformat(
        width=wide * TIMES, height=high * TIMES, interpolation=Interpolation.BICUBIC
    )
    out: Array = np.require(large.to_ndarray(), np.uint8, ("C", "W"))
    return np.subtract(out, middle, dtype=np.int16).astype(np.int8) if middle else out
