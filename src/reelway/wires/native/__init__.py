"""Reelway's own wire: the glossary's words, under paths that are kept for good.

    POST   /api/v1/tasks[?dry_run=true]      → 201 the task; 200 what would be made
    GET    /api/v1/tasks?limit&after&status&model    → {"data": […], "next": id or null}
    GET    /api/v1/tasks/{id}                → the task
    POST   /api/v1/tasks/{id}/cancel         → the task
    DELETE /api/v1/tasks/{id}                → {"id", "object": "task", "deleted": true}
    GET    /api/v1/tasks/{id}/events   /api/v1/events    → server-sent events

    POST   /api/v1/assets                    multipart, one part `file` → 201 the asset
    POST   /api/v1/voices  /elements         → 201 the voice or element
    GET    /api/v1/{assets,voices,elements}[/{id}]   DELETE …/{id}
    GET    /api/v1/models                    → {"data": […]}: what can be ordered, and with what
    GET    /api/v1/usage?by&from&to&format&owner     → sums of what was ordered for money
    …      /api/v1/webhooks  /deliveries     → see `hooks`
    …      /api/v1/estimate  /providers      → see `supply`

Times are UTC milliseconds. Errors are {"error": {"code", "message", "field"}}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from reelway import errors, ids
from reelway.engine import Model
from reelway.errors import InvalidRequest, ReelwayError
from reelway.limits import Body, read_body
from reelway.money import cost_read
from reelway.news import Frame, Notice, Placed, Progressed
from reelway.replies import count, error_of, part
from reelway.request import (
    FRAME_RATE,
    Image,
    Kind,
    VideoRequest,
    frame_size,
)
from reelway.resource import Order, Resource, ResourceKind
from reelway.task import STATUSES, Fault, Status, View
from reelway.webhook import EVENTS, WebhookEvent, event_of
from reelway.wire import (
    JSON,
    Call,
    HintWay,
    Ignored,
    Listing,
    Reading,
    Receipt,
    Reply,
    Route,
    as_bearer,
    bearer,
    leftovers,
    public_id,
    told,
)
from reelway.wires.native.bodies import (
    CreateQuery,
    ElementOrder,
    ListQuery,
    TaskBody,
    VoiceOrder,
    order_of,
    request_of,
    terms_of,
)
from reelway.wires.native.hooks import ROUTES, NativeHooks
from reelway.wires.native.supply import ROUTES as SUPPLY_ROUTES
from reelway.wires.native.supply import NativeSupply, model_told

TASKS = "/api/v1/tasks"
# A vendor's word for a refusal is its account's fault, but for these: they are the caller's.
REFUSALS: Mapping[int, type[ReelwayError]] = {
    400: InvalidRequest,
    402: errors.BalanceExhausted,
    404: errors.UnknownTask,
    409: errors.Conflict,
    413: errors.BodyTooLarge,
    422: errors.KeyReused,
}


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
        "film": film if view.film_url and view.status == "succeeded" else None,
        "late_result": film if view.film_url and view.status != "succeeded" else None,
        "film_dropped_at": view.film_dropped_at,
        "poster_url": view.poster_url,
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


def _resource(resource: Resource) -> dict[str, Any]:
    known = {name: value for name, value in resource.data.items() if name != "v"}
    return {
        "id": resource.public_id,
        "object": resource.kind,
        "name": resource.name,
        **known,
        "created_at": resource.created_at,
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
        film_dropped_at=count(data.get("film_dropped_at")) or None,
        poster_url=part(data, "poster_url", str) or None,
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


def _kept(path: str, kind: ResourceKind, body: type[Body] | None = None) -> Iterator[Route]:
    """The routes of a kind of resource; those with a body can be made from one."""
    if body:
        yield Route(method="POST", path=path, operation="resource_create", resource=kind, body=body)
    yield Route(method="GET", path=path, operation="resource_list", resource=kind)
    yield Route(method="GET", path=path + "/{id}", operation="resource_show", resource=kind)
    yield Route(method="DELETE", path=path + "/{id}", operation="resource_delete", resource=kind)


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
        Route(method="GET", path=TASKS + "/{id}/events", operation="task_events"),
        Route(method="GET", path="/api/v1/events", operation="events"),
        Route(method="GET", path="/api/v1/models", operation="models"),
        Route(method="GET", path="/api/v1/usage", operation="usage"),
        Route(method="POST", path="/api/v1/assets", operation="upload", resource="asset"),
        *_kept("/api/v1/assets", "asset"),
        *_kept("/api/v1/voices", "voice", VoiceOrder),
        *_kept("/api/v1/elements", "element", ElementOrder),
        *ROUTES,
        *SUPPLY_ROUTES,
    )
    tells: tuple[WebhookEvent, ...] = EVENTS
    hooks = NativeHooks()
    supply = NativeSupply()
    secure_hooks = False
    hints: HintWay | None = None

    def read_key(self, call: Call) -> str:
        return bearer(call)

    def write_key(self, secret: str) -> Mapping[str, str]:
        return as_bearer(secret)

    def mint_id(self, now: int) -> str:
        return ids.ulid("task", now)

    def name_field(self, field: str, request: VideoRequest | None = None) -> str:
        return field

    # asked

    def read_request(self, call: Call) -> Reading:
        query = read_body(CreateQuery, dict(call.query))
        body = read_body(TaskBody, call.data)
        extra, ignored = leftovers(body, {})
        _, unknown = leftovers(query, {})
        request, model = request_of(body, extra), body.model or "kling-v3"
        ignored += tuple(Ignored(field=f"?{i.field}", reason=i.reason) for i in unknown)
        dry = query.dry_run
        return Reading(
            request=request,
            model_asked=model,
            ignored=ignored,
            dry_run=dry,
            terms=terms_of(body),
        )

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

    def write_deleted(self, id: str, kind: str = "task") -> Reply:
        return Reply(status=200, data={"id": id, "object": kind, "deleted": True})

    def read_order(self, call: Call) -> Order:
        if call.route is not None and call.route.resource == "voice":
            return order_of(read_body(VoiceOrder, call.data))
        return order_of(read_body(ElementOrder, call.data))

    def write_resource(self, resource: Resource, *, created: bool) -> Reply:
        return Reply(status=201 if created else 200, data=_resource(resource))

    def write_resources(self, resources: Sequence[Resource], next_id: str | None) -> Reply:
        return Reply(status=200, data={"data": [_resource(r) for r in resources], "next": next_id})

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

    def write_models(self, models: Sequence[Model]) -> Reply:
        return Reply(status=200, data={"data": [model_told(model) for model in models]})

    def write_event(self, notice: Notice) -> Frame:
        if isinstance(notice, Progressed):
            data = {"task": notice.task, "progress": notice.progress, "eta": notice.eta}
            return Frame(event="progress", data=data)
        if isinstance(notice, Placed):
            data = {"task": notice.task, "position": notice.position, "eta": notice.eta}
            return Frame(event="queue", data=data)
        data = {
            "v": notice.v,
            "task": notice.task,
            "status": notice.status,
            "attempt": notice.attempt,
            "at": notice.at,
            **notice.data,
        }
        return Frame(event="status", data=data, id=notice.id)

    def write_error(self, error: ReelwayError) -> Reply:
        message, headers = told(error)
        data = {"error": {"code": error.code, "message": message, "field": error.field}}
        return Reply(status=error.status, data=data, headers=headers)

    def write_webhook(self, view: View) -> Any:
        return {"type": event_of(view.status, 1), "data": _task(view)}

    # asking

    def write_request(self, request: VideoRequest) -> Call:
        if request.kind == "voice":
            raise errors.Unsupported("a voice cannot be made in this wire", field="kind")
        said = _fields(request, sources=True)
        body = {name: value for name, value in said.items() if value not in (None, "", [], {})}
        body.pop("webhook", None)  # our caller's, whom we tell ourselves
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
