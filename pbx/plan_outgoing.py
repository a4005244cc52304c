"""Calls out of the house: who may dial what and how long, which line carries it, and which number is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from pbx.categories import Right

DIGITS = r"^[0-9]{1,15}$"
STAR = r"^([*#]{1,2}[0-9]{1,3}[*#]?)?$"
NO_SCHEDULE = "there is no schedule {name!r}"
NO_CLASS = "there is no class of service {name!r}"
NO_TRUNK = "there is no trunk {name!r}"


class Hours(Section):
    """When a row holds. schedule: while those named hours are open; closed: while they are not. Empty: always."""

    schedule: str = ""
    closed: bool = False


class TimedRights(Hours):
    """What may be dialled instead while the schedule holds."""

    schedule: str = Field(min_length=1)
    may_dial: tuple[Right, ...]


class CallLimit(Section):
    """How long calls may last. calls: to which kinds of numbers; empty: to all outside.

    warning: seconds before the end at which both hear a beep; 0 for none.
    """

    calls: tuple[Right, ...] = ()
    seconds: int = Field(ge=5, le=86_400)
    warning: int = Field(default=30, ge=0, le=600)

    @model_validator(mode="after")
    def _in_time(self) -> CallLimit:
        if self.warning >= self.seconds:
            raise PlanError(("warning",), "the warning would come before the call begins")
        return self


class ClassOfService(Section):
    """What the phones of a group may dial.

    times: other rights at other times; the first row that holds counts.
    areas: the area codes (without 0) that national calls may reach; empty: all. countries: the country codes that
        international calls may reach; empty: all.
    limits: the first row for the kind of number counts.
    hide_number: whoever is called sees no number.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: Text
    may_dial: tuple[Right, ...]
    times: tuple[TimedRights, ...] = ()
    areas: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    limits: tuple[CallLimit, ...] = ()
    hide_number: bool = False

    @field_validator("areas", "countries")
    @classmethod
    def _codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for index, code in enumerate(codes):
            if not (code.isascii() and code.isdigit() and not code.startswith("0") and len(code) <= 6):
                raise PlanError((index,), "{code!r} is not a code without its leading 0, such as 571", code=code)
        return codes


class Barred(Section):
    """Numbers that nobody may call: `prefix` is E.164 digits without +, a whole number too. why: told to who asks."""

    prefix: str = Field(pattern=DIGITS)
    why: Text


class OutRoute(Hours):
    """Which lines carry which calls.

    to, prefixes (E.164 digits), carriers (the called number's, such as `China Mobile`), schedule: what must hold;
        empty: whatever it is.
    trunks: in this order, or the cheapest first by their tariffs.
    code: dialled before the number, such as 17909.
    shown: the caller's number that is shown; empty: the trunk's own.
    last: no later route is tried.
    """

    name: Text
    to: tuple[Right, ...] = ()
    prefixes: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    trunks: tuple[str, ...] = Field(min_length=1)
    order: Literal["listed", "cheapest"] = "listed"
    code: str = Field(default="", pattern=r"^[0-9*]{0,12}$")
    shown: str = Field(default="", pattern=r"^\+?[0-9]{0,20}$")
    last: bool = False

    @field_validator("prefixes")
    @classmethod
    def _prefixes(cls, prefixes: tuple[str, ...]) -> tuple[str, ...]:
        for index, prefix in enumerate(prefixes):
            if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= 15):
                raise PlanError((index,), "{prefix!r} is not E.164 digits, such as 86571", prefix=prefix)
        return prefixes


class QualityFloor(Section):
    """Below it a trunk comes last wherever the cheapest goes first; a dear call that is answered is worth more.

    answered: of a hundred calls out at least so many are answered; ringing_seconds: so long at most it takes on average
        until the called telephone rings; 0: not judged.
    calls: so many make a verdict. hours: looked back on; after them a trunk gets another chance.
    """

    answered: int = Field(default=0, ge=0, le=100)
    ringing_seconds: int = Field(default=0, ge=0, le=60)
    calls: int = Field(default=20, ge=1, le=10_000)
    hours: int = Field(default=4, ge=1, le=168)

    @property
    def judges(self) -> bool:
        """Whether there is anything to fall below."""
        return bool(self.answered or self.ringing_seconds)


class OutgoingPlan(Section):
    """All of it.

    access: dialled for an outside line, such as 9; empty: none is needed. always_access: an outside number without it
        is no number.
    codes: carriers' prefix codes that people still dial; they are left out.
    hide_code, show_code: dialled before a number, they hide or show the caller's for that call.
    routes: every one that matches counts, in this order; none at all: every trunk, the cheapest first.
    quality: what a trunk must be like to be taken for its price.
    house: the class of service of numbers that the plan itself names, in forwards of calls from outside and in voice
        menus; empty: they may go to any that is not barred.
    """

    access: str = Field(default="", pattern=r"^[0-9]{0,3}$")
    always_access: bool = False
    codes: tuple[str, ...] = ("17909", "17951", "17911", "10193")
    hide_code: str = Field(default="*67", pattern=STAR)
    show_code: str = Field(default="*82", pattern=STAR)
    classes: tuple[ClassOfService, ...] = ()
    routes: tuple[OutRoute, ...] = ()
    barred: tuple[Barred, ...] = ()
    quality: QualityFloor = QualityFloor()
    house: str = ""

    @field_validator("codes")
    @classmethod
    def _digits(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for index, code in enumerate(codes):
            if not (code.isascii() and code.isdigit() and 3 <= len(code) <= 8):
                raise PlanError((index,), "{code!r} is not a prefix code of 3 to 8 digits, such as 17909", code=code)
        return codes

    def bars(self, number: str) -> Barred | None:
        """The row by which nobody may call E.164 `number`; None where there is none."""
        return next((row for row in self.barred if number.startswith(row.prefix)), None)

    def check(
        self,
        named: Sequence[tuple[int, str]],
        trunks: Collection[str],
        schedules: Collection[str],
        numbers: Collection[str],
    ) -> None:
        """Raise PlanError for what it names and nobody else knows. named: group and its class of service."""
        classes = [one.id for one in self.classes]
        for index, name in enumerate(classes):
            if name in classes[:index]:
                raise PlanError(("outgoing", "classes", index, "id"), "{name!r} is used twice", name=name)
        for group, name in named:
            _known(("extensions", group, "rights"), NO_CLASS, name, classes)
        if self.house:
            _known(("outgoing", "house"), NO_CLASS, self.house, classes)
        for place, name in self._schedules():
            _known(("outgoing", *place, "schedule"), NO_SCHEDULE, name, schedules)
        for index, route in enumerate(self.routes):
            for row, trunk in enumerate(route.trunks):
                _known(("outgoing", "routes", index, "trunks", row), NO_TRUNK, trunk, trunks)
        self._check_codes(numbers)

    def _schedules(self) -> Iterator[tuple[Path, str]]:
        for index, one in enumerate(self.classes):
            for row, times in enumerate(one.times):
                yield ("classes", index, "times", row), times.schedule
        for index, route in enumerate(self.routes):
            if route.schedule:
                yield ("routes", index), route.schedule

    def _check_codes(self, numbers: Collection[str]) -> None:
        if self.always_access and not self.access:
            raise PlanError(("outgoing", "always_access"), "there is no access code that could be dialled")
        if self.access in numbers:
            raise PlanError(("outgoing", "access"), "{number} is an extension too", number=self.access)
        if self.hide_code and self.hide_code == self.show_code:
            raise PlanError(("outgoing", "show_code"), "is the code that hides the number")


def _known(path: Path, message: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        raise PlanError(path, message, name=name)
