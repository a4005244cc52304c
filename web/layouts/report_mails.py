"""Reports by e-mail: which, when, to whom."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.plan_report_mails import ReportMail
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import ID
from web.pages.mailed import EVERY, REPORTS

SHAPE = Shape(
    ReportMail,
    (
        Group(
            "What, and when",
            (
                ID,
                Field("report", "Report", choices=REPORTS),
                Field("every", "How often it goes", "A week is sent on Monday, a month on the first.", choices=EVERY),
                Field("at", "Time", hint="06:00", wrong="A time such as 02:30."),
                Field("file", "File", choices={"pdf": "PDF, to print", "xlsx": "Workbook (XLSX)"}),
                Field("language", "Language", choices={"zh": "Chinese", "en": "English"}),
            ),
        ),
        Group(
            "Who gets it",
            (
                Field("to", "E-mail addresses", "It holds money and names: only who may see them.", wide=True),
                Field("by", "Mail server", ref="mail", usual="the first of the plan"),
            ),
        ),
    ),
)


def cells(mail: Doc, _: Names, language: Language) -> Sequence[str]:
    """What, when, to whom."""
    report, every = str(mail.get("report", "")), str(mail.get("every", "day"))
    when = f"{translate(EVERY.get(every, every), language)} {mail.get('at', '06:00')}"
    return (
        str(mail.get("id", "")),
        translate(REPORTS.get(report, report), language),
        when,
        ", ".join(mail.get("to", [])),
    )


LAYOUT = Layout(
    name="report-mails",
    path=("pbx", "report_mails"),
    item=SHAPE,
    title="Reports by e-mail",
    help="Each is sent when a day, a week or a month is over, once; how it went is on the status page and on record.",
    one="report",
    home="/reports/mailed",
    identity="id",
    columns=("Name", "Report", "When", "To"),
    cells=cells,
    blank={"report": "cash"},
)
