"""The page of backups."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from appliance import revisions
from appliance.foundation.backup_plan import ToDirectory, ToUsb
from tests.fakes.house import FakeBackups
from tests.support import now
from tests.test_sample_hospital import HOSPITAL
from tests.web.browser import Hospital, hospital
from web.backups import Planned, Progress, Try

NIGHT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
PLANNED = ToDirectory(id="nightly", at="02:30", kind="directory", directory="/media/usb", passphrase="env:X")
FAILED = Try(
    "t1", "nightly", NIGHT, NIGHT, "failed", "plan", "", 0,
    "There is no directory {directory}: is the disk or share connected?", {"directory": "/media/usb"},
)  # fmt: skip
MADE = Try("t2", "nightly", NIGHT, NIGHT, "made", "it", "/media/usb/box_nightly.nightbell.zip", 5_000_000, "", {})


@pytest.fixture
def place() -> Hospital:
    """A panel with one backup planned, which failed last night."""
    found = hospital()
    backups = found.cardboard.house.backups
    assert isinstance(backups, FakeBackups)
    backups.planned_ = [Planned(PLANNED, NIGHT, FAILED, None)]
    backups.recent_ = [FAILED, MADE]
    return found


def test_it_shows_how_backups_stand(place: Hospital) -> None:
    """What failed and why, what was made, when the next is due; in both languages."""
    page = place.browser("it").get("/backup").text
    for words in ("/media/usb", "There is no directory /media/usb", "2026-03-03 02:30", "5.0 MB", "Back up now"):
        assert words in page
    assert "没有目录 /media/usb" in place.browser("it", language="zh").get("/backup").text


def test_progress_is_shown(place: Hospital) -> None:
    """And a second one cannot be begun."""
    place.cardboard.house.backups.planned_ = [  # type: ignore[attr-defined]
        Planned(PLANNED, NIGHT, MADE, Progress("Writing the file …", 30, 100))
    ]
    page = place.browser("it").get("/backup").text
    assert 'value="30"' in page
    assert "Writing the file" in page


def test_one_to_the_stick_says_so(place: Hospital) -> None:
    """In both languages."""
    stick = ToUsb(id="stick", kind="usb", passphrase="env:X")
    place.cardboard.house.backups.planned_ = [Planned(stick, NIGHT, None, None)]  # type: ignore[attr-defined]
    assert "The USB stick that is in the box" in place.browser("it").get("/backup").text
    assert "插在本机上的 U 盘" in place.browser("it", language="zh").get("/backup").text


def test_one_is_made_now(place: Hospital) -> None:
    """By whom is on record; a second one is refused in a sentence; one that is not planned is nowhere."""
    browser = place.browser("it")
    assert browser.post("/backup/nightly/make", by_script=True).status == 200
    assert place.cardboard.house.backups.begun == [("nightly", "it")]  # type: ignore[attr-defined]
    again = browser.post("/backup/nightly/make", by_script=True)
    assert (again.status, again.text) == (409, "A backup is being made already.")
    assert browser.post("/backup/weekly/make", by_script=True).status == 404


def test_others_have_no_business_here(place: Hospital) -> None:
    """Neither to see nor to do."""
    for role in ("nurse", "cashier", "manager", "operator"):
        browser = place.browser(role)
        assert browser.get("/backup").status == 403
        assert browser.post("/backup/nightly/make", by_script=True).status == 403
    assert place.cardboard.house.backups.begun == []  # type: ignore[attr-defined]


def test_one_is_planned_by_form(place: Hospital) -> None:
    """The passphrase goes into a file of the box, and the plan names the file."""
    house, text = place.cardboard.house, (HOSPITAL / "plan.toml").read_text("utf-8")
    at = house.clock.now()

    def keep(connection: object) -> int:
        number = revisions.keep(connection, text, by="x", note="", at=at)  # type: ignore[arg-type]
        revisions.activate(connection, number, by="x", at=at)  # type: ignore[arg-type]
        return number

    base = now(house.database.transact(keep))
    browser = place.browser("it")
    assert "Put on" in browser.get("/exchange/edit/backups/new").text
    doc = {
        "id": "nightly", "kind": "directory", "at": "02:30", "keep": "7", "directory": "/media/usb",
        "passphrase": "correct horse",
    }  # fmt: skip
    answer = browser.post("/exchange/edit/backups/new/save", by_script=True, body={"doc": doc, "base": base})
    assert answer.status == 200, answer.text
    plan = now(house.database.transact(lambda connection: revisions.find(connection, base + 1))).plan
    [backup] = plan.backups
    assert (backup.id, backup.at, backup.keep) == ("nightly", "02:30", 7)
    assert backup.passphrase.startswith("file:/")
    assert "correct horse" not in browser.get("/exchange/edit/backups/0").text
