"""Files that the panel hands out: of which type, shown or kept by the browser, and on record."""

from __future__ import annotations

from datetime import date

from appliance.foundation import journal
from web.events import ReportPrinted
from web.panel import SENTENCES, Panel
from web.visit import Refused, Visit

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def kind_of(text: str, *kinds: str) -> str:
    """The same, when it is one of `kinds`. Raises Refused."""
    if text not in kinds:
        raise Refused(404, SENTENCES[404])
    return text


def handed_out(visit: Visit, content: bytes, name: str) -> bytes:
    """`content` as the file `name`, whose ending says its type. A PDF is shown, others are kept."""
    kind = name.rpartition(".")[2]
    visit.request.setHeader("content-type", TYPES[kind])
    how = "inline" if kind == "pdf" else "attachment"
    visit.request.setHeader("content-disposition", f'{how}; filename="{name}"')
    return content


async def noted(panel: Panel, visit: Visit, report: str, subject: str, first: date, last: date) -> None:
    """Put on record that a report of these days leaves the house. subject: a ward, an account, who pays, or `all`."""
    event = ReportPrinted(
        at=panel.house.clock.now(), report=report, subject=subject, first=str(first), last=str(last),
        by=visit.user.name,
    )  # fmt: skip
    await panel.house.database.transact(lambda connection: journal.append(connection, event))
