"""`?wait=` on every wire, over real servers."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from reelway.errors import InvalidRequest
from reelway.request import VideoRequest
from reelway.server.waiting import wait_of
from reelway.wire import Call, wires
from serving import Server, wait_until

FILM = {"prompt": "a boat", "duration": 3, "model": "animatic-still"}


@pytest.mark.parametrize(
    ("query", "prefer", "seconds"),
    [
        ({}, "", 0),
        ({"wait": "0"}, "", 0),
        ({"wait": "60"}, "wait=5", 60),
        ({"wait": "0.25"}, "", 0.25),
        ({}, "wait=10", 10),
        ({}, 'respond-async, WAIT="7"; x=1', 7),
        ({}, "wait=3600", 60),
        ({}, "await=10, waiting=3, wait=soon", 0),
    ],
)
def test_how_long(query: dict[str, str], prefer: str, seconds: float) -> None:
    headers = {"prefer": prefer} if prefer else {}
    assert wait_of(Call(method="GET", path="/", query=query, headers=headers)) == seconds


@pytest.mark.parametrize("wait", ["", "-1", "61", "1e1", "nan", "²", "60.1", "1,5", "9" * 400])
def test_what_is_no_wait(wait: str) -> None:
    with pytest.raises(InvalidRequest, match="between 0 and 60") as error:
        wait_of(Call(method="GET", path="/", query={"wait": wait}))
    assert error.value.field == "wait"


@pytest.mark.parametrize("name", sorted(wires()))
def test_every_wire_waits_and_refuses_in_its_words(paused: Server, name: str) -> None:
    id = paused.create(**FILM)["id"]
    lookup = wires()[name].write_lookup(id, VideoRequest())
    path, began = f"/{name}{lookup.path}", time.monotonic()
    short = paused.http.get(path, params={**lookup.query, "wait": "0.2"})
    assert 0.2 <= time.monotonic() - began < 5
    plain = paused.http.get(path, params=dict(lookup.query))
    assert (short.status_code, short.json().keys()) == (200, plain.json().keys())
    assert "x-reelway-ignored" not in short.headers
    refused = paused.http.get(path, params={**lookup.query, "wait": "x"})
    assert refused.status_code == 400
    assert "wait must be a number" in refused.text
    cancel(paused, id)


def cancel(server: Server, id: str) -> None:
    server.http.post(f"/api/v1/tasks/{id}/cancel").raise_for_status()


def test_the_end_is_answered_at_once(paused: Server) -> None:
    id, answers = paused.create(**FILM)["id"], []

    def wait() -> None:
        reply = paused.client().get(f"/api/v1/tasks/{id}", params={"wait": "30"})
        answers.append((reply.json()["status"], time.monotonic()))

    waiting = [threading.Thread(target=wait) for _ in range(8)]
    for one in waiting:
        one.start()
    cancel(paused, id)
    ended = time.monotonic()
    for one in waiting:
        one.join()
    assert [status for status, _ in answers] == ["cancelled"] * 8
    assert max(at for _, at in answers) - ended < 2


def test_a_film_is_waited_for(server: Server) -> None:
    id = server.create(**FILM)["id"]
    reply = server.http.get(f"/api/v1/tasks/{id}", headers={"prefer": "wait=30"})
    assert reply.json()["status"] == "succeeded" and reply.json()["film"]
    again = server.http.get(f"/api/v1/tasks/{id}", params={"wait": "30"})
    assert again.elapsed.total_seconds() < 5


def test_the_wait_does_not_count_as_the_servers_time(paused: Server) -> None:
    id = paused.create(**FILM)["id"]
    assert paused.http.get(f"/api/v1/tasks/{id}", params={"wait": "1"}).status_code == 200
    told = paused.http.get("/metrics").text
    line = next(
        x for x in told.splitlines() if x.startswith('reelway_http_seconds_sum{operation="show"')
    )
    assert float(line.split()[-1]) < 1
    cancel(paused, id)


def test_who_goes_away_waits_no_more(paused: Server) -> None:
    id = paused.create(**FILM)["id"]
    host, _, port = paused.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as one:
        head = f"Host: {host}\r\nAuthorization: Bearer {paused.key}\r\nX-Mark: 1\r\n\r\n"
        one.sendall(f"GET /api/v1/tasks/{id}?wait=59 HTTP/1.1\r\n{head}".encode())
        paused.task(id)
    lines = paused.log().count(f"path=/api/v1/tasks/{id} ")
    wait_until(lambda: paused.log().count(f"path=/api/v1/tasks/{id} ") >= 2, 10)
    assert lines <= 2
    cancel(paused, id)
