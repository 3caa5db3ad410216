from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import (
    AS_ORDERED,
    AUDIO,
    FILM,
    NOW,
    FakeRunner,
    engine_of,
    means_on,
    media_of,
    order,
    row,
    story,
)
from reelway.cancel import cancel
from reelway.deliver import NotAsOrdered, deliver, joined, verify
from reelway.engine import Film
from reelway.errors import Overloaded
from reelway.means import Means
from reelway.media import FilmInfo, NotAFilm
from reelway.request import VideoRequest
from reelway.submit import submit
from reelway.task import Task

SIZE = (1280, 720)
SILENT, SOUND = VideoRequest(), VideoRequest(sound=True)
WITH_SOUND = replace(AS_ORDERED, audio=AUDIO, audio_tracks=1)

# As ordered?


def test_what_was_ordered() -> None:
    verify(AS_ORDERED, SILENT, SIZE)
    verify(WITH_SOUND, SOUND, SIZE)


@pytest.mark.parametrize("seconds", [4.951, 5.049])
def test_sound_may_be_a_little_longer_or_shorter(seconds: float) -> None:
    verify(replace(WITH_SOUND, audio=replace(AUDIO, duration=seconds)), SOUND, SIZE)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"complete": False}, "the file is not complete"),
        ({"complete": False, "faults": ("its last box is cut",)}, "its last box is cut"),
        ({"faults": ("a box is missing",)}, "a box is missing"),
        ({"width": 1278}, "1278x720 pixels instead of 1280x720"),
        ({"height": 722}, "1280x722 pixels instead of 1280x720"),
        ({"width": 720, "height": 1280}, "720x1280 pixels instead"),
        ({"frames": 119}, "119 frames at 24.0/s instead of 120"),
        ({"frames": 121}, "121 frames"),
        ({"frame_rate": 25.0}, "at 25.0/s"),
        ({"frame_rate": 23.976}, "at 23.976/s"),
        ({"audio": AUDIO, "audio_tracks": 1}, "sound where none was ordered"),
        ({"faststart": False}, "its index in front"),
        ({"constant_rate": False}, "constant rate"),
        ({"video_tracks": 2}, "one picture track"),
        ({"video_tracks": 0}, "one picture track"),
    ],
)
def test_every_deviation_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(NotAsOrdered) as error:
        verify(replace(AS_ORDERED, **changes), SILENT, SIZE)
    assert told in error.value.message
    assert error.value.code == "not_as_ordered"


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (AS_ORDERED, "no sound"),
        (replace(WITH_SOUND, audio=replace(AUDIO, duration=4.9)), "4.900 s of sound"),
        (replace(WITH_SOUND, audio=replace(AUDIO, duration=5.1)), "5.100 s of sound"),
        (replace(WITH_SOUND, audio_tracks=2), "2 sound tracks"),
    ],
)
def test_sound_that_was_ordered(info: FilmInfo, told: str) -> None:
    with pytest.raises(NotAsOrdered) as error:
        verify(info, SOUND, SIZE)
    assert told in error.value.message


def test_all_deviations_are_told() -> None:
    with pytest.raises(NotAsOrdered) as error:
        verify(replace(AS_ORDERED, width=2, frames=1, faststart=False), SILENT, SIZE)
    assert error.value.message.count(";") == 2


def test_the_length_is_the_orders() -> None:
    with pytest.raises(NotAsOrdered):
        verify(AS_ORDERED, VideoRequest(duration=6), SIZE)
    verify(replace(AS_ORDERED, frames=144), VideoRequest(duration=6), SIZE)


# Delivering


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path, runner=FakeRunner()) as means:
        yield means


async def made(means: Means, content: bytes = FILM, **request: Any) -> tuple[Task, Film]:
    """A task whose engine has just made its film."""
    report = {"ignored": [{"field": "promt", "reason": "not a known field"}]}
    task = await order(means, drafted={"report": report}, **request)
    running = await submit(task, engine_of(means), means)
    assert running and running.receipt
    run = engine_of(means).runs[-1]
    run.out.write_bytes(content)
    own = {"understood": {"place": "coast"}, "ignored": [{"field": "seed", "reason": "why"}]}
    return running, Film(path=run.out, report=own)


