"""Novita: six Kling 3.0 slugs, one place to ask for results.

    POST /v3/async/kling-v3.0-{std,pro,4k}-{t2v,i2v}     → {"task_id": …}
    GET  /v3/async/task-result?task_id=…                 → {"extra", "task", "images", "videos", …}

Pages: novita.ai/docs/api-reference/model-apis-kling-v3.0-{pro,std,4k}-{t2v,i2v},
…/model-apis-task-result, …/model-apis-webhook, …/basic-error-code, …/basic-authentication.
What those pages leave open stands under ASSUMED; the bodies stand in `bodies`. Webhooks are
documented for endpoints that list `extra`, which Kling 3.0's do not: taken all the same.

The samples on the pages carry an empty seed, empty times and fractional ETAs, on which Novita's
own Python client (0.7.1) fails: unset numbers are written "0" and all numbers whole; both are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from reelway import errors, ids
from reelway.errors import InvalidRequest, ReelwayError
from reelway.limits import read_body
from reelway.replies import count, error_of, part
from reelway.request import Kind, Resolution, Shot, VideoRequest
from reelway.task import Fault, Status, View
from reelway.wire import (
    JSON,
    Call,
    CreateAndShow,
    HintWay,
    Reading,
    Receipt,
    Reply,
    Route,
    film_seconds,
    image_of,
    leftovers,
    need_words,
    public_id,
    told,
    wrong,
)
from reelway.wires.novita.bodies import BODIES, TO_SHARE, Common, ImageBody, TextBody

FAMILY = "kling-v3"
CREATE = "/v3/async/"
RESULT = "/v3/async/task-result"

# Slug ⇄ kind and resolution of the family.
SLUGS: Mapping[str, tuple[Kind, Resolution]] = {
    "kling-v3.0-std-t2v": ("text", "720p"),
    "kling-v3.0-std-i2v": ("image", "720p"),
    "kling-v3.0-pro-t2v": ("text", "1080p"),
    "kling-v3.0-pro-i2v": ("image", "1080p"),
    "kling-v3.0-4k-t2v": ("text", "4k"),
    "kling-v3.0-4k-i2v": ("image", "4k"),  # assumed, by symmetry
}
SLUG_OF = {known: slug for slug, known in SLUGS.items()}

STATUS_WORDS: Mapping[Status, str] = {
    "queued": "TASK_STATUS_QUEUED",
    "running": "TASK_STATUS_PROCESSING",
    "succeeded": "TASK_STATUS_SUCCEED",
    "failed": "TASK_STATUS_FAILED",
    "cancelled": "TASK_STATUS_FAILED",  # with the reason CANCELLED: there is no word for it
}
STATUS_OF = {word: status for status, word in STATUS_WORDS.items() if status != "cancelled"}
EVENT = "ASYNC_TASK_RESULT"

# ASSUMED: the pages do not say.
CANCELLED = "cancelled"
UNSET = "0"
LINK_TTL = "86400"  # seconds; the samples have 3600
UNKNOWN_STATUS: Status = "running"  # only the vendor's own last word ends a task


def as_type(name: str) -> str:
    """kling-v3.0-pro-t2v → KLING_V3_0_PRO_T2V: `task_type`, of which the page shows no value."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper())


SLUG_OF_TYPE = {as_type(slug): slug for slug in SLUGS}

