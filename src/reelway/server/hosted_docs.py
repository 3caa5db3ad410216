"""What documents show of tasks that a provider makes: each thing that their reports may say.

views(at)    when it is so, and the task as it is then; `at` makes a task in a status
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reelway import words
from reelway.money import Cost
from reelway.server.examples import AT
from reelway.task import Fault, Status, View

HELD = Cost(amount=420_000, state="reserved")
PAID = Cost(amount=420_000, state="settled")
FREED = Cost(amount=0, state="released")
HELD_BY_VENDOR = (
    "novita-eu works on the task and cannot be told to stop: with abandon it ends here as "
    f"cancelled, costs what it costs, and its film is kept beside it. {words.HOW_TO_ABANDON}"
)
DECLINED = {
    "provider": "mulerouter",
    "code": "overloaded",
    "message": "try again later",
    "at": AT + 60,
}
REFUSED = {**DECLINED, "code": "content_policy", "message": "the prompt was refused"}
LENGTH = {"field": "duration", "ordered": 5, "made": 5.04}
SIZE = {"field": "size", "ordered": [1280, 720], "made": [1284, 716]}
SILENT = {"field": "sound", "ordered": True, "made": False}
MADE = {"provider": "novita-eu", "bytes": 1_834_211}
LOST = Fault(code="lost", message="its provider has told nothing final of it for too long")


def views(at: Callable[[Status], View]) -> list[tuple[str, View]]:
    def view(status: Status, cost: Cost, report: Mapping[str, Any]) -> View:
        return replace(at(status), engine="novita-eu", cost=cost, report=report)

    sent = {"declined": [DECLINED], "refused": [REFUSED]}
    made = {**MADE, **sent, "deviations": [LENGTH, SIZE, SILENT], "ignored": []}
    doubt = {"provider": "novita-eu", "since": AT + 900, "why": "the connection broke"}
    away = {"upstream_unreachable_since": AT + 900, "upstream_unreachable_why": "HTTP 503"}
    failed = {"code": "content_policy", "message": "the prompt was refused"}
    done = at("succeeded")
    film = {
        name: getattr(done, name)
        for name in ("film", "film_url", "film_expires_at", "poster_url", "stored_at")
    }
    came = view("cancelled", PAID, {**MADE, "late_result": {"at": AT + 4200}})
    return [
        ("By a provider, after another one had declined", view("succeeded", PAID, made)),
        ("Its provider cannot be reached", view("running", HELD, away)),
        ("Nobody knows whether its provider has it", view("running", HELD, {"ambiguous": doubt})),
        (
            "All have declined, and it rests",
            replace(
                view("queued", HELD, {"declined": [DECLINED], "declined_since": AT + 60}),
                engine=None,
            ),
        ),
        ("Abandoned, and its film came", replace(came, **film)),
        (
            "Lost, and it failed there",
            replace(view("failed", FREED, {"late_error": failed}), error=LOST),
        ),
    ]
