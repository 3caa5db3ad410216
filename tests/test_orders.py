from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes import NOW, clock_of, means_on, order, row, run_all
from reelway.errors import Conflict, InvalidRequest, UnknownTask
from reelway.folder import Folder
from reelway.keys import PREFIX_LENGTH
from reelway.means import Means
from reelway.orders import act

ANN = "command line (uid 1000)"
DAY = 24 * 3600


@pytest.fixture
async def means(tmp_path: Path) -> AsyncIterator[Means]:
    async with means_on(tmp_path / "data", settings={"retention": {"films": 1}}) as means:
        yield means


async def give(means: Means, do: str, **more: Any) -> Any:
    return await act({"v": 1, "do": do, **more}, ANN, means, Folder(means.settings.data))


async def written(means: Means) -> list[tuple[str, str, str, Any]]:
    """Oldest first."""
    rows = await give(means, "audit.list")
    return [(r["actor"], r["act"], r["subject"], r["data"]) for r in rows][::-1]


async def test_keys_are_written_down_without_their_secrets(means: Means) -> None:
    secret = await give(means, "keys.create", name="laptop", owner="ann", dedupe_seconds=5)
    prefix = secret[:PREFIX_LENGTH]
    await give(means, "keys.revoke", prefix=secret)
    await give(means, "keys.list")
    told = {"name": "laptop", "owner": "ann", "dedupe_seconds": 5}
    assert await written(means) == [
        (ANN, "key.create", prefix, told),
        (ANN, "key.revoke", prefix, {}),
    ]
    assert secret not in str(await give(means, "audit.list"))


async def test_what_was_refused_is_not_written_down(means: Means) -> None:
    with pytest.raises(InvalidRequest):
        await give(means, "keys.create", name="", owner="ann")
    with pytest.raises(UnknownTask):
        await give(means, "keys.revoke", prefix="rw_none")
    with pytest.raises(Conflict):
        await give(means, "backup", target=str(means.settings.data))
    assert await written(means) == []


async def test_a_sweep_by_hand(means: Means) -> None:
    task = await order(means)
    await run_all(means)
    clock_of(means).advance(DAY + 1)
    would = await give(means, "sweep", dry_run=True)
    assert (await row(means, task)).film and await written(means) == []
    did = await give(means, "sweep")
    assert did == would == {"tasks": 0, "films": 1, "deliveries": 0, "files": 1, "bytes": 6}
    assert (await row(means, task)).film is None
    assert await written(means) == [(ANN, "sweep", "", did)]


async def test_a_backup(means: Means, tmp_path: Path) -> None:
    about = await give(means, "backup", target=str(tmp_path / "copy"), files=False)
    assert about["at"] == NOW and (tmp_path / "copy" / "backup.json").exists()
    ((who, what, where, told),) = await written(means)
    assert (who, what, where) == (ANN, "backup", str(tmp_path / "copy"))
    assert told == {"files": 0, "bytes": 0, "with_files": False, "damaged": 0}


@pytest.mark.parametrize("target", [None, "", "copy", "/", "../copy"])
async def test_a_target_that_is_no_whole_path(means: Means, target: str | None) -> None:
    with pytest.raises((InvalidRequest, Conflict)):
        await give(means, "backup", **({} if target is None else {"target": target}))


@pytest.mark.parametrize(
    ("more", "field"),
    [({"limit": 0}, "limit"), ({"limit": 1001}, "limit"), ({"limit": "9"}, "limit"),
     ({"before": "x"}, "before")],
)  # fmt: skip
async def test_a_bad_page_of_the_audit(means: Means, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        await give(means, "audit.list", **more)
    assert told.value.field == field


async def test_pages_of_the_audit(means: Means) -> None:
    for n in range(5):
        await give(means, "keys.create", name=f"key {n}", owner="ann")
    first = await give(means, "audit.list", limit=2)
    rest = await give(means, "audit.list", limit=9, before=first[-1]["id"])
    assert [r["data"]["name"] for r in (*first, *rest)] == [f"key {n}" for n in (4, 3, 2, 1, 0)]


async def test_an_order_that_nobody_knows(means: Means) -> None:
    with pytest.raises(InvalidRequest, match="unknown order 'dance'"):
        await give(means, "dance")
