"""Who is kept out of the exchange: `[pbx.guard]` of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import pairwise

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class GuardPlan(Section):
    """An address that fails `failures` times within `minutes` is refused for the first of `ban_minutes`; when it comes
    again, for the next of them, at last for the last.

    allow: networks and addresses that are never refused: of wards, gateways, carriers.
    """

    failures: int = Field(default=20, ge=3, le=1000)
    minutes: int = Field(default=5, ge=1, le=60)
    ban_minutes: tuple[int, ...] = Field(default=(10, 60, 1440), min_length=1, max_length=10)
    allow: tuple[str, ...] = ()

    @field_validator("ban_minutes")
    @classmethod
    def _growing(cls, minutes: tuple[int, ...]) -> tuple[int, ...]:
        if minutes[0] < 1 or any(later < earlier for earlier, later in pairwise(minutes)):
            raise PlanError((), "should be minutes that grow, such as [10, 60, 1440]")
        return minutes

    @field_validator("allow")
    @classmethod
    def _networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for index, text in enumerate(allow):
            try:
                ip_network(text)
            except ValueError as why:
                said = "{text!r} is no address or network such as 10.8.0.0/16"
                raise PlanError((index,), said, text=text) from why
        return allow

    def sparing(self, hosts: Iterable[str]) -> GuardPlan:
        """The same, which never refuses those of `hosts` that are addresses either; no packet bears a name."""
        return self.model_copy(update={"allow": (*self.allow, *filter(_is_address, hosts))})

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """What is never refused."""
        return tuple(ip_network(text) for text in self.allow)
