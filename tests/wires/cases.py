"""What every wire's tests share: a call on one of its routes, and bodies gone wrong."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from reelway.errors import ReelwayError
from reelway.wire import Call, Reading, Reply, Wire

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def call_of(wire: Wire, path: str, data: Any = None, method: str = "POST", **query: str) -> Call:
    """A call as the server makes it: with its route, where the path is one of the wire's."""
    route = next((r for r in wire.routes if (r.method, r.path) == (method, path)), None)
    return Call(method=method, path=path, query=query, data=data, route=route)


def ask(wire: Wire, path: str, data: Any) -> Reading | Reply:
    """What comes of a create: a reading, or the vendor's error body."""
    try:
        return wire.read_request(call_of(wire, path, copy.deepcopy(data)))
    except ReelwayError as error:
        return wire.write_error(error)


def loop(wire: Wire, reading: Reading) -> Reading:
    """Our writer's request, read by our reader."""
    call = wire.write_request(reading.request)
    return wire.read_request(call_of(wire, call.path, call.data))


# Values of every kind that JSON can hold, and some that only Python can.
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "5", "10.0", "3.5", "NaN", "true", "yes", "16:9", "\0", "\ud800", "asset:00"]
    ),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=3)), max_size=8),
    st.dictionaries(st.text(max_size=6), st.integers(), max_size=3),
)


@st.composite
def mutations(draw: st.DrawFn, bodies: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """One of `bodies` with a few fields dropped, replaced by junk, or added."""
    body: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 4))):
        place: Any = body
        for shots in [v for v in body.values() if isinstance(v, list) and v]:
            if draw(st.booleans()) and isinstance(shots[0], dict):
                place = shots[0]
        name = draw(st.one_of(st.sampled_from(names), st.text(max_size=5)))
        if draw(st.booleans()):
            place[name] = draw(JUNK)
        else:
            place.pop(name, None)
    return body
