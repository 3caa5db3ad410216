"""Which voice speaks which line: espeak-ng's variants, bent by pitch, pace and brightness.

    marker <<<voice_n>>>  the n-th of the request's voices
    no marker anywhere    the first speaker has voice 1, the next one voice 2, if they are given
    anybody else          a voice of their own, by name: the same in every film

An id that was measured (it has a sample) speaks at its sample's pitch and pace; any other id, and
any name, is mapped to a voice by its hash. Two voices of one film never share a variant as long as
there are others, and no two chosen ones are close in pitch, nor any two in the length of their
throats and in colour (`timbre`), which are all that tells whispers apart: the later one gives way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reelway.engines.animatic.dialogue import Line
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.speaking import gender_of

# Of each variant, measured over an English sentence at espeak-ng's middle settings: median pitch in
# Hz and brightness (the spectrum's centroid) in Hz; and how high its formants are, as a factor.
VARIANTS: Mapping[str, tuple[float, float, float]] = {
    "m1": (95, 1124, 0.97), "m2": (105, 1449, 1.02), "m3": (113, 1375, 0.96),
    "m4": (99, 1432, 1.03), "m5": (107, 1372, 1.0), "m6": (108, 1308, 1.0), "m7": (116, 936, 1.0),
    "f1": (190, 1497, 1.12), "f2": (208, 1619, 1.1), "f3": (231, 1760, 1.18),
    "f4": (188, 1593, 1.17), "f5": (217, 1993, 1.1),
}  # fmt: skip
# Settings of espeak-ng's pitch, and what each makes of the middle one.
SETTINGS = (0, 20, 35, 50, 65, 80, 99)
RATIOS = (0.70, 0.78, 0.885, 1.0, 1.145, 1.318, 1.595)
SPREAD_SHIFT = 0.0044  # how a step of espeak-ng's range lifts the median pitch
WOMEN_FROM = 165.0  # Hz: a sample above it gets a woman's variant
MIDDLE_RATE, MIDDLE_PACE, MIDDLE_SPREAD = 165, 3.05, 2.3  # words a minute; what that measures as
APART = 2.5  # semitones between two chosen voices of a film at least
THROATS_APART = 1.09  # and between the formants of any two
COLOURS, COLOURS_APART = 8, 4.0  # bands of a voice's colour; dB, the root mean square of two's
LOWEST, HIGHEST = 65.0, 380.0  # Hz
THROATS = {"m": (0.93, 1.05), "f": (1.06, 1.17), "child": (1.22, 1.3)}
SHORTEST, LONGEST = 1.42, 0.85  # throats
LANGUAGE_PITCH = {"cmn": 0.83, "yue": 0.9}  # espeak-ng's voices lie lower there
LANGUAGE_SPREAD = {"cmn": 1.6, "yue": 1.6, "vi": 1.4}  # its tones are flatter than people's
LANGUAGE_RATE = {"cmn": 1.16, "yue": 1.1}
ENGLISH = ("en-us", "en-gb-x-rp")


@dataclass(frozen=True, kw_only=True)
class Manner:
    """Factors, and a level in dB."""

    pitch: float = 1.0
    spread: float = 1.0
    rate: float = 1.0
    level: float = 0.0
    throat: float = 1.0


MANNERS: Mapping[str, Manner] = {
    "whisper": Manner(rate=0.92, level=-5),
    "shout": Manner(pitch=1.16, spread=1.3, rate=1.04, level=2.5, throat=1.04),
    "soft": Manner(pitch=0.98, spread=0.8, rate=0.94, level=-3),
    "angry": Manner(pitch=1.06, spread=1.35, rate=1.07, level=1.5),
    "sad": Manner(pitch=0.95, spread=0.7, rate=0.86, level=-2),
    "happy": Manner(pitch=1.07, spread=1.35, rate=1.05, level=1),
    "slow": Manner(rate=0.82),
    "fast": Manner(rate=1.2),
    "deep": Manner(pitch=0.86, rate=0.96, throat=0.94),
    "high": Manner(pitch=1.2, throat=1.07),
    "robot": Manner(spread=0.0),
    "ghost": Manner(spread=0.7, rate=0.84),
}


@dataclass(frozen=True, kw_only=True)
class Nature:
    """What kind of being speaks, as far as it is heard. Factors but for `breath`."""

    words: str
    pitch: float = 1.0
    spread: float = 1.0
    rate: float = 1.0
    throat: float = 1.0
    breath: float = 0.5
    waver: float = 1.0


NATURES: Mapping[str, Nature] = {
    "robot": Nature(words=r"\b(?:robot|android|machine|computer|ai|cyborg)s?\b"
                          r"|机器人|电脑|机器|人工智能",
                    spread=0.0, breath=0.2, waver=0.0),
    "ghost": Nature(words=r"\b(?:ghost|spirit|spect(?:re|er)|phantom|wraith)\b|鬼|幽灵|亡灵|魂",
                    spread=0.7, rate=0.86, breath=1.0, waver=1.6),
    "giant": Nature(words=r"\b(?:giant|monster|dragon|demon|troll|ogre|beast)\b"
                          r"|巨人|怪物|怪兽|恶魔|龙王",
                    pitch=0.74, rate=0.88, throat=0.86, breath=0.7),
    "child": Nature(words=r"\b(?:child|kid|boy|girl|baby|toddler)\b|孩|小朋友|少年|少女|娃",
                    pitch=1.22, rate=0.97),
    "old": Nature(words=r"\b(?:old|elderly|aged|ancient|grand(?:pa|ma|father|mother))\b"
                        r"|老人|老头|老太|爷爷|奶奶|外婆|外公|老者|老伯|老爷",
                  pitch=0.95, rate=0.88, breath=0.8, waver=2.6),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Voice:
    id: str  # the caller's; "" chosen by the speaker's name
    variant: str
    pitch: float  # Hz, median of a plain English sentence
    spread: float = 50.0  # espeak-ng's range of pitch, 0–100
    rate: float = MIDDLE_RATE  # words a minute
    tilt: float = 0.0  # dB an octave, about 1 kHz
    english: str = ENGLISH[0]
    sampled: bool = False
    nature: str = ""  # of `NATURES`; "" a grown-up
    throat: float = 1.0  # how high its formants are, over a man's: the shorter, the higher
    breath: float = 0.5  # 0…1
    waver: float = 1.0  # of the pitch
    colour: tuple[float, ...] = (0.0,) * COLOURS  # dB from the lows to the highs, without a tilt


def cast(
    lines: Sequence[Line], voices: Sequence[str], known: Mapping[str, Mapping[str, Any]]
) -> list[Voice]:
    """A voice for each line of a film. `known`: what was measured, by id."""
    keys = _keys(lines, voices)
    made: dict[tuple[str, str], Voice] = {}
    for key in dict.fromkeys(keys):
        kind, name = key
        pitch = known.get(name, {}).get("pitch") if kind == "id" else None
        if pitch:
            voice = _measured(name, float(pitch), known[name])
        else:
            voice = _chosen(name, "" if kind == "id" else name)
        voice = replace(voice, id=name if kind == "id" else "", sampled=bool(pitch))
        others = list(made.values())
        made[key] = replace(_apart(voice, others), colour=_colour(name, others))
    return [made[key] for key in keys]


def espeak(voice: Voice, line: Line) -> dict[str, Any]:
    """espeak-ng's settings for a line, as the speaker takes them."""
    manner = manner_of(line)
    language = voice.english if line.language == "en" else line.language
    tones = LANGUAGE_SPREAD.get(line.language, 1.0)
    spread = min(100.0, max(0.0, voice.spread * manner.spread * tones))
    base = VARIANTS[voice.variant][0] * LANGUAGE_PITCH.get(line.language, 1.0)
    base *= 1 + SPREAD_SHIFT * (spread / tones - 50)
    pitch = _between(voice.pitch * manner.pitch / base)
    rate = voice.rate * manner.rate * LANGUAGE_RATE.get(line.language, 1.0)
    return {
        "voice": f"{language}+{voice.variant}",
        "pitch": round(pitch),
        "range": round(spread),
        "rate": round(rate),
    }


