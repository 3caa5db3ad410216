from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli.conftest import Reelway
from fakes import draft
from reelway.folder import Folder
from reelway.means import now
from reelway.request import VideoRequest
from reelway.stores.sqlite import SqliteStore
from serving import Server


async def buy(data: Path, at: int) -> None:
    Folder(data).prepare()
    store = SqliteStore(data / "reelway.db")
    await store.open()
    for owner, provider, price in (("ann", "fox", 420_000), ("bob", "novita", 1)):
        row = await store.ensure_owner(owner, "user", at)
        request = VideoRequest(prompt="a")
        await store.create(draft(row.id, request, price=price, provider=provider, accepted_at=at))
    await store.close()


@pytest.fixture
def spent(data: Path) -> None:
    asyncio.run(buy(data, now()))


@pytest.mark.usefixtures("spent")
def test_with_no_server(reelway: Reelway) -> None:
    assert reelway("usage", "--by", "owner,provider").out.splitlines() == [
        "ann\tfox\t1\t5\t0.42\t0.00",
        "bob\tnovita\t1\t5\t0.000001\t0.00",
    ]
    report = json.loads(reelway("usage", "--json", "--by", "").out)
    assert report["total"]["reserved"] == 420_001 and len(report["data"]) == 1
    table = reelway("usage", "--csv", "--by", "provider").out
    head, first, *_ = table.split("\n")
    assert head == "provider,tasks,seconds,reserved,settled,currency\r"
    assert first == "fox,1,5,420000,0,USD\r"


@pytest.mark.usefixtures("spent")
def test_days(reelway: Reelway) -> None:
    none = reelway("usage", "--from", "2020-01-01", "--to", "2020-12-31")
    assert (none.code, none.out) == (0, "")
    assert none.err == "reelway: nothing was ordered for money from 2020-01-01 to 2020-12-31\n"
    assert len(reelway("usage", "--from", "2020-01-01").out.splitlines()) == 2


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--by", "week"), 1, "by must be some of owner, key, provider"),
        (("--from", "yesterday"), 1, "from must be a day, such as"),
        (("--json", "--csv"), 2, "cannot be used together"),
    ],
)
def test_wrong_use(reelway: Reelway, arguments: tuple[str, ...], code: int, told: str) -> None:
    result = reelway("usage", *arguments)
    assert result.code == code and result.out == "" and told in result.err


def test_where_there_is_no_data(reelway: Reelway, data: Path) -> None:
    result = reelway("usage")
    assert result.code == 1 and "there is no data in" in result.err
    assert not (data / "reelway.db").exists()


def test_a_running_server(reelway: Reelway, server: Server) -> None:
    report = json.loads(reelway("usage", "--json", "--data", str(server.data)).out)
    assert (report["object"], report["zone"], report["data"]) == ("usage", "UTC", [])
