"""MuleRouter's bodies and their limits.

    TextBody      kling-v3, text-to-video
    ImageBody     kling-v3, image-to-video
    OmniBody      kling-v3-omni, from text, images and elements
    FilmBody      kling-v3-omni, from a film: known, and refused

Pages: mulerouter.ai/docs/api-reference/endpoint/klingai/kling-v3/{text,image}-to-video,
…/kling-v3-omni/*, mulerouter.ai/models/kling-v3{,-omni}/llms.txt; item shapes from the vendor's
client, openmule/mulerouter-skills. Unlike elsewhere, an empty list is refused where a list has
bounds; `null` is absent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic_core import PydanticCustomError

from reelway import words
from reelway.limits import Body, Limit, Maybe, Picture, Said, Switch, Text, Value, Whole
from reelway.request import LONGEST, SHORTEST, AspectRatio

V3, OMNI = "kling-v3", "kling-v3-omni"
MOST_SHOTS, MOST_ELEMENTS, MOST_PICTURES = 6, 3, 7
NOT_MADE = "is not supported by this server"


def _refuse(value: Any) -> Any:
    raise PydanticCustomError("refused", NOT_MADE)


# Known, and without an effect that we could give it: absent, or refused.
Unmade = Maybe[Annotated[Any, Value(_refuse, NOT_MADE, {"not": {}})]]

Words = Maybe[Annotated[Text, Limit(0, 2500)]]
Frame = Maybe[Picture]
ElementType = Annotated[
    Literal["image"], Limit(words="must be image: elements from a video are not supported")
]


class ShotBody(Body):
    # Inferred from the upstream model. Only the order counts, so 0 may be the first as well.
    index: Annotated[Whole, Limit(0, MOST_SHOTS, mark="I")] | None = Field(
        None, description="Place among the shots, from 1. Absent: its place in the list."
    )
    prompt: Annotated[Said, Limit(1, 512)]
    duration: Annotated[Whole, Limit(1, LONGEST)] = Field(description=words.SHOT_DURATION)


class ElementBody(Body):
    type: ElementType | None = Field(
        None, description="What the subject is shown by; video is refused. Absent: image."
    )
    reference_videos: Unmade = Field(None, description="Refused: a subject is shown by images.")
    frontal_image: Picture
    reference_images: Annotated[list[Picture], Limit(1, 3)]


class TextBody(Body, json_schema_extra={"examples": [{"prompt": "A boat in the rain"}]}):
    prompt: Words = Field(
        None, description=f"{words.PROMPT} No effect beside shots (shot_type customize)."
    )
    negative_prompt: Words = Field(None, description=words.NEGATIVE_PROMPT)
    first_frame: Frame = Field(None, description=words.FIRST_FRAME)
    last_frame: Frame = Field(None, description=words.LAST_FRAME)
    multi_shot: Switch | None = Field(
        None, description="Whether the film is cut into shots. Absent: false."
    )
    shot_type: Annotated[Literal["customize", "intelligence"], Limit()] | None = Field(
        None,
        description="Who divides the film: customize you, by multi_prompt; intelligence the model, "
        "from the prompt. Required where multi_shot is true.",
    )
    multi_prompt: Annotated[list[ShotBody], Limit(1, MOST_SHOTS)] | None = Field(
        None, description=words.SHOTS
    )
    sound: Annotated[Literal["on", "off"], Limit()] | None = Field(
        None, description=words.SOUND.replace("Absent: false.", "Absent: off.")
    )
    mode: Annotated[Literal["std", "pro"], Limit()] | None = Field(
        None, description="Size and care: std is 720p, pro is 1080p. Absent: std."
    )
    aspect_ratio: Annotated[AspectRatio, Limit()] | None = Field(
        None, description=words.FRAMED_RATIO
    )
    duration: Annotated[Whole, Limit(SHORTEST, LONGEST)] | None = Field(
        None, description="Length of the film in whole seconds. Absent: 5."
    )
    elements: Annotated[list[ElementBody], Limit(1, MOST_ELEMENTS)] | None = Field(
        None, description=words.ELEMENTS
    )


class ImageBody(TextBody, json_schema_extra={"examples": []}):
    dynamic_masks: Unmade = Field(None, description=NOT_MADE)
    static_mask: Unmade = Field(None, description=NOT_MADE)
    camera_control: Unmade = Field(None, description=NOT_MADE)


class OmniBody(TextBody):
    model_name: Annotated[Literal["kling-v3-omni"], Limit(mark="C")] | None = Field(
        None, description="The only model of these paths; may be left out."
    )
    mode: Annotated[Literal["std", "pro"], Limit()] | None = Field(
        None, description="Size and care: std is 720p, pro is 1080p. Absent: pro."
    )
    # The omni pages have up to 7, together with the images; a request of ours holds 3.
    elements: Annotated[list[ElementBody], Limit(1, MOST_ELEMENTS, mark="A")] | None = Field(
        None, description=words.ELEMENTS.replace("<<<element_1>>>", "@Element1")
    )
    images: Maybe[Annotated[list[Picture], Limit(1, MOST_PICTURES)]] = Field(
        None, description=f"{words.REFERENCES} `@Image1` in a prompt is the first."
    )
    video: Unmade = Field(None, description=NOT_MADE)
    keep_audio: Switch | None = Field(None, description="Of a video: true is refused.")


class FilmBody(OmniBody, json_schema_extra={"examples": []}):
    """Refused, whatever its `video` is."""


KNOWN = frozenset(
    name for body in (TextBody, ImageBody, OmniBody, FilmBody) for name in body.model_fields
)
