"""MyRouter: Novita's format on another host, under `/myrouter` here.

At the root Novita answers for the paths that both have. Of the two, MyRouter's task result has no
`extra.enable_nsfw_detection`, and two errors have other names.

Pages: docs.myrouter.ai/docs/models/reference-kling-v3.0-{pro-t2v,pro-i2v,std-i2v},
…/reference-get-async-task-result, docs.myrouter.ai/docs/support/faq_rpm. Its error names are those
of a sister platform: docs.jiekou.ai/en/docs/models/reference-error-code. Inferred: std-t2v, both 4k
slugs, the names of image errors. Assumed: the error body, the four status words, the webhook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reelway.errors import ReelwayError
from reelway.wire import Reply
from reelway.wires.novita import Novita

# Novita's reason → HTTP status and MyRouter's reason, where it has another.
REASONS: Mapping[str, tuple[int, str]] = {
    "API_NOT_ALLOWED": (403, "ACCESS_DENY"),
    "BILLING_BALANCE_NOT_ENOUGH": (403, "NOT_ENOUGH_BALANCE"),
}


class MyRouter(Novita):
    name = "myrouter"
    title = "MyRouter"
    owns: tuple[str, ...] = ()  # the paths at the root are Novita's
    nsfw_detection = False

    def write_error(self, error: ReelwayError) -> Reply:
        reply = super().write_error(error)
        status, reason = REASONS.get(reply.data["reason"], (reply.status, reply.data["reason"]))
        data = {**reply.data, "code": status, "reason": reason}
        return replace(reply, status=status, data=data)


wire = MyRouter()
