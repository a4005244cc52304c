"""An account's statement on paper: every movement, and balances that add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

import phonenumbers

from appliance.foundation import report
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money, in_yuan
from billing.views import AccountRow, BilledCall, LedgerLine

KINDS = {"deposit": "Deposit", "refund": "Refund", "charge": "Outside call"}
FEN = 100
"""1/100 yuan, in money."""

LISTED = 1_000
"""Movements on one statement, at most; more are refused, because a statement must be whole."""


class DoesNotAddUp(Exception):
    """The balances written in the ledger are not the sum of its movements. Nothing was printed; call support."""


class TooLong(Exception):
    """More movements than one statement holds: choose a shorter period."""


@dataclass(frozen=True)
class Row:
    """One movement as it is printed."""

    time: str
    kind: str
    what: str
    note: str
    talk: str
    amount: Money
    balance: Money


def statement(
    account: AccountRow,
    lines: Sequence[LedgerLine],
    calls: Sequence[BilledCall],
    start: date,
    end: date,
    zone: tzinfo,
    language: Language,
    site_name: str,
    *,
    opening: Money | None = None,
    printed_at: datetime | None = None,
) -> bytes:
    """The movements of `account` from `start` to `end` (both included, the site's days in `zone`) as a PDF.

    lines, calls: of that period, as `billing.views` returns them.
    opening: the balance before it (`views.balance_before`); needed only where `lines` is empty.
    Takes seconds: never call it in the daemon. Raises DoesNotAddUp, TooLong.
    """
    if len(lines) > LISTED:
        raise TooLong(f"{len(lines)} movements; a statement holds {LISTED}")
    say = _speaker(language)
    first = _opening(account, lines) if opening is None else opening
    by_call = {call.call: call for call in calls}
    page = report.page(
        "billing/statement.html",
        language,
        site=site_name,
        title=say("Account statement"),
        about=_about(account, start, end, say),
        printed=printed_at and report.stamp(printed_at, zone),
        first=str(start),
        last=str(end),
        money=_figures([first, *(amount for line in lines for amount in (line.amount, line.balance))]),
        opening=first,
        closing=_closing(first, lines),
        rows=[_row(line, by_call, zone, say) for line in lines],
        **_totals(lines, by_call),
    )
    return report.pdf(page)


def _about(account: AccountRow, start: date, end: date, say: Callable[..., str]) -> list[str]:
    about = [
        say("Account {number}", number=account.number),
        account.holder,
        say("{first} to {last}", first=start, last=end),
    ]
    return about if account.state == "open" else [*about, say(f"Account {account.state}")]


def _totals(lines: Sequence[LedgerLine], calls: Mapping[str, BilledCall]) -> dict[str, object]:
    charges = [line for line in lines if line.kind == "charge"]
    others = [line.amount for line in lines if line.kind != "charge"]
    talk = sum(calls[line.reference].seconds or 0 for line in charges if line.reference in calls)
    return {
        "paid_in": Money(sum(amount for amount in others if amount > 0)),
        "paid_out": Money(sum(amount for amount in others if amount < 0)),
        "charged": Money(sum(line.amount for line in charges)),
        "moved": Money(sum(line.amount for line in lines)),
        "charges": len(charges),
        "talk": report.span(talk) if charges else "",
        "free": sum(call.state == "settled" and not call.charge for call in calls.values()),
        "under_way": sum(call.state != "settled" for call in calls.values()),
    }


def _speaker(language: Language) -> Callable[..., str]:
    def say(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    return say


def _opening(account: AccountRow, lines: Sequence[LedgerLine]) -> Money:
    return Money(lines[0].balance - lines[0].amount) if lines else account.balance


def _closing(opening: Money, lines: Sequence[LedgerLine]) -> Money:
    balance = opening
    for line in lines:
        balance = Money(balance + line.amount)
        if balance != line.balance:
            raise DoesNotAddUp(f"ledger line {line.id} says {line.balance}, the movements add up to {balance}")
    return balance


def _row(line: LedgerLine, calls: Mapping[str, BilledCall], zone: tzinfo, say: Callable[..., str]) -> Row:
    call = calls.get(line.reference) if line.kind == "charge" else None
    return Row(
        time=report.stamp((call and call.answered_at) or line.at, zone),
        kind=say(KINDS.get(line.kind, line.kind)),
        what=spaced(call.called if call else line.note) if line.kind == "charge" else line.reference,
        note="" if line.kind == "charge" else line.note,
        talk=report.span(call.seconds) if call and call.seconds is not None else "",
        amount=line.amount,
        balance=line.balance,
    )


def spaced(number: str) -> str:
    """E.164 digits as people write them: `+86 138 0013 8000`; as they are where they are no number."""
    try:
        parsed = phonenumbers.parse(f"+{number}")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _figures(amounts: Sequence[Money]) -> Callable[..., str]:
    """How to write money here: to the fen, or exactly where any amount is finer, so that columns add up."""
    unit = Decimal("0.01") if all(amount % FEN == 0 for amount in amounts) else Decimal("0.0001")

    def written(amount: Money, *, sign: bool = False) -> str:
        figure = f"{abs(in_yuan(amount)).quantize(unit):,}"
        return f"{'-' if amount < 0 else '+' if sign and amount else ''}{figure}"

    return written
