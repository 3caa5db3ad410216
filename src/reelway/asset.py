"""The contract of an asset store: kept files (inputs, films, posters), named by their SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
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

    async def remove(self, sha256: str) -> int:
        """Idempotent; the bytes that came free. While the files are held, it waits."""

    async def copy(self, files: Sequence[tuple[str, int]], root: Path) -> tuple[int, list[str]]:
        """Put those files, by name and bytes, into the asset folder `root` as well, on the disk
        when this returns; files only, not their folder's own entry in the one above. How many are
        links, and the names of those that are not there or of another size, which are left out."""

    def hold(self) -> None:
        """Let nothing be removed until `release`: somebody makes a copy."""

    def release(self) -> Sequence[str]:
        """What was to be removed since `hold`: those that no row knows are to be removed now."""

    async def names(self) -> list[str]:
        """The SHA-256 of every file that lies here now."""
