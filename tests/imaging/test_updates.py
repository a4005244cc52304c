"""What the parts of the image say of updates agrees; who signs them."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest

from appliance.updating.places import Places
from appliance.updating.release import COMPATIBLE
from imaging.build import HOUSE
from imaging.refusal import Refusal
from imaging.signing import development, signing

ROOT = HOUSE / "image-build" / "root"


def settings() -> configparser.ConfigParser:
    """Of the installer."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "etc/rauc/system.conf")
    return parser


def test_box_bundle_and_installer_mean_the_same() -> None:
    """What a bundle is for, where GRUB's memory and the slots are, whom the box trusts."""
    found, places = settings(), Places()
    assert found["system"]["compatible"] == COMPATIBLE
    assert f"compatible={COMPATIBLE}\n" in (HOUSE / "image-build/steps/bundle.sh").read_text()
    assert found["system"]["grubenv"] == str(places.boot_memory)
    assert str(places.boot_memory.parent) in (ROOT / "usr/lib/nightbell-box/with-env").read_text()
    early = (ROOT / "usr/lib/nightbell-box/early").read_text()
    names = {found[section]["bootname"]: found[section]["device"] for section in found if section.startswith("slot.")}
    assert set(names) == {"A", "B"}
    for name, device in names.items():
        assert f'ln -sfn "$(partition nightbell-root-{name.lower()})" {device}\n' in early
    assert found["keyring"]["path"] in (HOUSE / "image-build/steps/root.sh").read_text().replace('"$root', "")


def test_grub_reads_what_the_installer_writes() -> None:
    """Order, good and tries of both slots; only bundles with a hash tree are mounted."""
    grub = (HOUSE / "image-build/disk/grub.cfg").read_text()
    assert re.search(r"load_env -f \S+ ORDER A_OK A_TRY B_OK B_TRY", grub)
    assert settings()["system"]["bootloader"] == "grub"
    assert settings()["system"]["bundle-formats"] == "-plain"


def test_systemd_waits_for_what_the_daemon_asks() -> None:
    """In the directory that only the daemon writes to; whatever ends the work, it is said."""
    units = ROOT / "usr/lib/systemd/system"
    assert f"PathExists={Places().request}\n" in (units / "nightbell-update.path").read_text()
    service = (units / "nightbell-update.service").read_text()
    assert "with-env /usr/lib/nightbell/.venv/bin/python -m appliance.updating.job\n" in service
    assert "ExecStopPost=/usr/lib/nightbell/.venv/bin/python -m appliance.updating.job --ended\n" in service
    assert str(Places().home) in (ROOT / "usr/lib/nightbell-box/read-boot-file").read_text()


def test_a_development_key_is_made_once(tmp_path: Path) -> None:
    """For whoever gives none; nobody else can read it, and its CA vouches for it."""
    first = signing(tmp_path / "kept", {})
    content = first.key.read_bytes()
    assert first.is_development
    assert signing(tmp_path / "kept", {"SIGNING_KEY": ""}) == first
    assert first.key.read_bytes() == content
    assert first.key.stat().st_mode & 0o077 == 0
    checked = ["openssl", "verify", "-CAfile", str(first.ca), "-purpose", "any", str(first.cert)]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0


def test_the_builders_own_key_signs(tmp_path: Path) -> None:
    """With the certificate itself as whom boxes trust, unless a CA is given; a file that is missing is named."""
    own = development(tmp_path / "own", "Hospital IT")
    given = {"SIGNING_KEY": str(own.key), "SIGNING_CERT": str(own.cert)}
    found = signing(tmp_path / "kept", given)
    assert (found.key, found.cert, found.ca, found.is_development) == (own.key, own.cert, own.cert, False)
    assert signing(tmp_path / "kept", given | {"SIGNING_CA": str(own.ca)}).ca == own.ca
    assert not (tmp_path / "kept").exists()
    with pytest.raises(Refusal, match="SIGNING_CERT"):
        signing(tmp_path / "kept", {"SIGNING_KEY": str(own.key)})
    with pytest.raises(Refusal, match="/no/such"):
        signing(tmp_path / "kept", given | {"SIGNING_CA": "/no/such"})
