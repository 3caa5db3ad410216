"""Deliver: a result is never announced before the file is verified and kept.

Complete, probed, as ordered → kept (fsync, rename, fsync of the folder) → then the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from reelway.engine import Film
from reelway.errors import Internal
from reelway.follow import end_failed
from reelway.log import say
from reelway.means import Means
from reelway.media import FilmInfo
from reelway.move import move
from reelway.request import FRAME_RATE, VideoRequest, frame_size
from reelway.store import Asset
from reelway.task import Task

FILM_KIND = "video/mp4"
# Of a report: what is of no interest any more once the film is there.
PASSING = frozenset(
    {"declined_since", "upstream_unreachable_since", "upstream_unreachable_why", "ambiguous"}
)
LENGTH_SLACK = 0.05  # seconds that the sound may be longer or shorter than the picture


class NotWhole(Internal):
    """What a vendor's link led to is no whole film; it may be, later."""

    code = "not_whole"


class NotAsOrdered(Internal):
    """Our own engine made something else than was ordered."""

    code = "not_as_ordered"


def verify(info: FilmInfo, request: VideoRequest, size: tuple[int, int]) -> None:
    """Our own engines' films are exact to the frame. Raises NotAsOrdered."""
    wrong = list(info.faults)
    if not info.complete and not wrong:
        wrong.append("the file is not complete")
    if (info.width, info.height) != size:
        wrong.append(f"{info.width}x{info.height} pixels instead of {size[0]}x{size[1]}")
    if info.frames != request.frames or info.frame_rate != FRAME_RATE:
        wrong.append(f"{info.frames} frames at {info.frame_rate}/s instead of {request.frames}")
    if (info.audio is not None) != request.sound:
        wrong.append("sound where none was ordered" if info.audio else "no sound")
    elif info.audio_tracks > 1:
        wrong.append(f"{info.audio_tracks} sound tracks")
    elif info.audio and abs(info.audio.duration - request.duration) > LENGTH_SLACK:
        wrong.append(f"{info.audio.duration:.3f} s of sound instead of {request.duration}")
    if not (info.faststart and info.constant_rate and info.video_tracks == 1):
        wrong.append("not one picture track of constant rate with its index in front")
    if wrong:
        raise NotAsOrdered("the engine made another film than was ordered: " + "; ".join(wrong))


async def deliver(task: Task, film: Film, size: tuple[int, int], means: Means) -> Task | None:
    """Verify, keep, and only then running → succeeded. None: it ended otherwise."""
    storing = await means.store.note(task, {"stage": "storing"})
    if storing is None:
        return None
    try:
        info = await means.media.probe(film.path)
        verify(info, task.request, size)
    except Internal as error:
        await end_failed(storing, means, error.code, error.message)
        return None
    async with means.files:
        return await _succeed(storing, await _kept(film.path, info, means), film, means)


async def bring_home(task: Task, film: Film, means: Means) -> None:
    """A vendor's film: whole, or it is not taken; beside that as it was made, byte for byte, for it
    is paid for. A task that is over by now gets it as its late result. Raises what keeps it from
    being kept."""
    info = await means.media.probe(film.path)
    if not info.complete or not info.video_tracks:
        raise NotWhole("; ".join(info.faults) or "there is no picture in it")
    report = {**film.report, "deviations": deviations(info, task.request)}
    film = replace(film, report=report if report["deviations"] else film.report)
    async with means.files:
        changes = await _kept(film.path, info, means)
        row: Task | None = task
        while row is not None:
            if row.over:
                await _attach(row, changes, film, means)
                return
            if await _succeed(row, changes, film, means):
                return
            row = await means.store.task(task.id)


def deviations(info: FilmInfo, request: VideoRequest) -> list[dict[str, object]]:
    """In what a vendor's film is not what was ordered."""
    found: list[tuple[str, object, object]] = []
    if abs(info.duration - request.duration) > LENGTH_SLACK:
        found.append(("duration", request.duration, info.duration))
    if (info.width, info.height) != (size := frame_size(request)):
        found.append(("size", list(size), [info.width, info.height]))
    if (info.audio is not None) != request.sound:
        found.append(("sound", request.sound, info.audio is not None))
    return [{"field": name, "ordered": ordered, "made": made} for name, ordered, made in found]


async def _kept(path: Path, info: FilmInfo, means: Means) -> dict[str, Any]:
    """The file is kept; what the task's row is to say of it."""
    sha256, size = await means.assets.keep(path)
    now = means.now()
    shown = film_info(info, sha256, size)
    await means.store.add_asset(
        Asset(sha256=sha256, kind=FILM_KIND, size=size, info=shown, created_at=now)
    )
    return {"film": sha256, "film_info": shown, "stored_at": now}


async def _succeed(task: Task, changes: Mapping[str, Any], film: Film, means: Means) -> Task | None:
    told = {name: what for name, what in task.report.items() if name not in PASSING}
    report = joined(told, film.report)
    done = await move(task, "succeeded", means, {**changes, "report": report})
    if done:
        means.estimate.learn(done, means.engines.get(done.engine or ""))
        ended = done.finished_at or 0
        say(
            "task.succeeded",
            task=done.public_id,
            attempt=done.attempt,
            bytes=done.film_info["bytes"],
            milliseconds=ended - (done.started_at or ended),
        )
    return done


async def _attach(task: Task, changes: Mapping[str, Any], film: Film, means: Means) -> None:
    """Terminal is terminal: no second status, nobody is told; the film is there for who asks."""
    report = joined(task.report, film.report) | {"late_result": {"at": changes["stored_at"]}}
    if task.reserved:  # before the stage goes: whoever dies between the two comes back for the film
        await means.store.settle_late(task, task.reserved, means.now())
    if await means.store.note(task, {**changes, "report": report, "stage": None}):
        say("task.late_result", task=task.public_id, attempt=task.attempt)


def film_info(info: FilmInfo, sha256: str, size: int) -> dict[str, object]:
    return {
        "width": info.width,
        "height": info.height,
        "duration": info.duration,
        "frame_rate": info.frame_rate,
        "frames": info.frames,
        "bytes": size,
        "sha256": sha256,
        "video_codec": info.video_codec,
        "audio": asdict(info.audio) if info.audio else None,
    }


def joined(accepted: object, made: object) -> dict[str, object]:
    """The report of acceptance and the engine's as one; `ignored` holds both lists."""
    before = dict(accepted) if isinstance(accepted, dict) else {}
    after = dict(made) if isinstance(made, dict) else {}
    ignored = [*before.pop("ignored", []), *after.pop("ignored", [])]
    return before | after | {"ignored": ignored}
