"""Escalation trees: who is told when nobody comes, by what, how long after; and which tree is for which call."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from nursecall.plan_values import Identity, Seconds

By = Literal["station", "sms", "desk", "mobile", "pager", "ward", "supervisor", "speaker", "mail"]
"""How somebody is told: a screen, a short message, a telephone rung and spoken to, a pager, a neighbouring ward's
station, the supervisor's telephone, a loudspeaker, an e-mail."""

ROLES = r"duty|assigned|supervisor|role:[a-z0-9][a-z0-9-]{0,31}"
"""People by what they are now: all nurses on duty, those assigned to the bed, who supervises, who has some role."""

NUMBER = r"\+?[0-9]{2,15}"
IDENTITY = r"[a-z0-9][a-z0-9-]{0,31}"
TAKES: dict[By, str] = {
    "station": IDENTITY,
    "sms": f"{ROLES}|{NUMBER}",
    "desk": f"{ROLES}|{NUMBER}",
    "mobile": f"{ROLES}|{NUMBER}",
    "pager": rf"{IDENTITY}(:[0-9A-Za-z]{{1,16}})?",
    "ward": IDENTITY,
    "supervisor": "",
    "speaker": IDENTITY,
    "mail": r"[^@\s]+@[^@\s]+",
}
"""What `to` may be, whole."""

USUAL_TO: dict[By, str] = {"sms": "duty", "mobile": "duty"}
"""Whom a step without a `to` tells; the others then mean the call's own ward, its desk, its neighbours."""

NO_FAILSAFE = "is missing: say who is told last and is always there, such as failsafe = { by = 'station' }"


class Step(Section):
    """One step. after: seconds since the step before it, or since the call began to wait; None: the ward's patience.

    to: `duty`, `assigned`, `supervisor`, `role:ID`, a number, a ward, a pager system (`ID`, or `ID:ADDRESS` for one
        pager of it), a mail address: what `by` takes.
    attempts, repeat: how often, and seconds in between; without `repeat` as long as `after`.
    ring: seconds that each telephone rings before the next is tried.
    """

    by: By
    after: int | None = Field(default=None, ge=0, le=86_400)
    to: str | None = None
    repeat: Seconds | None = None
    attempts: int = Field(default=1, ge=1, le=20)
    ring: int = Field(default=25, ge=5, le=120)

    @model_validator(mode="after")
    def _fits(self) -> Step:
        if self.to is None and self.by in ("pager", "mail"):
            raise PlanError(("to",), "a step by {by} must say to whom", by=self.by)
        if self.to is not None and not re.fullmatch(TAKES[self.by], self.to):
            raise PlanError(("to",), "{to!r} is nobody a step by {by} can reach", to=self.to, by=self.by)
        if self.attempts > 1 and self.after == 0 and not self.repeat:
            raise PlanError(("repeat",), "several attempts need seconds in between")
        return self

    @property
    def whom(self) -> str | None:
        """`to`, or who is meant without it."""
        return self.to or USUAL_TO.get(self.by)

    @property
    def always_there(self) -> bool:
        """Whether it needs nobody to be on a roster."""
        return self.by != "supervisor" and not re.fullmatch(ROLES, self.whom or "")


class Tree(Section):
    """Steps in order, then the failsafe: a last destination that does not depend on who is on duty."""

    id: Identity
    steps: tuple[Step, ...] = Field(default=(), max_length=30)
    failsafe: Step

    @model_validator(mode="before")
    @classmethod
    def _has_a_failsafe(cls, tree: Any) -> Any:
        if isinstance(tree, dict) and not tree.get("failsafe"):
            raise PlanError(("failsafe",), NO_FAILSAFE)
        return tree

    @model_validator(mode="after")
    def _which_is_always_there(self) -> Tree:
        if not self.failsafe.always_there:
            raise PlanError(("failsafe", "to"), "must not depend on who is on duty: name a station, a desk or a number")
        return self

    def all_steps(self) -> tuple[Step, ...]:
        """With the failsafe, which is the last."""
        return (*self.steps, self.failsafe)

    def patient(self, patience: int) -> Tree:
        """This tree, where a step that does not say when it comes is due after `patience` seconds."""
        steps = [
            step if step.after is not None else step.model_copy(update={"after": patience}) for step in self.all_steps()
        ]
        return self.model_copy(update={"steps": tuple(steps[:-1]), "failsafe": steps[-1]})

    def pagers_named(self) -> Iterable[tuple[int, str]]:
        """Steps by pager and the system each names, as `wards_named`."""
        for index, step in enumerate(self.all_steps()):
            if step.by == "pager" and step.to is not None:
                yield index, step.to.partition(":")[0]

    def wards_named(self) -> Iterable[tuple[int, str]]:
        """Steps that name a ward, by their index; the failsafe's is the number of steps."""
        for index, step in enumerate(self.all_steps()):
            if step.by in ("station", "ward", "speaker") and step.to is not None:
                yield index, step.to


class TreeRule(Section):
    """Calls of these types, in these wards, begun in these shifts, by day or by night, go by `tree`.

    An empty list means any. The first rule that fits wins.
    """

    tree: Identity
    types: tuple[Identity, ...] = ()
    wards: tuple[Identity, ...] = ()
    shifts: tuple[Identity, ...] = ()
    hours: Literal["day", "night"] | None = None


USUAL = "usual"
"""The tree of a call for which nothing else is said."""


def usual(patience: int) -> Tree:
    """Three short messages to all on duty, `patience` seconds apart, then the station itself once more."""
    text = Step(by="sms", to="duty", after=patience, attempts=3)
    return Tree(id=USUAL, steps=(text,), failsafe=Step(by="station", after=patience))
