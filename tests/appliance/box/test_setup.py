"""At each start the file on the boot partition is applied; a broken one changes nothing but what the screen says."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.box.setup import Targets, apply, complaint, in_force
from appliance.box.ups import POWER_OFF
from appliance.hardware.ups_watch import wanted
from appliance.settings import UpsServer

GOOD = b'language = "en"\r\n[network]\r\nhostname = "bell-3"\r\n[ssh]\r\nkey = "ssh-ed25519 AAAA it"\r\n'
BROKEN = b"language = english\n"


@pytest.fixture(name="targets")
def _targets(tmp_path: Path) -> Targets:
    return Targets(run=tmp_path / "run", networks=tmp_path / "networks", kept=tmp_path / "kept")


def test_a_sound_file_is_applied_and_kept(targets: Targets) -> None:
    """Network, zone, language, key; and the file itself for the day it breaks."""
    apply(GOOD, targets)
    assert "DHCP=ipv4" in (targets.networks / "10-wired.network").read_text()
    assert (targets.run / "localtime").readlink() == Path("/usr/share/zoneinfo/Asia/Shanghai")
    assert (targets.kept / "ssh" / "authorized_keys").read_text() == "ssh-ed25519 AAAA it\n"
    assert targets.last_good.read_bytes() == GOOD
    assert in_force(targets.run).network.hostname == "bell-3"
    assert not (targets.run / "complaint").exists()


def test_a_broken_file_is_reported_and_the_last_good_one_counts(targets: Targets) -> None:
    """The box keeps its address; the screen says what is wrong, and where."""
    apply(GOOD, targets)
    found = apply(BROKEN, targets)
    assert found.source == "kept"
    assert in_force(targets.run).network.hostname == "bell-3"
    assert targets.last_good.read_bytes() == GOOD
    said = (targets.run / "complaint").read_text().splitlines()
    assert said[0].startswith("nightbell.toml: line 1: is not TOML")
    assert said[-1] == "The last sound one counts until it is mended."


def test_the_complaint_is_gone_with_its_cause(targets: Targets) -> None:
    """Mended, the file counts again."""
    apply(BROKEN, targets)
    apply(GOOD, targets)
    assert not (targets.run / "complaint").exists()


def test_a_box_without_any_sound_file_starts_as_it_was_made(targets: Targets) -> None:
    """With DHCP, in Chinese, and with a word about it."""
    found = apply(None, targets)
    assert (found.source, found.file.language) == ("default", "zh")
    assert complaint(found, "en") == [
        "nightbell.toml: the file is not there",
        "What the box was made with counts until it is mended.",
    ]


def test_a_key_that_is_taken_out_lets_nobody_in_any_more(targets: Targets) -> None:
    """SSH is off without one."""
    apply(GOOD, targets)
    apply(b"", targets)
    assert (targets.kept / "ssh" / "authorized_keys").read_text() == ""


def test_a_ups_is_told_to_nut_and_to_the_daemon(targets: Targets) -> None:
    """Only root and NUT read its passwords; without one there is nothing."""
    apply(b'[ups]\ndriver = "usbhid-ups"\n', targets)
    assert {file.name for file in targets.nut.iterdir()} == {
        "nut.conf", "ups.conf", "upsd.conf", "upsd.users", "upsmon.conf",
    }  # fmt: skip
    assert {file.stat().st_mode & 0o777 for file in targets.nut.iterdir()} == {0o640}
    assert wanted(None, targets.run / "ups.json") == UpsServer()
    assert f'SHUTDOWNCMD "{POWER_OFF}"' in (targets.nut / "upsmon.conf").read_text()
    first = (targets.nut / "upsd.users").read_text()
    apply(b'[ups]\ndriver = "usbhid-ups"\n', targets)
    assert (targets.nut / "upsd.users").read_text() != first
    apply(GOOD, targets)
    assert list(targets.nut.iterdir()) == []
    assert wanted(None, targets.run / "ups.json") is None


def test_a_ups_of_another_machine_is_listened_to(targets: Targets) -> None:
    """As a secondary: it is off before that machine lets the UPS go."""
    apply(b'[ups]\nserver = "rack@10.1.2.9:3500"\nuser = "mon"\npassword = "s3cret"\n', targets)
    assert wanted(None, targets.run / "ups.json") == UpsServer(host="10.1.2.9", port=3500, name="rack")
    told = (targets.nut / "upsmon.conf").read_text()
    assert 'MONITOR rack@10.1.2.9:3500 1 mon "s3cret" secondary' in told
    assert (targets.nut / "nut.conf").read_text() == "MODE=netclient\n"
    assert "s3cret" not in (targets.run / "box.json").read_text()


def test_the_administrators_hash_is_for_the_daemon_alone(tmp_path: Path) -> None:
    """Nobody else on the box reads it."""
    targets = Targets(tmp_path / "run", tmp_path / "networks", tmp_path / "kept", group="daemon")
    hashed = "$argon2id$" + 50 * "x"
    apply(f'[admin]\nsecret_hash = "{hashed}"\n'.encode(), targets)
    found = targets.run / "box.json"
    assert hashed in found.read_text()
    assert (found.stat().st_mode & 0o777, found.group()) == (0o640, "daemon")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('driver = "a"\nserver = "b@c"\nuser = "u"\npassword = "p"', "ups.server"),
        ('server = "b@c"', "ups.server"),
        ('driver = "usbhid-ups\\n[x]"', "ups.driver"),
        ('server = "b@c"\nuser = "u"\npassword = "p\\" x"', "ups.password"),
    ],
)
def test_what_a_ups_cannot_be_is_said(text: str, sentence: str, targets: Targets) -> None:
    """Nothing of it reaches NUT's files."""
    apply(f"[ups]\n{text}\n".encode(), targets)
    assert sentence in (targets.run / "complaint").read_text()
    assert not targets.nut.exists()
