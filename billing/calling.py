"""600: a caller names an account, proves it, dials outside, and pays for what was talked.

`600` + account + PIN + number in one string goes straight through; whatever is missing is asked for. After a call, and
in the middle of it, the plan's `another` keys (`**`) ask for another number. The plan's routes say which lines are
tried, as for any other call. *Congestion* and *unreachable* are the line's fault, so the next one is tried; *busy* and
*no-answer* come from the called party (a carrier passes on its cause 17 and 18/19), who would not answer on another
line either.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from billing import numbers
from billing.accounts import Account, Accounts
from billing.bill import Lease
from billing.care import Care
from billing.credit import Credit, OwnCredit
from billing.dialogue import Dialled, Dialogue, NothingKeyed
from billing.entrance import Entrance
from billing.events import CallRefused
from billing.last_minute import LastMinute
from billing.lease import Leases
from billing.payers import Payers
from billing.phone_book import PhoneBook
from billing.plan import BillingPlan
from billing.ports import Caller, Ended, HungUp, Line, Lines, Listener, Prompts
from billing.postpaid import Postpaid
from billing.rating import Tariff
from billing.refusal import (
    AccountClosed,
    AccountFrozen,
    CreditTooLow,
    LockedOut,
    NoSuchAccount,
    NotFromOutside,
    Refusal,
    WrongPin,
)
from billing.self_service import SelfService
from billing.settlement import Settlement
from billing.tariff import NoTariff, Tariffs
from billing.watch import Watch
from pbx.numbers import world_form
from pbx.routing import is_lines_fault

TIME_IS_UP = "The time for this call is up."
"""Said to whoever was cut at the limit: of their credit, or of the longest call they may have."""

SERVICE = "calls"
"""The name by which voice menus know `Calling.from_menu`."""

SORRY = "Calls outside are not possible at the moment. Please try again later."

AFTERWARDS = {
    "busy": "The number is busy. Please try again later.",
    "no-answer": "Nobody answers.",
    "congestion": "All lines are busy. Please try again later.",
    "unreachable": "All lines are busy. Please try again later.",
    "no-such-number": numbers.NotANumber.message,
}
"""What the caller hears when the outside leg was never answered."""


ANOTHER = timedelta(seconds=6)
"""How long a caller may think whether they want another number."""

EXTENSION = 12
"""So much of a number fits into a lease's row; somebody outside may have a longer one."""

LAST_WORDS = (AccountClosed, AccountFrozen, LockedOut, NoSuchAccount, NotFromOutside, NothingKeyed, NoTariff, WrongPin)
"""After these no other number would help."""


class LinesBusy(Refusal):
    """No healthy trunk carries this number now."""

    message = "All lines are busy. Please try again later."


@dataclass
class _Attempt:
    """What is known of a call while it is being set up; for the journal, so no PIN and nothing unproved."""

    caller: Caller
    account: Account | None = None
    called: str = ""
    outcome: str = "caller-left"


@dataclass
class _Wish:
    """The caller wants another number, and does not wait for the end of this call."""

    drop: Callable[[], object]
    made: bool = field(default=False)

    def make(self) -> None:
        """The keys were pressed."""
        self.made = True
        self.drop()


@dataclass(frozen=True)
class _Course:
    """How a call went. another: the caller asked for another number meanwhile; used_up: it was cut at its limit."""

    ended: Ended
    another: bool
    used_up: bool


