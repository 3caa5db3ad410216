"""All about one task, as names and texts for people."""

from __future__ import annotations

from collections.abc import Iterator

from reelway.cli.shown import amount, moment, words_of
from reelway.sdk.values import Film, TaskData


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
    yield "cost", f"{task.cost}, {task.cost.state}" if task.cost else ""
    yield from _provider(task)
    yield from _order(task)
    for entry in task.report.get("ignored", ()):
        yield "not used", f"{entry['field']}: {entry['reason']}"
    for name, value in (task.report.get("understood") or {}).items():
        yield "understood", _understood(name, value)
    yield from _film(task.film, "film")
    yield from _film(task.late_result, "late_result")
    if task.late_result:
        yield "came", f"{moment(task.stored_at)}, after the end; `task download --late` fetches it"
    if film := task.film or task.late_result:
        yield "poster_url", task.poster_url or ""
        yield "links until", moment(film.expires_at)
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


def _film(film: Film | None, name: str) -> Iterator[tuple[str, str]]:
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
    yield name, ", ".join(filter(None, form))
    yield f"{name}_url", film.url


def _provider(task: TaskData) -> Iterator[tuple[str, str]]:
    """What became of it on its way through vendors."""
    report = task.report
    if held_after_its_end(task):
        yield "goes on", f"{task.engine} may still make it; {task.cost} are held until it says so"
    for name in ("declined", "refused"):
        for told in report.get(name, ()):
            words = f"{told['message']} ({told['code']})"
            yield name, f"{told['provider']}, {moment(told['at'])}: {words}"
    if doubt := report.get("ambiguous"):
        words = f"{doubt['provider']} may have it since {moment(doubt['since'])}: {doubt['why']}"
        yield "in doubt", f"{words}; look there, and say so: reelway task resolve {task.id}"
    if since := report.get("upstream_unreachable_since"):
        why = report.get("upstream_unreachable_why", "")
        yield "unreachable", f"its provider, since {moment(since)}: {why}"
    for told in report.get("deviations", ()):
        ordered, made = words_of(told["ordered"]), words_of(told["made"])
        yield "deviation", f"{told['field']}: {ordered} was ordered, {made} was made"
    if error := report.get("late_error"):
        yield "late error", f"{error['message']} ({error['code']})"


def held_after_its_end(task: TaskData) -> bool:
    """Its vendor may still make it, and has to be paid then."""
    return task.over and task.cost is not None and task.cost.state == "reserved"
