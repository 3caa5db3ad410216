"""Who plays what when: the chords of a piece given out to its parts, as notes.

    Piece     metre, chords and voices of one cue, and how much is going on at each beat
    composed  brief and metre → Piece
    played    Piece → every note: pad, comp, arp, bass, drums by their patterns, hits at the cuts;
              the melody is in `melody`

`patterns.json` has the rhythms: a letter is a sixteenth, "-" goes on, "." rests; digits are voices.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np

from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.sound.music.brief import Brief, Part
from reelway.engines.animatic.sound.music.harmony import Chord, chord, led, nearest, planned
from reelway.engines.animatic.sound.music.instruments import sorts
from reelway.engines.animatic.sound.music.metre import Metre

LOW, HIGH = 52, 76  # of the voices
CLIMAX = 0.72  # of a piece without a cut near there
SLOW_CHORD = 2.9  # seconds over which a bar has two chords
BRISK = 8.0  # seconds up to which a film is short


@dataclass(frozen=True, kw_only=True)
class Note:
    """`pitch` 0: a stroke without one. `force` 0…1; `level` over it is the mix."""

    instrument: str
    pitch: int
    at: float  # seconds
    seconds: float
    force: float
    level: float
    side: float
    slide: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Span:
    """What one chord lasts, in beats."""

    start: int
    end: int
    chord: Chord
    voices: tuple[int, ...]
    section: int  # beat at which its section begins

    @property
    def beats(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    brief: Brief
    metre: Metre
    spans: tuple[Span, ...]
    climax: float  # beat
    seed: int

    def going(self, beat: float) -> float:
        """0…1: how much is going on."""
        last = max(self.metre.last, 1)
        top = min(max(self.climax, 0.3 * last), 0.9 * last)
        return float(np.interp(beat, [0, top, last - 0.5, last], self.brief.arc))

    def at(self, beat: float) -> float:
        """Seconds, with the style's swing."""
        part = beat % 1
        late = 0.0
        if abs(part - 0.5) < 0.01:
            late = self.brief.swing / 6
        elif part > 0.01 and self.brief.swing:
            late = self.brief.swing / 14
        return float(self.metre.at(beat + late))


