"""Asks the hospital's authority for the panel's certificates, in time and by itself, and says how that goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.tasks import Tasks
from appliance.tls import enrolling
from appliance.tls.asking import Ask
from appliance.tls.enrolling import Place
from appliance.tls.enrolment import Enrolment, root_shown
from appliance.tls.events import CertificateNotObtained
from appliance.tls.names import Names
from appliance.tls.order import Order
from appliance.tls.renewal import FIRST, Standing, next_at
from appliance.tls.shelf import Shelf
from web.certificates import NotTaken
from web.enrolments import EnrolmentShown, Wish

PART = "tls:authority"
EVERY = timedelta(seconds=10)
"""Between two looks: at the clock, the box's names, and what a command has changed."""


class Renewing:
    """Satisfies `web.ports.Enrolments`. installed: called when there is a new certificate."""

    log = Logger()

    def __init__(
        self, place: Place, names: Callable[[], Names], ask: Ask, database: Transactions, clock: Clock, bus: Bus,
        installed: Callable[[], object],
    ) -> None:  # fmt: skip
        self._place, self._names, self._ask, self._installed = place, names, ask, installed
        self._shelf, self._kept = Shelf(place.directory), place.shelf
        self._database, self._clock, self._bus = database, clock, bus
        self._proofs: dict[str, str] = {}
        self._tasks = Tasks()
        self._timer: Timer | None = None
        self._is_asking, self._rests_until = False, clock.now()
        self._told: tuple[State, str, tuple[tuple[str, str], ...]] | None = None

    def start(self) -> None:
        """Look from now on, where the panel is there by HTTPS."""
        if self._place.listen.tls_port is not None:
            self._timer = self._clock.later(EVERY, self.start)
            self._look()

    def stop(self) -> None:
        """An order that is under way is given up; the next start begins another."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    @property
    def port(self) -> int:
        """Where the panel is there by HTTP."""
        return self._place.listen.port

    def proof(self, token: str) -> bytes:
        """What the authority is to find at that token while an order is under way; else nothing."""
        return self._proofs.get(token, "").encode()

    def shown(self) -> EnrolmentShown | None:
        """How it stands; None where the box asks nobody by itself."""
        try:
            told = self._place.enrolment()
        except NotTaken as why:
            return self._unfit(why)
        if told is None:
            return None
        standing, moment = self._kept.standing(), self._next_at(told, self._clock.now())
        failed = standing.failures > 0 and standing.mark == told.mark(self._names())
        return EnrolmentShown(
            told.directory, root_shown(told.roots), told.contact, told.names, told.asked(self._names()), told.key_id,
            self._place.listen.acme is not None, None if self._is_asking else moment,
            standing.why if failed else "", dict(standing.facts) if failed else {},
        )  # fmt: skip

    async def enrol(self, wish: Wish, by: str) -> None:
        """Ask that authority from now on. Raises NotTaken."""
        await self._record(enrolling.enrol(self._place, wish, self._names(), by, self._clock.now()))
        self._look()

    async def end(self, by: str) -> None:
        """Ask nobody any more. Raises NotTaken."""
        await self._record(enrolling.end(self._place, by, self._clock.now()))
        self._look()

    async def renew(self, by: str) -> None:
        """Ask now. Raises NotTaken."""
        await self._record(enrolling.renew(self._place, by, self._clock.now()))
        self._look()

    def _look(self) -> None:
        if self._is_asking:
            return
        try:
            told = self._place.enrolment()
        except NotTaken as why:
            self._say(State.DEGRADED, str(why), _facts(why))
            return
        if told is None:
            if self._told is not None:
                self._say(State.UP, "Turned off: the certificate that is there stays.")
            return
        now = self._clock.now()
        if now >= max(self._next_at(told, now), self._rests_until):
            self._is_asking = True
            self._tasks.start(self._obtain(told), "asking for a certificate")
        self._say_standing(told)

    def _next_at(self, told: Enrolment, now: datetime) -> datetime:
        if self._kept.hurried():
            return now
        return next_at(self._kept.standing(), told.mark(self._names()), self._shelf.life(), now)

    async def _obtain(self, told: Enrolment) -> None:
        names = self._names()
        mark, asked, before = told.mark(names), told.asked(names), self._kept.standing()
        try:
            content = await self._answer(told, asked)
            if not self._place.is_on():
                return  # turned off meanwhile
            event: journal.Event = enrolling.install(self._shelf, told, content, asked, names, self._clock.now())
            standing = before.succeeded(mark, self._clock.now())
        except NotTaken as why:
            now, facts = self._clock.now(), _facts(why)
            standing = before.failed(mark, now, str(why), facts)
            event = CertificateNotObtained(at=now, directory=told.directory, names=asked, why=str(why), facts=facts)
            self.log.warn("no certificate from {where}: {why} {facts}", where=told.directory, why=why, facts=facts)
        finally:
            self._is_asking = False
        self._stand(standing)
        self._installed()
        self._look()
        if standing.failures == 0 or (standing.mark, standing.why) != (before.mark, before.why):
            await self._record(event)

    async def _answer(self, told: Enrolment, asked: Sequence[str]) -> bytes:
        try:
            self._kept.done_hurrying()
            return await self._ask(Order(told, self._kept.account(told), self._kept.roots(told), asked), self._proofs)
        except OSError as why:
            raise NotTaken("It could not be kept: {why}.", why=why.strerror or str(why)) from why
        except (NotTaken, CancelledError):
            raise
        except Exception as why:
            self.log.failure("an order failed as nobody foresaw")
            raise NotTaken("It failed in a way that nobody foresaw: the log of the daemon has more.") from why
        finally:
            self._proofs.clear()

    def _stand(self, standing: Standing) -> None:
        try:
            self._kept.stand(standing)
        except OSError:
            # What cannot be remembered must not be done every ten seconds.
            self._rests_until = self._clock.now() + FIRST
            self.log.failure("how the order went cannot be kept")

    def _unfit(self, why: NotTaken) -> EnrolmentShown | None:
        told = self._place.listen.acme
        if told is None:
            return None
        return EnrolmentShown(
            told.directory, "", told.contact, told.names, (), told.key_id, True, None, str(why), dict(why.facts)
        )

    def _say_standing(self, told: Enrolment) -> None:
        standing = self._kept.standing()
        if standing.mark != told.mark(self._names()):
            self._say(State.STARTING, "A certificate is being asked for.")
        elif standing.failures:
            self._say(State.DEGRADED, standing.why, standing.facts)
        elif not self._is_asking:
            moment = self._next_at(told, self._clock.now())
            self._say(State.UP, "The next one is asked for on {date}.", (("date", f"{moment:%Y-%m-%d}"),))

    def _say(self, state: State, detail: str, facts: tuple[tuple[str, str], ...] = ()) -> None:
        if (state, detail, facts) != self._told:
            self._told = (state, detail, facts)
            self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=facts))

    async def _record(self, event: journal.Event) -> None:
        await self._database.transact(lambda connection: journal.append(connection, event))


def _facts(why: NotTaken) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(fact)) for name, fact in why.facts.items())
