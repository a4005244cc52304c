"""Where packages come from: this machine's own apt is asked, so that no server's name stands in any file."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imaging.refusal import Refusal
from imaging.words import words

SUITES = ("trixie", "trixie-updates", "trixie-security")
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


def state(known: Sources) -> str:
    """A hash that changes whenever Debian's trixie does. Raises Refusal."""
    found = hashlib.sha256()
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "InRelease"
        for suite in SUITES:
            base = known.security if suite.endswith("-security") else known.mirror
            file.unlink(missing_ok=True)
            address = f"{base.rstrip('/')}/dists/{suite}/InRelease"
            got = subprocess.run(
                ["/usr/lib/apt/apt-helper", "download-file", address, str(file)], capture_output=True, check=False
            )
            if got.returncode or not file.exists():
                raise Refusal(
                    words(
                        f"无法从 Debian 获取 {suite}：网络是否正常？",
                        f"{suite} could not be fetched from Debian: is the network up?",
                    )
                )
            found.update(_packages(file.read_text("utf-8", "replace")).encode())
    return found.hexdigest()


def _packages(release: str) -> str:
    """Only the hashes of the package lists we use: dates and signatures change without them."""
    return "\n".join(re.findall(r"^ [0-9a-f]{64} +\d+ main/binary-amd64/Packages$", release, re.M))


def asterisk_source(known: Sources, suite: str = "forky") -> str:
    """The names and hashes of the files of Asterisk's newest source in `suite`. Raises Refusal."""
    with tempfile.TemporaryDirectory() as scratch:
        there = Path(scratch)
        for part in ("state/lists/partial", "cache/archives/partial", "parts"):
            (there / part).mkdir(parents=True)
        (there / "status").touch()
        # A snapshot's Release file is past its date.
        (there / "sources.list").write_text(
            f"deb-src [check-valid-until=no signed-by={KEYS}] {known.mirror} {suite} main\n"
        )
        options = _options(there)
        if subprocess.run(["apt-get", *options, "update"], capture_output=True, check=False).returncode == 0:
            asked = ["apt-get", *options, "source", "--print-uris", "--download-only", "asterisk"]
            got = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
            rows = re.findall(r"^'[^']*' (\S+ \d+ \S+)$", got, re.M)
            if rows:
                return "\n".join(sorted(rows))
    raise Refusal(
        words(
            "无法从 Debian 获取 Asterisk 的源代码信息：网络是否正常？",
            "Asterisk's source could not be looked up at Debian: is the network up?",
        )
    )


def _options(there: Path) -> Sequence[str]:
    places = {
        "Dir::Etc::SourceList": "sources.list", "Dir::Etc::SourceParts": "parts", "Dir::State": "state",
        "Dir::State::status": "status", "Dir::Cache": "cache",
    }  # fmt: skip
    words_of = [f"{key}={there / place}" for key, place in places.items()]
    words_of += ["Acquire::Languages=none", "APT::Sandbox::User=", "Debug::NoLocking=true"]
    return ["-q", *(part for word in words_of for part in ("-o", word))]
