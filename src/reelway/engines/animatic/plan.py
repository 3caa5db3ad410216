"""From a request to shots: what each one shows, for how many frames.

Three forms: one prompt; `shots` with prompts of their own (the request's prompt is then the common
style); or "intelligence", where the prompt's sentences become shots. A shot that does not name its
place, time or weather keeps those of the shot before; what nobody named is drawn from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from reelway.engines.animatic import grammar
from reelway.engines.animatic.grammar import Move, Reading, Subject
from reelway.engines.animatic.noise import stream
from reelway.request import FRAME_RATE, VideoRequest

MOST_SHOTS = 6
PLACES = ("coast", "lake", "mountains", "field", "forest", "desert")
TIMES = ("dawn", "day", "golden", "dusk")
DRAWN_MOVES = (
    Move(kind="dolly", direction="in", speed="slow"),
    Move(kind="pan", direction="right", speed="slow"),
    Move(kind="pan", direction="left", speed="slow"),
    Move(kind="track", direction="right", speed="slow"),
)
# Where a subject is at home, when the prompt names no place.
HOME = {
    "boat": "coast",
    "lighthouse": "coast",
    "temple": "village",
    "house": "village",
    "castle": "mountains",
    "tree": "field",
    "car": "street",
    "crowd": "street",
    "airship": "city",
    "spaceship": "space",
}


@dataclass(frozen=True, kw_only=True)
class ShotPlan:
    """One shot, complete: nothing is left open."""

    prompt: str
    first: int  # number of its first frame
    frames: int
    place: str
    time: str
    weather: str
    ground: str
    style: tuple[str, ...]
    subjects: tuple[Subject, ...]
    moves: tuple[Move, ...]
    sounds: frozenset[str]
    silenced: frozenset[str]
    seed: int
    named: tuple[str, ...]  # what the prompt itself said
    dialogue: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.frames / FRAME_RATE

    def understood(self) -> dict[str, Any]:
        """For the report."""
        camera = [" ".join(filter(None, (m.speed, m.kind, m.direction))) for m in self.moves]
        out: dict[str, Any] = {
            "seconds": self.frames // FRAME_RATE,
            "place": self.place,
            "time": self.time,
            "weather": self.weather,
            "camera": [c.removeprefix("normal ") for c in camera],
            "named": list(self.named),
        }
        if self.subjects:
            out["subjects"] = [_said(s) for s in self.subjects]
        if self.style:
            out["style"] = list(self.style)
        if self.ground:
            out["ground"] = self.ground
        if self.unknown:
            out["unknown"] = list(self.unknown)
        return out


def _said(subject: Subject) -> str:
    if subject.element is not None:
        return f"element {subject.element}"
    count = f"{subject.count} × " if subject.count > 1 else ""
    return count + " ".join(filter(None, (subject.kind, subject.colour, subject.action)))


def plan(request: VideoRequest) -> list[ShotPlan]:
    """The film's shots in order; their frames add up to the film's."""
    seed = request.picture_seed
    style = request.prompt if request.shots and request.shot_mode == "customize" else ""
    banned = grammar.kept_out(request.negative_prompt)
    silenced = frozenset(key for group, key in banned if group == "sound")
    shots: list[ShotPlan] = []
    first = 0
    for n, (prompt, frames) in enumerate(_cut(request)):
        reading = grammar.read(prompt, request.negative_prompt)
        common = grammar.read(style, request.negative_prompt) if style else Reading()
        before = shots[-1] if shots else None
        shot = _complete(_merged(reading, common), before, seed, n, silenced)
        shot = replace(shot, prompt=prompt, first=first, frames=frames)
        shots.append(shot)
        first += frames
    return shots


def _cut(request: VideoRequest) -> Iterator[tuple[str, int]]:
    """(prompt, frames) of each shot."""
    if request.shot_mode == "customize" and request.shots:
        left = request.frames
        for n, shot in enumerate(request.shots):
            last = n == len(request.shots) - 1
            frames = left if last else min(shot.duration * FRAME_RATE, left)
            left -= frames
            if frames:
                yield shot.prompt, frames
        return
    parts = [request.prompt]
    if request.shot_mode == "intelligence":
        parts = _grouped(grammar.sentences(request.prompt), min(MOST_SHOTS, request.duration))
    lengths = _lengths(parts, request.duration)
    yield from ((part, seconds * FRAME_RATE) for part, seconds in zip(parts, lengths, strict=True))


def _grouped(parts: list[str], most: int) -> list[str]:
    """At most `most` parts: the shortest neighbours are joined first. A shot wants two seconds."""
    parts = list(parts) or [""]
    while len(parts) > max(1, min(most, MOST_SHOTS)):
        at = min(range(len(parts) - 1), key=lambda i: len(parts[i]) + len(parts[i + 1]))
        parts[at : at + 2] = [f"{parts[at]} {parts[at + 1]}"]
    return parts


def _lengths(parts: list[str], seconds: int) -> list[int]:
    """Whole seconds for each part, at least one, longer for longer texts; they sum up."""
    weights = [len(p) + 40 for p in parts]
    lengths = [max(1, int(seconds * w / sum(weights))) for w in weights]
    while sum(lengths) < seconds:
        want = [w / n for w, n in zip(weights, lengths, strict=True)]
        lengths[want.index(max(want))] += 1
    while sum(lengths) > seconds:
        lengths[lengths.index(max(lengths))] -= 1
    return lengths


def _merged(own: Reading, common: Reading) -> Reading:
    return replace(
        own,
        place=own.place or common.place,
        time=own.time or common.time,
        weather=own.weather or common.weather,
        ground=own.ground or common.ground,
        style=tuple(dict.fromkeys((*own.style, *common.style))),
        subjects=own.subjects or common.subjects,
        moves=own.moves or common.moves,
        sounds=tuple(dict.fromkeys((*own.sounds, *common.sounds))),
    )


def _complete(
    reading: Reading, before: ShotPlan | None, seed: int, n: int, silenced: frozenset[str]
) -> ShotPlan:
    random = stream(seed, "plan")
    drawn_time, drawn_move = str(random.choice(TIMES)), int(random.integers(len(DRAWN_MOVES)))
    drawn_place = str(random.choice(PLACES))
    home = next((HOME[s.kind] for s in reading.subjects if s.kind in HOME), None)
    place = reading.place or (before.place if before else home or drawn_place)
    if before and before.place == "room" and reading.place is None and reading.time:
        place = before.place
    neon = "neon" in reading.style
    named = tuple(
        k for k in ("place", "time", "weather", "ground", "style", "subjects", "moves")
        if getattr(reading, k)
    )  # fmt: skip
    time = reading.time or ("night" if neon else before.time if before else drawn_time)
    weather = reading.weather or (before.weather if before else "")
    if not weather:
        weather = str(random.choice(["clear", "fair", "fair"]))
    return ShotPlan(
        prompt="",
        first=0,
        frames=0,
        place=place,
        time="night" if place == "space" else time,
        weather="clear" if place == "space" else weather,
        ground=reading.ground or (before.ground if before and not reading.place else ""),
        style=reading.style or (before.style if before else ()),
        subjects=reading.subjects,
        moves=reading.moves or (DRAWN_MOVES[(drawn_move + n) % len(DRAWN_MOVES)],),
        sounds=frozenset(reading.sounds),
        silenced=silenced,
        seed=seed,
        named=tuple("camera" if k == "moves" else k for k in named),
        dialogue=reading.dialogue,
        unknown=reading.unknown,
    )
