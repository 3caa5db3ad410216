import pytest

from reelway.store import Store
from reelway.task import Owner
from stores.examples import NOW

pytest.register_assert_rewrite("stores.cases", "stores.hook_cases", "stores.money_cases")


@pytest.fixture
async def owner(store: Store) -> Owner:
    return await store.ensure_owner("local", "admin", NOW)


@pytest.fixture
async def other(store: Store) -> Owner:
    return await store.ensure_owner("other", "user", NOW)
