"""Monthly bills: on paper each begins a page of its own; as a workbook all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language
from billing.money_words import figures
from billing.monthly_bill import Bill
from billing.report_words import in_cells, on_clock, spaced, speaker, who_pays

TITLE = "Monthly bills"
SUMS = ("Bill number", "Who pays", "Name of who pays", "Month", "Billed on", "Calls", "Talk time, s", "Owed before",
        "Of this month", "Paid in this month", "To be paid")  # fmt: skip
CALLS = ("Who pays", "Name of who pays", "Date and time", "Telephone", "Called number", "Talk time, s", "Charges")


def bills_pdf(
    bills: Sequence[Bill], month: str, zone: tzinfo, language: Language, site_name: str, printed_at: datetime
) -> bytes:
    """As A4, to be handed to who pays. Takes seconds: never call it in the daemon."""
    say = speaker(language)
    amounts = [amount for bill in bills for amount in (bill.before, bill.paid, *(one.charge for one in bill.calls))]
    page = report.page(
        "billing/monthly_bills.html",
        language,
        site=site_name,
        title=say("Monthly bill" if len(bills) == 1 else TITLE),
        about=[month, *([f"{who_pays(bills[0].payer, language)} · {bills[0].holder}"] if len(bills) == 1 else [])],
        printed=report.stamp(printed_at, zone),
        month=month,
        bills=[(who_pays(bill.payer, language), bill) for bill in bills],
        stamp=lambda moment: report.stamp(moment, zone),
        spaced=spaced,
        span=report.span,
        money=figures(amounts),
    )
    return report.pdf(page)


def bills_workbook(bills: Sequence[Bill], zone: tzinfo, language: Language) -> bytes:
    """A sheet of bills and one of every call on them. Amounts in yuan."""
    say = speaker(language)
    sums: list[Row] = [[say(column) for column in SUMS]]
    calls: list[Row] = [[say(column) for column in CALLS]]
    for bill in bills:
        whose = who_pays(bill.payer, language)
        written = on_clock(bill.written_at, zone) if bill.written_at else None
        amounts = map(in_cells, (bill.before, bill.amount, bill.paid, bill.due))
        sums.append(
            [bill.number, whose, bill.holder, bill.month, written, len(bill.calls), bill.seconds, *amounts]
        )  # fmt: skip
        calls += [
            [whose, bill.holder, on_clock(one.at, zone), one.extension, spaced(one.called) if one.called else one.note,
             one.seconds, in_cells(one.charge)]
            for one in bill.calls
        ]  # fmt: skip
    return xlsx_file({say(TITLE): sums, say("Calls"): calls})
