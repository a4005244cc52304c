"""The daemon's directory on a disk's data partition, made of a backup."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path

from appliance.backup import restoring
from appliance.backup.comparing import Row
from appliance.backup.making import SETTINGS
from appliance.box import places
from appliance.box.daemon_settings import PANEL_PORT, settings_text
from appliance.box.file import BoxFile
from appliance.foundation.config import Faulty, parse
from appliance.settings import Settings, load

BY = "recovery medium"
USER = 200
"""Of the daemon's account and its group, as the image makes them."""


@dataclass(frozen=True)
class Home:
    """data: where the data partition is mounted. file: what the boot partition says of the box."""

    data: Path
    file: BoxFile
    user: int = USER

    @property
    def directory(self) -> Path:
        """The daemon's own."""
        return self.data / places.HOME.name

    def judge(self, backup: Path, passphrase: str, told: Callable[[Sequence[Row]], object]) -> None:
        """Unpack the backup beside what is there and compare. Raises Trouble: then nothing is changed."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        restoring.prepare(Settings(directory=self.directory), backup, passphrase, told)

    def switch(self, name: str) -> None:
        """Put what was judged in its place; the daemon owns all of it. name: of the backup's file. Raises Trouble."""
        own = self.directory / SETTINGS
        if not own.exists():
            own.write_text(self._settings(), "utf-8")
        restoring.switch(load(own), own, name, BY)
        for at, directories, files in os.walk(self.directory):
            for one in (at, *(os.path.join(at, name) for name in (*directories, *files))):  # noqa: PTH118
                os.lchown(one, self.user, self.user)
        os.sync()

    def _settings(self) -> str:
        """Those of the backup where they are of such a box; else what a new box has."""
        prepared = restoring.beside(Settings(directory=self.directory)) / SETTINGS
        try:
            text = prepared.read_text("utf-8")
            said = parse(text, Settings)
        except (OSError, ValueError, Faulty):
            return self._fresh()
        own = (said.database, said.directory, said.exchange.root, said.panel.port)
        return text if own == ("", Path(), "", PANEL_PORT) else self._fresh()

    def _fresh(self) -> str:
        said = self.file.network.address
        return settings_text(self.file, "" if said == "dhcp" else str(IPv4Interface(said).ip))