# Our code → HTTP status and reason.
ERRORS: Mapping[str, tuple[int, str]] = {
    "invalid_request": (400, "INVALID_REQUEST_BODY"),
    "invalid_body": (400, "INVALID_REQUEST_BODY"),
    "image_too_large": (400, "IMAGE_FILE_EXCEEDS_MAX_SIZE"),
    "image_format": (400, "INVALID_IMAGE_FORMAT"),
    "image_size": (400, "INVALID_IMAGE_SIZE"),
    "missing_key": (401, "FAILED_TO_AUTH"),
    "invalid_key": (403, "INVALID_API_KEY"),
    "unknown_route": (404, "API_NOT_FOUND"),
    "unknown_task": (404, "TASK_NOT_FOUND"),
    "balance_exhausted": (400, "BILLING_BALANCE_NOT_ENOUGH"),  # one copy of the page says 403
    "budget_exhausted": (400, "BILLING_BALANCE_NOT_ENOUGH"),
    "queue_full": (429, "RATE_LIMIT_EXCEEDED"),
    "overloaded": (503, "SERVICE_NOT_AVAILABLE"),
    "engine_missing": (503, "SERVICE_NOT_AVAILABLE"),
    # assumed: the list has no such case
    "link_refused": (403, "API_NOT_ALLOWED"),
    "method_not_allowed": (405, "METHOD_NOT_ALLOWED"),
    "conflict": (409, "CONFLICT"),
    "body_too_large": (413, "REQUEST_BODY_TOO_LARGE"),
    "idempotency_key_reused": (422, "IDEMPOTENCY_KEY_REUSED"),
}
OTHER_REFUSAL = "INVALID_REQUEST_BODY"
OTHER_FAILURE = (500, "CREATE_TASK_FAILED")
OTHER_SHORTAGE = (503, "SERVICE_NOT_AVAILABLE")

# The vendor's reason → our error. Where none fits, the status decides: a bad key or an empty
# balance is the account's fault and not the request's.
REASONS: Mapping[str, tuple[type[ReelwayError], str]] = {
    "INVALID_REQUEST_BODY": (InvalidRequest, "invalid_request"),
    "IMAGE_NO_FACE_DETECTED": (InvalidRequest, "invalid_request"),
    "ILLEGAL_PROMPT": (InvalidRequest, "content_policy"),
    "ILLEGAL_IMAGE_CONTENT": (InvalidRequest, "content_policy"),
    "IMAGE_FILE_EXCEEDS_MAX_SIZE": (errors.BadImage, "image_too_large"),
    "INVALID_IMAGE_FORMAT": (errors.BadImage, "image_format"),
    "INVALID_IMAGE_SIZE": (errors.BadImage, "image_size"),
    "IMAGE_EXCEEDS_MAX_RESOLUTION": (errors.BadImage, "image_size"),
    "TASK_NOT_FOUND": (errors.UnknownTask, "unknown_task"),
    "BILLING_BALANCE_NOT_ENOUGH": (errors.BalanceExhausted, "balance_exhausted"),
    "NOT_ENOUGH_BALANCE": (errors.BalanceExhausted, "balance_exhausted"),
}

IGNORED = {
    **dict.fromkeys(("image", "end_image", "aspect_ratio"), "not a field of this endpoint"),
}


def _webhook(body: Common) -> str | None:
    hook = body.extra.webhook if body.extra else None
    if hook and hook.test_mode and hook.test_mode.enabled:
        words = "is not available here; X-Reelway-Model: animatic-still makes a real film at once"
        raise wrong("extra.webhook.test_mode", words)
    return hook.url if hook else None


def _create(slug: str) -> Route:
    body = BODIES[SLUGS[slug][0]]
    return Route(method="POST", path=CREATE + slug, operation="create", model=slug, body=body)


def _check_words(body: Common) -> None:
    """A prompt or shots: one of them, and not both."""
    if body.prompt and body.multi_prompt:
        raise wrong("multi_prompt", "cannot be used together with prompt")
    if isinstance(body, ImageBody) and body.end_image and body.multi_prompt:
        raise wrong("end_image", "cannot be used together with multi_prompt")
    if not body.prompt and not body.multi_prompt:
        raise wrong("prompt", "is required, unless multi_prompt has shots")


def _shots(body: Common) -> tuple[Shot, ...]:
    """Bare strings share what the others leave of the duration, the earlier ones longer by one."""
    given = body.multi_prompt or []
    bare = [shot for shot in given if shot.duration == TO_SHARE]
    if bare:
        total = film_seconds(body.duration, (), "multi_prompt")
        share, longer = divmod(total - sum(shot.duration for shot in given), len(bare))
        if share < 1:
            raise wrong("multi_prompt", f"leaves less than one of {total} seconds to a shot")
        for n, shot in enumerate(bare):
            shot.duration = share + (n < longer)
    return tuple(Shot(prompt=shot.prompt, duration=shot.duration) for shot in given)


