"""The plan's section about the guard against toll fraud."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.values import Money, yuan
from pbx.plan_messages import Id

Prefix = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,14}$")]
"""Of a number of the world: digits with country code, without +."""
Kind = Literal["premium", "satellite"]
Then = Literal["alarm", "refuse"]


class Limit(Section):
    """What may be spent, or how many may call at once.

    of: `spend` (yuan in the last `minutes`, what calls under way hold included) or `calls` (at the same time).
    per: whose. most: yuan, or how many calls; more is too much, and 0 calls are none at all.
    to: only calls to these prefixes; all when it is empty. begins, ends: only at these hours of the site, `ends`
        exclusive; may cross midnight. then: tell people, or refuse the call as well.
    """

    id: Id
    of: Literal["spend", "calls"]
    per: Literal["account", "extension", "box"]
    most: int = Field(ge=0, le=1_000_000)
    minutes: int = Field(default=60, ge=1, le=1440)
    to: tuple[Prefix, ...] = ()
    begins: time | None = None
    ends: time | None = None
    then: Then = "alarm"

    @model_validator(mode="after")
    def _whole_hours(self) -> Limit:
        if (self.begins is None) != (self.ends is None) or (self.begins is not None and self.begins == self.ends):
            raise PlanError(("ends",), "begins and ends come together, and differ")
        return self

    @property
    def money(self) -> Money:
        """`most` yuan."""
        return yuan(self.most)

    def in_force(self, at: time) -> bool:
        """Whether it counts at this time of day of the site."""
        if self.begins is None or self.ends is None:
            return True
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


LIMITS = (
    Limit(id="account-hour", of="spend", per="account", most=100, minutes=60),
    Limit(id="extension-hour", of="spend", per="extension", most=100, minutes=60),
    Limit(id="box-hour", of="spend", per="box", most=1000, minutes=60),
    Limit(id="account-calls", of="calls", per="account", most=10),
)
"""What holds unless the plan says otherwise: people are told, nobody is refused."""


class GuardPlan(Section):
    """The guard against toll fraud.

    block: kinds of destinations that nobody calls: premium rate, and satellite and international networks.
    deny, allow: prefixes that nobody calls, and that may be called whatever their kind; the longest one counts.
    new_country: what happens at the first call ever to a country.
    """

    block: tuple[Kind, ...] = ("premium", "satellite")
    deny: tuple[Prefix, ...] = ()
    allow: tuple[Prefix, ...] = ()
    new_country: Literal["off", "alarm", "refuse"] = "alarm"
    limits: tuple[Limit, ...] = LIMITS

    @model_validator(mode="after")
    def _each_once(self) -> GuardPlan:
        seen = set[str]()
        for index, limit in enumerate(self.limits):
            if limit.id in seen:
                raise PlanError(("limits", index, "id"), "{id!r} is there twice", id=limit.id)
            seen.add(limit.id)
        for index, prefix in enumerate(self.deny):
            if prefix in self.allow:
                raise PlanError(("deny", index), "{prefix} is allowed, too", prefix=prefix)
        return self
