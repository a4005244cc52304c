"""Faxes: those that came, those that are sent; one is sent from here. Each look is on record."""

from __future__ import annotations

import re

from pbx.fax.sending import NotAccepted
from pbx.fax.store import Fax
from web.pages.fax_documents import uses
from web.panel import Answer, Panel
from web.ports import House
from web.visit import LARGEST_BODY, Redirect, Refused, Visit

HERE = "/exchange/faxes"
STATES = {
    "received": "received",
    "partial": "broke off",
    "waiting": "waiting",
    "sending": "being sent",
    "sent": "sent",
    "failed": "could not be sent",
}
MODES = {"T38": "T.38", "audio": "as sound"}
LARGEST = LARGEST_BODY // (1024 * 1024)
NONE = "There is no such fax."


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HERE, "faxes")
    async def faxes(visit: Visit) -> Answer:
        found, documents = await house.faxes().store.every(), await house.faxes().documents.every()
        names = {line.number: line.name[visit.language] for line in house.pbx().fax.lines}
        return panel.page(
            visit, "faxes.html", found=found, names=names, states=STATES, modes=MODES, largest=LARGEST,
            sent=visit.field("sent"), documents=documents, uses=uses(house.pbx(), visit.language),
        )  # fmt: skip

    @panel.route(HERE, "faxes", method="POST")
    async def send(visit: Visit) -> Answer:
        number, extension = re.sub(r"[ -]", "", visit.field("number")), visit.field("extension")
        if not re.fullmatch(r"[0-9*#+]{2,32}", number):
            raise Refused(400, "Give the number to be dialled: digits.")
        pdf = visit.upload("pdf")
        if not pdf.startswith(b"%PDF-"):
            raise Refused(400, "Choose the PDF that is to be sent.")
        try:
            await house.faxes().sending.accept(extension, number, pdf, visit.user.name)
        except NotAccepted as why:
            raise Refused(409, why.text(visit.language)) from why
        raise Redirect(f"{HERE}?sent=1")

    @panel.route(f"{HERE}/<identity>.pdf", "faxes")
    async def look(visit: Visit, identity: str) -> Answer:
        fax = await _one(house, identity)
        try:
            pdf = house.faxes().store.pdf(fax.id).read_bytes()
        except OSError as why:
            raise Refused(404, NONE) from why
        await house.faxes().store.looked(fax, visit.user.name)
        visit.request.setHeader("content-type", "application/pdf")
        visit.request.setHeader("content-disposition", f'inline; filename="fax-{fax.id}.pdf"')
        return pdf

    @panel.route(f"{HERE}/<identity>/delete", "faxes", method="POST")
    async def delete(visit: Visit, identity: str) -> Answer:
        fax = await _one(house, identity)
        if fax.state == "sending":
            raise Refused(409, "This fax is being sent just now. Delete it when that is over.")
        await house.faxes().store.delete(fax, visit.user.name)
        raise Redirect(HERE)


async def _one(house: House, identity: str) -> Fax:
    fax = await house.faxes().store.one(identity[:32])
    if fax is None:
        raise Refused(404, NONE)
    return fax
