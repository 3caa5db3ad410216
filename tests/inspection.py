"""A film looked at without any of our own code: decoded by PyAV to the last frame.

    order = Order("720p", "16:9", sound=True)
    faults(order, task["film"], path, scale=0.125) → what is wrong, as text; empty if nothing is

The sizes are those of the wire's rules, written out once more.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import av

RATE = 24
SLACK = 0.05  # seconds that the sound may be longer or shorter than the picture
SIZES = {
    ("720p", "16:9"): (1280, 720),
    ("720p", "9:16"): (720, 1280),
    ("720p", "1:1"): (960, 960),
    ("1080p", "16:9"): (1920, 1080),
    ("1080p", "9:16"): (1080, 1920),
    ("1080p", "1:1"): (1440, 1440),
    ("4k", "16:9"): (3840, 2160),
    ("4k", "9:16"): (2160, 3840),
    ("4k", "1:1"): (2880, 2880),
}


@dataclass(frozen=True)
class Order:
    resolution: str
    aspect_ratio: str
    sound: bool
    seconds: int = 3
    prompt: str = "Waves roll onto a rocky coast at dawn, the camera slowly pans right"

    def __str__(self) -> str:
        return f"{self.resolution} {self.aspect_ratio} {'sound' if self.sound else 'silent'}"

    def body(self) -> dict[str, Any]:
        return {
            "prompt": self.prompt,
            "duration": self.seconds,
            "resolution": self.resolution,
            "aspect_ratio": self.aspect_ratio,
            "sound": self.sound,
        }

    def size(self, scale: float) -> tuple[int, int]:
        width, height = SIZES[self.resolution, self.aspect_ratio]
        return _even(width * scale), _even(height * scale)


MATRIX = [Order(*each, sound) for each, sound in product(SIZES, (True, False))]


@dataclass(frozen=True)
class Decoded:
    width: int
    height: int
    frames: int
    steps: frozenset[float]  # seconds between frames
    video: tuple[str, ...]  # codecs of the picture streams
    audio: tuple[str, ...]
    audio_seconds: float
    boxes: tuple[str, ...]  # of the file, outermost, in order


def decode(path: Path) -> Decoded:
    """Every frame and every sample. Raises av.FFmpegError where one cannot be decoded."""
    with av.open(path) as film:
        video, audio = film.streams.video, film.streams.audio
        times, sizes, heard = [], set(), 0.0
        for frame in film.decode(*video, *audio):
            if isinstance(frame, av.VideoFrame):
                times.append(frame.time)
                sizes.add((frame.width, frame.height))
            else:
                heard += frame.samples / frame.sample_rate
        [(width, height)] = sizes
        return Decoded(
            width=width,
            height=height,
            frames=len(times),
            steps=frozenset(round(b - a, 6) for a, b in pairwise(times)),
            video=tuple(stream.codec.name for stream in video),
            audio=tuple(stream.codec.name for stream in audio),
            audio_seconds=heard,
            boxes=tuple(boxes(path)),
        )


def boxes(path: Path) -> list[str]:
    found, at, content = [], 0, path.read_bytes()
    while at < len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
        found.append(name.decode("latin-1"))
        at += size or len(content)
    return found


def faults(order: Order, told: dict[str, Any], path: Path, *, scale: float) -> list[str]:
    """`told` is the film as its task shows it, which is MediaInfo's view of the file."""
    seen, wrong = decode(path), []

    def check(what: str, is_: object, wanted: object) -> None:
        if is_ != wanted:
            wrong.append(f"{order}: {what} {is_!r} instead of {wanted!r}")

    frames, size = RATE * order.seconds, order.size(scale)
    check("size", (seen.width, seen.height), size)
    check("size by MediaInfo", (told["width"], told["height"]), size)
    check("frames", seen.frames, frames)
    check("frames by MediaInfo", told["frames"], frames)
    check("rate by MediaInfo", told["frame_rate"], float(RATE))
    check("length by MediaInfo", told["duration"], float(order.seconds))
    check("steps between frames", seen.steps, frozenset({round(1 / RATE, 6)}))
    check("picture streams", seen.video, ("h264",))
    check("picture by MediaInfo", told["video_codec"], "AVC")
    check("sound streams", seen.audio, ("aac",) if order.sound else ())
    check("sound by MediaInfo", bool(told["audio"]), order.sound)
    if order.sound and abs(seen.audio_seconds - order.seconds) > SLACK:
        check("seconds of sound", seen.audio_seconds, order.seconds)
    check("bytes", path.stat().st_size, told["bytes"])
    check("index in front", seen.boxes.index("moov") < seen.boxes.index("mdat"), True)
    check("fragments", "moof" in seen.boxes, False)
    return wrong


def _even(side: float) -> int:
    return 2 * round(side / 2)
