from __future__ import annotations

import asyncio

import pytest

from reelway.listener import MOST_BEATS, MOST_HELD, Listener, Said
from reelway.task import Event, Status
from reelway.wires.native import wire

BEAT = Said(b":\n\n")


class Ear(Listener):
    def __init__(self, task_id: int | None = 1, after: int = 0) -> None:
        self.aborted = 0
        super().__init__(
            wire, owner_id=1, task_id=task_id, digest=b"", after=after, abort=self._aborts
        )

    def _aborts(self) -> None:
        self.aborted += 1


def event(id: int, status: Status = "running") -> Event:
    return Event(id=id, task_id=1, owner_id=1, at=0, status=status, attempt=1)


def said(id: int | None, *, last: bool = False) -> Said:
    return Said(b"%d " % (id or 0), id, last)


@pytest.fixture
def ear() -> Ear:
    ear = Ear()
    ear.read()
    assert ear.caught_up([], False)
    return ear


async def test_what_the_rows_told_is_left_out() -> None:
    ear = Ear()
    ear.read()
    for id in (1, 2, 3, None, 4):
        ear.hear(said(id))
    assert ear.caught_up([event(1), event(2), event(3)], False)
    assert await ear.next() == b"0 4 "
    ear.hear(said(4))
    ear.hear(said(5))
    assert await ear.next() == b"5 "


async def test_more_than_can_be_held_while_rows_are_read_is_read_from_them() -> None:
    ear = Ear()
    ear.read()
    for id in range(1, MOST_HELD + 5):
        ear.hear(said(id))
    assert not ear.caught_up([event(1)], False)
    ear.read()
    assert ear.caught_up([event(MOST_HELD + 4)], False)
    assert ear.aborted == 0
    ear.hear(said(MOST_HELD + 5))
    assert await ear.next() == b"%d " % (MOST_HELD + 5)


async def test_a_page_that_is_not_the_last() -> None:
    ear = Ear(task_id=None)
    ear.read()
    assert not ear.caught_up([event(1, "succeeded")], True)
    assert ear.after == 1


async def test_a_task_that_is_over_has_no_more_to_tell(ear: Ear) -> None:
    ear.hear(said(1, last=True))
    ear.hear(said(None))
    assert await ear.next() == b"1 "
    assert await ear.next() == b""
    late = Ear()
    late.read()
    late.hear(said(None))  # progress from before
    assert late.caught_up([event(1), event(2, "failed")], False)
    assert await late.next() == b""


async def test_an_owners_stream_goes_on() -> None:
    ear = Ear(task_id=None)
    ear.caught_up([], False)
    ear.hear(said(1, last=True))
    ear.hear(said(2))
    assert await ear.next() == b"1 2 "


async def test_who_waits_is_roused(ear: Ear) -> None:
    waiting = asyncio.create_task(ear.next())
    await asyncio.sleep(0)
    ear.hear(said(1))
    ear.hear(said(2))
    assert await waiting == b"1 2 "


async def test_who_is_too_slow_is_cut_off(ear: Ear) -> None:
    ear.hear(said(1))
    await ear.next()  # and is sending
    for id in range(2, MOST_HELD + 2):
        ear.hear(said(id))
    assert ear.aborted == 0
    ear.hear(said(MOST_HELD + 2))
    assert ear.aborted == 1
    assert await ear.next() == b""


async def test_who_takes_nothing_for_some_beats_is_cut_off(ear: Ear) -> None:
    ear.hear(said(1))
    await ear.next()
    for _ in range(MOST_BEATS):
        ear.beat(BEAT)
    assert ear.aborted == 0
    ear.beat(BEAT)
    assert ear.aborted == 1


async def test_a_beat_is_heard_where_there_is_nothing_else(ear: Ear) -> None:
    waiting = asyncio.create_task(ear.next())
    await asyncio.sleep(0)
    ear.beat(BEAT)
    assert await waiting == BEAT.data


async def test_an_end_comes_after_what_is_held(ear: Ear) -> None:
    ear.hear(said(1))
    ear.end(Said(b"bye"))
    ear.hear(said(2))
    ear.end(Said(b"bye"))
    assert await ear.next() == b"1 bye"
    assert await ear.next() == b""
