"""Accounts of patients who come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import sqlalchemy as sa

from appliance.admissions import Admissions
from appliance.foundation.bus import Bus
from appliance.plan import Plan
from billing.accounts import Accounts
from billing.plan import BillingPlan
from billing.schema import accounts
from nursecall.patient import Patient
from nursecall.patient_events import PatientCame, PatientLeft
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


class Ward:
    """Beds, accounts, and a plan that gives each patient one, or does not."""

    def __init__(self, *, opens: bool = True) -> None:
        self.database, self.clock, self.bus = InlineDatabase(), FakeClock(), Bus()
        self.beds: dict[str, Patient] = {}
        billing = BillingPlan(open_on_admission=opens)
        self.plan = cast(Plan, SimpleNamespace(billing=billing, site=SimpleNamespace(language="zh")))
        self.accounts = Accounts(self.database, billing, self.clock, self.bus)
        self.admissions = Admissions(self.bus, lambda: self.plan, self, self.accounts, self.clock)

    def every(self, ward: str | None = None) -> Sequence[Patient]:
        return list(self.beds.values())

    def comes(self, visit: str, name: str, *, told: bool = True) -> None:
        """A01."""
        self.beds[visit] = replace(PATIENT, name=name, key=visit)
        if told:
            self.bus.publish(PatientCame(at=self.clock.now(), visit=visit, ward="w1", bed="28"))

    def leaves(self, visit: str, *, told: bool = True) -> None:
        """A03."""
        del self.beds[visit]
        if told:
            self.bus.publish(PatientLeft(at=self.clock.now(), visit=visit, ward="w1", bed="28"))

    def rows(self) -> list[tuple[str, str, bool]]:
        """Holder, visit and whether it is to be settled."""
        with self.database.engine.connect() as connection:
            query = sa.select(accounts.c.holder, accounts.c.patient, accounts.c.leaving_at).order_by(accounts.c.patient)
            return [(row.holder, row.patient, row.leaving_at is not None) for row in connection.execute(query)]


PATIENT = Patient("w1", "28", "H1", "王秀英", "F", None, 2, None, "")


def test_who_is_admitted_gets_one_account() -> None:
    """Told twice, or moved out and in again, no second one."""
    ward = Ward()
    for _ in range(2):
        ward.comes("v:1", "王秀英")
    assert ward.rows() == [("王秀英", "v:1", False)]


def test_who_is_discharged_is_to_be_settled_until_they_come_back() -> None:
    """A03, and then A13 or a return."""
    ward = Ward()
    ward.comes("v:1", "王秀英")
    ward.leaves("v:1")
    assert ward.rows() == [("王秀英", "v:1", True)]
    ward.comes("v:1", "王秀英")
    assert ward.rows() == [("王秀英", "v:1", False)]


def test_what_was_missed_is_made_up_for() -> None:
    """One came and one left while the box was down; done again, nothing more happens."""
    ward = Ward()
    ward.comes("v:1", "王秀英")
    ward.comes("v:2", "李明", told=False)
    ward.leaves("v:1", told=False)
    for _ in range(2):
        now(ward.admissions.catch_up())
    assert ward.rows() == [("王秀英", "v:1", True), ("李明", "v:2", False)]


def test_an_empty_list_of_patients_settles_nobody() -> None:
    """It was not read yet, or was lost."""
    ward = Ward()
    ward.comes("v:1", "王秀英")
    ward.beds.clear()
    now(ward.admissions.catch_up())
    assert ward.rows() == [("王秀英", "v:1", False)]


def test_nobody_gets_an_account_unless_the_plan_says_so() -> None:
    """One that was opened by hand for a visit is to be settled all the same."""
    ward = Ward(opens=False)
    ward.comes("v:1", "王秀英")
    assert ward.rows() == []
    now(ward.accounts.open("李明", "zh", "cashier", patient="v:2"))
    ward.comes("v:2", "李明")
    ward.leaves("v:2")
    assert ward.rows() == [("李明", "v:2", True)]
