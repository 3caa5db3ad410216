"""Sealing: only the key that sealed opens, and who has another is told what to do."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from reelway.errors import ReelwayError
from reelway.folder import Folder
from reelway.seal import Seal, SealBroken

TEXT = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
def path(tmp_path):
    return Folder(tmp_path).seal


@pytest.fixture
def seal(path):
    return Seal(path)


@pytest.mark.parametrize("text", [TEXT, "", "ключ 🔑", "a\0b\n", "\ud800", "x" * 100_000])
def test_what_is_sealed_opens_again(seal, path, text):
    sealed = seal.seal(text)
    assert seal.open(sealed) == Seal(path).open(sealed) == text
    assert not text or len(text) < 3 or text.encode("utf-8", "surrogatepass") not in sealed


def test_the_same_text_is_never_sealed_alike(seal):
    assert len({seal.seal(TEXT) for _ in range(100)}) == 100


def test_the_key_is_made_at_first_need_for_the_owner_alone(tmp_path, path, seal):
    assert not path.exists()
    seal.seal(TEXT)
    assert (path.name, len(path.read_bytes())) == ("seal.key", 32)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["seal.key"]


def test_every_byte_counts(seal):
    sealed = seal.seal(TEXT)
    for n in range(len(sealed)):
        changed = sealed[:n] + bytes([sealed[n] ^ 1]) + sealed[n + 1 :]
        with pytest.raises(SealBroken):
            seal.open(changed)
        with pytest.raises(SealBroken):
            seal.open(sealed[:n])
    with pytest.raises(SealBroken):
        seal.open(sealed + b"x")


def test_another_key_is_told_with_what_to_do(seal, tmp_path):
    sealed = seal.seal(TEXT)
    other = Seal(tmp_path / "other.key")
    other.seal("")
    with pytest.raises(ReelwayError, match=r"other\.key does not fit.* put back .* anew") as error:
        other.open(sealed)
    assert error.value.code == "seal_broken"
    assert str(tmp_path) not in error.value.message and TEXT not in error.value.message


def test_a_lost_key_is_not_made_anew_to_open_with(seal, path):
    sealed = seal.seal(TEXT)
    path.unlink()
    with pytest.raises(SealBroken, match=r"seal\.key is missing: put back"):
        Seal(path).open(sealed)
    assert not path.exists()
    assert seal.open(sealed) == TEXT  # a server that runs still has it


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_key_is_told_and_kept(path, content):
    path.write_bytes(content)
    for use in (lambda: Seal(path).seal(TEXT), lambda: Seal(path).open(b"\1" + bytes(40))):
        with pytest.raises(SealBroken, match=r"seal\.key is damaged: put back") as error:
            use()
        assert str(path) not in error.value.message
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_read(path):
    path.mkdir()
    with pytest.raises(SealBroken, match=r"^the key file seal\.key cannot be read or made: Is a"):
        Seal(path).seal(TEXT)


@pytest.mark.parametrize("sealed", [b"", b"\x02" + bytes(60), TEXT.encode(), b"\x01short"])
def test_what_was_never_sealed_here(seal, sealed):
    with pytest.raises(SealBroken, match="not sealed by this version"):
        seal.open(sealed)


def test_the_form_is_kept(path):
    """What a database holds must open for good: a change of the form needs a second version."""
    path.write_bytes(bytes(range(32)))
    sealed = bytes.fromhex(
        "0144adfc6cb0e7a37bc91fe8a14118029e1f2c88d70a8e21f973b63ba64dd128abe62167aaa63f"
    )
    assert Seal(path).open(sealed) == "whsec_kept"


def test_the_module_does_not_load_cryptography():
    code = "import sys, reelway.seal; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
