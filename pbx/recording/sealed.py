"""Files that only the holder of a key can read: AES-256-GCM in chunks, so that any part is read by itself.

    "NBR1" | salt, 16 octets | chunk 0 | chunk 1 | … | last chunk

Each file has a key of its own, HKDF-SHA-256 of the box's key with the file's salt and name. A chunk is CHUNK octets and
their tag of 16; the last one is shorter, perhaps empty. Its nonce is its number and whether it is the last: one that
was changed, moved, left out, or taken from another file does not open. The construction is STREAM (Hoang, Reyhanitabar,
Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.foundation import durable

MAGIC = b"NBR1"
SALT, TAG, KEY = 16, 16, 32
HEAD = len(MAGIC) + SALT
CHUNK = 32 * 1024


class Unreadable(Exception):
    """The file is not what was sealed, or was sealed with another key."""


def key(file: Path) -> bytes:
    """The box's key; made at the first asking, mode 600. Raises OSError, Unreadable where it holds no key."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes must not seal with two keys.
    durable.make(file, f"{secrets.token_hex(KEY)}\n".encode())
    try:
        found = bytes.fromhex(file.read_text("ascii").strip())
    except ValueError as why:
        raise Unreadable(f"{file} holds no key") from why
    if len(found) != KEY:
        raise Unreadable(f"{file} holds no key")
    return found


def seal(file: Path, name: str, box_key: bytes, content: Iterable[bytes]) -> int:
    """Write `content` (pieces of any length) into `file`, on the platter when this returns; how many octets it had."""
    salt = secrets.token_bytes(SALT)
    cipher = _cipher(box_key, salt, name)
    tail, number, total = b"", 0, 0
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
        writing.write(MAGIC + salt)
        for piece in content:
            total += len(piece)
            tail += piece
            while len(tail) >= CHUNK:
                writing.write(cipher.encrypt(_nonce(number, last=False), tail[:CHUNK], None))
                tail, number = tail[CHUNK:], number + 1
        writing.write(cipher.encrypt(_nonce(number, last=True), tail, None))
        writing.flush()
        os.fsync(writing.fileno())
    durable.sync(file.parent)
    return total


class Opened:
    """A sealed file, to be read at any place. Raises OSError, Unreadable."""

    def __init__(self, file: Path, name: str, box_key: bytes) -> None:
        self._file = file
        with file.open("rb") as reading:
            head = reading.read(HEAD)
            body = reading.seek(0, os.SEEK_END) - HEAD
        if len(head) != HEAD or not head.startswith(MAGIC) or body < TAG:
            raise Unreadable(f"{file} was not sealed")
        self._cipher = _cipher(box_key, head[len(MAGIC) :], name)
        self._last, rest = divmod(body, CHUNK + TAG)
        if rest < TAG:
            raise Unreadable(f"{file} was cut short")
        self.size = self._last * CHUNK + rest - TAG
        """How many octets were sealed."""

    def read(self, offset: int, length: int) -> bytes:
        """`length` octets from `offset`, fewer at the end."""
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        first, last = offset // CHUNK, (end - 1) // CHUNK
        with self._file.open("rb") as reading:
            reading.seek(HEAD + first * (CHUNK + TAG))
            opened = b"".join(self._open(number, reading.read(CHUNK + TAG)) for number in range(first, last + 1))
        return opened[offset - first * CHUNK : end - first * CHUNK]

    def verify(self) -> None:
        """Open every chunk."""
        with self._file.open("rb") as reading:
            reading.seek(HEAD)
            for number in range(self._last + 1):
                self._open(number, reading.read(CHUNK + TAG))

    def _open(self, number: int, chunk: bytes) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, last=number == self._last), chunk, None)
        except InvalidTag as why:
            raise Unreadable(f"{self._file} cannot be opened with this key, or was changed") from why


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _cipher(box_key: bytes, salt: bytes, name: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY, salt=salt, info=f"nightbell recording {name}".encode())
    return AESGCM(derived.derive(box_key))
