"""When which words of the dialogue stand on the screen, by the practice of subtitling.

    spoken      what is said, by the words' own times; a long line is cut where a reader would
                pause, into captions of two lines at most
    unspoken    of a film without speech: one line after another, each for as long as it takes to
                be read

Lines hold 42 letters, of Chinese and its kin 16 characters, fewer in a narrow frame; a caption
stands for 5/6 of a second at least and 7 at most, and until it can have been read where there is
time; two captions are 2 frames apart, and none goes on over a cut. Where somebody is answered
sooner than that, both stand together, each on a line with a dash. (Netflix's "Timed Text Style
Guide", general requirements; for Chinese its "Simplified Chinese" guide.)
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from reelway.engines.animatic.plan import ShotPlan
from reelway.engines.animatic.speech import Cue
from reelway.request import FRAME_RATE

LETTERS, WIDE_LETTERS = 42, 16  # of a line, in a 16:9 frame
MOST_LINES = 2
SHORTEST, LONGEST = 5 / 6, 7.0  # seconds
FLASH = 0.4  # seconds: what would stand for less is not worth a caption of its own
APART = 2 / FRAME_RATE  # seconds
SPEED, WIDE_SPEED = 17.0, 9.0  # letters that are read in a second
LINGER = 0.8  # seconds at most that a caption stays after its last word
SILENT_LEAD = 0.5  # seconds of a shot before the first line that nobody speaks

WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")
# A word with what follows it up to the next one; of scripts without spaces, a character (Korean
# has spaces).
PIECE = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60][、。，．！？；：」』）】》〉”’…—]*"
    r"|[^\s\u2e80-\u9fff\uf900-\ufaff]+"
)
OPENING = "「『（【《〈“‘"
SENTENCE_END = re.compile(r"[.!?…。！？][\"”’」』]*$")
CLAUSE_END = re.compile(r"[,;:—–、，；：][\"”’」』]*$")
# What belongs to the words behind it: no line ends with it.
CLINGING = {
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "with", "from", "and", "or", "but",
    "my", "your", "his", "her", "its", "our", "their", "is", "are", "was", "were", "i", "we", "you",
    "he", "she", "they", "it", "be", "been", "will", "would", "can", "has", "have", "had", "if",
    "not", "no", "very", "mr.", "mrs.", "ms.", "dr.",
}  # fmt: skip
PARTICLES = set(
    "的了着过吧呢啊吗地得们は が を に で と の も は".replace(" ", "")
)  # they end a word


@dataclass(frozen=True, kw_only=True)
class Caption:
    start: float  # seconds of the film
    end: float
    lines: tuple[str, ...]
    speaker: str = ""

    def told(self) -> dict[str, object]:
        """For the report; see `reelway.captions`."""
        out: dict[str, object] = {
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "text": "\n".join(self.lines),
        }
        return {**out, "speaker": self.speaker} if self.speaker else out


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one caption shows, and when it is said, in seconds of the film."""

    words: tuple[str, ...]
    answer: tuple[str, ...] = ()  # what somebody else says to it, on the second line
    start: float
    end: float
    wide: bool
    speaker: str
    shot: int


def captions(
    cues: Sequence[Cue], shots: Sequence[ShotPlan], size: tuple[int, int]
) -> list[Caption]:
    """All of a film, in order; `size`: the frame's width and height."""
    ratio = size[0] / size[1]
    said = [cue for cue in cues if cue.start >= 0]
    parts = [part for cue in said for part in _spoken(cue, ratio)]
    if not said:
        parts = _unspoken(cues, shots, ratio)
    return _timed(_together(parts, ratio), shots, ratio)


