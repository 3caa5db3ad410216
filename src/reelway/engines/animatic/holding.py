"""What goes with having something in the hand: an arm that is kept up, light, a name.

held     the gait of who holds something up
halo     the light that a lantern, a torch or a candle gives off
named    the label over somebody who holds what nobody knows
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import gaits, labels, sports
from reelway.engines.animatic.attire import USUAL
from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, rgb
from reelway.engines.animatic.deeds import Deed
from reelway.engines.animatic.gaits import Gait
from reelway.engines.animatic.guise import is_held
from reelway.engines.animatic.person import Dress
from reelway.engines.animatic.props import BOTH
from reelway.engines.animatic.solid import Solid, moved
from reelway.engines.animatic.stage import Going, Reel, motion_of
from reelway.engines.animatic.things import things

Array = npt.NDArray[Any]


def held(dress: Dress, gait: Gait) -> Gait:
    """Who holds an umbrella or a lantern keeps that arm up."""
    if not dress.hold or gait.busy:
        return gait
    kind = dress.hold[0].kind
    up = {"umbrella": gaits.Arm(swing=0.55, out=0.12, bend=1.45, inward=0.1),
          "lantern": gaits.Arm(swing=0.75, out=0.15, bend=0.65),
          "torch": gaits.Arm(swing=0.9, out=0.25, bend=0.9),
          "balloon": gaits.Arm(swing=0.6, out=0.12, bend=1.3),
          "staff": gaits.Arm(swing=0.55, out=0.10, bend=0.7)}.get(kind)  # fmt: skip
    if up is None and (kind in things() or _strange(kind)):
        up = gaits.Arm(swing=0.62, out=0.14, bend=1.0)
    if up is None:
        return gait
    arm = up

    def pose(p: float) -> gaits.Pose:
        free = gait.pose(p)
        give = 0.03 * math.sin(2 * math.pi * p)
        return replace(free, arms=(replace(arm, swing=arm.swing + give), free.arms[1]))

    return replace(gait, pose=pose)


def halo(b: Builder, dress: Dress, reel: Reel, going: Going, heading: float) -> None:
    """The light that a lantern or a torch gives off."""
    if b.light.lamps < 0.3 or not any(t.kind in ("lantern", "torch", "candle") for t in dress.hold):
        return
    x = reel.at[0] + 0.20 * math.cos(heading) * reel.unit
    y = reel.at[1] - 0.50 * dress.height * reel.unit
    reach = 0.42 * reel.unit
    window = Window.of(x - 4 * reach, y - 4 * reach, x + 4 * reach, y + 4 * reach, 160.0)

    def paint(w: Window) -> tuple[Array, None]:
        far = np.hypot(w.xs[None, :] - x, w.ys[:, None] - y) / reach
        glow = 0.40 * np.exp(-far * 1.5) * b.light.lamps * np.clip(4 - far, 0, 1)
        return (glow[..., None] * rgb("#ffb45e")).astype(np.float32), None

    plain = replace(going, picture=lambda n: 0)
    b.add(reel.depth * 0.999, window, paint, added=True, soft=True, front=True,
          motion=motion_of(b, reel, plain, window))  # fmt: skip


def geared(
    doing: Deed | None, pictures: list[Sequence[Solid]], heading: float, dress: Dress
) -> list[Sequence[Solid]]:
    """With the board, the skis or the drums that somebody is at; empty ones stay empty."""
    if doing is None or not doing.gear or not pictures or not pictures[0]:
        return pictures
    count = len(pictures)
    return [
        [*p, *(moved(s, 0.0, 0.0, 0.0, dress.height)
               for s in sports.gear(doing.gear, k / count, heading))]
        for k, p in enumerate(pictures)
    ]  # fmt: skip


def named(b: Builder, dress: Dress, reel: Reel, going: Going) -> None:
    if b.heard is not None:
        return
    for thing in dress.hold[:1]:
        if _strange(thing.kind):
            labels.sign(b, reel, going, labels.label(thing.kind), 0.98 * dress.height)


def _strange(kind: str) -> bool:
    return not (is_held(kind) or kind in things() or kind in USUAL or kind in BOTH)
