"""Light that changes over a caller's picture: night falls, the sun rises, lamps are lit.

    Turning     a change (`hours.turn`) over one picture: nothing of it at 0, all of it at 1

Sky and ground change by themselves: at nightfall the sky darkens most, at sunset it glows where it
meets the land. Lamps are what is small and bright in the picture already, and windows, which by day
are small, dark and framed on four sides by a brighter wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, Canvas, Frame, Texture, Window, glow
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.regions import box, resized, sampled
from reelway.engines.animatic.relief import Relief, open_sky
from reelway.engines.animatic.warp import nodes, spread

Array = npt.NDArray[Any]
DETAIL = 480  # pixels of the longer side, in which lamps are looked for
WINDOWS = ((3, 4), (5, 7), (8, 11))  # half widths and heights that are tried, in those pixels
FEWEST, MOST_WINDOWS = 8, 160  # fewer are something else
LIT = 0.7  # share of them in which somebody is at home
DARK = 0.36  # mean luma below which lamps are lit already
WARM = np.array([1.0, 0.72, 0.36], np.float32)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What a change does: how bright sky and ground become, how colourful, what they are tinted
    with (parts of their own light, blue and red), and how much lamps and the horizon glow."""

    sky: float
    ground: float
    colour: float
    top: tuple[float, float]
    edge: tuple[float, float]  # where sky and land meet
    land: tuple[float, float]
    lamps: float = 0.0
    horizon: float = 0.0
    lifted: float = 1.0  # exponent of dark parts: below 1 they are brought up
    most: float = 9.0  # light that was brighter was a lamp's


LOOKS = {
    "night": _Look(sky=0.24, ground=0.36, colour=0.55, top=(0.15, -0.05), edge=(0.11, -0.02),
                   land=(0.10, -0.035), lamps=1.0),
    "dusk": _Look(sky=0.50, ground=0.44, colour=0.75, top=(0.13, 0.01), edge=(-0.06, 0.17),
                  land=(0.05, 0.02), lamps=0.75, horizon=0.12),
    "sunset": _Look(sky=0.66, ground=0.56, colour=0.95, top=(0.07, 0.06), edge=(-0.30, 0.25),
                    land=(-0.08, 0.08), horizon=0.30),
    "sunrise": _Look(sky=1.05, ground=1.0, colour=1.05, top=(-0.01, 0.01), edge=(-0.16, 0.10),
                     land=(-0.07, 0.05), horizon=0.30, lifted=0.66),
    "lit": _Look(sky=0.86, ground=0.90, colour=1.0, top=(0.0, 0.0), edge=(-0.01, 0.01),
                 land=(-0.03, 0.02), lamps=1.15, lifted=0.9),
    "unlit": _Look(sky=0.45, ground=0.26, colour=0.55, top=(0.05, -0.02), edge=(0.05, -0.02),
                   land=(0.07, -0.02), most=0.30),
}  # fmt: skip


