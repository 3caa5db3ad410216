"""Providers: every engine by name, those that are built in and one for each of the settings'
`[[providers]]`, as they are now. What is read from it follows a reload.

    settings file ──> read ──> change ──> added      serves at once
                                          changed    the same account: its open tasks see it too
                                          removed    takes nothing new; what it has is followed

A provider that was removed stays here until the process ends, `retired`: its address and its key
are needed for what its vendor has accepted from us. One that comes back by its name is the same
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol, cast

from reelway.breaker import Breaker
from reelway.engine import Engine, Remote
from reelway.errors import Conflict
from reelway.provider import Policy, Provider, faults
from reelway.request import VideoRequest
from reelway.settings import Settings, SettingsFault
from reelway.supply import Changes
from reelway.tally import CallKind, CallOutcome
from reelway.wire import wires

LIVE = frozenset({"providers", "hosted"})  # settings that change without a restart


class Account(Remote, Protocol):
    """A remote engine that is an account at a vendor."""

    families: tuple[str, ...]  # the models that it serves beside others
    provider: Provider
    breaker: Breaker
    retired: bool
    calls: Mapping[tuple[CallKind, CallOutcome], int]  # how many
    errors: Sequence[tuple[int, str]]  # the last ones: UTC milliseconds, words; the newest last

    def price(self, request: VideoRequest) -> int | None:
        """Micro-units for the whole film; None where it is not known."""

    def change(self, provider: Provider) -> None:
        """The same account by the settings as they are now, for its open tasks as well."""

    def doubts(self, request: VideoRequest) -> str | None:
        """What its vendor's documents say against a film that it `offers`; None where nothing.
        Only the vendor knows: it counts as long as another can make it. Cheap, pure."""


class Providers(Mapping[str, Engine]):
    """`own` are the engines that are no providers. Raises SettingsFault."""

    def __init__(
        self,
        own: Mapping[str, Engine],
        settings: Settings,
        make: Callable[[Provider], Account],
        read: Callable[[], Settings] | None = None,
    ) -> None:
        self.hosted = settings.hosted
        self.changing = asyncio.Lock()  # one reload at a time
        self._own = own
        self._settings = settings
        self._make = make
        self._read = read
        if wrong := faults(settings.providers, wires(), own):
            raise SettingsFault(wrong)
        self._accounts = {provider.name: make(provider) for provider in settings.providers}

    def __getitem__(self, name: str) -> Engine:
        return self._own[name] if name in self._own else self._accounts[name]

    def __iter__(self) -> Iterator[str]:
        return chain(self._own, self._accounts)

    def __len__(self) -> int:
        return len(self._own) + len(self._accounts)

    def policy(self, model: str) -> Policy:
        return self.hosted.policies.get(model, self.hosted.policy)

    def read(self) -> Settings:
        """The settings as they are in the file now. Raises SettingsFault, Conflict."""
        if self._read is None:
            raise Conflict("no server runs here that could read its settings again")
        return self._read()

    def change(self, settings: Settings) -> Changes:
        """To the providers of these. Raises SettingsFault, and then nothing has changed."""
        before, wanted = self._accounts, {p.name: p for p in settings.providers}
        wrong = [*faults(settings.providers, wires(), self._own), *_mixed_up(before, wanted)]
        if wrong:
            raise SettingsFault(wrong)
        serving = {name for name, account in before.items() if not account.retired}
        told = Changes(
            added=tuple(name for name in wanted if name not in serving),
            changed=tuple(n for n in wanted if n in serving and _differ(before[n], wanted[n])),
            removed=tuple(name for name in before if name in serving and name not in wanted),
            hosted=settings.hosted != self.hosted,
            restart=self._others(settings),
        )
        fresh = {n: self._make(wanted[n]) for n in told.added if n not in before}
        for name, account in before.items():
            account.retired = name not in wanted
            if not account.retired:
                account.change(wanted[name])
        retired = {name: account for name, account in before.items() if account.retired}
        self._accounts = {**{n: fresh.get(n) or before[n] for n in wanted}, **retired}
        self.hosted = settings.hosted
        return told

    def _others(self, settings: Settings) -> tuple[str, ...]:
        """The settings that were changed, too, and have no effect before a restart."""
        names = [name for name in Settings.model_fields if name not in LIVE]
        old = self._settings
        return tuple(name for name in names if getattr(settings, name) != getattr(old, name))


def accounts_of(engines: Mapping[str, Engine]) -> dict[str, Account]:
    """Those that are at vendors, the retired ones as well."""
    return {
        name: cast(Account, engine)
        for name, engine in engines.items()
        if getattr(engine, "remote", False)
    }


def _mixed_up(before: Mapping[str, Account], wanted: Mapping[str, Provider]) -> list[str]:
    return [
        f"providers: {name} speaks {before[name].provider.wire}, in which its tasks are known; "
        f"an account that speaks {new.wire} needs another name"
        for name, new in wanted.items()
        if name in before and before[name].provider.wire != new.wire
    ]


def _differ(account: Account, provider: Provider) -> bool:
    """Also where a key's file has another key in it now."""
    return account.provider != provider or account.provider.secret != provider.secret