def _spoken(cue: Cue, ratio: float) -> list[_Part]:
    words = _words(cue.line.text, ratio)
    starts = _starts(words, cue)
    kept = [w for w, at in zip(words, starts, strict=True) if at < cue.seconds - 1e-6 or not at]
    if cue.cut and len(kept) < len(words):
        kept[-1] = kept[-1].rstrip(" .。") + "—"
    part = _Part(
        words=tuple(kept),
        start=cue.start,
        end=cue.start + cue.seconds,
        wide=_is_wide(cue.line.text),
        speaker=cue.line.speaker,
        shot=cue.shot,
    )
    return _divided(part, [cue.start + at for at in starts[: len(kept)]], ratio)


def _words(text: str, ratio: float) -> list[str]:
    """Words and wide characters, each with the punctuation that belongs to it; what is written
    without a space stays so when they are joined again: a space ends the word before it. A word
    that is longer than a line is several."""
    words: list[str] = []
    room = _room(_is_wide(text), ratio)
    for match in PIECE.finditer(text):
        word = match.group()
        if words and words[-1][-1] in OPENING:
            words[-1] += word
        elif len(word) > room:
            words += _hewn(word, room)
        else:
            words.append(word)
        if match.end() < len(text) and text[match.end()].isspace():
            words[-1] += " "
    return words or [text]


def _hewn(word: str, room: int) -> list[str]:
    """In pieces of that length; marks stay with their letters."""
    pieces = [""]
    for letter in word:
        joins = unicodedata.category(letter).startswith("M") or pieces[-1][-1:] == "\u200d"
        if len(pieces[-1]) >= room and not joins:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _together(parts: Sequence[_Part], ratio: float) -> list[_Part]:
    """Two that follow each other too fast to be read one by one, as one."""
    out: list[_Part] = []
    for part in parts:
        last = out[-1] if out else None
        if last is None or not _quick(last, part):
            out.append(part)
            continue
        same = last.speaker == part.speaker
        words = (*last.words[:-1], last.words[-1].rstrip() + " ", *part.words)
        room = _room(part.wide or last.wide, ratio) - 1  # of the dash
        if same and _fit(words, part.wide, ratio):
            out[-1] = replace(last, words=words, end=part.end)
        elif not same and max(_size(last.words), _size(part.words)) <= room:
            out[-1] = replace(last, answer=part.words, end=part.end, speaker="")
        else:
            out.append(part)
    return out


def _quick(a: _Part, b: _Part) -> bool:
    hurried = b.start - a.start < SHORTEST + APART
    return hurried and a.shot == b.shot and not a.answer and b.end - a.start <= LONGEST


def _starts(words: Sequence[str], cue: Cue) -> list[float]:
    """Seconds from the line's beginning where each word is said: as the speaker told, where it
    counted as we do, else by the length of the words."""
    if len(cue.words) == len(words):
        return [min(at, cue.seconds) for at in cue.words]
    sizes = [len(word.strip()) + 0.5 for word in words]
    total, starts, at = sum(sizes), [], 0.0
    for size in sizes:
        starts.append(cue.seconds * at / total)
        at += size
    return starts


def _divided(part: _Part, starts: Sequence[float], ratio: float) -> list[_Part]:
    """Into parts that fit on two lines, as equal as their pauses allow."""
    if _fit(part.words, part.wide, ratio) and part.end - part.start <= LONGEST:
        return [part]
    at = _break(part.words, part.wide)
    if at is None or min(starts[at] - part.start, part.end - starts[at]) < FLASH:
        return [part]
    first = replace(part, words=part.words[:at], end=starts[at])
    second = replace(part, words=part.words[at:], start=starts[at])
    return [*_divided(first, starts[:at], ratio), *_divided(second, starts[at:], ratio)]


