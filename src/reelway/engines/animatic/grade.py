"""The last say in colour: style words, colours that are not wanted, and a reference's palette.

Palette    the mean colours of a picture's dark and of its light half
Grade      bends a display picture; every painted layer goes through it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelway.engines.animatic.canvas import LUMA, rgb

Array = npt.NDArray[Any]
PULL = 0.5  # how far a reference's colours are taken over


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Display colours."""

    dark: tuple[float, float, float]
    light: tuple[float, float, float]

    @staticmethod
    def of(picture: Array) -> Palette:
        """Of a display picture (h, w, 3)."""
        points = picture.reshape(-1, 3)
        luma = points @ LUMA
        middle = float(np.median(luma))
        dark, light = points[luma <= middle], points[luma >= middle]
        r, g, b = (float(c) for c in dark.mean(axis=0))
        s, t, u = (float(c) for c in light.mean(axis=0))
        return Palette(dark=(r, g, b), light=(s, t, u))


@dataclass(frozen=True, kw_only=True)
class Grade:
    style: tuple[str, ...] = ()
    palette: Palette | None = None

    def __call__(self, picture: Array) -> Array:
        """The display picture (…, 3), bent."""
        if self.palette is not None:
            picture = _towards(picture, self.palette)
        for word in self.style:
            picture = _styled(picture, word)
        return np.asarray(np.clip(picture, 0, 1), np.float32)


def _towards(picture: Array, palette: Palette) -> Array:
    """Shadows take the tint of the palette's dark half, lights that of its light half."""
    luma = (picture @ LUMA)[..., None]
    tints = []
    for colour in (palette.dark, palette.light):
        tint = rgb(colour)
        level = max(float(tint @ LUMA), 0.04)
        tints.append((tint - level) / level)  # chroma of one unit of luma
    part = np.clip((luma - 0.15) / 0.5, 0, 1)
    tint = np.clip(tints[0] * (1 - part) + tints[1] * part, -0.9, 2.0)
    tint = tint * (1 - 0.75 * np.clip(luma, 0, 1) ** 2)  # the brightest stays nearly white
    return np.asarray(picture * (1 - PULL) + (luma + luma * tint) * PULL)


def _styled(picture: Array, word: str) -> Array:
    luma = (picture @ LUMA)[..., None]
    match word.split():
        case ["mono"]:
            picture = np.repeat(luma, 3, axis=-1) * np.float32(1.05)
            return np.asarray(picture + (picture - 0.45) * 0.18)
        case ["vintage"]:
            return np.asarray((luma * 0.55 + picture * 0.45) * rgb((1.08, 0.98, 0.80)) + 0.02)
        case ["warm"]:
            return np.asarray(picture * rgb((1.10, 1.0, 0.86)))
        case ["cold"]:
            return np.asarray(picture * rgb((0.88, 0.98, 1.10)))
        case ["vivid"]:
            return np.asarray(luma + (picture - luma) * 1.35)
        case ["pale"]:
            return np.asarray((luma + (picture - luma) * 0.55) * 0.85 + 0.11)
        case ["dark"]:
            return np.asarray(np.maximum(picture, 0) ** 1.25 * 0.86)
        case ["bright"]:
            return np.asarray(np.maximum(picture, 0) ** 0.82 * 1.04)
        case ["less", colour]:
            return _without(picture, luma, colour)
    return picture


def _without(picture: Array, luma: Array, colour: str) -> Array:
    """Nothing of one hue: what leans that way is turned to grey."""
    hue = rgb(colour)
    hue = hue - float(hue @ LUMA)
    length = float(np.sqrt(hue @ hue))
    if length < 0.05:  # white and black have no hue
        return picture
    chroma = picture - luma
    along = (chroma @ hue)[..., None] / length
    size = np.sqrt((chroma * chroma).sum(axis=-1, keepdims=True)) + 1e-6
    part = np.clip((along / size - 0.5) / 0.3, 0, 1)
    return np.asarray(luma + chroma * (1 - 0.9 * part))
