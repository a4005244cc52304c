"""What a backup says of itself: the first thing in it, by which a restored box is judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from appliance.backup.trouble import Trouble
from appliance.foundation import journal
from billing import chain

FORM = 1
"""Of the content; a later one is refused by whoever does not know it."""
NEWER = "The backup was made by a newer version: install that version, then restore."


@dataclass(frozen=True)
class Heads:
    """Where the journal and the ledger end: number of the last line or entry, and its hash."""

    journal: tuple[int, str]
    ledger: tuple[int, str]


@dataclass(frozen=True)
class Manifest:
    """made_at: ISO 8601, UTC. step: of the database's tables. directory: where the box had its files.

    tables: rows of each. files, octets: besides the records. recordings: whether recorded talk is among them.
    """

    form: int
    made_at: str
    host: str
    site: str
    step: str
    directory: str
    tables: Mapping[str, int]
    heads: Heads
    recordings: bool
    files: int
    octets: int

    def to_json(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @staticmethod
    def from_json(text: bytes) -> Manifest:
        """Raises Trouble for one of a later form, ValueError, TypeError, KeyError for what is none."""
        told = json.loads(text)
        if told["form"] > FORM:
            raise Trouble(NEWER)
        heads = told.pop("heads")
        ends = Heads(*(((int(heads[name][0]), str(heads[name][1]))) for name in ("journal", "ledger")))
        return Manifest(**told, heads=ends)

    @property
    def at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_at)


def tables(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table has, whatever version made them."""
    names = [name for name in sa.inspect(connection).get_table_names() if name != "alembic_version"]
    count = sa.func.count()
    return {
        name: connection.execute(sa.select(count).select_from(sa.table(name))).scalar_one() for name in sorted(names)
    }


def heads(connection: sa.Connection) -> Heads:
    """Where both chains end."""
    last = journal.head(connection)
    return Heads((last.id, last.hash), chain.head(connection))


def step(connection: sa.Connection) -> str:
    """Of the database's tables."""
    return MigrationContext.configure(connection).get_current_revision() or ""
