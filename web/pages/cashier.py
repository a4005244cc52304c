"""The cashier's window, made for the keyboard: find an account by whatever is at hand, key an amount, Enter, next."""

from __future__ import annotations

from billing import till_views
from billing.finding import SHOWN, find
from billing.refusal import Refusal
from billing.report_words import who_pays
from billing.till_reports import TITLES
from billing.till_views import Receipt
from billing.views import AccountRow
from web.pages.accounts import amount_of, find_account, new_reference, reference_of
from web.panel import Answer, Panel
from web.render import fragment
from web.visit import Redirect, Refused, Visit

LATELY = 6
"""Receipts of this shift beside the field, to print again."""


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/cashier", "accounts")
    async def cashier(visit: Visit) -> Answer:
        typed = visit.field("q").strip()[:64]
        found = await _found(panel, typed)
        if typed and len(found) == 1:
            raise Redirect(f"/cashier/{found[0].number}")
        return await _page(panel, visit, typed=typed, found=found)

    @panel.route("/cashier/find", "accounts")
    async def suggest(visit: Visit) -> Answer:
        found = await _found(panel, visit.field("q").strip()[:64])
        return fragment("cashier_found.html", visit.language, **_choices(panel, visit, found))

    @panel.route("/cashier/receipts/<number>", "accounts")
    async def receipt(visit: Visit, number: str) -> Answer:
        said = await _receipt(panel, number)
        zone, site = panel.house.site().zone, panel.house.site().name[visit.language]
        payer = who_pays(said.payer, visit.language)
        return fragment("receipt.html", visit.language, receipt=said, titles=TITLES, payer=payer, zone=zone, site=site)

    @panel.route("/cashier/<number>", "accounts")
    async def account(visit: Visit, number: str) -> Answer:
        return await _page(panel, visit, await find_account(panel, number))

    @panel.route("/cashier/<number>/<act>", "accounts")
    async def back(visit: Visit, number: str, act: str) -> Answer:
        raise Redirect(f"/cashier/{number}")

    @panel.route("/cashier/<number>/<act>", "accounts", method="POST")
    async def pay(visit: Visit, number: str, act: str) -> Answer:
        return await _pay(panel, visit, await find_account(panel, number), act)


async def _pay(panel: Panel, visit: Visit, row: AccountRow, act: str) -> str:
    accounts = panel.house.accounts
    if act not in ("deposit", "refund"):
        raise Refused(404, "There is no such page.")
    move = accounts.deposit if act == "deposit" else accounts.refund
    try:
        moved = await move(row.number, amount_of(visit), visit.user.name, reference_of(visit))
    except Refusal as why:
        return await _page(panel, visit, row, fault=why.text(visit.language))
    except ValueError as why:
        return await _page(panel, visit, row, fault=visit.say(str(why)))
    raise Redirect(f"/cashier?done={moved.id}")


async def _page(
    panel: Panel,
    visit: Visit,
    row: AccountRow | None = None,
    *,
    typed: str = "",
    found: list[AccountRow] | None = None,
    fault: str = "",
) -> str:
    house, place = panel.house, _place(panel, visit, row.patient) if row else ""
    shift = await till_views.current_shift(house.database, visit.user.name)
    today = house.clock.now().astimezone(house.site().zone).date()
    done = visit.field("done")[:12]
    card = await house.cards().card_of(row.number) if row else None
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "cashier.html", account=row, paying_card=card, place=place, typed=typed, fault=fault,
        amount=visit.field("amount"), reference=visit.field("reference") or new_reference(today), shift=shift,
        lately=list(reversed([line for line in shift.lines if line.account]))[:LATELY],
        done=await till_views.receipt(house.database, int(done)) if done.isdecimal() else None,
        **_choices(panel, visit, found or []),
    )  # fmt: skip


async def _found(panel: Panel, typed: str) -> list[AccountRow]:
    return await find(panel.house.database, typed, _visits_in(panel, typed)) if typed else []


def _visits_in(panel: Panel, typed: str) -> set[str]:
    """Visits of whoever lies in the bed that was typed: `28`, or with its ward, `ward-a-28`, `一病区28`."""
    plan, wanted = panel.house.nursecall(), typed.replace(" ", "").lower()
    visits = set()
    for patient in panel.house.patients.every():
        ward = plan.ward(patient.ward)
        names = {patient.ward, *((ward.name.zh, ward.name.en.replace(" ", "")) if ward else ())}
        said = {patient.bed, *(f"{name}{between}{patient.bed}" for name in names for between in ("", "-"))}
        if patient.bed and wanted in {one.lower() for one in said}:
            visits.add(patient.key)
    return visits


def _place(panel: Panel, visit: Visit, patient: str) -> str:
    """Ward and bed of whoever's visit this is; empty where they are not known."""
    known = next((one for one in panel.house.patients.every() if patient and one.key == patient), None)
    if known is None:
        return ""
    ward = panel.house.nursecall().ward(known.ward)
    return f"{ward.name[visit.language] if ward else known.ward} {known.bed}".strip()


def _choices(panel: Panel, visit: Visit, found: list[AccountRow]) -> dict[str, object]:
    places = {row.number: _place(panel, visit, row.patient) for row in found[:SHOWN]}
    return {"found": found[:SHOWN], "more": len(found) > SHOWN, "places": places}


async def _receipt(panel: Panel, number: str) -> Receipt:
    said = await till_views.receipt(panel.house.database, int(number)) if number[:12].isdecimal() else None
    if said is None:
        raise Refused(404, "There is no such receipt.")
    return said
