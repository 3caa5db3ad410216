"""Telling somebody: endpoints that an owner registered, deliveries, and the tries of each.

A delivery is one message to one address: it keeps its id (the `webhook-id` header) through every
try, so that a receiver knows a repetition. Its row is written in the transaction of the status
that it tells of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reelway.task import Status

# What the calls of an owner about webhooks ask for.
HookOperation = Literal[
    "webhook_create",
    "webhook_list",
    "webhook_show",
    "webhook_change",
    "webhook_delete",
    "webhook_rotate",
    "webhook_test",
    "webhook_replay",
    "secret_show",
    "secret_rotate",
    "delivery_list",
    "delivery_show",
    "delivery_redeliver",
]
WebhookEvent = Literal[
    "task.created", "task.running", "task.succeeded", "task.failed", "task.cancelled"
]
DeliveryStatus = Literal["pending", "delivered", "failed"]

EVENTS: tuple[WebhookEvent, ...] = (
    "task.created",
    "task.running",
    "task.succeeded",
    "task.failed",
    "task.cancelled",
)
EVENT_OF: Mapping[Status, WebhookEvent] = {
    "queued": "task.created",
    "running": "task.running",
    "succeeded": "task.succeeded",
    "failed": "task.failed",
    "cancelled": "task.cancelled",
}
OVER: tuple[WebhookEvent, ...] = ("task.succeeded", "task.failed", "task.cancelled")
DELIVERY_STATUSES: tuple[DeliveryStatus, ...] = ("pending", "delivered", "failed")

MOST_ENDPOINTS = 5  # of an owner; MuleRouter's number
LONGEST_URL = 2048  # characters
LONGEST_DESCRIPTION = 200  # characters
OLD_SECRET = 24 * 3600  # seconds that a secret is good for once it was replaced
MOST_TRIES = 50  # of a delivery, in its log: who asks for it again and again is told the last
MOST_REPLAYED = 10_000  # deliveries by one call


def event_of(status: Status, attempt: int) -> WebhookEvent | None:
    """What a change to `status` is called; a task that is queued again is no news."""
    return EVENT_OF[status] if status != "queued" or attempt == 1 else None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address that is told of all of an owner's tasks. Times are UTC milliseconds."""

    id: int = 0
    public_id: str
    owner_id: int
    url: str
    wire: str  # in whose words it is told
    events: tuple[WebhookEvent, ...]
    description: str = ""
    disabled_at: int | None = None
    disabled_why: str | None = None
    failing_since: int | None = None  # the first failed try since the last that arrived
    created_at: int = 0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one address. `endpoint_id` is None where the request named the address."""

    id: int
    public_id: str  # the webhook-id
    owner_id: int
    task_id: int
    task: str  # public id
    endpoint_id: int | None
    endpoint: str | None  # public id
    url: str
    wire: str
    event: WebhookEvent
    event_at: int
    status: DeliveryStatus
    tries: int = 0  # since it was last asked for
    next_at: int = 0  # when it is to be tried
    created_at: int = 0
    ended_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Try:
    """One time that a delivery was sent. Request and answer are cut short, secrets left out."""

    at: int
    milliseconds: int
    status: int | None = None  # of HTTP; None: no answer
    error: str | None = None
    request: str = ""
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class EndpointOrder:
    """What is to be registered, or changed: None is left as it is."""

    url: str | None = None
    wire: str | None = None
    events: tuple[WebhookEvent, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryListing:
    """Which deliveries a list is to hold: newest first, older than `after`."""

    limit: int = 20
    after: str | None = None
    task: str | None = None
    endpoint: str | None = None
    status: DeliveryStatus | None = None
