"""The far end of each kind of line: what a simulated host does so that our plan of the line hears a reading."""

from __future__ import annotations

from typing import Any, Protocol

from appliance.simulator.control import Answer, Refused
from appliance.simulator.ward_contacts import Bank, Released
from appliance.simulator.ward_espa import CALLED_FOR_NOTHING, Espa
from appliance.simulator.ward_faults import Block
from appliance.simulator.ward_text import Outcome, Said, text_for
from nursecall.line_ends import Heard, byte_time, layout, process, units
from nursecall.plan_lines import AnyLine, EspaLine, EspaxLine, ModbusLine, TapLine, TextLine
from nursecall.reading import Ended, Press, Reading, words
from nursecall.wire import espax, tap
from nursecall.wire.party import Party
from nursecall.wire.text_printer import Printed, Printer

HEARTBEAT = 10.0
"""Seconds between two signs of life of a simulated ESPA-X host."""


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
        self._ended: set[str] = set()

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

    def ask(self, bed: str, call_type: str | None, now: float) -> tuple[Said, Answer]:
        """What became of a call? By the reference of the last one of `bed` and `call_type`, None for any.

        Raises Refused when there is none that goes on.
        """
        reference = next((one for one in reversed(self._of(bed, call_type)) if one not in self._ended), None)
        if reference is None:
            raise Refused(CALLED_FOR_NOTHING, bed=bed, line=self._line.id)
        ticket = self.party.ask("REQ.P-GETSTAT", {"CP-PR-REF": reference, "CP-PR-MASK": "All"}, now)
        return Said(ticket, reference), {"reference": reference, "asked": True}

    def status(self, event: object) -> Answer | None:
        """What the box says became of a call."""
        if not isinstance(event, espax.Indicated) or not event.message["CP-PR-REF"]:
            return None
        said = event.message
        if said.name == "IND.P-ENDED":
            self._ended.add(said["CP-PR-REF"])
        means = said["SS-RESULT"] or said["SP-RESULT"] or said["SP-STATUS"]
        row = {"indication": said.name.removeprefix("IND."), "reference": said["CP-PR-REF"], "means": means}
        return {**row, "by": said["SS-NETW-NAME"], "asked": said["SP-GETSTAT"] == "true"}

    def outcome(self, event: object) -> Outcome | None:
        if isinstance(event, espax.Delivered | espax.Refused):
            return event.ticket, isinstance(event, espax.Delivered)
        return None

    def _of(self, bed: str, call_type: str | None) -> list[str]:
        presses = self._running.items()
        return [one for one, press in presses if press.bed == bed and call_type in (None, press.call_type)]

    def _stop(self, ended: Ended, now: float) -> Said:
        ours = self._of(ended.bed, ended.call_type)
        if not ours:
            raise Refused(CALLED_FOR_NOTHING, bed=ended.bed, line=self._line.id)
        said = Said(0, "")
        for reference in ours:
            press = self._running.pop(reference)
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