class Novita(CreateAndShow):
    name = "novita"
    title = "Novita"
    owns: tuple[str, ...] = ("/v3/",)
    routes: tuple[Route, ...] = (
        *map(_create, SLUGS),
        Route(method="GET", path=RESULT, operation="show"),
    )
    fields: ClassVar = {
        "first_frame": "image",
        "last_frame": "end_image",
        "shots": "multi_prompt",
        "webhook": "extra.webhook.url",
    }
    hints: HintWay | None = "request"
    nsfw_detection = True  # whether answers have `extra.enable_nsfw_detection`

    def mint_id(self, now: int) -> str:
        return ids.uuid4()

    # asked

    def read_request(self, call: Call) -> Reading:
        slug = call.path.removeprefix(CREATE)
        if slug not in SLUGS:
            raise errors.UnknownRoute("no such model")
        kind, resolution = SLUGS[slug]
        body = read_body(BODIES[kind], call.data)
        _check_words(body)
        shots = _shots(body)
        extra, ignored = leftovers(body, IGNORED)
        if body.extra and body.extra.model_extra:
            extra["extra"] = leftovers(body.extra, {})[0]
        first, last = (body.image, body.end_image) if isinstance(body, ImageBody) else (None, None)
        request = VideoRequest(
            kind=kind,
            model=FAMILY,
            resolution=resolution,
            prompt=body.prompt or "",
            negative_prompt=body.negative_prompt or "",
            cfg_scale=body.cfg_scale,
            duration=film_seconds(body.duration, shots, "multi_prompt"),
            aspect_ratio=body.aspect_ratio if isinstance(body, TextBody) else None,
            sound=bool(body.sound),
            first_frame=image_of(first),
            last_frame=image_of(last),
            shot_mode="customize" if shots else "none",
            shots=shots,
            webhook=_webhook(body),
            extra=extra,
        )
        return Reading(request=request, model_asked=slug, ignored=ignored)

    def read_lookup(self, call: Call) -> str:
        task_id = call.query.get("task_id", "")
        if not task_id:
            raise wrong("task_id", "is required")
        return public_id(task_id)

    def write_receipt(self, view: View) -> Reply:
        return Reply(status=200, data={"task_id": view.id})

    def write_task(self, view: View) -> Reply:
        begun = view.status in ("running", "succeeded")
        extra: dict[str, Any] = {"seed": str(view.request.picture_seed) if begun else UNSET}
        if self.nsfw_detection:
            extra["enable_nsfw_detection"] = False
        extra["debug_info"] = {
            "request_info": "",
            "submit_time_ms": str(view.accepted_at or UNSET),
            "execute_time_ms": str(view.started_at or UNSET),
            "complete_time_ms": str(view.finished_at or UNSET),
        }
        reason = view.error.message if view.status == "failed" and view.error else ""
        task = {
            "task_id": view.id,
            "task_type": self.task_type(view),
            "status": STATUS_WORDS[view.status],
            "reason": CANCELLED if view.status == "cancelled" else reason,
            "eta": view.eta,
            "progress_percent": view.progress,
        }
        life = str(view.request.sandbox.get("expire", LINK_TTL))
        film = {"video_url": view.film_url, "video_url_ttl": life, "video_type": "mp4"}
        videos = [film] if view.status == "succeeded" and view.film_url else []
        data = {"extra": extra, "task": task, "images": [], "videos": videos, "audios": []}
        return Reply(status=200, data=data)

    def task_type(self, view: View) -> str:
        """Our own tasks by the slug that was asked for, others by the table of slugs."""
        if view.wire == self.name and view.model_asked in SLUGS:
            return as_type(view.model_asked)
        family = view.model or view.request.model
        slug = SLUG_OF.get((view.request.kind, view.request.resolution), family)
        return as_type(slug if family == FAMILY else family)

    def write_error(self, error: ReelwayError) -> Reply:
        status, reason = ERRORS.get(error.code) or _by_status(error.status)
        message, headers = told(error)
        data = {"code": status, "reason": reason, "message": message, "metadata": {}}
        return Reply(status=status, data=data, headers=headers)

    def write_webhook(self, view: View) -> Any:
        payload = self.write_task(view).data
        if view.request.webhook:
            payload["extra"]["webhook"] = {"url": view.request.webhook}
        return {"event_type": EVENT, "payload": payload}

    # asking

    def write_request(self, request: VideoRequest) -> Call:
        need_words(self.title, _wordless(request))
        words = {
            "prompt": request.prompt,
            "multi_prompt": [{"prompt": s.prompt, "duration": s.duration} for s in request.shots],
            "negative_prompt": request.negative_prompt,
            "cfg_scale": request.cfg_scale,
            "aspect_ratio": request.aspect_ratio,
            "image": request.first_frame and request.first_frame.source,
            "end_image": request.last_frame and request.last_frame.source,
        }
        body = {**request.extra, "duration": request.duration, "sound": request.sound}
        body.update((name, value) for name, value in words.items() if value not in (None, "", []))
        slug = SLUG_OF[request.kind, request.resolution]
        return Call(method="POST", path=CREATE + slug, headers=JSON, data=body)

    def read_receipt(self, reply: Reply) -> Receipt:
        if not (task_id := part(reply.data, "task_id", str)):
            raise errors.ProviderError("the answer to the create has no task_id")
        return Receipt(id=task_id)

    def write_lookup(self, id: str, request: VideoRequest) -> Call:
        return Call(method="GET", path=RESULT, query={"task_id": id})

    def read_task(self, reply: Reply) -> View:
        return self._view(reply.data)

    def read_webhook(self, call: Call) -> View:
        if part(call.data, "event_type", str) != EVENT:
            raise errors.ProviderError("the webhook is not of a kind that is known here")
        return self._view(part(call.data, "payload", dict))

    def _view(self, data: Any) -> View:
        task, extra = part(data, "task", dict), part(data, "extra", dict)
        task_id, word = part(task, "task_id", str), part(task, "status", str)
        if not task_id or not word:
            raise errors.ProviderError("the answer has no task with an id and a status")
        status, error = STATUS_OF.get(word, UNKNOWN_STATUS), None
        if status == "failed":
            reason = part(task, "reason", str) or "the vendor gives no reason"
            error = Fault(code="provider_failed", message=reason)
            if reason == CANCELLED:
                status, error = "cancelled", None
        times = part(extra, "debug_info", dict)
        film = next(iter(part(data, "videos", list)), None)
        slug = SLUG_OF_TYPE.get(part(task, "task_type", str))
        kind, resolution = SLUGS[slug or "kling-v3.0-std-t2v"]
        request = VideoRequest(
            kind=kind,
            resolution=resolution,
            seed=count(extra.get("seed")) or None,
            webhook=part(part(extra, "webhook", dict), "url", str) or None,
        )
        return View(
            id=task_id,
            status=status,
            wire=self.name,
            model=FAMILY if slug else "",
            request=request,
            progress=min(100, count(task.get("progress_percent"))),
            eta=count(task.get("eta"), up=True),
            error=error,
            film_url=part(film, "video_url", str) or None,
            accepted_at=count(times.get("submit_time_ms")),
            started_at=count(times.get("execute_time_ms")) or None,
            finished_at=count(times.get("complete_time_ms")) or None,
        )

    def read_error(self, reply: Reply) -> ReelwayError:
        kind, code = REASONS.get(part(reply.data, "reason", str), (None, None))
        return error_of(reply, part(reply.data, "message", str), kind, code)


def _by_status(status: int) -> tuple[int, str]:
    """For a code that is in no table."""
    if status < 500:
        return status, OTHER_REFUSAL
    return OTHER_SHORTAGE if status == 503 else OTHER_FAILURE


def _wordless(request: VideoRequest) -> Mapping[str, object]:
    pictures = request.kind == "image"
    return {
        "model": request.model != FAMILY,
        "kind": (request.kind, request.resolution) not in SLUG_OF,
        "first_frame": pictures != bool(request.first_frame),
        "last_frame": request.last_frame and (request.shots or not pictures),
        "aspect_ratio": request.aspect_ratio and pictures,
        "references": request.references,
        "elements": request.elements,
        "voices": request.voices,
        "shot_mode": request.shot_mode == "intelligence",
        "prompt": request.prompt and request.shots,
        "seed": request.seed is not None,
    }


wire = Novita()
