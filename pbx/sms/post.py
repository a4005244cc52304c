"""One modem's share of the outbox: send a message part by part, each on record before the next."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, DeferredLock
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.journal import Event
from pbx.sms.letters import pdus
from pbx.sms.office import Sender
from pbx.sms.pdu import PduError, StatusReport
from pbx.sms.store import MessageStore, Outgoing
from pbx.sms.trouble import ModemError, NotReady

BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600))
"""After each try. A message that was tried once more than there are pauses has failed."""
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
    """busy: a message is being sent, or looked for. nudged: there may be something new to send."""

    log = Logger()

    def __init__(self, sender: Sender, store: MessageStore, clock: Clock, bus: Bus) -> None:
        self.sender = sender
        self.busy = False
        self.nudged = False
        self._store = store
        self._clock = clock
        self._bus = bus
        self._lock = DeferredLock()

    async def deliver(self, message: Outgoing) -> None:
        """Send the parts that were not sent yet; what comes of it is stored, however long storing takes."""
        try:
            await self._send(message)
        except NotReady:
            return
        except (ModemError, PduError) as why:
            await self._not_sent(message, why)

    async def reported(self, report: StatusReport) -> None:
        """Store what the network says of a part."""
        if not report.delivered and not report.failed:
            return
        # A report can overtake the answer to the very part it reports: wait until that is stored.
        await self._lock.acquire()
        try:
            why = "the phone could not be reached"
            publish(self._bus, await self._store.reported(self.sender.id, report, self._clock.now(), why))
        finally:
            self._lock.release()

    async def _send(self, message: Outgoing) -> None:
        if message.modem not in (None, self.sender.id):
            await self._store.start_over(message)
            message = replace(message, sent=frozenset())
        left = LIFETIME - (self._clock.now() - message.accepted_at)
        parts = pdus(message.id, message.to, message.text, max(left, SHORTEST))
        for number, pdu in enumerate(parts, 1):
            if number not in message.sent:
                await self._send_part(message, number, pdu)

    async def _send_part(self, message: Outgoing, number: int, pdu: bytes) -> None:
        await self._lock.acquire()
        try:
            reference = await self.sender.send(pdu)
            now = self._clock.now()
            await self._surely(partial(self._store.part_sent, message, number, self.sender.id, reference, now))
        finally:
            self._lock.release()

    async def _not_sent(self, message: Outgoing, why: ModemError | PduError) -> None:
        tries = message.tries + 1
        now = self._clock.now()
        self.log.warn(
            "message {id} was not sent through modem {modem}: {why}", id=message.id, modem=self.sender.id, why=why
        )
        if isinstance(why, PduError) or why.hopeless or tries > len(BACK_OFF):
            await self._surely(partial(self._store.failed, message, tries, now, str(why)))
        else:
            await self._surely(partial(self._store.put_off, message, tries, now + BACK_OFF[tries - 1], str(why)))

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
