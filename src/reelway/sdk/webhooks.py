"""For receivers of webhooks: was it sent by who has the secret, and just now?

    event = verify_webhook(body, headers, secret)      the bytes as they came; else WebhookRefused

It is Standard Webhooks, so any library of that name does the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from reelway import signing
from reelway.errors import RequestError
from reelway.sdk.errors import WebhookRefused


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance: int = signing.TOLERANCE,
    now: float | None = None,
) -> Any:
    """What the body says, once it is known who sent it. `secret` is the endpoint's, or the
    owner's for an address that was named in a request; a list while it is being changed.
    `tolerance` is how many seconds old it may be at `now` (Unix seconds; default: this moment).

    A repetition is told by its `webhook-id`, which stays the same. Raises WebhookRefused.
    """
    secrets = [secret] if isinstance(secret, str) else list(secret)
    at = time.time() if now is None else now
    try:
        signing.verify(secrets, headers, body, round(at * 1000), tolerance)
        return json.loads(body)
    except RequestError as error:
        raise WebhookRefused(error.message, code=error.code, field=error.field) from None
    except ValueError:
        raise WebhookRefused("the body is not JSON", code="invalid_body") from None
