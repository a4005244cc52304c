"""The plan's section of telephones that set themselves up: how they are numbered, and what each is told."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import Field

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.values import Language
from pbx.provisioning.numbering import numbers_of
from pbx.spans import Span

HOST = r"^[A-Za-z0-9.:-]{0,253}$"


class PhoneKey(Section):
    """A key beside the display. watch: its lamp follows that number; else it only dials it."""

    name: Text
    number: str = Field(pattern=r"^[0-9*#]{1,20}$")
    watch: bool = False


class PhonesPlan(Section):
    """Telephones that ask for their configuration.

    numbers: runs of extensions from which new ones are numbered, in this order; empty for none.
    skip: digits that a number given out has nowhere, e.g. `457`; what all numbers of a run begin with is not looked at.
    language: of the displays; the site's where it is None. ntp: who tells them the time; empty leaves that to DHCP.
    """

    numbers: tuple[Span, ...] = ()
    skip: str = Field(default="", pattern=r"^[0-9]{0,9}$")
    language: Language | None = None
    ntp: str = Field(default="cn.pool.ntp.org", pattern=HOST)
    keys: tuple[PhoneKey, ...] = Field(default=(), max_length=10)

    def watched(self) -> tuple[str, ...]:
        """Extensions that lamps follow, each once."""
        return tuple(dict.fromkeys(key.number for key in self.keys if key.watch))

    def check(self, extensions: Collection[str], browsers: Collection[str]) -> None:
        """Raise PlanError for a number that is no extension, or twice here, or where skipping leaves none.

        browsers: extensions whose telephones are browsers, which nobody sets up in this way.
        """
        for index, key in enumerate(self.keys):
            if key.watch and key.number not in extensions:
                where = ("phones", "keys", index, "number")
                raise PlanError(where, "a lamp follows extensions only: {number} is none", number=key.number)
        seen: set[str] = set()
        for index, span in enumerate(self.numbers):
            place = ("phones", "numbers", index)
            given = numbers_of(span, self.skip)
            if not given:
                raise PlanError(("phones", "skip"), "leaves no number of {span}", span=span)
            for number in numbers_of(span, ""):
                if number not in extensions:
                    raise PlanError(place, "there is no extension {number}", number=number)
                if number in browsers:
                    raise PlanError(place, "extension {number} is for a browser", number=number)
                if number in seen:
                    raise PlanError(place, "extension {number} is listed twice", number=number)
                seen.add(number)
