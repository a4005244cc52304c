"""What the system is made of, as components of a bill of materials: Debian's packages, Python's, the panel's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import cast

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from debian.deb822 import Deb822
from packageurl import PackageURL

from imaging import licences
from tts import kokoro_model

OWN = "nightbell"
HOUSE = "usr/lib/nightbell"


def debian(root: Path, hashes: Mapping[str, str]) -> Iterator[Component]:
    """Each installed package. hashes: SHA-256 of its file, by `name version`."""
    with (root / "var/lib/dpkg/status").open("rb") as file:
        packages = sorted(Deb822.iter_paragraphs(file), key=lambda one: str(one["Package"]))
    texts: dict[str, str] = {}
    for one in packages:
        if text := licences.copyright_file(root, one["Package"]):
            texts.setdefault(_source(one), text)
    for one in packages:
        yield _debian(one, licences.copyright_file(root, one["Package"]) or texts.get(_source(one), ""), hashes)


def _source(package: Deb822) -> str:
    return str(package.get("Source", package["Package"])).split()[0]


def _debian(package: Deb822, text: str, hashes: Mapping[str, str]) -> Component:
    name, version = str(package["Package"]), str(package["Version"])
    under, common = licences.of_debian(text)
    purl = PackageURL("deb", "debian", name, version, {"arch": package["Architecture"], "distro": "trixie"})
    sha256 = hashes.get(f"{name} {version}")
    return Component(
        name=name, version=version, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl, licenses=under,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else [],
        properties=[
            Property(name=f"{OWN}:source", value=_source(package)),
            *(Property(name=f"{OWN}:copyright-refers-to", value=one) for one in common),
        ],
    )  # fmt: skip


def python(root: Path, wheels: Path) -> Iterator[Component]:
    """Each package of the daemon's environment. wheels: the files it was installed from."""
    hashes = {_of_wheel(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in wheels.glob("*.whl")}
    (site,) = (root / HOUSE / ".venv/lib").glob("python3.*/site-packages")
    found = sorted(distributions(path=[str(site)]), key=lambda one: _plain(one.metadata["Name"]))
    for one in found:
        yield _python(one, hashes)


def _python(one: Distribution, hashes: Mapping[tuple[str, str], str]) -> Component:
    name = _plain(one.metadata["Name"])
    purl = PackageURL("pypi", None, name, one.version)
    sha256 = hashes.get((name, one.version))
    return Component(
        name=name, version=one.version, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl,
        licenses=licences.of_python(cast(Message, one.metadata)),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else [],
    )  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_wheel(file: Path) -> tuple[str, str]:
    name, version = file.name.split("-")[:2]
    return _plain(name), version


def voice() -> Iterator[Component]:
    """The good voice: its network, whose parts came as wheels, and the styles of its voices."""
    yield Component(
        name="kokoro-82m", version=kokoro_model.MODEL[:12], type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref="kokoro-82m", licenses=[DisjunctiveLicense(id="Apache-2.0")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=kokoro_model.MODEL)],
    )  # fmt: skip
    purl = PackageURL("npm", None, "kokoro-js", kokoro_model.VOICES)
    yield Component(
        name="kokoro-js", version=kokoro_model.VOICES, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl,
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=kokoro_model.ARCHIVE)],
    )  # fmt: skip


def panel(source: Path) -> Iterator[Component]:
    """What the panel's pages bring along that is not ours, by `source`: icons in a template, letters as files."""
    icons = (source / "web/templates/icons.html").read_text("utf-8")
    found = re.search(r"Lucide ([\d.]+)", icons)
    version = found[1] if found else None
    purl = PackageURL("npm", None, "lucide-static", version)
    yield Component(
        name="lucide-static", version=version, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl,
        licenses=[DisjunctiveLicense(id="ISC")],
    )  # fmt: skip
    letters = sorted((source / "web/static/fonts").glob("*.woff2"))
    for file in letters:
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        yield Component(
            name=file.name, type=ComponentType.FILE, bom_ref=f"file:{file.name}",
            licenses=[DisjunctiveLicense(id="OFL-1.1")],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
        )  # fmt: skip
