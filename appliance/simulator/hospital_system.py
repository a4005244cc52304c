"""The simulated hospital information system: admits, moves and discharges by HL7 over MLLP, with faults on demand."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.tasks import Tasks
from appliance.simulator.control import Answer
from appliance.simulator.hospital_census import Census, Inpatient, Segments, Writer, known
from appliance.simulator.hospital_wire import NoAnswer, exchange
from nursecall.patient import Patient
from nursecall.plan_adt import AdtFeed
from nursecall.wire import hl7

AGAIN = timedelta(seconds=5)
"""So long a real system waits before it sends again what was not taken."""

WORDS = {"AA": "taken", "AE": "not now, kept and sent again", "AR": "refused"}


@dataclass
class _Letter:
    """A message on its way. told: fires with what became of it first."""

    event: str
    control: str
    data: bytes
    told: Deferred[Answer] = field(default_factory=Deferred)

    def tell(self, **answer: Any) -> None:
        if not self.told.called:
            self.told.callback({"event": self.event, "control": self.control, **answer})


class HospitalSystem:
    """The sender of one feed: one message after the other, each until it is answered."""

    def __init__(
        self, feed: AdtFeed, zone: ZoneInfo, patients: Sequence[Patient], *, reactor: ReactorBase, clock: Clock
    ) -> None:
        self.feed = feed
        self.census = Census(known(patient) for patient in patients if patient.ward in feed.wards.values())
        self._writer = Writer(feed, zone)
        self._reactor, self._clock = reactor, clock
        self._outbox: deque[_Letter] = deque()
        self._held: list[_Letter] = []
        self._faults: dict[str, int] = {}
        self._tasks = Tasks()
        self._busy = False
        self._timer: Timer | None = None
        self._run = secrets.token_hex(3)
        self._count = 0
        self._last = clock.now()

    def stop(self) -> None:
        """Send nothing more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def state(self) -> Answer:
        """One row of the list of feeds."""
        wrong = ", ".join(name for name, count in self._faults.items() if count) or "ok"
        waiting = len(self._outbox) + len(self._held)
        return {"feed": self.feed.id, "to": self.feed.listen, "pending": waiting, "patients": len(self.census),
                "state": wrong}  # fmt: skip

    def break_down(self, fault: str, count: int) -> None:
        """The next `count` messages go wrong in that way; `silent` lasts; `ok` ends every fault."""
        if fault == "ok":
            self._faults.clear()
            self._outbox.extend(self._held)
            self._held.clear()
            self._send_on()
        else:
            self._faults[fault] = count

    async def tell(self, event: str, *people: Segments) -> Answer:
        """Send a message; what was answered, or what keeps it. Raises Refused."""
        self._count += 1
        control = f"{self._run}{self._count:06}"
        charset, encoding = "UNICODE UTF-8", "gb18030" if self._due("wrong-charset") else "utf-8"
        # No two things happen in the same millisecond, so that their order can be told from their times.
        self._last = max(self._clock.now(), self._last + timedelta(milliseconds=1))
        text = self._writer.message(event, control, self._last, people, charset)
        letter = _Letter(event, control, text.encode(encoding))
        if self._due("out-of-order"):
            self._held.append(letter)
            letter.tell(answer="held", text="sent after the next one")
        else:
            self._outbox.append(letter)
            self._outbox.extend(self._held)
            self._held.clear()
            if self._faults.get("silent"):
                letter.tell(answer="kept", text="the system is silent")
            self._send_on()
        return await letter.told

    def person(self, patient: Inpatient) -> Segments:
        """The segments that tell of a patient."""
        return self._writer.person(patient)

    def place(self, ward: str, bed: str) -> str:
        """A bed as this system writes it."""
        return self._writer.place(ward, bed)

    def _due(self, fault: str) -> bool:
        left = self._faults.get(fault, 0)
        self._faults[fault] = max(0, left - 1)
        return left > 0

    def _send_on(self) -> None:
        if self._outbox and not self._busy and not self._faults.get("silent"):
            self._busy = True
            self._tasks.start(self._send_all(), "sending to the box")

    async def _send_all(self) -> None:
        try:
            while self._outbox and not self._faults.get("silent"):
                if not await self._send(self._outbox[0]):
                    self._timer = self._clock.later(AGAIN, self._send_on)
                    return
                self._outbox.popleft()
        finally:
            self._busy = False

    async def _send(self, letter: _Letter) -> bool:
        """Whether it is done with: taken, or refused for good."""
        cut, twice = self._due("cut"), self._due("duplicate")
        try:
            code, text = await self._exchange(letter.data, cut=cut)
            again = (await self._exchange(letter.data))[0] if twice and code == "AA" else None
        except NoAnswer as why:
            letter.tell(answer="cut" if cut else "none", text=str(why))
            return False
        letter.tell(answer=code, text=text or WORDS[code], **({"again": again} if again else {}))
        return code != "AE"

    async def _exchange(self, data: bytes, *, cut: bool = False) -> tuple[str, str]:
        back = await exchange(self._reactor, self._clock, self.feed.host, self.feed.port, data, cut=cut)
        msa = hl7.read(back).first("MSA")
        return msa.text(1), msa.text(3)
