"""Under which licences a package is, as far as it says so in a form that a program can read; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from pathlib import Path
from typing import cast

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement, LicenseExpression
from cyclonedx.spdx import is_supported_id
from debian.copyright import Copyright, License, NotMachineReadableError

Declared = DisjunctiveLicense | LicenseExpression
UNKNOWN = "unknown"
COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])")
SAME = {
    "expat": "MIT", "mit/x11": "MIT", "mit license": "MIT",
    "x11": "X11", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause", "isc": "ISC", "zlib": "Zlib", "apache-2.0": "Apache-2.0", "apache-2": "Apache-2.0",
    "openssl": "OpenSSL", "cc0-1.0": "CC0-1.0", "cc0": "CC0-1.0", "psf-2": "PSF-2.0", "python": "Python-2.0",
    "mpl-2.0": "MPL-2.0", "mpl-1.1": "MPL-1.1", "ofl-1.1": "OFL-1.1", "sil-1.1": "OFL-1.1", "boost-1.0": "BSL-1.0",
    "bsl-1.0": "BSL-1.0", "artistic-2.0": "Artistic-2.0", "artistic": "Artistic-1.0-Perl", "curl": "curl", "ftl": "FTL",
}  # fmt: skip
"""What Debian calls by another name than SPDX."""


def spdx(debian: str) -> str | None:
    """Debian's short name of one licence in SPDX's words: `GPL-2+` is `GPL-2.0-or-later`. None when SPDX has none."""
    name = debian.strip()
    if is_supported_id(name) and not re.match(r"(?i)^[AL]?GPL-[\d.]+\+?$|^GFDL-", name):
        return name
    if found := re.match(r"(?i)^((?:[AL]?GPL)|(?:GFDL))(?:-NIV)?-(\d)(?:\.(\d))?(\+?)$", name):
        family, major, minor, more = found.groups()
        full = f"{family.upper()}-{major}.{minor or 0}-{'or-later' if more else 'only'}"
        return full if is_supported_id(full) else None
    return SAME.get(name.lower())


def named(names: Iterable[str]) -> list[Declared]:
    """Each once, in order; those that SPDX knows by its name, the others as Debian writes them."""
    declared = LicenseAcknowledgement.DECLARED
    ids, others = set[str](), set[str]()
    for name in names:
        known = spdx(name)
        (ids if known else others).add(known or re.sub(r"\s+", " ", name).strip())
    return [
        *(DisjunctiveLicense(id=one, acknowledgement=declared) for one in sorted(ids)),
        *(DisjunctiveLicense(name=one, acknowledgement=declared) for one in sorted(others)),
    ]


def of_debian(text: str) -> tuple[list[Declared], list[str]]:
    """Of a `copyright` file. Returns the licences, or the common ones that it points to where it names none."""
    try:
        paragraphs = Copyright(text.splitlines(keepends=True), strict=False)
        licences = [cast("License | None", one.license) for one in paragraphs.all_files_paragraphs()]
        found = {one.synopsis for one in licences if one is not None}
    except (NotMachineReadableError, ValueError, TypeError):
        found = set()
    if names := {name for name in found if name}:
        return named(names), []
    return [DisjunctiveLicense(name=UNKNOWN)], sorted(set(COMMON.findall(text)))


def of_python(metadata: Message) -> list[Declared]:
    """Of a package's own metadata, the most exact first: expression, classifiers, a short word."""
    declared = LicenseAcknowledgement.DECLARED
    factory = LicenseFactory()
    if expression := metadata.get("License-Expression"):
        return [factory.make_from_string(expression, license_acknowledgement=declared)]
    word = str(metadata.get("License") or "").strip()
    if word and "\n" not in word and len(word) < 60 and word.upper() != "UNKNOWN":
        known = spdx(word)
        return [factory.make_from_string(known or word, license_acknowledgement=declared)]
    approved = "License :: OSI Approved :: "
    classifiers = metadata.get_all("Classifier", [])
    if classified := [one.removeprefix(approved) for one in classifiers if one.startswith(approved)]:
        return named(classified)
    return [DisjunctiveLicense(name=UNKNOWN)]


def copyright_file(root: Path, name: str) -> str | None:
    """What the image keeps of a Debian package's `copyright`; none when its directory was a link to another's."""
    file = root / "usr/share/doc" / name / "copyright"
    return file.read_text("utf-8", "replace") if file.exists() else None
