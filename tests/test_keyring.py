from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reelway import keyring
from reelway.errors import InvalidRequest, UnknownTask
from reelway.folder import Folder, FolderUnusable
from reelway.keys import PREFIX_LENGTH, digest, well_formed
from reelway.money import Budget
from reelway.stores.sqlite import SqliteStore


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
async def store(folder: Folder) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(folder.database)
    await store.open()
    yield store
    await store.close()


# Making


async def test_a_key_is_stored_by_its_digest_and_told_by_its_prefix(store: SqliteStore) -> None:
    secret = await keyring.create_key(store, "laptop", "ann")
    assert well_formed(secret)
    key = await store.key(digest(secret))
    assert key
    assert (key.name, key.owner, key.role) == ("laptop", "ann", "user")
    assert key.prefix == secret[:PREFIX_LENGTH]
    assert secret not in repr(await store.keys())


async def test_the_owner_local_is_the_admin_and_nobody_else(store: SqliteStore) -> None:
    for owner in ("local", "Local", "admin"):
        await keyring.create_key(store, "k", owner)
    roles = {k["owner"]: k["role"] for k in await keyring.list_keys(store)}
    assert roles == {"local": "admin", "Local": "user", "admin": "user"}


async def test_an_owner_may_have_many_keys(store: SqliteStore) -> None:
    secrets = [await keyring.create_key(store, "k", "ann") for _ in range(3)]
    found = [await store.key(digest(s)) for s in secrets]
    assert len({k.owner_id for k in found if k}) == 1
    assert len({k.id for k in found if k}) == 3


