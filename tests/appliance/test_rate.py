"""`nightbell rate`: what it prints, and what it says when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.foundation.values import LANGUAGES, Language
from billing.tariff_csv import parse
from billing.tariff_file import as_xlsx

HOUSE = Path(__file__).parents[2]
RETAIL = HOUSE / "hospital" / "tariffs" / "retail.csv"
HEADER = "prefix,day_kind,from,to,rate_per_minute,first_seconds,next_seconds\n"
DAYS = HEADER + "86,workday,,,0.6,60,60\n86,restday,,,0.4,60,60\n86,holiday,,,0.25,60,60\n"
CALL = {"--at": "2026-03-02T09:00:00", "--seconds": "61", "--area": "571"}


def rate(tariff: Path, number: str = "88123456", *more: str, language: Language = "en", **given: str) -> Result:
    """What it does with a call that is sound but for what is `given`."""
    options = CALL | {f"--{name}": value for name, value in given.items()}
    flat = [part for option in options.items() for part in option]
    return CliRunner().invoke(
        main, ["--language", language, "rate", "--tariff", str(tariff), *flat, *more, "--", number]
    )


def charge(done: Result) -> int:
    """In 1/10 000 yuan."""
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["charge"]
    assert isinstance(found, int)
    return found


@pytest.fixture
def days(tmp_path: Path) -> Path:
    """A tariff by kinds of days."""
    file = tmp_path / "days.csv"
    file.write_text(DAYS, "utf-8")
    return file


def test_charge_prefix_and_arithmetic_for_programs() -> None:
    """One object, the same in both languages."""
    said = [rate(RETAIL, "88123456", "--json", seconds="185", language=language).stdout for language in LANGUAGES]
    assert said[0] == said[1]
    assert json.loads(said[0]) == {
        "charge": 3300,
        "prefix": "86571",
        "explanation": (
            "Prefix 86571 本地杭州 Hangzhou (local): 185 s answered, 180 s free, 5 s to pay. "
            "From 09:03:00: 1 × 60 s at 0.11 yuan a minute = 0.11 × 60 ÷ 60. "
            "Talk, rounded half up: 0.11 yuan. Connection fee: 0.22 yuan. Charge: 0.33 yuan."
        ),
    }


def test_readable_lines_in_both_languages() -> None:
    """Charge, prefix, number, time, and a line for each step."""
    english = rate(RETAIL, seconds="185").stdout.splitlines()
    assert english[:3] == [
        "Charge: 3300 (0.33 yuan)",
        "Prefix: 86571 本地杭州 Hangzhou (local)",
        "Called: 8657188123456, answered 2026-03-02 09:00:00 CST",
    ]
    assert english[-1] == "  Charge: 0.33 yuan."
    chinese = rate(RETAIL, seconds="185", language="zh").stdout.splitlines()
    assert chinese[0] == "费用：3300（0.33 元）"
    assert chinese[-1] == "  应收：0.33 元。"
    assert len(chinese) == len(english)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2026-03-02T20:58:00", "Asia/Shanghai", 8000),
        ("2026-03-02T20:59:00", "Asia/Shanghai", 6400),
        ("2026-03-02T21:00:00", "Asia/Shanghai", 4800),
        ("2026-03-02 21:00", "Asia/Shanghai", 4800),
        ("2026-03-02T21:00:00Z", "Asia/Shanghai", 4800),  # five in the morning
        ("2026-03-02t21:00:00z", "Asia/Shanghai", 4800),
        ("2026-03-02T23:00:00Z", "Asia/Shanghai", 8000),  # seven
        ("2026-03-02T13:00:00+00:00", "Asia/Shanghai", 4800),
        ("2026-03-02T21:00:00+08:00", "Europe/London", 8000),  # one in the afternoon there
        ("2026-03-02T21:00:00", "Europe/London", 4800),
    ],
)
def test_a_time_is_the_sites_or_converted(at: str, zone: str, expected: int) -> None:
    """Ningbo is cheap from nine in the evening to seven: two minutes by tenths, 0.40 or 0.24 a minute."""
    assert charge(rate(RETAIL, "057487123456", "--json", at=at, timezone=zone, seconds="120")) == expected


@pytest.mark.parametrize("number", ["88123456", "0571-88123456", "+86 571 8812 3456", "0086(571)88123456"])
def test_a_number_may_be_written_as_people_write_it(number: str) -> None:
    """All of them are the same."""
    assert json.loads(rate(RETAIL, number, "--json").stdout)["prefix"] == "86571"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T09:00", 12000),  # a Monday
        ("2026-03-07T09:00", 8000),  # a Saturday
        ("2026-02-14T09:00", 12000),  # a Saturday that makes up
        ("2026-10-01T09:00", 5000),
        ("2026-09-30T16:00Z", 5000),
    ],
)
def test_days_are_chinas(days: Path, at: str, expected: int) -> None:
    """With its make-up workdays."""
    assert charge(rate(days, "88123456", "--json", at=at)) == expected


def test_elsewhere_holidays_are_not_known_and_that_is_said(days: Path) -> None:
    """The first of October is a Thursday in London."""
    done = rate(days, "008613800138000", country="gb", area="20", at="2026-10-01T09:00", timezone="Europe/London")
    assert "Charge: 12000 " in done.stdout
    assert "The holidays of 2026 are not known" in done.stdout
    assert "not known" not in rate(days, at="2026-10-01T09:00").stdout
    assert "尚不知道 2099 年的节假日安排" in rate(days, at="2099-10-01T09:00", language="zh").stdout


WRONG = [
    ({"at": "yesterday"}, "'yesterday' is not a time like 2026-03-02T09:00:00.", "“yesterday”不是"),
    ({"at": "2026-03-02"}, "'2026-03-02' is not a time like", "“2026-03-02”不是"),
    ({"at": "2026-02-30T09:00"}, "'2026-02-30T09:00' is not a time like", "“2026-02-30T09:00”不是"),
    ({"at": "9999-12-31T23:59:59", "seconds": "600"}, "is not a time like", "这样的时间"),
    ({"at": "0001-01-01T00:00:00"}, "is not a time like", "这样的时间"),
    ({"timezone": "Mars/Base"}, "there is no time zone 'Mars/Base'", "没有时区“Mars/Base”"),
    ({"country": "XX"}, "There is no country 'XX'", "没有国家代码“XX”"),
    ({"area": "5x1"}, "'5x1' is not an area code", "“5x1”不是区号"),
    ({"number": "abc"}, "'abc' is no telephone number", "“abc”不是能从"),
    ({"number": "110"}, "'110' is no telephone number", "“110”不是能从"),
    ({"number": "00870776543210"}, "has no rate for 870776543210 at 2026-03-02 09:00", "中没有 870776543210"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "english", "chinese"), WRONG, ids=[english for _, english, _ in WRONG])
def test_bad_input_is_one_sentence(given: dict[str, str], english: str, chinese: str) -> None:
    """On standard error, in the user's language, with exit code 1; nothing on standard output."""
    options = dict(given)
    number = options.pop("number", "88123456")
    for language, sentence in zip(LANGUAGES, (chinese, english), strict=True):
        done = rate(RETAIL, number, "--json", language=language, **options)
        assert (done.exit_code, done.stdout) == (1, "")
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_tariff_is_told(tmp_path: Path) -> None:
    """Not there, a directory, not text, a bad row: file, row, field."""
    bad, latin = tmp_path / "bad.csv", tmp_path / "latin.csv"
    bad.write_text(DAYS + "87,sunday,,,0.25,60,60\n", "utf-8")
    latin.write_bytes("86,é".encode("latin-1") + b"\xff")
    for file, english, chinese in (
        (tmp_path / "none.csv", f"There is no file {tmp_path / 'none.csv'}.", "没有文件"),
        (tmp_path, f"{tmp_path} cannot be read: Is a directory", "无法读取"),
        (latin, f"{latin}: Row 1: is neither a workbook (XLSX) nor text", "既不是工作簿"),
        (bad, f"{bad}: Row 5, day_kind: 'sunday' is not workday", f"{bad}：第 5 行，day_kind：'sunday' 应为"),
    ):
        for language, sentence in zip(LANGUAGES, (chinese, english), strict=True):
            done = rate(file, language=language)
            assert (done.exit_code, done.stdout) == (1, "")
            assert sentence in done.stderr
            assert len(done.stderr.splitlines()) == 1


