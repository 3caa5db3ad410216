"""Files, bytes, addresses and ids → what a body carries.

A picture or sample goes inside the body, as base64, while all of them together leave room in it;
what no longer fits is uploaded first, and goes by its id. So a common create is one call, leaves
no upload behind, and the same pictures under the same Idempotency-Key are the same request.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelway.sdk.errors import InvalidRequest
from reelway.sdk.values import Asset, Element, FilmFields, Picture, Voice
from reelway.sdk.way import Way

MEBIBYTE = 1 << 20
ROOM = 40 * MEBIBYTE  # before base64; a server takes 64 MiB of body
LARGEST = 32 * MEBIBYTE  # of a file; a server takes 10 of a picture, 20 of a sample
UPLOAD = re.compile(r"asset_[0-9A-Z]{26}")
AS_IT_IS = ("http://", "https://", "data:")

Upload = Callable[[str, bytes], Awaitable[Asset]]


async def read(given: Picture, field: str, way: Way) -> tuple[str, bytes] | str:
    """Name and bytes of a file, or the text that stands for it already. Raises InvalidRequest."""
    if isinstance(given, bytes):
        return "file", given
    if isinstance(given, Asset):
        return given.id
    if isinstance(given, str) and (given.startswith(AS_IT_IS) or UPLOAD.fullmatch(given)):
        return given
    try:
        path = Path(os.fspath(given))
        return path.name, await way.do(lambda: _bytes(path, field))
    except TypeError:
        what = f"not {type(given).__name__}"
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
    words = f"{field} must be a file, bytes, an address, a data URL or the id of an upload: {what}"
    raise InvalidRequest(words, code="invalid_request", field=field)


def _bytes(path: Path, field: str) -> bytes:
    if path.stat().st_size > LARGEST:
        words = f"{field} is larger than {LARGEST:,} bytes"
        raise InvalidRequest(words, code="image_too_large", field=field)
    return path.read_bytes()


def inline(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(kw_only=True)
class Packer:
    """Writes one body."""

    way: Way
    upload: Upload | None  # None: whatever the size, nothing is uploaded
    left: int = ROOM  # bytes

    async def body(self, prompt: str, film: FilmFields) -> dict[str, Any]:
        """Raises InvalidRequest, and what an upload raises."""
        said: dict[str, Any] = {"prompt": prompt} if prompt else {}
        for name, value in film.items():
            if value is not None:
                said[name] = await self._field(name, value)
        return said

    async def _field(self, name: str, value: Any) -> Any:
        match name:
            case "first_frame" | "last_frame":
                return await self.picture(value, name)
            case "references":
                return await self._pictures(value, name)
            case "elements":
                return [await self._element(e, f"{name}[{n}]") for n, e in enumerate(value)]
            case "voices":
                return [v.id if isinstance(v, Voice) else v for v in value]
            case "shots":
                return [dict(shot) for shot in value]
            case "labels":
                return dict(value)
        return value

    async def picture(self, given: Picture, field: str) -> str:
        found = await read(given, field, self.way)
        if isinstance(found, str):
            return found
        name, data = found
        if self.upload and len(data) > self.left:
            return (await self.upload(name, data)).id
        self.left -= len(data)
        return await self.way.do(lambda: inline(data))

    async def _pictures(self, given: Sequence[Picture], field: str) -> list[str]:
        return [await self.picture(p, f"{field}[{n}]") for n, p in enumerate(given)]

    async def _element(self, given: Element | Mapping[str, Any] | str, field: str) -> Any:
        if isinstance(given, Element | str):
            return {"id": given if isinstance(given, str) else given.id}
        said = dict(given)
        if "frontal" in said:
            said["frontal"] = await self.picture(said["frontal"], f"{field}.frontal")
        if "references" in said:
            said["references"] = await self._pictures(said["references"], f"{field}.references")
        return said
