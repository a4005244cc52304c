"""Fax on demand: whoever calls a voice menu is sent a document, in this very call, or called back with it."""

from __future__ import annotations

from collections.abc import Callable

from appliance.foundation import durable
from appliance.foundation.clock import Clock
from appliance.foundation.values import new_id
from pbx.fax.documents import Documents
from pbx.fax.events import FaxFailed, FaxSent
from pbx.fax.machine import Machine
from pbx.fax.sending import MENU, WENT, WENT_NOT, Book, NotAccepted, Sending
from pbx.fax.store import Fax, Store
from pbx.incoming import IncomingCall
from pbx.party import Party
from pbx.reason import Reason

AGAIN = "A fax to this number is on its way already: it is not sent twice."


class OnDemand:
    """Satisfies `pbx.ivr.ports.Faxes`. dialled: a number as people write it, as it is dialled at an extension."""

    def __init__(
        self,
        documents: Documents,
        store: Store,
        sending: Sending,
        machine: Machine,
        book: Book,
        dialled: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._documents, self._store, self._sending, self._machine = documents, store, sending, machine
        self._book, self._dialled, self._clock = book, dialled, clock

    async def has(self, document: str) -> bool:
        """Whether there is one of that name."""
        return await self._documents.one(document) is not None

    async def now(self, caller: Party, document: str, menu: str) -> None:
        """Put the caller, who is up, to the fax machine; returns when they are gone. Raises HungUp."""
        began = self._clock.now()
        came = await self._machine.run(caller.leg, "send", self._documents.tiff(document))
        at, identity = self._clock.now(), new_id()
        said = Reason(WENT, {"pages": came.pages}) if came.whole else Reason(WENT_NOT, {"why": came.why or "–"})
        self._book.step(caller.call, said)
        self._store.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._store.pdf(identity)
        durable.write(file, self._documents.pdf(document).read_bytes())
        who = "".join(sign for sign in caller.extension if sign.isdigit())[:32]
        event: FaxSent | FaxFailed = FaxFailed(at=at, fax=identity, pages=came.pages, why=came.why[:200])
        if came.whole:
            event = FaxSent(at=at, fax=identity, pages=came.pages, mode=came.mode)
        fax = Fax(
            identity, "out", "", who, f"{MENU}{menu}"[:32], "sent" if came.whole else "failed", began, at, came.pages,
            came.station, came.mode, 1, None, "" if came.whole else came.why[:200],
        )  # fmt: skip
        await self._store.add(fax, event)

    async def call_back(self, caller: IncomingCall, document: str, number: str, by: str, menu: str) -> bool:
        """Send it to a number in a call of its own, by the right of an extension; False where that may not be."""
        to = self._dialled(number)
        if not to:
            return False
        if await self._store.on_its_way(to, MENU):
            self._book.step(caller.call, Reason(AGAIN))
            return True
        pdf, tiff = self._documents.pdf(document), self._documents.tiff(document)
        try:
            await self._sending.accept_made(by, to, pdf, tiff, f"{MENU}{menu}"[:32])
        except NotAccepted as why:
            self._book.step(caller.call, why.why)
            return False
        return True
