"""What telephones can do besides calling: `[pbx.features]` of the plan, star codes among it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.toml_lines import Path
from pbx.plan_seating import Seating
from pbx.spans import Span, each

Star = Annotated[str, Field(pattern=r"^(\*[0-9]{1,3})?$")]
Keys = Annotated[str, Field(pattern=r"^([*#][0-9*#]{1,2})?$")]
Sound = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Extension = Annotated[str, Field(pattern=r"^([0-9]{2,6})?$")]


class StarCodes(Section):
    """What is dialled for each feature, as the telephone companies of China have it; empty for none.

    pick_up: with an extension after it that one, alone any of the group.
    forward_always, forward_busy, forward_no_answer: with a number after it; follow_me: with the extension at which one
    is; take_over: with the extension whose calls ring here. The same with # for * ends it.
    do_not_disturb, call_waiting: alone; with # for * the contrary.
    park: puts the caller down, a number is said by which any telephone takes them up.
    seat: brings one's own number to the telephone, by PIN; with # for * it leaves.
    """

    pick_up: Star = "*8"
    forward_always: Star = "*57"
    forward_busy: Star = "*40"
    forward_no_answer: Star = "*41"
    do_not_disturb: Star = "*56"
    call_waiting: Star = "*58"
    follow_me: Star = "*71"
    take_over: Star = "*72"
    park: Star = "*70"
    seat: Star = "*75"

    def each(self) -> Iterator[tuple[str, str]]:
        """Feature and code of all that are in use."""
        yield from ((name, code) for name in type(self).model_fields if (code := getattr(self, name)))

    def dialled(self) -> dict[str, str]:
        """Everything by which a feature is reached, and which: with # for * it ends."""
        begun = {code: name for name, code in self.each()}
        return begun | {f"#{code[1:]}": name for name, code in self.each() if name not in ("pick_up", "park")}

    @model_validator(mode="after")
    def _apart(self) -> StarCodes:
        for (_, code), (name, other) in combinations(self.each(), 2):
            if code.startswith(other) or other.startswith(code):
                raise PlanError((name,), "{number} is dialled for two things", number=other)
        return self


class InCallKeys(Section):
    """What is pressed while talking, by telephones that have no key for it; empty for none.

    transfer: then a number, and the other is handed on. consult: then a number; talk, and hang up to hand over, or
    press `back` to have the first again, or `together` for all three. outside: also for whoever is outside.
    """

    transfer: Keys = "##"
    consult: Keys = "*2"
    back: Keys = "*0"
    together: Keys = "*3"
    outside: bool = False

    def each(self) -> Iterator[tuple[str, str]]:
        """Feature and keys of all that are in use."""
        names = ("transfer", "consult", "back", "together")
        yield from ((name, keys) for name in names if (keys := getattr(self, name)))

    @model_validator(mode="after")
    def _apart(self) -> InCallKeys:
        for (_, keys), (name, other) in combinations(self.each(), 2):
            if keys.startswith(other) or other.startswith(keys):
                raise PlanError((name,), "{number} is pressed for two things", number=other)
        return self


class Parking(Section):
    """slots: numbers by which parked callers are taken up. minutes: then whoever parked them is rung."""

    slots: Span = "701-709"
    minutes: int = Field(default=3, ge=1, le=60)


class FeaturesPlan(Section):
    """groups: extensions that pick up for one another; without any, those of the same row of `extensions`.

    seconds: how long a telephone rings before it counts as not answered where somebody else is to be tried.
    take_over: by whom calls of another's extension may be taken over: his group, anyone, nobody.
    accept: who answers a call outside that an extension sends on must take it by pressing 1.
    operator: an extension that gets what nobody else takes.
    hold_music: sound files among the prompts, played in turn to who waits; without any, music of our own.
    """

    codes: StarCodes = StarCodes()
    keys: InCallKeys = InCallKeys()
    parking: Parking = Parking()
    seating: Seating = Seating()
    groups: tuple[tuple[Span, ...], ...] = ()
    seconds: int = Field(default=20, ge=5, le=120)
    take_over: Literal["nobody", "group", "anyone"] = "group"
    accept: bool = True
    operator: Extension = ""
    hold_music: tuple[Sound, ...] = Field(default=(), max_length=20)

    @property
    def patience(self) -> timedelta:
        """How long a telephone rings where somebody else is to be tried."""
        return timedelta(seconds=self.seconds)

    def used(self) -> StarCodes:
        """The codes, without those of what the plan does not have."""
        return self.codes if self.seating.numbers else self.codes.model_copy(update={"seat": ""})

    def slots(self) -> tuple[str, ...]:
        """Every number by which somebody is taken up; none where nobody can be parked."""
        return each(self.parking.slots) if self.codes.park else ()

    def served(self) -> Iterator[tuple[Path, str]]:
        """Numbers that are dialled, and where they stand."""
        yield from ((("codes", name), code) for code, name in self.used().dialled().items())
        yield from ((("parking", "slots"), slot) for slot in self.slots())

    def named(self) -> Iterator[tuple[Path, str]]:
        """Extensions that are named, and where."""
        if self.operator:
            yield ("operator",), self.operator
        yield from self.seating.named()
        for index, group in enumerate(self.groups):
            for place, span in enumerate(group):
                yield from ((("groups", index, place), number) for number in each(span))

    def group_of(self, extension: str, otherwise: Collection[str]) -> frozenset[str]:
        """Who picks up for whom; otherwise: the extensions of the same row of the plan."""
        for group in self.groups:
            numbers = frozenset(number for span in group for number in each(span))
            if extension in numbers:
                return numbers
        return frozenset() if self.groups else frozenset(otherwise)
