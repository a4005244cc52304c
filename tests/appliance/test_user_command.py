"""`nightbell user`: what IT does when nobody can get in at the panel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.cli import main


@pytest.fixture
def nightbell(tmp_path: Path) -> Nightbell:
    return Nightbell(tmp_path)


class Nightbell:
    """The command line of a box with two log-ins."""

    def __init__(self, directory: Path, *, administrator: bool = True) -> None:
        self.settings = directory / "nightbell.toml"
        self.settings.write_text("", "utf-8")
        if administrator:
            self.run("admin", "--role", "admin", verb="add")
        self.run("wang", "--role", "nurse", verb="add")

    def run(self, *arguments: str, verb: str, language: str = "en") -> Result:
        given = ["--settings", str(self.settings), "--language", language, "user", verb, *arguments]
        return CliRunner().invoke(main, given)

    def rows(self) -> dict[str, dict[str, object]]:
        """By name, as a machine reads them."""
        told = self.run("--json", verb="list").stdout.splitlines()
        return {row["name"]: row for row in map(json.loads, told)}


def test_an_administrator_who_forgot_gets_a_one_time_password(nightbell: Nightbell) -> None:
    """It must be changed; the list says so, to people and to machines."""
    first = nightbell.run("admin", verb="reset")
    assert first.exit_code == 0, first.output
    name, password = first.stdout.split()
    assert (name, len(password) >= 8) == ("admin", True)
    assert nightbell.rows()["admin"] == {
        "name": "admin", "shown": "admin", "role": "admin", "wards": [], "must_change": True, "disabled": False,
    }  # fmt: skip
    assert "一次性密码" in nightbell.run(verb="list", language="zh").stdout
    assert nightbell.run("admin", verb="reset").stdout.split()[1] != password


def test_who_leaves_is_switched_off_and_may_come_back(nightbell: Nightbell) -> None:
    """By name; one that is not there is said in a sentence."""
    assert nightbell.run("wang", verb="disable").exit_code == 0
    assert nightbell.rows()["wang"]["disabled"]
    assert nightbell.run("wang", verb="enable").exit_code == 0
    assert not nightbell.rows()["wang"]["disabled"]
    for verb in ("reset", "disable", "enable"):
        done = nightbell.run("li", verb=verb)
        assert (done.exit_code, done.output) == (1, "Error: There is no log-in 'li'.\n")


def test_the_last_administrator_stays(nightbell: Nightbell) -> None:
    """Else nobody could look after log-ins at the panel."""
    done = nightbell.run("admin", verb="disable", language="zh")
    assert done.exit_code == 1
    assert "最后一名系统管理员" in done.output
    assert not nightbell.rows()["admin"]["disabled"]


def test_a_box_without_an_administrator_is_not_told_that_a_nurse_is_the_last(tmp_path: Path) -> None:
    """It may have been set up at the command line, for one screen."""
    box = Nightbell(tmp_path, administrator=False)
    assert box.run("wang", verb="disable").exit_code == 0
    assert box.run("wang", verb="enable").exit_code == 0
