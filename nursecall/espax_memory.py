"""What ESPA-X hosts have started and not stopped, kept in a file: a stop names a process, never its bed.

So a reset at the bed ends its call also when this box, or its plan, was started anew in between.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from twisted.logger import Logger

from nursecall.kept_rows import keep, kept
from nursecall.wire.espax import Processes, Started
from nursecall.wire.espax_processes import Process

log = Logger()


class Memory:
    """The processes of one line. file: where they are kept; a file that cannot be written or read is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.processes = Processes()
        self.processes.bring_back(_read(file))

    def keep(self) -> None:
        """Write down what runs now."""
        rows = [
            {"tan": one.tan, "named": one.named, "status": one.status, "started": asdict(one.started)}
            for one in self.processes.running()
        ]
        keep(self._file, rows)


def _read(file: Path) -> list[Process]:
    try:
        rows = kept(file)
        return [Process(Started(**row["started"]), row["tan"], row["named"], row["status"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        log.failure("what the hosts of {file} had started cannot be read", file=file.name)
        return []
