"""Which wire and route a path belongs to.

Every wire is served under `/<wire>` with the vendor's own paths below it, and at the root. Where
two share a path, the root belongs to the one that `order` names first. Where some are emulated,
the root is theirs and our own wire's, and unknown paths are answered in their words. Fixed paths
are found in a dictionary, and win over paths with `{names}`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reelway.wire import Route, Wire

LONGEST_GUESSED = 200  # letters of a path that a guess looks at
FALLBACK = "native"  # the wire that answers for paths nobody owns


@dataclass(frozen=True, slots=True)
class Target:
    wire: Wire
    route: Route
    path: str  # the vendor's, without our prefix
    args: Mapping[str, str]


class Table:
    def __init__(
        self, wires: Mapping[str, Wire], order: Sequence[str], emulated: Sequence[str] = ()
    ) -> None:
        self._wires = wires
        self._owners = [wires[name] for name in emulated or wires]
        self._last = wires[emulated[0] if emulated else FALLBACK]
        at_root = {*(emulated or wires), FALLBACK}
        self._fixed: dict[tuple[str, str], tuple[Wire, Route]] = {}
        self._patterns: dict[tuple[str, int], list[tuple[list[str], Wire, Route]]] = {}
        first = [wires[name] for name in order if name in wires]
        for wire in [*first, *(w for w in wires.values() if w not in first)]:
            for route in wire.routes:
                self._add(f"/{wire.name}{route.path}", wire, route)
                if wire.name in at_root:
                    self._add(route.path, wire, route)

    def find(self, method: str, path: str) -> Target | None:
        found = self._fixed.get((method, path))
        if found:
            wire, route = found
            return Target(wire, route, route.path, {})
        parts = path.split("/")
        for pattern, wire, route in self._patterns.get((method, len(parts)), ()):
            args = _match(pattern, parts)
            if args is not None:
                return Target(wire, route, route.path.format(**args), args)
        return None

    def allowed(self, path: str) -> list[str]:
        """The methods that this path would answer to."""
        return sorted(m for m in ("GET", "POST", "DELETE") if self.find(m, path))

    def near(self, method: str, path: str) -> str | None:
        """The path with this method that `path` may be a misspelling of."""
        known = [p for m, p in self._fixed if m == method]
        return next(iter(difflib.get_close_matches(path[:LONGEST_GUESSED], known, n=1)), None)

    def owner(self, path: str) -> Wire:
        """The wire in whose words an unknown path is answered."""
        head = path.split("/", 2)[1] if path.startswith("/") else ""
        if head in self._wires:
            return self._wires[head]
        return next((wire for wire in self._owners if path.startswith(wire.owns)), self._last)

    def routes(self) -> Iterable[tuple[str, Wire, Route]]:
        """Every mounted (path, wire, route)."""
        for (_, path), (wire, route) in self._fixed.items():
            yield path, wire, route
        for patterns in self._patterns.values():
            for parts, wire, route in patterns:
                yield "/".join(parts), wire, route

    def _add(self, path: str, wire: Wire, route: Route) -> None:
        if "{" not in path:
            self._fixed.setdefault((route.method, path), (wire, route))
            return
        parts = path.split("/")
        same = self._patterns.setdefault((route.method, len(parts)), [])
        if all(_blank(p) != _blank(parts) for p, _, _ in same):
            same.append((parts, wire, route))


def _blank(parts: list[str]) -> list[str]:
    return ["{}" if p.startswith("{") else p for p in parts]


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    args = {}
    for want, got in zip(pattern, parts, strict=True):
        if want.startswith("{"):
            if not got:
                return None
            args[want[1:-1]] = got
        elif want != got:
            return None
    return args
