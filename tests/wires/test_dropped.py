"""A task whose film was kept for its time: no link anywhere, in no wire's words."""

from __future__ import annotations

import json

import pytest

from reelway.request import VideoRequest
from reelway.task import View
from reelway.wire import Reply, wires

VIEW = View(
    id="8e1e315e-b50d-4334-a231-be7d19a372f4",
    status="succeeded",
    wire="native",
    model="kling-v3",
    model_asked="kling-v3",
    request=VideoRequest(prompt="a"),
    progress=100,
    film={"width": 1280},
    film_dropped_at=1_760_000_000_000,
    accepted_at=1,
    finished_at=2,
)
FORMS = {
    "novita": ("videos", []),
    "myrouter": ("videos", []),
    "mulerouter": ("videos", []),
    "aihubmax": ("results", []),
    "native": ("film", None),
}


def test_every_wire_is_here() -> None:
    assert FORMS.keys() == wires().keys()


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_film_that_is_kept_no_longer(name: str) -> None:
    wire = wires()[name]
    reply = wire.write_task(VIEW)
    field, value = FORMS[name]
    assert reply.data[field] == value
    assert "http" not in json.dumps(reply.data)
    read = wire.read_task(Reply(status=200, data=reply.data))
    assert (read.status, read.film_url) == ("succeeded", None)
    if name == "native":
        assert reply.data["film_dropped_at"] == read.film_dropped_at == VIEW.film_dropped_at
