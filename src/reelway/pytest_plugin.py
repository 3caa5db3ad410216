"""What pytest finds of Reelway where it is installed: two fixtures, loaded when they are asked for.

    reelway_emulator      one Novita for the whole run, that never fails by itself
    reelway_emulators     start others: reelway_emulators("mulerouter", failure_rate=0.2, seed=7)

Under pytest-xdist each worker has its own. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from reelway.testing import Option, Vendor

    Start = Callable[..., Vendor]


@pytest.fixture(scope="session")
def reelway_emulators() -> Iterator[Start]:
    """Start an emulated vendor; equal calls give the same one. All end with the session."""
    from reelway.testing import emulator

    running: dict[tuple[object, ...], Vendor] = {}
    with ExitStack() as stack:

        def start(wire: str = "novita", *more: str, **options: Option | None) -> Vendor:
            asked = (wire, *more, *sorted(options.items()))
            if asked not in running or running[asked].process.poll() is not None:
                running[asked] = stack.enter_context(emulator(wire, *more, **options))
            return running[asked]

        yield start


@pytest.fixture(scope="session")
def reelway_emulator(reelway_emulators: Start) -> Vendor:
    """An emulated Novita: `.url`, `.key`, `.wire`, `.stop()`."""
    return reelway_emulators("novita")
