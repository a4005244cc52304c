"""Random bytes, cut blocks, wrong checks and a flood: every good press shows all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from nursecall.plan_types import TROUBLE
from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import same_page, shows, station

Sit = Callable[[str], Page]

BEDS = [str(bed) for bed in range(11, 16)]
TROUBLES: dict[str, dict[str, Any]] = {
    "random bytes": {"action": "garble", "seconds": 4},
    "a flood": {"action": "flood", "seconds": 4},
    "wrong checks": {"action": "wrong-bcc", "count": 3},
    "cut blocks": {"action": "cut", "count": 3},
}


@pytest.fixture
def rough_lines(house: House) -> Iterator[House]:
    """The house without an open call, its lines mended at the end."""
    house.quieten()
    yield house
    for line in ("ward-a", "ward-b"):
        house.simulate("line", line=line, action="ok")
    house.quieten()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_good_presses_show(rough_lines: House, sit: Sit, trouble: str) -> None:
    """On both lines at once: where the host polls us, and where we poll it."""
    house, lines = rough_lines, ("ward-a", "ward-b")
    pages = {line: sit("nurse") for line in lines}
    for line, page in pages.items():
        station(page, house, line)
        house.simulate("line", line=line, **TROUBLES[trouble])

    # Not waiting for one press to be acknowledged before the next: nurses and patients do not either.
    presses = [house.meanwhile("press", line=line, bed=bed, timeout=80) for bed in BEDS for line in lines]
    for press in presses:
        assert press.result(90)["acked_at"]

    for page in pages.values():
        for bed in BEDS:
            shows(page, bed)
        beds = page.locator("#queue li.call").filter(has_not=page.locator(".call-line"))
        assert beds.count() == len(BEDS), "and no other bed shows; that the line is in trouble may"
        assert same_page(page)
    until(lambda: stored(house) == {(line, bed): "raised" for line in lines for bed in BEDS}, "every call on record")


def stored(house: House) -> dict[tuple[str, str], str]:
    """Open calls of beds on record: ward and bed, and how they are."""
    query = "SELECT ward, bed, state FROM nurse_calls WHERE ended_at IS NULL AND call_type != ?"
    rows = house.rows(query, TROUBLE)
    return {(row["ward"], row["bed"]): row["state"] for row in rows}
