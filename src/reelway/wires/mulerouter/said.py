"""A request in MuleRouter's words ⇄ ours: what its fields mean together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reelway.errors import UnknownRoute
from reelway.limits import read_body
from reelway.request import (
    DEFAULT_DURATION,
    Element,
    Image,
    Kind,
    Resolution,
    Shot,
    ShotMode,
    VideoRequest,
)
from reelway.wire import Call, Ignored, Reading, film_seconds, image_of, leftovers, wrong
from reelway.wires.mulerouter.bodies import (
    KNOWN,
    MOST_PICTURES,
    NOT_MADE,
    OMNI,
    V3,
    FilmBody,
    ImageBody,
    OmniBody,
    TextBody,
)

# Path → the vendor's model name and its body.
_V1 = "/vendors/klingai/v1/"
ENDPOINTS: Mapping[str, tuple[str, type[TextBody]]] = {
    f"{_V1}{V3}/text-to-video/generation": (V3, TextBody),
    f"{_V1}{V3}/image-to-video/generation": (V3, ImageBody),
    f"{_V1}{OMNI}/text-to-video/generation": (OMNI, OmniBody),
    f"{_V1}{OMNI}/image-to-video/generation": (OMNI, OmniBody),
    f"{_V1}{OMNI}/reference-image-to-video/generation": (OMNI, OmniBody),
    f"{_V1}{OMNI}/reference-to-video/generation": (OMNI, OmniBody),
    f"{_V1}{OMNI}/reference-video-to-video/generation": (OMNI, FilmBody),
    f"{_V1}{OMNI}/video-to-video/edit": (OMNI, FilmBody),
}
WITH_FRAMES = "/image-to-video/"  # in a path: a frame is required
# ASSUMED: of the two spellings, the one in the vendor's client is called.
REFERENCE = "reference-image-to-video"
SIDE: Mapping[tuple[str, Kind], str] = {
    (V3, "text"): "text-to-video",
    (V3, "image"): "image-to-video",
    (V3, "reference"): "text-to-video",
    (OMNI, "text"): "text-to-video",
    (OMNI, "image"): "image-to-video",
    (OMNI, "reference"): REFERENCE,
}

# The vendor's model name ⇄ our family, and its mode where none is given.
FAMILIES: Mapping[str, str] = {V3: "kling-v3", OMNI: "kling-o3"}
NAMES = {family: name for name, family in FAMILIES.items()}
DEFAULT_MODE: Mapping[str, str] = {V3: "std", OMNI: "pro"}
RESOLUTIONS: Mapping[str, Resolution] = {"std": "720p", "pro": "1080p"}
MODES = {resolution: mode for mode, resolution in RESOLUTIONS.items()}

SIBLING = "not a field of this endpoint"
MARKER = re.compile(r"<<<(element|voice|image|video)_([0-9]+)>>>")
AT = re.compile(r"(?<![\w@])@(Element|Image|Video)([0-9]{1,3})(?![0-9A-Za-z_])")  # omni only
DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)


def path_of(request: VideoRequest) -> str:
    """Where the request is posted, and its task looked up."""
    name = NAMES.get(request.model, V3)
    return f"{_V1}{name}/{SIDE.get((name, request.kind), 'text-to-video')}/generation"


# Reading


def read(call: Call) -> Reading:
    if call.path not in ENDPOINTS:
        raise UnknownRoute("no such model")
    name, model = ENDPOINTS[call.path]
    body = read_body(model, call.data)
    _check_inputs(body)
    mode = _shot_mode(body)
    if WITH_FRAMES in call.path and not (body.first_frame or body.last_frame):
        raise wrong("first_frame", "is required, unless there is a last_frame")
    texts = _texts(body, mode)
    _check_markers(body, texts)
    shots = _shots(body, texts) if mode == "customize" else ()
    extra, unknown = leftovers(body, {field: SIBLING for field in KNOWN})
    request = VideoRequest(
        kind=_kind(body),
        model=FAMILIES[name],
        resolution=RESOLUTIONS[body.mode or DEFAULT_MODE[name]],
        prompt=texts.get("prompt", ""),
        negative_prompt=body.negative_prompt or "",
        duration=_seconds(body, shots),
        aspect_ratio=body.aspect_ratio,
        sound=body.sound == "on",
        first_frame=image_of(body.first_frame),
        last_frame=image_of(body.last_frame),
        references=_images(_references(body)),
        shot_mode=mode,
        shots=shots,
        elements=tuple(
            Element(frontal=Image(source=e.frontal_image), references=_images(e.reference_images))
            for e in body.elements or ()
        ),
        # A sibling's field would have an effect where the frames may take the request.
        extra={field: value for field, value in extra.items() if field not in KNOWN},
    )
    ignored = (*_without_effect(body, mode), *unknown)
    return Reading(request=request, model_asked=name, ignored=ignored)


def _check_inputs(body: TextBody) -> None:
    """Films as inputs are not taken, and of pictures only so many."""
    if isinstance(body, FilmBody):
        raise wrong("video", f"{NOT_MADE}: films are made from text, images and elements only")
    if isinstance(body, OmniBody) and body.keep_audio:
        raise wrong("keep_audio", NOT_MADE)
    frames = bool(body.first_frame) + bool(body.last_frame)
    images = len(_references(body))
    if images and frames + images + len(body.elements or ()) > MOST_PICTURES:
        raise wrong("images", f"must be at most {MOST_PICTURES} together with frames and elements")


def _shot_mode(body: TextBody) -> ShotMode:
    if not body.multi_shot:
        if not body.prompt:
            raise wrong(
                "prompt", "is required, unless multi_shot is true and shot_type is customize"
            )
        return "none"
    if not body.shot_type:
        raise wrong("shot_type", "is required where multi_shot is true")
    if body.shot_type == "customize" and not body.multi_prompt:
        raise wrong("multi_prompt", "is required where shot_type is customize")
    if body.shot_type == "intelligence" and not body.prompt:
        raise wrong("prompt", "is required where shot_type is intelligence")
    return body.shot_type


def _without_effect(body: TextBody, mode: ShotMode) -> Iterator[Ignored]:
    if mode == "customize" and body.prompt:
        yield Ignored(field="prompt", reason="shot_type is customize: the shots are made")
    if mode != "customize" and body.multi_prompt:
        reason = "shot_type is intelligence" if body.multi_shot else "multi_shot is not true"
        yield Ignored(field="multi_prompt", reason=f"{reason}: the prompt is made")
    if mode == "none" and body.shot_type:
        yield Ignored(field="shot_type", reason="multi_shot is not true")


def _texts(body: TextBody, mode: ShotMode) -> dict[str, str]:
    """The texts that have an effect, by field, with markers in their canonical form."""
    if mode == "customize":
        shots = enumerate(body.multi_prompt or ())
        texts = {f"multi_prompt[{n}].prompt": shot.prompt for n, shot in shots}
    else:
        texts = {"prompt": body.prompt or ""}
    if isinstance(body, OmniBody):
        texts = {field: AT.sub(_canonical, text) for field, text in texts.items()}
    return texts


def _canonical(at: re.Match[str]) -> str:
    return f"<<<{at[1].lower()}_{int(at[2])}>>>"


def _check_markers(body: TextBody, texts: Mapping[str, str]) -> None:
    """Whoever is named must be there. On kling-v3 an image's marker is plain text."""
    there = {"element": len(body.elements or ()), "voice": 0}
    if isinstance(body, OmniBody):
        there |= {"image": len(_references(body)), "video": 0}
    for field, text in texts.items():
        for kind, digits in MARKER.findall(text):
            number = int(digits[:9])
            if kind in there and not 1 <= number <= there[kind]:
                raise wrong(field, f"has a <<<{kind}_n>>> for which there is no {kind}")


