"""A box from the image as far as its network goes: files in a directory, what is in force in a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.box.network.job import Job
from appliance.box.network.keeping import keep
from appliance.foundation.values import new_id
from appliance.network import asking, record
from appliance.network.asking import Request, What
from appliance.network.box import in_force
from appliance.network.places import Places
from appliance.network.record import Change
from appliance.network.table import NetworkTable

OLD = NetworkTable(hostname="bell-3", address="10.9.0.2/24", gateway="10.9.0.1")
NEW = NetworkTable(hostname="bell-3", address="10.9.0.3/24", gateway="10.9.0.1", dns=("10.9.0.53",))
FILE = """\
# Ward 3, second rack
language = "en"

[network]
hostname = "bell-3"
address = "10.9.0.2/24"   # by Wu, 2026
gateway = "10.9.0.1"
# dns = ["10.1.2.53"]
"""
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass
class DirectoryBox:
    """broken: a network that cannot be put in force. taken: whose MAC has the address that is wanted.

    on_wait: what happens when root's process waits next; by then so many seconds have passed.
    """

    directory: Path
    places: Places
    now: float = 5000.0
    applied: list[NetworkTable] = field(default_factory=lambda: [OLD])
    broken: NetworkTable | None = None
    unwritable: bool = False
    taken: str = ""
    on_wait: list[Callable[[], object]] = field(default_factory=list)

    @property
    def boot_file(self) -> Path:
        """IT's own, on the boot partition."""
        return self.directory / "boot" / "nightbell.toml"

    def job(self) -> Job:
        """Root's process."""
        return Job(
            self.places, self._apply, self._keep, lambda wanted: self.taken, self.own, lambda: self.now,
            lambda: MORNING + timedelta(seconds=self.now), self._wait,
        )  # fmt: skip

    def ask(self, what: What, wanted: NetworkTable | None = None, reached_at: str = "", by: str = "admin") -> None:
        """As the panel does."""
        asking.ask(self.places, Request(new_id(), what, by, wanted, reached_at))

    def last(self) -> Change:
        """What root has put down."""
        found = record.read(self.places.record, self.places.boot(), in_force(self.places.box))
        assert found is not None
        return found

    def restart(self) -> None:
        """The machine is started anew."""
        self.places.boot_id.write_text(f"{new_id()}\n")
        self.now = 10.0

    def own(self) -> list[str]:
        """The addresses it has now."""
        held = self.applied[-1].fixed
        return [str(held.ip)] if held else ["10.9.0.77"]

    def _apply(self, network: NetworkTable) -> None:
        if network == self.broken:
            raise OSError("networkd does not answer")
        self.applied.append(network)

    def _keep(self, network: NetworkTable) -> None:
        if self.unwritable:
            raise OSError("read-only file system")
        keep(network, self.boot_file.parent, self.places)

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        if self.on_wait:
            self.on_wait.pop(0)()


def directory_box(directory: Path) -> DirectoryBox:
    """One that was started with OLD."""
    places = Places(
        directory / "run",
        directory / "kept",
        directory / "home" / "network",
        directory / "cards",
        directory / "boot_id",
    )
    for one in (places.run, places.kept, places.cards / "eth0", directory / "boot"):
        one.mkdir(parents=True)
    for name, text in (("type", "1"), ("address", "02:00:00:00:00:02"), ("carrier", "1")):
        (places.cards / "eth0" / name).write_text(f"{text}\n")
    places.boot_id.write_text("first\n")
    places.source.write_text("disk")
    places.box.write_text(json.dumps({"language": "en", "network": OLD.model_dump(mode="json")}))
    made = DirectoryBox(directory, places)
    made.boot_file.write_text(FILE)
    (places.kept / "nightbell.toml").write_text(FILE)
    return made
