"""Memory: how much is painted at a time, and pictures that are baked some rows at a time."""

from __future__ import annotations

from threading import Event, Thread

import numpy as np
import pytest

from reelway.engines.animatic import canvas
from reelway.engines.animatic.canvas import Window, texture
from reelway.engines.animatic.thrift import SMALL, Room


def test_who_wants_too_much_waits_and_is_alone() -> None:
    room, inside = Room(3 * SMALL), Event()

    def large() -> None:
        with room.taken(9 * SMALL):
            inside.set()

    waiting = Thread(target=large)
    with room.taken(2 * SMALL), room.taken(SMALL), room.taken(SMALL - 1):
        waiting.start()
        assert not inside.is_set()
    waiting.join(10)
    assert inside.is_set()


@pytest.mark.parametrize("covered", [False, True])
def test_a_picture_baked_in_parts_is_the_same(
    monkeypatch: pytest.MonkeyPatch, covered: bool
) -> None:
    window = Window(left=0, top=0, width=30, height=26, density=10)
    random = np.random.default_rng(3)
    rgb = random.uniform(0, 1, (26, 30, 3)).astype(np.float32)
    cover = random.uniform(0, 1, (26, 30)).astype(np.float32) if covered else None
    whole = texture(window, rgb * np.float32(0.5), cover)
    monkeypatch.setattr(canvas, "SOME", 120)
    parts = texture(window, rgb, cover, bent=lambda part, _: part * np.float32(0.5))
    for a, b in zip(whole.planes, parts.planes, strict=True):
        assert (a is None and b is None) or np.array_equal(a, b)
