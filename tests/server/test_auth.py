from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reelway import keyring
from reelway.errors import KeyRefused
from reelway.keys import mint_key
from reelway.server import auth
from reelway.server.auth import Keys, OpenKeys
from reelway.stores.sqlite import SqliteStore
from reelway.task import Key


class CountingStore(SqliteStore):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked = 0

    async def key(self, digest: bytes) -> Key | None:
        self.asked += 1
        return await super().key(digest)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CountingStore]:
    store = CountingStore(tmp_path / "reelway.db")
    await store.open()
    yield store
    await store.close()


async def test_a_key_is_found_and_looked_up_once(store: CountingStore) -> None:
    secret = await keyring.create_key(store, "laptop", "ann")
    keys = Keys(store)
    found = await keys.find(secret)
    assert (found.name, found.owner, found.role) == ("laptop", "ann", "user")
    assert await keys.find(secret) == found
    assert store.asked == 1


async def test_an_unknown_key_is_refused_each_time(store: CountingStore) -> None:
    keys, secret = Keys(store), mint_key()
    for _ in range(2):
        with pytest.raises(KeyRefused) as told:
            await keys.find(secret)
        assert secret not in told.value.message
    assert store.asked == 2  # it may be made at any time


@pytest.mark.parametrize("secret", ["", "sk-x", "rw_" + "A" * 38, "rw_ä", "x" * 100_000])
async def test_what_is_no_key_is_refused_without_a_look(store: CountingStore, secret: str) -> None:
    with pytest.raises(KeyRefused):
        await Keys(store).find(secret)
    assert store.asked == 0


async def test_a_revoked_key_is_refused(store: CountingStore) -> None:
    secret = await keyring.create_key(store, "k", "ann")
    await keyring.revoke_key(store, secret)
    with pytest.raises(KeyRefused):
        await Keys(store).find(secret)


async def test_a_key_in_use_is_refused_once_it_is_revoked_and_forgotten(
    store: CountingStore,
) -> None:
    secret, other = [await keyring.create_key(store, "k", "ann") for _ in range(2)]
    keys = Keys(store)
    await keys.find(secret)
    await keyring.revoke_key(store, secret)
    keys.forget()
    with pytest.raises(KeyRefused):
        await keys.find(secret)
    assert (await keys.find(other)).owner == "ann"


async def test_a_key_that_is_revoked_while_it_is_looked_up(store: CountingStore) -> None:
    secret = await keyring.create_key(store, "k", "ann")

    class Slow(CountingStore):
        async def key(self, digest: bytes) -> Key | None:
            found = await store.key(digest)
            if found and not found.revoked_at:
                await keyring.revoke_key(store, secret)
                keys.forget()
            return found

    keys = Keys(Slow(Path("unused")))
    await keys.find(secret)  # it came before the revocation
    with pytest.raises(KeyRefused):
        await keys.find(secret)


async def test_the_cache_is_bounded(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "MOST_CACHED", 2)
    secrets = [await keyring.create_key(store, "k", "ann") for _ in range(3)]
    keys = Keys(store)
    for secret in secrets:
        await keys.find(secret)
    await keys.find(secrets[1])
    await keys.find(secrets[2])
    assert store.asked == 3
    await keys.find(secrets[0])  # the oldest had to go
    assert store.asked == 4


# While emulating


async def test_any_key_opens_and_has_an_owner_of_its_own(store: CountingStore) -> None:
    keys = OpenKeys(store)
    first, second = await keys.find("sk_live_SECRET_one"), await keys.find("sk_live_SECRET_two")
    assert first.owner_id != second.owner_id
    assert (first.role, second.role) == ("user", "user")
    assert await OpenKeys(store).find("sk_live_SECRET_one") == first
    for key in await store.keys():  # it may be a vendor's real one
        assert "SECRET" not in f"{key.owner} {key.name} {key.prefix}"
        assert key.prefix.startswith("em_")


async def test_many_calls_with_a_new_key_make_one_owner(store: CountingStore) -> None:
    keys = OpenKeys(store)
    found = await asyncio.gather(*(keys.find("sk_new") for _ in range(20)))
    assert len({key.id for key in found}) == 1
    assert len(await store.keys()) == 1


async def test_our_own_keys_open_what_they_do(store: CountingStore) -> None:
    secret = await keyring.create_key(store, "laptop", "ann")
    assert (await OpenKeys(store).find(secret)).owner == "ann"


@pytest.mark.parametrize("secret", ["invalid", mint_key()], ids=["its word", "one of ours"])
async def test_a_bad_key_is_refused(store: CountingStore, secret: str) -> None:
    with pytest.raises(KeyRefused):
        await OpenKeys(store).find(secret)
    assert await store.keys() == []


async def test_a_key_that_was_revoked_stays_so(store: CountingStore) -> None:
    keys = OpenKeys(store)
    made = await keys.find("sk_old")
    await keyring.revoke_key(store, made.prefix)
    keys.forget()
    with pytest.raises(KeyRefused):
        await keys.find("sk_old")
