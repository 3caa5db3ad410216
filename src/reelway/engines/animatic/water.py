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
from reelway.engines.animatic.kernels import Look, Mirror, Road, kernels
from reelway.engines.animatic.light import Light
from reelway.engines.animatic.noise import stream

Array = npt.NDArray[Any]
LENGTHS = (0.75, 0.34, 0.16, 0.078, 0.038)  # wave lengths, depth units
PLANE_WAVES = 8  # of each length
GRAVITY = 0.55  # depth units a second²: the scale of the sea
DENSITY = 720.0  # pixels a view unit at most: waves are soft enough to be drawn larger
DEPTH = 4.0  # where the field follows a travelling camera, if nothing floats on it
EYE = 0.22
SHIFTS = (-1.0, -0.4, 0.4, 1.0)  # of a blur, where the mirrored picture is looked at
STEEP = 0.16  # most by which light may change along the blur
BEYOND = 0.16  # view units over the frame within which a mirrored sky fades
LEAST = 0.25  # of the mirrored light that the darkest side of a wave keeps


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
        depth: float = DEPTH,
        small: float = 1.0,
    ) -> None:
        """`rough`: 0.15 a pond, 0.5 a lake, 1 the sea, 1.6 a storm; 0.05 a wet street. `depth`:
        where it follows a travelling camera just as what floats there does; `small`: of waves."""
        self.depth, self.lengths = depth, tuple(small * n for n in LENGTHS)
        self.light, self.horizon, self.rough, self.window = light, horizon, rough, window
        self._fields, self._height = _packed(self._paint(seed))
        self._omega = np.array([math.sqrt(2 * math.pi / n * GRAVITY) for n in self.lengths])
        body = to_display(light.zenith * 0.25 + light.middle * 0.12 + light.ambient * 0.05)
        self.body = grade(body)

    def _paint(self, seed: int) -> Array:
        """(2 × lengths, pixels) fields of height, thinned where a pixel holds many waves."""
        w = self.window
        below = np.maximum(w.ys.astype(np.float64) - self.horizon, 0.4 / w.density)
        z = EYE / below
        z = z.astype(np.float32)
        footprint = z * z / (EYE * w.density)  # depth that one row of pixels covers
        random = stream(seed, "waves")
        waves = np.empty((len(LENGTHS), PLANE_WAVES, 3))
        thin = np.empty((len(LENGTHS), w.height), np.float32)
        for band, length in enumerate(self.lengths):
            visible = np.exp(-((footprint / length * 0.8) ** 2)) / math.sqrt(PLANE_WAVES)
            thin[band] = visible * (0.75 if band == 0 else 0.95)
            for wave in waves[band]:
                heading = float(random.normal(0.5 * math.pi, 0.75))
                k = 2 * math.pi / length * float(random.uniform(0.75, 1.3))
                begin = float(random.uniform(0, 2 * math.pi))
                wave[:] = k * math.cos(heading), k * math.sin(heading), begin
        return kernels().ripples(w.xs, z, waves, thin)

    def draw(self, canvas: Canvas, pose: Pose, seconds: float) -> None:
        """Fill the canvas below the horizon."""
        horizon = (self.horizon - pose.tilt) * pose.zoom  # view y in the frame
        top = max(canvas.row(horizon), 2)
        if top >= canvas.height:
            return
        ys = canvas.ys[top:]
        depth = np.maximum(ys - horizon, 0) / canvas.span  # 0 … about 0.5
        # Near waves tilt more of the sky into view: the mirror is blurred and torn further down.
        smear = (0.012 + 0.014 * self.rough + 0.30 * depth) * min(1.0, 0.25 + 0.75 * self.rough)
        mirror = horizon - (ys - horizon) * 0.93
        hues = np.clip(1 - 3.0 * depth, 0.22, 1)
        fresnel = np.clip(0.93 - 1.25 * depth * (0.7 + 0.3 * self.rough), 0.30, 1)
        # What mirrors sky above the frame shows the water itself: nobody knows that sky.
        beyond = np.maximum(-canvas.span / 2 - mirror + 0.03, 0)
        fresnel = fresnel * (0.12 + 0.88 * np.exp(-((beyond / BEYOND) ** 2)))
        turn = self._omega * seconds
        weights = np.stack([np.cos(turn), np.sin(turn)], axis=1).ravel().astype(np.float32)
        weights *= self._height
        start = (top - canvas.height / 2) * canvas.pixel
        # Over the frame's top the sky goes on much as it comes down from it.
        rows = [_within((start - mirror - shift * smear) / canvas.pixel, top) for shift in SHIFTS]
        # In colour the mirror is blurred less: it would tear into blotches.
        tints = [
            _within((start - mirror - shift * smear * hues) / canvas.pixel, top) for shift in SHIFTS
        ]
        b, g = self.body, float(self.body @ LUMA)
        water = Mirror(
            top=top,
            fields=self._fields,
            weights=weights,
            look=self._look(canvas, pose, top),
            rows=np.array(rows, np.float32) - np.float32(0.5),
            rows2=np.array(tints, np.float32)[:, ::2] / 2 - np.float32(0.5),
            fresnel=fresnel.astype(np.float32),
            steep=STEEP,
            least=LEAST,
            facing=0.20 * (0.35 + 0.65 * min(self.rough, 1.0)),
            body=(g, float((b[2] - g) / CB), float((b[0] - g) / CR)),
            road=self._road(canvas, pose, horizon, ys) if self.light.disc else None,
        )
        kernels().mirror(canvas.planes, water)

    def _look(self, canvas: Canvas, pose: Pose, top: int) -> Look:
        frame, w = pose.look(self.depth, self.horizon), self.window
        # The plane of the water under a camera that goes on and rises: so far below the horizon
        # as now is this depth, it was as far as that.
        near = frame.scale_y * pose.zoom
        drop = min(1.0, near * EYE / max(EYE - pose.y, 0.5 * EYE))
        view = (canvas.ys[top] / pose.zoom + pose.tilt - self.horizon) * drop + self.horizon
        return Look(
            (view - w.top) * w.density - 0.5,
            canvas.pixel / pose.zoom * drop * w.density,
            ((canvas.xs[0] * frame.scale_x + frame.x0) - w.left) * w.density - 0.5,
            canvas.pixel * frame.scale_x * w.density,
        )

    def _road(self, canvas: Canvas, pose: Pose, horizon: float, ys: Array) -> Road:
        """The sun's or the moon's road: wave fronts that happen to face it."""
        sun = (self.light.sun_x - pose.pan) * pose.zoom
        down = np.maximum(ys - horizon, 0).astype(np.float32)
        width = 0.035 + 0.30 * down + 0.05 * self.rough
        return Road(
            x=sun / canvas.pixel + canvas.width / 2 - 0.5,
            narrow=np.asarray(canvas.pixel / width, np.float32),
            front=1.3 + 0.9 * down,
            # Near waves are wide: seen whole they would glitter as blobs, not as sparks.
            near=np.clip(1.25 - 3.2 * down, 0.22, 1),
            sheen=np.asarray(0.16 * np.exp(-down / 0.28), np.float32),
            strength=0.55 if self.light.night else 0.8,
        )


def _within(rows: Array, top: int) -> Array:
    """Rows over the water's edge; those over the frame's top turn back."""
    return np.asarray(np.where(rows > top - 1, np.maximum(2 * (top - 1) - rows, 0), rows))


def _packed(fields: Array) -> tuple[Array, Array]:
    """The same in half the memory, all of which each frame goes through; how high 1 is in each."""
    most = np.maximum(np.abs(fields).max(axis=(1, 2)), 1e-6) / 32767
    packed = np.empty(fields.shape, np.int16)
    for into, field, unit in zip(packed, fields, most, strict=True):
        np.rint(field / unit, out=into, casting="unsafe")
    return packed, np.asarray(most, np.float32)
