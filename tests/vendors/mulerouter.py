"""MuleRouter: POST /vendors/klingai/v1/kling-v3/{text,image}-to-video/generation → 202, GET the
same path and /<id>.

mulerouter.ai/docs: api-reference/endpoint/klingai/kling-v3/*, get-started/{async-tasks,
error-codes,webhooks}. Two vocabularies are documented: `words` says which is spoken: endpoint
(pending …), general (queued …), or both, from one answer to the next.
"""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar

from vendors.checks import Bad, Body, markers, shots
from vendors.job import DONE, FAILED, RUNNING, WAITING, Job, Order, View
from vendors.plain import Answer, Call, answer
from vendors.vendor import Vendor

PATH = re.compile(r"(/vendors/klingai/v1/kling-v3/(text|image)-to-video/generation)(?:/([^/]+))?$")
VOCABULARIES = {
    "endpoint": {WAITING: "pending", RUNNING: "processing", DONE: "completed", FAILED: "failed"},
    "general": {WAITING: "queued", RUNNING: "running", DONE: "succeeded", FAILED: "failed"},
}
EVENTS = {WAITING: "task.created", DONE: "task.succeeded", FAILED: "task.failed"}
MASKS = ("dynamic_masks", "static_mask", "camera_control")


class MuleRouter(Vendor):
    name = "mulerouter"
    inline = True
    rests = (5, 60, 600, 3600)  # A: exponential, several hours
    nullable = ("first_frame", "last_frame", "multi_prompt", "elements")

    refusals: ClassVar[dict[str, int]] = {
        "no_key": 401,
        "bad_key": 401,
        "body": 400,
        "large": 400,
        "format": 400,
        "size": 400,
        "no_route": 404,
        "no_task": 404,
        "balance": 402,
        "throttled": 429,
    }

    def __init__(self, *, words: str = "endpoint", short_errors: bool = False, **more: Any) -> None:
        """`short_errors`: bodies with `detail` alone, as in the official client's tests."""
        super().__init__(**more)
        if words not in (*VOCABULARIES, "both"):
            raise ValueError("words must be endpoint, general or both")
        self._words, self._short = words, short_errors

    def route(self, call: Call) -> tuple[str, str] | None:
        found = PATH.match(call.path)
        if found and call.method == "POST" and not found[3]:
            return "create", ""
        if found and call.method == "GET" and found[3]:
            job = self.ledger.jobs.get(found[3])
            # It is found under the path that made it.
            return "poll", found[3] if job is None or job.order.path == found[1] else ""
        return None

    def id(self) -> str:
        return str(uuid.uuid4())

    def path(self, job: Job) -> str:
        return f"/public/{job.id}/result_000.mp4"

    async def read(self, call: Call, body: Body) -> Order:
        found = PATH.match(call.path)
        assert found, "route let it in"
        prompt = body.text("prompt", 2500)
        body.text("negative_prompt", 2500)
        seconds = body.whole("duration", 3, 15) or 5
        parts = shots(body, seconds, index=True)
        cut = self._shots_win(body, prompt, bool(parts))
        if not cut and not prompt:
            raise Bad("prompt", "is required")
        texts = [text for text, _ in parts] if cut else [prompt]
        markers(texts, "element", len(await self._elements(body)))
        sound = body.word("sound", ("on", "off"), "off") == "on"
        mode = body.word("mode", ("std", "pro"), "std")
        shape = await self._shape(body, image=found[2] == "image")
        return Order(
            model="kling-v3",
            kind=found[2],
            resolution={"std": "720p", "pro": "1080p"}[mode],
            seconds=seconds,
            sound=sound,
            shape=shape,
            path=found[1],
        )

    @staticmethod
    def _shots_win(body: Body, prompt: str, given: bool) -> bool:
        """multi_shot, shot_type and what each needs."""
        many = body.flag("multi_shot")
        kind = body.word("shot_type", ("customize", "intelligence"), "")
        if many and not kind:
            raise Bad("shot_type", "is required with multi_shot")
        if many and kind == "customize" and not given:
            raise Bad("multi_prompt", "is required with customize")
        return many and kind == "customize"

    async def _shape(self, body: Body, *, image: bool) -> str | float:
        first, last = body.text("first_frame"), body.text("last_frame")
        if image and not (first or last):
            raise Bad("first_frame", "or last_frame is required")
        ratios = [await self.look("first_frame", first)] if first else []
        ratios += [await self.look("last_frame", last)] if last else []
        masks = [name for name in MASKS if body.plain.get(name) is not None]
        if image and len(masks) + bool(last) > 1:
            raise Bad(masks[0], "does not go with the others, nor with last_frame")
        for name in MASKS:
            body.get(name, object)
        sent = "aspect_ratio" in body.plain
        asked = body.word("aspect_ratio", ("16:9", "9:16", "1:1"), "16:9")
        seen = next((ratio for ratio in ratios if ratio), None)
        return asked if sent or seen is None else seen

    async def _elements(self, body: Body) -> list[Body]:
        elements = body.parts("elements", 1, 3)
        for n, element in enumerate(elements):
            kind = element.word("type", ("image", "video"), "image")
            if kind == "video":
                element.items("reference_videos", 1, 3)
                continue
            front = element.text("frontal_image", required=True)
            references = element.items("reference_images", 1, 3)
            if not references:
                raise Bad(f"elements[{n}].reference_images", "is required")
            for picture in (front, *references):
                if not isinstance(picture, str):
                    raise Bad(f"elements[{n}].reference_images", "must be strings")
                await self.look(f"elements[{n}]", picture)
        return elements

    def accepted(self, job: Job) -> Answer:
        return self._traced(answer(202, self.task(job, View(now=job.created_at, state=WAITING))))

    def show(self, job: Job, view: View) -> Answer:
        return self._traced(answer(200, self.task(job, view)))

    def task(self, job: Job, view: View) -> dict[str, Any]:
        info: dict[str, Any] = {
            "id": job.id,
            "status": view.word or self._word(job, view.state),
            "created_at": iso(job.created_at),
            "updated_at": iso(min(view.now, job.ends_at)),
        }
        if view.state == FAILED and job.failure:
            code, words = job.failure
            info["error"] = {"code": int(code), "title": "Provider error", "detail": words}
        return {"task_info": info, **({"videos": [view.link]} if view.link else {})}

    def _word(self, job: Job, state: str) -> str:
        words = self._words
        if words == "both":
            words = "general" if job.polls % 2 else "endpoint"
        return VOCABULARIES[words][state]

    def failure(self, kind: str) -> tuple[str, str]:
        code, words = super().failure(kind)
        return {"refused": "4002", "failed": "3001"}[code], words

    def event(self, job: Job, view: View) -> dict[str, Any] | None:
        if view.state not in EVENTS:
            return None
        return {
            "id": f"evt_{secrets.token_hex(6)}",
            "type": EVENTS[view.state],
            "created_at": iso(view.now),
            "data": {
                "vendor": "klingai",
                "model_name": "kling-v3",
                "payload": self.task(job, view),
            },
        }

    def refusal(self, kind: str, words: str = "", status: int = 500) -> Answer:
        status = self.refusals.get(kind, status)
        body: dict[str, Any] = {"detail": words}
        if not self._short:
            body = {"code": status, "title": HTTPStatus(status).phrase, **body}
        return self._traced(answer(status, body))

    @staticmethod
    def _traced(said: Answer) -> Answer:
        trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        return answer(said.status, said.json(), {"traceparent": trace})


def iso(at: int) -> str:
    """ISO 8601 with milliseconds and Z."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03}Z"
