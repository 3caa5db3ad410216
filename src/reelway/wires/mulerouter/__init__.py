"""MuleRouter: Kling V3 and V3 Omni, a path for each kind of input.

    POST /vendors/klingai/v1/kling-v3/{text,image}-to-video/generation     → 202 {"task_info": …}
    POST /vendors/klingai/v1/kling-v3-omni/{text,image,reference,…}-to-video/generation    → same
    GET  <the same path>/{id}               → 200 {"task_info": …, "videos": ["https://…"]}

Any task is found under any of the paths. What takes a film as its input is refused.

    bodies.py    the bodies and their limits
    said.py      a request in the vendor's words ⇄ ours
    here         tasks, errors, webhooks

Pages: mulerouter.ai/docs/api-reference/endpoint/klingai/{kling-v3,kling-v3-omni}/*,
mulerouter.ai/docs/get-started/{async-tasks,error-codes,webhooks},
mulerouter.ai/models/kling-v3/llms.txt. Client code: openmule/mulerouter-skills.

Two lists of status words are documented: the endpoints' own pages have pending, processing,
completed, failed, which are written; the page async-tasks has queued, running, succeeded, failed.
All seven are read, as by the vendor's client.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reelway import errors, ids
from reelway.errors import InvalidRequest, ReelwayError
from reelway.replies import count, error_of, part
from reelway.request import VideoRequest
from reelway.task import Fault, Status, View
from reelway.webhook import OVER, WebhookEvent
from reelway.wire import (
    JSON,
    Call,
    CreateAndShow,
    HintWay,
    Reading,
    Receipt,
    Reply,
    Route,
    need_words,
    public_id,
    told,
)
from reelway.wires.mulerouter import said
from reelway.wires.mulerouter.said import ENDPOINTS, FAMILIES, NAMES

STATUS_WORDS: Mapping[Status, str] = {
    "queued": "pending",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",  # with the error CANCELLED: there is no word for it
}
STATUS_OF: Mapping[str, Status] = {
    "pending": "queued",
    "queued": "queued",
    "processing": "running",
    "running": "running",
    "completed": "succeeded",
    "succeeded": "succeeded",
    "failed": "failed",
}
EVENTS = {"pending": "task.created", "completed": "task.succeeded", "failed": "task.failed"}
VENDOR = "klingai"

# ASSUMED: the pages do not say.
UNKNOWN_STATUS: Status = "queued"  # as the client: only the vendor's own last word ends a task
CANCELLED = {"code": 499, "title": "Cancelled", "detail": "the task was cancelled"}
PROVIDER_FAILED = {"code": 3001, "title": "Provider error"}  # 3001–3005 are the provider's
CONTENT_REFUSED = {"code": 451, "title": "Unavailable For Legal Reasons"}
PROCESSING_EVENT = "task.processing"  # none is listed
NO_SUCH_TASK = "task"  # in the detail of a 404: the id is unknown, not the path

# The page error-codes; 413, 422 and 503 are not on it.
TITLES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
# Our code → HTTP status, where it is not the error's own.
STATUSES: Mapping[str, int] = {"invalid_key": 401, "content_policy": 451}
# Status → our error. Else `error_of` decides: a key or a balance is the account's fault.
REFUSALS: Mapping[int, tuple[type[ReelwayError], str]] = {
    400: (InvalidRequest, "invalid_request"),
    402: (errors.BalanceExhausted, "balance_exhausted"),
    413: (errors.BodyTooLarge, "body_too_large"),
    451: (InvalidRequest, "content_policy"),
}

# Canonical field → the vendor's, at the head of a path and inside an element.
FIELDS = {"shots": "multi_prompt", "references": "images", "resolution": "mode"}
INSIDE = {"frontal": "frontal_image", "references": "reference_images"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(at: int) -> str:
    """2026-02-14T08:00:00.000Z, of UTC milliseconds."""
    time = EPOCH + timedelta(milliseconds=at)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_stamp(text: str) -> int:
    """UTC milliseconds, with or without a fraction; 0 for what is no time."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return 0
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return max(0, (time - EPOCH) // timedelta(milliseconds=1))


def _changed_at(view: View) -> int:
    times = (view.started_at, view.stored_at, view.finished_at)
    return max(view.accepted_at, *(at or 0 for at in times))


class MuleRouter(CreateAndShow):
    name = "mulerouter"
    title = "MuleRouter"
    tells: tuple[WebhookEvent, ...] = ("task.created", *OVER)
    owns: tuple[str, ...] = ("/vendors/",)
    hints: HintWay | None = "account"
    routes: tuple[Route, ...] = (
        *(
            Route(method="POST", path=path, operation="create", model=name, body=body)
            for path, (name, body) in ENDPOINTS.items()
        ),
        *(Route(method="GET", path=f"{path}/{{id}}", operation="show") for path in ENDPOINTS),
    )

    def mint_id(self, now: int) -> str:
        return ids.uuid4()

    def name_field(self, field: str, request: VideoRequest | None = None) -> str:
        root, dot, rest = field.partition(".")
        root = re.sub(r"^\w+", lambda word: FIELDS.get(word[0], word[0]), root)
        return root + dot + re.sub(r"^\w+", lambda word: INSIDE.get(word[0], word[0]), rest)

    # asked

    def read_request(self, call: Call) -> Reading:
        return said.read(call)

    def read_lookup(self, call: Call) -> str:
        return public_id(call.path_args.get("id", ""))

    def write_receipt(self, view: View) -> Reply:
        return Reply(status=202, data={"task_info": self._task_info(view)})

    def write_task(self, view: View) -> Reply:
        data: dict[str, Any] = {"task_info": self._task_info(view)}
        if view.status == "succeeded":  # a film that is kept no longer: an empty list
            data["videos"] = [view.film_url] if view.film_url else []
        return Reply(status=200, data=data)

    def _task_info(self, view: View) -> dict[str, Any]:
        info: dict[str, Any] = {
            "id": view.id,
            "status": STATUS_WORDS[view.status],
            "created_at": stamp(view.accepted_at),
            "updated_at": stamp(_changed_at(view)),
        }
        if view.status == "cancelled":
            info["error"] = CANCELLED
        elif view.status == "failed":
            fault = view.error or Fault(code="", message="the task failed")
            head = CONTENT_REFUSED if fault.code == "content_policy" else PROVIDER_FAILED
            info["error"] = {**head, "detail": fault.message}
        return info

    def write_error(self, error: ReelwayError) -> Reply:
        status = STATUSES.get(error.code, error.status)
        message, headers = told(error)
        data = {"code": status, "title": TITLES.get(status, "Error"), "detail": message}
        return Reply(status=status, data=data, headers=headers)

    def write_webhook(self, view: View) -> Any:
        """The same change has the same id, by which a receiver knows a repetition."""
        kind = EVENTS.get(STATUS_WORDS[view.status], PROCESSING_EVENT)
        ours = view.wire == self.name and view.model_asked in FAMILIES
        family = view.model or view.request.model
        digest = hashlib.sha256(f"{view.id} {kind}".encode()).hexdigest()
        return {
            "id": f"evt_{digest[:24]}",
            "type": kind,
            "created_at": stamp(_changed_at(view)),
            "data": {
                "vendor": VENDOR,
                "model_name": view.model_asked if ours else NAMES.get(family, family),
                "payload": self.write_task(view).data,
            },
        }

    # asking

    def write_request(self, request: VideoRequest) -> Call:
        need_words(self.title, said.wordless(request))
        path = said.path_of(request)
        return Call(method="POST", path=path, headers=JSON, data=said.write(request))

    def read_receipt(self, reply: Reply) -> Receipt:
        if not (task_id := part(part(reply.data, "task_info", dict), "id", str)):
            raise errors.ProviderError("the answer to the create has no task_info.id")
        return Receipt(id=task_id)

    def write_lookup(self, id: str, request: VideoRequest) -> Call:
        path = f"{said.path_of(request)}/{id}"
        return Call(method="GET", path=path, path_args={"id": id})

    def read_task(self, reply: Reply) -> View:
        return self._view(reply.data, "")

    def read_webhook(self, call: Call) -> View:
        if part(call.data, "type", str) not in (*EVENTS.values(), PROCESSING_EVENT):
            raise errors.ProviderError("the webhook is not of a kind that is known here")
        data = part(call.data, "data", dict)
        family = FAMILIES.get(part(data, "model_name", str), "")
        return self._view(part(data, "payload", dict), family)

    def _view(self, data: Any, family: str) -> View:
        info = part(data, "task_info", dict)
        task_id, word = part(info, "id", str), part(info, "status", str)
        if not task_id or not word:
            raise errors.ProviderError("the answer has no task_info with an id and a status")
        status, error = STATUS_OF.get(word, UNKNOWN_STATUS), None
        if status == "failed":
            status, error = _fault(info)
        changed = read_stamp(part(info, "updated_at", str)) or None
        over = status in ("succeeded", "failed", "cancelled")
        films = [url for url in part(data, "videos", list) if url and isinstance(url, str)]
        return View(
            id=task_id,
            status=status,
            wire=self.name,
            model=family,
            progress=100 if status == "succeeded" else 0,
            error=error,
            film_url=films[0] if films and status == "succeeded" else None,
            accepted_at=read_stamp(part(info, "created_at", str)),
            started_at=changed if status == "running" else None,
            finished_at=changed if over else None,
        )

    def read_error(self, reply: Reply) -> ReelwayError:
        """`detail`, else `error`, else `message`, else the task's: in the client's order."""
        inner = part(part(reply.data, "task_info", dict), "error", dict)
        words = [part(reply.data, name, str) for name in ("detail", "error", "message", "title")]
        text = next(filter(None, [*words, part(inner, "detail", str)]), "")
        kind, code = REFUSALS.get(reply.status, (None, None))
        if reply.status == 404 and NO_SUCH_TASK in text.lower():
            kind, code = errors.UnknownTask, "unknown_task"
        return error_of(reply, text, kind, code)


def _fault(info: Any) -> tuple[Status, Fault | None]:
    """Why a task failed; a task of Reelway's that was cancelled says so."""
    error = part(info, "error", dict)
    if error == CANCELLED:
        return "cancelled", None
    text = part(error, "detail", str) or part(error, "title", str) or part(info, "error", str)
    refused = count(error.get("code")) == CONTENT_REFUSED["code"]
    code = "content_policy" if refused else "provider_failed"
    return "failed", Fault(code=code, message=text or "the vendor gives no reason")


wire = MuleRouter()
