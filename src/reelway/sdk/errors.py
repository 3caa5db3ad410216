"""What can go wrong for a caller of the SDK, as one tree.

    Error
    ├── InvalidRequest      400, 405, 413, 422: something must be changed; `field` says what
    ├── Unauthenticated     401, 403: no key, or one that opens nothing here
    ├── BudgetExhausted     402: the key's budget does not reach for it
    ├── NotFound            404: not there, or another owner's
    ├── Conflict            409: not in this state
    ├── RateLimited         429, also after every retry; `retry_after` in seconds
    ├── ServerUnavailable   not reached, no answer, or a 5xx, also after every retry
    ├── Damaged             a file that came otherwise than the server said, also after every retry
    ├── TaskFailed          the task ended as failed; `code` and `message` are the task's own
    ├── TaskCancelled       the task was cancelled
    ├── WaitTimeout         the task goes on; only the wait for it is over
    └── WebhookRefused      a webhook that was not signed with the secret, or long ago

`status` is None where no answer of the server is to blame.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelway.sdk.values import TaskData


class Error(Exception):
    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        field: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status  # of HTTP
        self.code = code  # a word for programs, such as invalid_request
        self.field = field  # of the request, such as elements[0].frontal
        self.retry_after = retry_after  # seconds


class WebhookRefused(Error):
    pass


class InvalidRequest(Error):
    pass


class Unauthenticated(Error):
    pass


class BudgetExhausted(Error):
    pass


class NotFound(Error):
    pass


class Conflict(Error):
    pass


class RateLimited(Error):
    pass


class ServerUnavailable(Error):
    pass


class Damaged(Error):
    pass


class AboutTask(Error):
    """`task` is it, as last seen."""

    task: TaskData

    @classmethod
    def of(cls, task: TaskData, message: str, code: str) -> AboutTask:
        error = cls(message, code=code)
        error.task = task
        return error


class TaskFailed(AboutTask):
    pass


class TaskCancelled(AboutTask):
    pass


class WaitTimeout(AboutTask):
    pass


KINDS: Mapping[int, type[Error]] = {
    401: Unauthenticated,
    402: BudgetExhausted,
    403: Unauthenticated,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}
MOST_TOLD = 300  # characters of an answer that is not the server's own JSON


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Error:
    """The error that an answer stands for; of a proxy's or a file's, its first words."""
    kind = KINDS.get(status, InvalidRequest if 400 <= status < 500 else Error)
    kind = ServerUnavailable if status >= 500 else kind
    try:
        said = json.loads(body)["error"]
        message, code, field = str(said["message"]), str(said.get("code") or ""), said.get("field")
    except (ValueError, TypeError, LookupError, AttributeError):
        text = body[:MOST_TOLD].decode("utf-8", "replace").strip()
        message, code, field = f"HTTP {status}" + (f": {text}" if text else ""), "", None
    if 300 <= status < 400:
        message = f"the server is elsewhere: {headers.get('location', 'it does not say where')}"
    after = retry_after(headers.get("retry-after", ""))
    return kind(message, status=status, code=code, field=field, retry_after=after)


def retry_after(text: str) -> float | None:
    """Seconds, of a number or an HTTP date (RFC 9110 §10.2.3); None for neither."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
