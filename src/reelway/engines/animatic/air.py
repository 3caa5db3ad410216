"""Weather over a caller's picture: it comes in slowly, with depth.

    Air    fog that is thicker far off, far drops behind what stands near, near ones before it,
           and what the weather does to the light

Its colours are the picture's own: fog at night is dark.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import CB, CR, LUMA, Canvas, to_linear
from reelway.engines.animatic.compose import Effect
from reelway.engines.animatic.light import light
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.regions import resized
from reelway.engines.animatic.relief import Relief
from reelway.engines.animatic.resample import bspline, resample, scratch, taps
from reelway.engines.animatic.weather import Lightning, Rain, Snow

Array = npt.NDArray[Any]
# How bright and how colourful the picture becomes, and how thick the air.
TONES = {
    "rain": (0.86, 0.82, 0.30),
    "storm": (0.70, 0.72, 0.38),
    "snow": (0.98, 0.78, 0.34),
    "fog": (1.00, 0.68, 0.78),
    "overcast": (0.90, 0.80, 0.0),
}
DARK = 0.22  # mean luma below which the light does not sink further
DENSITY = 90.0  # cells a view unit of fog
WISPS = 0.9  # view units that fog may drift within a shot
PACE = 0.03


class Air:
    """`weather`: what is named, or nothing. `space`: where the picture's things stand."""

    def __init__(
        self,
        weather: str,
        small: Array,
        space: Relief | None,
        seed: int,
        seconds: float,
        absent: frozenset[str] = frozenset(),
    ) -> None:
        self._near, self._seed = space.near if space else None, seed
        self._horizon = space.horizon if space else 0.0
        self._level, self._colour, self._thick = TONES.get(weather, (1.0, 1.0, 0.0))
        luma = small @ LUMA
        self._level += (1 - self._level) * float(np.clip(1 - luma.mean() / DARK, 0, 1))
        pale = small[luma >= np.quantile(luma, 0.6)].mean(axis=0)
        pale = np.clip(0.55 * pale + 0.45 * float(pale @ LUMA) + 0.03, 0, 1)
        y = float(pale @ LUMA)
        self._pale = tuple(np.float32(p) for p in (y, (pale[2] - y) / CB, (pale[0] - y) / CR))
        self._fog: Array | None = None
        self._far, self._close = _falling(weather, small, seed, seconds)
        if "lightning" in absent:
            self._close = [e for e in self._close if not isinstance(e, Lightning)]

    def behind(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        """What is in the air between the picture and the things that stand before it."""
        if self._thick and strength > 0:
            self._veil(canvas, pose, PACE * seconds, np.float32(strength))
        for effect in self._far:
            effect.draw(canvas, pose, seconds, strength)

    def before(self, canvas: Canvas, pose: Pose, seconds: float, strength: float) -> None:
        if strength <= 0:
            return
        if self._level != 1:
            canvas.y *= np.float32(1 - (1 - self._level) * strength)
        if self._colour != 1:
            part = np.float32(1 - (1 - self._colour * self._level) * strength)
            canvas.u *= part
            canvas.v *= part
        for effect in self._close:
            effect.draw(canvas, pose, seconds, strength)

    def _veil(self, canvas: Canvas, pose: Pose, drift: float, strength: Any) -> None:
        """Fog of one colour over the canvas; it hangs as far off as the horizon."""
        half = canvas.width * canvas.pixel / 2
        if self._fog is None:
            self._fog = self._painted(half + WISPS, canvas.span)
        frame = pose.look(60.0, self._horizon * canvas.span)
        ys = (canvas.ys * frame.scale_y + frame.y0 + canvas.span / 2) * DENSITY - 0.5
        xs = (canvas.xs * frame.scale_x + frame.x0 - drift + half + WISPS) * DENSITY - 0.5
        for step, onto, colour in zip(
            (1, 2, 2), (canvas.y, canvas.u, canvas.v), self._pale, strict=True
        ):
            rows, cols = (
                np.clip(at[: len(at) // step * step].reshape(-1, step).mean(axis=1), 1, n - 2)
                for at, n in zip((ys, xs), self._fog.shape, strict=True)
            )
            part = resample(
                self._fog,
                taps(rows, self._fog.shape[0], bspline),
                taps(cols, self._fog.shape[1], bspline),
                out=scratch("fog", onto.shape),
            )
            part *= strength
            # Only the rows in which there is any.
            seen = np.nonzero(part[:, :: max(1, part.shape[1] // 24)].max(axis=1) > 0.012)[0]
            if len(seen):
                span = np.s_[seen[0] : seen[-1] + 1]
                light = np.subtract(colour, onto[span], out=scratch("light", onto.shape)[span])
                light *= part[span]
                onto[span] += light

    def _painted(self, half: float, span: float) -> Array:
        """How thick the fog is, by the nearness of what is behind it, in wisps."""
        x = (np.arange(round(2 * half * DENSITY)) + 0.5) / DENSITY - half
        y = (np.arange(round(span * DENSITY)) + 0.5) / DENSITY / span - 0.5
        level = y - self._horizon
        if self._near is None:
            part = np.exp(-((level / 0.30) ** 2))
        else:
            # It drifts over the picture: along a row it is as thick as the row is far.
            row = resized(self._near, (len(y), 8)).mean(axis=1)
            part = (1 - np.clip(row, 0, 1)) ** 2.2 * (0.55 + 0.45 * np.exp(-((level / 0.28) ** 2)))
        wisps = fbm(self._seed, "air", x * 1.8, y * span * 4.0, octaves=4)
        cover = self._thick * part[:, None] * (1 + 0.5 * wisps)
        return np.asarray(np.clip(cover, 0, 0.92), np.float32)


def _falling(
    weather: str, small: Array, seed: int, seconds: float
) -> tuple[list[Effect], list[Effect]]:
    """What falls behind the things of the picture, and before them."""
    lit = replace(light("day", "overcast", seed), horizon=to_linear(small.mean(axis=(0, 1))))
    far, near = slice(0, 1), slice(1, None)
    match weather:
        case "rain":
            return [Rain(lit, seed, only=far)], [Rain(lit, seed, only=near)]
        case "storm":
            heavy = [Rain(lit, seed, heavy=1.5, slant=0.32, only=part) for part in (far, near)]
            return [heavy[0]], [heavy[1], Lightning(seed, seconds)]
        case "snow":
            return [Snow(lit, seed, only=far)], [Snow(lit, seed, only=near)]
        case _:
            return [], []
