"""Addresses on an ESPA 4.4.4 line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.foundation.config import PlanError
from nursecall.line_ends import party
from nursecall.plan_lines import EspaLine
from nursecall.wire.espa444 import Control


def line(**more: Any) -> EspaLine:
    """Of ward a."""
    return EspaLine.model_validate({"id": "w1", "ward": "a", "device": "w1", **more})


def test_several_stations_on_one_line_are_polled() -> None:
    """Each by its digit."""
    ours = party(line(role="control", own="2", peer="134"))
    assert isinstance(ours, Control)
    ours.begin(0)
    polled = set()
    for step in range(40):
        ours.tick(step / 10)
        if said := ours.outgoing():
            polled.add(said[-2:-1])
            ours.feed(b"\x04", step / 10)
    assert polled == {b"1", b"3", b"4"}


@pytest.mark.parametrize(
    "row",
    [
        {"role": "station", "own": "2", "peer": "13"},
        {"role": "control", "own": "2", "peer": "12"},
        {"role": "control", "own": "2", "peer": "11"},
        {"role": "station", "own": "2", "peer": "2"},
    ],
)
def test_addresses_that_cannot_be_are_named(row: dict[str, str]) -> None:
    """One host polls us; nobody is two."""
    with pytest.raises((PlanError, ValidationError), match="digit"):
        line(**row)
