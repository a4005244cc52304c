"""The billing section of the plan: how 600 is dialled and how credit is leased."""

from __future__ import annotations

from pydantic import Field

from appliance.foundation.config import Section


class BillingPlan(Section):
    """600 billing.

    access: the number dialled first.
    account_digits, pin_digits: lengths, so that one dialled string can be cut up.
    tariff: name of the retail tariff, which patients pay.
    lease_seconds: talk reserved at a time; extended before half of it is used.
    grace_seconds: what one lease may overrun, at most, while Asterisk cuts the call.
    pin_tries: wrong PINs before the account, or the extension, is locked.
    lock_minutes: how long such a lock lasts.
    """

    access: str = Field(default="600", pattern=r"^[0-9*]{1,6}$")
    account_digits: int = Field(default=6, ge=4, le=12)
    pin_digits: int = Field(default=4, ge=4, le=8)
    tariff: str = Field(default="retail", min_length=1, max_length=64)
    lease_seconds: int = Field(default=300, ge=30, le=3600)
    grace_seconds: int = Field(default=2, ge=0, le=30)
    pin_tries: int = Field(default=3, ge=1, le=10)
    lock_minutes: int = Field(default=30, ge=1, le=1440)
