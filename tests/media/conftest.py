from __future__ import annotations

import pytest_asyncio

from reelway.media import Media


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def media(tmp_path_factory):
    """One helper for a module: a child takes a tenth of a second to begin."""
    one = Media(tmp_path_factory.mktemp("media"))
    yield one
    await one.stop()
