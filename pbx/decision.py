"""What becomes of a dialled string: one answer for the live exchange, the command line and the panel alike. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pbx.categories import Category
from pbx.causes import Cause
from pbx.number_plan import NOBODY, Here, Kind, Meaning, Served, meaning, outside_meaning
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.reason import Reason
from pbx.rights import Verdict, judge
from pbx.routing import Cost, Line, branch_lines, emergency_lines, free_of_cost, lines

ITSELF = "This telephone cannot call itself."
NO_LINE = "All lines are busy. Please try again later."


class NoSuchExtension(ValueError):
    """The caller is no extension of the plan."""


@dataclass(frozen=True)
class Decision:
    """What becomes of it.

    allowed: whether the caller has the right; there may be no line all the same, then `routes` is empty.
    number: the extension, emergency number or served number; of an outside number the E.164 digits.
    routes: the ways out, the first to be tried first. limit, warning: as `rights.Verdict` has them.
    refusal: one sentence for the caller, and cause: Q.850, where the call is not made; None and 0 where it is.
    why: every step. Holds nothing of what follows a served number: that may be a PIN.
    """

    allowed: bool
    kind: Kind
    category: Category | None
    number: str
    routes: tuple[Line, ...]
    limit: timedelta | None
    warning: timedelta | None
    hidden: bool
    refusal: Reason | None
    cause: int
    why: tuple[Reason, ...]


def decide(
    plan: PbxPlan,
    here: Here,
    extension: str,
    dialled: str,
    at: datetime,
    *,
    served: Sequence[Served] = (),
    healthy: Collection[str] | None = None,
    cost: Cost = free_of_cost,
) -> Decision:
    """What becomes of `dialled` at `extension`, begun at `at` (aware). Raises NoSuchExtension.

    served: what the house serves under its numbers. healthy: trunks that can take a call now; None: all.
    """
    group = plan.group(extension)
    if group is None:
        raise NoSuchExtension(extension)
    called = meaning(dialled, plan, here, served)
    if called.kind == "extension" and called.number == extension:
        said = Reason(ITSELF)
        return _refused(called, Verdict((*called.why, said), said, Cause.REJECTED))
    return _decided(plan, here, group, extension, called, at, healthy, cost)


def decide_for_house(
    plan: PbxPlan,
    here: Here,
    number: str,
    at: datetime,
    *,
    healthy: Collection[str] | None = None,
    cost: Cost = free_of_cost,
) -> Decision:
    """The same for a number outside that the plan itself names, where calls are forwarded to or menus lead to.

    By the rights of `outgoing.house`. Extensions, emergency numbers and what the house serves are none.
    """
    return _decided(plan, here, plan.house(), "", outside_meaning(number, plan, here), at, healthy, cost)


def _decided(
    plan: PbxPlan,
    here: Here,
    group: ExtensionGroup,
    extension: str,
    called: Meaning,
    at: datetime,
    healthy: Collection[str] | None,
    cost: Cost,
) -> Decision:
    if called.kind == "nothing":
        return _refused(called, Verdict(called.why, Reason(NOBODY), Cause.UNALLOCATED))
    verdict = judge(plan, here, group, called, at)
    told = (*called.why, *verdict.why)
    if not verdict.allowed:
        return _refused(called, Verdict(told, verdict.refusal, verdict.cause))
    routes, why = _routes(plan, here, extension, called, at, healthy, cost)
    if called.kind in ("outside", "emergency") and not routes:
        said = Reason("No line can take the call now.")
        refusal, cause = Reason(NO_LINE), Cause.NO_CIRCUIT
        return Decision(
            True, called.kind, called.category, called.number, (), verdict.limit, verdict.warning, verdict.hidden,
            refusal, cause, (*told, *why, said),
        )  # fmt: skip
    return Decision(
        True, called.kind, called.category, called.number, routes, verdict.limit, verdict.warning, verdict.hidden,
        None, 0, (*told, *why),
    )  # fmt: skip


def _routes(
    plan: PbxPlan,
    here: Here,
    extension: str,
    called: Meaning,
    at: datetime,
    healthy: Collection[str] | None,
    cost: Cost,
) -> tuple[tuple[Line, ...], tuple[Reason, ...]]:
    if called.kind == "emergency":
        return emergency_lines(plan, called.number)
    if called.kind == "outside":
        return lines(plan, here, called, at, healthy=healthy, cost=cost)
    return branch_lines(plan, extension, called) if called.kind == "branch" else ((), ())


def _refused(called: Meaning, verdict: Verdict) -> Decision:
    return Decision(
        False, called.kind, called.category, called.number, (), None, None, False,
        verdict.refusal, verdict.cause, verdict.why,
    )  # fmt: skip
