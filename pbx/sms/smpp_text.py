"""What a short message says, as SMPP carries it; and what comes back: answers, delivery reports, texts of people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pbx.sms import gsm7
from pbx.sms.fields import Cursor, PduError
from pbx.sms.letters import pieces
from pbx.sms.office import Fate, Letter, Receipt
from pbx.sms.pdu import Deliver
from pbx.sms.smpp_pdu import (
    MESSAGE_STATE,
    PAYLOAD,
    RECEIPTED_ID,
    SAR_NUMBER,
    SAR_REFERENCE,
    SAR_TOTAL,
    Message,
)
from pbx.sms.userdata import Alphabet, Concatenation, concatenation, part_header

Gsm7 = Literal["octets", "packed", "latin-1"]
"""How the centre's default alphabet is put into octets: one septet each, seven bits on end, or as Latin-1."""

_DEFAULT, _ASCII, _LATIN_1, _UCS2 = 0x00, 0x01, 0x03, 0x08
_HAS_HEADER, _MESSAGE_TYPE, _RECEIPT = 0x40, 0x3C, 0x04
_UNKNOWN, _INTERNATIONAL, _ALPHANUMERIC, _ISDN = 0, 1, 5, 1
_STATES = {2: Fate.DELIVERED, 3: Fate.FAILED, 4: Fate.FAILED, 5: Fate.FAILED, 8: Fate.FAILED}
_WORDS = {"DELIVRD": Fate.DELIVERED, "EXPIRED": Fate.FAILED, "DELETED": Fate.FAILED, "UNDELIV": Fate.FAILED,
          "REJECTD": Fate.FAILED}  # fmt: skip
