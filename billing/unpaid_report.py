"""What is owed, on paper and as a workbook."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language, Money
from billing.money_words import figures
from billing.report_words import in_cells, on_clock, speaker, who_pays
from billing.unpaid import Unpaid

TITLE = "Unpaid"
AGE_HEADS = ("up to 30 days", "31 to 60 days", "61 to 90 days", "over 90 days")
DEBTORS = ("Who pays", "Name of who pays", "Account by the month", "Bills not paid", *AGE_HEADS, "On no bill yet")
BILLS = ("Bill number", "Who pays", "Name of who pays", "Month", "Billed on", "Days", "Billed", "Still owed")
OVERDRAWN = ("Paying account", "Account holder", "Below zero", "Credit limit", "Discharged on")


def unpaid_pdf(
    found: Unpaid, day: date, zone: tzinfo, language: Language, site_name: str, printed_at: datetime
) -> bytes:
    """As A4: who owes what since when. Takes seconds: never call it in the daemon."""
    say = speaker(language)
    amounts = [found.used, found.below_zero, *(bill.owed for one in found.debtors for bill in one.bills)]
    amounts += [amount for one in found.debtors for amount in (one.used, *one.by_age())]
    page = report.page(
        "billing/unpaid.html",
        language,
        site=site_name,
        title=say(TITLE),
        about=[say("At the end of {day}", day=report.long_date(day, language))],
        printed=report.stamp(printed_at, zone),
        found=found,
        debtors=[(who_pays(one.payer, language), one) for one in found.debtors],
        ages=[say(head) for head in AGE_HEADS],
        day_of=lambda moment: moment.astimezone(zone).date(),
        money=figures([Money(amount) for amount in amounts]),
    )
    return report.pdf(page)


def unpaid_workbook(found: Unpaid, zone: tzinfo, language: Language) -> bytes:
    """A sheet of who pays, one of bills, one of accounts below zero. Amounts in yuan."""
    say = speaker(language)
    debtors: list[Row] = [[say(column) for column in DEBTORS]]
    bills: list[Row] = [[say(column) for column in BILLS]]
    for one in found.debtors:
        whose = who_pays(one.payer, language)
        ages = map(in_cells, one.by_age())
        debtors.append([whose, one.holder, one.account, in_cells(one.owed), *ages, in_cells(one.used)])
        bills += [
            [bill.number, whose, one.holder, bill.month, on_clock(bill.at, zone), bill.days, in_cells(bill.amount),
             in_cells(bill.owed)]
            for bill in one.bills
        ]  # fmt: skip
    debtors.append(
        [say("Sum"), "", "", in_cells(found.owed), *map(in_cells, found.by_age()), in_cells(found.used)]
    )  # fmt: skip
    below: list[Row] = [
        [say(column) for column in OVERDRAWN],
        *(
            [one.account, one.holder, in_cells(one.owed), in_cells(one.limit),
             on_clock(one.leaving_at, zone) if one.leaving_at else None]
            for one in found.overdrawn
        ),
    ]  # fmt: skip
    return xlsx_file({say("Billed by the month"): debtors, say("Open bills"): bills, say("Accounts below zero"): below})
