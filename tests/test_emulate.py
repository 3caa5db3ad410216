"""The emulator in process: every wire, the clock passed in, nothing made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from accounts import live, provider, settings_of
from fakes import BASE, FakeRunner, clock_of, key_of, means_on
from reelway.accept import Answer, accept
from reelway.cancel import delete
from reelway.emulate import PRICES, Emulator, arranged, price, sandboxed, shown, told
from reelway.errors import BalanceExhausted, InvalidRequest, QueueFull, ReelwayError
from reelway.means import Means
from reelway.request import VideoRequest
from reelway.settings import EmulateSettings, Settings, SettingsFault, load
from reelway.task import Key, Task
from reelway.view import view
from reelway.wire import Call, Reply, wires

MULE = "/vendors/klingai/v1/kling-v3/text-to-video/generation"
CREATES: dict[str, tuple[str, dict[str, Any]]] = {
    "novita": ("/v3/async/kling-v3.0-std-t2v", {}),
    "myrouter": ("/v3/async/kling-v3.0-std-t2v", {}),
    "mulerouter": (MULE, {}),
    "aihubmax": ("/v1/videos/generations", {"model": "kling-v3-text-to-video"}),
    "native": ("/api/v1/tasks", {"model": "kling-v3"}),
}
each_wire = pytest.mark.parametrize("name", CREATES)


@dataclass
class Vendor:
    name: str
    means: Means
    key: Key

    async def create(self, key: Key | None = None, sandbox: str = "", **body: Any) -> Answer:
        path, more = CREATES[self.name]
        wire = wires()[self.name]
        [route] = [r for r in wire.routes if r.path == path and r.method == "POST"]
        data = {"prompt": "a fox", **more, **body}
        headers = {"x-reelway-sandbox": sandbox} if sandbox else {}
        call = Call(method="POST", path=path, headers=headers, data=data, route=route)
        raw = json.dumps(data).encode()
        return await accept(wire, call, raw, key or self.key, BASE, self.means)

    async def refused(self, **more: Any) -> tuple[ReelwayError, Reply]:
        with pytest.raises(ReelwayError) as caught:
            await self.create(**more)
        return caught.value, wires()[self.name].write_error(caught.value)

    async def tasks(self) -> list[Task]:
        """From the first to the last."""
        return (await self.means.store.tasks(self.key.owner_id, limit=1000))[::-1]

    async def end(self, task: Task, how: Any = "succeeded") -> None:
        store, now = self.means.store, self.means.now()
        running = await store.move(task, "running", now)
        assert running
        assert await store.move(running, how, now)

    async def many(self, count: int) -> list[str]:
        """What became of so many creates, one after another."""
        out = []
        for _ in range(count):
            try:
                await self.create()
            except ReelwayError as error:
                out.append(error.code)
            else:
                said = (await self.tasks())[-1].request.sandbox
                out.append(f"{said.get('fail', 'ok')} {said.get('delay', '')}".strip())
        return out


Emulate = Callable[..., AbstractAsyncContextManager[Vendor]]


@pytest.fixture
def emulate(tmp_path: Path) -> Emulate:
    numbers = iter(range(100))

    @asynccontextmanager
    async def go(name: str, **options: Any) -> AsyncIterator[Vendor]:
        settings = EmulateSettings(wires=(name,), **options)
        parts = {"emulator": Emulator(settings), "runner": FakeRunner()}
        async with means_on(tmp_path / str(next(numbers)), **parts) as means:
            yield Vendor(name, means, await key_of(means))

    return go


# Limits, in the vendor's words


NO_MONEY = {
    "novita": (400, lambda body: body["reason"] == "BILLING_BALANCE_NOT_ENOUGH"),
    "myrouter": (403, lambda body: body["reason"] == "NOT_ENOUGH_BALANCE" and body["code"] == 403),
    "mulerouter": (402, lambda body: body["title"] == "Payment Required"),
    "aihubmax": (402, lambda body: body["error"]["type"] == "insufficient_quota"),
    "native": (402, lambda body: body["error"]["code"] == "balance_exhausted"),
}


@each_wire
async def test_a_balance_runs_out(emulate: Emulate, name: str) -> None:
    async with emulate(name, balance="0.84") as vendor:
        await vendor.create()
        await vendor.create()
        error, reply = await vendor.refused()
        status, says = NO_MONEY[name]
        assert (type(error), reply.status) == (BalanceExhausted, status)
        assert says(reply.data), reply.data
        assert "0.00 USD is left, this film costs 0.42 USD" in reply.body().decode()
        back = wires()[name].read_error(reply)
        assert (type(back), back.code, back.fault) == (
            BalanceExhausted,
            "balance_exhausted",
            "provider",
        )
        assert len(await vendor.tasks()) == 2


@each_wire
async def test_only_a_film_costs_money(emulate: Emulate, name: str) -> None:
    async with emulate(name, balance="0.42") as vendor:
        for ending in ("failed", "cancelled", "succeeded"):
            await vendor.create()
            assert (await vendor.refused())[0].code == "balance_exhausted"
            await vendor.end((await vendor.tasks())[-1], ending)
        assert (await vendor.refused())[0].code == "balance_exhausted"
        other = await key_of(vendor.means, "bob")
        await vendor.create(key=other)


@pytest.mark.parametrize(("ending", "left"), [("failed", 1), ("cancelled", 1), ("succeeded", 0)])
async def test_what_a_task_cost_is_known_when_it_is_deleted(emulate, ending, left) -> None:
    async with emulate("novita", balance="0.42") as vendor:
        await vendor.create()
        (task,) = await vendor.tasks()
        await vendor.end(task, ending)
        await delete(task.owner_id, task.public_id, vendor.means)
        assert (await vendor.many(1)).count("ok") == left


async def test_open_tasks_are_not_looked_after_at_every_create(emulate, monkeypatch) -> None:
    async with emulate("novita", balance="1000") as vendor:
        looks, task_of = [], vendor.means.store.task

        async def task(id: int) -> Task | None:
            looks.append(id)
            return await task_of(id)

        monkeypatch.setattr(vendor.means.store, "task", task)
        await vendor.many(300)
        assert len(looks) < 600  # a look at each by each create would be 44,850


@each_wire
async def test_slots_of_a_key(emulate: Emulate, name: str) -> None:
    async with emulate(name, slots_per_key=2) as vendor:
        results = await asyncio.gather(*(vendor.create() for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(r, QueueFull) for r in results) == 3
        _, reply = await vendor.refused()
        assert (reply.status, reply.headers) == (429, {"Retry-After": "1"})
        assert isinstance(wires()[name].read_error(reply), QueueFull)
        await vendor.create(key=await key_of(vendor.means, "bob"))
        await vendor.end((await vendor.tasks())[0], "failed")
        await vendor.create()
        assert (await vendor.refused())[1].status == 429


@each_wire
async def test_creates_of_a_minute(emulate: Emulate, name: str) -> None:
    async with emulate(name, requests_per_minute=2) as vendor:
        await vendor.create()
        clock_of(vendor.means).advance(20.5)
        await vendor.create()
        _, reply = await vendor.refused()
        assert (reply.status, reply.headers) == (429, {"Retry-After": "40"})
        clock_of(vendor.means).advance(39.4)
        assert (await vendor.refused())[1].headers == {"Retry-After": "1"}
        clock_of(vendor.means).advance(0.1)
        await vendor.create()
        assert (await vendor.refused())[1].headers == {"Retry-After": "21"}


async def test_a_clock_that_is_put_back_refuses_nobody(emulate: Emulate) -> None:
    async with emulate("novita", requests_per_minute=1) as vendor:
        clock_of(vendor.means).advance(3600)
        assert await vendor.many(2) == ["ok", "queue_full"]
        clock_of(vendor.means).advance(-3600)
        assert await vendor.many(2) == ["ok", "queue_full"]


@each_wire
async def test_a_refused_create_takes_no_seat(emulate: Emulate, name: str) -> None:
    async with emulate(name, slots_per_key=1, balance="0.42") as vendor:
        with pytest.raises(InvalidRequest):
            await vendor.create(duration=99)
        if name == "native":  # the only one whose text body takes a picture
            with pytest.raises(InvalidRequest):
                await vendor.create(first_frame="stored:none")
        await vendor.create()


# What is drawn


@each_wire
async def test_the_same_seed_draws_the_same(emulate: Emulate, name: str) -> None:
    options = {"failure_rate": 0.3, "error_rate": 0.3, "latency": "2-6"}
    async with emulate(name, seed=7, **options) as vendor:
        first = await vendor.many(40)
    async with emulate(name, seed=7, **options) as vendor:
        assert await vendor.many(40) == first
    async with emulate(name, seed=8, **options) as vendor:
        assert await vendor.many(40) != first
    kinds = [word.split()[0] for word in first]
    assert {"ok", "engine_error", "queue_full", "internal", "overloaded"} == set(kinds)
    delays = [float(word.split()[1]) for word in first if " " in word]
    assert min(delays) >= 2 and max(delays) <= 6 and len(set(delays)) > 10


async def test_rates_are_kept(emulate: Emulate) -> None:
    async with emulate("novita", failure_rate=0.25, error_rate=0.1) as vendor:
        said = await vendor.many(400)
    assert 0.05 < sum(w in ("queue_full", "internal", "overloaded") for w in said) / 400 < 0.15
    assert 0.17 < said.count("engine_error") / 360 < 0.33


async def test_never_and_always(emulate: Emulate) -> None:
    async with emulate("novita") as vendor:
        assert await vendor.many(20) == ["ok"] * 20
        assert all(task.report == {} for task in await vendor.tasks())
    async with emulate("novita", failure_rate=1) as vendor:
        assert await vendor.many(5) == ["engine_error"] * 5
    async with emulate("novita", error_rate=1) as vendor:
        assert "ok" not in await vendor.many(5)
        assert await vendor.tasks() == []


async def test_one_key_disturbs_no_others_draws(emulate: Emulate) -> None:
    async with emulate("novita", failure_rate=0.5) as vendor:
        alone = await vendor.many(10)
    async with emulate("novita", failure_rate=0.5) as vendor:
        other = await key_of(vendor.means, "bob")
        mixed = []
        for _ in range(10):
            await vendor.create(key=other)
            mixed += await vendor.many(1)
    assert mixed == alone


@each_wire
async def test_a_latency_is_spent_queued_then_running(emulate: Emulate, name: str) -> None:
    async with emulate(name, latency=5) as vendor:
        await vendor.create()
        [task] = await vendor.tasks()
        assert task.request.sandbox == {"delay": 5.0}
        assert task.report["sandbox"] == {"delay": 5.0}
        assert task.next_at == task.accepted_at + 1000
        assert isinstance(vendor.means.runner, FakeRunner) and not vendor.means.runner.works
        found = await vendor.means.store.due(task.accepted_at + 999)
        assert found.rested == []
        found = await vendor.means.store.due(task.accepted_at + 1000)
        assert [rested.id for rested in found.rested] == [task.id]


@each_wire
async def test_a_short_latency_is_not_queued(emulate: Emulate, name: str) -> None:
    async with emulate(name, latency="0.5-1") as vendor:
        await vendor.create()
        [task] = await vendor.tasks()
        assert task.next_at is None
        assert isinstance(vendor.means.runner, FakeRunner) and len(vendor.means.runner.works) == 1


@each_wire
async def test_ones_own_directives_win(emulate: Emulate, name: str) -> None:
    async with emulate(name, latency=5, failure_rate=1, link_seconds=60) as vendor:
        await vendor.create(sandbox="fail=content_policy; delay=1; expire=2")
        await vendor.create(sandbox="stall")
        first, second = await vendor.tasks()
        assert first.request.sandbox == {"fail": "content_policy", "delay": 1.0, "expire": 2}
        assert first.next_at is None
        assert "fail" not in second.request.sandbox


# Directives in every wire


@each_wire
async def test_directives_of_header_and_prompt(emulate: Emulate, name: str) -> None:
    async with emulate(name) as vendor:
        await vendor.create(sandbox="delay=2", prompt="a fox [[reelway fail=timeout]]")
        [task] = await vendor.tasks()
        assert task.request.prompt == "a fox"
        assert task.report["sandbox"] == {"fail": "timeout", "delay": 2.0}
        error, reply = await vendor.refused(sandbox="delay=2; boom")
        assert (reply.status, error.field) == (400, "X-Reelway-Sandbox")
        assert "boom" in reply.body().decode()
        error, reply = await vendor.refused(prompt="a fox [[reelway boom]]")
        assert (reply.status, error.field) == (400, "prompt")
        assert len(await vendor.tasks()) == 1


REJECTED = {
    "novita": (400, 401, 400, 403, 429, 500, 500, 503),
    "myrouter": (400, 401, 403, 403, 429, 500, 500, 503),
    "mulerouter": (400, 401, 402, 401, 429, 500, 502, 503),
    "aihubmax": (400, 401, 402, 401, 429, 500, 500, 503),
    "native": (400, 401, 402, 403, 429, 500, 502, 503),
}


@each_wire
async def test_a_create_that_is_to_be_refused(emulate: Emulate, name: str) -> None:
    async with emulate(name) as vendor:
        said = [
            (await vendor.refused(sandbox=f"reject={status}"))[1].status
            for status in (400, 401, 402, 403, 429, 500, 502, 503)
        ]
        assert tuple(said) == REJECTED[name]
        assert await vendor.tasks() == []


@each_wire
async def test_links_of_an_emulation(emulate: Emulate, name: str) -> None:
    async with emulate(name, link_seconds=60) as vendor:
        await vendor.create()
        [task] = await vendor.tasks()
        store, means = vendor.means.store, vendor.means
        running = await store.move(task, "running", means.now())
        assert running
        done = await store.move(running, "succeeded", means.now(), {"film_info": {}})
        assert done
        seen = view(replace(done, film="f" * 64), means)
        assert seen.film_expires_at == means.now() + 60_000
        if name in ("novita", "myrouter"):
            [film] = wires()[name].write_task(seen).data["videos"]
            assert film["video_url_ttl"] == "60"


async def test_another_wire_is_served_as_ever(emulate: Emulate) -> None:
    async with emulate("novita", balance=0, failure_rate=1, latency=9) as vendor:
        assert (await vendor.refused())[0].code == "balance_exhausted"
        vendor.name = "mulerouter"
        assert await vendor.many(2) == ["ok", "ok"]


async def test_a_replay_and_a_dry_run_cost_nothing(emulate: Emulate) -> None:
    async with emulate("native", slots_per_key=1, requests_per_minute=1) as vendor:
        wire = wires()["native"]
        data = {"prompt": "a fox"}

        async def send(**more: Any) -> Answer:
            headers = {"idempotency-key": "k"}
            call = Call(method="POST", path="/api/v1/tasks", headers=headers, data=data, **more)
            return await accept(wire, call, b"{}", vendor.key, BASE, vendor.means)

        await send(query={"dry_run": "true"})
        first = await send()
        again = await send()
        assert (again.replayed, again.body) == (True, first.body)


def test_where_a_provider_is_configured_nothing_is_obeyed() -> None:
    engines = live()
    assert sandboxed("animatic", engines)
    assert not sandboxed("hosted", engines)
    engines.change(settings_of([provider("north")]))  # a reload
    assert not sandboxed("animatic", engines)
    engines.change(settings_of([]))
    assert sandboxed("animatic", engines), "what north works on still was ordered before"


async def test_directives_follow_a_reload(tmp_path: Path) -> None:
    engines = live()
    async with means_on(tmp_path, engines=engines) as means:
        vendor = Vendor("native", means, await key_of(means))
        asked = {"sandbox": "fail=timeout", "model": "animatic"}
        await vendor.create(**asked)
        engines.change(settings_of([provider("north")]))
        error, reply = await vendor.refused(**asked)
        assert reply.status == 400 and "no provider is configured" in error.message


# Prices and settings


@pytest.mark.parametrize(
    ("resolution", "sound", "duration", "cost"),
    [
        ("720p", False, 5, 420_000),
        ("720p", True, 10, 1_260_000),
        ("1080p", False, 3, 336_000),
        ("1080p", True, 15, 2_520_000),
        ("4k", False, 5, 2_100_000),
        ("4k", True, 5, 2_100_000),
    ],
)
def test_prices(resolution: Any, sound: bool, duration: int, cost: int) -> None:
    request = VideoRequest(resolution=resolution, sound=sound, duration=duration)
    assert price(request) == cost
    assert set(PRICES) == {"720p", "1080p", "4k"}


def test_a_voice_is_free() -> None:
    assert price(VideoRequest(kind="voice")) == 0


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0.00"), (420_000, "0.42"), (2_100_000, "2.10"), (1, "0.000001"), (10_000_000, "10.00")],
)
def test_money_in_words(micros: int, text: str) -> None:
    assert shown(micros) == text


def test_settings_from_everywhere(tmp_path: Path) -> None:
    file = tmp_path / "reelway.toml"
    file.write_text('[emulate]\nwires = ["novita"]\nlatency = [1, 2]\nbalance = 0.5\nseed = 3\n')
    environ = {"REELWAY_EMULATE_LATENCY": "2-6", "REELWAY_EMULATE_WIRES": "mulerouter, aihubmax"}
    settings, _ = load(config=file, environ=environ, overrides={"emulate": {"balance": "2.1"}})
    assert settings.emulate == EmulateSettings(
        wires=("mulerouter", "aihubmax"), latency=(2.0, 6.0), balance="2.1", seed=3
    )
    assert settings.emulate.balance == 2_100_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latency", "6-2"),
        ("latency", "fast"),
        ("latency", "-1"),
        ("latency", True),
        ("latency", 3601),
        ("latency", [1, 2, 3]),
        ("failure_rate", 1.1),
        ("error_rate", -0.1),
        ("balance", "-1"),
        ("balance", "1e3"),
        ("balance", "0.0000001"),
        ("balance", True),
        ("slots_per_key", -1),
        ("requests_per_minute", 0),
        ("link_seconds", -1),
        ("model", "kling-v3"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(SettingsFault) as caught:
        load(environ={}, overrides={"data": tmp_path, "emulate": {name: value}})
    [fault] = caught.value.faults
    assert fault.startswith(f"emulate.{name} (from the command line): ")


def test_an_arrangement() -> None:
    settings = Settings(emulate=EmulateSettings(wires=("mulerouter",), balance="0.5"))
    made = arranged(settings, wires())
    assert made.root[0] == "mulerouter"
    assert made.model_map == {"kling-v3": "animatic-still", "kling-o3": "animatic-still"}
    assert made.allow_private == ("127.0.0.0/8", "::1/128")
    assert arranged(made, wires()) == made
    lines = told(made, wires())
    assert lines[0] == "Emulating MuleRouter: films by animatic-still; 0.50 USD a key."
    assert '"invalid"' in lines[1] and "127.0.0.0/8" in lines[2]


def test_an_arrangement_that_others_can_reach() -> None:
    emulate = EmulateSettings(wires=("novita",), model="animatic")
    settings = Settings(host="0.0.0.0", model_map={"kling-o3": "animatic-still"}, emulate=emulate)
    made = arranged(settings, wires())
    assert made.allow_private == ()
    assert "reach 0.0.0.0 can order" in told(made, wires())[-1]
    behind = Settings(public_url="https://films.example.com", emulate=emulate)  # a proxy
    assert arranged(behind, wires()).allow_private == ()
    assert "reach https://films.example.com can order" in told(behind, wires())[-1]
    assert made.model_map == {"kling-v3": "animatic", "kling-o3": "animatic-still"}


def test_nobody_is_emulated_where_films_cost_money() -> None:
    class Later(Settings):
        providers: Any = ()

    emulate = EmulateSettings(wires=("novita",))
    with pytest.raises(SettingsFault, match="not where a provider is configured"):
        arranged(Later(providers=("a vendor",), emulate=emulate), wires())
    assert arranged(Later(emulate=emulate), wires()).root[0] == "novita"


def test_nobody_is_emulated() -> None:
    assert arranged(Settings(), wires()) == Settings()
    assert told(Settings(), wires()) == []
    with pytest.raises(SettingsFault, match="no wire is named kling; there are: aihubmax, "):
        arranged(Settings(emulate=EmulateSettings(wires=("kling",))), wires())
