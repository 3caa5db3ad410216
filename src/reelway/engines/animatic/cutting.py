"""A story as shots: where a film is cut, and for how long each part is seen.

    cut         request → the prompt and the frames of each shot, and what holds for all of them
    continued   who was there stays there, and looks as before, until a prompt says otherwise

Three forms: one prompt; `shots` with prompts of their own, exact to the frame (the request's prompt
is then common to all); or "intelligence", where the story tells: by its own labels ("Shot 2:",
"[3-6s]"), else wherever a sentence, "then" or "cut to" brings a new picture. What only describes
("Soft light, 35mm.") is no shot of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reelway.engines.animatic import grammar, guise, hours
from reelway.engines.animatic.grammar import Reading, Subject
from reelway.engines.animatic.guise import LIVING
from reelway.engines.animatic.moves import camera_words
from reelway.request import FRAME_RATE, VideoRequest

MOST_SHOTS = 6
LABEL = re.compile(
    r"(?:^|(?<=[\s.;!?。；！？，,]))(?:"
    r"[(\[]?\b(?:shot|scene|clip)\s*#?(?:\d{1,2}|one|two|three|four|five|six)\b[)\]]?\s*[:.)\-–—]"
    r"|[(\[【（]?(?:第\s*[一二三四五六\d]+\s*(?:个)?(?:镜头?|幕|场)|(?:镜头|分镜|场景)\s*[一二三四五六\d]+)"
    r"\s*[)\]】）]?\s*[:：、，,.]?"
    r"|[(\[【（]?\s*(?P<from>\d{1,2}(?::\d\d)?)\s*(?:s|秒)?\s*[-–—~至到]\s*"
    r"(?P<to>\d{1,2}(?::\d\d)?)\s*(?P<unit>s|sec|seconds|秒)?\s*(?P<shut>[)\]】）])?\s*[:：]?)",
    re.I,
)
CUT = re.compile(
    r"[,;，；]?\s*\b(?:we )?(?:hard |smash |match |then )?cuts? (?:back )?to\b"
    r"(?!\s+(?:black|length|size))\s*:?\s*|[,;，；]?\s*\bdissolves? to\b\s*:?\s*"
    r"|[，；,;]?\s*(?:镜头|画面)?(?:一转[，,]?|切换?(?:到|至|回)|转场到|转到)\s*",
    re.I,
)
THEN = re.compile(
    r"\s*[,;]?\s+(?:and\s+)?(?=(?:then|after that|afterwards|moments later|finally|suddenly)\b)"
    r"|[，,；;]\s*(?=然后|接着|随后|之后|最后|突然|忽然|紧接着)",
    re.I,
)
SEQUENCE = re.compile(
    r"^(?:and\s+)?(?:then|next|later|after (?:that|a while)|afterwards|suddenly|finally|meanwhile"
    r"|at last|in the end|soon|moments later|(?:the )?next \w+|that (?:night|evening|morning))\b"
    r"|^(?:然后|接着|紧接着|随后|之后|后来|突然|忽然|最后|终于|与此同时|不久|第二天)",
    re.I,
)
CHANGE = re.compile(
    r"\b(?:starts?|begins?|comes? up|breaks? out|clears?|stops?|sets in|turns? into)\b"
    r"|开始|下起|刮起|忽然|突然|变成|停了",
    re.I,
)
EMPTY = re.compile(r"\b(?:empty|deserted|nobody|no one|abandoned)\b|空无一人|空荡|无人", re.I)
FEMALE = {"woman", "girl", "old woman"}
SHE, HE = re.compile(r"\bshe\b|她(?!们)", re.I), re.compile(r"\bhe\b|他(?!们)", re.I)
IT = re.compile(r"\b(?:it|they|them)\b|它|他们|她们", re.I)
ANOTHER = re.compile(r"\b(?:another|a second|the other)\b|另(?:外)?一", re.I)


@dataclass(frozen=True, kw_only=True)
class Cut:
    shots: tuple[tuple[str, int], ...]  # prompt, frames
    common: str = ""  # a prompt that holds for all of them


def cut(request: VideoRequest) -> Cut:
    if request.shot_mode == "customize" and request.shots:
        return Cut(shots=tuple(_customized(request)), common=request.prompt)
    if request.shot_mode != "intelligence":
        return Cut(shots=((request.prompt, request.frames),))
    common, parts, lengths = _labelled(request.prompt, request.duration)
    if not parts:
        common, parts = _told(request.prompt)
        parts = _grouped(parts, request.duration)
        lengths = _lengths(parts, request.duration)
    pairs = zip(parts, lengths, strict=True)
    return Cut(shots=tuple((part, n * FRAME_RATE) for part, n in pairs), common=common)


def _customized(request: VideoRequest) -> list[tuple[str, int]]:
    left, out = request.frames, []
    for n, shot in enumerate(request.shots):
        last = n == len(request.shots) - 1
        frames = left if last else min(shot.duration * FRAME_RATE, left)
        left -= frames
        if frames:
            out.append((shot.prompt, frames))
    return out


def _labelled(prompt: str, seconds: int) -> tuple[str, list[str], list[int]]:
    """Where the story itself numbers its shots, or says from when to when."""
    labels = [m for m in LABEL.finditer(prompt) if not m["from"] or m["unit"] or m["shut"]]
    if len(labels) < 2:
        return "", [], []
    ends = [*(m.start() for m in labels[1:]), len(prompt)]
    parts = [prompt[m.end() : end].strip() for m, end in zip(labels, ends, strict=True)]
    spans = [_second(m["to"]) - _second(m["from"]) for m in labels if m["from"]]
    exact = len(spans) == len(parts) <= MOST_SHOTS and sum(spans) == seconds and min(spans) > 0
    grouped = parts if exact else _grouped(parts, seconds)
    lengths = spans if exact else _lengths(grouped, seconds)
    return prompt[: labels[0].start()].strip(), grouped, lengths


def _second(text: str) -> int:
    minutes, _, seconds = text.rpartition(":")
    return int(minutes or 0) * 60 + int(seconds)


def _told(prompt: str) -> tuple[str, list[str]]:
    """What holds for the whole film, and the parts that each bring a picture."""
    common: list[str] = []
    parts: list[str] = []
    opening = ""  # what the camera does, said before anything is seen
    pieces = [p for sentence in grammar.sentences(prompt) for p in _pieces(sentence)]
    for n, (piece, new) in enumerate(pieces):
        if new or _shows(piece):
            parts.append(f"{opening} {piece}".strip())
            opening = ""
        elif parts and (camera_words(piece) or n < len(pieces) - 1 or _quoted(piece)):
            parts[-1] = f"{parts[-1]} {piece}"
        elif camera_words(piece) or _quoted(piece):
            opening = f"{opening} {piece}".strip()
        else:
            common.append(piece)
    if not parts:
        return "", [prompt]
    return " ".join(common), parts


def _quoted(piece: str) -> bool:
    return bool(grammar.QUOTED.search(piece) or grammar.SAID.search(piece))


def _pieces(sentence: str) -> list[tuple[str, bool]]:
    """A sentence, cut further where it says so itself; whether each is a shot whatever it says."""
    quotes = [m.span() for m in grammar.QUOTED.finditer(sentence)]

    def free(at: int) -> bool:
        return not any(a <= at < b for a, b in quotes)

    out: list[tuple[str, bool]] = []
    start, new = 0, False
    breaks = sorted(
        [(m.start(), m.end(), True) for m in CUT.finditer(sentence) if free(m.start())]
        + [(m.start(), m.end(), False) for m in THEN.finditer(sentence) if free(m.start())]
    )
    for begin, end, hard in breaks:
        if begin < start or (not hard and not _shows(sentence[end:])):
            continue
        if head := sentence[start:begin].strip():
            out.append((head, new))
        start, new = end, hard
    out.append((sentence[start:].strip(), new))
    return [(piece, new) for piece, new in out if piece]


def _shows(piece: str) -> bool:
    """Whether it brings a picture of its own: somebody, something, a place, or a change."""
    named = {f.group for f in grammar.found_in(grammar.QUOTED.sub(" ", piece))}
    if named & {"subject", "place"} or hours.turn(piece) or grammar.PICTURE.search(piece):
        return True
    tells = SEQUENCE.search(piece) or CHANGE.search(piece)
    return bool(tells and named & {"time", "weather", "action", "ground"})


def _grouped(parts: list[str], most: int) -> list[str]:
    """At most `most` parts: the shortest neighbours are joined first."""
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


def continued(readings: Sequence[Reading], prompts: Sequence[str]) -> list[Reading]:
    out: list[Reading] = []
    known: list[Subject] = []  # the last that was said of each comes first
    there: tuple[Subject, ...] = ()
    place: str | None = None
    for reading, prompt in zip(readings, prompts, strict=True):
        stays = reading.place in (None, place) or bool(IT.search(prompt))
        own = tuple(s for s in reading.subjects if s.side != "aside")
        aside = tuple(s for s in reading.subjects if s.side == "aside")
        if not own and stays and not EMPTY.search(prompt):
            own = there
        elif not ANOTHER.search(prompt):
            own = tuple(_as_before(s, known, prompt) for s in own)
        there, place = own, reading.place or place
        known = [*own, *known]
        out.append(replace(reading, subjects=(*own, *aside)))
    return out


def _as_before(subject: Subject, known: Sequence[Subject], prompt: str) -> Subject:
    """With the looks that it had, where nothing else is said of them now."""
    if subject.element is not None or subject.kind == "stand-in":
        return subject
    same = [s for s in known if s.kind == subject.kind and s.element is None]
    old = next((s for s in same if s.look.breed == subject.look.breed), None)
    for word, breed in ((SHE, "woman"), (HE, "man")):  # who is meant by "she" was named before
        if subject.kind == "person" and subject.look.breed == breed and word.search(prompt):
            likely = [s for s in same if (s.look.breed in FEMALE) == (breed == "woman")]
            if old is None and likely:
                old, subject = likely[0], replace(subject, look=replace(subject.look, breed=""))
    if old is None:
        old = same[0] if same and not subject.look.breed else None
    if old is None:
        return subject
    if subject.kind not in LIVING:
        return replace(subject, colour=subject.colour or old.colour)
    before = replace(old.look, doing=None, ride=None)
    if subject.look.wear or subject.look.fur:
        before = replace(before, wear=(), fur=None)
    return replace(subject, look=guise.joined(subject.look, before))
