"""The accounts that spent most, on paper and as a workbook."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language
from billing.money_words import figures
from billing.report_words import in_cells, period, speaker
from billing.top_accounts import Spending

TITLE = "Top accounts"
COLUMNS = (
    "Rank",
    "Paying account",
    "Account holder",
    "Calls",
    "Talk time, s",
    "Charges",
    "Of all charges, %",
    "Balance",
)
PRINTED = 100
"""Accounts on paper, unless others are asked for."""


def top_accounts_pdf(
    found: Spending, first: date, last: date, zone: tzinfo, language: Language, site_name: str, printed_at: datetime
) -> bytes:
    """As A4. Takes seconds: never call it in the daemon."""
    page = report.page(
        "billing/top_accounts.html",
        language,
        site=site_name,
        title=speaker(language)(TITLE),
        about=[period(first, last, language)],
        printed=report.stamp(printed_at, zone),
        found=found,
        money=figures([found.charge, *(amount for one in found.top for amount in (one.charge, one.balance))]),
        span=report.span,
    )
    return report.pdf(page)


def top_accounts_workbook(found: Spending, language: Language) -> bytes:
    """One sheet, a row an account. Amounts in yuan."""
    say = speaker(language)
    rows: list[Row] = [[say(column) for column in COLUMNS]]
    for rank, one in enumerate(found.top, 1):
        share, amounts = round(found.share(one), 2), (in_cells(one.charge), in_cells(one.balance))
        rows.append([rank, one.account, one.holder, one.calls, one.seconds, amounts[0], share, amounts[1]])
    rows.append([None, say("All accounts"), "", found.calls, found.seconds, in_cells(found.charge), None, None])
    return xlsx_file({say(TITLE): rows})
