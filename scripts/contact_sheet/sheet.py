"""One cell of a contact sheet: a real film, seen as a picture and as slits of it through time.

    shot      renders a cell and looks at all its frames
    Seen      the middle frame, a row and a column of the film through time, what moved how much
    pages     cells on sheets

A slit scan shows motion as lines: straight ones are even motion, a step is a jump, a broken line
is something that popped up, a comb is flicker.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from cells import RATIOS, Cell
from PIL import Image, ImageDraw, ImageFont

from reelway.engines.animatic import job
from reelway.request import VideoRequest, to_json

Array = npt.NDArray[Any]
LABEL, GAP = 16, 6  # pixels
ROW, COLUMN = 0.62, 0.5  # where the slits are
BACK, INK, LOUD = (22, 22, 24), (225, 225, 225), (255, 120, 90)
JUMP = 3.0  # times the usual difference of two frames; flashes of lightning are no faults


@dataclass(frozen=True, kw_only=True)
class Seen:
    cell: Cell
    picture: Array  # display RGB, 8 bits
    row: Array  # time downwards
    column: Array  # time to the right
    motion: float  # levels that a pixel changes by from frame to frame, on average
    jump: float  # the largest such change over the usual one

    @property
    def suspect(self) -> bool:
        return self.jump > JUMP and self.motion > 0.3 and self.cell.weather != "storm"


def size_of(ratio: str, height: int) -> tuple[int, int]:
    """Of about the same area in each ratio; `height` is that of 16:9. Both even."""
    w, h = RATIOS[ratio]
    scale = (height * height * 16 / 9 / (w * h)) ** 0.5
    return round(w * scale / 2) * 2, round(h * scale / 2) * 2


def shot(cell: Cell, *, height: int = 180, seed: int = 1, seconds: int = 3) -> Seen:
    request = VideoRequest(
        prompt=cell.prompt(), duration=seconds, model="animatic", seed=seed, sound=False
    )
    frames, keys = film(request, size_of(cell.ratio, height))
    _, high, wide, _ = frames.shape
    calm = frames[..., 1].astype(np.int16)
    change = np.abs(np.diff(calm, axis=0)).mean(axis=(1, 2))
    change = change[~keys[1:]]  # the encoder's own pulse
    return Seen(
        cell=cell,
        picture=frames[len(frames) // 2],
        row=frames[:, round(high * ROW)],
        column=frames[:, :, round(wide * COLUMN)].swapaxes(0, 1),
        motion=float(change.mean()),
        jump=float(change.max() / max(float(np.median(change)), 0.05)),
    )


def film(request: VideoRequest, size: tuple[int, int]) -> tuple[Array, Array]:
    """Every frame of a film, as RGB of 8 bits, and which of them stand by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "film.mp4"
        job.render(to_json(request), size=size, images={}, out=out, progress=lambda part: None)
        with av.open(str(out)) as container:
            frames = list(container.decode(video=0))
            pictures = np.stack([f.to_ndarray(format="rgb24") for f in frames])
            return pictures, np.array([f.key_frame for f in frames])


def drawn(seen: Seen) -> Image.Image:
    high, wide, _ = seen.picture.shape
    long = seen.row.shape[0]
    out = Image.new("RGB", (wide + GAP // 2 + long, LABEL + high + GAP // 2 + long), BACK)
    pen, font = ImageDraw.Draw(out), ImageFont.load_default(11)
    pen.text((2, 1), seen.cell.label(), INK, font=font)
    out.paste(Image.fromarray(seen.picture), (0, LABEL))
    out.paste(Image.fromarray(seen.column), (wide + GAP // 2, LABEL))
    out.paste(Image.fromarray(seen.row), (0, LABEL + high + GAP // 2))
    note = f"{seen.motion:.1f}\nx{seen.jump:.1f}"
    at = wide + GAP, LABEL + high + GAP
    pen.multiline_text(at, note, LOUD if seen.suspect else INK, font=font)
    return out


def pages(tiles: Iterable[Image.Image], columns: int, rows: int) -> Iterator[Image.Image]:
    left = list(tiles)
    while left:
        part, left = left[: columns * rows], left[columns * rows :]
        wide, high = max(t.width for t in part) + GAP, max(t.height for t in part) + GAP
        page = Image.new("RGB", (wide * columns, high * -(-len(part) // columns)), BACK)
        for n, tile in enumerate(part):
            page.paste(tile, (n % columns * wide, n // columns * high))
        yield page
