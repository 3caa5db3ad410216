"""Who calls: API keys, looked up. What a key looks like is in `reelway.keys`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from reelway.emulate import BAD_KEY
from reelway.errors import KeyRefused
from reelway.keys import HEAD, PREFIX_LENGTH, digest, well_formed
from reelway.means import now
from reelway.store import Store
from reelway.task import Key

MOST_CACHED = 10_000


class Keys:
    """The keys in use, looked up once each; `forget` after a key was revoked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: OrderedDict[str, Key] = OrderedDict()

    async def find(self, secret: str) -> Key:
        """Raises KeyRefused for an unknown or revoked key."""
        if (known := self._cache.get(secret)) is not None:
            return known
        cache = self._cache
        key = await self._look(secret)
        if key is None or key.revoked_at is not None:
            raise KeyRefused("the API key is not valid")
        cache[secret] = key  # not into a newer one: the key may have been revoked meanwhile
        if len(cache) > MOST_CACHED:
            cache.popitem(last=False)
        return key

    def forget(self) -> None:
        self._cache = OrderedDict()

    async def _look(self, secret: str) -> Key | None:
        if not well_formed(secret):  # most often a vendor's key, by somebody who just moved here
            raise KeyRefused(f"this is no key of this server; its keys begin with {HEAD}")
        return await self._store.key(digest(secret))


class OpenKeys(Keys):
    """The keys of an emulation: ours, and any other but BAD_KEY, which is made a key with an owner
    of its own when it first comes. Both are named by its hash: it may be a vendor's real one."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._making = asyncio.Lock()

    async def _look(self, secret: str) -> Key | None:
        if well_formed(secret):
            return await super()._look(secret)
        if secret == BAD_KEY:
            return None
        hashed = digest(secret)
        async with self._making:
            if known := await self._store.key(hashed):
                return known
            prefix = f"em_{hashed.hex()[: PREFIX_LENGTH - 3]}"
            owner = await self._store.ensure_owner(f"emulated {hashed.hex()[:16]}", "user", now())
            return await self._store.add_key(owner.id, "emulated", hashed, prefix, now())
