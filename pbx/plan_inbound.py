"""Calls from outside: `[pbx.inbound]` of the plan. Ordered rules; the first that fits says what happens."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language

Extension = Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
Outside = Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")]
Seconds = Annotated[int, Field(ge=5, le=300)]
Identity = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]

RING_BACK = r"bell|[A-Za-z0-9_-]{1,80}\.wav"
"""A ring-back sound: ours, or a recording as the panel named it when it was uploaded."""

_PATTERN = re.compile(r"\+?[0-9]{1,20}\*?|[0-9]{1,20}-[0-9]{1,20}")
_MISSING = {
    "menu": "there is no menu {name!r}",
    "room": "there is no room {name!r}",
    "fax": "there is no fax line {name!r}",
}
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")
CALLERS = ("withheld", "vip", "known", "unknown")
"""Kinds of callers, beside numbers: without a number; in the address book as a VIP, at all, or not at all."""


def is_pattern(text: str) -> bool:
    """Whether it is a number, `8888*`, or `88880100-88880199` from a smaller to a larger one of the same length."""
    span = _RANGE.fullmatch(text)
    backward = span is not None and (len(span[1]) != len(span[2]) or span[1] > span[2])
    return _PATTERN.fullmatch(text) is not None and not backward


class Ring(Section):
    """Ring extensions: together, or one after another, each for `seconds`."""

    do: Literal["ring"]
    extensions: tuple[Extension, ...] = Field(min_length=1, max_length=50)
    how: Literal["together", "in-turn"] = "together"
    seconds: Seconds = 25


class Ddi(Section):
    """Ring the extension that the called number's last `digits` name."""

    do: Literal["ddi"]
    digits: int = Field(default=4, ge=2, le=6)
    seconds: Seconds = 25


class WardDesk(Section):
    """Ring the telephone of a ward's station."""

    do: Literal["ward"]
    ward: str
    seconds: Seconds = 25


class Forward(Section):
    """呼叫前转: numbers, inside or outside, tried in turn until one takes the call.

    accept: who answers outside must press 1, so that a mobile's own voicemail does not take it.
    """

    do: Literal["forward"]
    numbers: tuple[Outside, ...] = Field(min_length=1, max_length=20)
    accept: bool = True
    seconds: Seconds = 25


class Announce(Section):
    """Say something, then hang up."""

    do: Literal["announce"]
    text: Text


class Refuse(Section):
    """Do not take the call: the caller is told that it is busy, that there is no such number, or that it is refused."""

    do: Literal["refuse"]
    cause: Literal["busy", "no-such-number", "refused"] = "refused"


class Served(Section):
    """What the box serves: a voice `menu`, a `mailbox`, a conference `room`, a `fax` line, a `queue`, by its name."""

    do: Literal["menu", "mailbox", "room", "queue", "fax"]
    name: str = Field(min_length=1, max_length=64)


Step = Annotated[Ring | Ddi | WardDesk | Forward | Announce | Refuse | Served, Field(discriminator="do")]


class Rule(Section):
    """Fits a call when all that it names fits.

    called, caller: numbers, `"8888*"`, `"88880100-88880199"`; `caller` also one of CALLERS. Empty for any.
    trunk: plan ids; empty for any. open, closed: a schedule that must be so; empty for any time.
    """

    id: Identity
    name: Text
    called: tuple[str, ...] = ()
    caller: tuple[str, ...] = ()
    trunk: tuple[str, ...] = ()
    open: str = ""
    closed: str = ""
    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)
    ring_back: str = Field(default="", pattern=rf"^({RING_BACK})?$")
    speak_caller: bool | None = None
    language: Language | None = None

    @field_validator("called", "caller")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for index, pattern in enumerate(patterns):
            if pattern not in CALLERS and not is_pattern(pattern):
                said = "{pattern!r} is no number, 8888* or 88880100-88880199"
                raise PlanError((index,), said, pattern=pattern)
        return patterns


class Contact(Section):
    """Somebody of the address book, by whose name a call is announced."""

    number: Outside
    name: str = Field(min_length=1, max_length=64)
    vip: bool = False


class InboundPlan(Section):
    """Calls from outside.

    fallback: extensions that ring for what no rule fits, and for every call while our program is dead.
    blocked: callers that are refused; more are blocked at the panel. speak_caller: who answers hears who calls.
    ring_back: the sound that callers hear while it rings; empty for the carrier's own tone. ring_back_answered: the
        call is answered for it, for carriers that pass on no sound before the answer.
    longest_minutes: no call lasts longer; held by Asterisk.
    """

    rules: tuple[Rule, ...] = ()
    fallback: tuple[Extension, ...] = ()
    blocked: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    speak_caller: bool = False
    ring_back: str = Field(default="", pattern=rf"^({RING_BACK})?$")
    ring_back_answered: bool = False
    longest_minutes: int = Field(default=240, ge=1, le=1440)

    @field_validator("blocked")
    @classmethod
    def _blocked(cls, blocked: tuple[str, ...]) -> tuple[str, ...]:
        return Rule._patterns(blocked)

    def check(
        self,
        extensions: Collection[str],
        schedules: Collection[str],
        trunks: Collection[str],
        served: Mapping[str, Collection[str]],
    ) -> None:
        """Raise PlanError for what the rest of the exchange's plan does not have.

        served: names by what is done: menus, rooms, fax lines; other kinds are not checked.
        """
        seen: set[str] = set()
        for index, rule in enumerate(self.rules):
            if rule.id in seen:
                raise PlanError(("inbound", "rules", index, "id"), "{name!r} is used twice", name=rule.id)
            seen.add(rule.id)
            for key in ("open", "closed"):
                named = getattr(rule, key)
                if named and named not in schedules:
                    raise PlanError(("inbound", "rules", index, key), "there is no schedule {name!r}", name=named)
            for trunk in rule.trunk:
                if trunk not in trunks:
                    raise PlanError(("inbound", "rules", index, "trunk"), "there is no trunk {name!r}", name=trunk)
            self._check_served(index, rule, served)
        for place, number in self._extensions():
            if number not in extensions:
                raise PlanError(("inbound", *place), "there is no extension {number}", number=number)

    def _check_served(self, index: int, rule: Rule, served: Mapping[str, Collection[str]]) -> None:
        for at, step in enumerate(rule.steps):
            if isinstance(step, Served) and step.name not in served.get(step.do, {step.name}):
                said = _MISSING[step.do]
                raise PlanError(("inbound", "rules", index, "steps", at, "name"), said, name=step.name)

    def wards(self) -> Iterator[tuple[Path, str]]:
        """Wards that steps name, and where."""
        for index, rule in enumerate(self.rules):
            for at, step in enumerate(rule.steps):
                if isinstance(step, WardDesk):
                    yield ("rules", index, "steps", at, "ward"), step.ward

    def _extensions(self) -> Iterator[tuple[Path, str]]:
        yield from ((("fallback",), number) for number in self.fallback)
        for index, rule in enumerate(self.rules):
            for at, step in enumerate(rule.steps):
                if isinstance(step, Ring):
                    yield from ((("rules", index, "steps", at, "extensions"), number) for number in step.extensions)
