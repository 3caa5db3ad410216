"""What a vendor's answer to a create means.

2xx                            taken, and its receipt is in it; where it is not: doubt
3xx                            nothing was made
408, 409, 425, 5xx, any other  doubt: it may have been taken all the same
4xx                            nothing was made, and whose the fault is, is for `fault_of`

the content's   InvalidRequest   no vendor is to be asked for that: the task ends
the request's   Refused          by this vendor's own rules: another may take it
the moment's    MomentError      the same again later
the account's   Declined         a bad key, an empty balance, a model that is not there
"""

from __future__ import annotations

import math
from typing import Any

from pydantic_core import from_json

from reelway.errors import (
    Declined,
    InvalidRequest,
    MomentError,
    ProviderError,
    ReelwayError,
    Refused,
    RequestError,
    Unsupported,
)
from reelway.outbound import Answered
from reelway.replies import RETRY_AFTER, count, retry_after
from reelway.wire import Reply

REFUSALS = range(400, 500)
LONGEST_REST = 86_400.0  # seconds that a Retry-After is obeyed for
UNSURE = frozenset({408, 409, 425})  # of these, a create may have been taken
CONTENT = "content_policy"  # the code of what is refused for what it shows
# Of these nothing is the request's fault: who asks, what it costs, where it was asked.
ACCOUNT = frozenset({401, 402, 403, 404, 405, 407, 410})
# Of these everything is, in whatever words: its form, its size, its values.
REQUEST = frozenset({413, 414, 415, 422})


def reply_of(answer: Answered, secret: str, now: int) -> Reply:
    """Its JSON; nothing where it is none. What is refused is without the key; when it may be asked
    again is in seconds, and not for ever."""
    try:
        data: Any = from_json(answer.body, allow_inf_nan=False)
    except ValueError:
        data = None
    headers = dict(answer.headers)
    said = headers.pop(RETRY_AFTER, None)
    if after := retry_after(answer.headers, now) or count(said, up=True):  # some say 0.5
        headers[RETRY_AFTER] = str(math.ceil(min(LONGEST_REST, after)))
    if answer.status >= 300:
        data = hushed(data, secret)
    return Reply(status=answer.status, data=data, headers=headers)


def hushed(data: Any, secret: str) -> Any:
    """Text, or JSON with texts in it. Some vendors repeat the key that they refuse: nobody is to
    read it, in whatever words. A link or an id that happens to hold a short one is left alone."""
    if isinstance(data, str):
        return data.replace(secret, "***")
    if isinstance(data, list):
        return [hushed(one, secret) for one in data]
    if isinstance(data, dict):
        return {name: hushed(value, secret) for name, value in data.items()}
    return data


def is_unsure(status: int) -> bool:
    return status < 200 or status >= 500 or status in UNSURE


def fault_of(error: ReelwayError, status: int) -> ReelwayError:
    """What a 4xx comes to; `error` as the wire has read it."""
    if error.code == CONTENT:
        return InvalidRequest(error.message, code=CONTENT)
    if isinstance(error, MomentError):
        return error
    ours = isinstance(error, RequestError | Unsupported) and status not in ACCOUNT
    if ours or (type(error) is ProviderError and status in REQUEST):
        return Refused(error.message, code=None if type(error) is ProviderError else error.code)
    return Declined(error.message, code=error.code)


def may_be_ours(error: ReelwayError, status: int) -> bool:
    """Whether what is refused may be something that we have added to the request: `error` as by
    `fault_of`. A 400 in words that nobody knows may be anything."""
    unknown = status == 400 and type(error) is Declined and error.code == ProviderError.code
    return isinstance(error, Refused) or unknown
