"""Every field of a request has an effect in the film, or the report names it.

One base request with a pinned seed; for each field a variant that differs in that field alone.
`VARIANTS` is checked against the request's own fields: a new field fails here until it is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.animatic.filming import Child, Film, Make, colours, fitted, image, plain, psnr
from reelway.engine import PROTOCOL
from reelway.request import Element, Shot, VideoRequest, frame_size, to_json

PROMPT = "A boat on a lake at noon, clear sky, static camera. A man walks over the grass."
BASE = {"prompt": PROMPT, "seed": 11, "duration": 3, "model": "animatic"}
SCALE = 1 / 8
FEW = 9  # of this many frames one is enough to see that nothing is different


@dataclass
class Pair:
    """The base film, and the film of the variant."""

    base: Film
    film: Film

    @property
    def shots(self) -> list[dict[str, Any]]:
        return self.film.report["understood"]["shots"]

    def changed(self) -> float:
        """Share of the picture (frame 36) that differs visibly."""
        return float((np.abs(self.base.luma()[36] - self.film.luma()[36]) > 8).mean())

    def ignored(self) -> dict[str, str]:
        return {i["field"]: i["reason"] for i in self.film.report["ignored"]}


def same_bytes(pair: Pair, _: Any) -> None:
    assert pair.film.data == pair.base.data


UNSEEN: set[Callable[[Pair, Any], None]] = {same_bytes}


def same_picture(pair: Pair, _: Any) -> None:
    np.testing.assert_array_equal(pair.film.luma(), pair.base.luma())


def another_model(pair: Pair, _: Any) -> None:
    luma = pair.film.luma()
    assert luma.shape == pair.base.luma().shape
    assert psnr(luma[0], luma[-1]) > 40
    assert pair.film.report["understood"]["still"]


def larger(pair: Pair, _: Any) -> None:
    n, high, wide = pair.film.luma().shape
    assert (n, high, wide) == (72, 136, 240)
    assert abs(pair.film.luma()[36].mean() - pair.base.luma()[36].mean()) < 4


def upright(pair: Pair, _: Any) -> None:
    assert pair.film.luma().shape == (72, 160, 90)


def another_prompt(pair: Pair, _: Any) -> None:
    assert pair.shots[0]["place"] == "desert"
    assert pair.changed() > 0.5


def no_boat(pair: Pair, _: Any) -> None:
    assert any("boat" in s for s in pair.base.report["understood"]["shots"][0]["subjects"])
    assert not any("boat" in s for s in pair.shots[0]["subjects"])
    assert 0.002 < pair.changed() < 0.2  # the boat has gone, the rest has stayed
    assert pair.film.report["understood"]["kept_out"] == ["boat"]
    assert pair.ignored()["negative_prompt"] == "no effect: wibble"


def firmer(pair: Pair, _: Any) -> None:
    assert pair.film.report["understood"]["composition"] == "firm"
    assert pair.changed() > 0.05


def freer(pair: Pair, _: Any) -> None:
    assert pair.film.report["understood"]["composition"] == "free"
    assert pair.shots[0]["invented"]
    assert pair.changed() > 0.05


def longer(pair: Pair, _: Any) -> None:
    assert len(pair.film.luma()) == 96


def heard(pair: Pair, _: Any) -> None:
    assert len(pair.film.open().streams.audio) == 1
    assert not pair.base.open().streams.audio
    same_picture(pair, None)


def begins_with(pair: Pair, rgb: np.ndarray) -> None:
    luma = pair.film.luma()
    assert psnr(luma[0], fitted(rgb, (160, 90))) >= 38
    assert psnr(luma[-1], fitted(rgb, (160, 90))) < 38


def ends_with(pair: Pair, rgb: np.ndarray) -> None:
    luma = pair.film.luma()
    assert psnr(luma[-1], fitted(rgb, (160, 90))) >= 38


def tinted(pair: Pair, _: Any) -> None:
    """A teal reference: less red against blue than before."""
    before, after = colours(pair.base)[36], colours(pair.film)[36]
    warmth = [float((f[..., 0] - f[..., 2]).mean()) for f in (before, after)]
    assert warmth[1] < warmth[0] - 8
    assert pair.film.report["understood"]["palette"] == ["image 1"]


def two_shots(pair: Pair, _: Any) -> None:
    jumps = np.abs(np.diff(pair.film.luma(), axis=0)).mean(axis=(1, 2))
    assert len(pair.shots) == 2
    assert len(pair.base.report["understood"]["shots"]) == 1
    assert int(jumps.argmax()) + 1 == pair.shots[0]["seconds"] * 24


def named_only(field: str) -> Callable[[Pair, Any], None]:
    def check(pair: Pair, _: Any) -> None:
        assert pair.ignored()[field]
        same_picture(pair, None)

    UNSEEN.add(check)
    return check


def captioned(pair: Pair, _: Any) -> None:
    (told,) = pair.film.report["captions"]
    assert told["text"] == "Hello." and "captions" not in pair.base.report
    assert pair.film.report["understood"]["captions"] == "burned in"


def magenta_there(pair: Pair, _: Any) -> None:
    """Something of the element's colour, in one piece, and it is told of."""
    before, after = colours(pair.base)[36], colours(pair.film)[36]
    seen = [magenta(f) for f in (before, after)]
    assert seen[0].sum() == 0
    assert 40 < seen[1].sum() < 0.2 * seen[1].size
    assert pair.film.report["understood"]["pictures"][0]["shots"] == [1]


