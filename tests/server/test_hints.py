"""What vendors send to us: it hurries a look, whatever it says, and does nothing else."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes import NOW, order, row
from gateway import SCALE, Gate, PassBy, Passing, gateway
from reelway.hints import BURST
from reelway.remote import FIRST
from reelway.runners.local import Later, Timer
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.server.hints import LARGEST
from reelway.submit import hook_token
from reelway.task import Task
from reelway.wire import wires
from vendors.aihubmax import AIHubMax
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.plain import Answer, Call, Listener
from vendors.vendor import Vendor

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OVER = 100.0  # seconds after which every job of the fakes is over
each_vendor = pytest.mark.parametrize("kind", (Novita, MyRouter, MuleRouter), ids=lambda k: k.name)


class Never:
    def cancel(self) -> None: ...


def deaf(pass_by: PassBy) -> Later:
    """Time wakes nobody, but from the rest before the first look: only who is woken looks."""

    def later(seconds: float, call: Callable[[], None]) -> Timer:
        return Passing(seconds, call, pass_by) if seconds <= FIRST else Never()

    return later


@dataclass
class Door:
    """A gateway that its vendor can reach."""

    gate: Gate
    http: httpx.AsyncClient
    url: str

    @property
    def vendor(self) -> Vendor:
        return self.gate.vendor

    @property
    def polls(self) -> int:
        return sum(job.polls for job in self.vendor.ledger.jobs.values())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def looked_at(self, **words: Any) -> Task:
        """An order whose job was looked at once, and would never be again."""
        before = self.polls
        task = await order(self.gate.means, **{"prompt": "fox 1", **words})
        await self.until(lambda: self.polls > before and not self.gate.working)
        return await row(self.gate.means, task)

    async def ended(self, task: Task) -> Task:
        async with asyncio.timeout(10):
            while not (fresh := await row(self.gate.means, task)).over:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        return fresh

    async def still(self, task: Task, polls: int) -> None:
        """Nothing has come of it."""
        for _ in range(20):
            await asyncio.sleep(0)
        assert self.polls == polls
        assert (await row(self.gate.means, task)).status == "running"

    def path(self, task: Task, name: str = "") -> str:
        name = name or f"{self.vendor.name}-1"
        return f"/hooks/{name}/{hook_token(task.id, name, self.gate.means)}"

    def told(self, task: Task) -> dict[str, Any]:
        """What the vendor says once the task's job is over."""
        assert task.receipt
        job = self.vendor.ledger.jobs[task.receipt["id"]]
        message = self.vendor.event(job, self.vendor.ending(job))
        assert message
        return message


@asynccontextmanager
async def door(folder: Path, kind: type[Vendor], **changes: Any) -> AsyncIterator[Door]:
    edges: list[httpx.AsyncClient] = []

    async def take(call: Call) -> Answer:
        reply = await edges[0].post(call.path, content=call.body, headers=dict(call.headers))
        return Answer(status=reply.status_code)

    async with AsyncExitStack() as stack:
        listener = Listener(take)
        await listener.open("127.0.0.1")
        stack.push_async_callback(listener.close)
        url = f"http://127.0.0.1:{listener.port}"
        terms: dict[str, Any] = {"speed": 0, "start": NOW, "scale": SCALE}
        if kind is MuleRouter:
            terms |= {"hook": f"{url}/hooks/mulerouter-1", "secret": SECRET}
            changes = {"provider": {"webhook_secret": SECRET}, **changes}
        vendor = await stack.enter_async_context(kind(**terms))
        changes = {"settings": {"public_url": url}, **changes}
        gate = await stack.enter_async_context(gateway(folder, vendor, timer=deaf, **changes))
        edge = Edge(Table(wires(), ()), Keys(gate.means.store), gate.means)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url=url)
        edges.append(await stack.enter_async_context(client))
        yield Door(gate, edges[0], url)


@each_vendor
async def test_a_look_is_hurried(kind: type[Vendor], tmp_path: Path) -> None:
    async with door(tmp_path, kind) as site:
        task = await site.looked_at()
        await site.gate.pass_by(OVER)
        ended = await site.ended(task)
        assert (ended.status, ended.error) == ("succeeded", None)
        assert {e.status for e in site.vendor.ledger.of("webhook")} == {204}


@each_vendor
async def test_a_message_is_no_proof(kind: type[Vendor], tmp_path: Path) -> None:
    """It says that it has succeeded; whoever asks hears that it has not."""
    async with door(tmp_path, kind) as site:
        task = await site.looked_at()
        body, headers = json.dumps(site.told(task)).encode(), {}
        if kind is MuleRouter:
            headers = site.vendor.hooks._signed(body, "")
        path = "/hooks/mulerouter-1" if kind is MuleRouter else site.path(task)
        polls = site.polls
        reply = await site.http.post(path, content=body, headers=headers)
        assert (reply.status_code, reply.content) == (204, b"")
        await site.until(lambda: site.polls == polls + 1 and not site.gate.working)
        await site.still(task, polls + 1)
        await site.http.post(path, content=body, headers=headers)  # again, at once
        await site.still(task, polls + 1)


@each_vendor
async def test_told_twice_it_ends_once(kind: type[Vendor], tmp_path: Path) -> None:
    async with door(tmp_path, kind) as site:
        site.vendor.fault("webhook_twice")
        task = await site.looked_at()
        await site.gate.pass_by(OVER)
        assert (await site.ended(task)).status == "succeeded"
        await site.until(
            lambda: [e.status for e in site.vendor.ledger.of("webhook")][-2:] == [204, 204]
        )
        assert len(site.vendor.ledger.of("download")) == 1


