"""A word over a thing: the label of what nobody knows.

label    a word as a plate of light letters
sign     the plate, which goes along with what is below it
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.lettering import font_of, missing
from reelway.engines.animatic.resample import resample, taps
from reelway.engines.animatic.stage import Going, Reel, motion_of

Array = npt.NDArray[Any]
LETTERS = 48  # pixels of the type before it is laid into the scene
PLATE = 0.115  # heights of a grown man that a plate is high


def sign(b: Builder, reel: Reel, going: Going, label: Array, up: float) -> None:
    """Over something, `up` heights of a grown man above its foot."""
    u = reel.unit
    high = PLATE * u * (1.3 if u < 0.2 else 1.0)
    wide = high * label.shape[1] / label.shape[0]
    x, y = reel.at[0], reel.at[1] - (up + 0.10) * u
    window = Window.of(x - wide / 2, y - high, x + wide / 2, y, b.window(reel.depth).density)
    still = Going(across=going.across, start=going.start, rise=going.rise)
    b.add(reel.depth * 0.998, window, partial(_laid, label=label, box=(x - wide / 2, y - high,
          wide, high)), motion=motion_of(b, reel, still, window), front=True,
          mirrored=False)  # fmt: skip


def _laid(w: Window, *, label: Array, box: tuple[float, ...]) -> tuple[Array, Array]:
    left, top, wide, high = box
    rows = taps((w.ys - top) / high * label.shape[0] - 0.5, label.shape[0])
    cols = taps((w.xs - left) / wide * label.shape[1] - 0.5, label.shape[1])
    plane = [resample(np.ascontiguousarray(label[..., i]), rows, cols) for i in range(2)]
    shown = np.clip(plane[0], 0, 1)[..., None] * np.array([0.96, 0.95, 0.92], np.float32)
    return shown, np.clip(plane[1], 0, 1)


def label(word: str) -> Array:
    """(height, width, 2): how light, and how opaque."""
    text = "?" if missing(word) else word.upper()
    font = font_of(text, LETTERS)
    left, top, right, bottom = font.getbbox(text)
    size = round(right - left) + LETTERS, round(LETTERS * 1.6)
    picture = Image.new("L", size, 0)
    at = LETTERS / 2 - left, (size[1] - (bottom - top)) / 2 - top
    ImageDraw.Draw(picture).text(at, text, fill=255, font=font)
    light = np.asarray(picture, np.float32) / 255
    return np.stack([light, np.maximum(light, 0.55)], axis=-1)
