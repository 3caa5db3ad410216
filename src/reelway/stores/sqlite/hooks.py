"""Endpoints, their signing secrets, and deliveries: see `reelway.store.Hooks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from reelway.errors import UnknownTask
from reelway.stores.sqlite import rows, writes
from reelway.stores.sqlite.statements import SQL
from reelway.stores.sqlite.ways import Ways
from reelway.webhook import Delivery, DeliveryListing, Endpoint, Try

# The columns of an endpoint that may be set; True: kept as JSON.
CHANGEABLE: Mapping[str, bool] = {
    "url": False,
    "wire": False,
    "events": True,
    "description": False,
    "disabled_at": False,
    "disabled_why": False,
}
PIECE = 500  # rows that one operation changes, so that creates get in between


def pieces(found: list[rows.Row]) -> Iterator[str]:
    """Ids as JSON lists, so many at a time."""
    for start in range(0, len(found), PIECE):
        yield rows.json_text([row[0] for row in found[start : start + PIECE]])


class HookRows(Ways):
    async def add_endpoint(self, endpoint: Endpoint, sealed: bytes, most: int) -> Endpoint | None:
        values = (
            endpoint.public_id,
            endpoint.owner_id,
            endpoint.url,
            endpoint.wire,
            rows.json_text(list(endpoint.events)),
            endpoint.description,
            endpoint.created_at,
        )
        row = await self._write(
            partial(writes.add_endpoint, values=values, sealed=sealed, most=most)
        )
        return rows.endpoint(row) if row else None

    async def endpoint(self, owner_id: int, public_id: str) -> Endpoint | None:
        row = self._here.row("endpoint", (public_id, owner_id))
        return rows.endpoint(row) if row else None

    async def endpoints(self, owner_id: int) -> list[Endpoint]:
        return [rows.endpoint(row) for row in self._here.all("endpoints", (owner_id,))]

    async def change_endpoint(
        self, owner_id: int, public_id: str, changes: Mapping[str, Any]
    ) -> Endpoint | None:
        if unknown := changes.keys() - CHANGEABLE.keys():
            raise ValueError(f"not to be set: {', '.join(sorted(unknown))}")
        columns = {n: rows.json_text(v) if CHANGEABLE[n] else v for n, v in changes.items()}
        row = await self._write(
            partial(writes.change_endpoint, who=(public_id, owner_id), columns=columns)
        )
        return rows.endpoint(row) if row else None

    async def delete_endpoint(self, owner_id: int, public_id: str) -> bool:
        return await self._write(partial(writes.drop_endpoint, who=(public_id, owner_id)))

    async def secrets(self, owner_id: int, endpoint_id: int | None, now: int) -> list[bytes]:
        return [row[0] for row in self._here.all("secrets", (owner_id, endpoint_id, now))]

    async def add_secret(
        self,
        owner_id: int,
        endpoint_id: int | None,
        sealed: bytes,
        now: int,
        until: int,
        first: bool = False,
    ) -> None:
        whose = (owner_id, endpoint_id)
        await self._write(
            partial(
                writes.add_secret, whose=whose, sealed=sealed, now=now, until=until, first=first
            )
        )

    async def pending_deliveries(self, *, after: int = 0, limit: int = 1000) -> list[Delivery]:
        found = self._here.all("pending_deliveries", (after, limit))
        return [rows.delivery(row) for row in found]

    async def pending_delivery(self, id: int) -> Delivery | None:
        row = self._here.row("pending_delivery", (id,))
        return rows.delivery(row) if row else None

    async def delivery(self, owner_id: int, public_id: str) -> Delivery | None:
        row = self._here.row("delivery", (public_id, owner_id))
        return rows.delivery(row) if row else None

    async def deliveries(self, owner_id: int, wanted: DeliveryListing) -> list[Delivery]:
        filters: dict[str, Any] = {
            "tasks.public_id = ?": wanted.task,
            "endpoints.public_id = ?": wanted.endpoint,
            "deliveries.status = ?": wanted.status,
        }
        if wanted.after is not None:
            last = self._here.row("delivery", (wanted.after, owner_id))
            if not last:
                raise UnknownTask("no delivery has the id that the page should begin after")
            filters["deliveries.id < ?"] = last[0]
        filters = {text: value for text, value in filters.items() if value is not None}
        sql = SQL["deliveries"].replace("{filters}", "".join(f" AND {text}" for text in filters))
        found = await self._rows(sql, (owner_id, *filters.values(), wanted.limit))
        return [rows.delivery(row) for row in found]

    async def tries(self, delivery_id: int) -> list[Try]:
        return [rows.try_(row) for row in self._here.all("tries", (delivery_id,))]

    async def tried(
        self,
        delivery: Delivery,
        outcome: Try,
        status: str,
        next_at: int,
        disable: str | None = None,
    ) -> int:
        return await self._write(
            partial(
                writes.tried,
                delivery=delivery,
                outcome=outcome,
                status=status,
                next_at=next_at,
                disable=disable,
            )
        )

    async def redeliver(self, owner_id: int, public_id: str, now: int) -> Delivery | None:
        row = await self._write(partial(writes.redeliver, who=(public_id, owner_id), now=now))
        return rows.delivery(row) if row else None

    async def tell_again(self, endpoint: Endpoint, since: int, now: int, most: int) -> int:
        # Found without holding up the writer, then written in pieces.
        failed = await self._rows(SQL["failed_deliveries"], (endpoint.id, since, most))
        asked = (endpoint.id, since, most - len(failed))
        missed = await self._rows(SQL["missed_events"], asked)
        total = 0
        for ids in pieces(failed):
            total += await self._write(
                partial(writes.change_deliveries, name="redeliver_these", values=(now, ids))
            )
        for ids in pieces(missed):
            values = (endpoint.id, now, ids)
            total += await self._write(
                partial(writes.change_deliveries, name="tell_of_these", values=values)
            )
        return total

    async def pending(self) -> tuple[int, int | None]:
        row = self._here.row("delivery_counts", ())
        return (row[0], row[1]) if row else (0, None)

    async def forget_deliveries(self, before: int) -> int:
        forget = partial(writes.drop_deliveries, before=before, most=PIECE)
        total = 0
        while dropped := await self._write(forget):
            total += dropped
        return total
