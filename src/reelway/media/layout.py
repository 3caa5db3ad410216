"""Is an MP4 all there?

Titles and lengths stand in the head of the file, so a film that was cut off still shows its full
length there. Here the boxes must tile the file exactly, and every sample that the tables name
must lie inside an `mdat` box. Whole fragments that are missing at the end of a fragmented film
cannot be seen: nothing in such a file says how many there should be.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reelway.media.boxes import Box, Damaged, inner_boxes, leaves, top_boxes

MOST_TABLES = 64 << 20  # bytes of one moov or moof; a film of 15 s has 20,000


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`faults` is empty if the file is complete; `faststart`: the tables come before the data."""

    faststart: bool
    fragmented: bool
    faults: tuple[str, ...]


def inspect(path: Path) -> Layout:
    """Never raises for what the file holds; OSError if it cannot be read."""
    size = path.stat().st_size
    top: list[Box] = []
    faults: list[str] = []
    with path.open("rb") as file:
        try:
            for box in top_boxes(file, size):
                top.append(box)
            _samples_inside(file, top)
        except Damaged as error:
            faults.append(str(error))
        except struct.error:
            faults.append("its tables are cut short")
        except RecursionError:
            faults.append("its boxes are nested absurdly deep")
    kinds = [kind for kind, _, _ in top]
    first = next((k for k in kinds if k in ("moov", "mdat")), None)
    return Layout(faststart=first == "moov", fragmented="moof" in kinds, faults=tuple(faults))


def _samples_inside(file: BinaryIO, top: list[Box]) -> None:
    data = [(begin, end) for kind, begin, end in top if kind == "mdat"]
    if not any(kind == "moov" for kind, _, _ in top):
        raise Damaged("it has no tables of contents (moov)")
    if not data:
        raise Damaged("it has no data (mdat)")
    defaults: dict[int, int] = {}  # bytes of a fragment's sample, by track
    for kind, begin, end in top:
        if kind not in ("moov", "moof"):
            continue
        if end - begin > MOST_TABLES:
            raise Damaged("its tables of contents are absurdly large")
        file.seek(begin)
        for start, stop in _spans(file.read(end - begin), begin - 8, defaults):
            if stop > start and not any(a <= start and stop <= b for a, b in data):
                raise Damaged("a sample lies outside the film's data")


def _spans(tables: bytes, place: int, defaults: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Where samples begin and end, by one moov or by one moof that lies at `place`."""
    first = True
    for box, at, end in inner_boxes(tables, 0, len(tables)):
        if box == "trak":
            yield from _chunks(leaves(tables, at, end))
        elif box == "mvex":
            for kind, begin, _ in inner_boxes(tables, at, end):
                if kind == "trex":
                    track, _, _, size = struct.unpack_from(">4I", tables, begin + 4)
                    defaults[track] = size
        elif box == "traf":
            yield from _runs(tables, list(inner_boxes(tables, at, end)), place, defaults, first)
            first = False


def _chunks(tables: dict[str, bytes]) -> Iterator[tuple[int, int]]:
    """Where each chunk of one track begins and ends, by stco or co64, stsc and stsz."""
    if not {"stsz", "stsc"} <= tables.keys() or not {"stco", "co64"} & tables.keys():
        raise Damaged("a track has no table of its samples")
    same, samples = struct.unpack_from(">2I", tables["stsz"], 4)
    sizes = () if same else struct.unpack_from(f">{samples}I", tables["stsz"], 12)
    wide = "co64" in tables
    places = tables["co64" if wide else "stco"]
    (chunks,) = struct.unpack_from(">I", places, 4)
    offsets = struct.unpack_from(f">{chunks}{'Q' if wide else 'I'}", places, 8)
    (runs,) = struct.unpack_from(">I", tables["stsc"], 4)
    flat = struct.unpack_from(f">{runs * 3}I", tables["stsc"], 8)
    firsts = [*flat[::3], chunks + 1]
    taken = 0
    for run in range(runs):
        for chunk in range(firsts[run], min(firsts[run + 1], chunks + 1)):
            count = flat[run * 3 + 1]
            length = same * count if same else sum(sizes[taken : taken + count])
            taken += count
            yield offsets[chunk - 1], offsets[chunk - 1] + length
    if taken != samples:
        raise Damaged("a track's tables of samples contradict each other")


def _runs(
    tables: bytes, boxes: list[Box], moof: int, defaults: dict[int, int], first: bool
) -> Iterator[tuple[int, int]]:
    """Where each run of one fragment's track begins and ends, by tfhd and trun."""
    base = at = moof
    size = 0
    for kind, begin, _ in boxes:
        if kind not in ("tfhd", "trun"):
            continue
        flags, number = struct.unpack_from(">2I", tables, begin)  # number: track, or samples
        place = begin + 8
        if kind == "tfhd":
            size = defaults.get(number, 0)
            if flags & 1:
                (base,) = struct.unpack_from(">Q", tables, place)
            elif not (flags & 0x20000 or first):
                return  # an old way: counted from where the track before it ended
            if flags & 0x10:
                skip = 8 * (flags & 1) + 4 * ((flags >> 1 & 1) + (flags >> 3 & 1))
                (size,) = struct.unpack_from(">I", tables, place + skip)
            continue
        if flags & 1:
            at = base + struct.unpack_from(">i", tables, place)[0]
        place += 4 * ((flags & 1) + (flags >> 2 & 1))
        width = (flags >> 8 & 0xF).bit_count()
        fields = struct.unpack_from(f">{number * width}I", tables, place)
        length = sum(fields[flags >> 8 & 1 :: width]) if flags & 0x200 else size * number
        yield at, at + length
        at += length
