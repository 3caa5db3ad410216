"""Novita: POST /v3/async/<slug>, GET /v3/async/task-result?task_id=. The tier is in the path.

novita.ai/docs/api-reference: model-apis-kling-v3.0-*, model-apis-task-result, model-apis-webhook,
basic-error-code. Odd, and kept: `seed` and times are "" until they are known, `video_url_ttl` is a
string, an ETA has fractions, SUCCEED has no ending.
"""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar

from vendors.checks import Bad, Body, shots
from vendors.job import DONE, FAILED, RUNNING, WAITING, Job, Order, View
from vendors.plain import Answer, Call, answer
from vendors.vendor import Vendor

SLUG = re.compile(r"/v3/async/kling-v3\.0-(std|pro|4k)-(t2v|i2v)$")
TIERS = {"std": "720p", "pro": "1080p", "4k": "4k"}
WORDS = {
    WAITING: "TASK_STATUS_QUEUED",
    RUNNING: "TASK_STATUS_PROCESSING",
    DONE: "TASK_STATUS_SUCCEED",
    FAILED: "TASK_STATUS_FAILED",
}
MISHAPS = {"create_failed": "CREATE_TASK_FAILED", "poll_failed": "GET_RESULT_FAILED"}


class Novita(Vendor):
    name = "novita"
    link_seconds = 3600
    link_renewed = True
    rests = (1, 2, 4, 8)  # five tries; the spacing is not given
    patience = 5
    strange_word = "TASK_STATUS_HIBERNATING"

    # Names by kind; the documents' own, and the status each comes with.
    refusals: ClassVar[dict[str, tuple[int, str]]] = {
        "no_key": (401, "FAILED_TO_AUTH"),
        "bad_key": (403, "INVALID_API_KEY"),
        "body": (400, "INVALID_REQUEST_BODY"),
        "large": (400, "IMAGE_FILE_EXCEEDS_MAX_SIZE"),
        "format": (400, "INVALID_IMAGE_FORMAT"),
        "size": (400, "INVALID_IMAGE_SIZE"),
        "no_route": (404, "API_NOT_FOUND"),
        "no_task": (404, "TASK_NOT_FOUND"),
        "balance": (400, "BILLING_BALANCE_NOT_ENOUGH"),
        "throttled": (429, "RATE_LIMIT_EXCEEDED"),
    }

    def route(self, call: Call) -> tuple[str, str] | None:
        if call.method == "POST" and SLUG.match(call.path):
            return "create", ""
        if call.method == "GET" and call.path == "/v3/async/task-result":
            return "poll", call.query.get("task_id", "")
        return None

    def id(self) -> str:
        return str(uuid.uuid4())

    async def read(self, call: Call, body: Body) -> Order:
        found = SLUG.match(call.path)
        assert found, "route let it in"
        tier, kind = found.groups()
        prompt = body.text("prompt", 2500)
        body.text("negative_prompt", 2500)
        seconds = body.whole("duration", 3, 15)
        parts = shots(body, seconds)
        if bool(prompt) == bool(parts):
            raise Bad("prompt", "or multi_prompt is required, not both")
        if parts and seconds is None:
            seconds = sum(length for _, length in parts)
            if not 3 <= seconds <= 15:
                raise Bad("multi_prompt", "durations must sum to 3–15")
        body.number("cfg_scale", 0, 1)
        sound = body.flag("sound")
        shape: str | float
        if kind == "t2v":
            shape = body.word("aspect_ratio", ("16:9", "9:16", "1:1"), "16:9")
        else:
            shape = await self.look("image", body.text("image", required=True)) or 16 / 9
            if end := body.text("end_image"):
                await self.look("end_image", end)
                if parts:
                    raise Bad("end_image", "does not go with multi_prompt")
        return Order(
            model=f"KLING_V3_0_{tier}_{kind}".upper(),
            kind="text" if kind == "t2v" else "image",
            resolution=TIERS[tier],
            seconds=seconds or 5,
            sound=sound,
            shape=shape,
            hook=self._hook_of(body),
            path=call.path,
        )

    @staticmethod
    def _hook_of(body: Body) -> str | None:
        extra = Body(body.get("extra", dict) or {}, within="extra")
        webhook = Body(extra.get("webhook", dict) or {}, within="extra.webhook")
        return webhook.text("url") or None

    def accepted(self, job: Job) -> Answer:
        return answer(200, {"task_id": job.id})

    def show(self, job: Job, view: View) -> Answer:
        return answer(200, self.result(job, view))

    def result(self, job: Job, view: View) -> dict[str, Any]:
        videos = []
        if view.link:
            ttl = f"{self.link_seconds:g}"
            videos.append({"video_url": view.link, "video_url_ttl": ttl, "video_type": "mp4"})
        return {
            "extra": self.extra(job, view),
            "task": {
                "task_id": job.id,
                "task_type": self.task_type(job),
                "status": view.word or WORDS[view.state],
                "reason": job.failure[1] if view.state == FAILED and job.failure else "",
                "eta": round(view.eta, 1) if view.state == RUNNING else 0,
                "progress_percent": int(view.progress),
            },
            "images": [],
            "videos": videos,
            "audios": [],
        }

    def task_type(self, job: Job) -> str:
        return job.order.model

    def extra(self, job: Job, view: View) -> dict[str, Any]:
        """`webhook` is echoed in the messages alone."""
        known = view.state == DONE
        return {
            "seed": str(job.number * 7) if known else "",
            "enable_nsfw_detection": False,
            "debug_info": {
                "request_info": "",
                "submit_time_ms": str(job.created_at),
                "execute_time_ms": "" if view.state == WAITING else str(job.starts_at),
                "complete_time_ms": str(job.ends_at) if view.state in (DONE, FAILED) else "",
            },
        }

    def event(self, job: Job, view: View) -> dict[str, Any] | None:
        if view.state not in (DONE, FAILED):
            return None
        payload = self.result(job, view)
        payload["extra"]["webhook"] = {"url": job.order.hook}
        return {"event_type": "ASYNC_TASK_RESULT", "payload": payload}

    def refusal(self, kind: str, words: str = "", status: int = 500) -> Answer:
        if kind in MISHAPS:
            reason = "SERVICE_NOT_AVAILABLE" if status == 503 else MISHAPS[kind]
        else:
            status, reason = self.refusals[kind]
        return answer(status, {"code": status, "reason": reason, "message": words, "metadata": {}})
