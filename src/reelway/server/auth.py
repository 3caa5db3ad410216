"""Who calls: API keys, looked up. What a key looks like is in `reelway.keys`."""

from __future__ import annotations

from collections import OrderedDict

from reelway.errors import KeyRefused
from reelway.keys import HEAD, digest, well_formed
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
        if not well_formed(secret):  # most often a vendor's key, by somebody who just moved here
            raise KeyRefused(f"this is no key of this server; its keys begin with {HEAD}")
        key = await self._store.key(digest(secret))
        if key is None or key.revoked_at is not None:
            raise KeyRefused("the API key is not valid")
        cache[secret] = key  # not into a newer one: the key may have been revoked meanwhile
        if len(cache) > MOST_CACHED:
            cache.popitem(last=False)
        return key

    def forget(self) -> None:
        self._cache = OrderedDict()
