"""Announce: what goes out for a delivery, in the words of its wire and signed.

    told(delivery, task, means)         the task as of the event that the delivery tells
    message(delivery, view, means)      body and headers of one try
    sample(wire, event, now)            a made-up task, to try a receiver with

    secrets_of(…), new_secret(…)        what is signed with: an endpoint's own secrets, or, for
                                        addresses that requests name, the owner's
    check_webhook(url, wire, …)         an address that a request names, before it is accepted

An id stays the same through all tries of a delivery; the time is that of the try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic_core import to_json

from reelway import __version__, signing
from reelway.addresses import BadAddress, parse
from reelway.errors import InvalidRequest
from reelway.log import complain
from reelway.means import Means
from reelway.outbound import check_address
from reelway.request import VideoRequest
from reelway.seal import SealBroken
from reelway.task import Fault, Status, Task, View
from reelway.view import view
from reelway.webhook import OLD_SECRET, OVER, Delivery, WebhookEvent
from reelway.wire import Wire, wires

AGENT = f"Reelway/{__version__}"


@dataclass(frozen=True, kw_only=True)
class Message:
    body: bytes
    headers: Mapping[str, str]


async def told(delivery: Delivery, task: Task, means: Means) -> View:
    """An end is told as it stands in the row. What came before it is told as of then, however
    late it goes out: with the status of the event, and without a film."""
    now = replace(view(task, means), notified_at=None)
    if delivery.event in OVER:
        return now
    running = delivery.event == "task.running"
    attempt = await _attempt(delivery, means) if running else 1
    report = {name: value for name, value in now.report.items() if name == "ignored"}
    return replace(
        now,
        status="running" if running else "queued",
        attempt=attempt,
        progress=0,
        eta=0,
        position=None,
        error=None,
        report=report,
        film={},
        film_url=None,
        film_expires_at=None,
        poster_url=None,
        voice_id=None,
        started_at=delivery.event_at if running else None,
        stored_at=None,
        finished_at=None,
    )


async def _attempt(delivery: Delivery, means: Means) -> int:
    events = await means.store.events(delivery.task_id)
    begun = [e.attempt for e in events if (e.status, e.at) == ("running", delivery.event_at)]
    return begun[0] if begun else 1


async def message(delivery: Delivery, seen: View, at: int, means: Means) -> Message:
    """Raises KeyError for a wire that is no more, SealBroken where the secret cannot be opened."""
    body = to_json(wires()[delivery.wire].write_webhook(seen))
    secrets = await secrets_of(delivery.owner_id, delivery.endpoint_id, means)
    return signed(delivery.public_id, body, secrets, at)


def signed(id: str, body: bytes, secrets: list[str], at: int) -> Message:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        **signing.headers(secrets, id, at, body),
    }
    return Message(body=body, headers=headers)


def sample(wire: Wire, event: WebhookEvent, now: int) -> View:
    """Nobody's task: its id is of the wire's form, its film leads nowhere."""
    status: Status = "queued"
    for one in ("running", "succeeded", "failed", "cancelled"):
        status = one if event == f"task.{one}" else status
    id, over, film = wire.mint_id(now), event in OVER, status == "succeeded"
    return View(
        id=id,
        status=status,
        wire=wire.name,
        model="animatic",
        model_asked="animatic",
        request=VideoRequest(prompt="A sample, to try this webhook", model="animatic"),
        progress=100 if film else 0,
        engine="animatic",
        error=Fault(code="sample", message="a sample of a failure") if status == "failed" else None,
        film_url=f"https://films.example.com/{id}/film.mp4" if film else None,
        film_expires_at=now if film else None,
        accepted_at=now,
        started_at=None if status == "queued" else now,
        stored_at=now if film else None,
        finished_at=now if over else None,
    )


# Secrets


async def secrets_of(owner_id: int, endpoint_id: int | None, means: Means) -> list[str]:
    """Those that are good now, the newest first; the owner's is made at first need. Raises
    SealBroken for the newest alone: where that was set anew, as a lost key wants it, those before
    it cannot be opened, and sign no more."""
    sealed = await means.store.secrets(owner_id, endpoint_id, means.now())
    if not sealed:
        await _add(owner_id, endpoint_id, signing.mint_secret(), means, first=True)
        sealed = await means.store.secrets(owner_id, endpoint_id, means.now())
    secrets = [means.seal.open(sealed[0])]
    for one in sealed[1:]:
        try:
            secrets.append(means.seal.open(one))
        except SealBroken as error:
            complain("webhook.unsealed", error=str(error))
    return secrets


async def new_secret(
    owner_id: int, endpoint_id: int | None, means: Means, *, expire_now: bool
) -> str:
    """Those before it go on signing besides, so that a receiver can change in its own time."""
    secret = signing.mint_secret()
    await _add(owner_id, endpoint_id, secret, means, expire_now=expire_now)
    return secret


async def _add(
    owner_id: int,
    endpoint_id: int | None,
    secret: str,
    means: Means,
    *,
    first: bool = False,
    expire_now: bool = False,
) -> None:
    now = means.now()
    until = now if expire_now else now + OLD_SECRET * 1000
    sealed = means.seal.seal(secret)
    await means.store.add_secret(owner_id, endpoint_id, sealed, now, until, first)


# Addresses


def check_webhook(url: str, wire: Wire, field: str, means: Means) -> None:
    """Raises InvalidRequest naming `field`."""
    check_address(url, field=field, allowed=means.outbound.allowed)
    if wire.secure_hooks and not _opened(url, means):
        raise InvalidRequest(f"{field} must begin with https://", field=field)


def _opened(url: str, means: Means) -> bool:
    """Whether it is https, or lies in a range that the operator opened: for development."""
    try:
        where = parse(url)
    except BadAddress:
        return False
    inside = where.ip and any(where.ip in network for network in means.outbound.allowed)
    return where.scheme == "https" or bool(inside)
