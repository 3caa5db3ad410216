"""Calls about webhooks in Reelway's own words: routes, bodies, and what is answered.

POST   /api/v1/webhooks                  → 201 the endpoint, with its secret
GET    /api/v1/webhooks                  → {"data": […]}
GET    /api/v1/webhooks/{id}             → the endpoint; POST changes it, DELETE forgets it
POST   /api/v1/webhooks/{id}/rotate      → the endpoint, with its new secret
POST   /api/v1/webhooks/{id}/test        → what the receiver said to a sample
POST   /api/v1/webhooks/{id}/replay      {"since"} → {"deliveries": how many}
GET    /api/v1/webhook-secret            → the secret for addresses that requests name
POST   /api/v1/webhook-secret/rotate     → the new one
GET    /api/v1/deliveries?task&endpoint&status&limit&after   → {"data": […], "next"}
GET    /api/v1/deliveries/{id}           → the delivery, with the log of its tries
POST   /api/v1/deliveries/{id}/redeliver → the delivery, pending again
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from reelway import words
from reelway.hooks import Trial
from reelway.limits import BIGGEST, Body, Limit, Maybe, Said, Switch, Text, Whole, read_body
from reelway.webhook import (
    LONGEST_DESCRIPTION,
    LONGEST_URL,
    Delivery,
    DeliveryListing,
    DeliveryStatus,
    Endpoint,
    EndpointOrder,
    Try,
    WebhookEvent,
)
from reelway.wire import Call, Reply, Route

WEBHOOKS, SECRET = "/api/v1/webhooks", "/api/v1/webhook-secret"
DELIVERIES = "/api/v1/deliveries"

Address = Annotated[Said, Limit(1, LONGEST_URL)]
WireName = Annotated[Said, Limit(1, 40)]
Event = Annotated[WebhookEvent, Limit()]
Events = Annotated[list[Event], Limit(1, 5)]
Description = Annotated[Text, Limit(0, LONGEST_DESCRIPTION)]
EXAMPLE = {"url": words.WEBHOOK_EXAMPLE, "events": ["task.succeeded", "task.failed"]}


class EndpointBody(Body, json_schema_extra={"examples": [EXAMPLE]}):
    url: Address = Field(description=words.ENDPOINT_URL)
    wire: Maybe[WireName] = Field(None, description=f"{words.ENDPOINT_WIRE} Absent: native.")
    events: Events | None = Field(None, description=words.ENDPOINT_EVENTS)
    description: Description | None = Field(None, description=words.ENDPOINT_DESCRIPTION)


class ChangeBody(Body):
    url: Address | None = Field(None, description=words.ENDPOINT_URL)
    wire: Maybe[WireName] = Field(None, description=words.ENDPOINT_WIRE)
    events: Events | None = Field(
        None, description="What it is told of from now on, in place of what it was told of."
    )
    description: Description | None = Field(None, description=words.ENDPOINT_DESCRIPTION)
    enabled: Switch | None = Field(None, description=words.ENDPOINT_ENABLED)


class RotateBody(Body):
    expire_now: Switch | None = Field(None, description=words.EXPIRE_NOW)


class ReplayBody(Body):
    since: Annotated[Whole, Limit(0, BIGGEST)] = Field(description=words.SINCE)


class DeliveryQuery(Body):
    limit: Annotated[Whole, Limit(1, 100)] = 20
    after: Annotated[Said, Limit(1, 80)] | None = None
    task: Annotated[Said, Limit(1, 80)] | None = None
    endpoint: Annotated[Said, Limit(1, 80)] | None = None
    status: Annotated[DeliveryStatus, Limit()] | None = None


ONE, RECORD = WEBHOOKS + "/{id}", DELIVERIES + "/{id}"
ROUTES = (
    Route(method="POST", path=WEBHOOKS, operation="webhook_create", body=EndpointBody),
    Route(method="GET", path=WEBHOOKS, operation="webhook_list"),
    Route(method="GET", path=ONE, operation="webhook_show"),
    Route(method="POST", path=ONE, operation="webhook_change", body=ChangeBody),
    Route(method="DELETE", path=ONE, operation="webhook_delete"),
    Route(method="POST", path=f"{ONE}/rotate", operation="webhook_rotate", body=RotateBody),
    Route(method="POST", path=f"{ONE}/test", operation="webhook_test"),
    Route(method="POST", path=f"{ONE}/replay", operation="webhook_replay", body=ReplayBody),
    Route(method="GET", path=SECRET, operation="secret_show"),
    Route(method="POST", path=f"{SECRET}/rotate", operation="secret_rotate", body=RotateBody),
    Route(method="GET", path=DELIVERIES, operation="delivery_list"),
    Route(method="GET", path=RECORD, operation="delivery_show"),
    Route(method="POST", path=f"{RECORD}/redeliver", operation="delivery_redeliver"),
)


class NativeHooks:
    def read_endpoint(self, call: Call) -> EndpointOrder:
        body = read_body(EndpointBody, call.data)
        return EndpointOrder(
            url=body.url,
            wire=body.wire or "native",
            events=_each(body.events),
            description=body.description or "",
        )

    def read_change(self, call: Call) -> EndpointOrder:
        body = read_body(ChangeBody, call.data)
        return EndpointOrder(
            url=body.url,
            wire=body.wire,
            events=_each(body.events),
            description=body.description,
            enabled=body.enabled,
        )

    def read_rotation(self, call: Call) -> bool:
        return bool(read_body(RotateBody, call.data).expire_now)

    def read_replay(self, call: Call) -> int:
        return read_body(ReplayBody, call.data).since

    def read_deliveries(self, call: Call) -> DeliveryListing:
        query = read_body(DeliveryQuery, dict(call.query))
        return DeliveryListing(
            limit=query.limit,
            after=query.after,
            task=query.task,
            endpoint=query.endpoint,
            status=query.status,
        )

    def write_endpoint(
        self, endpoint: Endpoint, *, secret: str | None = None, created: bool = False
    ) -> Reply:
        data = _endpoint(endpoint)
        if secret is not None:
            data["secret"] = secret
        return Reply(status=201 if created else 200, data=data)

    def write_endpoints(self, endpoints: Sequence[Endpoint]) -> Reply:
        return Reply(status=200, data={"data": [_endpoint(endpoint) for endpoint in endpoints]})

    def write_secret(self, secret: str) -> Reply:
        return Reply(status=200, data={"object": "webhook_secret", "secret": secret})

    def write_trial(self, trial: Trial) -> Reply:
        data = {"object": "webhook_test", "event": trial.event, "delivered": trial.delivered}
        return Reply(status=200, data={**data, **_try(trial.outcome)})

    def write_replayed(self, deliveries: int) -> Reply:
        return Reply(status=200, data={"object": "replay", "deliveries": deliveries})

    def write_delivery(self, delivery: Delivery, tries: Sequence[Try]) -> Reply:
        data = {**_delivery(delivery), "log": [_try(one) for one in tries]}
        return Reply(status=200, data=data)

    def write_deliveries(self, deliveries: Sequence[Delivery], next_id: str | None) -> Reply:
        return Reply(status=200, data={"data": [_delivery(d) for d in deliveries], "next": next_id})


def _each(events: Sequence[WebhookEvent] | None) -> tuple[WebhookEvent, ...] | None:
    """Each once, in the order given."""
    return None if events is None else tuple(dict.fromkeys(events))


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.public_id,
        "object": "endpoint",
        "url": endpoint.url,
        "wire": endpoint.wire,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "enabled": endpoint.disabled_at is None,
        "disabled_at": endpoint.disabled_at,
        "disabled_why": endpoint.disabled_why,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.public_id,
        "object": "delivery",
        "task": delivery.task,
        "endpoint": delivery.endpoint,
        "url": delivery.url,
        "wire": delivery.wire,
        "event": delivery.event,
        "event_at": delivery.event_at,
        "status": delivery.status,
        "tries": delivery.tries,
        "next_at": delivery.next_at if delivery.status == "pending" else None,
        "created_at": delivery.created_at,
        "ended_at": delivery.ended_at,
    }


def _try(one: Try) -> dict[str, Any]:
    return {
        "at": one.at,
        "milliseconds": one.milliseconds,
        "status": one.status,
        "error": one.error,
        "request": one.request,
        "answer": one.answer,
    }
