"""Many keep files at a time; who removes some is alone."""

from __future__ import annotations

import asyncio

import pytest

from reelway.shelf import Shelf


class Scene:
    def __init__(self) -> None:
        self.shelf = Shelf()
        self.there: list[str] = []
        self.done: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def comes(self, name: str) -> None:
        """Who has a small letter keeps, a capital removes."""
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._be(name))
        await turns()

    async def goes(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
        await turns()

    async def is_cancelled(self, name: str) -> None:
        self._tasks[name].cancel()
        await turns()

    async def _be(self, name: str) -> None:
        async with self.shelf.alone() if name.isupper() else self.shelf:
            self.there.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.there.remove(name)
                self.done.append(name)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_many_keep_at_a_time() -> None:
    scene = Scene()
    for name in "abc":
        await scene.comes(name)
    assert scene.there == ["a", "b", "c"]
    await scene.goes("b", "a", "c")
    assert scene.done == ["b", "a", "c"]


async def test_who_removes_is_alone_and_waits_no_longer_than_for_who_is_there() -> None:
    scene = Scene()
    for name in "abXcY":
        await scene.comes(name)
    assert scene.there == ["a", "b"]
    await scene.goes("a")
    assert scene.there == ["b"]
    await scene.goes("b")
    assert scene.there == ["X"]
    await scene.goes("X")
    assert scene.there == ["c"]
    await scene.goes("c")
    assert scene.there == ["Y"]
    await scene.goes("Y")
    assert scene.there == []


@pytest.mark.parametrize("waits", ["X", "c"])
async def test_who_gives_up_waiting_stands_in_nobodys_way(waits: str) -> None:
    scene = Scene()
    for name in "aXcd":
        await scene.comes(name)
    await scene.is_cancelled(waits)
    await scene.goes("a")
    assert scene.there == (["c", "d"] if waits == "X" else ["X"])
    await scene.goes(*scene.there)
    await scene.goes("c", "d", "X")
    assert scene.there == []


async def test_an_error_inside_leaves_it_open() -> None:
    scene = Scene()
    for inside in (scene.shelf, scene.shelf.alone()):
        with pytest.raises(OSError, match="full"):
            async with inside:
                raise OSError("full")
    await scene.comes("X")
    assert scene.there == ["X"]
    await scene.goes("X")
