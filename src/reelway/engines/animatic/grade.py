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
from reelway.engines.animatic.kernels import kernels

Array = npt.NDArray[Any]
SOME = 8192  # points that are bent at a time, so that they stay in the processor's cache
NEON = rgb((1.1, 0.5, 2.6)), rgb((1.25, 0.86, 1.2))  # of one unit of luma
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

    def __call__(self, picture: Array, cover: Array | None = None) -> Array:
        """The display picture (…, 3), bent; where nothing of it covers anything, black."""
        if self.palette is None and not self.style:
            return picture  # a texture is brought to 0…1 when it is baked
        if picture.ndim > 1 and not any(picture.strides[:-1]):  # one colour all over
            return np.broadcast_to(self._bent(picture[(0,) * (picture.ndim - 1)]), picture.shape)
        if self.palette is None and all(word in TONES for word in self.style):
            for word in self.style:  # a texture is brought to 0…1 when it is baked
                picture = kernels().toned(picture, TONES[word])
            return picture
        points = picture.reshape(-1, 3)
        out = np.zeros(points.shape, np.float32)
        there = None if cover is None else np.flatnonzero(cover > 0)
        for k in range(0, len(points) if there is None else len(there), SOME):
            part = slice(k, k + SOME) if there is None else there[k : k + SOME]
            out[part] = self._bent(points[part])
        return out.reshape(picture.shape)

    def _bent(self, picture: Array) -> Array:
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


def _tone(
    own: Any = 1.0, luma: Any = 0.0, bright: Any = 0.0, more: float = 0.0, by: float = 0.0
) -> Array:
    rows = (own, luma, bright, more, by, 0.0)
    return np.array([np.broadcast_to(row, 3) for row in rows], np.float32)


_VINTAGE = rgb((1.08, 0.98, 0.80))
# What is made of a colour and its luma alone, see the kernel `toned`.
TONES = {
    "vintage": _tone(0.45 * _VINTAGE, 0.55 * _VINTAGE, more=0.02),
    "warm": _tone(rgb((1.10, 1.0, 0.86))),
    "cold": _tone(rgb((0.88, 0.98, 1.10))),
    "vivid": _tone(1.35, -0.35),
    "pale": _tone(0.55 * 0.85, 0.45 * 0.85, more=0.11),
    "neon": _tone(0.82, 0.18 * NEON[0], 0.18 * (NEON[1] - NEON[0]), by=1.4),  # violet, then rosy
}


def _styled(picture: Array, word: str) -> Array:
    if word in TONES:
        return kernels().toned(picture, TONES[word])
    luma = (picture @ LUMA)[..., None]
    match word.split():
        case ["mono"]:
            # Silver: blacks stay deep, but a night must still be read.
            silver = np.repeat(np.maximum(luma, 0) ** np.float32(0.84), 3, axis=-1)
            return np.asarray(silver + (silver - 0.42) * 0.22)
        case ["dark"]:
            return np.asarray(np.maximum(picture, 0) ** 1.25 * 0.86)
        case ["bright"]:
            return np.asarray(np.maximum(picture, 0) ** 0.82 * 1.04)
        case ["anime"]:
            return _cel(luma + (picture - luma) * 1.45, 7, 0.62) * np.float32(1.06)
        case ["watercolour"]:
            wet = _cel(luma + (picture - luma) * 0.95, 6, 0.40)
            return np.asarray(1 - (1 - wet) * rgb((0.74, 0.76, 0.80)))
        case ["ink"]:
            ink = np.clip(luma * 1.25, 0, 1) ** 0.85
            return np.asarray(rgb("#15171a") * (1 - ink) + rgb("#f2ead8") * ink)
        case ["oil"]:
            return _cel(luma + (picture - luma) * 1.3, 10, 0.5) * rgb((1.04, 1.0, 0.94))
        case ["teal"]:
            part = np.clip(luma * 1.5 - 0.1, 0, 1)
            tint = rgb("#1f6f7a") * (1 - part) + rgb("#ffb47a") * part
            level = np.maximum((tint @ LUMA)[..., None], 0.05)
            return np.asarray(picture * 0.68 + 0.32 * luma * tint / level)
        case ["dreamy"]:
            soft = luma + (picture - luma) * 0.85
            return np.asarray(1 - (1 - soft) ** 1.25 * rgb((0.94, 0.99, 0.96)))
        case ["less", colour]:
            return _without(picture, luma, colour)
    return picture


def _cel(picture: Array, steps: int, sharp: float) -> Array:
    """Light in steps, as one lays paint; colours stay what they are."""
    luma = np.maximum((picture @ LUMA)[..., None], 1e-3)
    at = luma * steps
    low = np.floor(at)
    part = np.clip((at - low - 0.5) / (1.02 - sharp) + 0.5, 0, 1)
    flat = (low + part * part * (3 - 2 * part)) / steps
    return np.asarray(picture * (flat / luma))


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
