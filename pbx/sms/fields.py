"""The small fields of a short message's PDU: addresses, times, validity (3GPP TS 23.040, 9.1.2 and 9.2.3)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from pbx.sms import gsm7

_DIGITS = "0123456789*#abc"
_INTERNATIONAL, _UNKNOWN, _ALPHANUMERIC = 0x91, 0x81, 0xD0
_TYPE_OF_NUMBER = 0x70
_NEGATIVE = 0x08
_QUARTER = timedelta(minutes=15)


class PduError(ValueError):
    """These bytes are no PDU that can be read, or these values none that can be written."""


class Cursor:
    """Octets read from front to back."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` octets. Raises PduError when there are fewer."""
        taken = self._octets[self._at : self._at + count]
        if len(taken) < count:
            raise PduError(f"the PDU ends after {len(self._octets)} octets, before it is complete")
        self._at += count
        return taken

    def octet(self) -> int:
        """The next octet. Raises PduError at the end."""
        return self.take(1)[0]

    def address(self) -> str:
        """The next address field, as `encode_address` takes it. Raises PduError."""
        digits = self.octet()
        kind = self.octet()
        octets = self.take((digits + 1) // 2)
        if kind & _TYPE_OF_NUMBER == _ALPHANUMERIC & _TYPE_OF_NUMBER:
            return gsm7.decode(gsm7.unpack(octets, digits * 4 // 7))
        prefix = "+" if kind & _TYPE_OF_NUMBER == _INTERNATIONAL & _TYPE_OF_NUMBER else ""
        return prefix + _unswapped(octets)[:digits]

    def moment(self) -> datetime | None:
        """The next time stamp, see `decode_moment`. Raises PduError only when it is cut off."""
        return decode_moment(self.take(7))


def encode_address(number: str) -> bytes:
    """`+86138…`, `10086` or a sender's name of at most 11 GSM-7 characters. Raises PduError."""
    digits = number.removeprefix("+")
    if digits and all(digit in _DIGITS for digit in digits):
        if len(digits) > 20:
            raise PduError(f"a number of {len(digits)} digits is longer than 20")
        kind = _INTERNATIONAL if number.startswith("+") else _UNKNOWN
        return bytes((len(digits), kind)) + _swapped(digits)
    if not number or not gsm7.encodable(number) or len(gsm7.encode(number)) > 11:
        raise PduError("an address is a number, or a name of 1 to 11 GSM-7 characters")
    packed = gsm7.pack(gsm7.encode(number))
    return bytes(((len(gsm7.encode(number)) * 7 + 3) // 4, _ALPHANUMERIC)) + packed


def _swapped(digits: str) -> bytes:
    codes = [_DIGITS.index(digit) for digit in digits] + [0xF] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))


def _unswapped(octets: bytes) -> str:
    codes = [code for octet in octets for code in (octet & 0xF, octet >> 4)]
    return "".join(_DIGITS[code] for code in codes if code < len(_DIGITS))


def encode_moment(at: datetime) -> bytes:
    """An aware time as seven octets, to the second, with its own offset from UTC in quarters of an hour."""
    quarters = (at.utcoffset() or timedelta()) // _QUARTER
    # The zone was rounded down to a quarter, so the hour shown must follow it.
    at = at.astimezone(timezone(quarters * _QUARTER))
    figures = (at.year % 100, at.month, at.day, at.hour, at.minute, at.second, abs(quarters))
    octets = bytearray(figure // 10 | figure % 10 << 4 for figure in figures)
    octets[6] |= _NEGATIVE if quarters < 0 else 0
    return bytes(octets)


def decode_moment(octets: bytes) -> datetime | None:
    """Seven octets as an aware time, years 2000 to 2099. None where they are none: a text outweighs its time stamp."""
    zone = octets[6] & ~_NEGATIVE
    try:
        year, month, day, hour, minute, second, quarters = (_figure(octet) for octet in (*octets[:6], zone))
        offset = quarters * _QUARTER * (-1 if octets[6] & _NEGATIVE else 1)
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None


def _figure(octet: int) -> int:
    tens, units = octet & 0xF, octet >> 4
    if tens > 9 or units > 9:
        raise ValueError(f"{octet:02x} is not two digits")
    return tens * 10 + units


_VALIDITY = (
    (143, timedelta(minutes=5), -1),
    (167, timedelta(minutes=30), 119),
    (196, timedelta(days=1), 166),
    (255, timedelta(weeks=1), 192),
)
"""Up to this octet it is (octet - offset) units: TS 23.040, 9.2.3.12.1."""


def decode_validity(octet: int) -> timedelta:
    """How long the network keeps trying: 5 minutes to 63 weeks."""
    unit, offset = next((unit, offset) for last, unit, offset in _VALIDITY if octet <= last)
    return (octet - offset) * unit


def encode_validity(wanted: timedelta) -> int:
    """The shortest that is not shorter than `wanted`, or the longest there is."""
    return next((octet for octet in range(256) if decode_validity(octet) >= wanted), 255)
