from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Reelway
from reelway.cli import generate
from reelway.cli.generate import request_of
from reelway.errors import Internal, InvalidRequest
from reelway.request import Shot, VideoRequest


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command's temporary folders lie, so that a test sees what is left there."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return scratch


def request(prompt: str = "a fox", **given: Any) -> VideoRequest:
    options = {"shots": (), "still": False, "duration": None, "first_frame": None}
    return request_of(prompt, **{**options, "last_frame": None, **given})


# A real film


def test_a_film_with_shots_and_sound(
    reelway: Reelway, data: Path, tmp_path: Path, scratch: Path
) -> None:
    film = tmp_path / "a film.mp4"
    shots = ("--shot", "1: a lighthouse in fog", "--shot", "2: the keeper climbs")
    result = reelway("generate", "night", "-o", str(film), *shots, "--sound")
    assert result.code == 0, result.err
    assert result.out == f"{film}\n"
    assert "100%" in result.err
    assert film.read_bytes()[4:8] == b"ftyp"
    assert list(scratch.iterdir()) == []
    assert not data.exists()  # no server, no database, no folder


@pytest.mark.parametrize(("name", "head"), [("a.srt", "1\n00:00:00,"), ("a.txt", "WEBVTT\n\n00")])
def test_captions_beside_the_film(reelway: Reelway, tmp_path: Path, name: str, head: str) -> None:
    beside = tmp_path / name
    prompt = 'A room. A man says: "三点了。"'
    film = ("-o", str(tmp_path / "a.mp4"), "--sound", "--duration", "3")
    result = reelway("generate", prompt, *film, "--captions-file", str(beside))
    assert result.code == 0, result.err
    told = beside.read_text("utf-8")
    assert told.startswith(head) and "三点了。" in told


def test_captions_that_cannot_be_put_there(reelway: Reelway, tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    missing = tmp_path / "missing" / "a.srt"
    result = reelway("generate", "x", "-o", str(film), "--captions-file", str(missing))
    assert result.code == 1 and not film.exists()  # told before the work


def test_a_still_film_over_an_older_one(
    reelway: Reelway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.mp4").write_text("old")
    result = reelway("generate", "a coast", "--still", "--duration", "3", "-o", "film.mp4")
    assert (result.code, result.out) == (0, "film.mp4\n")
    assert (tmp_path / "film.mp4").read_bytes()[4:8] == b"ftyp"


def test_a_first_frame_that_is_no_picture(reelway: Reelway, tmp_path: Path, scratch: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_text("no picture")
    film = tmp_path / "film.mp4"
    result = reelway("generate", "x", "-o", str(film), "--first-frame", str(picture))
    assert result.code == 1 and result.out == ""
    assert result.err.startswith("reelway: ")
    assert not film.exists() and list(scratch.iterdir()) == []


# What is refused before anything is made


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("", "-o", "a.mp4"), "the prompt is empty"),
        ((" \n", "-o", "a.mp4"), "the prompt is empty"),
        (("x", "-o", "a.mp4", "--shot", "fog"), '--shot "fog": write seconds, a colon'),
        (("x", "-o", "a.mp4", "--shot", "3:"), '--shot "3:": write seconds'),
        (("x", "-o", "a.mp4", "--shot", "0: fog"), '--shot "0: fog": write seconds'),
        (("x", "-o", "a.mp4", "--shot", "1.5: fog"), '--shot "1.5: fog": write seconds'),
        (
            ("x", "-o", "a.mp4", "--shot", "3: fog", "--shot", "4: sun", "--duration", "8"),
            "the shots last 7 s, --duration says 8",
        ),
        (("x", "-o", "a.mp4", "--shot", "2: fog"), "a film lasts 3 to 15 s, not 2"),
        (("x", "-o", "a.mp4", "--shot", "16: fog"), "a film lasts 3 to 15 s, not 16"),
        (("x", "-o", "a.mp4", *["--shot", "1: x"] * 7), "--shot may be given at most 6 times"),
        (("x", "-o", "missing/a.mp4"), "the folder missing does not exist"),
    ],
)
def test_what_is_wrong_is_told(
    reelway: Reelway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = reelway("generate", *arguments)
    assert result.code == 1 and result.out == ""
    assert result.err.startswith(f"reelway: {told}")
    assert not (tmp_path / "a.mp4").exists()


def test_a_folder_that_cannot_be_written_is_told_before_the_work(
    reelway: Reelway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *args: False)
    result = reelway("generate", "x", "-o", str(tmp_path / "a.mp4"))
    assert result.code == 1 and "cannot be written to" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("x",),
        ("-o", "a.mp4"),
        ("x", "-o", "."),
        ("x", "-o", "a.mp4", "--duration", "2"),
        ("x", "-o", "a.mp4", "--duration", "16"),
        ("x", "-o", "a.mp4", "--resolution", "8k"),
        ("x", "-o", "a.mp4", "--aspect-ratio", "4:3"),
        ("x", "-o", "a.mp4", "--seed", "-1"),
        ("x", "-o", "a.mp4", "--cfg-scale", "1.1"),
        ("x", "-o", "a.mp4", "--first-frame", "missing.png"),
    ],
)
def test_wrong_use(reelway: Reelway, arguments: tuple[str, ...]) -> None:
    result = reelway("generate", *arguments)
    assert result.code == 2 and "Usage: reelway generate" in result.err


# The request


def test_the_options_words() -> None:
    assert request() == VideoRequest(model="animatic", prompt="a fox")
    asked = request(
        still=True,
        duration=7,
        resolution="4k",
        aspect_ratio="1:1",
        sound=True,
        seed=0,
        negative_prompt="grain",
        cfg_scale=0.0,
    )
    assert asked == VideoRequest(
        model="animatic-still",
        prompt="a fox",
        duration=7,
        resolution="4k",
        aspect_ratio="1:1",
        sound=True,
        seed=0,
        negative_prompt="grain",
        cfg_scale=0.0,
    )


def test_the_shots_make_the_length() -> None:
    asked = request("", shots=("3: fog", " 4 :  a man: old,\n tired "))
    assert asked.shots == (
        Shot(duration=3, prompt="fog"),
        Shot(duration=4, prompt="a man: old,\n tired"),
    )
    assert (asked.duration, asked.shot_mode, asked.prompt) == (7, "customize", "")
    assert request(shots=("3: fog",), duration=3).duration == 3


def test_a_frame_makes_it_a_film_of_an_image() -> None:
    for frame in ("first_frame", "last_frame"):
        assert request(**{frame: Path("a.png")}).kind == "image"
    assert request().kind == "text"


def test_a_refusal_names_its_option() -> None:
    with pytest.raises(InvalidRequest) as told:
        request(shots=("fog",))
    assert told.value.field == "shot"


def test_a_disk_that_fills_up_leaves_the_older_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(film: Path, to: Path) -> None:
        to.write_bytes(b"half a")
        raise OSError(28, "No space left on device")

    (tmp_path / "new").write_bytes(b"half a film")
    (tmp_path / "a.mp4").write_bytes(b"older")
    monkeypatch.setattr(generate.shutil, "copyfile", half)
    with pytest.raises(Internal, match="cannot be written: No space left"):
        generate._put(tmp_path / "new", tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == b"older"
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["a.mp4", "new"]


def test_an_interrupt_has_its_exit_code(
    reelway: Reelway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(generate, "make_film", interrupted)
    assert reelway("generate", "x", "-o", str(tmp_path / "a.mp4")).code == 130
