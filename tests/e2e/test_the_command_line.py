"""What IT does at the command line, with a box that runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import VERBS, main
from appliance.demo import HOSPITAL
from tests.e2e.house import HOUSE, House

VECTOR = "01 31 02 31 1f 31 32 33 1e 35 1f 33 1e 36 1f 33 03 2d"
"""The block of the standard's own example: a call to pager 123, three transmissions, priority 3."""


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_verb_explains_itself(verb: str) -> None:
    """`--help` works for each."""
    done = CliRunner().invoke(main, ["--language", "en", *verb.split(), "--help"])
    assert done.exit_code == 0, done.output
    assert "Usage:" in done.output


@pytest.mark.parametrize("as_hex", [True, False])
def test_decode_reads_the_standards_example(as_hex: bool) -> None:
    """As hexadecimal digits and as bytes, with a spoilt copy behind it."""
    spoilt = VECTOR.removesuffix("2d") + "2e"
    given = f"{VECTOR}\n{spoilt}\n".encode() if as_hex else bytes.fromhex(VECTOR + spoilt)
    command = [sys.executable, "-m", "appliance", "decode", "espa444", *(["--hex"] if as_hex else [])]
    done = subprocess.run(command, cwd=HOUSE, input=given, capture_output=True, check=True, timeout=60)
    call, garbled = map(json.loads, done.stdout.splitlines())
    assert call == {"event": "call", "address": "123", "transmissions": 3, "priority": 3}
    assert garbled["event"] == "garbled"
    assert garbled["why"]


def test_check_finds_sound_files_sound(house: House) -> None:
    """The sample plan, and the settings of a running box."""
    done = house.cli("check", str(HOSPITAL / "plan.toml"), str(house.settings_file))
    assert done.stdout.count(": sound\n") == 2


def test_check_names_each_fault_by_path_and_line(house: House, tmp_path: Path) -> None:
    """Two faults in a plan, one in settings; exit code 1."""
    text = (HOSPITAL / "plan.toml").read_text("utf-8")
    text = text.replace("patience = 60", "patience = -60", 1).replace('role = "control"', 'role = "chief"')
    plan, settings = tmp_path / "plan.toml", tmp_path / "nightbell.toml"
    plan.write_text(text, "utf-8")
    settings.write_text('language = "en"\n\n[panel]\nport = 99999\n', "utf-8")

    done = house.cli("check", "--json", str(plan), str(settings), code=1)

    faults = [json.loads(line) for line in done.stdout.splitlines()]
    found = {(Path(fault["file"]).name, fault["path"], fault["line"]) for fault in faults}
    lines = text.splitlines()
    assert found == {
        ("plan.toml", "nursecall.wards[0].patience", 1 + next(n for n, line in enumerate(lines) if "= -60" in line)),
        ("plan.toml", "nursecall.lines[1].role", 1 + next(n for n, line in enumerate(lines) if '"chief"' in line)),
        ("nightbell.toml", "panel.port", 4),
    }
    assert all(fault["message"] for fault in faults)
    plain = house.cli("check", str(plan), code=1).stdout
    assert "nursecall.wards[0].patience" in plain


def test_a_faulty_plan_is_not_loaded(ward: House, tmp_path: Path) -> None:
    """Nothing changes, and every fault is named."""
    before = ward.cli("plan", "list").stdout
    plan = tmp_path / "plan.toml"
    plan.write_text(ward.cli("plan", "show").stdout.replace("patience = 60", "patience = 0", 1), "utf-8")
    done = ward.cli("plan", "load", str(plan), "--activate", code=1)
    assert "patience" in done.stderr
    assert ward.cli("plan", "list").stdout == before


def test_a_second_start_is_refused_in_one_sentence(ward: House) -> None:
    """And does no harm to the first."""
    done = ward.cli("demo", code=1)
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert "running already" in sentence
    assert str(ward.supervisor()) in sentence
    ward.until_well()


def test_a_shift_that_comes_too_late_is_said(ward: House) -> None:
    """The ports are in the settings by then."""
    done = ward.cli("demo", "--shift", "1", code=1)
    assert f"(panel: {ward.settings().panel.port}): a shift counts at the first start only" in done.stdout
    assert "running already" in done.stderr
