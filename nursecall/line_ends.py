"""Our end of each kind of line: the party on its wire, and what that party's events mean on the ward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nursecall.plan_lines import AnyLine, Contact, EspaLine, EspaxLine, ModbusLine, SerialLine, TapLine, TextLine
from nursecall.reading import Asked, Ended, Presence, Press, Reading, Terminal, Unreadable, meant, words
from nursecall.wire import espa444, espax, modbus, tap, text_host
from nursecall.wire.party import Party

Heard = Reading | Unreadable

OnWire = EspaLine | TapLine | ModbusLine | TextLine
"""Lines over a serial device."""

Garbled = espa444.Garbled | espax.Garbled | modbus.Garbled | tap.Garbled | text_host.Garbled
"""Bytes that mean nothing, on any wire."""


def byte_time(line: SerialLine) -> float:
    """Seconds a byte takes on the wire: start bit, data, parity, stop bits."""
    return (1 + line.data_bits + (line.parity != "none") + line.stop_bits) / line.baud


def party(line: OnWire) -> Party[Any]:
    """Our side of `line`."""
    match line:
        case EspaLine():
            return espa_party(line)
        case TapLine():
            return tap.Terminal(
                password=line.password, encoding=line.encoding, seven_bit=line.data_bits == 7, byte_time=byte_time(line)
            )
        case ModbusLine():
            return modbus.Master(units(line), byte_time=byte_time(line), debounce=line.debounce)
        case TextLine():
            return text_host.TextHost(layout(line), line.answer.encode("latin-1", "replace"))


def espa_party(line: EspaLine) -> espa444.Party:
    """Our side of an ESPA 4.4.4 line."""
    role = espa444.Control if line.role == "control" else espa444.Station
    seven_bit, seconds = line.data_bits == 7, byte_time(line)
    return role(line.own, line.peer, encoding=line.encoding, seven_bit=seven_bit, byte_time=seconds)


def layout(line: TextLine) -> text_host.Layout:
    """What a frame looks like on `line`."""
    return text_host.Layout(
        line.framing, line.length, line.check, line.check_as, check_over=line.check_over, encoding=line.encoding
    )


def espax_encoding(line: EspaxLine) -> str | None:
    """Of hosts whose XML says one thing and is another; None where it is to be believed."""
    return None if line.encoding == "utf-8" else line.encoding


def units(line: ModbusLine) -> list[modbus.Unit]:
    """The input modules of `line`, from the first contact that is wired to the last."""
    wired = []
    for unit in line.units:
        inputs = [contact.input for contact in unit.contacts]
        rest = frozenset(contact.input for contact in unit.contacts if contact.normally == "closed")
        wired.append(modbus.Unit(unit.address, min(inputs), max(inputs) - min(inputs) + 1, rest))
    return wired


def reader(line: AnyLine) -> Callable[[Any], list[Heard]]:
    """What an event of the party of `line` means: nothing, one thing, or several."""
    match line:
        case EspaLine():
            return lambda event: _few(read(line, event))
        case TapLine():
            return lambda event: _few(_page(line, event))
        case TextLine():
            return lambda event: _few(_frame(line, event))
        case EspaxLine():
            return lambda event: _few(_process(line, event))
        case ModbusLine():
            return _Contacts(line).read


def read(line: EspaLine, event: espa444.Event) -> Heard | None:
    """What an ESPA 4.4.4 `event` means; None for what is neither a call nor its end."""
    return _says(line, event) if isinstance(event, espa444.Call | espa444.Reset) else None


def asked(line: EspaLine, request: espa444.StatusRequest) -> Asked | None:
    """Which call a status request is about: it repeats what identified the call. None where that is none."""
    match _says(line, request):
        case Press(ward, bed, kind):
            # A request that repeats the address alone does not say which of the bed's calls.
            return Asked(ward, bed, kind if request.text else None)
        case Ended(ward, bed, kind):
            return Asked(ward, bed, kind)
        case _:
            return None


def _says(line: EspaLine, message: espa444.Message) -> Heard | None:
    text = message.text or ""
    searched = (message.address or "") if line.bed_from == "address" else text
    return words(line, text, searched, ends=message.type == espa444.RESET)


def _page(line: TapLine, event: object) -> Heard | None:
    if not isinstance(event, tap.Page):
        return None
    return words(line, event.text, event.pager if line.bed_from == "address" else event.text)


def _process(line: EspaxLine, event: object) -> Heard | None:
    """What begins with a process is over when the host stops it; None for what began before we did."""
    if isinstance(event, espax.Started):
        return process(line, event.ward, event.bed, event.text, (event.event, event.priority, event.signal))
    if not isinstance(event, espax.Stopped) or event.started is None:
        return None
    match _process(line, event.started):
        case Press(ward, bed, kind):
            return Ended(ward, bed, kind)
        case Presence(ward, bed, here):
            return Presence(ward, bed, not here)
        case Terminal(ward, bed, well):
            return Terminal(ward, bed, not well)
        case other:
            return other


def process(line: EspaxLine, ward: str, bed: str, text: str, marks: Sequence[str]) -> Heard | None:
    """What an ESPA-X process means. Patterns see its text, then event, priority and signal in brackets."""
    said = " ".join([text, *(f"[{mark}]" for mark in marks if mark)])
    return words(line, said, bed or text, ward=ward)


def _frame(line: TextLine, event: object) -> Heard | None:
    return words(line, event.text, event.text) if isinstance(event, text_host.Frame) else None


class _Contacts:
    """Which bed each contact of a Modbus line belongs to, and what it says."""

    def __init__(self, line: ModbusLine) -> None:
        self._line = line
        self._wired = {(unit.address, contact.input): contact for unit in line.units for contact in unit.contacts}

    def read(self, event: modbus.Event) -> list[Heard]:
        """A contact that changed; a unit that died or came back speaks for the terminals of all its beds."""
        match event:
            case modbus.Changed():
                contact = self._wired.get((event.unit, event.input))
                return list(contact_says(self._line, contact, closed=event.closed)) if contact else []
            case modbus.UnitDead() | modbus.UnitAlive():
                well = isinstance(event, modbus.UnitAlive)
                beds = {
                    _place(self._line, contact): None
                    for (unit, _), contact in self._wired.items()
                    if unit == event.unit
                }
                return [Terminal(ward, bed, well) for ward, bed in beds]
            case _:
                return []


def contact_says(line: ModbusLine, contact: Contact, *, closed: bool) -> Iterator[Reading]:
    """What it means that a contact closed or opened; a call button that is let go means nothing."""
    ward, bed = _place(line, contact)
    active = closed != (contact.normally == "closed")
    if contact.means == "present":
        yield meant("present" if active else "absent", ward, bed)
    elif contact.means == "fault":
        yield Terminal(ward, bed, not active)
    elif active:
        yield meant(contact.means, ward, bed)


def _place(line: ModbusLine, contact: Contact) -> tuple[str, str]:
    return contact.ward or line.ward, contact.bed


def _few(heard: Heard | None) -> list[Heard]:
    return [] if heard is None else [heard]
