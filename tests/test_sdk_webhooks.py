"""verify_webhook: for receivers, over what another's implementation has signed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from reelway.client import Error, WebhookRefused, verify_webhook

NOW = 1_760_000_000
# Not minted here: a case is named by them, and two test workers must name it alike.
SECRET, OTHER = f"whsec_{'QUJD' * 10}", f"whsec_{'REVG' * 10}"
BODY = '{"type": "task.succeeded", "data": {"prompt": "ü"}}'.encode()


def headers(body: bytes = BODY, at: int = NOW, **changes: str) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), body.decode())
    plain = {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(at), "Webhook-Signature": signature}
    return {**plain, **changes}


def test_it_says_what_was_sent() -> None:
    for secret in (SECRET, [SECRET], (OTHER, SECRET)):
        told = verify_webhook(BODY, headers(), secret, now=NOW + 299.9)
        assert told == {"type": "task.succeeded", "data": {"prompt": "ü"}}


@pytest.mark.parametrize(
    ("body", "given", "secret", "words"),
    [
        (BODY, headers(), OTHER, "webhook-signature does not fit"),
        (BODY + b" ", headers(), SECRET, "webhook-signature does not fit"),
        (BODY, headers(at=NOW - 301), SECRET, "too old"),
        (BODY, headers(at=NOW + 301), SECRET, "too far in the future"),
        (BODY, {"webhook-id": "msg_1"}, SECRET, "webhook-timestamp is missing"),
        (BODY, {}, SECRET, "webhook-id is missing"),
        (BODY, headers(), "whsec_short", "the webhook secret is not"),
        (b"no", headers(b"no"), SECRET, "the body is not JSON"),
    ],
)
def test_it_refuses(body: bytes, given: dict[str, str], secret: str, words: str) -> None:
    with pytest.raises(WebhookRefused, match=words) as error:
        verify_webhook(body, given, secret, now=NOW)
    assert isinstance(error.value, Error)
    assert SECRET not in error.value.message


def test_the_time_is_now_unless_said() -> None:
    with pytest.raises(WebhookRefused, match="too old"):
        verify_webhook(BODY, headers(), SECRET)
    assert verify_webhook(BODY, headers(), SECRET, tolerance=10**11)
