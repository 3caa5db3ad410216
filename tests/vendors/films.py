"""Real MP4 files of a length, size and sound: H.264 at 24/s, AAC where there is sound, the index
in front. One second is encoded and its packets are repeated, so that fifteen seconds of 4K take
little more than one.
"""

from __future__ import annotations

import math
import tempfile
from array import array
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av

RATE, SAMPLES, BLOCK = 24, 48_000, 1024
SWIFT = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "x264-params": f"keyint={RATE}:scenecut=0:threads=1",
}


@lru_cache(maxsize=64)
def film(width: int, height: int, seconds: float, sound: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")  # the index is moved to the front of a file
        with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as out:
            picture = out.add_stream("libx264", rate=RATE, options=SWIFT)
            picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
            voice: Any = out.add_stream("aac", rate=SAMPLES, layout="stereo") if sound else None
            pictures = _pictures(picture, width, height)
            _repeat(out, picture, pictures, round(seconds * RATE), 1, RATE)
            if voice is not None:
                blocks = math.ceil(seconds * SAMPLES / BLOCK)
                _repeat(out, voice, _blocks(voice), blocks, BLOCK, SAMPLES)
        return path.read_bytes()


Packets = list[tuple[bytes, bool]]


def _pictures(stream: Any, width: int, height: int) -> Packets:
    """One second: a whole picture and 23 that change nothing."""
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, level in zip(frame.planes, (90, 130, 120), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    packets = []
    for number in range(RATE):
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        packets += stream.encode(frame)
    return [(bytes(p), p.is_keyframe) for p in [*packets, *stream.encode(None)]]


def _blocks(stream: Any) -> Packets:
    """A soft tone that repeats after every block."""
    wave = [0.1 * math.sin(2 * math.pi * 5 * n / BLOCK) for n in range(BLOCK)]
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=BLOCK)
    frame.rate = SAMPLES
    packets = []
    for number in range(8):
        for plane in frame.planes:
            plane.update(array("f", wave).tobytes())
        frame.pts = number * BLOCK
        packets += stream.encode(frame)
    return [(bytes(p), True) for p in [*packets, *stream.encode(None)]][2:-1]


def _repeat(out: Any, stream: Any, packets: Packets, count: int, step: int, per: int) -> None:
    for number in range(count):
        content, key = packets[number % len(packets)]
        packet = av.Packet(content)
        packet.stream, packet.is_keyframe = stream, key
        packet.pts = packet.dts = number * step
        packet.duration, packet.time_base = step, Fraction(1, per)
        out.mux(packet)
