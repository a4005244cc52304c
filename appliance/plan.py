"""The whole plan of the hospital: each package's sections gathered in one typed document."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from billing.plan import BillingPlan
from nursecall.plan import NurseCallPlan
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
            raise ValueError(f"there is no time zone {name!r}") from why
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
        for index, ward in enumerate(self.nursecall.wards):
            if ward.desk is not None and ward.desk not in numbers:
                raise PlanError(("nursecall", "wards", index, "desk"), f"there is no extension {ward.desk}")
        for number in numbers:
            if number.startswith(self.billing.access):
                raise PlanError(("billing", "access"), f"extension {number} begins with {self.billing.access}")
        devices: dict[str, str] = {line.device: f"line {line.id!r}" for line in self.nursecall.lines}
        for index, modem in enumerate(self.pbx.modems):
            if modem.device in devices:
                raise PlanError(("pbx", "modems", index, "device"), f"is already used by {devices[modem.device]}")
        return self
