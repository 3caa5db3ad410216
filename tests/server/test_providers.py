"""Calls about providers over HTTP: an estimate for everybody, the rest for an admin's key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts import SECRET, account_of, live, provider, settings_of
from fakes import FakeRunner, means_on
from reelway.health import mind_slots
from reelway.keyring import create_key
from reelway.means import Means
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.settings import SettingsFault
from reelway.wire import wires

BODY = {"prompt": "a boat", "duration": 5, "sound": True}
ESTIMATE, PROVIDERS = "/api/v1/estimate", "/api/v1/providers"


@asynccontextmanager
async def edge_on(means: Means, owner: str = "ann") -> AsyncIterator[httpx.AsyncClient]:
    key = await create_key(means.store, "k", owner)
    edge = Edge(Table(wires(), means.settings.root), Keys(means.store), means)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=edge),
        base_url="http://127.0.0.1",
        headers={"authorization": f"Bearer {key}"},
    ) as http:
        yield http


class TestEstimate:
    async def test_price_provider_and_reasons(self, tmp_path: Path) -> None:
        engines = live(
            [
                provider("dear", price="0.2"),
                provider("cheap", price="0.1"),
                provider("unable", models=["kling-v3"]),
                provider("other", models=["kling-o3"]),
            ],
            policy="cheapest",
        )
        account_of(engines, "unable").refuses = "no word for this sound"
        async with means_on(tmp_path, engines=engines) as means, edge_on(means) as http:
            mind_slots(means, 0.0)
            reply = await http.post(ESTIMATE, json={**BODY, "colour": "red"})
            assert reply.status_code == 200
            told = reply.json()
            assert await means.store.counts() in ({}, dict.fromkeys(await means.store.counts(), 0))
        reasons = {c["engine"]: [r["code"] for r in c["reasons"]] for c in told["candidates"]}
        assert reasons == {"cheap": [], "dear": ["dearer"], "unable": ["cannot"]}
        assert (told["possible"], told["provider"], told["engine"]) == (True, "cheap", "cheap")
        assert (told["price"], told["currency"]) == (500_000, "USD")
        assert (told["position"], told["wait"], told["eta"]) == (0, 0, None)
        assert [c["chosen"] for c in told["candidates"]] == [True, False, False]
        assert told["ignored"] == [{"field": "colour", "reason": "not a known field"}]

    async def test_nobody_can(self, tmp_path: Path) -> None:
        engines = live([provider("north")])
        account_of(engines, "north").refuses = "no"
        async with means_on(tmp_path, engines=engines) as means, edge_on(means) as http:
            told = (await http.post(ESTIMATE, json=BODY)).json()
        assert (told["possible"], told["provider"], told["price"]) == (False, None, None)
        assert told["candidates"][0]["reasons"] == [{"code": "cannot", "message": "no"}]

    @pytest.mark.parametrize(
        ("body", "headers", "field"),
        [
            ({**BODY, "duration": 99}, {}, "duration"),
            ({**BODY, "model": "sora"}, {}, "model"),
            (BODY, {"x-reelway-model": "sora"}, "model"),
            (BODY, {"x-reelway-provider": "east"}, "X-Reelway-Provider"),
            (BODY, {"x-reelway-priority": "x"}, "X-Reelway-Priority"),
        ],
    )
    async def test_what_a_create_refuses_it_refuses(
        self, tmp_path: Path, body: dict[str, Any], headers: dict[str, str], field: str
    ) -> None:
        engines = live([provider("north")])
        async with means_on(tmp_path, engines=engines) as means, edge_on(means) as http:
            for path in (ESTIMATE, "/api/v1/tasks"):
                reply = await http.post(path, json=body, headers=headers)
                assert reply.status_code == 400
                assert reply.json()["error"]["field"] == field

    async def test_headers_and_pictures_as_in_a_create(self, tmp_path: Path) -> None:
        """Nothing is fetched: a picture may be anywhere."""
        engines = live([provider("north"), provider("south")])
        body = {**BODY, "first_frame": "https://pictures.invalid/a.png"}
        async with means_on(tmp_path, engines=engines) as means, edge_on(means) as http:
            headers = {"x-reelway-provider": "south"}
            told = (await http.post(ESTIMATE, json=body, headers=headers)).json()
            assert (told["provider"], told["kind"]) == ("south", "image")
            headers = {"x-reelway-model": "animatic-still"}
            told = (await http.post(ESTIMATE, json=body, headers=headers)).json()
        assert (told["engine"], told["provider"], told["price"]) == ("animatic", None, 0)


async def test_a_create_keeps_the_provider_that_was_asked_for(tmp_path: Path) -> None:
    engines = live([provider("north"), provider("south")])
    runner = FakeRunner()
    async with means_on(tmp_path, engines=engines, runner=runner) as means, edge_on(means) as http:
        for path in ("/api/v1/tasks", "/v3/async/kling-v3.0-std-t2v"):
            reply = await http.post(path, json=BODY, headers={"x-reelway-provider": "south"})
            assert reply.is_success
            assert reply.headers["x-reelway-engine"] == "south"
        assert [work.accounts for work in runner.works] == [("south",)] * 2
        task = await means.store.task(runner.works[1].task_id)
        assert task and task.request.provider == "south"
        once = {"idempotency-key": "a"}
        await http.post("/api/v1/tasks", json=BODY, headers=once)
        again = {**once, "x-reelway-provider": "south"}
        reply = await http.post("/api/v1/tasks", json=BODY, headers=again)
        assert reply.status_code == 422  # another request


class TestProviders:
    async def test_how_they_stand(self, tmp_path: Path) -> None:
        engines = live([provider("north", slots=3), provider("south")])
        account_of(engines, "north").errors.append((7, f"HTTP 401: {SECRET} is no key"))
        async with means_on(tmp_path, engines=engines) as means, edge_on(means, "local") as http:
            mind_slots(means, 0.0)
            reply = await http.get(PROVIDERS)
        assert reply.status_code == 200
        assert SECRET not in reply.text
        north, south = reply.json()["data"]
        assert north["errors"] == [{"at": 7, "message": "HTTP 401: … is no key"}]
        assert (north["name"], north["slots"], north["open"]) == ("north", 3, 3)
        assert (south["breaker"], south["state"], south["spent_today"]) == ("closed", "serving", 0)

    async def test_a_reload(self, tmp_path: Path) -> None:
        engines = live([provider("north")], lambda: settings_of([provider("south")]))
        async with means_on(tmp_path, engines=engines) as means, edge_on(means, "local") as http:
            told = (await http.post(f"{PROVIDERS}/reload")).json()
            (entry,) = await means.store.audits(1)
            states = {p["name"]: p["state"] for p in (await http.get(PROVIDERS)).json()["data"]}
        assert (told["added"], told["removed"], told["changed"]) == (["south"], ["north"], [])
        assert entry.actor.startswith("key rw_") and entry.act == "providers.reload"
        assert states == {"south": "serving", "north": "removed"}

    async def test_faults_are_told_without_paths(self, tmp_path: Path) -> None:
        def read() -> Any:
            path = tmp_path / "reelway.toml"
            raise SettingsFault([
                f"{path}: cannot be read ([Errno 13] Permission denied: '{path}'); check its owner",
                "providers[1].address: write scheme, host and port only, such as https://a.b.com",
            ])  # fmt: skip

        engines = live([provider("north")], read)
        async with means_on(tmp_path, engines=engines) as means, edge_on(means, "local") as http:
            reply = await http.post(f"{PROVIDERS}/reload")
        error = reply.json()["error"]
        assert (reply.status_code, error["code"]) == (400, "bad_settings")
        assert str(tmp_path) not in reply.text
        assert "the file: cannot be read" in error["message"]
        assert "such as https://a.b.com" in error["message"]
        assert list(engines) == ["animatic", "north"]

    async def test_for_an_admin_alone(self, tmp_path: Path) -> None:
        engines = live([provider("north")], lambda: settings_of([]))
        async with means_on(tmp_path, engines=engines) as means, edge_on(means) as http:
            for method, path in (("GET", PROVIDERS), ("POST", f"{PROVIDERS}/reload")):
                reply = await http.request(method, path)
                assert reply.status_code == 403
                assert "north" not in reply.text
            assert list(engines) == ["animatic", "north"]
            assert not account_of(engines, "north").retired
