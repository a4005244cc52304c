"""Who may call what and for how long. Pure: the moment, the calendar and the schedules' switches are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers

from pbx.categories import OUTSIDE, WORDS, Category, Right
from pbx.causes import Cause
from pbx.number_plan import Here, Meaning
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.plan_outgoing import CallLimit, ClassOfService, Hours
from pbx.reason import Fact, Reason
from pbx.schedules import standing

MAY_NOT = "This telephone may not make such calls."
NOT_NOW = "This telephone may not make such calls at this time."
NOT_THERE = "This telephone may not call this place."
IS_BARRED = "This number is barred."


@dataclass(frozen=True)
class Verdict:
    """Whether a call may be made, and on what terms.

    refusal: one sentence for the caller; None where it may be made. cause: Q.850 of a refusal, 0 of none.
    limit: how long it may last, None for as long as they like. warning: so long before the limit both hear a beep.
    hidden: the caller's number is not shown.
    """

    why: tuple[Reason, ...]
    refusal: Reason | None = None
    cause: int = 0
    limit: timedelta | None = None
    warning: timedelta | None = None
    hidden: bool = False

    @property
    def allowed(self) -> bool:
        """Whether it may be made."""
        return self.refusal is None


def judge(plan: PbxPlan, here: Here, group: ExtensionGroup, called: Meaning, at: datetime) -> Verdict:
    """Whether a phone of `group` may call `called` at a moment. An emergency number is always allowed."""
    if called.kind == "emergency":
        return Verdict(())
    service = plan.class_of(group)
    rights, why = _rights(plan, here, service, at)
    told = (_named(group, service), *why)
    if called.needs is not None and called.needs not in rights:
        elsewhen = any(called.needs in one for one in (service.may_dial, *(row.may_dial for row in service.times)))
        return _no(told, NOT_NOW if elsewhen else MAY_NOT, service, called.needs)
    if called.kind != "outside" or called.category is None:
        return Verdict((*told, _yes(service, called.needs)))
    if barred := plan.outgoing.bars(called.number):
        said = Reason(
            "Numbers that begin with {prefix} are barred: {why}.", {"prefix": f"+{barred.prefix}", "why": barred.why}
        )
        return Verdict((*told, said), Reason(IS_BARRED), Cause.BARRED)
    if (codes := _codes(service, called.category)) and not _reaches(called, here, codes):
        said = Reason("Such calls may go to these codes only: {codes}.", {"codes": ", ".join(codes)})
        return Verdict((*told, said), Reason(NOT_THERE), Cause.BARRED)
    return _on_terms(service, called, (*told, _yes(service, called.needs)))


@dataclass(frozen=True)
class GroupRights:
    """What one group of extensions may dial at a moment."""

    group: ExtensionGroup
    service: ClassOfService
    rights: frozenset[Right]

    def limit(self, right: Right) -> CallLimit | None:
        """How long such a call may last; None for as long as they like."""
        if right not in OUTSIDE:
            return None
        return next((row for row in self.service.limits if not row.calls or right in row.calls), None)


def who_may(plan: PbxPlan, here: Here, at: datetime) -> tuple[GroupRights, ...]:
    """Every group of the plan."""
    return tuple(
        GroupRights(group, plan.class_of(group), rights_at(plan, here, group, at)) for group in plan.extensions
    )


def rights_at(plan: PbxPlan, here: Here, group: ExtensionGroup, at: datetime) -> frozenset[Right]:
    """Every right of a group at a moment."""
    return frozenset(_rights(plan, here, plan.class_of(group), at)[0])


def holds(plan: PbxPlan, here: Here, hours: Hours, at: datetime) -> tuple[bool, tuple[Reason, ...]]:
    """Whether a row counts at a moment, and why: its schedule is open, or closed where it says so."""
    if not hours.schedule:
        return True, ()
    local = at.astimezone(here.zone)
    found = standing(plan.schedule(hours.schedule), local, here.calendar, here.position(hours.schedule))
    return found.open is not hours.closed, found.why


def _rights(
    plan: PbxPlan, here: Here, service: ClassOfService, at: datetime
) -> tuple[Sequence[Right], tuple[Reason, ...]]:
    why: tuple[Reason, ...] = ()
    for row in service.times:
        counts, told = holds(plan, here, row, at)
        why += told
        if counts:
            return row.may_dial, why
    return service.may_dial, why


def _named(group: ExtensionGroup, service: ClassOfService) -> Reason:
    facts: dict[str, Fact] = {"group": group.name, "service": service.name}
    if group.rights:
        return Reason("The caller is of “{group}”, whose class of service is “{service}”.", facts)
    return Reason("The caller is of “{group}”.", facts)


def _yes(service: ClassOfService, category: Right | None) -> Reason:
    if category is None:
        return Reason("No right is needed for it.")
    return Reason("“{service}” may dial {category}.", {"service": service.name, "category": WORDS[category]})


def _no(told: tuple[Reason, ...], refusal: str, service: ClassOfService, needs: Right) -> Verdict:
    facts: dict[str, Fact] = {"service": service.name, "category": WORDS[needs]}
    message = "“{service}” may not dial {category}."
    if refusal == NOT_NOW:
        message = "“{service}” may not dial {category} at this time."
    return Verdict(
        (*told, Reason(message, facts)), Reason(refusal), Cause.BARRED if needs in OUTSIDE else Cause.REJECTED
    )


def _codes(service: ClassOfService, category: Category) -> tuple[str, ...]:
    if category == "national":
        return service.areas
    return service.countries if category == "international" else ()


def _reaches(called: Meaning, here: Here, codes: Sequence[str]) -> bool:
    code = str(phonenumbers.country_code_for_region(here.country)) if called.category == "national" else ""
    return any(called.number.startswith(code + one) for one in codes)


def _on_terms(service: ClassOfService, called: Meaning, told: tuple[Reason, ...]) -> Verdict:
    hidden = service.hide_number if called.hidden is None else called.hidden
    if service.hide_number and called.hidden is None:
        told += (Reason("The numbers of “{service}” are not shown.", {"service": service.name}),)
    row = next((row for row in service.limits if not row.calls or called.category in row.calls), None)
    if row is None:
        return Verdict(told, hidden=hidden)
    return Verdict(
        (*told, _limited(row)),
        limit=timedelta(seconds=row.seconds),
        warning=timedelta(seconds=row.warning) if row.warning else None,
        hidden=hidden,
    )


def _limited(row: CallLimit) -> Reason:
    if row.warning:
        message = "The call is cut after {seconds} seconds; a beep tells so {warning} seconds before."
        return Reason(message, {"seconds": row.seconds, "warning": row.warning})
    return Reason("The call is cut after {seconds} seconds.", {"seconds": row.seconds})
