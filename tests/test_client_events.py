"""Events and waiting in the Python SDK, over a real server and over a way that breaks."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import httpx
import pytest

from reelway import client as sdk
from reelway.client import AsyncClient, Client, Event
from reelway.sdk import errors, streams, way
from reelway.sdk.place import Place
from serving import Server

STILL = "animatic-still"
PLACE = Place(url="http://x.example", key="k", loopback=False)
QUEUED = b'id: 1\nevent: status\ndata: {"v":1,"task":"t","status":"queued","attempt":1,"at":5}\n\n'
FAILED = (
    b'id: 2\nevent: status\ndata: {"task":"t","status":"failed","attempt":1,'
    b'"error":{"code":"c","message":"m"}}\n\n'
)


class Spoken:
    """A stream that says what it is told to, bit by bit; a Lost breaks it."""

    def __init__(self, parts: list[Any], status: int = 200, **headers: str) -> None:
        kind = {"content-type": "text/event-stream"} if status == 200 else {}
        self.head = way.Reply(status=status, headers={**kind, **headers})
        self.parts = list(parts)
        self.closed = False

    async def read(self) -> bytes:
        part = self.parts.pop(0) if self.parts else b""
        if isinstance(part, Exception):
            raise part
        return bytes(part)

    async def close(self) -> None:
        self.closed = True


class Scripted:
    """A way whose time passes only where somebody sleeps."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.asked: list[way.Ask] = []
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def open(self, ask: way.Ask) -> way.Stream:
        self.asked.append(ask)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Spoken)
        return step


def listened(script: Scripted, ends: bool = True, retries: int = 4) -> list[Event]:
    async def all_() -> list[Event]:
        events = streams.listen(
            PLACE, "/e", script, ends=ends, retries=retries, pause=lambda *_: 1.0
        )  # type: ignore[arg-type]
        return [event async for event in events]

    return asyncio.run(all_())


def lost() -> way.Lost:
    return way.Lost("the connection broke", sent=True)


# Reading


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
async def test_frames_however_they_are_cut(size: int, end: bytes) -> None:
    text = (
        ":beat\n\nid: 7\n\nevent: a\ndata: 狐\ndata:  x\nid: 8\n\nretry: 5\ndata\n\nodd\n\nid: 9\n"
    )
    data = text.encode().replace(b"\n", end)
    parts = [data[n : n + size] for n in range(0, len(data), size)]
    found = [frame async for frame in streams.frames(Spoken(parts)) if frame.event]
    assert found == [
        streams.Frame(id="7"),
        streams.Frame(event="a", data="狐\n x", id="8"),
        streams.Frame(),
        streams.Frame(),
    ]


async def test_a_line_without_an_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LONGEST", 10)
    with pytest.raises(way.Lost, match="without an end"):
        _ = [frame async for frame in streams.frames(Spoken([b"data: "] * 3))]


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("mood", '{"task": "t"}'),
        ("status", ""),
        ("status", "[]"),
        ("status", "{}"),
        ("status", '{"task": 7}'),
        ("status", '{"task": "t", "error": "x"}'),
    ],
)
def test_what_is_no_event(event: str, data: str) -> None:
    assert streams.event_of(streams.Frame(event=event, data=data)) is None


def test_what_an_event_says() -> None:
    (queued, failed) = listened(Scripted(Spoken([QUEUED + FAILED])))
    assert (queued.kind, queued.id, queued.task, queued.status) == ("status", 1, "t", "queued")
    assert (queued.attempt, queued.at, queued.over, queued.error) == (1, 5, False, None)
    assert failed.over and failed.error == sdk.Fault(code="c", message="m")
    assert queued.data["v"] == 1


# Once more


def test_a_stream_that_breaks_is_taken_up_where_it_broke() -> None:
    script = Scripted(
        Spoken([b"id: 0\n\n", lost()]), lost(), Spoken([QUEUED, lost()]), Spoken([FAILED])
    )
    assert [event.id for event in listened(script)] == [1, 2]
    last = [ask.headers.get("last-event-id") for ask in script.asked]
    assert last == [None, "0", "0", "1"]
    assert all(ask.patience > 15 for ask in script.asked)


def test_a_stream_that_the_server_ends_is_taken_up_too() -> None:
    ended = Spoken([QUEUED, b"retry: 1000\n\n"])
    assert [event.id for event in listened(Scripted(ended, Spoken([FAILED])))] == [1, 2]
    assert ended.closed


def test_nothing_more_is_to_come() -> None:
    assert [e.id for e in listened(Scripted(Spoken([QUEUED]), Spoken([], 204)))] == [1]


