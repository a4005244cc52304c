"""One gateway's share of the outbox: send a message part by part, each on record before the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.journal import Event
from pbx.sms.fields import PduError
from pbx.sms.office import Gateway, Letter, Receipt
from pbx.sms.store import MessageStore, Outgoing
from pbx.sms.trouble import GatewayError, NotReady

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600))
"""After each round of tries. A message that was tried once more than there are pauses has failed."""
LIFETIME = timedelta(days=1)
"""Older than this a message would mislead: it has failed."""
SHORTEST = timedelta(minutes=5)
STORE_AGAIN = timedelta(seconds=1)

Work = Callable[[], Coroutine[Any, Any, list[Event]]]


def publish(bus: Bus, events: list[Event]) -> None:
    """Tell what was stored."""
    for event in events:
        bus.publish(event)


class Post:
    """running: so many messages are being sent, or looked for. nudged: there may be something new to send."""

    log = Logger()

    def __init__(self, gateway: Gateway, store: MessageStore, clock: Clock, bus: Bus) -> None:
        self.gateway = gateway
        self.running = 0
        self.nudged = False
        self._store = store
        self._clock = clock
        self._bus = bus
        self._under_way: set[Deferred[None]] = set()

    async def deliver(self, message: Outgoing, others: Callable[[Collection[str]], bool]) -> bool:
        """Send the parts that were not sent yet; what comes of it is stored, however long storing takes.

        others: whether some gateway that is not among these could send it now. Returns whether one should.
        """
        try:
            await self._send(message)
        except NotReady:
            return True
        except (GatewayError, PduError) as why:
            return await self._not_sent(message, why, others)
        return False

    async def reported(self, receipt: Receipt) -> None:
        """Store what the network says of a part."""
        under_way = list(self._under_way)
        if await self._known(receipt):
            return
        # It may have overtaken the answer to the very part it reports: wait until those are stored.
        for part in under_way:
            await _after(part)
        if under_way:
            await self._known(receipt)

    async def _known(self, receipt: Receipt) -> bool:
        why = "the phone could not be reached"
        known, events = await self._store.reported(self.gateway.id, receipt, self._clock.now(), why)
        publish(self._bus, events)
        return known

    async def _send(self, message: Outgoing) -> None:
        left = LIFETIME - (self._clock.now() - message.accepted_at)
        letter = Letter(message.id, message.to, message.text, max(left, SHORTEST))
        parts = self.gateway.parts(letter)
        sent = await self._store.begin(message, self.gateway.id, parts)
        for number in range(1, parts + 1):
            if number not in sent:
                await self._send_part(message, letter, number)

    async def _send_part(self, message: Outgoing, letter: Letter, number: int) -> None:
        under_way: Deferred[None] = Deferred()
        self._under_way.add(under_way)
        try:
            reference = await self.gateway.send(letter, number)
            now = self._clock.now()
            await self._surely(partial(self._store.part_sent, message, number, self.gateway.id, reference, now))
        finally:
            self._under_way.discard(under_way)
            under_way.callback(None)

    async def _not_sent(
        self, message: Outgoing, why: GatewayError | PduError, others: Callable[[Collection[str]], bool]
    ) -> bool:
        now, here = self._clock.now(), self.gateway.id
        self.log.warn("message {id} was not sent through {gateway}: {why}", id=message.id, gateway=here, why=why)
        tried = tuple(dict.fromkeys((*message.tried, here)))
        tries = message.tries + 1
        if isinstance(why, PduError) or (isinstance(why, GatewayError) and why.hopeless):
            await self._surely(partial(self._store.failed, message, tries, now, str(why)))
        elif here not in message.tried and others(tried):
            # The next gateway at once: whoever is rung for does not wait for this one.
            await self._surely(partial(self._store.put_off, message, message.tries, tried, now, str(why)))
            return True
        elif tries > len(BACK_OFF):
            await self._surely(partial(self._store.failed, message, tries, now, str(why)))
        else:
            await self._surely(partial(self._store.put_off, message, tries, (), now + BACK_OFF[tries - 1], str(why)))
        return False

    async def _surely(self, work: Work) -> None:
        """Store until it is stored: what is not on record as sent would be sent again."""
        while True:
            try:
                publish(self._bus, await work())
                return
            except CancelledError:
                raise
            except Exception as why:
                self.log.error("messages cannot be stored, trying again: {why!r}", why=type(why))
            await sleep(self._clock, STORE_AGAIN)


def _after(under_way: Deferred[None]) -> Deferred[None]:
    """Fires with it; cancelling does not touch it."""
    after: Deferred[None] = Deferred()
    under_way.addCallback(after.callback)
    return after
