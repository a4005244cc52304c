"""The whole plan of the hospital: each package's sections gathered in one typed document."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from appliance.foundation.backup_plan import Backup
from appliance.foundation.config import PlanError, Section
from appliance.foundation.days import Calendar, calendar
from appliance.foundation.days_plan import NamedDays, kinds_of
from appliance.foundation.fault_words import NONE_OF
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language
from appliance.foundation.zones import ZoneName
from billing.plan import BillingPlan
from nursecall.plan import NurseCallPlan
from nursecall.plan_lines import SerialLine
from pbx.ivr.nodes import Service
from pbx.plan import PbxPlan
from tts.plan import SpeechPlan

SERVICES = ("balance", "calls")
"""What voice menus can let callers do for themselves: `billing.balance`, `billing.calling`."""


class Site(Section):
    """Where the hospital is. country: ISO 3166 letters; area: area code without its leading 0. days: whose kind the
    calendar of the country does not know, or has otherwise.
    """

    name: Text
    language: Language = "zh"
    timezone: ZoneName = "Asia/Shanghai"
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    area: str = Field(default="", pattern=r"^[1-9]?[0-9]{0,4}$")
    days: tuple[NamedDays, ...] = ()

    @field_validator("days")
    @classmethod
    def _of_one_kind(cls, days: tuple[NamedDays, ...]) -> tuple[NamedDays, ...]:
        kinds_of(days)
        return days

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> Calendar:
        """Which days are workdays, restdays and holidays here."""
        return calendar(self.country).with_days(kinds_of(self.days))


class Plan(Section):
    """The plan, never edited in place: each change makes a numbered revision."""

    site: Site
    nursecall: NurseCallPlan
    billing: BillingPlan = BillingPlan()
    pbx: PbxPlan = PbxPlan()
    speech: SpeechPlan = SpeechPlan()
    backups: tuple[Backup, ...] = ()

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
        self._check_paging()
        groups = {group.id for group in self.pbx.groups}
        for index, service in enumerate(self.nursecall.services):
            for group in service.groups():
                if group not in groups:
                    raise PlanError(("nursecall", "services", index, "to"), "there is no group {name!r}", name=group)
        return self

    @model_validator(mode="after")
    def _backups_apart(self) -> Plan:
        named = [backup.id for backup in self.backups]
        for index, name in enumerate(named):
            if name in named[:index]:
                raise PlanError(("backups", index, "id"), "{name!r} is used twice", name=name)
        return self

    @model_validator(mode="after")
    def _menus_and_billing(self) -> Plan:
        for index, flow in enumerate(self.pbx.flows):
            for at, node in enumerate(flow.nodes):
                if isinstance(node, Service) and node.service not in SERVICES:
                    raise PlanError(
                        ("pbx", "flows", index, "nodes", at, "service"), NONE_OF,
                        given=node.service, known=", ".join(SERVICES),
                    )  # fmt: skip
            if flow.number.startswith(self.billing.access):
                where = ("pbx", "flows", index, "number")
                raise PlanError(where, "begins with {access}, which is billing's", access=self.billing.access)
        return self

    @model_validator(mode="after")
    def _wards_there(self) -> Plan:
        for where, identity in self.pbx.inbound.wards():
            if self.nursecall.ward(identity) is None:
                raise PlanError(("pbx", "inbound", *where), "there is no ward {name!r}", name=identity)
        return self

    def _check_paging(self) -> None:
        places = {place.id: place.kind for place in self.nursecall.places}
        for index, zone in enumerate(self.pbx.paging.zones):
            for number, place in enumerate(zone.places):
                where = ("pbx", "paging", "zones", index, "places", number)
                if place not in places:
                    raise PlanError(where, "there is no place {name!r}", name=place)
                if places[place] == "alsa":
                    said = "{name!r} is a sound card of this box: only multicast places and telephones hear live speech"
                    raise PlanError(where, said, name=place)

    def _extensions_named(self) -> Iterator[tuple[Path, str]]:
        for index, ward in enumerate(self.nursecall.wards):
            if ward.desk is not None:
                yield ("wards", index, "desk"), ward.desk
            for number in ward.phones.beds.values():
                yield ("wards", index, "phones", "beds"), number
        for index, place in enumerate(self.nursecall.places):
            if place.extension is not None:
                yield ("places", index, "extension"), place.extension
