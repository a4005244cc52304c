"""The cash report: a page or a few on paper, and a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language, Money
from billing.cash import CASH_KINDS, CashBook, Till
from billing.money_words import figures
from billing.report_words import KINDS, in_cells, on_clock, period, speaker

TITLE = "Cash report"
PRINTED = 400
"""Movements on paper; all of them are in the workbook."""
COLUMNS = ("Cashier", "In the till before", *(KINDS[kind] for kind in CASH_KINDS), "In the till afterwards",
           "Over or short")  # fmt: skip
MOVEMENTS = ("Entry number", "Date and time", "Cashier", "Entry", "Paying account", "Account holder", "Receipt number",
             "Note", "Cash in", "Cash out")  # fmt: skip


def cash_pdf(
    book: CashBook, first: date, last: date, zone: tzinfo, language: Language, site_name: str, printed_at: datetime
) -> bytes:
    """As A4, with lines to sign. Takes seconds: never call it in the daemon."""
    say = speaker(language)
    amounts = [line.cash for line in book.lines] + [till.before for till in book.tills]
    page = report.page(
        "billing/cash.html",
        language,
        site=site_name,
        title=say(TITLE),
        about=[period(first, last, language)],
        printed=report.stamp(printed_at, zone),
        book=book,
        heads=[say(column) for column in COLUMNS],
        kinds=CASH_KINDS,
        rows=[(report.stamp(one.at, zone), say(KINDS.get(one.kind, one.kind)), one) for one in book.lines[:PRINTED]],
        more=max(0, len(book.lines) - PRINTED),
        money=figures(amounts),
    )  # fmt: skip
    return report.pdf(page)


def cash_workbook(book: CashBook, zone: tzinfo, language: Language) -> bytes:
    """A sheet of tills and one of movements. Amounts in yuan."""
    say = speaker(language)
    tills: list[Row] = [[say(column) for column in COLUMNS], *map(_cells, book.tills)]
    tills.append([say("Sum"), *_cells(book.whole)[1:]])
    movements: list[Row] = [
        [say(column) for column in MOVEMENTS],
        *(
            [line.entry, on_clock(line.at, zone), line.cashier, say(KINDS.get(line.kind, line.kind)), line.account,
             line.holder, line.reference, line.note, *_in_or_out(line.cash)]
            for line in book.lines
        ),
    ]  # fmt: skip
    return xlsx_file({say("Tills"): tills, say("Movements"): movements})


def _cells(till: Till) -> list[str | float]:
    amounts = [till.before, *(till.of(kind) for kind in CASH_KINDS), till.after, till.difference]
    return [till.cashier, *map(in_cells, amounts)]


def _in_or_out(cash: Money) -> Sequence[float | None]:
    return (in_cells(cash), None) if cash > 0 else (None, in_cells(Money(-cash)))
