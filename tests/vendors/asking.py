"""How the fakes' own tests ask them: plain httpx, bodies written by hand."""

from __future__ import annotations

import io
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import av
import httpx

from vendors.vendor import KEY, Vendor

START = 1_771_027_200_000  # 2026-02-14T00:00:00Z, as in the documents' samples
# Time stands still; 3.1 s of waiting and 87.3 s of work are those of Novita's sample.
STILL: dict[str, Any] = {"speed": 0, "start": START, "waits": 3.1, "runs": 87.3, "scale": 0.125}
LINK = "https://files.example.com/a.png"
TRUST = ssl.create_default_context()  # made once: it takes as long as a test


@asynccontextmanager
async def asking(vendor: Vendor, key: str = KEY) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with (
        vendor,
        httpx.AsyncClient(
            base_url=vendor.address, headers=headers, trust_env=False, timeout=10, verify=TRUST
        ) as http,
    ):
        yield http


def seen(content: bytes) -> tuple[int, int, int, bool]:
    """Width, height, frames, and whether there is sound; every frame is decoded."""
    with av.open(io.BytesIO(content), "r") as film:
        frames = [f for f in film.decode(video=0)]
        return frames[0].width, frames[0].height, len(frames), bool(film.streams.audio)