@pytest.mark.parametrize(
    ("step", "kind", "tries"),
    [
        (lost(), sdk.ServerUnavailable, 5),
        (Spoken([], 503), sdk.ServerUnavailable, 5),
        (Spoken([], 500), sdk.ServerUnavailable, 1),
        (Spoken([], 404), sdk.NotFound, 1),
        (Spoken([], 401), sdk.Unauthenticated, 1),
    ],
)
def test_what_ends_it_before_it_began(step: Any, kind: type[sdk.Error], tries: int) -> None:
    script = Scripted(step)
    with pytest.raises(kind):
        listened(script)
    assert len(script.asked) == tries


def test_another_server() -> None:
    with pytest.raises(errors.Error, match="is the address right"):
        listened(Scripted(Spoken([], 200, **{"content-type": "text/html"})))


def test_an_outage_is_outlasted_for_two_minutes() -> None:
    script = Scripted(Spoken([QUEUED]), *[lost()] * 100, Spoken([FAILED]))
    assert len(listened(script)) == 2
    script = Scripted(Spoken([QUEUED]), lost())
    with pytest.raises(sdk.ServerUnavailable):
        listened(script)
    assert streams.OUTAGE < script.time < streams.OUTAGE + 5


# Over a real server


def test_a_film_is_followed(server: Server) -> None:
    with Client(server.address, server.key) as client:
        task = client.generate("A boat in the rain", duration=3, model="animatic")
        events = list(task.events())
        assert [e.status for e in events if e.kind == "status"] == [
            "queued",
            "running",
            "succeeded",
        ]
        assert {e.task for e in events} == {task.id}
        assert any(e.kind == "progress" and e.progress is not None for e in events)
        assert list(client.events(task.id)) == [e for e in events if e.kind == "status"]
        with pytest.raises(sdk.NotFound):
            next(client.events("task_none"))


async def test_the_same_in_an_event_loop(server: Server) -> None:
    async with AsyncClient(server.address, server.key) as client:
        all_ = client.events()
        first = asyncio.ensure_future(anext(all_))
        task = await client.generate("A boat", duration=3, model=STILL)
        statuses = [e.status async for e in task.events() if e.kind == "status"]
        assert statuses == ["queued", "running", "succeeded"]
        made = await client.generate("A boat", duration=3, model=STILL)
        assert (await first).task
        async for event in all_:
            if event.task == made.id and event.over:
                break
        await all_.aclose()


def test_a_blocking_stream_can_be_left(server: Server) -> None:
    with Client(server.address, server.key) as client:
        task = client.generate("A boat", duration=3, model=STILL)
        for event in task.events():
            assert event.status == "queued"
            break
        assert client.wait(task.id).over


@pytest.mark.parametrize("told", [False, True])
def test_a_wait_returns_as_soon_as_the_task_ends(paused: Server, told: bool) -> None:
    with Client(paused.address, paused.key) as client:
        task, slept = client.generate("A boat", duration=3), list[float]()
        client._way._sleep = slept.append
        ended, begun = list[float](), threading.Event()

        def end() -> None:
            assert not begun.wait(0.7)  # so that the wait is under way
            paused.client().post(f"/api/v1/tasks/{task.id}/cancel").raise_for_status()
            ended.append(time.monotonic())

        other = threading.Thread(target=end)
        other.start()
        with pytest.raises(sdk.TaskCancelled):
            client.wait(task.id, on_progress=(lambda _: None) if told else None)
        over = time.monotonic()
        other.join()
        assert over - ended[0] < 0.5
        assert sum(slept) < 0.5


def test_an_older_server_is_asked_again_and_again() -> None:
    """One that knows nothing of `?wait=` answers at once: the pauses are the client's own."""

    class Older(httpx.BaseTransport):
        looks = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.looks += 1
            status = "succeeded" if self.looks == 6 else "running"
            return httpx.Response(200, json={"id": "task_1", "status": status})

    older, slept = Older(), list[float]()
    with Client("http://older.example", "k", sleep=slept.append) as client:
        client._way._http = httpx.Client(transport=older)
        assert client.wait("task_1").over
    assert older.looks == 6
    assert len(slept) == 5 and slept == sorted(slept)


async def test_closing_early_closes_the_connection() -> None:
    spoken = Spoken([QUEUED, QUEUED])
    events = streams.listen(
        PLACE,
        "/e",
        Scripted(spoken),
        ends=True,
        retries=0,
        pause=lambda *_: 0.0,  # type: ignore[arg-type]
    )
    async for _ in events:
        break
    await events.aclose()
    assert spoken.closed
