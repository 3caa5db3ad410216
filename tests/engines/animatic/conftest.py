"""Films for these tests: small, and rendered in this process unless the protocol is the matter."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import av
import numpy as np
import pytest

from reelway.engines.animatic import job
from reelway.request import Image, Shot, VideoRequest, to_json

SMALL = (160, 90)


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


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Render a request given by its fields; `shots` as (prompt, seconds) pairs."""

    def render(
        prompt: str = "", *, size: tuple[int, int] = SMALL, images: Any = None, **fields: Any
    ) -> Film:
        if "shots" in fields:
            pairs = fields["shots"]
            fields["shots"] = tuple(Shot(prompt=p, duration=s) for p, s in pairs)
            fields["duration"] = sum(s for _, s in pairs)
            fields["shot_mode"] = "customize"
        request = VideoRequest(
            **{"prompt": prompt, "duration": 3, "model": "animatic", **fields}
        )
        out = tmp_path / "film.mp4"
        report = job.render(
            to_json(request), size=size, images=images or {}, out=out, progress=lambda part: None
        )
        return Film(out.read_bytes(), report)

    yield render


def image(tmp_path: Path, name: str, size: tuple[int, int]) -> tuple[Image, Path, np.ndarray]:
    """A picture with structure at many scales: as `Image`, as PNG, and its RGB."""
    w, h = size
    y, x = np.mgrid[0:h, 0:w].astype(float)
    phase = sum(map(ord, name))
    rgb = np.stack(
        [
            128 + 90 * np.sin(x / 17 + phase + k) * np.cos(y / (11 + 3 * k)) + 30 * np.sin(x * y / 900)
            for k in range(3)
        ],
        axis=-1,
    )
    rgb = np.clip(rgb, 0, 255).astype(np.uint8)
    path = tmp_path / f"{name}.png"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=Fraction(1))
        stream.width, stream.height, stream.pix_fmt = w, h, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return Image(source=f"asset:{name}", width=w, height=h), path, rgb


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a - b) ** 2), 1e-9)))
