"""What happens: what moves in the picture is heard where and when it is seen, and what a prompt
names is heard out of it.

    effects    all of a film, on the scale of `ambience.bed`; shots at one place run on, at the cut
               to another one theirs is over
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic import audible
from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.hearing import Flash, Heard, Sounding
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound import offscreen, steps
from reelway.engines.animatic.sound.blocks import (
    band,
    clock,
    echoed,
    fall,
    mono,
    place,
    silence,
)
from reelway.engines.animatic.sound.calls import CRIES, call
from reelway.engines.animatic.sound.engines import ENGINES, passing
from reelway.engines.animatic.sound.objects import OBJECTS
from reelway.request import FRAME_RATE

Array = npt.NDArray[Any]

EDGE = 0.02  # seconds in which a place's effects come and go
STRUCK = 4.2  # how loud a foot on stone is beside a bed of 1
CALLED = 3.2  # and a call
DRIVEN = 1.4
TREAD = {"hoof": 1.7}  # against a foot
HANDS = {"key": 0.14, "clap": 0.6, "blow": 0.6, "splash": 0.5, "plunge": 0.7}
DRAWN = {"motorcycle": "motorbike", "bus": "car", "boat": "engine"}  # and whose engine it is
MOST_ENGINES, MOST_WALKERS = 3, 8
ACROSS = 1.5  # half frames from the middle at which something that is not seen begins and ends
# Seconds of a room's answer, and how much of it.
ECHO = {"hall": (2.2, 0.5), "corridor": (1.4, 0.45), "station": (1.9, 0.4), "canyon": (1.7, 0.3),
        "gym": (1.5, 0.4), "stage": (1.1, 0.3), "works": (1.7, 0.4),
        "alley": (0.8, 0.25), "stadium": (1.2, 0.2), "courtyard": (0.7, 0.15)}  # fmt: skip
ECHO_AT = {"room": (0.45, 0.18), "underwater": (1.2, 0.4), "mountains": (1.8, 0.12)}
# What a seen thing's sound is called where a prompt does not want it.
UNWANTED = {
    "step": {"steps"}, "hoof": {"steps", "neigh"}, "paw": {"steps"}, "key": {"keys"},
    "clap": {"applause"}, "car": {"hum", "engine"}, "boat": {"boat", "engine"},
    "plunge": {"splash"},
}  # fmt: skip
# Boats that have an engine.
MOTORED = re.compile(
    r"ferr(?:y|ies)|motor|speedboat|tug|fishing boat|\bships?\b|yacht|轮船|货船|渡船|快艇|渔船|游艇"
)


def effects(
    shots: Sequence[ShotPlan], seed: int, n: int, heard: Sequence[Heard] | None = None
) -> Array:
    """(n, 2). `heard`: of each shot's picture."""
    out = silence(n)
    known = heard if heard is not None else [Heard()] * len(shots)
    pairs = list(zip(shots, known, strict=True))
    for _, run in groupby(pairs, lambda pair: (pair[0].place, pair[0].site, pair[1].drawn)):
        part = list(run)
        first, last = part[0][0], part[-1][0]
        start, end = _sample(first.first), min(n, _sample(last.first + last.frames))
        made = _at_one_place(part, seed, end - start)
        if made is not None:
            out[start:end] += made
    return out


def _sample(frame: int) -> int:
    return frame * SAMPLE_RATE // FRAME_RATE


