"""The contract of an asset store: kept files (inputs, films, posters), named by their SHA-256."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Assets(Protocol):
    async def keep(self, path: Path) -> tuple[str, int]:
        """Take the complete file at `path` in: hash it, make it durable, give it its name.

        Returns (SHA-256 in hex, bytes). `path` is gone afterwards; when this returns, the file
        survives a power cut. Keeping the same content twice is harmless.
        """

    def path(self, sha256: str) -> Path:
        """Where the file lies, whether it is there or not. Raises ValueError on a bad name."""

    async def remove(self, sha256: str) -> None:
        """Idempotent."""

    async def names(self) -> list[str]:
        """The SHA-256 of every file that lies here now."""
