"""From a request to shots: what each one shows, for how many frames.

Where the film is cut is `cutting`'s business. A shot that does not name its place, time or weather
keeps those of the shot before; what nobody named is drawn from the seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from reelway.engines.animatic import (
    audible,
    cutting,
    dialogue,
    framing,
    grammar,
    hours,
    meeting,
    musical,
)
from reelway.engines.animatic.grammar import Move, Reading, Subject
from reelway.engines.animatic.negative import KeptOut, keep_out
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.things import things
from reelway.request import DEFAULT_CFG_SCALE, FRAME_RATE, VideoRequest

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
                       "airship", "spaceship", "bus", "train", "plane", "helicopter", "motorcycle",
                       "balloon", "rocket", "submarine"}),
    "space": frozenset({"lighthouse", "house", "temple", "castle", "tree", "fire", "plane",
                        "helicopter", "balloon", "submarine"}),
    "underwater": frozenset({"lighthouse", "house", "tree", "fire", "car", "bird", "airship",
                             "bus", "train", "plane", "helicopter", "motorcycle", "balloon",
                             "rocket"}),
}  # fmt: skip
CANDLE = re.compile(r"\bcandle(?:s|light|lit)?\b|\bby lamplight\b|烛|蜡烛|油灯", re.I)
FIRM, FREE = 0.3, 0.7  # freedom up to which nothing is added; from which small things are
# Where a subject is at home, when the prompt names no place: by its deed, its breed, its kind.
HOME_DEED = {
    "cook": "room kitchen", "type": "room office", "piano": "room", "lie": "room bedroom",
    "surf": "coast sea", "row": "lake", "ski": "snow", "snowboard": "snow", "skate": "snow",
    "skateboard": "street", "drum": "room stage", "lift": "room gym", "fish": "lake",
    "kick": "field", "tennis": "field stadium", "golf": "field", "baseball": "field stadium",
    "yoga": "field", "meditate": "mountains", "hammer": "room",
}  # fmt: skip
HOME_BREED = {
    "whale": "coast sea", "dolphin": "coast sea", "fish": "underwater", "gull": "coast",
    "swan": "lake", "duck": "lake", "rooster": "field", "hen": "field", "camel": "desert",
    "panda": "forest bamboo", "bear": "forest",
    "wolf": "forest", "fox": "forest", "deer": "forest", "tiger": "forest jungle",
    "leopard": "forest jungle", "parrot": "forest jungle", "owl": "forest", "mouse": "forest",
    "lion": "field savanna", "elephant": "field savanna", "giraffe": "field savanna",
    "zebra": "field savanna", "cow": "field", "sheep": "field", "horse": "field",
    "rabbit": "field", "pig": "field", "donkey": "field", "goat": "mountains",
    "dragon": "mountains", "eagle": "mountains", "polar bear": "snow arctic", "cat": "room",
    "swallow": "field garden", "astronaut": "space moon", "chef": "room kitchen",
    "doctor": "room office", "nurse": "room office", "scientist": "room office",
    "waiter": "room bar", "teacher": "room office", "ballerina": "room stage",
    "boxer": "room gym", "businessman": "city", "businesswoman": "city", "farmer": "field",
    "fisherman": "lake", "sailor": "coast", "pirate": "coast sea", "captain": "coast sea",
    "cowboy": "desert", "king": "room hall", "queen": "room hall", "musician": "room stage",
    "geisha": "street", "policeman": "street", "detective": "street", "bride": "field garden",
    "groom": "field garden", "monk": "village", "knight": "field", "soldier": "field",
    "student": "field", "child": "field", "viking": "coast", "samurai": "field",
    "artist": "room office", "santa": "snow", "worker": "city", "firefighter": "street",
}  # fmt: skip
HOME = {
    "train": "field",
    "bus": "street",
    "motorcycle": "field road",
    "plane": "mountains",
    "helicopter": "city",
    "balloon": "field",
    "rocket": "field road",
    "submarine": "underwater",
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
    site: str  # what kind of such a place, or ""
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
    turn: str = ""  # how the light changes over a caller's picture
    drift: float = 0.0  # how fast its sky goes by, widths a second
    asked: audible.Asked = audible.NOTHING  # sounds that the prompt names
    music: musical.Wish = musical.NOTHING

    @property
    def aerial(self) -> bool:
        """Seen from high above: the land is below the camera."""
        high = any(m.kind == "aerial" for m in self.moves)
        return high and self.place not in ("room", "space", "underwater", "street")

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
        if size := framing.wanted(self):
            out["size"] = framing.TOLD[size]
        if self.subjects:
            out["subjects"] = [_said(s) for s in self.subjects if s not in self.invented]
        if self.invented:
            out["invented"] = [_said(s) for s in self.invented]
        if self.site:
            out["site"] = self.site
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
        return ", ".join(filter(None, (count + f"stand-in for {look.breed}", subject.action)))
    words = (look.breed or subject.kind, look.fur or subject.colour, look.doing or subject.action)
    return count + ", ".join([" ".join(filter(None, words)), *look.told()])


def plan(request: VideoRequest) -> list[ShotPlan]:
    """The film's shots in order; their frames add up to the film's."""
    made = cutting.cut(request)
    out = keep_out(request.negative_prompt)
    shots: list[ShotPlan] = []
    first = 0
    scripts = [dialogue.read(prompt, voices=bool(request.voices)) for prompt, _ in made.shots]
    narration = dialogue.read(made.common, voices=bool(request.voices))
    common = grammar.read(narration.rest, request.negative_prompt) if made.common else Reading()
    readings = [grammar.read(script.rest, request.negative_prompt) for script in scripts]
    scripts[:1] = [dialogue.joined(narration, script) for script in scripts[:1]]
    readings = [_merged(own, common) for own in readings]
    readings = cutting.continued(readings, [prompt for prompt, _ in made.shots])
    readings = _with_pictures(request, readings)
    for n, ((prompt, frames), reading, script) in enumerate(
        zip(made.shots, readings, scripts, strict=True)
    ):
        before = shots[-1] if shots else None
        shot = _complete(reading, before, request, n, out)
        unknown = tuple(w for w in shot.unknown if not dialogue.is_told(w, script.lines))
        shot = replace(shot, prompt=prompt, first=first, frames=frames)
        asked = audible.read(script.rest) | audible.read(narration.rest)
        shot = replace(shot, script=script, unknown=unknown)
        shot = replace(shot, subjects=tuple(meeting.seated(shot)))
        shot = replace(shot, turn=hours.turn(script.rest), drift=hours.drift(script.rest))
        shot = replace(shot, asked=asked, silenced=shot.silenced | asked.silent)
        wish = musical.read(script.rest) | musical.read(narration.rest)
        shot = replace(shot, music=wish.less(out.music))
        shot = replace(shot, moves=_near(shot, out))
        shots.append(shot)
        first += frames
    if request.shot_mode != "customize":  # one prompt has one music
        wishes = musical.spread([shot.music for shot in shots])
        shots = [replace(s, music=wish) for s, wish in zip(shots, wishes, strict=True)]
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


def _merged(own: Reading, common: Reading) -> Reading:
    pictures = [s for s in common.subjects if s.element is not None]
    pictures = [s for s in pictures if s.element not in {t.element for t in own.subjects}]
    return replace(
        own,
        place=own.place or common.place,
        site=own.site if own.place else common.site,
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
    if not (before or reading.place or _homes(reading)) and CANDLE.search(request.prompt):
        reading = replace(reading, place="room")
    place, time, weather = _setting(reading, before, request.picture_seed, free, out)
    said = replace(reading, subjects=tuple(s for s in reading.subjects if s.side != "aside"))
    named = tuple(
        k for k in ("place", "time", "weather", "ground", "style", "subjects", "moves")
        if getattr(said, k)
    )  # fmt: skip
    style = tuple(s for s in (reading.style or (before.style if before else ())))
    site = _site(reading, before, place)
    deep = place == "space" and not site  # nothing but stars
    invented = _invented(place, time, weather, reading, free, out)
    return ShotPlan(
        prompt="",
        first=0,
        frames=0,
        place=place,
        site=site,
        time="night" if deep else time,
        weather="clear" if deep else weather,
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
    home = next((h.split()[0] for h in _homes(reading) if not out.has("place", h.split()[0])), None)
    place = reading.place or (before.place if before else home or drawn_place)
    if before and before.place == "room" and reading.place is None and reading.time:
        place = before.place
    night = "neon" in reading.style and not out.has("time", "night")
    drawn_time = "day" if reading.weather == "clear" and not out.has("time", "day") else drawn_time
    time = reading.time or ("night" if night else before.time if before else drawn_time)
    weather = reading.weather or (before.weather if before else "")
    if not weather:
        weather = str(random.choice(["clear", "fair", "fair"])) if free > FIRM else "clear"
    return place, time, weather


def _site(reading: Reading, before: ShotPlan | None, place: str) -> str:
    """As named with the place, or that of the shot before where the place goes on."""
    if before is not None and not reading.place and before.place == place:
        return before.site
    if reading.place:
        return reading.site if reading.place == place else ""
    at = next((h.split() for h in _homes(reading) if h.split()[0] == place), [])
    return at[1] if len(at) > 1 else ""


def _homes(reading: Reading) -> list[str]:
    """Where the subjects are at home, the most telling first."""
    looks = [s.look for s in reading.subjects]
    homes = [HOME_DEED[k.doing] for k in looks if k.doing in HOME_DEED and not k.ride]
    homes += [HOME_BREED[k.breed] for k in looks if k.breed in HOME_BREED and not k.ride]
    if any(k.ride and k.ride.kind == "motorcycle" for k in looks):
        homes.append(HOME["motorcycle"])
    if any(s.kind == "fire" for s in reading.subjects):
        homes.append("forest")
    homes += [
        things()[k.breed].home for k in looks if k.breed in things() and things()[k.breed].home
    ]
    return homes + [HOME[s.kind] for s in reading.subjects if s.kind in HOME]


def _left(choices: tuple[str, ...], group: str, out: KeptOut) -> tuple[str, ...]:
    return tuple(c for c in choices if not out.has(group, c)) or choices


def _moves(reading: Reading, seed: int, n: int, out: KeptOut) -> tuple[Move, ...]:
    """The moves that were named, or one that is drawn, less those that are kept out."""
    at = int(stream(seed, "camera").integers(len(DRAWN_MOVES)))
    drawn = [DRAWN_MOVES[(at + n + i) % len(DRAWN_MOVES)] for i in range(len(DRAWN_MOVES))]
    left = out.allowed(reading.moves) if reading.moves else out.allowed(tuple(drawn))[:1]
    return left or (Move(kind="static"),)


def _near(shot: ShotPlan, out: KeptOut) -> tuple[Move, ...]:
    """Before a face the camera does not wander off by itself."""
    if "camera" in shot.named or framing.wanted(shot) not in framing.NEAR:
        return shot.moves
    inward = Move(kind="dolly", direction="in", speed="slow")
    return out.allowed((inward,)) or (Move(kind="static"),)


def _invented(
    place: str, time: str, weather: str, reading: Reading, free: float, out: KeptOut
) -> tuple[Subject, ...]:
    """What a film adds of its own when it is left much freedom: a few far birds."""
    mild = weather in ("clear", "fair", "overcast", "wind") and time != "night"
    known = any(s.kind == "bird" for s in reading.subjects) or out.has("subject", "bird")
    if free < FREE or known or not mild or place not in OUTDOORS:
        return ()
    return (Subject(kind="bird", count=3),)
