"""A short message centre over SMPP: connected, kept connected, met again after silence."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, Protocol, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer, sleep
from appliance.foundation.health import State
from appliance.foundation.secret import SecretMissing, secret
from appliance.foundation.tasks import Tasks
from pbx import plan_messages as plans
from pbx.sms.office import Letter, Office
from pbx.sms.pulse import Pulse
from pbx.sms.smpp_pdu import Bind, Message, SmppError
from pbx.sms.smpp_session import LET_GO, NO_ANSWER, Answered, Bound, Came, Ended, Event, Session
from pbx.sms.smpp_text import Manner, is_receipt, messages, receipt, text
from pbx.sms.trouble import Declined, GatewayError, Gone, NotReady, Silent
from pbx.tls import NoTrust, client_tls

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 30, 60))
"""Between one failed connection and the next."""
SLOW = timedelta(seconds=5)
"""An answer that takes longer makes the centre slow."""
NOT_REACHED = "the message centre cannot be reached"

_MEANINGS = {
    0x01: ("the message centre does not take a message of this length", False),
    0x0B: ("the number does not exist", True),
    0x14: ("the message centre is busy", False),
    0x58: ("the message centre is busy", False),
}
"""command_status of SMPP 3.4, 5.1.3: words, and whether it is hopeless."""


class SmppGateway:
    """Satisfies office.Gateway. Publishes HealthChanged for `sms:<id>`."""

    log = Logger()

    def __init__(self, plan: plans.Smpp, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.id = plan.id
        self.window = plan.window
        self._plan = plan
        self._manner = Manner(plan.sender, plan.long, plan.gsm7)
        self._reactor = reactor
        self._clock = clock
        self._pulse = Pulse(f"sms:{plan.id}", clock, bus)
        self._office: Office | None = None
        self._link: _Link | None = None
        self._failures = 0
        self._tasks = Tasks()

    @property
    def ready(self) -> bool:
        """Whether a message can be sent now."""
        return self._link is not None and self._link.bound

    def attach(self, office: Office | None) -> None:
        """Tell `office` from now on. Without one, what comes is refused, and the centre brings it again."""
        self._office = office
        if office is not None and self.ready:
            office.gateway_ready()

    def start(self) -> None:
        """Connect, and stay connected."""
        self._tasks.start(self._serve(), f"the message centre {self.id}")

    def stop(self) -> None:
        """Say goodbye. Whoever waits for a message to be sent hears Gone."""
        link, self._link = self._link, None
        if link is not None:
            link.leave()
        self._tasks.stop()

    def parts(self, letter: Letter) -> int:
        """As many submit_sm as it takes."""
        return len(messages(letter, self._manner))

    async def send(self, letter: Letter, part: int) -> str:
        """Submit a part; the centre's message_id. Raises GatewayError."""
        if self._link is None or not self._link.bound:
            raise NotReady
        began = self._clock.now()
        try:
            answer = await self._link.submit(messages(letter, self._manner)[part - 1])
        except SmppError as why:
            raise Declined("the message centre does not take this number") from why
        if answer.status:
            declined = _declined(answer.status)
            if not declined.hopeless:
                self._pulse.tell(State.DEGRADED, str(declined))
            raise declined
        if self._clock.now() - began > SLOW:
            self._pulse.tell(State.DEGRADED, "the message centre answers slowly")
        else:
            self._pulse.tell(State.UP, "logged in")
        return answer.reference

    async def _serve(self) -> None:
        while True:
            try:
                why = await self._spell()
            except (SecretMissing, NoTrust, SmppError) as fault:
                why = f"the plan's settings cannot be used ({fault})"
            except CancelledError:
                raise
            except Exception:
                self.log.failure("the message centre {id} is met afresh", id=self.id)
                why = NOT_REACHED
            self._link = None
            self._pulse.tell(State.DOWN, why)
            pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
            self._failures += 1
            await sleep(self._clock, pause)

    async def _spell(self) -> str:
        """From connecting until the session ends; why it ended."""
        plan = self._plan
        login = Bind(plan.system_id, secret(plan.password), plan.system_type)
        link = _Link(self, partial(Session, login, timeout=plan.timeout, enquire=plan.enquire_seconds), self._clock)
        endpoint: Any = HostnameEndpoint(self._reactor, plan.host, plan.port, timeout=plan.timeout)
        if plan.tls:
            endpoint = wrapClientTLS(client_tls(plan.host, plan.ca_file), endpoint)
        try:
            await endpoint.connect(Factory.forProtocol(lambda: link))
        except CancelledError:
            raise
        except Exception as why:
            self.log.info("message centre {id}: {why}", id=self.id, why=why)
            return NOT_REACHED
        self._link = link
        try:
            return await link.ended
        finally:
            link.cut()

    def came_up(self, centre: str) -> None:
        """The link is bound."""
        self._failures = 0
        self.log.info("message centre {id} is {centre}", id=self.id, centre=centre)
        self._pulse.tell(State.UP, "logged in")
        if self._office is not None:
            self._office.gateway_ready()

    def came(self, link: _Link, came: Came) -> None:
        """The centre delivered something."""
        self._tasks.start(self._keep(link, came), f"keeping what {self.id} delivered")

    async def _keep(self, link: _Link, came: Came) -> None:
        try:
            await self._stored(came.message)
        except CancelledError:
            raise
        except Exception:
            self.log.failure("something that {id} delivered could not be stored", id=self.id)
            link.settle(came.sequence, stored=False)
        else:
            link.settle(came.sequence, stored=True)

    async def _stored(self, message: Message) -> None:
        if self._office is None:
            raise NotReady
        if is_receipt(message):
            if (told := receipt(message)) is not None:
                await self._office.reported(self.id, told)
            return
        await self._office.part_arrived(self.id, text(message, self._manner.gsm7))


