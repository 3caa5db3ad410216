"""The Python SDK over a gateway: what a vendor makes, what it costs, and what comes late."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pair import at_work, pair, with_late_film
from reelway import cancel, control
from reelway.client import (
    AsyncClient,
    BudgetExhausted,
    Client,
    Conflict,
    Cost,
    Error,
    InvalidRequest,
    Money,
    TaskData,
)
from reelway.sdk import core
from reelway.sdk.values import Estimate, estimate_fields, task_fields
from serving import Server


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pair(tmp_path_factory.mktemp("pair"), latency=1.5) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def client(gateway: Server) -> Iterator[Client]:
    with Client(gateway.address, gateway.key) as client:
        yield client


def test_abandoned_and_its_film_comes_late(gateway: Server, client: Client, tmp_path: Path) -> None:
    task = client.task(at_work(gateway, prompt="fox")["id"])
    assert task.cost == Cost(amount=420_000, currency="USD", state="reserved")
    with pytest.raises(Conflict) as refused:
        task.cancel()
    assert (refused.value.code, refused.value.field) == ("needs_abandon", "abandon")
    assert refused.value.status == 409
    assert "north works on the task" in str(refused.value)
    assert "cancel(abandon=True)" in str(refused.value) and "body" not in str(refused.value)
    assert task.refresh().status == "running"
    ended = task.cancel(abandon=True)
    assert (ended.status, ended.late_result, ended.film) == ("cancelled", None, None)
    assert ended.cost and ended.cost.state == "reserved"
    assert ended.cancel().status == ended.cancel(abandon=True).status == "cancelled"

    with_late_film(gateway, task.id)
    late = task.refresh()
    assert late.status == "cancelled" and late.film is None and late.late_result
    assert late.late_result.duration == 5.0 and late.report["late_result"]["at"] == late.stored_at
    assert late.cost == Cost(amount=420_000, currency="USD", state="settled")
    with pytest.raises(Conflict, match=r"one came after that: download\(late=True\)") as only:
        late.download(tmp_path)
    assert only.value.code == "only_late" and list(tmp_path.iterdir()) == []
    path = late.download(tmp_path, late=True)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == late.late_result.sha256
    assert late.poster(tmp_path).read_bytes()[:2] == b"\xff\xd8"


async def test_the_same_in_an_event_loop(gateway: Server, tmp_path: Path) -> None:
    found = await asyncio.to_thread(at_work, gateway, prompt="hare")
    async with AsyncClient(gateway.address, gateway.key) as client:
        task = await client.task(found["id"])
        with pytest.raises(Conflict, match=r"cancel\(abandon=True\)"):
            await task.cancel()
        assert (await task.cancel(abandon=True)).status == "cancelled"
        await asyncio.to_thread(with_late_film, gateway, task.id)
        path = await task.download(tmp_path / "late.mp4", late=True)
        late = (await task.refresh()).late_result
        assert late and path.stat().st_size == late.bytes
        found = await client.estimate("a fox")
        assert (found.provider, str(found.price)) == ("north", "0.42 USD")


def test_late_is_also_what_came_in_time(gateway: Server, client: Client, tmp_path: Path) -> None:
    done = client.generate("a fox", model="animatic-still", duration=3).wait(60)
    assert done.cost is None and done.late_result is None
    assert done.download(tmp_path, late=True).stat().st_size == (done.film and done.film.bytes)


def test_abandon_changes_nothing_where_a_task_can_be_stopped(client: Client) -> None:
    task = client.generate("a fox", model="animatic", duration=15, resolution="4k")
    assert task.cancel(abandon=True).status == "cancelled"


def test_an_estimate(client: Client) -> None:
    found = client.estimate("a fox", duration=10)
    assert (found.possible, found.provider, found.engine) == (True, "north", "north")
    assert (found.duration, found.model, found.ignored) == (10, "kling-v3", [])
    assert found.price and found.price.decimal == Decimal("0.84")
    north, south = found.candidates
    assert north.chosen and not south.chosen and not north.reasons
    assert south.reasons == {"later": "north goes first by order"}
    assert south.price == Money(amount=10_000_000, currency="USD")
    assert found.data["object"] == "estimate"

    free = client.estimate("a fox", model="animatic-still")
    assert (free.provider, free.engine, free.price) == (None, "animatic", Money(amount=0))
    unknown = client.estimate("a fox", resolution="1080p")
    assert unknown.possible and unknown.price is None
    none = client.estimate("a fox", model="kling-o3")
    assert (none.possible, none.engine, none.price, none.candidates) == (False, None, None, ())


def test_a_provider_is_asked_for(client: Client) -> None:
    found = client.estimate("a fox", provider="south")
    assert (found.provider, found.price) == ("south", Money(amount=5_000_000))
    reasons = {c.engine: c.reasons for c in found.candidates}
    assert list(reasons["north"]) == ["cannot"]
    plan = client.generate("a fox", provider="south", dry_run=True)
    assert plan.engine == "south"
    for name in ("west", "west\nwest", "wést", " "):
        with pytest.raises(InvalidRequest, match="provider") as refused:
            client.estimate("a fox", provider=name)
        assert refused.value.field == "provider"
        assert "X-Reelway" not in refused.value.message


def test_an_argument_that_no_film_has(client: Client) -> None:
    with pytest.raises(TypeError, match="lenght"):
        client.estimate("a fox", lenght=5)  # type: ignore[call-arg]
    with pytest.raises(InvalidRequest, match="duration") as refused:
        client.estimate("a fox", duration=99)
    assert refused.value.field == "duration"


# Values


@pytest.mark.parametrize(
    ("amount", "decimal", "shown"),
    [
        (0, "0", "0.00 USD"),
        (1, "0.000001", "0.000001 USD"),
        (420_000, "0.42", "0.42 USD"),
        (1_000_000, "1", "1.00 USD"),
        (10**15 - 1, "999999999.999999", "999999999.999999 USD"),
    ],
)
def test_money_is_exact(amount: int, decimal: str, shown: str) -> None:
    money = Money(amount=amount)
    assert (money.decimal, str(money)) == (Decimal(decimal), shown)
    assert str(Cost(amount=amount, state="settled")) == shown


def test_a_cost_that_a_newer_server_tells_otherwise_is_in_data_alone() -> None:
    said: dict[str, Any] = {"id": "task_1", "status": "queued"}
    for cost in ({"amount": 1, "currency": "USD", "state": "disputed"}, {"amount": -1}, {}, None):
        task = TaskData(**task_fields({**said, "cost": cost}))
        assert task.cost is None and task.data["cost"] == cost


def test_what_is_drawn_by_weight_has_its_share() -> None:
    told = {"engine": "north", "provider": "north", "chosen": True, "price": 1, "share": 0.25}
    said = {"possible": True, "currency": "EUR", "price": 1, "candidates": [told]}
    found = Estimate(**estimate_fields(said))
    assert found.candidates[0].share == 0.25 and found.candidates[0].reasons == {}
    assert str(found.price) == "0.000001 EUR" == str(found.candidates[0].price)


@pytest.mark.parametrize("said", [{}, {"possible": True}, {"possible": True, "candidates": [{}]}])
def test_what_is_no_estimate(said: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError)):
        Estimate(**estimate_fields(said))


def test_one_word_on_both_sides() -> None:
    assert core.NEEDS_ABANDON == cancel.NEEDS_ABANDON
    assert issubclass(Conflict, Error)


def test_a_budget_that_does_not_reach(gateway: Server) -> None:
    order = {"do": "keys.create", "name": "poor", "owner": "poor", "budget": {"total": 419_999}}
    key = control.ask(gateway.data / "control.sock", order)
    with Client(gateway.address, key) as poor:
        assert poor.estimate("a fox").price == Money(amount=420_000)
        with pytest.raises(BudgetExhausted, match=r"budget is 0\.419999 USD") as refused:
            poor.generate("a fox")
        assert (refused.value.status, refused.value.code) == (402, "budget_exhausted")
        assert list(poor.tasks()) == []
