"""Somebody on a wall of rock, and the wall.

sheer    whether the shot's climbing is done with the hands
ascend   the wall from the ground up beyond the frame, and who goes up it, seen from behind
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import gaits, meeting, person
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear, to_display
from reelway.engines.animatic.gaits import ANKLE, HIP, TAU, Foot, Gait, Pose
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.noise import fbm
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.stage import Going, Reel, pictured, present
from reelway.engines.animatic.standing import aside

Array = npt.NDArray[Any]
SHEER = re.compile(
    r"\brock[- ]?(?:climb\w*|wall|face)|\bclimb\w*\s+(?:up\s+)?(?:(?:an?|the|its|her|his)\s+)?"
    r"(?:\w+\s+){0,2}(?:cliffs?|walls?|boulders?|crags?|rock|ice)\b|\bfree[- ]solo\w*"
    r"|\bbouldering\b|\b(?:cliff|wall|ice) climb\w*|攀岩|攀冰|攀爬(?:悬崖|峭壁|岩)"
    r"|[爬登](?:上)?(?:悬崖|峭壁|岩壁|崖|墙)",
    re.I,
)
DEPTH, UNIT = 1.12, 0.30  # of the wall and who is on it; view units a height of a man
UP = 0.55  # heights that one gets up in a shot
TONE = {"coast": "#8d7f6c", "desert": "#a8683f", "snow": "#8f98a4"}


def sheer(b: Builder, subject: Subject) -> bool:
    if b.shot.place == "space" or not SHEER.search(b.shot.prompt):
        return False
    alone = len(meeting.folk(b.shot)) == 1  # "a rock climber"
    return subject.look.doing == "climb" or (alone and subject.look.doing is None)


def climbing() -> Gait:
    """Hand over hand; the foot of the other side follows."""

    def pose(p: float) -> Pose:
        s, c = math.sin(TAU * p), math.cos(TAU * p)
        feet = (
            Foot(x=0.13, y=ANKLE + 0.11 - 0.09 * s, z=0.07, pitch=0.35),
            Foot(x=0.13, y=ANKLE + 0.11 + 0.09 * s, z=-0.07, pitch=0.35),
        )
        hands = ((0.15, 0.98 + 0.10 * s, 0.15), (0.15, 0.98 - 0.10 * s, -0.15))
        return Pose(hip=HIP - 0.02, lean=0.05, nod=-0.20, tilt=0.07 * s, shift=0.012 * c,
                    feet=feet, hands=hands)  # fmt: skip

    return Gait(frames=56, pose=pose, busy=True)


def ascend(b: Builder, subject: Subject, dress: Dress, i: int) -> None:
    gait, side = climbing(), aside(b, subject)
    unit = UNIT * b.span
    if i == 0 and b.heard is None:
        _wall(b, side)
    heading = -1.32 if side < 0 else math.pi + 1.32
    pictures = pictured(
        b, gait.frames, lambda k: person.body(dress, gait.pose(k / gait.frames), heading)
    )
    rise = UP * unit / max(b.shot.frames, 1)
    x = side * 0.34 * min(b.half_width, 0.9) + 0.42 * i * unit * -side
    going = Going(picture=lambda n: n + 17 * i, sway=lambda n: (0.0, -rise * n))
    y = 0.24 * b.span + 0.22 * unit * (i % 2)
    reel = Reel(pictures=pictures, at=(x, y), unit=unit, depth=DEPTH, voice="step",
                beats=gaits.STEPS)  # fmt: skip
    present(b, reel, going, front=True, grounded=False)


def _wall(b: Builder, side: float) -> None:
    """Its edge runs down through the picture; ledges and cracks catch the light."""
    seen = b.window(DEPTH)
    right = seen.left + seen.width / seen.density
    low = seen.top + seen.height / seen.density
    inner = -side * 0.16 * min(b.half_width, 0.9)
    ends = sorted((inner - side * 0.16, right + 0.05 if side > 0 else seen.left - 0.05))
    window = Window.of(ends[0], seen.top - 0.05, ends[1], low + 0.05, seen.density)
    stone = linear("#dfe8ee" if "ice" in b.shot.prompt.lower().split() else
                   TONE.get(b.shot.place, "#857b70"))  # fmt: skip
    light, seed = b.light, b.shot.seed

    def paint(w: Window) -> tuple[Array, Array]:
        xs, ys = w.xs.astype(np.float32), w.ys.astype(np.float32)
        x = xs[None, :]
        height = fbm(seed, "wall", xs * 3.2, ys * 2.2, octaves=7, gain=0.56)
        ridge = 1 - np.abs(fbm(seed, "cracks", xs * 2.6, ys * 1.3, octaves=5))
        relief = 0.10 * height + 0.06 * np.clip(ridge - 0.75, 0, 1) * 4
        dy, dx = np.gradient(relief, 1 / w.density)
        toward = 1.0 if light.sun_x > x.mean() else -1.0
        slope = -dx * toward * 0.55 + dy * 0.50
        lit = np.clip(0.62 + 0.42 * np.tanh(1.5 * slope), 0.08, 1.25)
        hole = 1 - 0.55 * np.clip((-height - 0.35) / 0.5, 0, 1)
        bands = 1 + 0.10 * fbm(seed, "bands", xs * 0.6, ys * 9.0, octaves=3)
        fall = light.ambient * 1.05 * hole[..., None] + light.sun * 0.50 * lit[..., None]
        colour = stone * bands[..., None] * fall * (0.45 + 0.55 * lit)[..., None]
        line = inner + side * (0.10 * fbm(seed, "rim", ys * 0.0, ys * 2.4, octaves=5)[:, :1])
        away = side * (x - line)
        cover = np.clip(away * w.density + 0.5, 0, 1)
        # The rim turns away from us.
        colour = colour * (0.62 + 0.38 * np.clip(away / 0.05, 0, 1))[..., None]
        return to_display(colour.astype(np.float32)), cover.astype(np.float32)

    b.add(DEPTH, window, paint, front=True, mirrored=False, order=DEPTH * 1.01)
