"""What stands on the box's own screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.box.file import BoxFile
from appliance.box.first_records import prepare
from appliance.box.panel import Facts, lines, look
from appliance.box.well import unwell
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase, create_engine
from appliance.settings import load
from web.auth import Users
from web.passwords import Passwords, here
from web.schema import users

UP = {"part": "daemon:nightbell", "state": "up", "detail": "", "facts": {}}
EXCHANGE = {"part": "exchange:asterisk", "state": "up", "detail": "", "facts": {}}
FULL = {"part": "storage:disk", "state": "down", "detail": "The disk is full: {free} GB free.", "facts": {"free": "0"}}
DATABASE = {"part": "storage:database", "state": "up", "detail": "", "facts": {}}

FRESH = Facts("bell-3", "0.1.0", "A", ["10.1.2.3"], 80, 443, "abcd-efgh-jkmn", [], [])


def test_a_fresh_box_says_where_and_how_to_enter() -> None:
    """All that IT needs, on one screen."""
    assert lines(FRESH, "en") == [
        "Nightbell 0.1.0 on bell-3, slot A",
        "",
        "The panel: https://10.1.2.3/",
        "Log in as admin with this code, once: abcd-efgh-jkmn",
        "",
        "Starting …",
    ]


def test_what_is_not_well_is_named_and_so_is_a_broken_file() -> None:
    """In the box's language on a serial console."""
    facts = Facts("b", "1", "B", [], 80, None, "", [UP, FULL], ["nightbell.toml: line 1: is not TOML"])
    told = lines(facts, "en")
    assert told[2] == "No network address yet: is the cable in, does the network give addresses (DHCP)?"
    assert told[4:] == [
        "Not well, of 2 parts: 1",
        "  storage:disk: The disk is full: 0 GB free.",
        "",
        "nightbell.toml: line 1: is not TOML",
    ]
    assert "尚无网络地址" in lines(facts, "zh")[2]


def test_parts_that_start_are_waited_for() -> None:
    """A station that nobody has opened is not."""
    starting = {"part": "trunk:telecom", "state": "starting", "detail": "", "facts": {}}
    station = {"part": "station:ward-a", "state": "starting", "detail": "No station screen yet.", "facts": {}}

    def told(*parts: dict[str, Any]) -> list[str]:
        return lines(replace(FRESH, parts=parts), "en")[5:]

    assert told(UP, starting) == ["Starting …"]
    assert told(UP, station) == ["All 2 parts are well."]
    assert told(FULL, starting) == ["Not well, of 2 parts: 1", "  storage:disk: The disk is full: 0 GB free."]


def test_the_code_is_kept_until_its_log_in_is_made(tmp_path: Path) -> None:
    """It is on the disk first. This screen looks at any moment, and would lock everybody out of a new box."""
    prepare(BoxFile(), tmp_path, "", tmp_path / "none")
    file, code = tmp_path / "nightbell.toml", tmp_path / "first-code"
    engine = create_engine(load(file).database_url)
    with engine.begin() as connection:
        connection.execute(users.delete())
    engine.dispose()
    assert look(tmp_path, file).code == code.read_text()
    (tmp_path / "nightbell.sqlite").write_bytes(b"broken")
    assert look(tmp_path, file).code == code.read_text()


def test_the_code_is_forgotten_when_it_was_changed(tmp_path: Path) -> None:
    """From the screen and from the disk."""
    prepare(BoxFile(), tmp_path, "", tmp_path / "none")
    file = tmp_path / "nightbell.toml"
    code = look(tmp_path, file).code
    assert code == (tmp_path / "first-code").read_text()
    engine = create_engine(load(file).database_url)
    log_ins = Users(DirectDatabase(engine), CommandClock(), Passwords(here))
    finish(log_ins.change_password("admin", code, "correct horse"))
    engine.dispose()
    assert look(tmp_path, file).code == ""
    assert not (tmp_path / "first-code").exists()


def test_a_box_whose_settings_are_broken_still_has_a_screen(tmp_path: Path) -> None:
    """It says where the panel would be."""
    (tmp_path / "nightbell.toml").write_text("broken")
    assert look(tmp_path, tmp_path / "nightbell.toml").port == 80


def test_a_slot_is_good_when_the_boxs_own_parts_work() -> None:
    """A line that is cut is no fault of the software."""
    line = {"part": "line:ward-a", "state": "down", "detail": "", "facts": {}}
    assert unwell([UP, EXCHANGE, DATABASE, line]) == []
    assert unwell([UP, EXCHANGE, DATABASE, FULL]) == ["storage:disk"]
    assert unwell([UP]) == ["exchange:", "storage:"]
    assert unwell([]) == ["daemon:", "exchange:", "storage:"]


def test_a_box_on_a_stick_says_how_to_install_it() -> None:
    """The entry of the first menu is in English on every screen."""
    told = lines(replace(FRESH, from_stick=True), "en")
    assert told[5:7] == [
        "This box runs from a USB stick. To put it on this machine's own disk, start it again,",
        "and choose in the first menu: Install on this machine's disk",
    ]
    assert "U 盘" in lines(replace(FRESH, from_stick=True), "zh")[5]
    grub = (Path(__file__).parents[3] / "image-build" / "disk" / "grub.cfg").read_text()
    assert f'menuentry "{told[6].partition(": ")[2]}"' in grub
