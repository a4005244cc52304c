"""The cashier's desk: accounts of 600 billing, money in and out, PINs told once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date

from appliance.foundation.values import LANGUAGES, Money, yuan
from billing.account_file import BadRows, read_accounts
from billing.ledger import Entry
from billing.refusal import Refusal
from billing.views import AccountRow
from web.panel import SENTENCES, Answer, Panel
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

    @panel.route("/accounts/import", "accounts", method="POST")
    async def load(visit: Visit) -> Answer:
        return await _load(panel, visit)

    @panel.route("/accounts/<number>", "accounts")
    async def account(visit: Visit, number: str) -> Answer:
        return await _one(panel, visit, number)

    @panel.route("/accounts/<number>/<act>", "accounts")
    async def back(visit: Visit, number: str, act: str) -> Answer:
        raise Redirect(f"/accounts/{number}")

    @panel.route("/accounts/<number>/<act>", "accounts", method="POST")
    async def change(visit: Visit, number: str, act: str) -> Answer:
        await find_account(panel, number)
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
            await move(number, amount_of(visit), by, reference_of(visit), visit.field("note")[:200])
            return visit.say("The money was paid in." if act == "deposit" else "The money was paid out.")
        case "freeze":
            await accounts.freeze(number, by)
            return visit.say("The account is frozen.")
        case "thaw":
            await accounts.thaw(number, by)
            return visit.say("The account can be used again.")
        case "pin":
            pin = await accounts.renew_pin(number, by)
            _tell_once(visit, number, pin, "")
            return visit.say("The account has a new PIN; the old one no longer works.")
    return await _settle(panel, visit, number, act)


async def _settle(panel: Panel, visit: Visit, number: str, act: str) -> str:
    """The rarer acts, in the same way."""
    accounts, till, by = panel.house.accounts, panel.house.till, visit.user.name
    match act:
        case "limit":
            await accounts.limit_credit(number, _limit(visit), by)
            return visit.say("The credit limit is set.")
        case "card":
            await accounts.give_card(number, visit.field("card"), by)
            return visit.say("The card opens this account." if visit.field("card") else "No card opens this account.")
        case "transfer":
            target = visit.field("target")
            await till.transfer(number, target, amount_of(visit), by, reference_of(visit), visit.field("note")[:200])
            return visit.say("The money was transferred to account {number}.", number=target)
        case "writeoff":
            if not (why := visit.field("note")[:200].strip()):
                raise ValueError("Say why the debt is given up.")
            await till.write_off(number, by, reference_of(visit), why)
            return visit.say("The debt was written off.")
        case "discharge":
            done = await till.discharge(number, _seen(visit), by, reference_of(visit), visit.field("note")[:200])
            _receipt_of(visit, number, done.entry)
            return visit.say("The account is settled and closed.")
    raise Refused(404, "There is no such page.")


def amount_of(visit: Visit) -> Money:
    """The amount that was typed. Raises ValueError with a message id."""
    try:
        amount = yuan(visit.field("amount").replace(",", "").removeprefix("¥"))
    except ValueError:
        raise ValueError("Enter an amount in yuan, such as 50 or 12.50.") from None
    if not 0 < amount <= LARGEST or amount % 100:
        raise ValueError("Enter an amount between ¥0.01 and ¥100,000, in whole fen.")
    return amount


def _limit(visit: Visit) -> Money:
    try:
        limit = yuan(visit.field("limit").replace(",", "").removeprefix("¥"))
    except ValueError:
        raise ValueError("Enter a credit limit in yuan, such as 0 or 50.") from None
    if not 0 <= limit <= LARGEST or limit % 100:
        raise ValueError("Enter a credit limit in yuan, such as 0 or 50.")
    return limit


def _seen(visit: Visit) -> Money:
    """The balance that the cashier was shown."""
    try:
        return Money(int(visit.field("balance")))
    except ValueError:
        raise Refused(400, SENTENCES[400]) from None


def _receipt_of(visit: Visit, number: str, entry: Entry | None) -> None:
    if visit.session is not None and entry is not None:
        visit.session.notes[f"receipt {number}"] = str(entry.id)


def reference_of(visit: Visit) -> str:
    """The receipt number that was sent. Raises ValueError with a message id."""
    reference = visit.field("reference")
    if not 1 <= len(reference) <= 64 or not reference.isprintable():
        raise ValueError("Enter the receipt number: 1 to 64 characters.")
    return reference


async def _load(panel: Panel, visit: Visit) -> str:
    """Open the accounts of a list. Their PINs are on this answer alone, as slips to print."""
    content = visit.upload("list")
    if not content:
        return await _list(panel, visit, list_fault=visit.say("Choose a file first."))
    try:
        wanted = read_accounts(content)
        digest = hashlib.sha256(content).hexdigest()
        told = await panel.house.accounts.open_all(wanted, digest, visit.user.name)
    except (BadRows, Refusal) as why:
        return await _list(panel, visit, list_fault=why.text(visit.language))
    slips = [(one.holder, number, pin) for one, (number, pin) in zip(wanted, told, strict=True)]
    return panel.page(visit, "account_slips.html", slips=slips)


async def _list(panel: Panel, visit: Visit, fault: str = "", holder: str = "", list_fault: str = "") -> str:
    search = visit.field("q")[:64]
    found = await panel.house.books.accounts(panel.house.database, search)
    if fault or list_fault:
        visit.request.setResponseCode(422)
    return panel.page(
        visit, "accounts.html", list_faults=list_fault.splitlines(),
        search=search, accounts=found[:SHOWN], found=len(found), fault=fault, holder=holder,
    )  # fmt: skip


async def find_account(panel: Panel, number: str) -> AccountRow:
    """The account, or 404."""
    row = await panel.house.books.account(panel.house.database, number)
    if row is None:
        raise Refused(404, "There is no account {number}.", number=number[:12])
    return row


async def _one(panel: Panel, visit: Visit, number: str, fault: str = "", act: str = "") -> str:
    house, zone = panel.house, panel.house.site().zone
    row = await find_account(panel, number)
    today = house.clock.now().astimezone(zone).date()
    first, last = period(visit, today)
    start, end = span(first, last, zone)
    ledger = await house.books.ledger(house.database, number, start, end)
    calls = await house.books.billed_calls(house.database, start, end, account=number)
    card = await house.cards().card_of(number)
    if fault:
        visit.request.setResponseCode(422)
    notes = visit.session.notes if visit.session else {}
    return panel.page(
        visit, "account.html", account=row, paying_card=card, first=first, last=last, ledger=list(reversed(ledger)),
        calls=list(reversed(calls)), fault=fault, act=act, receipt=new_reference(today),
        pin=notes.pop(f"pin {number}", ""), note=notes.pop(f"note {number}", ""), target=visit.field("target"),
        settled=notes.pop(f"receipt {number}", ""),
        amount=visit.field("amount"), reference=visit.field("reference"), remark=visit.field("note"),
    )  # fmt: skip


def period(visit: Visit, today: date) -> tuple[date, date]:
    """The days a visitor picked; this month when none."""
    first = parse_day(visit.field("first"), today.replace(day=1))
    return ordered(first, parse_day(visit.field("last"), today))


def new_reference(today: date) -> str:
    """A receipt number: put into the form once, so that a form sent twice moves money once."""
    return f"{today:%Y%m%d}-{secrets.token_hex(4)}"


def _tell_once(visit: Visit, number: str, pin: str, note: str) -> None:
    if visit.session is not None:
        visit.session.notes[f"pin {number}"] = pin
    _note(visit, number, note)


def _note(visit: Visit, number: str, note: str) -> None:
    if visit.session is not None and note:
        visit.session.notes[f"note {number}"] = note
