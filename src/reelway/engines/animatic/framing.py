"""How large somebody is in the picture: shot sizes, English and Chinese.

    size      what a prompt names: extreme, close, chest, medium, knees, full, wide or far; or ""
    wanted    the same, or what suits a shot that names none: who speaks is seen from the chest up
    lens      how much longer the lens is: behind a face the land is larger and softer
    scale     view units a height of a grown man

A size is a share of the frame's height, and of its width where the frame is narrow: a close-up is
head and shoulders in every shape.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelway.engines.animatic.plan import ShotPlan

_SHOT = r"(?:[- ]?(?:up|shot|view|angle|portrait))"
SIZES: tuple[tuple[str, str], ...] = (
    ("extreme", r"\bextreme close[- ]?ups?\b|\bmacro (?:shot )?of (?:an? )?(?:eyes?|face|lips)\b"
                r"|\becu\b|大特写|极近景|极致特写|眼部特写"),
    ("chest", r"\bmedium close[- ]?ups?\b|\bmcu\b|\bchest shot\b|\bhead[- ]and[- ]shoulders\b|近景"
              r"|胸像"),
    ("close", r"\bclose[- ]?ups?\b|\btight shot\b|\bcloseups?\b|\bheadshots?\b|特写|面部|脸部"
              r"|\bportraits?(?: shot)?\b|肖像"),
    ("knees", rf"\b(?:medium (?:full|wide|long)|cowboy|american){_SHOT}\b|\bknees? up\b|中全景"),
    ("medium", rf"\b(?:medium|mid|waist|two|half[- ]body){_SHOT}\b|\bwaist[- ]up\b"
               r"|\bover[- ]the[- ]shoulder\b|中景|半身|双人镜头"),
    ("far", rf"\b(?:extreme (?:wide|long)|very wide){_SHOT}\b|\btiny figure\b|大远景|极远景"),
    ("wide", rf"\b(?:wide|long|establishing|panoramic|master)(?:[- ]angle)?{_SHOT}\b|远景|广角"),
    ("full", rf"\b(?:full[- ](?:body|length)|full){_SHOT}\b|\bfull[- ](?:body|length)\b"
             r"|\bhead[- ]to[- ]toe\b|全身|全景"),
)  # fmt: skip
NEAR = ("extreme", "close", "chest", "medium", "knees")
# Heights of a head in heights of the frame, and where the eyes are from its top.
HEADS = {"extreme": (1.22, 0.44), "close": (0.60, 0.43), "chest": (0.36, 0.36),
         "medium": (0.225, 0.30), "knees": (0.165, 0.27)}  # fmt: skip
HEAD = 0.150  # heights of a grown man, with hair
TOLD = {"extreme": "extreme close-up", "close": "close-up", "chest": "medium close-up",
        "medium": "medium shot", "knees": "medium full shot", "full": "full shot",
        "wide": "wide shot", "far": "extreme wide shot"}  # fmt: skip
LENS = {"extreme": 2.2, "close": 1.8, "chest": 1.5, "medium": 1.25, "knees": 1.12}
MOST_WIDE = {"extreme": 1.30, "close": 0.74, "chest": 0.52, "medium": 0.40, "knees": 0.33}
ACTIVE = {"run", "fly", "swim", "drive", "sail", "dance"}
FACES = re.compile(  # words that a face makes true
    r"\b(?:faces?|eyes|smil(?:es?|ing)|tears?|cry(?:ing)?|expression)\b|脸|面容|微笑|流泪|表情",
    re.I,
)
VIEWS: tuple[tuple[str, str], ...] = (
    ("back", r"\bfrom behind\b|\b(?:back|rear) view\b|\bfrom the back\b"
             r"|\bback to (?:us|the camera)\b|背面|背对|背影"),
    ("side", r"\bside view\b|\bprofile\b|\bfrom the side\b|\bside[- ]on\b|侧面|侧脸|侧身|侧颜"),
    ("front", r"\bfront(?:al)? view\b|\bfac(?:es?|ing) (?:us|the (?:camera|lens|viewer))\b"
              r"|\b(?:look|stare|gaze)s? (?:\w+ )?(?:at|into) (?:us|the (?:camera|lens))\b"
              r"|\blooking (?:\w+ )?(?:at|into) (?:us|the (?:camera|lens))\b"
              r"|正面|面对镜头|看向镜头|直视镜头|看着镜头"),
)  # fmt: skip
_FOUND = tuple((name, re.compile(pattern, re.I)) for name, pattern in SIZES)
_VIEWED = tuple((name, re.compile(pattern, re.I)) for name, pattern in VIEWS)


def size(prompt: str) -> str:
    return next((name for name, pattern in _FOUND if pattern.search(prompt)), "")


def view(prompt: str) -> str:
    """From which side somebody is seen: front, side, back, or ""."""
    return next((name for name, pattern in _VIEWED if pattern.search(prompt)), "")


def spans(prompt: str) -> list[tuple[int, int]]:
    """Where words of this kind stand, for what is reported as unknown."""
    return [m.span() for _, p in (*_FOUND, *_VIEWED, ("", FACES)) for m in p.finditer(prompt)]


def wanted(shot: ShotPlan) -> str:
    """Nothing for a shot whose size follows from what happens in it."""
    named = size(shot.prompt)
    folk = [s for s in shot.subjects if s.kind in ("person", "crowd", "animal")]
    if named or not folk:
        return named
    people = sum(s.count for s in folk)
    still = all((s.action or "stand") not in ACTIVE for s in folk)
    still = still and not any(s.look.ride or s.look.throng for s in folk)
    if shot.script.lines and people <= 2 and still and "aerial" not in {m.kind for m in shot.moves}:
        return "chest" if people == 1 else "medium"
    return ""


def lens(shot: ShotPlan) -> float:
    if not any(s.kind in ("person", "crowd", "animal", "bird") for s in shot.subjects):
        return 1.0
    return LENS.get(wanted(shot), 1.0)


def closer(shot: ShotPlan, width: float, span: float) -> float:
    """How much nearer a room is taken than its walls would ask for: an upright picture would be
    mostly floor and ceiling."""
    if shot.place != "room" or lens(shot) > 1 or size(shot.prompt) in ("wide", "far", "full"):
        return 1.0
    return 1.12 if width > span else 1.25 if width > 0.8 * span else 1.36


def scale(name: str, span: float, width: float, people: int) -> float:
    """In a frame `span` high and `width` wide, in view units."""
    share, _ = HEADS[name]
    high = share * span / HEAD
    wide = MOST_WIDE[name] * width / 0.112
    return min(high, wide) * (1.0 if people == 1 else 0.82 if people == 2 else 0.62)


def eyes(name: str, span: float) -> float:
    """View y of the eyes."""
    return span * (HEADS[name][1] - 0.5)
