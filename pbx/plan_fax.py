"""Faxes in the plan: `[pbx.fax]`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from pbx.plan_messages import Address, Id


class FaxLine(Section):
    """A fax machine that is none: what is sent to `number` is kept as a PDF.

    number: dialled by extensions, and named by steps of calls from outside. mail: who is sent the PDF. sms: a mobile
    that is told.
    """

    number: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
    name: Text
    mail: tuple[Address, ...] = Field(default=(), max_length=10)
    sms: str = Field(default="", pattern=r"^(\+?[0-9]{3,19})?$")


class FaxPlan(Section):
    """station: our number as the other machine shows it. header: printed at the top of each page that we send; Latin
    letters, since fax machines know no others.

    tries, again_minutes: how often a fax is tried whose number is busy or does not answer, and the pause between.
    keep_days: then a fax is deleted. mail_by: as `[pbx.voicemail]` has it.
    """

    station: str = Field(default="", pattern=r"^[0-9+ ]{0,20}$")
    header: str = Field(default="", pattern=r"^[A-Za-z0-9 .,+()/-]{0,50}$")
    tries: int = Field(default=3, ge=1, le=10)
    again_minutes: int = Field(default=5, ge=1, le=120)
    keep_days: int = Field(default=180, ge=1, le=3650)
    mail_by: Id | None = None
    lines: tuple[FaxLine, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> FaxPlan:
        numbers = [line.number for line in self.lines]
        for index, number in enumerate(numbers):
            if number in numbers[:index]:
                raise PlanError(("lines", index, "number"), "{name!r} is used twice", name=number)
        return self

    def check(self, servers: Collection[str]) -> None:
        """Raise PlanError where nobody could carry the mails. servers: ids of the plan's mail servers."""
        if self.mail_by is not None and self.mail_by not in servers:
            raise PlanError(("fax", "mail_by"), "there is no mail server {name!r}", name=self.mail_by)
        for index, line in enumerate(self.lines):
            if line.mail and not servers:
                raise PlanError(("fax", "lines", index, "mail"), "the plan has no mail server ([[pbx.mail]])")

    def line(self, number: str) -> FaxLine | None:
        """The line of that number."""
        return next((line for line in self.lines if line.number == number), None)

    def served(self) -> Iterator[tuple[Path, str]]:
        """Numbers that are dialled, and where they stand."""
        yield from ((("lines", index, "number"), line.number) for index, line in enumerate(self.lines))

    def named(self) -> Iterator[tuple[Path, str]]:
        """Extensions that are named: none."""
        yield from ()