def _seconds(body: TextBody, shots: tuple[Shot, ...]) -> int:
    """Unlike elsewhere, shots do not change the length of 5 seconds where none is given."""
    seconds = DEFAULT_DURATION if body.duration is None else body.duration
    if not shots:
        for n, shot in enumerate(body.multi_prompt or ()):  # ignored, but for its bounds
            if shot.duration > seconds:
                raise wrong(
                    f"multi_prompt[{n}].duration", f"must not be longer than the film, {seconds}"
                )
    return film_seconds(seconds, shots, "multi_prompt")


def _shots(body: TextBody, texts: Mapping[str, str]) -> tuple[Shot, ...]:
    """In the order of `index`; without one a shot counts by its place, equal ones by theirs."""
    places = list(enumerate(body.multi_prompt or ()))
    places.sort(key=lambda place: place[0] + 1 if place[1].index is None else place[1].index)
    return tuple(
        Shot(prompt=texts[f"multi_prompt[{n}].prompt"], duration=shot.duration)
        for n, shot in places
    )


def _references(body: TextBody) -> list[str]:
    return (body.images or []) if isinstance(body, OmniBody) else []


def _images(sources: list[str]) -> tuple[Image, ...]:
    return tuple(Image(source=source) for source in sources)


def _kind(body: TextBody) -> Kind:
    if body.first_frame or body.last_frame:
        return "image"
    return "reference" if body.elements or _references(body) else "text"


# Writing


def wordless(request: VideoRequest) -> Mapping[str, object]:
    name = NAMES.get(request.model)
    return {
        "model": name is None,
        "kind": (name or V3, request.kind) not in SIDE,
        "resolution": request.resolution not in MODES,
        "references": request.references and name != OMNI,
        "voices": request.voices,
        "cfg_scale": request.cfg_scale is not None,
        "prompt": request.prompt and request.shot_mode == "customize",
        "seed": request.seed is not None,
    }


def write(request: VideoRequest) -> dict[str, Any]:
    """The body; what is not set is left out."""
    shots = [
        {"index": n, "prompt": shot.prompt, "duration": shot.duration}
        for n, shot in enumerate(request.shots, 1)
    ]
    elements = [
        {
            "type": "image",
            "frontal_image": _source(element.frontal),
            "reference_images": [_source(image) for image in element.references],
        }
        for element in request.elements
    ]
    words = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "first_frame": _source(request.first_frame),
        "last_frame": _source(request.last_frame),
        "images": [_source(image) for image in request.references],
        "elements": elements,
        "aspect_ratio": request.aspect_ratio,
        "shot_type": request.shot_mode if request.shot_mode != "none" else None,
        "multi_prompt": shots,
    }
    body = {
        **request.extra,
        "multi_shot": request.shot_mode != "none",
        "sound": "on" if request.sound else "off",
        "mode": MODES[request.resolution],
        "duration": request.duration,
    }
    body.update((name, value) for name, value in words.items() if value not in (None, "", []))
    return body


def _source(image: Image | None) -> str | None:
    """An address, or base64 without the head of a data URL, as the image-to-video page wants."""
    return DATA_URL.sub("", image.source.lstrip(), count=1) if image else None
