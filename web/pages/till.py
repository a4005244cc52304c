"""A cashier's shift: change from the safe, what came in and went out, and the sheet on which it is handed over."""

from __future__ import annotations

from appliance.foundation.values import Money, yuan
from billing import till_views
from billing.refusal import Refusal
from billing.till_views import Shift
from web.files import handed_out
from web.pages.accounts import LARGEST, amount_of, new_reference, reference_of
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/till", "accounts")
    async def till(visit: Visit) -> Answer:
        return await _page(panel, visit)

    @panel.route("/till/float", "accounts", method="POST")
    async def take(visit: Visit) -> Answer:
        try:
            await panel.house.till.take_float(amount_of(visit), visit.user.name, reference_of(visit))
        except Refusal as why:
            return await _page(panel, visit, why.text(visit.language), "float")
        except ValueError as why:
            return await _page(panel, visit, visit.say(str(why)), "float")
        raise Redirect("/till")

    @panel.route("/till/handover", "accounts", method="POST")
    async def hand_over(visit: Visit) -> Answer:
        try:
            counted, note = _counted(visit), visit.field("note")[:200]
            entry = await panel.house.till.hand_over(counted, visit.user.name, reference_of(visit), note)
        except Refusal as why:
            return await _page(panel, visit, why.text(visit.language), "handover")
        except ValueError as why:
            return await _page(panel, visit, visit.say(str(why)), "handover")
        raise Redirect(f"/till/{entry.id}")

    @panel.route("/till/<number>", "accounts")
    async def past(visit: Visit, number: str) -> Answer:
        return panel.page(visit, "till_sheet.html", shift=await _past(panel, visit, number))

    @panel.route("/till/<number>/sheet.pdf", "accounts")
    async def sheet(visit: Visit, number: str) -> Answer:
        shift = await _past(panel, visit, number)
        pdf = await panel.house.reports.till_sheet(int(number), visit.language)
        return handed_out(visit, pdf, f"till-{shift.entry}.pdf")


async def _page(panel: Panel, visit: Visit, fault: str = "", act: str = "") -> str:
    house = panel.house
    today = house.clock.now().astimezone(house.site().zone).date()
    if fault:
        visit.request.setResponseCode(422)
    every = visit.user.role == "admin"
    return panel.page(
        visit, "till.html", shift=await till_views.current_shift(house.database, visit.user.name), fault=fault, act=act,
        past=await till_views.hand_overs(house.database, None if every else visit.user.name),
        reference=visit.field("reference") or new_reference(today), counted=visit.field("counted"),
        amount=visit.field("amount"), note=visit.field("note"),
    )  # fmt: skip


async def _past(panel: Panel, visit: Visit, number: str) -> Shift:
    """A cashier sees the own shifts; who administers sees all."""
    shift = await till_views.past_shift(panel.house.database, int(number)) if number[:12].isdecimal() else None
    if shift is None:
        raise Refused(404, "There is no such hand-over.")
    if shift.cashier != visit.user.name and visit.user.role != "admin":
        raise Refused(403, "This is another cashier's till.")
    return shift


def _counted(visit: Visit) -> Money:
    """What was counted; nothing at all is possible."""
    try:
        counted = yuan(visit.field("counted").replace(",", "").removeprefix("¥"))
    except ValueError:
        raise ValueError("Enter the cash you counted, in yuan, such as 1280 or 1280.50.") from None
    if not 0 <= counted <= 10 * LARGEST or counted % 100:
        raise ValueError("Enter the cash you counted, in yuan, such as 1280 or 1280.50.")
    return counted
