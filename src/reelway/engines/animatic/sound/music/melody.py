"""The melody: a motif that comes again over other chords, an arch, an end on the tonic.

sung     Piece → the notes of the melody
answered Piece → those of a second voice, which moves where the first rests
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.music.brief import Part
from reelway.engines.animatic.sound.music.harmony import MODES, fitted
from reelway.engines.animatic.sound.music.instruments import sorts
from reelway.engines.animatic.sound.music.parts import Note, Piece, Span, heard, patterns

FORM = "AABA"  # which motif a chord has
MIDDLE = 72  # of a melody, before its mood and its instrument
CALLS = 12.0  # strokes a second of an instrument that trembles
GRACE = 0.07  # seconds


@dataclass(frozen=True, kw_only=True)
class Motif:
    """Beats of its notes, negative where it rests, and the steps of the scale between them."""

    rhythm: tuple[float, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Tone:
    pitch: int
    beat: float
    beats: float


def sung(piece: Piece) -> list[Note]:
    parts = [p for p in piece.brief.parts if p.role == "melody"]
    out: list[Note] = []
    for n, part in enumerate(parts):
        tones = line(piece, part)
        out += _notes(piece, part, tones, stream(piece.seed, "sung", n))
    return out


def answered(piece: Piece) -> list[Note]:
    """Long notes of the chord, where they can be a third or a sixth from the voices above."""
    out: list[Note] = []
    for part in (p for p in piece.brief.parts if p.role == "counter"):
        middle = _middle(piece, part) - 3
        before, tones = middle, []
        for span in piece.spans:
            if not heard(piece, part, span):
                continue
            inner = [p + o for p in span.voices for o in (-12, 0, 12)]
            third = {(piece.brief.tonic + span.chord.root + t) % 12
                     for t in span.chord.tones[1:2] or (0,)}  # fmt: skip
            pitch = min(inner, key=lambda p: (abs(p - before) + 0.4 * abs(p - middle)
                                              - 2 * (p % 12 in third), p))  # fmt: skip
            before = pitch
            tones.append(Tone(pitch=pitch, beat=span.start, beats=span.beats))
        out += _notes(piece, part, tones, stream(piece.seed, "answered", part.instrument))
    return out


def line(piece: Piece, part: Part) -> list[Tone]:
    """The melody, note by note."""
    b = piece.brief
    random = stream(piece.seed, "melody", *b.moods, *b.styles)
    motifs = {name: _motif(part, b.busy, random) for name in "AB"}
    middle = _middle(piece, part)
    spans = [s for s in piece.spans if heard(piece, part, s)]
    out: list[Tone] = []
    before = middle + int(random.integers(-2, 3))
    for n, span in enumerate(spans[:-1]):
        motif = motifs[FORM[n % len(FORM)]]
        x = span.start / max(1, piece.metre.last)
        aim = middle + 5 * math.sin(math.pi * min(x / 0.85, 1)) * (0.5 + piece.going(span.start))
        tones = _over(piece, span, motif, 0.5 * before + 0.5 * aim, middle)
        out += tones
        before = tones[-1].pitch if tones else before
    if spans:
        out += _end(piece, spans[-1], out, before)
    return out


def _motif(part: Part, busy: float, random: np.random.Generator) -> Motif:
    """Of the rhythms of its kind one that has about as many notes as the mood wants."""
    table = patterns()["rhythms"]
    all_of = [tuple(map(float, r.split())) for r in table.get(part.pattern, table[""])]
    ordered = sorted(all_of, key=len)
    at = busy * (len(ordered) - 1) + random.normal(0, 0.8)
    rhythm = ordered[int(np.clip(round(at), 0, len(ordered) - 1))]
    steps = [0]
    way = int(random.choice([-1, 1]))
    for _ in rhythm[1:]:
        if random.uniform() < 0.35:
            way = -way
        steps.append(steps[-1] + way * int(random.choice([1, 1, 1, 2])))
    return Motif(rhythm=rhythm, steps=tuple(steps))


def _over(piece: Piece, span: Span, motif: Motif, aim: float, middle: int) -> list[Tone]:
    """A motif over a chord: strong beats have tones of the chord, others may pass between."""
    tonic, mode = piece.brief.tonic, MODES[piece.brief.mode]
    scale = {(tonic + p) % 12 for p in fitted(mode, span.chord)}
    own = {(tonic + p) % 12 for p in span.chord.pitches}
    ladder = [p for p in range(middle - 11, middle + 14) if p % 12 in scale]
    stable = [p for p in ladder if p % 12 in own]
    start = min(stable, key=lambda p: (abs(p - aim), p))
    first = ladder.index(start)
    out: list[Tone] = []
    beat = float(span.start)
    for length, step in zip(motif.rhythm * 4, motif.steps * 4, strict=True):
        left = span.end - beat
        if left <= 0.01:
            break
        beats = min(abs(length), left)
        if length > 0:
            pitch = ladder[int(np.clip(first + step, 0, len(ladder) - 1))]
            strong = (beat - span.start) % 2 == 0 or beats >= 1.5
            if strong:
                pitch = min(stable, key=lambda p: (abs(p - pitch), p))
            out.append(Tone(pitch=pitch, beat=beat, beats=beats))
        beat += beats
    return out


def _end(piece: Piece, span: Span, out: list[Tone], before: int) -> list[Tone]:
    """The tonic, come to by a step."""
    tonic = piece.brief.tonic
    near = [p for p in range(before - 7, before + 8) if p % 12 == tonic]
    end = min(near, key=lambda p: (abs(p - before), p)) if near else before
    if out and abs(out[-1].beat + out[-1].beats - span.start) < 0.01 and len(out) > 1:
        scale = {(tonic + p) % 12 for p in MODES[piece.brief.mode]}
        beside = [p for p in (end + 1, end + 2, end - 1, end - 2, end + 3, end - 3)
                  if p % 12 in scale and p % 12 != tonic]  # fmt: skip
        last = out[-1]
        pitch = min(beside, key=lambda p: (abs(p - last.pitch), p))
        out[-1] = Tone(pitch=pitch, beat=last.beat, beats=last.beats)
    return [Tone(pitch=end, beat=span.start, beats=span.beats)]


def _middle(piece: Piece, part: Part) -> int:
    low, high = sorts()[part.instrument]["range"]
    return int(np.clip(MIDDLE + piece.brief.lift, low + 6, high - 12))


def _notes(
    piece: Piece, part: Part, tones: Sequence[Tone], random: np.random.Generator
) -> list[Note]:
    out: list[Note] = []
    before = 0
    for n, tone in enumerate(tones):
        later = tones[n + 1].beat if n + 1 < len(tones) else tone.beat + tone.beats
        bound = abs(later - tone.beat - tone.beats) < 0.01
        at, end = piece.at(tone.beat), piece.at(min(tone.beat + tone.beats, len(
            piece.metre.times) - 1))  # fmt: skip
        exact = any(abs(tone.beat - c) < 0.01 for c in (*piece.metre.cuts, piece.metre.last, 0))
        at += 0.0 if exact else float(random.normal(0.004, 0.006))
        going = piece.going(tone.beat)
        force = (0.5 + 0.5 * going) * (1.0 if tone.beat % 1 == 0 else 0.85)
        force = min(1.0, force * float(np.clip(random.normal(1, 0.05), 0.85, 1.15)))
        seconds = (end - at) * (1.0 if bound else 0.92)
        slide = float(np.clip(before - tone.pitch, -2, 2)) if before and bound else 0.0
        note = Note(instrument=part.instrument, pitch=tone.pitch, at=max(0.0, at),
                    seconds=max(0.06, seconds), force=force,
                    level=part.gain * (0.4 + 0.6 * force), side=part.side,
                    slide=slide)  # fmt: skip
        out += _ornamented(piece, part, note, random)
        before = tone.pitch
    return out


def _ornamented(
    piece: Piece, part: Part, note: Note, random: np.random.Generator
) -> Iterator[Note]:
    sort = sorts()[part.instrument]
    if sort.get("tremble") and note.seconds > 0.45:  # the plucked note that is held by repeating
        for k in range(int(note.seconds * CALLS)):
            level = note.level * (0.45 + 0.4 * min(1.0, k / 5))
            yield Note(**{**vars(note), "at": note.at + k / CALLS, "seconds": 0.2,
                          "level": level, "slide": 0.0})  # fmt: skip
        return
    if part.pattern in ("ornate", "run") and note.seconds > 0.6 and random.uniform() < 0.4:
        scale = {(piece.brief.tonic + p) % 12 for p in MODES[piece.brief.mode]}
        above = next(p for p in range(note.pitch + 1, note.pitch + 6) if p % 12 in scale)
        yield Note(**{**vars(note), "pitch": above, "seconds": GRACE, "slide": 0.0,
                      "level": 0.6 * note.level})  # fmt: skip
        yield Note(**{**vars(note), "at": note.at + GRACE, "seconds": note.seconds - GRACE})
        return
    yield note
