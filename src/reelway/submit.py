"""Submit: hand one attempt to its engine, and write the receipt before anything else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from reelway.engine import Engine, Run
from reelway.errors import ReelwayError
from reelway.log import say
from reelway.means import Means
from reelway.move import move
from reelway.request import frame_size
from reelway.route import route
from reelway.task import Fault, Task
from reelway.voice import known_voices


async def submit(task: Task, means: Means) -> Task | None:
    """Queued → running, and the attempt begun. None: the task is over or somebody else's now."""
    try:
        engine = route(task.request, means.engines)
    except ReelwayError as error:  # what was on offer when it was accepted is not any more
        fault = Fault(code=error.code, message=error.message)
        await move(task, "failed", means, {"error": fault})
        return None
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
    return Run(
        task_id=task.id,
        attempt=task.attempt,
        out=means.tmp / f"{task.id}.{task.attempt}.mp4",
        size=frame_size(task.request, means.settings.animatic.scale),
        images={image.source: folder / f"{image.sha256}.png" for _, image in task.request.images()},
        progress=lambda percent, eta: means.live.report(task.id, percent, eta),
        accepted_at=task.accepted_at,
    )


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
