"""Our side of an SMPP session, without I/O and without a clock: bind, submit, hear, keep alive, unbind.

Give it what the message centre sends and the time; take from it events and what to send. Whatever breaks the session
is one event, `Ended`, after which nothing more comes: connect anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pbx.sms.smpp_pdu import (
    BAD_COMMAND,
    BIND_TRANSCEIVER,
    DELIVER,
    ENQUIRE,
    NACK,
    SUBMIT,
    SYSTEM_ERROR,
    UNBIND,
    WRONG_STATE,
    Bind,
    Empty,
    Framing,
    Message,
    Named,
    Pdu,
    SmppError,
    Unreadable,
)

LOST_FRAME = "the message centre sends something that is not SMPP"
NO_ANSWER = "the message centre does not answer"
LET_GO = "the message centre ended the session"
REFUSED = "the message centre refused the log-in"


@dataclass(frozen=True)
class Bound:
    """We are logged in. centre: how it calls itself."""

    centre: str


@dataclass(frozen=True)
class Answered:
    """What became of the message submitted as `sequence`. status 0: taken, under the centre's `reference`."""

    sequence: int
    status: int
    reference: str


@dataclass(frozen=True)
class Came:
    """The centre delivered something; `Session.settle(sequence)` once it is stored."""

    sequence: int
    message: Message


@dataclass(frozen=True)
class Ended:
    """The session is over: why, an English message id, ` (detail)` may follow. unanswered: sequences of messages."""

    why: str
    unanswered: tuple[int, ...] = ()


Event = Bound | Answered | Came | Ended


class _State(Enum):
    BINDING = auto()
    BOUND = auto()
    UNBINDING = auto()
    ENDED = auto()


class Session:
    """From the connection to its end. `now` is in seconds, of any steady count.

    timeout: seconds that any answer may take. enquire: seconds of quiet after which we ask whether it is still there.
    """

    def __init__(self, login: Bind, now: float, *, timeout: float, enquire: float) -> None:
        self._timeout = timeout
        self._enquire = enquire
        self._framing = Framing()
        self._state = _State.BINDING
        self._sequence = 0
        self._outgoing = bytearray()
        self._unanswered: dict[int, tuple[int, float]] = {}
        self._heard = now
        self._ask(BIND_TRANSCEIVER, login, now)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._state is _State.ENDED

    @property
    def deadline(self) -> float | None:
        """When `tick` is due, if nothing comes before; None once it has ended."""
        if self._state is _State.ENDED:
            return None
        dues = [due for _, due in self._unanswered.values()]
        return min(dues, default=self._heard + self._enquire)

    def outgoing(self) -> bytes:
        """What is to be sent now, once."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def submit(self, message: Message, now: float) -> int:
        """Hand over a message; the sequence its answer will have. Only while bound. Raises SmppError for a bad one."""
        return self._ask(SUBMIT, message, now)

    def settle(self, sequence: int) -> None:
        """What came under `sequence` is stored: the centre may forget it."""
        self._say(Pdu(DELIVER | NACK, sequence, Named()))

    def refuse(self, sequence: int) -> None:
        """What came could not be stored; the centre brings it again."""
        self._say(Pdu(DELIVER | NACK, sequence, Named(), SYSTEM_ERROR))

    def unbind(self, now: float) -> None:
        """Say goodbye."""
        if self._state is _State.BOUND:
            self._state = _State.UNBINDING
            self._ask(UNBIND, Empty(), now)

    def tick(self, now: float) -> list[Event]:
        """Time has passed."""
        if self._state is _State.ENDED:
            return []
        if any(due <= now for _, due in self._unanswered.values()):
            return [self._end(NO_ANSWER)]
        if now >= self._heard + self._enquire and not self._unanswered:
            self._ask(ENQUIRE, Empty(), now)
        return []

    def feed(self, data: bytes, now: float) -> list[Event]:
        """What the centre sent."""
        self._heard = now
        events: list[Event] = []
        if self.over:
            return events
        try:
            for pdu in self._framing.feed(data):
                events += self._hear(pdu)
                if self.over:
                    break
        except SmppError:
            events.append(self._end(LOST_FRAME))
        return events

    def _hear(self, pdu: Pdu | Unreadable) -> list[Event]:
        if isinstance(pdu, Unreadable):
            if pdu.command & NACK:
                # Its body is broken, but it is an answer: nobody knows which. The message may have been taken.
                return [self._end(LOST_FRAME)]
            self._say(Pdu(NACK, pdu.sequence, status=BAD_COMMAND))
            return []
        return self._answered(pdu) if pdu.is_answer else self._asked(pdu)

    def _answered(self, pdu: Pdu) -> list[Event]:
        command, _ = self._unanswered.pop(pdu.sequence, (None, 0.0))
        match command:
            case _ if command == BIND_TRANSCEIVER:
                return [self._bound(pdu)]
            case _ if command == SUBMIT:
                # A yes without a name for the message is a yes: there will be no delivery report for it.
                reference = pdu.body.name if isinstance(pdu.body, Named) else ""
                return [Answered(pdu.sequence, pdu.status, reference)]
            case _ if command == UNBIND:
                return [self._end(LET_GO)]
        return []

    def _bound(self, pdu: Pdu) -> Bound | Ended:
        if pdu.status or pdu.command == NACK:
            return self._end(f"{REFUSED} (0x{pdu.status:08X})")
        self._state = _State.BOUND
        return Bound(pdu.body.name if isinstance(pdu.body, Named) else "")

    def _asked(self, pdu: Pdu) -> list[Event]:
        match pdu.command, pdu.body:
            case command, _ if command == ENQUIRE:
                self._say(pdu.answer())
            case command, Message() as message if command == DELIVER:
                if self._state is _State.BOUND:
                    return [Came(pdu.sequence, message)]
                self._say(pdu.answer(WRONG_STATE, Named()))
            case command, _ if command == UNBIND:
                self._say(pdu.answer())
                return [self._end(LET_GO)]
            case _:
                self._say(Pdu(NACK, pdu.sequence, status=BAD_COMMAND))
        return []

    def _ask(self, command: int, body: Bind | Message | Empty, now: float) -> int:
        sequence = self._sequence % 0x7FFFFFFF + 1
        octets = Pdu(command, sequence, body).encode()
        self._sequence = sequence
        self._unanswered[sequence] = (command, now + self._timeout)
        self._outgoing += octets
        return sequence

    def _say(self, pdu: Pdu) -> None:
        if self._state is not _State.ENDED:
            self._outgoing += pdu.encode()

    def _end(self, why: str) -> Ended:
        self._state = _State.ENDED
        unanswered = tuple(sequence for sequence, (command, _) in self._unanswered.items() if command == SUBMIT)
        self._unanswered.clear()
        return Ended(why, unanswered)
