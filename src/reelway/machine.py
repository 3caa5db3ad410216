"""What this machine, or the container that we run in, lets us have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OURS = Path("/proc/self/cgroup")


def memory(groups: Path = CGROUPS, ours: Path = OURS) -> int:
    """Bytes: the machine's, or those of the control groups that we are in, where that is less."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([whole, *_limits(groups, ours)])


def _limits(groups: Path, ours: Path) -> Iterator[int]:
    for file in _files(groups, ours):
        try:
            text = file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):  # not there: no limit at this height
            continue
        if text.isdecimal():  # else "max"
            yield int(text)


def _files(groups: Path, ours: Path) -> Iterator[Path]:
    """Where a limit may stand: version 2 and 1, from our own group up to the root's."""
    try:
        lines = ours.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):  # no Linux
        return
    for line in lines:
        number, controllers, name = [*line.split(":", 2), "", ""][:3]
        group = PurePosixPath(name.lstrip("/"))
        for part in (group, *group.parents):
            if number == "0":
                yield groups / part / "memory.max"
            elif "memory" in controllers.split(","):
                yield groups / "memory" / part / "memory.limit_in_bytes"
