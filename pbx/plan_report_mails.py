"""The plan's section about reports that go out by e-mail by themselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from pbx.plan_messages import Address, Id

ReportName = Literal["cash", "unpaid", "top-accounts", "bills", "lockouts", "margin", "ledger", "analysis"]
"""As `nightbell report` calls them."""
REPORTS: tuple[ReportName, ...] = get_args(ReportName)


class ReportMail(Section):
    """One report, sent whenever a day, a week (Monday to Sunday) or a month is over.

    at: the site's time on the day after it; a week's on Monday, a month's on the first. by: the mail server, the
    plan's first when it is empty. file: as what the report goes along.
    """

    id: Id
    report: ReportName
    every: Literal["day", "week", "month"] = "day"
    at: str = Field(default="06:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    to: tuple[Address, ...] = Field(min_length=1, max_length=50)
    file: Literal["pdf", "xlsx"] = "pdf"
    language: Literal["zh", "en"] = "zh"
    by: str = ""

    @model_validator(mode="after")
    def _can_be_made(self) -> ReportMail:
        if self.report == "ledger" and self.file != "xlsx":
            raise PlanError(("file",), "the ledger is a workbook only (xlsx)")
        if self.report == "bills" and self.every != "month":
            raise PlanError(("every",), "bills are of a month")
        if len(set(self.to)) < len(self.to):
            raise PlanError(("to",), "an address stands here twice")
        return self


def check(mails: Collection[ReportMail], servers: Collection[str]) -> None:
    """Each has a name of its own and a mail server. Raises PlanError."""
    seen: set[str] = set()
    for index, mail in enumerate(mails):
        if mail.id in seen:
            raise PlanError(("report_mails", index, "id"), "{name!r} is used twice", name=mail.id)
        seen.add(mail.id)
        if not servers:
            raise PlanError(("report_mails", index, "by"), "the plan has no mail server ([[pbx.mail]])")
        if mail.by and mail.by not in servers:
            raise PlanError(("report_mails", index, "by"), "there is no mail server {name!r}", name=mail.by)
