"""Standard Webhooks 1.0.0: who made a webhook, told by HMAC-SHA256.

    secret = mint_secret()                                  "whsec_" and base64
    headers([secret, older], id, now, body)                 webhook-id         msg_…
                                                            webhook-timestamp  1767225600
                                                            webhook-signature  v1,K5oZ… v1,aB4d…
    verify([secret], headers, body, now)

One signature for each secret that is valid, so that a secret can be changed while webhooks go out.
What is signed is `id.timestamp.body`; an id with a full stop in it could be read in two ways
and is refused on both sides. The same few lines check what vendors send to us and serve the
SDK's users. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence

from reelway.errors import RequestError

PREFIX = "whsec_"
SHORTEST, MINTED, LONGEST = 24, 32, 64  # bytes of a secret
TOLERANCE = 300  # seconds
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_ID = re.compile(r"[!-\-/-~]{1,256}")  # what can be seen in ASCII, without the full stop
_SECONDS = re.compile(r"[0-9]{1,11}")


class SecretMalformed(RequestError):
    """A webhook secret that is none; the text does not repeat it."""

    code = "invalid_secret"


class SignatureRefused(RequestError):
    """A webhook that cannot be shown to come from who has the secret; `field` is the header."""

    status = 403
    code = "signature_refused"


def mint_secret() -> str:
    return PREFIX + base64.b64encode(random.token_bytes(MINTED)).decode("ascii")


def headers(secrets: Sequence[str], id: str, at: int, body: bytes) -> dict[str, str]:
    """What goes out with `body` at `at` (UTC milliseconds), signed with each of `secrets`.

    The id stays the same however often the webhook is sent; the time is that of this try.
    Raises SecretMalformed; ValueError if there is no secret, or for an id or time that no
    header can carry.
    """
    seconds = str(at // 1000)
    if not secrets:
        raise ValueError("a webhook is signed with at least one secret")
    if not _ID.fullmatch(id) or not _SECONDS.fullmatch(seconds):
        raise ValueError("not an id or time that a webhook can carry")
    return {ID: id, TIMESTAMP: seconds, SIGNATURE: " ".join(_sign(secrets, id, seconds, body))}


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: int,
    tolerance: int = TOLERANCE,
) -> None:
    """Raises SignatureRefused, which says what is wrong, unless one of `secrets` signed this
    body, as it came, within `tolerance` seconds of `now` (UTC milliseconds). SecretMalformed if
    a secret is none.
    """
    id, seconds, given = (_header(headers, name) for name in (ID, TIMESTAMP, SIGNATURE))
    if not _ID.fullmatch(id):
        raise SignatureRefused(f"{ID} is malformed", field=ID)
    if not _SECONDS.fullmatch(seconds):
        raise SignatureRefused(f"{TIMESTAMP} is not a time in Unix seconds", field=TIMESTAMP)
    wanted = _sign(secrets, id, seconds, body)
    signed = [text.encode("utf-8", "surrogatepass") for text in given.split(" ")]
    signed = [text for text in signed if text.startswith(b"v1,")]
    if not signed:
        raise SignatureRefused(f'{SIGNATURE} holds no signature "v1,…"', field=SIGNATURE)
    # Every pair is compared: how long it takes does not tell which one was right.
    same = [hmac.compare_digest(one.encode("ascii"), other) for one in wanted for other in signed]
    if not any(same):
        raise SignatureRefused(
            f"{SIGNATURE} does not fit: the secret is another one, or the body is not byte for "
            "byte as it was sent",
            field=SIGNATURE,
        )
    # Told only to who signed it.
    late = now / 1000 - int(seconds)
    if abs(late) > tolerance:
        which = "old" if late > 0 else "far in the future"
        words = f"{TIMESTAMP} is too {which}: more than {tolerance} s away; check the clocks"
        raise SignatureRefused(words, field=TIMESTAMP)


def _sign(secrets: Sequence[str], id: str, seconds: str, body: bytes) -> list[str]:
    text = f"{id}.{seconds}.".encode("ascii") + body
    digests = (hmac.digest(_key(secret), text, hashlib.sha256) for secret in secrets)
    return ["v1," + base64.b64encode(digest).decode("ascii") for digest in digests]


def _key(secret: str) -> bytes:
    """The bytes of a secret; some vendors write their base64 without the padding."""
    words = f"the webhook secret is not {PREFIX} and base64 of {SHORTEST} to {LONGEST} bytes"
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SecretMalformed(words) from None
    if text == secret or not SHORTEST <= len(key) <= LONGEST:
        raise SecretMalformed(words)
    return key


def _header(headers: Mapping[str, str], name: str) -> str:
    found = {value for key, value in headers.items() if key.lower() == name}
    if len(found) != 1 or "" in found:
        what = "is there more than once" if len(found) > 1 else "is missing"
        raise SignatureRefused(f"the header {name} {what}", field=name)
    return found.pop()
