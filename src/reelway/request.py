"""What is wanted: one `VideoRequest`, whatever vendor's words it came in.

The canonical form is durable (it lies in the database and crosses to engine children), so it
carries a version `v`. `to_json` leaves out what equals its default; `from_json` reads every
version ever written.

An image is a `source` text in one of five forms, told apart by `Image.form`:

    https://…                    "address": to be fetched through the guarded way out
    data:image/png;base64,…      "inline"
    iVBORw0KGgo…                 "inline": raw base64
    stored:<public id>           "stored": the owner's upload or element, by its id
    asset:<sha256>               "asset": checked and kept; the only form in a stored task
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

VERSION = 1

Kind = Literal["text", "image", "reference", "voice"]
Resolution = Literal["720p", "1080p", "4k"]
AspectRatio = Literal["16:9", "9:16", "1:1"]
ShotMode = Literal["none", "customize", "intelligence"]

RESOLUTIONS: tuple[Resolution, ...] = ("720p", "1080p", "4k")
ASPECT_RATIOS: tuple[AspectRatio, ...] = ("16:9", "9:16", "1:1")
SHORTEST, LONGEST = 3, 15  # seconds
DEFAULT_DURATION = 5  # seconds
DEFAULT_CFG_SCALE = 0.5
FRAME_RATE = 24  # frames a second, constant

# Pixels (width, height) of a film; rules for other ratios in `frame_size`.
SIZES: Mapping[tuple[Resolution, AspectRatio], tuple[int, int]] = {
    ("720p", "16:9"): (1280, 720),
    ("720p", "9:16"): (720, 1280),
    ("720p", "1:1"): (960, 960),
    ("1080p", "16:9"): (1920, 1080),
    ("1080p", "9:16"): (1080, 1920),
    ("1080p", "1:1"): (1440, 1440),
    ("4k", "16:9"): (3840, 2160),
    ("4k", "9:16"): (2160, 3840),
    ("4k", "1:1"): (2880, 2880),
}


@dataclass(frozen=True, kw_only=True)
class Image:
    """An input picture; `width` and `height` in pixels after EXIF turning, once checked."""

    source: str
    width: int | None = None
    height: int | None = None

    @property
    def form(self) -> Literal["asset", "stored", "address", "inline"]:
        head = self.source[:8].lower()
        if head.startswith("asset:"):
            return "asset"
        if head.startswith("stored:"):
            return "stored"
        if head.startswith(("http://", "https://")):
            return "address"
        return "inline"

    @property
    def sha256(self) -> str:
        """The asset's name. Raises ValueError unless `form` is "asset"."""
        if self.form != "asset":
            raise ValueError("the image is not an asset yet")
        return self.source[len("asset:") :]


@dataclass(frozen=True, kw_only=True)
class Shot:
    prompt: str
    duration: int  # seconds


