"""600: a caller names an account, proves it, dials outside, and pays for what was talked.

`600` + account + PIN + number in one string goes straight through; whatever is missing is asked for. Trunks are tried
cheapest first. *Congestion* and *unreachable* are the trunk's fault, so the next one is tried; *busy* and *no-answer*
come from the called party (a carrier passes on its cause 17 and 18/19), who would not answer on another trunk either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import Language
from billing import numbers
from billing.accounts import Account, Accounts
from billing.bill import Lease
from billing.care import Care
from billing.dialogue import Dialled, Dialogue
from billing.events import CallRefused
from billing.lease import Leases
from billing.plan import BillingPlan
from billing.ports import Caller, Ended, HungUp, Lines, Prompts
from billing.rating import Tariff
from billing.refusal import CreditTooLow, Refusal
from billing.route import cheapest_first
from billing.settlement import Settlement
from billing.tariff import NoTariff, Tariffs

TRUNKS_FAULT = ("congestion", "unreachable")

SORRY = "Calls outside are not possible at the moment. Please try again later."

AFTERWARDS = {
    "busy": "The number is busy. Please try again later.",
    "no-answer": "Nobody answers.",
    "congestion": "All lines are busy. Please try again later.",
    "unreachable": "All lines are busy. Please try again later.",
}
"""What the caller hears when the outside leg was never answered."""


class LinesBusy(Refusal):
    """No healthy trunk carries this number now."""

    message = "All lines are busy. Please try again later."


@dataclass
class _Attempt:
    """What is known of a call while it is being set up; for the journal, so no PIN and nothing unproved."""

    caller: Caller
    account: Account | None = None
    called: str = ""


class Calling:
    """Serves the number 600.

    trunk_tariffs: trunk id to the name of its cost tariff. country, area, zone: the site's. language: spoken until
    the account is known.
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
        language: Language = "zh",
    ) -> None:
        self._database = database
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
        self._language = language
        self._leases = Leases(database, tariffs, zone, clock, bus)
        self._care = Care(self._leases, lines, plan.lease_seconds, clock)
        self._settlement = Settlement(self._leases, self._care, tariffs, trunk_tariffs, lines, clock)

    async def serve(self, caller: Caller) -> None:
        """The whole call, from what was dialled to its settlement. Raises nothing for the caller's sake."""
        attempt = _Attempt(caller)
        dialogue = Dialogue(caller, self._prompts, self._language)
        try:
            await self._serve(attempt, dialogue)
        except CancelledError:
            raise  # we are being stopped: the call goes on, the next start settles it
        except HungUp:
            pass
        except Refusal as why:
            self._care.end(caller.call)
            await self._refuse(attempt, dialogue, why)
        except Exception:
            self.log.failure("call {call} failed", call=caller.call)
            self._settlement.begin(caller.call)
            await self._say(dialogue, dialogue.words(SORRY))
        await caller.hang_up()

    async def recover(self) -> None:
        """After a start: settle every lease that is not settled, or look after its call until it ends.

        See `billing.settlement`. May be called again at any time: calls that are looked after are left alone.
        """
        await self._settlement.recover()

    def stop(self) -> None:
        """Let go of every call without ending it: Asterisk holds its limit, `recover` settles it after the start."""
        self._care.stop()
        self._settlement.stop()

    async def _serve(self, attempt: _Attempt, dialogue: Dialogue) -> None:
        dialled = Dialled.cut(attempt.caller.dialled, self._plan)
        attempt.account = account = await self._identify(dialled, dialogue)
        dialogue.language = account.language
        keyed = dialled.number or await dialogue.ask(
            dialogue.balance(account.balance),
            dialogue.words("Please enter the number you wish to call, then press #."),
        )
        attempt.called = called = numbers.e164(keyed, self._country, self._area)
        now = self._clock.now().astimezone(self._zone)
        tariff = self._tariffs.current(self._plan.tariff, now)
        if not dialled.number:
            await self._tell_time(dialogue, tariff, account, called, now)
        tariff.rate(called, now, 0)  # a number that may not be called is refused as that, not for want of a line
        trunks = cheapest_first(self._lines.healthy(), self._trunk_tariffs(), self._tariffs, called, now)
        if not trunks:
            raise LinesBusy
        self._care.expect(attempt.caller.call)
        lease = await self._leases.open(
            attempt.caller.call,
            account=account.number,
            extension=attempt.caller.extension,
            called=called,
            trunk=trunks[0],
            tariff=tariff,
            seconds=self._plan.lease_seconds,
        )
        await self._carry(attempt.caller, dialogue, lease, trunks)

    async def _identify(self, dialled: Dialled, dialogue: Dialogue) -> Account:
        account = dialled.account or await dialogue.ask(
            dialogue.words("Please enter your account number, then press #."), digits=self._plan.account_digits
        )
        pin = dialled.pin or await dialogue.ask(
            dialogue.words("Please enter your PIN, then press #."), digits=self._plan.pin_digits
        )
        return await self._accounts.authenticate(account, pin, dialogue.caller.extension)

    async def _tell_time(
        self, dialogue: Dialogue, tariff: Tariff, account: Account, called: str, now: datetime
    ) -> None:
        seconds = tariff.affordable(account.available, called, now)
        if seconds == 0:
            raise CreditTooLow
        await dialogue.say(dialogue.time_left(seconds))

    async def _carry(self, caller: Caller, dialogue: Dialogue, lease: Lease, trunks: list[str]) -> None:
        try:
            ended = await self._connect(caller, lease, trunks)
        except HungUp:
            self._settlement.begin(lease.call)
            raise
        settled = self._settlement.begin(lease.call, ended)
        if ended.answered_at is None and ended.outcome in AFTERWARDS:
            await self._say(dialogue, dialogue.words(AFTERWARDS[ended.outcome]))
        await caller.hang_up()
        await settled

    async def _connect(self, caller: Caller, lease: Lease, trunks: list[str]) -> Ended:
        async def answered(at: datetime) -> None:
            await self._answered(lease, at)

        ended = Ended("unreachable")
        for trunk in trunks:
            if trunk != lease.trunk:
                lease = await self._leases.reroute(lease, trunk, ended.outcome)
            ended = await self._lines.connect(caller, lease.called, trunk, lease.granted, answered)
            if ended.answered_at is not None or ended.outcome not in TRUNKS_FAULT:
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
