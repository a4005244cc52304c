"""The desk of telephones that set themselves up: who is accepted, under which number, and who is not."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from pbx.plan import PbxPlan
from pbx.provisioning.briefing import Briefing, Site, Where
from pbx.provisioning.configuring import Unfit, configuration, sayable
from pbx.provisioning.decisions import Acceptance, Decisions
from pbx.provisioning.events import PhoneAccepted, PhonesChanged, PhoneSecretsShown
from pbx.provisioning.makers import Told
from pbx.provisioning.neighbours import Neighbours
from pbx.provisioning.numbering import free
from pbx.provisioning.phone import Phone, fresh_token
from pbx.provisioning.rows import NotDone
from pbx.provisioning.store import PhoneStore
from pbx.provisioning.strangers import Strangers
from pbx.provisioning.window import Window

PLACE_LENGTH = 32
WALK = timedelta(minutes=15)
"""A walk through a ward is over when no telephone was plugged in for so long."""


@dataclass
class Walk:
    """Somebody goes from place to place and plugs telephones in: each gets the next number and place.

    stops: number (empty for the next free) and place, still to come; when none is left it goes on without places.
    """

    by: str
    stops: deque[tuple[str, str]]
    until: datetime


@dataclass(frozen=True)
class Shown:
    """What is looked at by who sets a telephone up by hand. link: where a softphone fetches it, once."""

    phone: Phone
    text: str
    link: str = ""


class PhoneDesk:
    """`renew` has the exchange read the secrets anew; `registered` says which extensions have a telephone there.

    window: where the telephones ask. strangers: who could not register. neighbours: who is at which address.
    """

    log = Logger()

    def __init__(
        self,
        plan: Callable[[], PbxPlan],
        site: Callable[[], Site],
        where: Where,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        *,
        renew: Callable[[], Awaitable[None]],
        registered: Callable[[], frozenset[str]],
    ) -> None:
        self.where = where
        self.registered = registered
        self._briefing = Briefing(plan, site, where, clock)
        self._store, self._decisions = PhoneStore(database), Decisions(database)
        self._clock, self._bus = clock, bus
        self._renew = renew
        self._walk: Walk | None = None
        self.neighbours = Neighbours()
        self.window = Window(self._briefing, self._store, bus, self.neighbours, self._plugged_in)
        self.strangers = Strangers(clock, bus)

    def moved(self, where: Where) -> None:
        """The box has another address: telephones that ask from now on are told that one."""
        self.where = self._briefing.where = where

    async def every(self) -> Sequence[Phone]:
        """All telephones that are known."""
        return await self._store.every()

    async def free(self) -> list[str]:
        """Numbers that are free, the next one first."""
        plan = self._briefing.plan().phones
        held = {phone.extension for phone in await self._store.every() if phone.extension}
        # Where a telephone is registered that we did not set up, somebody did by hand.
        return list(free(plan.numbers, plan.skip, held | self.registered()))

    async def _numbers(self, number: str) -> list[str]:
        """What may be given: `number`, or where it is empty all that are free. Raises NotDone."""
        plan = self._briefing.plan()
        if not number:
            return await self.free()
        if number not in plan.numbers():
            raise NotDone("There is no extension {number} in the plan.", number=number)
        if number in plan.browsers():
            raise NotDone("Extension {number} is for a browser.", number=number)
        return [number]

    async def accept(self, phone: str, number: str, place: str, by: str) -> str:
        """Give it `number`, empty for the next; its number. Raises NotDone."""
        wanted = Acceptance(phone, await self._numbers(number), _place(place), by)
        [event] = await self._accept([wanted])
        self.window.moved.pop(phone, None)
        return event.extension

    async def accept_all(self, by: str) -> int:
        """Every one that waits, in the order in which they were first seen; how many. Raises NotDone.

        Not those that asked from two addresses: of them somebody has to judge, one by one.
        """
        moved = self.window.moved
        waiting = [one for one in await self._store.every() if one.state == "waiting" and one.id not in moved]
        numbers = await self.free()
        return len(await self._accept([Acceptance(phone.id, numbers, "", by) for phone in waiting]))

    async def replace(self, old: str, new: str, by: str) -> None:
        """`new` takes over number and place of `old`. Raises NotDone."""
        await self._happened(await self._decisions.replace(old, new, by, self._clock.now()), renew=True)

    async def list_stranger(self, address: str) -> None:
        """Who could not register from `address` waits on the list now. Raises NotDone where its MAC is not known."""
        mac = self.neighbours.mac(address)
        if not mac or await self.window.found(mac, Told("other"), address) is None:
            raise NotDone("Nobody knows the MAC of {address}: it is not in a network of this box.", address=address)

    async def refuse(self, phone: str, by: str) -> None:
        """It is none of ours."""
        await self._happened(await self._decisions.refuse(phone, by, self._clock.now()))

    async def remove(self, phone: str, by: str) -> None:
        """Forget it; its number is free again."""
        event = await self._decisions.remove(phone, by, self._clock.now())
        await self._happened(event, renew=event is not None and bool(event.extension))

    async def open(self, phone: str, by: str) -> None:
        """It may fetch a first configuration once more. Raises NotDone."""
        await self._happened(await self._decisions.open(phone, by, self._clock.now()))

    async def add_soft(self, number: str, place: str, by: str) -> Shown:
        """A softphone; its link opens once. Raises NotDone."""
        identity, token = f"soft{secrets.token_hex(4)}", fresh_token()
        wanted = Acceptance(identity, await self._numbers(number), _place(place), by)
        await self._happened(await self._decisions.add_soft(wanted, token, self._clock.now()), renew=True)
        shown = await self.show(identity, by)
        return Shown(shown.phone, shown.text, f"{self.where.url}p/{token}/linphone.xml")

    async def show(self, phone: str, by: str) -> Shown:
        """Its settings with its passwords, to be typed in by hand; on record. Raises NotDone."""
        known = await self._store.one(phone)
        if known is None or known.extension is None:
            raise NotDone("There is no such telephone any more.")
        await self._store.note(PhoneSecretsShown(at=self._clock.now(), phone=phone, by=by))
        secret = await self._store.secret_of(known.extension)
        return Shown(known, configuration("other", "", self._briefing.setup(known, secret)).text)

    async def _accept(self, wanted: Sequence[Acceptance]) -> list[PhoneAccepted]:
        events = await self._decisions.accept(wanted, self._clock.now())
        for event in events[:-1]:
            self._bus.publish(event)
        await self._happened(events[-1] if events else None, renew=bool(events))
        return events

    async def _happened(self, event: Event | None, *, renew: bool = False) -> None:
        if event is not None:
            self._bus.publish(event)
        self._bus.publish(PhonesChanged())
        if renew:
            await self._renew()

    @property
    def walk(self) -> Walk | None:
        """The walk that is under way."""
        if self._walk is not None and self._clock.now() >= self._walk.until:
            self._walk = None
        return self._walk

    def set_out(self, stops: Sequence[tuple[str, str]], by: str) -> None:
        """From now on each telephone that shows itself gets the next of `stops`: number and place. Raises NotDone."""
        checked = deque((number, _place(place)) for number, place in stops)
        self._walk = Walk(by, checked, self._clock.now() + WALK)
        self._bus.publish(PhonesChanged())

    def arrive(self) -> None:
        """The walk is over."""
        self._walk = None
        self._bus.publish(PhonesChanged())

    async def _plugged_in(self, phone: Phone) -> Phone:
        walk = self.walk
        if walk is None:
            return phone
        number, place = walk.stops[0] if walk.stops else ("", "")
        try:
            await self.accept(phone.id, number, place, walk.by)
        except NotDone as why:
            self.log.warn("telephone {phone} is not numbered on the walk: {why}", phone=phone.id, why=why)
            return phone
        if walk.stops:
            walk.stops.popleft()
        walk.until = self._clock.now() + WALK
        return await self._store.one(phone.id) or phone


def _place(text: str) -> str:
    """A place as it may stand on a display. Raises NotDone."""
    place = " ".join(text.split())
    try:
        sayable(place)
    except Unfit as why:
        raise NotDone("The place has a character that no telephone can show.") from why
    if len(place) > PLACE_LENGTH:
        raise NotDone("The place is longer than {most} characters.", most=PLACE_LENGTH)
    return place
