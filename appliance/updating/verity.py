"""The hash tree of a bundle: 4096-byte blocks, SHA-256 over salt and block, as dm-verity's version 1 has it.

Source: kernel, Documentation/admin-guide/device-mapper/verity.rst. dm-verity itself would tell the damage only when the
slot is half written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import BinaryIO

BLOCK = 4096


def is_whole(file: BinaryIO, size: int, salt: bytes, root: bytes, told: Callable[[int], object]) -> bool:
    """Whether the first `size` bytes of `file`, and the tree that follows them, are those of `root`.

    size: a multiple of BLOCK, at least one. told: how many bytes were read so far.
    """
    file.seek(0)
    levels = [b"".join(_hashes(file, size, salt, told))]
    while len(levels[-1]) > len(root):
        levels.append(b"".join(sha256(salt + block).digest() for block in _blocks(levels[-1])))
    if levels.pop() != root:
        return False
    stored = b"".join(_padded(level) for level in reversed(levels))
    file.seek(size)
    return file.read(len(stored)) == stored


def _hashes(file: BinaryIO, size: int, salt: bytes, told: Callable[[int], object]) -> Iterator[bytes]:
    salted = sha256(salt)
    for at in range(0, size, BLOCK):
        one = salted.copy()
        one.update(file.read(BLOCK))
        yield one.digest()
        if at % (BLOCK * 4096) == 0:
            told(at)


def _padded(level: bytes) -> bytes:
    return level + bytes(-len(level) % BLOCK)


def _blocks(level: bytes) -> Iterator[bytes]:
    whole = _padded(level)
    return (whole[at : at + BLOCK] for at in range(0, len(whole), BLOCK))