@cache
def patterns() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("patterns.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def composed(b: Brief, metre: Metre, seed: int) -> Piece:
    total = float(metre.times[-1])
    bar = b.beats * 60 / metre.tempo
    often = bar > SLOW_CHORD or (total < BRISK and bar > 1.8)
    wanted = b.beats // 2 if often and b.beats % 2 == 0 else b.beats
    edges: list[tuple[int, int, int]] = []
    for start, end in metre.sections[:-1]:
        count = max(1, round((end - start) / wanted))
        marks = [start + round((end - start) * k / count) for k in range(count + 1)]
        edges += [(x, y, start) for x, y in pairwise(marks)]
    start, end = metre.sections[-1]
    edges.append((start, end, start))
    tonic = next((c for c in b.cycle if chord(c).root == 0), b.cadence[-1])
    chords = list(planned(b.cycle, b.cadence, len(edges), tonic))
    changed = planned(b.cycle, b.cycle[:1], len(b.cycle) + 1, b.cycle[0])
    for n in range(1, len(chords) - 1):  # a cut brings another chord
        if edges[n][0] in metre.cuts and chords[n].name == chords[n - 1].name:
            other = [c for c in changed if c.name not in (chords[n].name, chords[n + 1].name)]
            chords[n] = other[0] if other else chords[n]
    lift = round(b.lift / 2)
    voices = led(chords, b.tonic, LOW + lift, HIGH + lift)
    spans = tuple(
        Span(start=x, end=y, chord=c, voices=v, section=s)
        for (x, y, s), c, v in zip(edges, chords, voices, strict=True)
    )
    late = [c for c in metre.cuts if 0.45 * metre.last <= c <= 0.92 * metre.last]
    climax = min(late, key=lambda c: abs(c - CLIMAX * metre.last)) if late else CLIMAX * metre.last
    return Piece(brief=b, metre=metre, spans=spans, climax=climax, seed=seed)


def played(piece: Piece) -> list[Note]:
    """Every note but the melody's."""
    makers = {"pad": _pad, "choir": _pad, "comp": _comp, "arp": _arp, "ostinato": _arp,
              "bass": _bass, "drums": _drums, "hit": _hits}  # fmt: skip
    out: list[Note] = []
    for n, part in enumerate(piece.brief.parts):
        if part.role in makers:
            random = stream(piece.seed, "music part", n, part.role)
            out += _human(piece, makers[part.role](piece, part), random)
    return out


def heard(piece: Piece, part: Part, span: Span) -> bool:
    """A part comes in at a chord, and stays for the last one."""
    top = max(piece.going(b) for b in (span.start, span.end - 0.5))
    return top >= part.enters or (
        span is piece.spans[-1] and piece.going(piece.metre.last - 0.5) >= part.enters
    )


def _human(piece: Piece, notes: Iterator[Note], random: np.random.Generator) -> list[Note]:
    """Nobody is exactly in time, but at a cut."""
    exact = {round(piece.at(c), 3) for c in (0, *piece.metre.cuts, piece.metre.last)}
    out = []
    for note in notes:
        late = 0.0 if round(note.at, 3) in exact else float(random.normal(0, 0.005))
        force = note.force * float(np.clip(random.normal(1, 0.07), 0.8, 1.2))
        fields = {**vars(note), "at": max(0.0, note.at + late), "force": min(1.0, force)}
        out.append(Note(**fields))
    return out


def _grid(piece: Piece, pattern: str, span: Span) -> Iterator[tuple[str, float, float]]:
    """(letter, beat, beats) of a pattern that is read from the beginning of the section on. What
    was held goes on with the new chord."""
    cells, at = min(len(pattern), 4 * piece.brief.beats), 4 * (span.start - span.section)
    letters = [pattern[(at + k) % cells] for k in range(4 * span.beats)]
    if letters[0] == "-":
        held = pattern[: at % cells].rstrip("-")
        letters[0] = held[-1:] or pattern[0]
    for k, letter in enumerate(letters):
        if letter not in "-.":
            length = 1
            while k + length < len(letters) and letters[k + length] == "-":
                length += 1
            yield letter, span.start + k / 4, length / 4


def _accent(piece: Piece, beat: float, span: Span) -> float:
    """How hard a note is played, by where it stands."""
    place = (beat - span.section) % piece.brief.beats
    own = 1.0 if place == 0 else 0.9 if place == 2 else 0.8 if place % 1 == 0 else 0.7
    return own * (0.45 + 0.55 * piece.going(beat))


def _note(piece: Piece, part: Part, pitch: int, beat: float, beats: float, force: float) -> Note:
    at, end = piece.at(beat), piece.at(min(beat + beats, len(piece.metre.times) - 1))
    level = part.gain * (0.25 + 0.75 * force)
    return Note(instrument=part.instrument, pitch=within(part.instrument, pitch), at=at,
                seconds=end - at, force=force, level=level, side=part.side)  # fmt: skip


def within(instrument: str, pitch: int) -> int:
    """In octaves that the instrument has."""
    low, high = sorts()[instrument].get("range", (0, 127))
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch


def _pad(piece: Piece, part: Part) -> Iterator[Note]:
    for span in piece.spans:
        if not heard(piece, part, span):
            continue
        force = 0.45 + 0.55 * piece.going((span.start + span.end) / 2)
        own = set()
        for pitch in span.voices:
            made = _note(piece, part, pitch, span.start, span.beats, force)
            if made.pitch not in own:
                yield Note(**{**vars(made), "level": made.level / len(span.voices) ** 0.6})
            own.add(made.pitch)


def _comp(piece: Piece, part: Part) -> Iterator[Note]:
    table = patterns()["comp"]
    pattern = table.get(part.pattern, table[""])
    for span in piece.spans:
        if not heard(piece, part, span):
            continue
        last = span is piece.spans[-1]
        strokes = [("x", float(span.start), float(span.beats))]
        for n, (_, beat, beats) in enumerate(strokes if last else _grid(piece, pattern, span)):
            force = _accent(piece, beat, span)
            voices = span.voices if n % 2 == 0 else span.voices[::-1]
            for k, pitch in enumerate(voices):
                made = _note(piece, part, pitch, beat, beats, force)
                level = made.level / len(voices) ** 0.6
                late = k * (0.014 if "ring" in sorts()[part.instrument] else 0.004)
                yield Note(**{**vars(made), "at": made.at + late, "level": level})


def _arp(piece: Piece, part: Part) -> Iterator[Note]:
    table = patterns()["ostinato" if part.role == "ostinato" else "arp"]
    pattern = table.get(part.pattern, table[""])
    for span in piece.spans:
        if not heard(piece, part, span):
            continue
        voices = list(span.voices)
        low = part.role == "ostinato" or part.instrument in ("tanpura",)
        voices = [p - 12 for p in voices] if low else voices
        if span is piece.spans[-1]:  # a chord, from below
            for k, pitch in enumerate(voices):
                made = _note(piece, part, pitch, span.start, span.beats, 0.6)
                yield Note(**{**vars(made), "at": made.at + 0.045 * k, "level": 0.7 * made.level})
            continue
        ladder = [*voices, *(p + 12 for p in voices)]
        for digit, beat, beats in _grid(piece, pattern, span):
            pitch = ladder[min(int(digit), len(ladder) - 1)]
            yield _note(piece, part, pitch, beat, max(beats, 0.5), _accent(piece, beat, span))


def _bass(piece: Piece, part: Part) -> Iterator[Note]:
    table = patterns()["bass"]
    pattern = table.get(part.pattern, table[""])
    tonic = piece.brief.tonic
    for n, span in enumerate(piece.spans):
        if not heard(piece, part, span):
            continue
        root = nearest((tonic + span.chord.root) % 12, 38)
        root = nearest(tonic, 38) if part.pattern == "drone" else root
        fifth = root + next((t for t in span.chord.tones if 6 <= t <= 8), 7)
        if span is piece.spans[-1] or part.pattern == "drone":
            yield _note(piece, part, root, span.start, span.beats, _accent(piece, span.start, span))
            continue
        steps = {"0": root, "5": fifth, "8": root + 12}
        later = nearest((tonic + piece.spans[n + 1].chord.root) % 12, 38)
        walk = _walked(root, span, later, stream(piece.seed, "walk", n))
        for letter, beat, beats in _grid(piece, pattern, span):
            pitch = walk[min(int(beat - span.start), len(walk) - 1)]
            yield _note(piece, part, steps.get(letter, pitch), beat, beats,
                        _accent(piece, beat, span))  # fmt: skip


def _walked(root: int, span: Span, later: int, random: np.random.Generator) -> list[int]:
    """A bass that walks to the next root, and comes to it from beside it."""
    tones = sorted(root + t for t in span.chord.tones if t < 12)
    way = tones if later >= root else [tones[0], *(t - 12 for t in tones[:0:-1])]
    out = [way[k % len(way)] for k in range(span.beats)]
    if span.beats > 1:
        out[-1] = later + int(random.choice([-1, 1, 2]))
    return out


def _drums(piece: Piece, part: Part) -> Iterator[Note]:
    table = patterns()["drums"]
    kit = patterns()["kits"][part.instrument]
    lines = table.get(part.pattern, table["rock"])
    for span in piece.spans:
        if not heard(piece, part, span):
            continue
        if span is piece.spans[-1]:
            for name in {kit["k"], kit["end"]}:
                yield _stroke(piece, part, name, span.start, 0.85)
            continue
        for line in lines:
            for letter, beat, _ in _grid(piece, line, span):
                hard = 1.25 if letter.isupper() else 1.0
                soft = {"h": 0.45, "r": 0.5}.get(letter, 1.0)
                force = min(1.0, hard * _accent(piece, beat, span)) * soft
                yield _stroke(piece, part, kit[letter.lower()], beat, force)


def _stroke(piece: Piece, part: Part, name: str, beat: float, force: float) -> Note:
    sides = {"h": 0.25, "r": 0.35}
    side = part.side + sides.get(name[0], 0.0)
    return Note(instrument=name, pitch=0, at=piece.at(beat), seconds=0.0, force=force,
                level=part.gain * force, side=max(-1.0, min(1.0, side)))  # fmt: skip


def _hits(piece: Piece, part: Part) -> Iterator[Note]:
    """At every cut and on the last chord."""
    for beat in sorted({*piece.metre.cuts, piece.metre.last}):
        force = 0.5 + 0.5 * piece.going(beat)
        if force < 0.5 + 0.5 * part.enters and beat != round(piece.climax):
            continue
        span = next(s for s in piece.spans if s.start <= beat < s.end)
        if part.instrument in sorts() and sorts()[part.instrument]["kind"] != "drum":
            yield _note(piece, part, span.voices[-1] + 12, beat, 1, force)
        elif part.instrument == "timpani":
            root = nearest((piece.brief.tonic + span.chord.root) % 12, 41)
            made = _stroke(piece, part, "timpani", beat, force)
            yield Note(**{**vars(made), "pitch": root})
        else:
            yield _stroke(piece, part, part.instrument, beat, force)
