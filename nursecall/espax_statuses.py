"""What an ESPA-X host hears of its processes, without being asked: how far each is, who did what with it, its end.

| where the call stands (`standing.Standing`)       | SP-STATUS    | SS-RESULT of P-EVENT |
|----------------------------------------------------|--------------|----------------------|
| queued                                              | Queued       |                      |
| paged, absent, fault                                | Active       |                      |
| acknowledged                                        | Active       | Accepted             |
| speech open                                         | Conversation | Accepted             |
| somebody who was told declined                      |              | Rejected             |
| did not answer                                      |              | No answer            |
| could not be told                                   |              | Not reached          |
| nobody could be found who is to be told             |              | Off duty             |
| terminated: P-ENDED, with the result of the last one |             |                      |

The process goes on when it was accepted: who said “I come” may be waited for in vain, and then the call waits anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from nursecall.calls import Told
from nursecall.events import Outcome as Came
from nursecall.line_ends import reader
from nursecall.plan_lines import EspaxLine
from nursecall.reading import Asked, Press
from nursecall.standing import Became, Standing
from nursecall.wire.espax import Outcome, Processes, Server
from nursecall.wire.espax_processes import Process

Becomes = Callable[[Asked], Became | None]
"""What became of a call; None where nobody can know yet."""

Indicates = Callable[[Server], None]

Tells = Callable[[Process, Indicates], bool]
"""Has every connection of the process's host indicate something; whether there is any."""

MISSED = 500
"""Ends remembered for hosts that are not there; the oldest is dropped for the next."""

STATUS: Mapping[Standing, str] = {
    Standing.QUEUED: "Queued",
    Standing.PAGED: "Active",
    Standing.ABSENT: "Active",
    Standing.FAULT: "Active",
    Standing.ACKNOWLEDGED: "Active",
    Standing.SPEECH_OPEN: "Conversation",
}
RESULT: Mapping[Came | None, Outcome] = {
    "declined": Outcome.REJECTED,
    "no-answer": Outcome.NO_ANSWER,
    "failed": Outcome.NOT_REACHED,
}


@dataclass
class _Begun:
    """The call of a process; None for what is no call.

    old: begun before we did. known: the ward has, or had, it. told: where it stood last. heard: results that were told.
    """

    asked: Asked | None
    old: bool = False
    known: bool = False
    told: Standing | None = None
    heard: set[tuple[int, str, str, str | None]] = field(default_factory=set)


class ProcessStatuses:
    """Of one line. keeps: called when something of a process has changed that must be remembered."""

    def __init__(
        self, line: EspaxLine, processes: Processes, becomes: Becomes, tells: Tells, keeps: Callable[[], None]
    ) -> None:
        self._reads = reader(line)
        self._processes, self._becomes, self._tells, self._keeps = processes, becomes, tells, keeps
        self._begun = {process.tan: self._begin(process, old=True) for process in processes.running()}
        self._missed: deque[tuple[Process, str]] = deque(maxlen=MISSED)

    def changed(self, ward: str) -> None:
        """Something has happened to a call of `ward`."""
        for process, begun in self._running():
            if begun.asked is not None and begun.asked.ward == ward:
                self._report(process, begun, begun.asked)

    def back(self, server: Server) -> None:
        """A host has logged in: it hears where its processes are, and which ended while it was away."""
        missed = list(self._missed)
        self._missed.clear()
        for process, result in missed:
            if process.client == server.client:
                server.ended(process, result)
            else:
                self._missed.append((process, result))
        for process, begun in self._running():
            told = begun.asked is not None and self._report(process, begun, begun.asked)
            if process.client == server.client and not told:
                server.status(process)
                server.event(process, process.outcome, name=process.by)

    def _running(self) -> Iterator[tuple[Process, _Begun]]:
        running, before = self._processes.running(), self._begun
        self._begun = {one.tan: before.get(one.tan) or self._begin(one) for one in running}
        return ((process, self._begun[process.tan]) for process in running)

    def _begin(self, process: Process, *, old: bool = False) -> _Begun:
        press = next((one for one in self._reads(process.started) if isinstance(one, Press)), None)
        if press is None:
            # A nurse's presence, a terminal's trouble: it is on the screens, and that is all that becomes of it.
            process.status = "Active"
            return _Begun(None)
        return _Begun(Asked(press.ward, press.bed, press.call_type), old=old, known=old)

    def _report(self, process: Process, begun: _Begun, asked: Asked) -> bool:
        """Tell what is new; whether anything was."""
        became = self._becomes(asked)
        # What the ward has not been told of yet, because the line floods, is not over.
        if became is None or (became.standing is Standing.TERMINATED and not begun.known):
            return False
        if begun.old:
            begun.old, begun.heard = False, set(map(_key, became.told))
        told = [self._event(process, *result) for result in self._results(begun, became)]
        before, begun.known, begun.told = begun.told, True, became.standing
        if became.standing is Standing.TERMINATED:
            self._ended(process)
            return True
        return (before is not became.standing and self._stands(process, became)) or bool(told)

    def _results(self, begun: _Begun, became: Became) -> list[tuple[Outcome, str]]:
        news = [one for one in became.told if one.in_vain and _key(one) not in begun.heard]
        begun.heard.update(map(_key, news))
        return [(RESULT[one.outcome], one.who) for one in news]

    def _stands(self, process: Process, became: Became) -> bool:
        status, accepted = STATUS[became.standing], process.outcome is Outcome.ACCEPTED
        moved, process.status = process.status != status, status
        if moved:
            self._keeps()
            self._tells(process, lambda server: server.status(process))
        if became.standing is Standing.QUEUED:
            process.outcome, process.by = None, ""
            self._keeps()
        elif became.standing in (Standing.ACKNOWLEDGED, Standing.SPEECH_OPEN) and not accepted:
            return self._event(process, Outcome.ACCEPTED, became.by)
        elif became.nobody:
            return self._event(process, Outcome.OFF_DUTY, "")
        return moved

    def _event(self, process: Process, outcome: Outcome, who: str) -> bool:
        if process.outcome is not Outcome.ACCEPTED:
            # Somebody else who does not answer takes nothing back.
            process.outcome, process.by = outcome, who
            self._keeps()
        self._tells(process, lambda server: server.event(process, outcome, name=who))
        return True

    def _ended(self, process: Process) -> None:
        process.over = True
        self._keeps()
        result = "Negative" if process.outcome else "None"
        if process.outcome is Outcome.ACCEPTED:
            result = "Positive confirmed"
        if not self._tells(process, lambda server: server.ended(process, result)):
            self._missed.append((process, result))


def _key(told: Told) -> tuple[int, str, str, str | None]:
    return told.serial, told.by, told.device, told.outcome
