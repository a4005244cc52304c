"""The first start makes settings, a plan and one way in; later ones leave them alone."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from appliance.box.file import AdminTable, BoxFile
from appliance.box.first_code import was_changed
from appliance.box.first_records import prepare
from appliance.cli import main
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase, create_engine
from appliance.settings import Settings, load
from web.auth import User, Users
from web.passwords import Passwords, here

PLAN = '[site]\r\nname = { zh = "三院", en = "Third" }\r\n\r\n[nursecall]\r\n'


def log_in(settings: Settings, password: str) -> User:
    """As `admin`."""
    engine = create_engine(settings.database_url)
    try:
        users = Users(DirectDatabase(engine), CommandClock(), Passwords(here))
        return finish(users.log_in("admin", password, "10.0.0.9"))
    finally:
        engine.dispose()


def plans(home: Path) -> list[str]:
    """The text of every revision."""
    with sqlite3.connect(home / "nightbell.sqlite") as records:
        return [text for (text,) in records.execute("SELECT text FROM plan_revisions ORDER BY id")]


def test_the_first_start_makes_a_box_one_can_enter(tmp_path: Path) -> None:
    """With a code that must be changed at once."""
    assert prepare(BoxFile(), tmp_path, "10.1.2.3", tmp_path / "none") == ["settings", "plan", "admin"]
    settings = load(tmp_path / "nightbell.toml")
    assert (settings.panel.port, settings.exchange.root, settings.simulator) == (80, "", None)
    assert settings.provisioning is not None
    assert settings.provisioning.host == "10.1.2.3"
    code = (tmp_path / "first-code").read_text()
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", code)
    assert (tmp_path / "first-code").stat().st_mode & 0o777 == 0o600
    assert log_in(settings, code).must_change
    assert not was_changed(settings)


def test_later_starts_leave_everything_alone(tmp_path: Path) -> None:
    """Whatever IT changed meanwhile."""
    prepare(BoxFile(), tmp_path, "10.1.2.3", tmp_path / "none")
    before = {file: file.read_bytes() for file in (tmp_path / "nightbell.toml", tmp_path / "first-code")}
    assert prepare(BoxFile(language="en"), tmp_path, "10.9.9.9", tmp_path / "none") == []
    assert {file: file.read_bytes() for file in before} == before


def test_a_power_cut_before_the_log_in_was_made_costs_nothing(tmp_path: Path) -> None:
    """The code that was shown already is the one that counts."""
    (tmp_path / "first-code").write_text("abcd-efgh-jkmn")
    prepare(BoxFile(), tmp_path, "", tmp_path / "none")
    assert log_in(load(tmp_path / "nightbell.toml"), "abcd-efgh-jkmn").must_change


def test_the_hash_in_the_file_is_the_administrators(tmp_path: Path) -> None:
    """No code is shown, nothing must be changed."""
    hashed = PasswordHasher().hash("correct horse")
    prepare(BoxFile(admin=AdminTable(secret_hash=hashed)), tmp_path, "", tmp_path / "none")
    assert not (tmp_path / "first-code").exists()
    settings = load(tmp_path / "nightbell.toml")
    assert not log_in(settings, "correct horse").must_change
    assert was_changed(settings)


def test_a_plan_beside_the_file_is_put_in_force(tmp_path: Path) -> None:
    """IT prepared it on a laptop."""
    brought = tmp_path / "plan.toml"
    brought.write_text(PLAN, newline="")
    prepare(BoxFile(), tmp_path, "", brought)
    assert plans(tmp_path) == [PLAN.replace("\r\n", "\n")]


def test_a_plan_that_is_wrong_does_not_keep_the_box_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The smallest plan is in force, in which a right one can be made."""
    brought = tmp_path / "plan.toml"
    brought.write_text("[site]\n")
    prepare(BoxFile(), tmp_path, "", brought)
    assert 'name = { zh = "新医院", en = "New hospital" }' in plans(tmp_path)[0]
    assert "plan.toml on the boot partition cannot be used: line 1: site.name" in capsys.readouterr().out


def test_a_simulated_hospital_is_filled_once(tmp_path: Path) -> None:
    """For training, with log-ins of every role."""
    file = BoxFile(simulated_hospital=True)
    assert prepare(file, tmp_path, "10.1.2.3", tmp_path / "none") == ["settings", "the simulated hospital"]
    settings = load(tmp_path / "nightbell.toml")
    assert settings.simulator is not None
    code = (tmp_path / "first-code").read_text()
    assert not log_in(settings, code).must_change
    assert prepare(file, tmp_path, "10.1.2.3", tmp_path / "none") == []


def test_a_hash_made_on_another_box_fits_the_file() -> None:
    """Nobody but its owner sees the password."""
    run = CliRunner().invoke(main, ["--language", "en", "user", "hash"], input="correct horse\ncorrect horse\n")
    hashed = run.stdout.strip().splitlines()[-1]
    assert AdminTable(secret_hash=hashed).secret_hash == hashed
    assert PasswordHasher().verify(hashed, "correct horse")
    weak = CliRunner().invoke(main, ["--language", "en", "user", "hash"], input="12345678\n12345678\n")
    assert weak.exit_code == 1
    assert "That password is too easy to guess." in weak.output


def test_the_journal_begins_with_the_reset_at_the_console(tmp_path: Path) -> None:
    """Once."""
    (tmp_path / "was-reset").write_text("network\n")
    for _ in range(2):
        prepare(BoxFile(), tmp_path, "", tmp_path / "none")
    with sqlite3.connect(tmp_path / "nightbell.sqlite") as records:
        rows = list(records.execute("SELECT id, kind, body FROM journal WHERE kind LIKE '%BoxReset%'"))
    assert [(number, '"network"' in body, '"console"' in body) for number, _, body in rows] == [(1, True, True)]
