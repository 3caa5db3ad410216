"""Who speaks when, and how far the mouth is open.

Said       one line in its shot: whose, from when to when, and its loudness frame by frame
spoken     the lines of a shot as the film's sound has them
guessed    the lines of a shot that nobody has spoken yet: by their syllables
speakers   which of the people in the shot speaks which line
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import guise, lips, voicing
from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.murmur import SYLLABLES
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.speaking import gender_of
from reelway.request import FRAME_RATE

if TYPE_CHECKING:
    from reelway.engines.animatic.speech import Speech

Array = npt.NDArray[Any]
LEAD, GAP, TAIL = 0.4, 0.3, 0.45  # seconds before, between and after lines
PACE = 4.6  # syllables a second
FEMALE, MALE = {"woman", "girl", "old woman"}, {"man", "boy", "old man"}


@dataclass(frozen=True, kw_only=True)
class Said:
    speaker: str
    first: int  # frame of the shot
    open: tuple[float, ...]  # 0…1 for each frame from there on

    @property
    def last(self) -> int:
        return self.first + len(self.open)

    def at(self, frame: int) -> float:
        return self.open[frame - self.first] if self.first <= frame < self.last else 0.0


def heard(
    line: Line, start: float, pcm: Array, rate: int, sounds: Sequence[lips.Sound] = ()
) -> Said:
    """A line that was spoken: its sounds open the mouth, as far as they are loud."""
    step = rate // FRAME_RATE
    count = max(1, len(pcm) // step)
    parts = np.asarray(pcm[: count * step], np.float64).reshape(count, -1)
    level = np.sqrt((parts**2).mean(axis=1))
    level = np.clip(level / max(float(np.quantile(level, 0.92)), 1e-6), 0, 1) ** 0.7
    soft = np.convolve(np.pad(level, 1, mode="edge"), (0.2, 0.6, 0.2), "valid")
    soft = lips.opened(sounds, soft, rate / step)
    soft[soft < (0.06 if sounds else 0.14)] = 0.0
    return Said(speaker=line.speaker, first=round(start * FRAME_RATE),
                open=tuple(round(float(v), 3) for v in soft))  # fmt: skip


def spoken(speech: Speech, shot: int, first: int) -> list[Said] | None:
    """The lines of a shot that begins at frame `first`, or nothing if they are not spoken aloud."""
    cues = [c for c in speech.timed() if c.shot == shot and c.start >= 0]
    if not cues:
        return None
    begin = first / FRAME_RATE
    return [heard(c.line, c.start - begin, c.pcm, voicing.RATE, c.sounds) for c in cues]


def guessed(lines: Sequence[Line], frames: int) -> list[Said]:
    """One after another; faster where the shot is short."""
    counts = [max(2, len(SYLLABLES.findall(line.text))) for line in lines]
    room = frames / FRAME_RATE - LEAD - TAIL - GAP * (len(lines) - 1)
    each = min(1 / PACE, max(room, 0.5) / max(sum(counts), 1))
    out, at = [], LEAD
    for line, count in zip(lines, counts, strict=True):
        n = max(4, round(count * each * FRAME_RATE))
        random = stream(0, "mouth", line.text)
        strong = random.uniform(0.45, 1.0, count + 1)
        shape = []
        for i in range(n):
            t = i / FRAME_RATE / each
            beat = abs(math.sin(math.pi * t)) ** 0.7
            shape.append(round(float(beat * strong[min(int(t), count)]), 3))
        out.append(Said(speaker=line.speaker, first=round(at * FRAME_RATE), open=tuple(shape)))
        at += n / FRAME_RATE + GAP
    return out


def speakers(said: Sequence[Said], people: Sequence[Subject]) -> list[int]:
    """For each line the number of who says it among the people (a couple counts twice)."""
    folk = [(s, i) for s in people for i in range(s.count)]
    if not folk:
        return []
    names = list(dict.fromkeys(s.speaker.casefold() for s in said))
    taken: dict[str, int] = {}
    for name in names:
        fits = [n for n, (s, _) in enumerate(folk) if n not in taken.values() and _is(name, s)]
        free = [n for n in range(len(folk)) if n not in taken.values()]
        taken[name] = (fits or free or [0])[0]
    return [taken[s.speaker.casefold()] for s in said]


def _is(name: str, subject: Subject) -> bool:
    """Whether the words for a speaker may mean this one."""
    breed = subject.look.breed
    words = name.split()
    if any(guise.breed("person", " ".join(words[i:])) == breed for i in range(len(words))):
        return True
    gender = gender_of(name)
    return bool(gender) and breed in (FEMALE if gender == "f" else MALE)
