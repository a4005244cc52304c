"""What a backup says of itself beside what it holds: rows of each table, the ends of journal and ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from appliance.backup import manifest
from appliance.backup.manifest import Manifest
from appliance.backup.trouble import Trouble

DIFFERS = "{what}: the backup says {said}, and holds {found}. Nothing was restored."
ABSENT = "–"
SHOWN = 12
"""Letters of a hash that people compare."""


@dataclass(frozen=True)
class Row:
    """what: a table, `journal` or `ledger`. said, found: a number of rows, or of the last line with its hash."""

    what: str
    said: str
    found: str

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.said == self.found


def compare(connection: sa.Connection, said: Manifest) -> list[Row]:
    """Every table, then both ends."""
    there = manifest.tables(connection)
    rows = [
        Row(name, str(said.tables.get(name, ABSENT)), str(there.get(name, ABSENT)))
        for name in sorted({*said.tables, *there})
    ]
    return rows + compare_heads(connection, said)


def compare_heads(connection: sa.Connection, said: Manifest) -> list[Row]:
    """The ends of journal and ledger."""
    ours = vars(manifest.heads(connection))
    return [Row(name, _end(getattr(said.heads, name)), _end(found)) for name, found in ours.items()]


def demand(rows: Iterable[Row]) -> None:
    """Raises Trouble for the first that differs."""
    for row in rows:
        if not row.agrees:
            raise Trouble(DIFFERS, what=row.what, said=_short(row.said), found=_short(row.found))


def _end(head: tuple[int, str]) -> str:
    return f"{head[0]} {head[1]}"


def _short(text: str) -> str:
    number, _, end = text.partition(" ")
    return f"{number} {end[:SHOWN]}".strip()
