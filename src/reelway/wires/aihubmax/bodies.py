"""What a create may hold, by its `model`: one path, six bodies.

Page: docs.aihubmax.com/pages/en, kling-v3-text-to-video and siblings; docs.foxapi.cc, which
matches it field for field. Pictures have one name in all bodies here, `first` and `last`, and the
vendor's name of that model as alias.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, RootModel

from reelway import words
from reelway.limits import Body, Limit, Maybe, Picture, Said, Switch, Text, Whole
from reelway.request import LONGEST, SHORTEST, AspectRatio, Kind, Resolution
from reelway.webhook import LONGEST_URL

V3, O3 = "kling-v3", "kling-o3"
VOICE = "kling-video-create-voice"

# The vendor's model ⇄ family and kind.
MODELS: Mapping[str, tuple[str, Kind]] = {
    "kling-v3-text-to-video": (V3, "text"),
    "kling-v3-image-to-video": (V3, "image"),
    "kling-o3-text-to-video": (O3, "text"),
    "kling-o3-image-to-video": (O3, "image"),
    "kling-o3-reference-to-video": (O3, "reference"),
    VOICE: (V3, "voice"),
}

# Seconds that a film of the family may last; the v3 page lists 5 and 10.
LENGTHS: Mapping[str, tuple[int, ...]] = {V3: (5, 10), O3: tuple(range(SHORTEST, LONGEST + 1))}
MOST_PICTURES = 4  # references and elements together

# ASSUMED: the page was not to be had; the names are those of the upstream model's other vendors.
REFERENCE_FIRST = "start_image_url"
REFERENCE_LAST = "end_image_url"


class Named(Body):
    """What every body has: it decides about the rest."""

    model: Annotated[
        Literal[
            "kling-v3-text-to-video",
            "kling-v3-image-to-video",
            "kling-o3-text-to-video",
            "kling-o3-image-to-video",
            "kling-o3-reference-to-video",
            "kling-video-create-voice",
        ],
        Limit(),
    ]


class ShotBody(Body):
    # The page says {prompt, duration}; 512 characters and whole seconds are the upstream model's.
    prompt: Annotated[Said, Limit(1, 512, mark="I")]
    duration: Annotated[Whole, Limit(1, LONGEST, mark="I")]


class ElementBody(Body):
    frontal_image_url: Picture
    reference_image_urls: Annotated[list[Picture], Limit(1, 3, mark="I")]


Shots = Maybe[Annotated[list[ShotBody], Limit(1, 6, mark="I")]]
Elements = Maybe[Annotated[list[ElementBody], Limit(1, 3, mark="I")]]
Ratio = Annotated[AspectRatio, Limit()]
PICTURE, RATIO = words.FIRST_FRAME, words.RATIO
EXAMPLE = {"model": "kling-v3-text-to-video", "prompt": "A boat in the rain"}
LAST = f"{words.LAST_FRAME} Not with multi_prompt."


class CalledBack(Body):
    callback_url: Maybe[Annotated[Text, Limit(0, LONGEST_URL, mark="A")]] = Field(
        None, description=f"{words.WEBHOOK} https alone."
    )


class FilmBody(CalledBack):
    """What all films have. `negative_prompt` has no limit on the page."""

    prompt: Maybe[Annotated[Text, Limit(0, 2500)]] = Field(None, description=words.STYLE)
    multi_prompt: Shots = Field(None, description=words.SHOTS)
    negative_prompt: Maybe[Text] = Field(None, description=words.NEGATIVE_PROMPT)
    resolution: Annotated[Resolution, Limit()] | None = Field(None, description=words.RESOLUTION)
    generate_audio: Switch | None = Field(None, description=words.SOUND)
    voice_ids: Maybe[Annotated[list[Said], Limit(1, 2)]] = Field(
        None, description=f"{words.VOICES} Only with generate_audio true."
    )


class V3Body(FilmBody):
    duration: Annotated[Whole, Limit(among=LENGTHS[V3])] | None = Field(
        None, description=words.DURATION
    )


class O3Body(FilmBody):
    duration: Annotated[Whole, Limit(SHORTEST, LONGEST)] | None = Field(
        None, description=words.DURATION
    )
    elements: Elements = Field(
        None, description=words.ELEMENTS.replace("<<<element_1>>>", "@Element1")
    )


class V3Text(V3Body, json_schema_extra={"examples": [EXAMPLE]}):
    model: Literal["kling-v3-text-to-video"]
    aspect_ratio: Ratio | None = Field(None, description=RATIO)


class V3Image(V3Body):
    model: Literal["kling-v3-image-to-video"]
    first: Picture = Field(alias="image_url", description=PICTURE)
    last: Maybe[Picture] = Field(None, alias="image_tail_url", description=LAST)


class O3Text(O3Body):
    model: Literal["kling-o3-text-to-video"]
    aspect_ratio: Ratio | None = Field(None, description=RATIO)


class O3Image(O3Body):
    model: Literal["kling-o3-image-to-video"]
    first: Picture = Field(alias="image_url", description=PICTURE)
    last: Maybe[Picture] = Field(None, alias="end_image_url", description=LAST)


class O3Reference(O3Body):
    model: Literal["kling-o3-reference-to-video"]
    first: Maybe[Picture] = Field(None, alias=REFERENCE_FIRST, description=PICTURE)
    last: Maybe[Picture] = Field(None, alias=REFERENCE_LAST, description=words.LAST_FRAME)
    image_urls: Maybe[Annotated[list[Picture], Limit(1, MOST_PICTURES)]] = Field(
        None,
        description=f"{words.REFERENCES} `@Image1` in a prompt is the first; with elements, 4 at "
        "most.",
    )
    shot_type: Annotated[Literal["customize"], Limit()] | None = Field(
        None, description="How the film is cut; the only way is by the shots given."
    )
    aspect_ratio: Ratio | None = Field(None, description=RATIO)


class VoiceBody(CalledBack):
    model: Literal["kling-video-create-voice"]
    voice_url: Picture = Field(
        description=f"{words.SAMPLE} mp3, ogg, wav, m4a or aac, by its address."
    )


AnyFilm: TypeAlias = V3Text | V3Image | O3Text | O3Image | O3Reference
AnyBody: TypeAlias = AnyFilm | VoiceBody
BODIES: Mapping[str, type[AnyBody]] = {
    "kling-v3-text-to-video": V3Text,
    "kling-v3-image-to-video": V3Image,
    "kling-o3-text-to-video": O3Text,
    "kling-o3-image-to-video": O3Image,
    "kling-o3-reference-to-video": O3Reference,
    VOICE: VoiceBody,
}


class CreateBody(RootModel[Annotated[AnyBody, Field(discriminator="model")]]):
    """All of them as one schema; reading takes the one of `model`."""


def name_in(body: type[Body], attribute: str) -> str:
    """The vendor's name of a field of this body; "" where the body has none."""
    field = body.model_fields.get(attribute)
    return (field.alias or attribute) if field else ""
