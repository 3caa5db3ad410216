"""The emulator: behave as a vendor does, with its failures, its limits and its prices.

    arranged(settings)      the settings as an emulation wants them: root, models, loopback
    told(settings)          what is emulated, in lines for whoever started it
    Emulator.take(…)        a create at an emulated vendor: refused as the vendor would, or given
                            its directives (`reelway.sandbox`) and a seat

What goes wrong is drawn from the seed and the number of the create among its key's, so the same
calls in the same order go wrong in the same way. Counters, seats and balances are the server's
memory: they begin anew with it. Seats are looked after when a create finds none left, or many
taken, and before a task is deleted; nothing else has to tell of a task's end.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reelway.engine import Engine
from reelway.errors import BalanceExhausted, Internal, Overloaded, QueueFull, ReelwayError
from reelway.money import shown
from reelway.request import Resolution, VideoRequest
from reelway.route import DEFAULT_ENGINE, FAMILIES, accounts
from reelway.settings import EmulateSettings, Settings, SettingsFault
from reelway.store import Store
from reelway.task import Key
from reelway.wire import Wire

BAD_KEY = "invalid"  # is refused as the vendor refuses an unknown one
LOOPBACK_RANGES = ("127.0.0.0/8", "::1/128")
FAILURE = "engine_error"  # of a drawn failure; see `reelway.sandbox.FAULTS`
MINUTE = 60_000  # milliseconds
MANY = 64  # seats
QUEUED = 0.2  # of a drawn latency, before it begins
SHORTEST_SHARED = 2.0  # seconds; a shorter latency is spent running: the queue is looked at by 1 s

# Micro-units of a US dollar for a second of film, without and with sound: the list prices of the
# upstream model, as its resellers publish them. At 4k sound costs nothing.
PRICES: Mapping[Resolution, tuple[int, int]] = {
    "720p": (84_000, 126_000),
    "1080p": (112_000, 168_000),
    "4k": (420_000, 420_000),
}


def price(request: VideoRequest) -> int:
    """Micro-units of a US dollar; making a voice is free."""
    if request.kind == "voice":
        return 0
    return PRICES[request.resolution][request.sound] * request.duration


@dataclass(eq=False)
class Seat:
    """What one create holds: a place among its key's open tasks, and its price."""

    request: VideoRequest  # with its directives
    price: int = 0
    queued: float = 0.0  # seconds before it begins
    task_id: int | None = None  # once the task stands


@dataclass
class _Account:
    """Of one key."""

    creates: int = 0
    recent: deque[int] = field(default_factory=deque)  # creates of the last minute, UTC ms
    seats: set[Seat] = field(default_factory=set)
    many: int = MANY  # seats, at which those whose tasks are over are given up
    spent: int = 0


