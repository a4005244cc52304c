"""systemd-networkd, which is told the network by a file and reads it again."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from appliance.box.network.files import NAME, network_file
from appliance.foundation import durable
from appliance.network.table import NetworkTable

READABLE = 0o644
PATIENCE = 30.0
"""Seconds for networkd to answer."""


@dataclass(frozen=True)
class Networkd:
    """directory: where it finds the file; gone with the next start of the box, whose setup writes it anew."""

    directory: Path = Path("/run/systemd/network")

    def apply(self, network: NetworkTable) -> None:
        """Put it in force; cards whose file has changed are set up anew. Raises OSError."""
        durable.write(self.directory / NAME, network_file(network).encode(), READABLE)
        try:
            done = subprocess.run(
                ["networkctl", "reload"], capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired as why:
            raise OSError("systemd-networkd does not answer") from why
        if done.returncode:
            raise OSError(done.stderr.strip()[-200:] or "networkctl reload failed")
