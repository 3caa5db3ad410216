"""Tests that need a real part: skipped where it is missing, failed where it was promised.

    require("strace", which("strace") is not None, "strace is not installed")

`REELWAY_REQUIRE=strace,wrk` names the parts that must be there: CI says so, a laptop need not.
"""

from __future__ import annotations

import os

import pytest


def require(name: str, present: bool, reason: str) -> None:
    """Skip the test for `reason` unless the part is present; fail it where `name` is required."""
    if present:
        return
    if name in os.environ.get("REELWAY_REQUIRE", "").split(","):
        pytest.fail(f"{name} is required here: {reason}")
    pytest.skip(reason)
