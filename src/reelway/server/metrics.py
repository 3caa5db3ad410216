"""What an operator measures, in Prometheus's text form. Names and labels are durable.

    counted here        HTTP requests and their seconds
    told by the steps   ends, spans, requeues, deliveries, listeners: `reelway.tally`
    asked when scraped  rows, slots, children, disk; none of it takes longer the more tasks ended
    by prometheus       process_…: memory, CPU seconds and open files of `serve` alone

Counters begin at 0 with the process. A label's values are known before they occur where that is
possible, so that a first event is a rise from 0 and not a line that begins at 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from reelway import __version__
from reelway.admit import least_free
from reelway.breaker import State
from reelway.errors import KeyRefused
from reelway.means import Means
from reelway.providers import accounts_of
from reelway.server.auth import Keys
from reelway.server.http import Out
from reelway.store import Load
from reelway.tally import CALLS, CAUSES, OUTCOMES, QUEUE_BOUNDS, RUN_BOUNDS, Spread, Tally
from reelway.task import TERMINAL
from reelway.wire import Call, bearer

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

Labels = tuple[str, ...]
Rows = Iterable[tuple[Labels, float]]


class Metrics:
    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        # Plain numbers, as in `tally`: a create has no time for a lock and a label's look-up.
        self._requests: Counter[Labels] = Counter()  # by wire, operation and status
        self._seconds: dict[str, Spread] = {}  # by operation

    def count(self, wire: str, operation: str, status: int, seconds: float) -> None:
        self._requests[wire, operation, str(status)] += 1
        if (spread := self._seconds.get(operation)) is None:
            spread = self._seconds[operation] = Spread(SECONDS)
        spread.add(seconds)

    def _http(self) -> list[Metric]:
        labels = ["wire", "operation", "status"]
        return [
            _counter("reelway_http_requests", "HTTP requests.", labels, self._requests.items()),
            _histogram("reelway_http_seconds", "Time to answer.", self._seconds, "operation"),
        ]

    async def answer(self, headers: Mapping[str, str], keys: Keys, means: Means) -> Out:
        """Raises Unauthenticated and KeyRefused where an admin's key is asked for."""
        if means.settings.measured_by == "key":
            key = await keys.find(bearer(Call(method="GET", path="/metrics", headers=headers)))
            if key.role != "admin":
                raise KeyRefused("the metrics are for an admin's key")
        body = await self.text(means)
        return Out(status=200, body=body, headers={"content-type": self.content_type})

    async def text(self, means: Means) -> bytes:
        load = await means.store.load()
        now = means.now()
        space = means.door.space(means.tmp, now)
        asked = [
            *self._http(),
            _gauge("reelway_build_info", "The version.", ["version"], [((__version__,), 1)]),
            *_tasks(load, now),
            *_told(means.tally, means),
            *_workers(means),
            *_providers(means),
            *_deliveries(load, means.tally, now),
            _one("reelway_event_listeners", "Open event streams.", means.tally.listeners),
            _all("reelway_store_commits", "Groups of writes on the disk.", load.commits),
            _all("reelway_store_writes", "Writes in them.", load.writes),
            _one("reelway_store_writes_waiting", "Writes not begun.", load.writes_waiting),
            _one("reelway_disk_bytes", "Size of the data folder's disk.", space.total),
            _one("reelway_disk_free_bytes", "Of it, left for us.", space.free),
            _one(
                "reelway_disk_watermark_bytes",
                "Free bytes below which nothing new is taken.",
                least_free(means.settings, space),
            ),
        ]
        return generate_latest(_Families([*self.registry.collect(), *asked]))


