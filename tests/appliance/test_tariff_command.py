"""`nightbell tariff` and `nightbell regions` on a box with the sample hospital's plan."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.foundation.database import create_engine
from appliance.foundation.values import yuan
from billing.schema import accounts, leases

FEBRUARY = ("--from", "2026-02-01", "--to", "2026-02-28")
HEADER = "prefix,name,rate_per_minute,first_seconds,next_seconds\n"
HOSPITAL = Path("hospital")


class Box:
    """Settings, records, and the command line."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.settings = directory / "nightbell.toml"
        self.settings.write_text("", "utf-8")
        self.said("plan", "load", str(HOSPITAL / "plan.toml"), "--activate")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--settings", str(self.settings), "--language", "en", *arguments])

    def said(self, *arguments: str) -> str:
        """What it prints; it must succeed."""
        done = self.run(*arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    def file(self, name: str, content: str | bytes) -> str:
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def calls(self, *found: tuple[str, str, int, str, str]) -> None:
        """Settled: called number, trunk, seconds, charge, cost; a minute apart in February."""
        engine = create_engine(f"sqlite:///{self.directory / 'nightbell.sqlite'}")
        begin = datetime(2026, 2, 10, 1, tzinfo=UTC)
        with engine.begin() as connection:
            person = {"number": "1", "holder": "x", "pin_hash": "", "state": "open", "opened_at": begin}
            connection.execute(accounts.insert().values(person))
            for number, (called, trunk, seconds, charge, cost) in enumerate(found):
                at = begin + timedelta(minutes=number)
                connection.execute(leases.insert().values(
                    call=f"c{number}", account="1", extension="8001", called=called, trunk=trunk, tariff_version=1,
                    reserved=0, granted_seconds=3600, state="settled", opened_at=at, answered_at=at,
                    ended_at=at + timedelta(seconds=seconds), seconds=seconds, charge=yuan(charge), cost=yuan(cost),
                ))  # fmt: skip
        engine.dispose()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_a_version_is_imported_listed_exported_and_taken_back(box: Box) -> None:
    """CSV or XLSX, from a day or a moment; what is exported is what was imported."""
    box.said("tariff", "import", "retail", str(HOSPITAL / "tariffs" / "retail.csv"))
    table = box.said("tariff", "export", "retail", "--out", str(box.directory / "now.xlsx")).strip()
    box.said("tariff", "import", "retail", table, "--valid-from", "2099-01-01")
    box.said("tariff", "import", "retail", table, "--valid-from", "2099-02-01T08:30", "--by", "沈敏")
    lines = box.said("tariff", "list").splitlines()
    assert ["counts now" in lines[0], "to come" in lines[1], lines[2].endswith("to come  沈敏")] == [True] * 3
    assert "2099-01-01 00:00 … 2099-02-01 08:30" in lines[1]
    assert box.said("tariff", "compare", "retail", "1", "2") == "0 added, 0 removed, 0 changed\n"
    unclear = box.run("tariff", "withdraw", "retail")
    assert (unclear.exit_code, "2 versions of retail are to come" in unclear.output) == (1, True)
    assert box.said("tariff", "withdraw", "retail", "--version", "3") == "Version 3 of retail is withdrawn.\n"
    refused = box.run("tariff", "withdraw", "retail", "--version", "1")
    assert "This version counts already" in refused.output
    assert box.said("tariff", "withdraw", "retail") == "Version 2 of retail is withdrawn.\n"
    assert len(box.said("tariff", "list").splitlines()) == 1


def test_a_bad_workbook_is_refused_row_by_row(box: Box) -> None:
    """Nothing is loaded."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("prefix", "rate_per_minute", "first_seconds", "next_seconds"), (86, 1, 60, 60), ("+1", 1, 0, 60)):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    done = box.run("tariff", "import", "retail", box.file("bad.xlsx", file.getvalue()))
    assert done.exit_code == 1
    for word in ("Row 3, prefix:", "Row 3, first_seconds:"):
        assert word in done.output
    assert box.said("tariff", "list") == ""


def test_two_versions_are_compared_row_by_row(box: Box) -> None:
    """Exit code 1 where they differ; only what is asked for."""
    box.said("tariff", "import", "retail", box.file("a.csv", f"{HEADER}86,China,0.6,60,6\n44,UK,2,60,60\n"))
    box.said("tariff", "import", "retail", box.file("b.csv", f"{HEADER}86,China,0.7,60,6\n81,Japan,3,60,60\n"),
             "--valid-from", "2099-01-01")  # fmt: skip
    done = box.run("tariff", "compare", "retail", "1", "2")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "- 44 UK: 2 60/60", "+ 81 Japan: 3 60/60", "~ 86 China: 0.6 60/6 → 0.7 60/6", "1 added, 1 removed, 1 changed",
    ]  # fmt: skip
    assert box.run("tariff", "compare", "retail", "1", "2", "--search", "8613800138000").stdout.count("\n") == 2
    assert box.run("tariff", "compare", "retail", "1", "9").exit_code == 1


def test_a_tariff_is_tried_on_last_months_calls_before_it_counts(box: Box) -> None:
    """Callers' money by a file; carriers' by an imported version of a trunk's tariff; unrated numbers are named."""
    box.calls(
        ("8613800138000", "mobile", 60, "0.6", "0.2"),
        ("442079460958", "telecom", 61, "5", "3"),
        ("33142685300", "telecom", 30, "4", "2"),
    )
    draft = box.file("draft.csv", f"{HEADER}86,China,0.7,60,60\n44,UK,2,60,60\n")
    lines = box.said("tariff", "try", "retail", "--file", draft, *FEBRUARY).splitlines()
    assert lines[0].startswith("3 calls, 3 minutes: 9.6 yuan as it was, 4.7 yuan by this tariff (-4.9)")
    assert lines[-1] == "No row fits 33142685300: 1 calls, 4 yuan."
    box.said("tariff", "import", "cost-telecom", draft, "--valid-from", "2099-01-01")
    done = box.said("tariff", "try", "cost-telecom", "--version", "1", *FEBRUARY, "--as", "json", "--progress")
    found = json.loads(done)
    assert (found["side"], found["whole"]["calls"], found["whole"]["before"]) == ("cost", 2, yuan(5))
    assert [part["prefix"] for part in found["unrated"]] == ["33142685300"]
    sheet = box.directory / "trial.xlsx"
    box.said("tariff", "try", "retail", "--file", draft, *FEBRUARY, "--out", str(sheet), "--language", "zh")
    assert openpyxl.load_workbook(sheet).sheetnames == ["资费试算", "按去向", "无费率匹配"]


def test_regions_are_imported_asked_and_exported(box: Box) -> None:
    """A number that was taken along has another carrier; the plan's routes go by it."""
    asked = ("regions", "whose", "13800138000", "--json")
    before = json.loads(box.said(*asked))
    assert (before["carrier"], before["class"]) == ("China Mobile", "mobile")
    box.said("regions", "import", box.file("r.csv", "号码,运营商\n13800138000,中国联通\n"), "--code", "86")
    assert json.loads(box.said(*asked))["carrier"] == "China Unicom"
    bad = box.run("regions", "import", box.file("bad.csv", "number,carrier\n0,x\n"))
    assert (bad.exit_code, "Row 2, number:" in bad.output) == (1, True)
    out = box.directory / "out.csv"
    box.said("regions", "export", "--out", str(out))
    assert out.read_text("utf-8-sig").splitlines() == ["number,carrier,region", "8613800138000,China Unicom,"]
    told = json.loads(box.said("dial", "--from", "8081", "13800138000", "--at", "2026-03-02T09:00", "--json"))
    assert told["routes"][0]["trunk"] != "mobile"
