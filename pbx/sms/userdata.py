"""The text of a short message: alphabets, the header that joins parts, and cutting a long text into parts.

Sources: 3GPP TS 23.038 section 4 (data coding), TS 23.040 sections 9.2.3.16 and 9.2.3.24 (user data and header).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from pbx.sms import gsm7
from pbx.sms.fields import Cursor, PduError

_OCTETS = 140
_SEPTETS = 160
_JOIN_8_BIT, _JOIN_16_BIT = 0x00, 0x08


class Alphabet(Enum):
    """How a text is coded; the value is the data coding scheme we send."""

    GSM7 = 0x00
    BINARY = 0x04
    UCS2 = 0x08


@dataclass(frozen=True)
class Concatenation:
    """This is `part` (from 1) of `parts` under one `reference`: 0 to 255, or to 65535 when `wide`."""

    reference: int
    parts: int
    part: int
    wide: bool = False


def alphabet_for(text: str) -> Alphabet:
    """GSM-7 where it has every character, else UCS-2."""
    return Alphabet.GSM7 if gsm7.encodable(text) else Alphabet.UCS2


def cut(text: str, *, wide: bool = False, alphabet: Alphabet | None = None) -> tuple[str, ...]:
    """`text` in as few parts as it takes; no escaped character and no surrogate pair is cut in two.

    alphabet: one that has every character; the smallest when None.
    """
    alphabet = alphabet or alphabet_for(text)
    whole = _room(alphabet, None)
    if sum(_width(character, alphabet) for character in text) <= whole:
        return (text,)
    return tuple(_pieces(text, alphabet, _room(alphabet, Concatenation(0, 2, 1, wide))))


def joined(parts: Iterable[str]) -> str:
    """Parts as one text. A surrogate pair some phone did cut is whole again; what fits nothing becomes U+FFFD."""
    text = "".join(parts).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
    # No database takes NUL in a text.
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _pieces(text: str, alphabet: Alphabet, room: int) -> Iterator[str]:
    piece, used = "", 0
    for character in text:
        width = _width(character, alphabet)
        if used + width > room:
            yield piece
            piece, used = "", 0
        piece += character
        used += width
    yield piece


def _width(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM7:
        return gsm7.width(character)
    return 2 if ord(character) > 0xFFFF else 1


def _room(alphabet: Alphabet, part: Concatenation | None) -> int:
    header = len(part_header(part))
    if alphabet is Alphabet.GSM7:
        return (_OCTETS - header) * 8 // 7
    return (_OCTETS - header) // 2


def encode_user_data(text: str, alphabet: Alphabet, part: Concatenation | None) -> bytes:
    """TP-UDL and TP-UD. Raises PduError for what does not fit one message or its alphabet."""
    header = part_header(part)
    if alphabet is Alphabet.GSM7:
        return _packed(text, header)
    body = header + _octets(text, alphabet)
    if len(body) > _OCTETS:
        raise PduError(f"the text takes {len(body)} octets of {_OCTETS}")
    return bytes((len(body),)) + body


def _packed(text: str, header: bytes) -> bytes:
    if not gsm7.encodable(text):
        raise PduError("the text has a character that GSM-7 has not")
    septets = gsm7.encode(text)
    filled = -(-len(header) * 8 // 7)
    if filled + len(septets) > _SEPTETS:
        raise PduError(f"the text takes {filled + len(septets)} septets of {_SEPTETS}")
    return bytes((filled + len(septets),)) + header + gsm7.pack(septets, filled * 7 - len(header) * 8)


def _octets(text: str, alphabet: Alphabet) -> bytes:
    try:
        return text.encode("utf-16-be", "surrogatepass") if alphabet is Alphabet.UCS2 else text.encode("latin-1")
    except UnicodeEncodeError as why:
        raise PduError("the text has a character that is no octet") from why


def part_header(part: Concatenation | None) -> bytes:
    """The user data header of a part, with its length before it; empty for a message that is whole."""
    if part is None:
        return b""
    if not 1 <= part.part <= part.parts <= 255 or not 0 <= part.reference <= (0xFFFF if part.wide else 0xFF):
        raise PduError(f"there is no {part}")
    if part.wide:
        return bytes((6, _JOIN_16_BIT, 4)) + part.reference.to_bytes(2, "big") + bytes((part.parts, part.part))
    return bytes((5, _JOIN_8_BIT, 3, part.reference, part.parts, part.part))


def decode_user_data(cursor: Cursor, coding: int, has_header: bool) -> tuple[str, Alphabet, Concatenation | None]:
    """TP-UDL and TP-UD under data coding scheme `coding`. Binary data is text in Latin-1. Raises PduError."""
    alphabet = _alphabet(coding)
    length = cursor.octet()
    if length > (_SEPTETS if alphabet is Alphabet.GSM7 else _OCTETS):
        raise PduError(f"{length} is too long for one message")
    body = cursor.take((length * 7 + 7) // 8 if alphabet is Alphabet.GSM7 else length)
    header = body[: 1 + body[0]] if has_header and body else b""
    part = concatenation(Cursor(header[1:])) if header else None
    return _text(body, len(header), length, alphabet), alphabet, part


def _text(body: bytes, header: int, length: int, alphabet: Alphabet) -> str:
    rest = body[header:]
    match alphabet:
        case Alphabet.GSM7:
            filled = -(-header * 8 // 7)
            return gsm7.decode(gsm7.unpack(rest, max(0, length - filled), filled * 7 - header * 8))
        case Alphabet.UCS2:
            return rest[: len(rest) // 2 * 2].decode("utf-16-be", "surrogatepass")
    return rest.decode("latin-1")


def _alphabet(coding: int) -> Alphabet:
    if coding < 0x80 and coding & 0x20:
        raise PduError(f"data coding {coding:02x} is compressed")
    if coding < 0x80:
        return {1: Alphabet.BINARY, 2: Alphabet.UCS2}.get(coding >> 2 & 0x03, Alphabet.GSM7)
    if coding >> 4 == 0xF and coding & 0x04:
        return Alphabet.BINARY
    # Reserved codings are to be read as the default alphabet, says the standard.
    return Alphabet.UCS2 if coding >> 4 == 0xE else Alphabet.GSM7


def concatenation(cursor: Cursor) -> Concatenation | None:
    """The part that a user data header names; None where it names none, or one that cannot be."""
    part: Concatenation | None = None
    try:
        while True:
            element, value = cursor.octet(), cursor.take(cursor.octet())
            if element == _JOIN_8_BIT and len(value) == 3:
                part = Concatenation(value[0], value[1], value[2])
            elif element == _JOIN_16_BIT and len(value) == 4:
                part = Concatenation(int.from_bytes(value[:2], "big"), value[2], value[3], wide=True)
    except PduError:
        # The header ends here; a cut element is passed over like an unknown one.
        return part if part is not None and 1 <= part.part <= part.parts else None
