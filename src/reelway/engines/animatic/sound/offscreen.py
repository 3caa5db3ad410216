"""What is heard of a place and of a prompt now and then, and not seen: gulls, horns, bells, doors.

Now       a sound, how often it comes, and how loud it is
expected  those of a shot: by its place, hour and subjects, and all that its prompt names
times     when they sound, in seconds of the shot
"""

from __future__ import annotations

from dataclasses import dataclass

from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.calls import CRIES
from reelway.engines.animatic.sound.engines import ENGINES
from reelway.engines.animatic.sound.objects import OBJECTS

DAY = ("dawn", "day", "golden")
QUIET_ROOMS = {"", "bedroom", "library"}
# Whose voice an animal or bird has.
VOICES = {
    "dog": "bark", "wolf": "howl", "fox": "bark", "cat": "meow", "horse": "neigh", "cow": "moo",
    "white horse": "neigh", "black horse": "neigh", "donkey": "neigh", "zebra": "neigh",
    "sheep": "bleat", "goat": "bleat", "lion": "growl", "tiger": "growl", "leopard": "growl",
    "bear": "growl", "elephant": "elephant", "whale": "whale", "dolphin": "whale", "gull": "gull",
    "owl": "owl", "crow": "crow", "eagle": "eagle", "goose": "goose", "swan": "goose",
    "crane": "goose", "parrot": "crow", "duck": "goose", "rooster": "rooster",
}  # fmt: skip
EVEN = {"clock": 1.0, "heartbeat": 0.95, "steps": 0.54, "drip": 0.9, "keys": 0.16, "clang": 0.85,
        "alarm": 2.2, "phone": 2.6}  # fmt: skip
# Seconds between two of what a prompt names; 4 where nothing else is said.
EVERY = {"gunshot": 1.3, "fireworks": 1.3, "knock": 2.8, "horn": 1.9, "bark": 1.6, "gull": 2.2,
         "bubbles": 1.4, "laughter": 1.9, "bell": 2.4, "chime": 1.9, "splash": 1.8, "crow": 2.4,
         "explosion": 2.6}  # fmt: skip
# How loud a call is against another one: what is long, and of one pitch, is soon too much.
LOUD = {"bell": 0.55, "temple": 0.5, "bowl": 0.4, "chime": 0.6, "foghorn": 0.5, "siren": 0.35,
        "whistle": 0.4, "owl": 0.4, "howl": 0.5, "moo": 0.6, "alarm": 0.3, "phone": 0.4,
        "whale": 0.5, "horn": 0.55, "gunshot": 2.2, "explosion": 2.4, "fireworks": 1.6,
        "bark": 1.1, "keys": 0.35, "steps": 1.2, "elephant": 0.7, "neigh": 0.8}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Now:
    name: str
    every: float  # seconds
    loud: float = 1.0
    far: bool = False
    even: bool = False  # like a clock
    sure: bool = False  # once at least, early in the shot
    ahead: float | None = None  # its side, if it has one


def expected(shot: ShotPlan, drawn: bool = True) -> list[Now]:
    out = {now.name: now for now in _around(shot)} if drawn else {}
    for subject in shot.subjects if drawn else ():
        voice = VOICES.get(subject.look.breed)
        if voice and subject.element is None:
            out[voice] = Now(name=voice, every=4.5, loud=0.9, sure=True)
        if subject.kind == "temple" and shot.place != "room":
            out.setdefault("temple", Now(name="temple", every=9, loud=0.6, far=True, sure=True))
    for name in sorted(shot.asked.named):
        if name in CRIES or name in OBJECTS or name in ("steps", "keys"):
            far = name in shot.asked.far
            every = EVEN.get(name, EVERY.get(name, 4.0))
            out[name] = Now(name=name, every=every, far=far, even=name in EVEN, sure=True,
                            loud=0.8 if far else 1.2)  # fmt: skip
    if "all" in shot.silenced:
        return []
    return [now for now in out.values() if now.name not in shot.silenced]


def _around(shot: ShotPlan) -> list[Now]:
    """What one hears there anyhow."""
    day, mild = shot.time in DAY, shot.weather not in ("storm", "rain", "snow")
    match shot.place, shot.site:
        case ("coast", site) if day and mild and site != "sea":
            return [Now(name="gull", every=4.0, loud=0.45)]
        case ("harbour", _):
            gulls = [Now(name="gull", every=4.0, loud=0.5, sure=True)] if day and mild else []
            horn = Now(name="foghorn", every=11, loud=0.5, far=True, sure=shot.weather == "fog")
            return [*gulls, horn]
        case ("city" | "street", site) if site != "alley":
            horns = Now(name="horn", every=4.5 if day else 8.0, loud=0.5, far=True, sure=day)
            return [horns, *([] if day else [Now(name="siren", every=22, loud=0.3, far=True)])]
        case ("street", "alley"):
            return [Now(name="drip", every=2.3, loud=0.35), Now(name="bark", every=12, loud=0.3,
                                                                far=True)]  # fmt: skip
        case ("forest", site) if shot.time in ("night", "dusk") and mild:
            return [Now(name="owl", every=5.0, loud=0.7, sure=True)] if site != "jungle" else []
        case ("village", _) if mild and shot.time == "dawn":
            return [Now(name="rooster", every=7.0, loud=0.5, far=True, sure=True)]
        case ("village", _) if mild:
            return [Now(name="bark", every=8.0, loud=0.4, far=True)]
        case ("snow", _) if shot.time in ("night", "dusk"):
            return [Now(name="howl", every=12.0, loud=0.4, far=True)]
        case ("mountains", "") if day and mild:
            return [Now(name="eagle", every=8.0, loud=0.35, far=True, sure=True)]
        case ("room", site) if site in QUIET_ROOMS:
            return [Now(name="clock", every=1.0, loud=0.16, even=True, ahead=0.35)]
        case ("room", "office"):
            return [Now(name="keys", every=0.19, loud=0.14, even=True, ahead=-0.4)]
        case ("room", "bar"):
            return [Now(name="laughter", every=5.0, loud=0.4, far=True)]
        case ("underwater", _):
            return [Now(name="whale", every=14.0, loud=0.5, far=True)]
    return []


def times(now: Now, shot: ShotPlan) -> list[tuple[float, float]]:
    """Seconds of the shot, and the side."""
    random = stream(shot.seed, "offscreen", now.name, shot.first)
    seconds = shot.seconds
    first = random.uniform(0.15, max(0.2, min(0.45 * seconds, 1.6))) if now.sure else (
        random.uniform(0.2, now.every + 0.2))  # fmt: skip
    side = now.ahead if now.ahead is not None else float(random.uniform(-0.7, 0.7))
    out = []
    at = first
    while at < seconds - 0.1:
        out.append((at, side))
        step = now.every * (1.0 if now.even else random.uniform(0.8, 1.4))
        if now.name == "keys":  # words, and pauses between them
            step *= random.uniform(0.6, 1.3) + 3.0 * (random.random() < 0.12)
        at += step
        if not now.even:
            side = float(random.uniform(-0.7, 0.7)) if now.name not in ("bell", "temple") else side
    return out


def driven(shot: ShotPlan) -> list[str]:
    """Vehicles that the prompt names."""
    if "all" in shot.silenced:
        return []
    return sorted(n for n in shot.asked.named & ENGINES.keys() if n not in shot.silenced)
