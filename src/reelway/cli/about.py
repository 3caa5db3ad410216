"""All about one task, as names and texts for people."""

from __future__ import annotations

from collections.abc import Iterator

from reelway.cli.shown import amount, moment, words_of
from reelway.sdk.values import TaskData


def progress_of(task: TaskData, *, percent: bool = True) -> str:
    """Its status, and how far it is."""
    out: str = task.status
    if task.status == "running":
        out += f" {task.progress} %" if percent else ""
        out += f", about {task.eta} s left" if task.eta else ""
    position = task.data.get("position")
    if task.status == "queued" and position is not None:
        out += f", {position} before it"
    return out + (f", attempt {task.attempt}" if task.attempt > 1 else "")


def about(task: TaskData) -> Iterator[tuple[str, str]]:
    yield "id", task.id
    yield "status", progress_of(task)
    if task.error:
        yield "error", f"{task.error.message} ({task.error.code})"
    asked = f" (asked for as {task.model_asked})" if task.model_asked != task.model else ""
    yield "model", task.model + asked
    yield "wire", task.wire
    yield "engine", task.engine or ""
    yield from _order(task)
    for entry in task.report.get("ignored", ()):
        yield "not used", f"{entry['field']}: {entry['reason']}"
    for name, value in (task.report.get("understood") or {}).items():
        yield "understood", _understood(name, value)
    yield from _film(task)
    yield "accepted", moment(task.accepted_at)
    yield "started", moment(task.started_at)
    took = ""
    if task.finished_at and task.started_at:
        took = f" (took {(task.finished_at - task.started_at) / 1000:.1f} s)"
    yield "finished", moment(task.finished_at) + took


def _order(task: TaskData) -> Iterator[tuple[str, str]]:
    """What was asked for."""
    yield "prompt", task.prompt
    for shot in task.data.get("shots") or ():
        yield "shot", f"{shot['duration']} s: {shot['prompt']}"
    yield "negative_prompt", task.negative_prompt
    form = [f"{task.duration} s", task.resolution, task.aspect_ratio or ""]
    form.append("sound" if task.sound else "no sound")
    form.append("" if task.seed is None else f"seed {task.seed}")
    form.append("" if task.cfg_scale is None else f"cfg_scale {task.cfg_scale:g}")
    yield "form", ", ".join(filter(None, form))
    yield "first_frame", words_of(task.data.get("first_frame"))
    yield "last_frame", words_of(task.data.get("last_frame"))
    yield "references", words_of(task.data.get("references"))
    yield "elements", str(len(task.data.get("elements") or ()) or "")
    yield "voices", words_of(task.data.get("voices"))
    yield "external_id", task.external_id or ""
    yield "labels", ", ".join(f"{name}={value}" for name, value in task.labels.items())


def _understood(name: str, value: object) -> str:
    text = words_of(value)
    return f"{name}:\n{text}" if "\n" in text else f"{name}: {text}"


def _film(task: TaskData) -> Iterator[tuple[str, str]]:
    film = task.film
    if film is None:
        return
    sound = film.audio.get("codec") if film.audio else "silent"
    form = (
        f"{film.width}×{film.height}",
        f"{film.duration:g} s",
        f"{film.frame_rate:g} frames/s",
        amount(film.bytes),
        film.video_codec,
        str(sound or ""),
    )
    yield "film", ", ".join(filter(None, form))
    yield "film_url", film.url
    yield "poster_url", task.poster_url or ""
    yield "links until", moment(film.expires_at)
