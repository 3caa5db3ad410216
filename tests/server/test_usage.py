"""GET /api/v1/usage, and what a task costs, as a real server tells them."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fakes import draft
from reelway import keyring
from reelway.errors import ReelwayError
from reelway.folder import Folder
from reelway.keys import PREFIX_LENGTH, digest
from reelway.means import now
from reelway.money import Budget
from reelway.request import VideoRequest
from reelway.stores.sqlite import SqliteStore
from reelway.task import Task
from serving import Server


async def bought(folder: Path) -> dict[str, str]:
    """Two owners' keys, and what they bought, as an earlier server left them; and the tasks of ann
    by what became of their money."""
    Folder(folder).prepare()
    store = SqliteStore(folder / "reelway.db")
    await store.open()
    found = {}
    for owner, price in (("ann", 420_000), ("bob", 77)):
        secret = await keyring.create_key(store, "k", owner, 0, Budget(day=3 * price))
        key = await store.key(digest(secret))
        assert key
        found[owner] = secret
        for what in ("settled", "released", "reserved"):
            request = VideoRequest(prompt="a", model="kling-o3")
            wanted = draft(key.owner_id, request, key_id=key.id, price=price, provider="novita",
                           accepted_at=now(), public_id=f"{owner}_{what}")  # fmt: skip
            task = await store.create(wanted)
            assert isinstance(task, Task)
            if what == "settled":
                moved = await store.move(task, "running", now())
                assert moved
                await store.move(moved, "succeeded", now(), {"cost": price + 1})
            elif what == "released":
                await store.move(task, "failed", now())
            else:
                await store.move(task, "failed", now(), hold=True)
    await store.close()
    return found


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {"folder": str(folder := tmp_path_factory.mktemp("usage") / "data"),
            **asyncio.run(bought(folder))}  # fmt: skip


@pytest.fixture(scope="module")
def paid(keys: dict[str, str]) -> Iterator[Server]:
    with Server.start(Path(keys["folder"]), "--paused", budget_zone="Europe/Berlin") as server:
        yield server


@pytest.fixture
def ann(paid: Server, keys: dict[str, str]) -> httpx.Client:
    return paid.client(headers={"authorization": f"Bearer {keys['ann']}"})


def test_ones_own(ann: httpx.Client, keys: dict[str, str]) -> None:
    report = ann.get("/api/v1/usage").json()
    key = keys["ann"][:PREFIX_LENGTH]
    sums = {
        "tasks": 2, "seconds": 10, "reserved": 420_000, "settled": 420_001, "currency": "USD"
    }  # fmt: skip
    assert (report["object"], report["zone"]) == ("usage", "Europe/Berlin")
    assert report["by"] == ["key", "provider", "model"]
    assert report["data"] == [{"key": key, "provider": "novita", "model": "kling-o3", **sums}]
    assert report["total"] == sums
    assert "bob" not in ann.get("/api/v1/usage?by=owner").text


def test_everybodys_is_an_admins(paid: Server, ann: httpx.Client) -> None:
    refused = ann.get("/api/v1/usage", params={"owner": "all"})
    assert refused.status_code == 403 and "admin" in refused.json()["error"]["message"]
    every = paid.http.get("/api/v1/usage", params={"owner": "all", "by": "owner"}).json()
    assert [line["owner"] for line in every["data"]] == ["ann", "bob"]
    assert paid.http.get("/api/v1/usage").json()["data"] == []  # its own owner's


def test_a_table(ann: httpx.Client) -> None:
    reply = ann.get("/native/api/v1/usage?format=csv&by=provider,day")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert reply.headers["content-disposition"].startswith('attachment; filename="usage-20')
    (line,) = csv.DictReader(io.StringIO(reply.text, newline=""))
    assert (line["provider"], line["settled"]) == ("novita", "420001")


@pytest.mark.parametrize(
    ("query", "field"), [("by=week", "by"), ("from=x", "from"), ("to=2026-13-01", "to"),
                         ("format=xls", "format"), ("owner=bob", "owner")]
)  # fmt: skip
def test_gone_wrong(ann: httpx.Client, query: str, field: str) -> None:
    reply = ann.get(f"/api/v1/usage?{query}")
    assert (reply.status_code, reply.json()["error"]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("state", "amount"), [("settled", 420_001), ("released", 0), ("reserved", 420_000)]
)
def test_what_a_task_costs(ann: httpx.Client, state: str, amount: int) -> None:
    cost = ann.get(f"/api/v1/tasks/ann_{state}").json()["cost"]
    assert cost == {"amount": amount, "currency": "USD", "state": state}


def test_what_is_free(paid: Server) -> None:
    made = paid.create(prompt="a", model="animatic-still")
    assert made["cost"] is None and paid.task(made["id"])["cost"] is None


def test_a_task_with_money_held_stays(ann: httpx.Client) -> None:
    reply = ann.delete("/api/v1/tasks/ann_reserved")
    assert reply.status_code == 409
    assert "money is held" in reply.json()["error"]["message"]
    assert ann.get("/api/v1/tasks/ann_reserved").status_code == 200


def test_documents_tell_of_the_table(paid: Server) -> None:
    paths = paid.http.get("/native/openapi.json").json()["paths"]
    good = paths["/api/v1/usage"]["get"]["responses"]["200"]["content"]
    assert set(good) == {"application/json", "text/csv"}
    assert good["text/csv"]["examples"]["table"]["value"].startswith("key,provider,model,tasks")
    refused = paths["/api/v1/tasks"]["post"]["responses"]["402"]["content"]["application/json"]
    assert "budget_exhausted" in str(refused)


def test_a_zone_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"budget_zone .*name of a time zone"):
        Server.start(tmp_path / "data", budget_zone="Mars/Olympus")
    assert not (tmp_path / "data").exists()


def test_errors_of_a_budget_are_the_callers() -> None:
    from reelway.errors import BudgetExhausted

    assert (BudgetExhausted.fault, BudgetExhausted.status) == ("request", 402)
    assert issubclass(BudgetExhausted, ReelwayError)
