"""Text as cover: the one place where letters are drawn.

line       a line of text of a given height → how much of each pixel it covers
font_of    the font that has a text's letters
missing    whether none has
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Array = npt.NDArray[Any]


def line(text: str, height: float, tracking: float = 0.0) -> Array:
    """0…1, cropped to the text's width, to `height` above the baseline (a little more where letters
    stand higher than capitals) and a third of it below. `height`: pixels of a capital; `tracking`:
    space between letters, in heights."""
    font = font_of(text, round(height / CAPITAL, 2))
    advances = [font.getlength(letter) + tracking * height for letter in text]
    above = height * (4 / 3 if not plain(text) else 1.0 if tracking else 1.15)
    wide = max(2, int(np.ceil(sum(advances) if tracking else font.getlength(text))) + 2)
    tall = int(np.ceil(above + height / 3)) + 2
    page = Image.new("L", (wide, tall), 0)
    draw = ImageDraw.Draw(page)
    if not tracking:  # in one piece: letters that lean on each other do
        draw.text((1.0, 1 + above), text, fill=255, font=font, anchor="ls")
        return np.asarray(page, np.float32) / 255
    x = 1.0
    for letter, advance in zip(text, advances, strict=True):
        draw.text((x, 1 + above), letter, fill=255, font=font, anchor="ls")
        x += advance
    return np.asarray(page, np.float32) / 255


CAPITAL = 0.70  # of the font's size that a capital is high
# What Noto Sans CJK has: Latin, Greek, Cyrillic, signs, Chinese, Japanese, Korean.
COVERED = re.compile(
    r"[\u0000-\u052f\u1e00-\u1eff\u2000-\u2bff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\uffef"
    r"\U00020000-\U0002ffff]*"
)
SIMPLIFIED = 2  # the collection's faces: 0 Japanese, 1 Korean, 2 and 3 Chinese, simplified or not


def plain(text: str) -> bool:
    """Whether Pillow's own font has all of it; else Noto's is needed."""
    return all(letter < "\u0250" or letter in "–—‘’“”…•·" for letter in text)


def missing(text: str) -> bool:
    """Whether there is a letter in it that no font here has."""
    return not plain(text) and (_noto() is None or not COVERED.fullmatch(text))


@cache
def _noto() -> str | None:
    """Noto Sans CJK, of the package `noto-cjk-sans-otc` (OFL-1.1)."""
    found = find_spec("noto_cjk_sans_otc")
    folders = found.submodule_search_locations if found else None
    path = Path(folders[0], "NotoSansCJK-Regular.ttc") if folders else None
    return str(path) if path and path.is_file() else None


def font_of(text: str, size: float) -> Any:
    """Pillow's own (Aileron, CC0) for Latin letters, Noto Sans CJK for all others."""
    return _font(size, None if plain(text) else _noto())


@cache
def _font(size: float, path: str | None) -> Any:
    return (
        ImageFont.truetype(path, size, index=SIMPLIFIED) if path else ImageFont.load_default(size)
    )
