"""animatic-still: a film of the right form in no time, for tests of everything around it.

One picture is encoded once a size as two seconds of H.264 (two groups of 24 frames, so that
neighbouring IDR pictures differ in their number, as the standard wants); a film is those packets
again and again with later times. Sound is fifteen seconds of near-silence, cut to length. The
usual size is drawn before anybody asks (`Warming`).
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation

from reelway.engines.animatic import encode, frames, scene
from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.compose import Finish
from reelway.engines.animatic.encode import SAMPLE_RATE
from reelway.engines.animatic.kernels import plainly, prepared
from reelway.engines.animatic.noise import stream
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.report import still_report
from reelway.request import FRAME_RATE, LONGEST, VideoRequest

PROMPT = "A calm coast at golden hour, static"
SEED = 7
PERIOD = 2 * FRAME_RATE  # frames that are encoded
DRAWN = 300  # the picture is painted this high at most, then enlarged: it shall be quick
X264 = "bframes=0:keyint=24:min-keyint=24:scenecut=0:8x8dct=1:cabac=1"
HUSH = 10 ** (-52 / 20)  # loudness of the sound


@dataclass(frozen=True)
class _Packet:
    data: bytes
    pts: int
    key: bool


@dataclass(frozen=True)
class _Stream:
    """Encoded packets, and the open input that they came from (it describes the stream)."""

    source: Any
    packets: tuple[_Packet, ...]
    time_base: Fraction


USUAL = ((1280, 720),)  # sizes that are drawn before anybody asks
IDLE = 0.4  # seconds without a job before that begins
NICE = 10  # of the thread that does it

_pictures: dict[tuple[int, int], _Stream] = {}
_sounds: list[_Stream] = []


def render(
    request: VideoRequest,
    *,
    size: tuple[int, int],
    images: dict[str, Path],
    out: Path,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """Write the film; answer the report."""
    if request.first_frame:
        video = _encoded(frames.picture(images[request.first_frame.source], size), quantiser=18)
    else:
        if size not in _pictures:
            _pictures[size] = _encoded(_drawn(size), quantiser=20)
        video = _pictures[size]
    progress(0.5)
    with encode.open_mp4(out) as container:
        picture = container.add_stream_from_template(video.source.streams.video[0])
        sound = _sound() if request.sound else None
        track = sound and container.add_stream_from_template(sound.source.streams.audio[0])
        for second in range(request.duration):
            _mux_pictures(container, picture, video, second)
            if sound:
                _mux_sound(container, track, sound, second, request.duration)
    progress(0.99)
    return still_report(request)


class Abandoned(Exception):
    """A job came; what was being made for later is given up."""


class Warming:
    """Draws the usual stills in the background while there is no job, then has the kernels
    compiled. A film that comes earlier has them compiled itself, or waits for that."""

    def __init__(self) -> None:
        self._idle = threading.Event()
        self._idle.set()

    def start(self) -> None:
        threading.Thread(target=self._run, name="warming", daemon=True).start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """A job is at work."""
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()

    def _run(self) -> None:
        if sys.platform == "linux":  # elsewhere this is about the whole process
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        for size in USUAL:
            while size not in _pictures or not _sounds:
                self._idle.wait()
                time.sleep(IDLE)
                try:
                    self._warm(size)
                except Abandoned:
                    continue
        # Not by this thread, which is to be nice: a film may soon wait for it.
        threading.Thread(target=prepared, name="compiling", daemon=True).start()

    def _warm(self, size: tuple[int, int]) -> None:
        self._go_on()
        if size not in _pictures:
            _pictures[size] = _encoded(_drawn(size), quantiser=20, between=self._go_on)
        self._go_on()
        _sound()

    def _go_on(self) -> None:
        if not self._idle.is_set():
            raise Abandoned


def _mux_pictures(container: Any, stream: Any, video: _Stream, second: int) -> None:
    tick = Fraction(1, FRAME_RATE) / video.time_base
    half = second % 2 * FRAME_RATE
    for i, packet in enumerate(video.packets[half : half + FRAME_RATE]):
        at = int((second * FRAME_RATE + i) * tick)
        _mux(container, stream, packet, at, int(tick), video.time_base)


def _mux_sound(container: Any, stream: Any, sound: _Stream, second: int, seconds: int) -> None:
    """The packets that begin within a second (the first also those before it: the priming)."""
    begin = second * SAMPLE_RATE if second else -SAMPLE_RATE
    end = seconds * SAMPLE_RATE
    for packet in sound.packets:
        if begin <= packet.pts < (second + 1) * SAMPLE_RATE:
            length = min(1024, end - packet.pts)
            _mux(container, stream, packet, packet.pts, length, sound.time_base)


def _mux(
    container: Any, stream: Any, packet: _Packet, at: int, length: int, time_base: Fraction
) -> None:
    new = av.Packet(packet.data)
    new.stream, new.time_base = stream, time_base
    new.pts = new.dts = at
    new.duration, new.is_keyframe = length, packet.key
    container.mux(new)


def _drawn(size: tuple[int, int]) -> Any:
    """The generic picture, painted small and enlarged."""
    part = min(1.0, DRAWN / min(size))
    small = (max(2, round(size[0] * part / 2) * 2), max(2, round(size[1] * part / 2) * 2))
    shot = plan(VideoRequest(prompt=PROMPT, seed=SEED, duration=3))[0]
    canvas = Canvas(small, scene.span_of(small))
    with plainly(), ThreadPoolExecutor(2) as pool:  # it must not wait for a compiler
        scene.build(shot, small, pool).draw(canvas, 0.0)
        frame = Finish(SEED).frame(canvas, 0, 0.0)  # grain would only cost bytes
    return frame.reformat(width=size[0], height=size[1], interpolation=Interpolation.BICUBIC)


def _encoded(frame: Any, *, quantiser: int, between: Callable[[], None] = lambda: None) -> _Stream:
    """The picture as two seconds; `between` is called before each frame, and may raise."""
    size = (frame.width, frame.height)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = encode.add_video(container, size, quantiser=quantiser, options=X264)
        for i in range(PERIOD):
            between()
            frame.pts, frame.time_base = i, encode.TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return _kept(buffer, "video")


def _sound() -> _Stream:
    if not _sounds:
        pcm = stream(SEED, "hush").normal(0, HUSH, (LONGEST * SAMPLE_RATE, 2)).astype(np.float32)
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp4") as container:
            audio = encode.add_audio(container)
            container.mux(audio.encode(encode.audio_frame(pcm, 0)))
            container.mux(audio.encode(None))
        _sounds.append(_kept(buffer, "audio"))
    return _sounds[0]


def _kept(buffer: io.BytesIO, kind: str) -> _Stream:
    buffer.seek(0)
    source: Any = av.open(buffer)
    packets = tuple(
        _Packet(bytes(p), p.pts, p.is_keyframe)
        for p in source.demux(**{kind: 0})
        if p.size and p.pts is not None
    )
    return _Stream(source, packets, getattr(source.streams, kind)[0].time_base)
