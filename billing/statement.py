"""An account's statement: every movement, and balances that add up. On paper and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row as SheetRow
from appliance.foundation.sheets import xlsx_file
from appliance.foundation.values import Language, Money
from billing.money_words import figures
from billing.report_words import KINDS, in_cells, on_clock, spaced, speaker
from billing.views import AccountRow, BilledCall, LedgerLine

LISTED = 1_000
"""Movements on one printed statement, at most; more are refused, because a statement must be whole."""
COLUMNS = ("Date and time", "Entry", "Called number, or reference", "Note", "Talk time, s", "Amount", "Balance")


class DoesNotAddUp(Exception):
    """The balances written in the ledger are not the sum of its movements. Nothing was printed; call support."""


class TooLong(Exception):
    """More movements than one statement holds: choose a shorter period."""


@dataclass(frozen=True)
class Row:
    """One movement. at: when a call was answered; seconds: of its talk, None for what is no call."""

    at: datetime
    kind: str
    what: str
    note: str
    seconds: int | None
    amount: Money
    balance: Money


@dataclass(frozen=True)
class Statement:
    """`first` to `last`, both included. opening, closing: the balance before and after.

    paid_in, paid_out: what was moved apart from charges. seconds: of all talk. free: calls that cost nothing;
    under_way: calls that are not settled yet.
    """

    account: AccountRow
    first: date
    last: date
    opening: Money
    closing: Money
    rows: tuple[Row, ...]
    paid_in: Money
    paid_out: Money
    charged: Money
    charges: int
    seconds: int
    free: int
    under_way: int

    @property
    def moved(self) -> Money:
        """All of it together."""
        return Money(sum(row.amount for row in self.rows))

    def about(self, say: Callable[..., str]) -> list[str]:
        """Whose it is, and of which days."""
        account = self.account
        about = [
            say("Account {number}", number=account.number),
            account.holder,
            say("{first} to {last}", first=self.first, last=self.last),
        ]
        return about if account.state == "open" else [*about, say(f"Account {account.state}")]


def drawn_up(
    account: AccountRow,
    lines: Sequence[LedgerLine],
    calls: Sequence[BilledCall],
    first: date,
    last: date,
    *,
    opening: Money | None = None,
) -> Statement:
    """The movements of `account` from `first` to `last`, the site's days.

    lines, calls: of that period, as `billing.views` returns them.
    opening: the balance before it (`views.balance_before`); needed only where `lines` is empty. Raises DoesNotAddUp.
    """
    before = _opening(account, lines) if opening is None else opening
    by_call = {call.call: call for call in calls}
    charges = [line for line in lines if line.kind == "charge"]
    others = [line.amount for line in lines if line.kind != "charge"]
    return Statement(
        account,
        first,
        last,
        before,
        _closing(before, lines),
        tuple(_row(line, by_call) for line in lines),
        paid_in=Money(sum(amount for amount in others if amount > 0)),
        paid_out=Money(sum(amount for amount in others if amount < 0)),
        charged=Money(sum(line.amount for line in charges)),
        charges=len(charges),
        seconds=sum(by_call[line.reference].seconds or 0 for line in charges if line.reference in by_call),
        free=sum(call.state == "settled" and not call.charge for call in calls),
        under_way=sum(call.state != "settled" for call in calls),
    )


def statement_pdf(
    said: Statement, zone: tzinfo, language: Language, site_name: str, *, printed_at: datetime | None = None
) -> bytes:
    """As A4, with lines to sign. Takes seconds: never call it in the daemon. Raises TooLong."""
    if len(said.rows) > LISTED:
        raise TooLong(f"{len(said.rows)} movements; a statement holds {LISTED}")
    say = speaker(language)
    amounts = [said.opening, *(amount for row in said.rows for amount in (row.amount, row.balance))]
    page = report.page(
        "billing/statement.html",
        language,
        site=site_name,
        title=say("Account statement"),
        about=said.about(say),
        printed=printed_at and report.stamp(printed_at, zone),
        said=said,
        rows=[(report.stamp(row.at, zone), say(KINDS.get(row.kind, row.kind)), row) for row in said.rows],
        money=figures(amounts),
        span=report.span,
    )
    return report.pdf(page)


def statement_workbook(said: Statement, zone: tzinfo, language: Language) -> bytes:
    """One sheet: a row a movement between the balance before and the balance after. Amounts in yuan."""
    say = speaker(language)
    rows: list[SheetRow] = [
        [say(column) for column in COLUMNS],
        [said.first, say("Brought forward"), "", "", None, None, in_cells(said.opening)],
        *(
            [on_clock(row.at, zone), say(KINDS.get(row.kind, row.kind)), row.what, row.note, row.seconds,
             in_cells(row.amount), in_cells(row.balance)]
            for row in said.rows
        ),
        [said.last, say("Carried forward"), "", "", said.seconds, in_cells(said.moved), in_cells(said.closing)],
    ]  # fmt: skip
    return xlsx_file({" ".join(said.about(say)[:2]): rows})


def _opening(account: AccountRow, lines: Sequence[LedgerLine]) -> Money:
    return Money(lines[0].balance - lines[0].amount) if lines else account.balance


def _closing(opening: Money, lines: Sequence[LedgerLine]) -> Money:
    balance = opening
    for line in lines:
        balance = Money(balance + line.amount)
        if balance != line.balance:
            raise DoesNotAddUp(f"ledger line {line.id} says {line.balance}, the movements add up to {balance}")
    return balance


def _row(line: LedgerLine, calls: Mapping[str, BilledCall]) -> Row:
    call = calls.get(line.reference) if line.kind == "charge" else None
    return Row(
        at=(call and call.answered_at) or line.at,
        kind=line.kind,
        what=_what(line, call),
        note="" if line.kind in ("charge", "card") else line.note,
        seconds=call.seconds if call else None,
        amount=line.amount,
        balance=line.balance,
    )


def _what(line: LedgerLine, call: BilledCall | None) -> str:
    match line.kind:
        case "charge":
            return spaced(call.called if call else line.note)
        case "card":
            return line.note
        case _:
            return line.reference
