"""SMPP 3.4 as octets and back: the PDUs of a transceiver's session, both directions, for the box and the simulated
message centre. No I/O, no clock.

Source: Short Message Peer to Peer Protocol Specification v3.4, sections 3.2 and 4. Names are the specification's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LARGEST = 64 * 1024
"""Octets of a PDU. A longer one is none: the stream has lost its frame."""
_HEADER = struct.Struct(">LLLL")
_RESPONSE = 0x80000000

OK, BAD_LENGTH, BAD_COMMAND, WRONG_STATE, SYSTEM_ERROR = 0x00, 0x02, 0x03, 0x04, 0x08
BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x01, 0x02, 0x09
SUBMIT, DELIVER, UNBIND, ENQUIRE, NACK = 0x04, 0x05, 0x06, 0x15, 0x80000000

PAYLOAD, RECEIPTED_ID, MESSAGE_STATE = 0x0424, 0x001E, 0x0427
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F


class SmppError(ValueError):
    """These octets are no PDU that can be read, or these values none that can be written."""


@dataclass(frozen=True)
class Bind:
    """bind_transceiver, _transmitter, _receiver."""

    system_id: str
    password: str
    system_type: str = ""
    version: int = 0x34
    ton: int = 0
    npi: int = 0
    address_range: str = ""


@dataclass(frozen=True)
class Message:
    """submit_sm or deliver_sm. text: of short_message, or of message_payload where that is in `options`."""

    source: str
    destination: str
    text: bytes = b""
    source_ton: int = 0
    source_npi: int = 0
    destination_ton: int = 0
    destination_npi: int = 0
    service_type: str = ""
    esm_class: int = 0
    protocol: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    registered: int = 0
    replace: int = 0
    coding: int = 0
    default_message: int = 0
    options: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """What it says, wherever that stands."""
        return self.options.get(PAYLOAD, self.text)


@dataclass(frozen=True)
class Named:
    """The body of a bind's answer (system_id) and of submit_sm_resp and deliver_sm_resp (message_id)."""

    name: str = ""


@dataclass(frozen=True)
class Empty:
    """No body: enquire_link, unbind, generic_nack, their answers; and refusals, which may leave theirs out."""


@dataclass(frozen=True)
class Other:
    """A PDU of a kind we do not use."""

    octets: bytes


Body = Bind | Message | Named | Empty | Other


@dataclass(frozen=True)
class Pdu:
    """One PDU. An answer has `command | 0x80000000` and the sequence of what it answers."""

    command: int
    sequence: int
    body: Body = Empty()
    status: int = OK

    @property
    def is_answer(self) -> bool:
        """Whether it answers one of ours; generic_nack does too."""
        return bool(self.command & _RESPONSE)

    def answer(self, status: int = OK, body: Body | None = None) -> Pdu:
        """The answer to it."""
        return Pdu(self.command | _RESPONSE, self.sequence, body or Empty(), status)

    def encode(self) -> bytes:
        """As octets. Raises SmppError for values that do not fit their fields."""
        octets = _written(self.body)
        if not 0 <= self.sequence <= 0xFFFFFFFF:
            raise SmppError(f"{self.sequence} is no sequence number")
        return _HEADER.pack(_HEADER.size + len(octets), self.command, self.status, self.sequence) + octets


def decode(octets: bytes) -> Pdu:
    """The PDU that `octets` are, exactly. Raises SmppError."""
    if len(octets) < _HEADER.size:
        raise SmppError(f"{len(octets)} octets are less than a header")
    length, command, status, sequence = _HEADER.unpack_from(octets)
    if length != len(octets):
        raise SmppError(f"{len(octets)} octets say they are {length}")
    return Pdu(command, sequence, _read(command, octets[_HEADER.size :]), status)


@dataclass(frozen=True)
class Unreadable:
    """A PDU with a broken body: its sender is told so with generic_nack. command, sequence: as its header says."""

    command: int
    sequence: int
    why: str


class Framing:
    """Octets of a connection, however they are cut, into PDUs."""

    def __init__(self) -> None:
        self._unread = b""

    def feed(self, data: bytes) -> Iterator[Pdu | Unreadable]:
        """Every PDU that is whole now. Raises SmppError when the stream has lost its frame: close it."""
        self._unread += data
        while len(self._unread) >= _HEADER.size:
            length, command, _, sequence = _HEADER.unpack_from(self._unread)
            if not _HEADER.size <= length <= LARGEST:
                raise SmppError(f"a PDU of {length} octets")
            if len(self._unread) < length:
                return
            octets, self._unread = self._unread[:length], self._unread[length:]
            try:
                yield decode(octets)
            except SmppError as why:
                yield Unreadable(command, sequence, str(why))