@pytest.mark.parametrize("lie", ["signature", "unsigned", "stale"])
async def test_a_forged_signature(lie: str, tmp_path: Path) -> None:
    async with door(tmp_path, MuleRouter) as site:
        task = await site.looked_at()
        polls = site.polls
        assert task.receipt
        assert await site.vendor.lie(lie, job=task.receipt["id"]) == 403
        await site.still(task, polls)


@each_vendor
async def test_a_job_that_nobody_knows(kind: type[Vendor], tmp_path: Path) -> None:
    async with door(tmp_path, kind) as site:
        task = await site.looked_at()
        polls = site.polls
        assert task.receipt
        assert await site.vendor.lie("id", job=task.receipt["id"]) == 204
        await site.still(task, polls)


async def test_a_forged_address(tmp_path: Path) -> None:
    async with door(tmp_path, Novita) as site:
        task, other = await site.looked_at(), await site.looked_at(prompt="fox 2")
        polls, right = site.polls, site.path(task)
        wrong = [site.path(other), right[:-1], right + "A", "/hooks/novita-1/" + "A" * 32]
        for path in wrong:
            reply = await site.http.post(path, json=site.told(task))
            assert (reply.status_code, reply.content) == (204, b""), path
        await site.still(task, polls)
        assert (await site.http.post(right, json=site.told(task))).status_code == 204
        await site.until(lambda: site.polls == polls + 1)


NOWHERE = [
    "/hooks/", "/hooks/novita-1", "/hooks/novita-1/", "/hooks/novita-1/a/b", "/hooks/animatic/a",
    "/hooks/nobody/a", "/hooks/novita-1/%00", "/hooks/novita-1/" + "A" * 81,
]  # fmt: skip


async def test_no_such_address(tmp_path: Path) -> None:
    async with door(tmp_path, Novita) as site:
        for path in NOWHERE:
            reply = await site.http.post(path, json={})
            assert (reply.status_code, reply.text) == (404, "no such address\n"), path


async def test_an_account_without_a_secret_hears_nothing(tmp_path: Path) -> None:
    async with door(tmp_path, MuleRouter, provider={}) as site:
        for path in ("/hooks/mulerouter-1", "/hooks/mulerouter-1/token"):
            assert (await site.http.post(path, json={})).status_code == 404


UNREADABLE = [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b"\xff", 400), (b"NaN", 400),
    (b'{"event_type": "ASYNC_TASK_RESULT", "payload": 7}', 400),
    (b'{"event_type": "ELSE", "payload": {}}', 400),
    (b"[" * 5000, 400),
    (b" " * (LARGEST + 1), 413),
]  # fmt: skip


async def test_what_cannot_be_read(tmp_path: Path) -> None:
    async with door(tmp_path, Novita) as site:
        task = await site.looked_at()
        polls = site.polls
        for content, status in UNREADABLE:
            reply = await site.http.post(site.path(task), content=content)
            assert reply.status_code == status, content[:80]
            await site.still(task, polls)


async def test_too_many(tmp_path: Path) -> None:
    async with door(tmp_path, Novita) as site:
        task = await site.looked_at()
        for _ in range(BURST):
            site.gate.means.hints.wait("novita-1", site.gate.means.now())
        reply = await site.http.post(site.path(task), json=site.told(task))
        assert (reply.status_code, reply.headers["retry-after"]) == (429, "1")


async def test_the_log_holds_no_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with door(tmp_path, Novita) as site:
        task = await site.looked_at()
        path = site.path(task)
        await site.http.post(path, json=site.told(task))
        logged = [str(r.__dict__) for r in caplog.records if r.name == "reelway"]
        assert any("/hooks/…" in one for one in logged)
        assert not any(path.rpartition("/")[2] in one for one in logged)


# What a create names


def named(vendor: Vendor) -> Any:
    [create] = vendor.ledger.creates
    return create.body.get("extra"), create.body.get("callback_url")


async def test_a_create_names_an_address(tmp_path: Path) -> None:
    """Beside what the caller said in the same wire."""
    async with door(tmp_path, Novita) as site:
        extra = {"extra": {"enable_nsfw_detection": True}}
        task = await site.looked_at(drafted={"wire": "novita"}, extra=extra)
        hook = {"url": site.url + site.path(task)}
        assert named(site.vendor) == ({**extra["extra"], "webhook": hook}, None)


async def test_where_https_is_asked_for(tmp_path: Path) -> None:
    secure = {"settings": {"public_url": "https://films.example.com"}}
    async with door(tmp_path / "s", AIHubMax, **secure) as site:
        task = await site.looked_at()
        assert named(site.vendor) == (None, "https://films.example.com" + site.path(task))
        polls = site.polls
        assert (await site.http.post(site.path(task), json=site.told(task))).status_code == 204
        await site.until(lambda: site.polls == polls + 1)
    async with door(tmp_path / "p", AIHubMax) as site:
        await site.looked_at()
        assert named(site.vendor) == (None, None)


@pytest.mark.parametrize("changes", [{"settings": {}}, {"provider": {"webhooks": False}}])
async def test_where_none_is_named(changes: dict[str, Any], tmp_path: Path) -> None:
    async with door(tmp_path, Novita, **changes) as site:
        await site.looked_at()
        assert named(site.vendor) == (None, None)
