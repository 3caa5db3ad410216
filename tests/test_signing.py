"""Webhooks signed and checked, held against the `standardwebhooks` package both ways."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from reelway.signing import (
    ID,
    SIGNATURE,
    TIMESTAMP,
    SecretMalformed,
    SignatureRefused,
    headers,
    mint_secret,
    verify,
)

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLDER = "whsec_" + base64.b64encode(bytes(24)).decode()
NOW = 1_767_225_600_123  # 2026-01-01T00:00:00.123Z
BODY = '{"a": "ü", "b": "🎬.\\u0000"}\r\n'.encode()


def test_secrets_are_long_and_never_the_same():
    minted = {mint_secret() for _ in range(100)}
    assert len(minted) == 100
    for secret in minted:
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret[6:], validate=True)) == 32
        verify([secret], headers([secret], "msg_1", NOW, b"x"), b"x", NOW)


def test_the_form_is_kept():
    """The example in the specification's reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330_999, body) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


# Against the other implementation; it asks the clock, so these are of now


@pytest.mark.parametrize("body", [BODY, b"", b"{}", b" \n.\0", b"x" * 100_000])
def test_what_we_sign_the_package_takes(body):
    secret, at = mint_secret(), time.time_ns() // 1_000_000
    signed = headers([secret], "msg_1", at, body)
    Webhook(secret).verify(body, signed, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(mint_secret()).verify(body, signed, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", signed, json_parse=False)


def test_with_two_valid_secrets_either_is_enough():
    at = time.time_ns() // 1_000_000
    signed = headers([SECRET, OLDER], "msg_1", at, BODY)
    assert [text[:3] for text in signed[SIGNATURE].split(" ")] == ["v1,", "v1,"]
    for secret in (SECRET, OLDER):
        Webhook(secret).verify(BODY, signed, json_parse=False)
        verify([secret], signed, BODY, at)
        one = headers([secret], "msg_1", at, BODY)
        verify([OLDER, SECRET], one, BODY, at)


@pytest.mark.parametrize("body", [BODY, b"", b" \n.\0"])
@pytest.mark.parametrize("secret", [SECRET, OLDER, SECRET.rstrip("=")])
def test_what_the_package_signs_we_take(secret, body):
    at = datetime.fromtimestamp(NOW // 1000, tz=UTC)
    signature = Webhook(secret).sign(msg_id="msg_1", timestamp=at, data=body.decode())
    signed = {"Webhook-Id": "msg_1", "WEBHOOK-TIMESTAMP": str(NOW // 1000)}
    verify([secret], signed | {"Webhook-Signature": f"v1a,AAAA v1,AAAA {signature}"}, body, NOW)


# What is refused


def refused(words, field, secrets=(SECRET,), *, body=BODY, now=NOW, tolerance=300, **changed):
    signed = headers([SECRET], "msg_1", NOW, BODY)
    given = {f"webhook-{name}": value for name, value in changed.items()}
    given = {name: value for name, value in (signed | given).items() if value is not None}
    with pytest.raises(SignatureRefused, match=words) as error:
        verify(secrets, given, body, now, tolerance)
    assert (error.value.field, error.value.status) == (field, 403)
    assert signed[SIGNATURE] not in error.value.message


@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"\n", b"\xff\xfe" + BODY])
def test_a_changed_body(body):
    refused("does not fit", SIGNATURE, body=body)


def test_bytes_that_are_no_text():
    body = bytes(range(256))
    verify([SECRET], headers([SECRET], "msg_1", NOW, body), body, NOW)


def test_a_changed_id_or_time():
    refused("does not fit", SIGNATURE, id="msg_2")
    refused("does not fit", SIGNATURE, timestamp=str(NOW // 1000 + 1))
    refused("does not fit", SIGNATURE, timestamp="0" + str(NOW // 1000))
    refused("does not fit", SIGNATURE, secrets=[OLDER])
    refused("does not fit", SIGNATURE, secrets=[])


def test_nothing_moves_between_id_time_and_body():
    """With full stops in an id, one signed text could be read as another message."""
    moved = NOW // 1000 - 9
    signed = headers([SECRET], "a", NOW, BODY)
    twisted = signed | {ID: f"a.{NOW // 1000}", TIMESTAMP: str(moved)}
    with pytest.raises(SignatureRefused, match="webhook-id is malformed"):
        verify([SECRET], twisted, BODY, NOW)
    with pytest.raises(ValueError):
        headers([SECRET], "a.1", NOW, BODY)


@pytest.mark.parametrize(
    ("away", "words"), [(301_000, "too old"), (-301_000, "too far in the future")]
)
def test_a_time_that_is_not_now(away, words):
    second = NOW // 1000 * 1000  # that of the signature
    refused(f"{words}: more than 300 s", TIMESTAMP, now=second + away)
    refused(f"{words}: more than 10 s", TIMESTAMP, now=second + away // 27, tolerance=10)
    signed = headers([SECRET], "msg_1", NOW, BODY)
    verify([SECRET], signed, BODY, second + away * 300 // 301)
    verify([SECRET], signed, BODY, second + away, tolerance=301)


def test_who_guesses_is_not_told_about_the_time():
    refused("does not fit", SIGNATURE, timestamp="1", signature="v1,AAAA")


@pytest.mark.parametrize("name", [ID, TIMESTAMP, SIGNATURE])
def test_a_header_that_is_missing_or_there_twice(name):
    short = name.removeprefix("webhook-")
    refused(f"{name} is missing", name, **{short: None})
    refused(f"{name} is missing", name, **{short: ""})
    refused(f"{name} is there more than once", name, **{short.title(): "x"})


@pytest.mark.parametrize("id", ["a b", "a\n", "ü", "a\0", "x" * 257, "\ud800"])
def test_ids_that_no_header_carries(id):
    refused("webhook-id is malformed", ID, id=id)
    with pytest.raises(ValueError):
        headers([SECRET], id, NOW, BODY)


@pytest.mark.parametrize("text", ["x", "1e9", "1.0", " 1", "-5", "+5", "١٢٣", "9" * 12, "1_0"])
def test_times_that_are_none(text):
    refused("not a time in Unix seconds", TIMESTAMP, timestamp=text)


@pytest.mark.parametrize("text", ["v2,AAAA", "v1a,AAAA", "AAAA", " ", "v1", ",", "V1,AAAA", "\n"])
def test_signatures_of_another_kind(text):
    refused("holds no signature", SIGNATURE, signature=text)


@pytest.mark.parametrize("text", ["v1,", "v1,ü", "v1,\udcff", "v1,AAAA,v1", "v1,%s" % ("A" * 44)])
def test_signatures_that_do_not_fit(text):
    refused("does not fit", SIGNATURE, signature=text)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        SECRET[6:],
        "whsec_" + SECRET,
        SECRET[:-1] + "!",
        SECRET + "\n",
        "whsec_ü" + SECRET[7:],
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whpk_" + SECRET[6:],
    ],
)
def test_secrets_that_are_none(secret):
    with pytest.raises(SecretMalformed) as error:
        headers([SECRET, secret], "msg_1", NOW, BODY)
    assert SECRET[6:20] not in error.value.message
    with pytest.raises(SecretMalformed):
        verify([secret], headers([SECRET], "msg_1", NOW, BODY), BODY, NOW)


def test_nothing_goes_out_unsigned():
    with pytest.raises(ValueError):
        headers([], "msg_1", NOW, BODY)
    with pytest.raises(ValueError):
        headers([SECRET], "msg_1", -1001, BODY)