async def test_a_film_is_kept_and_told_of(means: Means) -> None:
    media_of(means).film = WITH_SOUND
    task, film = await made(means, sound=True)
    done = await deliver(task, film, SIZE, means)
    assert done and done == await row(means, task)
    assert (done.status, done.stage, done.stored_at, done.finished_at) == (
        "succeeded",
        "storing",
        NOW,
        NOW,
    )
    assert done.film and means.assets.path(done.film).read_bytes() == FILM
    assert not film.path.exists()
    assert done.film_info == {
        "width": 1280,
        "height": 720,
        "duration": 5.0,
        "frame_rate": 24.0,
        "frames": 120,
        "bytes": len(FILM),
        "sha256": done.film,
        "video_codec": "AVC",
        "audio": {"codec": "AAC", "channels": 2, "sample_rate": 48_000, "duration": 5.0},
    }
    assert done.report == {
        "understood": {"place": "coast"},
        "ignored": [
            {"field": "promt", "reason": "not a known field"},
            {"field": "seed", "reason": "why"},
        ],
    }
    asset = await means.store.asset(done.film)
    assert asset and (asset.kind, asset.size) == ("video/mp4", len(FILM))
    assert await means.store.sweep(once_before=0, assets_before=2**62) == []
    assert (await story(means, task))[-1] == ("succeeded", 1)


async def test_a_film_without_sound_says_so(means: Means) -> None:
    task, film = await made(means)
    done = await deliver(task, film, SIZE, means)
    assert done and done.film_info["audio"] is None


async def test_the_status_comes_last(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probed, kept, and only then told: the row says storing until the file has its name."""
    task, film = await made(means)
    seen = []
    keep, probe = means.assets.keep, means.media.probe

    async def probed(path: Path) -> FilmInfo:
        seen.append(("probe", (await row(means, task)).status, (await row(means, task)).stage))
        return await probe(path)

    async def kept(path: Path) -> tuple[str, int]:
        result = await keep(path)
        seen.append(("keep", (await row(means, task)).status, (await row(means, task)).stage))
        return result

    monkeypatch.setattr(means.media, "probe", probed)
    monkeypatch.setattr(means.assets, "keep", kept)
    await deliver(task, film, SIZE, means)
    assert seen == [("probe", "running", "storing"), ("keep", "running", "storing")]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (replace(AS_ORDERED, frames=119), "not_as_ordered"),
        (NotAFilm("it is cut", code="film_incomplete"), "film_incomplete"),
        (NotAFilm("nothing in it"), "not_a_film"),
    ],
)
async def test_another_film_ends_the_task_and_is_not_kept(
    means: Means, found: FilmInfo | Exception, code: str
) -> None:
    media_of(means).film = found
    task, film = await made(means)
    assert await deliver(task, film, SIZE, means) is None
    ended = await row(means, task)
    assert ended.status == "failed" and ended.error and ended.error.code == code
    assert ended.film is None
    assert not list((means.settings.data / "assets").rglob("*"))


async def test_a_helper_that_was_killed_is_nobodys_fault(means: Means) -> None:
    media_of(means).film = Overloaded("killed; try again")
    task, film = await made(means)
    with pytest.raises(Overloaded):
        await deliver(task, film, SIZE, means)
    assert (await row(means, task)).status == "running"


async def test_a_task_that_was_cancelled_before(means: Means) -> None:
    task, film = await made(means)
    await cancel(task, means)
    assert await deliver(task, film, SIZE, means) is None
    assert (await row(means, task)).status == "cancelled"


async def test_a_task_that_is_cancelled_meanwhile(
    means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, film = await made(means)
    probe = means.media.probe

    async def meanwhile(path: Path) -> FilmInfo:
        await cancel(await row(means, task), means)
        return await probe(path)

    monkeypatch.setattr(means.media, "probe", meanwhile)
    assert await deliver(task, film, SIZE, means) is None
    ended = await row(means, task)
    assert (ended.status, ended.film) == ("cancelled", None)
    # Its film is nobody's: the sweep takes it.
    (unused,) = await means.store.sweep(once_before=0, assets_before=2**62)
    assert unused


async def test_equal_films_share_one_file(means: Means) -> None:
    one, two = [await made(means) for _ in range(2)]
    done = await asyncio.gather(*(deliver(t, f, SIZE, means) for t, f in (one, two)))
    assert done[0] and done[1] and done[0].film == done[1].film
    files = [p for p in (means.settings.data / "assets").rglob("*") if p.is_file()]
    assert len(files) == 1


# The report


@pytest.mark.parametrize(
    ("accepted", "made", "report"),
    [
        ({}, {}, {"ignored": []}),
        ({"ignored": [1]}, {"ignored": [2]}, {"ignored": [1, 2]}),
        ({"ignored": [1]}, {"understood": 2}, {"ignored": [1], "understood": 2}),
        ({"a": 1, "b": 1}, {"b": 2}, {"a": 1, "b": 2, "ignored": []}),
        (None, ["not a report"], {"ignored": []}),
    ],
)
def test_two_reports_become_one(accepted: Any, made: Any, report: Any) -> None:
    assert joined(accepted, made) == report
