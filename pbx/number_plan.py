"""What a dialled string means. Pure: what the house serves and where it stands are handed in.

Of several meanings the first counts: an emergency number, with the access code and the codes that hide or show before
it too; an extension; what the house serves under a number, the longest first; a number of a branch; an outside number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal

import phonenumbers

from appliance.foundation.days import WEEKDAYS, Calendar
from pbx.categories import WORDS, Category, Right, carrier_of, category, is_mobile_of_china, short
from pbx.numbers import carrier_form, world_form
from pbx.plan import PbxPlan
from pbx.plan_branches import Branch
from pbx.reason import Fact, Reason
from pbx.schedules import Position

Kind = Literal["emergency", "extension", "service", "branch", "outside", "nothing"]

NOBODY = "This number does not exist."
_LONGEST = 40
_GLOBAL = 8
"""Digits that an international number has at least."""


@dataclass(frozen=True)
class Served:
    """A number that the house itself serves: 600, a queue, a star code.

    exact: the whole of it, else whatever begins with it. needs: the right to dial it; None for everybody.
    """

    number: str
    needs: Right | None = "billed"
    exact: bool = False

    def has(self, dialled: str) -> bool:
        """Whether it serves what was dialled."""
        return dialled == self.number if self.exact else dialled.startswith(self.number)


@dataclass(frozen=True)
class Here:
    """Where the exchange stands: ISO letters of the country, area code without its 0, time zone, calendar.

    position: how a schedule's switch stands by hand. carrier: that of an E.164 number, empty where nobody knows.
    below: why a trunk comes last where the cheapest goes first; None where it does not. unjudged: whether nobody knows
    yet how a trunk does.
    """

    country: str = "CN"
    area: str = ""
    zone: tzinfo = UTC
    calendar: Calendar = WEEKDAYS
    position: Callable[[str], Position] = lambda _: ""
    carrier: Callable[[str], str] = carrier_of
    below: Callable[[str], Reason | None] = lambda _: None
    unjudged: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True)
class Meaning:
    """What was dialled. number: the extension, emergency or served number; of an outside number the E.164 digits.

    needs: the right it takes; None for none. hidden: whether a code before the number hides or shows the caller's.
    Never holds what follows a served number: that may be a PIN.
    """

    kind: Kind
    number: str = ""
    category: Category | None = None
    needs: Right | None = None
    hidden: bool | None = None
    why: tuple[Reason, ...] = ()


def meaning(dialled: str, plan: PbxPlan, here: Here, served: Sequence[Served]) -> Meaning:
    """What `dialled` means at an extension of `plan`."""
    bare, hidden, steps = _uncoded(dialled, plan)
    if found := plan.ways_to_emergency().get(dialled):
        said = Reason("{number} is an emergency number: every telephone reaches it.", {"number": found})
        return Meaning("emergency", found, "emergency", why=(*steps, said))
    if plan.group(bare) is not None:
        said = Reason("{number} is an extension.", {"number": bare})
        return Meaning("extension", bare, "internal", "internal", hidden, (*steps, said))
    code = len(dialled) - len(bare)
    serving = [one for one in served if one.has(dialled) and len(one.number) > code]
    if serving:
        one = max(serving, key=lambda one: (len(one.number), one.exact))
        said = Reason("{number} is served by the house itself.", {"number": one.number})
        return Meaning("service", one.number, one.needs or "internal", one.needs, why=(said,))
    for branch in plan.branches:
        if (number := branch.reached(bare)) is not None:
            said = Reason("{number} is reached over the trunk {trunk}: a box of our own.", _over(branch, number))
            return Meaning("branch", bare, "internal", "internal", hidden, (*steps, said))
    for number, way in _outside(bare, plan, here):
        return _reached(number, here, hidden, (*steps, *way))
    return Meaning("nothing", why=(*steps, Reason(NOBODY)))


def outside_meaning(number: str, plan: PbxPlan, here: Here) -> Meaning:
    """What a number outside means that the plan itself names, as people write it: with the access code or without."""
    if number in plan.ways_to_emergency():
        return Meaning("nothing", why=(Reason(NOBODY),))
    digits = number.rstrip("#")
    ways = (*_uncarried(digits, plan, here, ()), *_outside(digits, plan, here)) if len(digits) <= _LONGEST else ()
    for found, way in ways:
        return _reached(found, here, None, way)
    return Meaning("nothing", why=(Reason(NOBODY),))


def dialled_at_an_extension(plan: PbxPlan, here: Here, number: str) -> str:
    """What an extension dials for a number as people write it; empty where nobody can dial it. Never an extension."""
    world = world_form(number, here.country, here.area)
    return plan.outgoing.access + carrier_form(world, "national", here.country) if world else ""


def world_meaning(number: str, here: Here) -> Meaning:
    """What E.164 `number` means, whoever it is that calls it."""
    return _reached(number, here, None, ())


def _reached(number: str, here: Here, hidden: bool | None, way: tuple[Reason, ...]) -> Meaning:
    kind = category(number, here.country, here.area)
    facts: dict[str, Fact] = {"number": f"+{number}", "category": WORDS[kind]}
    said = Reason("{number} is an outside number; it counts among: {category}.", facts)
    return Meaning("outside", number, kind, kind, hidden, (*way, said))


def _over(branch: Branch, number: str) -> dict[str, Fact]:
    return {"number": number, "trunk": branch.trunk}


def _uncoded(dialled: str, plan: PbxPlan) -> tuple[str, bool | None, tuple[Reason, ...]]:
    out = plan.outgoing
    for code, hidden, said in (
        (out.hide_code, True, "{code} before the number hides the caller's number."),
        (out.show_code, False, "{code} before the number shows the caller's number."),
    ):
        if code and dialled.startswith(code) and len(dialled) > len(code):
            return dialled.removeprefix(code), hidden, (Reason(said, {"code": code}),)
    return dialled, None, ()


def _outside(dialled: str, plan: PbxPlan, here: Here) -> Iterator[tuple[str, tuple[Reason, ...]]]:
    """Outside numbers that it may be, the likeliest first, and how each is come by."""
    digits, access = dialled.rstrip("#"), plan.outgoing.access
    if len(digits) > _LONGEST:
        return
    if access and digits.startswith(access):
        way = (Reason("{code} before the number asks for an outside line.", {"code": access}),)
        yield from _uncarried(digits.removeprefix(access), plan, here, way)
    if not (access and plan.outgoing.always_access):
        yield from _uncarried(digits, plan, here, ())


def _uncarried(
    digits: str, plan: PbxPlan, here: Here, way: tuple[Reason, ...]
) -> Iterator[tuple[str, tuple[Reason, ...]]]:
    for code in plan.outgoing.codes:
        if digits.startswith(code) and (number := _number(digits.removeprefix(code), here)):
            said = Reason(
                "{code}, a carrier's prefix code, is left out: the routes choose the carrier.", {"code": code}
            )
            yield number, (*way, said)
    if number := short(digits, here.country) or _number(digits, here):
        yield number, way


def _number(digits: str, here: Here) -> str | None:
    """E.164 of what is dialled for an outside line. New ranges of mobiles, and of other countries, are let through."""
    # No local number of China begins with 1 or 9: 16888888 is an information line, in whatever town.
    local = not (here.country == "CN" and digits.startswith(("1", "9")))
    if found := world_form(digits, here.country, here.area if local else ""):
        return found
    mobile = f"86{digits.removeprefix('0')}"
    if here.country == "CN" and is_mobile_of_china(mobile):
        return mobile
    abroad = re.fullmatch(rf"(?:\+|00)([1-9][0-9]{{{_GLOBAL - 1},14}})", digits) if digits.isascii() else None
    return abroad[1] if abroad and _country(abroad[1]) else None


def _country(number: str) -> bool:
    """Whether it begins with a country's code, and has a length that one of its numbers may have."""
    try:
        found = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return False
    return found == phonenumbers.ValidationResult.IS_POSSIBLE
