"""What can go wrong, as one tree.

    ReelwayError
    ├── RequestError            fault "request": the caller must change something; ends a task
    │   ├── InvalidRequest      400  a field's value, type or combination
    │   ├── InvalidBody         400  not JSON, not an object, wrong content type
    │   ├── BadImage            400  an image that cannot be used
    │   ├── BadAudio            400  a voice's sample that cannot be used
    │   ├── Unauthenticated     401  no key, or not in the form of one
    │   ├── BudgetExhausted     402  the key's budget does not reach
    │   ├── KeyRefused          403  a key that is unknown or revoked
    │   ├── LinkRefused         403  a signed link that was changed or has expired
    │   ├── UnknownRoute        404  no such path or model
    │   ├── UnknownTask         404  no such task, or another owner's
    │   ├── MethodNotAllowed    405
    │   ├── Conflict            409  not in this state
    │   ├── FilmDropped         410  it was kept for its time
    │   ├── BodyTooLarge        413
    │   └── KeyReused           422  an idempotency key that came with another request before
    ├── ProviderError           fault "provider": rest that account, try the next candidate
    │   ├── BalanceExhausted    402  the account's money does not reach
    │   ├── Declined            502  a provider that made nothing; another may be asked
    │   │   └── Refused              … because of this request: asking it again is in vain
    │   └── EngineMissing       503  nothing installed or configured can make this film
    ├── MomentError             fault "moment": the same again later
    │   ├── QueueFull           429
    │   └── Overloaded          503
    ├── Ambiguous               fault "doubt": a provider may have made it; never the same again
    ├── StoreRefused            the database cannot be used; told at start, with what to do
    ├── Unsupported             a request that cannot be said in a wire's words; routing goes on
    └── Internal                500

A wire turns an error into its vendor's words by `code` (and `field`); nobody else does.
"""

from __future__ import annotations

import errno
from typing import ClassVar, Literal

Fault = Literal["request", "provider", "moment", "doubt"]


class ReelwayError(Exception):
    """An error that may be told to a caller: its text holds no secret, path or traceback."""

    status: ClassVar[int] = 500
    code: str = "internal"
    fault: ClassVar[Fault] = "moment"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after  # seconds
        if code is not None:
            self.code = code


class RequestError(ReelwayError):
    status = 400
    code = "invalid_request"
    fault = "request"


class InvalidRequest(RequestError):
    code = "invalid_request"


class InvalidBody(RequestError):
    code = "invalid_body"


class BadImage(RequestError):
    """`code` is one of image_too_large (bytes), image_format, image_size (pixels or ratio)."""

    code = "image_format"


class BadAudio(RequestError):
    """`code` is one of audio_too_large (bytes), audio_format, audio_length (seconds)."""

    code = "audio_format"


class Unauthenticated(RequestError):
    status = 401
    code = "missing_key"


class BudgetExhausted(RequestError):
    status = 402
    code = "budget_exhausted"


class KeyRefused(RequestError):
    status = 403
    code = "invalid_key"


class LinkRefused(RequestError):
    status = 403
    code = "link_refused"


class UnknownRoute(RequestError):
    status = 404
    code = "unknown_route"


class UnknownTask(RequestError):
    status = 404
    code = "unknown_task"


class MethodNotAllowed(RequestError):
    status = 405
    code = "method_not_allowed"


class Conflict(RequestError):
    status = 409
    code = "conflict"


class FilmDropped(RequestError):
    status = 410
    code = "film_dropped"


class BodyTooLarge(RequestError):
    status = 413
    code = "body_too_large"


class KeyReused(RequestError):
    status = 422
    code = "idempotency_key_reused"


class ProviderError(ReelwayError):
    status = 502
    code = "provider_error"
    fault = "provider"


class BalanceExhausted(ProviderError):
    status = 402
    code = "balance_exhausted"


class EngineMissing(ProviderError):
    status = 503
    code = "engine_missing"


class Declined(ProviderError):
    """A create that provably made nothing: never sent, or refused before it was accepted."""

    code = "declined"


class Refused(Declined):
    """A create that a provider refuses for what the request is. Vendors have limits of their own:
    another may take it, and the same one will not."""

    code = "refused"


class MomentError(ReelwayError):
    status = 503
    code = "overloaded"


class QueueFull(MomentError):
    status = 429
    code = "queue_full"


class Overloaded(MomentError):
    status = 503
    code = "overloaded"


def shortage(error: BaseException) -> Overloaded | None:
    """What to say of an error of the system that passes once there is room again; else None."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return disk_full()
    if number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN):
        return Overloaded("the server is short of memory or open files", retry_after=5)
    return None


def disk_full() -> Overloaded:
    return Overloaded("the disk is full", code="disk_full", retry_after=60)


class Ambiguous(ReelwayError):
    """A create of which nobody here knows whether it made something. Whoever sends it again, or
    elsewhere, may pay twice."""

    status = 502
    code = "ambiguous"
    fault = "doubt"


class StoreRefused(ReelwayError):
    code = "store_refused"


class Unsupported(ReelwayError):
    status = 400
    code = "unsupported"
    fault = "provider"


class Internal(ReelwayError):
    status = 500
    code = "internal"
