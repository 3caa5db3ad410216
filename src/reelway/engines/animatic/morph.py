"""From one picture to another, so that what is the same in both is seen to move.

    Morph    two pictures; `draw` at t = 0…1, exactly the first at 0 and the last at 1

What `match` found again travels: the whole is bent from one place to the other, and a thing that
moved by itself is lifted off both pictures and goes its way. Where nothing was found again the
new picture comes in by its light, brightest first and from far to near, while both draw closer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, Canvas, Frame, Texture
from reelway.engines.animatic.grab import things
from reelway.engines.animatic.lift import lifted
from reelway.engines.animatic.match import Match, Moved, match
from reelway.engines.animatic.regions import box, sampled
from reelway.engines.animatic.resample import resample, scratch, taps
from reelway.engines.animatic.warp import Planes, Plate, nodes, spread

Array = npt.NDArray[Any]
TURNS = 5
CREEP = 0.06  # how much two pictures that have nothing in common grow
EDGE = 0.34  # width of the new picture's front, of the way
STILL = 1.2e-3  # of the frame: a picture that goes less far stays
BOW = 0.14  # of the way across that it rises
HELD = 0.08  # of the time at either end in which one picture is seen alone


class Picture(Protocol):
    @property
    def texture(self) -> Texture: ...
    @property
    def small(self) -> Array: ...


@dataclass(frozen=True, kw_only=True)
class _Traveller:
    """A thing in both pictures, each with its middle and size in view units."""

    first: Texture
    last: Texture
    sizes: tuple[float, float]
    middles: tuple[tuple[float, float], tuple[float, float]]
    arc: float = 0.0  # view units that the way rises above a straight one

    def draw(self, canvas: Canvas, gone: float, mixed: float) -> None:
        size = self.sizes[0] ** (1 - gone) * self.sizes[1] ** gone
        x, y = (a + (b - a) * gone for a, b in zip(*self.middles, strict=True))
        y -= self.arc * math.sin(math.pi * gone)
        # First the new over the old, then the old is taken away: never a half of either.
        for k, (piece, strength) in enumerate(
            ((self.first, min(1.0, 2 - 2 * mixed)), (self.last, min(1.0, 2 * mixed)))
        ):
            scale = self.sizes[k] / size
            at = self.middles[k]
            frame = Frame(x0=at[0] - x * scale, y0=at[1] - y * scale, scale_x=scale, scale_y=scale)
            if strength > 0:
                canvas.lay(piece, frame, opacity=strength)


class _Flat:
    """A picture that is not bent: at most it draws closer."""

    def __init__(self, planes: Planes) -> None:
        self.planes = planes
        self.size = planes[0].shape[1], planes[0].shape[0]

    def lay(self, canvas: Canvas, y: Array, x: Array, weight: Array | None = None) -> None:
        closer = float(x[0, -1] - x[0, 0])
        for k, (plane, onto) in enumerate(
            zip(self.planes, (canvas.y, canvas.u, canvas.v), strict=True)
        ):
            if closer < 1 - 1e-6:
                middles = [(np.arange(n) + 0.5 - n / 2) * closer + (n - 1) / 2 for n in plane.shape]
                rows, cols = (taps(m, n) for m, n in zip(middles, plane.shape, strict=True))
                plane = resample(plane, rows, cols, out=scratch("flat", plane.shape))
            if weight is None:
                onto[...] = plane
            else:
                part = spread(self.size, weight, min(k, 1) + 1, "weight")
                light = np.subtract(plane, onto, out=scratch("light", onto.shape))
                light *= part
                onto += light


class Morph:
    def __init__(self, first: Picture, last: Picture, freedom: float = 0.5) -> None:
        self.first, self.last = first.texture, last.texture
        self.found = match(first.small, last.small)
        self.size = self.first.y.shape[1], self.first.y.shape[0]
        self.travellers: list[_Traveller] = []
        planes = self._parted()
        self._far: tuple[Array, Array]
        self._net(self.found, first.small, last.small)
        self._creep = CREEP * (0.5 + freedom) * (1 - self.found.firm)
        stays = all(float(np.quantile(np.abs(far), 0.97)) < STILL for far in self._far)
        if stays:
            self._far = np.zeros_like(self._far[0]), np.zeros_like(self._far[1])
        kind = _Flat if stays else Plate
        self.plates = kind(planes[0]), kind(planes[1])

    def draw(self, canvas: Canvas, t: float) -> None:
        if t <= 0 or t >= 1:
            canvas.lay(self.first if t <= 0 else self.last, Frame())
            return
        gone = smooth(t)
        mixed = min(max((t - HELD) / (1 - 2 * HELD), 0), 1)
        before, after, outside = self.maps(gone)
        weight = self._weight(mixed, outside)
        if weight.min() < 1:
            self.plates[0].lay(canvas, *before)
        if weight.max() > 0:
            self.plates[1].lay(canvas, *after, None if weight.min() >= 1 else weight)
        for thing in self.travellers:
            thing.draw(canvas, gone, smooth(mixed))

    def maps(self, gone: float) -> tuple[tuple[Array, Array], tuple[Array, Array], Array]:
        """Where each node of the frame looks in the first picture and in the last, when a part of
        the way is gone; and how far the first (−) or the last (+) does not reach there."""
        frame_y, frame_x = nodes(self.size)
        high, wide = self._far[0].shape
        y, x = frame_y, frame_x
        for _ in range(TURNS):
            rows, cols = (y + 0.5) * (high - 1), (x + 0.5) * (wide - 1)
            far_y, far_x = (sampled(far, rows, cols) for far in self._far)
            y, x = frame_y - gone * far_y, frame_x - gone * far_x
        then_y, then_x = y + far_y, x + far_x
        outside = _beyond(then_y, then_x) - _beyond(y, x)
        near, close = 1 + self._creep * gone, 1 + self._creep * (1 - gone)
        return (y / near, x / near), (then_y / close, then_x / close), outside

    def _weight(self, mixed: float, outside: Array) -> Array:
        """How far the last picture is in, at each node."""
        # Each place begins at its turn, and all are through at the end.
        begin = self._order * (1 - EDGE)
        step = (mixed - begin) / (EDGE + (1 - EDGE) * self._sure)
        weight = np.clip(step, 0, 1)
        weight = weight * weight * (3 - 2 * weight)
        weight = np.where(outside < 0, np.maximum(weight, np.clip(-outside * 30, 0, 1)), weight)
        weight = np.where(outside > 0, np.minimum(weight, 1 - np.clip(outside * 30, 0, 1)), weight)
        return np.asarray(weight, np.float32)

    def _net(self, found: Match, first: Array, last: Array) -> None:
        """Ways, and the order in which the new picture comes in, at the net's nodes."""
        high, wide = found.y.shape
        far = _gentle(found.y / (high - 1), 1 / high), _gentle(found.x / (wide - 1), 1 / wide)
        self._far = far[0].astype(np.float32), far[1].astype(np.float32)
        bright = box(box(last @ LUMA + 0.5 * (first @ LUMA), 5), 5)
        row = np.linspace(0, 1, high)[:, None]
        order = _ranked(-bright) * 0.62 + row * 0.38
        # What is one goes as one, after what is around it, and comes as one before it.
        for picture, turn in ((first, 0.9), (last, 0.1)):
            for thing in things(picture):
                there = thing.part > 0.5
                if thing.sure > 0.3 and there.any():
                    whole = np.clip(1.5 * box(there.astype(np.float32), 1), 0, 1)
                    order += (float(np.quantile(order[there], turn)) - order) * whole
        order = (order - order.min()) / max(float(np.ptp(order)), 1e-6)
        # A place that is sure mixes over all of the time, whatever its order.
        sure = np.clip(box(found.sure, 3) * found.firm, 0, 1)
        frame_y, frame_x = nodes(self.size)
        rows, cols = (frame_y + 0.5) * (high - 1), (frame_x + 0.5) * (wide - 1)
        sure, order = (sampled(p.astype(np.float32), rows, cols) for p in (sure, order))
        self._sure, self._order = sure, order * (1 - sure)

    def _parted(self) -> list[tuple[Array, Array, Array]]:
        """Both pictures' planes without what travels; fills `travellers`."""
        a = [self.first.y, self.first.u, self.first.v]
        b = [self.last.y, self.last.u, self.last.v]
        for moved in self.found.moved:
            there = lifted(a, moved.before.astype(np.float32), self.first.window)
            then = lifted(b, moved.after.astype(np.float32), self.last.window)
            if there is None or then is None:
                continue
            a, b = there[0], then[0]
            self.travellers.append(_traveller(moved, there[1], then[1], self.first))
        return [(a[0], a[1], a[2]), (b[0], b[1], b[2])]


