from __future__ import annotations

import os
from pathlib import Path

import pytest

from reelway.machine import memory

WHOLE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    ("ours", "limits", "found"),
    [
        ("0::/\n", {"memory.max": "max"}, WHOLE),
        ("0::/\n", {"memory.max": "1000"}, 1000),
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "2000"}, 2000),
        ("0::/a/b\n", {"a/b/memory.max": "500", "a/memory.max": "2000"}, 500),
        (
            "0::/a\n",
            {"memory.max": "700"},
            700,
        ),  # seen from inside a container: its own is the root
        ("5:cpu,memory:/d\n0::/\n", {"memory/d/memory.limit_in_bytes": "900"}, 900),
        ("5:memory:/d\n", {"memory/memory.limit_in_bytes": "800"}, 800),
        ("5:memory:/d\n", {"memory/d/memory.limit_in_bytes": "9223372036854771712"}, WHOLE),
        ("0::/a\n5:cpu:/x\n", {"a/memory.max": "nonsense", "cpu/x/memory.max": "3"}, WHOLE),
        ("", {}, WHOLE),
        ("strange\n", {"memory.max": "3"}, WHOLE),
    ],
)
def test_what_there_is(tmp_path: Path, ours: str, limits: dict[str, str], found: int) -> None:
    (tmp_path / "ours").write_text(ours)
    for name, text in limits.items():
        file = tmp_path / "groups" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    assert memory(tmp_path / "groups", tmp_path / "ours") == found


def test_where_there_are_no_groups(tmp_path: Path) -> None:
    assert memory(tmp_path, tmp_path / "none") == WHOLE
    assert 0 < memory() <= WHOLE
