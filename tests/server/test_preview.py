"""POST /api/v1/preview: a small film at once, and no task of it."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from accounts import live, provider
from fakes import FakeEngine, means_on
from pictures import base64_png, png
from reelway.client import Client
from reelway.engine import Failure, Film, Run
from reelway.errors import Overloaded
from reelway.request import VideoRequest
from reelway.sdk.previews import preview_of
from server.test_providers import edge_on
from serving import Server

PREVIEW = "/api/v1/preview"


def frames_of(told: Mapping[str, Any]) -> tuple[int, tuple[int, int], float, bool]:
    head, _, text = told["film"].partition(",")
    assert head == "data:video/mp4;base64"
    with av.open(io.BytesIO(base64.b64decode(text))) as film:
        video = film.streams.video[0]
        count = sum(1 for _ in film.decode(video))
        sound = bool(film.streams.audio)
        return count, (video.width, video.height), film.duration / 1_000_000, sound


class TestServed:
    @pytest.mark.parametrize(
        ("more", "wide", "high"),
        [({}, 160, 90), ({"aspect_ratio": "9:16"}, 90, 160), ({"resolution": "4k"}, 160, 90)],
    )
    def test_a_film(self, server: Server, more: dict[str, Any], wide: int, high: int) -> None:
        before = server.http.get("/api/v1/tasks").json()
        body = {"prompt": "a boat on a lake, pan left", "duration": 4, "sound": True, **more}
        reply = server.http.post(PREVIEW, json=body)
        assert reply.status_code == 200, reply.text
        assert reply.headers["x-reelway-engine"] == "animatic"
        told = reply.json()
        assert frames_of(told) == (32, (wide, high), 4.0, False)
        assert (told["width"], told["height"], told["duration"]) == (wide, high, 4)
        assert told["report"]["understood"]["shots"][0]["camera"] == ["pan left"]
        assert server.http.get("/api/v1/tasks").json() == before
        assert not list((server.data / "tmp").glob("preview-*"))

    def test_with_pictures(self, server: Server) -> None:
        kept = server.http.post(
            "/api/v1/assets", files={"file": ("a.png", png((20, 90, 160)), "image/png")}
        ).json()
        body = {
            "prompt": "<<<element_1>>> stands there, night falls",
            "first_frame": base64_png((90, 120, 160)),
            "elements": [{"frontal": kept["id"]}],
            "duration": 3,
        }
        told = server.http.post(PREVIEW, json=body).json()
        assert told["report"]["understood"]["pictures"][0]["picture"] == "element 1"
        assert told["report"]["understood"]["shots"][0]["light"] == "night"
        assert not list((server.data / "tmp").glob("in-*"))

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"prompt": "x", "duration": 99}, "duration"),
            ({"prompt": "x", "first_frame": "bm8="}, "first_frame"),
            ({"prompt": "x", "model": "nobody"}, "model"),
        ],
    )
    def test_what_a_create_refuses(self, server: Server, body: dict[str, Any], field: str) -> None:
        reply = server.http.post(PREVIEW, json=body)
        assert reply.status_code == 400
        assert reply.json()["error"]["field"] == field

    def test_unknown_fields_are_told(self, server: Server) -> None:
        reply = server.http.post(PREVIEW, json={"prompt": "x", "duration": 3, "colour": "red"})
        assert [i["field"] for i in reply.json()["ignored"]] == ["colour"]

    def test_only_with_a_key(self, server: Server) -> None:
        reply = httpx.post(server.address + PREVIEW, json={"prompt": "x"})
        assert reply.status_code == 401


class Slow(FakeEngine):
    """Previews that wait for `go`."""

    def __init__(self, outcome: Film | Failure | Exception | None = None) -> None:
        super().__init__()
        self.go, self.outcome, self.seen = asyncio.Event(), outcome, list[VideoRequest]()
        self.came = asyncio.Queue[None]()

    async def preview(self, request: VideoRequest, run: Run) -> Film | Failure:
        self.seen.append(request)
        self.came.put_nowait(None)
        await self.go.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if self.outcome:
            return self.outcome
        run.out.write_bytes(b"film")
        return Film(path=run.out)


async def test_so_many_at_a_time(tmp_path: Path) -> None:
    engine = Slow()
    async with means_on(tmp_path, engines={"animatic": engine}) as means, edge_on(means) as http:
        waiting = [asyncio.create_task(http.post(PREVIEW, json={"prompt": "x"})) for _ in range(2)]
        await engine.came.get()
        await engine.came.get()
        refused = await http.post(PREVIEW, json={"prompt": "x"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        async with edge_on(means, "bea") as other:
            theirs = asyncio.create_task(other.post(PREVIEW, json={"prompt": "x"}))
            await engine.came.get()
            engine.go.set()
            assert [(await w).status_code for w in (*waiting, theirs)] == [200] * 3
        assert (await http.post(PREVIEW, json={"prompt": "x"})).status_code == 200
        assert not means.previews
        assert not list(means.tmp.iterdir())


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Failure(code="engine_error", message="KeyError in the job"), 500, "internal"),
        (Overloaded("the preview could not be made", retry_after=2), 503, "overloaded"),
    ],
)
async def test_failures(tmp_path: Path, outcome: Any, status: int, code: str) -> None:
    engine = Slow(outcome)
    engine.go.set()
    async with means_on(tmp_path, engines={"animatic": engine}) as means, edge_on(means) as http:
        reply = await http.post(PREVIEW, json={"prompt": "x"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
        assert "KeyError" not in reply.text
        assert not means.previews
        assert not list(means.tmp.iterdir())


async def test_a_vendors_film_has_none(tmp_path: Path) -> None:
    async with means_on(tmp_path, engines=live([provider("dear")])) as means:
        async with edge_on(means) as http:
            reply = await http.post(PREVIEW, json={"prompt": "x"})
    assert (reply.status_code, reply.json()["error"]["field"]) == (400, "model")


async def test_directives_are_no_part_of_it(tmp_path: Path) -> None:
    engine = Slow()
    engine.go.set()
    async with means_on(tmp_path, engines={"animatic": engine}) as means, edge_on(means) as http:
        body = {"prompt": "a boat [[reelway fail=content_policy]]"}
        assert (await http.post(PREVIEW, json=body)).status_code == 200
    assert (engine.seen[0].prompt, engine.seen[0].sandbox) == ("a boat", {})


def test_the_sdk_shows_one(server: Server, tmp_path: Path) -> None:
    with Client(server.address, server.key) as client:
        elements = [{"frontal": png((9, 9, 9))}]
        seen = client.preview("a boat, <<<element_1>>>", duration=3, elements=elements)
    assert (seen.width, seen.height, seen.duration, seen.engine) == (160, 90, 3, "animatic")
    assert seen.report["understood"]["pictures"]
    with av.open(str(seen.save(tmp_path / "seen.mp4"))) as film:
        assert film.duration == 3_000_000
    with pytest.raises(LookupError):
        preview_of({"film": "data:text/html;base64,AAAA"})
    with pytest.raises(LookupError):
        preview_of({"film": "data:video/mp4;base64,A"})
