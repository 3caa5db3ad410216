"""What the camera is told: verbs of its moves, each with the direction and speed of its clause.

`read_moves` takes a prompt without dialogue; the table is `CAMERA`, in English and Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MoveKind = Literal[
    "static", "pan", "tilt", "zoom", "dolly", "track", "orbit", "crane", "aerial", "handheld"
]
Speed = Literal["slow", "normal", "fast"]

CLAUSE = re.compile(r"[.,;:!?\n，。；：！？、]|\bthen\b|\bwhile\b|\band then\b|然后|接着|同时|随后")


@dataclass(frozen=True, kw_only=True)
class Move:
    kind: MoveKind
    direction: str = ""  # left right up down in out
    speed: Speed = "normal"


# Longer wordings first. The Chinese verbs carry their direction within them.
_IN = r"in(?!\s+(?:a|an|the|this|that|old|front)\b)|inward|forward|closer|toward|towards"
CAMERA: tuple[tuple[str, MoveKind, str], ...] = (
    (
        r"\b(?:static|locked[- ]off|still camera|fixed camera|tripod)\b"
        r"|固定|静止镜头|静止机位|镜头静止|镜头不动|定镜头|定机位",
        "static",
        "",
    ),
    (r"\bhand[- ]?held\b|\bshaky\b|手持|晃动|抖动", "handheld", ""),
    (
        r"\b(?:aerial|drone|bird'?s[- ]eye|flyover|fly[- ]over)\b|航拍|俯瞰|鸟瞰|无人机",
        "aerial",
        "",
    ),
    (
        r"\borbit(?:s|ing)?\b|\bcircles? around\b|\barc shot\b|\barcs around\b"
        r"|环绕|绕拍|旋转镜头|镜头旋转",
        "orbit",
        "",
    ),
    (r"(?:变焦)?缩小", "zoom", "out"),
    (r"(?:变焦)?(?:放大|拉近)", "zoom", "in"),
    (r"\b(?:zoom|zooms|zooming)\b|变焦", "zoom", "in"),
    (r"\b(?:dolly|dollies|dollying)\b", "dolly", "in"),
    (
        r"\bpush(?:es|ing)?[- ](?:in|forward|closer|toward|towards)\b"
        r"|推进|推近|前推|推镜|推向|镜头.{0,4}推|镜头.{0,4}向前|镜头.{0,4}靠近",
        "dolly",
        "in",
    ),
    (
        r"\bpull(?:s|ing)?[- ](?:back|out|away)\b"
        r"|拉远|拉开|后拉|拉镜|镜头.{0,4}拉|镜头.{0,4}后退|镜头.{0,4}向后|镜头.{0,4}远离",
        "dolly",
        "out",
    ),
    (
        r"\bcamera (?:slowly |gently |quickly )?(?:moves?|glides?|advances?) "
        r"(?:in|forward|closer)\b",
        "dolly",
        "in",
    ),
    (
        r"\btilt(?:s|ing)?\b|仰拍|俯拍|上摇|下摇|摇上|摇下|镜头.{0,3}仰|向[上下]摇",
        "tilt",
        "up",
    ),
    (
        r"\bcrane (?:shot|up|down|move)\b|\b(?:boom|jib|pedestal)\b"
        r"|\bcamera (?:slowly )?(?:rises|descends|lifts)\b"
        r"|升起镜头|上升镜头|下降镜头|镜头.{0,4}升|镜头.{0,4}降|升降|镜头.{0,3}上移|镜头.{0,3}下移",
        "crane",
        "up",
    ),
    (
        r"\btrack(?:s|ing)?\b|\btruck(?:s|ing)? (?:left|right)\b|\bfollows\b|\bfollowing shot\b"
        r"|\bcamera (?:slowly )?(?:moves?|slides?|glides?)\b"
        r"|跟拍|跟随|跟镜|跟踪|平移|横移|移动镜头|左移|右移|镜头.{0,4}移动?",
        "track",
        "right",
    ),
    (r"\bpan(?:s|ning)?\b|左摇|右摇|摇镜|平摇|横摇|摇向|镜头.{0,4}摇", "pan", "right"),
)
DIRECTIONS: tuple[tuple[str, str], ...] = (
    (r"\bleft(?:ward|wards)?\b|左", "left"),
    (r"\bright(?:ward|wards)?\b|右", "right"),
    (r"\b(?:out|back|backward|backwards|away)\b|拉远|后|远", "out"),
    (rf"\b(?:{_IN})\b|前|近|推", "in"),
    (r"\b(?:up|upward|upwards|rises|lifts|skyward)\b|上|升|仰", "up"),
    (r"\b(?:down|downward|downwards|descends)\b|下|降|俯", "down"),
)
FITS: dict[str, tuple[str, ...]] = {
    "pan": ("left", "right"),
    "track": ("left", "right", "in", "out"),
    "tilt": ("up", "down"),
    "crane": ("up", "down"),
    "zoom": ("in", "out"),
    "dolly": ("in", "out", "left", "right"),
    "orbit": ("left", "right"),
    "aerial": ("left", "right", "in", "out", "up", "down"),
}
SLOW = re.compile(
    r"\bslow(?:ly)?\b|\bgent(?:le|ly)\b|\bgradual(?:ly)?\b|\bsubtl[ey]\b|缓|慢|徐徐|渐渐", re.I
)
FAST = re.compile(
    r"\b(?:fast|quick(?:ly)?|rapid(?:ly)?|swift(?:ly)?|sudden(?:ly)?|whip)\b|快|迅速|急|猛", re.I
)


def read_moves(text: str) -> tuple[Move, ...]:
    """Up to three moves, in the order in which they are named."""
    moves: list[Move] = []
    for clause in CLAUSE.split(text):
        for start, end, kind, default in camera_words(clause):
            direction = _direction(clause, start, end, kind) or default
            if kind == "dolly" and direction in ("left", "right"):
                kind = "track"
            if kind == "pan" and not _direction(clause, start, end, kind):
                rise = _direction(clause, start, end, "tilt")  # "pans up" is a tilt
                kind, direction = ("tilt", rise) if rise else (kind, direction)
            moves.append(Move(kind=kind, direction=direction, speed=_speed(clause)))
    return tuple(dict.fromkeys(moves))[:3]


def camera_words(clause: str) -> list[tuple[int, int, MoveKind, str]]:
    """(start, end, kind, usual direction) of each camera verb, none within another."""
    hits: list[tuple[int, int, MoveKind, str]] = []
    for pattern, kind, default in CAMERA:
        for match in re.finditer(pattern, clause, re.I):
            if not any(a < match.end() and match.start() < b for a, b, _, _ in hits):
                hits.append((*match.span(), kind, default))
    return sorted(hits)


def _direction(clause: str, start: int, end: int, kind: str) -> str:
    """The direction word nearest to the camera's verb, of those that this move can take."""
    best, distance = "", 30
    for pattern, direction in DIRECTIONS:
        if direction not in FITS.get(kind, ()):
            continue
        for match in re.finditer(pattern, clause, re.I):
            inside = match.start() >= start and match.end() <= end
            away = 0 if inside else min(abs(match.start() - end), abs(start - match.end()))
            if away < distance:
                best, distance = direction, away
    return best


def _speed(clause: str) -> Speed:
    if SLOW.search(clause):
        return "slow"
    return "fast" if FAST.search(clause) else "normal"
