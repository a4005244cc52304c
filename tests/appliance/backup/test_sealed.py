"""The file: what was put in comes out, and nothing comes out of one that was cut, changed, or is another's."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterator

import pyrage
import pytest

from appliance.backup.passphrase import unlock
from appliance.backup.sealed import CONTENT, DAMAGED, KEY, NO_BACKUP, WRONG, opened, seal
from appliance.backup.trouble import Trouble

WORDS = "correct horse"
PLAIN = secrets.token_bytes(500_000)


@pytest.fixture(scope="module")
def sealed() -> bytes:
    """A whole file."""
    out = io.BytesIO()
    seal(out, WORDS, lambda plain: plain.write(PLAIN))
    return out.getvalue()


def why(content: bytes, words: str = WORDS) -> str:
    """Why it does not open; empty when it does."""
    try:
        assert opened(io.BytesIO(content), words, lambda plain: plain.read()) == PLAIN
    except Trouble as trouble:
        return trouble.message
    return ""


def test_what_was_put_in_comes_out(sealed: bytes) -> None:
    """And a reader that wants only the beginning still hears whether the end is whole."""
    assert why(sealed) == ""
    assert opened(io.BytesIO(sealed), WORDS, lambda plain: plain.read(5)) == PLAIN[:5]


def test_it_opens_without_us(sealed: bytes) -> None:
    """By ZIP and age alone, as its README says."""
    with zipfile.ZipFile(io.BytesIO(sealed)) as pack:
        key = unlock(pack.read(KEY), WORDS).decode()
        assert pyrage.decrypt(pack.read(CONTENT), [pyrage.x25519.Identity.from_str(key)]) == PLAIN


def test_another_passphrase_does_not_open_it(sealed: bytes) -> None:
    """One sentence."""
    assert why(sealed, "wrong") == WRONG


@pytest.mark.parametrize("part", [0.01, 0.3, 0.999])
def test_one_that_was_cut_short_is_refused(sealed: bytes, part: float) -> None:
    """Wherever it ends."""
    assert why(sealed[: int(len(sealed) * part)]) == DAMAGED


def test_one_that_was_changed_is_refused(sealed: bytes) -> None:
    """In its content, at any place; the passphrase is not blamed."""
    for place in places(sealed):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert why(bytes(changed)) == DAMAGED, place


def places(sealed: bytes) -> Iterator[int]:
    """Of the key and of the content."""
    with zipfile.ZipFile(io.BytesIO(sealed)) as pack:
        for name, offset in ((KEY, 60), (CONTENT, 60), (CONTENT, 100_000), (CONTENT, len(PLAIN))):
            about = pack.getinfo(name)
            yield about.header_offset + 30 + len(name) + offset + (20 if name == CONTENT else 0)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06" + bytes(18)])
def test_anything_else_is_no_backup(content: bytes) -> None:
    """Said so."""
    assert why(content) == NO_BACKUP


def test_a_content_cut_within_a_whole_zip_is_refused(sealed: bytes) -> None:
    """Somebody unzipped it, lost the end, and zipped it again."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sealed)) as pack, zipfile.ZipFile(out, "w") as other:
        other.writestr(KEY, pack.read(KEY))
        other.writestr(CONTENT, pack.read(CONTENT)[: -(len(PLAIN) % 65536 + 16)])
    assert why(out.getvalue()) == DAMAGED


def test_who_cannot_write_says_why() -> None:
    """A full disk in the middle is that, not a broken pipe; and so is what the content itself fails by."""

    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        seal(io.BufferedWriter(Full(), 1000), WORDS, lambda plain: plain.write(PLAIN))

    def fails(_: object) -> None:
        raise Trouble("no")

    with pytest.raises(Trouble, match="no"):
        seal(io.BytesIO(), WORDS, fails)
