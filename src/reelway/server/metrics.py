"""What an operator measures, in Prometheus's text form. Names and labels are durable."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from reelway.means import Means

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter(
            "reelway_http_requests",
            "HTTP requests.",
            ["wire", "operation", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "reelway_http_seconds",
            "Time to answer.",
            ["operation"],
            buckets=SECONDS,
            registry=registry,
        )
        self.tasks = Gauge("reelway_tasks", "Tasks by status.", ["status"], registry=registry)
        self.deaths = Gauge(
            "reelway_engine_deaths", "Engine children that died.", ["engine"], registry=registry
        )
        self._request = cache(self.requests.labels)
        self._second = cache(self.seconds.labels)

    def count(self, wire: str, operation: str, status: int, seconds: float) -> None:
        self._request(wire, operation, str(status)).inc()
        self._second(operation).observe(seconds)

    async def text(self, means: Means) -> bytes:
        for status, count in (await means.store.counts()).items():
            self.tasks.labels(status).set(count)
        for engine in means.engines.values():
            self.deaths.labels(engine.name).set(getattr(engine, "deaths", 0))
        return generate_latest(self.registry)
