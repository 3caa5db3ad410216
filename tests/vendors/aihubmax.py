"""AIHubMax: POST /v1/videos/generations, GET /v1/tasks/<id>; the tier is `resolution`.

docs.aihubmax.com kling-v3-text-to-video and siblings; envelope, query and errors as docs.foxapi.cc
has them. `results` is a list of objects; `strings` gives EvoLink's bare addresses instead.
"""

from __future__ import annotations

import secrets
import string
from typing import Any, ClassVar

from vendors.checks import Bad, Body, markers, shots
from vendors.job import DONE, FAILED, RUNNING, WAITING, Job, Order, View
from vendors.plain import Answer, Call, answer
from vendors.vendor import Vendor

WORDS = {WAITING: "pending", RUNNING: "processing", DONE: "completed", FAILED: "failed"}
VOICE = "kling-video-create-voice"
MODELS = {
    "kling-v3-text-to-video": "text",
    "kling-v3-image-to-video": "image",
    "kling-o3-text-to-video": "text",
    "kling-o3-image-to-video": "image",
    VOICE: "voice",
}
RATIOS = ("16:9", "9:16", "1:1")


class AIHubMax(Vendor):
    name = "aihubmax"
    link_seconds = 86_400
    rests = (1, 2, 4)

    refusals: ClassVar[dict[str, tuple[int, str]]] = {
        "no_key": (401, "authentication_error"),
        "bad_key": (401, "authentication_error"),
        "body": (400, "invalid_request_error"),
        "large": (400, "invalid_request_error"),
        "format": (400, "invalid_request_error"),
        "size": (400, "invalid_request_error"),
        "no_route": (404, "not_found"),
        "no_task": (404, "not_found"),
        "balance": (402, "insufficient_quota"),
        "throttled": (429, "rate_limit_error"),
    }

    def __init__(self, *, strings: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self._strings = strings

    def route(self, call: Call) -> tuple[str, str] | None:
        if call.method == "POST" and call.path == "/v1/videos/generations":
            return "create", ""
        if call.method == "GET" and call.path.startswith("/v1/tasks/"):
            return "poll", call.path.removeprefix("/v1/tasks/")
        return None

    def id(self) -> str:
        letters = string.ascii_lowercase + string.digits
        tail = "".join(secrets.choice(letters) for _ in range(8))
        return f"task-unified-{self.clock.now() // 1000}-{tail}"

    async def read(self, call: Call, body: Body) -> Order:
        model = body.text("model", required=True)
        kind = MODELS.get(model)
        if kind is None:
            raise Bad("model", "is not known")
        hook = body.text("callback_url") or None  # A: as EvoLink documents it
        if kind == "voice":
            if not body.text("voice_url", required=True).startswith(("http://", "https://")):
                raise Bad("voice_url", "must be an http or https address")
            return Order(model=model, kind=kind, hook=hook, path=call.path)
        if model == "kling-o3-image-to-video":
            body.nullable = ("prompt",)
        prompt = body.text("prompt", 2500)
        seconds, parts = self._length(body, model)
        if not (prompt or parts):
            raise Bad("prompt", "is required")
        if "-o3-image" in model and prompt and parts:
            raise Bad("prompt", "does not go with multi_prompt")
        sound = body.flag("generate_audio")
        if "-v3-" in model:
            voices = body.items("voice_ids", 0, 2)
            if voices and not sound:
                raise Bad("voice_ids", "needs generate_audio")
            if any(not isinstance(voice, str) or not voice for voice in voices):
                raise Bad("voice_ids", "must be strings")
            markers([prompt, *(text for text, _ in parts)], "voice", len(voices))
        body.text("negative_prompt")
        return Order(
            model=model,
            kind=kind,
            resolution=body.word("resolution", ("720p", "1080p", "4k"), "720p"),
            seconds=seconds,
            sound=sound,
            shape=await self._shape(body, model, bool(parts)),
            hook=hook,
            path=call.path,
        )

    @staticmethod
    def _length(body: Body, model: str) -> tuple[int, list[tuple[str, int]]]:
        seconds = body.whole("duration", 3, 15)
        parts = shots(body, seconds)
        if seconds is None:
            seconds = sum(length for _, length in parts) or 5
        if "-v3-" in model and seconds not in (5, 10):
            raise Bad("duration", "must be 5 or 10")
        if not 3 <= seconds <= 15:
            raise Bad("duration", "must be between 3 and 15")
        return seconds, parts

    async def _shape(self, body: Body, model: str, cut: bool) -> str | float:
        if MODELS[model] == "text":
            return body.word("aspect_ratio", RATIOS, "16:9")
        tail = "image_tail_url" if "-v3-" in model else "end_image_url"
        seen = await self.look("image_url", body.text("image_url", required=True))
        if end := body.text(tail):
            await self.look(tail, end)
            if cut:
                raise Bad(tail, "does not go with multi_prompt")
        return seen or 16 / 9

    def accepted(self, job: Job) -> Answer:
        view = self.view(job)
        body = self._head(job) | {"progress": 0, "status": WORDS[WAITING]}
        return answer(
            200, body | {"task_info": {"can_cancel": True, "estimated_time": int(view.eta)}}
        )

    def show(self, job: Job, view: View) -> Answer:
        return answer(200, self.task(job, view))

    def _head(self, job: Job) -> dict[str, Any]:
        kind = "audio" if job.order.kind == "voice" else "video"
        return {
            "created": int(job.id.split("-")[2]),
            "id": job.id,
            "model": job.order.model,
            "object": f"{kind}.generation.task",
            "type": kind,
        }

    def task(self, job: Job, view: View) -> dict[str, Any]:
        failed = job.failure if view.state == FAILED else None
        return self._head(job) | {
            "status": view.word or WORDS[view.state],
            "progress": int(view.progress),
            "results": self._results(job, view),
            "error": {"code": failed[0], "message": failed[1], "type": "task_error"}
            if failed
            else None,
            "usage": {
                "credits_reserved": 0 if failed else job.price / 100_000,
                "user_group": "default",
            },
        }

    def _results(self, job: Job, view: View) -> list[Any] | None:
        if job.order.kind == "voice" and view.state == DONE:
            return [{"voice_id": f"voice_{job.number}"}]
        if not view.link:
            return None
        return [view.link if self._strings else {"url": view.link}]

    def failure(self, kind: str) -> tuple[str, str]:
        code, words = super().failure(kind)
        return {"refused": "content_policy_violation", "failed": "service_error"}[code], words

    def event(self, job: Job, view: View) -> dict[str, Any] | None:
        return self.task(job, view) if view.state in (DONE, FAILED) else None

    def refusal(self, kind: str, words: str = "", status: int = 500) -> Answer:
        if kind not in self.refusals:
            name = "service_unavailable_error" if status == 503 else "server_error"
        else:
            status, name = self.refusals[kind]
        return answer(status, {"error": {"message": words, "type": name}})