@pytest.mark.parametrize("bad", ["", "  ", "a\nb", "\x1b[31m", "x" * 101])
async def test_names_that_are_refused(store: SqliteStore, bad: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        await keyring.create_key(store, bad, "ann")
    assert told.value.field == "name"
    with pytest.raises(InvalidRequest) as told:
        await keyring.create_key(store, "k", bad)
    assert told.value.field == "owner"
    assert await keyring.list_keys(store) == []


async def test_the_longest_name(store: SqliteStore) -> None:
    await keyring.create_key(store, "狐" * 100, "ann lee")
    assert (await keyring.list_keys(store))[0]["name"] == "狐" * 100


# Listing and revoking


async def test_a_list_tells_no_secret(store: SqliteStore) -> None:
    secret = await keyring.create_key(store, "k", "ann")
    (row,) = await keyring.list_keys(store)
    told = {"prefix", "name", "owner", "role", "created_at", "revoked_at", "dedupe_seconds"}
    assert row.keys() == told | {"budget"}
    assert row["revoked_at"] is None and row["created_at"] > 1_700_000_000_000
    assert secret[PREFIX_LENGTH:] not in str(row)


@pytest.mark.parametrize("whole", [False, True])
async def test_a_key_is_revoked_by_its_prefix_or_by_itself(store: SqliteStore, whole: bool) -> None:
    first, second = [await keyring.create_key(store, "k", "ann") for _ in range(2)]
    told = await keyring.revoke_key(store, first if whole else first[:PREFIX_LENGTH])
    assert told == first[:PREFIX_LENGTH]
    revoked = {k["prefix"]: k["revoked_at"] is not None for k in await keyring.list_keys(store)}
    assert revoked == {first[:PREFIX_LENGTH]: True, second[:PREFIX_LENGTH]: False}


async def test_what_cannot_be_revoked(store: SqliteStore) -> None:
    secret = await keyring.create_key(store, "k", "ann")
    for prefix in ("", "rw_", secret[: PREFIX_LENGTH - 1], "rw_%", "x" * 41):
        with pytest.raises(UnknownTask):
            await keyring.revoke_key(store, prefix)
    await keyring.revoke_key(store, secret)
    with pytest.raises(UnknownTask):
        await keyring.revoke_key(store, secret)


# The first key


async def test_the_first_start_makes_the_local_key(store: SqliteStore, folder: Folder) -> None:
    await keyring.ensure_local_key(store, folder)
    text = folder.local_key.read_text()
    key = await store.key(digest(text.strip()))
    assert key and (key.owner, key.role) == ("local", "admin")
    assert folder.local_key.stat().st_mode & 0o777 == 0o600
    await keyring.ensure_local_key(store, folder)
    assert folder.local_key.read_text() == text
    assert len(await store.keys()) == 1


async def test_a_local_key_that_was_revoked_stays_so(store: SqliteStore, folder: Folder) -> None:
    await keyring.ensure_local_key(store, folder)
    text = folder.local_key.read_text()
    await keyring.revoke_key(store, text)
    await keyring.ensure_local_key(store, folder)
    assert folder.local_key.read_text() == text
    assert len(await store.keys()) == 1


async def test_a_local_key_of_another_database_is_made_anew(
    store: SqliteStore, folder: Folder
) -> None:
    folder.local_key.write_text("rw_of_a_database_that_is_gone\n")
    await keyring.ensure_local_key(store, folder)
    assert await store.key(digest(folder.local_key.read_text().strip()))


async def test_a_lost_local_key_is_made_anew(store: SqliteStore, folder: Folder) -> None:
    await keyring.ensure_local_key(store, folder)
    folder.local_key.unlink()
    await keyring.ensure_local_key(store, folder)
    assert await store.key(digest(folder.local_key.read_text().strip()))


async def test_a_local_key_that_cannot_be_read(
    store: SqliteStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is another user's, who was here first."""
    await keyring.ensure_local_key(store, folder)

    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(FolderUnusable, match=r"local\.key: Permission denied; .*chown"):
        await keyring.ensure_local_key(store, folder)


# Orders


async def test_orders(store: SqliteStore) -> None:
    secret = await keyring.act(store, {"do": "keys.create", "name": "k", "owner": "ann"}, "me")
    assert await keyring.act(store, {"do": "keys.list"}, "me") == await keyring.list_keys(store)
    prefix = await keyring.act(store, {"do": "keys.revoke", "prefix": secret}, "me")
    assert prefix == secret[:PREFIX_LENGTH]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"do": None},
        {"do": "keys.drop"},
        {"do": "keys.create", "owner": "ann"},
        {"do": "keys.create", "name": "k"},
    ],
)
async def test_orders_that_are_refused(store: SqliteStore, order: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        await keyring.act(store, order, "me")
    assert await keyring.list_keys(store) == []


async def test_a_key_may_hold_equal_requests_to_be_one(store: SqliteStore) -> None:
    order = {"do": "keys.create", "name": "k", "owner": "ann", "dedupe_seconds": 30}
    secret = await keyring.act(store, order, "me")
    key = await store.key(digest(secret))
    assert key and key.dedupe_seconds == 30
    for wrong in (-1, 86_401, "30"):
        with pytest.raises(InvalidRequest, match="dedupe_seconds"):
            await keyring.act(store, {**order, "dedupe_seconds": wrong}, "me")


# Budgets


async def test_a_key_with_a_budget(store: SqliteStore) -> None:
    order = {"do": "keys.create", "name": "k", "owner": "ann", "budget": {"day": 5, "total": None}}
    secret = await keyring.act(store, order, "me")
    key = await store.key(digest(secret))
    assert key and key.budget == Budget(day=5)
    told = await keyring.act(
        store, {"do": "keys.budget", "prefix": secret, "budget": {"month": 0, "day": None}}, "me"
    )
    assert told == {
        "prefix": secret[:PREFIX_LENGTH],
        "budget": {"day": None, "month": 0, "total": None},
    }
    assert (await keyring.list_keys(store))[0]["budget"] == told["budget"]
    acts = [(entry.act, entry.subject, entry.data) for entry in await store.audits(9)]
    assert acts == [
        ("key.budget", key.prefix, {"month": 0, "day": None}),
        ("key.create", key.prefix, {"name": "k", "owner": "ann", "dedupe_seconds": 0,
                                    "budget": {"day": 5, "total": None}}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("budget", "field"),
    [
        (None, "budget"),
        (5, "budget"),
        ({"week": 5}, "budget"),
        ({"day": -1}, "budget.day"),
        ({"day": 0.5}, "budget.day"),
        ({"day": True}, "budget.day"),
        ({"month": "5"}, "budget.month"),
        ({"day": 1, "total": 10**15 + 1}, "budget.total"),
    ],
)
@pytest.mark.parametrize("do", ["keys.budget", "keys.create"])
async def test_a_budget_that_is_none(
    store: SqliteStore, budget: object, field: str, do: str
) -> None:
    secret = await keyring.create_key(store, "k", "ann")
    order = {"do": do, "name": "k", "owner": "ann", "prefix": secret, "budget": budget}
    with pytest.raises(InvalidRequest) as told:
        await keyring.act(store, order, "me")
    assert told.value.field == field
    (row,) = await keyring.list_keys(store)
    assert set(row["budget"].values()) == {None} and await store.audits(9) == []


async def test_a_budget_of_no_key(store: SqliteStore) -> None:
    for prefix in ("", "rw_", "rw_%%%%%%%%"):
        with pytest.raises(UnknownTask):
            await keyring.set_budget(store, prefix, {"day": 1})
