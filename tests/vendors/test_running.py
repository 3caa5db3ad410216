"""Vendors in threads; places where nothing good is."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator

import httpx
import pytest

from vendors.asking import STILL, TRUST, asking
from vendors.novita import Novita
from vendors.plain import Answer, Call, Listener
from vendors.running import certificate, refused, running, told, unresolved
from vendors.vendor import KEY

T2V, RESULT = "/v3/async/kling-v3.0-std-t2v", "/v3/async/task-result"


def test_in_a_thread_to_the_film_and_no_thread_is_left() -> None:
    before = threading.active_count()
    with running(Novita(**STILL)) as vendor:
        headers = {"authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=vendor.address, headers=headers, trust_env=False) as http:
            id = http.post(T2V, json={"prompt": "x"}).json()["task_id"]
            told(vendor, vendor.advance(100))
            [video] = http.get(RESULT, params={"task_id": id}).json()["videos"]
            assert http.get(video["video_url"]).status_code == 200
    assert threading.active_count() == before
    assert vendor.ledger.jobs_made() == 1


def test_time_that_runs_faster() -> None:
    with running(Novita(speed=2000, waits=0, runs=10, scale=0.125)) as vendor:
        headers = {"authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=vendor.address, headers=headers, trust_env=False) as http:
            id = http.post(T2V, json={"prompt": "x"}).json()["task_id"]
            told(vendor, vendor.clock.until(vendor.ledger.jobs[id].ends_at))
            status = http.get(RESULT, params={"task_id": id}).json()["task"]["status"]
    assert status == "TASK_STATUS_SUCCEED"


def test_a_port_that_is_taken_is_said() -> None:
    with running(Novita(**STILL)) as vendor:
        port = httpx.URL(vendor.address).port
        with pytest.raises(OSError, match="address already in use"), running(Novita(port=port)):
            pass


async def test_it_comes_back_on_its_port_with_its_jobs() -> None:
    vendor = Novita(**STILL)
    async with asking(vendor) as http:
        id = (await http.post(T2V, json={"prompt": "x"})).json()["task_id"]
        await vendor.close()
        with pytest.raises(httpx.ConnectError):
            await http.get(RESULT, params={"task_id": id})
        await vendor.open()
        assert (await http.get(RESULT, params={"task_id": id})).status_code == 200


async def test_nobody_listens_and_nothing_resolves() -> None:
    with refused() as address, pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient(trust_env=False, verify=TRUST) as http:
            await http.get(address)
    with pytest.raises(socket.gaierror):
        await unresolved("api.novita.ai")


async def test_a_certificate_that_only_the_initiated_trust() -> None:
    context, authority = certificate()
    vendor = Novita(**STILL, tls=context)
    async with asking(vendor) as http:
        assert vendor.address.startswith("https://")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await http.post(T2V, json={"prompt": "x"})
        trusting = ssl.create_default_context(cadata=authority)
        async with httpx.AsyncClient(verify=trusting, trust_env=False) as knowing:
            headers = {"authorization": f"Bearer {KEY}"}
            said = await knowing.post(vendor.address + T2V, json={"prompt": "x"}, headers=headers)
        assert said.status_code == 200
    assert len(vendor.ledger.creates) == 1


@pytest.mark.parametrize(("host", "days"), [("127.0.0.1", -1), ("api.novita.example", 1)])
async def test_certificates_that_nobody_may_trust(host: str, days: int) -> None:
    context, authority = certificate(host, days=days)
    vendor = Novita(**STILL, tls=context)
    trusting = ssl.create_default_context(cadata=authority)
    async with vendor, httpx.AsyncClient(verify=trusting, trust_env=False) as http:
        with pytest.raises(httpx.ConnectError, match=r"expired|match|valid for"):
            await http.get(vendor.address + RESULT)


async def test_a_fault_of_the_fake_itself_does_not_pass_for_one_it_plays() -> None:
    class Broken(Novita):
        def id(self) -> str:
            raise RuntimeError("no more ids")

    vendor = Broken(**STILL)
    with pytest.raises(RuntimeError, match="no more ids"):
        async with asking(vendor) as http:
            said = await http.post(T2V, json={"prompt": "x"})
            assert (said.status_code, "the fake is broken" in said.text) == (500, True)


async def test_http_of_other_forms() -> None:
    calls: list[Call] = []

    async def take(call: Call) -> Answer:
        calls.append(call)
        return Answer(status=200, body=b"ok")

    async def parts() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    listener = Listener(take)
    await listener.open("127.0.0.1")
    address = f"http://127.0.0.1:{listener.port}"
    async with httpx.AsyncClient(trust_env=False, verify=TRUST) as http:
        assert (await http.post(address + "/a%20b?c=%C3%BC&d=", content=parts())).text == "ok"
    with socket.create_connection(("127.0.0.1", listener.port)) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        raw.setblocking(False)
        said = await read_all(raw)
    await listener.close()
    [call] = calls
    assert (call.path, call.query, call.body) == ("/a b", {"c": "ü", "d": ""}, b"abcd")
    assert said.startswith(b"HTTP/1.1 400")


async def read_all(raw: socket.socket) -> bytes:
    loop, said = asyncio.get_running_loop(), b""
    while part := await loop.sock_recv(raw, 1000):
        said += part
    return said