def _declined(status: int) -> Declined:
    words, hopeless = _MEANINGS.get(status, ("the message centre refused the message", False))
    return Declined(f"{words} (0x{status:08X})", hopeless=hopeless)


class _Wire(Protocol):
    def write(self, data: bytes) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


class _Link(TwistedProtocol):
    """One connection. `ended` fires with why."""

    def __init__(self, gateway: SmppGateway, open_session: Any, clock: Clock) -> None:
        self.ended: Deferred[str] = Deferred()
        self.bound = False
        self._gateway = gateway
        self._open_session = open_session
        self._clock = clock
        self._session: Session | None = None
        self._answers: dict[int, Deferred[Answered]] = {}
        self._timer: Timer | None = None
        self._over = self._leaving = False

    @property
    def _wire(self) -> _Wire:
        return cast(_Wire, self.transport)

    def connectionMade(self) -> None:
        self._session = self._open_session(self._now())
        self._take([])

    def dataReceived(self, data: bytes) -> None:
        if self._session is not None:
            self._take(self._session.feed(data, self._now()))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._end(LET_GO, Gone(LET_GO))

    async def submit(self, message: Message) -> Answered:
        """Its answer. Raises GatewayError when none comes, SmppError for what cannot be written."""
        assert self._session is not None
        sequence = self._session.submit(message, self._now())
        answer: Deferred[Answered] = Deferred()
        self._answers[sequence] = answer
        self._take([])
        return await answer

    def settle(self, sequence: int, *, stored: bool) -> None:
        """Tell the centre whether it may forget what it delivered."""
        if self._session is not None and not self._over:
            (self._session.settle if stored else self._session.refuse)(sequence)
            self._take([])

    def leave(self) -> None:
        """Unbind and close."""
        if self._session is not None:
            self._session.unbind(self._now())
            self._take([])
        self._leaving = True
        self._end(LET_GO, Gone(LET_GO))
        if self.transport is not None:
            self._wire.loseConnection()

    def cut(self) -> None:
        """Close at once, unless the goodbye is on its way."""
        if self.transport is not None and not self._leaving:
            self._wire.abortConnection()

    def _now(self) -> float:
        return self._clock.steady()

    def _tick(self) -> None:
        self._timer = None
        if self._session is not None:
            self._take(self._session.tick(self._now()))

    def _take(self, events: list[Event]) -> None:
        assert self._session is not None
        if (data := self._session.outgoing()) and not self._over:
            self._wire.write(data)
        self._rearm()
        for event in events:
            match event:
                case Bound(centre):
                    self.bound = True
                    self._gateway.came_up(centre)
                case Answered(sequence=sequence):
                    if (answer := self._answers.pop(sequence, None)) is not None:
                        answer.callback(event)
                case Came():
                    self._gateway.came(self, event)
                case Ended(why):
                    self._end(why, Silent(why) if why == NO_ANSWER else Gone(why))

    def _end(self, why: str, trouble: GatewayError) -> None:
        if self._over:
            return
        self._over, self.bound = True, False
        self._rearm()
        answers, self._answers = self._answers, {}
        self.ended.callback(why)
        for answer in answers.values():
            answer.errback(trouble)

    def _rearm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if self._session is not None and not self._over and (deadline := self._session.deadline) is not None:
            self._timer = self._clock.later(timedelta(seconds=max(0.0, deadline - self._now())), self._tick)
