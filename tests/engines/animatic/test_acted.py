from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import Clock
from reelway.engine import Again, Failure, Film, Gone, Run
from reelway.engines.animatic import Animatic
from reelway.engines.animatic.acted import Acted
from reelway.request import VideoRequest

FILM = Film(path=Path("film.mp4"))


def made(**sandbox: Any) -> tuple[Acted, Clock, Run, list[tuple[int, float | None]]]:
    clock, told = Clock(), list[tuple[int, float | None]]()
    run = Run(
        task_id=1,
        attempt=1,
        out=Path("film.mp4"),
        size=(64, 36),
        images={},
        progress=lambda percent, eta: told.append((percent, eta)),
        accepted_at=clock.at,
    )
    return Acted(VideoRequest(prompt="a fox", sandbox=sandbox), run, clock), clock, run, told


def test_a_delay_holds_the_film_back_evenly() -> None:
    acted, clock, run, told = made(delay=10)
    assert acted.needs_film
    acted.keep(FILM)
    assert not acted.needs_film
    assert acted.outcome(run) == Again(at=clock.at + 500, idle=True)
    clock.advance(4.9)
    assert acted.outcome(run) == Again(at=clock.at + 500, idle=True)
    clock.advance(5)
    assert acted.outcome(run) == Again(at=clock.at + 100, idle=True)
    clock.advance(0.1)
    assert acted.outcome(run) == FILM
    assert told == [(0, 10.0), (49, 5.1), (99, 0.1), (100, 0.0)]


def test_a_film_that_takes_longer_than_its_delay() -> None:
    acted, clock, run, told = made(delay=2)
    watched = acted.watched(run)
    watched.progress(90, 0.5)
    clock.advance(1)
    watched.progress(95, 4.0)
    clock.advance(5)
    watched.progress(97, 0.2)
    assert told == [(0, 2.0), (50, 4.0), (97, 0.2)]
    acted.keep(FILM)
    assert acted.outcome(run) == FILM


def test_a_restart_neither_shortens_nor_lengthens_the_delay() -> None:
    _, clock, run, _ = made()
    clock.advance(7)
    request = VideoRequest(prompt="a fox", sandbox={"delay": 10})
    again = Acted(request, replace(run, attempt=2), clock)
    again.keep(FILM)
    assert isinstance(again.outcome(run), Again)
    clock.advance(3)
    assert again.outcome(run) == FILM


def test_a_stall_comes_nearer_and_never_there() -> None:
    acted, clock, run, told = made(stall=True)
    assert not acted.needs_film
    for _ in range(40):
        assert acted.outcome(run) == Again(at=clock.at + 1000, idle=True)
        clock.advance(3600)
    percents = [percent for percent, _ in told]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 49)


# In the engine, with no child: none is started for a film that is not to be made.


@pytest.fixture
def engine() -> tuple[Animatic, Clock]:
    clock = Clock()
    return Animatic(now=clock), clock


async def test_a_failure_after_its_delay(engine: tuple[Animatic, Clock]) -> None:
    animatic, clock = engine
    request = VideoRequest(prompt="a fox", sandbox={"fail": "bad_input", "delay": 1})
    _, _, run, _ = made()
    receipt = await animatic.submit(request, run)
    assert await animatic.follow(receipt, run) == Again(at=clock.at + 100, idle=True)
    clock.advance(1)
    outcome = await animatic.follow(receipt, run)
    assert isinstance(outcome, Failure) and not outcome.died
    assert (outcome.code, outcome.message) == ("invalid_request", "the input could not be used")
    assert await animatic.follow(receipt, run) == Gone(reason="the server was restarted")


async def test_a_stall_that_is_cancelled(engine: tuple[Animatic, Clock]) -> None:
    animatic, _ = engine
    _, _, run, _ = made()
    receipt = await animatic.submit(VideoRequest(prompt="a", sandbox={"stall": True}), run)
    assert isinstance(await animatic.follow(receipt, run), Again)
    await animatic.cancel(receipt, run)
    assert isinstance(await animatic.follow(receipt, run), Gone)


async def test_a_receipt_of_another_boot(engine: tuple[Animatic, Clock]) -> None:
    animatic, _ = engine
    _, _, run, _ = made()
    receipt = await animatic.submit(VideoRequest(prompt="a", sandbox={"stall": True}), run)
    assert isinstance(await Animatic().follow(receipt, run), Gone)
