"""The cashier's desk: accounts of 600 billing, money in and out, PINs told once."""

from __future__ import annotations

import secrets
from datetime import date

from appliance.foundation.values import LANGUAGES, Money, yuan
from billing import pins
from billing.refusal import Refusal
from billing.views import AccountRow
from web.panel import Answer, Panel
from web.periods import ordered, parse_day, span
from web.visit import Redirect, Refused, Visit

SHOWN = 200
LARGEST = Money(yuan(100_000))


def add(panel: Panel) -> None:
    """Put these pages on the panel."""

    @panel.route("/accounts", "accounts")
    async def accounts(visit: Visit) -> Answer:
        return await _list(panel, visit)

    @panel.route("/accounts", "accounts", method="POST")
    async def open_account(visit: Visit) -> Answer:
        holder, language = visit.field("holder"), visit.field("language")
        if not 1 <= len(holder) <= 64 or not holder.isprintable() or language not in LANGUAGES:
            return await _list(panel, visit, visit.say("Enter the holder's name: 1 to 64 characters."), holder)
        number, pin = await panel.house.accounts.open(holder, language, visit.user.name)
        _tell_once(visit, number, pin, visit.say("The account is open."))
        raise Redirect(f"/accounts/{number}")

    @panel.route("/accounts/<number>", "accounts")
    async def account(visit: Visit, number: str) -> Answer:
        return await _one(panel, visit, number)

    @panel.route("/accounts/<number>/<act>", "accounts")
    async def back(visit: Visit, number: str, act: str) -> Answer:
        raise Redirect(f"/accounts/{number}")

    @panel.route("/accounts/<number>/<act>", "accounts", method="POST")
    async def change(visit: Visit, number: str, act: str) -> Answer:
        await _find(panel, number)
        try:
            done = await _act(panel, visit, number, act)
        except Refusal as why:
            return await _one(panel, visit, number, why.text(visit.language), act)
        except ValueError as why:
            return await _one(panel, visit, number, visit.say(str(why)), act)
        _note(visit, number, done)
        raise Redirect(f"/accounts/{number}")


async def _act(panel: Panel, visit: Visit, number: str, act: str) -> str:
    """Do one thing to an account; what was done, in words. Raises Refusal, ValueError with a message id."""
    accounts, by = panel.house.accounts, visit.user.name
    match act:
        case "deposit" | "refund":
            move = accounts.deposit if act == "deposit" else accounts.refund
            await move(number, _amount(visit), by, _reference(visit), visit.field("note")[:200])
            return visit.say("The money was paid in." if act == "deposit" else "The money was paid out.")
        case "freeze":
            await accounts.freeze(number, by)
            return visit.say("The account is frozen.")
        case "thaw":
            await accounts.thaw(number, by)
            return visit.say("The account can be used again.")
        case "pin":
            pin = pins.new(panel.house.billing().pin_digits)
            await accounts.set_pin(number, pin, by)
            _tell_once(visit, number, pin, "")
            return visit.say("The account has a new PIN; the old one no longer works.")
    raise Refused(404, "There is no such page.")


def _amount(visit: Visit) -> Money:
    try:
        amount = yuan(visit.field("amount").replace(",", "").removeprefix("¥"))
    except ValueError:
        raise ValueError("Enter an amount in yuan, such as 50 or 12.50.") from None
    if not 0 < amount <= LARGEST or amount % 100:
        raise ValueError("Enter an amount between ¥0.01 and ¥100,000, in whole fen.")
    return amount


def _reference(visit: Visit) -> str:
    reference = visit.field("reference")
    if not 1 <= len(reference) <= 64 or not reference.isprintable():
        raise ValueError("Enter the receipt number: 1 to 64 characters.")
    return reference


async def _list(panel: Panel, visit: Visit, fault: str = "", holder: str = "") -> str:
    search = visit.field("q")[:64]
    found = await panel.house.books.accounts(panel.house.database, search)
    if fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "accounts.html", search=search, accounts=found[:SHOWN], found=len(found), fault=fault, holder=holder,
    )  # fmt: skip


async def _find(panel: Panel, number: str) -> AccountRow:
    row = await panel.house.books.account(panel.house.database, number)
    if row is None:
        raise Refused(404, "There is no account {number}.", number=number[:12])
    return row


async def _one(panel: Panel, visit: Visit, number: str, fault: str = "", act: str = "") -> str:
    house, zone = panel.house, panel.house.site().zone
    row = await _find(panel, number)
    today = house.clock.now().astimezone(zone).date()
    first, last = period(visit, today)
    start, end = span(first, last, zone)
    ledger = await house.books.ledger(house.database, number, start, end)
    calls = await house.books.billed_calls(house.database, start, end, account=number)
    if fault:
        visit.request.setResponseCode(422)
    notes = visit.session.notes if visit.session else {}
    return panel.page(
        visit, "account.html", account=row, first=first, last=last, ledger=list(reversed(ledger)),
        calls=list(reversed(calls)), fault=fault, act=act, receipt=_receipt(today),
        pin=notes.pop(f"pin {number}", ""), note=notes.pop(f"note {number}", ""),
        amount=visit.field("amount"), reference=visit.field("reference"), remark=visit.field("note"),
    )  # fmt: skip


def period(visit: Visit, today: date) -> tuple[date, date]:
    """The days a visitor picked; this month when none."""
    first = parse_day(visit.field("first"), today.replace(day=1))
    return ordered(first, parse_day(visit.field("last"), today))


def _receipt(today: date) -> str:
    # Put into the form once, so that a form sent twice moves money once.
    return f"{today:%Y%m%d}-{secrets.token_hex(4)}"


def _tell_once(visit: Visit, number: str, pin: str, note: str) -> None:
    if visit.session is not None:
        visit.session.notes[f"pin {number}"] = pin
    _note(visit, number, note)


def _note(visit: Visit, number: str, note: str) -> None:
    if visit.session is not None and note:
        visit.session.notes[f"note {number}"] = note
