"""The hash tree, against the one of RAUC's own bundles in tests/contracts and against itself here."""

from __future__ import annotations

import io
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.updating.verity import BLOCK, is_whole

SALT = b"salt" * 8


def built(content: bytes) -> tuple[bytes, bytes]:
    """The tree after `content`, the topmost level first, and its root; by the definition, recursively."""
    level = b"".join(sha256(SALT + content[at : at + BLOCK]).digest() for at in range(0, len(content), BLOCK))
    if len(level) == 32:
        return b"", level
    level += bytes(-len(level) % BLOCK)
    above, root = built(level)
    return above + level, root


@pytest.mark.parametrize("blocks", [1, 2, 127, 128, 129, 300])
def test_it_is_whole(blocks: int) -> None:
    """Trees of no, one and two levels; a bit that falls anywhere is found."""
    content = bytes(range(256)) * 16 * blocks
    tree, root = built(content)
    assert is_whole(io.BytesIO(content + tree + b"signature"), len(content), SALT, root, lambda read: None)
    assert not is_whole(io.BytesIO(content + tree), len(content), b"other" * 6, root, lambda read: None)


@given(st.integers(min_value=0, max_value=129 * BLOCK + 3 * BLOCK - 1), st.integers(min_value=0, max_value=7))
def test_no_bit_may_fall(at: int, bit: int) -> None:
    """Neither of the content nor of the tree, its padding included."""
    content = bytes(129 * BLOCK)
    tree, root = built(content)
    assert len(tree) == 3 * BLOCK
    spoilt = bytearray(content + tree)
    spoilt[at] ^= 1 << bit
    assert not is_whole(io.BytesIO(bytes(spoilt)), len(content), SALT, root, lambda read: None)
