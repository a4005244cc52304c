"""Accounts that pay by the hospital's card: opened by a reader's scan; what waits; whether both lists agree."""

from __future__ import annotations

from datetime import date

from appliance.foundation import journal
from appliance.foundation.values import LANGUAGES, Language
from billing.card.desk import CardDesk, UnknownCard, scanned
from billing.card.reconcile import NotAList, read_list
from billing.card.system import Standing
from billing.charge import decimals
from billing.refusal import Refusal
from web.events import ReportPrinted
from web.pages.accounts import period
from web.panel import Answer, Panel
from web.periods import span
from web.visit import Redirect, Refused, Visit

HERE = "/cards"
KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def add(panel: Panel) -> None:
    """Put these pages on the panel."""
    house = panel.house

    @panel.route(HERE, "accounts")
    async def cards(visit: Visit) -> Answer:
        return await _scan(panel, visit, visit.field("card"))

    @panel.route(HERE, "accounts", method="POST")
    async def open_account(visit: Visit) -> Answer:
        card, holder = visit.field("card"), visit.field("holder")
        chosen = visit.field("language")
        language: Language = next((known for known in LANGUAGES if known == chosen), "zh")
        try:
            number, pin = await house.cards().open(card, holder[:64], language, visit.user.name)
        except Refusal as why:
            return await _page(panel, visit, fault=why.text(visit.language), typed=card)
        if visit.session is not None:
            visit.session.notes |= {f"pin {number}": pin, f"note {number}": visit.say("The account is open.")}
        raise Redirect(f"/accounts/{number}")

    @panel.route(f"{HERE}/compare", "card-lists")
    async def compare(visit: Visit) -> Answer:
        return await _compare(panel, visit)

    @panel.route(f"{HERE}/compare", "card-lists", method="POST")
    async def compare_file(visit: Visit) -> Answer:
        return await _compare(panel, visit, visit.upload("list"))

    @panel.route(f"{HERE}/compare.<kind>", "card-lists")
    async def compare_download(visit: Visit, kind: str) -> Answer:
        if kind not in KINDS:
            raise Refused(404, "There is no such page.")
        first, last = period(visit, _today(panel))
        content = await house.reports.card_comparison(first, last, kind, visit.language)
        event = ReportPrinted(
            at=house.clock.now(), report="comparison of cards", subject="all", first=str(first), last=str(last),
            by=visit.user.name,
        )  # fmt: skip
        await house.database.transact(lambda connection: journal.append(connection, event))
        visit.request.setHeader("content-type", KINDS[kind])
        visit.request.setHeader("content-disposition", f'attachment; filename="cards-{first}-{last}.{kind}"')
        return content


async def _scan(panel: Panel, visit: Visit, typed: str) -> str:
    """Whoever has an account is shown it at once; any other card with what its system says."""
    if not typed:
        return await _page(panel, visit)
    desk: CardDesk = panel.house.cards()
    try:
        account = await desk.account_of(scanned(typed))
        if account is not None:
            raise Redirect(f"/accounts/{account}")
        return await _page(panel, visit, standing=await desk.standing(typed), typed=typed)
    except UnknownCard as why:
        return await _page(panel, visit, fault=why.text(visit.language), typed="")
    except Refusal as why:
        return await _page(panel, visit, fault=why.text(visit.language), typed=typed)


async def _page(
    panel: Panel, visit: Visit, *, standing: Standing | None = None, fault: str = "", typed: str = ""
) -> str:
    desk = panel.house.cards()
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "cards.html", there=desk.there, standing=standing, fault=fault, typed=typed,
        waiting=await desk.waiting(), yuan=decimals,
    )  # fmt: skip


async def _compare(panel: Panel, visit: Visit, given: bytes = b"") -> str:
    house, zone = panel.house, panel.house.site().zone
    first, last = period(visit, _today(panel))
    found, fault = None, ""
    try:
        theirs = read_list(given, zone) if given else None
        found = await house.cards().compared(*span(first, last, zone), theirs)
    except NotAList as why:
        fault = why.text(visit.language)
    except Refusal as why:
        fault = why.text(visit.language)
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "card_comparison.html", first=first, last=last, found=found, fault=fault, yuan=decimals,
        from_file=bool(given),
    )  # fmt: skip


def _today(panel: Panel) -> date:
    return panel.house.clock.now().astimezone(panel.house.site().zone).date()
