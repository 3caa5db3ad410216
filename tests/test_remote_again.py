"""What may be paid for never begins again: restarts, faults of ours, sweeps, providers that are
gone; and what an owner or operator may do with it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, order, row, settle, start, story
from gateway import Gate, gateway
from reelway.cancel import cancel
from reelway.due import due
from reelway.errors import Conflict, Declined, InvalidRequest, QueueFull, ReelwayError, Refused
from reelway.follow import requeue, rest
from reelway.move import Unproven, move
from reelway.resolve import resolve
from reelway.sweep import reconcile
from reelway.task import Task
from vendors.aihubmax import AIHubMax
from vendors.films import film
from vendors.mulerouter import MuleRouter
from vendors.novita import Novita
from vendors.vendor import Vendor

HOUR = 3600.0


async def until_stage(gate: Gate, task: Task, *stages: str | None) -> Task:
    async with asyncio.timeout(10):
        while (fresh := await row(gate.means, task)).stage not in stages:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return fresh


def sums(vendor: Vendor, text: str) -> tuple[int, int]:
    return vendor.ledger.jobs_made(text), len(vendor.ledger.creates)


# A restart, wherever the row stands


async def test_a_restart_goes_on_looking(tmp_path: Path) -> None:
    vendor = Novita(speed=0, start=NOW, scale=0.125)
    async with vendor:
        async with gateway(tmp_path, vendor) as gate:
            vendor.fault("stuck", create=1)
            task = await until_stage(gate, await order(gate.means, prompt="fox 1"), "submitted")
            await gate.means.runner.stop(0)
        vendor.faults.clear()
        vendor.ledger.jobs[task.receipt["id"]].ends_at = vendor.clock.now()  # type: ignore[index]
        async with gateway(tmp_path, vendor, at=vendor.clock.now(), begin=False) as gate:
            assert await reconcile(gate.means) == 1
            await start(gate.means, slots=0)  # it has its slot at the vendor already
            ended = await gate.ended(task)
            assert (ended.status, ended.attempt) == ("succeeded", 1)
        assert sums(vendor, "fox 1") == (1, 1)


@pytest.mark.parametrize("fault", ["slow_before", "slow_after"])
async def test_a_stop_while_the_create_is_under_way(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelway.engines.hosted.LAST_ANSWER", 0.05)
    vendor = Novita(speed=0, start=NOW, scale=0.125)
    async with vendor:
        async with gateway(tmp_path, vendor) as gate:
            vendor.fault(fault)
            task = await order(gate.means, prompt="fox 1")
            await asyncio.wait_for(vendor.ledger.until(lambda: vendor.creates == 1), 10)
            await until_stage(gate, task, "submitting")
            await gate.means.runner.stop(0)
            fresh = await row(gate.means, task)
            assert (fresh.stage, fresh.report["ambiguous"]["why"]) == (
                "ambiguous",
                "the server was stopped before the answer came",
            )
        vendor.release()
        async with gateway(tmp_path, vendor) as gate:
            assert await reconcile(gate.means) == 1
            assert (await gate.ended(task, HOUR)).status == "running"
        assert vendor.creates == 1


async def test_a_kill_between_intent_and_receipt(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, begin=False) as gate:
        task = await order(gate.means, prompt="fox 1", hand=False)
        begun = {"engine": "novita-1", "stage": "submitting"}
        assert await gate.means.store.move(task, "running", NOW, begun)
        await reconcile(gate.means)
        await start(gate.means, slots=5)
        fresh = await until_stage(gate, task, "ambiguous")
        assert (fresh.status, fresh.attempt) == ("running", 1)
        assert sums(gate.vendor, "fox 1") == (0, 0)


async def test_a_kill_before_the_intent(tmp_path: Path) -> None:
    """A queued row that gets another attempt goes by way of running: it has no stage, so nothing
    was sent."""
    async with gateway(tmp_path, Novita, begin=False) as gate:
        task = await order(gate.means, prompt="fox 1", hand=False)
        assert await gate.means.store.move(task, "running", NOW, {"engine": "novita-1"})
        await reconcile(gate.means)
        await start(gate.means, slots=5)
        ended = await gate.ended(task)
        assert (ended.status, ended.attempt) == ("succeeded", 2)
        assert sums(gate.vendor, "fox 1") == (1, 1)


# Who might begin it again


async def running_at_vendor(gate: Gate, **begun: Any) -> Task:
    task = await order(gate.means, prompt="fox 1", hand=False)
    changes = {"engine": "novita-1", "stage": "submitted", "receipt": {"id": "x"}, **begun}
    moved = await gate.means.store.move(task, "running", NOW, changes)
    assert moved
    return moved


STAGES: list[dict[str, Any]] = [
    {},
    {"stage": "storing"},
    {"stage": "submitting", "receipt": None},
    {"stage": "ambiguous", "receipt": None},
    {"engine": "removed-1"},
    {"engine": "removed-1", "stage": "submitting", "receipt": None},
]


@pytest.mark.parametrize("begun", STAGES)
async def test_nobody_moves_it_back(begun: dict[str, Any], tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, begin=False) as gate:
        task, means = await running_at_vendor(gate, **begun), gate.means
        with pytest.raises(Unproven):
            await move(task, "queued", means)
        with pytest.raises(Unproven):
            await requeue(task, means, "because")
        with pytest.raises(Unproven):
            await rest(task, means, "because", 1)
        assert (await row(means, task)).status == "running"
        assert await move(task, "queued", means, proven=True)


@pytest.mark.parametrize("begun", STAGES)
async def test_a_run_that_ended_is_handed_over_again(begun: dict[str, Any], tmp_path: Path) -> None:
    """The sweep raises nobody's attempt there, however often it passes."""
    async with gateway(tmp_path, Novita, begin=False) as gate:
        task, means = await running_at_vendor(gate, **begun), gate.means
        runs: list[tuple[int, int]] = []

        async def broken(work: Any, release: Any) -> None:
            runs.append((work.task_id, work.attempt))
            raise RuntimeError("a flow of a bad day")

        await means.runner.start({"film": broken})
        for _ in range(4):
            await reconcile(means)
            await settle()
        assert runs == [(task.id, 1)] * 4
        fresh = await row(means, task)
        assert (fresh.status, fresh.attempt, fresh.stage) == ("running", 1, task.stage)


