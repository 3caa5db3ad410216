"""Bodies and queries of the native wire, and the request that they become."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from reelway import words
from reelway.limits import (
    Body,
    Limit,
    Maybe,
    Number,
    Picture,
    Said,
    Switch,
    Text,
    Whole,
    read_body,
)
from reelway.request import (
    LONGEST,
    SHORTEST,
    AspectRatio,
    Element,
    Image,
    Kind,
    Resolution,
    Shot,
    ShotMode,
    VideoRequest,
)
from reelway.resource import Order
from reelway.task import LEAST_PRIORITY, LONGEST_TERM, MOST_PRIORITY, Status, Terms
from reelway.webhook import LONGEST_URL
from reelway.wire import Call, film_seconds, wrong

FORMS = "An address, a data URL, base64, or the id of an upload."

# Which families there are, the engines know: another one is refused when an engine is sought.
Model = Annotated[Said, Limit(1, 128)]
Words = Maybe[Annotated[Text, Limit(0, 2500)]]
Seconds = Annotated[Whole, Limit(SHORTEST, LONGEST)]
Scale = Annotated[Number, Limit(0, 1)]
Term = Annotated[Whole, Limit(1, LONGEST_TERM)]
Name = Annotated[Said, Limit(1, 128)]
Labels = dict[Annotated[Said, Limit(1, 64)], Annotated[Text, Limit(0, 256)]]


class ShotBody(Body):
    prompt: Annotated[Said, Limit(1, 512)] = Field(description=words.SHOT_PROMPT)
    duration: Annotated[Whole, Limit(1, LONGEST)] = Field(description=words.SHOT_DURATION)


class ElementBody(Body):
    id: Maybe[Name] = Field(None, description=words.ELEMENT_ID)
    frontal: Maybe[Picture] = Field(
        None, description=f"{words.ELEMENT_FRONTAL} Required, unless there is an id."
    )
    references: Maybe[Annotated[list[Picture], Limit(1, 3)]] = Field(
        None, description=words.ELEMENT_REFERENCES
    )


class VoiceOrder(Body):
    name: Name = Field(description=words.NAME)
    sample: Picture = Field(description=f"{words.SAMPLE} {FORMS}")


class ElementOrder(Body):
    name: Name = Field(description=words.NAME)
    frontal: Picture = Field(description=words.ELEMENT_FRONTAL)
    references: Maybe[Annotated[list[Picture], Limit(1, 3)]] = Field(
        None, description=words.ELEMENT_REFERENCES
    )


EXAMPLE = {"prompt": words.FILM, "duration": 5, "resolution": "720p", "sound": True}


class TaskBody(Body, json_schema_extra={"examples": [EXAMPLE]}):
    model: Model | None = Field(None, description=words.MODEL)
    prompt: Words = Field(None, description=f"{words.STYLE} Required, unless there are shots.")
    negative_prompt: Words = Field(None, description=words.NEGATIVE_PROMPT)
    cfg_scale: Scale | None = Field(None, description=words.CFG_SCALE)
    duration: Seconds | None = Field(None, description=words.DURATION)
    aspect_ratio: Annotated[AspectRatio, Limit()] | None = Field(
        None, description=words.FRAMED_RATIO
    )
    resolution: Annotated[Resolution, Limit()] | None = Field(None, description=words.RESOLUTION)
    sound: Switch | None = Field(None, description=words.SOUND)
    captions: Switch | None = Field(None, description=words.CAPTIONS)
    first_frame: Maybe[Picture] = Field(
        None, description=f"{words.FIRST_FRAME} Or the id of an upload."
    )
    last_frame: Maybe[Picture] = Field(None, description=words.LAST_FRAME)
    references: Maybe[Annotated[list[Picture], Limit(1, 7)]] = Field(
        None, description=words.REFERENCES
    )
    shot_mode: Annotated[ShotMode, Limit()] | None = Field(None, description=words.SHOT_MODE)
    shots: Maybe[Annotated[list[ShotBody], Limit(1, 6)]] = Field(None, description=words.SHOTS)
    elements: Maybe[Annotated[list[ElementBody], Limit(1, 3)]] = Field(
        None, description=words.ELEMENTS
    )
    voices: Maybe[Annotated[list[Name], Limit(1, 2)]] = Field(None, description=words.VOICES)
    seed: Annotated[Whole, Limit(0, 2**31 - 1)] | None = Field(None, description=words.SEED)
    webhook: Maybe[Annotated[Text, Limit(0, LONGEST_URL)]] = Field(None, description=words.WEBHOOK)
    external_id: Maybe[Name] = Field(None, description=words.EXTERNAL_ID)
    labels: Annotated[Labels, Limit(0, 16)] | None = Field(None, description=words.LABELS)
    priority: Annotated[Whole, Limit(LEAST_PRIORITY, MOST_PRIORITY)] | None = Field(
        None, description=words.PRIORITY
    )
    deadline: Term | None = Field(None, description=words.DEADLINE)
    cancel_after: Term | None = Field(None, description=words.CANCEL_AFTER)


class CancelBody(Body, json_schema_extra={"examples": [{"abandon": True}]}):
    abandon: Switch | None = Field(None, description=words.ABANDON)


class CreateQuery(Body):
    dry_run: Switch = False


class ListQuery(Body):
    limit: Annotated[Whole, Limit(1, 100)] = 20
    after: Annotated[Said, Limit(1, 80)] | None = None
    status: Annotated[Status, Limit()] | None = None
    model: Model | None = None


def terms_of(body: TaskBody) -> Terms:
    return Terms(
        priority=body.priority or 0, deadline=body.deadline, cancel_after=body.cancel_after
    )


def read_abandon(call: Call) -> bool:
    """By body or query; what contradicts itself is refused, for it costs money."""
    said = [read_body(CancelBody, data).abandon for data in (call.data or {}, dict(call.query))]
    if None not in said and len(set(said)) > 1:
        raise wrong("abandon", "is one thing in the body and another in the query")
    return True in said


def _shot_mode(body: TaskBody) -> ShotMode:
    mode: ShotMode = body.shot_mode or ("customize" if body.shots else "none")
    if body.shots and mode != "customize":
        raise wrong("shots", f"cannot be used with shot_mode {mode}")
    if mode == "customize" and not body.shots:
        raise wrong("shots", "is required with shot_mode customize")
    if not body.prompt and not body.shots:
        raise wrong("prompt", "is required, unless there are shots")
    return mode


def _kind(body: TaskBody) -> Kind:
    if body.first_frame or body.last_frame:
        return "image"
    return "reference" if body.elements or body.references else "text"


UPLOAD = re.compile(r"asset_[0-9A-Z]{26}")
STORED = "stored:"


def source_of(text: str) -> str:
    """A picture or sample as a source; the id of an upload stands for what was uploaded."""
    return STORED + text if UPLOAD.fullmatch(text) else text


def image(text: str | None) -> Image | None:
    return Image(source=source_of(text)) if text else None


def _element(body: ElementBody, number: int) -> Element:
    if body.id and (body.frontal or body.references):
        raise wrong(f"elements[{number}].id", "cannot be used together with frontal or references")
    if body.id:
        return Element(frontal=Image(source=STORED + body.id))
    if not body.frontal:
        raise wrong(f"elements[{number}].frontal", "is required, unless id names a kept element")
    frontal = Image(source=source_of(body.frontal))
    return Element(frontal=frontal, references=_images(body.references))


def order_of(body: VoiceOrder | ElementOrder) -> Order:
    if isinstance(body, VoiceOrder):
        return Order(name=body.name, sample=source_of(body.sample))
    frontal = Image(source=source_of(body.frontal))
    return Order(
        name=body.name, element=Element(frontal=frontal, references=_images(body.references))
    )


def _images(sources: Sequence[str] | None) -> tuple[Image, ...]:
    return tuple(Image(source=source_of(source)) for source in sources or ())


def request_of(body: TaskBody, extra: Mapping[str, Any]) -> VideoRequest:
    shots = tuple(Shot(prompt=s.prompt, duration=s.duration) for s in body.shots or ())
    return VideoRequest(
        shot_mode=_shot_mode(body),
        duration=film_seconds(body.duration, shots, "shots"),
        kind=_kind(body),
        model=body.model or "kling-v3",
        resolution=body.resolution or "720p",
        prompt=body.prompt or "",
        negative_prompt=body.negative_prompt or "",
        cfg_scale=body.cfg_scale,
        aspect_ratio=body.aspect_ratio,
        sound=bool(body.sound),
        captions=body.captions,
        first_frame=image(body.first_frame),
        last_frame=image(body.last_frame),
        references=_images(body.references),
        shots=shots,
        elements=tuple(_element(e, n) for n, e in enumerate(body.elements or ())),
        voices=tuple(body.voices or ()),
        seed=body.seed,
        webhook=body.webhook,
        external_id=body.external_id,
        labels=body.labels or {},
        extra=extra,
    )
