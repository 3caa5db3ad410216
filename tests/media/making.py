"""Pictures and films made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import av
import numpy as np
from PIL import Image


def picture(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """Soft colours that compress to little; the left upper corner is red, the right one green."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    image = Image.fromarray(np.stack([255 - across, across, down], 2).astype(np.uint8), "RGB")
    return image.convert(mode)


def as_bytes(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def jpeg(width: int = 400, height: int = 300, **options: object) -> bytes:
    return as_bytes(picture(width, height), "JPEG", **options)


def png(width: int = 400, height: int = 300, **options: object) -> bytes:
    return as_bytes(picture(width, height), "PNG", **options)


def turned(orientation: int, width: int, height: int, form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return as_bytes(picture(width, height), form, exif=exif)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes that says it is huge; its pixels are a short lie."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


def sixteen_bits(levels: np.ndarray) -> bytes:
    """A grey 16-bit PNG; `levels` are its pixels."""
    height, width = levels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    head = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


def film(
    path: Path,
    *,
    sound: bool = True,
    frames: int = 48,
    size: tuple[int, int] = (320, 180),
    movflags: str = "+faststart",
    container: str = "mp4",
    codec: str = "libx264",
    key_every: int = 12,
) -> Path:
    """24 frames a second; frame n is grey of level 40 + 4 n. Sound is stereo AAC at 48 kHz."""
    options = {"movflags": movflags} if movflags and container == "mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as out:
        video = out.add_stream(codec, rate=24)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.gop_size = key_every
        audio = out.add_stream("aac", rate=48_000, layout="stereo") if sound else None
        for n in range(frames):
            level = np.full((size[1], size[0], 3), min(255, 40 + 4 * n), np.uint8)
            level[::16, ::16] = 255 - n
            frame = av.VideoFrame.from_ndarray(level, format="rgb24")
            frame.pts = n
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio:
            wave = np.sin(np.arange(frames * 2000) / 20).astype(np.float32) / 4
            for at in range(0, len(wave), 1024):
                part = av.AudioFrame.from_ndarray(
                    np.stack([wave[at : at + 1024]] * 2), format="fltp", layout="stereo"
                )
                part.sample_rate, part.pts = 48_000, at
                out.mux(audio.encode(part))
            out.mux(audio.encode(None))
    return path
