"""Paging by telephone in the plan: who may speak live to which loudspeakers and telephones."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from pbx.plan_messages import Id
from pbx.spans import Span, each

MOST_PHONES = 60


class Speakers(Section):
    """Loudspeakers that listen to a multicast address: RTP, A-law. interface: the network card to send by."""

    address: IPv4Address
    port: int = Field(default=4000, ge=1024, le=65_534)
    interface: str = Field(pattern=r"^[\w.:-]{1,32}$")

    @field_validator("address")
    @classmethod
    def _multicast(cls, address: IPv4Address) -> IPv4Address:
        if not address.is_multicast:
            said = "{address} is no multicast address (224.0.0.0 to 239.255.255.255)"
            raise PlanError((), said, address=address)
        return address


class PagingZone(Section):
    """code: dialled after the paging number. by: extensions that may page it.

    places: of the wards, by id; only multicast places and telephones. speakers: others. phones: telephones that are
        asked to answer by themselves. longest: seconds of a page.
    """

    code: str = Field(pattern=r"^[0-9]{1,4}$")
    name: Text
    by: tuple[Span, ...] = Field(min_length=1)
    places: tuple[Id, ...] = ()
    speakers: tuple[Speakers, ...] = ()
    phones: tuple[Span, ...] = ()
    longest: int = Field(default=60, ge=5, le=600)

    @model_validator(mode="after")
    def _heard(self) -> PagingZone:
        if not (self.places or self.speakers or self.phones):
            raise PlanError((), "a page to {code} would be heard nowhere", code=self.code)
        if len(self.telephones()) > MOST_PHONES:
            raise PlanError(("phones",), "are more than {most} telephones", most=MOST_PHONES)
        return self

    def telephones(self) -> tuple[str, ...]:
        """Extensions that are asked to answer by themselves."""
        return tuple(number for span in self.phones for number in each(span))

    def may(self, extension: str) -> bool:
        """Whether that telephone may page here."""
        return any(extension in each(span) for span in self.by)


class PagingPlan(Section):
    """number: dialled before a zone's code, e.g. `*80`."""

    number: str = Field(default="", pattern=r"^[0-9*#]{0,6}$")
    zones: tuple[PagingZone, ...] = ()

    @model_validator(mode="after")
    def _dialled(self) -> PagingPlan:
        if self.zones and not self.number:
            raise PlanError(("number",), "is missing: nobody could dial a zone")
        codes = [zone.code for zone in self.zones]
        for index, code in enumerate(codes):
            if code in codes[:index]:
                raise PlanError(("zones", index, "code"), "{name!r} is used twice", name=code)
        return self

    def zone(self, code: str) -> PagingZone | None:
        """The zone of that code."""
        return next((zone for zone in self.zones if zone.code == code), None)

    def served(self) -> Iterator[tuple[Path, str]]:
        """Numbers that are dialled, and where they stand."""
        if self.zones:
            yield ("number",), self.number

    def named(self) -> Iterator[tuple[Path, str]]:
        """Extensions that are named, and where."""
        for index, zone in enumerate(self.zones):
            for key in ("by", "phones"):
                for place, span in enumerate(getattr(zone, key)):
                    yield from ((("zones", index, key, place), number) for number in each(span))
