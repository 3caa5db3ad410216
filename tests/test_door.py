from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from reelway import door
from reelway.door import LONGEST_WAIT, Door
from reelway.errors import QueueFull

ANN, BOB = 1, 2
NOW = 1_760_000_000_000
MOST = {ANN: 2, None: 100}


class Queue:
    """What a runner would say."""

    def __init__(self) -> None:
        self.counts: Counter[int | None] = Counter()

    def __call__(self, owner_id: int | None) -> int:
        return self.counts[owner_id]

    def change(self, owner_id: int, by: int) -> None:
        self.counts[owner_id] += by
        self.counts[None] += by


def come(it: Door, queue: Queue, owner_id: int, now: int, most: int = 10**9) -> None:
    it.take(owner_id, {owner_id: most, None: 10**9}, queue, now)
    queue.change(owner_id, 1)
    it.came(owner_id)
    it.leave(owner_id)


def refused(it: Door, queue: Queue, owner_id: int, now: int, most: int) -> int:
    with pytest.raises(QueueFull) as told:
        it.take(owner_id, {owner_id: most, None: 10**9}, queue, now)
    assert told.value.retry_after is not None
    return told.value.retry_after


def test_places_that_are_taken_count_until_they_are_left() -> None:
    it, queue = Door(), Queue()
    it.take(ANN, MOST, queue, NOW)
    it.take(ANN, MOST, queue, NOW)
    with pytest.raises(QueueFull, match="your queue is full: 2 tasks wait"):
        it.take(ANN, MOST, queue, NOW)
    it.take(BOB, {BOB: 1, None: 3}, queue, NOW)
    with pytest.raises(QueueFull, match="the queue is full: 3 tasks wait"):
        it.take(3, {3: 1, None: 3}, queue, NOW)
    it.leave(ANN)
    it.take(ANN, MOST, queue, NOW)


def test_a_refusal_takes_no_place() -> None:
    it, queue = Door(), Queue()
    queue.change(ANN, 2)
    for _ in range(5):
        refused(it, queue, ANN, NOW, 2)
    queue.change(ANN, -1)
    it.take(ANN, MOST, queue, NOW)


def test_the_wait_is_how_long_the_queue_takes_to_lose_one() -> None:
    it, queue, now = Door(), Queue(), NOW
    for n in range(100):
        come(it, queue, ANN, now)
        now += 4000
        if n % 2:  # one leaves each eight seconds
            queue.change(ANN, -1)
    assert refused(it, queue, ANN, now, 50) == 8
    for _ in range(3000):  # and then ten a second
        come(it, queue, ANN, now)
        queue.change(ANN, -1)
        now += 100
    assert refused(it, queue, ANN, now, 50) == 1


def test_a_queue_that_stands_still_says_so() -> None:
    it, queue = Door(), Queue()
    queue.change(ANN, 5)
    assert refused(it, queue, ANN, NOW, 5) == door.BLIND  # nothing is known yet
    assert refused(it, queue, ANN, NOW + 120_000, 5) == 120
    assert refused(it, queue, ANN, NOW + 7_200_000, 5) == LONGEST_WAIT


def test_a_clock_that_is_set_back_does_no_harm() -> None:
    it, queue = Door(), Queue()
    queue.change(ANN, 5)
    refused(it, queue, ANN, NOW, 5)
    queue.change(ANN, -1)
    assert refused(it, queue, ANN, NOW - 3_600_000, 4) == 1


def test_work_that_comes_back_does_not_count_as_gone() -> None:
    it, queue = Door(), Queue()
    come(it, queue, ANN, NOW)
    queue.change(ANN, 3)  # begun anew, not through the door
    assert refused(it, queue, ANN, NOW + 10_000, 4) == door.BLIND


def test_the_disk_is_looked_at_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, real = [], os.statvfs

    def statvfs(path: Path) -> os.statvfs_result:
        looks.append(path)
        return real(path)

    monkeypatch.setattr(os, "statvfs", statvfs)
    it = Door()
    found = [it.space(tmp_path, NOW + ms) for ms in range(0, 3000, 10)]
    assert len(looks) == 3
    assert found[0].total >= found[0].free > 0
    it.space(tmp_path, NOW - 5000)  # set back
    it.space(tmp_path / "..", NOW - 5000)  # another one
    assert len(looks) == 5
