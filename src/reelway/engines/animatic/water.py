"""Water: the picture above the horizon mirrored, broken by waves that really travel.

Waves of one length travel at one speed. So each band of wave lengths is two painted fields, and
the surface at time t is their sum with weights cos ωt and sin ωt: one product of a vector and a
matrix a frame, and each wave in it keeps its own direction.

    Water    the painted fields, and `draw`, which turns the canvas' lower part into water
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.camera import Pose
from reelway.engines.animatic.canvas import CB, CR, LUMA, Canvas, Window, to_display
from reelway.engines.animatic.grade import Grade
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.resample import resample, taps

Array = npt.NDArray[Any]
LENGTHS = (0.9, 0.42, 0.2, 0.095, 0.045)  # wave lengths, depth units
PLANE_WAVES = 7  # of each length
GRAVITY = 0.55  # depth units a second²: the scale of the sea
DENSITY = 720.0  # pixels a view unit at most: waves are soft enough to be drawn larger
DEPTH = 6.0  # how the field follows a travelling camera
EYE = 0.22


class Water:
    """The surface below `horizon`, for what a shot's camera sees of it (`window`)."""

    def __init__(
        self,
        window: Window,
        light: Light,
        horizon: float,
        seed: int,
        *,
        rough: float = 1.0,
        grade: Grade,
    ) -> None:
        """`rough`: 0.15 a pond, 0.5 a lake, 1 the sea, 1.6 a storm; 0.05 a wet street."""
        self.light, self.horizon, self.rough, self.window = light, horizon, rough, window
        self._fields = self._paint(seed)
        self._omega = np.array([math.sqrt(2 * math.pi / n * GRAVITY) for n in LENGTHS])
        body = to_display(light.zenith * 0.25 + light.middle * 0.12 + light.ambient * 0.05)
        self.body = grade(body)

    def _paint(self, seed: int) -> Array:
        """(2 × lengths, pixels) fields of height, thinned where a pixel holds many waves."""
        w = self.window
        below = np.maximum(w.ys.astype(np.float64) - self.horizon, 0.4 / w.density)
        z = (EYE / below)[:, None]
        x = w.xs[None, :] * z
        z, x = z.astype(np.float32), x.astype(np.float32)
        footprint = z * z / (EYE * w.density)  # depth that one row of pixels covers
        random = stream(seed, "waves")
        fields = np.zeros((2 * len(LENGTHS), w.height, w.width), np.float32)
        for band, length in enumerate(LENGTHS):
            visible = np.exp(-((footprint / length * 0.8) ** 2)) / math.sqrt(PLANE_WAVES)
            for _ in range(PLANE_WAVES):
                heading = float(random.normal(0.5 * math.pi, 0.55))
                k = 2 * math.pi / length * float(random.uniform(0.85, 1.15))
                phase = x * (k * math.cos(heading)) + z * (k * math.sin(heading))
                phase += float(random.uniform(0, 2 * math.pi))
                fields[2 * band] += np.cos(phase)
                fields[2 * band + 1] += np.sin(phase)
            fields[2 * band : 2 * band + 2] *= visible * (0.75 if band == 0 else 0.95)
        return fields.reshape(len(fields), -1)

    def surface(self, seconds: float) -> Array:
        """Heights at a time, about ±1, on the window's grid."""
        turn = self._omega * seconds
        weights = np.stack([np.cos(turn), np.sin(turn)], axis=1).ravel().astype(np.float32)
        return np.asarray((weights @ self._fields).reshape(self.window.height, self.window.width))

    def draw(self, canvas: Canvas, pose: Pose, seconds: float) -> None:
        """Fill the canvas below the horizon."""
        horizon = (self.horizon - pose.tilt) * pose.zoom  # view y in the frame
        top = canvas.row(horizon)
        if top >= canvas.height:
            return
        ys = canvas.ys[top:]
        wave = self._seen(canvas, pose, top, seconds)
        depth = np.maximum(ys - horizon, 0) / canvas.span  # 0 … about 0.5
        # Near waves tilt more of the sky into view: the mirror is blurred and torn further down.
        smear = (0.012 + 0.30 * depth) * min(1.0, 0.25 + 0.75 * self.rough)
        mirror = horizon - (ys - horizon) * 0.93
        fresnel = np.clip(0.93 - 1.25 * depth * (0.7 + 0.3 * self.rough), 0.30, 1)[:, None]
        fresnel = fresnel.astype(np.float32)
        body = self.body
        luma, slope = _mirrored(canvas.y[:top], mirror, smear, canvas)
        light = luma + slope * wave
        # A slope that faces the eye mirrors less and shows the water's own colour.
        facing = fresnel * (1 - 0.20 * (0.35 + 0.65 * min(self.rough, 1.0)) * wave)
        light = light * facing + float(body @ LUMA) * (1 - facing)
        light += self._glints(canvas, pose, horizon, ys, wave)
        canvas.y[top:] = light
        self._colour(canvas, top, mirror[::2], smear[::2], fresnel[::2], wave[::2, ::2])

    def _seen(self, canvas: Canvas, pose: Pose, top: int, seconds: float) -> Array:
        frame = pose.look(DEPTH, self.horizon)
        w = self.window
        xs = ((canvas.xs * frame.scale_x + frame.x0) - w.left) * w.density - 0.5
        # Vertically it hangs on the horizon, which no travelling moves.
        view = canvas.ys[top:] / pose.zoom + pose.tilt
        ys = (view - w.top) * w.density - 0.5
        return resample(self.surface(seconds), taps(ys, w.height), taps(xs, w.width))

    def _colour(
        self, canvas: Canvas, top: int, mirror: Array, smear: Array, fresnel: Array, wave: Array
    ) -> None:
        b, g = self.body, float(self.body @ LUMA)
        for plane, own in ((canvas.u, (b[2] - g) / CB), (canvas.v, (b[0] - g) / CR)):
            half = top // 2
            seen, slope = _mirrored(plane[:half], mirror, smear, canvas)
            plane[half:] = (seen + slope * wave) * fresnel + own * (1 - fresnel)

    def _glints(self, canvas: Canvas, pose: Pose, horizon: float, ys: Array, wave: Array) -> Array:
        """The sun's or the moon's road: wave fronts that happen to face it."""
        if not self.light.disc:
            return np.zeros((1, 1), np.float32)
        sun = (self.light.sun_x - pose.pan) * pose.zoom
        down = np.maximum(ys - horizon, 0)[:, None].astype(np.float32)
        width = 0.035 + 0.30 * down + 0.05 * self.rough
        road = np.exp(-(((canvas.xs[None, :] - sun) / width) ** 2)).astype(np.float32)
        strength = 0.55 if self.light.night else 0.8
        facing = np.clip(wave - (1.3 - 0.9 * road) - 0.9 * down, 0, 0.7)
        # Near waves are wide: seen whole they would glitter as blobs, not as sparks.
        facing = facing * np.clip(1.25 - 3.2 * down, 0.22, 1)
        sheen = 0.16 * road * np.exp(-down / 0.28).astype(np.float32)
        return np.asarray((facing * (road + 0.10) * 1.1 + sheen) * strength, np.float32)


def _mirrored(above: Array, mirror: Array, smear: Array, canvas: Canvas) -> tuple[Array, Array]:
    """The part above the horizon turned over, blurred by `smear`, and its slope over it."""
    flipped = above[::-1]
    pixel = canvas.span / canvas.height * (canvas.width // above.shape[1])
    start = (above.shape[0] * (canvas.width // above.shape[1]) - canvas.height / 2) * canvas.pixel
    total: Array | None = None
    ends: list[Array] = []
    for shift in (-1.0, -0.4, 0.4, 1.0):
        at = (start - mirror - shift * smear) / pixel - 0.5
        at = np.clip(at, 0, flipped.shape[0] - 1.001)
        row = np.floor(at).astype(np.int64)
        part = (at - row)[:, None].astype(np.float32)
        below = np.minimum(row + 1, flipped.shape[0] - 1)
        seen = flipped[row] * (1 - part) + flipped[below] * part
        total = seen if total is None else total + seen
        if abs(shift) == 1.0:
            ends.append(seen)
    assert total is not None
    return total * np.float32(0.25), (ends[1] - ends[0]) * np.float32(0.5)
