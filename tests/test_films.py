"""Resolution × ratio × sound, each as a film from a running server, decoded to the last frame.

All of them with a small frame, and one of each resolution at its full size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspection import MATRIX, Order, faults
from serving import SMALL, Server

QUICK = "A desert at noon, clear sky, static camera"  # to draw
FULL = [
    Order("720p", "9:16", True),
    Order("1080p", "1:1", False, prompt=QUICK),
    Order("4k", "16:9", True, prompt=QUICK),
]


@pytest.fixture(scope="module")
def full_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server.start(tmp_path_factory.mktemp("full") / "data", animatic_scale=1) as server:
        yield server


def film_is_as_ordered(server: Server, order: Order, path: Path, scale: float) -> None:
    task = server.make(**order.body(), within=240)
    assert task["status"] == "succeeded", task["error"]
    content = server.http.get(task["film"]["url"]).content
    assert hashlib.sha256(content).hexdigest() == task["film"]["sha256"]
    path.write_bytes(content)
    assert not faults(order, task["film"], path, scale=scale)


@pytest.mark.parametrize("order", MATRIX, ids=str)
def test_small(server: Server, order: Order, tmp_path: Path) -> None:
    order = replace(order, prompt=QUICK)
    film_is_as_ordered(server, order, tmp_path / "film.mp4", SMALL)


@pytest.mark.parametrize("order", FULL, ids=str)
def test_full_size(full_server: Server, order: Order, tmp_path: Path) -> None:
    film_is_as_ordered(full_server, order, tmp_path / "film.mp4", 1)
