"""`nightbell report`: the history and the analysis as files, by hand and as the panel asks for them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from appliance.cli import main
from appliance.foundation.database import create_engine
from appliance.reporting import ReportFailed, Reports
from nursecall.schema import nurse_calls
from nursecall.views import Wanted
from tests import real_reactor
from tests.fakes.clock import START
from tests.nursecall.test_views import a_call

MONDAY = date(2026, 3, 2)
MANY = 10_000


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a box with the plan of the sample hospital, on which ten thousand calls were made in a day."""
    directory = tmp_path_factory.mktemp("box")
    settings = directory / "nightbell.toml"
    settings.write_text("", "utf-8")
    loaded = CliRunner().invoke(main, ["--settings", str(settings), "plan", "load", "hospital/plan.toml", "--activate"])
    assert loaded.exit_code == 0, loaded.output
    calls = [
        a_call(
            str(number), at=START + timedelta(seconds=4 * number), waited=number % 400, bed=str(1 + number % 40),
            ward=("ward-a", "ward-b")[number % 2], acknowledged_by="沈敏" if number % 3 else None, patient="乐正平",
        )
        for number in range(MANY)
    ]  # fmt: skip
    engine = create_engine(f"sqlite:///{directory / 'nightbell.sqlite'}")
    with engine.begin() as connection:
        connection.execute(nurse_calls.insert(), [vars(call) for call in calls])
    engine.dispose()
    return settings


def made(box: Path, *arguments: str) -> bytes:
    """What it writes to standard output."""
    done = CliRunner().invoke(main, ["--settings", str(box), "report", *arguments, "--out", "-"])
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def test_ten_thousand_calls_of_a_day_are_analysed(box: Path) -> None:
    """As figures for programs, as a workbook, and on a few pages."""
    days = ("analysis", "--from", "2026-03-02", "--to", "2026-03-08", "--language", "en")
    found: dict[str, Any] = json.loads(made(box, *days, "--as", "json"))
    assert found["figures"]["count"] == MANY
    assert found["figures"]["arrive"]["p50"] == 199
    assert sum(map(sum, found["heat"])) == MANY
    book = openpyxl.load_workbook(io.BytesIO(made(box, *days, "--as", "xlsx")))
    assert ("Nurse calls", MANY) in list(book["Figures"].iter_rows(max_col=2, values_only=True))
    pages = PdfReader(io.BytesIO(made(box, *days))).pages
    assert 1 <= len(pages) <= 4
    text = "\n".join(page.extract_text() for page in pages)
    for word in ("Nurse call analysis", "10000", "Monday, 2 March 2026 – Sunday, 8 March 2026", "By shift", "沈敏"):
        assert word in text, word
    assert "乐正平" not in text


def test_the_history_is_found_again_in_its_file(box: Path, tmp_path: Path) -> None:
    """As the name of the file says; a period without a call is a heading."""
    days = ("history", "--from", "2026-03-02", "--language", "en")
    rows = list(csv.reader(io.StringIO(made(box, *days, "--bed", "28", "--waited", "380").decode("utf-8-sig"))))
    assert len(rows) == 1 + sum(number % 40 == 27 and number % 400 > 380 for number in range(MANY))
    whole = tmp_path / "all.xlsx"
    asked = ["--settings", str(box), "report", *days, "--waited", "299", "--out", str(whole)]
    assert CliRunner().invoke(main, asked).exit_code == 0
    sheet = openpyxl.load_workbook(whole, read_only=True).worksheets[0]
    assert sum(1 for _ in sheet.iter_rows()) == 1 + MANY / 4
    assert len(made(box, "history", "--from", "2020-01-01").splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["history", "--ward", "x"], "'x'"),
        (["analysis", "--from", "2026-03-02", "--to", "2026-03-01"], "2026-03-01"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(box: Path, arguments: list[str], sentence: str) -> None:
    """And nothing is written."""
    done = CliRunner().invoke(main, ["--settings", str(box), "report", *arguments, "--out", "-"])
    assert done.exit_code == 1
    assert sentence in done.output


def test_the_panel_gets_them_from_a_process_of_their_own(box: Path, tmp_path: Path) -> None:
    """What somebody typed is never taken for an option, and names are not among the arguments."""
    reactor: Any = real_reactor.start()
    reports = Reports(box, tmp_path, reactor)
    found = real_reactor.run(reports.analysis(MONDAY, MONDAY, ("ward-a",)))
    assert found.wards == ("ward-a",)
    assert found.figures.count == MANY / 2
    start = START.replace(hour=0)
    wanted = Wanted(start, start, ("ward-a",), bed="--out=/x", staff="-o", patient="乐正平")
    none = real_reactor.run(reports.history_file(MONDAY, MONDAY, wanted, "csv", "zh", named=True))
    assert len(none.splitlines()) == 1
    wanted = Wanted(start, start, ("ward-a",), bed="7", patient="乐正")
    some = real_reactor.run(reports.history_file(MONDAY, MONDAY, wanted, "csv", "zh", named=True))
    assert "乐正平".encode() in some
    with pytest.raises(ReportFailed, match="'nowhere'"):
        real_reactor.run(reports.analysis(MONDAY, MONDAY, ("nowhere",)))
