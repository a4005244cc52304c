"""Text under a passphrase is an age file like any other's."""

from __future__ import annotations

import pyrage
import pytest

from appliance.backup.passphrase import NotOpened, lock, unlock

WORDS, TEXT = "长长的口令 correct horse", b"AGE-SECRET-KEY-1"


def test_other_programs_open_ours() -> None:
    """age itself, by way of pyrage; and ours opens theirs."""
    assert pyrage.passphrase.decrypt(lock(TEXT, WORDS), WORDS) == TEXT
    assert unlock(pyrage.passphrase.encrypt(TEXT, WORDS), WORDS) == TEXT


def test_ours_is_opened_by_its_passphrase_alone() -> None:
    """Not by another, not when any part of it was changed or cut off."""
    sealed = lock(TEXT, WORDS)
    assert unlock(sealed, WORDS) == TEXT
    with pytest.raises(NotOpened):
        unlock(sealed, WORDS + "!")
    for place in (30, 60, 100, 180, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(NotOpened):
            unlock(bytes(changed), WORDS)
    with pytest.raises(NotOpened):
        unlock(sealed[:-1], WORDS)
    with pytest.raises(NotOpened):
        unlock(b"age-encryption.org/v1", WORDS)
