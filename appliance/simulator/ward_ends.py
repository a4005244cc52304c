"""The far end of each kind of line: what a simulated host does so that our plan of the line hears a reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from appliance.simulator.control import Refused
from appliance.simulator.ward_contacts import Bank, Released
from appliance.simulator.ward_faults import Block
from appliance.simulator.ward_text import text_for
from nursecall.line_ends import Heard, byte_time, layout, process, read, units
from nursecall.plan_lines import AnyLine, EspaLine, EspaxLine, ModbusLine, TapLine, TextLine
from nursecall.reading import Ended, Press, Reading, words
from nursecall.wire import espa444, espax, tap
from nursecall.wire.party import Party
from nursecall.wire.text_printer import Printed, Printer

POLL = 0.5
"""Seconds between two polls of a simulated control station."""

HEARTBEAT = 10.0
"""Seconds between two signs of life of a simulated ESPA-X host."""

STANDARD_CALL, ALARM, NORMAL = 3, 1, 3


@dataclass(frozen=True)
class Said:
    """What was put in the queue. size: bytes of the block, where that is one."""

    ticket: int
    text: str
    size: int = 0


Outcome = tuple[int, bool]
"""A ticket, and whether the other side took it."""


class FarEnd(Protocol):
    """What a simulated host needs of its kind of line."""

    @property
    def party(self) -> Party[Any]: ...
    @property
    def block(self) -> Block:
        """Where its blocks begin, and where their check is."""
        ...

    @property
    def pending(self) -> int:
        """How many messages wait."""
        ...

    def tell(self, reading: Reading, now: float) -> Said:
        """Say what means `reading`. Raises Refused when the line's plan knows no such thing."""
        ...

    def say(self, text: str, bed: str, now: float) -> Said:
        """Say `text`, whatever it means. Raises Refused where there are no texts."""
        ...

    def outcome(self, event: object) -> Outcome | None:
        """What an event of the party says of a message."""
        ...


def far_end(line: AnyLine) -> FarEnd:
    """The other end than ours."""
    match line:
        case EspaLine():
            return Espa(line)
        case TapLine():
            return Tap(line)
        case TextLine():
            return Text(line)
        case EspaxLine():
            return Espax(line)
        case ModbusLine():
            return Modbus(line)


class Espa:
    """The other role than ours."""

    def __init__(self, line: EspaLine) -> None:
        self._line = line
        frame: dict[str, Any] = {"encoding": line.encoding, "seven_bit": line.data_bits == 7}
        frame |= {"byte_time": byte_time(line)}
        self.party: espa444.Control | espa444.Station = (
            espa444.Control(line.peer, line.own, interval=POLL, **frame)
            if line.role == "station"
            # Of several stations the first is simulated.
            else espa444.Station(line.peer[0], line.own, **frame)
        )
        self.block = Block(begins=b"\x01")

    @property
    def pending(self) -> int:
        return self.party.pending

    def tell(self, reading: Reading, now: float) -> Said:
        def message(text: str) -> espa444.Call | espa444.Reset:
            if isinstance(reading, Ended):
                return espa444.Reset(address=reading.bed[:16], text=text)
            default = isinstance(reading, Press) and reading.call_type == self._line.default_type
            priority = NORMAL if default else ALARM
            return espa444.Call(
                address=reading.bed[:16], text=text, type=STANDARD_CALL, transmissions=1, priority=priority
            )

        text = text_for(self._line, reading, lambda text: read(self._line, message(text)))
        return self._send(message(text), now)

    def say(self, text: str, bed: str, now: float) -> Said:
        return self._send(espa444.Call(address=bed[:16] or None, text=text), now)

    def outcome(self, event: object) -> Outcome | None:
        if isinstance(event, espa444.Delivered | espa444.Refused):
            return event.ticket, isinstance(event, espa444.Delivered)
        return None

    def _send(self, message: espa444.Message, now: float) -> Said:
        block = message.encode(self._line.encoding)
        return Said(self.party.send(block, now), message.text or "", len(block))