class Calling:
    """Serves the number 600.

    trunk_tariffs: trunk id to the name of its cost tariff. country, area, zone: the site's. language_of: what is spoken
    at an extension until the account is known. barred: whether nobody may call an E.164 number. credit: where money
    comes from; guard: says no although it is there. may: whether an extension has the right to dial 600.
    """

    log = Logger()

    def __init__(
        self,
        database: Transactions,
        accounts: Accounts,
        tariffs: Tariffs,
        plan: BillingPlan,
        trunk_tariffs: Callable[[], Mapping[str, str]],
        country: str,
        area: str,
        zone: ZoneInfo,
        lines: Lines,
        prompts: Prompts,
        clock: Clock,
        bus: Bus,
        *,
        language_of: Callable[[str], Language] = lambda extension: "zh",
        barred: Callable[[str], object] = lambda number: None,
        credit: Credit | None = None,
        guard: Watch | None = None,
        may: Callable[[str], bool] = lambda extension: True,
    ) -> None:
        self._database = database
        self._barred, self._may = barred, may
        self._accounts = accounts
        self._tariffs = tariffs
        self._plan = plan
        self._trunk_tariffs = trunk_tariffs
        self._country = country
        self._area = area
        self._zone = zone
        self._lines = lines
        self._prompts = prompts
        self._clock = clock
        self._bus = bus
        self._language_of = language_of
        self._tasks = Tasks()
        self._credit, self._guard = credit or OwnCredit(), guard
        self._services = SelfService(accounts, PhoneBook(database, clock, bus), plan, country, area, self._credit)
        self._leases = Leases(database, tariffs, zone, clock, bus, credit=self._credit, guard=guard)
        warning = LastMinute(timedelta(seconds=plan.warning_seconds), accounts, lines, prompts)
        self._care = Care(self._leases, lines, plan.lease_seconds, clock, warning)
        self._settlement = Settlement(self._leases, self._care, tariffs, trunk_tariffs, lines, clock)
        self._settlement.rejoin = self._rejoin

    def postpaid(self, payers: Payers) -> Postpaid:
        """The same leases, care and settlement for calls that are billed by the month."""
        leases = Leases(
            self._database, self._tariffs, self._zone, self._clock, self._bus, guard=self._guard, by_right=True
        )
        return Postpaid(
            self._plan.postpaid, self._plan.tariff, self._plan.lease_seconds, payers, leases, self._care,
            self._settlement, self._tariffs, self._zone, self._clock,
        )  # fmt: skip

    async def from_menu(self, caller: Listener, language: Language) -> bool:
        """A voice menu's service: as if they had dialled 600. Whoever the plan does not let in hears why; false then.

        Raises HungUp.
        """
        again = self._lines.another(caller, self._plan.access)
        outside = again.outside
        if not (self._may(again.extension) if outside is None else self._lets_in(outside)):
            why = numbers.NotANumber() if outside is None else NotFromOutside()
            await self._refuse(_Attempt(again), Dialogue(again, self._prompts, language), why)
            return False
        await self.serve(again, language)
        return True

    async def serve(self, caller: Caller, language: Language | None = None) -> None:
        """From what was dialled to the last of their calls. Raises nothing for the caller's sake."""
        attempt = _Attempt(caller)
        dialogue = Dialogue(caller, self._prompts, language or self._language_of(caller.extension))
        await self._attend(attempt, dialogue, self._serve(attempt, dialogue))

    async def _attend(self, attempt: _Attempt, dialogue: Dialogue, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except CancelledError:
            raise  # we are being stopped: the call goes on, the next start settles it
        except HungUp:
            pass
        except Refusal as why:
            await self._refuse(attempt, dialogue, why)
        except Exception:
            self.log.failure("call {call} failed", call=attempt.caller.call)
            self._settlement.begin(attempt.caller.call)
            await self._say(dialogue, dialogue.words(SORRY))
        await attempt.caller.hang_up()

    async def recover(self) -> None:
        """After a start: settle every lease that is not settled, or look after its call until it ends.

        See `billing.settlement`. May be called again at any time: calls that are looked after are left alone.
        """
        await self._settlement.recover()

    def stop(self) -> None:
        """Let go of every call without ending it: Asterisk holds its limit, `recover` settles it after the start."""
        self._tasks.stop()
        self._care.stop()
        self._settlement.stop()

    async def _serve(self, attempt: _Attempt, dialogue: Dialogue) -> None:
        if attempt.caller.outside is not None and not self._lets_in(attempt.caller.outside):
            raise NotFromOutside
        dialled = Dialled.cut(attempt.caller.dialled, self._plan)
        account = attempt.account = await self._entrance(attempt).identify(dialled, dialogue)
        if await self._one(attempt, dialogue, account, dialled.number):
            await self._more(attempt, dialogue, account)

    async def _more(self, attempt: _Attempt, dialogue: Dialogue, account: Account) -> None:
        """Another number, and another, until they want no more."""
        again = True
        while again:
            attempt.called = ""
            attempt.caller = self._lines.another(attempt.caller, self._plan.access, attempt.outcome)
            dialogue.caller = attempt.caller
            account = attempt.account = await self._accounts.known(account.number)
            again = await self._one(attempt, dialogue, account, "")

    async def _rejoin(self, lease: Lease) -> Ended:
        """A call that outlived us: who pays may ask for another number as before."""
        # Nobody keyed the account of who is billed by the month, and nobody could use it at 600.
        mine = bool(self._plan.another) and lease.account.isdigit()
        caller = await self._lines.regain(lease.call, lease.extension) if mine else None
        if caller is None:
            return await self._lines.rejoin(lease.call, lease.extension)
        wish = self._wish(lease)
        deaf = caller.whenever(self._plan.another, wish.make)
        try:
            ended = await self._lines.rejoin(lease.call, lease.extension, stays=True)
        finally:
            deaf()
        course = _Course(ended, wish.made, self._care.used_up(lease.call, ended))
        self._tasks.start(self._follow(caller, lease, course), f"what follows call {lease.call}")
        return ended

    async def _follow(self, caller: Caller, lease: Lease, course: _Course) -> None:
        attempt = _Attempt(caller)
        dialogue = Dialogue(caller, self._prompts, self._language_of(caller.extension))

        async def work() -> None:
            account = attempt.account = await self._accounts.known(lease.account)
            dialogue.language = account.language
            if await self._goes_on(dialogue, course):
                await self._more(attempt, dialogue, account)

        await self._attend(attempt, dialogue, work())

    def _wish(self, lease: Lease) -> _Wish:
        return _Wish(lambda: self._tasks.start(self._lines.drop(lease.call), f"ending call {lease.call}"))

    def _lets_in(self, outside: str) -> bool:
        return world_form(outside, self._country, self._area) in self._plan.from_outside

    def _entrance(self, attempt: _Attempt) -> Entrance:
        def refused(why: Refusal) -> None:
            self._tasks.start(self._note(attempt, why), "noting a wrong PIN")

        return Entrance(self._accounts, self._plan, refused)

    async def _one(self, attempt: _Attempt, dialogue: Dialogue, account: Account, keyed: str) -> bool:
        """One call to what was dialled, or is asked for; whether they want another."""
        try:
            if keyed:
                attempt.called = numbers.e164(keyed, self._country, self._area)
            else:
                account = await self._credit.told(account)
                attempt.called = await self._services.number(dialogue, account)
            course = await self._call(attempt, dialogue, account, tell=not keyed)
        except Refusal as why:
            self._care.end(attempt.caller.call)
            if isinstance(why, LAST_WORDS):
                raise
            await self._refuse(attempt, dialogue, why)
            return await self._wanted(dialogue)
        if course.ended.answered_at is None and course.ended.outcome in AFTERWARDS and not course.another:
            attempt.outcome = course.ended.outcome
            await dialogue.say(dialogue.words(AFTERWARDS[course.ended.outcome]))
        return await self._goes_on(dialogue, course)

    async def _goes_on(self, dialogue: Dialogue, course: _Course) -> bool:
        """Whether another call follows one that was made."""
        if course.another:
            return True
        if course.used_up:
            await dialogue.say(dialogue.words(TIME_IS_UP))
        return await self._wanted(dialogue)

    async def _wanted(self, dialogue: Dialogue) -> bool:
        """Whether they press for another number."""
        code = self._plan.another
        if not code:
            return False
        offer = await dialogue.sounds([dialogue.words("For another number press star twice.")] if code == "**" else [])
        await dialogue.caller.answer()
        return await dialogue.caller.collect(offer, len(code), ANOTHER) == code

    async def _call(self, attempt: _Attempt, dialogue: Dialogue, account: Account, *, tell: bool) -> _Course:
        called = attempt.called
        if self._barred(called):
            raise numbers.NotANumber
        now = self._clock.now().astimezone(self._zone)
        tariff = self._tariffs.current(self._plan.tariff, now)
        if tell:
            await self._tell_time(dialogue, tariff, account, called, now)
        tariff.rate(called, now, 0)  # a number that may not be called is refused as that, not for want of a line
        lines = self._lines.routes(called)
        if not lines:
            raise LinesBusy
        self._care.expect(attempt.caller.call)
        lease = await self._leases.open(
            attempt.caller.call,
            account=account.number,
            extension=attempt.caller.extension[-EXTENSION:],
            called=called,
            trunk=lines[0].trunk,
            tariff=tariff,
            seconds=self._plan.lease_seconds,
        )
        return await self._carry(attempt.caller, lease, lines)

    async def _tell_time(
        self, dialogue: Dialogue, tariff: Tariff, account: Account, called: str, now: datetime
    ) -> None:
        seconds = tariff.affordable(account.available, called, now)
        if seconds == 0:
            raise CreditTooLow
        await dialogue.say(dialogue.time_left(seconds))

    async def _carry(self, caller: Caller, lease: Lease, lines: Sequence[Line]) -> _Course:
        wish = self._wish(lease)
        deaf = caller.whenever(self._plan.another, wish.make) if self._plan.another else lambda: None
        try:
            ended = await self._connect(caller, lease, lines, wish)
        except HungUp:
            self._settlement.begin(lease.call)
            raise
        finally:
            deaf()
        course = _Course(ended, wish.made, self._care.used_up(lease.call, ended))
        # Whatever becomes of the records, the caller need not wait: what the call holds is held until it is settled.
        self._settlement.begin(lease.call, ended)
        return course

    async def _connect(self, caller: Caller, lease: Lease, lines: Sequence[Line], wish: _Wish) -> Ended:
        async def answered(at: datetime) -> None:
            await self._answered(lease, at)

        ended = Ended("unreachable")
        for line in lines:
            if line.trunk != lease.trunk:
                lease = await self._leases.reroute(lease, line.trunk, ended.outcome)
            ended = await self._lines.connect(caller, lease.called, line, lease.granted, answered, stays=True)
            if ended.answered_at is not None or not is_lines_fault(line, ended.outcome) or wish.made:
                break
        return ended

    async def _answered(self, lease: Lease, at: datetime) -> None:
        """Should it not be written down now, the exchange's times still settle the call; it is just not extended."""
        try:
            self._care.begin(await self._leases.answered(lease, at))
        except CancelledError:
            raise
        except Exception:
            self.log.failure("the answer of call {call} was not recorded", call=lease.call)

    async def _refuse(self, attempt: _Attempt, dialogue: Dialogue, why: Refusal) -> None:
        """Tell the caller, then write it down; the words are the same whether or not an account exists."""
        words = dialogue.words(SORRY) if isinstance(why, NoTariff) else why.text(dialogue.language)
        await self._say(dialogue, words)
        await self._note(attempt, why)

    async def _note(self, attempt: _Attempt, why: Refusal) -> None:
        event = CallRefused(
            at=self._clock.now(),
            call=attempt.caller.call,
            extension=attempt.caller.extension,
            account=attempt.account.number if attempt.account else None,
            called=attempt.called,
            why=why.message,
        )
        try:
            await self._database.transact(lambda connection: journal.append(connection, event))
        except CancelledError:
            raise
        except Exception:
            self.log.failure("the refusal of call {call} was not recorded", call=event.call)
        self._bus.publish(event)

    async def _say(self, dialogue: Dialogue, sentence: str) -> None:
        """Last words; nothing that goes wrong with them matters any more."""
        try:
            await dialogue.say(sentence)
        except CancelledError:
            raise
        except HungUp:
            pass
        except Exception:
            self.log.failure("call {call} could not be told why", call=dialogue.caller.call)
