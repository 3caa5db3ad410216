"""Cancel over HTTP: what a vendor works on ends only where that is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes import NOW, means_on, order
from reelway import words
from reelway.errors import UnknownRoute
from reelway.keyring import create_key
from reelway.means import Means
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.task import Task
from reelway.wire import Call, wires


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path) as means:
        yield means


@pytest.fixture
async def ann(means: Means) -> AsyncIterator[httpx.AsyncClient]:
    key = await create_key(means.store, "test", "ann")
    transport = httpx.ASGITransport(app=Edge(Table(wires(), ()), Keys(means.store), means))
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        yield client


async def at_a_vendor(means: Means) -> Task:
    task = await order(means, hand=False)
    begun = {"engine": "north", "receipt": {"id": "job"}, "stage": "submitted"}
    moved = await means.store.move(task, "running", NOW, begun)
    assert moved
    return moved


def path_of(task: Task) -> str:
    return f"/api/v1/tasks/{task.public_id}/cancel"


async def test_the_refusal_says_how_to_ask(ann: httpx.AsyncClient, means: Means) -> None:
    task = await at_a_vendor(means)
    for more in ({}, {"json": {}}, {"json": {"abandon": False}}, {"params": {"abandon": "false"}}):
        reply = await ann.post(path_of(task), **more)
        assert reply.status_code == 409
        error = reply.json()["error"]
        assert (error["code"], error["field"]) == ("needs_abandon", "abandon")
        assert error["message"].startswith("north works on the task and cannot be told to stop")
        assert error["message"].endswith(words.HOW_TO_ABANDON)
        assert '{"abandon": true}' in error["message"] and "?abandon=true" in error["message"]


@pytest.mark.parametrize(
    "how", [{"json": {"abandon": True}}, {"params": {"abandon": "true"}}], ids=["body", "query"]
)
async def test_it_is_asked_for(ann: httpx.AsyncClient, means: Means, how: dict[str, Any]) -> None:
    task = await at_a_vendor(means)
    reply = await ann.post(path_of(task), **how)
    assert (reply.status_code, reply.json()["status"]) == (200, "cancelled")
    assert reply.headers["x-reelway-engine"] == "north"
    row = await means.store.task(task.id)
    assert row and row.stage == "late"
    again = await ann.post(path_of(task), **how)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


async def test_what_is_asked_wrongly_ends_nothing(ann: httpx.AsyncClient, means: Means) -> None:
    task = await at_a_vendor(means)
    for more in (
        {"json": {"abandon": "perhaps"}},
        {"params": {"abandon": "1"}},
        {"json": {"abandon": True}, "params": {"abandon": "false"}},
        {"json": [True]},
        {"content": b"{", "headers": {"content-type": "application/json"}},
        {"content": b"abandon=true", "headers": {"content-type": "text/plain"}},
    ):
        reply = await ann.post(path_of(task), **more)
        assert reply.status_code == 400, more
    row = await means.store.task(task.id)
    assert row and row.status == "running"


async def test_with_no_body_of_whatever_kind(ann: httpx.AsyncClient, means: Means) -> None:
    task = await order(means, hand=False)
    form = {"content-type": "application/x-www-form-urlencoded"}  # what curl -d "" says
    reply = await ann.post(path_of(task), content=b"", headers=form)
    assert (reply.status_code, reply.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize("name", sorted(set(wires()) - {"native"}))
def test_other_wires_have_no_cancel(name: str) -> None:
    assert not [r for r in wires()[name].routes if r.operation == "cancel"]
    with pytest.raises(UnknownRoute):
        wires()[name].read_cancel(Call(method="POST", path="/"))
