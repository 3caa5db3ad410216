"""What no lexicon knows: a plain figure in its place, with the word above it.

    stand_ins   a rounded grey body that goes where the prompt says, and its label

The label is in the letters that Pillow brings along; a word in other letters gets a question mark.
What is drawn so stays in the report's list of unknown words.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from reelway.engines.animatic.builder import Builder
from reelway.engines.animatic.canvas import Window, linear
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.lettering import font_of, missing
from reelway.engines.animatic.living import MAN, ROOM_DEPTH, ROOM_FLOOR, ROOM_SIZE, way
from reelway.engines.animatic.resample import resample, taps
from reelway.engines.animatic.solid import Coat, Cone, Solid
from reelway.engines.animatic.stage import Going, Reel, motion_of, present
from reelway.engines.animatic.standing import aside

Array = npt.NDArray[Any]
GREY = Coat(colour=linear("#8a8f98"))
FRAMES = 24
LETTERS = 48  # pixels of the label's type before it is laid into the scene
TALL, PLATE = 0.62, 0.115  # heights of a grown man: the figure, its label
SPEED = {"walk": 0.5, "run": 1.1, "fly": 0.5, "swim": 0.35, "drive": 1.2, "sail": 0.35}


def stand_ins(b: Builder, subject: Subject, n: int) -> None:
    label = _label(subject.look.breed)
    indoors = b.shot.place == "room"
    airy = subject.action == "fly" or b.shot.place == "space"
    for i in range(min(subject.count, 5)):
        depth = ROOM_DEPTH if indoors else 1.0 + 0.2 * i
        unit = ROOM_SIZE / ROOM_DEPTH if indoors else MAN / depth
        side = aside(b, subject) if subject.side else -aside(b, subject)
        x = b.aside(-0.12 * side) + (i - (min(subject.count, 5) - 1) / 2) * 0.24
        y = ROOM_FLOOR if indoors else b.ground(depth, x) + 0.004 / depth
        y = b.horizon + (0.12 if b.shot.place == "space" else -0.08) if airy else y
        speed = SPEED.get(subject.action or "", 0.0)
        step = speed * unit / FRAMES
        step *= way(b, step) * side
        pictures = [_body(k / FRAMES + 0.2 * i, speed > 0) for k in range(FRAMES if speed else 1)]
        going = Going(across=step, start=-step * b.shot.frames / 2)
        reel = Reel(pictures=pictures, at=(x, y), unit=unit, depth=depth,
                    voice=subject.look.breed if speed else "")  # fmt: skip
        present(b, reel, going, front=True, grounded=not airy, indoors=indoors)
        _sign(b, reel, going, label)


def _body(phase: float, moves: bool) -> list[Solid]:
    """It rocks a little when it goes: nobody knows whether it has legs."""
    rock = 0.05 * math.sin(2 * math.pi * phase) * moves
    up = 0.025 * abs(math.sin(2 * math.pi * phase)) * moves
    low, high = (0.0, 0.17 + up, 0.0), (rock, TALL - 0.13 + up, 0.0)
    return [Cone(a=low, b=high, ra=0.17, rb=0.13, coat=GREY, tube=True)]


def _sign(b: Builder, reel: Reel, going: Going, label: Array) -> None:
    u = reel.unit
    high = PLATE * u * (1.3 if u < 0.2 else 1.0)
    wide = high * label.shape[1] / label.shape[0]
    x, y = reel.at[0], reel.at[1] - (TALL + 0.10) * u
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


def _label(word: str) -> Array:
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
