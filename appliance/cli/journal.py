"""`nightbell journal`: read and verify the record of everything that happened."""

from __future__ import annotations

import json

import click

from appliance.cli.given import settings_of
from appliance.cli.house import open_for_reading
from appliance.foundation import journal as chain


@click.group()
def journal() -> None:
    """The hash-chained journal: every event, in order, none ever changed."""


@journal.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Check the whole chain. Exit code 1 and the number of each line that does not follow from the one before it."""
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        broken = list(chain.verify(connection))
        count = chain.length(connection)
    for line in broken:
        print(f"line {line.id}: {line.why}")
    if broken:
        raise SystemExit(1)
    print(f"{count} lines, all whole")


@journal.command()
@click.option("--after", type=int, default=0, help="Only lines after this number.")
@click.pass_context
def show(context: click.Context, after: int) -> None:
    """Print the journal, one JSON object a line: id, at, kind, body."""
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        for entry in chain.entries(connection, after=after):
            line = {"id": entry.id, "at": entry.at.isoformat(), "kind": entry.kind, "body": entry.body}
            print(json.dumps(line, ensure_ascii=False))
