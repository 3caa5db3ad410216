"""GET /api/v1/models: what the engines say of themselves, as routing would meet it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from fakes import FakeEngine
from reelway.client import AsyncClient, Client
from reelway.errors import UnknownRoute
from reelway.request import RESOLUTIONS, VideoRequest
from reelway.route import route
from reelway.server.models import offered
from reelway.wire import wires
from serving import Server


class Picky(FakeEngine):
    """Makes only what `likes` says yes to."""

    def __init__(self, name: str, models: tuple[str, ...], likes: Callable[[VideoRequest], bool]):
        super().__init__(name, models)
        self._likes = likes

    def offers(self, request: VideoRequest) -> str | None:
        return None if self._likes(request) else f"{self.name} does not like it"


def test_all_that_an_engine_takes() -> None:
    first, *_ = offered({"animatic": FakeEngine()}, {})
    assert (first.id, first.engine, first.engines) == ("kling-v3", "animatic", ("animatic",))
    assert first.kinds == ("text", "image", "reference") and first.resolutions == RESOLUTIONS
    assert first.durations == tuple(range(3, 16)) and first.available and first.reason is None
    assert {"sound", "shots", "elements", "voices", "last_frame"} <= set(first.takes)


def test_what_an_engine_does_not_take() -> None:
    def likes(request: VideoRequest) -> bool:
        return (
            request.kind == "image"
            and request.resolution == "1080p"
            and request.duration in (10, 15)
            and not request.sound
            and request.last_frame is None
        )

    engine = Picky("short", ("mine",), likes)
    mine = next(m for m in offered({"short": engine}, {}) if m.id == "mine")
    assert (mine.kinds, mine.resolutions, mine.durations) == (("image",), ("1080p",), (10, 15))
    assert "first_frame" in mine.takes and "shots" in mine.takes
    assert not {"sound", "voices", "last_frame", "references"} & set(mine.takes)


def test_two_engines_for_one_family() -> None:
    engines = {
        "a": Picky("a", ("mine",), lambda r: r.kind == "text"),
        "b": Picky("b", ("mine",), lambda r: r.kind != "text" and r.resolution == "4k"),
    }
    mine = next(m for m in offered(engines, {}) if m.id == "mine")
    assert (mine.engine, mine.engines) == ("a", ("a", "b"))
    assert mine.kinds == ("text", "image", "reference") and mine.resolutions == RESOLUTIONS


def test_a_family_that_nobody_makes() -> None:
    by_id = {m.id: m for m in offered({"other": FakeEngine("other", ("mine",))}, {})}
    assert by_id["mine"].available and not by_id["kling-v3"].available
    assert by_id["kling-v3"].reason == "no engine is configured for this model"
    engine = FakeEngine()
    engine.refuses = "it is not installed: pip install x"
    first, *_ = offered({"animatic": engine}, {})
    assert (first.available, first.reason) == (False, engine.refuses)
    assert (first.engine, first.kinds, first.takes) == (None, (), ())


def test_a_family_that_is_replaced() -> None:
    map = {"kling-v3": "animatic", "kling-o3": "nobody"}
    by_id = {m.id: m for m in offered({"animatic": FakeEngine()}, map)}
    assert by_id["kling-v3"].available and by_id["kling-v3"].replaced_by == "animatic"
    assert by_id["kling-o3"].replaced_by == "nobody" and not by_id["kling-o3"].available
    assert by_id["kling-o3"].reason and "nobody" in by_id["kling-o3"].reason
    assert by_id["animatic"].replaced_by is None


@pytest.mark.parametrize("refuses", [None, "not now"])
def test_it_agrees_with_routing(refuses: str | None) -> None:
    engine = FakeEngine()
    engine.refuses = refuses
    engines = {"animatic": engine}
    for model in offered(engines, {}):
        if model.available:
            assert route(VideoRequest(model=model.id), engines).name == model.engine
        else:
            with pytest.raises(Exception, match="not now"):
                route(VideoRequest(model=model.id), engines)


def test_over_http(server: Server) -> None:
    reply = server.http.get("/api/v1/models")
    assert reply.status_code == 200
    document = server.http.get("/native/openapi.json").json()
    shown = document["paths"]["/api/v1/models"]["get"]["responses"]["200"]
    schema = shown["content"]["application/json"]["schema"]
    for model in reply.json()["data"]:
        assert set(model) == set(schema["properties"]["data"]["items"]["properties"])
        assert model["object"] == "model" and model["available"]
    assert httpx.get(f"{server.address}/api/v1/models").status_code == 401
    assert server.http.post("/api/v1/models").status_code == 405


async def test_from_python(server: Server) -> None:
    data = server.http.get("/api/v1/models").json()["data"]
    with Client(server.address, server.key) as client:
        found = client.models()
    async with AsyncClient(server.address, server.key) as client:
        assert await client.models() == found
    assert [dict(model.data) for model in found] == data
    assert found[0].id == "kling-v3" and found[0].available and "sound" in found[0].takes


@pytest.mark.parametrize("name", [name for name in wires() if name != "native"])
def test_other_wires_have_no_such_list(name: str) -> None:
    with pytest.raises(UnknownRoute):
        wires()[name].write_models([])
