from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import apsw
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from accounts import account_of, live, provider
from fakes import NOW, FakeEngine, clock_of, means_on, order, owner_of, run_all
from reelway import __version__
from reelway.keyring import create_key
from reelway.means import Means
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.server.metrics import Metrics
from reelway.stores.sqlite.statements import SQL
from reelway.webhook import Endpoint
from reelway.wire import wires

Samples = dict[tuple[str, tuple[str, ...]], float]

# Dashboards and alerts of others go by these: none is renamed, and none is dropped.
NAMES = {
    "reelway_account_slots": ("account", "state"),
    "reelway_account_waiting": ("account",),
    "reelway_build_info": ("version",),
    "reelway_deliveries_given_up_total": (),
    "reelway_deliveries_oldest_seconds": (),
    "reelway_deliveries_pending": (),
    "reelway_delivery_tries_total": ("outcome",),
    "reelway_disk_bytes": (),
    "reelway_disk_free_bytes": (),
    "reelway_disk_watermark_bytes": (),
    "reelway_engine_deaths_total": ("engine",),
    "reelway_event_listeners": (),
    "reelway_http_requests_total": ("operation", "status", "wire"),
    "reelway_http_seconds_bucket": ("le", "operation"),
    "reelway_media_deaths_total": ("helper",),
    "reelway_media_renewals_total": ("helper",),
    "reelway_provider_breaker": ("provider", "state"),
    "reelway_provider_calls_total": ("call", "outcome", "provider"),
    "reelway_queue_oldest_seconds": (),
    "reelway_store_commits_total": (),
    "reelway_store_writes_total": (),
    "reelway_store_writes_waiting": (),
    "reelway_task_queue_seconds_bucket": ("engine", "le"),
    "reelway_task_requeues_total": ("cause",),
    "reelway_task_run_seconds_bucket": ("engine", "le"),
    "reelway_tasks": ("status",),
    "reelway_tasks_ended_total": ("engine", "status"),
}