each_error = pytest.mark.parametrize(
    "error",
    [RuntimeError("a bug"), KeyError("x"), OSError(28, "no space"), MemoryError()],
    ids=lambda error: type(error).__name__,
)


@each_error
async def test_an_exception_that_nobody_foresaw_in_a_create(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, Novita) as gate:
        post = gate.engines["novita-1"].submit

        async def submit(*args: Any) -> Any:
            await post(*args)
            raise error

        monkeypatch.setattr(gate.engines["novita-1"], "submit", submit)
        task = await until_stage(gate, await order(gate.means, prompt="fox 1"), "ambiguous")
        for _ in range(3):
            await gate.passed(HOUR)
            await reconcile(gate.means)
            await due(gate.means)
        assert (await row(gate.means, task)).attempt == 1
        assert sums(gate.vendor, "fox 1") == (1, 1)


@each_error
async def test_an_exception_that_nobody_foresaw_in_a_look(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, Novita) as gate:
        look, looks = gate.engines["novita-1"].follow, list[int]()

        async def follow(*args: Any) -> Any:
            looks.append(1)
            if len(looks) < 4:
                raise error
            return await look(*args)

        monkeypatch.setattr(gate.engines["novita-1"], "follow", follow)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (ended.status, ended.attempt) == ("succeeded", 1)
        assert sums(gate.vendor, "fox 1") == (1, 1)


