"""What vendors tell us of their jobs: read to find the task, and to look at it now. Nothing more.

POST /hooks/<provider>/<token>    the address that a create named; the token fits one task
POST /hooks/<provider>            an account's own, signed with its `webhook_secret`

no such address 404    signature 403    too large 413    not readable 400    too many 429
everything else 204, whatever it says: who guesses learns nothing
"""

from __future__ import annotations

import hmac
import math
import re

from pydantic_core import from_json

from reelway.errors import InvalidBody, QueueFull, ReelwayError, UnknownRoute
from reelway.log import say
from reelway.means import Means
from reelway.provider import NAME, Provider
from reelway.providers import accounts_of
from reelway.server.http import Body, Out, Receive, Scope, headers_of, plain, read_body
from reelway.signing import verify
from reelway.submit import hook_token
from reelway.wire import Call, wires

ADDRESS = re.compile(rf"/hooks/({NAME})(?:/([A-Za-z0-9_-]{{1,80}}))?")
PREFIX = "/hooks/"
HIDDEN = PREFIX + "…"  # in the log: who knows a whole address may hurry a look
LARGEST = 256 << 10  # bytes: a task in a vendor's words is a few kilobytes


async def answer(scope: Scope, receive: Receive, body: Body, means: Means) -> Out:
    """Plain text: no vendor's client reads it."""
    try:
        await _take(scope, receive, body, means)
    except ReelwayError as error:
        later = {"retry-after": str(error.retry_after)} if error.retry_after else {}
        return plain(error.status, f"{error.message}\n", later)
    return Out(status=204)


async def _take(scope: Scope, receive: Receive, body: Body, means: Means) -> None:
    match = ADDRESS.fullmatch(scope["path"])
    account = accounts_of(means.engines).get(match[1]) if match else None
    if not match or not account or not _listens(account.provider, match[2]):
        raise UnknownRoute("no such address")
    provider, token = account.provider, match[2]
    if wait := means.hints.wait(provider.name, means.now()):
        raise QueueFull("too many messages", retry_after=math.ceil(wait))
    headers = headers_of(scope)
    raw = await read_body(receive, headers, min(LARGEST, means.settings.max_body), body)
    if token is None:
        assert provider.webhook_secret
        verify([provider.webhook_secret.get_secret_value()], headers, raw, means.now())
    job = _over(provider, raw)
    task_id = means.hints.whose(provider.name, job) if job else None
    if job is None or task_id is None:
        return
    if token is not None:
        wanted = hook_token(task_id, provider.name, means)
        if not hmac.compare_digest(wanted.encode(), token.encode()):
            return
    if means.hints.hurry(provider.name, job, means.now()):
        say("provider.hint", provider=provider.name, job=job)
        means.runner.wake(task_id)


def _listens(provider: Provider, token: str | None) -> bool:
    way = wires()[provider.wire].hints
    if token is None:
        return way == "account" and provider.webhook_secret is not None
    return way == "request"


def _over(provider: Provider, raw: bytes) -> str | None:
    """The job that is said to be over; None where it is said to go on. Raises InvalidBody."""
    try:
        data = from_json(raw, allow_inf_nan=False)
        view = wires()[provider.wire].read_webhook(Call(method="POST", path="/", data=data))
    except (ValueError, ReelwayError):
        raise InvalidBody("that is no message of this provider's") from None
    return view.id if view.status in ("succeeded", "failed", "cancelled") else None
