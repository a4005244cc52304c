"""A simulated short message centre: SMPP 3.4 on a TCP port of this box, with faults on demand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused
from appliance.simulator.radio import Network
from pbx.plan_messages import Smpp
from pbx.sms.pdu import Deliver, Submit
from pbx.sms.smpp_pdu import (
    BAD_COMMAND,
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    DELIVER,
    ENQUIRE,
    MESSAGE_STATE,
    NACK,
    OK,
    RECEIPTED_ID,
    SUBMIT,
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
from pbx.sms.smpp_text import text
from pbx.sms.userdata import Alphabet, alphabet_for, part_header

SHORT_TIME = timedelta(milliseconds=500)
REFUSED_LOGIN, THROTTLED = 0x0D, 0x58
_DELIVERED, _UNDELIVERABLE = b"\x02", b"\x05"


@dataclass
class Faults:
    """What is wrong. statuses: command_status the next messages are refused with, one each."""

    hangs: bool = False
    swallows: bool = False
    takes_and_drops: bool = False
    refuses_login: bool = False
    reaches: bool = True
    reports: bool = True
    slow: float = 0.0
    statuses: deque[int] = field(default_factory=deque)


class MessageCentre:
    """One centre at 127.0.0.1. `act` says what each fault means."""

    def __init__(self, plan: Smpp, *, reactor: ReactorBase, clock: Clock, network: Network, password: str = "") -> None:
        self.id = plan.id
        self.port = plan.port
        self.submitted: list[Message] = []
        self.acknowledged: list[int] = []
        self._plan = plan
        self._password = password
        self._reactor: Any = reactor
        self._clock = clock
        self._network = network
        self._faults = Faults()
        self._listening: Any = None
        self._sessions: set[_Session] = set()
        self._named = 0
        self._actions: dict[str, Callable[[], None]] = {
            "hang": lambda: setattr(self._faults, "hangs", True),
            "swallow": lambda: setattr(self._faults, "swallows", True),
            "drop-in-message": lambda: setattr(self._faults, "takes_and_drops", True),
            "refuse-login": self._refuse_login,
            "failed-delivery": lambda: setattr(self._faults, "reaches", False),
            "no-delivery-report": lambda: setattr(self._faults, "reports", False),
            "slow": lambda: setattr(self._faults, "slow", 8.0),
            "garbage": self._say_nonsense,
            "drop": self.drop,
            "stop": self.stop,
            "start": self.start,
            "mend": self._mend,
        }

    def start(self) -> None:
        """Listen, on this box only. Raises CannotListenError."""
        if self._listening is None:
            factory = Factory.forProtocol(lambda: _Session(self))
            self._listening = self._reactor.listenTCP(self.port, factory, interface="127.0.0.1")
            self.port = self._listening.getHost().port

    def stop(self) -> None:
        """Be gone."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stopListening()
        self.drop()

    def drop(self) -> None:
        """Cut every connection."""
        for session in list(self._sessions):
            session.cut()

    def act(self, action: str) -> None:
        """Do as the action says. Raises Refused for an unknown one."""
        if action not in self._actions:
            known = ", ".join((*self._actions, "refuse"))
            raise Refused("A message centre cannot {action}. It can: {known}.", action=action, known=known)
        self._actions[action]()

    def refuse_next(self, status: int, times: int) -> None:
        """Answer the next messages with this command_status."""
        self._faults.statuses.extend([status] * times)

    def state(self) -> Answer:
        """How it is, for an answer."""
        return {
            "id": self.id,
            "listening": self._listening is not None,
            "sessions": len(self._sessions),
            "submitted": len(self.submitted),
        }

    def deliver(self, parts: list[Deliver]) -> None:
        """Somebody wrote to the hospital."""
        for part in parts:
            alphabet = alphabet_for(part.text)
            head = part_header(part.part)
            octets = head + (part.text.encode("utf-16-be") if alphabet is Alphabet.UCS2 else part.text.encode("ascii"))
            self._push(
                Message(
                    source=part.sender.lstrip("+"),
                    source_ton=1 if part.sender.startswith("+") else 0,
                    destination=self._plan.sender,
                    text=octets,
                    esm_class=0x40 if head else 0,
                    coding=8 if alphabet is Alphabet.UCS2 else 0,
                )
            )

    def hear(self, session: _Session, pdu: Pdu) -> None:
        """A bound client asks something, or answers."""
        if self._faults.hangs:
            return
        match pdu.command, pdu.body:
            case command, Message() as message if command == SUBMIT:
                self._submit(session, pdu, message)
            case command, _ if command == DELIVER | NACK:
                self.acknowledged.append(pdu.status)
            case command, _ if command in (ENQUIRE, UNBIND):
                session.say(pdu.answer())
            case _ if not pdu.is_answer:
                session.say(Pdu(NACK, pdu.sequence, status=BAD_COMMAND))

    def login(self, bind: Bind) -> int:
        """The command_status a bind is answered with."""
        known = bind.system_id == self._plan.system_id and bind.password == self._password
        return OK if known and not self._faults.refuses_login else REFUSED_LOGIN

    def _submit(self, session: _Session, pdu: Pdu, message: Message) -> None:
        if self._faults.statuses:
            session.say(pdu.answer(self._faults.statuses.popleft()))
            return
        self.submitted.append(message)
        said = text(message, self._plan.gsm7)
        prefix = "+" if message.destination_ton == 1 else ""
        self._network.take(self.id, Submit(prefix + message.destination, said.text, said.alphabet, said.part))
        if self._faults.takes_and_drops:
            self._faults.takes_and_drops = False
            session.cut()
            return
        if self._faults.swallows:
            return
        self._named += 1
        identity = f"{self._named:08X}"
        self._clock.later(timedelta(seconds=self._faults.slow), lambda: session.say(pdu.answer(OK, Named(identity))))
        # As some real centres do: hexadecimal in the answer, decimal in the report.
        if message.registered & 1 and self._faults.reports:
            self._clock.later(SHORT_TIME, lambda: self._report(message, str(int(identity, 16))))

    def _report(self, message: Message, identity: str) -> None:
        state, word = (_DELIVERED, "DELIVRD") if self._faults.reaches else (_UNDELIVERABLE, "UNDELIV")
        body = f"id:{identity} sub:001 dlvrd:001 submit date:2603020900 done date:2603020900 stat:{word} err:000 text:"
        self._push(
            Message(
                source=message.destination,
                destination=message.source,
                text=body.encode(),
                esm_class=0x04,
                options={RECEIPTED_ID: identity.encode() + b"\0", MESSAGE_STATE: state},
            )
        )

    def _push(self, message: Message) -> None:
        if not self._faults.hangs:
            for session in list(self._sessions)[:1]:
                session.push(message)

    def _refuse_login(self) -> None:
        self._faults.refuses_login = True
        self.drop()

    def _say_nonsense(self) -> None:
        for session in list(self._sessions):
            session.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def _mend(self) -> None:
        self._faults = Faults()
        self.start()

    def joined(self, session: _Session) -> None:
        """A client is bound."""
        self._sessions.add(session)

    def left(self, session: _Session) -> None:
        """A connection ended."""
        self._sessions.discard(session)


