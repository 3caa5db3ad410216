"""Calls about webhooks: endpoints, their secrets, deliveries. One function an operation.

Everything here is the caller's own: the store knows another owner's for nobody's. What changes who
is told, or by which secret, is in the audit log, with the key that did it; of an address only its
host, for the rest may be a secret.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import to_json

from reelway import ids, signing
from reelway.announce import new_secret, sample, secrets_of, signed
from reelway.errors import Conflict, InvalidRequest, UnknownRoute, UnknownTask
from reelway.hooks import HookWords, Trial
from reelway.ids import PUBLIC_ID
from reelway.log import say
from reelway.notify import post
from reelway.outbound import check_address
from reelway.server.asked import Asked, with_body
from reelway.server.http import Out, Stream, out
from reelway.webhook import (
    MOST_ENDPOINTS,
    MOST_REPLAYED,
    OVER,
    Delivery,
    Endpoint,
    EndpointOrder,
    WebhookEvent,
)
from reelway.wire import Operation, wires

DAY = 86_400_000  # milliseconds
BY_USER = "by its owner"  # why an endpoint is disabled


async def create(asked: Asked) -> Out:
    order, means = _words(asked).read_endpoint(with_body(asked)), asked.means
    wire, url = order.wire or "", order.url or ""
    _check_address(url, asked)
    now, secret = means.now(), signing.mint_secret()
    endpoint = Endpoint(
        public_id=ids.ulid("endpoint", now),
        owner_id=asked.key.owner_id,
        url=url,
        wire=wire,
        events=_events(order.events, wire),
        description=order.description or "",
        created_at=now,
    )
    made = await means.store.add_endpoint(endpoint, means.seal.seal(secret), MOST_ENDPOINTS)
    if made is None:
        raise Conflict(f"there are {MOST_ENDPOINTS} webhooks already, the most that an owner has")
    say("webhook.added", endpoint=made.public_id, owner=made.owner_id)
    told = {"url": url, "wire": wire, "events": list(made.events)}
    await _write_down(asked, "webhook.create", made.public_id, told)
    return out(_words(asked).write_endpoint(made, secret=secret, created=True))


async def list_all(asked: Asked) -> Out:
    found = await asked.means.store.endpoints(asked.key.owner_id)
    return out(_words(asked).write_endpoints(found))


async def show(asked: Asked) -> Out:
    return out(_words(asked).write_endpoint(await _endpoint(asked)))


async def change(asked: Asked) -> Out:
    endpoint = await _endpoint(asked)
    order = _words(asked).read_change(with_body(asked))
    changes = _changes(order, endpoint, asked)
    changed = await asked.means.store.change_endpoint(
        asked.key.owner_id, endpoint.public_id, changes
    )
    if changed is None:
        raise UnknownTask("no such webhook")
    if changes:
        told = {name: value for name, value in changes.items() if not name.startswith("disabled")}
        told |= {"enabled": changes["disabled_at"] is None} if "disabled_at" in changes else {}
        await _write_down(asked, "webhook.change", endpoint.public_id, told)
    return out(_words(asked).write_endpoint(changed))


def _changes(order: EndpointOrder, endpoint: Endpoint, asked: Asked) -> Mapping[str, Any]:
    changes: dict[str, Any] = {}
    if order.url is not None:
        _check_address(order.url, asked)
        changes["url"] = order.url
    if order.wire is not None or order.events is not None:
        wire = order.wire or endpoint.wire
        changes["events"] = _events(order.events or endpoint.events, wire)
        changes["wire"] = wire
    if order.description is not None:
        changes["description"] = order.description
    if order.enabled is True:
        changes |= {"disabled_at": None, "disabled_why": None}
    elif order.enabled is False and endpoint.disabled_at is None:
        changes |= {"disabled_at": asked.means.now(), "disabled_why": BY_USER}
    return changes


async def delete(asked: Asked) -> Out:
    public_id = asked.call.path_args.get("id", "")
    owner_id = asked.key.owner_id
    known = PUBLIC_ID.fullmatch(public_id)
    if not known or not await asked.means.store.delete_endpoint(owner_id, public_id):
        raise UnknownTask("no such webhook")
    say("webhook.deleted", endpoint=public_id, owner=owner_id)
    await _write_down(asked, "webhook.delete", public_id, {})
    return out(asked.wire.write_deleted(public_id, "endpoint"))


async def rotate(asked: Asked) -> Out:
    endpoint = await _endpoint(asked)
    now = _words(asked).read_rotation(with_body(asked))
    secret = await new_secret(endpoint.owner_id, endpoint.id, asked.means, expire_now=now)
    await _write_down(asked, "webhook.rotate", endpoint.public_id, {"expire_now": now})
    return out(_words(asked).write_endpoint(endpoint, secret=secret))


async def test(asked: Asked) -> Out:
    endpoint, means = await _endpoint(asked), asked.means
    if endpoint.id in means.outbox.trials:
        raise Conflict("a test of this webhook is under way")
    event: WebhookEvent = next((e for e in endpoint.events if e in OVER), endpoint.events[0])
    wire, at = wires().get(endpoint.wire), means.now()
    if wire is None:
        raise Conflict(f"this server speaks no {endpoint.wire} any more; change the wire")
    body = to_json(wire.write_webhook(sample(wire, event, at)))
    secrets = await secrets_of(endpoint.owner_id, endpoint.id, means)
    message = signed(ids.ulid("msg_test", at), body, secrets, at)
    means.outbox.trials.add(endpoint.id)
    try:
        outcome, _ = await post(endpoint.url, message, at, means)
    finally:
        means.outbox.trials.discard(endpoint.id)
    trial = Trial(event=event, delivered=outcome.error is None, outcome=outcome)
    return out(_words(asked).write_trial(trial))


async def replay(asked: Asked) -> Out:
    endpoint = await _endpoint(asked)
    since = _words(asked).read_replay(with_body(asked))
    _check_enabled(endpoint)
    means = asked.means
    # Where the log was emptied it looks as if nothing had ever arrived.
    kept = round(means.settings.retention.deliveries * DAY)
    since, now = max(since, means.now() - kept), means.now()
    count = await means.store.tell_again(endpoint, since, now, MOST_REPLAYED)
    if count:
        means.outbox.look_again()
    return out(_words(asked).write_replayed(count))


async def show_secret(asked: Asked) -> Out:
    secrets = await secrets_of(asked.key.owner_id, None, asked.means)
    return out(_words(asked).write_secret(secrets[0]))


async def rotate_secret(asked: Asked) -> Out:
    now = _words(asked).read_rotation(with_body(asked))
    secret = await new_secret(asked.key.owner_id, None, asked.means, expire_now=now)
    await _write_down(asked, "webhook_secret.rotate", "", {"expire_now": now})
    return out(_words(asked).write_secret(secret))


async def list_deliveries(asked: Asked) -> Out:
    wanted = _words(asked).read_deliveries(asked.call)
    more = replace(wanted, limit=wanted.limit + 1)
    found = await asked.means.store.deliveries(asked.key.owner_id, more)
    page = found[: wanted.limit]
    next_id = page[-1].public_id if len(found) > wanted.limit else None
    return out(_words(asked).write_deliveries(page, next_id))


async def show_delivery(asked: Asked) -> Out:
    return await _told(await _delivery(asked), asked)


async def redeliver(asked: Asked) -> Out:
    delivery, means, owner_id = await _delivery(asked), asked.means, asked.key.owner_id
    if delivery.endpoint:
        endpoint = await means.store.endpoint(owner_id, delivery.endpoint)
        if endpoint:
            _check_enabled(endpoint)
    again = await means.store.redeliver(owner_id, delivery.public_id, means.now())
    if again is None:
        raise UnknownTask("no such delivery")
    means.outbox.put(again)
    means.outbox.stir()
    return await _told(again, asked)


OPERATIONS: Mapping[Operation, Callable[[Asked], Awaitable[Out | Stream]]] = {
    "webhook_create": create,
    "webhook_list": list_all,
    "webhook_show": show,
    "webhook_change": change,
    "webhook_delete": delete,
    "webhook_rotate": rotate,
    "webhook_test": test,
    "webhook_replay": replay,
    "secret_show": show_secret,
    "secret_rotate": rotate_secret,
    "delivery_list": list_deliveries,
    "delivery_show": show_delivery,
    "delivery_redeliver": redeliver,
}


def _words(asked: Asked) -> HookWords:
    if asked.wire.hooks is None:
        raise UnknownRoute("this wire has no calls about webhooks")
    return asked.wire.hooks


async def _write_down(asked: Asked, act: str, subject: str, told: Mapping[str, Any]) -> None:
    data, actor = {"owner": asked.key.owner, **told}, f"key {asked.key.prefix}"
    if "url" in data:
        data["host"] = urlsplit(data.pop("url")).hostname
    await asked.means.store.audit(actor, act, subject, data, asked.means.now())


def _check_address(url: str, asked: Asked) -> None:
    check_address(url, field="url", allowed=asked.means.outbound.allowed)


def _events(asked_for: tuple[WebhookEvent, ...] | None, wire_name: str) -> tuple[WebhookEvent, ...]:
    """Those asked for, or all that there are in that wire. Raises InvalidRequest for others."""
    wire = wires().get(wire_name)
    if wire is None:
        known = ", ".join(sorted(wires()))
        raise InvalidRequest(f"wire must be one of {known}", field="wire")
    for event in asked_for or ():
        if event not in wire.tells:
            has = ", ".join(wire.tells)
            words = f"events: there is no {event} in the words of {wire.name}, which has {has}"
            raise InvalidRequest(words, field="events")
    return asked_for or wire.tells


def _check_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise Conflict("the webhook is disabled; set enabled to true first")


async def _endpoint(asked: Asked) -> Endpoint:
    public_id, found = asked.call.path_args.get("id", ""), None
    if PUBLIC_ID.fullmatch(public_id):
        found = await asked.means.store.endpoint(asked.key.owner_id, public_id)
    if found is None:
        raise UnknownTask("no such webhook")
    return found


async def _delivery(asked: Asked) -> Delivery:
    public_id, found = asked.call.path_args.get("id", ""), None
    if PUBLIC_ID.fullmatch(public_id):
        found = await asked.means.store.delivery(asked.key.owner_id, public_id)
    if found is None:
        raise UnknownTask("no such delivery")
    return found


async def _told(delivery: Delivery, asked: Asked) -> Out:
    tries = await asked.means.store.tries(delivery.id)
    return out(_words(asked).write_delivery(delivery, tries))
