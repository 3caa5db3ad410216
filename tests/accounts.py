"""Accounts at vendors that are none, and sets of them as the settings would make them.

provider("north", slots=2, price="0.10")      as the settings say it
FakeAccount(provider("north"))                an engine of that provider; nobody is called
live([provider("north"), …])                  Providers over them, and the animatic engine
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fakes import FakeEngine
from reelway.breaker import Breaker, Trip
from reelway.engine import Cost, Run
from reelway.provider import Provider
from reelway.providers import Providers
from reelway.request import VideoRequest
from reelway.settings import Settings
from reelway.tally import CallKind, CallOutcome

SECRET = "sk-very-secret-1234567890"


def provider(name: str = "north", *, price: str | None = None, **said: Any) -> Provider:
    prices = {f"{resolution}": price for resolution in ("720p", "1080p", "4k")} if price else {}
    plain = {"wire": "novita", "address": f"https://{name}.example.com", "key": SECRET}
    return Provider.model_validate({"name": name, "prices": prices, **plain, **said})


class FakeAccount(FakeEngine):
    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.name, ())
        self.remote = True
        self.retired = False
        self.breaker = Breaker(Trip(in_a_row=1, pause=30))
        self.calls: Counter[tuple[CallKind, CallOutcome]] = Counter()
        self.errors: deque[tuple[int, str]] = deque()
        self.started = 0
        self.documents: str | None = None  # what they say against every film
        self.change(provider)

    def change(self, provider: Provider) -> None:
        self.provider = provider
        self.families = provider.models
        self.slots = provider.slots

    def cost(self, request: VideoRequest) -> Cost:
        return Cost(cpu_seconds=0, memory=0)

    def price(self, request: VideoRequest) -> int | None:
        return self.provider.price(request)

    def doubts(self, request: VideoRequest) -> str | None:
        return self.documents

    async def prepare(self, request: VideoRequest, run: Run) -> VideoRequest:
        return request

    async def start(self) -> None:
        self.started += 1


def settings_of(providers: Iterable[Provider], hosted: Mapping[str, Any] | None = None) -> Settings:
    return Settings.model_validate({"providers": tuple(providers), "hosted": hosted or {}})


def live(
    providers: Iterable[Provider] = (),
    read: Callable[[], Settings] | None = None,
    **hosted: Any,
) -> Providers:
    own = {"animatic": FakeEngine("animatic", ("animatic", "animatic-still"))}
    return Providers(own, settings_of(providers, hosted), FakeAccount, read)


def account_of(engines: Mapping[str, Any], name: str) -> FakeAccount:
    found = engines[name]
    assert isinstance(found, FakeAccount)
    return found
