"""What documents say of the calls about providers: titles, summaries, sample answers."""

from __future__ import annotations

from collections.abc import Mapping

from reelway.request import VideoRequest
from reelway.supply import Bid, Changes, Preview, Quote, Standing
from reelway.wire import Operation, Reading, Reply, Route, Wire

TITLES: Mapping[Operation, str] = {
    "estimate": "Estimate a film",
    "preview": "Preview a film",
    "provider_list": "List providers",
    "provider_reload": "Read the providers again",
}
SUMMARIES: Mapping[Operation, str] = {
    "estimate": "What an order with this body would meet: its price in millionths, who would make "
    "it, every reason against the others, and how long it would wait. Nothing is ordered.",
    "preview": "A small film of what the animatic engine would make of this body: about 320×180, "
    "eight pictures a second, without sound, within a second once warm, as a data URL that a "
    "<video> takes. With the report of what was understood. No task is made, nothing is kept or "
    "charged, no slot is taken.",
    "provider_list": "How each provider stands: health, slots, who waits, what was spent, its last "
    "errors. For an admin's key.",
    "provider_reload": "Take over the providers of the settings file as it is now, and [hosted]. "
    "A fault in it is told, and the old ones stay. For an admin's key.",
}
PLAIN: tuple[Operation, ...] = ("provider_list",)
ADMIN: tuple[Operation, ...] = ("provider_list", "provider_reload")

FIRST = Bid(name="novita-eu", provider=True, price=630_000)
DEARER = Bid(
    name="mulerouter",
    provider=True,
    price=700_000,
    reasons={"dearer": "0.70 USD, and novita-eu 0.63 USD"},
)
UNABLE = Bid(
    name="aihubmax",
    provider=True,
    price=None,
    reasons={"cannot": "AIHubMax has no word for this last_frame"},
)
QUOTE = Quote(bids=(FIRST, DEARER, UNABLE), chosen=FIRST, position=3, wait=42, eta=130)
OWN = Bid(name="animatic", provider=False, price=0)
FREE = Quote(bids=(OWN,), chosen=OWN, position=0, wait=0, eta=2)
NONE = Quote(bids=(UNABLE,), chosen=None)
SEEN = Preview(
    engine="animatic",
    film=b"\0\0\0\x20ftypisom",  # the first bytes of one
    size=(320, 180),
    report={"understood": {"seed": 7, "shots": [{"place": "lake", "time": "dusk"}]}, "ignored": []},
)
CHANGES = Changes(added=("mulerouter",), changed=("novita-eu",), restart=("port",))


def replies_of(
    wire: Wire, route: Route, at: int, reading: Reading | None
) -> list[tuple[str, Reply]]:
    if wire.supply is None:
        return []
    if route.operation == "provider_reload":
        return [("", wire.supply.write_changes(CHANGES))]
    if route.operation == "provider_list":
        return [("", wire.supply.write_standings([_standing(at)]))]
    reading = reading or Reading(request=VideoRequest(), model_asked="kling-v3")
    if route.operation == "preview":
        return [("", wire.supply.write_preview(reading, SEEN))]
    return [
        ("By a provider", wire.supply.write_quote(reading, QUOTE)),
        ("By an engine here", wire.supply.write_quote(reading, FREE)),
        ("Nobody can", wire.supply.write_quote(reading, NONE)),
    ]


def _standing(at: int) -> Standing:
    return Standing(
        name="novita-eu",
        state="serving",
        wire="novita",
        address="https://api.novita.ai",
        models=("kling-v3",),
        breaker="open",
        breaker_since=at - 4000,
        probe_in=1.2,
        slots=5,
        busy=2,
        waiting=17,
        spent_today=4_620_000,
        spent_month=81_900_000,
        errors=((at - 4000, "HTTP 503"),),
    )
