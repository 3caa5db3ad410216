"""Documents and pages of the wires: /openapi.json, /docs, and one of each under /<wire>.

Made when first asked for, and kept: `serve` starts without them. The address of this server is
put in as a page is sent, since it depends on where the reader came in.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from html import escape

from pydantic_core import to_json

from reelway.server.dispatch import FALLBACK, Table
from reelway.server.http import JSON, Out
from reelway.wire import Wire

Made = tuple[str, dict[str, str]]  # a text, and headers of its own

HERE = "http://reelway.invalid"  # stands for this server's address until a text is sent
HTML = "text/html; charset=utf-8"
COMMON = {
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Docs:
    def __init__(self, table: Table) -> None:
        self._table = table
        found = {wire.name: wire for _, wire, _ in table.routes()}
        self._wires = dict(sorted(found.items(), key=lambda entry: entry[0] != FALLBACK))
        self._made: dict[str, Made] = {}
        self._lock = threading.Lock()

    async def answer(self, path: str, base: str) -> Out | None:
        """What is at this path, for a reader who reached us at `base`; None for other paths."""
        make = self._maker(path)
        if make is None:
            return None
        if path not in self._made:
            await asyncio.to_thread(self._make, path, make)
        text, headers = self._made[path]
        here = escape(base) if headers["content-type"] == HTML else base
        body = text.replace(HERE, here).encode()
        return Out(status=200, body=body, headers={**COMMON, **headers})

    def _make(self, path: str, make: Callable[[], Made]) -> None:
        with self._lock:
            if path not in self._made:
                self._made[path] = make()

    def _maker(self, path: str) -> Callable[[], Made] | None:
        name, _, kind = path.removeprefix("/").rpartition("/")
        makers = {"openapi.json": self._document, "docs": self._page}
        if kind not in makers or (name and name not in self._wires):
            return None
        return partial(makers[kind], self._wires.get(name))

    # What makes documents is imported when one is wanted: `serve` starts without it.

    def _document(self, wire: Wire | None) -> Made:
        from reelway.server import openapi

        data = openapi.document(wire, self._servers(wire)) if wire else self._index()
        return to_json(data, indent=2).decode(), {"content-type": JSON}

    def _index(self) -> dict[str, object]:
        from reelway.server import openapi

        return openapi.index(self._wires.values())

    def _page(self, wire: Wire | None) -> Made:
        from reelway.server import openapi
        from reelway.server.docs import page

        shown = list(self._wires.values())
        if wire:
            document = openapi.document(wire, self._servers(wire))
            text = page.wire_page(wire, shown, document)
        else:
            text = page.index_page(shown)
        return text, {"content-type": HTML, "content-security-policy": page.policy()}

    def _servers(self, wire: Wire) -> list[str]:
        """The wire's own prefix, and the root, where no other wire has some of its paths."""
        found = [self._table.find(route.method, route.path) for route in wire.routes]
        at_root = all(target and target.wire is wire for target in found)
        return [f"/{wire.name}", "/"] if at_root else [f"/{wire.name}"]
