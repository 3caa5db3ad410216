"""What a task that is over holds is settled or released before its row says that nobody looks any
more: whatever breaks between the two writes, somebody comes back to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes import order, row
from gateway import Gate, gateway
from reelway.cancel import cancel
from reelway.move import move
from reelway.resolve import resolve
from reelway.task import Task
from test_remote_again import HOUR, at_work
from vendors.novita import Novita

PRICE = 420_000  # of the film that `order` asks for


def breaks_once(gate: Gate, name: str, when: str = "") -> None:
    """That write of the store's does nothing at its next call, and raises; of `note`, at the next
    one whose report has `when`."""
    store: Any = gate.means.store
    real = getattr(store, name)

    async def write(task: Task, said: Any, *more: Any) -> Any:
        if not when or (isinstance(said, Mapping) and when in said.get("report", ())):
            setattr(store, name, real)
            raise OSError("the disk is gone")
        return await real(task, said, *more)

    setattr(store, name, write)


@pytest.mark.parametrize(("name", "when"), [("settle_late", ""), ("note", "late_result")])
async def test_a_late_film_is_settled_once(name: str, when: str, tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita) as gate:
        gate.vendor.fault("unknown_word", at=tuple(range(1, 30)))
        task = await at_work(gate)
        await cancel(task, gate.means, abandon=True)
        breaks_once(gate, name, when)
        await gate.passed(3 * HOUR)
        late = await row(gate.means, task)
        assert (late.stage, late.reserved or 0, late.cost) == (None, 0, PRICE)
        assert late.film and "late_result" in late.report


async def test_nothing_is_held_for_what_is_resolved_as_none(tmp_path: Path) -> None:
    async with gateway(tmp_path, Novita, begin=False) as gate:
        task = await order(gate.means, prompt="fox 1", hand=False)
        doubted = {"engine": "novita-1", "stage": "ambiguous"}
        moved = await move(task, "running", gate.means, doubted)
        assert moved and await gate.means.store.rereserve(moved, "novita-1", PRICE, 0)
        await cancel(moved, gate.means, abandon=True)
        assert (await row(gate.means, task)).reserved == PRICE
        breaks_once(gate, "release_late")
        with pytest.raises(OSError, match="gone"):
            await resolve(task.public_id, None, "ann", gate.means)
        await resolve(task.public_id, None, "ann", gate.means)
        fresh = await row(gate.means, task)
        assert (fresh.status, fresh.stage, fresh.reserved or 0) == ("cancelled", None, 0)
