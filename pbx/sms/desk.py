"""What is done with each message found in a modem: stored first, then deleted there."""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from pbx.sms.at import Arrived, Stored
from pbx.sms.inbox import Inbox, Incoming, Place
from pbx.sms.memory import Memory
from pbx.sms.office import Fate, Office, Receipt
from pbx.sms.pdu import Deliver, PduError, StatusReport, decode_arriving, unframed
from pbx.sms.trouble import GatewayError


class Desk:
    """Between one modem's memory and the office. Without an office everything stays where it is."""

    log = Logger()

    def __init__(self, modem: str, clock: Clock) -> None:
        self.office: Office | None = None
        self._modem = modem
        self._clock = clock
        self._inbox = Inbox()
        self._announced: deque[Stored | Arrived] = deque()

    def announce(self, errand: Stored | Arrived) -> None:
        """The modem told of a message; `run` will see to it."""
        self._announced.append(errand)

    async def run(self, memory: Memory) -> None:
        """See to every message that was announced. Raises Silent, Gone."""
        for _ in range(len(self._announced)):
            errand = self._announced.popleft()
            if isinstance(errand, Stored):
                place = Place(errand.memory, errand.index)
                if (pdu := await memory.read(place)) is not None:
                    await self._settled(memory, pdu, place)
            elif not await self._settled(memory, errand.pdu, None):
                self._announced.append(errand)

    async def sweep(self, memory: Memory) -> None:
        """See to every message that lies in the modem, announced or not. Raises Silent, Gone."""
        await self.run(memory)
        for place, pdu in await memory.listed():
            await self._settled(memory, pdu, place)
        for message in self._inbox.overdue(self._clock.now()):
            await self._handed_over(memory, message)

    async def make_room(self, memory: Memory) -> None:
        """The memory is full: our own copies go, then halves of messages whose other parts find no room."""
        await memory.clear_drafts()
        if await memory.is_full():
            for message in self._inbox.give_up():
                await self._handed_over(memory, message)

    async def _settled(self, memory: Memory, pdu: bytes, place: Place | None) -> bool:
        """Whether the PDU needs no more care: it is stored, or waits in the modem."""
        places = (place,) if place is not None else ()
        try:
            message = decode_arriving(unframed(pdu))
        except PduError as why:
            self.log.warn("modem {id} holds a message nobody can read: {why}", id=self._modem, why=why)
            return await self._handed_over(memory, Incoming("", pdu.hex(), None, places))
        if isinstance(message, StatusReport):
            return await self._reported(memory, message, places)
        return await self._collected(memory, message, place)

    async def _collected(self, memory: Memory, message: Deliver, place: Place | None) -> bool:
        whole = self._inbox.add(message, place, self._clock.now())
        return whole is None or await self._handed_over(memory, whole)

    async def _handed_over(self, memory: Memory, message: Incoming) -> bool:
        if self.office is None:
            return False
        try:
            await self.office.arrived(self._modem, message)
        except (CancelledError, GatewayError):
            raise
        except Exception:
            self.log.failure("a message stays in modem {id}: it could not be stored", id=self._modem)
            return False
        await _delete(memory, message.places)
        return True

    async def _reported(self, memory: Memory, report: StatusReport, places: tuple[Place, ...]) -> bool:
        if self.office is None:
            return False
        try:
            if report.delivered or report.failed:
                fate = Fate.DELIVERED if report.delivered else Fate.FAILED
                await self.office.reported(self._modem, Receipt((str(report.reference),), report.recipient, fate))
        except (CancelledError, GatewayError):
            raise
        except Exception:
            self.log.failure("a delivery report of modem {id} could not be stored", id=self._modem)
            return False
        await _delete(memory, places)
        return True


async def _delete(memory: Memory, places: tuple[Place, ...]) -> None:
    for place in places:
        await memory.delete(place)
