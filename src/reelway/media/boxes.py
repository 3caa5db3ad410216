"""The boxes of an MP4 file, walked without a decoder.

A box is a length, a kind of four letters and its content; some hold boxes themselves. Whatever
reaches over its end, the file's or another box's, is `Damaged`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

Box = tuple[str, int, int]  # kind, where its content begins, where it ends

_INSIDE = {"trak", "mdia", "minf", "stbl"}
_FIRST = {b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free"}


class Damaged(Exception):
    """What is wrong with the file, in a few words."""


def top_boxes(file: BinaryIO, size: int) -> Iterator[Box]:
    """The outermost boxes. Raises Damaged unless they end exactly where the file does."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        if at == 0 and head[4:8] not in _FIRST:
            raise Damaged("it is no MP4 film")
        begin, end = _extent(head, at, size)
        if end > size:
            raise Damaged(f"it is cut off: {end - size} or more bytes are missing")
        yield head[4:8].decode("latin-1"), begin, end
        at = end


def _extent(head: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the content of the box at `at` begins and ends; `head` is its first 16 bytes."""
    if len(head) < 8:
        raise Damaged("it is cut off inside a box's head")
    (length,) = struct.unpack_from(">I", head)
    begin = at + 8
    if length == 1:
        if len(head) < 16:
            raise Damaged("it is cut off inside a box's head")
        (length,) = struct.unpack_from(">Q", head, 8)
        begin = at + 16
    elif length == 0:  # up to the end of the file
        length = end - at
    if at + length < begin:
        raise Damaged("a box is shorter than its own head")
    return begin, at + length


def inner_boxes(tables: bytes, at: int, end: int) -> Iterator[Box]:
    """The boxes in `tables[at:end]`, one after the other."""
    while at < end:
        begin, stop = _extent(tables[at : min(at + 16, end)], at, end)
        if stop > end:
            raise Damaged("a box reaches out of the box that holds it")
        yield tables[at + 4 : at + 8].decode("latin-1"), begin, stop
        at = stop


def leaves(tables: bytes, at: int, end: int) -> dict[str, bytes]:
    """The content of every box that holds no others, by its kind: of one track."""
    found: dict[str, bytes] = {}
    for kind, begin, stop in inner_boxes(tables, at, end):
        if kind in _INSIDE:
            found |= leaves(tables, begin, stop)
        else:
            found[kind] = tables[begin:stop]
    return found
