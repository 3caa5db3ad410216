"""Novita's bodies and their limits: one for text, one for an image.

Pages: as in `novita`. The shape of `extra` is documented for other endpoints, model-apis-webhook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reelway import words
from reelway.limits import Body, Limit, Maybe, Number, Picture, Said, Switch, Text, Whole
from reelway.request import LONGEST, SHORTEST, AspectRatio, Kind
from reelway.webhook import LONGEST_URL


class ShotBody(Body):
    # The shape is documented on std-i2v only; 512 characters are the upstream model's limit.
    prompt: Annotated[Said, Limit(1, 512, mark="I")]
    duration: Annotated[Whole, Limit(1, LONGEST)]


TO_SHARE = 0  # the duration of a shot that came as a bare string


def _open_bare(value: Any) -> Any:
    """One rendering of the pro-i2v page shows an array of strings."""
    if type(value) is str:
        value = ShotBody.model_validate({"prompt": value, "duration": 1})
        value.duration = TO_SHARE
    return value


Shots = Annotated[list[Annotated[ShotBody, BeforeValidator(_open_bare)]], Limit(1, 6, mark="I")]
Words = Maybe[Annotated[Text, Limit(0, 2500)]]
Seconds = Annotated[Whole, Limit(SHORTEST, LONGEST)]
Scale = Annotated[Number, Limit(0, 1)]


class TestBody(Body):
    enabled: Switch | None = Field(
        None,
        description="Refused where it is true: no webhook here tells of a film that was not made. "
        "The header X-Reelway-Model with animatic-still makes a real one at once. Absent: false.",
    )


class WebhookBody(Body):
    url: Maybe[Annotated[Text, Limit(0, LONGEST_URL, mark="A")]] = Field(
        None, description=words.WEBHOOK
    )
    test_mode: TestBody | None = Field(None, description="Not available here.")


class ExtraBody(Body):
    # Documented for endpoints that list `extra`; the pages of Kling 3.0 do not list it.
    webhook: WebhookBody | None = Field(None, description="Who is told of the film's end.")


class Common(Body):
    prompt: Words = Field(None, description=f"{words.PROMPT} Not together with multi_prompt.")
    multi_prompt: Maybe[Shots] = Field(None, description=f"{words.SHOTS} In place of prompt.")
    negative_prompt: Words = Field(None, description=words.NEGATIVE_PROMPT)
    duration: Seconds | None = Field(None, description=words.DURATION)
    sound: Switch | None = Field(None, description=words.SOUND)
    cfg_scale: Scale | None = Field(None, description=words.CFG_SCALE)
    extra: ExtraBody | None = Field(None, description="What is not of the film itself.")


class TextBody(Common, json_schema_extra={"examples": [{"prompt": words.FILM}]}):
    aspect_ratio: Annotated[AspectRatio, Limit()] | None = Field(None, description=words.RATIO)


class ImageBody(Common):
    image: Picture = Field(description=words.FIRST_FRAME)
    end_image: Maybe[Picture] = Field(None, description=f"{words.LAST_FRAME} Not with shots.")


BODIES: Mapping[Kind, type[TextBody | ImageBody]] = {"text": TextBody, "image": ImageBody}
