"""Monthly bills of beds, departments and persons; the closing of months; the ledger for the hospital's accounts."""

from __future__ import annotations

from billing import till_views
from billing.closing import held
from billing.refusal import Refusal
from web.files import handed_out, kind_of, noted
from web.pages.accounts import amount_of, new_reference, period, reference_of
from web.panel import SENTENCES, Answer, Panel
from web.visit import Redirect, Refused, Visit

CLOSERS = ("manager", "admin")
"""Who may close a month; a cashier does not close the books in which the own till stands."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/books", "books")
    async def books(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/books/pay", "accounts", method="POST")
    async def pay(visit: Visit) -> Answer:
        return await _pay(panel, visit)

    @panel.route("/books/close", "books", method="POST")
    async def close(visit: Visit) -> Answer:
        return await _close(panel, visit)

    @panel.route("/books/ledger.<kind>", "books")
    async def ledger(visit: Visit, kind: str) -> Answer:
        kind = kind_of(kind, "csv", "xlsx")
        today = panel.house.clock.now().astimezone(panel.house.site().zone).date()
        first, last = period(visit, today)
        content = await panel.house.reports.ledger(first, last, kind, visit.language)
        await noted(panel, visit, f"ledger {kind}", "all", first, last)
        return handed_out(visit, content, f"ledger-{first}-{last}.{kind}")


async def _pay(panel: Panel, visit: Visit) -> str:
    payer = visit.field("payer")
    if payer not in {row.payer for row in await panel.house.payers.every()}:
        raise Refused(404, SENTENCES[404])
    try:
        paid = await panel.house.payers.pay(payer, amount_of(visit), visit.user.name, reference_of(visit))
    except Refusal as why:
        return await _page(panel, visit, why.text(visit.language))
    except ValueError as why:
        return await _page(panel, visit, visit.say(str(why)))
    raise Redirect(f"/books?paid={paid.id}")


async def _close(panel: Panel, visit: Visit) -> str:
    if visit.user.role not in CLOSERS:
        raise Refused(403, SENTENCES[403])
    try:
        await panel.house.closings.close(visit.field("month"), visit.user.name)
    except Refusal as why:
        return await _page(panel, visit, why.text(visit.language))
    except ValueError:
        raise Refused(400, SENTENCES[400]) from None
    raise Redirect("/books")


async def _page(panel: Panel, visit: Visit, fault: str = "") -> str:
    house = panel.house
    today = house.clock.now().astimezone(house.site().zone).date()
    paid = visit.field("paid")[:12]
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "books.html", payers=await house.payers.every(), fault=fault, reference=new_reference(today),
        months=[(one, held(one)) for one in await house.closings.every()], following=await house.closings.next(),
        paid=await till_views.receipt(house.database, int(paid)) if paid.isdecimal() else None,
        first=today.replace(day=1), last=today, closes=visit.user.role in CLOSERS,
    )  # fmt: skip
