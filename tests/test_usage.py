from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, clock_of, draft, means_on, owner_of
from reelway.errors import InvalidRequest
from reelway.folder import Folder
from reelway.means import Means
from reelway.money import USAGE_BY, Usage
from reelway.orders import act
from reelway.request import VideoRequest
from reelway.task import Task
from reelway.usage import MOST_ROWS, UsageQuery, as_csv, document, query_of, usage

DAY = 24 * 3600
TODAY = "2025-10-09"  # of NOW


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path / "data") as means:
        yield means


async def bought(means: Means, owner: str = "ann", price: int = 5, **changes: Any) -> Task:
    wanted = draft(
        await owner_of(means, owner),
        VideoRequest(prompt="a"),
        provider="novita",
        price=price,
        **{"accepted_at": means.now(), **changes},
    )
    made = await means.store.create(wanted)
    assert isinstance(made, Task)
    return made


# What is asked for


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({}, UsageQuery(by=("key", "provider", "model"))),
        ({"by": None, "from": None, "to": "", "owner": ""},
         UsageQuery(by=("key", "provider", "model"))),
        ({"by": ""}, UsageQuery(by=())),
        ({"by": " day , model,day,"}, UsageQuery(by=("day", "model"))),
        ({"by": ",".join(USAGE_BY)}, UsageQuery(by=USAGE_BY)),
        ({"from": TODAY, "to": TODAY, "owner": "all", "format": "csv", "by": "day", "x": "y"},
         UsageQuery(by=("day",), first=TODAY, last=TODAY, everybody=True, csv=True)),
    ],
)  # fmt: skip
def test_read(given: dict[str, Any], query: UsageQuery) -> None:
    assert query_of(given) == query


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"by": "week"}, "by"),
        ({"by": "day;model"}, "by"),
        ({"by": ["day"]}, "by"),
        ({"from": "2025-02-29"}, "from"),
        ({"from": "20250101"}, "from"),
        ({"from": "2025-W01-1"}, "from"),
        ({"to": "today"}, "to"),
        ({"to": "2025-1-1"}, "to"),
        ({"to": "२०२५-०१-०१"}, "to"),
        ({"to": 20250101}, "to"),
        ({"from": "2025-01-02", "to": "2025-01-01"}, "from"),
        ({"owner": "ann"}, "owner"),
        ({"format": "xml"}, "format"),
    ],
)
def test_gone_wrong(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        query_of(given)
    assert told.value.field == field and told.value.message.startswith(field)


# The report


async def test_the_month_up_to_now(means: Means) -> None:
    await bought(means)
    await bought(means, accepted_at=NOW - 8 * DAY * 1000)  # 1 October
    await bought(means, accepted_at=NOW - 9 * DAY * 1000)  # September
    await bought(means, accepted_at=NOW + DAY * 1000)
    report = await usage(query_of({}), None, means)
    assert (report["from"], report["to"], report["zone"]) == ("2025-10-01", TODAY, "UTC")
    line = {"tasks": 2, "seconds": 10, "reserved": 10, "settled": 0, "currency": "USD"}
    assert report["data"] == [{"key": "", "provider": "novita", "model": "kling-v3", **line}]
    assert report["total"] == line
    clock_of(means).advance(40 * DAY)
    report = await usage(query_of({}), None, means)
    assert (report["from"], report["to"]) == ("2025-11-01", "2025-11-18")
    assert report["data"] == [] and report["total"] == dict.fromkeys(line, 0) | {"currency": "USD"}


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({"to": "2024-02-29"}, ("2024-02-01", "2024-02-29")),
        ({"from": "2025-01-31"}, ("2025-01-31", TODAY)),
        ({"from": "2031-01-01"}, ("2031-01-01", "2031-01-01")),
        ({"from": "2025-03-03", "to": "2025-03-03"}, ("2025-03-03", "2025-03-03")),
    ],
)
async def test_days_that_are_not_named(
    means: Means, given: dict[str, str], days: tuple[str, str]
) -> None:
    report = await usage(query_of(given), None, means)
    assert (report["from"], report["to"]) == days


async def test_today_is_that_of_the_zone(tmp_path: Path) -> None:
    async with means_on(tmp_path, settings={"budget_zone": "Pacific/Kiritimati"}) as means:
        clock_of(means).advance(15 * 3600 - NOW // 1000 % DAY)  # the next day there
        report = await usage(query_of({}), None, means)
        assert (report["to"], report["zone"]) == ("2025-10-10", "Pacific/Kiritimati")


async def test_ones_own(means: Means) -> None:
    await bought(means, "ann", 3)
    await bought(means, "bob", 4)
    for owner_id, held in ((await owner_of(means, "ann"), 3), (None, 7), (999, 0)):
        report = await usage(query_of({"by": ""}), owner_id, means)
        assert report["total"]["reserved"] == held


async def test_too_many_lines(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelway.usage.MOST_ROWS", 2)
    for owner in ("ann", "bob", "cid"):
        await bought(means, owner)
    with pytest.raises(InvalidRequest, match="more than 2 lines"):
        await usage(query_of({"by": "owner"}), None, means)
    assert len((await usage(query_of({"by": "provider"}), None, means))["data"]) == 1
    assert MOST_ROWS == 10_000


# As a table


def test_a_table() -> None:
    odd = 'a "b", c\nd'
    entry = Usage(by={"owner": odd}, tasks=1, seconds=5, reserved=0, settled=10**15)
    report = document([entry], ("owner",), TODAY, TODAY, "UTC")
    text = as_csv(report)
    assert text == (
        "owner,tasks,seconds,reserved,settled,currency\r\n"
        '"a ""b"", c\nd",1,5,0,1000000000000000,USD\r\n'
    )
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["owner"] == odd
    empty = document([], ("day", "model"), TODAY, TODAY, "UTC")
    assert as_csv(empty) == "day,model,tasks,seconds,reserved,settled,currency\r\n"


# As an order


async def test_an_order_is_of_all_owners(means: Means) -> None:
    await bought(means, "ann", 3)
    await bought(means, "bob", 4)
    order = {"do": "usage", "by": "owner"}
    report = await act(order, "me", means, Folder(means.settings.data))
    assert [(line["owner"], line["reserved"]) for line in report["data"]] == [
        ("ann", 3),
        ("bob", 4),
    ]
    with pytest.raises(InvalidRequest):
        await act({**order, "from": 5}, "me", means, Folder(means.settings.data))
    assert await means.store.audits(9) == []
