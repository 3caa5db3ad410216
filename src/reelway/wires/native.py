"""Reelway's own wire: the glossary's words, under paths that are kept for good.

    POST   /api/v1/tasks[?dry_run=true]      → 201 the task; 200 what would be made
    GET    /api/v1/tasks?limit&after&status&model    → {"data": […], "next": id or null}
    GET    /api/v1/tasks/{id}                → the task
    POST   /api/v1/tasks/{id}/cancel         → the task
    DELETE /api/v1/tasks/{id}                → {"id", "object": "task", "deleted": true}

Times are UTC milliseconds. Errors are {"error": {"code", "message", "field"}}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from reelway import errors, ids
from reelway.errors import InvalidRequest, ReelwayError
from reelway.limits import Body, Limit, Maybe, Number, Picture, Said, Switch, Text, Whole, read_body
from reelway.request import (
    FRAME_RATE,
    LONGEST,
    SHORTEST,
    AspectRatio,
    Element,
    Image,
    Kind,
    Resolution,
    Shot,
    ShotMode,
    VideoRequest,
    frame_size,
)
from reelway.task import STATUSES, Fault, Status, View
from reelway.wire import (
    JSON,
    Call,
    Ignored,
    Listing,
    Reading,
    Receipt,
    Reply,
    Route,
    bearer,
    count,
    error_of,
    film_seconds,
    image_of,
    leftovers,
    part,
    public_id,
    told,
    wrong,
)

TASKS = "/api/v1/tasks"
WEBHOOKS = "webhooks are not available in this version"
# A vendor's word for a refusal is its account's fault, but for these: they are the caller's.
REFUSALS: Mapping[int, type[ReelwayError]] = {
    400: InvalidRequest,
    404: errors.UnknownTask,
    409: errors.Conflict,
    413: errors.BodyTooLarge,
    422: errors.KeyReused,
}

# Which families there are, the engines know: another one is refused when an engine is sought.
Model = Annotated[Said, Limit(1, 128)]
Words = Maybe[Annotated[Text, Limit(0, 2500)]]
Seconds = Annotated[Whole, Limit(SHORTEST, LONGEST)]
Scale = Annotated[Number, Limit(0, 1)]
Name = Annotated[Said, Limit(1, 128)]
Labels = dict[Annotated[Said, Limit(1, 64)], Annotated[Text, Limit(0, 256)]]


class ShotBody(Body):
    prompt: Annotated[Said, Limit(1, 512)]
    duration: Annotated[Whole, Limit(1, LONGEST)] = Field(description="Seconds.")


class ElementBody(Body):
    frontal: Picture
    references: Maybe[Annotated[list[Picture], Limit(1, 3)]] = None


class TaskBody(Body, json_schema_extra={"examples": [{"prompt": "A boat in the rain"}]}):
    model: Model | None = Field(None, description="The family. Absent: kling-v3.")
    prompt: Words = Field(None, description="What happens; beside shots, their common style.")
    negative_prompt: Words = Field(None, description="What to keep out of picture and sound.")
    cfg_scale: Scale | None = Field(None, description="Higher: closer to the prompt. Absent: 0.5.")
    duration: Seconds | None = Field(None, description="Absent: the sum of the shots, else 5.")
    aspect_ratio: Annotated[AspectRatio, Limit()] | None = Field(
        None, description="Absent: the first frame's own, else 16:9."
    )
    resolution: Annotated[Resolution, Limit()] | None = Field(None, description="Absent: 720p.")
    sound: Switch | None = Field(None, description="Absent or false: no audio stream at all.")
    first_frame: Maybe[Picture] = Field(None, description="Address, data URL or base64.")
    last_frame: Maybe[Picture] = Field(None, description="The film's last picture.")
    references: Maybe[Annotated[list[Picture], Limit(1, 7)]] = None
    shot_mode: Annotated[ShotMode, Limit()] | None = Field(
        None, description="Absent: customize where there are shots, else none."
    )
    shots: Maybe[Annotated[list[ShotBody], Limit(1, 6)]] = None
    elements: Maybe[Annotated[list[ElementBody], Limit(1, 3)]] = Field(
        None, description="Subjects that stay themselves; <<<element_1>>> in a prompt places one."
    )
    voices: Maybe[Annotated[list[Name], Limit(1, 2)]] = None
    seed: Annotated[Whole, Limit(0, 2**31 - 1)] | None = None
    webhook: Maybe[Text] = Field(None, description=f"Refused: {WEBHOOKS}.")
    external_id: Maybe[Name] = Field(None, description="Your own name for the task.")
    labels: Annotated[Labels, Limit(0, 16)] | None = None


class CreateQuery(Body):
    dry_run: Switch = False


class ListQuery(Body):
    limit: Annotated[Whole, Limit(1, 100)] = 20
    after: Annotated[Said, Limit(1, 80)] | None = None
    status: Annotated[Status, Limit()] | None = None
    model: Model | None = None


def _shot_mode(body: TaskBody) -> ShotMode:
    mode: ShotMode = body.shot_mode or ("customize" if body.shots else "none")
    if body.shots and mode != "customize":
        raise wrong("shots", f"cannot be used with shot_mode {mode}")
    if mode == "customize" and not body.shots:
        raise wrong("shots", "is required with shot_mode customize")
    if not body.prompt and not body.shots:
        raise wrong("prompt", "is required, unless there are shots")
    return mode


def _kind(body: TaskBody) -> Kind:
    if body.first_frame or body.last_frame:
        return "image"
    return "reference" if body.elements or body.references else "text"


def _images(sources: Sequence[str] | None) -> tuple[Image, ...]:
    return tuple(Image(source=source) for source in sources or ())


def _request(body: TaskBody, extra: Mapping[str, Any]) -> VideoRequest:
    if body.webhook:
        raise InvalidRequest(f"webhook: {WEBHOOKS}", field="webhook")
    shots = tuple(Shot(prompt=s.prompt, duration=s.duration) for s in body.shots or ())
    return VideoRequest(
        shot_mode=_shot_mode(body),
        duration=film_seconds(body.duration, shots, "shots"),
        kind=_kind(body),
        model=body.model or "kling-v3",
        resolution=body.resolution or "720p",
        prompt=body.prompt or "",
        negative_prompt=body.negative_prompt or "",
        cfg_scale=body.cfg_scale,
        aspect_ratio=body.aspect_ratio,
        sound=bool(body.sound),
        first_frame=image_of(body.first_frame),
        last_frame=image_of(body.last_frame),
        references=_images(body.references),
        shots=shots,
        elements=tuple(
            Element(frontal=Image(source=e.frontal), references=_images(e.references))
            for e in body.elements or ()
        ),
        voices=tuple(body.voices or ()),
        seed=body.seed,
        external_id=body.external_id,
        labels=body.labels or {},
        extra=extra,
    )


def _shown(image: Image | None, sources: bool = False) -> str | None:
    """A picture as an answer tells it: no data, and nothing that a body could send back."""
    if image is None:
        return None
    if sources or image.form == "address":
        return image.source
    return f"sha256:{image.sha256}" if image.form == "asset" else "inline"


def _fields(request: VideoRequest, sources: bool = False) -> dict[str, Any]:
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


def _task(view: View) -> dict[str, Any]:
    film = {"url": view.film_url, "expires_at": view.film_expires_at, **view.film}
    return {
        "id": view.id,
        "object": "task",
        "status": view.status,
        "kind": view.request.kind,
        "wire": view.wire,
        "model_asked": view.model_asked,
        **_fields(view.request),
        "model": view.model or view.request.model,
        "progress": view.progress,
        "eta": view.eta,
        "attempt": view.attempt,
        "engine": view.engine,
        "error": view.error and {"code": view.error.code, "message": view.error.message},
        "report": dict(view.report),
        "film": film if view.film_url else None,
        "poster_url": view.poster_url,
        "accepted_at": view.accepted_at,
        "started_at": view.started_at,
        "stored_at": view.stored_at,
        "finished_at": view.finished_at,
    }


_STATUSES: Mapping[str, Status] = {status: status for status in STATUSES}
_KINDS: Mapping[str, Kind] = {"text": "text", "image": "image", "reference": "reference"}


def _view(data: Any) -> View:
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
        poster_url=part(data, "poster_url", str) or None,
        accepted_at=count(data.get("accepted_at")),
        started_at=count(data.get("started_at")) or None,
        stored_at=count(data.get("stored_at")) or None,
        finished_at=count(data.get("finished_at")) or None,
    )


def _request_of(data: Mapping[str, Any]) -> VideoRequest:
    """The request that an answer repeats; a newer server's that cannot be read is left out, for
    its task must be followed all the same."""
    try:
        body = read_body(TaskBody, {n: data[n] for n in TaskBody.model_fields if n in data})
        request = _request(body.model_copy(update={"webhook": None}), {})
    except errors.RequestError:
        return VideoRequest()
    kind = _KINDS.get(part(data, "kind", str), request.kind)
    return replace(request, kind=kind, webhook=body.webhook)


class Native:
    name = "native"
    title = "Reelway"
    owns: tuple[str, ...] = ("/api/v1/",)
    routes: tuple[Route, ...] = (
        Route(method="POST", path=TASKS, operation="create", body=TaskBody),
        Route(method="GET", path=TASKS, operation="list"),
        Route(method="GET", path=TASKS + "/{id}", operation="show"),
        Route(method="DELETE", path=TASKS + "/{id}", operation="delete"),
        Route(method="POST", path=TASKS + "/{id}/cancel", operation="cancel"),
    )

    def read_key(self, call: Call) -> str:
        return bearer(call)

    def mint_id(self, now: int) -> str:
        return ids.ulid("task", now)

    def name_field(self, field: str) -> str:
        return field

    # asked

    def read_request(self, call: Call) -> Reading:
        query = read_body(CreateQuery, dict(call.query))
        body = read_body(TaskBody, call.data)
        extra, ignored = leftovers(body, {})
        _, unknown = leftovers(query, {})
        request, model = _request(body, extra), body.model or "kling-v3"
        ignored += tuple(Ignored(field=f"?{i.field}", reason=i.reason) for i in unknown)
        dry = query.dry_run
        return Reading(request=request, model_asked=model, ignored=ignored, dry_run=dry)

    def read_lookup(self, call: Call) -> str:
        return public_id(call.path_args.get("id", ""))

    def read_listing(self, call: Call) -> Listing:
        query = read_body(ListQuery, dict(call.query))
        return Listing(limit=query.limit, after=query.after, status=query.status, model=query.model)

    def write_receipt(self, view: View) -> Reply:
        return Reply(status=201, data=_task(view))

    def write_task(self, view: View) -> Reply:
        return Reply(status=200, data=_task(view))

    def write_list(self, views: Sequence[View], next_id: str | None) -> Reply:
        return Reply(status=200, data={"data": [_task(view) for view in views], "next": next_id})

    def write_deleted(self, id: str) -> Reply:
        return Reply(status=200, data={"id": id, "object": "task", "deleted": True})

    def write_dry_run(self, reading: Reading, view: View) -> Reply:
        request = view.request
        data = {
            "object": "dry_run",
            "kind": request.kind,
            **_fields(request),
            "engine": view.engine,
            "size": dict(zip(("width", "height"), frame_size(request), strict=True)),
            "frames": request.frames,
            "frame_rate": FRAME_RATE,
            "ignored": [{"field": i.field, "reason": i.reason} for i in reading.ignored],
        }
        return Reply(status=200, data=data)

    def write_error(self, error: ReelwayError) -> Reply:
        message, headers = told(error)
        data = {"error": {"code": error.code, "message": message, "field": error.field}}
        return Reply(status=error.status, data=data, headers=headers)

    def write_webhook(self, view: View) -> Any:
        return {"type": f"task.{view.status}", "data": _task(view)}

    # asking

    def write_request(self, request: VideoRequest) -> Call:
        if request.kind == "voice":
            raise errors.Unsupported("a voice cannot be made in this wire", field="kind")
        said = _fields(request, sources=True)
        body = {name: value for name, value in said.items() if value not in (None, "", [], {})}
        for element in body.get("elements", ()):
            if not element["references"]:
                del element["references"]
        return Call(method="POST", path=TASKS, headers=JSON, data={**request.extra, **body})

    def read_receipt(self, reply: Reply) -> Receipt:
        return Receipt(id=self.read_task(reply).id)

    def write_lookup(self, id: str, request: VideoRequest) -> Call:
        return Call(method="GET", path=f"{TASKS}/{id}", path_args={"id": id})

    def read_task(self, reply: Reply) -> View:
        return _view(reply.data)

    def read_webhook(self, call: Call) -> View:
        return _view(part(call.data, "data", dict))

    def read_error(self, reply: Reply) -> ReelwayError:
        said = part(reply.data, "error", dict)
        code = part(said, "code", str) or None
        error = error_of(reply, part(said, "message", str), REFUSALS.get(reply.status), code)
        error.field = part(said, "field", str) or None
        return error


wire = Native()
