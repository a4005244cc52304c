"""The exchange and what is dialled through it, built from one plan."""

from __future__ import annotations

from datetime import timedelta

from twisted.internet.base import ReactorBase

from appliance.exchange_files import write_exchange
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Database
from appliance.foundation.tasks import Tasks
from appliance.plan import Plan
from appliance.settings import Settings
from billing.accounts import Accounts
from billing.calling import Calling
from billing.days import calendar
from billing.ports import Prompts
from billing.tariff import Tariffs
from pbx.engine.program import call_records, password
from pbx.engine.records import Records
from pbx.exchange import Exchange
from pbx.extensions import Extensions

LETTING_GO = timedelta(seconds=1)


class Telephone:
    """Asterisk's other half: the exchange, and 600 billing behind its number."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        database: Database,
        accounts: Accounts,
        prompts: Prompts,
        *,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._settings, self._plan, self._database = settings, plan, database
        self._clock, self._tasks = clock, Tasks()
        self.exchange = Exchange(
            plan.pbx,
            port=settings.exchange.ari_port,
            password=password(settings.asterisk),
            records=Records(call_records(settings.asterisk)),
            country=plan.site.country,
            reactor=reactor,
            clock=clock,
            bus=bus,
        )
        self.tariffs = Tariffs(database, clock, calendar=calendar(plan.site.country))
        self.calling = Calling(
            database,
            accounts,
            self.tariffs,
            plan.billing,
            lambda: {trunk.id: trunk.tariff for trunk in plan.pbx.trunks},
            plan.site.country,
            plan.site.area,
            plan.site.zone,
            self.exchange.dialer,
            prompts,
            clock,
            bus,
            language=plan.site.language,
        )
        self.exchange.register(plan.billing.access, self.calling.serve)

    def start(self) -> None:
        """Get in touch; then settle or take up again what a life before left, as soon as the records are there."""
        self.exchange.start()
        self._tasks.start(self._tasks.until_done(self._take_up, "taking up earlier calls", self._clock), "calls")

    async def renew(self) -> None:
        """Start with a plan that has changed under a running Asterisk: it reads its configuration anew."""
        secrets = await Extensions(self._database).secrets(self._plan.pbx.numbers())
        write_exchange(self._settings, self._plan, secrets)
        # The end of the connection before may, a moment late, take the application away from the new one.
        await sleep(self._clock, LETTING_GO)
        self.start()
        await self.exchange.in_touch()
        await self.exchange.reload()

    def stop(self) -> None:
        """Let go; talk goes on in Asterisk, held to its limits."""
        self._tasks.stop()
        self.calling.stop()
        self.exchange.stop()

    async def _take_up(self) -> None:
        await self.tariffs.load()
        await self.exchange.in_touch()
        await self.calling.recover()
        await self.exchange.sweep()
