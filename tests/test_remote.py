"""One attempt at a vendor: what the vendor's own ledger says of it, whatever went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, order, story
from gateway import SCALE, gateway
from vendors.aihubmax import AIHubMax
from vendors.films import film
from vendors.job import even
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.vendor import Vendor

VENDORS = (Novita, MyRouter, MuleRouter, AIHubMax)
each_vendor = pytest.mark.parametrize("kind", VENDORS, ids=lambda kind: kind.name)
DAY = 86_400.0


def made_by(vendor: Vendor, text: str) -> bytes:
    """The film of the only job of that text."""
    (job,) = vendor.ledger.jobs_of(text)
    width, height = (even(side * SCALE) for side in job.order.size)
    return film(width, height, job.order.seconds, job.order.sound)


@each_vendor
async def test_from_an_order_to_a_film(kind: type[Vendor], tmp_path: Path) -> None:
    async with gateway(tmp_path, kind) as gate:
        task = await gate.ended(await order(gate.means, prompt="fox 1", sound=True))
        assert (task.status, task.error, task.engine) == ("succeeded", None, f"{kind.name}-1")
        assert task.receipt and task.receipt["provider"] == f"{kind.name}-1"
        assert task.film
        assert gate.means.assets.path(task.film).read_bytes() == made_by(gate.vendor, "fox 1")
        assert await story(gate.means, task) == [("queued", 1), ("running", 1), ("succeeded", 1)]
        assert gate.means.runner.accounts()[f"{kind.name}-1"].busy == 0
        keys = [name for e in gate.vendor.ledger.of("download") for name in e.headers]
        assert "authorization" not in keys and "x-api-key" not in keys


@pytest.mark.parametrize("fault", ["truncated", "not_a_film", "no_file", "expired"])
@each_vendor
async def test_a_film_that_is_put_right_later_is_delivered(
    kind: type[Vendor], fault: str, tmp_path: Path
) -> None:
    """Never succeeded without its file, never given up while its vendor may have it still."""
    async with gateway(tmp_path, kind) as gate:
        gate.vendor.fault(fault, lasts=5000.0)
        task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (task.status, task.attempt) == ("succeeded", 1)
        assert task.finished_at and task.finished_at - NOW > 5_000_000
        assert task.film
        assert gate.means.assets.path(task.film).read_bytes() == made_by(gate.vendor, "fox 1")
        assert len(gate.vendor.ledger.creates) == 1


# What goes wrong, and what becomes of the one task of one provider: its status and error, how many
# jobs the vendor made of it, what its report holds.

DELIVERED, HELD, LOST = ("succeeded", None), ("running", None), ("failed", "lost")
CREATES: list[tuple[str, dict[str, Any], tuple[str, str | None], int, set[str]]] = [
    # A job may have been made: held, and never sent again.
    ("cut_before", {}, HELD, 0, {"ambiguous"}),
    ("cut_before", {"reset": True}, HELD, 0, {"ambiguous"}),
    ("error_before", {}, HELD, 0, {"ambiguous"}),
    ("error_before", {"status": 504, "body": "html"}, HELD, 0, {"ambiguous"}),
    ("error_before", {"status": 503, "body": "empty"}, HELD, 0, {"ambiguous"}),
    ("slow_before", {}, HELD, 1, {"ambiguous"}),  # made after we had gone
    ("cut_after", {}, HELD, 1, {"ambiguous"}),
    ("cut_after", {"reset": True}, HELD, 1, {"ambiguous"}),
    ("error_after", {}, HELD, 1, {"ambiguous"}),
    ("error_after", {"status": 502, "body": "html"}, HELD, 1, {"ambiguous"}),
    ("slow_after", {}, HELD, 1, {"ambiguous"}),
    ("half", {}, HELD, 1, {"ambiguous"}),
    ("not_json", {}, HELD, 1, {"ambiguous"}),
    ("no_id", {}, HELD, 1, {"ambiguous"}),
    # It is known that there is one, or that there is none.
    ("twice", {}, DELIVERED, 1, set()),
    ("throttled", {"times": 4}, DELIVERED, 1, {"declined"}),
    ("balance", {"times": 3}, DELIVERED, 1, {"declined"}),
    ("key_refused", {"times": 2}, DELIVERED, 1, {"declined"}),
]
LOOKS: list[tuple[str, dict[str, Any], tuple[str, str | None], int, set[str]]] = [
    ("unknown_job", {"at": (1, 2, 3)}, DELIVERED, 1, set()),
    ("poll_error", {"at": (1, 2, 3, 4, 5)}, DELIVERED, 1, set()),
    ("poll_error", {"at": (2,), "status": 500, "body": "html"}, DELIVERED, 1, set()),
    ("poll_cut", {"at": (1, 3)}, DELIVERED, 1, set()),
    ("poll_slow", {"at": (2,)}, DELIVERED, 1, set()),
    ("poll_throttled", {"at": (1, 2), "retry_after": 7}, DELIVERED, 1, set()),
    ("poll_not_json", {"at": (1, 2)}, DELIVERED, 1, set()),
    ("unknown_word", {"at": (1, 2)}, DELIVERED, 1, set()),
    ("backwards", {}, DELIVERED, 1, set()),
    ("no_file", {"times": 3}, DELIVERED, 1, set()),
    ("wrong_length", {}, DELIVERED, 1, {"deviations"}),
    ("wrong_size", {}, DELIVERED, 1, {"deviations"}),
    ("loud", {}, DELIVERED, 1, {"deviations"}),
    ("truncated", {}, LOST, 1, set()),  # its link leads to that and nothing else
    ("not_a_film", {}, LOST, 1, set()),
    ("expired", {"at": (1, 2)}, DELIVERED, 1, set()),
    ("download_error", {"times": 3}, DELIVERED, 1, set()),
    ("cut_download", {"times": 3}, DELIVERED, 1, set()),
    ("no_ranges", {}, DELIVERED, 1, set()),
    ("refused", {}, ("failed", None), 1, set()),
    ("failed", {}, ("failed", None), 1, set()),
    ("stuck", {}, LOST, 1, set()),
    ("poll_error", {"status": 503}, LOST, 1, {"upstream_unreachable_since"}),
    ("unknown_word", {"word": "done"}, LOST, 1, set()),
    ("no_file", {}, LOST, 1, {"upstream_unreachable_since"}),
    ("expired", {}, LOST, 1, {"upstream_unreachable_since"}),
]
CASES = [*CREATES, *LOOKS]


@pytest.mark.parametrize(
    ("fault", "how", "end", "jobs", "told"),
    CASES,
    ids=[f"{c[0]}{n}" for n, c in enumerate(CASES)],
)
@each_vendor
async def test_whatever_goes_wrong(
    kind: type[Vendor],
    fault: str,
    how: dict[str, Any],
    end: tuple[str, str | None],
    jobs: int,
    told: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reelway.engines.hosted.CREATE", 0.3)
    monkeypatch.setattr("reelway.engines.hosted.POLL", 0.3)
    monkeypatch.setattr("reelway.outbound.downloading.PAUSE", 0.001)
    async with gateway(tmp_path, kind, hosted={"lost_after": 3600}) as gate:
        gate.vendor.fault(fault, **how)
        task = await order(gate.means, prompt="fox 1")
        task = await gate.ended(task, 2 * 3600 if end == HELD else DAY)
        gate.vendor.release()
        await gate.passed(600)
        ledger = gate.vendor.ledger
        assert task.status == end[0]
        assert end[1] is None or (task.error and task.error.code == end[1])
        assert ledger.jobs_made("fox 1") == jobs
        assert told <= task.report.keys() | {"ambiguous"}
        assert ("ambiguous" in task.report) == ("ambiguous" in told)
        proven = {"throttled", "balance", "key_refused"}
        assert len(ledger.creates) == 1 or fault in proven
        ends = [s for s, _ in await story(gate.means, task) if s not in ("queued", "running")]
        assert ends == ([end[0]] if end != HELD else [])
        if end == DELIVERED and "deviations" not in told:
            assert task.film
            assert gate.means.assets.path(task.film).read_bytes() == made_by(gate.vendor, "fox 1")
        assert gate.means.runner.accounts()[f"{kind.name}-1"].busy == 0
