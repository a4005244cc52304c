"""A receipt and the sheet of a till's hand-over, on paper with a line to sign; the receipt as a workbook too."""

from __future__ import annotations

from datetime import datetime, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language, Money
from billing.money_words import figures
from billing.report_words import KINDS, in_cells, on_clock, speaker, who_pays
from billing.till_views import Receipt, Shift

TITLES = {
    "deposit": "Receipt: paid in",
    "refund": "Receipt: paid out",
    "settlement": "Receipt: account settled",
    "transfer": "Receipt: transfer",
    "write-off": "Receipt: written off",
    "payment": "Receipt: bill paid",
}


def receipt_pdf(said: Receipt, zone: tzinfo, language: Language, site_name: str) -> bytes:
    """One entry for the holder, as a PDF. Takes seconds: never call it in the daemon."""
    say = speaker(language)
    amounts = [said.amount, said.balance, said.owed, *([said.cash] if said.cash is not None else [])]
    page = report.page(
        "billing/receipt.html",
        language,
        site=site_name,
        title=say(TITLES[said.kind]),
        about=[say("Account {number}", number=said.account), said.holder, report.stamp(said.at, zone)],
        printed=None,
        said=said,
        payer=who_pays(said.payer, language),
        money=figures(amounts),
        zone=zone,
    )
    return report.pdf(page)


def receipt_workbook(said: Receipt, zone: tzinfo, language: Language) -> bytes:
    """The same as a sheet: what, and its value. Amounts in yuan."""
    say = speaker(language)
    rows: list[Row] = [
        [say(TITLES[said.kind]), ""],
        [say("Paying account"), said.account],
        [say("Account holder"), said.holder],
        *([[say("Bill of"), who_pays(said.payer, language)]] if said.payer else []),
        [say("Date and time"), on_clock(said.at, zone)],
        [say("Amount in yuan"), in_cells(said.amount if said.cash is None else said.cash)],
        [
            say("Still owed") if said.payer else say("Balance afterwards"),
            in_cells(said.owed if said.payer else said.balance),
        ],
        [say("Receipt number"), said.reference],
        *([[say("To account"), said.other]] if said.other else []),
        [say("Note"), said.note],
        [say("Cashier"), said.by],
        [say("Ledger entry"), said.entry],
    ]
    return xlsx_file({say("Receipt"): rows})


def till_sheet(shift: Shift, zone: tzinfo, language: Language, site_name: str, printed_at: datetime) -> bytes:
    """What a cashier hands over, as a PDF: every movement, what ought to be there, what was counted.

    Takes seconds: never call it in the daemon.
    """
    say = speaker(language)
    assert shift.handed_over_at is not None
    assert shift.counted is not None
    assert shift.difference is not None
    began = report.stamp(shift.began_at, zone) if shift.began_at else ""
    amounts = [shift.expected, shift.counted, *(line.cash for line in shift.lines)]
    page = report.page(
        "billing/till.html",
        language,
        site=site_name,
        title=say("Till hand-over"),
        about=[shift.cashier, f"{began} – {report.stamp(shift.handed_over_at, zone)}"],
        printed=report.stamp(printed_at, zone),
        shift=shift,
        rows=[(report.stamp(line.at, zone), say(KINDS.get(line.kind, line.kind)), line) for line in shift.lines],
        money=figures([Money(amount) for amount in amounts]),
    )
    return report.pdf(page)
