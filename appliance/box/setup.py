"""Before the network is up: the file on the boot partition is read and applied. As root; what it writes is in /run.

python -m appliance.box.setup FILE      FILE: the boot partition's nightbell.toml
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from appliance.box import places
from appliance.box.file import BoxFile
from appliance.box.last_good import InForce, choose
from appliance.box.network.files import NAME, network_file
from appliance.box.ups import POWER_OFF, nut_files, told
from appliance.foundation.config import Fault
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language

ZONES = Path("/usr/share/zoneinfo")


@dataclass(frozen=True)
class Targets:
    """Where what was read goes; other directories in tests. group: of the daemon."""

    run: Path = places.RUN
    networks: Path = Path("/run/systemd/network")
    kept: Path = places.KEPT
    group: str = "nightbell"

    @property
    def nut(self) -> Path:
        """What Network UPS Tools read; /etc/nut leads here."""
        return self.run / "nut"

    @property
    def last_good(self) -> Path:
        """A copy of the last file that was sound."""
        return self.kept / places.LAST_GOOD.name


def main() -> None:
    """Apply the file that is named on the command line."""
    file = Path(sys.argv[1])
    in_force = apply(file.read_bytes() if file.is_file() else None, Targets())
    Path("/proc/sys/kernel/hostname").write_text(in_force.file.network.hostname)
    for line in complaint(in_force, "en"):
        print(line)


def apply(on_disk: bytes | None, targets: Targets) -> InForce:
    """Write what systemd and the daemon's units read. Returns what the box goes by."""
    in_force = choose(on_disk, targets.last_good)
    file = in_force.file
    for directory in (targets.run, targets.networks, targets.kept / "ssh"):
        directory.mkdir(parents=True, exist_ok=True)
    _write(targets.networks / NAME, network_file(file.network), 0o644)
    zone = targets.run / "localtime"
    zone.unlink(missing_ok=True)
    zone.symlink_to(ZONES / file.time_zone)
    _write(targets.run / "language", file.language, 0o644)
    # What the file says, for the units that come later: they must not read the boot partition again.
    _write(targets.run / "box.json", file.model_dump_json(exclude={"ups"}), 0o640)
    with suppress(LookupError):
        # It holds the hash of the administrator's password: for the daemon, and nobody else on the box.
        shutil.chown(targets.run / "box.json", group=targets.group)
    _write(targets.run / "source", in_force.source, 0o644)
    _write(targets.kept / "ssh" / "authorized_keys", f"{file.ssh.key}\n" if file.ssh.key else "", 0o600)
    _ups(file, targets)
    said = targets.run / places.COMPLAINT.name
    if in_force.faults:
        _write(said, "\n".join(complaint(in_force, file.language)) + "\n", 0o644)
    else:
        said.unlink(missing_ok=True)
    return in_force


def _ups(file: BoxFile, targets: Targets) -> None:
    """What NUT reads, where the box has a UPS; its units ask whether the files are there."""
    server = told(file.ups)
    if server is None:
        for old in (*targets.nut.glob("*.conf"), targets.nut / "upsd.users", targets.run / "ups.json"):
            old.unlink(missing_ok=True)
        return
    targets.nut.mkdir(mode=0o750, parents=True, exist_ok=True)
    for name, text in nut_files(file.ups, secrets.token_urlsafe(24), POWER_OFF).items():
        _write(targets.nut / name, text, 0o640)
    _write(targets.run / "ups.json", server.model_dump_json(), 0o644)


def complaint(in_force: InForce, language: Language) -> list[str]:
    """What is wrong with the file, and what counts instead; nothing where nothing is."""
    if not in_force.faults:
        return []
    instead = {
        "kept": "The last sound one counts until it is mended.",
        "default": "What the box was made with counts until it is mended.",
    }[in_force.source]
    return [*(_said(fault, language) for fault in in_force.faults), translate(instead, language)]


def _said(fault: Fault, language: Language) -> str:
    return translate("{path}: {reason}", language, path=places.NAME_ON_DISK, reason=fault.text(language))


def in_force(run: Path = places.RUN) -> BoxFile:
    """What `apply` decided at this start of the box."""
    return BoxFile.model_validate_json((run / "box.json").read_text("utf-8"))


def _write(file: Path, text: str, mode: int) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(file)


if __name__ == "__main__":
    main()