def _at_one_place(part: Sequence[tuple[ShotPlan, Heard]], seed: int, n: int) -> Array | None:
    out, begin, busy = silence(n), part[0][0].first, False
    for shot, heard in part:
        late = _sample(shot.first - begin)
        for at, grain, side in _grains(shot, heard, seed):
            place(out, late + int(at * SAMPLE_RATE), grain, side)
            busy = True
        for sound in _drives(shot, heard, seed):
            sound = sound[: n - late]
            out[late : late + len(sound)] += sound
            busy = True
    if not busy:
        return None
    shot = part[0][0]
    echo = ECHO.get(shot.site) or ECHO_AT.get(shot.place)
    if echo and n > SAMPLE_RATE // 4:
        out = echoed(out, *echo)
    edge = np.linspace(0, 1, int(EDGE * SAMPLE_RATE), dtype=np.float32)[: n // 2]
    out[: len(edge)] *= edge[:, None]
    out[n - len(edge) :] *= edge[::-1, None]
    return out


def _grains(shot: ShotPlan, heard: Heard, seed: int) -> Iterator[tuple[float, Array, float]]:
    """(seconds of the shot, sound, side) of all that is short."""
    if "all" in shot.silenced:
        return
    walkers = sorted((t for t in heard.things if t.strikes), key=lambda t: float(t.depth.mean()))
    for k, thing in enumerate(walkers[:MOST_WALKERS]):
        if not UNWANTED.get(thing.kind, set()) & shot.silenced:
            yield from _struck(shot, thing, k, min(len(walkers), MOST_WALKERS) ** -0.5)
    indoors = shot.place == "room"
    if "thunder" not in shot.silenced:
        for k, flash in enumerate(heard.flashes):
            yield flash.heard, thunder(flash, seed, k, indoors), 0.5 * flash.side
    seen = {t.kind for t in walkers}
    for now in offscreen.expected(shot, heard.drawn):
        if {"steps": "step", "keys": "key"}.get(now.name) in seen:
            continue
        yield from _called(shot, now, seed)


def _struck(
    shot: ShotPlan, thing: Sounding, k: int, share: float
) -> Iterator[tuple[float, Array, float]]:
    random = stream(shot.seed, "struck", thing.kind, k)
    below = steps.ground(shot)
    make = {"step": steps.step, "hoof": steps.hoof, "paw": steps.paw}.get(thing.kind)
    for frame in thing.strikes:
        side, depth = float(thing.side[frame]), float(thing.depth[frame])
        if abs(side) > 1.6:
            continue
        near = min(1.4, (1.0 / max(depth, 0.2)) ** 0.7)
        loud = STRUCK * share * near * random.uniform(0.75, 1.0)
        if make is not None:
            loud *= TREAD.get(thing.kind, 1.0)
            grain = make(below, int(random.integers(steps.KINDS)))
        elif thing.kind in OBJECTS:
            grain = OBJECTS[thing.kind](random, shot.seed)
            loud *= HANDS.get(thing.kind, 0.5)
        else:
            continue
        yield frame / FRAME_RATE, grain * np.float32(loud), 0.8 * side


def _called(shot: ShotPlan, now: offscreen.Now, seed: int) -> Iterator[tuple[float, Array, float]]:
    random = stream(shot.seed, "called", now.name, shot.first)
    for k, (at, side) in enumerate(offscreen.times(now, shot)):
        if now.name == "steps":
            grain = steps.step(steps.ground(shot), int(random.integers(steps.KINDS)))
        elif now.name == "keys":
            grain = OBJECTS["key"](random, seed)
        elif now.name in CRIES:
            grain = call(now.name, random, seed)
        else:
            grain = OBJECTS[now.name](random, seed)
        if now.far:
            grain = dulled(grain)
        fade = min(1.0, 0.75 + 0.25 * (k == 0))
        loud = CALLED * now.loud * fade * offscreen.LOUD.get(now.name, 1.0)
        yield at, grain * np.float32(loud), side


def dulled(grain: Array, cutoff: float = 1400.0) -> Array:
    """As from far off, or through a wall."""
    size = 1 << (len(grain) - 1).bit_length()
    f = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    lower = (1 / (1 + (f / cutoff) ** 2)).astype(np.float32)
    return np.asarray(np.fft.irfft(np.fft.rfft(grain, size) * lower, size)[: len(grain)])


def thunder(flash: Flash, seed: int, k: int, indoors: bool = False) -> Array:
    """A crack if it is near, then a roll that comes back from clouds and hills."""
    random = stream(seed, "thunder", k)
    near = max(0.0, 1 - flash.metres / 700)
    seconds = 4.2
    roll = mono(int(seconds * SAMPLE_RATE), seed, f"thunder{k}", band(26, 170 + 200 * near, -0.6))
    t = np.arange(len(roll), dtype=np.float32) / SAMPLE_RATE
    level = np.exp(-t / 0.55)
    for _ in range(4):
        at, loud = random.uniform(0.25, 2.2), random.uniform(0.25, 0.7)
        level = level + loud * np.exp(-((t - at) ** 2) / 0.06) * (t > 0)
    level = level * np.minimum(t / (0.008 + 0.03 * (1 - near)), 1) * np.minimum((seconds - t), 1)
    out = np.asarray(roll * level, np.float32)
    crack = mono(int(0.9 * SAMPLE_RATE), seed, f"crack{k}", band(180, 4200, -0.5))
    crack = crack * fall(0.9, 0.05)[: len(crack)] * np.float32(1.6 * near)
    out[: len(crack)] += crack
    out *= np.float32(1.6 + 4.0 * near)
    return dulled(out, 300.0) * np.float32(0.5) if indoors else out


def _drives(shot: ShotPlan, heard: Heard, seed: int) -> Iterator[Array]:
    """What has an engine, in the picture or out of it."""
    if "all" in shot.silenced:
        return
    n = _sample(shot.frames)
    t = clock(n)
    seen = []
    for thing in heard.things:
        kind = engine_of(shot, thing.kind)
        if kind and not ({kind} | UNWANTED.get(thing.kind, set())) & shot.silenced:
            seen.append((float(thing.depth.mean()), kind, thing))
    seen.sort(key=lambda each: each[0])
    for k, (depth, kind, thing) in enumerate(seen[:MOST_ENGINES]):
        frames = np.arange(len(thing.side)) / FRAME_RATE
        side, deep = np.interp(t, frames, thing.side), np.interp(t, frames, thing.depth)
        level = DRIVEN * min(1.3, (ENGINES[kind].large / max(depth, 0.3)) ** 0.7) * 0.7**k
        level *= 0.5 if kind in shot.asked.far else 1.0
        yield passing(kind, side, deep, seed + k, level)[:n]
    indoors = shot.place == "room"
    for kind in offscreen.driven(shot):
        drawn = heard.drawn and any(DRAWN.get(s.kind, s.kind) == kind for s in shot.subjects)
        if not drawn and kind not in {each[1] for each in seen}:
            far = kind in shot.asked.far
            way = 1.0 if stream(shot.seed, "way", kind).random() < 0.5 else -1.0
            side = way * ACROSS * np.linspace(-1, 1, len(t)) * (0.5 if far else 1.0)
            level = DRIVEN * (0.30 if far else 1.0) * (0.4 if indoors else 1.0)
            yield passing(kind, side, np.full(len(t), 12.0 if far else 2.5), seed, level)[:n]


def engine_of(shot: ShotPlan, kind: str) -> str:
    """Whose engine something in the picture has."""
    if kind == "boat":
        return "engine" if MOTORED.search(shot.prompt.lower()) else "boat"
    if kind in ENGINES:
        return kind
    if kind in ("step", "hoof", "paw") or kind in OBJECTS:
        return ""
    return next(iter(sorted(audible.read(kind).named & ENGINES.keys())), "")
