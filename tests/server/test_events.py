"""Streams of events, over real servers and sockets."""

from __future__ import annotations

import json
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from reelway import control
from serving import Server, wait_until

FILM = {"prompt": "a boat", "duration": 3, "model": "animatic-still"}
LARGE = {**FILM, "prompt": "a boat. " * 300}  # so are its events


@dataclass
class Frame:
    kind: str = ""
    id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.data.get("status", ""))


def frames(reply: httpx.Response) -> Iterator[Frame]:
    frame, end = Frame(), time.monotonic() + 40
    for line in reply.iter_lines():
        assert time.monotonic() < end, "what was waited for does not come"
        name, _, value = line.partition(": ")
        if name == "id":
            frame.id = int(value)
        elif name == "event":
            frame.kind = value
        elif name == "data":
            frame.data = json.loads(value)
        elif not line:
            yield frame
            frame = Frame()


@contextmanager
def stream(client: httpx.Client, path: str, **headers: str) -> Iterator[Iterator[Frame]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("GET", path, headers=sent) as reply:
        assert reply.status_code == 200, reply.read()
        assert reply.headers["content-type"] == "text/event-stream"
        assert reply.headers["cache-control"] == "no-cache"
        assert reply.headers["x-accel-buffering"] == "no"
        yield frames(reply)


def heard(client: httpx.Client, path: str, **headers: str) -> list[Frame]:
    """The whole of a stream that ends."""
    with stream(client, path, **headers) as found:
        return list(found)


def events_of(id: str) -> str:
    return f"/api/v1/tasks/{id}/events"


@pytest.fixture(scope="module")
def stranger(server: Server) -> httpx.Client:
    order = {"do": "keys.create", "name": "s", "owner": "stranger"}
    key = control.ask(server.data / "control.sock", order)
    return server.client(headers={"authorization": f"Bearer {key}"})


def cancel(server: Server, id: str) -> None:
    server.http.post(f"/api/v1/tasks/{id}/cancel").raise_for_status()


# A task's stream


def test_a_film_from_beginning_to_end(server: Server) -> None:
    made = server.create(**{**FILM, "model": "animatic", "sound": True})
    found = heard(server.client(), events_of(made["id"]))
    statuses = [frame for frame in found if frame.kind == "status"]
    assert [frame.status for frame in statuses] == ["queued", "running", "succeeded"]
    ids = [frame.id for frame in statuses]
    assert ids == sorted(ids, key=lambda id: id or 0) and None not in ids
    assert statuses[0].data == {
        "v": 1,
        "task": made["id"],
        "status": "queued",
        "attempt": 1,
        "at": made["accepted_at"],
    }
    assert statuses[1].data["engine"] == "animatic"
    assert found[0].status == "queued" and found[-1].status == "succeeded"
    progress = [frame.data["progress"] for frame in found if frame.kind == "progress"]
    assert progress == sorted(progress) and progress
    begun = found.index(statuses[1])
    assert all(frame.kind in ("status", "queue") for frame in found[:begun])
    assert all(frame.data["task"] == made["id"] for frame in found)
    assert all(frame.id is None for frame in found if frame.kind != "status")


def test_a_stream_goes_on_where_it_was_cut_at_every_event(server: Server) -> None:
    client, id = server.client(), server.make(**FILM)["id"]
    whole = heard(client, events_of(id))
    assert [frame.status for frame in whole] == ["queued", "running", "succeeded"]
    for number, frame in enumerate(whole[:-1]):
        rest = whole[number + 1 :]
        assert heard(client, events_of(id), last_event_id=str(frame.id)) == rest
        assert heard(client, f"{events_of(id)}?after={frame.id}") == rest
        other = str((whole[0].id or 0) - 1)
        assert heard(client, f"{events_of(id)}?after={other}", last_event_id=str(frame.id)) == rest
    for last in (str(whole[-1].id), "999999999999"):  # an EventSource stays away after this
        assert client.get(events_of(id), headers={"last-event-id": last}).status_code == 204
    assert heard(client, events_of(id), last_event_id="") == whole


def test_every_cut_of_a_living_stream_is_taken_up(paused: Server) -> None:
    """A connection for every event, each closed right after it: nothing is missed or doubled."""
    client, seen = paused.client(), []
    with stream(client, "/api/v1/events") as found:
        last = next(found).id
    for _ in range(5):
        id = paused.create(**FILM)["id"]
        cancel(paused, id)
        for status in ("queued", "cancelled"):
            with stream(client, "/api/v1/events", last_event_id=str(last)) as found:
                frame = next(f for f in found if f.kind == "status")
            seen.append((frame.data["task"] == id, frame.status == status))
            last = frame.id
    assert seen == [(True, True)] * 10


def test_the_end_ends_the_stream_at_once(paused: Server) -> None:
    id = paused.create(**FILM)["id"]
    with stream(paused.client(), events_of(id)) as found:
        assert [next(found).status, next(found).kind] == ["queued", "queue"]
        cancel(paused, id)
        assert [frame.status for frame in found] == ["cancelled"]


def test_places_in_the_queue(paused: Server) -> None:
    ids = [paused.create(**FILM)["id"] for _ in range(3)]
    with stream(paused.client(), events_of(ids[2])) as found:
        places = (frame.data["position"] for frame in found if frame.kind == "queue")
        assert 2 in places  # it may be a second old at first
        assert paused.task(ids[2])["position"] == 2
        cancel(paused, ids[0])
        assert next(found).data == {"task": ids[2], "position": 1, "eta": 0}
    for id in ids[1:]:
        cancel(paused, id)


# An owner's stream


def test_an_owner_hears_of_all_tasks_from_now_on(server: Server, stranger: httpx.Client) -> None:
    server.make(**FILM)
    with stream(server.client(), "/api/v1/events") as mine, stream(stranger, "/api/v1/events") as t:
        begin = next(mine)
        assert begin.id and not begin.kind
        assert next(t).id
        id = server.create(**FILM)["id"]
        theirs = stranger.post("/api/v1/tasks", json=FILM).json()["id"]
        told = [frame for frame in mine_until(mine, id) if frame.data["task"] == id]
        statuses = [frame.status for frame in told if frame.kind == "status"]
        assert statuses == ["queued", "running", "succeeded"]
        assert {frame.data["task"] for frame in mine_until(t, theirs)} == {theirs}
        again = mine_until_from(server, begin.id, id)
    assert [frame for frame in again if frame.data["task"] == id] == [
        frame for frame in told if frame.kind == "status"
    ]


def mine_until(found: Iterator[Frame], id: str) -> list[Frame]:
    """Up to the end of that task."""
    out = []
    for frame in found:
        out.append(frame)
        if frame.data.get("task") == id and frame.status == "succeeded":
            return out
    raise AssertionError("the stream has ended")


def mine_until_from(server: Server, last: int, id: str) -> list[Frame]:
    with stream(server.client(), "/api/v1/events", last_event_id=str(last)) as found:
        return [frame for frame in mine_until(found, id)[1:] if frame.kind == "status"]


def test_a_long_past_is_told_in_pages(paused: Server) -> None:
    with stream(paused.client(), "/api/v1/events") as found:
        begin = next(found).id
    ids = [paused.create(**FILM)["id"] for _ in range(450)]
    with stream(paused.client(), f"/api/v1/events?after={begin}") as found:
        next(found)
        late = paused.create(**FILM)["id"]
        assert [next(found).data["task"] for _ in range(451)] == [*ids, late]
    for id in (*ids, late):
        cancel(paused, id)


# Refusals


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/tasks/{id}/events"])
@pytest.mark.parametrize("last", ["x", "-1", "1.5", "²", "1" * 19, "1 2", "0x1"])
def test_nonsense_is_refused_by_name(server: Server, path: str, last: str) -> None:
    path = path.replace("{id}", "task_none")
    reply = server.http.get(path, headers={"last-event-id": last.encode()})
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == "Last-Event-ID"
    reply = server.http.get(path, params={"after": last})
    assert (reply.status_code, reply.json()["error"]["field"]) == (400, "after")


def test_an_unknown_task_and_anothers(server: Server, stranger: httpx.Client) -> None:
    id = server.make(**FILM)["id"]
    told = [stranger.get(events_of(one)) for one in (id, "task_none", "a b")]
    assert {reply.status_code for reply in told} == {404}
    assert len({reply.content for reply in told}) == 1


def test_head_and_other_methods(server: Server) -> None:
    id = server.make(**FILM)["id"]
    for path in (events_of(id), "/api/v1/events"):
        reply = server.http.head(path)
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "text/event-stream"
        assert server.http.post(path).status_code == 405


# Many, slow, gone, stopped


def raw(server: Server, path: str, version: str = "1.1", buffer: int = 0) -> socket.socket:
    host, _, port = server.address.removeprefix("http://").partition(":")
    one = socket.socket()
    one.settimeout(20)
    if buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    one.connect((host, int(port)))
    head = f"GET {path} HTTP/{version}\r\nHost: {host}\r\nAuthorization: Bearer {server.key}"
    one.sendall(f"{head}\r\n\r\n".encode())
    return one


def listeners(server: Server) -> int:
    for line in server.http.get("/metrics").text.splitlines():
        if line.startswith("reelway_event_listeners "):
            return int(float(line.split()[1]))
    raise AssertionError("there is no such figure")


def test_an_old_client(server: Server) -> None:
    id = server.make(**FILM)["id"]
    with raw(server, events_of(id), version="1.0") as one:
        said = b""
        while data := one.recv(65536):
            said += data
    assert said.startswith(b"HTTP/1.1 200") and said.count(b"event: status") == 3


def test_two_hundred_listeners_hear_quickly(paused: Server) -> None:
    id = paused.create(**FILM)["id"]
    paths = [events_of(id), "/api/v1/events"]
    ears = [raw(paused, paths[n % 2]) for n in range(200)]
    try:
        wait_until(lambda: listeners(paused) == 200, 20)
        cancel(paused, id)
        began, waiting = time.monotonic(), selectors.DefaultSelector()
        for one in ears:
            waiting.register(one, selectors.EVENT_READ, [b""])
        left = len(ears)
        while left and time.monotonic() < began + 20:
            for entry, _ in waiting.select(5):
                entry.data[0] += entry.fileobj.recv(65536)  # type: ignore[union-attr]
                if b'"cancelled"' in entry.data[0]:
                    waiting.unregister(entry.fileobj)
                    left -= 1
        assert left == 0
        assert time.monotonic() - began < 2
    finally:
        for one in ears:
            one.close()
    wait_until(lambda: listeners(paused) == 0, 20)


def test_who_goes_away_is_forgotten_at_once(paused: Server) -> None:
    one = raw(paused, "/api/v1/events")
    wait_until(lambda: listeners(paused) == 1, 10)
    one.close()
    wait_until(lambda: listeners(paused) == 0, 5)


def test_who_reads_nothing_is_cut_off_and_the_others_are_not(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", "--paused", log_level="warning") as server:
        heard: list[Frame] = []

        def listen() -> None:
            with stream(server.client(), "/api/v1/events") as found:
                heard.extend(frame for frame in found if frame.kind == "status")

        quick = threading.Thread(target=listen)
        with raw(server, "/api/v1/events", buffer=4096):
            quick.start()
            wait_until(lambda: listeners(server) == 2, 10)
            made = 0

            def cut() -> bool:
                nonlocal made
                for _ in range(50):
                    server.create(**LARGE)
                made += 50
                return listeners(server) == 1

            wait_until(cut, 60)
            wait_until(lambda: len(heard) == made, 10)
        server.process.terminate()  # not `stop`, which closes the listener's client first
        quick.join()
        assert [frame.id for frame in heard] == sorted({frame.id or 0 for frame in heard})


def test_a_stop_ends_streams_and_waits_at_once(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", "--paused", drain=30) as server:
        id = server.create(**FILM)["id"]
        with (
            stream(server.client(), "/api/v1/events") as all_,
            stream(server.client(), events_of(id)) as own,
        ):
            next(all_)
            assert next(own).status == "queued"
            with raw(server, f"/api/v1/tasks/{id}?wait=60") as waiter:
                wait_until(lambda: listeners(server) == 2, 10)
                began = time.monotonic()
                server.process.terminate()
                told = b"".join(iter(lambda: waiter.recv(65536), b""))  # in one piece or in two
                assert b'"queued"' in told
                assert [f for f in all_ if f.kind] == [] == [f for f in own if f.kind == "status"]
                assert time.monotonic() - began < 2
        server.process.wait(10)
        assert time.monotonic() - began < 5


def test_a_stop_waits_for_nobody_who_reads_nothing(tmp_path: Path) -> None:
    with Server.start(tmp_path / "data", "--paused", drain=30, log_level="warning") as server:
        deaf = raw(server, "/api/v1/events")
        wait_until(lambda: listeners(server) == 1, 10)
        for _ in range(100):
            server.create(**FILM)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        deaf.close()