def test_a_workbook_says_the_same_as_its_csv_file(days: Path, tmp_path: Path) -> None:
    """As a spreadsheet writes it; and a file that a Chinese Windows saved."""
    book, windows = tmp_path / "book.xlsx", tmp_path / "windows.csv"
    book.write_bytes(as_xlsx(parse(days.read_text("utf-8")), "days"))
    windows.write_bytes(DAYS.replace("prefix", "prefix,name").replace("86,", "86,中国,").encode("gb18030"))
    assert charge(rate(book, "13800138000", "--json")) == charge(rate(days, "13800138000", "--json"))
    assert "中国" in rate(windows, "13800138000").stdout


@pytest.mark.parametrize("seconds", ["-1", "1.5", "ten"])
def test_wrong_usage_is_exit_code_two(seconds: str) -> None:
    """Also without a tariff or a number."""
    assert rate(RETAIL, seconds=seconds).exit_code == 2
    assert CliRunner().invoke(main, ["rate", "88123456"]).exit_code == 2


def test_it_needs_no_box(tmp_path: Path) -> None:
    """In an empty directory, as a program of its own; and it leaves nothing there."""
    command = [sys.executable, "-m", "appliance", "rate", "--tariff", str(RETAIL), "--area", "571", "88123456"]
    command += ["--at", "2026-03-02T09:00:00", "--seconds", "0", "--json"]
    environment = {"PYTHONPATH": str(HOUSE), "NIGHTBELL_LANGUAGE": "en"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout)["charge"] == 0
    assert list(tmp_path.iterdir()) == []