_ID = re.compile(rb"\bid:\s*([^\s]+)", re.IGNORECASE)
_STAT = re.compile(rb"\bstat:\s*([A-Z]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Manner:
    """How one centre wants its messages; see `pbx.plan_messages.Smpp`."""

    sender: str = ""
    long: Literal["udh", "payload"] = "udh"
    gsm7: Gsm7 = "octets"


def messages(letter: Letter, manner: Manner) -> list[Message]:
    """`letter` as submit_sm, one or more, each asking for a delivery report."""
    alphabet = _alphabet(letter.text, manner.gsm7)
    parts = pieces(letter, alphabet)
    if len(parts) == 1 or manner.long == "payload":
        return [_whole(letter, manner, alphabet, single=len(parts) == 1)]
    return [_part(letter, manner, alphabet, piece, place) for piece, place in parts]


def _alphabet(text: str, manner: Gsm7) -> Alphabet:
    plain = gsm7.encodable(text) and (manner != "latin-1" or text.isascii() or _is_latin_1(text))
    return Alphabet.GSM7 if plain else Alphabet.UCS2


def _is_latin_1(text: str) -> bool:
    return all(ord(character) < 0x100 for character in text)


def _whole(letter: Letter, manner: Manner, alphabet: Alphabet, *, single: bool) -> Message:
    octets = _body(letter.text, alphabet, manner.gsm7, b"")
    if single:
        return _message(letter, manner, alphabet, text=octets)
    return _message(letter, manner, alphabet, options={PAYLOAD: octets})


def _part(letter: Letter, manner: Manner, alphabet: Alphabet, piece: str, place: Concatenation | None) -> Message:
    octets = _body(piece, alphabet, manner.gsm7, part_header(place))
    return _message(letter, manner, alphabet, text=octets, esm_class=_HAS_HEADER)


def _body(text: str, alphabet: Alphabet, manner: Gsm7, head: bytes) -> bytes:
    if alphabet is Alphabet.UCS2:
        return head + text.encode("utf-16-be", "surrogatepass")
    match manner:
        case "latin-1":
            return head + text.encode("latin-1")
        case "octets":
            return head + bytes(gsm7.encode(text))
        case "packed":
            fill = -len(head) * 8 % 7
            return head + gsm7.pack(gsm7.encode(text), fill)


def _message(
    letter: Letter,
    manner: Manner,
    alphabet: Alphabet,
    *,
    text: bytes = b"",
    esm_class: int = 0,
    options: dict[int, bytes] | None = None,
) -> Message:
    source_ton, source_npi, source = _address(manner.sender)
    destination_ton, destination_npi, destination = _address(letter.to)
    coding = _UCS2 if alphabet is Alphabet.UCS2 else _LATIN_1 if manner.gsm7 == "latin-1" else _DEFAULT
    return Message(
        source=source, source_ton=source_ton, source_npi=source_npi, destination=destination,
        destination_ton=destination_ton, destination_npi=destination_npi, text=text, esm_class=esm_class,
        registered=1, coding=coding, validity=relative(letter.validity), options=options or {},
    )  # fmt: skip


def _address(number: str) -> tuple[int, int, str]:
    """Type of number, numbering plan, address without its `+`."""
    if number.startswith("+"):
        return _INTERNATIONAL, _ISDN, number[1:]
    if number and not number.isdigit():
        return _ALPHANUMERIC, 0, number
    return _UNKNOWN, _ISDN if number else 0, number


def relative(span: timedelta) -> str:
    """A time from now as SMPP writes it, `YYMMDDhhmmss000R`; at most 99 days."""
    minutes, seconds = divmod(min(int(span.total_seconds()), 99 * 86400), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    months, days = divmod(days, 30)
    return f"00{months:02}{days:02}{hours:02}{minutes:02}{seconds:02}000R"


def is_receipt(message: Message) -> bool:
    """Whether a deliver_sm tells of one of ours, and is not somebody's text."""
    return message.esm_class & _MESSAGE_TYPE != 0


def receipt(message: Message) -> Receipt | None:
    """What a delivery report says; None while the centre still tries, or when it names nothing."""
    if message.esm_class & _MESSAGE_TYPE != _RECEIPT:
        return None
    named, stat = _ID.search(message.body), _STAT.search(message.body)
    identity = message.options.get(RECEIPTED_ID, b"").rstrip(b"\0") or (named[1] if named else b"")
    state = message.options.get(MESSAGE_STATE, b"")
    word = stat[1].decode("ascii").upper() if stat else ""
    fate = _STATES.get(state[0]) if state else _WORDS.get(word[:7])
    if not identity or fate is None:
        return None
    return Receipt(references(identity.decode("latin-1")), message.source, fate)


def references(identity: str) -> tuple[str, ...]:
    """`identity` and how else the centre may have written it in its answer: hexadecimal there, decimal here."""
    known = [identity, identity.lower(), identity.upper(), identity.lstrip("0")]
    if re.fullmatch(r"[0-9]{1,20}", identity):
        plain = f"{int(identity):x}"
        known += [plain, plain.upper(), plain.zfill(8), plain.zfill(8).upper()]
    if re.fullmatch(r"[0-9A-Fa-f]{1,16}", identity):
        known.append(str(int(identity, 16)))
    return tuple(dict.fromkeys(one for one in known if one))


def text(message: Message, manner: Gsm7) -> Deliver:
    """What somebody wrote. Never raises: a text in some odd coding is better than none."""
    octets, part, fill = _unheaded(message)
    said = _read(octets, message.coding, manner, fill)
    return Deliver(_sender(message), said, Alphabet.GSM7, None, part or _sar(message))


def _sender(message: Message) -> str:
    international = message.source_ton == _INTERNATIONAL and message.source.isdigit()
    return f"+{message.source}" if international else message.source


def _unheaded(message: Message) -> tuple[bytes, Concatenation | None, int]:
    """Octets without a user data header, the part it names, and bits that fill up to the next septet after it."""
    octets = message.body
    if not message.esm_class & _HAS_HEADER or not octets:
        return octets, None, 0
    length = 1 + octets[0]
    return octets[length:], concatenation(Cursor(octets[1:length])), -length * 8 % 7


def _sar(message: Message) -> Concatenation | None:
    values: Sequence[bytes] = [message.options.get(tag, b"") for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER)]
    if not all(values):
        return None
    reference, parts, part = (int.from_bytes(value, "big") for value in values)
    return Concatenation(reference & 0xFFFF, parts, part, wide=True) if 1 <= part <= parts <= 255 else None


def _read(octets: bytes, coding: int, manner: Gsm7, fill: int) -> str:
    if coding & 0xEC == _UCS2 or coding >> 4 == 0xE:
        return octets[: len(octets) // 2 * 2].decode("utf-16-be", "surrogatepass")
    if coding == _DEFAULT and manner == "octets":
        return gsm7.decode([octet & 0x7F for octet in octets])
    if coding == _DEFAULT and manner == "packed":
        said = gsm7.decode(gsm7.unpack(octets, len(octets) * 8 // 7, fill))
        # Seven bits left over at the end are padding, and read as this letter.
        return said[:-1] if (len(octets) * 8 - fill) % 7 == 0 and said.endswith("@") else said
    return octets.decode("latin-1")


__all__ = ["Manner", "PduError", "is_receipt", "messages", "receipt", "references", "relative", "text"]
