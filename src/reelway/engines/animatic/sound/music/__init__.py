"""The music of a film, by mood and style words.

wish (`musical`) + scene ─► brief ─► metre    a tempo at which cuts are beats
                              │       harmony  chords to a cadence, voices that move little
                              └─────► parts    who plays what, melody ─► render ─► samples
                                                    (instruments, percussion)

score   the music of the shots that ask for it
told    for the report: mood, style, tempo, key and instruments of each shot's music
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.blocks import rms
from reelway.engines.animatic.sound.music import brief as briefs
from reelway.engines.animatic.sound.music.instruments import RATE
from reelway.engines.animatic.sound.music.melody import answered, sung
from reelway.engines.animatic.sound.music.metre import fitted
from reelway.engines.animatic.sound.music.parts import Note, Piece, composed, played
from reelway.engines.animatic.sound.music.percussion import swell
from reelway.engines.animatic.sound.music.render import crackle, rendered
from reelway.request import FRAME_RATE

Array = npt.NDArray[Any]
PEAK = 0.95
LEVEL = 0.15  # of each piece, so that none is louder than another


def score(shots: Sequence[ShotPlan], seed: int, n: int) -> Array:
    """(n, 2): the music of the shots that ask for it; any loudness."""
    out = np.zeros((2, n), np.float32).T
    for cue in briefs.cues(shots):
        start, end = (f * SAMPLE_RATE // FRAME_RATE
                      for f in (cue[0].first, cue[-1].first + cue[-1].frames))  # fmt: skip
        end = min(end, n)
        if end - start >= SAMPLE_RATE // 4:
            own = _cue(cue, seed, end - start)
            out[start:end] = own * np.float32(LEVEL / max(rms(own), 1e-6))
    peak = float(np.abs(out).max(initial=0.0))
    return out if peak <= PEAK else out * np.float32(PEAK / peak)


def told(shots: Sequence[ShotPlan], seed: int) -> dict[int, dict[str, Any]]:
    """By the number of the shot in the film."""
    out: dict[int, dict[str, Any]] = {}
    numbers = {id(shot): n for n, shot in enumerate(shots)}
    for cue in briefs.cues(shots):
        piece = written(cue, seed)
        own = briefs.told(piece.brief, piece.metre.tempo)
        out |= {numbers[id(shot)]: own for shot in cue}
    return out


def written(cue: Sequence[ShotPlan], seed: int) -> Piece:
    """The piece of one cue."""
    b = briefs.brief(cue, seed)
    begin = cue[0].first / FRAME_RATE
    seconds = (cue[-1].first + cue[-1].frames) / FRAME_RATE - begin
    cuts = [shot.first / FRAME_RATE - begin for shot in cue[1:]]
    return composed(b, fitted(seconds, cuts, b.tempi, b.wanted, b.beats), seed)


def notes(piece: Piece) -> list[Note]:
    return [*played(piece), *sung(piece), *answered(piece)]


def _cue(cue: Sequence[ShotPlan], seed: int, n: int) -> Array:
    piece = written(cue, seed)
    b = piece.brief
    out = rendered(notes(piece), n, b.room, b.tone, piece.at(piece.metre.last))
    for part in b.parts:
        if part.role == "riser":
            _rise(out, piece, part)
        elif part.role == "crackle":
            worn = crackle(n * RATE // SAMPLE_RATE + 1, seed)
            at = np.arange(n, dtype=np.int64) * RATE // SAMPLE_RATE
            out += part.gain * worn[:, at].T * _ends(n)[:, None]
    return out


def _rise(out: Array, piece: Piece, part: briefs.Part) -> None:
    """Into the climax and into the last chord."""
    for beat in {round(piece.climax), piece.metre.last}:
        end = int(piece.at(beat) * SAMPLE_RATE)
        length = min(2.2, 0.8 * end / SAMPLE_RATE)
        going = piece.going(beat - 0.5)
        if length < 0.4 or going < part.enters:
            continue
        sound = swell(part.instrument, length)[0]
        at = np.arange(0, len(sound) - 1, RATE / SAMPLE_RATE)
        wide = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)[:end]
        out[end - len(wide) : end] += (0.5 * part.gain * going * wide)[:, None]


def _ends(n: int) -> Array:
    edge = min(n // 4, SAMPLE_RATE // 5)
    return np.asarray(np.interp(np.arange(n), [0, edge, n - edge, n - 1], [0, 1, 1, 0]), np.float32)
