"""Whether there is room for one more: in every wire's words, with nothing stored or fetched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes import FakeRunner, clock_of, engine_of, means_on, order, owner_of, row, web_of
from pictures import base64_png
from reelway import admit
from reelway.door import GIBIBYTE, Space
from reelway.engine import Cost
from reelway.keyring import create_key
from reelway.means import Means
from reelway.request import VideoRequest
from reelway.runner import Work
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.settings import Settings
from reelway.wire import wires

URL = "https://pictures.example/a.png"
# Wire → a create that would be taken, with a picture to fetch where the wire has one.
CREATES: dict[str, tuple[str, dict[str, Any]]] = {
    "novita": ("/v3/async/kling-v3.0-std-i2v", {"prompt": "a", "image": URL}),
    "myrouter": ("/v3/async/kling-v3.0-pro-i2v", {"prompt": "a", "image": URL}),
    "mulerouter": (
        "/vendors/klingai/v1/kling-v3/image-to-video/generation",
        {"prompt": "a", "first_frame": URL},
    ),
    "aihubmax": (
        "/v1/videos/generations",
        {"model": "kling-v3-image-to-video", "prompt": "a", "image_url": URL},
    ),
    "native": ("/api/v1/tasks", {"prompt": "a", "first_frame": URL}),
}
each_wire = pytest.mark.parametrize("name", sorted(CREATES))
FULL = {"max_queued_per_owner": 1}
NO_DISK = {"min_free": 2**62}
NO_MEMORY = {"max_memory": 1}


@dataclass
class Site:
    http: httpx.AsyncClient
    means: Means

    async def create(self, name: str = "native", **more: Any) -> httpx.Response:
        path, body = CREATES[name]
        body = {**body, **more.pop("body", {})}
        return await self.http.post(f"/{name}{path}", json=body, **more)

    async def nothing(self) -> bool:
        """Whether no task was stored and nothing kept, left over or fetched."""
        stored = sum((await self.means.store.counts()).values())
        left = [*self.means.tmp.iterdir(), *await self.means.assets.names()]
        return (stored, left, web_of(self.means).fetched) == (0, [], [])


@asynccontextmanager
async def site(folder: Path, **settings: Any) -> AsyncIterator[Site]:
    async with means_on(folder, settings=settings, runner=FakeRunner()) as means:
        engine_of(means).cost = lambda request: Cost(cpu_seconds=1, memory=2)  # type: ignore[method-assign]
        await owner_of(means)
        key = await create_key(means.store, "test", "ann")
        web_of(means).pages[URL] = b"a picture"
        edge = Edge(Table(wires(), Settings().root), Keys(means.store), means)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=edge),
            base_url="http://127.0.0.1",
            headers={"authorization": f"Bearer {key}"},
        ) as http:
            yield Site(http, means)


def fill(means: Means, owner_id: int, count: int) -> None:
    """So many pieces of work wait, of tasks that nobody looks at."""
    works = [Work(task_id=-n, attempt=1, accounts=("x",), owner_id=owner_id) for n in range(count)]
    assert isinstance(means.runner, FakeRunner)
    means.runner.works += works


def said(name: str, status: int, code: str, data: Any) -> str:
    """The words of a refusal, which has exactly the form that the wire gives it."""
    match name:
        case "novita" | "myrouter":
            reason = {429: "RATE_LIMIT_EXCEEDED", 503: "SERVICE_NOT_AVAILABLE"}[status]
            assert data == {
                "code": status, "reason": reason, "message": data["message"], "metadata": {},
            }  # fmt: skip
            return str(data["message"])
        case "mulerouter":
            title = {429: "Too Many Requests", 503: "Service Unavailable"}[status]
            assert data == {"code": status, "title": title, "detail": data["detail"]}
            return str(data["detail"])
        case "aihubmax":
            kind = {429: "rate_limit_error", 503: "service_unavailable_error"}[status]
            assert data == {"error": {"message": data["error"]["message"], "type": kind}}
            return str(data["error"]["message"])
        case _:
            message = data["error"]["message"]
            assert data == {"error": {"code": code, "message": message, "field": None}}
            return str(message)


# Every wire


def test_every_wire_is_here() -> None:
    assert CREATES.keys() == wires().keys()


@each_wire
async def test_there_would_be_room(tmp_path: Path, name: str) -> None:
    async with site(tmp_path) as it:
        reply = await it.create(name)
        assert reply.status_code in (200, 201, 202), reply.text
        assert web_of(it.means).fetched == [URL]


@each_wire
async def test_a_full_queue(tmp_path: Path, name: str) -> None:
    async with site(tmp_path, **FULL) as it:
        fill(it.means, await owner_of(it.means), 1)
        reply = await it.create(name)
        assert reply.status_code == 429
        assert 1 <= int(reply.headers["retry-after"]) <= 300
        assert "queue is full: 1 tasks wait" in said(name, 429, "queue_full", reply.json())
        assert await it.nothing()


@each_wire
async def test_a_disk_that_is_nearly_full(tmp_path: Path, name: str) -> None:
    async with site(tmp_path, **NO_DISK) as it:
        reply = await it.create(name)
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "60")
        words = said(name, 503, "disk_full", reply.json())
        assert words.startswith("the disk is nearly full") and str(tmp_path) not in words
        assert await it.nothing()


@each_wire
async def test_a_film_that_is_too_large_for_this_machine(tmp_path: Path, name: str) -> None:
    async with site(tmp_path, **NO_MEMORY) as it:
        reply = await it.create(name)
        assert reply.status_code == 503 and "retry-after" not in reply.headers
        words = said(name, 503, "too_large_here", reply.json())
        assert "takes 0 MiB of memory" in words
        assert await it.nothing()


@pytest.mark.parametrize("settings", [FULL, NO_DISK, NO_MEMORY])
@each_wire
async def test_a_bad_body_is_the_callers_fault_all_the_same(
    tmp_path: Path, name: str, settings: dict[str, int]
) -> None:
    async with site(tmp_path, **settings) as it:
        fill(it.means, await owner_of(it.means), 5)
        reply = await it.create(name, body={"duration": 99})
        assert reply.status_code == 400
        assert await it.nothing()


async def test_a_bad_inline_picture_too(tmp_path: Path) -> None:
    async with site(tmp_path, **NO_DISK) as it:
        reply = await it.create(body={"first_frame": "data:image/png,x"})
        assert reply.status_code == 400


async def test_a_known_key_is_answered_when_nothing_else_is(tmp_path: Path) -> None:
    once = {"idempotency-key": "k"}
    async with site(tmp_path) as it:
        first = await it.create(headers=once)
        secret = it.http.headers["authorization"]
    for settings in (FULL, NO_DISK, NO_MEMORY):
        async with site(tmp_path, **settings) as it:
            fill(it.means, await owner_of(it.means), 5)
            again = await it.create(headers={**once, "authorization": secret})
            assert (again.status_code, again.content) == (201, first.content)
            assert again.headers["idempotency-replayed"] == "true"
            other = await it.create(headers={"idempotency-key": "new", "authorization": secret})
            assert other.status_code in (429, 503)
            assert sum((await it.means.store.counts()).values()) == 1


async def test_a_refused_create_uses_no_key_up(tmp_path: Path) -> None:
    async with site(tmp_path, **FULL) as it:
        fill(it.means, await owner_of(it.means), 1)
        assert (await it.create(headers={"idempotency-key": "k"})).status_code == 429
        it.means.runner.works.clear()  # type: ignore[attr-defined]
        made = await it.create(headers={"idempotency-key": "k"})
        assert made.status_code == 201 and "idempotency-replayed" not in made.headers


async def test_a_dry_run_needs_no_place_but_tells_what_cannot_be(tmp_path: Path) -> None:
    path = "/native/api/v1/tasks?dry_run=true"
    async with site(tmp_path, **FULL) as it:
        fill(it.means, await owner_of(it.means), 1)
        assert (await it.http.post(path, json={"prompt": "a"})).status_code == 200
    async with site(tmp_path, **NO_MEMORY) as it:
        reply = await it.http.post(path, json={"prompt": "a"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "too_large_here")


# Exactly so many


async def test_never_one_too_many(tmp_path: Path) -> None:
    async with site(tmp_path, max_queued_per_owner=7) as it:
        replies = await asyncio.gather(*(it.create() for _ in range(40)))
        codes = [r.status_code for r in replies]
        assert (codes.count(201), codes.count(429)) == (7, 33)
        assert (await it.means.store.counts())["queued"] == 7
        assert len(web_of(it.means).fetched) == 7


async def test_of_all_owners_together(tmp_path: Path) -> None:
    async with site(tmp_path, max_queued=5) as it:
        fill(it.means, 999, 3)
        replies = await asyncio.gather(*(it.create() for _ in range(10)))
        assert [r.status_code for r in replies].count(201) == 2
        full = next(r for r in replies if r.status_code == 429)
        assert full.json()["error"]["message"].startswith("the queue is full: 5 tasks")


async def test_anothers_full_queue_is_not_mine(tmp_path: Path) -> None:
    async with site(tmp_path, **FULL) as it:
        fill(it.means, 999, 50)
        assert (await it.create()).status_code == 201


async def test_a_create_that_fails_gives_its_place_back(tmp_path: Path) -> None:
    async with site(tmp_path, **FULL) as it:
        web_of(it.means).pages[URL] = ConnectionError("gone")
        for _ in range(3):
            assert (await it.create()).status_code == 500
        web_of(it.means).pages[URL] = b"a picture"
        assert (await it.create()).status_code == 201


async def test_a_replay_that_came_in_between_gives_its_place_back(tmp_path: Path) -> None:
    async with site(tmp_path, max_queued_per_owner=6) as it:
        once = {"idempotency-key": "k"}
        replies = await asyncio.gather(*(it.create(headers=once) for _ in range(6)))
        assert {r.status_code for r in replies} == {201}
        assert [(await it.create()).status_code for _ in range(6)] == [201] * 5 + [429]


async def test_the_wait_that_is_told(tmp_path: Path) -> None:
    async with site(tmp_path, max_queued_per_owner=1000) as it:
        owner_id = await owner_of(it.means)
        fill(it.means, owner_id, 1000)
        works = it.means.runner.works  # type: ignore[attr-defined]
        assert (await it.create()).headers["retry-after"] == "30"
        for _ in range(5):  # one film each twelve seconds
            clock_of(it.means).advance(12)
            works.pop()
        for _ in range(5):
            assert (await it.create()).status_code == 201
        assert (await it.create()).headers["retry-after"] == "12"


# The disk


async def test_what_goes_on_when_the_disk_is_nearly_full(tmp_path: Path) -> None:
    async with site(tmp_path, **NO_DISK) as it:
        task = await order(it.means)
        other = await order(it.means)
        path = f"/native/api/v1/tasks/{task.public_id}"
        assert (await it.http.get(path)).status_code == 200
        assert (await it.http.get("/native/api/v1/tasks")).status_code == 200
        assert (await it.http.post(f"{path}/cancel")).status_code == 200
        assert (await it.http.delete(path)).status_code == 200
        assert (await row(it.means, other)).status == "queued"


@pytest.mark.parametrize("what", ["assets", "voices", "elements"])
async def test_nothing_else_is_taken_either(tmp_path: Path, what: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "assets": {"files": {"file": ("a.png", b"x")}},
        "voices": {"json": {"name": "a", "sample": "aGVsbG8="}},
        "elements": {"json": {"name": "a", "frontal": base64_png((9, 9, 9))}},
    }
    async with site(tmp_path, **NO_DISK) as it:
        reply = await it.http.post(f"/native/api/v1/{what}", **bodies[what])
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "disk_full")
        assert await it.nothing()


async def test_a_disk_that_fills_while_a_picture_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site(tmp_path) as it:
        fetch = web_of(it.means).fetch

        async def and_fill(*args: Any, **named: Any) -> Any:
            monkeypatch.setattr(admit, "least_free", lambda *_: 2**62)
            return await fetch(*args, **named)

        monkeypatch.setattr(web_of(it.means), "fetch", and_fill)
        reply = await it.create()
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "disk_full")
        assert sum((await it.means.store.counts()).values()) == 0
        assert await it.means.assets.names() == [] and list(it.means.tmp.iterdir()) == []


def test_how_much_is_kept_free() -> None:
    small, large = Space(1000, 10), Space(2**50, 10)
    assert admit.least_free(Settings(), small) == 50
    assert admit.least_free(Settings(), large) == GIBIBYTE
    assert admit.least_free(Settings(min_free=7), large) == 7
    assert admit.least_free(Settings(min_free=0), large) == 0


async def test_below_half_of_it_no_film_is_begun(tmp_path: Path) -> None:
    slots: list[tuple[str, int]] = []
    runner = FakeRunner()
    runner.slots = lambda account, count: slots.append((account, count))  # type: ignore[method-assign]
    async with means_on(tmp_path, runner=runner) as means:
        free = means.door.space(means.tmp, means.now()).free
        states = [(free - 1000, False), (free * 4, True), (free + 10**10, True), (0, False)]
        low, seen = False, []
        for least, _ in states:
            changed = means.settings.model_copy(update={"min_free": least})
            object.__setattr__(means, "settings", changed)
            low = admit.mind_disk(means, low)
            seen.append(low)
    assert seen == [low for _, low in states]
    assert slots == [("animatic", 0), ("animatic", 1)]


# Memory


async def test_what_a_run_takes_is_told_to_the_runner(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.create()
        (work,) = it.means.runner.works  # type: ignore[attr-defined]
        assert work.memory == 2


async def test_a_voice_takes_none(tmp_path: Path) -> None:
    async with site(tmp_path, **NO_MEMORY) as it:
        admit.check_memory(VideoRequest(kind="voice"), engine_of(it.means), it.means)


def test_what_there_is_for_films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admit.machine, "memory", lambda: 1000)
    admit._room.cache_clear()
    try:
        assert admit.room(Settings()) == 750
        assert admit.room(Settings(max_memory=7)) == 7
    finally:
        admit._room.cache_clear()


async def test_the_limits_are_told_at_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "reelway")
    async with means_on(tmp_path, settings={"max_memory": 7, "min_free": 9}) as means:
        admit.tell_limits(means)
    (record,) = [r for r in caplog.records if r.message == "serve.limits"]
    fields = json.loads(json.dumps(record.__dict__["fields"]))
    assert fields == {
        "queued": 100_000,
        "queued_per_owner": 10_000,
        "min_free": 9,
        "free": fields["free"],
        "memory": 7,
    }
