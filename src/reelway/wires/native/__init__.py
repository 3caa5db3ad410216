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
from typing import Any

from reelway import errors, ids
from reelway.engine import Model
from reelway.errors import InvalidRequest, ReelwayError
from reelway.limits import Body, read_body
from reelway.news import Frame, Notice, Placed, Progressed
from reelway.replies import error_of, part
from reelway.request import (
    FRAME_RATE,
    VideoRequest,
    frame_size,
)
from reelway.resource import Order, Resource, ResourceKind
from reelway.task import View
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
from reelway.wires.native.answers import ANSWERS
from reelway.wires.native.bodies import (
    CancelBody,
    CreateQuery,
    ElementOrder,
    ListQuery,
    TaskBody,
    VoiceOrder,
    order_of,
    read_abandon,
    request_of,
    terms_of,
)
from reelway.wires.native.hooks import ROUTES, NativeHooks
from reelway.wires.native.supply import ROUTES as SUPPLY_ROUTES
from reelway.wires.native.supply import NativeSupply, model_told
from reelway.wires.native.tasks import fields_of, read_view, write_view

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


def _resource(resource: Resource) -> dict[str, Any]:
    known = {name: value for name, value in resource.data.items() if name != "v"}
    return {
        "id": resource.public_id,
        "object": resource.kind,
        "name": resource.name,
        **known,
        "created_at": resource.created_at,
    }


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
        Route(method="POST", path=TASKS + "/{id}/cancel", operation="cancel", body=CancelBody),
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
    answers = ANSWERS

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

    def read_cancel(self, call: Call) -> bool:
        return read_abandon(call)

    def write_receipt(self, view: View) -> Reply:
        return Reply(status=201, data=write_view(view))

    def write_task(self, view: View) -> Reply:
        return Reply(status=200, data=write_view(view))

    def write_list(self, views: Sequence[View], next_id: str | None) -> Reply:
        return Reply(
            status=200, data={"data": [write_view(view) for view in views], "next": next_id}
        )

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
            **fields_of(request),
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
        return {"type": event_of(view.status, 1), "data": write_view(view)}

    # asking

    def write_request(self, request: VideoRequest) -> Call:
        if request.kind == "voice":
            raise errors.Unsupported("a voice cannot be made in this wire", field="kind")
        said = fields_of(request, sources=True)
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
        return read_view(reply.data)

    def read_webhook(self, call: Call) -> View:
        return read_view(part(call.data, "data", dict))

    def read_error(self, reply: Reply) -> ReelwayError:
        said = part(reply.data, "error", dict)
        code = part(said, "code", str) or None
        error = error_of(reply, part(said, "message", str), REFUSALS.get(reply.status), code)
        error.field = part(said, "field", str) or None
        return error


wire = Native()
