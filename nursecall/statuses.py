"""What an ESPA 4.4.4 host hears of its calls: always when it asks, and unasked where the plan says so."""

from __future__ import annotations

from collections.abc import Callable

from nursecall.espa_memory import Begun, Memory
from nursecall.line_ends import asked, read
from nursecall.plan_lines import EspaLine
from nursecall.reading import Asked, Press
from nursecall.standing import Standing
from nursecall.wire.espa444 import Call, Event, Message, StatusRequest

Stands = Callable[[Asked], Standing | None]
"""Where a call stands; None where nobody can know yet."""

Says = Callable[[Message, Standing], None]
"""Puts a status into the queue of the wire: about which message, and what."""


class Statuses:
    """Of one line. memory: of the calls whose every change is told unasked; None where the host must ask."""

    def __init__(self, line: EspaLine, stands: Stands, says: Says, memory: Memory | None) -> None:
        self._line, self._stands, self._says, self._memory = line, stands, says, memory

    def heard(self, event: Event) -> None:
        """The host says so; to be told before the ward is, so that what the ward makes of it can be reported."""
        match event:
            case StatusRequest():
                self._says(event, self._answer(event))
            case Call() if self._memory is not None:
                reading = read(self._line, event)
                if isinstance(reading, Press):
                    self._memory.begun(Asked(reading.ward, reading.bed, reading.call_type), event)

    def changed(self, ward: str) -> None:
        """Something has happened to a call of `ward`."""
        if self._memory is not None:
            for call, begun in self._memory.of(ward):
                self._report(self._memory, call, begun)

    def catch_up(self) -> None:
        """The line is open: the host hears what it has not heard, after a restart all of it once more."""
        for ward in self._memory.wards if self._memory is not None else ():
            self.changed(ward)

    def _answer(self, request: StatusRequest) -> Standing:
        """What names no bed, or cannot be known yet, is a fault of ours: it may well be open."""
        call = asked(self._line, request)
        return (self._stands(call) if call is not None else None) or Standing.FAULT

    def _report(self, memory: Memory, call: Asked, begun: Begun) -> None:
        stands = self._stands(call)
        is_open = stands is not None and stands is not Standing.TERMINATED
        # What the ward has not been told of yet, because the line floods, is not over.
        if stands is None or stands is begun.told or not (is_open or begun.known):
            return
        begun.known, begun.told = True, stands
        self._says(begun.message, stands)
        if not is_open:
            memory.over(call)
