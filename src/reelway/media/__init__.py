"""The media helper: whatever is decoded is decoded in its children, never in `serve`.

    media = Media(tmp)
    info = await media.check_image(path, "first_frame")     # or BadImage, naming the field
    await media.plain_image(path, out)                      # what engines get
    film = await media.probe(path)                          # or NotAFilm
    await media.poster(path, out)
    voice = await media.check_audio(path, "voice_url")      # or BadAudio, naming the field
    await media.stop()

Three children, each begun when first needed, ended when idle, renewed after some jobs: one for
pictures that users send, one for sounds that they send, one for films, so that no hostile
picture delays a finished film. All run with limits on memory, CPU time and wall time. This
module is the parent's side and imports no decoder; `__main__` and `sounds` are the children's.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reelway.child import Child, ChildDied, ChildSlow
from reelway.errors import (
    BadAudio,
    BadImage,
    EngineMissing,
    Internal,
    Overloaded,
    ReelwayError,
    disk_full,
)
from reelway.lines import DISK_FULL

MOST_BYTES = 10 * (1 << 20)  # of an image as sent
SHORTEST_SIDE = 300  # pixels
MOST_RATIO = (5, 2)  # longer to shorter side, inclusive
MOST_PIXELS = 50_000_000
LONGEST_PLAIN = 4096  # pixels of a side that engines get
LONGEST_POSTER = 1280  # pixels

# Of voice samples. Kling documents 5 to 30 s for its own; that its siblings mean the same is
# inferred. Nobody documents a size: assumed.
MOST_AUDIO_BYTES = 20 * (1 << 20)
SHORTEST_AUDIO, LONGEST_AUDIO = 5.0, 30.0  # seconds, inclusive

MEMORY = 2 << 30  # bytes of address space; 50 megapixels with alpha take 0.86 GB, a 4K film 0.45
JOBS = 200  # after which a child is renewed: decoders leak
IDLE = 120.0  # seconds after which a child is ended
IMAGE_CPU, IMAGE_WALL = 10, 20.0  # seconds a job
SOUND_CPU, SOUND_WALL = 10, 20.0
FILM_CPU, FILM_WALL = 30, 60.0

_TRIES = 2


class NotAFilm(Internal):
    """`code` is not_a_film or film_incomplete: nothing that can be kept as a film."""

    code = "not_a_film"


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    kind: Literal["jpeg", "png"]
    width: int  # pixels, upright
    height: int

    @property
    def media_type(self) -> str:
        return f"image/{self.kind}"


@dataclass(frozen=True, kw_only=True)
class AudioInfo:
    codec: str  # MediaInfo's name, e.g. "AAC"
    channels: int
    sample_rate: int  # a second
    duration: float  # seconds


@dataclass(frozen=True, kw_only=True)
class AudioSample:
    """A voice sample, and what the voice in it is like: measured in its loudest channel."""

    kind: Literal["mp3", "ogg", "wav", "m4a", "aac"]  # the container's, by content
    media_type: str
    duration: float  # seconds, as decoded
    channels: int
    sample_rate: int  # a second
    pitch: float | None  # Hz, median of the voiced frames, 60 to 500; None: nothing is voiced
    pitch_spread: float  # semitones between its quartiles
    brightness: float  # Hz, centroid of the spectrum up to 8 kHz, median of the voiced frames
    pace: float  # syllable-like peaks of the level, a second of the whole length
    loudness: float  # dBFS, RMS of the whole length; a full sine is -3


@dataclass(frozen=True, kw_only=True)
class FilmInfo:
    """What the file holds. Complete: nothing is missing by MediaInfo and by the file's tables;
    else `faults` says what."""

    width: int
    height: int
    frames: int
    frame_rate: float  # a second
    constant_rate: bool
    duration: float  # seconds, of the picture track
    bytes: int
    container: str  # MediaInfo's name, e.g. "MPEG-4"
    video_codec: str  # likewise, e.g. "AVC"
    pixel_format: str  # e.g. "YUV 4:2:0 8 bit"
    video_tracks: int
    audio_tracks: int
    audio: AudioInfo | None  # the first
    faststart: bool
    fragmented: bool
    complete: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Wear:
    """Of one child and those after it: how many died or were killed under a file, or did not
    begin; how many were renewed after their jobs. Those that were ended do not count."""

    deaths: int
    renewals: int


class Media:
    """`tmp`: the children's working folder. Not to be shared between event loops."""

    def __init__(
        self,
        tmp: Path,
        *,
        memory: int = MEMORY,
        jobs: int = JOBS,
        idle: float = IDLE,
        image_cpu: int = IMAGE_CPU,
        image_wall: float = IMAGE_WALL,
        sound_cpu: int = SOUND_CPU,
        sound_wall: float = SOUND_WALL,
        film_cpu: int = FILM_CPU,
        film_wall: float = FILM_WALL,
    ) -> None:
        keep = (tmp, memory, jobs, idle)
        self._images = _Helper("media.images", *keep, image_cpu, image_wall)
        self._sounds = _Helper(
            "media.sounds", *keep, sound_cpu, sound_wall, module="reelway.media.sounds"
        )
        self._films = _Helper("media.films", *keep, film_cpu, film_wall)

    async def stop(self) -> None:
        """End the children. A later call begins new ones."""
        await asyncio.gather(*(h.end() for h in (self._images, self._sounds, self._films)))

    def wear(self) -> Mapping[str, Wear]:
        helpers = {"images": self._images, "sounds": self._sounds, "films": self._films}
        return {n: Wear(deaths=h.deaths, renewals=h.renewals) for n, h in helpers.items()}

    async def check_image(
        self,
        path: Path,
        field: str,
        *,
        most_bytes: int = MOST_BYTES,
        shortest_side: int = SHORTEST_SIDE,
        most_ratio: tuple[int, int] = MOST_RATIO,
        most_pixels: int = MOST_PIXELS,
    ) -> ImageInfo:
        """Decode it whole: JPEG or PNG by content, upright size within the limits.

        Raises BadImage (image_too_large, image_format, image_size) naming `field`; Overloaded if
        the helper was killed from outside, twice.
        """
        found = await self._image(
            field,
            do="check_image",
            path=_full(path),
            most_bytes=most_bytes,
            shortest_side=shortest_side,
            most_ratio=most_ratio,
            most_pixels=most_pixels,
        )
        return ImageInfo(**found)

    async def plain_image(
        self, path: Path, out: Path, longest: int = LONGEST_PLAIN
    ) -> tuple[int, int]:
        """Write it to `out` as an upright RGB PNG in sRGB, alpha on white, without metadata, no
        side over `longest` pixels; (width, height). Raises as `check_image`."""
        found = await self._image(
            None,
            do="plain_image",
            path=_full(path),
            out=_full(out),
            longest=longest,
            most_pixels=MOST_PIXELS,
        )
        return found["width"], found["height"]

    async def check_audio(
        self,
        path: Path,
        field: str,
        *,
        most_bytes: int = MOST_AUDIO_BYTES,
        shortest: float = SHORTEST_AUDIO,
        longest: float = LONGEST_AUDIO,
    ) -> AudioSample:
        """Decode it whole and measure it: MP3, Ogg, WAV, M4A (MP4, MOV) or AAC by content, from
        `shortest` to `longest` seconds.

        Raises BadAudio (audio_too_large, audio_format, audio_length) naming `field`;
        EngineMissing ("extra_missing") without PyAV; Overloaded as `check_image`.
        """
        limits = {"most_bytes": most_bytes, "shortest": shortest, "longest": longest}
        try:
            return AudioSample(**await self._sounds.run({"path": _full(path), **limits}))
        except _Refused as error:
            _missing(error, "voice samples")
            raise BadAudio(error.message, field=field, code=error.code) from error
        except _TooMuch as error:
            raise BadAudio(f"the sound {error}", field=field, code="audio_format") from error

    async def probe(self, path: Path) -> FilmInfo:
        """Raises NotAFilm if no picture track can be seen; Overloaded as `check_image`."""
        found = dict(await self._film(do="probe", path=_full(path)))
        if found["audio"]:
            found["audio"] = AudioInfo(**found["audio"])
        return FilmInfo(**found | {"faults": tuple(found["faults"])})

    async def poster(
        self, path: Path, out: Path, at: float | None = None, longest: int = LONGEST_POSTER
    ) -> tuple[int, int]:
        """Write the frame nearest to `at` (0–1 of the length; None: the most telling one) to `out`
        as a JPEG; (width, height).

        Raises NotAFilm, EngineMissing ("extra_missing") without PyAV, Overloaded.
        """
        if at is not None and not 0 <= at <= 1:
            raise ValueError("a poster is taken between 0 and 1 of the film's length")
        job = {"path": _full(path), "out": _full(out), "at": at, "longest": longest}
        found = await self._film(do="poster", **job)
        return found["width"], found["height"]

    async def _image(self, field: str | None, **job: Any) -> Mapping[str, Any]:
        try:
            return await self._images.run(job)
        except _Refused as error:
            raise BadImage(error.message, field=field, code=error.code) from error
        except _TooMuch as error:
            raise BadImage(f"the image {error}", field=field, code="image_format") from error

    async def _film(self, **job: Any) -> Mapping[str, Any]:
        try:
            return await self._films.run(job)
        except _Refused as error:
            _missing(error, "posters")
            raise NotAFilm(error.message, code=error.code) from error
        except _TooMuch as error:
            raise NotAFilm(f"the film {error}") from error


