"""Two real servers: a gateway, and behind it a vendor that is `reelway serve --emulate novita`.

    with pair(tmp_path, latency=2) as gateway:         # films cost 0.42 US dollars and take 2 s
        task = at_work(gateway, prompt="fox")          # once the vendor has accepted it
        late = with_late_film(gateway, task["id"])     # abandoned: once its film has come

The gateway has two providers: `north`, which is that vendor, and `south`, where nobody is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from serving import Server, wait_until

NOWHERE = "http://127.0.0.1:9"
SETTINGS = """
[[providers]]
name = "{name}"
wire = "{wire}"
address = "{address}"
key = "sk_{name}"
models = ["kling-v3"]
slots = 2
order = {order}
prices = {{ "720p" = "{price}" }}
"""


@contextmanager
def pair(folder: Path, latency: float) -> Iterator[Server]:
    emulated = ("--emulate", "novita", "--emulate-latency", f"{latency:g}")
    with Server.start(folder / "north", *emulated) as north:
        data = folder / "gateway"
        data.mkdir()
        said = (("north", "novita", north.address, "0.084"), ("south", "mulerouter", NOWHERE, "1"))
        tables = [
            SETTINGS.format(name=name, wire=wire, address=address, price=price, order=n)
            for n, (name, wire, address, price) in enumerate(said)
        ]
        (data / "reelway.toml").write_text("".join(tables))
        with Server.start(data) as gateway:
            yield gateway


def at_work(gateway: Server, **body: Any) -> dict[str, Any]:
    id = gateway.create(model="kling-v3", **body)["id"]
    wait_until(lambda: f"task.started task={id}" in gateway.log(), 20)
    return gateway.task(id)


def with_late_film(gateway: Server, id: str) -> dict[str, Any]:
    """The task, which was abandoned."""

    def late() -> dict[str, Any] | None:
        task = gateway.task(id)
        return task if task["late_result"] else None

    return wait_until(late, 30, every=0.05)
