"""Nothing can be written to the records while a nurse is called: she is called all the same, and nothing is lost."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.screens import card, part, part_is, same_page, shows, shows_not, station, watch

Sit = Callable[[str], Page]
PART = "storage:database"
STAYS, ATTENDED = "28", "9"


@pytest.fixture
def locked(ward: House) -> Iterator[sqlite3.Connection]:
    """Holds the records when it is told `BEGIN EXCLUSIVE`: nobody else writes until `ROLLBACK`."""
    with contextlib.closing(sqlite3.connect(ward.records, isolation_level=None, timeout=60)) as connection:
        yield connection
    ward.until_well()


def test_a_nurse_is_called_though_nothing_can_be_written(ward: House, locked: sqlite3.Connection, sit: Sit) -> None:
    """Lamp and voice as ever, and the page says that records cannot be kept; afterwards all that was is on record."""
    nurse, office = sit("nurse"), sit("it")
    station(nurse, ward, "ward-a")
    watch(office, ward)
    part_is(office, PART, "up")
    before = ward.journal_end()
    locked.execute("BEGIN EXCLUSIVE")

    with nurse.expect_response(re.compile(r"/speech/[^/]+\.wav$")) as clip:
        ward.simulate("press", line="ward-a", bed=STAYS)
    shows(nurse, STAYS)
    assert clip.value.body()[:4] == b"RIFF"
    expect(nurse.locator("#speaking")).to_have_attribute("title", re.compile("二十八床呼叫"))
    expect(card(nurse, STAYS).locator(".mark-unstored")).to_be_visible()
    part_is(office, PART, "down")
    expect(part(office, PART).locator(".part-detail")).to_contain_text("记录无法写入")
    ward.simulate("press", line="ward-a", bed=ATTENDED)
    shows(nurse, ATTENDED)
    ward.simulate("reset", line="ward-a", bed=ATTENDED)
    shows_not(nurse, ATTENDED)
    assert ward.journal_end() == before, "nothing was written"
    locked.execute("ROLLBACK")

    until(lambda: open_beds(ward) == [STAYS], "what was accepted to be on record")
    part_is(office, PART, "up")
    expect(card(nurse, STAYS).locator(".mark-unstored")).to_have_count(0)
    raised = [line["bed"] for line in ward.journal("nursecall.CallRaised", before)]
    assert raised == [STAYS, ATTENDED]
    ward.simulate("reset", line="ward-a", bed=STAYS)
    shows_not(nurse, STAYS)
    assert (same_page(nurse), same_page(office)) == (True, True)


def open_beds(house: House) -> list[str]:
    """Beds whose call is on record and has not ended."""
    return [row["bed"] for row in house.rows("SELECT bed FROM nurse_calls WHERE ended_at IS NULL ORDER BY raised_at")]
