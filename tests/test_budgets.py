"""A budget at the door: what does not fit is refused in each wire's words, and nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeRunner, key_of, means_on
from reelway import admit
from reelway.accept import Answer, accept
from reelway.errors import BudgetExhausted
from reelway.means import Means
from reelway.store import Once, Replay
from reelway.task import Draft, Key, Task
from reelway.wire import Call, wires
from reelway.wires.native import wire as native

PRICE = 420_000
WORDS = {
    "novita": (400, lambda body: body["reason"] == "BILLING_BALANCE_NOT_ENOUGH"),
    "myrouter": (403, lambda body: body["reason"] == "NOT_ENOUGH_BALANCE"),
    "mulerouter": (402, lambda body: body["title"] == "Payment Required"),
    "aihubmax": (402, lambda body: body["error"]["type"] == "insufficient_quota"),
    "native": (402, lambda body: body["error"]["code"] == "budget_exhausted"),
}


@pytest.fixture
async def means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Means]:
    """Everything is made by a provider that asks PRICE."""
    async with means_on(tmp_path, runner=FakeRunner()) as means:
        store = means.store.create

        async def create(draft: Draft, once: Once | None = None) -> Task | Replay:
            return await store(replace(draft, price=PRICE, provider="novita"), once)

        monkeypatch.setattr(means.store, "create", create)
        yield means


@pytest.fixture
async def key(means: Means) -> Key:
    key = await key_of(means)
    changed = await means.store.set_budget(key.prefix, {"day": 2 * PRICE})
    assert changed
    return changed


async def order(means: Means, key: Key, once: str = "", **data: Any) -> Answer:
    data = {"prompt": "a fox", **data}
    headers = {"idempotency-key": once} if once else {}
    call = Call(method="POST", path="/api/v1/tasks", data=data, headers=headers)
    return await accept(native, call, b"{}", key, None, means)


async def test_refused_and_nothing_left(means: Means, key: Key) -> None:
    for _ in range(2):
        await order(means, key)
    with pytest.raises(BudgetExhausted, match=r"0\.84 USD for a day, of which 0\.84 USD"):
        await order(means, key, "once")
    tasks = await means.store.tasks(key.owner_id, limit=9)
    assert [task.reserved for task in tasks] == [PRICE] * 2
    assert await means.store.replay(key.owner_id, "once") is None
    assert isinstance(means.runner, FakeRunner) and len(means.runner.works) == 2
    await means.store.move(tasks[0], "cancelled", means.now())
    made = await order(means, key, "once")
    with pytest.raises(BudgetExhausted):
        await order(means, key)
    again = await order(means, key, "once")
    assert again.replayed and again.body == made.body
    admit.take(key.owner_id, means)  # every refused one has given its place back
    admit.leave(key.owner_id, means)


async def test_as_many_at_once_as_the_budget_allows(means: Means, key: Key) -> None:
    await means.store.set_budget(key.prefix, {"day": 7 * PRICE + 1})
    asked = [partial(order, means, key, seed=n)() for n in range(40)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    kinds = [type(answer) for answer in answers]
    assert (kinds.count(Answer), kinds.count(BudgetExhausted)) == (7, 33)


@pytest.mark.parametrize("name", sorted(wires()))
async def test_in_each_wires_words(means: Means, key: Key, name: str) -> None:
    await means.store.set_budget(key.prefix, {"day": 0})
    with pytest.raises(BudgetExhausted) as told:
        await order(means, key)
    reply = wires()[name].write_error(told.value)
    status, says = WORDS[name]
    assert reply.status == status and says(reply.data), reply.data
    assert "0.42 USD" in reply.body().decode()
    back = wires()[name].read_error(reply)  # at who calls us, that account's money is at an end
    assert back.fault == "provider" and back.status == 402