class Tap:
    """An entry device: it logs in and sends pages."""

    def __init__(self, line: TapLine) -> None:
        self._line = line
        self.party = tap.Sender(
            password=line.password, encoding=line.encoding, seven_bit=line.data_bits == 7, byte_time=byte_time(line)
        )
        self.block = Block(begins=b"\x02", check_at=-2, flips=0x01)

    @property
    def pending(self) -> int:
        return self.party.pending

    def tell(self, reading: Reading, now: float) -> Said:
        by_pager = self._line.bed_from == "address"

        def reads(text: str) -> Heard | None:
            return words(self._line, text, reading.bed if by_pager else text)

        return self.say(text_for(self._line, reading, reads), reading.bed, now)

    def say(self, text: str, bed: str, now: float) -> Said:
        return Said(self.party.send(bed or "0", text, now), text)

    def outcome(self, event: object) -> Outcome | None:
        if isinstance(event, tap.Delivered | tap.Refused):
            return event.ticket, isinstance(event, tap.Delivered)
        return None


class Text:
    """A host that just prints."""

    def __init__(self, line: TextLine) -> None:
        self._line = line
        self._layout = layout(line)
        self.party = Printer(self._layout, line.answer.encode("latin-1", "replace"))
        check = {"lines": -3, "stx-etx": -1, "fixed": -1}[line.framing]
        self.block = Block(check_at=check if line.check != "none" else None, flips=0x03)

    @property
    def pending(self) -> int:
        return self.party.pending

    def tell(self, reading: Reading, now: float) -> Said:
        return self.say(text_for(self._line, reading, lambda text: words(self._line, text, text)), reading.bed, now)

    def say(self, text: str, bed: str, now: float) -> Said:
        try:
            return Said(self.party.send(text, now), text, len(self._layout.encode(text)))
        except ValueError as why:
            raise Refused("{text} is no text of line {line}.", text=text, line=self._line.id) from why

    def outcome(self, event: object) -> Outcome | None:
        return (event.ticket, True) if isinstance(event, Printed) else None


class Espax:
    """A host that connects to us; what it has started it stops by the same reference."""

    def __init__(self, line: EspaxLine) -> None:
        self._line = line
        self.party = espax.Client(user=line.user, password=line.password, name="Simulator", heartbeat=HEARTBEAT)
        self.block = Block(begins=b"EX", check_at=0, flips=0x01)
        self._running: dict[str, Press] = {}

    @property
    def pending(self) -> int:
        return self.party.pending

    def tell(self, reading: Reading, now: float) -> Said:
        if isinstance(reading, Ended):
            return self._stop(reading, now)
        started = espax.Started("", bed=reading.bed)
        marks = (started.event, started.priority, started.signal)

        def reads(text: str) -> Heard | None:
            return process(self._line, "", reading.bed, text, marks)

        text = text_for(self._line, reading, reads)
        reference = f"{reading.bed}-{len(self._running)}-{now:.3f}"
        if isinstance(reading, Press):
            self._running[reference] = reading
        return Said(self.party.start(espax.Started(reference, bed=reading.bed, text=text), now), text)

    def say(self, text: str, bed: str, now: float) -> Said:
        return Said(self.party.start(espax.Started(f"{bed}-{now:.3f}", bed=bed, text=text), now), text)

    def outcome(self, event: object) -> Outcome | None:
        if isinstance(event, espax.Delivered | espax.Refused):
            return event.ticket, isinstance(event, espax.Delivered)
        return None

    def _stop(self, ended: Ended, now: float) -> Said:
        ours = [
            (reference, press)
            for reference, press in self._running.items()
            if press.bed == ended.bed and ended.call_type in (None, press.call_type)
        ]
        if not ours:
            raise Refused("Bed {bed} has called for nothing on line {line}.", bed=ended.bed, line=self._line.id)
        said = Said(0, "")
        for reference, press in ours:
            del self._running[reference]
            said = Said(self.party.stop(reference, now), press.call_type)
        return said


class Modbus:
    """Every input module of the line, with a finger on each button."""

    def __init__(self, line: ModbusLine) -> None:
        self.party = Bank(line, units(line))
        self.block = Block()

    @property
    def pending(self) -> int:
        return self.party.pending

    def tell(self, reading: Reading, now: float) -> Said:
        return Said(self.party.tell(reading, now), "")

    def say(self, text: str, bed: str, now: float) -> Said:
        raise Refused("Contacts have no text.")

    def outcome(self, event: object) -> Outcome | None:
        return (event.ticket, True) if isinstance(event, Released) else None
