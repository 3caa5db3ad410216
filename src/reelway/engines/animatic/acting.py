"""What a face does over a shot: it blinks, looks about, turns, nods and speaks.

Acting   all of it as functions of the frame's number; the same seed acts the same
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.talk import Said

BLINK = (0.6, 0.2, 0.0, 0.0, 0.35, 0.7)  # how far lids are open, frame by frame
EVERY = (52, 118)  # frames between two blinks
TURN = 14  # frames that a turn of the head takes
LEVELS = 6  # of an open mouth
TAU = 2 * math.pi


@dataclass
class Acting:
    """`says`: somebody's own lines, `hears`: those of others."""

    seed: int
    name: str
    frames: int
    says: Sequence[Said] = ()
    hears: Sequence[Said] = ()
    blinks: list[int] = field(init=False)
    glances: list[tuple[int, tuple[float, float]]] = field(init=False)
    turn_at: int = field(init=False)

    def __post_init__(self) -> None:
        random = stream(self.seed, "acting", self.name)
        self.blinks, at = [], int(random.integers(8, 40))
        while at < self.frames:
            self.blinks.append(at)
            at += int(random.integers(*EVERY))
        self.glances, at = [(0, (0.0, 0.0))], int(random.integers(20, 50))
        while at < self.frames:
            away = (float(random.uniform(-0.75, 0.75)), float(random.uniform(-0.3, 0.25)))
            back = at + int(random.integers(16, 44))
            self.glances += [(at, away), (back, (0.0, 0.0))]
            at = back + int(random.integers(30, 80))
        first = min((s.first for s in (*self.says, *self.hears)), default=-1)
        usual = int(self.frames * random.uniform(0.30, 0.55))
        self.turn_at = max(4, first - TURN) if first >= 0 else usual
        self._phase = [float(v) for v in random.uniform(0, TAU, 4)]

    def lids(self, n: int) -> float:
        since = min((n - b for b in self.blinks if 0 <= n - b < len(BLINK)), default=-1)
        return BLINK[since] if since >= 0 else 1.0

    def gaze(self, n: int) -> tuple[float, float]:
        if self.says or self.hears:
            return (0.0, 0.0)
        return next(g for at, g in reversed(self.glances) if at <= n)

    def turned(self, n: int) -> float:
        """0…1: how far the head has turned from its first way of looking to its second."""
        t = min(max((n - self.turn_at) / TURN, 0.0), 1.0)
        return t * t * (3 - 2 * t)

    def mouth(self, n: int) -> float:
        return max((s.at(n) for s in self.says), default=0.0)

    def speaking(self, n: int) -> float:
        """0…1, softly: whether somebody is at it."""
        best = 0.0
        for s in self.says:
            into, out = (n - s.first + 6) / 12, (s.last + 6 - n) / 12
            best = max(best, min(1.0, into, out))
        return max(0.0, best)

    def sway(self, n: int) -> tuple[float, float]:
        """Of the head, in heads: it floats a little, and marks the stress of what is said."""
        a, b, c, d = self._phase
        x = 0.020 * math.sin(TAU * n / 131 + a) + 0.008 * math.sin(TAU * n / 57 + b)
        y = 0.010 * math.sin(TAU * n / 96 + c)
        busy = self.speaking(n)
        x += busy * 0.020 * math.sin(TAU * n / 37 + d)
        y += busy * (0.022 * math.sin(TAU * n / 21 + a) + 0.012 * math.sin(TAU * n / 13 + b))
        return x, y

    def breath(self, n: int) -> float:
        """−1…1."""
        return math.sin(TAU * n / 84 + self._phase[3])
