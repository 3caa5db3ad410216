"""Captions in the picture: white letters with a dark rim, at the foot, in the middle.

wanted     whether a request asks for them: its own field, else the prompt ("with subtitles",
           带字幕); a negative prompt that keeps text out has the last word over the prompt
Subtitles  those of a film, each painted when it is first shown; but not those with letters that no
           font here has, which would be boxes
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import Canvas, Frame, Texture, Window, texture
from reelway.engines.animatic.captioning import LETTERS, Caption
from reelway.engines.animatic.lettering import line, missing
from reelway.engines.animatic.regions import box
from reelway.request import VideoRequest

Array = npt.NDArray[Any]

CAPITAL = 0.033  # height of a capital, of the frame's height
SIDES = 0.90  # of the width that the longest line may fill
FOOT = 0.085  # of the height, under the last line: above the slate
LEADING = 1.75  # from line to line, in capitals
RIM = 0.16  # of a capital: how far the dark reaches
SHADE = 0.9  # how dark it is
LEAST = 5.0  # pixels of a capital; smaller letters cannot be read

WORDS = r"(?:sub-?titl(?:es?|ed|ing)|(?:closed |open )?caption(?:s|ed|ing)?|字幕)"
ASKED = re.compile(
    rf"\b(?:with|add|adding|include|including|show|showing|burn(?:ed|t)?[- ]in|english|chinese)"
    rf"(?: \w+){{0,2}} {WORDS}\b|\b{WORDS}:? on(?=[.,;!?]|$)|\bsub-?titled\b"
    r"|(?:带|有|加|配|显示|加上|附|中文|英文|双语)字幕",
    re.I,
)
REFUSED = re.compile(
    rf"\b(?:no|without|don't|do not|never|not)\b[^.,;!?]{{0,24}}{WORDS}"
    r"|(?:无|不要|没有|不带|别加)字幕",
    re.I,
)
KEPT_OUT = re.compile(
    rf"^\s*(?:any |all |no )?(?:{WORDS}|texts?|letters?|letter(?:ing)|words|typography"
    r"|文字|文本|字)\s*$",
    re.I,
)


def wanted(request: VideoRequest) -> bool:
    if request.captions is not None:
        return request.captions
    items = re.split(r"[,，、;；.。\n]", request.negative_prompt)
    if any(KEPT_OUT.match(item) for item in items):
        return False
    prompts = [request.prompt, *(shot.prompt for shot in request.shots)]
    return any(ASKED.search(p) and not REFUSED.search(p) for p in prompts)


class Subtitles:
    """Drawn from several threads."""

    def __init__(self, captions: Sequence[Caption], size: tuple[int, int], span: float) -> None:
        self.captions = [c for c in captions if not missing("".join(c.lines))]
        self.size, self.span = size, span
        self._painted: dict[int, Texture] = {}
        self._lock = threading.Lock()

    def draw(self, canvas: Canvas, seconds: float, strength: float) -> None:
        """`seconds` of the film."""
        if strength <= 0 or capital_of(self.size) < LEAST:
            return
        for n, caption in enumerate(self.captions):
            if caption.start - 1e-6 <= seconds < caption.end - 1e-6:
                canvas.lay(self._texture(n, caption), Frame(), opacity=strength)

    def _texture(self, n: int, caption: Caption) -> Texture:
        with self._lock:
            if n not in self._painted:
                self._painted[n] = painted(caption.lines, self.size, self.span)
            return self._painted[n]


def capital_of(size: tuple[int, int]) -> float:
    """Pixels. In an upright frame lines are as long as its width allows."""
    return min(CAPITAL * size[1], SIDES * size[0] / (0.62 * LETTERS / 0.7) * 1.45)


def painted(lines: Sequence[str], size: tuple[int, int], span: float) -> Texture:
    capital = capital_of(size)
    longest = max(line(text, capital).shape[1] for text in lines)
    capital *= min(1.0, SIDES * size[0] / longest)
    covers = [line(text, capital) for text in lines]
    rim = max(2, round(RIM * capital))
    step = round(LEADING * capital)
    wide = max(cover.shape[1] for cover in covers) + 4 * rim
    tallest = max(cover.shape[0] for cover in covers)
    high = step * (len(covers) - 1) + tallest + 4 * rim
    wide, high = wide + wide % 2, high + high % 2
    ink = np.zeros((high, wide), np.float32)
    for n, cover in enumerate(covers):
        tall, long = cover.shape
        left = (wide - long) // 2
        top = 2 * rim + n * step + tallest - tall  # on one distance of baselines
        part = ink[top : top + tall, left : left + long]
        np.maximum(part, cover, out=part)
    dark = SHADE * _rim(ink, rim)
    cover = ink + dark * (1 - ink)
    colour = (ink / np.maximum(cover, 1e-6))[..., None] * np.array([0.97, 0.97, 0.95], np.float32)
    density = size[1] / span
    foot = size[1] - round(FOOT * size[1])
    top = (foot - high + 2 * rim) & ~1
    left = ((size[0] - wide) // 2) & ~1
    window = Window(
        left=(left - size[0] / 2) / density,
        top=(top - size[1] / 2) / density,
        width=wide,
        height=high,
        density=density,
    )
    return texture(window, colour, cover)


def _rim(ink: Array, reach: int) -> Array:
    """What lies within `reach` pixels of the letters, with a soft end."""
    near = ink
    for axis in (0, 1):
        near = np.max([np.roll(near, k, axis) for k in range(-reach, reach + 1)], axis=0)
    soft = max(1, reach // 2)
    return np.asarray(np.clip(box(box(near, soft), soft) * 1.1, 0, 1))
