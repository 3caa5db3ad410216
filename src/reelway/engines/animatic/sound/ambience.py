"""What a place sounds like: layers of sound that go on, shot by shot.

layers     which sounds a shot has, and how loud: place, site, weather, time and named sounds
texture    how one of them sounds there: rain on leaves, on water, on the roof
bed        every texture once for the whole film, cross-faded at the cuts: what goes on in the next
           shot, goes on
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import framing
from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.hearing import Heard
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.blocks import rms, silence
from reelway.engines.animatic.sound.engines import ENGINES
from reelway.engines.animatic.sound.textures import TEXTURES
from reelway.request import FRAME_RATE

Array = npt.NDArray[Any]
Levels = dict[str, float]

CUT_FADE = 0.04  # seconds

BY_PLACE: dict[str, Levels] = {
    "coast": {"surf": 1.0, "wind": 0.25},
    "harbour": {"lap": 0.6, "hum": 0.45},
    "lake": {"lap": 0.6, "wind": 0.2},
    "river": {"stream": 0.9},
    "mountains": {"wind": 0.7},
    "forest": {"leaves": 0.5},
    "desert": {"wind": 0.7, "sand": 0.4},
    "field": {"leaves": 0.4, "wind": 0.2},
    "city": {"hum": 1.0},
    "street": {"hum": 0.9},
    "village": {"leaves": 0.35, "wind": 0.2},
    "room": {"tone": 0.20},
    "space": {"drone": 1.0},
    "snow": {"wind": 0.8},
    "underwater": {"underwater": 1.0},
}
BY_SITE: dict[str, Levels] = {
    "sea": {"surf": 0.5, "lap": 0.5, "wind": 0.45},
    "island": {"surf": 0.8, "leaves": 0.3},
    "cliff": {"surf": 0.7, "wind": 0.7},
    "swamp": {"frogs": 0.45, "lap": 0.2, "crickets": 0.25},
    "waterfall": {"waterfall": 1.0},
    "volcano": {"lava": 1.0, "wind": 0.25},
    "jungle": {"cicadas": 0.5, "leaves": 0.4},
    "bamboo": {"leaves": 0.7},
    "savanna": {"wind": 0.35, "crickets": 0.3},
    "stadium": {"cheer": 1.0},
    "road": {"wind": 0.35, "leaves": 0.2},
    "market": {"murmur": 0.9, "hum": 0.3},
    "alley": {"hum": 0.35},
    "rooftop": {"hum": 0.6, "wind": 0.4},
    "kitchen": {"fridge": 0.22},
    "bedroom": {"tone": 0.13},
    "office": {"fans": 0.28},
    "bar": {"murmur": 0.7},
    "library": {"tone": 0.12},
    "hall": {"hall": 0.28},
    "corridor": {"hall": 0.26},
    "gym": {"hall": 0.26},
    "stage": {"hall": 0.24},
    "works": {"hum": 0.45, "hall": 0.22},
    "station": {"murmur": 0.6, "hall": 0.5},
    "moon": {"drone": 0.5},
    "mars": {"wind": 0.7, "sand": 0.3},
}
BY_WEATHER: dict[str, Levels] = {
    "rain": {"rain": 1.0},
    "storm": {"rain": 1.1, "wind": 0.9, "howl": 0.5, "thunder": 0.6},
    "wind": {"wind": 0.9, "howl": 0.4},
    "snow": {"wind": 0.6},
}
GREEN = {"forest", "field", "village", "lake", "river"}
TOWNS = {"city", "street", "harbour"}
INSIDE = 0.25  # what of the weather is heard in a room
BEHIND = 0.7  # of a bed behind what happens in the picture
NO_WEATHER = {"space", "underwater"}
NIGHT = 0.6  # of a city's hum at night
HUMMING = {"car", "bus", "motorcycle", "train", "spaceship", "rocket"}
OWN = 0.6  # of a hum where what hums is seen
NAMED, FAR = 0.7, 0.3  # of a sound that the prompt names, and of one that it says is far
QUIET = 0.4  # loudness of all that goes on in a quiet room
UNKNOWN: Levels = {"wind": 0.18}  # over a picture of which nobody said where it is
# How much of a place is heard when the camera is near somebody.
BY_SIZE = {"extreme": 0.6, "close": 0.65, "chest": 0.75, "medium": 0.85, "knees": 0.9}
# What goes silent with a sound that is not wanted.
RELATED = {
    "surf": {"lap", "stream", "waterfall"}, "wind": {"leaves", "drone", "howl", "sand"},
    "birds": {"chorus"}, "crickets": {"cicadas", "frogs"}, "murmur": {"cheer", "applause"},
}  # fmt: skip
RAIN_ON = {
    "forest": "leaves", "room": "the roof", "lake": "water", "river": "water", "harbour": "water",
    "coast": "water", "field": "earth", "desert": "earth", "mountains": "earth", "snow": "earth",
}  # fmt: skip
RAIN_AT = {"garden": "leaves", "vineyard": "leaves", "beach": "earth", "swamp": "leaves",
           "island": "leaves", "road": ""}  # fmt: skip


def layers(shot: ShotPlan, drawn: bool = True) -> Levels:
    """Name → loudness, about 1 for what leads. `drawn`: the picture shows the shot's own place,
    and not one of the caller's frames."""
    out = _of_place(shot) if drawn or "place" in shot.named else dict(UNKNOWN)
    if drawn or "weather" in shot.named:
        for name, gain in _of_weather(shot).items():
            out[name] = max(out.get(name, 0), gain)
    if drawn:
        out.update(_of_hour(shot))
    for subject in shot.subjects:
        if subject.kind == "fire":
            out["fire"] = 0.7
        if subject.kind == "crowd" and subject.look.throng and shot.place != "space":
            out["murmur"] = max(out.get("murmur", 0), 0.4)
        if subject.look.doing == "cook":
            out["sizzle"] = 0.3
    near = BY_SIZE.get(framing.wanted(shot), 1.0)
    out = {name: gain * near for name, gain in out.items()}
    for name in shot.asked.named & (TEXTURES.keys() | {"thunder"}):
        level = FAR if name in shot.asked.far else NAMED
        if shot.place == "room" and name in ("rain", "wind", "thunder"):
            level *= 0.6
        out[name] = level if level == FAR else max(out.get(name, 0.0), level)
    silent = set(shot.silenced).union(*(RELATED.get(s, set()) for s in shot.silenced))
    return {} if "all" in silent else {k: v for k, v in out.items() if k not in silent}


