"""A preview, as the server answers it: a small film, in memory."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from reelway.sdk.values import known


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`film` is an MP4 of a few pictures a second, without sound."""

    film: bytes = field(repr=False)
    width: int = 0  # pixels
    height: int = 0
    duration: int = 0  # seconds
    engine: str = ""
    model: str = ""
    report: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    ignored: Sequence[Mapping[str, str]] = field(default=(), hash=False)  # field, reason

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the film to a file, over what is there."""
        out = Path(path)
        out.write_bytes(self.film)
        return out


def preview_of(data: Mapping[str, Any]) -> Preview:
    """Raises LookupError, TypeError, AttributeError for what is none."""
    head, _, text = data["film"].partition(";base64,")
    if head != "data:video/mp4":
        raise LookupError("a preview is an MP4")
    try:
        film = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise LookupError("the film is no base64") from error
    return Preview(**known(Preview, data) | {"film": film})
