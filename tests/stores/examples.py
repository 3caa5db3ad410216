"""Values to put in a store, and ways to put them there."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from reelway.request import Element, Image, Shot, VideoRequest
from reelway.store import Asset, Once, Store
from reelway.task import Draft, Owner, Status, Task

NOW = 1_760_000_000_000
HASHES = [f"{n:064x}" for n in range(1, 9)]

AWKWARD = VideoRequest(
    kind="reference",
    model="kling-o3",
    resolution="4k",
    prompt="Ein Fuchs – <<<element_1>>> – läuft; 一只狐狸 \U0001f98a \"'\\ \x7f",
    negative_prompt="grain\n\tblur",
    cfg_scale=0.1 + 0.2,
    duration=15,
    aspect_ratio="9:16",
    sound=True,
    first_frame=Image(source="asset:" + HASHES[0], width=1920, height=1081),
    references=(Image(source="asset:" + HASHES[1]),),
    shot_mode="customize",
    shots=(Shot(prompt="one", duration=7), Shot(prompt="zwei", duration=8)),
    elements=(
        Element(
            frontal=Image(source="asset:" + HASHES[2]),
            references=(Image(source="asset:" + HASHES[3], width=3, height=4),),
        ),
    ),
    voices=("v1", "v2"),
    seed=2**31 - 1,
    webhook="https://example.org/?a=1&b=ü",
    external_id="null",
    labels={"k": "v", "": ""},
    extra={"nested": {"list": [1, 2.5, None, True, "x"]}},
)

_numbers = itertools.count(1)


def draft(owner: Owner, **changes: Any) -> Draft:
    plain = Draft(
        public_id=f"task_{next(_numbers):06}",
        owner_id=owner.id,
        key_id=None,
        wire="native",
        model_asked="kling-v3.0-std",
        request=VideoRequest(prompt="a fox"),
        body=b'{"prompt":"a fox"}',
        report={},
        base_url=None,
        accepted_at=NOW,
    )
    return replace(plain, **changes)


def once(key: str = "k", **changes: Any) -> Once:
    plain = Once(key=key, fingerprint=b"f" * 32, status=200, body=b'{"id":"\xc3\xa4"}')
    return replace(plain, **changes)


def film(sha256: str = HASHES[0], **changes: Any) -> Asset:
    plain = Asset(
        sha256=sha256, kind="video/mp4", size=12, info={"frames": 120, "fps": 24.0}, created_at=NOW
    )
    return replace(plain, **changes)


async def new(store: Store, owner: Owner, **changes: Any) -> Task:
    task = await store.create(draft(owner, **changes))
    assert isinstance(task, Task)
    return task


async def put(store: Store, owner: Owner, status: Status) -> Task:
    """A new task in that status."""
    task = await new(store, owner)
    if status not in ("queued", "cancelled"):
        task = await moved(store, task, "running")
    return task if task.status == status else await moved(store, task, status)


async def moved(store: Store, task: Task, to: Status, **changes: Any) -> Task:
    after = await store.move(task, to, NOW + 1000, changes)
    assert after
    return after
