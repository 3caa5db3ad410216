"""The fuzz campaign in a bounded form; `scripts/fuzz.py` runs the long one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parent.parent.parent / "scripts/fuzz.py"
BODIES = 400  # for each wire


async def test_no_body_brings_the_server_down() -> None:
    spec = importlib.util.spec_from_file_location("fuzz", SCRIPT)
    assert spec and spec.loader
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    counts = await fuzz.fuzz(BODIES, seed=7)
    for statuses in counts.values():
        assert statuses.total() == BODIES
        assert statuses[400] > BODIES / 10  # it does refuse
        assert statuses.total() - statuses[400] > BODIES / 20  # and does take some