class _Cursor:
    def __init__(self, octets: bytes) -> None:
        self.rest = octets

    def take(self, count: int) -> bytes:
        if len(self.rest) < count:
            raise SmppError("the PDU ends before its fields do")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def octet(self) -> int:
        return self.take(1)[0]

    def string(self) -> str:
        end = self.rest.find(0)
        if end < 0:
            raise SmppError("a string without its end")
        return self.take(end + 1)[:-1].decode("latin-1")

    def options(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while self.rest:
            tag, length = struct.unpack(">HH", self.take(4))
            found[tag] = self.take(length)
        return found


def _read(command: int, octets: bytes) -> Body:
    cursor = _Cursor(octets)
    kind, answer = command & ~_RESPONSE, bool(command & _RESPONSE)
    match kind:
        case _ if kind in (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER):
            return _named(cursor) if answer else _bind(cursor)
        case _ if kind in (SUBMIT, DELIVER):
            return _named(cursor) if answer else _message(cursor)
        case _ if kind in (UNBIND, ENQUIRE, NACK & ~_RESPONSE):
            return Empty()
    return Other(octets)


def _named(cursor: _Cursor) -> Body:
    # A refusal may come without its body; so does, from some centres, a yes to deliver_sm.
    return Named(cursor.string()) if cursor.rest else Empty()


def _bind(cursor: _Cursor) -> Bind:
    return Bind(
        cursor.string(), cursor.string(), cursor.string(), cursor.octet(), cursor.octet(), cursor.octet(),
        cursor.string(),
    )  # fmt: skip


def _message(cursor: _Cursor) -> Message:
    service_type = cursor.string()
    source_ton, source_npi, source = cursor.octet(), cursor.octet(), cursor.string()
    destination_ton, destination_npi, destination = cursor.octet(), cursor.octet(), cursor.string()
    esm_class, protocol, priority = cursor.octet(), cursor.octet(), cursor.octet()
    schedule, validity = cursor.string(), cursor.string()
    registered, replace, coding, default_message = (cursor.octet() for _ in range(4))
    text = cursor.take(cursor.octet())
    return Message(
        source=source, destination=destination, text=text, source_ton=source_ton, source_npi=source_npi,
        destination_ton=destination_ton, destination_npi=destination_npi, service_type=service_type,
        esm_class=esm_class, protocol=protocol, priority=priority, schedule=schedule, validity=validity,
        registered=registered, replace=replace, coding=coding, default_message=default_message,
        options=cursor.options(),
    )  # fmt: skip


def _written(body: Body) -> bytes:
    match body:
        case Bind():
            strings = _strings((body.system_id, 16), (body.password, 9), (body.system_type, 13))
            return strings + _octets(body.version, body.ton, body.npi) + _strings((body.address_range, 41))
        case Message():
            return _message_written(body)
        case Named():
            return _strings((body.name, 65))
        case Empty():
            return b""
        case Other():
            return body.octets


def _message_written(message: Message) -> bytes:
    if len(message.text) > 254:
        raise SmppError(f"{len(message.text)} octets are more than a short message holds")
    options = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in message.options.items())
    return (
        _strings((message.service_type, 6))
        + _octets(message.source_ton, message.source_npi)
        + _strings((message.source, 21))
        + _octets(message.destination_ton, message.destination_npi)
        + _strings((message.destination, 21))
        + _octets(message.esm_class, message.protocol, message.priority)
        + _strings((message.schedule, 17), (message.validity, 17))
        + _octets(message.registered, message.replace, message.coding, message.default_message, len(message.text))
        + message.text
        + options
    )


def _strings(*fields: tuple[str, int]) -> bytes:
    """C-octet strings, each with the most octets its field has, the NUL counted."""
    written = b""
    for text, most in fields:
        try:
            octets = text.encode("latin-1")
        except UnicodeEncodeError as why:
            raise SmppError("a string has a character that is no octet") from why
        if len(octets) >= most or 0 in octets:
            raise SmppError(f"a string of {len(octets)} octets does not fit {most}, or holds a NUL")
        written += octets + b"\0"
    return written


def _octets(*values: int) -> bytes:
    try:
        return bytes(values)
    except ValueError as why:
        raise SmppError("a value is no octet") from why
