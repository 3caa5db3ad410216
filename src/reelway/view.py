"""What is told of a task: the row, its live progress, and links signed for now."""

from __future__ import annotations

import math

from reelway.captions import KINDS
from reelway.means import Means
from reelway.money import Cost, cost_of
from reelway.task import Draft, Task, View

FILM_PATH = "/files/{id}/film.mp4"
POSTER_PATH = "/files/{id}/poster.jpg"
CAPTIONS_PATH = "/files/{id}/captions.{kind}"


def view(task: Task, means: Means, base: str | None = None) -> View:
    """`base` is where the reader reached us: a link that leads there works, even where the task
    was created through another address. Webhooks, which nobody asked for, keep the task's own."""
    film_url = poster_url = None
    expires_at, captions = None, {}
    if task.film:
        now = means.now()
        base = means.settings.public_url or base or task.base_url or means.base_url
        life = task.request.sandbox.get("expire")
        path, expires_at = means.links.sign(FILM_PATH.format(id=task.public_id), now, life)
        film_url = base + path
        poster_url = base + means.links.sign(POSTER_PATH.format(id=task.public_id), now, life)[0]
        if task.report.get("captions"):
            paths = {kind: CAPTIONS_PATH.format(id=task.public_id, kind=kind) for kind in KINDS}
            captions = {k: base + means.links.sign(p, now, life)[0] for k, p in paths.items()}
    seen = means.live.progress(task.id)
    position = means.runner.place(task.id) if task.status == "queued" else None
    return View(
        id=task.public_id,
        status=task.status,
        wire=task.wire,
        model=task.request.model,
        model_asked=task.model_asked,
        request=task.request,
        progress=100 if task.status == "succeeded" else seen.percent if not task.over else 0,
        eta=eta(task, position, means),
        position=position,
        attempt=task.attempt,
        engine=task.engine,
        error=task.error,
        report=task.report,
        film=task.film_info,
        film_url=film_url,
        film_expires_at=expires_at,
        film_dropped_at=task.film_dropped_at,
        poster_url=poster_url,
        caption_urls=captions,
        voice_id=task.voice,
        cost=cost_of(task.reserved, task.cost, task.currency),
        priority=task.priority,
        start_by=task.start_by,
        cancel_at=task.cancel_at,
        accepted_at=task.accepted_at,
        started_at=task.started_at,
        stored_at=task.stored_at,
        finished_at=task.finished_at,
        notified_at=task.notified_at,
    )


def eta(task: Task, position: int | None, means: Means) -> int:
    """Whole seconds until its film is done: while it runs by its engine's own word, if there is
    one. 0: not known, or over."""
    engine = means.engines.get(task.engine or "")
    if task.status == "running":
        seen = means.live.progress(task.id)
        if seen.eta is None:
            return means.estimate.running(task, engine, means.now())
        return math.ceil(seen.eta)
    if position is None:
        return 0
    return means.estimate.queued(engine, task.request, position)


def draft_view(draft: Draft) -> View:
    """The task as it stands the moment it is accepted."""
    return View(
        id=draft.public_id,
        status="queued",
        wire=draft.wire,
        model=draft.request.model,
        model_asked=draft.model_asked,
        request=draft.request,
        engine=draft.engine,
        report=draft.report,
        cost=Cost(amount=draft.price, state="reserved") if draft.price else None,
        priority=draft.priority,
        start_by=draft.start_by,
        cancel_at=draft.cancel_at,
        accepted_at=draft.accepted_at,
    )
