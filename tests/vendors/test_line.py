"""The line: what it passes on, and what it does to a connection."""

from __future__ import annotations

import ssl

import httpx
import pytest

from vendors.asking import STILL
from vendors.line import TROUBLES, Line
from vendors.novita import Novita
from vendors.running import certificate
from vendors.vendor import KEY

T2V = "/v3/async/kling-v3.0-std-t2v"
SERVED = ("stranger", "expired", "another's", "no_cipher")  # with another certificate


async def create(line: Line, trusted: ssl.SSLContext | bool = True) -> httpx.Response:
    headers = {"authorization": f"Bearer {KEY}", "connection": "close"}
    async with httpx.AsyncClient(verify=trusted, trust_env=False, timeout=0.5) as http:
        return await http.post(f"{line.address}{T2V}", json={"prompt": "x"}, headers=headers)


async def test_all_is_passed_on() -> None:
    async with Novita(**STILL) as vendor, Line(vendor) as line:
        assert line.address != vendor.address
        assert (await create(line)).status_code == 200
        assert (line.connections, vendor.ledger.jobs_made()) == (1, 1)


@pytest.mark.parametrize("kind", [kind for kind in TROUBLES if kind not in SERVED])
async def test_a_fault_holds_for_the_connections_that_it_is_said_of(kind: str) -> None:
    async with Novita(**STILL) as vendor, Line(vendor) as line:
        await line.fault(kind, after=1, times=2)
        assert (await create(line)).status_code == 200
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                await create(line)
        assert (await create(line)).status_code == 200
        await line.fault("reset")
        with pytest.raises(httpx.TransportError):
            await create(line)
        line.heal()
        assert (await create(line)).status_code == 200


@pytest.mark.parametrize("kind", TROUBLES)
async def test_over_tls_nothing_reaches_the_vendor(kind: str) -> None:
    context, authority = certificate()
    async with Novita(**STILL, tls=context) as vendor, Line(vendor) as line:
        await line.fault(kind, times=1)
        trusted = ssl.create_default_context(cadata="".join([authority, *line.trusted]))
        with pytest.raises(httpx.TransportError) as told:
            await create(line, trusted)
        assert not isinstance(told.value, httpx.ReadError)
        assert vendor.ledger.entries == []
        assert (await create(line, trusted)).status_code == 200


async def test_what_it_does_not_know() -> None:
    async with Novita(**STILL) as vendor, Line(vendor) as line:
        with pytest.raises(ValueError, match="unknown fault 'deaf'"):
            await line.fault("deaf")
