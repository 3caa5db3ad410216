"""The slate: a small line at the foot of the picture that says which shot begins, as on a set.

    SHOT 2/4   COAST · DUSK · RAIN   WIDE   SLOW DOLLY IN   5s

It comes in from nothing, so that the first frame of a shot is the picture alone, and goes after
three seconds. There is none where letters would be too small to read, where the negative prompt
keeps text out, or where the settings say so (`[animatic] slate = false`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import framing
from reelway.engines.animatic.canvas import Canvas, Frame, Texture, Window, rgb, texture
from reelway.engines.animatic.lettering import line
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.regions import box

Array = npt.NDArray[Any]
CAPITAL = 0.0150  # height of a letter, of the frame's shorter side
LEAST = 6.0  # pixels; smaller letters cannot be read
MARGIN = 0.042  # of the shorter side
TRACKING, GAP = 0.16, 1.7  # space between letters and between parts, in letters' heights
BRIGHT, PALE, MARK = rgb("#fbf9f4"), rgb("#dedbd4"), rgb("#f0ac3e")
SHADE = 0.48  # how dark it is behind the letters
COMES, STAYS, GOES = 0.5, 2.5, 0.8  # seconds
TIMES = {"golden": "golden hour"}
SIZES = {
    "": "", "extreme": "extreme close-up", "close": "close-up", "chest": "medium close-up",
    "medium": "medium", "knees": "medium wide", "full": "full", "wide": "wide",
    "far": "extreme wide",
}  # fmt: skip
UNSAID = {"clear", "fair", ""}  # weather


@dataclass(frozen=True, kw_only=True)
class Slate:
    text: str
    texture: Texture

    def draw(self, canvas: Canvas, seconds: float, strength: float) -> None:
        """`seconds` into its shot."""
        shown = _smooth(seconds / COMES) * (1 - _smooth((seconds - STAYS) / GOES)) * strength
        if shown > 0:
            canvas.lay(self.texture, Frame(), opacity=shown)


def slate(
    shot: ShotPlan, number: tuple[int, int], size: tuple[int, int], span: float, frames: str = ""
) -> Slate | None:
    """`number`: which shot of how many; `frames`: which of the caller's own it is made of."""
    capital = CAPITAL * min(size)
    if capital < LEAST or "text" in shot.absent:
        return None
    parts = _parts(shot, number, frames)
    return Slate(text="  ".join(parts), texture=_painted(parts, capital, size, span))


def _parts(shot: ShotPlan, number: tuple[int, int], frames: str) -> list[str]:
    seen = [shot.site or shot.place, TIMES.get(shot.time, shot.time), *({shot.weather} - UNSAID)]
    moves = [f"{m.speed} {m.kind} {m.direction}".removeprefix("normal ") for m in shot.moves]
    camera = [] if frames == "first to last frame" else [" + ".join(m.strip() for m in moves)]
    size = "" if frames else SIZES[framing.wanted(shot)]
    parts = ["shot {}/{}".format(*number), frames or " · ".join(seen)]
    parts += [*filter(None, (size, *camera)), f"{shot.seconds:g}s"]
    return [part.upper() if part != parts[-1] else part for part in parts]


def _painted(parts: list[str], capital: float, size: tuple[int, int], span: float) -> Texture:
    """The line in the lower left corner, on a soft shade; narrower films take fewer parts."""
    covers = [line(part, capital, TRACKING) for part in parts]
    gap, bar = round(GAP * capital), max(2, round(0.22 * capital))
    margin = round(MARGIN * min(size))
    while len(covers) > 2 and _length(covers, gap) > size[0] - 2 * margin - 2 * bar:
        covers.pop(1)
    tall = covers[0].shape[0]
    rim = round(1.6 * capital)
    wide, high = bar + gap // 2 + _length(covers, gap) + 2 * rim, tall + 2 * rim
    wide, high = wide + wide % 2, high + high % 2
    ink, colour = np.zeros((high, wide), np.float32), np.zeros((high, wide, 3), np.float32)
    colour[...] = PALE
    foot = rim + round(capital) + 1
    ink[foot - round(1.25 * capital) : foot + round(0.25 * capital), rim : rim + bar] = 1
    colour[:, : rim + bar] = MARK
    x = rim + bar + gap // 2
    for n, cover in enumerate(covers):
        ink[rim : rim + tall, x : x + cover.shape[1]] = cover
        if n == 0:
            colour[:, x : x + cover.shape[1]] = BRIGHT
        x += cover.shape[1] + gap
    strip = np.zeros((high, wide), np.float32)
    inset, soft = round(0.6 * rim), max(1, round(0.3 * rim))
    strip[inset:-inset, inset:-inset] = SHADE
    behind = box(box(strip, soft), soft)
    cover = ink + behind * (1 - ink)
    colour *= (ink / np.maximum(cover, 1e-6))[..., None]
    left, top = (margin - rim) & ~1, (size[1] - margin - high + rim) & ~1
    density = size[1] / span
    window = Window(
        left=left / density - size[0] / density / 2,
        top=top / density - span / 2,
        width=wide,
        height=high,
        density=density,
    )
    return texture(window, colour, cover)


def _length(covers: list[Array], gap: int) -> int:
    return sum(int(c.shape[1]) for c in covers) + gap * (len(covers) - 1)


def _smooth(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)
