"""Every animal that there is a word for is seen near in a close-up."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reelway.engines.animatic import framing, wild
from reelway.engines.animatic.canvas import Window
from reelway.engines.animatic.grammar import Subject
from reelway.engines.animatic.guise import Look
from reelway.engines.animatic.light import light
from reelway.engines.animatic.plan import ShotPlan, plan
from reelway.engines.animatic.things import things
from reelway.request import VideoRequest

LIVING = json.loads(
    resources.files("reelway.engines.animatic").joinpath("living.json").read_text("utf-8")
)
EVERY = [
    *(("animal", breed) for breed in LIVING["breed"]["animal"]),
    *(("bird", breed) for breed in LIVING["breed"]["bird"]),
    *(("animal", name) for name, row in things().items() if row.kind == "animal"),
]
DENSITY, LEAST = 60.0, 0.40


def stage(shot: ShotPlan, width: float, made: list[Any]) -> Any:
    long = framing.lens(shot)

    def add(depth: float, window: Window, *painters: Any, **told: Any) -> None:
        made.append((window, painters[0]))

    return SimpleNamespace(
        shot=shot, light=light("day", "clear", 3), heard=None, source=None, span=1.0,
        half_width=width / 2, density=DENSITY, horizon=0.08, add=add, water=None,
        window=lambda depth: Window.of(
            -width / 2 / long, -0.5 / long, width / 2 / long, 0.5 / long, DENSITY
        ),
        poses=[SimpleNamespace(look=lambda depth, horizon: SimpleNamespace(scale_x=1.0))],
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "breed"), EVERY)
def test_a_close_up_of_any_animal_fills_two_fifths_of_the_frame(kind: str, breed: str) -> None:
    prompt = f"close-up of a {breed}"
    request = VideoRequest(kind="text", model="animatic", prompt=prompt, duration=5)
    subject = Subject(kind=kind, look=Look(breed=breed))
    drawn = plan(request)[0]
    shot = replace(drawn, subjects=(subject,))
    for width in (16 / 9, 9 / 16):
        made: list[Any] = []
        b = stage(shot, width, made)
        (wild.birds if kind == "bird" else wild.animals)(b, subject, 0)
        window, paint = made[0]
        _, cover = paint(window)
        long = framing.lens(shot)
        inside = (np.abs(window.xs) < width / 2 / long)[None, :]
        inside = inside & (np.abs(window.ys) < 0.5 / long)[:, None]
        rows = np.flatnonzero(((cover > 0.5) & inside).any(axis=1))
        tall = (rows[-1] - rows[0] + 1) / window.density * long
        assert tall >= LEAST - 2 * long / DENSITY, (breed, width, tall)
