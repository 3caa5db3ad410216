"""What vendors send, and what nobody should believe."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from vendors.aihubmax import AIHubMax
from vendors.asking import STILL, asking
from vendors.mulerouter import MuleRouter
from vendors.novita import Novita
from vendors.plain import Answer, Call, Listener
from vendors.running import refused

SECRET = "whsec_" + base64.b64encode(b"nobody knows this").decode()
MULE = "/vendors/klingai/v1/kling-v3/text-to-video/generation"
T2V = "/v3/async/kling-v3.0-std-t2v"


@dataclass
class Ear:
    """A customer's address: what came, and what it says to it."""

    url: str = ""
    status: int = 204
    calls: list[Call] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)  # it answers
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, call: Call) -> Answer:
        self.calls.append(call)
        async with self.news:
            self.news.notify_all()
        await self.open.wait()
        return Answer(status=self.status)

    async def heard(self, count: int) -> list[Any]:
        async with asyncio.timeout(5), self.news:
            await self.news.wait_for(lambda: len(self.calls) >= count)
        return [call.json() for call in self.calls]


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    ear = Ear()
    ear.open.set()
    listener = Listener(ear.take)
    await listener.open("127.0.0.1")
    ear.url = f"http://127.0.0.1:{listener.port}/hook"
    try:
        yield ear
    finally:
        await listener.close()


async def test_novita_tells_of_the_end_to_whom_the_request_names() -> None:
    vendor = Novita(**STILL)
    async with listening() as ear, asking(vendor) as http:
        body = {"prompt": "fox 1", "extra": {"webhook": {"url": ear.url}}}
        id = (await http.post(T2V, json=body)).json()["task_id"]
        await vendor.advance(100)
        [told] = await ear.heard(1)
        shown = (await http.get("/v3/async/task-result", params={"task_id": id})).json()
    assert told.keys() == {"event_type", "payload"}
    assert told["event_type"] == "ASYNC_TASK_RESULT"
    assert told["payload"]["extra"].pop("webhook") == {"url": ear.url}
    assert told["payload"] == shown
    assert not [name for name in ear.calls[0].headers if name.startswith("webhook-")]


async def test_mulerouter_tells_its_account_of_beginning_and_end_and_signs() -> None:
    async with listening() as ear:
        vendor = MuleRouter(**STILL | {"speed": 1, "start": None}, hook=ear.url, secret=SECRET)
        async with asking(vendor) as http:
            id = (await http.post(MULE, json={"prompt": "fox 1"})).json()["task_info"]["id"]
            await ear.heard(1)
            await vendor.advance(100)
            begun, ended = await ear.heard(2)
    assert (begun["type"], ended["type"]) == ("task.created", "task.succeeded")
    assert ended.keys() == {"id", "type", "created_at", "data"}
    assert ended["data"].keys() == {"vendor", "model_name", "payload"}
    payload = ended["data"]["payload"]
    assert (payload["task_info"]["id"], payload["task_info"]["status"]) == (id, "completed")
    assert len(payload["videos"]) == 1
    for call in ear.calls:
        Webhook(SECRET).verify(call.body, dict(call.headers))
        assert call.headers["webhook-id"] == call.json()["id"]
    assert begun["id"] != ended["id"]


@pytest.mark.parametrize("lie", ["signature", "unsigned", "stale", "id"])
async def test_lies(lie: str) -> None:
    """Each of them says that the job is done, which it is not."""
    async with listening() as ear:
        vendor = MuleRouter(**STILL | {"speed": 1, "start": None}, secret=SECRET)
        async with asking(vendor) as http:
            id = (await http.post(MULE, json={"prompt": "fox 1"})).json()["task_info"]["id"]
            assert await vendor.lie(lie, job=id, url=ear.url) == 204
    [call] = ear.calls
    told = call.json()["data"]["payload"]["task_info"]
    assert told["status"] == "completed"
    assert (told["id"] == id) is (lie != "id")
    if lie == "id":
        Webhook(SECRET).verify(call.body, dict(call.headers))
    else:
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(call.body, dict(call.headers))
    assert vendor.ledger.of("webhook")[0].faults == (lie,)


async def test_lies_need_somebody_to_lie_to() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        with pytest.raises(ValueError, match="no job"):
            await vendor.lie("id")
        await http.post(T2V, json={"prompt": "fox 1"})
        with pytest.raises(ValueError, match="unknown lie 'fib'"):
            await vendor.lie("fib")


async def test_told_before_the_creates_answer() -> None:
    vendor = AIHubMax(**STILL)
    vendor.fault("webhook_early")
    body = {"model": "kling-v3-text-to-video", "prompt": "fox 1"}
    async with listening() as ear, asking(vendor) as http:
        ear.open.clear()
        body["callback_url"] = ear.url
        answer = asyncio.create_task(http.post("/v1/videos/generations", json=body))
        [told] = await ear.heard(1)
        assert (told["status"], answer.done()) == ("completed", False)
        assert vendor.ledger.creates[0].status is None
        ear.open.set()
        assert (await answer).json()["id"] == told["id"]
        await vendor.advance(100)
        assert (await http.get(f"/v1/tasks/{told['id']}")).json()["status"] == "completed"
        assert len(ear.calls) == 1


async def test_twice_and_never() -> None:
    vendor = Novita(**STILL)
    vendor.fault("webhook_never", create=1)
    vendor.fault("webhook_twice", create=2)
    async with listening() as ear, asking(vendor) as http:
        for number in (1, 2):
            body = {"prompt": f"fox {number}", "extra": {"webhook": {"url": ear.url}}}
            await http.post(T2V, json=body)
        await vendor.advance(100)
        first, second = await ear.heard(2)
    assert first == second
    assert first["payload"]["task"]["task_id"] == list(vendor.ledger.jobs)[1]


async def test_tried_again_until_somebody_listens() -> None:
    vendor = Novita(**STILL)
    async with listening() as ear, asking(vendor) as http:
        ear.status = 503
        body = {"prompt": "fox 1", "extra": {"webhook": {"url": ear.url}}}
        await http.post(T2V, json=body)
        await vendor.advance(100)
        for count, rest in ((1, 1), (2, 2)):
            await answered(vendor, count)
            ear.status = 204 if count == 2 else 503
            await vendor.advance(rest)
        await answered(vendor, 3)
        await vendor.advance(100)
    assert [entry.status for entry in vendor.ledger.of("webhook")] == [503, 503, 204]
    assert len({json.dumps(call.json()) for call in ear.calls}) == 1


async def answered(vendor: Novita, count: int) -> None:
    def told() -> int:
        return len([entry for entry in vendor.ledger.of("webhook") if entry.status])

    async with asyncio.timeout(5):
        await vendor.ledger.until(lambda: told() >= count)


async def test_nobody_there() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        with refused() as gone:
            await http.post(T2V, json={"prompt": "x", "extra": {"webhook": {"url": gone}}})
            await vendor.advance(100)
            async with asyncio.timeout(5):
                await vendor.ledger.until(lambda: len(vendor.ledger.of("webhook")) == 1)
    assert vendor.ledger.of("webhook")[0].status is None
