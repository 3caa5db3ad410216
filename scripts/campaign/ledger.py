"""What was asked, answered and seen, to be held against what is there at the end."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One create as it was sent. `hook` is the path at the receiver that the request named."""

    name: str
    wire: str
    keyed: bool  # with an Idempotency-Key
    hook: str | None = None
    may_be_cancelled: bool = False


@dataclass
class Ledger:
    asked: dict[str, Asked] = field(default_factory=dict)  # by our name for it
    accepted: dict[str, str] = field(default_factory=dict)  # our name → task id
    open: set[str] = field(default_factory=set)  # task ids
    over: dict[str, str] = field(default_factory=dict)  # task id → how it ended
    cancelled: set[str] = field(default_factory=set)  # task ids whose cancel was answered with 200
    downloaded: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)  # what → seconds

    def wrong(self, what: str) -> None:
        self.violations.append(what)
        print(f"VIOLATION  {what}", flush=True)

    def took(self, what: str, seconds: float) -> None:
        self.times.setdefault(what, []).append(seconds)

    def lines(self, seconds: float) -> list[tuple[str, Any]]:
        """The report: what, and how much."""
        from statistics import median

        ended, wires = Counter(self.over.values()), Counter(a.wire for a in self.asked.values())
        spread = [
            (what, f"median {median(times):.3f} s, most {max(times):.3f} s ({len(times)})")
            for what, times in sorted(self.times.items())
        ]
        return [
            ("tasks accepted", len(self.accepted)),
            *((f"… {status}", count) for status, count in sorted(ended.items())),
            *((f"asked in {wire}'s words", count) for wire, count in sorted(wires.items())),
            *sorted(self.counts.items()),
            *spread,
            ("whole campaign", f"{seconds:.0f} s"),
            ("violations", len(self.violations)),
        ]

    def close(self, seconds: float, folder: Path, *, keep: bool) -> int:
        """Print the report; the exit code. The folder stays upon any violation."""
        for name, value in self.lines(seconds):
            print(f"{name:48} {value}")
        if self.violations:
            print(f"data and log are kept in {folder}")
            return 1
        if not keep:
            shutil.rmtree(folder)
        return 0
