"""`nightbell check`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from appliance.cli import main

HOSPITAL = Path(__file__).parents[2] / "hospital"


def check(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--language", "en", "check", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_sample_hospital_is_sound() -> None:
    """What ships passes its own check."""
    assert check(HOSPITAL / "plan.toml") == (0, f"{HOSPITAL / 'plan.toml'}: sound\n")


def test_each_fault_of_a_plan_is_named_by_path_and_line(tmp_path: Path) -> None:
    """Two faults in one file give two sentences."""
    text = (HOSPITAL / "plan.toml").read_text("utf-8")
    spoilt = text.replace('timezone = "Asia/Shanghai"', 'timezone = "Nowhere"').replace(
        "patience = 60", "patience = 0", 1
    )
    assert spoilt.count("patience = 0") == 1
    file = tmp_path / "plan.toml"
    file.write_text(spoilt, "utf-8")
    code, output = check("--json", file)
    faults = [json.loads(line) for line in output.splitlines()]
    lines = spoilt.splitlines()
    assert code == 1
    assert {fault["path"] for fault in faults} == {"site.timezone", "nursecall.wards[0].patience"}
    for fault in faults:
        assert fault["path"].rpartition(".")[2] in lines[fault["line"] - 1]


def test_a_fault_of_the_settings_is_named(tmp_path: Path) -> None:
    """A file without hospital tables is taken as settings."""
    file = tmp_path / "nightbell.toml"
    file.write_text('[panel]\nport = "many"\n', "utf-8")
    code, output = check(file)
    assert code == 1
    assert "line 2: panel.port" in output


def test_a_panel_that_no_browser_opens_is_refused(tmp_path: Path) -> None:
    """Port 10080 is what SHIFT=2000 comes to: the box would run, and nobody could see it."""
    file = tmp_path / "nightbell.toml"
    file.write_text("[panel]\nport = 10080\n", "utf-8")
    code, output = check(file)
    assert code == 1
    assert "line 2: panel.port: no browser opens a page at port 10080" in output
    file.write_text("[panel]\nport = 10081\n", "utf-8")
    assert check(file)[0] == 0


def test_what_is_not_toml_gets_one_sentence(tmp_path: Path) -> None:
    """A photograph is not a plan."""
    file = tmp_path / "plan.toml"
    file.write_bytes(b"\xff\xd8\xff\xe0 not text")
    code, output = check(file)
    assert code == 1
    assert "UTF-8" in output
    assert len(output.splitlines()) == 1


def test_brackets_without_end_are_one_sentence(tmp_path: Path) -> None:
    """The file is looked at twice, first for what it is: neither look runs out of stack."""
    file = tmp_path / "plan.toml"
    file.write_text(f"[site]\nname = {'[' * 5_000}\n", "utf-8")
    assert check(file) == (1, f"{file}: line 2: is not TOML: brackets are nested too deeply\n")
