"""The billing section of the plan: how 600 is dialled and how credit is leased."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from appliance.foundation.config import Section
from billing.card.plan import CardPlan
from billing.guard.plan import GuardPlan
from billing.plan_postpaid import PostpaidGroup

Mobile = Annotated[str, Field(pattern=r"^\+?[0-9]{3,19}$")]
World = Annotated[str, Field(pattern=r"^[1-9][0-9]{5,14}$")]


class BillingPlan(Section):
    """600 billing.

    access: the number dialled first.
    account_digits, pin_digits: lengths, so that one dialled string can be cut up.
    tariff: name of the retail tariff, which patients pay.
    lease_seconds: talk reserved at a time; extended before half of it is used.
    grace_seconds: what one lease may overrun, at most, while Asterisk cuts the call.
    pin_tries: wrong PINs before the account, or the extension, is locked.
    lock_minutes: how long such a lock lasts, unless a cashier ends it.
    alarm_to: mobile numbers that get a short message when an account or an extension is locked.
    another: pressed in mid-talk, or after it, for another number without hanging up; empty for none. Without a
        digit in it, so that it is no star code, and not what begins a recording.
    warning_seconds: so long before the end of the credit whoever pays hears a tone and how long is left; 0 for never.
    recent_numbers: so many numbers that were called last are read out to whoever knows the PIN; 0 for none.
    from_outside: whoever calls in from one of these numbers may dial on at an account's cost, by a menu that offers
        `calls` (DISA); nobody when it is empty. A number of the world as its digits, with country code and without +.
    open_on_admission: whether a patient who is admitted is given an account (by the hospital system's A01 or A04, or by
        a list of patients); who is discharged is then to be settled.
    postpaid: extensions whose calls outside are billed by the month, to a bed, a department or a person.
    card: the hospital's card system, if accounts can pay by card.
    guard: against toll fraud.
    """

    access: str = Field(default="600", pattern=r"^[0-9*]{1,6}$")
    account_digits: int = Field(default=6, ge=4, le=12)
    pin_digits: int = Field(default=4, ge=4, le=8)
    tariff: str = Field(default="retail", min_length=1, max_length=64)
    lease_seconds: int = Field(default=300, ge=30, le=3600)
    grace_seconds: int = Field(default=2, ge=0, le=30)
    pin_tries: int = Field(default=3, ge=1, le=10)
    lock_minutes: int = Field(default=30, ge=1, le=1440)
    alarm_to: tuple[Mobile, ...] = Field(default=(), max_length=10)
    another: str = Field(default="**", pattern=r"^([*#][*#]{1,2})?$")
    warning_seconds: int = Field(default=60, ge=0, le=300)
    recent_numbers: int = Field(default=5, ge=0, le=9)
    from_outside: tuple[World, ...] = Field(default=(), max_length=200)
    open_on_admission: bool = False
    postpaid: tuple[PostpaidGroup, ...] = ()
    card: CardPlan | None = None
    guard: GuardPlan = GuardPlan()
