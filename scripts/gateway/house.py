"""The gateway as its operator keeps it: its settings file, which is read again while it runs.

Doubt and loss are told apart by when they come: at first a create whose answer was lost fails
after two seconds, from a third of the kills on it is held; later on, for a while, what has been
open for the longer half of all the time is lost. Prices are the vendors' own.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger import Ledger
from weather import Weather

from reelway import control
from reelway.errors import Internal
from reelway.folder import Folder
from vendors.job import PRICES
from vendors.vendor import KEY

SECRET = "whsec_" + "QUJD" * 10 + "QQ=="  # MuleRouter signs what it tells with it
FAILS = {"on_ambiguous": "fail", "ambiguous_after": 2}
HOLDS = {"on_ambiguous": "hold"}
HOLD_AT, LOSE_AT = 0.35, 0.6  # shares of the kills
LOSING = 20.0  # seconds
SHORTEST_LOSS = 60.0  # that can be set


class House:
    def __init__(self, data: Path, weather: Weather, ledger: Ledger, slots: int) -> None:
        self.data, self.weather, self.ledger, self.slots = data, weather, ledger, slots
        self._hosted: Mapping[str, Any] = FAILS
        self._nowhere: set[str] = set()  # vendors whose name nobody knows for now
        data.mkdir()
        self._write()

    def order(self, **what: Any) -> Any:
        """As the command line gives one. Raises Internal."""
        return control.ask(Folder(self.data).control, what, within=10)

    async def name(self, vendor: str, *, known: bool) -> None:
        """Whether the vendor's address has a host that resolves."""
        (self._nowhere.discard if known else self._nowhere.add)(vendor)
        await self._change()

    async def phases(self, kills: int) -> None:
        began = time.monotonic()
        await self._kills(HOLD_AT * kills)
        await self._change(HOLDS)
        await self._kills(LOSE_AT * kills)
        # Twice as old is given up for good: nothing is so old before this is over.
        after = 0.6 * (time.monotonic() - began + 2 * LOSING)
        await self._change({**HOLDS, "lost_after": max(SHORTEST_LOSS, after)})
        await asyncio.sleep(min(LOSING, after / 10))
        await self._change(HOLDS)

    async def _kills(self, count: float) -> None:
        while self.ledger.counts["server kills"] < count:  # noqa: ASYNC110 - another's doing
            await asyncio.sleep(0.1)

    async def _change(self, hosted: Mapping[str, Any] | None = None) -> None:
        """In force once this returns, however often the server is killed meanwhile."""
        self._hosted = hosted or self._hosted
        self._write()
        while True:
            try:
                await asyncio.to_thread(self.order, do="providers.reload")
            except Internal:  # killed: whoever starts it reads the file, and so do we, again
                await asyncio.sleep(0.05)
            else:
                self.ledger.counts["settings read again while it runs"] += 1
                return

    def _write(self) -> None:
        """Never half of it: a server may be starting."""
        hosted = {"policy": "weight", **self._hosted}
        lines = [f"{name} = {json.dumps(value)}" for name, value in hosted.items()]
        tables = "".join(self._table(name) for name in self.weather.lines)
        new = self.data / "reelway.toml.new"
        new.write_text("[hosted]\n" + "\n".join(lines) + "\n" + tables)
        os.replace(new, self.data / "reelway.toml")

    def _table(self, vendor: str) -> str:
        address = self.weather.lines[vendor].address
        if vendor in self._nowhere:
            address = address.replace("127.0.0.1", "nowhere.invalid")
        signs = f'webhook_secret = "{SECRET}"\n' if vendor == "mulerouter" else ""
        prices = "".join(
            f'"{resolution}{sound}" = {micros / 1_000_000}\n'
            for resolution, both in PRICES.items()
            for sound, micros in zip(("", " sound"), both, strict=True)
        )
        return (
            f'\n[[providers]]\nname = "{vendor}-1"\nwire = "{vendor}"\naddress = "{address}"\n'
            f'key = "{KEY}"\nslots = {self.slots}\nimages = "inline"\n{signs}'
            f"[providers.prices]\n{prices}"
        )