async def test_a_receipt_is_written_however_full_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelway.remote.REST", 0.001)
    monkeypatch.setattr("reelway.remote.LONGEST_REST", 0.001)
    async with gateway(tmp_path, Novita) as gate:
        note, refused = gate.means.store.note, []

        async def full(task: Task, changes: Any) -> Any:
            if "receipt" in changes and len(refused) < 20:
                refused.append(1)
                raise OSError(28, "no space left on device")
            return await note(task, changes)

        monkeypatch.setattr(gate.means.store, "note", full)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert ended.status == "succeeded" and len(refused) == 20
        assert sums(gate.vendor, "fox 1") == (1, 1)


async def test_a_provider_that_was_removed(tmp_path: Path) -> None:
    """Its tasks wait for it, in sight; and are nobody else's."""
    vendor = Novita(speed=0, start=NOW, scale=0.125)
    async with vendor:
        async with gateway(tmp_path, vendor) as gate:
            vendor.fault("stuck", create=1)
            task = await until_stage(gate, await order(gate.means, prompt="fox 1"), "submitted")
        async with gateway(tmp_path, MuleRouter, begin=False) as gate:
            await reconcile(gate.means)
            await start(gate.means)
            fresh = await gate.ended(task, HOUR)
            assert (fresh.status, fresh.attempt, fresh.engine) == ("running", 1, "novita-1")
            assert "upstream_unreachable_since" in fresh.report
            assert gate.vendor.creates == 0
        vendor.faults.clear()
        vendor.ledger.jobs[task.receipt["id"]].ends_at = vendor.clock.now()  # type: ignore[index]
        async with gateway(tmp_path, vendor, at=vendor.clock.now(), begin=False) as gate:
            await reconcile(gate.means)
            await start(gate.means)
            ended = await gate.ended(task)
            assert ended.status == "succeeded"
            assert "upstream_unreachable_since" not in ended.report
        assert sums(vendor, "fox 1") == (1, 1)


# Failing over


@pytest.mark.parametrize("fault", ["balance", "key_refused", "throttled"])
async def test_the_next_one_is_asked_at_once(fault: str, tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, AIHubMax) as gate:
        first, second = gate.vendors
        first.fault(fault)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (ended.status, ended.engine) == ("succeeded", "aihubmax-1")
        assert [d["provider"] for d in ended.report["declined"]] == ["novita-1"]
        assert (sums(first, "fox 1"), sums(second, "fox 1")) == ((0, 1), (1, 1))
        assert ended.finished_at and ended.finished_at - NOW < 60_000


async def test_an_address_where_nobody_listens(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, AIHubMax) as gate:
        first = gate.vendors[0]
        await first.close()
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (ended.status, ended.engine) == ("succeeded", "aihubmax-1")
        (told,) = ended.report["declined"]
        assert (told["provider"], told["code"]) == ("novita-1", "not_sent")
        assert first.address not in str(ended.report)


@pytest.mark.parametrize(
    "fault", ["cut_before", "cut_after", "error_after", "error_before", "half"]
)
async def test_nobody_else_is_asked_in_doubt(fault: str, tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, AIHubMax) as gate:
        first, second = gate.vendors
        first.fault(fault)
        fresh = await gate.ended(await order(gate.means, prompt="fox 1"), 3 * HOUR)
        assert (fresh.status, fresh.stage, fresh.engine) == ("running", "ambiguous", "novita-1")
        assert (len(first.ledger.creates), len(second.ledger.creates)) == (1, 0)


async def test_when_all_decline_all_are_asked_again_and_then_it_fails(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, AIHubMax, hosted={"give_up_after": 600}) as gate:
        for vendor in gate.vendors:
            vendor.fault("balance")
        task = await order(gate.means, prompt="fox 1")
        ended = await gate.ended(task)
        assert ended.status == "failed" and ended.error
        assert ended.error.code == "balance_exhausted"
        asked = [len(vendor.ledger.creates) for vendor in gate.vendors]
        assert asked[0] == asked[1] > 5
        assert ended.finished_at and 600_000 <= ended.finished_at - NOW < 800_000


