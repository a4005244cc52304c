"""Short messages as octets and back: SMS-SUBMIT, SMS-DELIVER, SMS-STATUS-REPORT (3GPP TS 23.040, 9.2.2).

Both directions of each, for the box and for the simulated network. A PDU here is the TPDU alone; `framed` and
`unframed` put the service centre's address before it, as modems want it. All errors are PduError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pbx.sms.fields import Cursor, PduError, decode_validity, encode_address, encode_moment, encode_validity
from pbx.sms.userdata import Alphabet, Concatenation, decode_user_data, encode_user_data

__all__ = [
    "Alphabet",
    "Concatenation",
    "Deliver",
    "PduError",
    "StatusReport",
    "Submit",
    "decode_arriving",
    "decode_submit",
    "encode_deliver",
    "encode_status_report",
    "encode_submit",
    "framed",
    "unframed",
]

_DELIVER, _SUBMIT, _STATUS_REPORT = 0, 1, 2
_NO_MORE_TO_SEND = 0x04
_STATUS_REPORT_WANTED = 0x20
_HAS_HEADER = 0x40
_VALIDITY_FORMAT, _RELATIVE = 0x18, 0x10
_NO_TIME = bytes(7)


@dataclass(frozen=True)
class Submit:
    """A message on its way out.

    reference: 0 to 255; modems put their own in its place. validity: how long the network tries, None for its default.
    """

    to: str
    text: str
    alphabet: Alphabet
    part: Concatenation | None = None
    report: bool = False
    validity: timedelta | None = None
    reference: int = 0


@dataclass(frozen=True)
class Deliver:
    """A message coming in. sent_at: the service centre's time, None where it makes no sense."""

    sender: str
    text: str
    alphabet: Alphabet
    sent_at: datetime | None
    part: Concatenation | None = None


@dataclass(frozen=True)
class StatusReport:
    """What became of the message that was sent under `reference` (0 to 255) to `recipient`.

    status: TP-Status. Below 0x20 the phone has it; below 0x40 the network still tries; above it gave up.
    """

    reference: int
    recipient: str
    sent_at: datetime | None
    done_at: datetime | None
    status: int

    @property
    def delivered(self) -> bool:
        """The phone has it."""
        return self.status < 0x20

    @property
    def failed(self) -> bool:
        """The network gave up."""
        return self.status >= 0x40


def encode_submit(message: Submit) -> bytes:
    """An SMS-SUBMIT."""
    data = encode_user_data(message.text, message.alphabet, message.part)
    first = _SUBMIT | (_STATUS_REPORT_WANTED if message.report else 0) | (_HAS_HEADER if message.part else 0)
    validity = b""
    if message.validity is not None:
        first |= _RELATIVE
        validity = bytes((encode_validity(message.validity),))
    head = bytes((first, _octet(message.reference))) + encode_address(message.to)
    return head + bytes((0, message.alphabet.value)) + validity + data


def decode_submit(octets: bytes) -> Submit:
    """The SMS-SUBMIT that `octets` are. An absolute validity is passed over."""
    cursor = Cursor(octets)
    first = _first(cursor, _SUBMIT)
    reference = cursor.octet()
    to = cursor.address()
    cursor.octet()
    coding = cursor.octet()
    validity = _validity(cursor, first & _VALIDITY_FORMAT)
    text, alphabet, part = decode_user_data(cursor, coding, bool(first & _HAS_HEADER))
    return Submit(to, text, alphabet, part, bool(first & _STATUS_REPORT_WANTED), validity, reference)


def encode_deliver(message: Deliver) -> bytes:
    """An SMS-DELIVER."""
    first = _DELIVER | _NO_MORE_TO_SEND | (_HAS_HEADER if message.part else 0)
    head = bytes((first,)) + encode_address(message.sender) + bytes((0, message.alphabet.value))
    return head + _moment(message.sent_at) + encode_user_data(message.text, message.alphabet, message.part)


def encode_status_report(report: StatusReport) -> bytes:
    """An SMS-STATUS-REPORT."""
    head = bytes((_STATUS_REPORT | _NO_MORE_TO_SEND, _octet(report.reference))) + encode_address(report.recipient)
    return head + _moment(report.sent_at) + _moment(report.done_at) + bytes((_octet(report.status),))


def decode_arriving(octets: bytes) -> Deliver | StatusReport:
    """What the network sent."""
    cursor = Cursor(octets)
    first = cursor.octet()
    match first & 0x03:
        case 0:
            return _deliver(cursor, first)
        case 2:
            return StatusReport(cursor.octet(), cursor.address(), cursor.moment(), cursor.moment(), cursor.octet())
    raise PduError(f"a PDU that begins with {first:02x} does not come from the network")


def _deliver(cursor: Cursor, first: int) -> Deliver:
    sender = cursor.address()
    cursor.octet()
    coding = cursor.octet()
    sent_at = cursor.moment()
    text, alphabet, part = decode_user_data(cursor, coding, bool(first & _HAS_HEADER))
    return Deliver(sender, text, alphabet, sent_at, part)


def framed(tpdu: bytes) -> bytes:
    """`tpdu` with an empty service centre address before it: the SIM's own centre is meant."""
    return b"\x00" + tpdu


def unframed(octets: bytes) -> bytes:
    """The TPDU without the service centre address before it."""
    cursor = Cursor(octets)
    length = cursor.octet()
    cursor.take(length)
    return octets[1 + length :]


def _first(cursor: Cursor, expected: int) -> int:
    first = cursor.octet()
    if first & 0x03 != expected:
        raise PduError(f"a PDU that begins with {first:02x} is of another kind")
    return first


def _validity(cursor: Cursor, form: int) -> timedelta | None:
    if form == _RELATIVE:
        return decode_validity(cursor.octet())
    cursor.take(7 if form else 0)
    return None


def _moment(at: datetime | None) -> bytes:
    return _NO_TIME if at is None else encode_moment(at)


def _octet(value: int) -> int:
    if not 0 <= value <= 255:
        raise PduError(f"{value} does not fit an octet")
    return value