class _Families(Collector):
    """Collected already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauge(name: str, help: str, labels: list[str], rows: Rows) -> Metric:
    family = GaugeMetricFamily(name, help, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _counter(name: str, help: str, labels: list[str], rows: Rows) -> Metric:
    family = CounterMetricFamily(name, help, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _histogram(
    name: str, help: str, spreads: Mapping[str, Spread], label: str = "engine"
) -> Metric:
    family = HistogramMetricFamily(name, help, labels=[label])
    for value, spread in sorted(spreads.items()):
        bounds = [*(str(float(bound)) for bound in spread.bounds), "+Inf"]
        buckets = list(zip(bounds, map(float, spread.up_to()), strict=True))
        family.add_metric([value], buckets, spread.sum)
    return family


def _one(name: str, help: str, number: float) -> Metric:
    return _gauge(name, help, [], [((), number)])


def _all(name: str, help: str, number: float) -> Metric:
    return _counter(name, help, [], [((), number)])


def _age(at: int | None, now: int) -> float:
    """Seconds; 0 where there is nothing that could be old."""
    return 0.0 if at is None else max(0.0, (now - at) / 1000)


def _tasks(load: Load, now: int) -> list[Metric]:
    open_ones = [(("queued",), load.queued), (("running",), load.running)]
    oldest = _age(load.oldest_queued_at, now)
    return [
        _gauge("reelway_tasks", "Tasks that are not over.", ["status"], open_ones),
        _one("reelway_queue_oldest_seconds", "Age of the oldest queued task.", oldest),
    ]


def _told(tally: Tally, means: Means) -> list[Metric]:
    engines = sorted(means.engines)
    ends = dict.fromkeys(((e, s) for e in engines for s in sorted(TERMINAL)), 0) | tally.ends
    waits = {engine: Spread(QUEUE_BOUNDS) for engine in engines} | tally.queue
    runs = {engine: Spread(RUN_BOUNDS) for engine in engines} | tally.run
    causes = [((cause,), tally.requeues[cause]) for cause in CAUSES]
    return [
        _counter("reelway_tasks_ended", "Tasks that ended.", ["engine", "status"], ends.items()),
        _histogram("reelway_task_queue_seconds", "Acceptance to the last attempt.", waits),
        _histogram("reelway_task_run_seconds", "Start of the last attempt to the end.", runs),
        _counter("reelway_task_requeues", "Attempts begun anew.", ["cause"], causes),
    ]


def _workers(means: Means) -> list[Metric]:
    accounts = sorted(means.runner.accounts().items())
    slots = [
        ((name, state), number)
        for name, a in accounts
        for state, number in (("busy", a.busy), ("free", max(0, a.slots - a.busy)))
    ]
    waiting = [((name,), a.waiting) for name, a in accounts]
    deaths = [((e.name,), getattr(e, "deaths", 0)) for e in means.engines.values()]
    wear = means.media.wear()
    died = [((helper,), w.deaths) for helper, w in wear.items()]
    renewed = [((helper,), w.renewals) for helper, w in wear.items()]
    return [
        _gauge("reelway_account_slots", "Films at a time.", ["account", "state"], slots),
        _gauge("reelway_account_waiting", "Work that waits for a slot.", ["account"], waiting),
        _counter("reelway_engine_deaths", "Engine children that died.", ["engine"], deaths),
        _counter("reelway_media_deaths", "Media helpers that died.", ["helper"], died),
        _counter("reelway_media_renewals", "Media helpers renewed in time.", ["helper"], renewed),
    ]


def _providers(means: Means) -> list[Metric]:
    accounts = accounts_of(means.engines)
    calls = [
        ((name, *which), account.calls.get(which, 0))
        for name, account in accounts.items()
        for which in CALLS
    ]
    states = [
        ((name, state), account.breaker.state == state)
        for name, account in accounts.items()
        for state in get_args(State)
    ]
    names = ["provider", "call", "outcome"]
    return [
        _counter("reelway_provider_calls", "Calls to a provider.", names, calls),
        _gauge("reelway_provider_breaker", "1: its state.", ["provider", "state"], states),
    ]


def _deliveries(load: Load, tally: Tally, now: int) -> list[Metric]:
    oldest = _age(load.oldest_delivery_at, now)
    tries = [((outcome,), tally.tries[outcome]) for outcome in OUTCOMES]
    return [
        _one("reelway_deliveries_pending", "Webhooks that are to be told.", load.deliveries),
        _one("reelway_deliveries_oldest_seconds", "Age of the oldest of them.", oldest),
        _counter("reelway_delivery_tries", "Tries to tell a webhook.", ["outcome"], tries),
        _all("reelway_deliveries_given_up", "Webhooks that were never told.", tally.given_up),
    ]
