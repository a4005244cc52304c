"""Which bed has which telephone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan
from nursecall.plan_phones import BedsidePhones
from tests.nursecall.a_ward import ward_with


def phones(beds: dict[str, str]) -> BedsidePhones:
    """As in the plan."""
    return BedsidePhones.model_validate({"beds": beds})


def test_beds_and_ranges_of_beds_have_extensions() -> None:
    """As many as there are beds, with their leading zeros; a room's bed is no range."""
    plan = phones({"28": "8028", "1-3": "0801-0803", "1203-2": "8900", "加1": "8901"})
    assert plan.beds == {"28": "8028", "1": "0801", "2": "0802", "3": "0803", "1203-2": "8900", "加1": "8901"}
    assert (plan.bed("0802"), plan.bed("9999")) == ("2", None)


@pytest.mark.parametrize(
    "beds",
    [
        {"1-3": "8001-8002"},
        {"1": "8001-8002"},
        {"3-1": "8003-8001"},
        {"1": "phone"},
        {"1-3": "8001-8003", "2": "8009"},
        {"1": "8001", "2": "8001"},
    ],
)
def test_what_does_not_fit_is_a_fault(beds: dict[str, str]) -> None:
    """Ranges of different length, no numbers, a bed or a telephone twice."""
    with pytest.raises(ValidationError):
        phones(beds)


@pytest.mark.parametrize("changes", [{"beds": {"99": "8099"}}, {"beds": {"1": "8001"}}])
def test_a_telephone_stands_at_a_bed_of_the_ward_and_is_not_its_desk(changes: dict[str, Any]) -> None:
    """Named by bed."""
    with pytest.raises(ValidationError, match="bed"):
        ward_with(0, desk="8001", phones=changes)


def test_a_bedside_telephone_is_an_extension() -> None:
    """The fault names the ward."""
    text = """
    site = { name = { zh = "院", en = "H" } }
    [[nursecall.wards]]
    id = "w"
    name = { zh = "病区", en = "Ward" }
    beds = ["1-4"]
    phones = { beds = { "2" = "8002" } }
    """
    with pytest.raises(Faulty) as why:
        parse(text, Plan)
    [fault] = why.value.faults
    assert (fault.path, fault.message) == ("nursecall.wards[0].phones.beds", "there is no extension 8002")
