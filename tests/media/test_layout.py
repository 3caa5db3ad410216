"""The walk through an MP4's boxes, without the helper around it."""

from __future__ import annotations

import random
import struct

import pytest

from media.making import film
from reelway.media.layout import inspect


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


HEAD = box(b"ftyp", b"isom", numbers(512))


def track(sizes: bytes, chunks: bytes, places: bytes) -> bytes:
    tables = box(b"stsz", sizes) + box(b"stsc", chunks) + places
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", tables))))


def made(at: int, *, sizes=(10, 20, 30), wide: bool = False, chunk=(1, 3, 1), data: int = 60):
    """A film of three samples in one chunk that begins `at` bytes into the data."""
    here = len(HEAD) + 8 + at
    places = (
        box(b"co64", numbers(0, 1), struct.pack(">Q", here))
        if wide
        else box(b"stco", numbers(0, 1, here))
    )
    table = numbers(0, 0, len(sizes), *sizes)
    return (
        HEAD + box(b"mdat", bytes(data)) + box(b"moov", track(table, numbers(0, 1, *chunk), places))
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (made(0), None),
        (made(0, wide=True), None),
        (made(1), "a sample lies outside the film's data"),
        (made(0, data=59), "a sample lies outside the film's data"),
        (made(-9), "a sample lies outside the film's data"),
        (made(0, wide=True, data=59), "a sample lies outside the film's data"),
        (made(0, chunk=(1, 2, 1)), "a track's tables of samples contradict each other"),
        (made(0, sizes=(10,), chunk=(1, 1, 1)), None),
        (made(0) + box(b"free", bytes(9)), None),
        (made(0) + b"\0", "it is cut off inside a box's head"),
        (made(0) + numbers(4) + b"free", "a box is shorter than its own head"),
        (made(0) + numbers(1) + b"free" + numbers(0, 3), "a box is shorter than its own head"),
        (made(0) + numbers(1) + b"free" + numbers(0, 16), None),
        (made(0) + numbers(1) + b"free" + numbers(9, 9), "it is cut off: "),
        (made(0) + numbers(0) + b"free" + bytes(99), None),
        (HEAD, "it has no tables of contents (moov)"),
        (HEAD + box(b"moov"), "it has no data (mdat)"),
        (HEAD + box(b"mdat") + box(b"moov", box(b"trak")), "a track has no table of its samples"),
        (
            HEAD + box(b"mdat") + box(b"moov", track(b"", b"", box(b"stco"))),
            "its tables are cut short",
        ),
        (
            HEAD + box(b"mdat") + box(b"moov", numbers(99) + b"trak"),
            "a box reaches out of the box that holds it",
        ),
        (b"RIFF....AVI ", "it is no MP4 film"),
    ],
)
def test_inspect(tmp_path, content, fault):
    (tmp_path / "film").write_bytes(content)
    faults = inspect(tmp_path / "film").faults
    assert faults == () if fault is None else faults[0].startswith(fault)


def test_one_size_for_all_samples(tmp_path):
    places = box(b"stco", numbers(0, 1, len(HEAD) + 8))
    for data, count in ((4000, 0), (3999, 1)):
        tables = track(numbers(0, 4, 1000), numbers(0, 1, 1, 1000, 1), places)
        (tmp_path / "film").write_bytes(HEAD + box(b"mdat", bytes(data)) + box(b"moov", tables))
        assert len(inspect(tmp_path / "film").faults) == count


def test_boxes_nested_deep(tmp_path):
    inner = b""
    for _ in range(3000):
        inner = box(b"trak", inner)
    (tmp_path / "film").write_bytes(HEAD + box(b"mdat") + box(b"moov", inner))
    assert inspect(tmp_path / "film").faults == ("its boxes are nested absurdly deep",)


@pytest.mark.parametrize("movflags", ["+faststart", "frag_keyframe+empty_moov"])
def test_whatever_the_bytes_are_it_answers(tmp_path, movflags):
    path = film(tmp_path / "film.mp4", frames=24, movflags=movflags)
    whole, dice = path.read_bytes(), random.Random(5)
    tables = whole.index(b"mdat")
    for _ in range(1500):
        other = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            other[dice.randrange(tables)] = dice.choice((0, 1, 8, 0x7F, 0x80, 0xFF))
        path.write_bytes(other)
        inspect(path)
