"""The file: form, exactness, repeatability, cuts, the caller's pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.animatic.filming import Make, fitted, image, psnr
from reelway.request import Element


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120), (322, 182)])
@pytest.mark.parametrize("sound", [False, True])
def test_form(make: Make, size: tuple[int, int], sound: bool) -> None:
    film = make("A lake at dawn, birds", size=size, sound=sound)
    with film.open() as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == size
        assert video.codec_context.name == "h264"
        assert video.pix_fmt == "yuv420p"
        assert video.average_rate == 24
        assert (video.color_range, video.colorspace) == (1, 1)
        assert len(container.streams.audio) == sound
        assert "Reelway animatic" in container.metadata["title"]
        assert container.duration == 3_000_000
        times = [f.time for f in container.decode(video=0)]
    assert times == pytest.approx([i / 24 for i in range(72)], abs=1e-4)
    if sound:
        pcm = film.pcm()
        assert pcm.shape == (2, 3 * 48_000)
    boxes = film.boxes()
    assert boxes.index("moov") < boxes.index("mdat")


def test_the_same_request_is_the_same_file(make: Make) -> None:
    fields = {"prompt": "A city in the rain at night with music, orbit", "sound": True}
    first = make(**fields)
    again = make(**fields)
    assert first.data == again.data
    other = make(**fields, seed=5)
    assert other.data != first.data


def test_a_seed_is_one_picture_at_every_size(make: Make) -> None:
    """Looked at from afar, the small and the large film are alike."""
    prompt = "Snowy mountains behind a forest in the morning, static"
    small = make(prompt, size=(160, 90), seed=3, every=72).luma()[0]
    large = make(prompt, size=(480, 270), seed=3, every=72).luma()[0]
    shrunk = large.reshape(90, 3, 160, 3).mean(axis=(1, 3))
    other = make(prompt, size=(160, 90), seed=4, every=72).luma()[0]
    assert psnr(small, shrunk) > 24
    assert psnr(small, shrunk) > psnr(small, other) + 6


def test_shots_are_cut_at_their_lengths(make: Make) -> None:
    shots = [("A desert at noon, static", 1), ("A city at night", 2), ("Deep forest in fog", 1)]
    film = make("", shots=shots)
    luma = film.luma()
    assert len(luma) == 96
    jumps = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert set(np.argsort(jumps)[-2:]) == {23, 71}
    assert {0, 24, 72} <= set(film.keys())
    told = film.report["understood"]["shots"]
    assert [s["place"] for s in told] == ["desert", "city", "forest"]


def test_a_shot_keeps_what_the_next_does_not_name(make: Make) -> None:
    shots = [("A lake at night in the rain", 1), ("A man walks, pan left", 1), ("at noon", 1)]
    told = make("", shots=shots, every=24).report["understood"]["shots"]
    assert [s["place"] for s in told] == ["lake", "lake", "lake"]
    assert [s["time"] for s in told] == ["night", "night", "day"]
    assert [s["weather"] for s in told] == ["rain", "rain", "rain"]


def test_the_first_frame_is_the_first_frame(make: Make, tmp_path: Path) -> None:
    source, path, rgb = image(tmp_path, "first", (400, 300))
    film = make("zoom in", size=(320, 180), first_frame=source, images={source.source: path})
    luma = film.luma()
    want = fitted(rgb, (320, 180))
    assert psnr(luma[0], want) >= 38
    assert psnr(luma[-1], want) < 30  # the camera has moved


def test_the_last_frame_is_the_last_frame(make: Make, tmp_path: Path) -> None:
    first, path1, rgb1 = image(tmp_path, "a", (400, 300))
    last, path2, rgb2 = image(tmp_path, "z", (300, 400))
    images = {first.source: path1, last.source: path2}
    film = make("", size=(240, 180), first_frame=first, last_frame=last, images=images)
    luma = film.luma()
    assert psnr(luma[0], fitted(rgb1, (240, 180))) >= 38
    assert psnr(luma[-1], fitted(rgb2, (240, 180))) >= 38
    steps = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert steps.max() < 6 * np.median(steps)  # it flows, it does not jump


def test_pictures_open_the_first_and_close_the_last_shot(make: Make, tmp_path: Path) -> None:
    first, path1, rgb1 = image(tmp_path, "b", (320, 180))
    last, path2, rgb2 = image(tmp_path, "y", (320, 180))
    film = make(
        shots=[("", 1), ("a desert", 1), ("", 1)],
        size=(160, 90),
        first_frame=first,
        last_frame=last,
        images={first.source: path1, last.source: path2},
    )
    luma = film.luma()
    assert psnr(luma[0], fitted(rgb1, (160, 90))) >= 38
    assert psnr(luma[-1], fitted(rgb2, (160, 90))) >= 38
    assert psnr(luma[30], fitted(rgb1, (160, 90))) < 15


def test_what_is_not_used_is_named(make: Make, tmp_path: Path) -> None:
    source, path, _ = image(tmp_path, "r", (320, 320))
    film = make(
        "<<<element_2>>> drives a car through a room",
        elements=(Element(frontal=source, references=(source,)),),
        negative_prompt="wibble",
        images={source.source: path},
        every=24,
    )
    ignored = {i["field"]: i["reason"] for i in film.report["ignored"]}
    assert {"negative_prompt", "elements", "prompt"} <= ignored.keys()
    assert all(ignored.values())


@pytest.mark.parametrize("sound", [False, True])
@pytest.mark.parametrize("seconds", [3, 5])
def test_still(make: Make, sound: bool, seconds: int) -> None:
    fields = {"model": "animatic-still", "sound": sound, "duration": seconds, "cfg_scale": 0.2}
    film = make("A storm at sea", size=(176, 98), **fields)
    luma = film.luma()
    assert luma.shape == (24 * seconds, 98, 176)
    assert psnr(luma[0], luma[-1]) > 40
    assert set(range(0, 24 * seconds, 24)) <= set(film.keys())
    with film.open() as container:
        assert container.duration == seconds * 1_000_000
        assert len(container.streams.audio) == sound
        assert "Reelway animatic" in container.metadata["title"]
    if sound:
        assert film.pcm().shape[1] == seconds * 48_000
    boxes = film.boxes()
    assert boxes.index("moov") < boxes.index("mdat")
    assert {"prompt", "cfg_scale"} <= {i["field"] for i in film.report["ignored"]}
    again = make("A storm at sea", size=(176, 98), **fields)
    assert again.data == film.data


def test_still_shows_the_first_frame(make: Make, tmp_path: Path) -> None:
    source, path, rgb = image(tmp_path, "s", (320, 180))
    film = make(
        model="animatic-still", size=(320, 180), first_frame=source, images={source.source: path}
    )
    assert psnr(film.luma()[40], fitted(rgb, (320, 180))) > 36
