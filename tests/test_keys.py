from __future__ import annotations

import hashlib
import re

import pytest

from reelway.ids import ALPHANUMERIC
from reelway.keys import PREFIX_LENGTH, digest, mint_key, well_formed

# Minted once; as it may lie in somebody's file: never to be edited.
YESTERDAYS = "rw_mv3hTItd0jLxlLMc5con6AIZ2DcguVky3ji9N4"


def test_the_form() -> None:
    assert re.fullmatch(r"rw_[0-9A-Za-z]{38}", mint_key())
    assert PREFIX_LENGTH == 11


def test_a_minted_key_is_well_formed() -> None:
    assert all(well_formed(mint_key()) for _ in range(100))


def test_yesterdays_key_is_well_formed() -> None:
    assert well_formed(YESTERDAYS)


def test_keys_are_unique() -> None:
    keys = {mint_key() for _ in range(10_000)}
    assert len(keys) == 10_000
    assert len({key[:PREFIX_LENGTH] for key in keys}) == 10_000  # 47 bits: what they are told by


def test_every_letter_is_drawn() -> None:
    drawn = "".join(mint_key()[3:35] for _ in range(200))
    assert set(drawn) == set(ALPHANUMERIC)


def test_the_checksum_catches_every_changed_letter() -> None:
    key = mint_key()
    changed = [
        key[:i] + letter + key[i + 1 :]
        for i in range(len(key))
        for letter in ALPHANUMERIC
        if letter != key[i]
    ]
    assert len(changed) > 41 * 61
    assert not any(map(well_formed, changed))


def test_the_checksum_catches_every_swap_of_neighbours() -> None:
    for _ in range(20):
        key = mint_key()
        swapped = {key[:i] + key[i + 1] + key[i] + key[i + 2 :] for i in range(len(key) - 1)}
        assert not any(map(well_formed, swapped - {key}))


@pytest.mark.parametrize("cut", [1, 2, 10, 40])
def test_the_checksum_catches_what_is_missing_or_too_much(cut: int) -> None:
    key = mint_key()
    assert not well_formed(key[:-cut])
    assert not well_formed(key + "A" * cut)
    assert not well_formed(key[cut:])
    assert not well_formed(" " * cut + key)


@pytest.mark.parametrize("key", ["", "rw_", "sk-x", "rw_" + "ä" * 38, "rw_" + "A" * 38, "\0" * 41])
def test_what_is_no_key(key: str) -> None:
    assert not well_formed(key)


def test_the_digest_is_the_sha256_of_the_whole_key() -> None:
    assert digest("rw_x") == hashlib.sha256(b"rw_x").digest()
