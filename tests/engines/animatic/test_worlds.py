"""Places and sites: each is found by its words, drawn, and told apart; light, camera, tables."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from reelway.engines.animatic import places, scene, sites, terrain
from reelway.engines.animatic.camera import Path as Way
from reelway.engines.animatic.canvas import Canvas
from reelway.engines.animatic.grammar import read
from reelway.engines.animatic.moves import Move
from reelway.engines.animatic.plan import plan
from reelway.engines.animatic.words import lexicon
from reelway.request import Shot, VideoRequest

ROOT = Path(__file__).parents[3]
SIZE = (128, 72)


@cache
def picture(prompt: str, size: tuple[int, int] = SIZE, seed: int = 3, t: float = 0.5) -> np.ndarray:
    """Luma of one frame, without the film around it."""
    (shot,) = plan(VideoRequest(prompt=prompt, duration=3, model="animatic", seed=seed))
    with ThreadPoolExecutor(2) as pool:
        stack = scene.build(shot, size, pool)
    canvas = Canvas(size, scene.span_of(size))
    stack.draw(canvas, t)
    return np.array(canvas.y)


def test_every_word_of_a_site_leads_to_it() -> None:
    for key, words in lexicon()["site"].items():
        place, site = key.split()
        assert place in places.PLACES
        for word in words:
            reading = read(word)
            assert (reading.place, reading.site) == (place, site), word


def test_every_recipe_has_words() -> None:
    named = {tuple(key.split()) for key in lexicon()["site"]}
    assert set(sites.SITES) <= named
    assert set(places.PLACES) == set(lexicon()["place"])


@pytest.mark.parametrize(
    ("prompt", "place", "site"),
    [
        ("a waterfall in the mountains", "river", "waterfall"),
        ("the office on the top floor of a city tower", "room", "office"),
        ("a bridge", "river", "bridge"),
        ("火山脚下的湖", "lake", ""),
        ("大桥", "river", "bridge"),
        ("a submarine underwater near a coral reef", "underwater", ""),
    ],
)
def test_a_site_goes_with_its_place(prompt: str, place: str, site: str) -> None:
    reading = read(prompt)
    assert (reading.place, reading.site) == (place, site)


def test_the_next_shot_stays_where_it_is() -> None:
    shots = (Shot(prompt="a man in a kitchen", duration=1), Shot(prompt="he sits", duration=1),
             Shot(prompt="a coast", duration=1))  # fmt: skip
    told = plan(VideoRequest(prompt="", shots=shots, shot_mode="customize", duration=3))
    assert [(s.place, s.site) for s in told] == [
        ("room", "kitchen"), ("room", "kitchen"), ("coast", ""),
    ]  # fmt: skip
    assert told[0].understood()["site"] == "kitchen"
    assert "site" not in told[2].understood()


def test_the_negative_prompt_takes_a_site_away() -> None:
    assert read("a waterfall by day", "waterfall").site == ""


@pytest.mark.parametrize("key", sorted(lexicon()["site"]))
def test_every_site_is_a_picture_of_its_own(key: str) -> None:
    word = lexicon()["site"][key][0]
    luma = picture(f"{word} at noon, static", (96, 54))
    assert np.isfinite(luma).all()
    assert luma.std() > 0.03
    plain = picture(f"{lexicon()['place'][key.split()[0]][0]} at noon, static", (96, 54))
    drawn_as_its_place = {"coast beach", "street market"}  # nearly
    if key not in drawn_as_its_place:
        assert np.abs(luma - plain).mean() > 0.01


def test_a_seed_is_the_same_picture_at_every_size() -> None:
    for prompt in ("mountains at sunset", "a city street at noon", "a village, snow on the roofs"):
        small, large = picture(prompt, (128, 72)), picture(prompt, (384, 216))
        shrunk = large.reshape(72, 3, 128, 3).mean(axis=(1, 3))
        assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.95, prompt


def test_every_seed_has_a_skyline() -> None:
    """Mountains are never a plain and never a wall."""
    for seed in range(12):
        land = terrain.Land(near=26, far=48, height=9, scale=15, peak=0.25)
        angle = np.linspace(-0.8, 0.8, 200, dtype=np.float32)[None, :]
        depth = np.geomspace(land.near, land.far, 120).astype(np.float32)[:, None]
        rise = (terrain._heights(land, angle, depth, seed) - terrain.EYE) / depth
        assert 0.18 < rise.max() < 0.42


def test_handheld_sways_and_does_not_shake() -> None:
    way = Way(moves=(Move(kind="handheld"),), width=1.78, seconds=5, seed=4)
    pan = np.array([way.pose(i / 119).pan for i in range(120)])
    assert pan[0] == 0
    assert 0.004 < np.abs(pan).max() < 0.04
    speed = np.diff(pan)
    assert np.abs(np.diff(speed)).max() < 0.35 * np.abs(speed).max()  # no jerk


def test_the_style_of_a_painting_is_laid_on_paper() -> None:
    a, b = (picture("watercolour, a lake at noon, static", t=t) for t in (0.4, 0.5))
    plain = picture("a lake at noon, static", t=0.5)
    assert np.abs(b - plain).mean() > 0.03
    assert np.abs(a - b)[:30].mean() < 0.01  # the paper stays where it is


def test_the_tables_of_the_document_are_current() -> None:
    spec = importlib.util.spec_from_file_location("words_table", ROOT / "scripts/words.py")
    assert spec and spec.loader
    words = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(words)
    text = words.DOC.read_text("utf-8")
    assert words.renewed(text) == text, "run python scripts/words.py"
