"""What a film's music is to be, from what is wished and what is seen.

    Brief    mood, style, tempo range, scale, who plays what
    cues     the shots that have music, in runs that one piece goes through

The music's own words decide; what they leave open comes from the scene: a storm at night is tense,
a sunny day joyful, a black and white picture jazz of a film noir.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from reelway.engines.animatic.musical import Wish
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.sound.music.instruments import sorts

LONELY = 0.25  # by which somebody who plays alone has more to say
SHADES = {"major": 0, "minor": 1}


@dataclass(frozen=True, kw_only=True)
class Part:
    role: str
    instrument: str
    gain: float
    side: float
    enters: float = 0.0  # how much must be going on
    pattern: str = ""


@dataclass(frozen=True, kw_only=True)
class Brief:
    moods: tuple[str, ...]
    styles: tuple[str, ...]
    parts: tuple[Part, ...]
    tempi: tuple[float, float]
    wanted: float  # beats a minute
    beats: int  # in a bar
    swing: float
    tonic: int
    mode: str
    cycle: tuple[str, ...]
    cadence: tuple[str, ...]
    arc: tuple[float, ...]  # how much is going on at the beginning, the climax, before the end, end
    lift: int  # semitones
    busy: float  # 0…1: how many notes a melody has
    room: tuple[float, float]  # seconds, level
    tone: float  # hertz over which it is dull

    @property
    def instruments(self) -> list[str]:
        """What is heard, the lead first."""
        order = sorted(self.parts, key=lambda p: (p.role != "melody", -p.gain))
        heard = [p.instrument for p in order if p.role not in ("hit", "riser", "crackle")]
        return list(dict.fromkeys(heard))


@cache
def tables() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("styles.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def cues(shots: Sequence[ShotPlan]) -> list[list[ShotPlan]]:
    """Runs of shots with music of one wish."""
    out: list[list[ShotPlan]] = []
    before: Wish | None = None
    for shot in shots:
        wish = shot.music
        if not wish.asked or wish.silent or {"music", "all"} & shot.silenced:
            before = None
            continue
        own = replace(wish, scene=())
        if before == own:
            out[-1].append(shot)
        else:
            out.append([shot])
        before = own
    return out


def brief(shots: Sequence[ShotPlan], seed: int) -> Brief:
    """Of one cue."""
    wish = shots[0].music
    moods = tuple(m for m in wish.moods if m not in wish.without) or tuple(
        m for m in _seen(shots) if m not in wish.without
    )
    moods = moods[:2] or ("neutral",)
    mood = _blended(moods)
    styles = tuple(s for s in wish.styles if s not in wish.without)[:2]
    named = tuple(i for i in wish.instruments if i not in wish.without)
    if not styles:
        styles = _style_of(shots, named) or (mood["style"],)
    kind = tables()["styles"][styles[0]]
    shade = wish.scale or kind.get("shade", mood["shade"])
    harmony = _harmony(kind, mood, shade, bool(wish.scale))
    random = stream(seed, "music", *moods, *styles)
    pace = wish.pace or ("slow" in wish.without) - ("fast" in wish.without)
    low, high = kind["tempo"]
    place = min(1.0, max(0.0, mood["pace"] + 0.45 * max(-1, min(1, pace))))
    wanted = wish.tempo or low + (high - low) * place
    tempi = (wanted * 0.97, wanted * 1.03) if wish.tempo else (low, high)
    if pace and not wish.tempo:
        tempi = (low, (low + high) / 2) if pace < 0 else ((low + high) / 2, high)
    cadences, cycles = harmony["cadences"], harmony["cycles"]
    tonic = int(stream(seed, "music key").integers(0, 12))  # one for all music of the film
    parts = _band(kind, styles, named, tuple(wish.players), wish)
    lonely = len({p.instrument for p in parts}) == 1
    return Brief(
        moods=moods,
        styles=styles,
        parts=parts,
        tempi=tempi,
        wanted=wanted,
        beats=int(kind.get("beats", 4)),
        swing=float(kind.get("swing", 0)),
        tonic=tonic if wish.tonic is None else wish.tonic,
        mode=harmony["mode"],
        cycle=tuple(str(random.choice(cycles)).split()),
        cadence=tuple(str(random.choice(cadences)).split()),
        arc=tuple(mood["arc"]),
        lift=int(mood["lift"]),
        busy=min(1.0, float(mood["busy"]) + (LONELY if lonely else 0.0)),
        room=(float(kind["room"][0]), float(kind["room"][1])),
        tone=float(kind.get("tone", 0)),
    )


def told(b: Brief, tempo: float) -> dict[str, Any]:
    """For the report."""
    names = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
    scale = {"gong": "pentatonic major", "yu": "pentatonic minor", "harmonic": "minor"}
    mode = scale.get(b.mode, b.mode)
    return {
        "mood": " and ".join(b.moods),
        "style": " and ".join(b.styles),
        "tempo": round(tempo),
        "key": f"{names[b.tonic]} {mode}",
        "instruments": b.instruments,
    }


def _blended(moods: Sequence[str]) -> dict[str, Any]:
    first, *others = (tables()["moods"][m] for m in moods)
    if not others:
        return dict(first)
    second = others[0]
    out = dict(first)
    for name in ("pace", "lift", "busy"):
        out[name] = 0.6 * first[name] + 0.4 * second[name]
    out["arc"] = [0.6 * a + 0.4 * b for a, b in zip(first["arc"], second["arc"], strict=True)]
    return out


def _harmony(kind: dict[str, Any], mood: dict[str, Any], shade: str, told: bool) -> dict[str, Any]:
    all_of = tables()["harmonies"]
    if "harmony" in kind:
        return dict(all_of[kind["harmony"][SHADES[shade]]])
    if told and mood["shade"] != shade:
        return dict(all_of["melancholic" if shade == "minor" else "open"])
    return dict(all_of[mood["harmony"]])


def _seen(shots: Sequence[ShotPlan]) -> tuple[str, ...]:
    """The mood of what is seen: as the prompt says it, else of weather, light and place."""
    said = [m for s in shots for m in s.music.scene]
    if said:
        return (said[0],)
    return (next((m for m in map(_of_shot, shots) if m), "neutral"),)


def _of_shot(shot: ShotPlan) -> str:
    actions = {s.action for s in shot.subjects} | {s.look.doing for s in shot.subjects}
    dark = shot.time == "night"
    if shot.weather == "storm":
        return "tense"
    if actions & {"fight"} or (dark and actions & {"run"}):
        return "tense" if dark else "energetic"
    if shot.place in ("space", "underwater"):
        return "dreamy"
    if shot.weather == "fog" or (dark and shot.place in ("forest", "mountains")):
        return "mysterious"
    if shot.weather == "rain" and "weather" in shot.named:
        return "melancholic"
    if actions & {"dance", "run", "jump"}:
        return "joyful"
    by_time = {"dawn": "hopeful", "golden": "romantic", "dusk": "nostalgic", "night": "calm"}
    if shot.weather == "snow":
        return "calm"
    if "time" in shot.named or "weather" in shot.named:
        return by_time.get(shot.time, "joyful" if shot.weather in ("clear", "fair") else "")
    return ""


def _style_of(shots: Sequence[ShotPlan], named: Sequence[str]) -> tuple[str, ...]:
    """Of a piece whose style nobody named: that of its first instrument, or of the picture."""
    for name in named:
        if style := sorts()[name].get("style"):
            return (str(style),)
    looks = {s for shot in shots for s in shot.style}
    by_look = {"mono": "noir", "neon": "synthwave", "ink": "chinese"}
    return tuple(style for look, style in by_look.items() if look in looks)[:1]


def _band(
    kind: dict[str, Any],
    styles: Sequence[str],
    named: Sequence[str],
    players: Sequence[str],
    wish: Wish,
) -> tuple[Part, ...]:
    band = [_part(text) for text in kind["parts"]]
    for other in styles[1:]:  # a second style lends what the first has not
        more = [_part(text) for text in tables()["styles"][other]["parts"]]
        roles = {p.role for p in band}
        lead = [replace(p, gain=0.7 * p.gain, role="counter") for p in more if p.role == "melody"]
        band += [p for p in more if p.role not in roles] + lead
        band = [p for p in band if p.role != "drums"] + [
            p for p in more if p.role == "drums"
        ] or band
    if named:
        band = _asked(band, named, alone=not wish.styles or bool(players and not wish.scored))
    band = [p for p in band if not _unwanted(p.instrument, wish.without)]
    if not any(p.role == "melody" for p in band):
        lead = [p for p in band if p.role in ("arp", "comp", "pad", "counter")][:1]
        band += [replace(p, role="melody", gain=0.7, pattern="simple", enters=0.0) for p in lead]
    return tuple(band)


def _unwanted(instrument: str, without: Iterable[str]) -> bool:
    own = {instrument, str(sorts().get(instrument, {}).get("plays", ""))}
    if instrument not in sorts() or sorts()[instrument]["kind"] == "drum":
        own |= {"drums", "percussion"}
    if instrument in ("spiccato", "pizzicato"):
        own.add("strings")
    return bool(own & set(without))


def _part(text: str) -> Part:
    role, instrument, gain, side, enters, pattern, *_ = [*text.split(), "0", "", ""]
    return Part(
        role=role, instrument=instrument, gain=float(gain), side=float(side),
        enters=float(enters), pattern="" if pattern == "0" else pattern,
    )  # fmt: skip


def _asked(band: Sequence[Part], named: Sequence[str], *, alone: bool) -> list[Part]:
    """The instruments that were named: alone where no style was, else in the band."""
    out: list[Part] = [] if alone else list(band)
    have = {p.role for p in out}
    sides = (0.0, -0.3, 0.3, -0.5, 0.5)
    for n, name in enumerate(named):
        sort = sorts()[name]
        played = str(sort.get("plays", name))
        if name == "drums" and not alone:  # such as the style has
            played = next((p.instrument for p in out if p.role == "drums"), played)
        if not alone and any(p.instrument == played for p in out):
            out = [replace(p, gain=1.25 * p.gain, enters=0.0) if p.instrument == played else p
                   for p in out]  # fmt: skip
            continue
        wanted = [r.split(":") for r in sort["roles"]]
        free = [r for r in wanted if r[0] not in have or (not alone and n == 0)]
        if n and len(named) > 1 and not free:
            free = [["counter", ""]]
        if alone and len(named) == 1:
            free = wanted
        for role, pattern in free if alone else free[:1]:
            if not alone:
                out = [p for p in out if p.role != role]
            gain = {"melody": 0.95, "drums": 0.75}.get(role, 0.6)
            out.append(Part(role=role, instrument=played, gain=gain, side=sides[n % 5],
                            pattern=pattern))  # fmt: skip
            have.add(role)
    return out
