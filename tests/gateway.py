"""A gateway over fake vendors: real sockets, real films, and a time that passes only in sleep.

    async with gateway(tmp_path, Novita) as gate:         # or several vendors, or settings
        gate.vendors[0].fault("cut_after", create=1)
        task = await gate.ended(await order(gate.means, prompt="fox 1"))
        assert gate.vendors[0].ledger.jobs_made("fox 1") == 1

Whoever sleeps lets the time of the gateway and of its vendors pass by as much, so that a week of
looks is over in a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from fakes import NOW, Clock, FakeEngine, means_on, order, row, start
from reelway.breaker import Breaker, Trip
from reelway.due import due
from reelway.engines.hosted import Hosted
from reelway.lines import JobError
from reelway.means import FILM_FLOW, Means
from reelway.media import AudioInfo, FilmInfo, NotAFilm, films
from reelway.outbound import Outbound
from reelway.provider import Provider
from reelway.providers import Providers
from reelway.runners.local import Later, LocalRunner
from reelway.settings import Settings
from reelway.task import Task
from reelway.wire import wires
from vendors.vendor import KEY, Vendor

LOOPBACK = ip_network("127.0.0.0/8")
SCALE = 0.125
LONG = 40 * 86_400  # seconds in which everything has ended

PassBy = Callable[[float], Awaitable[None]]


class Passing:
    """A timer whose time passes at once, for everybody."""

    def __init__(self, seconds: float, call: Callable[[], None], pass_by: PassBy) -> None:
        self._cancelled = False
        self._task = asyncio.ensure_future(self._pass(seconds, call, pass_by))

    async def _pass(self, seconds: float, call: Callable[[], None], pass_by: PassBy) -> None:
        await asyncio.sleep(0)
        if not self._cancelled:  # from here on it passes for all of them, or for none
            await pass_by(seconds)
        if not self._cancelled:
            call()

    def cancel(self) -> None:
        self._cancelled = True


class NearMedia:
    """Films are looked at as ever, but in this process: a helper takes a second to start."""

    async def probe(self, path: Path) -> FilmInfo:
        try:
            found = films.probe(path)
        except JobError as error:
            raise NotAFilm(error.message, code=error.code) from error
        sound = AudioInfo(**found["audio"]) if found["audio"] else None
        return FilmInfo(**found | {"faults": tuple(found["faults"]), "audio": sound})


@dataclass
class Gate:
    means: Means
    vendors: list[Vendor]
    clock: Clock
    engines: dict[str, Hosted] = field(default_factory=dict)

    async def ended(self, task: Task, within: float = LONG) -> Task:
        """The row once it is over; or where it stands after `within` seconds."""
        until = self.clock.at + within * 1000
        async with asyncio.timeout(30):
            while not (fresh := await row(self.means, task)).over and self.clock.at < until:
                if fresh.next_at is not None:
                    await self.pass_by(max(0, fresh.next_at - self.clock.at) / 1000)
                await due(self.means)
                await asyncio.sleep(0.001)
        return fresh

    async def passed(self, seconds: float) -> None:
        """So much time, for whoever is at work still."""
        until = self.clock.at + seconds * 1000
        async with asyncio.timeout(30):
            while self.open and self.clock.at < until:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    @property
    def working(self) -> bool:
        """Whether a run works, and does not merely rest."""
        return any(f":{FILM_FLOW}:" in task.get_name() for task in asyncio.all_tasks())

    @property
    def open(self) -> int:
        """Runs that work or rest."""
        runner = self.means.runner
        assert isinstance(runner, LocalRunner)
        return runner.begun

    async def pass_by(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for vendor in self.vendors:
            await vendor.advance(seconds)

    @property
    def vendor(self) -> Vendor:
        (vendor,) = self.vendors
        return vendor


def provider_of(vendor: Vendor, **more: Any) -> Provider:
    said = {
        "name": f"{vendor.name}-1",
        "wire": vendor.name,
        "address": vendor.address,
        "key": KEY,
        "prices": {"720p": "0.084", "720p sound": "0.126"},
        **more,
    }
    return Provider.model_validate(said)


@asynccontextmanager
async def gateway(
    folder: Path,
    *kinds: type[Vendor] | Vendor,
    hosted: Mapping[str, Any] | None = None,
    provider: Mapping[str, Any] | None = None,
    begin: bool = True,
    at: int = NOW,
    timer: Callable[[PassBy], Later] | None = None,
    **changes: Any,
) -> AsyncIterator[Gate]:
    """One provider for each vendor, in this order; the means are those of `fakes`, but for media
    and the way out, which are real. A vendor that is open already stays so."""
    clock = Clock(at)
    async with AsyncExitStack() as stack:
        vendors = [
            kind if isinstance(kind, Vendor) else await stack.enter_async_context(
                kind(speed=0, start=at, scale=SCALE)
            )
            for kind in kinds
        ]  # fmt: skip
        outbound = await stack.enter_async_context(Outbound(allow_private=[LOOPBACK]))

        async def pass_by(seconds: float) -> None:
            clock.advance(seconds)
            for vendor in vendors:
                await vendor.advance(seconds)

        def seconds() -> float:
            return clock.at / 1000

        def account(provider: Provider) -> Hosted:
            wire = wires()[provider.wire]
            made = Hosted(provider, wire, outbound, clock=seconds, sleep=pass_by, now=clock)
            made.breaker = Breaker(Trip(in_a_row=1000, least=1000))
            return made

        said = [
            provider_of(vendor, order=n, **(provider or {})) for n, vendor in enumerate(vendors)
        ]
        engines = Providers(
            {"animatic": FakeEngine()}, Settings(hosted=hosted or {}, providers=said), account
        )
        later = timer(pass_by) if timer else partial(Passing, pass_by=pass_by)
        parts = {
            "engines": engines,
            "outbound": outbound,
            "media": NearMedia(),
            "runner": LocalRunner(seconds, later),
            "now": clock,
        }
        means = await stack.enter_async_context(means_on(folder, **(parts | changes)))
        gate = Gate(
            means=means,
            vendors=vendors,
            clock=clock,
            engines={name: e for name, e in engines.items() if isinstance(e, Hosted)},
        )
        if begin:
            await start(means, slots=5)
        yield gate


__all__ = ["Gate", "gateway", "order", "provider_of"]