def quiet(shot: ShotPlan) -> bool:
    """Whether it is in a room where nobody makes a noise."""
    return shot.place == "room" and max(layers(shot).values(), default=0.0) < QUIET


def _of_place(shot: ShotPlan) -> Levels:
    out = dict(BY_SITE.get(shot.site) or BY_PLACE.get(shot.place, {"wind": 0.4}))
    if shot.time == "night" and "hum" in out:
        out["hum"] *= NIGHT
    if any(s.kind in HUMMING for s in shot.subjects):  # they have it themselves
        out = {k: v * (OWN if k in ("hum", "drone") else 1.0) for k, v in out.items()}
    return out


def _of_weather(shot: ShotPlan) -> Levels:
    if shot.place in NO_WEATHER:
        return {}
    out = dict(BY_WEATHER.get(shot.weather, {}))
    if shot.place == "room":
        return {name: gain * INSIDE for name, gain in out.items() if name != "howl"}
    if shot.place in GREEN and shot.weather in ("wind", "storm"):
        out["leaves"] = 0.8
    return out


def _of_hour(shot: ShotPlan) -> Levels:
    """Birds by day, most of them at dawn; crickets at night."""
    mild = shot.weather in ("clear", "fair", "overcast", "fog")
    if shot.place not in GREEN or not mild or shot.site in ("stadium", "savanna", "swamp"):
        return {}
    winter = shot.ground == "snow"
    match shot.time:
        case "dawn":
            return {"birds": 0.2} if winter else {"chorus": 0.4}
        case "day":
            return {"birds": 0.24}
        case "golden":
            return {"birds": 0.2} if winter else {"birds": 0.2, "crickets": 0.12}
        case _:
            return {} if winter else {"crickets": 0.30}


def texture(shot: ShotPlan, name: str) -> str:
    """How a layer sounds in a shot."""
    if name == "thunder":
        return "far thunder"
    if name != "rain":
        return name
    on = RAIN_AT.get(shot.site, RAIN_ON.get(shot.place, ""))
    return f"rain on {on}" if on else "rain"


def bed(
    shots: Sequence[ShotPlan], seed: int, n: int, heard: Sequence[Heard] | None = None
) -> Array:
    """(n, 2): all layers; 1 is what leads. `heard`: of each shot's picture."""
    plans = []
    for shot, own in zip(shots, heard or [Heard()] * len(shots), strict=True):
        behind = BEHIND if any(t.strikes or t.kind in ENGINES for t in own.things) else 1.0
        made = layers(shot, own.drawn)
        plans.append({texture(shot, name): gain * behind for name, gain in made.items()})
    mix = silence(n)
    for name in sorted(set().union(*plans)):
        gains = [p.get(name, 0.0) for p in plans]
        sound = TEXTURES[name](n, seed)
        sound *= np.float32(1 / max(rms(sound), 1e-6))
        mix += sound * envelope(shots, gains, n)[:, None]
    return mix


def envelope(shots: Sequence[ShotPlan], gains: Sequence[float], n: int) -> Array:
    """Gain over time: constant in a shot, crossing over at each cut."""
    if len(set(gains)) == 1:
        return np.full(n, gains[0], np.float32)
    half = int(CUT_FADE * SAMPLE_RATE) // 2
    out = np.empty(n, np.float32)
    for gain, shot in zip(gains, shots, strict=True):
        out[shot.first * SAMPLE_RATE // FRAME_RATE :] = gain
    for before, after, shot in zip(gains, gains[1:], shots[1:], strict=False):
        cut = shot.first * SAMPLE_RATE // FRAME_RATE
        out[cut - half : cut + half] = np.linspace(before, after, 2 * half, dtype=np.float32)
    return out