def manner_of(line: Line) -> Manner:
    """All manners of a line together."""
    parts = [MANNERS[name] for name in line.manner]
    return Manner(
        pitch=math.prod(p.pitch for p in parts),
        spread=math.prod(p.spread for p in parts),
        rate=math.prod(p.rate for p in parts),
        level=sum(p.level for p in parts),
        throat=math.prod(p.throat for p in parts),
    )


def _keys(lines: Sequence[Line], voices: Sequence[str]) -> list[tuple[str, str]]:
    """("id", a caller's id) or ("name", a speaker's) for each line."""
    marks = {line.speaker.casefold(): line.marker for line in lines if line.marker}
    names = dict.fromkeys(line.speaker.casefold() for line in lines)
    given = {} if marks else dict(zip(names, voices, strict=False))
    keys = []
    for line in lines:
        name = line.speaker.casefold()
        marker = line.marker or (marks.get(name, 0) if name else 0)
        if 0 < marker <= len(voices):
            keys.append(("id", voices[marker - 1]))
        elif marker:
            keys.append(("name", f"voice {marker}"))
        elif name in given:
            keys.append(("id", given[name]))
        elif voices and not name:
            keys.append(("id", voices[0]))
        else:
            keys.append(("name", name or "narrator"))
    return keys


def _chosen(key: str, name: str) -> Voice:
    """The voice that a key always has; `name`: words that may tell who it is."""
    random = stream(0, "voice", key)
    gender = gender_of(name.title()) or str(random.choice(["f", "m"]))
    nature = next((n for n, what in NATURES.items() if re.search(what.words, name, re.I)), "")
    gender = "f" if nature == "child" else "m" if nature == "giant" else gender
    variant = str(random.choice([v for v in VARIANTS if v.startswith(gender)]))
    being = NATURES.get(nature, Nature(words=""))
    return Voice(
        id="",
        variant=variant,
        pitch=max(LOWEST, VARIANTS[variant][0] * float(random.uniform(0.9, 1.14)) * being.pitch),
        spread=float(random.uniform(40, 65)) * being.spread,
        rate=MIDDLE_RATE * float(random.uniform(0.93, 1.08)) * being.rate,
        tilt=float(random.uniform(-1, 1)),
        english=str(random.choice(ENGLISH)),
        nature=nature,
        throat=_throat(random, nature if nature in THROATS else gender) * being.throat,
        breath=being.breath * float(random.uniform(0.7, 1.0)),
        waver=being.waver,
    )


