"""Hospital IT draws a ward, maps its call points, and puts that in force on the running box; then takes it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.house import House
from tests.e2e.patience import until
from tests.e2e.plans import put_back, revision
from tests.e2e.screens import PATIENT, go_to, same_page, shows, shows_not, station

Sit = Callable[[str], Page]

WIRED, TEXT = "ward-c-contacts", "ward-c-text"
AS_LISTED = [str(bed) for bed in range(1, 13)]
AS_DRAWN = ["12", "2", "4", "5", "6", "7", "8", "9", "10", "11", "1", "3"]


@pytest.fixture
def rehab(ward: House) -> Iterator[House]:
    """The house; at the end with the plan that it had, and no call that only another plan knows how to end."""
    with put_back(ward):
        yield ward
        for line, bed in ((WIRED, "4"), (TEXT, "2")):
            ward.simulate("reset", line=line, bed=bed)


def test_a_bed_is_moved_and_a_call_point_mapped(rehab: House, sit: Sit) -> None:
    """By mouse and by keyboard; kept, put in force, seen and heard at the station, and taken back with one click."""
    nurse = sit("nurse")
    station(nurse, rehab, "ward-c")
    beds_are(nurse, AS_LISTED)
    page = sit("it")
    go_to(page, "/plan")
    page.locator(".plan-wards a[href$='/ward-c']").click()
    first, before = revision(rehab), newest(rehab)

    drag(page, "1", "12")
    assert stands(page, "1") == (2, 2)
    assert stands(page, "12") == (1, 1)
    assert [stands(page, bed) for bed in ("2", "5", "10", "11")] == [(2, 1), (5, 1), (10, 1), (1, 2)]
    page.locator('[data-bed="3"]').focus()
    page.keyboard.press("ArrowDown")
    assert stands(page, "3") == (3, 2)

    for means in ("call", "reset"):
        contact(page, bed="4", means=means).locator("[name=bed]").select_option("11")
    named = page.locator(".plan-line", has=page.locator(f"[data-points='{TEXT}']"))
    named.locator("[data-add-point]").click()
    named.locator("[name=says]").fill("2")
    named.locator("[name=bed]").select_option("8")

    page.locator("#save").click()
    kept = until(lambda: number if (number := newest(rehab)) > before else None, "a new revision")
    expect(page.locator(".plan-state .primary")).to_contain_text(str(kept), timeout=PATIENT)
    assert revision(rehab) == first
    beds_are(nurse, AS_LISTED)
    page.locator(".plan-state .primary").click()
    expect(page.locator("tr.in-force td").first).to_have_text(re.compile(rf"^{kept}\b"), timeout=PATIENT)
    beds_are(nurse, AS_DRAWN)

    rehab.simulate("press", line=WIRED, bed="4")
    shows(nurse, "11")
    rehab.simulate("press", line=TEXT, bed="2")
    shows(nurse, "8")
    until(lambda: on_record(rehab) == ["11", "8"], "both calls on record")
    for line, pressed, shown in ((WIRED, "4", "11"), (TEXT, "2", "8")):
        rehab.simulate("reset", line=line, bed=pressed)
        shows_not(nurse, shown)

    go_to(page, "/plan")
    page.locator(f"form[action='/plan/revisions/{first}/activate'] button").first.click()
    beds_are(nurse, AS_LISTED)
    rehab.simulate("press", line=WIRED, bed="4")
    shows(nurse, "4")
    rehab.simulate("reset", line=WIRED, bed="4")
    shows_not(nurse, "4")
    assert revision(rehab) == first
    assert same_page(nurse)


def test_a_bed_that_is_let_go_outside_or_with_escape(rehab: House, sit: Sit) -> None:
    """Beyond the edge it stands at the edge; with Escape it stays where it was, and there is nothing to keep."""
    page = sit("it")
    page.goto(rehab.page("/plan/wards/ward-c"))
    page.locator('[data-bed="5"]').hover()
    page.mouse.down()
    over(page, "8")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert stands(page, "5") == (5, 1)
    expect(page.locator("#save")).to_be_disabled()
    page.locator('[data-bed="5"]').hover()
    page.mouse.down()
    page.mouse.move(2, 2, steps=5)
    page.mouse.up()
    assert stands(page, "5") == (1, 1)
    expect(page.locator("#save")).to_be_enabled()


def test_what_does_not_fit_is_said_and_nothing_is_kept(rehab: House, sit: Sit) -> None:
    """An input that is wired twice; the sentence names its place."""
    before = rehab.rows("SELECT id FROM plan_revisions")
    page = sit("it")
    page.goto(rehab.page("/plan/wards/ward-c"))
    lines = page.locator(".plan-line", has=page.locator(f"[data-points='{WIRED}']"))
    lines.locator("[data-add-point]").click()
    row = lines.locator("tbody tr").last
    row.locator("[name=unit]").fill("6")
    row.locator("[name=input]").fill("0")
    page.locator("#save").click()
    expect(page.locator("#plan-fault")).to_contain_text("nursecall.lines[3].units[1].contacts", timeout=PATIENT)
    assert rehab.rows("SELECT id FROM plan_revisions") == before


def drag(page: Page, bed: str, onto: str) -> None:
    """With the mouse, as a hand does it: across whatever stands between."""
    page.locator(f'[data-bed="{bed}"]').hover()
    page.mouse.down()
    over(page, onto)
    page.mouse.up()


def over(page: Page, bed: str) -> None:
    """Move what the hand holds to where a bed stands."""
    end = page.locator(f'[data-bed="{bed}"]').bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=25)


def stands(page: Page, bed: str) -> tuple[int, int]:
    """Column and row of a bed on the floor."""
    row, column = page.locator(f'[data-bed="{bed}"]').evaluate(
        "bed => [bed.style.gridRowStart, bed.style.gridColumnStart]"
    )
    return int(column), int(row)


CHOOSES = """(rows, wanted) => rows.findIndex(row =>
    Object.entries(wanted).every(([name, value]) => row.querySelector(`[name=${name}]`).value === value))"""


def contact(page: Page, **wanted: str) -> Locator:
    """The row of a contact; found once, so that changing it does not lose it."""
    rows = page.locator(f"[data-points='{WIRED}'] tbody tr")
    found = rows.evaluate_all(CHOOSES, wanted)
    assert found >= 0
    return rows.nth(found)


def beds_are(page: Page, labels: list[str]) -> None:
    """Wait until the station shows these beds in this order."""
    expect(page.locator(".beds .bed-label")).to_have_text(labels, timeout=PATIENT)


def on_record(house: House) -> list[str]:
    """The beds of open calls; a screen may show them sooner."""
    return [row["bed"] for row in house.rows("SELECT bed FROM nurse_calls WHERE ended_at IS NULL ORDER BY bed")]


def newest(house: House) -> int:
    """The last revision that was kept, in force or not."""
    return int(house.rows("SELECT MAX(id) AS id FROM plan_revisions")[0]["id"])