async def test_a_busy_vendor_is_waited_for_longer_than_one_that_refuses(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, hosted={"give_up_after": 60}) as gate:
        gate.vendor.fault("throttled", times=12, retry_after=30)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert ended.status == "succeeded" and ended.finished_at
        assert ended.finished_at - NOW > 12 * 30_000
        times = [entry.at for entry in gate.vendor.ledger.creates]
        assert all(after - before >= 29_900 for before, after in pairwise(times))


# Doubt, and who ends it


async def test_doubt_fails_by_the_policy(tmp_path: Path) -> None:
    hosted = {"on_ambiguous": "fail", "ambiguous_after": 900}
    async with gateway(tmp_path, Novita, hosted=hosted) as gate:
        gate.vendor.fault("cut_after")
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert ended.error and (ended.status, ended.error.code) == ("failed", "ambiguous")
        assert ended.finished_at and 900_000 <= ended.finished_at - NOW < 960_000
        assert ended.reserved == 420_000, "what may have been charged is held still"
        job = next(iter(gate.vendor.ledger.jobs))
        await resolve(ended.public_id, job, "somebody", gate.means)
        await gate.passed(HOUR)
        late = await row(gate.means, ended)
        assert (late.status, late.stage, late.cost) == ("failed", None, 420_000)
        assert late.film and "late_result" in late.report
        assert [s for s, _ in await story(gate.means, late)].count("failed") == 1


