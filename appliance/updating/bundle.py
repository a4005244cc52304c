"""What a bundle says of itself, out of what the installer prints; and why it is refused. No I/O.

A bundle is a squashfs, its verity tree, a CMS signature with the manifest in it, and the length of that, 8 bytes.
Source: RAUC, docs/reference.rst, "Bundle Formats".
"""

from __future__ import annotations

import configparser
import json
import re
from dataclasses import dataclass
from typing import Any

from appliance.updating import trouble
from appliance.updating.release import COMPATIBLE, Release, from_build
from appliance.updating.trouble import Trouble

MAGIC = b"hsqs"
HEAD = 48
"""Bytes of a squashfs that say how long it is."""
LARGEST = 2**31
"""Bytes: a slot (image-build/disk/table.sfdisk)."""


@dataclass(frozen=True)
class Bundle:
    """One whose signature counts. signed_by: the subject of the certificate. octets: of the file."""

    release: Release
    signed_by: str
    octets: int


@dataclass(frozen=True)
class Tree:
    """Of the payload, from the signed manifest. size: bytes of the tree itself."""

    root: bytes
    salt: bytes
    size: int


def look(head: bytes, tail: bytes, octets: int) -> None:
    """Judge by the first HEAD and the last 8 bytes whether it can be one at all. Raises Trouble."""
    if head[:4] != MAGIC or len(head) < HEAD:
        raise Trouble(trouble.NOT_A_BUNDLE)
    if octets < int.from_bytes(head[40:48], "little"):
        raise Trouble(trouble.CUT_SHORT)
    if not 0 < int.from_bytes(tail, "big") <= octets - HEAD:
        raise Trouble(trouble.UNSIGNED)


def refusal(said: str) -> Trouble:
    """Why the installer refuses a bundle. said: its standard error."""
    last = said.strip().splitlines()[-1] if said.strip() else ""
    if "not allowed" in last:
        return Trouble(trouble.NOT_A_BUNDLE)
    if re.search(r"(?i)bundle format|signature size", last):
        return Trouble(trouble.CUT_SHORT)
    if re.search(r"(?i)failed to parse|asn1|wrong tag|no content", last):
        return Trouble(trouble.DAMAGED)
    if re.search(r"(?i)signature verification failed|verify error|certificate", last):
        return Trouble(trouble.STRANGER)
    return Trouble(trouble.REFUSED, why=last[-200:] or "?")


def described(printed: str, said: str, octets: int) -> Bundle:
    """The bundle. printed: JSON of `rauc info`; said: its standard error, which names the signer. Raises Trouble."""
    try:
        found: dict[str, Any] = json.loads(printed)
        other = str(found["compatible"])
    except (ValueError, KeyError, TypeError) as why:
        raise Trouble(trouble.NOT_A_BUNDLE) from why
    if other != COMPATIBLE:
        raise Trouble(trouble.WRONG_BOX, other=other[:60], own=COMPATIBLE)
    try:
        release = from_build(str(found.get("version") or "")[:60], str(found.get("build") or ""))
    except ValueError as why:
        raise Trouble(trouble.NOT_A_BUNDLE) from why
    signer = re.search(r"[Vv]erified (?:inline|detached) signature by '?([^'\n]{1,200})", said)
    return Bundle(release, _common_name(signer[1]) if signer else "", octets)


def tree(manifest: str) -> Tree:
    """From the manifest that was signed. Raises Trouble."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(manifest)
        bundle = parser["bundle"]
        return Tree(
            bytes.fromhex(bundle["verity-hash"]), bytes.fromhex(bundle["verity-salt"]), int(bundle["verity-size"])
        )
    except (configparser.Error, KeyError, ValueError) as why:
        raise Trouble(trouble.NOT_A_BUNDLE) from why


def progress(line: str) -> tuple[int, str] | None:
    """Percent and what is done, out of a line that `rauc install` prints."""
    found = re.fullmatch(r"\s*(\d{1,3})% (.{1,200})", line.rstrip())
    return (int(found[1]), found[2]) if found else None


def failure(said: str) -> Trouble:
    """Why an installation failed. said: all that `rauc install` printed."""
    found = re.findall(r"(?m)^LastError: (.+)$", said)
    why = found[-1] if found else (said.strip().splitlines() or ["?"])[-1]
    return Trouble(trouble.NOT_INSTALLED, why=why[-200:])


def _common_name(subject: str) -> str:
    found = re.search(r"CN ?= ?([^,/]+)", subject)
    return found[1].strip() if found else subject
