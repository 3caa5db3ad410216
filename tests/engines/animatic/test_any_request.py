"""Any request that can be ordered: it yields a film of the right length, the same one each time,
and its report speaks of every field. Tiny frames; hypothesis chooses the requests."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import golden
import pictures
from reelway.engines.animatic import job
from reelway.request import (
    ASPECT_RATIOS,
    FRAME_RATE,
    Element,
    Image,
    Shot,
    VideoRequest,
    frame_size,
    from_json,
    to_json,
)

SCALE = 1 / 20
SEEN = ("town", "portrait", "cut_out", "tiny")
WORDS = (
    "a boat", "a man walks", "a girl in a red coat", "two dogs run", "夜晚的城市", "一只猫",
    "in the rain", "at dusk", "by a lake", "in a forest", "pan left", "slow dolly in",
    "zoom out", "night falls",
    "<<<element_1>>> stands on the left", "<<<image_1>>>", "<<<element_3>>>", 'he says: "Hello!"',
    "she whispers <<<voice_1>>>: 'come here'", "then", "cut to", ".", "。", "black and white",
    "with subtitles", "xyzzy", "\u202e", "🙂", "[0-2s]", "Shot 2:", "{", "%s",
)  # fmt: skip
KEPT_OUT = ("", "blur, text", "rain, people", "字幕，水印", "wibble", "camera shake, grain")
prompts = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
images = st.sampled_from(SEEN).map(lambda kind: Image(source=f"asset:{kind}", width=64, height=64))


@st.composite
def orders(draw: st.DrawFn) -> VideoRequest:
    mode = draw(st.sampled_from(["none", "customize", "intelligence"]))
    shots: tuple[Shot, ...] = ()
    duration = draw(st.integers(3, 4))
    if mode == "customize":
        lengths = draw(st.sampled_from([(3,), (1, 2), (2, 1, 1), (1, 1, 1)]))
        shots = tuple(Shot(prompt=draw(prompts), duration=n) for n in lengths)
        duration = sum(lengths)
    return VideoRequest(
        model="animatic",
        prompt=draw(prompts),
        negative_prompt=draw(st.sampled_from(KEPT_OUT)),
        cfg_scale=draw(st.none() | st.sampled_from([0.0, 0.5, 1.0])),
        duration=duration,
        aspect_ratio=draw(st.sampled_from(ASPECT_RATIOS)),
        sound=draw(st.booleans()),
        captions=draw(st.sampled_from([None, True, False])),
        first_frame=draw(st.none() | images),
        last_frame=draw(st.none() | images),
        references=tuple(draw(st.lists(images, max_size=2))),
        elements=tuple(Element(frontal=i) for i in draw(st.lists(images, max_size=3))),
        voices=tuple(draw(st.lists(st.sampled_from(["amy", "voice_01J"]), max_size=2))),
        shot_mode=mode,
        shots=shots,
        seed=draw(st.none() | st.integers(0, 2**31 - 1)),
    )


@cache
def plain(kind: str) -> Path:
    """The picture's file, as the media helper makes it."""
    path = Path(tempfile.mkdtemp()) / f"{kind}.png"
    picture = pictures.KINDS[kind]().convert("RGBA")
    picture.thumbnail((320, 320))
    page = pictures.Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture)
    page.save(path)
    return path


FILES = {f"asset:{kind}": kind for kind in SEEN}


def files(request: VideoRequest) -> dict[str, Path]:
    return {i.source: plain(FILES[i.source]) for _, i in request.images()}


def film(
    request: VideoRequest, every: int = 1
) -> tuple[dict[str, Any], int, tuple[int, int], float | None]:
    """Report, frames, size, seconds of sound."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "film.mp4"
        size = frame_size(request, SCALE)
        report = job.render(
            to_json(request),
            size=size,
            images=files(request),
            out=out,
            progress=lambda part: None,
            every=every,
        )
        with av.open(str(out)) as made:
            sound = next(iter(made.streams.audio), None)
            heard = float(sound.duration * sound.time_base) if sound else None
            frames = list(made.decode(video=0))
            return report, len(frames), (frames[0].width, frames[0].height), heard


# Field → where in `understood` it is spoken of, if not in `ignored`.
SPOKEN: Mapping[str, tuple[str, ...]] = {
    "negative_prompt": ("kept_out",),
    "cfg_scale": ("cfg_scale",),
    "first_frame": ("first_frame",),
    "last_frame": ("last_frame",),
    "references": ("pictures", "palette"),
    "elements": ("pictures",),
    "voices": ("voices", "dialogue", "speech"),
    "prompt": ("shots",),
    "shots": ("shots",),
    "seed": ("seed",),
}
QUICK = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@QUICK
@given(orders())
def test_exact_and_told(request: VideoRequest) -> None:
    report, frames, size, heard = film(request)
    assert frames == FRAME_RATE * request.duration
    assert size == frame_size(request, SCALE)
    assert heard == (pytest.approx(request.duration, abs=0.001) if request.sound else None)
    understood, ignored = report["understood"], {i["field"] for i in report["ignored"]}
    assert sum(s["seconds"] for s in understood["shots"]) == request.duration
    assert 0 <= understood["poster"] <= request.duration
    for name, places in SPOKEN.items():
        if getattr(request, name):
            assert name in ignored or any(p in understood for p in places), name
    assert all(i["reason"] for i in report["ignored"])


def sample(request: VideoRequest) -> np.ndarray:
    """A few frames."""
    drawn = job.drawn(request, frame_size(request, SCALE), files(request), every=23)
    return np.stack([golden.planes(f) for f in drawn])


@QUICK
@given(orders())
def test_equal_requests_are_equal_films(request: VideoRequest) -> None:
    again = from_json(to_json(request))
    unseen = replace(again, external_id="mine", webhook="https://example.com", labels={"a": "b"})
    np.testing.assert_array_equal(sample(request), sample(unseen))


@QUICK
@given(orders(), st.data())
def test_a_field_that_changes_is_seen_or_spoken_of(request: VideoRequest, data: Any) -> None:
    """Another value of one field: other frames, another length, or another report."""
    other = data.draw(orders())
    request, other = replace(request, seed=7), replace(other, seed=7)
    names = [n for n in SPOKEN if n not in ("shots", "seed")]
    differ = [n for n in names if getattr(request, n) != getattr(other, n)]
    if not differ:
        return
    name = data.draw(st.sampled_from(differ))
    changed = replace(request, **{name: getattr(other, name)})
    reports = [film(r, every=24)[0] for r in (request, changed)]
    if reports[0] == reports[1]:
        assert not np.array_equal(sample(request), sample(changed)), name
