"""Where the beats are: a tempo in the style's range at which the cuts fall on beats.

Metre    the second of every beat, and which beats are cuts
fitted   of all tempi of a range the one at which the cuts are nearest to beats (least squares,
         what the mood wants deciding between equals); what is left is taken up by a rubato,
         so that a cut is a beat exactly
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
STEP = 0.5  # beats a minute between two tempi that are tried
WANTED = 0.15  # seconds of misfit that a tempo at the other end of the range is as bad as
LEAST = 0.3  # seconds from one beat to the next, at least
RING = 1.3  # seconds that the last chord has, at least


@dataclass(frozen=True, kw_only=True, eq=False)
class Metre:
    tempo: float  # beats a minute
    times: Array  # seconds of each beat, from 0 on; the last is the end
    cuts: tuple[int, ...]  # beats at which a shot begins, not the first
    last: int  # the beat of the last chord

    def at(self, beat: float | Array) -> Any:
        """Seconds at a beat, or between two."""
        return np.interp(beat, np.arange(len(self.times)), self.times)

    @property
    def sections(self) -> list[tuple[int, int]]:
        """From cut to cut, in beats; the last chord is a section of its own."""
        edges = sorted({0, *(c for c in self.cuts if c < self.last), self.last})
        return list(zip(edges, [*edges[1:], len(self.times) - 1], strict=True))


def fitted(
    seconds: float, cuts: Sequence[float], tempi: tuple[float, float], wanted: float, bar: int
) -> Metre:
    tried = np.unique([*np.arange(tempi[0], tempi[1] + STEP / 2, STEP), wanted])
    tempo = min(tried.tolist(), key=lambda t: (_misfit(t, cuts, tempi, wanted, bar), t))
    beat = 60 / tempo
    marks, at = [(0, 0.0)], 0
    for cut in cuts:
        number = round(cut / beat)
        if number <= at or cut - marks[-1][1] < LEAST:
            continue  # two cuts within one beat: the first has it
        marks.append((number, cut))
        at = number
    left = seconds - marks[-1][1]
    more = max(1, round(left / beat))
    marks.append((at + more, marks[-1][1] + more * beat))
    times = np.interp(np.arange(at + more + 1), [n for n, _ in marks], [t for _, t in marks])
    times = np.append(times[times < seconds - 0.05], seconds)
    beats = tuple(n for n, _ in marks[1:-1] if n < len(times) - 1)
    return Metre(tempo=tempo, times=times, cuts=beats, last=_last(times, beats, bar))


def _misfit(
    tempo: float, cuts: Sequence[float], tempi: tuple[float, float], wanted: float, bar: int
) -> float:
    """Mean square of the seconds by which cuts miss a beat, and a little for missing a bar."""
    beat = 60 / tempo
    far = abs(tempo - wanted) / max(tempi[1] - tempi[0], 1.0)
    own = (WANTED * far) ** 2
    if not cuts:
        return own
    turns = np.asarray(cuts) / beat
    miss = (turns - np.rint(turns)) * beat
    bars = (turns / bar - np.rint(turns / bar)) * beat * bar
    return float(np.mean(miss**2) + 0.02 * np.mean(bars**2)) + own


def _last(times: Array, cuts: Sequence[int], bar: int) -> int:
    """The beat of the last chord: on the last cut if that leaves it time and not too much of it,
    else a bar's first beat counted from there."""
    end = float(times[-1])
    start = max(cuts, default=0)
    fit = [n for n in range(start, len(times) - 1) if end - times[n] >= RING]
    if not fit:
        return start
    latest = fit[-1]
    longest = max(RING, min(3.2, 0.34 * end))
    on_bar = [n for n in fit if (n - start) % bar == 0 and end - times[n] <= longest]
    even = [n for n in fit if (n - start) % 2 == 0 and end - times[n] <= longest]
    return (on_bar or even or [latest])[-1]
