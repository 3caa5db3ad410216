from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client.parser import text_string_to_metric_families

from fakes import FakeEngine, means_on, order
from reelway.means import Means
from reelway.server.metrics import Metrics


async def samples(metrics: Metrics, means: Means) -> dict[tuple[str, tuple[str, ...]], float]:
    text = (await metrics.text(means)).decode()
    return {
        (s.name, tuple(value for _, value in sorted(s.labels.items()))): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


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


async def test_tasks_are_counted_by_status(tmp_path: Path) -> None:
    metrics = Metrics()
    async with means_on(tmp_path) as means:
        await order(means, hand=False)
        task = await order(means, hand=False)
        seen = await samples(metrics, means)
        assert seen["reelway_tasks", ("queued",)] == 2
        assert seen["reelway_tasks", ("cancelled",)] == 0
        await means.store.move(task, "cancelled", 1)
        seen = await samples(metrics, means)
    assert seen["reelway_tasks", ("queued",)] == 1
    assert seen["reelway_tasks", ("cancelled",)] == 1
    assert {labels[0] for name, labels in seen if name == "reelway_tasks"} == {
        "queued",
        "running",
        "succeeded",
        "failed",
        "cancelled",
    }


async def test_deaths_of_engines(tmp_path: Path) -> None:
    dying: Any = SimpleNamespace(name="dying", deaths=3)
    engines = {"dying": dying, "hosted": cast(Any, FakeEngine("hosted"))}
    async with means_on(tmp_path, engines=engines) as means:
        seen = await samples(Metrics(), means)
    assert seen["reelway_engine_deaths", ("dying",)] == 3
    assert seen["reelway_engine_deaths", ("hosted",)] == 0


async def test_two_servers_in_one_process_count_apart(tmp_path: Path) -> None:
    first, second = Metrics(), Metrics()
    first.count("native", "create", 201, 0.1)
    async with means_on(tmp_path) as means:
        assert ("reelway_http_seconds_count", ("create",)) not in await samples(second, means)
    assert Metrics.content_type.startswith("text/plain; version=")
