from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Reelway
from fakes import draft
from reelway.folder import Folder
from reelway.keys import PREFIX_LENGTH, well_formed
from reelway.means import now
from reelway.request import VideoRequest
from reelway.stores.sqlite import SqliteStore
from serving import Server


def rows(reelway: Reelway, *arguments: str) -> list[dict[str, Any]]:
    listed = json.loads(reelway("keys", "list", "--json", *arguments).out)
    assert isinstance(listed, list)
    return listed


# With no server


def test_a_key_before_any_server(reelway: Reelway, data: Path) -> None:
    result = reelway("keys", "create", "--name", "laptop")
    assert result.code == 0 and result.err == ""
    secret = result.out.splitlines()[-1]
    assert well_formed(secret) and result.out == f"{secret}\n"
    (row,) = rows(reelway)
    assert (row["prefix"], row["name"], row["owner"], row["role"], row["revoked_at"]) == (
        secret[:PREFIX_LENGTH],
        "laptop",
        "local",
        "admin",
        None,
    )
    assert data.stat().st_mode & 0o777 == 0o700


def test_an_owner_that_is_new(reelway: Reelway) -> None:
    for owner in ("ann", "ann", "bob"):
        assert reelway("keys", "create", "--name", "k", "--owner", owner).code == 0
    assert [(r["owner"], r["role"]) for r in rows(reelway)] == [
        ("ann", "user"),
        ("ann", "user"),
        ("bob", "user"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--name", ""), "name must have"),
        (("--name", "x" * 101), "name must have"),
        (("--name", "a\nb"), "name must have"),
        (("--name", "k", "--owner", " "), "owner must have"),
    ],
)
def test_a_bad_name(reelway: Reelway, arguments: tuple[str, ...], told: str) -> None:
    result = reelway("keys", "create", *arguments)
    assert result.code == 1 and result.out == ""
    assert result.err.startswith(f"reelway: {told}")
    assert rows(reelway) == []


def test_a_list_for_people(reelway: Reelway) -> None:
    assert reelway("keys", "list").out == ""
    secrets = [reelway("keys", "create", "--name", f"key {n}").out.strip() for n in range(2)]
    reelway("keys", "revoke", secrets[0])
    first, second = reelway("keys", "list").out.splitlines()
    assert first.split("\t")[:2] == [secrets[0][:PREFIX_LENGTH], "revoked"]
    assert second.split("\t")[:2] == [secrets[1][:PREFIX_LENGTH], "in use"]
    assert second.split("\t")[3:] == ["local", "admin", "key 1", ""]
    assert secrets[1][PREFIX_LENGTH:] not in second


@pytest.mark.parametrize("whole", [False, True])
def test_revoking(reelway: Reelway, whole: bool) -> None:
    secret = reelway("keys", "create", "--name", "k").out.strip()
    prefix = secret[:PREFIX_LENGTH]
    result = reelway("keys", "revoke", secret if whole else prefix)
    assert (result.code, result.out) == (0, f"revoked {prefix}…\n")
    (row,) = rows(reelway)
    assert row["revoked_at"] >= row["created_at"]
    again = reelway("keys", "revoke", prefix)
    assert (again.code, again.out) == (1, "")
    assert again.err == f"reelway: no key in use starts with {prefix}\n"


