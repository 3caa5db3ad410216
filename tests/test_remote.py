"""One attempt at a vendor: what the vendor's own ledger says of it, whatever went wrong."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, order, story
from gateway import SCALE, gateway
from vendors.aihubmax import AIHubMax
from vendors.films import film
from vendors.job import even
from vendors.line import TROUBLES, Line
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.running import certificate, refused, unresolved
from vendors.vendor import Vendor

VENDORS = (Novita, MyRouter, MuleRouter, AIHubMax)
each_vendor = pytest.mark.parametrize("kind", VENDORS, ids=lambda kind: kind.name)
DAY = 86_400.0
SILENCE = 0.3  # seconds until a create, a look or a handshake that nobody answers is given up


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
    if "slow" in fault:  # else a machine that is slow itself would be taken for its vendor
        monkeypatch.setattr("reelway.engines.hosted.CREATE", SILENCE)
        monkeypatch.setattr("reelway.engines.hosted.POLL", SILENCE)
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


# The line to it: whoever has seen nothing of a create has made nothing of it.

PROVEN = ["no_name", "refused", *(f"tls {kind}" for kind in TROUBLES)]
IN_DOUBT = ["mute", "hang_up", "reset", "noise", "tls cut_before", "tls cut_after"]


@asynccontextmanager
async def far(
    kind: type[Vendor], monkeypatch: pytest.MonkeyPatch, *faults: str, tls: bool, **when: Any
) -> AsyncIterator[tuple[Vendor, Line]]:
    """A vendor at the end of a line with these faults. Over TLS its certificate is trusted, and so
    is whatever is wrong with another one than that nobody knows it."""
    if "mute" in faults:
        monkeypatch.setattr("reelway.outbound.way.CONNECT", SILENCE)
        monkeypatch.setattr("reelway.engines.hosted.POLL", SILENCE)
        if not (tls or when):
            monkeypatch.setattr("reelway.engines.hosted.CREATE", SILENCE)
    context, authority = certificate() if tls else (None, "")
    vendor = kind(speed=0, start=NOW, scale=SCALE, tls=context)
    async with vendor, Line(vendor) as line:
        for fault in faults:
            await line.fault(fault, **when)
        vendor.address = line.address
        if tls:
            trusted = ssl.create_default_context(cadata="".join([authority, *line.trusted]))
            monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusted)
        yield vendor, line


@pytest.mark.parametrize("trouble", PROVEN)
@each_vendor
async def test_a_create_that_was_provably_not_sent_goes_elsewhere(
    kind: type[Vendor], trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = trouble.startswith("tls")
    faults = [trouble.removeprefix("tls ")] if tls else []
    other = AIHubMax if kind is Novita else Novita
    async with far(kind, monkeypatch, *faults, tls=tls) as (vendor, line), other(
        speed=0, start=NOW, scale=SCALE
    ) as second:  # fmt: skip
        with refused() as nowhere:
            if trouble == "refused":
                vendor.address = nowhere
            elif trouble == "no_name":
                vendor.address = "https://vendor.example"
                monkeypatch.setattr("reelway.outbound.way.Way._lookup", lambda _, h: unresolved(h))
            async with gateway(tmp_path, vendor, second) as gate:
                task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (task.status, task.error, task.engine) == ("succeeded", None, f"{other.name}-1")
        (told,) = task.report["declined"]
        assert (told["provider"], told["code"]) == (f"{kind.name}-1", "not_sent")
        assert (vendor.ledger.entries, line.connections) == ([], int(tls))
        assert second.ledger.jobs_made("fox 1") == len(second.ledger.creates) == 1
        assert "ambiguous" not in task.report


@pytest.mark.parametrize("trouble", IN_DOUBT)
@each_vendor
async def test_a_create_of_which_a_byte_may_have_gone_is_in_doubt(
    kind: type[Vendor], trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it was that the other side then said, or did not say."""
    tls = trouble.startswith("tls")
    faults = [] if tls else [trouble]
    other = AIHubMax if kind is Novita else Novita
    async with far(kind, monkeypatch, *faults, tls=tls) as (vendor, line), other(
        speed=0, start=NOW, scale=SCALE
    ) as second:  # fmt: skip
        if tls:
            vendor.fault(trouble.removeprefix("tls "))
        async with gateway(tmp_path, vendor, second) as gate:
            task = await gate.ended(await order(gate.means, prompt="fox 1"), 2 * 3600)
            assert (task.status, task.stage, task.engine) == (
                "running",
                "ambiguous",
                f"{kind.name}-1",
            )
            assert line.connections == 1
            assert vendor.ledger.jobs_made("fox 1") == (trouble == "tls cut_after")
            assert second.ledger.creates == []


@pytest.mark.parametrize("trouble", ["no_name", *TROUBLES, *(f"tls {kind}" for kind in TROUBLES)])
@each_vendor
async def test_a_line_that_fails_at_looks_ends_nothing(
    kind: type[Vendor],
    trouble: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tls, fault = trouble.startswith("tls"), trouble.removeprefix("tls ")
    faults = [fault] if fault in TROUBLES else []
    more: dict[str, Any] = {"after": 1, "times": 2} if faults else {}
    async with far(kind, monkeypatch, *faults, tls=tls, **more) as (vendor, _):
        if trouble == "no_name":
            vendor.address = vendor.address.replace("127.0.0.1", "vendor.example")
            monkeypatch.setattr("reelway.outbound.way.Way._lookup", names(1, 3))
        async with gateway(tmp_path, vendor) as gate:
            task = await gate.ended(await order(gate.means, prompt="fox 1"))
            assert (task.status, task.attempt) == ("succeeded", 1)
            assert task.film
            assert gate.means.assets.path(task.film).read_bytes() == made_by(vendor, "fox 1")
            assert len(vendor.ledger.creates) == 1
            assert "upstream_unreachable_since" not in task.report
    assert "provider.unreachable" in [record.message for record in caplog.records]


def names(good: int, bad: int) -> Any:
    """A lookup that finds a name so often, then does not so often, and then does."""
    asked = 0

    async def look(way: object, host: str) -> Sequence[str]:
        nonlocal asked
        asked += 1
        if good < asked <= good + bad:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ["127.0.0.1"]

    return look
