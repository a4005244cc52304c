"""Where beds stand on the floor of a ward."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from nursecall.plan_wards import Ward


def ward(layout: dict[str, Any]) -> Ward:
    """Four beds."""
    facts = {"id": "a", "name": {"zh": "一", "en": "One"}, "beds": ["1-3", "加1"], "layout": layout}
    return Ward.model_validate(facts)


def test_without_a_layout_beds_are_as_listed() -> None:
    """As they always were."""
    assert ward({}).as_they_stand == ("1", "2", "3", "加1")


def test_beds_are_row_by_row() -> None:
    """Those that stand nowhere come last."""
    assert ward({"加1": [1, 1], "3": [2, 1], "1": [1, 2]}).as_they_stand == ("加1", "3", "1", "2")


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"9": [1, 1]}, "there is no bed '9'"),
        ({"1": [1, 1], "2": [1, 1]}, "bed 2 stands where bed 1 stands"),
        ({"1": [0, 1]}, "greater than or equal to 1"),
        ({"1": [41, 1]}, "less than or equal to 40"),
        ({"1": [1]}, "required"),
    ],
)
def test_what_cannot_be_drawn_is_refused(layout: dict[str, Any], said: str) -> None:
    """One sentence each."""
    with pytest.raises(ValidationError, match=said):
        ward(layout)
