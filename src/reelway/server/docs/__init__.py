"""Documents and pages of the wires: /openapi.json, /docs, and one of each under /<wire>.

Made when first asked for, and kept: `serve` starts without them. The address of this server is
put in as a page is sent, since it depends on where the reader came in.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from html import escape

from pydantic_core import to_json

from reelway.server.answers import HERE
from reelway.server.dispatch import FALLBACK, Table
from reelway.server.docs.page import index_page, policy, wire_page
from reelway.server.http import JSON, Out
from reelway.server.openapi import document, index
from reelway.wire import Wire

HTML = "text/html; charset=utf-8"


class Docs:
    def __init__(self, table: Table) -> None:
        self._table = table
        found = {wire.name: wire for _, wire, _ in table.routes()}
        self._wires = dict(sorted(found.items(), key=lambda entry: entry[0] != FALLBACK))
        self._made: dict[str, str] = {}
        self._lock = threading.Lock()

    async def answer(self, path: str, base: str) -> Out | None:
        """What is at this path, for a reader who reached us at `base`; None for other paths."""
        make = self._maker(path)
        if make is None:
            return None
        if path not in self._made:
            await asyncio.to_thread(self._make, path, make)
        is_page = path.endswith("/docs")
        text = self._made[path].replace(HERE, escape(base) if is_page else base)
        headers = {
            "content-type": HTML if is_page else JSON,
            "cache-control": "no-cache",
            "x-content-type-options": "nosniff",
        }
        if is_page:
            headers |= {"content-security-policy": policy(), "referrer-policy": "no-referrer"}
        return Out(status=200, body=text.encode(), headers=headers)

    def _make(self, path: str, make: Callable[[], str]) -> None:
        with self._lock:
            if path not in self._made:
                self._made[path] = make()

    def _maker(self, path: str) -> Callable[[], str] | None:
        wires = self._wires
        _, _, rest = path.partition("/")
        name, _, kind = rest.rpartition("/")
        if name and name not in wires:
            return None
        if kind == "openapi.json":
            return lambda: _text(self._document(wires[name]) if name else index(wires.values()))
        if kind == "docs":
            shown = list(wires.values())
            return lambda: (
                wire_page(wires[name], shown, self._document(wires[name]))
                if name
                else index_page(shown)
            )
        return None

    def _document(self, wire: Wire) -> dict[str, object]:
        servers = [f"/{wire.name}"]
        found = [self._table.find(route.method, route.path) for route in wire.routes]
        if all(target and target.wire is wire for target in found):
            servers.append("/")  # not where another wire has some of the paths at the root
        return document(wire, servers)


def _text(data: object) -> str:
    return to_json(data, indent=2).decode()
