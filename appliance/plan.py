"""The whole plan of the hospital: each package's sections gathered in one typed document."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language
from billing.plan import BillingPlan
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import SerialLine
from pbx.plan import PbxPlan
from tts.plan import SpeechPlan


class Site(Section):
    """Where the hospital is. country: ISO 3166 letters; area: area code without its leading 0."""

    name: Text
    language: Language = "zh"
    timezone: str = "Asia/Shanghai"
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    area: str = Field(default="", pattern=r"^[1-9]?[0-9]{0,4}$")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as why:
            raise PlanError((), "there is no time zone {name!r}", name=name) from why
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)


class Plan(Section):
    """The plan, never edited in place: each change makes a numbered revision."""

    site: Site
    nursecall: NurseCallPlan
    billing: BillingPlan = BillingPlan()
    pbx: PbxPlan = PbxPlan()
    speech: SpeechPlan = SpeechPlan()

    @model_validator(mode="after")
    def _numbers_apart(self) -> Plan:
        numbers = self.pbx.numbers()
        for where, number in self._extensions_named():
            if number not in numbers:
                raise PlanError(("nursecall", *where), "there is no extension {number}", number=number)
        for number in numbers:
            if number.startswith(self.billing.access):
                raise PlanError(
                    ("billing", "access"), "extension {number} begins with {access}",
                    number=number, access=self.billing.access,
                )  # fmt: skip
        wired = [line for line in self.nursecall.lines if isinstance(line, SerialLine)]
        devices: dict[str, str] = {line.device: line.id for line in wired}
        for index, modem in enumerate(self.pbx.modems):
            if modem.device in devices:
                where = ("pbx", "modems", index, "device")
                raise PlanError(where, "is already used by line {other!r}", other=devices[modem.device])
        groups = {group.id for group in self.pbx.groups}
        for index, service in enumerate(self.nursecall.services):
            for group in service.groups():
                if group not in groups:
                    raise PlanError(("nursecall", "services", index, "to"), "there is no group {name!r}", name=group)
        return self

    def _extensions_named(self) -> Iterator[tuple[Path, str]]:
        for index, ward in enumerate(self.nursecall.wards):
            if ward.desk is not None:
                yield ("wards", index, "desk"), ward.desk
            for number in ward.phones.beds.values():
                yield ("wards", index, "phones", "beds"), number
        for index, place in enumerate(self.nursecall.places):
            if place.extension is not None:
                yield ("places", index, "extension"), place.extension
