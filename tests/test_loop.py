"""Reelway calling Reelway through each wire: request and film are the same on both sides."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import httpx
import pytest

from pictures import base64_png
from reelway.request import Element, Image, Shot, VideoRequest
from reelway.wire import Call, Reply, Wire, wires
from serving import Server, wait_until

PLAIN = VideoRequest(prompt="A lighthouse in fog, waves at its foot", duration=5, sound=True)
PICTURE = Image(source=base64_png((20, 60, 120)))
SHOTS = (Shot(prompt="a lighthouse in fog", duration=2), Shot(prompt="the keeper", duration=3))
CUT = replace(PLAIN, prompt="", shots=SHOTS, shot_mode="customize")
FRAMED = replace(PLAIN, kind="image", first_frame=PICTURE, sound=False)
ELEMENT = Element(frontal=PICTURE, references=(PICTURE,))
WITH_ELEMENT = replace(
    PLAIN, kind="reference", prompt="<<<element_1>>> on a beach", elements=(ELEMENT,)
)
VOICED = replace(PLAIN, prompt="<<<voice_1>>> says: it is time", voices=("voice_7",))
# What each wire has words for.
SAYABLE: dict[str, list[VideoRequest]] = {
    "novita": [PLAIN, CUT, FRAMED],
    "myrouter": [PLAIN, CUT, FRAMED],
    "mulerouter": [PLAIN, CUT, FRAMED, WITH_ELEMENT],
    "aihubmax": [PLAIN, CUT, FRAMED, VOICED],
    "native": [PLAIN, CUT, FRAMED, WITH_ELEMENT, VOICED],
}


def send(server: Server, wire: Wire, call: Call) -> Reply:
    """As a client would, under the wire's own prefix."""
    sent = server.http.request(
        call.method,
        f"/{wire.name}{call.path}",
        params=dict(call.query),
        json=call.data if call.method == "POST" else None,
    )
    return Reply(status=sent.status_code, data=sent.json(), headers=dict(sent.headers))


def through(server: Server, wire: Wire, request: VideoRequest) -> tuple[str, bytes]:
    """The id of the task, and its film, all by the calling half of the wire."""
    reply = send(server, wire, wire.write_request(request))
    assert reply.status < 300, wire.read_error(reply).message
    receipt = wire.read_receipt(reply)

    def over():
        view = wire.read_task(send(server, wire, wire.write_lookup(receipt.id, request)))
        return view if view.status in ("succeeded", "failed", "cancelled") else None

    view = wait_until(over, 60, every=0.05)
    assert view.status == "succeeded"
    assert view.film_url
    return receipt.id, httpx.get(view.film_url).content


@pytest.fixture(scope="module")
def films() -> dict[int, str]:
    """SHA-256 of the film of each request, as the first wire got it."""
    return {}


@pytest.mark.parametrize(
    ("name", "number"), [(name, n) for name, said in SAYABLE.items() for n in range(len(said))]
)
def test_the_same_film_through_every_wire(server, films, name: str, number: int) -> None:
    wire, request = wires()[name], SAYABLE[name][number]
    task_id, film = through(server, wire, request)
    task = server.task(task_id)
    digest = hashlib.sha256(film).hexdigest()
    assert task["film"]["sha256"] == digest
    asked = {"prompt": request.prompt, "duration": request.duration, "sound": request.sound}
    assert {field: task[field] for field in asked} == asked
    assert len(task["shots"]) == len(request.shots)
    assert len(task["elements"]) == len(request.elements)
    assert task["voices"] == list(request.voices)
    key = [PLAIN, CUT, FRAMED, WITH_ELEMENT, VOICED].index(request)
    assert films.setdefault(key, digest) == digest


def test_every_wire_is_here() -> None:
    assert set(SAYABLE) == set(wires())
