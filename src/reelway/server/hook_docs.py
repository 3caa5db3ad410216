"""What documents say of the calls about webhooks: titles, summaries, queries, sample answers.

replies_of(wire, route, at)    answers as the wire writes them, over samples
thing_of(route)                what the id in its path is of
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reelway import ids, words
from reelway.announce import sample
from reelway.hooks import HookWords, Trial
from reelway.webhook import Delivery, Endpoint, HookOperation, Try
from reelway.wire import Operation, Reply, Route, Wire

TITLES: Mapping[Operation, str] = {
    "webhook_create": "Register a webhook",
    "webhook_list": "List webhooks",
    "webhook_show": "Show a webhook",
    "webhook_change": "Change a webhook",
    "webhook_delete": "Delete a webhook",
    "webhook_rotate": "Change a webhook's secret",
    "webhook_test": "Try a webhook",
    "webhook_replay": "Send again what was missed",
    "secret_show": "Show the signing secret",
    "secret_rotate": "Change the signing secret",
    "delivery_list": "List deliveries",
    "delivery_show": "Show a delivery",
    "delivery_redeliver": "Deliver again",
}
SUMMARIES: Mapping[Operation, str] = {
    "webhook_create": "Be told of all your tasks at an address. Its secret is in this answer "
    "alone; an owner has five at most.",
    "webhook_list": "Your webhooks, the oldest first.",
    "webhook_show": "A webhook of yours, and whether it is enabled.",
    "webhook_change": "Set what is given; the rest stays. Enabling a webhook clears why it was "
    "disabled.",
    "webhook_delete": "Forget a webhook, with its deliveries.",
    "webhook_rotate": "A new secret, in this answer alone. The old one goes on signing besides for "
    "a day.",
    "webhook_test": "Send a made-up task to it at once, and tell what it answered.",
    "webhook_replay": "Send again what has happened since a time and did not arrive.",
    "secret_show": "What calls to addresses that are named in requests are signed with.",
    "secret_rotate": "A new secret for addresses that are named in requests. The old one goes on "
    "signing besides for a day.",
    "delivery_list": "What was sent, or is to be, the newest first.",
    "delivery_show": "A delivery, with what was sent and answered at each try.",
    "delivery_redeliver": "Send it again now, with the same id and all its tries.",
}
QUERIES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("limit", "How many at most. Absent: 20. Must be between 1 and 100.", {"type": "integer"}),
    ("after", "Only those older than this one, for the next page.", {"type": "string"}),
    ("task", "Only those about this task.", {"type": "string"}),
    ("endpoint", "Only those to this webhook.", {"type": "string"}),
    ("status", "Only those in this status: pending, delivered or failed.", {"type": "string"}),
)
BODY_MAY_LACK: tuple[Operation, ...] = ("webhook_rotate", "secret_rotate")
PLAIN: tuple[Operation, ...] = ("webhook_list", "secret_show", "delivery_list")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of nobody


def thing_of(route: Route) -> str:
    if route.operation.startswith("delivery"):
        return "delivery"
    return "webhook" if route.operation in SUMMARIES else route.resource or "task"


def replies_of(
    wire: Wire, route: Route, at: int, sample_id: Callable[[Callable[[int], str]], str]
) -> list[tuple[str, Reply]]:
    if wire.hooks is None:
        return []
    endpoint = Endpoint(
        public_id=sample_id(lambda now: ids.ulid("endpoint", now)),
        owner_id=1,
        url=words.WEBHOOK_EXAMPLE,
        wire=wire.name,
        events=("task.succeeded", "task.failed"),
        created_at=at,
    )
    delivery = Delivery(
        id=1,
        public_id="msg_7f0c7f7e2ad34c6e9a5b8f3d1c2e4a60",
        owner_id=1,
        task_id=1,
        task=sample_id(wire.mint_id),
        endpoint_id=1,
        endpoint=endpoint.public_id,
        url=endpoint.url,
        wire=wire.name,
        event="task.succeeded",
        event_at=at,
        status="delivered",
        tries=1,
        created_at=at,
        ended_at=at + 84,
    )
    operation: Any = route.operation
    return [("", _reply(wire, wire.hooks, operation, endpoint, delivery, at))]


def _reply(
    wire: Wire,
    hooks: HookWords,
    operation: HookOperation,
    endpoint: Endpoint,
    delivery: Delivery,
    at: int,
) -> Reply:
    view = sample(wire, "task.succeeded", at)
    sent = Try(
        at=at,
        milliseconds=84,
        status=204,
        request=f"POST {endpoint.url}\nwebhook-id: {delivery.public_id}\n"
        f"webhook-timestamp: {at // 1000}\nwebhook-signature: v1,…\n\n"
        f'{{"type":"task.succeeded","data":{{"id":"{delivery.task}","prompt":'
        f'"{view.request.prompt}"…',
    )
    match operation:
        case "webhook_create":
            return hooks.write_endpoint(endpoint, secret=SECRET, created=True)
        case "webhook_rotate":
            return hooks.write_endpoint(endpoint, secret=SECRET)
        case "webhook_show" | "webhook_change":
            return hooks.write_endpoint(endpoint)
        case "webhook_list":
            return hooks.write_endpoints([endpoint])
        case "webhook_delete":
            return wire.write_deleted(endpoint.public_id, "endpoint")
        case "webhook_test":
            trial = Trial(event="task.succeeded", delivered=True, outcome=sent)
            return hooks.write_trial(trial)
        case "webhook_replay":
            return hooks.write_replayed(3)
        case "secret_show" | "secret_rotate":
            return hooks.write_secret(SECRET)
        case "delivery_list":
            return hooks.write_deliveries([delivery], None)
        case "delivery_show" | "delivery_redeliver":
            return hooks.write_delivery(delivery, [sent])
