"""Runs of extensions parted for a class of service, and renumbered wherever the plan names them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.toml_edit import with_value
from appliance.plan import Plan
from pbx.renumbering import renumbered, runs, with_rights
from pbx.spans import each
from tests.test_sample_hospital import HOSPITAL

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
RUN = {"numbers": "8001-8006", "name": {"zh": "一", "en": "one"}, "may_dial": ["internal"], "fax": True}


def spans(groups: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Numbers and class of each row."""
    return [(group["numbers"], group.get("rights", "")) for group in groups]


def test_a_run_is_parted_where_only_some_have_the_class() -> None:
    """What else is said of it stays; a list of its own gives way to the class."""
    made = with_rights([RUN], ["8003", "8004", "8006"], "ward")
    assert spans(made) == [("8001-8002", ""), ("8003-8004", "ward"), ("8005", ""), ("8006", "ward")]
    assert all(one["fax"] for one in made)
    assert [("may_dial" in one) for one in made] == [True, False, True, False]


def test_a_whole_run_is_not_parted_and_what_has_it_already_stays() -> None:
    """One row in, one row out."""
    assert spans(with_rights([RUN], each("8001-8006"), "ward")) == [("8001-8006", "ward")]
    has = {**RUN, "rights": "ward"}
    assert with_rights([has], ["8003"], "ward") == [has]


@given(st.sets(st.integers(1, 999)))
def test_runs_are_the_numbers(numbers: set[int]) -> None:
    """Each of them, once."""
    written = [f"{number:04}" for number in numbers]
    assert [number for span in runs(written) for number in each(span)] == sorted(written)


@pytest.mark.parametrize("first", [7001, 70001])
def test_every_extension_of_the_sample_hospital_can_have_another_number(first: int) -> None:
    """And all that names one names the new one: the plan fits, and means the same of the others."""
    plan = Plan.model_validate(tomllib.loads(TEXT))
    old = plan.pbx.numbers()
    numbers = {number: str(first + step) for step, number in enumerate(old)}
    after = Plan.model_validate(tomllib.loads(with_value(TEXT, (), renumbered(tomllib.loads(TEXT), numbers))))
    assert after.pbx.numbers() == tuple(numbers.values())
    assert [ward.desk for ward in after.nursecall.wards] == [
        numbers[ward.desk] if ward.desk else None for ward in plan.nursecall.wards
    ]
    assert after.nursecall.wards[0].phones.beds == {
        bed: numbers[number] for bed, number in plan.nursecall.wards[0].phones.beds.items()
    }
    assert after.pbx.inbound.rules[-1].steps[1] == plan.pbx.inbound.rules[-1].steps[1]
    assert after.pbx.features.operator == numbers[plan.pbx.features.operator]


def test_some_are_renumbered_and_the_rest_stays() -> None:
    """A run in which they stood is parted; comments stay where they are."""
    text = with_value(TEXT, (), renumbered(tomllib.loads(TEXT), {"8090": "8190"}))
    plan = Plan.model_validate(tomllib.loads(text))
    assert "8190" in plan.pbx.numbers()
    assert "8090" not in plan.pbx.numbers()
    assert plan.pbx.features.operator == "8190"
    assert 'operator = "8190"              # gets a parked caller whom nobody takes' in text