class Turning:
    def __init__(self, kind: str, small: Array, space: Relief, whole: Texture, seed: int) -> None:
        look = LOOKS[kind]
        self._size = whole.y.shape[1], whole.y.shape[0]
        luma = box(small @ LUMA, 2)
        high, wide = luma.shape
        rows = (np.arange(high) + 0.5) / high - 0.5
        sky = open_sky(small, space)
        level = rows[:, None] - _skyline(sky, rows, space.horizon)
        edge = np.exp(-((np.minimum(level, 0) / 0.24) ** 2) - (np.maximum(level, 0) / 0.12) ** 2)
        edge = edge * np.ones((1, wide))
        lift = np.clip(np.power(np.maximum(luma, 0.04), look.lifted - 1), 1, 2.6)
        lift = lift * np.clip(look.most / np.maximum(luma, 0.04), 0.2, 1)
        gain = (look.ground + (look.sky - look.ground) * sky) * lift
        # The horizon glows where the picture is brightest along it.
        column = box((luma * edge).sum(axis=0, keepdims=True).repeat(3, axis=0), wide // 8)[:1]
        column = (column - column.min()) / max(float(np.ptp(column)), 1e-3)
        rise = look.horizon * edge * (0.45 + 0.55 * column) * (0.22 + 0.78 * sky)
        rise *= np.clip(1.25 - luma * gain, 0.2, 1)
        after = luma * gain + rise
        tint = [
            (land + (top - land) * sky) * (1 - part) + rim * part
            for top, rim, land in zip(look.top, look.edge, look.land, strict=True)
            for part in (edge * (0.35 + 0.65 * sky),)
        ]
        self._fields = [gain - 1, rise, tint[0] * after, tint[1] * after]
        self._colour = look.colour
        self._lamps = _lamps(whole, sky, look.lamps, seed) if look.lamps else None

    def draw(
        self, canvas: Canvas, map: tuple[Array, Array] | None, far: Frame, part: float
    ) -> None:
        """`map`: where in the picture each node of the frame looks; `far`: its far things."""
        if part <= 0:
            return
        y, x = nodes(self._size) if map is None else map
        gain, rise, blue, red = (
            np.float32(part)
            * sampled(f, (y + 0.5) * f.shape[0] - 0.5, (x + 0.5) * f.shape[1] - 0.5)
            for f in self._fields
        )
        canvas.y *= spread(self._size, 1 + gain, 1, "turned")
        canvas.y += spread(self._size, rise, 1, "turned")
        kept = spread(self._size, (1 + gain) * (1 - (1 - self._colour) * part), 2, "turned")
        canvas.u *= kept
        canvas.v *= kept
        canvas.u += spread(self._size, blue, 2, "turned")
        canvas.v += spread(self._size, red, 2, "turned")
        if self._lamps is not None:
            canvas.lay(self._lamps, far, opacity=min(1.0, max(0.0, 1.6 * part - 0.6)))


def _lamps(whole: Texture, sky: Array, strength: float, seed: int) -> Texture | None:
    """Light that is added where there are lamps and windows, with a halo around each."""
    part = min(1.0, DETAIL / max(whole.y.shape))
    shape = tuple(max(8, round(n * part / 2) * 2) for n in whole.y.shape)
    luma = resized(whole.y, shape)
    open_air = resized(sky.astype(np.float32), shape)
    if luma.mean() < DARK:  # lamps are lit already
        bright = np.clip((luma - box(luma, 7) - 0.10) / 0.15, 0, 1) * (luma > 0.45)
        spots = bright * np.clip(1 - box(bright, 9) / 0.4, 0, 1)
    else:
        spots = 0.85 * _windows(luma, open_air, seed)
    spots = spots * (box(open_air, 4) < 0.2)
    if spots.max() < 0.1:
        return None
    near, wide = box(box(spots, 2), 2), box(box(spots, 12), 12)
    light = 0.62 * spots + 0.26 * near + np.minimum(0.55 * wide, 0.16)
    w = whole.window
    window = Window(
        left=w.left, top=w.top, width=shape[1], height=shape[0],
        density=shape[1] / (w.width / w.density),
    )  # fmt: skip
    return glow(window, light[..., None] * WARM * strength)


def _windows(luma: Array, open_air: Array, seed: int) -> Array:
    """1 inside of windows in which somebody is at home."""
    total = np.pad(np.cumsum(np.cumsum(luma, axis=0, dtype=np.float64), axis=1), ((1, 0), (1, 0)))
    found: list[tuple[float, int, int, int, int]] = []
    high, wide = luma.shape
    for a, b in WINDOWS:
        frame = max(2, a // 2)
        y, x = np.mgrid[b + frame + 1 : high - b - frame - 1, a + frame + 1 : wide - a - frame - 1]
        if not y.size:
            continue

        def mean(top: Any, low: Any, left: Any, right: Any) -> Array:
            sums = total[low, right] - total[top, right] - total[low, left] + total[top, left]
            return np.asarray(sums / ((low - top) * (right - left)))

        pane = mean(y - b, y + b + 1, x - a, x + a + 1)
        left, right = (x - a - frame, x - a), (x + a + 1, x + a + 1 + frame)
        above, below = (y - b - frame, y - b), (y + b + 1, y + b + 1 + frame)
        sides = np.stack([
            mean(y - b, y + b + 1, *left), mean(y - b, y + b + 1, *right),
            mean(*above, x - a, x + a + 1), mean(*below, x - a, x + a + 1),
        ])  # fmt: skip
        lead = sides.min(axis=0) - pane
        lead[(np.ptp(sides, axis=0) > 0.16) | (open_air[y, x] > 0.02)] = 0
        i, j = np.nonzero((lead >= 0.07) & (lead == _highest(lead, a, b)))
        found += zip(lead[i, j].tolist(), y[i, j].tolist(), x[i, j].tolist(), repeat(a), repeat(b))
    out, taken = np.zeros_like(luma), np.zeros(luma.shape, bool)
    kept = []
    for _, row, column, a, b in sorted(found, reverse=True):
        spot = np.s_[row - b : row + b + 1, column - a : column + a + 1]
        if not taken[spot].any():
            taken[spot] = True
            kept.append(spot)
    lit = stream(seed, "windows")
    for k in lit.permutation(len(kept))[:MOST_WINDOWS].tolist():
        out[kept[k]] = float(lit.random() < LIT) * (0.65 + 0.35 * lit.random())
    return out if len(kept) >= FEWEST else np.zeros_like(luma)


def _highest(plane: Array, across: int, down: int) -> Array:
    """The largest value around each place."""
    for axis, reach in ((0, down), (1, across)):
        padded = np.pad(plane, [(reach, reach) if k == axis else (0, 0) for k in (0, 1)])
        n = plane.shape[axis]
        plane = np.max([np.take(padded, range(k, k + n), axis) for k in range(2 * reach + 1)], 0)
    return plane


def _skyline(sky: Array, rows: Array, horizon: float) -> float:
    """Where the sky ends, or the horizon where there is none."""
    whole = sky.sum(axis=1).cumsum()
    if whole[-1] < 0.02 * sky.size:
        return horizon
    return min(horizon, float(rows[int(np.searchsorted(whole, 0.94 * whole[-1]))]))
