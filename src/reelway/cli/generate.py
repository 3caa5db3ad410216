"""`reelway generate`: one film, made and verified here, with no server and no database."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from reelway import captions
from reelway.app import make_engines
from reelway.cli.film import STILL, shots_of
from reelway.cli.output import check_output
from reelway.deliver import verify
from reelway.engine import Failure, Film, Run
from reelway.errors import EngineMissing, Internal, InvalidRequest
from reelway.media import Media
from reelway.outbound import Outbound
from reelway.request import (
    DEFAULT_DURATION,
    LONGEST,
    SHORTEST,
    Image,
    Shot,
    VideoRequest,
    frame_size,
)
from reelway.route import DEFAULT_ENGINE
from reelway.settings import Settings


def request_of(prompt: str, *, shots: tuple[str, ...], still: bool, **given: Any) -> VideoRequest:
    """The request that the options ask for. Raises InvalidRequest naming the option."""
    cut = tuple(Shot(duration=seconds, prompt=said) for seconds, said in shots_of(shots))
    total = sum(s.duration for s in cut)
    duration = given.pop("duration") or (total if cut else DEFAULT_DURATION)
    if cut and total != duration:
        raise InvalidRequest(f"the shots last {total} s, --duration says {duration}", field="shot")
    if not SHORTEST <= duration <= LONGEST:
        raise InvalidRequest(
            f"a film lasts {SHORTEST} to {LONGEST} s, not {duration}", field="shot"
        )
    if not prompt.strip() and not cut:
        raise InvalidRequest("the prompt is empty", field="prompt")
    frames = given.pop("first_frame"), given.pop("last_frame")
    return VideoRequest(
        kind="image" if any(frames) else "text",
        model=STILL if still else DEFAULT_ENGINE,
        prompt=prompt,
        duration=duration,
        shot_mode="customize" if cut else "none",
        shots=cut,
        **given,
    )


async def make_film(
    request: VideoRequest,
    frames: Mapping[str, Path | None],
    output: Path,
    settings: Settings,
    captions_file: Path | None = None,
) -> None:
    """Make, verify, and only then put the film at `output`, and its captions beside it. Raises
    ReelwayError."""
    engine = make_engines(settings, Outbound())[DEFAULT_ENGINE]
    if reason := engine.offers(request):
        raise EngineMissing(reason)
    check_output(output)
    if captions_file:
        check_output(captions_file)
    with tempfile.TemporaryDirectory(prefix="reelway-") as name:
        tmp = Path(name)
        media = Media(tmp)
        try:
            request, images = await _images(request, frames, media, tmp)
            size = frame_size(request, settings.animatic.scale)
            await engine.start()
            with _bar() as show:
                run = Run(
                    task_id=0,
                    attempt=1,
                    out=tmp / "film.mp4",
                    size=size,
                    images=images,
                    progress=lambda percent, eta: show(percent),
                )
                film = await engine.follow(await engine.submit(request, run), run)
                if isinstance(film, Failure):
                    raise Internal(film.message)
                if not isinstance(film, Film):
                    raise Internal("the engine's process was killed")
                verify(await media.probe(film.path), request, size)
                show(100)
            _put(film.path, output)
            if captions_file:
                (tmp / "captions").write_text(_captions(film.report, captions_file), "utf-8")
                _put(tmp / "captions", captions_file)
        finally:
            await engine.stop()
            await media.stop()
    _tell(film.report, output)


def _captions(report: Mapping[str, Any], path: Path) -> str:
    write = captions.srt if path.suffix.lower() == ".srt" else captions.vtt
    return write(report.get("captions", ()))


def _put(film: Path, output: Path) -> None:
    """Whole or not at all, and an older film stays until then. Raises Internal."""
    part = output.with_name(f".{output.name[:200]}.{secrets.token_hex(4)}")
    try:
        if output.exists() and not output.is_file():  # /dev/null, a pipe: written into
            shutil.copyfile(film, output)
            return
        shutil.copyfile(film, part)
        part.replace(output)
    except OSError as error:
        raise Internal(f"{output} cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


async def _images(
    request: VideoRequest, frames: Mapping[str, Path | None], media: Media, tmp: Path
) -> tuple[VideoRequest, dict[str, Path]]:
    known: dict[str, Image] = {}
    images: dict[str, Path] = {}
    for field, path in frames.items():
        if path is None:
            continue
        info = await media.check_image(path, f"--{field.replace('_', '-')}")
        source = f"asset:{field}"
        images[source] = tmp / f"{field}.png"
        await media.plain_image(path, images[source])
        known[field] = Image(source=source, width=info.width, height=info.height)
    return replace(
        request, first_frame=known.get("first_frame"), last_frame=known.get("last_frame")
    ), images


@contextmanager
def _bar() -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; call what it yields with the per cent."""
    columns = TextColumn("Rendering"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        line = bar.add_task("", total=100)
        yield lambda percent: bar.update(line, completed=percent)


def _tell(report: Mapping[str, Any], output: Path) -> None:
    console = Console(stderr=True)
    for entry in report.get("ignored", ()):
        console.print(f"not used: {entry['field']} ({entry['reason']})", markup=False)
    print(output)
