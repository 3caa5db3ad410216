"""From a request to shots: what each one shows, for how many frames.

Three forms: one prompt; `shots` with prompts of their own (the request's prompt is then the common
style); or "intelligence", where the prompt's sentences become shots. A shot that does not name its
place, time or weather keeps those of the shot before; what nobody named is drawn from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from reelway.engines.animatic import dialogue, grammar
from reelway.engines.animatic.grammar import Move, Reading, Subject
from reelway.engines.animatic.negative import KeptOut, keep_out
from reelway.engines.animatic.noise import stream
from reelway.request import DEFAULT_CFG_SCALE, FRAME_RATE, VideoRequest

MOST_SHOTS = 6
PLACES = ("coast", "lake", "mountains", "field", "forest", "desert")
TIMES = ("dawn", "day", "golden", "dusk")
DRAWN_MOVES = (
    Move(kind="dolly", direction="in", speed="slow"),
    Move(kind="pan", direction="right", speed="slow"),
    Move(kind="pan", direction="left", speed="slow"),
    Move(kind="track", direction="right", speed="slow"),
)
OUTDOORS = {"coast", "lake", "river", "mountains", "field", "harbour", "desert", "village"}
# Kinds that a place has no room for.
UNFIT = {
    "room": frozenset({"boat", "lighthouse", "house", "temple", "castle", "tree", "car",
                       "airship", "spaceship"}),
    "space": frozenset({"lighthouse", "house", "temple", "castle", "tree", "fire"}),
}  # fmt: skip
FIRM, FREE = 0.3, 0.7  # freedom up to which nothing is added; from which small things are
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
    script: dialogue.Script = dialogue.SILENT  # what is said
    unknown: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()  # details and subjects that are kept out
    freedom: float = 0.5  # 1 − cfg_scale: how loosely the picture is composed
    steady: bool = False  # no drift of the camera at all
    invented: tuple[Subject, ...] = ()  # of `subjects` those that nobody asked for

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
            out["subjects"] = [_said(s) for s in self.subjects if s not in self.invented]
        if self.invented:
            out["invented"] = [_said(s) for s in self.invented]
        if self.style:
            out["style"] = list(self.style)
        if self.ground:
            out["ground"] = self.ground
        if self.unknown:
            out["unknown"] = list(self.unknown)
        return out


def _said(subject: Subject) -> str:
    if subject.element is not None:
        return " ".join(filter(None, (f"{subject.kind} {subject.element}", subject.action)))
    count = f"{subject.count} × " if subject.count > 1 else ""
    look = subject.look
    if subject.kind == "stand-in":
        return count + f"stand-in for {look.breed}, {subject.action}"
    words = (look.breed or subject.kind, look.fur or subject.colour, look.doing or subject.action)
    return count + ", ".join([" ".join(filter(None, words)), *look.told()])


def plan(request: VideoRequest) -> list[ShotPlan]:
    """The film's shots in order; their frames add up to the film's."""
    style = request.prompt if request.shots and request.shot_mode == "customize" else ""
    out = keep_out(request.negative_prompt)
    shots: list[ShotPlan] = []
    first = 0
    cut = list(_cut(request))
    scripts = [dialogue.read(prompt, voices=bool(request.voices)) for prompt, _ in cut]
    narration = dialogue.read(style, voices=bool(request.voices))
    common = grammar.read(narration.rest, request.negative_prompt) if style else Reading()
    readings = [grammar.read(script.rest, request.negative_prompt) for script in scripts]
    scripts[:1] = [dialogue.joined(narration, script) for script in scripts[:1]]
    readings = _with_pictures(request, [_merged(own, common) for own in readings])
    for n, ((prompt, frames), reading, script) in enumerate(
        zip(cut, readings, scripts, strict=True)
    ):
        before = shots[-1] if shots else None
        shot = _complete(reading, before, request, n, out)
        unknown = tuple(w for w in shot.unknown if not dialogue.is_told(w, script.lines))
        shot = replace(shot, prompt=prompt, first=first, frames=frames)
        shot = replace(shot, script=script, unknown=unknown)
        shots.append(shot)
        first += frames
    return shots


def freedom(request: VideoRequest) -> float:
    """0 firm … 1 free: how far the film may stray from the middle way of showing a prompt."""
    return 1 - (DEFAULT_CFG_SCALE if request.cfg_scale is None else request.cfg_scale)


def _with_pictures(request: VideoRequest, readings: list[Reading]) -> list[Reading]:
    """Markers for which there is a picture; an element that no shot names is in all of them, to
    the side."""
    there = {("element", n + 1) for n in range(len(request.elements))}
    there |= {("image", n + 1) for n in range(len(request.references))}
    named = {(s.kind, s.element) for r in readings for s in r.subjects}
    more = tuple(
        Subject(kind="element", element=n + 1, side="aside")
        for n in range(len(request.elements))
        if ("element", n + 1) not in named
    )
    out = []
    for reading in readings:
        kept = [s for s in reading.subjects if s.element is None or (s.kind, s.element) in there]
        out.append(replace(reading, subjects=(*kept, *more)))
    return out


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
    pictures = [s for s in common.subjects if s.element is not None]
    pictures = [s for s in pictures if s.element not in {t.element for t in own.subjects}]
    return replace(
        own,
        place=own.place or common.place,
        time=own.time or common.time,
        weather=own.weather or common.weather,
        ground=own.ground or common.ground,
        style=tuple(dict.fromkeys((*own.style, *common.style))),
        subjects=(*own.subjects, *pictures) if own.subjects else common.subjects,
        moves=own.moves or common.moves,
        sounds=tuple(dict.fromkeys((*own.sounds, *common.sounds))),
    )


def _complete(
    reading: Reading, before: ShotPlan | None, request: VideoRequest, n: int, out: KeptOut
) -> ShotPlan:
    free = freedom(request)
    place, time, weather = _setting(reading, before, request.picture_seed, free, out)
    said = replace(reading, subjects=tuple(s for s in reading.subjects if s.side != "aside"))
    named = tuple(
        k for k in ("place", "time", "weather", "ground", "style", "subjects", "moves")
        if getattr(said, k)
    )  # fmt: skip
    style = tuple(s for s in (reading.style or (before.style if before else ())))
    invented = _invented(place, time, weather, reading, free, out)
    return ShotPlan(
        prompt="",
        first=0,
        frames=0,
        place=place,
        time="night" if place == "space" else time,
        weather="clear" if place == "space" else weather,
        ground=reading.ground or (before.ground if before and not reading.place else ""),
        style=tuple(dict.fromkeys((*style, *out.style))),
        subjects=(*reading.subjects, *invented),
        moves=_moves(reading, request.picture_seed, n, out),
        sounds=frozenset(reading.sounds),
        silenced=out.sounds,
        seed=request.picture_seed,
        named=tuple("camera" if k == "moves" else k for k in named),
        unknown=reading.unknown,
        absent=out.details,
        freedom=free,
        steady=out.steady,
        invented=invented,
    )


def _setting(
    reading: Reading, before: ShotPlan | None, seed: int, free: float, out: KeptOut
) -> tuple[str, str, str]:
    """Place, time and weather: as named, as in the shot before, as suits the subjects, or drawn."""
    random = stream(seed, "plan")
    drawn_time = str(random.choice(_left(TIMES, "time", out)))
    drawn_place = str(random.choice(_left(PLACES, "place", out)))
    homes = [HOME[s.kind] for s in reading.subjects if s.kind in HOME]
    home = next((h for h in homes if not out.has("place", h)), None)
    place = reading.place or (before.place if before else home or drawn_place)
    if before and before.place == "room" and reading.place is None and reading.time:
        place = before.place
    night = "neon" in reading.style and not out.has("time", "night")
    time = reading.time or ("night" if night else before.time if before else drawn_time)
    weather = reading.weather or (before.weather if before else "")
    if not weather:
        weather = str(random.choice(["clear", "fair", "fair"])) if free > FIRM else "clear"
    return place, time, weather


def _left(choices: tuple[str, ...], group: str, out: KeptOut) -> tuple[str, ...]:
    return tuple(c for c in choices if not out.has(group, c)) or choices


def _moves(reading: Reading, seed: int, n: int, out: KeptOut) -> tuple[Move, ...]:
    """The moves that were named, or one that is drawn, less those that are kept out."""
    at = int(stream(seed, "camera").integers(len(DRAWN_MOVES)))
    drawn = [DRAWN_MOVES[(at + n + i) % len(DRAWN_MOVES)] for i in range(len(DRAWN_MOVES))]
    left = out.allowed(reading.moves) if reading.moves else out.allowed(tuple(drawn))[:1]
    return left or (Move(kind="static"),)


def _invented(
    place: str, time: str, weather: str, reading: Reading, free: float, out: KeptOut
) -> tuple[Subject, ...]:
    """What a film adds of its own when it is left much freedom: a few far birds."""
    mild = weather in ("clear", "fair", "overcast", "wind") and time != "night"
    known = any(s.kind == "bird" for s in reading.subjects) or out.has("subject", "bird")
    if free < FREE or known or not mild or place not in OUTDOORS:
        return ()
    return (Subject(kind="bird", count=3),)
