"""The bill of materials names what is in the image, with versions, hashes and licences, and is sound CycloneDX."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from imaging import components, licences
from imaging.build import HOUSE
from imaging.sbom import bill, faults, ours

EPOCH = 1_790_000_000
STATUS = """\
Package: plain
Status: install ok installed
Architecture: amd64
Version: 1:2.0-1

Package: machine
Status: install ok installed
Architecture: all
Version: 3

Package: machine-data
Status: install ok installed
Source: machine (3)
Architecture: all
Version: 3+b1
"""
MACHINE = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: machine

Files: *
Copyright: 2020 Somebody
License: GPL-2+
 See /usr/share/common-licenses/GPL-2.

Files: debian/*
Copyright: 2021 Another
License: Expat

Files: odd/*
Copyright: 2021 Another
License: Beerware and Expat
"""
PLAIN = "It is licensed as told in /usr/share/common-licenses/GPL-3, see there.\n"
METADATA = "Metadata-Version: 2.4\nName: {}\nVersion: 1.0\n{}\n"


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """A system of three Debian packages, one of which has no file of its own about its licence, and two of Python's."""
    root = tmp_path / "root"
    (root / "var/lib/dpkg").mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text(STATUS)
    for name, text in (("plain", PLAIN), ("machine", MACHINE)):
        (root / "usr/share/doc" / name).mkdir(parents=True)
        (root / "usr/share/doc" / name / "copyright").write_text(text)
    site = root / "usr/lib/nightbell/.venv/lib/python3.13/site-packages"
    for name, rest in (("A_b", "License-Expression: MIT OR Apache-2.0"), ("c", "License: UNKNOWN")):
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / f"{name}-1.0.dist-info" / "METADATA").write_text(METADATA.format(name, rest))
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "A_b-1.0-py3-none-any.whl").write_bytes(b"wheel")
    return root


def text(root: Path) -> str:
    """The bill of that system."""
    parts = [
        ours("0.1.0+x"),
        *components.debian(root, {"plain 1:2.0-1": "ab" * 32}),
        *components.python(root, root.parent / "wheels"),
        *components.voice(),
        *components.panel(HOUSE),
    ]
    return bill("0.1.0+x", EPOCH, parts)


def by_name(root: Path) -> dict[str, dict[str, Any]]:
    """Its components."""
    return {one["name"]: one for one in json.loads(text(root))["components"]}


def test_it_is_sound_and_the_same_each_time(root: Path) -> None:
    """By CycloneDX's own schema; its serial number and time come from what it says and from the commit."""
    one = text(root)
    assert faults(one) == ""
    assert text(root) == one
    told = json.loads(one)
    assert (told["specVersion"], told["metadata"]["timestamp"]) == ("1.6", "2026-09-21T14:13:20+00:00")
    other = bill("0.1.0+y", EPOCH, [ours("0.1.0+y")])
    assert json.loads(other)["serialNumber"] != told["serialNumber"]


def test_a_fault_is_found(root: Path) -> None:
    """The check is a real one."""
    assert faults(text(root).replace('"type": "application"', '"type": "teapot"'))


def test_debians_packages_have_their_hashes_and_licences(root: Path) -> None:
    """Each as its machine-readable file says it, in SPDX's words where it has some; else unknown."""
    found = by_name(root)
    assert found["plain"]["purl"] == "pkg:deb/debian/plain@1:2.0-1?arch=amd64&distro=trixie"
    assert found["plain"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert [one["license"]["name"] for one in found["plain"]["licenses"]] == ["unknown"]
    refers = [one["value"] for one in found["plain"]["properties"] if one["name"] == "nightbell:copyright-refers-to"]
    assert refers == ["GPL-3"]
    told = [one["license"].get("id") or one["license"]["name"] for one in found["machine"]["licenses"]]
    assert told == ["GPL-2.0-or-later", "MIT", "Beerware and Expat"]
    assert found["machine-data"]["licenses"] == found["machine"]["licenses"]


def test_pythons_packages_have_theirs(root: Path) -> None:
    """From their metadata; the hash is of the file that was installed."""
    found = by_name(root)
    assert found["a-b"]["purl"] == "pkg:pypi/a-b@1.0"
    assert found["a-b"]["licenses"][0]["expression"] == "MIT OR Apache-2.0"
    assert found["a-b"]["hashes"][0]["content"] == hashlib.sha256(b"wheel").hexdigest()
    assert found["c"]["licenses"][0]["license"]["name"] == "unknown"


def test_what_the_panel_brings_is_named(root: Path) -> None:
    """Every file of letters, and the icons with their version."""
    found = by_name(root)
    assert found["lucide-static"]["version"]
    letters = {file.name for file in (HOUSE / "web/static/fonts").glob("*.woff2")}
    assert letters
    assert letters <= set(found)
    assert found["nightbell"]["licenses"][0]["license"]["id"] == "Apache-2.0"


@pytest.mark.parametrize(
    ("debian", "spdx"),
    [
        ("GPL-2", "GPL-2.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("AGPL-3+", "AGPL-3.0-or-later"),
        ("GFDL-NIV-1.3+", "GFDL-1.3-or-later"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("ISC", "ISC"),
        ("public-domain", None),
        ("GPL-2+ with OpenSSL exception", None),
        ("GPL", None),
    ],
)
def test_debians_names_of_licences_in_spdxs_words(debian: str, spdx: str | None) -> None:
    """None where SPDX has no such name."""
    assert licences.spdx(debian) == spdx