class _Refused(ReelwayError):
    """The child's own word."""


class _TooMuch(Exception):
    """The file was too much for the child: "could not be decoded", "takes too long …"."""


def _missing(error: _Refused, what: str) -> None:
    if error.code == "extra_missing":
        raise EngineMissing(
            f"{what} need PyAV: pip install 'reelway[animatic]'", code=error.code
        ) from error


class _Helper:
    """One child and its keeping: begun when needed, renewed, ended when idle, tried twice."""

    def __init__(
        self,
        name: str,
        tmp: Path,
        memory: int,
        jobs: int,
        idle: float,
        cpu: int,
        wall: float,
        *,
        module: str = "reelway.media",
    ) -> None:
        self._most_jobs, self._idle, self._wall = jobs, idle, wall
        # -P: no module out of the working folder, whoever wrote there.
        argv = [sys.executable, "-P", "-m", module]
        self.child = Child(argv, name=name, cwd=tmp, memory=memory, cpu_seconds=cpu)
        self._turn = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._jobs = 0  # of the present child
        self._ends = 0
        self.deaths = self.renewals = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def run(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._turn:
            if self._timer:
                self._timer.cancel()
            try:
                return await self._try(job)
            finally:
                self._timer = asyncio.get_running_loop().call_later(self._idle, self._end_idle)

    async def end(self) -> None:
        """At once, whatever it is at."""
        self._ends += 1
        if self._timer:
            self._timer.cancel()
        await self.child.kill()
        self._jobs = 0

    async def _try(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._jobs >= self._most_jobs:
            self.renewals += 1
            await self.end()
        ends = self._ends
        for left in reversed(range(_TRIES)):
            await self._start()
            self._jobs += 1
            try:
                message = {"job": str(next(self._numbers)), **job}
                return _word(await self.child.call(message, within=self._wall))
            except ChildSlow as error:
                self.deaths += 1
                raise _TooMuch("takes too long to decode") from error
            except ChildDied as error:
                self._jobs = 0
                self.deaths += ends == self._ends
                if error.returncode == -signal.SIGXCPU:
                    raise _TooMuch("takes too long to decode") from error
                if ends != self._ends:
                    raise Overloaded("the media helper was stopped") from error
                if left:  # perhaps by an earlier file's doing: once more, on a fresh child
                    continue
                if error.from_outside or error.killed:
                    raise Overloaded("the media helper was killed; try again") from error
                raise _TooMuch("could not be decoded") from error
        raise AssertionError("unreachable")

    async def _start(self) -> None:
        """Apart from the job, so that no file is blamed for a child that cannot even begin."""
        try:
            await self.child.start()
        except (ChildDied, OSError) as error:
            self._jobs = 0
            self.deaths += 1
            raise Overloaded("the media helper cannot be started; try again") from error

    def _end_idle(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self._end_if_idle())

    async def _end_if_idle(self) -> None:
        timer = self._timer
        async with self._turn:
            if self._timer is timer:  # nobody came first
                await self.end()


def _word(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    error = reply.get("error")
    if error is None:
        done: Mapping[str, Any] = reply["done"]
        return done
    if error["code"] == DISK_FULL:
        raise disk_full()
    if error["code"] == "too_much_memory":
        raise _TooMuch("takes too much memory to decode")
    if error["code"] == "engine_error":  # a fault of ours: the child has logged its traceback
        raise Internal("the media helper failed")
    raise _Refused(error["message"], code=error["code"])


def _full(path: Path) -> str:
    return str(path.absolute())  # the child stands in another folder