def test_the_data_folder_of_the_option(reelway: Reelway, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    reelway("keys", "create", "--name", "k", "--data", str(other))
    assert rows(reelway) == []
    assert len(rows(reelway, "--data", str(other))) == 1


def test_a_folder_that_cannot_be_used(reelway: Reelway, data: Path) -> None:
    data.write_text("a file")
    result = reelway("keys", "list")
    assert result.code == 1
    assert result.err.startswith(f"reelway: the data folder {data} cannot be used: ")


def test_the_folder_is_given_back(reelway: Reelway, data: Path) -> None:
    reelway("keys", "create", "--name", "")
    reelway("keys", "list")
    folder = Folder(data)
    folder.lock()
    folder.unlock()


# While a server runs


def test_a_running_server_makes_the_key_and_obeys_it_at_once(
    reelway: Reelway, server: Server
) -> None:
    here = ("--data", str(server.data))
    secret = reelway("keys", "create", "--name", "k", "--owner", "ann", *here).out.strip()
    client = server.client(headers={"authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/tasks").status_code == 200
    listed = {r["prefix"]: r for r in rows(reelway, *here)}
    assert listed[secret[:PREFIX_LENGTH]]["owner"] == "ann"
    assert reelway("keys", "revoke", secret, *here).code == 0
    assert client.get("/api/v1/tasks").status_code == 403


def test_a_running_server_refuses_in_the_same_words(reelway: Reelway, server: Server) -> None:
    here = ("--data", str(server.data))
    result = reelway("keys", "create", "--name", "", *here)
    assert result.code == 1 and result.err.startswith("reelway: name must have")
    result = reelway("keys", "revoke", "rw_nothing", *here)
    assert result.code == 1 and result.err == "reelway: no key in use starts with rw_nothing\n"


# Budgets


def budget(reelway: Reelway, *arguments: str) -> dict[str, int | None]:
    (row,) = rows(reelway, *arguments)
    found = row["budget"]
    assert isinstance(found, dict)
    return found


def test_a_key_with_a_budget(reelway: Reelway) -> None:
    limits = ("--budget-day", "5", "--budget-month", "50.25", "--budget-total", "0.000001")
    secret = reelway("keys", "create", "--name", "k", *limits).out.strip()
    assert budget(reelway) == {"day": 5_000_000, "month": 50_250_000, "total": 1}
    (line,) = reelway("keys", "list").out.splitlines()
    assert line.endswith("\tk\t5.00 USD a day, 50.25 USD a month, 0.000001 USD in all")
    result = reelway("keys", "budget", secret, "--day", "0", "--month", "none")
    assert result.out == f"{secret[:PREFIX_LENGTH]}  0.00 USD a day, 0.000001 USD in all\n"
    assert budget(reelway) == {"day": 0, "month": None, "total": 1}
    result = reelway("keys", "budget", secret[:PREFIX_LENGTH], "--none")
    assert result.out == f"{secret[:PREFIX_LENGTH]}  no limit\n"
    assert budget(reelway) == {"day": None, "month": None, "total": None}
    acts = [(r["act"], r["data"]) for r in json.loads(reelway("audit", "--json").out)]
    assert acts[:2] == [
        ("key.budget", {"day": None, "month": None, "total": None}),
        ("key.budget", {"day": 0, "month": None}),
    ]
    assert acts[2][1]["budget"] == {"day": 5_000_000, "month": 50_250_000, "total": 1}


@pytest.mark.parametrize("amount", ["-1", "5 USD", "1e3", "0.0000001", "", "five", "9999999999"])
def test_an_amount_that_is_none(reelway: Reelway, data: Path, amount: str) -> None:
    result = reelway("keys", "create", "--name", "k", f"--budget-day={amount}")
    assert result.code == 2 and "--budget-day" in result.err and "US dollars" in result.err
    assert not data.exists()


def test_a_budget_that_is_set_wrongly(reelway: Reelway) -> None:
    secret = reelway("keys", "create", "--name", "k").out.strip()
    result = reelway("keys", "budget", secret, "--none", "--day", "5")
    assert result.code == 2 and "give no others" in result.err
    for nobody in ("rw_nothing", "rw_"):
        for more in ((), ("--day", "5")):
            result = reelway("keys", "budget", nobody, *more)
            assert (result.code, result.out) == (1, "")
            assert result.err == f"reelway: no key starts with {nobody}\n"


def spend(data: Path, prefix: str) -> None:
    """A task of 0.42 dollars by that key, as if it were accepted now."""

    async def buy() -> None:
        store = SqliteStore(data / "reelway.db")
        await store.open()
        key = next(k for k in await store.keys() if k.prefix == prefix)
        request = VideoRequest(prompt="a")
        order = draft(key.owner_id, request, key_id=key.id, price=420_000, provider="north",
                      accepted_at=now())  # fmt: skip
        await store.create(order)
        await store.close()

    asyncio.run(buy())


def test_what_is_used_of_a_budget(reelway: Reelway, data: Path) -> None:
    secrets = [reelway("keys", "create", "--name", name).out.strip() for name in ("k", "other")]
    spend(data, secrets[0][:PREFIX_LENGTH])
    reelway("keys", "budget", secrets[0], "--day", "5", "--total", "0.5")
    assert reelway("keys", "budget", secrets[0][:PREFIX_LENGTH]).out.splitlines() == [
        f"key    {secrets[0][:PREFIX_LENGTH]}, k, of local",
        "day    0.42 USD of 5.00",
        "month  0.42 USD, no limit",
        "total  0.42 USD of 0.50",
    ]
    assert "day    0.00 USD, no limit" in reelway("keys", "budget", secrets[1]).out
    acts = [row["act"] for row in json.loads(reelway("audit", "--json").out)]
    assert acts == ["key.budget", "key.create", "key.create"]  # to look is no act


def test_the_audit_tells_of_budgets_in_dollars(reelway: Reelway) -> None:
    secret = reelway("keys", "create", "--name", "k", "--budget-day", "0").out.strip()
    reelway("keys", "budget", secret, "--day", "5", "--month", "none")
    second, first = [line.split("\t")[-1] for line in reelway("audit").out.splitlines()]
    assert second == "budget day 5.00 USD; budget month none"
    assert first == "name k; owner local; dedupe_seconds 0; budget day 0.00 USD"


def test_a_running_server_sets_budgets(reelway: Reelway, server: Server) -> None:
    here = ("--data", str(server.data))
    secret = reelway("keys", "create", "--name", "poor", "--budget-day", "1", *here).out.strip()
    reelway("keys", "budget", secret, "--day", "2", *here)
    listed = {r["prefix"]: r for r in rows(reelway, *here)}
    assert listed[secret[:PREFIX_LENGTH]]["budget"]["day"] == 2_000_000
