"""What Asterisk is to dial so that a carrier gets a number as it wants it."""

from __future__ import annotations

from collections.abc import Sequence

from pbx.engine import dahdi, sip_trunks
from pbx.numbers import carrier_form
from pbx.plan_trunks import SipTrunk, Trunk


def ways(trunks: Sequence[Trunk], trunk: Trunk, number: str, country: str) -> tuple[str, ...]:
    """Channel names for E.164 `number` (digits without +) over `trunk` of `trunks`, each to be tried in turn."""
    return as_given(trunks, trunk, carrier_form(number, trunk.format, country))


def as_given(trunks: Sequence[Trunk], trunk: Trunk, digits: str, *, says: bool = False) -> tuple[str, ...]:
    """The same for digits that the carrier takes as they are, such as 120.

    says: the call itself says which caller's number is shown.
    """
    if isinstance(trunk, SipTrunk):
        return sip_trunks.dialled(trunk, digits, says=says)
    return (f"DAHDI/g{dahdi.group(trunks, trunk)}/{digits}",)
