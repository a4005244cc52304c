"""What ESPA-X hosts have started and not stopped, kept in a file: a stop names a process, never its bed.

So a reset at the bed ends its call also when this box, or its plan, was started anew in between.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from nursecall.kept_rows import keep, kept
from nursecall.wire.espax import Outcome, Processes, Started
from nursecall.wire.espax_processes import Process

log = Logger()

KEPT = ("tan", "named", "status", "client", "outcome", "by")
"""What is kept of a process, beside what started it."""


class Memory:
    """The processes of one line. file: where they are kept; a file that cannot be written or read is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.processes = Processes()
        self.processes.bring_back(_read(file))

    def keep(self) -> None:
        """Write down what runs now."""
        rows = [
            {name: getattr(one, name) for name in KEPT} | {"started": asdict(one.started)}
            for one in self.processes.running()
        ]
        keep(self._file, rows)


def _read(file: Path) -> list[Process]:
    try:
        rows = kept(file)
        return [_process(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        log.failure("what the hosts of {file} had started cannot be read", file=file.name)
        return []


def _process(row: dict[str, Any]) -> Process:
    # A file of the version before has neither client nor outcome.
    outcome = Outcome(row["outcome"]) if row.get("outcome") else None
    started, more = Started(**row["started"]), {"client": row.get("client", ""), "by": row.get("by", "")}
    return Process(started, row["tan"], row["named"], row["status"], outcome=outcome, **more)
