"""AIHubMax: Kling 3.0 and O3, the model named in the body, one place to ask for tasks.

    POST /v1/videos/generations    → {"created", "id", "model", …, "task_info", "type"}
    GET  /v1/tasks/{id}            → {"id", …, "status", "progress", "results", "error", "usage"}

Pages: docs.aihubmax.com/pages/en, kling-v3-text-to-video and siblings. They match FoxAPI's field
for field (docs.foxapi.cc), whose pages on tasks and errors are taken for both. What these leave
open stands under ASSUMED, here and in `bodies`.

`usage` is told because clients expect it: nothing is charged here, so it says 0 credits of the
group "default".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reelway import errors, ids
from reelway.errors import InvalidRequest, ReelwayError
from reelway.limits import read_body
from reelway.replies import MOST_TOLD, count, error_of, part
from reelway.request import Kind, VideoRequest
from reelway.task import TERMINAL, Fault, Status, View
from reelway.wire import (
    JSON,
    Call,
    CreateAndShow,
    HintWay,
    Reading,
    Receipt,
    Reply,
    Route,
    leftovers,
    need_words,
    public_id,
    told,
)
from reelway.wires.aihubmax.bodies import BODIES, MODELS, VOICE, CreateBody, Named, name_in
from reelway.wires.aihubmax.words import request_of, wordless, words_of

CREATE = "/v1/videos/generations"
TASKS = "/v1/tasks"

ID = re.compile(r"task-unified-([0-9]{1,12})-[0-9a-z]{8}")  # the number is `created`
ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"

STATUS_WORDS: Mapping[Status, str] = {
    "queued": "pending",
    "running": "processing",
    "succeeded": "completed",
    "failed": "failed",
    "cancelled": "failed",  # with the error code CANCELLED
}
STATUS_OF: Mapping[str, Status] = {
    **{word: status for status, word in STATUS_WORDS.items() if status != "cancelled"},
    "cancelled": "cancelled",  # an older page of Fox
}
CANCELLED = "request_cancelled"

# Our fault's code → theirs in a task's error; the words are from the page of the sibling dialect.
FAULTS: Mapping[str, str] = {
    "content_policy": "content_policy_violation",
    "invalid_request": "invalid_parameters",
    "audio_format": "invalid_parameters",
    "audio_length": "invalid_parameters",
    "audio_too_large": "invalid_parameters",
    "image_size": "image_dimension_mismatch",
    "image_format": "image_processing_error",
    "image_too_large": "image_processing_error",
    "unknown_task": "resource_not_found",
    "timeout": "generation_timeout",
    "queue_full": "resource_exhausted",
    "overloaded": "service_unavailable",
    "disk_full": "service_unavailable",
    "engine_missing": "service_unavailable",
    "engine_error": "service_error",
    "engine_died": "service_error",
    "not_as_ordered": "service_error",
    "provider_error": "service_error",
    "provider_failed": "service_error",
}
OTHER_FAULT = "unknown_error"
FAULT_OF: Mapping[str, str] = {
    "content_policy_violation": "content_policy",
    "invalid_parameters": "invalid_request",
    "image_dimension_mismatch": "image_size",
    "image_processing_error": "image_format",
    "generation_timeout": "timeout",
}
UNKNOWN_FAULT = "provider_failed"

# HTTP status → error.type.
TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    404: "not_found",
    422: "invalid_request_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "service_unavailable_error",
    # assumed: the table has no such status
    403: "authentication_error",
    405: "invalid_request_error",
    409: "invalid_request_error",
    413: "invalid_request_error",
}
STATUSES = {"invalid_key": 401}  # our code → HTTP status, where it is not ours

# error.code or error.type → our error and its code. A bad key or an empty balance is the
# account's fault; an option that this vendor lacks may be had at another.
REFUSALS: Mapping[str, tuple[type[ReelwayError], str | None]] = {
    "unsupported_advanced_options": (errors.Unsupported, None),
    "content_policy_violation": (InvalidRequest, "content_policy"),
    "invalid_request_error": (InvalidRequest, None),
    "authentication_error": (errors.ProviderError, None),
    "insufficient_quota": (errors.BalanceExhausted, None),
    "rate_limit_error": (errors.QueueFull, None),
    "server_error": (errors.Overloaded, None),
    "service_unavailable_error": (errors.Overloaded, None),
}

# ASSUMED: the pages do not say.
VOICE_OBJECT, VOICE_TYPE = "audio.generation.task", "audio"
ESTIMATED_TIME = 45  # seconds, the sample's: what a task is told to take before anything is known
UNKNOWN_STATUS: Status = "running"  # only the vendor's own last word ends a task
NO_TASK = re.compile(r"\btask\b", re.IGNORECASE)  # in a 404's message: else it is the model
CREDITS_RESERVED, USER_GROUP = 0, "default"
# Neither AIHubMax nor Fox documents a callback; `callback_url` and its rules are the sibling's
# (docs.evolink.ai): https alone, nothing private. http is taken where the operator opened the
# address's range, for development.
HTTPS_ALONE = True

# Canonical field → the vendor's; the frames' depend on the model.
FIELDS = {
    "references": "image_urls",
    "shots": "multi_prompt",
    "sound": "generate_audio",
    "voices": "voice_ids",
    "sample": "voice_url",
    "webhook": "callback_url",
    ".frontal": ".frontal_image_url",
    ".references": ".reference_image_urls",
}
FRAMES = {"first_frame": "first", "last_frame": "last"}

SIBLING = "not a field of this model"
IGNORED = {
    **{name_in(body, field): SIBLING for body in BODIES.values() for field in body.model_fields},
}


class AIHubMax(CreateAndShow):
    """A dialect replaces the tables, the two halves of a request (`request_of`, `words_of`), and
    of the answers what differs: `result`, `result_of`, `write_error`."""

    name = "aihubmax"
    title = "AIHubMax"
    secure_hooks = HTTPS_ALONE
    hints: HintWay | None = "request"
    owns: tuple[str, ...] = (CREATE, TASKS)
    routes: tuple[Route, ...] = (
        Route(method="POST", path=CREATE, operation="create", body=CreateBody),
        Route(method="GET", path=TASKS + "/{id}", operation="show"),
    )
    models: Mapping[str, tuple[str, Kind]] = MODELS
    types: Mapping[int, str] = TYPES
    refusals: Mapping[str, tuple[type[ReelwayError], str | None]] = REFUSALS

    def mint_id(self, now: int) -> str:
        return f"task-unified-{now // 1000}-{ids.letters(8, ID_LETTERS)}"

    def name_field(self, field: str, request: VideoRequest | None = None) -> str:
        """Without the request, a frame has the names of all models."""
        if attribute := FRAMES.get(field):
            name = self.model_of(request) if request else None
            bodies = [BODIES[name]] if name else BODIES.values()
            names = (name_in(body, attribute) for body in bodies)
            return " or ".join(dict.fromkeys(filter(None, names))) or field
        return re.sub(r"\.?[a-z_]+", lambda word: FIELDS.get(word[0], word[0]), field)

    def model_of(self, request: VideoRequest) -> str | None:
        """The vendor's model for this family and kind; voices are made by one for all."""
        for name, (family, kind) in self.models.items():
            if kind == request.kind and (family == request.model or kind == "voice"):
                return name
        return None

    # asked

    def read_request(self, call: Call) -> Reading:
        name = read_body(Named, call.data).model
        body = read_body(BODIES[name], call.data)
        extra, ignored = leftovers(body, IGNORED)
        return Reading(request=request_of(body, extra), model_asked=name, ignored=ignored)

    def read_lookup(self, call: Call) -> str:
        return public_id(call.path_args.get("id", ""))  # ?sync_upstream changes nothing here

    def write_receipt(self, view: View) -> Reply:
        seconds = 0 if view.status in TERMINAL else view.eta or ESTIMATED_TIME
        data = {
            **self._envelope(view),
            # True to the letter: whoever has the id may cancel it in Reelway's own wire.
            "task_info": {"can_cancel": view.status not in TERMINAL, "estimated_time": seconds},
        }
        return Reply(status=200, data=data)

    def write_task(self, view: View) -> Reply:
        usage = {"credits_reserved": CREDITS_RESERVED, "user_group": USER_GROUP}
        data = {
            **self._envelope(view),
            "results": self.results(view),
            "error": _task_error(view),
            "usage": usage,
        }
        return Reply(status=200, data=data)

    def _envelope(self, view: View) -> dict[str, Any]:
        voice = view.request.kind == "voice"
        own = view.model_asked if view.wire == self.name else ""
        minted = ID.fullmatch(view.id)
        return {
            "created": int(minted[1]) if minted else view.accepted_at // 1000,
            "id": view.id,
            "model": own or self.model_of(view.request) or view.request.model,
            "object": VOICE_OBJECT if voice else "video.generation.task",
            "progress": view.progress,
            "status": STATUS_WORDS[view.status],
            "type": VOICE_TYPE if voice else "video",
        }

    def results(self, view: View) -> list[Any] | None:
        if view.status != "succeeded":
            return None
        if view.request.kind == "voice":
            return [{"voice_id": view.voice_id}] if view.voice_id else None
        if view.film_dropped_at:  # it was there, and is kept no longer
            return []
        return [{"url": view.film_url}] if view.film_url else None

    def write_error(self, error: ReelwayError) -> Reply:
        status = STATUSES.get(error.code, error.status)
        if status not in self.types:
            status = 400 if status < 500 else 500
        message, headers = told(error)
        said = {"message": message, "type": self.types[status]}
        return Reply(status=status, data={"error": said}, headers=headers)

    def write_webhook(self, view: View) -> Any:
        return self.write_task(view).data

    # asking

    def write_request(self, request: VideoRequest) -> Call:
        name = self.model_of(request)
        need_words(self.title, wordless(request, name is not None))
        data = words_of(request, name or "", BODIES[name or VOICE])
        return Call(method="POST", path=CREATE, headers=JSON, data=data)

    def read_receipt(self, reply: Reply) -> Receipt:
        if not (task_id := part(reply.data, "id", str)):
            raise errors.ProviderError("the answer to the create has no id")
        return Receipt(id=task_id)

    def write_lookup(self, id: str, request: VideoRequest) -> Call:
        return Call(method="GET", path=f"{TASKS}/{id}", path_args={"id": id})

    def read_task(self, reply: Reply) -> View:
        return self._view(reply.data)

    def read_webhook(self, call: Call) -> View:
        return self._view(call.data)

    def _view(self, data: Any) -> View:
        task_id, word = part(data, "id", str), part(data, "status", str)
        if not task_id or not word:
            raise errors.ProviderError("the answer is not a task with an id and a status")
        status = STATUS_OF.get(word, UNKNOWN_STATUS)
        error = _fault(part(data, "error", dict)) if status == "failed" else None
        if error and error.code == CANCELLED:
            status, error = "cancelled", None
        asked = part(data, "model", str)
        family, kind = self.models.get(asked, ("", "text"))
        result = next(iter(part(data, "results", list)), None)
        url = result if isinstance(result, str) else part(result, "url", str)
        return View(
            id=task_id,
            status=status,
            wire=self.name,
            model=family,
            model_asked=asked,
            request=VideoRequest(kind=kind, model=family or VideoRequest.model),
            progress=min(100, count(data.get("progress"))),
            eta=count(part(data, "task_info", dict).get("estimated_time"), up=True),
            error=error,
            film_url=url or None,
            voice_id=part(result, "voice_id", str) or None,
            accepted_at=count(data.get("created")) * 1000,
        )

    def read_error(self, reply: Reply) -> ReelwayError:
        said = part(reply.data, "error", dict)
        message, word = part(said, "message", str), part(said, "type", str)
        kind, code = self.refusals.get(word, (None, None))
        kind, code = self.refusals.get(part(said, "code", str), (kind, code))
        if word == self.types[404] and NO_TASK.search(message):
            kind = errors.UnknownTask
        return error_of(reply, message, kind, code)


def _task_error(view: View) -> dict[str, str] | None:
    if view.status == "cancelled":
        code, message = CANCELLED, "the task was cancelled"
    elif view.status == "failed":
        fault = view.error or Fault(code=OTHER_FAULT, message="the task failed")
        code, message = FAULTS.get(fault.code, OTHER_FAULT), fault.message
    else:
        return None
    return {"code": code, "message": message, "type": "task_error"}


def _fault(said: Mapping[str, Any]) -> Fault:
    code, message = part(said, "code", str), part(said, "message", str)[:MOST_TOLD]
    if code != CANCELLED:
        code = FAULT_OF.get(code, UNKNOWN_FAULT)
    return Fault(code=code, message=message or "the vendor gives no reason")


wire = AIHubMax()
