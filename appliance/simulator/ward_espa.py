"""The far end of an ESPA 4.4.4 line: a host that calls, resets, and asks what became of its calls."""

from __future__ import annotations

from typing import Any

from appliance.simulator.control import Answer, Refused
from appliance.simulator.ward_faults import Block
from appliance.simulator.ward_text import Outcome, Said, text_for
from nursecall.line_ends import byte_time, read
from nursecall.plan_lines import EspaLine
from nursecall.reading import Ended, Press, Reading
from nursecall.standing import Standing
from nursecall.wire import espa444
from nursecall.wire.espa444_blocks import ALARM, NORMAL

CALLED_FOR_NOTHING = "Bed {bed} has called for nothing on line {line}."

POLL = 0.5
"""Seconds between two polls of a simulated control station."""


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
        self.block = Block(begins=b"\x01", called=line.own.encode() + b"\x05")
        self._last: dict[str, str] = {}

    @property
    def pending(self) -> int:
        return self.party.pending

    def tell(self, reading: Reading, now: float) -> Said:
        text = self._text(reading)
        if isinstance(reading, Press):
            self._last[reading.bed] = text
        return self._send(self._message(reading, text), now)

    def say(self, text: str, bed: str, now: float) -> Said:
        self._last[bed] = text
        return self._send(espa444.Call(address=bed[:16] or None, text=text), now)

    def ask(self, bed: str, call_type: str | None, now: float) -> tuple[Said, Answer]:
        """What became of a call? Its data are repeated: those of a call of `call_type`, None for the bed's last.

        Also what the answer will have in common with the question. Raises Refused when the line's plan knows no such
        call, or the bed has not called yet.
        """
        if call_type is not None:
            text = self._text(Press(self._line.ward, bed, call_type))
        elif bed in self._last:
            text = self._last[bed]
        else:
            raise Refused(CALLED_FOR_NOTHING, bed=bed, line=self._line.id)
        request = espa444.StatusRequest(address=bed[:16] or None, text=text)
        return self._send(request, now), {"address": bed[:16], "text": text}

    def status(self, event: object) -> Answer | None:
        """What the box says became of a call."""
        if not isinstance(event, espa444.Status):
            return None
        means = next((one.name.lower().replace("_", "-") for one in Standing if one == event.status), "?")
        return {"address": event.address or "", "text": event.text or "", "status": event.status, "means": means}

    def outcome(self, event: object) -> Outcome | None:
        if isinstance(event, espa444.Delivered | espa444.Refused):
            return event.ticket, isinstance(event, espa444.Delivered)
        return None

    def _text(self, reading: Reading) -> str:
        return text_for(self._line, reading, lambda text: read(self._line, self._message(reading, text)))

    def _message(self, reading: Reading, text: str) -> espa444.Message:
        if isinstance(reading, Ended):
            return espa444.Reset(address=reading.bed[:16], text=text)
        default = isinstance(reading, Press) and reading.call_type == self._line.default_type
        priority = NORMAL if default else ALARM
        return espa444.Call(
            address=reading.bed[:16], text=text, type=espa444.STANDARD, transmissions=1, priority=priority
        )

    def _send(self, message: espa444.Message, now: float) -> Said:
        block = message.encode(self._line.encoding)
        return Said(self.party.send(block, now), message.text or "", len(block))
