"""Answers as a wire writes them, over a sample task: for documents, so that they cannot be wrong.

    replies_of(wire, route)       where all goes well
    refusals_of(wire, route)      where not, and when

Nothing here knows a vendor, and everything is the same in every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from reelway import errors, ids, words
from reelway.cancel import NEEDS_ABANDON
from reelway.engine import Model
from reelway.errors import ReelwayError, RequestError
from reelway.request import FRAME_RATE, RESOLUTIONS, VideoRequest, frame_size
from reelway.resource import Resource, ResourceKind
from reelway.server import hook_docs, hosted_docs, supply_docs, usage
from reelway.server.docs import HERE
from reelway.server.examples import AT, ORDERS, Example, dry_run, read, sample_id
from reelway.task import Fault, Status, View
from reelway.webhook import MOST_ENDPOINTS
from reelway.wire import Reading, Reply, Route, Wire

SHA256 = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
MODELS = (
    Model(
        id="kling-v3",
        engine="animatic",
        engines=("animatic",),
        kinds=("text", "image", "reference"),
        resolutions=RESOLUTIONS,
        durations=(5, 10),
        takes=("sound", "shots"),
        replaced_by="animatic",
    ),
    Model(id="kling-o3", reason="no engine is configured for this model"),
)
FAULT = Fault(code="engine_died", message="the engine ended three times without getting further")


def view_of(wire: Wire, example: Example | None, id: str, status: Status = "succeeded") -> View:
    """The task that the example makes, as it stands in that status."""
    request = example.request if example else VideoRequest(prompt=words.FILM)
    asked = example.reading.model_asked if example and isinstance(example.reading, Reading) else ""
    begun, done = status not in ("queued", "cancelled"), status == "succeeded"
    film = done and request.kind != "voice"
    return View(
        id=id,
        status=status,
        wire=wire.name,
        model=request.model,
        model_asked=asked or request.model,
        request=request,
        progress={"running": 40, "succeeded": 100}.get(status, 0),
        eta=3 if status == "running" else 0,
        engine="animatic" if begun else None,
        error=FAULT if status == "failed" else None,
        film=_film(request) if film else {},
        film_url=f"{HERE}/files/{id}/film.mp4?expires=1767315600&signature=M4x7" if film else None,
        film_expires_at=AT + 90_000_000 if film else None,
        poster_url=f"{HERE}/files/{id}/poster.jpg?expires=1767315600&signature=Tq2e"
        if film
        else None,
        voice_id="voice_NZ3W6YLCMU5DK4TQ7RXJ2EHVBA" if done and not film else None,
        accepted_at=AT,
        started_at=AT + 40 if begun else None,
        stored_at=AT + 4200 if done else None,
        finished_at=AT + 4250 if status in ("succeeded", "failed", "cancelled") else None,
    )


def _film(request: VideoRequest) -> Mapping[str, Any]:
    width, height = frame_size(request)
    return {
        "width": width,
        "height": height,
        "duration": float(request.duration),
        "frame_rate": float(FRAME_RATE),
        "frames": request.frames,
        "bytes": 1_834_211,
        "sha256": SHA256,
        "video_codec": "AVC",
        "audio": {"codec": "AAC", "channels": 2, "sample_rate": 48000, "duration": 5.0}
        if request.sound
        else None,
    }


RESOURCES: Mapping[ResourceKind, Mapping[str, Any]] = {
    "asset": {"sha256": SHA256, "media_type": "image/png", "bytes": 162, "width": 640},
    "voice": {"sample": SHA256, "seconds": 12.4, "pitch": 182.0, "brightness": 0.41},
    "element": {"frontal": {"source": f"asset:{SHA256}", "width": 640, "height": 360}},
}


@cache
def resource_of(kind: ResourceKind) -> Resource:
    id = sample_id(lambda now: ids.ulid(kind, now))
    name = "horizon.png" if kind == "asset" else "Mira"
    data = {**RESOURCES[kind], **({"height": 360} if kind == "asset" else {})}
    if kind == "element":
        data["references"] = []
    return Resource(public_id=id, owner_id=1, kind=kind, name=name, data=data, created_at=AT)


def replies_of(wire: Wire, route: Route, example: Example | None = None) -> list[tuple[str, Reply]]:
    """The answers of a route that does as it is asked, each with what it is of."""
    if route.resource:
        return [("", _about_resource(wire, route, resource_of(route.resource)))]
    if route.operation in hook_docs.SUMMARIES:
        return hook_docs.replies_of(wire, route, AT, sample_id)
    if route.operation in supply_docs.SUMMARIES:
        reading = example.reading if example else None
        plain = reading if isinstance(reading, Reading) else None
        return supply_docs.replies_of(wire, route, AT, plain)
    id = sample_id(wire.mint_id)

    def at(status: Status) -> View:
        return view_of(wire, example, id, status)

    if route.operation == "create":
        out = [("The task", wire.write_receipt(at("queued")))]
        if (
            example
            and isinstance(reading := example.reading, Reading)
            and dry_run(wire, route, example)
        ):
            out.append(("With ?dry_run=true", wire.write_dry_run(reading, at("queued"))))
        return out
    if route.operation == "show":
        statuses: tuple[Status, ...] = ("succeeded", "running", "queued", "failed")
        shown = [(status.capitalize(), wire.write_task(at(status))) for status in statuses]
        hosted = [(when, wire.write_task(view)) for when, view in hosted_docs.views(at)]
        told = hosted[0][1].data != shown[0][1].data  # most vendors tell nothing of all this
        return [*shown, *hosted] if told else shown
    if route.operation == "list":
        return [("", wire.write_list([at("queued"), at("running"), at("succeeded")], None))]
    if route.operation == "cancel":
        gone = replace(at("cancelled"), engine="novita-eu", cost=hosted_docs.HELD)
        both = [wire.write_task(view) for view in (at("cancelled"), gone)]
        return [("Stopped", both[0]), ("Abandoned", both[1])]
    if route.operation in ("task_events", "events"):
        return []  # no JSON: see `event_docs`
    if route.operation == "models":
        return [("", wire.write_models(MODELS))]
    if route.operation == "usage":
        return usage.replies()
    return [("", wire.write_deleted(id))] if route.operation == "delete" else []


def _about_resource(wire: Wire, route: Route, resource: Resource) -> Reply:
    if route.operation == "resource_list":
        return wire.write_resources([resource], None)
    if route.operation == "resource_delete":
        return wire.write_deleted(resource.public_id, resource.kind)
    created = route.operation in ("upload", "resource_create")
    return wire.write_resource(resource, created=created)


# Refusals


def refusals_of(wire: Wire, route: Route, example: Example | None) -> list[tuple[str, Reply]]:
    """What a call may be refused with, and when, in the order of the statuses."""
    operation = route.operation
    made = operation in (*ORDERS, "upload")
    one = operation in ("show", "cancel", "delete", "resource_show", "resource_delete")
    one = one or operation == "task_events"
    one |= "{" in route.path
    thing = hook_docs.thing_of(route)
    many = errors.Conflict(f"there are {MOST_ENDPOINTS} webhooks already")
    large = errors.BodyTooLarge("the body is larger than 67,108,864 bytes")
    full = errors.QueueFull("too many tasks are queued", retry_after=5)
    late = errors.Conflict("the task is succeeded already")
    held = errors.Conflict(hosted_docs.HELD_BY_VENDOR, code=NEEDS_ABANDON, field="abandon")
    reused = errors.KeyReused("this Idempotency-Key came with another request before")
    wait = errors.InvalidRequest("wait must be a number of seconds between 0 and 60", field="wait")
    day = errors.InvalidRequest("from must be a day, such as 2026-03-29", field="from")
    poor = errors.BudgetExhausted(
        "the key's budget is 5.00 USD for a day, of which 4.80 USD are spent or held; this takes "
        "0.42 USD"
    )
    last = errors.InvalidRequest("Last-Event-ID must be the id of an event", field="Last-Event-ID")
    told: list[tuple[bool, str, ReelwayError]] = [
        (operation == "show", "The wait is none.", wait),
        (operation in ("task_events", "events"), "The Last-Event-ID is none.", last),
        (operation == "usage", "A part of the query is wrong.", day),
        (operation == "create", "The key's budget does not reach.", poor),
        (made, "A field is wrong.", _wrong_field(wire, route, example)),
        (True, "There is no key.", errors.Unauthenticated("the Authorization header is missing")),
        (True, "The key is unknown or revoked.", errors.KeyRefused("the key is not valid")),
        (one, f"There is no such {thing}.", errors.UnknownTask(f"no such {thing}")),
        (operation in ("cancel", "delete"), "The task is not in a state for it.", late),
        (operation == "cancel", "A vendor works on it, and abandon is not asked for.", held),
        (operation == "webhook_create", "There are five already.", many),
        (made, "The body is too large.", large),
        (operation == "create", "The Idempotency-Key came with another request before.", reused),
        (operation == "create", "Too many tasks wait already.", full),
        (True, "The server cannot do it now.", errors.Overloaded("try again", retry_after=5)),
    ]
    replies = [(when, wire.write_error(error)) for there, when, error in told if there]
    return sorted(replies, key=lambda entry: entry[1].status)


def _wrong_field(wire: Wire, route: Route, example: Example | None) -> ReelwayError:
    """As the wire itself refuses a film of no length, or a body with nothing in it."""
    body = {**example.body, wire.name_field("duration"): 0} if example else {}
    if route.operation != "create":
        body = {}
    try:
        if route.operation != "upload":
            read(wire, route, body)
    except RequestError as error:
        return error
    return errors.InvalidRequest("file is required: one part with a file", field="file")
