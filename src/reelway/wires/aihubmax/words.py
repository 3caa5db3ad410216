"""A create's body ⇄ our request: `request_of` and `words_of`, and the markers in a prompt.

`<<<element_1>>>`, `<<<voice_1>>>` and, on the o3 models, `<<<image_1>>>` point at the entries of
elements, voice_ids and image_urls. The o3 pages write @Element1 and @Image1: read to the form
with angles, written back with the at sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reelway.limits import Body
from reelway.request import Element, Image, Shot, VideoRequest
from reelway.wire import film_seconds, image_of, wrong
from reelway.wires.aihubmax.bodies import (
    LENGTHS,
    MODELS,
    MOST_PICTURES,
    O3,
    VOICE,
    AnyFilm,
    FilmBody,
    O3Body,
    O3Image,
    O3Reference,
    ShotBody,
    V3Image,
    VoiceBody,
    name_in,
)

MARKER = re.compile(r"<<<(element|voice)_([0-9]+)>>>")
O3_MARKER = re.compile(r"<<<(element|voice|image)_([0-9]+)>>>|@(Element|Image)([0-9]+)")
PLACED = re.compile(r"<<<(element|image)_([0-9]+)>>>(?![0-9])")  # a digit would join the number
AN = {"element": "an element", "voice": "a voice", "image": "an image"}


# Reading


def request_of(body: AnyFilm | VoiceBody, extra: Mapping[str, Any]) -> VideoRequest:
    """Raises InvalidRequest for what joins two fields."""
    family, kind = MODELS[body.model]
    if isinstance(body, VoiceBody):
        return VideoRequest(
            kind=kind, model=family, sample=body.voice_url, webhook=body.callback_url, extra=extra
        )
    _check_words(body)
    _check_pictures(body)
    prompt, shots = _marked(body)
    first, last = _frames(body)
    return VideoRequest(
        kind=kind,
        model=family,
        resolution=body.resolution or "720p",
        prompt=prompt,
        negative_prompt=body.negative_prompt or "",
        duration=_seconds(body, shots, LENGTHS[family]),
        aspect_ratio=None if isinstance(body, V3Image | O3Image) else body.aspect_ratio,
        sound=bool(body.generate_audio),
        first_frame=first,
        last_frame=last,
        references=_images(body.image_urls) if isinstance(body, O3Reference) else (),
        shot_mode="customize" if shots else "none",
        shots=shots,
        elements=_elements(body),
        voices=tuple(body.voice_ids or ()),
        webhook=body.callback_url,
        extra=extra,
    )


def _check_words(body: FilmBody) -> None:
    """A prompt, shots, or both; on o3 image-to-video one of them. Voices need sound."""
    if not body.prompt and not body.multi_prompt:
        raise wrong("prompt", "is required, unless multi_prompt has shots")
    if isinstance(body, O3Image) and body.prompt and body.multi_prompt:
        raise wrong("multi_prompt", "cannot be used together with prompt on this model")
    if body.voice_ids and not body.generate_audio:
        raise wrong("voice_ids", "cannot be used unless generate_audio is true")


def _check_pictures(body: FilmBody) -> None:
    if isinstance(body, V3Image | O3Image) and body.last and body.multi_prompt:
        raise wrong(name_in(type(body), "last"), "cannot be used together with multi_prompt")
    if isinstance(body, O3Reference):
        if len(body.image_urls or ()) + len(body.elements or ()) > MOST_PICTURES:
            raise wrong("image_urls", f"and elements must be at most {MOST_PICTURES} together")


def _seconds(body: AnyFilm, shots: Sequence[Shot], lengths: Sequence[int]) -> int:
    if shots and sum(shot.duration for shot in shots) not in lengths:
        low, high = lengths[0], lengths[-1]
        span = f"{low} or {high}" if len(lengths) == 2 else f"between {low} and {high}"
        raise wrong("multi_prompt", f"must last {span} seconds in all")
    return film_seconds(body.duration, shots, "multi_prompt")


def _frames(body: FilmBody) -> tuple[Image | None, Image | None]:
    if isinstance(body, V3Image | O3Image | O3Reference):
        return image_of(body.first), image_of(body.last)
    return None, None


def _images(sources: Sequence[str] | None) -> tuple[Image, ...]:
    return tuple(Image(source=source) for source in sources or ())


def _elements(body: FilmBody) -> tuple[Element, ...]:
    given = body.elements if isinstance(body, O3Body) else None
    return tuple(
        Element(
            frontal=Image(source=element.frontal_image_url),
            references=_images(element.reference_image_urls),
        )
        for element in given or ()
    )


def _marked(body: FilmBody) -> tuple[str, tuple[Shot, ...]]:
    """Prompt and shots with markers in canonical form. Raises InvalidRequest for a marker of
    what is not there."""
    there = {
        "element": len(body.elements or ()) if isinstance(body, O3Body) else 0,
        "voice": len(body.voice_ids or ()),
        "image": len(body.image_urls or ()) if isinstance(body, O3Reference) else 0,
    }
    pattern = O3_MARKER if isinstance(body, O3Body) else MARKER
    given: list[ShotBody] = body.multi_prompt or []
    shots = tuple(
        Shot(
            prompt=_canonical(shot.prompt, pattern, there, f"multi_prompt[{n}].prompt"),
            duration=shot.duration,
        )
        for n, shot in enumerate(given)
    )
    return _canonical(body.prompt or "", pattern, there, "prompt"), shots


def _canonical(text: str, pattern: re.Pattern[str], there: Mapping[str, int], field: str) -> str:
    def marker(match: re.Match[str]) -> str:
        kind, number = (group for group in match.groups() if group)
        if not 1 <= int(number) <= there[kind.lower()]:
            raise wrong(field, f"names {AN[kind.lower()]} that is not given")
        return f"<<<{kind.lower()}_{int(number)}>>>"

    return pattern.sub(marker, text)


# Writing


def words_of(request: VideoRequest, name: str, body: type[Body]) -> dict[str, Any]:
    """The request as a body for the vendor's model `name`."""
    if name == VOICE:
        return {**request.extra, "model": name, "voice_url": request.sample}

    def said(text: str) -> str:
        return PLACED.sub(_at, text) if request.model == O3 else text

    words = {
        "prompt": said(request.prompt),
        "multi_prompt": [{"prompt": said(s.prompt), "duration": s.duration} for s in request.shots],
        "negative_prompt": request.negative_prompt,
        "aspect_ratio": request.aspect_ratio,
        name_in(body, "first"): request.first_frame and request.first_frame.source,
        name_in(body, "last"): request.last_frame and request.last_frame.source,
        "image_urls": [image.source for image in request.references],
        "elements": [_element(element) for element in request.elements],
        "voice_ids": list(request.voices),
        "shot_type": "customize" if request.shots and body is O3Reference else None,
    }
    return {
        **request.extra,
        "model": name,
        "resolution": request.resolution,
        "generate_audio": request.sound,
        "duration": request.duration,
        **{name: value for name, value in words.items() if value not in (None, "", [])},
    }


