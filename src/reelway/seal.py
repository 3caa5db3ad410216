"""Sealing: what cannot be hashed, as it is needed again: webhook secrets, vendors' keys.

    seal = Seal(folder.seal)
    seal.open(seal.seal("whsec_…"))      a row keeps the sealed bytes, never the text

    01 | nonce, 12 bytes | AES-256-GCM of the text | tag, 16 bytes

The key lies in a file beside the database, not in it: who gets hold of a backup or a copy of the
database alone has no secrets. The file is made when something is sealed first, never when
something is opened: a new key would open nothing and look like the right one. Nonces are random:
good for 2^32 texts under a key (NIST SP 800-38D, 8.3).

`cryptography` is loaded at first need (6 ms, 9 MB): a server without webhooks does not pay for it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from reelway.errors import ReelwayError
from reelway.links import load_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE, TAG = 12, 16  # bytes
_VERSION = b"\x01"
_PURPOSE = b"reelway seal v1"  # authenticated besides: the key opens nothing made for another end
_WHAT_TO_DO = (
    "put back the seal.key that belongs to this database (it lies in the data folder), "
    "or set the secret or key anew"
)


class SealBroken(ReelwayError):
    """The key file does not fit what was sealed, or there is none that can be used."""

    code = "seal_broken"


class Seal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._cipher: AESGCM | None = None

    def seal(self, text: str) -> bytes:
        """Never the same bytes twice. Raises SealBroken if the key file cannot be used."""
        nonce = secrets.token_bytes(NONCE)
        plain = text.encode("utf-8", "surrogatepass")
        return _VERSION + nonce + self._loaded().encrypt(nonce, plain, _PURPOSE)

    def open(self, sealed: bytes) -> str:
        """Raises SealBroken if the key file, or what was sealed, is not what it was."""
        from cryptography.exceptions import InvalidTag

        version, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
        if version != _VERSION or len(rest) < TAG:
            raise SealBroken("this was not sealed by this version of Reelway, or was cut short")
        if not self._cipher and not self._path.exists():
            raise SealBroken(f"the key file {self._path.name} is missing: {_WHAT_TO_DO}")
        try:
            plain = self._loaded().decrypt(nonce, rest, _PURPOSE)
        except InvalidTag:
            words = f"the key file {self._path.name} does not fit what was sealed: {_WHAT_TO_DO}"
            raise SealBroken(words) from None
        return plain.decode("utf-8", "surrogatepass")

    def _loaded(self) -> AESGCM:
        if not self._cipher:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            name = self._path.name
            try:
                key = load_secret(self._path)
            except OSError as error:
                words = f"the key file {name} cannot be read or made: {error.strerror}"
                raise SealBroken(words) from None
            except ValueError:  # in words about links
                raise SealBroken(f"the key file {name} is damaged: {_WHAT_TO_DO}") from None
            self._cipher = AESGCM(key)
        return self._cipher
