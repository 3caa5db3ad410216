"""Telling the customer: when a job begins or ends, as its vendor does; and lying, when asked to.

Standard Webhooks by hand: `v1,` + base64(HMAC-SHA256(secret, id.timestamp.body)).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp

from vendors.faults import Case
from vendors.job import Job

if TYPE_CHECKING:
    from vendors.vendor import Vendor

LIES = ("signature", "unsigned", "id", "stale")
UNKNOWN = "00000000-0000-4000-8000-000000000000"
OLD = 3600  # seconds: beyond every tolerance for replayed messages


class Hooks:
    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._tasks: set[asyncio.Task[None]] = set()
        self.broken: list[BaseException] = []  # what should not have been raised
        self._session: aiohttp.ClientSession | None = None

    def address(self, job: Job) -> str | None:
        return job.order.hook or self._vendor.hook

    def follow(self, job: Job) -> None:
        """Tell of its beginning, where this vendor does, and of its end."""
        if self.address(job) is not None:
            for soon in (self.tell(job), self._end(job)):
                task = asyncio.get_running_loop().create_task(soon)
                self._tasks.add(task)
                task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.broken.append(error)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _end(self, job: Job) -> None:
        await self._vendor.clock.until(job.ends_at)
        await self.tell(job)

    async def tell(self, job: Job) -> None:
        """What is to be told of its state; nothing where this vendor is silent about that."""
        vendor, case = self._vendor, Case(number=job.number, text=job.order.text)
        now = vendor.clock.now()
        message = vendor.event(job, vendor.view(job))
        if message is None or job.told == job.state(now):
            return
        job.told = job.state(now)
        if vendor.faults.find("webhook_never", case, now):
            return
        await self.send(job, message)
        if vendor.faults.find("webhook_twice", case, now):
            await self.send(job, message)

    async def lie(self, job: Job | None, lie: str, url: str | None) -> int | None:
        """A message that is not to be believed; → the customer's status."""
        if lie not in LIES:
            raise ValueError(f"unknown lie {lie!r}; known: {' '.join(LIES)}")
        told = job or next(iter(self._vendor.ledger.jobs.values()), None)
        where = url or (self.address(told) if told else None)
        if told is None or where is None:
            raise ValueError("there is no job or no address to lie about")
        message = self._vendor.event(told, self._vendor.ending(told))
        content = json.dumps(message)
        if lie == "id":
            content = content.replace(told.id, self._vendor.id())
        return await self._post(told, where, content.encode(), lie=lie)

    async def send(self, job: Job, message: dict[str, Any]) -> None:
        """Until somebody says 2xx, with this vendor's rests between."""
        where, content = self.address(job), json.dumps(message).encode()
        for rest in (*self._vendor.rests, None):
            begun = self._vendor.clock.now()
            status = await self._post(job, where or "", content)
            if rest is None or (status is not None and 200 <= status < 300):
                return
            await self._vendor.clock.until(begun + int(rest * 1000))

    async def _post(self, job: Job, url: str, content: bytes, lie: str = "") -> int | None:
        headers = {"Content-Type": "application/json", **self._signed(content, lie)}
        place = self._vendor.ledger.note(
            kind="webhook",
            at=self._vendor.clock.now(),
            method="POST",
            path=url,
            headers=headers,
            body=json.loads(content),
            job=job.id,
            faults=(lie,) if lie else (),
        )
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=self._vendor.patience)
            self._session = aiohttp.ClientSession(timeout=limit)
        try:
            async with self._session.post(
                url, data=content, headers=headers, allow_redirects=False
            ) as reply:
                self._vendor.ledger.complete(place, status=reply.status)
                return reply.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    def _signed(self, content: bytes, lie: str) -> dict[str, str]:
        """Nothing for vendors that sign nothing. The stamp is of our own time where the vendor's
        runs faster: the customer compares it with its own clock."""
        if self._vendor.terms.secret is None or lie == "unsigned":
            return {}
        clock = self._vendor.clock
        at = int(time.time()) if clock.speed else clock.now() // 1000
        at -= OLD if lie == "stale" else 0
        id = str(json.loads(content).get("id", UNKNOWN))
        secret = base64.b64decode(self._vendor.terms.secret.removeprefix("whsec_"))
        signature = hmac.digest(secret, b"%s.%d.%s" % (id.encode(), at, content), hashlib.sha256)
        if lie == "signature":
            signature = bytes(32)
        return {
            "webhook-id": id,
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
