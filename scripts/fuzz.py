"""Send bodies gone wrong to every wire, through the whole edge (store, intake and all).

    python scripts/fuzz.py [--bodies 20000] [--seed N]

For each wire: its golden bodies with fields dropped, replaced by junk or added, and raw bytes that
are no JSON at all. Every answer must be a refusal or an acceptance in the wire's own form: no 500,
no traceback, no path, no key, within a second. Exits 1 at the first that is not.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import httpx

from fakes import FakeOutbound, means_on, owner_of
from reelway.errors import InvalidRequest
from reelway.keyring import create_key
from reelway.server.asgi import Edge
from reelway.server.auth import Keys
from reelway.server.dispatch import Table
from reelway.settings import Settings
from reelway.wire import wires
from wires import test_aihubmax, test_mulerouter, test_myrouter, test_native, test_novita

SLOWEST = 1.0  # seconds
JUNK: list[Any] = [
    None, True, False, 0, -1, 3, 5, 7.0, 3.5, 1e308, 10**30, -(10**30), "", " ", "5", "10.0", "NaN",
    "yes", "true", "16:9", "on", "720p", "\0", "asset:00", "stored:x", "http://127.0.0.1/", "file:///",
    "data:image/png;base64,AAAA", "<<<element_1>>>", "<<<voice_9>>>", "@Element1", "x" * 3000,
    "狐" * 600,
    [], [None], [1, "a", {}], ["a"] * 9, {}, {"prompt": "a"}, {"prompt": "a", "duration": 3},
    [{"prompt": "a", "duration": 3}] * 2, [{}] * 7, {"a": {"b": [{}]}}, [[[[[[]]]]]],
]  # fmt: skip
BYTES = [b"\\ud800", b"\\u0000", b"[" * 500, b'"', b"1e999", b"\xff"]
NAMES = (
    "prompt negative_prompt duration sound cfg_scale aspect_ratio multi_prompt image end_image "
    "multi_shot shot_type elements first_frame last_frame model resolution generate_audio mode "
    "image_url image_tail_url shots shot_mode seed voices labels webhook external_id images "
    "index voice_ids voice_url"
).split()
LEAKS = ("Traceback", 'File "', "/src/", "/site-packages/", "sqlite", "apsw", "pydantic")


class Web(FakeOutbound):
    """Everything on files.example.com is a picture; nothing else is there."""

    async def fetch(self, url: str, path: Path, *, field: str, **limits: Any) -> Any:
        gone = InvalidRequest(f"{field} could not be fetched", field=field, code="fetch_failed")
        self.pages[url] = b"a picture" if url.startswith("https://files.example.com/") else gone
        return await super().fetch(url, path, field=field, **limits)


def golden() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Paths and bodies that are taken, by wire."""
    return {
        "novita": [(test_novita.path(s), b) for s, b, _ in test_novita.REQUESTS],
        "myrouter": [(test_myrouter.path(s), b) for s, b, _ in test_myrouter.REQUESTS],
        "mulerouter": [(p, b) for p, b, _ in test_mulerouter.REQUESTS],
        "aihubmax": [
            (test_aihubmax.CREATE, {"model": m, **b}) for m, b, _ in test_aihubmax.REQUESTS
        ],
        "native": [("/api/v1/tasks", b) for b, _ in test_native.REQUESTS],
    }


def mutated(body: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(json.dumps(body))
    for _ in range(dice.randint(1, 4)):
        places = [out, *(v[0] for v in out.values() if isinstance(v, list) and v)]
        place = dice.choice([p for p in places if isinstance(p, dict)])
        name = dice.choice([*place, *NAMES, "wibble", "\u202e"])
        if dice.random() < 0.2:
            place.pop(name, None)
        else:
            place[name] = copy.deepcopy(dice.choice(JUNK))
    return out


def raw(body: dict[str, Any], dice: random.Random) -> bytes:
    """The body's JSON, a few bytes of it changed; often no JSON any more."""
    data = bytearray(json.dumps(body).encode())
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data))
        match dice.randrange(3):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randint(1, 8)]
            case _:
                data[at:at] = dice.choice(
                    [b"\\ud800", b"\\u0000", b"[" * 500, b'"', b"1e999", b"\xff"]
                )
        if not data:
            break
    return bytes(data)


async def fuzz(bodies: int, seed: int) -> dict[str, Counter[int]]:
    """Statuses by wire. Raises AssertionError, with what was sent."""
    dice = random.Random(seed)
    counts: dict[str, Counter[int]] = {}
    with tempfile.TemporaryDirectory() as name:
        async with means_on(Path(name), outbound=Web()) as means:
            await owner_of(means)
            key = await create_key(means.store, "fuzz", "ann")
            edge = Edge(Table(wires(), Settings().root), Keys(means.store), means)
            headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
            transport = httpx.ASGITransport(app=edge)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", headers=headers
            ) as client:
                for wire, known in golden().items():
                    counts[wire] = Counter()
                    for n in range(bodies):
                        path, body = dice.choice(known)
                        wrong = raw(body, dice) if n % 4 == 0 else _dump(mutated(body, dice))
                        counts[wire][await _send(client, f"/{wire}{path}", wrong, key)] += 1
    return counts


def _dump(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


async def _send(client: httpx.AsyncClient, path: str, body: bytes, key: str) -> int:
    began = time.perf_counter()
    reply = await client.post(path, content=body)
    took = time.perf_counter() - began
    sent = f"{path} {body[:2000]!r} → {reply.status_code} {reply.text[:500]}"
    assert reply.status_code < 500, sent
    assert took < SLOWEST, f"{took:.2f} s: {sent}"
    assert key not in reply.text, sent
    assert not any(leak in reply.text for leak in LEAKS), sent
    reply.json()
    return reply.status_code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=20_000, help="for each wire")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for wire, counts in asyncio.run(fuzz(given.bodies, given.seed)).items():
        print(wire, dict(sorted(counts.items())))


if __name__ == "__main__":
    main()
