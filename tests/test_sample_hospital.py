"""The hospital that ships: a plan, tariffs and patients that fit one another."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from pydantic import BaseModel

from appliance.foundation.config import Section, parse
from appliance.plan import Plan
from billing.rating import Tariff
from billing.tariff_csv import parse as parse_tariff
from nursecall.duties import PlanDuties
from nursecall.patient_file import read_patients
from nursecall.roster_file import read_staff

HOSPITAL = Path(__file__).parent.parent / "hospital"
PLAN = parse((HOSPITAL / "plan.toml").read_text("utf-8"), Plan)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NIGHT = datetime(2026, 3, 2, 2, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def tariff(name: str) -> Tariff:
    return Tariff(name, parse_tariff((HOSPITAL / "tariffs" / f"{name}.csv").read_text("utf-8")))


RETAIL = tariff("retail")
COST = {trunk.id: tariff(trunk.tariff) for trunk in PLAN.pbx.trunks}


def retail_rows() -> Iterator[dict[str, str]]:
    with (HOSPITAL / "tariffs" / "retail.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_the_plan_is_the_one_that_was_promised() -> None:
    """Two wards of forty beds with a line each, a small one with every other kind of line, a hundred extensions …"""
    assert [len(ward.beds) for ward in PLAN.nursecall.wards] == [40, 40, 12]
    lines = [(line.ward, line.protocol, getattr(line, "role", None)) for line in PLAN.nursecall.lines]
    assert lines == [
        ("ward-a", "espa444", "station"),
        ("ward-b", "espa444", "control"),
        *(("ward-c", protocol, None) for protocol in ("text", "modbus", "espax", "tap")),
    ]
    assert len(PLAN.pbx.numbers()) == 100
    assert len({trunk.tariff for trunk in PLAN.pbx.trunks}) == 3
    assert len(PLAN.pbx.modems) == 1


@pytest.mark.parametrize("hour", range(24))
def test_somebody_is_on_duty_at_every_hour(hour: int) -> None:
    """Else a call at night would reach nobody."""
    duties = PlanDuties(lambda: PLAN.nursecall, PLAN.site.zone)
    for ward in PLAN.nursecall.wards:
        assert duties.on_duty(ward.id, NOON.replace(hour=hour))


def test_every_patient_lies_in_a_bed_of_the_plan() -> None:
    """As the import itself reads the file; bed 28 of ward A has first-grade care, a few beds are empty."""
    patients = read_patients((HOSPITAL / "patients.csv").read_text("utf-8"), PLAN.nursecall)
    assert 60 <= len(patients) < 80
    grades = {(patient.ward, patient.bed): patient.care_grade for patient in patients}
    assert grades["ward-a", "28"] == 1
    assert set(grades.values()) == {0, 1, 2, 3}
    assert len({patient.number for patient in patients}) == len(patients)


def test_the_staff_of_the_sample_fits_its_plan() -> None:
    """As the import reads it; everybody whom the plan's rosters name works here, with the same telephone."""
    people = read_staff((HOSPITAL / "staff.csv").read_bytes(), PLAN.nursecall)
    assert {"nurse", "supervisor", "doctor", "porter"} == {one.role for one in people}
    named = {(ward.id, duty.nurse, duty.role, duty.mobile) for ward in PLAN.nursecall.wards for duty in ward.roster}
    assert named <= {(one.ward, one.name, one.role, one.mobile) for one in people}


@pytest.mark.parametrize(
    ("number", "seconds", "charge", "at"),
    [
        ("8657188123456", 45, "0.22", NOON),  # local: 0.22 for up to three minutes
        ("8657188123456", 185, "0.33", NOON),  # and 0.11 for each minute begun after them
        ("8613800138000", 61, "0.61", NOON),  # mobile: a fen a second
        ("8613800138000", 100, "0.60", NIGHT),  # 0.36 a minute at night
        ("861085551234", 7, "0.14", NOON),  # Beijing: 0.07 each 6 seconds
        ("861085551234", 7, "0.08", NIGHT),
        ("8657487123456", 60, "0.40", NOON),  # Ningbo, in the same province
        ("85223456789", 60, "1.50", NOON),
        ("12125550123", 6, "0.50", NOON),  # at least 0.50 abroad
        ("12125550123", 60, "1.44", NIGHT),
    ],
)
def test_what_patients_pay(number: str, seconds: int, charge: str, at: datetime) -> None:
    """Worked by hand from the table's own words."""
    assert RETAIL.rate(number, at, seconds).amount == Decimal(charge) * 10_000


@pytest.mark.parametrize(
    ("number", "cheapest"),
    [
        ("8657188123456", "telecom"),
        ("8657487123456", "telecom"),
        ("861085551234", "unicom"),
        ("8613800138000", "mobile"),
        ("8613012345678", "unicom"),
        ("8618912345678", "telecom"),
        ("85223456789", "mobile"),
        ("12125550123", "unicom"),
        ("81312345678", "telecom"),
    ],
)
def test_different_trunks_are_cheapest_for_different_numbers(number: str, cheapest: str) -> None:
    """Else there would be nothing to choose."""
    prices = {trunk: cost.rate(number, NOON, 60).amount for trunk, cost in COST.items()}
    assert min(prices, key=lambda trunk: prices[trunk]) == cheapest
    assert list(prices.values()).count(min(prices.values())) == 1


def test_no_destination_is_sold_below_its_cost() -> None:
    """By day and by night, on every trunk, for a minute and for ten."""
    for row in retail_rows():
        number = row["prefix"].ljust(12, "0")
        for at in (NOON, NIGHT):
            for seconds in (60, 600):
                price = RETAIL.rate(number, at, seconds).amount
                assert all(cost.rate(number, at, seconds).amount < price for cost in COST.values()), row


def test_the_table_covers_china_and_the_world() -> None:
    """Every area code, every mobile range of the three carriers, and nearly all countries."""
    prefixes = {row["prefix"] for row in retail_rows()}
    mobile = {f"86{segment}" for segment in range(130, 200)}
    assert sum(prefix.startswith("86") and prefix[:5] not in mobile for prefix in prefixes) > 300
    for segment in ("134", "139", "147", "159", "188", "198", "130", "155", "186", "196", "133", "153", "189", "199"):
        assert f"86{segment}" in prefixes
    codes = {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}
    assert len(codes & prefixes) > 200


def test_every_key_of_the_plan_is_in_the_manual() -> None:
    """docs/plan.md explains what `nightbell check` accepts, all of it."""
    manual = (HOSPITAL.parent / "docs" / "plan.md").read_text("utf-8")
    assert [path for path in _keys(Plan) if f"`{path.rpartition('.')[2]}`" not in manual] == []


def _kinds(annotation: object) -> Iterator[object]:
    """All that an annotation names, in unions too."""
    yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)


def _keys(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        parts = [kind for kind in _kinds(field.annotation) if isinstance(kind, type) and issubclass(kind, Section)]
        for part in parts:
            yield from _keys(part, f"{path}{name}.")
        if not parts:
            yield f"{path}{name}"
