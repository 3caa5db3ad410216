from __future__ import annotations

from dataclasses import replace

import pytest

from fakes import NOW, FakeEngine
from reelway.engine import Cost
from reelway.estimate import FILMS, Estimate
from reelway.request import VideoRequest
from reelway.task import Task

SHORT, LONG = VideoRequest(prompt="a", duration=3), VideoRequest(prompt="a", duration=15)


class Engine(FakeEngine):
    def cost(self, request: VideoRequest) -> Cost:
        return Cost(cpu_seconds=request.duration, memory=1)


def film(seconds: float, request: VideoRequest = SHORT) -> Task:
    return Task(
        id=1,
        public_id="task_1",
        owner_id=1,
        key_id=None,
        wire="native",
        model_asked="",
        request=request,
        status="succeeded",
        engine="animatic",
        started_at=NOW,
        stored_at=NOW + round(seconds * 1000),
    )


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_nothing_is_told_before_the_first_film(engine: Engine) -> None:
    estimate = Estimate()
    assert estimate.queued(engine, SHORT, 3) == 0
    assert estimate.running(film(1), engine, NOW) == 0
    assert estimate.queued(None, SHORT, 3) == estimate.running(film(1), None, NOW) == 0


def test_a_queued_film(engine: Engine) -> None:
    estimate = Estimate()
    estimate.learn(film(6), engine)  # twice as long as foretold
    assert estimate.queued(engine, SHORT, 0) == 3 + 6
    assert estimate.queued(engine, LONG, 2) == 15 + 30
    engine.slots = 3
    assert estimate.queued(engine, LONG, 2) == 5 + 30


def test_a_running_film_by_the_clock(engine: Engine) -> None:
    estimate = Estimate()
    estimate.learn(film(6), engine)
    running = replace(film(0, LONG), status="running", stored_at=None)
    assert estimate.running(running, engine, NOW) == 30
    assert estimate.running(running, engine, NOW + 12_500) == 18
    assert estimate.running(running, engine, NOW + 99_000) == 1  # it is not over yet
    assert estimate.running(replace(running, started_at=None), engine, NOW) == 0


def test_the_last_films_count_and_one_that_went_wrong_does_not(engine: Engine) -> None:
    estimate = Estimate()
    for _ in range(FILMS):
        estimate.learn(film(300), engine)
    for _ in range(FILMS - 1):
        estimate.learn(film(3), engine)
    estimate.learn(film(3000), engine)
    assert estimate.queued(engine, SHORT, 1) == 5 + 3


def test_what_teaches_nothing(engine: Engine) -> None:
    estimate = Estimate()
    estimate.learn(film(-5), engine)  # the clock was set back
    estimate.learn(film(0), engine)
    estimate.learn(replace(film(6), started_at=None), engine)
    estimate.learn(film(6), None)
    estimate.learn(film(6, replace(SHORT, sandbox={"delay": 5})), engine)
    assert estimate.queued(engine, SHORT, 1) == 0


def test_seeded_with_the_newest_first(engine: Engine) -> None:
    estimate = Estimate()
    films = [film(3)] * FILMS + [film(600)] * FILMS + [replace(film(9), engine="gone")]
    estimate.seed(films, {"animatic": engine})
    assert estimate.queued(engine, SHORT, 1) == 5 + 3


def test_at_a_vendor_the_longer_film_takes_the_longer() -> None:
    """It says nothing of what a film costs its machines."""
    estimate, vendor = Estimate(), Vendor("north")
    vendor.slots = 2
    assert estimate.takes(vendor, SHORT) == estimate.waits(vendor, 3, 2) == 0  # not known
    estimate.learn(film(60), vendor)
    assert (estimate.takes(vendor, SHORT), estimate.takes(vendor, LONG)) == (60, 300)
    assert estimate.waits(vendor, 3, 5) == 42
    assert estimate.queued(vendor, LONG, 0) == 15 + 300


class Vendor(FakeEngine):
    def cost(self, request: VideoRequest) -> Cost:
        return Cost(cpu_seconds=0, memory=0)