async def test_doubt_is_resolved_by_its_receipt(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("cut_after")
        task = await until_stage(gate, await order(gate.means, prompt="fox 1"), "ambiguous")
        async with asyncio.timeout(10):  # the row may be read before its writer goes on
            while gate.means.runner.accounts()["novita-1"].busy:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        job = next(iter(gate.vendor.ledger.jobs))
        await resolve(task.public_id, job, "somebody", gate.means)
        ended = await gate.ended(task)
        assert (ended.status, ended.attempt, ended.cost) == ("succeeded", 1, 420_000)
        assert sums(gate.vendor, "fox 1") == (1, 1)
        (audit,) = await gate.means.store.audits(1)
        assert (audit.actor, audit.act, audit.data["receipt"]) == ("somebody", "task.resolve", job)


async def test_doubt_is_resolved_by_none(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("cut_before", create=1)
        task = await until_stage(gate, await order(gate.means, prompt="fox 1"), "ambiguous")
        await resolve(task.public_id, None, "somebody", gate.means)
        ended = await gate.ended(task)
        assert (ended.status, ended.attempt) == ("succeeded", 2)
        assert sums(gate.vendor, "fox 1") == (1, 2)
        with pytest.raises(Conflict, match="no doubt"):
            await resolve(task.public_id, None, "somebody", gate.means)


# Cancel, abandon, late


async def at_work(gate: Gate) -> Task:
    task = await order(gate.means, prompt="fox 1")
    return await until_stage(gate, task, "submitted")


async def test_what_a_vendor_works_on_is_not_cancelled(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("stuck")
        task = await at_work(gate)
        with pytest.raises(Conflict, match="abandon"):
            await cancel(task, gate.means)
        assert (await row(gate.means, task)).status == "running"


async def test_abandoned_its_film_is_kept_and_paid(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("unknown_word", at=tuple(range(1, 30)))
        task = await at_work(gate)
        cancelled = await cancel(task, gate.means, abandon=True)
        assert (cancelled.status, cancelled.stage, cancelled.reserved) == (
            "cancelled",
            "late",
            420_000,
        )
        await gate.passed(3 * HOUR)
        late = await row(gate.means, task)
        assert (late.status, late.stage, late.cost) == ("cancelled", None, 420_000)
        assert late.film and "late_result" in late.report
        width, height = late.film_info["width"], late.film_info["height"]
        assert gate.means.assets.path(late.film).read_bytes() == film(width, height, 5, False)
        assert await story(gate.means, task) == [("queued", 1), ("running", 1), ("cancelled", 1)]


async def test_abandoned_and_failed_there_nothing_is_paid(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("failed")
        gate.vendor.fault("unknown_word", at=tuple(range(1, 30)))
        task = await at_work(gate)
        await cancel(task, gate.means, abandon=True)
        await gate.passed(3 * HOUR)
        late = await row(gate.means, task)
        assert (late.status, late.stage, late.film) == ("cancelled", None, None)
        assert not late.reserved and not late.cost and "late_error" in late.report


async def test_abandoned_a_restart_looks_on(tmp_path: Path) -> None:
    vendor = Novita(speed=0, start=NOW, scale=0.125)
    async with vendor:
        async with gateway(tmp_path, vendor) as gate:
            vendor.fault("stuck", create=1)
            task = await at_work(gate)
            await cancel(task, gate.means, abandon=True)
        vendor.ledger.jobs[task.receipt["id"]].ends_at = vendor.clock.now()  # type: ignore[index]
        async with gateway(tmp_path, vendor, at=vendor.clock.now(), begin=False) as gate:
            assert await reconcile(gate.means) == 1
            await start(gate.means, slots=0)
            await gate.passed(HOUR)
            assert (await row(gate.means, task)).film
            assert await reconcile(gate.means) == 0


async def test_abandoned_before_the_answer_the_receipt_is_kept(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("slow_after")
        task = await order(gate.means, prompt="fox 1")
        task = await until_stage(gate, task, "submitting")
        await asyncio.wait_for(gate.vendor.ledger.until(lambda: gate.vendor.creates == 1), 10)
        await cancel(task, gate.means, abandon=True)
        gate.vendor.release()
        await gate.passed(HOUR)
        late = await row(gate.means, task)
        assert (late.status, late.stage) == ("cancelled", None) and late.receipt and late.film


async def test_lost_and_found(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, hosted={"lost_after": 3600}) as gate:
        gate.vendor.fault("poll_error", lasts=5000.0)
        task = await order(gate.means, prompt="fox 1")
        ended = await gate.ended(task)
        assert ended.error and (ended.status, ended.error.code) == ("failed", "lost")
        assert (ended.stage, ended.reserved) == ("late", 420_000)
        await gate.passed(HOUR)
        late = await row(gate.means, task)
        assert (late.status, late.stage, late.cost) == ("failed", None, 420_000) and late.film
        assert [s for s, _ in await story(gate.means, task)] == ["queued", "running", "failed"]


async def test_cancel_after_leaves_a_vendors_work_alone_and_asks_once(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("stuck")
        task = await order(gate.means, prompt="fox 1", drafted={"cancel_at": NOW + 1000})
        await until_stage(gate, task, "submitted")
        await gate.pass_by(10)
        assert await due(gate.means) == 1
        assert await due(gate.means) == 0
        fresh = await row(gate.means, task)
        assert fresh.status == "running" and "cancel_after" in fresh.report


async def test_given_up_for_good_is_for_somebody_to_resolve(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, hosted={"lost_after": 3600}) as gate:
        gate.vendor.fault("poll_error", lasts=1e9)
        task = await order(gate.means, prompt="fox 1")
        await gate.ended(task)
        await gate.passed(2 * HOUR)
        fresh = await row(gate.means, task)
        assert (fresh.status, fresh.stage, fresh.reserved) == ("failed", "ambiguous", 420_000)
        await resolve(task.public_id, None, "me", gate.means)
        fresh = await row(gate.means, task)
        assert (fresh.status, fresh.stage, fresh.reserved) == ("failed", None, 0)


async def test_abandoned_and_its_answer_lost(tmp_path: Path) -> None:
    """It may have been bought: its money is held until somebody says so, or not."""
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("slow_after")
        gate.vendor.fault("cut_after")
        task = await order(gate.means, prompt="fox 1")
        await asyncio.wait_for(gate.vendor.ledger.until(lambda: gate.vendor.creates == 1), 10)
        await until_stage(gate, task, "submitting")
        await cancel(await row(gate.means, task), gate.means, abandon=True)
        gate.vendor.release()
        await until_stage(gate, task, "ambiguous")
        fresh = await row(gate.means, task)
        assert fresh.status == "cancelled" and fresh.reserved and "ambiguous" in fresh.report
        await resolve(task.public_id, next(iter(gate.vendor.ledger.jobs)), "me", gate.means)
        await gate.passed(HOUR)
        late = await row(gate.means, task)
        assert (late.status, late.stage, late.cost) == ("cancelled", None, 420_000) and late.film


@pytest.mark.parametrize(
    "error",
    [
        Declined("no money", code="balance"),
        QueueFull("busy", retry_after=3),
        Refused("not like this"),
        InvalidRequest("not that", code="content_policy"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_abandoned_and_refused(error: ReelwayError, tmp_path: Path) -> None:
    """Nothing was made: nothing is held, and nobody is to say what became of it."""
    async with gateway(tmp_path, Novita, MuleRouter) as gate:
        asked, answered = asyncio.Event(), asyncio.Event()

        async def submit(*_: Any) -> Any:
            asked.set()
            await answered.wait()
            raise error

        gate.engines["novita-1"].submit = submit  # type: ignore[method-assign]
        task = await order(gate.means, prompt="fox 1")
        await asked.wait()
        await cancel(await row(gate.means, task), gate.means, abandon=True)
        answered.set()
        await gate.passed(HOUR)
        fresh = await row(gate.means, task)
        assert (fresh.status, fresh.stage, fresh.reserved) == ("cancelled", None, 0)
        assert fresh.report["late_error"]["code"] == error.code
        assert gate.vendors[1].creates == 0 and await reconcile(gate.means) == 0


async def test_of_two_who_resolve_one_is_heard(tmp_path: Path) -> None:
    """Were it followed and begun again, it would be bought twice."""
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("cut_after", create=1)
        task = await order(gate.means, prompt="fox 1")
        await until_stage(gate, task, "ambiguous")
        (job,) = gate.vendor.ledger.jobs
        told = await asyncio.gather(
            resolve(task.public_id, job, "ann", gate.means),
            resolve(task.public_id, None, "bob", gate.means),
            return_exceptions=True,
        )
        assert [type(one) for one in told] == [Task, Conflict]
        ended = await gate.ended(task)
        assert (ended.status, ended.attempt) == ("succeeded", 1)
        assert gate.vendor.ledger.jobs_made("fox 1") == 1
        with pytest.raises(Conflict, match="no doubt"):
            await resolve(task.public_id, None, "bob", gate.means)


async def test_a_deadline_stands_where_nothing_was_made(tmp_path: Path) -> None:
    """A film that is not wanted any more is not bought, however often it was asked for."""
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("balance", lasts=HOUR)
        at_noon = {"start_by": NOW + 600_000, "provider": "novita-1", "engine": "novita-1"}
        ended = await gate.ended(await order(gate.means, prompt="fox 1", drafted=at_noon))
        assert ended.error and (ended.status, ended.error.code) == ("failed", "deadline")
        assert ended.attempt > 2 and not ended.reserved
        assert ended.finished_at and ended.finished_at - NOW < 700_000
        assert gate.vendor.ledger.jobs_made() == 0


async def test_abandoned_and_killed(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, begin=False) as gate:
        task = await order(gate.means, prompt="fox 1", hand=False)
        begun = {"engine": "novita-1", "stage": "submitting", "started_at": NOW}
        moved = await gate.means.store.move(task, "running", NOW, begun)
        assert moved
        await cancel(moved, gate.means, abandon=True)
        await reconcile(gate.means)
        await start(gate.means, slots=5)
        await until_stage(gate, task, "ambiguous")
        await resolve(task.public_id, None, "me", gate.means)
        assert not (await row(gate.means, task)).reserved