class Emulator:
    """With no settings it emulates nobody, and takes every request as it is."""

    def __init__(self, settings: EmulateSettings | None = None) -> None:
        self._settings = settings or EmulateSettings()
        self._accounts: dict[int, _Account] = {}

    def emulates(self, wire: str) -> bool:
        return wire in self._settings.wires

    async def take(self, request: VideoRequest, key: Key, store: Store, now: int) -> Seat:
        """A seat for a create, until `leave`. Whoever makes a task of it sets the seat's `task_id`;
        else all is as if it had never been. Raises QueueFull, BalanceExhausted, and what the error
        rate asks for."""
        account = self._accounts.setdefault(key.id, _Account())
        self._limit_rate(account, now)
        number = account.creates
        account.creates += 1
        self._err(number)
        seat = self._seat(request, number)
        if len(account.seats) >= account.many or self._refusal(account, seat):
            await _settle(account, store)
        # From here to the seat nothing is awaited, so that no two take the last one.
        if refusal := self._refusal(account, seat):
            raise refusal
        if self._counts:
            account.seats.add(seat)
        return seat

    def leave(self, seat: Seat, key: Key) -> None:
        """The create is over."""
        if seat.task_id is None and (account := self._accounts.get(key.id)):
            account.seats.discard(seat)

    async def settle(self, public_id: str, owner_id: int, store: Store) -> None:
        """Before a task is deleted: afterwards nobody knows any more whether it had a film."""
        if not self._counts or (task := await store.find_task(owner_id, public_id)) is None:
            return
        if account := self._accounts.get(task.key_id or 0):
            await _settle(account, store)

    @property
    def _counts(self) -> bool:
        """Whether open tasks matter: else nobody looks after them at each create."""
        return self._settings.slots_per_key is not None or self._settings.balance is not None

    def _limit_rate(self, account: _Account, now: int) -> None:
        if (most := self._settings.requests_per_minute) is None:
            return
        while account.recent and not now - MINUTE < account.recent[0] <= now:
            account.recent.popleft()
        if len(account.recent) >= most:
            wait = -(-(account.recent[0] + MINUTE - now) // 1000)
            raise QueueFull(f"too many requests: {most} a minute at most", retry_after=max(1, wait))
        account.recent.append(now)

    def _err(self, number: int) -> None:
        if self._draw(number, "error") < self._settings.error_rate:
            errors: list[ReelwayError] = [
                QueueFull("too many requests", retry_after=1),
                Internal("an internal error"),
                Overloaded("the service is not available", retry_after=1),
            ]
            raise errors[int(self._draw(number, "which error") * len(errors))]

    def _refusal(self, account: _Account, seat: Seat) -> ReelwayError | None:
        most, balance = self._settings.slots_per_key, self._settings.balance
        if most is not None and len(account.seats) >= most:
            return QueueFull(f"too many open tasks: {most} at most", retry_after=1)
        held = account.spent + sum(other.price for other in account.seats)
        if balance is not None and held + seat.price > balance:
            return BalanceExhausted(
                f"the balance is not enough: {shown(balance - held)} USD is left, "
                f"this film costs {shown(seat.price)} USD"
            )
        return None

    def _seat(self, request: VideoRequest, number: int) -> Seat:
        """The caller's own directives win over what is drawn."""
        said, queued = request.sandbox, 0.0
        if request.kind == "voice":
            return Seat(request=request)
        drawn: dict[str, Any] = {}
        if self._draw(number, "failure") < self._settings.failure_rate and "stall" not in said:
            drawn["fail"] = FAILURE
        if self._settings.link_seconds is not None:
            drawn["expire"] = self._settings.link_seconds
        if self._settings.latency and "delay" not in said:
            least, most = self._settings.latency
            delay = round(least + (most - least) * self._draw(number, "latency"), 1)
            drawn["delay"] = delay
            queued = QUEUED * delay if delay >= SHORTEST_SHARED else 0.0
        directed = replace(request, sandbox={**drawn, **said})
        return Seat(request=directed, price=price(request), queued=queued)

    def _draw(self, number: int, what: str) -> float:
        return random.Random(f"{self._settings.seed}/{number}/{what}").random()


async def _settle(account: _Account, store: Store) -> None:
    """Give up the seats of tasks that are over: a film is paid for, anything else is not."""
    for seat in list(account.seats):
        if seat.task_id is None:
            continue
        task = await store.task(seat.task_id)
        if (task is None or task.over) and seat in account.seats:
            account.seats.remove(seat)
            if task and task.status == "succeeded":
                account.spent += seat.price
    account.many = 2 * len(account.seats) + MANY


def sandboxed(engine: str, engines: Mapping[str, Engine]) -> bool:
    """Whether directives are obeyed: where nothing real can be ordered as things stand now, and a
    film that fails because it was told to deceives nobody."""
    return engine == DEFAULT_ENGINE and not accounts(engines)


def arranged(settings: Settings, known: Iterable[str]) -> Settings:
    """The settings as an emulation wants them; as they are where none is asked for. `known` are
    the wires that there are. Raises SettingsFault."""
    wires = settings.emulate.wires
    if not wires:
        return settings
    faults = [f"emulate.wires: no wire is named {w}; there are: {', '.join(known)}"
              for w in wires if w not in known]  # fmt: skip
    if getattr(settings, "providers", ()):
        faults.append("emulate.wires: not where a provider is configured: any key that somebody "
                      "makes up could order films there, which you pay")  # fmt: skip
    if faults:
        raise SettingsFault(faults)
    # With any key taken, whoever reaches us could reach this machine's other servers through us.
    private = () if _reachable(settings) else LOOPBACK_RANGES
    return settings.model_copy(
        update={
            "root": tuple(dict.fromkeys([*wires, *settings.root])),
            "model_map": {**dict.fromkeys(FAMILIES, settings.emulate.model), **settings.model_map},
            "allow_private": tuple(dict.fromkeys([*settings.allow_private, *private])),
        }
    )


def _reachable(settings: Settings) -> bool:
    """From other machines: a public address on loopback means a proxy in front."""
    return settings.exposed or settings.public_url is not None


def told(settings: Settings, wires: Mapping[str, Wire]) -> list[str]:
    """What is emulated, in lines for whoever started it; `settings` as arranged."""
    said = settings.emulate
    if not said.wires:
        return []
    parts = [f"films by {said.model}"]
    if said.latency:
        parts.append("latency {:g}–{:g} s".format(*said.latency))
    parts += [f"{rate:.0%} of {what}" for rate, what in (
        (said.failure_rate, "tasks fail"), (said.error_rate, "creates are refused")) if rate
    ]  # fmt: skip
    if said.failure_rate or said.error_rate or said.latency:
        parts.append(f"seed {said.seed}")
    for number, words in (
        (said.link_seconds, "links live {} s"),
        (said.slots_per_key, "{} open tasks a key"),
        (said.requests_per_minute, "{} creates a minute and key"),
    ):
        if number is not None:
            parts.append(words.format(number))
    if said.balance is not None:
        parts.append(f"{shown(said.balance)} USD a key")
    names = ", ".join(wires[name].title for name in said.wires)
    lines = [
        f"Emulating {names}: {'; '.join(parts)}.",
        f'Every key is accepted, each an owner of its own, but for "{BAD_KEY}"; nothing is paid.',
    ]
    if _reachable(settings):
        where = settings.public_url or settings.host
        lines.append(f"Whoever can reach {where} can order films: guard it.")
    if settings.allow_private:
        ranges = ", ".join(settings.allow_private)
        lines.append(f"Webhooks and images may reach {ranges}.")
    return lines
