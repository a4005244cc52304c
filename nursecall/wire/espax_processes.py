"""What an ESPA-X host has started: kept beyond its connection, for it connects again and asks, or says it once more."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from nursecall.wire.espax_messages import Message, number

MOST = 4096
"""Processes that are remembered; of more the oldest are forgotten, of those that are over first."""


@dataclass(frozen=True)
class Started:
    """The host starts a process: somebody calls. What it did not say is empty; `priority` is a word of the standard.

    reference: the host's own, or our number where it gave none. delay: seconds. event: a longer text.
    """

    reference: str
    ward: str = ""
    bed: str = ""
    text: str = ""
    priority: str = "Standard"
    signal: str = "Standard"
    callback: str = ""
    delay: int = 0
    attempts: int = 1
    group: str = ""
    phone: str = ""
    calling_number: str = ""
    calling_name: str = ""
    event: str = ""
    details: str = "All"

    def fields(self) -> dict[str, str]:
        """By the standard's names; what is empty is left out, for there it must not be empty."""
        values = {name: str(getattr(self, own)) for own, name in FIELDS.items()}
        return {name: value for name, value in values.items() if value}


FIELDS: Mapping[str, str] = {
    "reference": "CP-PR-REF",
    "group": "CP-GROUPID",
    "phone": "CP-PHONENO",
    "calling_number": "CP-CALLINGNO",
    "calling_name": "CP-CALLINGNAME",
    "text": "CP-TEXTMSG",
    "signal": "CP-SIGNAL",
    "ward": "CP-WARD",
    "bed": "CP-BED",
    "event": "CP-EVENT",
    "callback": "CP-CALLBACK",
    "delay": "CP-DELAY",
    "attempts": "CP-ATTEMPTS",
    "priority": "CP-PRIO",
    "details": "CP-PR-DETAILS",
}
"""Fields of `Started`, and the standard's names."""


class Outcome(str, Enum):
    """What became of a call on its way to somebody."""

    OFF_DUTY = "Off duty"
    BUSY = "Busy"
    NO_ANSWER = "No answer"
    NOT_REACHED = "Not reached"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


@dataclass
class Process:
    """One process. tan: our number of it; status: a word of the standard; over: it has ended.

    client: the name under which its host has logged in. outcome, by: what somebody did with it last, and who.
    """

    started: Started
    tan: int
    named: bool
    status: str = "Queued"
    over: bool = False
    client: str = ""
    outcome: Outcome | None = None
    by: str = ""

    def tells(self, *details: str) -> bool:
        """Whether the host wants to be told what those details mean; hosts that do not say get everything."""
        return self.started.details in ("All", *details)

    def names(self) -> dict[str, str]:
        """The fields by which the host knows it."""
        reference = {"CP-PR-REF": self.started.reference} if self.named else {}
        return {**reference, "SP-PR-TAN": str(self.tan)}


class Processes:
    """All of one line. first: the first number; after a restart ours must not name what was started before it."""

    def __init__(self, first: int | None = None) -> None:
        self._next = secrets.randbelow(1 << 31) if first is None else first
        self._by_tan: OrderedDict[int, Process] = OrderedDict()

    def start(self, request: Message) -> tuple[Process, bool]:
        """The process that REQ.P-START `request` asks for, and whether it is new.

        The same again while it runs is not new: our answer was lost. A reference that comes back for something else,
        or after the end, is: there are hosts that number their beds, not their calls.
        """
        tan = self._next
        started = _started(request, str(tan))
        known = self.find(started.reference)
        if known is not None and not known.over and known.started == started:
            return known, False
        self._next = tan + 1
        process = self._by_tan[tan] = Process(started, tan, named=bool(request["CP-PR-REF"]))
        self._forget()
        return process, True

    def find(self, reference: str = "", tan: str = "") -> Process | None:
        """The latest process of that reference, or that number; both must fit where both are given."""
        if tan:
            process = self._by_tan.get(number(tan, -1))
            return process if process and reference in ("", process.started.reference) else None
        return next((one for one in reversed(self._by_tan.values()) if one.started.reference == reference), None)

    def bring_back(self, processes: Iterable[Process]) -> None:
        """What ran before we were started anew, the oldest first."""
        for process in processes:
            self._by_tan[process.tan] = process
            self._next = max(self._next, process.tan + 1)
            self._forget()

    def running(self) -> list[Process]:
        """Those that are not over."""
        return [process for process in self._by_tan.values() if not process.over]

    def _forget(self) -> None:
        if len(self._by_tan) > MOST:
            oldest = next((process for process in self._by_tan.values() if process.over), None)
            del self._by_tan[oldest.tan if oldest else next(iter(self._by_tan))]


def _started(request: Message, otherwise: str) -> Started:
    said = {own: request[name] for own, name in FIELDS.items() if request[name] and own not in ("delay", "attempts")}
    return Started(
        **{"reference": otherwise, **said},
        delay=number(request["CP-DELAY"]),
        attempts=number(request["CP-ATTEMPTS"], 1),
    )
