"""A voice that is to be made: its sample was checked and measured when the task was accepted, so
all that is left is to keep it under an id of its owner's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from reelway.log import say
from reelway.means import Means
from reelway.move import move
from reelway.resource import VERSION, Resource
from reelway.task import Task

LONGEST_NAME = 20  # characters of a voice's name that come from its task's external id


async def make_voice(task: Task, means: Means) -> Task | None:
    """Queued → running → succeeded with the voice's id; restartable at any point."""
    if task.status == "queued":
        begun = {"engine": "animatic", "stage": "submitted", "started_at": means.now()}
        moved = await move(task, "running", means, begun)
        if moved is None:
            return None
        task = moved
    sha256 = (task.request.sample or "").removeprefix("asset:")
    asset = await means.store.asset(sha256)
    if asset is None:
        raise RuntimeError("the sample of an accepted voice is gone")
    voice = voice_of(task, sha256, asset.info, means.now())
    await means.store.add_resource(voice, [("sample", sha256)])
    changes = {"voice": voice.public_id, "stored_at": means.now()}
    done = await move(task, "succeeded", means, changes)
    if done:
        say("voice.made", task=task.public_id, voice=voice.public_id)
    return done


def voice_of(task: Task, sha256: str, info: Mapping[str, Any], now: int) -> Resource:
    """The same id whenever it is asked for, so that a step done again makes no second voice."""
    letters = base64.b32encode(hashlib.sha256(task.public_id.encode()).digest()).decode()
    return Resource(
        public_id=f"voice_{letters[:26]}",
        owner_id=task.owner_id,
        kind="voice",
        name=(task.request.external_id or task.public_id)[:LONGEST_NAME],
        data={"v": VERSION, "sample": sha256, **info},
        created_at=now,
    )


async def known_voices(task: Task, means: Means) -> dict[str, Mapping[str, Any]]:
    """What was measured of those of a task's voices that its owner made."""
    known: dict[str, Mapping[str, Any]] = {}
    for id in task.request.voices:
        if voice := await means.store.resource(task.owner_id, "voice", id):
            known[id] = {n: value for n, value in voice.data.items() if n not in ("v", "sample")}
    return known