class _Session(Protocol):
    log = Logger()

    def __init__(self, centre: MessageCentre) -> None:
        self._centre = centre
        self._framing = Framing()
        self._bound = False
        self._sequence = 0

    def dataReceived(self, data: bytes) -> None:
        try:
            for pdu in self._framing.feed(data):
                self._hear(pdu)
        except SmppError as why:
            self.log.warn("a client of the simulated message centre speaks no SMPP: {why}", why=why)
            self.cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._centre.left(self)

    def _hear(self, pdu: Pdu | Unreadable) -> None:
        if isinstance(pdu, Unreadable):
            self.say(Pdu(NACK, pdu.sequence, status=BAD_COMMAND))
        elif isinstance(pdu.body, Bind) and pdu.command in (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER):
            self._bind(pdu, pdu.body)
        elif self._bound:
            self._centre.hear(self, pdu)
        elif not pdu.is_answer:
            self.say(pdu.answer(WRONG_STATE))

    def _bind(self, pdu: Pdu, bind: Bind) -> None:
        status = self._centre.login(bind)
        self.say(pdu.answer(status, Empty() if status else Named("SIMULATED")))
        if not status and not self._bound:
            self._bound = True
            self._centre.joined(self)

    def push(self, message: Message) -> None:
        """Deliver something."""
        self._sequence += 1
        self.say(Pdu(DELIVER, self._sequence, message))

    def say(self, pdu: Pdu) -> None:
        """Send it."""
        self.write(pdu.encode())

    def write(self, data: bytes) -> None:
        """Send these octets. Lost when the connection is."""
        wire: Any = self.transport
        if wire is not None:
            wire.write(data)

    def cut(self) -> None:
        """Close at once."""
        wire: Any = self.transport
        if wire is not None:
            wire.abortConnection()
