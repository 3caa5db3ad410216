"""What of a picture makes a sound: what, where at each frame, and when it strikes.

Whoever places a thing in a scene says so here (`Builder.heard`); `hearing` asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sounder:
    """`place`: view x and depth at a frame of the shot, before the camera."""

    kind: str
    place: Callable[[int], tuple[float, float]]
    strikes: tuple[int, ...] = ()  # frames of the shot


def strikes(
    picture: Callable[[int], int], count: int, beats: Sequence[float], frames: int
) -> tuple[int, ...]:
    """The frames of a shot at which a cycle of `count` pictures, of which `picture` is shown at
    each, comes by one of its `beats` (phases 0…1)."""
    hits = []
    at = picture(0) % count / count
    for n in range(1, frames):
        before, at = at, picture(n) % count / count
        gone = (at - before) % 1.0
        hits += [n for beat in beats if gone and (at - beat) % 1.0 < gone]
    return tuple(hits)
