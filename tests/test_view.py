from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from fakes import BASE, NOW, FakeRunner, draft, means_on
from reelway.errors import LinkRefused
from reelway.means import Means
from reelway.request import VideoRequest
from reelway.task import STATUSES, Fault, Status, Task, View
from reelway.view import draft_view, view

SHA256 = "ab" * 32
TASK = Task(
    id=7,
    public_id="task_1",
    owner_id=1,
    key_id=None,
    wire="native",
    model_asked="kling-v3.0-std",
    request=VideoRequest(prompt="a fox", model="kling-v3"),
    attempt=2,
    engine="animatic",
    report={"ignored": []},
    accepted_at=1,
    started_at=2,
)
DONE = replace(
    TASK,
    status="succeeded",
    film=SHA256,
    film_info={"width": 1280},
    stored_at=3,
    finished_at=4,
)


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path) as means:
        yield means


async def test_what_the_row_says(means: Means) -> None:
    shown = view(replace(DONE, error=Fault(code="c", message="m")), means)
    expected: dict[str, Any] = {
        "id": "task_1",
        "status": "succeeded",
        "wire": "native",
        "model": "kling-v3",
        "model_asked": "kling-v3.0-std",
        "request": TASK.request,
        "attempt": 2,
        "engine": "animatic",
        "error": Fault(code="c", message="m"),
        "report": {"ignored": []},
        "film": {"width": 1280},
        "accepted_at": 1,
        "started_at": 2,
        "stored_at": 3,
        "finished_at": 4,
    }
    assert {name: getattr(shown, name) for name in expected} == expected


# Links


@pytest.mark.parametrize(
    ("public_url", "reader", "own", "base"),
    [
        ("https://video.example.com", "http://a", "http://b", "https://video.example.com"),
        (None, "http://a", "http://b", "http://a"),
        (None, None, "http://b", "http://b"),
        (None, None, None, BASE),
    ],
)
async def test_links_are_absolute(
    tmp_path: Path, public_url: str | None, reader: str | None, own: str | None, base: str
) -> None:
    async with means_on(tmp_path, settings={"public_url": public_url}) as means:
        shown = view(replace(DONE, base_url=own), means, reader)
    assert shown.film_url and shown.film_url.startswith(f"{base}/files/task_1/film.mp4?")
    assert shown.poster_url and shown.poster_url.startswith(f"{base}/files/task_1/poster.jpg?")


async def test_links_open_what_they_name_until_they_expire(means: Means) -> None:
    shown = view(DONE, means)
    assert shown.film_url and shown.poster_url and shown.film_expires_at
    for url, other in ((shown.film_url, "/poster.jpg"), (shown.poster_url, "/film.mp4")):
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        means.links.check(parts.path, query, NOW)
        means.links.check(parts.path, query, shown.film_expires_at - 1)
        with pytest.raises(LinkRefused):
            means.links.check(parts.path, query, shown.film_expires_at)
        with pytest.raises(LinkRefused):
            means.links.check(parts.path.rsplit("/", 1)[0] + other, query, NOW)


async def test_without_a_film_there_are_no_links(means: Means) -> None:
    shown = view(replace(TASK, base_url="http://b"), means, "http://a")
    assert (shown.film_url, shown.poster_url, shown.film_expires_at) == (None, None, None)


# Progress


@pytest.mark.parametrize("status", STATUSES)
async def test_progress_is_100_with_the_film_and_not_before(means: Means, status: Status) -> None:
    means.live.report(TASK.id, 100, 0.0)
    shown = view(replace(TASK, status=status), means)
    expected = {"queued": 99, "running": 99, "succeeded": 100, "failed": 0, "cancelled": 0}
    assert shown.progress == expected[status]


async def test_before_anything_is_known(means: Means) -> None:
    shown = view(replace(TASK, status="running"), means)
    assert (shown.progress, shown.eta) == (0, 0)


@pytest.mark.parametrize(("left", "eta"), [(2.1, 3), (2.0, 2), (0.0, 0), (0.01, 1), (None, 0)])
async def test_the_time_left_is_whole_seconds(means: Means, left: float | None, eta: int) -> None:
    means.live.report(TASK.id, 37, left)
    shown = view(replace(TASK, status="running"), means)
    assert (shown.progress, shown.eta) == (37, eta)


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "running"])
async def test_only_what_runs_has_time_left(means: Means, status: Status) -> None:
    means.live.report(TASK.id, 37, 2.1)
    assert view(replace(TASK, status=status), means).eta == 0


# A task that is just being accepted


async def test_an_accepted_task_reads_as_it_will_be_read(means: Means) -> None:
    """The answer to a create is what a read a moment later says."""
    owner = await means.store.ensure_owner("ann", "user", NOW)
    accepted = draft(
        owner.id, VideoRequest(prompt="a fox"), report={"ignored": []}, engine="animatic"
    )
    made = await means.store.create(accepted)
    assert isinstance(made, Task)
    told, read = draft_view(accepted), view(made, means)
    differing = [f.name for f in fields(View) if getattr(told, f.name) != getattr(read, f.name)]
    assert differing == []
    assert read.engine == "animatic"


# Queue


async def test_a_queued_task_tells_its_place_and_when_it_will_be_done(tmp_path: Path) -> None:
    async with means_on(tmp_path, runner=FakeRunner()) as means:
        queued = replace(TASK, started_at=None)
        assert (view(queued, means).position, view(queued, means).eta) == (None, 0)
        cast(FakeRunner, means.runner).places[TASK.id] = 3
        assert (view(queued, means).position, view(queued, means).eta) == (3, 0)
        done = replace(DONE, started_at=NOW, stored_at=NOW + 4000)
        means.estimate.learn(done, means.engines["animatic"])
        assert (view(queued, means).position, view(queued, means).eta) == (3, 18)
        running = replace(TASK, status="running", started_at=NOW - 1000)
        assert (view(running, means).position, view(running, means).eta) == (None, 3)
        means.live.report(TASK.id, 20, 9.0)
        assert view(running, means).eta == 9
        assert view(DONE, means).eta == 0