def _at(marker: re.Match[str]) -> str:
    return f"@{marker[1].title()}{marker[2]}"


def _element(element: Element) -> dict[str, Any]:
    out: dict[str, Any] = {"frontal_image_url": element.frontal.source}
    if element.references:
        out["reference_image_urls"] = [image.source for image in element.references]
    return out


def wordless(request: VideoRequest, known: bool) -> Mapping[str, object]:
    """What this vendor has no word for; `known`: there is a model of this family and kind."""
    kind, image = request.kind, request.kind == "image"
    if kind == "voice":
        return {"sample": not request.sample, "prompt": request.prompt or request.shots}
    return {
        "model": request.model not in LENGTHS,
        "kind": not known,
        "sample": request.sample,
        "first_frame": bool(request.first_frame) != image and kind != "reference",
        "last_frame": request.last_frame and (kind == "text" or (image and request.shots)),
        "references": request.references and kind != "reference",
        "elements": request.elements and request.model != O3,
        "voices": request.voices and not request.sound,
        "aspect_ratio": request.aspect_ratio and image,
        "cfg_scale": request.cfg_scale is not None,
        "shot_mode": request.shot_mode == "intelligence",
        "prompt": request.prompt and request.shots and image and request.model == O3,
        "seed": request.seed is not None,
    }
