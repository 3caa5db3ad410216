from __future__ import annotations

import asyncio

import pytest

from reelway.news import Frame, News, Watch


def test_listeners_hear_until_they_leave() -> None:
    news, heard = News(), list[int]()
    leave = news.listen(heard.append)
    news.stir(1)
    leave()
    news.stir(2)
    assert heard == [1]


async def test_a_watch_hears_of_its_own_task_alone() -> None:
    news = News()
    with news.watch(1) as watch, news.watch(1) as other:
        news.stir(2)
        assert not await watch.changed(0)
        news.stir(1)
        assert await watch.changed(60)
        assert await other.changed(60)
        assert not await watch.changed(0)  # told once
    news.stir(1)
    assert not news._watches


async def test_what_happens_between_two_looks_is_not_missed() -> None:
    news = News()
    with news.watch(1) as watch:
        assert not await watch.changed(0)
        news.stir(1)
        await asyncio.sleep(0)
        assert await watch.changed(60)


async def test_nobody_waits_after_the_release() -> None:
    news = News()
    with news.watch(1) as watch:
        waiting = asyncio.create_task(watch.changed(60))
        await asyncio.sleep(0)
        news.release()
        assert await waiting
    assert news.released


async def test_a_wait_can_be_cancelled() -> None:
    waiting = asyncio.create_task(Watch().changed(60))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_frame_is_one_line_of_data() -> None:
    frame = Frame(event="status", data={"message": "a\nb\r狐\u2028"}, id=7)
    head, data, *end = frame.body().decode().split("\n", 2)
    assert (head, data) == ("id: 7", "event: status")
    assert end == ['data: {"message":"a\\nb\\r狐\u2028"}\n\n']
    assert Frame(event="x", data=1).body() == b"event: x\ndata: 1\n\n"
