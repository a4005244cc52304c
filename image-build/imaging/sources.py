"""Where packages come from: this machine's own apt is asked, so that no server's name stands in any file."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imaging.lock import Archive, Package
from imaging.refusal import Refusal
from imaging.words import words

SUITES = ("trixie", "trixie-updates", "trixie-security")
BARE = ("?essential", "?priority(required)", "apt")
"""What mmdebstrap's minbase is, as apt says it."""
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Sources:
    """mirror: of Debian; security: of its security updates."""

    mirror: str
    security: str


def sources() -> Sources:
    """As apt has them. Raises Refusal."""
    return Sources(_known("Debian"), _known("Debian-Security"))


def _known(label: str) -> str:
    asked = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
        f"Label: {label}",
    ]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    if not found:
        raise Refusal(
            words(
                f"本机的 apt 不知道 {label} 的镜像：请在 /etc/apt 中配置并运行 'apt-get update'。",
                f"apt of this machine knows no mirror of {label}: name one in /etc/apt and run 'apt-get update'.",
            )
        )
    return found[0]


def asterisk_source(known: Sources, suite: str = "forky") -> list[str]:
    """The names, sizes and hashes of the files of Asterisk's newest source in `suite`, in order. Raises Refusal."""
    # A snapshot's Release file is past its date.
    line = f"deb-src [check-valid-until=no signed-by={KEYS}] {known.mirror} {suite} main\n"
    with tempfile.TemporaryDirectory() as scratch:
        options = _apt(Path(scratch), line)
        if options is not None:
            asked = ["apt-get", *options, "source", "--print-uris", "--download-only", "asterisk"]
            got = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
            rows = re.findall(r"^'[^']*' (\S+ \d+ \S+)$", got, re.M)
            if rows:
                return sorted(rows)
    raise Refusal(
        words(
            "无法从 Debian 获取 Asterisk 的源代码信息：网络是否正常？",
            "Asterisk's source could not be looked up at Debian: is the network up?",
        )
    )


def resolved(known: Sources, wanted: Sequence[str]) -> list[Package]:
    """The newest packages that a bare trixie with `wanted` is made of: names, or files of packages. Raises Refusal."""
    lines = "".join(
        f"deb [signed-by={KEYS}] {known.security if suite.endswith('-security') else known.mirror} {suite} main\n"
        for suite in SUITES
    )
    with tempfile.TemporaryDirectory() as scratch:
        options = _apt(Path(scratch), lines)
        if options is None:
            raise Refusal(
                words(
                    "无法从 Debian 获取 trixie 的软件包列表：网络是否正常？",
                    "The lists of trixie's packages could not be fetched from Debian: is the network up?",
                )
            )
        asked = ["apt-get", *options, "install", "--print-uris", "-y", *BARE, *wanted]
        run = subprocess.run(asked, capture_output=True, text=True, check=False)
        if run.returncode:
            fault = run.stderr.strip().removeprefix("E: ")
            raise Refusal(words(f"Debian trixie 无法解析软件包：{fault}", f"Debian trixie cannot provide: {fault}"))
        return [
            _package(known, *row)
            for row in re.findall(r"^'([^']*)' (\S+) (\d+) SHA256:([0-9a-f]{64})$", run.stdout, re.M)
        ]


def _package(known: Sources, address: str, file: str, size: str, sha256: str) -> Package:
    archive: Archive = "security" if address.startswith(known.security) else "debian"
    base = known.security if archive == "security" else known.mirror
    return Package(archive, int(size), sha256, address.removeprefix(base).lstrip("/"), file)


def _apt(there: Path, lines: str) -> list[str] | None:
    """The options of an apt of its own in `there`, which knows `lines` and nothing installed; none when it cannot."""
    for part in ("state/lists/partial", "cache/archives/partial", "parts"):
        (there / part).mkdir(parents=True)
    (there / "status").touch()
    (there / "sources.list").write_text(lines)
    places = {
        "Dir::Etc::SourceList": "sources.list", "Dir::Etc::SourceParts": "parts", "Dir::Etc::Preferences": "none",
        "Dir::Etc::PreferencesParts": "parts", "Dir::State": "state", "Dir::State::status": "status",
        "Dir::Cache": "cache",
    }  # fmt: skip
    settings = [f"{key}={there / place}" for key, place in places.items()]
    settings += ["Acquire::Languages=none", "Acquire::ForceHash=SHA256", "APT::Install-Recommends=false"]
    settings += ["APT::Architecture=amd64", "APT::Architectures=amd64", "APT::Sandbox::User=", "Debug::NoLocking=true"]
    options = ["-q", *(part for setting in settings for part in ("-o", setting))]
    updated = subprocess.run(["apt-get", *options, "update"], capture_output=True, text=True, check=False)
    return None if updated.returncode or "W: Failed to fetch" in updated.stderr else options
