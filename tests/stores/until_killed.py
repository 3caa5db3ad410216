"""Makes tasks until it is killed, 32 at a time, and prints the id of each that was answered."""

import asyncio
import itertools
import sys
from pathlib import Path

from reelway.request import VideoRequest
from reelway.stores.sqlite import SqliteStore
from reelway.task import Draft, Task


async def main(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    owner = await store.ensure_owner("local", "admin", 0)
    numbers = itertools.count()

    async def client() -> None:
        for n in numbers:
            task = await store.create(
                Draft(
                    public_id=f"task_{n}",
                    owner_id=owner.id,
                    key_id=None,
                    wire="native",
                    model_asked="kling-v3",
                    request=VideoRequest(prompt="a fox " * 20),
                    body=b"{}" * 100,
                    report={},
                    base_url=None,
                    accepted_at=n,
                )
            )
            assert isinstance(task, Task)
            print(task.public_id, flush=True)

    await asyncio.gather(*(client() for _ in range(32)))


asyncio.run(main(Path(sys.argv[1])))
