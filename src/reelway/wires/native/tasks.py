"""A task in Reelway's own words, and read back from them.

fields_of(request)   a request in the words of a body
write_view(view)     a task as every answer, list and webhook tells it
read_view(data)      the same from a server of ours
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from reelway import errors
from reelway.limits import read_body
from reelway.money import cost_read
from reelway.replies import count, part
from reelway.request import Image, Kind, VideoRequest
from reelway.task import STATUSES, Fault, Status, View
from reelway.wires.native.bodies import TaskBody, request_of


def _shown(image: Image | None, sources: bool = False) -> str | None:
    """A picture as an answer tells it: no data, and nothing that a body could send back."""
    if image is None:
        return None
    if sources or image.form == "address":
        return image.source
    return f"sha256:{image.sha256}" if image.form == "asset" else "inline"


def fields_of(request: VideoRequest, sources: bool = False) -> dict[str, Any]:
    """The request in the words of a body; with `sources`, inline pictures as they are."""
    return {
        "model": request.model,
        "resolution": request.resolution,
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "cfg_scale": request.cfg_scale,
        "duration": request.duration,
        "aspect_ratio": request.aspect_ratio,
        "sound": request.sound,
        "captions": request.captions,
        "first_frame": _shown(request.first_frame, sources),
        "last_frame": _shown(request.last_frame, sources),
        "references": [_shown(image, sources) for image in request.references],
        "shot_mode": request.shot_mode,
        "shots": [{"prompt": s.prompt, "duration": s.duration} for s in request.shots],
        "elements": [
            {
                "frontal": _shown(element.frontal, sources),
                "references": [_shown(image, sources) for image in element.references],
            }
            for element in request.elements
        ],
        "voices": list(request.voices),
        "seed": request.seed,
        "webhook": request.webhook,
        "external_id": request.external_id,
        "labels": dict(request.labels),
    }


def write_view(view: View) -> dict[str, Any]:
    film = {"url": view.film_url, "expires_at": view.film_expires_at, **view.film}
    return {
        "id": view.id,
        "object": "task",
        "status": view.status,
        "kind": view.request.kind,
        "wire": view.wire,
        "model_asked": view.model_asked,
        **fields_of(view.request),
        "model": view.model or view.request.model,
        "progress": view.progress,
        "eta": view.eta,
        "attempt": view.attempt,
        "engine": view.engine,
        "error": view.error and {"code": view.error.code, "message": view.error.message},
        "report": dict(view.report),
        "film": film if view.film_url and view.status == "succeeded" else None,
        "late_result": film if view.film_url and view.status != "succeeded" else None,
        "film_dropped_at": view.film_dropped_at,
        "poster_url": view.poster_url,
        "caption_urls": dict(view.caption_urls),
        "cost": view.cost and asdict(view.cost),
        "priority": view.priority,
        "start_by": view.start_by,
        "cancel_at": view.cancel_at,
        "position": view.position,
        "accepted_at": view.accepted_at,
        "started_at": view.started_at,
        "stored_at": view.stored_at,
        "finished_at": view.finished_at,
        "notified_at": view.notified_at,
    }


_STATUSES: Mapping[str, Status] = {status: status for status in STATUSES}
_KINDS: Mapping[str, Kind] = {"text": "text", "image": "image", "reference": "reference"}


def read_view(data: Any) -> View:
    status, id = _STATUSES.get(part(data, "status", str)), part(data, "id", str)
    if not id or not status:
        raise errors.ProviderError("the answer is not a task")
    error, film = part(data, "error", dict), part(data, "film", dict)
    fault = Fault(code=part(error, "code", str), message=part(error, "message", str))
    return View(
        id=id,
        status=status,
        wire=part(data, "wire", str),
        model=part(data, "model", str),
        model_asked=part(data, "model_asked", str),
        request=_request_of(data),
        progress=min(100, count(data.get("progress"))),
        eta=count(data.get("eta"), up=True),
        attempt=count(data.get("attempt")) or 1,
        engine=part(data, "engine", str) or None,
        error=fault if error else None,
        report=part(data, "report", dict),
        film={name: film[name] for name in film if name not in ("url", "expires_at")},
        film_url=part(film, "url", str) or None,
        film_expires_at=count(film.get("expires_at")) or None,
        film_dropped_at=count(data.get("film_dropped_at")) or None,
        poster_url=part(data, "poster_url", str) or None,
        caption_urls=part(data, "caption_urls", dict),
        cost=cost_read(part(data, "cost", dict)),
        accepted_at=count(data.get("accepted_at")),
        started_at=count(data.get("started_at")) or None,
        stored_at=count(data.get("stored_at")) or None,
        finished_at=count(data.get("finished_at")) or None,
        notified_at=count(data.get("notified_at")) or None,
    )


def _request_of(data: Mapping[str, Any]) -> VideoRequest:
    """The request that an answer repeats; a newer server's that cannot be read is left out, for
    its task must be followed all the same."""
    try:
        body = read_body(TaskBody, {n: data[n] for n in TaskBody.model_fields if n in data})
        request = request_of(body, {})
    except errors.RequestError:
        return VideoRequest()
    kind = _KINDS.get(part(data, "kind", str), request.kind)
    return replace(request, kind=kind)