def magenta(rgb: np.ndarray) -> np.ndarray:
    r, g, b = (rgb[..., i].astype(float) for i in range(3))
    return (r > g + 50) & (b > g + 30)


def another_seed(pair: Pair, _: Any) -> None:
    assert pair.changed() > 0.1
    assert pair.shots == pair.base.report["understood"]["shots"]


# Field → variants: what is different, and what that must do.
Variant = tuple[Callable[[Path], dict[str, Any]], Callable[[Pair, Any], None]]


def just(**changes: Any) -> Callable[[Path], dict[str, Any]]:
    return lambda _: changes


def drawn(**changes: str) -> Callable[[Path], dict[str, Any]]:
    """Fields whose value is a picture: the pattern, or a plain thing before white."""

    def build(folder: Path) -> dict[str, Any]:
        out: dict[str, Any] = {"images": {}}
        for name, what in changes.items():
            if what == "pattern":
                source, path, out["rgb"] = image(folder, name, (320, 180))
            else:
                source, path = plain(folder, name, what)
            out["images"][source.source] = path
            many = {"references": (source,), "elements": (Element(frontal=source),)}
            out[name] = many.get(name, source)
        return out

    return build


VARIANTS: dict[str, list[Variant]] = {
    "kind": [(just(kind="image"), same_bytes)],
    "model": [(just(model="animatic-still"), another_model)],
    "resolution": [(just(resolution="1080p"), larger)],
    "prompt": [(just(prompt="A desert at noon, clear sky, static camera."), another_prompt)],
    "negative_prompt": [(just(negative_prompt="boat, wibble"), no_boat)],
    "cfg_scale": [(just(cfg_scale=1.0), firmer), (just(cfg_scale=0.0), freer)],
    "duration": [(just(duration=4), longer)],
    "aspect_ratio": [(just(aspect_ratio="9:16"), upright)],
    "sound": [(just(sound=True), heard)],
    "captions": [
        (just(captions=True), named_only("captions")),
        (just(captions=True, prompt='A quiet bay. Ann says: "Hello."'), captioned),
    ],
    "first_frame": [(drawn(first_frame="pattern"), begins_with)],
    "last_frame": [(drawn(last_frame="pattern"), ends_with)],
    "references": [(drawn(references="teal"), tinted)],
    "shot_mode": [
        (just(shot_mode="intelligence"), two_shots),
        (just(shot_mode="customize"), named_only("shot_mode")),
    ],
    "shots": [(just(shots=(Shot(prompt="a desert", duration=3),)), named_only("shots"))],
    "elements": [(drawn(elements="magenta"), magenta_there)],
    "voices": [(just(voices=("someone",)), named_only("voices"))],
    "sample": [(just(sample="asset:" + "0" * 64), same_bytes)],
    "seed": [(just(seed=12), another_seed)],
    "webhook": [(just(webhook="https://example.com/hook"), same_bytes)],
    "external_id": [(just(external_id="mine-1"), same_bytes)],
    "labels": [(just(labels={"team": "red"}), same_bytes)],
    "extra": [(just(extra={"camera_fixed": True}), same_bytes)],
    "provider": [(just(provider="elsewhere"), same_bytes)],
    "sandbox": [(just(sandbox={"delay": 2}), same_bytes)],  # acted before the child is asked
    "v": [],  # another version is refused, see below
}
CASES = [(name, n) for name, variants in VARIANTS.items() for n in range(len(variants))]


def test_no_field_is_forgotten() -> None:
    assert set(VARIANTS) == {f.name for f in fields(VideoRequest)}


@pytest.fixture
def shoot(make: Make) -> Callable[..., Film]:
    def one(*, images: Any = None, every: int = 1, **changes: Any) -> Film:
        request = VideoRequest(**{**BASE, **changes})
        size = frame_size(request, SCALE)
        return make(size=size, images=images, exactly=request, every=every)

    return one


_base: dict[int, Film] = {}


@pytest.mark.parametrize(("name", "n"), CASES)
def test_field(shoot: Callable[..., Film], tmp_path: Path, name: str, n: int) -> None:
    build, check = VARIANTS[name][n]
    every = FEW if check in UNSEEN else 1
    if every not in _base:
        _base[every] = shoot(every=every)
    changes = build(tmp_path)
    rgb = changes.pop("rgb", None)
    if name in ("first_frame", "last_frame"):  # or the film would take the picture's own ratio
        changes["aspect_ratio"] = "16:9"
    check(Pair(_base[every], shoot(every=every, **changes)), rgb)


def test_another_version_is_refused(studio: Child, tmp_path: Path) -> None:
    request = {**to_json(VideoRequest(**BASE)), "v": 2}
    order = {"v": PROTOCOL, "job": "2.1", "request": request, "size": [160, 90], "images": {}}
    studio.tell({**order, "out": str(tmp_path / "film.mp4")})
    assert studio.answer()[1]["error"]["code"] == "engine_error"
