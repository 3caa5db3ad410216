"""What a vendor refuses: who is asked next, and when that is all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, order, row, story
from gateway import gateway
from vendors.aihubmax import AIHubMax
from vendors.checks import Bad
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.vendor import Vendor

HOUR = 3600.0
VENDORS = (Novita, MyRouter, MuleRouter, AIHubMax)
each_vendor = pytest.mark.parametrize("kind", VENDORS, ids=lambda kind: kind.name)


def refuses(vendor: Vendor, words: str, monkeypatch: pytest.MonkeyPatch, only: str = "") -> None:
    """Whatever is ordered, or what has these words; for reasons of its own."""
    read = vendor.read

    async def reading(call: Any, body: Any) -> Any:
        if only in str(body.plain):
            raise Bad("prompt", words)
        return await read(call, body)

    monkeypatch.setattr(vendor, "read", reading)


def asked(*vendors: Vendor) -> list[int]:
    return [len(vendor.ledger.creates) for vendor in vendors]


@each_vendor
async def test_what_one_refuses_another_makes(
    kind: type[Vendor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Novita if kind is AIHubMax else AIHubMax
    async with gateway(tmp_path, kind, other) as gate:
        refuses(gate.vendors[0], "does not go with a fox", monkeypatch)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (ended.status, ended.engine) == ("succeeded", f"{other.name}-1")
        (told,) = ended.report["refused"]
        assert told["provider"] == f"{kind.name}-1" and "a fox" in told["message"]
        assert asked(*gate.vendors) == [1, 1]
        assert ended.finished_at and ended.finished_at - NOW < 60_000
        assert gate.engines[f"{kind.name}-1"].breaker.state == "closed"


@each_vendor
async def test_where_all_refuse_it_fails_at_once_in_the_words_of_the_first(
    kind: type[Vendor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Novita if kind is AIHubMax else AIHubMax
    async with gateway(tmp_path, kind, other) as gate:
        for vendor, words in zip(gate.vendors, ("is not to my liking", "is wrong"), strict=True):
            refuses(vendor, words, monkeypatch)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert ended.error and (ended.status, ended.error.code) == ("failed", "invalid_request")
        assert ended.error.message == "prompt is not to my liking"
        assert [told["provider"] for told in ended.report["refused"]] == [
            f"{kind.name}-1",
            f"{other.name}-1",
        ]
        assert asked(*gate.vendors) == [1, 1]
        assert ended.finished_at and ended.finished_at - NOW < 60_000
        assert not ended.reserved and not ended.cost


async def test_what_shows_what_it_must_not_is_asked_of_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, Novita, AIHubMax) as gate:
        refuses(gate.vendors[0], "is not allowed", monkeypatch)
        monkeypatch.setitem(Novita.refusals, "body", (400, "ILLEGAL_PROMPT"))
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert ended.error and (ended.status, ended.error.code) == ("failed", "content_policy")
        assert asked(*gate.vendors) == [1, 0]


@pytest.mark.parametrize("first", [True, False])
async def test_who_has_refused_is_not_asked_again_while_others_are_waited_for(
    first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (Novita, AIHubMax) if first else (AIHubMax, Novita)
    async with gateway(tmp_path, *kinds) as gate:
        novita, hub = gate.vendors if first else gate.vendors[::-1]
        refuses(novita, "is wrong", monkeypatch)
        hub.fault("balance", times=6)
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert (ended.status, ended.engine) == ("succeeded", "aihubmax-1")
        assert asked(novita, hub) == [1, 7]


async def test_refused_by_one_and_given_up_for_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, Novita, AIHubMax, hosted={"give_up_after": 600}) as gate:
        novita, hub = gate.vendors
        refuses(novita, "is wrong", monkeypatch)
        hub.fault("balance")
        ended = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert ended.error and ended.error.code == "balance_exhausted"
        assert ended.finished_at and 600_000 <= ended.finished_at - NOW < 800_000
        assert asked(novita)[0] == 1 and asked(hub)[0] > 5


async def test_a_limit_that_the_documents_tell_is_not_tried(tmp_path: Path) -> None:
    async with gateway(tmp_path, AIHubMax, Novita) as gate:
        ended = await gate.ended(await order(gate.means, prompt="fox 1", duration=7))
        assert (ended.status, ended.engine, ended.attempt) == ("succeeded", "novita-1", 1)
        assert asked(*gate.vendors) == [0, 1]
        ended = await gate.ended(await order(gate.means, prompt="fox 2", duration=10))
        assert ended.engine == "aihubmax-1"


async def test_but_where_nobody_else_can_the_vendor_says_it_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway(tmp_path, AIHubMax, Novita) as gate:
        hub, novita = gate.vendors
        refuses(novita, "is wrong", monkeypatch)
        ended = await gate.ended(await order(gate.means, prompt="fox 1", duration=7))
        assert asked(hub, novita) == [1, 1]
        refused = [told["provider"] for told in ended.report["refused"]]
        assert refused == ["novita-1", "aihubmax-1"]
        assert ended.error and ended.error.message == "prompt is wrong"
        alone = await order(gate.means, prompt="fox 2", duration=7, provider="aihubmax-1")
        ended = await gate.ended(alone)
        assert ended.error and "duration" in ended.error.message
        assert asked(hub, novita) == [2, 1]


async def test_a_refused_task_goes_to_a_provider_that_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is down is waited for, whoever has refused."""
    async with gateway(tmp_path, Novita, AIHubMax) as gate:
        novita, hub = gate.vendors
        refuses(novita, "is wrong", monkeypatch)
        await hub.close()
        task = await order(gate.means, prompt="fox 1")
        assert not (await gate.ended(task, HOUR)).over
        await hub.open()
        ended = await gate.ended(task)
        assert (ended.status, ended.engine) == ("succeeded", "aihubmax-1")
        assert asked(novita, hub) == [1, 1]


@pytest.mark.parametrize("kind", [Novita, MyRouter, AIHubMax], ids=lambda kind: kind.name)
async def test_a_hint_that_is_refused_fails_nobodys_task(
    kind: type[Vendor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"public_url": "https://video.example.com"}
    async with gateway(tmp_path, kind, settings=settings) as gate:
        refuses(gate.vendor, "goes with no address", monkeypatch, only="/hooks/")
        for n in (1, 2):
            ended = await gate.ended(await order(gate.means, prompt=f"fox {n}"))
            assert (ended.status, ended.attempt) == ("succeeded", 1)
            assert gate.vendor.ledger.jobs_made(f"fox {n}") == 1
        assert asked(gate.vendor) == [3]


async def test_a_stop_keeps_the_receipt_of_a_create_that_is_answered_meanwhile(
    tmp_path: Path,
) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("slow_after")
        task = await order(gate.means, prompt="fox 1")
        await asyncio.wait_for(gate.vendor.ledger.until(lambda: gate.vendor.creates == 1), 10)
        stopping = asyncio.create_task(gate.means.runner.stop(0))
        await asyncio.sleep(0.05)
        assert not stopping.done()
        gate.vendor.release()
        await asyncio.wait_for(stopping, 10)
        fresh = await row(gate.means, task)
        assert (fresh.status, fresh.stage) == ("running", "submitted")
        assert fresh.receipt and fresh.receipt["id"] in gate.vendor.ledger.jobs
        assert await story(gate.means, task) == [("queued", 1), ("running", 1)]
