"""Chords and their order: scales, numerals, cadences, and voices that move as little as they can.

Chord     a root over the tonic and what stands on it: "bVII", "ii7", "Vsus4", "iiø7"
planned   the chords of a piece: a cycle, then a cadence that ends on the tonic
led       the voices of each chord, from those of the one before
fitted    the scale as it is over a chord: what would grate against its tones gives way
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10), "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10), "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11), "hijaz": (0, 1, 4, 5, 7, 8, 10),
    "gong": (0, 2, 4, 7, 9), "yu": (0, 3, 5, 7, 10), "hirajoshi": (0, 2, 3, 7, 8),
    "blues": (0, 3, 5, 6, 7, 10), "raga": (0, 1, 4, 5, 7, 9, 10),
}  # fmt: skip
DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
NUMERAL = re.compile(r"([b#]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
# Semitones over the root; of a suffix that leaves the third open, "" is filled in by the case.
SUFFIX = {
    "": (0, 3.5, 7), "7": (0, 3.5, 7, 10), "maj7": (0, 3.5, 7, 11), "6": (0, 3.5, 7, 9),
    "9": (0, 3.5, 10, 14), "maj9": (0, 3.5, 11, 14), "add9": (0, 3.5, 7, 14), "5": (0, 7),
    "sus4": (0, 5, 7), "sus2": (0, 2, 7), "7sus": (0, 5, 7, 10), "°": (0, 3, 6),
    "ø7": (0, 3, 6, 10), "°7": (0, 3, 6, 9),
}  # fmt: skip
FIFTH = 7


@dataclass(frozen=True)
class Chord:
    name: str
    root: int  # semitones over the tonic, 0…11
    tones: tuple[int, ...]  # semitones over the root

    @property
    def pitches(self) -> tuple[int, ...]:
        """Classes over the tonic, the root first."""
        return tuple((self.root + t) % 12 for t in self.tones)


@cache
def chord(name: str) -> Chord:
    match = NUMERAL.fullmatch(name)
    if match is None or match.group(3) not in SUFFIX:
        raise ValueError(f"no chord: {name}")
    shift = {"b": -1, "#": 1, "": 0}[match.group(1)]
    third = 4 if match.group(2).isupper() else 3
    tones = tuple(third if t == 3.5 else int(t) for t in SUFFIX[match.group(3)])
    return Chord(name, (DEGREES[match.group(2).upper()] + shift) % 12, tones)


def planned(
    cycle: Sequence[str], cadence: Sequence[str], count: int, tonic: str
) -> tuple[Chord, ...]:
    """`count` chords. The first of them is the tonic where there is time for it, the last is."""
    end = list(cadence)
    if len(end) > max(1, count - 1):
        end = end[-max(1, count - 1) :] if count > 2 else end[-count:]
    names = [cycle[n % len(cycle)] for n in range(count - len(end))]
    root = chord(end[0]).root
    if names and chord(names[-1]).root == root:  # a chord that comes twice is no cadence
        before = names[-2:-1]
        others = [c for c in (tonic, *cycle) if c not in before and chord(c).root != root]
        names[-1] = others[0] if others else names[-1]
    if not names and len(end) > 2:
        end[0] = tonic
    return tuple(chord(n) for n in (*names, *end))


def led(chords: Sequence[Chord], tonic: int, low: int, high: int) -> list[tuple[int, ...]]:
    """Midi pitches, low to high, of each chord's upper voices."""
    out: list[tuple[int, ...]] = []
    bass = 0
    for c in chords:
        root = nearest((tonic + c.root) % 12, 43)
        ways = _ways(tuple((tonic + p) % 12 for p in c.pitches), low, high)
        before, old = (out[-1] if out else None), bass
        out.append(min(ways, key=lambda w: (_cost(w, root, before, old, low, high), w)))
        bass = root
    return out


@cache
def _ways(classes: tuple[int, ...], low: int, high: int) -> tuple[tuple[int, ...], ...]:
    """All voicings within a range, of three voices or as many as the chord has tones."""
    full = classes if len(classes) > 2 else (*classes, classes[0])
    places = [[p for p in range(low, high + 1) if p % 12 == c] for c in full]
    ways = {tuple(sorted(w)) for w in product(*places) if len(set(w)) == len(w)}
    return tuple(sorted(w for w in ways if w[-1] - w[0] <= 17)) or tuple(sorted(ways))


def _cost(
    way: tuple[int, ...],
    root: int,
    before: tuple[int, ...] | None,
    bass: int,
    low: int,
    high: int,
) -> float:
    gaps = np.diff(way)
    cost = 1.5 * float((gaps < 3).sum()) + float((gaps > 9).sum())
    middle = (low + high) / 2
    if before is None:
        return cost + 0.6 * abs(float(np.mean(way)) - middle)
    moves = [min(abs(p - q) for q in before) for p in way]
    moves += [min(abs(p - q) for q in way) for p in before]
    cost += (
        0.5 * sum(moves)
        + 0.12 * abs(float(np.mean(way)) - middle)
        + 0.5 * abs(way[-1] - before[-1])
    )
    return cost + 2.5 * parallels((bass, *before), (root, *way))


def parallels(a: Sequence[int], b: Sequence[int]) -> int:
    """Pairs of voices that go from one fifth or octave to another, both moving the same way."""
    if len(a) != len(b):
        return 0
    count = 0
    for i in range(len(a)):
        for j in range(i + 1, len(a)):
            first, then = (a[j] - a[i]) % 12, (b[j] - b[i]) % 12
            moved = (b[i] - a[i]) * (b[j] - a[j]) > 0
            count += first == then and first in (0, FIFTH) and moved
    return count


def fitted(mode: Sequence[int], c: Chord) -> tuple[int, ...]:
    """Classes over the tonic."""
    own = set(c.pitches)
    foreign = own - set(mode)
    kept = {p for p in mode if not any((p - f) % 12 in (1, 11) for f in foreign)}
    return tuple(sorted(kept | own))


def nearest(pitch_class: int, around: int) -> int:
    """The pitch of a class that is nearest to another."""
    return around + (pitch_class - around + 6) % 12 - 6
