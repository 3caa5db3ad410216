"""Submit: hand one attempt to its engine, and write the receipt before anything else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from reelway.engine import Engine, Run
from reelway.log import say
from reelway.means import Means
from reelway.move import move
from reelway.request import frame_size
from reelway.task import Task
from reelway.voice import known_voices

ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


async def submit(task: Task, engine: Engine, means: Means) -> Task | None:
    """Queued → running, and the attempt begun. None: the task is over or somebody else's now."""
    begun = {"engine": engine.name, "stage": "submitting", "started_at": means.now()}
    moved = await move(task, "running", means, begun)
    if moved is None:
        return None
    run = replace(run_of(moved, engine, means), voices=await known_voices(moved, means))
    await plain_images(moved, run, means)
    receipt = await engine.submit(moved.request, run)
    noted = None
    try:
        noted = await means.store.note(moved, {"stage": "submitted", "receipt": receipt})
    finally:
        if noted is None:  # cancelled meanwhile, or it could not be written: nobody will follow it
            await engine.cancel(receipt, run)
    if noted is None:
        return None
    say("task.started", task=task.public_id, attempt=task.attempt, engine=engine.name)
    return noted


def run_of(task: Task, engine: Engine, means: Means) -> Run:
    """What the engine is told of this attempt; the same whenever it is asked."""
    folder = images_folder(task, means)
    images = {image.source: image.sha256 for _, image in task.request.images()}
    return Run(
        task_id=task.id,
        attempt=task.attempt,
        out=means.tmp / f"{task.id}.{task.attempt}.mp4",
        size=frame_size(task.request, means.settings.animatic.scale),
        images={
            source: means.assets.path(sha256) if engine.remote else folder / f"{sha256}.png"
            for source, sha256 in images.items()
        },
        progress=lambda percent, eta: means.live.report(task.id, percent, eta),
        accepted_at=task.accepted_at,
        request=task.request,
        wire=task.wire,
    )


async def links_of(task: Task, means: Means) -> dict[str, str]:
    """Where a vendor can fetch the task's pictures, by their sources; none where nobody outside can
    reach us."""
    found: dict[str, str] = {}
    for _, image in task.request.images():
        asset = await means.store.asset(image.sha256) if means.settings.public_url else None
        if asset and (ending := ENDINGS.get(asset.kind)):
            path = f"/files/{task.public_id}/{image.sha256}.{ending}"
            found[image.source] = (
                f"{means.settings.public_url}{means.links.sign(path, means.now())[0]}"
            )
    return found


def hook_of(task: Task, engine: Engine, means: Means) -> str:
    """Where the vendor may say that this task is over; empty where nobody outside can reach us."""
    if not means.settings.public_url:
        return ""
    token = hook_token(task.id, engine.name, means)
    return f"{means.settings.public_url}/hooks/{engine.name}/{token}"


def hook_token(task_id: int, provider: str, means: Means) -> str:
    return means.links.token("hook", f"{provider}\n{task_id}")


def images_folder(task: Task, means: Means) -> Path:
    return means.tmp / f"{task.id}.{task.attempt}.in"


async def plain_images(task: Task, run: Run, means: Means) -> None:
    """Upright RGB pictures for a local engine, which never decodes what a user sent."""
    if not run.images:
        return
    images_folder(task, means).mkdir(mode=0o700, exist_ok=True)
    for source, path in run.images.items():
        original = means.assets.path(source.removeprefix("asset:"))
        await means.media.plain_image(original, path)


def clear(task: Task, means: Means) -> None:
    """Remove what an attempt left in the temporary folder."""
    (means.tmp / f"{task.id}.{task.attempt}.mp4").unlink(missing_ok=True)
    shutil.rmtree(images_folder(task, means), ignore_errors=True)