def _traveller(moved: Moved, first: Texture, last: Texture, whole: Texture) -> _Traveller:
    window, shape = whole.window, moved.before.shape
    middles, sizes = [], []
    for mask in (moved.before, moved.after):
        rows, cols = np.nonzero(mask)
        x = (float(cols.mean()) + 0.5) / shape[1] * window.width / window.density + window.left
        y = (float(rows.mean()) + 0.5) / shape[0] * window.height / window.density + window.top
        middles.append((x, y))
        sizes.append(float(np.sqrt(mask.sum())))
    part = sizes[1] / sizes[0]
    if 0.9 < part < 1.11:  # the masks are not that exact
        sizes[1] = sizes[0]
    # What is up in the air goes in a bow, as sun, bird and ball do; on the ground it goes straight.
    aloft = max(middles[0][1], middles[1][1]) < 0.02
    across = abs(middles[1][0] - middles[0][0])
    return _Traveller(
        first=first, last=last, sizes=(sizes[0], sizes[1]), middles=(middles[0], middles[1]),
        arc=BOW * across if aloft else 0.0,
    )  # fmt: skip


def _gentle(far: Array, pixel: float, steep: float = 0.6) -> Array:
    """The ways, smoothed until no place overtakes its neighbour."""
    for _ in range(12):
        slopes = max(float(np.abs(np.diff(far, axis=k)).max()) for k in (0, 1)) / pixel
        if slopes < steep:
            break
        far = box(far, 3)
    return far


def _beyond(y: Array, x: Array) -> Array:
    """How far places lie outside the picture."""
    return np.asarray(np.maximum(np.maximum(np.abs(y), np.abs(x)) - 0.5, 0))


def _ranked(plane: Array) -> Array:
    """Each value's place among all, 0…1: as much comes in at any time."""
    order = np.argsort(plane, axis=None, kind="stable")
    out = np.empty(plane.size, np.float32)
    out[order] = np.linspace(0, 1, plane.size)
    return out.reshape(plane.shape)


def smooth(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * t * (t * (6 * t - 15) + 10)
