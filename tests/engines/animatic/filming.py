"""Films for the animatic tests, opened and measured."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from reelway.request import Image

SMALL = (160, 90)


class Child:
    ready: dict[str, Any]  # its first word, if somebody kept it

    def __init__(self) -> None:
        command = [sys.executable, "-m", "reelway.engines.animatic"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def tell(self, message: dict[str, Any]) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def answer(self) -> tuple[list[int], dict[str, Any]]:
        """The percents of a job, and its last word."""
        percents = []
        while "progress" in (message := self.hear()):
            percents.append(message["progress"])
        return percents, message


@dataclass
class Film:
    data: bytes
    report: dict[str, Any]

    def open(self) -> Any:
        return av.open(io.BytesIO(self.data))

    def luma(self) -> np.ndarray:
        """Every frame's luma, (n, h, w), float."""
        with self.open() as container:
            return np.stack([f.to_ndarray()[: f.height] for f in container.decode(video=0)]) * 1.0

    def keys(self) -> list[int]:
        """Numbers of the frames that stand by themselves."""
        with self.open() as container:
            return [i for i, f in enumerate(container.decode(video=0)) if f.key_frame]

    def pcm(self) -> np.ndarray:
        """The sound as (2, n); the container's own length, without the encoder's padding."""
        with self.open() as container:
            stream = container.streams.audio[0]
            samples = round(stream.duration * stream.time_base * 48_000)
            parts = [f.to_ndarray() for f in container.decode(audio=0)]
        return np.concatenate(parts, axis=1)[:, :samples]

    def boxes(self) -> list[str]:
        """The types of the top-level boxes, in order."""
        found, at = [], 0
        while at < len(self.data):
            size = int.from_bytes(self.data[at : at + 4], "big")
            found.append(self.data[at + 4 : at + 8].decode())
            if size == 1:
                size = int.from_bytes(self.data[at + 8 : at + 16], "big")
            at += size
        return found


Make = Callable[..., Film]


def image(tmp_path: Path, name: str, size: tuple[int, int]) -> tuple[Image, Path, np.ndarray]:
    """A picture with structure at many scales: as `Image`, as PNG, and its RGB."""
    w, h = size
    y, x = np.mgrid[0:h, 0:w].astype(float)
    phase = sum(map(ord, name))
    rgb = np.stack(
        [
            128
            + 90 * np.sin(x / 17 + phase + k) * np.cos(y / (11 + 3 * k))
            + 30 * np.sin(x * y / 900)
            for k in range(3)
        ],
        axis=-1,
    )
    rgb = np.clip(rgb, 0, 255).astype(np.uint8)
    path = save(tmp_path, name, rgb)
    return Image(source=f"asset:{name}", width=w, height=h), path, rgb


PAINTS = {"magenta": (224, 32, 160), "teal": (24, 120, 128), "green": (40, 180, 60)}


def plain(tmp_path: Path, name: str, paint: str) -> tuple[Image, Path]:
    """One thing of one colour, taller than wide, before white; "teal" fills all of it."""
    rgb = np.full((320, 320, 3), 250, np.uint8)
    y, x = np.mgrid[0:320, 0:320]
    inside = (np.hypot((x - 160) / 70, (y - 170) / 120) < 1) | (paint == "teal")
    rgb[inside] = PAINTS[paint]
    return Image(source=f"asset:{name}", width=320, height=320), save(tmp_path, name, rgb)


def save(tmp_path: Path, name: str, rgb: np.ndarray) -> Path:
    path = tmp_path / f"{name}.png"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=Fraction(1))
        stream.width, stream.height, stream.pix_fmt = rgb.shape[1], rgb.shape[0], "rgb24"
        stream.options = {"compression_level": "1"}
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def colours(film: Film) -> np.ndarray:
    """Every frame as RGB, (n, h, w, 3)."""
    with film.open() as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    return np.stack(frames).astype(float)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a - b) ** 2), 1e-9)))


def fitted(rgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Limited-range BT.709 luma of the picture cut to a shape around its middle, at its size."""
    high, wide = rgb.shape[:2]
    width = min(wide, round(high * size[0] / size[1]))
    height = min(high, round(wide * size[1] / size[0]))
    left, top = (wide - width) // 2, (high - height) // 2
    cut = np.ascontiguousarray(rgb[top : top + height, left : left + width])
    frame = av.VideoFrame.from_ndarray(cut, format="rgb24").reformat(
        width=size[0], height=size[1], interpolation="AREA" if width > size[0] else "BICUBIC"
    )
    light = frame.to_ndarray() @ np.array([0.2126, 0.7152, 0.0722])
    return 16 + light * 219 / 255
