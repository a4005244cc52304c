"""Where telephones ask: each is listed, and gets its configuration when it may have it.

Who guesses a MAC gets nothing: see docs/decisions, "A telephone's secret is fetched once".
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Timer
from appliance.foundation.health import HealthChanged, State
from pbx.provisioning.briefing import Briefing
from pbx.provisioning.configuring import File, Unfit, asking_again, configuration
from pbx.provisioning.events import PhonesChanged, PhonesProbed
from pbx.provisioning.guard import WINDOW, Guard, Why
from pbx.provisioning.makers import Maker, Told, Wanted, maker_of, told, wanted
from pbx.provisioning.neighbours import Neighbours
from pbx.provisioning.phone import AGAIN, Phone, fresh_token
from pbx.provisioning.rows import NotDone
from pbx.provisioning.store import NOTED, PhoneStore

PART = "phones:provisioning"
SHUT = "{address} asked for other telephones' settings, or far too often, and gets no answer for ten minutes."
SILENT = "Telephones cannot ask for their settings: nothing listens at port {port}."
SOON = timedelta(minutes=5)
"""A telephone that waits, and can be told to, asks again so often: then nobody need pull its cord."""
_PATH = re.compile(r"(?:/p/([\w-]{20,64}))?/([^/]{1,80})")
_LINPHONE = Wanted("", "linphone", "own")


@dataclass(frozen=True)
class _First:
    """A first configuration, which may be fetched again: some ask twice, even at once. of: the opening it came by."""

    token: str
    address: str
    until: datetime
    of: datetime | None

    def holds(self, phone: Phone, address: str, now: datetime) -> bool:
        return self.address == address and now < self.until and phone.opens_until in (None, self.of)


class Window:
    """waits: told of each telephone that waits and shows itself; what it has become by that.

    moved: those that asked from another address while they waited, and that address: they moved, or somebody pretends.
    """

    log = Logger()

    def __init__(
        self,
        briefing: Briefing,
        store: PhoneStore,
        bus: Bus,
        neighbours: Neighbours,
        waits: Callable[[Phone], Awaitable[Phone]],
    ) -> None:
        self.moved: dict[str, str] = {}
        self._neighbours = neighbours
        self._briefing, self._store, self._bus, self._waits = briefing, store, bus, waits
        self._clock = briefing.clock
        self._guard = Guard(briefing.clock)
        self._first: dict[str, _First] = {}
        self._forgiving: list[Timer] = []

    async def ask(self, path: str, agent: str, address: str) -> File | None:
        """What a request for `path` is answered with; None for nothing."""
        found = _PATH.fullmatch(path)
        says = told(agent)
        file = _file(found[2], says) if found else None
        await self._wrong(self._guard.asks(address), address)
        if found is None or file is None or self._guard.shut(address):
            return None
        if file.mac and says.mac and file.mac != says.mac:
            await self._wrong(self._guard.guessed(address), address)
            return None
        answer = await (self._by_token(found[1], file, address) if found[1] else self._by_mac(file, says, address))
        self._bus.publish(PhonesChanged())
        return answer

    async def found(self, mac: str, says: Told, address: str, *, proven: bool = True) -> Phone | None:
        """A telephone shows itself; None where it is not listed.

        proven: whether who asks can be nowhere else than at `address`, as over TCP.
        """
        # Of what anybody may have sent in another's name, that other is not blamed.
        if proven and not await self._believed(mac, address):
            return None
        maker = says.maker if says.maker != "other" else maker_of(mac)
        try:
            phone, new = await self._store.seen(mac, says, maker, address, self._clock.now(), proven=proven)
        except NotDone as why:
            self.log.warn("telephone {mac} at {address} is not listed: {why}", mac=mac, address=address, why=why)
            return None
        if new:
            self.log.info("telephone {mac} ({maker} {model}) asks", mac=mac, maker=maker, model=says.model)
        if phone.state == "waiting" and proven:
            if phone.address != address:
                self.moved[mac] = phone.address
            phone = await self._waits(phone)
        self._bus.publish(PhonesChanged())
        return phone

    async def _believed(self, mac: str, address: str) -> bool:
        """Whether it may be the telephone it says: it asks not for too many, and nobody else is known to be there."""
        shut = self._guard.asked_for(address, mac)
        if shut is None and self._neighbours.denies(address, mac):
            shut = self._guard.guessed(address)
            await self._wrong(shut, address)
            return False
        await self._wrong(shut, address)
        return not self._guard.shut(address)

    def stop(self) -> None:
        """No more timers."""
        for timer in self._forgiving:
            if timer.active():
                timer.cancel()

    def report(self) -> None:
        """Say how it is."""
        self._forgiving = [timer for timer in self._forgiving if timer.active()]
        shut = self._guard.shut_now()
        state, detail = (State.DEGRADED, SHUT) if shut else (State.UP, "")
        facts = (("address", ", ".join(shut[:5])),) if shut else ()
        self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=state, detail=detail, facts=facts))

    def unheard(self, port: int) -> None:
        """Say that nobody can ask here."""
        facts = (("port", str(port)),)
        self._bus.publish(HealthChanged(at=self._clock.now(), part=PART, state=State.DOWN, detail=SILENT, facts=facts))

    async def _by_mac(self, file: Wanted, says: Told, address: str) -> File | None:
        mac = file.mac or says.mac
        phone = await self.found(mac, says, address) if mac else None
        if phone is not None and phone.state == "waiting" and file.kind == "common":
            return asking_again(SOON)
        if phone is None or file.kind != "own" or phone.state != "accepted":
            return None
        now = self._clock.now()
        again = self._first.get(phone.id)
        if again is not None and again.holds(phone, address, now):
            return await self._give(phone, file.form, again.token, address, first=phone.opens_until is not None)
        if phone.opens(address, now):
            first = _First(fresh_token(), address, now + AGAIN, phone.opens_until)
            self._first = {known: kept for known, kept in self._first.items() if now < kept.until}
            self._first[phone.id] = first
            return await self._give(phone, file.form, first.token, address, first=True)
        if phone.begged_at is None or now - phone.begged_at >= NOTED:
            await self._store.begged(phone.id, now)
        return None

    async def _by_token(self, token: str, file: Wanted, address: str) -> File | None:
        phone = await self._store.holder(token)
        if phone is None or file.mac not in ("", phone.id):
            await self._wrong(self._guard.guessed(address), address)
            return None
        self._first.pop(phone.id, None)
        if file.kind != "own":
            return None
        if phone.soft and phone.fetched_at is None:
            # The link went through other hands (a screen, a message): it opens once, then there is another.
            if not phone.opens(address, self._clock.now()):
                return None
            return await self._give(phone, file.form, fresh_token(), address, first=True)
        return await self._give(phone, file.form, token, address, first=False)

    async def _give(self, phone: Phone, form: Maker, token: str, address: str, *, first: bool) -> File | None:
        secret = await self._store.secret_of(phone.extension or "")
        try:
            file = configuration(form, phone.model, self._briefing.setup(phone, secret, token))
        except Unfit as why:
            self.log.error("telephone {phone} cannot be told its settings: {why}", phone=phone.id, why=why)
            return None
        event = await self._store.configured(phone, token, address, self._clock.now(), first=first)
        if event is not None:
            self._bus.publish(event)
        return file

    async def _wrong(self, why: Why | None, address: str) -> None:
        if why is None:
            return
        self.log.warn("{address} asks for what is not its own ({why}): no answer for a while", address=address, why=why)
        await self._store.note(PhonesProbed(at=self._clock.now(), address=address, what=why))
        self.report()
        self._forgiving.append(self._clock.later(WINDOW, self.report))


def _file(name: str, says: Told) -> Wanted | None:
    return _LINPHONE if name == "linphone.xml" else wanted(name, says)
