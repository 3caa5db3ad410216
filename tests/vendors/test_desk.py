"""Each fault of a create and of a poll does what it says; the ledger tells the truth of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from vendors.aihubmax import AIHubMax
from vendors.asking import STILL, asking
from vendors.mulerouter import MuleRouter
from vendors.myrouter import MyRouter
from vendors.novita import Novita
from vendors.vendor import KEY, Vendor

T2V, RESULT = "/v3/async/kling-v3.0-std-t2v", "/v3/async/task-result"
CREATES = {
    Novita: (T2V, {"prompt": "fox 1"}),
    MyRouter: (T2V, {"prompt": "fox 1"}),
    MuleRouter: ("/vendors/klingai/v1/kling-v3/text-to-video/generation", {"prompt": "fox 1"}),
    AIHubMax: (
        "/v1/videos/generations",
        {"model": "kling-v3-text-to-video", "prompt": "fox 1"},
    ),
}
each_vendor = pytest.mark.parametrize("kind", CREATES, ids=lambda kind: kind.name)


async def create(http: httpx.AsyncClient, prompt: str = "fox 1", **more: Any) -> httpx.Response:
    return await http.post(T2V, json={"prompt": prompt}, **more)


async def made(http: httpx.AsyncClient, prompt: str = "fox 1") -> str:
    return str((await create(http, prompt)).json()["task_id"])


async def poll(http: httpx.AsyncClient, id: str) -> httpx.Response:
    return await http.get(RESULT, params={"task_id": id})


async def waiting(vendor: Vendor, kind: str, count: int = 1) -> None:
    """Until so many calls have come in."""
    async with asyncio.timeout(5):
        await vendor.ledger.until(lambda: len(vendor.ledger.of(kind)) >= count)


# Creates


@each_vendor
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("fault", "jobs"), [("cut_before", 0), ("cut_after", 1), ("half", 1)])
async def test_lost_answers(kind: type[Vendor], fault: str, jobs: int, reset: bool) -> None:
    path, body = CREATES[kind]
    vendor = kind(**STILL)
    vendor.fault(fault, reset=reset, create=1)
    async with asking(vendor) as http:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.post(path, json=body)
        [entry] = vendor.ledger.creates
        assert (entry.made, entry.status, entry.faults) == (bool(jobs), None, (fault,))
        assert vendor.ledger.jobs_made("fox 1") == jobs
        assert (vendor.ledger.charged > 0) == bool(jobs)
        again = await http.post(path, json=body)  # the second create meets nothing
        assert again.status_code in (200, 202)
    assert vendor.ledger.more_than_one() == ({"fox 1": 2} if jobs else {})


@each_vendor
@pytest.mark.parametrize(("fault", "jobs"), [("error_before", 0), ("error_after", 1)])
@pytest.mark.parametrize(("status", "form"), [(None, "vendor"), (502, "html"), (503, "empty")])
async def test_errors(
    kind: type[Vendor], fault: str, jobs: int, status: int | None, form: str
) -> None:
    path, body = CREATES[kind]
    vendor = kind(**STILL)
    vendor.fault(fault, status=status, body=form)
    async with asking(vendor) as http:
        said = await http.post(path, json=body)
    assert said.status_code == (status or 500)
    assert vendor.ledger.jobs_made() == jobs
    if form == "vendor":
        assert isinstance(said.json(), dict)
    else:
        assert said.text.startswith("<!doctype html>" if form == "html" else "")
        assert bool(said.content) == (form == "html")


async def test_novitas_words_for_errors() -> None:
    vendor = Novita(**STILL)
    vendor.fault("error_before", create=1)
    vendor.fault("poll_error")
    async with asking(vendor) as http:
        assert (await create(http)).json()["reason"] == "CREATE_TASK_FAILED"
        said = await poll(http, await made(http))
    assert (said.status_code, said.json()["code"]) == (504, 504)
    assert said.json()["reason"] == "GET_RESULT_FAILED"


@each_vendor
async def test_a_storm_of_429(kind: type[Vendor]) -> None:
    path, body = CREATES[kind]
    vendor = kind(**STILL)
    vendor.fault("throttled", times=2, retry_after=7)
    vendor.fault("throttled", lasts=30, retry_after="Sat, 14 Feb 2026 00:00:30 GMT")
    async with asking(vendor) as http:
        said = [await http.post(path, json=body) for _ in range(3)]
        assert [reply.status_code for reply in said] == [429, 429, 429]
        assert [reply.headers["retry-after"][:3] for reply in said] == ["7", "7", "Sat"]
        await vendor.advance(30)
        assert (await http.post(path, json=body)).status_code in (200, 202)
    assert vendor.ledger.jobs_made() == 1


async def test_its_own_rate_and_backlog() -> None:
    vendor = Novita(**STILL, rate=2, backlog=3)
    async with asking(vendor) as http:
        said = [await create(http) for _ in range(3)]
        assert [reply.status_code for reply in said] == [200, 200, 429]
        assert said[2].headers["retry-after"] == "60"
        await vendor.advance(60)
        said = [await create(http) for _ in range(2)]
        assert [reply.status_code for reply in said] == [200, 429]
        await vendor.advance(60)  # the first two are over
        assert (await create(http)).status_code == 200
    assert vendor.ledger.jobs_made() == 4


@each_vendor
async def test_a_key_or_a_balance_that_is_gone(kind: type[Vendor]) -> None:
    path, body = CREATES[kind]
    vendor = kind(**STILL)
    vendor.fault("key_refused", create=1)
    vendor.fault("balance", create=2)
    async with asking(vendor) as http:
        barred, poor = [await http.post(path, json=body) for _ in range(2)]
    wanted = {
        "novita": (403, 400),
        "myrouter": (403, 403),
        "mulerouter": (401, 402),
        "aihubmax": (401, 402),
    }[vendor.name]
    assert (barred.status_code, poor.status_code) == wanted
    assert vendor.ledger.jobs_made() == 0


@pytest.mark.parametrize(("fault", "before"), [("slow_before", 0), ("slow_after", 1)])
async def test_late_answers(fault: str, before: int) -> None:
    vendor = Novita(**STILL)
    vendor.fault(fault, create=1)
    vendor.fault(fault, create=2, seconds=0.05)
    async with asking(vendor) as http:
        task = asyncio.create_task(create(http))
        await waiting(vendor, "create")
        assert (vendor.ledger.jobs_made(), task.done()) == (before, False)
        vendor.release()
        assert (await task).status_code == 200
        begun = asyncio.get_running_loop().time()
        assert (await create(http)).status_code == 200
        assert asyncio.get_running_loop().time() - begun >= 0.05
    assert vendor.ledger.jobs_made() == 2


async def test_a_caller_who_gives_up_has_bought_all_the_same() -> None:
    vendor = Novita(**STILL)
    vendor.fault("slow_after")
    async with asking(vendor) as http:
        leaving = asyncio.create_task(create(http))
        async with asyncio.timeout(5):
            await vendor.ledger.until(lambda: vendor.ledger.jobs_made() == 1)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
    assert vendor.ledger.jobs_made("fox 1") == 1


async def test_an_answer_said_twice() -> None:
    vendor = Novita(**STILL)
    vendor.fault("twice")
    async with vendor:
        host, _, port = vendor.address.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = b'{"prompt": "fox 1"}'
        head = (
            f"POST {T2V} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        said = await reader.read()
        writer.close()
    first, second = said.split(b"HTTP/1.1 200 OK")[1:]
    assert first == second
    assert vendor.ledger.jobs_made() == 1


@pytest.mark.parametrize("fault", ["not_json", "no_id"])
async def test_answers_that_name_no_job(fault: str) -> None:
    vendor = Novita(**STILL)
    vendor.fault(fault)
    async with asking(vendor) as http:
        said = await create(http)
    assert said.status_code == 200
    assert "task_id" not in said.text
    assert vendor.ledger.jobs_made() == 1


@pytest.mark.parametrize("idempotent", [False, True])
async def test_idempotency_where_it_is_asked_for(idempotent: bool) -> None:
    vendor = Novita(**STILL, idempotent=idempotent)
    vendor.fault("cut_after", create=1)
    async with asking(vendor) as http:
        headers = {"Idempotency-Key": "a"}
        with pytest.raises(httpx.RemoteProtocolError):
            await create(http, headers=headers)
        ids = [(await create(http, headers=headers)).json()["task_id"] for _ in range(2)]
        await create(http, headers={"Idempotency-Key": "b"})
    assert vendor.ledger.jobs_made() == (2 if idempotent else 4)
    assert (ids[0] == ids[1]) is idempotent
    assert (ids[0] == next(iter(vendor.ledger.jobs))) is idempotent


# Jobs and polls


async def test_slots_are_taken_in_turn() -> None:
    vendor = Novita(**STILL | {"waits": 0, "runs": 10}, slots=2)
    async with asking(vendor) as http:
        for _ in range(5):
            await create(http)
    starts = [job.starts_at - job.created_at for job in vendor.ledger.jobs.values()]
    assert starts == [0, 0, 10_000, 10_000, 20_000]


async def test_spans_are_drawn_alike_in_every_run() -> None:
    spans = []
    for seed in (1, 1, 2):
        vendor = Novita(**STILL | {"runs": (5, 50)}, seed=seed)
        async with asking(vendor) as http:
            for _ in range(3):
                await create(http)
        spans.append([job.ends_at - job.starts_at for job in vendor.ledger.jobs.values()])
    assert spans[0] == spans[1] != spans[2]
    assert all(5000 <= span <= 50_000 for span in (*spans[0], *spans[2]))


async def test_a_job_that_never_ends() -> None:
    vendor = Novita(**STILL)
    vendor.fault("stuck", prompt="fox 1")
    async with asking(vendor) as http:
        stuck, other = await made(http), await made(http, "fox 17")
        await vendor.advance(86_400 * 30)
        words = [(await poll(http, id)).json()["task"]["status"] for id in (stuck, other)]
    assert words == ["TASK_STATUS_PROCESSING", "TASK_STATUS_SUCCEED"]


async def test_unknown_for_a_while() -> None:
    vendor = Novita(**STILL)
    vendor.fault("unknown_job", create=1, seconds=5)
    vendor.fault("unknown_job", create=2, at=(1, 3))
    async with asking(vendor) as http:
        first, second = await made(http), await made(http)
        said = [await poll(http, first)]
        await vendor.advance(5)
        said.append(await poll(http, first))
        said += [await poll(http, second) for _ in range(4)]
    assert [reply.status_code for reply in said] == [404, 200, 404, 200, 404, 200]
    assert said[0].json()["reason"] == "TASK_NOT_FOUND"


@each_vendor
async def test_polls_that_fail_while_the_job_goes_on(kind: type[Vendor]) -> None:
    path, body = CREATES[kind]
    vendor = kind(**STILL)
    vendor.fault("poll_error", at=1)
    vendor.fault("poll_throttled", at=2, retry_after=9)
    vendor.fault("poll_not_json", at=3)
    vendor.fault("poll_cut", at=4)
    vendor.fault("unknown_word", at=5)
    vendor.fault("no_file", at=6)
    async with asking(vendor) as http:
        reply = (await http.post(path, json=body)).json()
        [id] = vendor.ledger.jobs
        assert id in json.dumps(reply)
        await vendor.advance(100)
        where = {
            "mulerouter": f"{path}/{id}",
            "aihubmax": f"/v1/tasks/{id}",
        }.get(vendor.name, f"{RESULT}?task_id={id}")
        said = [await http.get(where) for _ in range(3)]
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(where)
        said += [await http.get(where) for _ in range(3)]
    assert [reply.status_code for reply in said] == [504, 429, 200, 200, 200, 200]
    assert said[1].headers["retry-after"] == "9"
    assert "<title>" in said[2].text
    assert vendor.strange_word in said[3].text
    done = {"mulerouter": "completed", "aihubmax": "completed"}.get(vendor.name, "SUCCEED")
    assert [done in reply.text for reply in said[3:]] == [False, True, True]
    assert [".mp4" in reply.text for reply in said[3:]] == [False, False, True]


async def test_progress_that_goes_back_and_slow_polls() -> None:
    vendor = Novita(**STILL)
    vendor.fault("backwards", at=2)
    vendor.fault("poll_slow", at=3)
    async with asking(vendor) as http:
        id = await made(http)
        await vendor.advance(60)
        told = [(await poll(http, id)).json()["task"]["progress_percent"] for _ in range(2)]
        assert told == [64, 32]
        slow = asyncio.create_task(poll(http, id))
        await waiting(vendor, "poll", 3)
        assert not slow.done()
        vendor.release()
        assert (await slow).json()["task"]["progress_percent"] == 64
    assert [entry.faults for entry in vendor.ledger.of("poll")] == [
        (),
        ("backwards",),
        ("poll_slow",),
    ]


async def test_chance_is_drawn_alike_whatever_the_order() -> None:
    told = []
    for prompts in (range(40), reversed(range(40))):
        vendor = Novita(**STILL)
        vendor.fault("refused", chance=0.3, seed=5)
        async with asking(vendor) as http:
            for number in prompts:
                await create(http, f"fox {number}")
        told.append([job.number for job in vendor.ledger.jobs.values() if job.failure])
    assert told[0] == told[1]
    assert 4 <= len(told[0]) <= 20


async def test_polls_need_not_be_kept() -> None:
    vendor = Novita(**STILL, polls=False)
    async with asking(vendor) as http:
        id = await made(http)
        assert (await poll(http, id)).status_code == 200
    assert vendor.ledger.jobs[id].polls == 1
    assert [entry.kind for entry in vendor.ledger.entries] == ["create"]
