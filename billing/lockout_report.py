"""What wrong PINs have locked in some days, on paper and as a workbook."""

from __future__ import annotations

from datetime import date, tzinfo

from appliance.foundation import report
from appliance.foundation.sheets import Row, xlsx_file
from appliance.foundation.values import Language
from billing.lockout_history import LockHistory, PastLock
from billing.report_words import on_clock, period, speaker

TITLE = "PIN lock-outs"
SUBJECTS = {"account": "Paying account", "extension": "Telephone extension"}
COLUMNS = ("Locked at", "Locked", "Number", "Account holder", "Last wrong PIN at", "Locked until", "How it ended",
           "Ended at", "Ended by")  # fmt: skip
OFTEN = ("Locked", "Number", "Account holder", "Times locked", "Last locked")
PRINTED = 500
"""Lock-outs on paper; the workbook has all."""


def ending(history: LockHistory, one: PastLock) -> str:
    """How a lock ended, as a message id."""
    if one.lifted_at is not None:
        return "New PIN" if one.renewed else "Unlocked"
    return "Locked still" if history.going_on(one) else "When its time was up"


def lockouts_pdf(
    found: LockHistory, first: date, last: date, zone: tzinfo, language: Language, site_name: str
) -> bytes:
    """As A4. Takes seconds: never call it in the daemon."""
    say = speaker(language)
    page = report.page(
        "billing/lockouts.html",
        language,
        site=site_name,
        title=say(TITLE),
        about=[period(first, last, language)],
        printed=report.stamp(found.now, zone),
        found=found,
        often=found.by_subject(),
        rows=[(one, ending(found, one)) for one in found.locks[:PRINTED]],
        more=max(0, len(found.locks) - PRINTED),
        subjects=SUBJECTS,
        at=lambda moment: report.stamp(moment, zone),
    )
    return report.pdf(page)


def lockouts_workbook(found: LockHistory, zone: tzinfo, language: Language) -> bytes:
    """Two sheets: a row a lock-out, and a row an account or extension."""
    say = speaker(language)
    rows: list[Row] = [[say(column) for column in COLUMNS]]
    for one in found.locks:
        ended = one.lifted_at or (None if found.going_on(one) else one.until)
        rows.append([
            on_clock(one.at, zone), say(SUBJECTS[one.what]), one.number, one.holder, one.keyed_at,
            on_clock(one.until, zone), say(ending(found, one)), on_clock(ended, zone) if ended else None, one.lifted_by,
        ])  # fmt: skip
    often: list[Row] = [[say(column) for column in OFTEN]]
    often += [
        [say(SUBJECTS[each.what]), each.number, each.holder, each.times, on_clock(each.last, zone)]
        for each in found.by_subject()
    ]
    return xlsx_file({say(TITLE): rows, say("By account and extension"): often})