async def samples(metrics: Metrics, means: Means) -> Samples:
    text = (await metrics.text(means)).decode()
    return {
        (s.name, tuple(value for _, value in sorted(s.labels.items()))): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def of(seen: Samples, name: str) -> dict[tuple[str, ...], float]:
    return {labels: value for (n, labels), value in seen.items() if n == name}


async def test_names_and_labels(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.count("native", "create", 201, 0.003)
    async with means_on(tmp_path, engines=live([provider("north")])) as means:
        means.runner.slots("animatic", 1)
        text = (await metrics.text(means)).decode()
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            if family.type == "counter" and not sample.name.endswith("_created"):
                assert sample.name.endswith("_total")
            if not re.search("_(sum|count|created)$", sample.name):
                found[sample.name] = tuple(sorted(sample.labels))
    assert {n: labels for n, labels in found.items() if n.startswith("reelway_")} == NAMES
    ours = {"process_resident_memory_bytes", "process_open_fds", "process_max_fds"}
    assert ours <= found.keys() and all(n.startswith(("reelway_", "process_")) for n in found)


async def test_requests_are_counted_and_timed(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.count("native", "create", 201, 0.003)
    metrics.count("native", "create", 201, 0.2)
    metrics.count("native", "create", 400, 0.2)
    metrics.count("", "other", 404, 99)
    async with means_on(tmp_path) as means:
        seen = await samples(metrics, means)
    assert seen["reelway_http_requests_total", ("create", "201", "native")] == 2
    assert seen["reelway_http_requests_total", ("create", "400", "native")] == 1
    assert seen["reelway_http_requests_total", ("other", "404", "")] == 1
    assert seen["reelway_http_seconds_count", ("create",)] == 3
    assert seen["reelway_http_seconds_bucket", ("0.005", "create")] == 1
    assert seen["reelway_http_seconds_bucket", ("10.0", "other")] == 0
    assert seen["reelway_http_seconds_bucket", ("+Inf", "other")] == 1


async def test_open_tasks_and_the_age_of_the_oldest(tmp_path: Path) -> None:
    metrics = Metrics()
    async with means_on(tmp_path) as means:
        seen = await samples(metrics, means)
        assert of(seen, "reelway_tasks") == {("queued",): 0, ("running",): 0}
        assert seen["reelway_queue_oldest_seconds", ()] == 0
        first = await order(means, hand=False)
        await order(means, owner="bob", hand=False, drafted={"accepted_at": NOW + 30_000})
        clock_of(means).advance(90)
        seen = await samples(metrics, means)
        assert of(seen, "reelway_tasks") == {("queued",): 2, ("running",): 0}
        assert seen["reelway_queue_oldest_seconds", ()] == 90
        running = await means.store.move(first, "running", NOW)
        seen = await samples(metrics, means)
        assert of(seen, "reelway_tasks") == {("queued",): 1, ("running",): 1}
        assert seen["reelway_queue_oldest_seconds", ()] == 60
        assert running
        await means.store.move(running, "cancelled", NOW)
        clock_of(means).at = NOW  # set back, to before the other one was accepted
        seen = await samples(metrics, means)
    assert of(seen, "reelway_tasks") == {("queued",): 1, ("running",): 0}
    assert seen["reelway_queue_oldest_seconds", ()] == 0


async def test_what_the_steps_tell(tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        metrics = Metrics()
        seen = await samples(metrics, means)
        known = {("animatic", status): 0 for status in ("succeeded", "failed", "cancelled")}
        assert of(seen, "reelway_tasks_ended_total") == known
        assert seen["reelway_task_run_seconds_count", ("animatic",)] == 0
        assert set(of(seen, "reelway_task_requeues_total").values()) == {0}
        task = await order(means, hand=False)
        done = replace(
            task,
            status="succeeded",
            engine="animatic",
            started_at=NOW + 2_000,
            finished_at=NOW + 9_000,
        )
        means.tally.ended(done)
        means.tally.ended(replace(done, engine="retired", status="failed"))
        means.tally.requeued("died")
        means.tally.tried("failed")
        means.tally.gave_up(2)
        with means.tally.listening():
            seen = await samples(metrics, means)
    assert of(seen, "reelway_tasks_ended_total") == {
        **known,
        ("animatic", "succeeded"): 1,
        ("retired", "failed"): 1,
    }
    assert seen["reelway_task_queue_seconds_sum", ("animatic",)] == 2
    assert seen["reelway_task_queue_seconds_bucket", ("animatic", "1.0")] == 0
    assert seen["reelway_task_queue_seconds_bucket", ("animatic", "5.0")] == 1
    assert seen["reelway_task_run_seconds_bucket", ("animatic", "10.0")] == 1
    assert seen["reelway_task_run_seconds_bucket", ("retired", "+Inf")] == 1
    assert of(seen, "reelway_task_requeues_total")["died",] == 1
    assert of(seen, "reelway_delivery_tries_total") == {("delivered",): 0, ("failed",): 1}
    assert seen["reelway_deliveries_given_up_total", ()] == 2
    assert seen["reelway_event_listeners", ()] == 1


async def test_deliveries_that_are_to_be_made(tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        endpoint = Endpoint(
            public_id="endpoint_1",
            owner_id=await owner_of(means),
            url="https://example.com/told",
            wire="native",
            events=("task.cancelled",),
            created_at=NOW,
        )
        await means.store.add_endpoint(endpoint, b"sealed", 9)
        for _ in range(2):
            await means.store.move(await order(means, hand=False), "cancelled", NOW + 5_000)
        clock_of(means).advance(65)
        seen = await samples(Metrics(), means)
    assert seen["reelway_deliveries_pending", ()] == 2
    assert seen["reelway_deliveries_oldest_seconds", ()] == 60


async def test_slots_and_who_waits_for_them(tmp_path: Path) -> None:
    async with means_on(tmp_path) as means:
        means.runner.slots("animatic", 3)
        means.runner.slots("paused", 0)
        await order(means)
        await order(means)
        seen = await samples(Metrics(), means)
        assert of(seen, "reelway_account_waiting") == {("animatic",): 2, ("paused",): 0}
        assert of(seen, "reelway_account_slots") == {
            ("animatic", "busy"): 0,
            ("animatic", "free"): 3,
            ("paused", "busy"): 0,
            ("paused", "free"): 0,
        }
        await run_all(means, slots=3)
        seen = await samples(Metrics(), means)
        assert set(of(seen, "reelway_account_waiting").values()) == {0}
        await order(means)  # begun at once, and still at it
        means.runner.slots("animatic", 0)
        seen = await samples(Metrics(), means)
        assert seen["reelway_account_slots", ("animatic", "busy")] == 1
        assert seen["reelway_account_slots", ("animatic", "free")] == 0  # never less


async def test_deaths_of_engines_and_wear_of_helpers(tmp_path: Path) -> None:
    dying: Any = SimpleNamespace(name="dying", deaths=3)
    engines = {"dying": dying, "hosted": cast(Any, FakeEngine("hosted"))}
    async with means_on(tmp_path, engines=engines) as means:
        seen = await samples(Metrics(), means)
    assert of(seen, "reelway_engine_deaths_total") == {("dying",): 3, ("hosted",): 0}
    assert of(seen, "reelway_media_deaths_total") == {("images",): 0, ("films",): 1}
    assert of(seen, "reelway_media_renewals_total") == {("images",): 2, ("films",): 0}


async def test_calls_to_providers_and_their_health(tmp_path: Path) -> None:
    engines = live([provider("north"), provider("south")])
    north = account_of(engines, "north")
    async with means_on(tmp_path, engines=engines) as means:
        seen = await samples(Metrics(), means)
        calls = of(seen, "reelway_provider_calls_total")
        assert len(calls) == 2 * 2 * 5 and set(calls.values()) == {0}
        north.calls["look", "limited"] += 3
        north.breaker.failed(0.0)
        seen = await samples(Metrics(), means)
    assert seen["reelway_provider_calls_total", ("look", "limited", "north")] == 3
    assert of(seen, "reelway_provider_breaker") == {
        ("north", "closed"): 0,
        ("north", "open"): 1,
        ("north", "half_open"): 0,
        ("south", "closed"): 1,
        ("south", "open"): 0,
        ("south", "half_open"): 0,
    }


async def test_store_disk_and_version(tmp_path: Path) -> None:
    async with means_on(tmp_path, settings={"min_free": 4711}) as means:
        before = await samples(Metrics(), means)
        await order(means, hand=False)
        seen = await samples(Metrics(), means)
    writes = "reelway_store_writes_total", ()
    assert seen[writes] == before[writes] + 2  # the owner, the task
    assert 0 < seen["reelway_store_commits_total", ()] <= seen[writes]
    assert seen["reelway_store_writes_waiting", ()] == 0
    assert 0 < seen["reelway_disk_free_bytes", ()] <= seen["reelway_disk_bytes", ()]
    assert seen["reelway_disk_watermark_bytes", ()] == 4711
    assert seen["reelway_build_info", (__version__,)] == 1


async def test_two_servers_in_one_process_count_apart(tmp_path: Path) -> None:
    first, second = Metrics(), Metrics()
    first.count("native", "create", 201, 0.1)
    async with means_on(tmp_path) as means:
        assert ("reelway_http_seconds_count", ("create",)) not in await samples(second, means)
    assert Metrics.content_type.startswith("text/plain; version=")


async def test_a_scrape_looks_at_no_task_that_is_over(tmp_path: Path) -> None:
    async with means_on(tmp_path):
        db = apsw.Connection(str(tmp_path / "reelway.db"))
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {SQL['load']}")]
        db.close()
    looks = [line for line in plan if re.search(r"\b(tasks|deliveries)\b", line)]
    assert len(looks) == 5
    for line in looks:
        assert re.search(
            r"COVERING INDEX tasks_by_status \(owner_id=\? AND status=\?\)"
            r"|USING INDEX tasks_open|INDEX deliveries_pending",
            line,
        ), plan


class TestWhoMayRead:
    @pytest.mark.parametrize(
        ("settings", "anybody", "user", "admin"),
        [
            ({}, 200, 200, 200),
            ({"host": "0.0.0.0"}, 401, 403, 200),
            ({"public_url": "https://video.example.com"}, 401, 403, 200),
            ({"host": "0.0.0.0", "metrics": "open"}, 200, 200, 200),
            ({"metrics": "key"}, 401, 403, 200),
            ({"metrics": "off"}, 404, 404, 404),
        ],
    )
    async def test_by_setting(
        self, tmp_path: Path, settings: dict[str, Any], anybody: int, user: int, admin: int
    ) -> None:
        async with means_on(tmp_path, settings=settings) as means:
            keys = {
                "nobody": "",
                "user": f"Bearer {await create_key(means.store, 'u', 'ann')}",
                "admin": f"Bearer {await create_key(means.store, 'a', 'local')}",
            }
            edge = Edge(Table(wires(), means.settings.root), Keys(means.store), means)
            codes = {}
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app=edge), base_url="http://127.0.0.1"
            ) as http:
                for who, key in keys.items():
                    headers = {"authorization": key} if key else {}
                    reply = await http.get("/metrics", headers=headers)
                    codes[who] = reply.status_code
                    assert ("reelway_tasks" in reply.text) == (reply.status_code == 200)
                    if reply.status_code in (401, 403):
                        assert reply.json()["error"]["code"]
        assert codes == {"nobody": anybody, "user": user, "admin": admin}

    async def test_a_key_that_is_none(self, tmp_path: Path) -> None:
        async with means_on(tmp_path, settings={"metrics": "key"}) as means:
            edge = Edge(Table(wires(), means.settings.root), Keys(means.store), means)
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app=edge), base_url="http://127.0.0.1"
            ) as http:
                for word in ("Bearer x", "Basic YTpi", "Bearer rw_" + "a" * 40):
                    reply = await http.get("/metrics", headers={"authorization": word})
                    assert reply.status_code in (401, 403)
