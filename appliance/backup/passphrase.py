"""A little text under a passphrase, as an age file: https://age-encryption.org/v1, its scrypt recipient.

pyrage could do it, but it chooses how hard the passphrase is by how fast this machine is at this moment, half a
gigabyte of memory and more, and refuses to open what a machine at rest has made while this one is busy. Here the work
is the same everywhere: 64 MB and a fraction of a second.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

WORK = 16
"""Rounds, as a power of two."""
HARDEST = 20
"""Work of a file that somebody else has made; more would take gigabytes."""
ZERO, ONLY_CHUNK = bytes(12), bytes(11) + b"\x01"
_FILE = re.compile(
    rb"(age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([0-9]{1,2})\n([A-Za-z0-9+/]{43})\n---)"
    rb" ([A-Za-z0-9+/]{43})\n(.{16})(.*)",
    re.DOTALL,
)


class NotOpened(Exception):
    """It is no such file, or not by this passphrase."""


def lock(text: bytes, passphrase: str) -> bytes:
    """`text`, of less than 64 KiB, under `passphrase`."""
    salt, key, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(16)
    wrapped = ChaCha20Poly1305(_wrapping(passphrase, salt, WORK)).encrypt(ZERO, key, None)
    head = b"age-encryption.org/v1\n-> scrypt %b %d\n%b\n---" % (_base64(salt), WORK, _base64(wrapped))
    mac = _mac(key, head).finalize()
    return b"%b %b\n" % (head, _base64(mac)) + nonce + _payload(key, nonce).encrypt(ONLY_CHUNK, text, None)


def unlock(sealed: bytes, passphrase: str) -> bytes:
    """What was locked. Raises NotOpened."""
    found = _FILE.fullmatch(sealed)
    if found is None or int(found[3]) > HARDEST:
        raise NotOpened
    head, salt, work, wrapped, mac, nonce, content = found.groups()
    try:
        key = ChaCha20Poly1305(_wrapping(passphrase, _octets(salt), int(work))).decrypt(ZERO, _octets(wrapped), None)
        _mac(key, head).verify(_octets(mac))
        return _payload(key, nonce).decrypt(ONLY_CHUNK, content, None)
    except (InvalidTag, InvalidSignature, ValueError) as why:
        raise NotOpened from why


def _wrapping(passphrase: str, salt: bytes, work: int) -> bytes:
    return Scrypt(b"age-encryption.org/v1/scrypt" + salt, 32, 1 << work, 8, 1).derive(passphrase.encode())


def _mac(key: bytes, head: bytes) -> HMAC:
    mac = HMAC(HKDF(SHA256(), 32, b"", b"header").derive(key), SHA256())
    mac.update(head)
    return mac


def _payload(key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, nonce, b"payload").derive(key))


def _base64(octets: bytes) -> bytes:
    return b64encode(octets).rstrip(b"=")


def _octets(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4))
