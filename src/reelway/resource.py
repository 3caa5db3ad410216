"""What an owner keeps beside tasks: voices, elements and uploaded assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reelway.request import Element

ResourceKind = Literal["voice", "element", "asset"]

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`data` is plain and carries its version `v`:

    voice    sample (SHA-256) and what was measured of it: seconds, pitch, brightness, pace, …
    element  frontal {source, width, height} and references, as in a canonical request
    asset    sha256, media_type, bytes; width and height, or seconds
    """

    public_id: str
    owner_id: int
    kind: ResourceKind
    name: str
    data: Mapping[str, Any]
    created_at: int  # UTC milliseconds


@dataclass(frozen=True, kw_only=True)
class Order:
    """A voice or an element that is to be made: `sample` and images in any of their forms."""

    name: str
    element: Element | None = None
    sample: str | None = None
