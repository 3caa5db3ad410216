"""The contract of a wire's calls about webhooks: endpoints, their secrets, deliveries.

Most vendors have no such calls: their wires have None for `Wire.hooks`, and no route with one of
these operations.

    Trial      what a receiver said to a sample
    HookWords  the calls in a wire's words ⇄ ours
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from reelway.webhook import Delivery, DeliveryListing, Endpoint, EndpointOrder, Try, WebhookEvent

if TYPE_CHECKING:
    from reelway.wire import Call, Reply


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A sample that was sent at once; `outcome` as of a delivery's try."""

    event: WebhookEvent
    delivered: bool
    outcome: Try


class HookWords(Protocol):
    def read_endpoint(self, call: Call) -> EndpointOrder:
        """What is to be registered. Raises InvalidRequest."""

    def read_change(self, call: Call) -> EndpointOrder: ...

    def read_rotation(self, call: Call) -> bool:
        """Whether the old secrets are bad at once."""

    def read_replay(self, call: Call) -> int:
        """Since when, in UTC milliseconds."""

    def read_deliveries(self, call: Call) -> DeliveryListing: ...

    def write_endpoint(
        self, endpoint: Endpoint, *, secret: str | None = None, created: bool = False
    ) -> Reply: ...

    def write_endpoints(self, endpoints: Sequence[Endpoint]) -> Reply: ...

    def write_secret(self, secret: str) -> Reply:
        """What webhooks to addresses that requests name are signed with."""

    def write_trial(self, trial: Trial) -> Reply: ...

    def write_replayed(self, deliveries: int) -> Reply: ...

    def write_delivery(self, delivery: Delivery, tries: Sequence[Try]) -> Reply: ...

    def write_deliveries(self, deliveries: Sequence[Delivery], next_id: str | None) -> Reply: ...
