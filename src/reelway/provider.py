"""A provider: an account at a vendor, as the settings say. Data, not code.

[[providers]]
name = "novita-eu"                      # durable: tasks, money and metrics carry it
wire = "novita"
address = "https://api.novita.ai"
key_file = "/run/secrets/novita"        # or key = "…"
slots = 5                               # tasks that it works on at a time
rate = 4                                # requests a second, polls counted
order = 1                               # smaller first
weight = 2
models = ["kling-v3"]
names = { "kling-v3" = "animatic" }     # a family's name there, where it is another one
images = "auto"                         # link: signed links of ours; inline: in the body
webhooks = true                         # each create names an address of ours, with public_url
webhook_secret = "whsec_…"              # of an account that signs its own, to /hooks/<name>
[providers.prices]                      # US dollars for a second of film
"720p" = 0.084
"720p sound" = 0.126
"720p sound voices" = 0.154
"4k" = 0.42                             # flat: neither sound nor voices change it
[providers.limits."kling-v3"]           # what it makes of a model, where it makes less
durations = [5, 10]                     # seconds
resolutions = ["720p", "1080p"]
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from reelway.request import LONGEST, RESOLUTIONS, SHORTEST, Resolution, VideoRequest
from reelway.section import Money, Names, Section

NAME = r"[a-z0-9][a-z0-9._-]{0,62}"
ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?/?", re.ASCII)
EXTRAS = ("", " sound", " sound voices")
PRICED = tuple(f"{resolution}{extra}" for resolution in RESOLUTIONS for extra in EXTRAS)

Policy = Literal["order", "weight", "cheapest"]
Ambiguity = Literal["hold", "fail"]
Seconds = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]


def _origin(value: str) -> str:
    if not ORIGIN.fullmatch(value):
        raise ValueError("write scheme, host and port only, such as https://api.example.com")
    return value.rstrip("/")


def _signs(value: SecretStr) -> SecretStr:
    head, _, text = value.get_secret_value().partition("_")
    try:
        size = len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except ValueError:
        size = 0
    if head != "whsec" or not 24 <= size <= 64:  # as `signing` takes it
        raise ValueError("write it as the vendor gave it: whsec_ and base64 of 24 to 64 bytes")
    return value


class Limits(Section):
    """What an account makes of a model; None: what its vendor's documents say."""

    durations: Annotated[tuple[Seconds, ...], Field(min_length=1)] | None = None
    resolutions: Annotated[tuple[Resolution, ...], Field(min_length=1)] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The fields of a request that it speaks of."""
        fields = {"duration", "shots"} if self.durations else set()
        return frozenset(fields | ({"resolution"} if self.resolutions else set()))


class Provider(Section):
    name: Annotated[str, Field(pattern=f"^{NAME}$")]
    wire: str
    address: Annotated[str, AfterValidator(_origin)]
    key: SecretStr | None = None
    key_file: Path | None = None
    models: Names = ("kling-v3", "kling-o3")
    names: Mapping[str, str] = Field(default_factory=dict)
    prices: Mapping[str, Money] = Field(default_factory=dict)
    limits: Mapping[str, Limits] = Field(default_factory=dict)
    slots: int = Field(default=5, ge=0, le=10_000)
    rate: float | None = Field(default=None, gt=0, le=1000)
    images: Literal["auto", "link", "inline"] = "auto"
    order: int = 0
    weight: float = Field(default=1.0, ge=0, le=1_000_000)
    webhooks: bool = True
    webhook_secret: Annotated[SecretStr, AfterValidator(_signs)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Provider:
        if (self.key is None) == (self.key_file is None):
            raise ValueError("give key or key_file, one of them")
        if unknown := sorted(self.prices.keys() - set(PRICED)):
            raise ValueError(f"prices: {unknown[0]!r} is none of {', '.join(PRICED)}")
        for what, table in (("names", self.names), ("limits", self.limits)):
            if unknown := sorted(table.keys() - set(self.models)):
                raise ValueError(f"{what}: {unknown[0]!r} is not among models")
        return self

    @cached_property
    def secret(self) -> str:
        """The key. Raises OSError where its file cannot be read, ValueError where it is empty."""
        text = self.key.get_secret_value() if self.key else ""
        if self.key_file:
            text = self.key_file.expanduser().read_text("utf-8")
        text = text.strip()
        if not text or not text.isascii() or not text.isprintable():
            raise ValueError("the key is empty, or no key")
        return text

    def lacks(self, request: VideoRequest) -> str | None:
        """Why it cannot have this film, in words that follow its name: by the settings, and by what
        no vendor has."""
        if request.captions:
            return "has no captions to burn in: leave them out, or ask for model animatic"
        limits = self.limits.get(request.model)
        if limits is None:
            return None
        if limits.resolutions and request.resolution not in limits.resolutions:
            return f"makes {request.model} in {', '.join(limits.resolutions)} only"
        if limits.durations and request.duration not in limits.durations:
            seconds = ", ".join(map(str, sorted(limits.durations)))
            return f"makes {request.model} of {seconds} seconds only"
        return None

    def price(self, request: VideoRequest) -> int | None:
        """Micro-units of a US dollar for the whole film; None where no price is known. Where there
        is none for sound or voices, that of the plainer film counts."""
        if request.kind == "voice":
            return 0
        extra = 2 if request.voices and request.sound else 1 if request.sound else 0
        if request.resolution == "4k":
            extra = 0
        for text in reversed(EXTRAS[: extra + 1]):
            if (second := self.prices.get(f"{request.resolution}{text}")) is not None:
                return second * request.duration
        return None


class HostedSettings(Section):
    """How tasks are given to providers, and what becomes of those whose fate is unknown."""

    policy: Policy = Field(default="order", description="whom to ask first, of those who can")
    policies: Mapping[str, Policy] = Field(
        default_factory=dict, description='another policy for a model, e.g. {"kling-o3" = "weight"}'
    )
    on_ambiguous: Ambiguity = Field(
        default="hold",
        description="a create whose answer was lost: hold it for somebody to say, or fail it",
    )
    ambiguous_after: float = Field(
        default=3600, ge=0, le=30 * 86_400, description="seconds after which `fail` fails it"
    )
    lost_after: float = Field(
        default=7 * 86_400,
        ge=60,
        le=365 * 86_400,
        description="seconds after which a task that its vendor tells nothing final of is lost",
    )
    give_up_after: float = Field(
        default=86_400,
        ge=0,
        le=365 * 86_400,
        description="seconds after which a task that no provider takes fails",
    )


def faults(
    providers: Sequence[Provider], wires: Collection[str], engines: Collection[str]
) -> list[str]:
    """What is wrong with them together, in words for the operator; `engines` are the names of
    those that are no providers."""
    found: list[str] = []
    names = [provider.name for provider in providers]
    for number, provider in enumerate(providers):
        said = f"providers[{number}]"
        if provider.name in engines:
            found.append(f"{said}.name: {provider.name} is an engine's name; choose another")
        if provider.name in names[:number]:
            found.append(f"{said}.name: there are two named {provider.name}; rename one")
        if provider.wire not in wires:
            known = ", ".join(sorted(wires))
            found.append(f"{said}.wire: no wire is named {provider.wire}; there are: {known}")
        try:
            _ = provider.secret
        except OSError as error:
            why = error.strerror or "cannot be read"
            found.append(f"{said}.key_file: {why}; name a file that this user can read")
        except ValueError:
            where = "key_file" if provider.key_file else "key"
            found.append(f"{said}.{where}: it holds no key; write the key alone, in one line")
    return found
