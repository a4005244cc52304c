"""Reports that go out by e-mail: which, to whom, when next, and how the last ones went."""

from __future__ import annotations

from pbx.mailings import recent
from pbx.sms.trouble import told
from web.panel import Answer, Panel
from web.visit import Visit

SHOWN = 100
REPORTS = {
    "cash": "Cash report", "unpaid": "Unpaid", "top-accounts": "Top accounts", "bills": "Monthly bills",
    "lockouts": "PIN lock-outs", "margin": "Revenue and margin", "ledger": "General ledger",
    "analysis": "Nurse call analysis",
}  # fmt: skip
EVERY = {"day": "Every day", "week": "Every week, on Monday", "month": "Every month, on the first"}


def add(panel: Panel) -> None:
    """Put this page on the panel."""

    @panel.route("/reports/mailed", "report-mails")
    async def mailed(visit: Visit) -> Answer:
        house = panel.house
        sent = await house.database.transact(lambda connection: recent(connection, SHOWN))
        return panel.page(
            visit, "mailed.html", mails=house.pbx().report_mails, sent=sent, reports=REPORTS, every=EVERY,
            servers=bool(house.pbx().mail), why=lambda text: told(text, visit.language),
        )  # fmt: skip
