"""Looks at a vendor's job: when the next one comes, what is kept between two of them, and what a
start finds of those before it."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, left_over, order, row, start
from gateway import Gate, gateway
from reelway.cancel import cancel
from reelway.remote import HOUR, SPOILT
from reelway.sweep import reconcile
from reelway.task import Task
from vendors.novita import Novita


async def until_stage(gate: Gate, task: Task, stage: str) -> Task:
    async with asyncio.timeout(10):
        while (fresh := await row(gate.means, task)).stage != stage:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return fresh


def logged(caplog: pytest.LogCaptureFixture, action: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.message == action]


# A film that cannot be kept


@pytest.mark.parametrize("fault", ["truncated", "not_a_film"])
async def test_a_spoilt_film_is_looked_for_soon_and_then_less_often(
    fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault(fault, lasts=3000.0)
        task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert task.status == "succeeded"
        assert "upstream_unreachable_since" not in task.report
        times = [entry.at for entry in gate.vendor.ledger.of("download")]
    pauses = [(after - before) / 1000 for before, after in pairwise(times)]
    assert SPOILT <= pauses[0] < SPOILT + 2
    assert 6 < len(pauses) < 14
    assert all(before < 1.2 * after for before, after in pairwise(pauses))
    assert all(after < 2.5 * before for before, after in pairwise(pauses))
    told = logged(caplog, "film.not_kept")
    assert len(told) == len(pauses)
    assert {(record.levelname, record.exc_info) for record in told} == {("WARNING", None)}


async def test_a_film_that_is_spoilt_after_days_is_looked_for_soon(tmp_path: Path) -> None:
    """However long looks had come to nothing before, for another reason."""
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("poll_error", lasts=40_000.0)
        gate.vendor.fault("truncated", lasts=42_000.0)
        task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert task.status == "succeeded"
        times = [entry.at for entry in gate.vendor.ledger.of("download")]
    assert times[0] - NOW > 40_000_000
    assert SPOILT * 1000 <= times[1] - times[0] < SPOILT * 1000 + 2000


@pytest.mark.parametrize(
    ("error", "level"),
    [(OSError(28, "no space left on device"), "WARNING"), (RuntimeError("a bug"), "ERROR")],
)
async def test_what_keeps_a_film_from_being_kept(
    error: Exception,
    level: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk is no fault of ours, and no traceback; either way the film is fetched again."""
    async with gateway(tmp_path, Novita) as gate:
        keep, tries = gate.means.assets.keep, list[int]()

        async def refuse(path: Path) -> Any:
            tries.append(1)
            if len(tries) < 4:
                raise error
            return await keep(path)

        monkeypatch.setattr(gate.means.assets, "keep", refuse)
        task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (task.status, task.attempt) == ("succeeded", 1)
        assert len(gate.vendor.ledger.of("download")) == 4
    told = logged(caplog, "film.not_kept")
    assert [record.levelname for record in told] == [level] * 3
    assert [bool(record.exc_info) for record in told] == [level == "ERROR"] * 3


async def test_what_came_of_a_film_is_kept_between_two_looks(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("cut_download", times=8)  # one look tries six times
        task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert task.status == "succeeded"
        downloads = gate.vendor.ledger.of("download")
        assert len(downloads) > 6
        assert all("range" in entry.headers for entry in downloads[1:])
        assert left_over(gate.means) == []


# A start


async def at_vendor(vendor: Novita, folder: Path) -> Task:
    """What an earlier process left: one that its vendor works on."""
    async with gateway(folder, vendor) as gate:
        vendor.fault("stuck", create=1)
        task = await order(gate.means, prompt="fox 1")
        return await until_stage(gate, task, "submitted")


@pytest.mark.parametrize("handed", [False, True])
async def test_what_no_look_has_reached_yet_can_be_abandoned(handed: bool, tmp_path: Path) -> None:
    """A server takes requests before it has read what was left to it."""
    async with Novita(speed=0, start=NOW, scale=0.125) as vendor:
        task = await at_vendor(vendor, tmp_path)
        assert task.receipt
        vendor.ledger.jobs[task.receipt["id"]].ends_at = vendor.clock.now()
        async with gateway(tmp_path, vendor, at=vendor.clock.now(), begin=False) as gate:
            if handed:
                assert await reconcile(gate.means) == 1
            cancelled = await cancel(await row(gate.means, task), gate.means, abandon=True)
            assert (cancelled.status, cancelled.stage) == ("cancelled", "late")
            assert await reconcile(gate.means) == (not handed)
            await start(gate.means)
            await gate.passed(HOUR)
            late = await row(gate.means, task)
            assert (late.status, late.stage) == ("cancelled", None) and late.film
            assert gate.open == 0


async def test_what_its_vendor_has_holds_its_slot_before_it_is_looked_at(tmp_path: Path) -> None:
    async with Novita(speed=0, start=NOW, scale=0.125) as vendor:
        await at_vendor(vendor, tmp_path)
        async with gateway(tmp_path, vendor, at=vendor.clock.now(), begin=False) as gate:
            gate.means.runner.slots("novita-1", 1)
            new = await order(gate.means, prompt="fox 2")
            await reconcile(gate.means)
            taken = gate.means.runner.accounts()["novita-1"]
            assert (taken.busy, taken.waiting) == (1, 1)
            assert gate.means.runner.place(new.id) == 0


async def test_between_two_looks_there_is_no_coroutine(tmp_path: Path) -> None:
    async with Novita(speed=0, start=NOW, scale=0.125) as vendor:
        async with gateway(tmp_path, vendor, timer=lambda pass_by: Never) as gate:
            tasks = [await order(gate.means, prompt=f"fox {n}") for n in range(5)]
            for task in tasks:
                await until_stage(gate, task, "submitted")
            async with asyncio.timeout(10):
                while gate.working:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
            assert gate.open == 5
            assert gate.means.runner.accounts()["novita-1"].busy == 5


class Never:
    """A timer of which nothing comes."""

    def __init__(self, seconds: float, call: object) -> None: ...

    def cancel(self) -> None: ...
