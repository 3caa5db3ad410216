"""Deliver: a result is never announced before the file is verified and kept.

Complete, probed, as ordered → kept (fsync, rename, fsync of the folder) → then the status.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from reelway.engine import Film
from reelway.errors import Internal
from reelway.follow import end_failed
from reelway.log import say
from reelway.means import Means
from reelway.media import FilmInfo
from reelway.move import move
from reelway.request import FRAME_RATE, VideoRequest
from reelway.store import Asset
from reelway.task import Task

FILM_KIND = "video/mp4"
LENGTH_SLACK = 0.05  # seconds that the sound may be longer or shorter than the picture


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
        return await _keep(storing, film.path, info, film, means)


async def _keep(task: Task, path: Path, info: FilmInfo, film: Film, means: Means) -> Task | None:
    sha256, size = await means.assets.keep(path)
    now = means.now()
    shown = film_info(info, sha256, size)
    await means.store.add_asset(
        Asset(sha256=sha256, kind=FILM_KIND, size=size, info=shown, created_at=now)
    )
    changes = {
        "film": sha256,
        "film_info": shown,
        "report": joined(task.report, film.report),
        "stored_at": now,
    }
    done = await move(task, "succeeded", means, changes, [("film", sha256)])
    if done:
        means.estimate.learn(done, means.engines.get(done.engine or ""))
        took = (done.finished_at or now) - (done.started_at or now)
        say(
            "task.succeeded",
            task=done.public_id,
            attempt=done.attempt,
            bytes=size,
            milliseconds=took,
        )
    return done


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