def _unspoken(cues: Sequence[Cue], shots: Sequence[ShotPlan], ratio: float) -> list[_Part]:
    parts: list[_Part] = []
    for n, shot in enumerate(shots):
        here = [cue for cue in cues if cue.shot == n]
        texts = [(cue, _words(cue.line.text, ratio), _is_wide(cue.line.text)) for cue in here]
        needed = [max(SHORTEST, _reading(words, wide)) + APART for _, words, wide in texts]
        begin = shot.first / FRAME_RATE
        lead = min(SILENT_LEAD, 0.14 * shot.seconds)
        shrink = min(1.0, (shot.seconds - lead) / sum(needed)) if needed else 1.0
        at = begin + lead
        for (cue, words, wide), seconds in zip(texts, needed, strict=True):
            length = seconds * shrink
            starts = [at + length * i / len(words) for i in range(len(words))]
            part = _Part(words=tuple(words), start=at, end=at + length - APART, wide=wide,
                         speaker=cue.line.speaker, shot=n)  # fmt: skip
            parts += _divided(part, starts, ratio)
            at += length
    return parts


def _timed(parts: Sequence[_Part], shots: Sequence[ShotPlan], ratio: float) -> list[Caption]:
    """Each stays until it can have been read, but not into the next one, nor over a cut."""
    out: list[Caption] = []
    for part, after in pairwise([*parts, None]):
        assert part is not None
        shot = shots[part.shot]
        limit = (shot.first + shot.frames) / FRAME_RATE
        if after is not None and after.shot == part.shot:
            limit = min(limit, after.start - APART)
        reading = _reading((*part.words, *part.answer), part.wide)
        wanted = max(part.end + 0.25, part.start + max(SHORTEST, reading))
        end = min(wanted, part.end + LINGER, part.start + LONGEST, limit)
        end = max(end, min(limit, part.start + SHORTEST))
        if _frame(end) > _frame(part.start):
            lines = _lines(part.words, part.wide, ratio)
            if part.answer:
                lines = tuple("-" + "".join(words).strip() for words in (part.words, part.answer))
            out.append(
                Caption(
                    start=_frame(part.start), end=_frame(end), lines=lines, speaker=part.speaker
                )
            )
    return out


def _frame(seconds: float) -> float:
    return round(seconds * FRAME_RATE) / FRAME_RATE


def _is_wide(text: str) -> bool:
    return 2 * len(WIDE.findall(text)) > len(re.sub(r"\s", "", text))


def _reading(words: Sequence[str], wide: bool) -> float:
    """Seconds that it takes."""
    return _size(words) / (WIDE_SPEED if wide else SPEED)


def _size(words: Sequence[str]) -> int:
    return len("".join(words).strip())


def _room(wide: bool, ratio: float) -> int:
    """Letters of a line."""
    return max(
        8, math.floor((WIDE_LETTERS if wide else LETTERS) * min(1.0, ratio / (16 / 9) * 1.6))
    )


def _fit(words: Sequence[str], wide: bool, ratio: float) -> bool:
    room = _room(wide, ratio)
    if _size(words) <= room:
        return True
    return all(len(line) <= room for line in _lines(words, wide, ratio))


def _lines(words: Sequence[str], wide: bool, ratio: float) -> tuple[str, ...]:
    whole = "".join(words).strip()
    if len(whole) <= _room(wide, ratio):
        return (whole,)
    at = _break(words, wide)
    if at is None:
        return (whole,)
    return "".join(words[:at]).strip(), "".join(words[at:]).strip()


def _break(words: Sequence[str], wide: bool) -> int | None:
    """Before which word to break: near the middle, rather after a pause, never behind a word that
    clings to the next one, the upper line rather the shorter one. None: there is but one."""
    if len(words) < 2:
        return None
    total = len("".join(words).strip())

    def badness(at: int) -> float:
        upper = len("".join(words[:at]).strip())
        word = words[at - 1].strip()
        uneven = abs(2 * upper - total) / total + (0.08 if 2 * upper > total else 0)
        if SENTENCE_END.search(word):
            return uneven - 0.55
        if CLAUSE_END.search(word):
            return uneven - 0.4
        if wide and not words[at - 1].endswith(" "):
            return uneven - 0.12 * (word in PARTICLES) + 0.3 * (words[at].strip() in PARTICLES)
        return uneven + (0.35 if word.lower() in CLINGING else 0)

    return min(range(1, len(words)), key=badness)
