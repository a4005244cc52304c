"""What people are told of the certificate in force."""

from __future__ import annotations

from datetime import datetime, timedelta

from appliance.foundation.clock import Clock
from appliance.foundation.health import State
from appliance.tls.identity import called
from appliance.tls.names import of
from appliance.tls.shelf import InForce, Shelf
from web.certificates import CertificateShown

WARNED = timedelta(days=30)
"""Before the end, where somebody has to bring a new one."""

Word = tuple[State, str, tuple[tuple[str, str], ...]]
"""State, message id, its facts."""


def word(in_force: InForce, now: datetime, *, is_automatic: bool) -> Word:
    """is_automatic: the box asks for the hospital's by itself, and says elsewhere if that fails."""
    ends = in_force.identity.leaf.not_valid_after_utc
    facts = (("date", f"{ends:%Y-%m-%d}"), ("days", str((ends - now).days)))
    if in_force.trouble:
        return State.DEGRADED, in_force.trouble, in_force.facts
    if is_automatic and not in_force.own:
        return State.UP, "The hospital's certificate, until {date}; the box asks for the next by itself.", facts
    if ends - now < WARNED:
        return State.DEGRADED, "The certificate ends in {days} days, on {date}: bring a new one.", facts
    if in_force.own:
        return State.UP, "The box's own certificate, until {date}; it renews it by itself.", facts
    return State.UP, "The hospital's certificate, until {date}.", facts


def shown(in_force: InForce, shelf: Shelf, clock: Clock) -> CertificateShown:
    """For people."""
    leaf = in_force.identity.leaf
    return CertificateShown(
        own=in_force.own, names=of(leaf), issuer=called(leaf.issuer), begins=leaf.not_valid_before_utc,
        ends=leaf.not_valid_after_utc, days=(leaf.not_valid_after_utc - clock.now()).days,
        sha256=in_force.identity.sha256, asked=shelf.asked() is not None, kept=shelf.has_hospitals(),
        trouble=in_force.trouble, facts=dict(in_force.facts),
    )  # fmt: skip
