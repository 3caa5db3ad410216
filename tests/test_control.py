from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from reelway import control
from reelway.errors import Internal, InvalidRequest


async def echo(order: Mapping[str, Any], actor: str) -> Any:
    match order.get("do"):
        case "refuse":
            raise InvalidRequest("no such order")
        case "fail":
            raise KeyError("a fault of ours")
    return {"did": order}


def listening(path: Path) -> AbstractAsyncContextManager[None]:
    return control.listen(path, echo)


async def ask(path: Path, **order: Any) -> Any:
    return await asyncio.to_thread(control.ask, path, order)


async def raw(path: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(line)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


async def test_an_order_is_answered(path: Path) -> None:
    async with listening(path):
        answer = await ask(path, do="it", name="läuft 狐\n\U0001f98a", count=3)
    assert answer == {"did": {"v": 1, "do": "it", "name": "läuft 狐\n\U0001f98a", "count": 3}}


async def test_many_at_once(path: Path) -> None:
    async with listening(path):
        answers = await asyncio.gather(*(ask(path, do=n) for n in range(20)))
    assert [a["did"]["do"] for a in answers] == list(range(20))


async def test_a_data_folder_far_down(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 80) / ("é" * 80)
    deep.mkdir(parents=True)
    path = deep / "control.sock"
    assert len(str(path)) > 150
    async with listening(path):
        assert path.is_socket()
        assert await ask(path, do="it") == {"did": {"v": 1, "do": "it"}}


async def test_only_the_owner_reaches_it(path: Path) -> None:
    async with listening(path):
        assert path.stat().st_mode & 0o777 == 0o600


async def test_a_socket_that_a_dead_server_left(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    async with listening(path):
        assert await ask(path, do="it")


async def test_a_refused_order_is_told_in_its_own_words(path: Path) -> None:
    async with listening(path):
        with pytest.raises(Internal, match=r"^no such order$"):
            await ask(path, do="refuse")
        assert await ask(path, do="it")


async def test_a_fault_of_ours_is_logged_and_not_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(path):
        with pytest.raises(Internal, match="internal error") as told:
            await ask(path, do="fail")
        assert "fault of ours" not in told.value.message
        assert await ask(path, do="it")
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == ["control.failed"]


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"\n",
        b"",
        b"\xff\xfe\n",
        b"[]\n",
        b"3\n",
        b"[" * 60_000 + b"\n",
        b"x" * 100_000 + b"\n",
    ],
    ids=["garbage", "empty", "nothing", "not text", "list", "number", "nested", "endless"],
)
async def test_a_line_that_is_no_order(
    path: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(path):
        assert await raw(path, line) == b'{"v": 1, "error": "the order could not be read"}\n'
        assert await ask(path, do="it")
    assert caplog.records == []


async def test_an_asker_that_goes_away(path: Path) -> None:
    async with listening(path):
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.close()
        await writer.wait_closed()
        assert await ask(path, do="it")


async def test_an_order_under_way_when_the_server_stops(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begun, cleared_up = asyncio.Event(), asyncio.Event()

    async def slow(order: Mapping[str, Any], actor: str) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleared_up.set()

    async with control.listen(path, slow):
        asking = asyncio.create_task(ask(path, do="it"))
        silent, writer = await asyncio.open_unix_connection(str(path))  # it asks for nothing
        await begun.wait()
    assert cleared_up.is_set() and not path.exists()
    with pytest.raises(Internal, match="is stopping"):
        await asking
    assert b"is stopping" in await silent.read()
    writer.close()
    await writer.wait_closed()
    assert caplog.records == []


# When nobody answers


async def test_no_socket(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0)
    with pytest.raises(Internal, match="does not answer"):
        await ask(path, do="it")


async def test_nobody_behind_the_socket(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with pytest.raises(Internal, match="does not answer"):
        await ask(path, do="it")


async def test_a_server_that_says_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0.01)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(Internal, match="does not answer"):
            await ask(path, do="it")


@pytest.mark.parametrize("said", [b"", b'{"v": 1, "res'])
async def test_a_server_that_ends_in_the_middle(path: Path, said: bytes) -> None:
    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(said)
        writer.close()

    async with await asyncio.start_unix_server(end, str(path)):
        with pytest.raises(Internal, match="ended without an answer"):
            await ask(path, do="it")


async def test_a_socket_that_comes_a_moment_later(path: Path) -> None:
    asking = asyncio.create_task(ask(path, do="it"))
    async with listening(path):
        assert await asking