@dataclass(frozen=True, kw_only=True)
class Element:
    """A subject that stays itself in every shot; `<<<element_n>>>` in a prompt places it."""

    frontal: Image
    references: tuple[Image, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VideoRequest:
    """One film, as ordered. Texts are as the caller wrote them, markers in canonical form."""

    kind: Kind = "text"
    model: str = "kling-v3"
    resolution: Resolution = "720p"
    prompt: str = ""
    negative_prompt: str = ""
    cfg_scale: float | None = None  # 0–1; None: 0.5
    duration: int = DEFAULT_DURATION  # seconds
    aspect_ratio: AspectRatio | None = None  # None: the image's own, else 16:9
    sound: bool = False
    captions: bool | None = None  # of its dialogue, burned in; None: as the prompt says
    first_frame: Image | None = None
    last_frame: Image | None = None
    references: tuple[Image, ...] = ()
    shot_mode: ShotMode = "none"
    shots: tuple[Shot, ...] = ()
    elements: tuple[Element, ...] = ()
    voices: tuple[str, ...] = ()
    sample: str | None = None  # of a voice that is to be made: audio, in an image's four forms
    seed: int | None = None
    webhook: str | None = None
    external_id: str | None = None
    provider: str | None = None  # that is to make it, and no other one; None: any
    labels: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # unknown fields, as they came
    sandbox: Mapping[str, Any] = field(default_factory=dict)  # directives: see `reelway.sandbox`
    v: int = VERSION

    @property
    def picture_seed(self) -> int:
        """The seed of the picture: as asked, else from prompt and shots alone (31 bits), so that
        the emulator repeats itself. A derived seed is never sent to a vendor."""
        if self.seed is not None:
            return self.seed
        text = "\0".join([self.prompt, *(f"{s.duration}:{s.prompt}" for s in self.shots)])
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    @property
    def frames(self) -> int:
        return self.duration * FRAME_RATE

    def images(self) -> Iterator[tuple[str, Image]]:
        """Every input picture with the canonical name of its field."""
        if self.first_frame:
            yield "first_frame", self.first_frame
        if self.last_frame:
            yield "last_frame", self.last_frame
        for n, image in enumerate(self.references):
            yield f"references[{n}]", image
        for n, element in enumerate(self.elements):
            yield f"elements[{n}].frontal", element.frontal
            for m, image in enumerate(element.references):
                yield f"elements[{n}].references[{m}]", image

    def with_images(self, known: Mapping[str, Image]) -> VideoRequest:
        """The same request with each image replaced by `known[image.source]`, where there."""

        def swap(image: Image) -> Image:
            return known.get(image.source, image)

        return replace(
            self,
            first_frame=self.first_frame and swap(self.first_frame),
            last_frame=self.last_frame and swap(self.last_frame),
            references=tuple(swap(i) for i in self.references),
            elements=tuple(
                Element(frontal=swap(e.frontal), references=tuple(swap(i) for i in e.references))
                for e in self.elements
            ),
        )


def frame_size(request: VideoRequest, scale: float = 1.0) -> tuple[int, int]:
    """The film's (width, height) in pixels, both even.

    A ratio that was asked for wins; else the first frame's, else the last frame's, at the area
    of the resolution's 16:9 film; else 16:9. `scale` shrinks both sides (tests only).
    """
    image = request.first_frame or request.last_frame
    if request.aspect_ratio is None and image and image.width and image.height:
        wide, high = SIZES[request.resolution, "16:9"]
        area, ratio = wide * high, image.width / image.height
        width, height = math.sqrt(area * ratio), math.sqrt(area / ratio)
    else:
        width, height = SIZES[request.resolution, request.aspect_ratio or "16:9"]
    return _even(width * scale), _even(height * scale)


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def to_json(request: VideoRequest) -> dict[str, Any]:
    """The canonical request as plain data; what equals its default is left out, `v` never."""
    out: dict[str, Any] = {"v": request.v}
    for name, default in _DEFAULTS.items():
        value = getattr(request, name)
        if value != default:
            out[name] = _plain(value)
    return out


def from_json(data: Mapping[str, Any]) -> VideoRequest:
    """Read a canonical request of any version so far. Raises ValueError on a newer one."""
    if data.get("v") != VERSION:
        raise ValueError(f"canonical request version {data.get('v')!r} is not known here")
    given: dict[str, Any] = {k: v for k, v in data.items() if k in _DEFAULTS}
    for name in ("first_frame", "last_frame"):
        if given.get(name):
            given[name] = Image(**given[name])
    if "references" in given:
        given["references"] = tuple(Image(**i) for i in given["references"])
    if "shots" in given:
        given["shots"] = tuple(Shot(**s) for s in given["shots"])
    if "voices" in given:
        given["voices"] = tuple(given["voices"])
    if "elements" in given:
        given["elements"] = tuple(
            Element(
                frontal=Image(**e["frontal"]),
                references=tuple(Image(**i) for i in e.get("references", ())),
            )
            for e in given["elements"]
        )
    return VideoRequest(**given)


def _plain(value: Any) -> Any:
    if isinstance(value, Image | Shot | Element):
        return {
            f.name: _plain(v)
            for f in fields(value)
            if (v := getattr(value, f.name)) not in (None, ())
        }
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return dict(value) if isinstance(value, Mapping) else value


_BLANK = VideoRequest()
_DEFAULTS: Mapping[str, Any] = {
    f.name: getattr(_BLANK, f.name) for f in fields(VideoRequest) if f.name != "v"
}
