"""MyRouter: Novita's form but for an `extra` without `enable_nsfw_detection`, an empty
`task_type`, and no balance told as NOT_ENOUGH_BALANCE (403).

docs.myrouter.ai: reference-kling-v3.0-*, reference-get-async-task-result, faq_rpm.
"""

from __future__ import annotations

from typing import Any, ClassVar

from vendors.job import Job, View
from vendors.novita import Novita


class MyRouter(Novita):
    name = "myrouter"
    refusals: ClassVar[dict[str, tuple[int, str]]] = {
        **Novita.refusals,
        "balance": (403, "NOT_ENOUGH_BALANCE"),
    }

    def task_type(self, job: Job) -> str:
        return ""

    def extra(self, job: Job, view: View) -> dict[str, Any]:
        extra = super().extra(job, view)
        del extra["enable_nsfw_detection"]
        return extra