def _throat(random: np.random.Generator, whose: str) -> float:
    return float(random.uniform(*THROATS[whose]))


def _measured(key: str, pitch: float, sample: Mapping[str, Any]) -> Voice:
    """The variant that is nearest in brightness, at the sample's pitch; the rest is a tilt."""
    pitch = min(HIGHEST, max(LOWEST, pitch))
    brightness = float(sample.get("brightness") or 1400)
    gender = "f" if pitch > WOMEN_FROM else "m"
    variants = [v for v in VARIANTS if v.startswith(gender)]
    variant = min(variants, key=lambda v: abs(math.log(VARIANTS[v][1] / brightness)))
    spread = float(sample.get("pitch_spread") or MIDDLE_SPREAD)
    pace = float(sample.get("pace") or MIDDLE_PACE)
    return Voice(
        id=key,
        variant=variant,
        pitch=pitch,
        spread=min(100.0, max(15.0, 50 * spread / MIDDLE_SPREAD)),
        rate=min(215.0, max(130.0, MIDDLE_RATE * pace / MIDDLE_PACE)),
        tilt=min(4.0, max(-4.0, 3 * math.log2(brightness / VARIANTS[variant][1]))),
        english=str(stream(0, "accent", key).choice(ENGLISH)),
        throat=_throat(stream(0, "throat", key), gender),
    )


def _apart(voice: Voice, others: Sequence[Voice]) -> Voice:
    """The voice, moved away from those that speak in the same film already."""
    taken = {o.variant for o in others}
    same = [v for v in VARIANTS if v[0] == voice.variant[0]]
    at = same.index(voice.variant)
    free = [v for v in same[at:] + same[:at] if v not in taken]
    voice = replace(voice, variant=(free or [voice.variant])[0])
    steps = (n / 3 * sign for n in range(24) for sign in (1, -1))
    throats = (voice.throat * THROATS_APART**step for step in steps)
    other = (
        t
        for t in throats
        if LONGEST < t < SHORTEST
        and all(abs(math.log(t / o.throat)) >= math.log(THROATS_APART) - 1e-9 for o in others)
    )
    voice = replace(voice, throat=next(other, voice.throat))
    if voice.sampled or all(_distance(voice.pitch, o.pitch) >= APART for o in others):
        return voice
    moves = (s * sign for s in (3, 4, 5, 6, 7, 8) for sign in (1, -1))
    pitches = [p for s in moves if LOWEST < (p := voice.pitch * 2 ** (s / 12)) < HIGHEST]
    away = (p for p in pitches if all(_distance(p, o.pitch) >= APART for o in others))
    return replace(voice, pitch=next(away, voice.pitch))


def _colour(key: str, others: Sequence[Voice]) -> tuple[float, ...]:
    """What else makes people sound like themselves: a little more here, a little less there."""
    random = stream(0, "colour", key)
    x = np.linspace(-1, 1, COLOURS)
    for _ in range(200):
        drawn = random.normal(0, 1, COLOURS)
        drawn = drawn - drawn.mean() - x * (drawn @ x) / (x @ x)  # brightness is another's matter
        drawn *= 3.0 / float(np.sqrt(np.mean(np.square(drawn))))
        if all(np.sqrt(np.mean(np.square(drawn - o.colour))) >= COLOURS_APART for o in others):
            break
    return tuple(round(float(v), 2) for v in drawn)


def _distance(a: float, b: float) -> float:
    """Semitones."""
    return abs(12 * math.log2(a / b))


def _between(ratio: float) -> float:
    """The setting of espeak-ng's pitch that makes this ratio."""
    steps = zip(RATIOS, RATIOS[1:], SETTINGS, SETTINGS[1:], strict=False)
    for low, high, a, b in steps:
        if ratio <= high:
            return a + (b - a) * max(0.0, ratio - low) / (high - low)
    return SETTINGS[-1]
