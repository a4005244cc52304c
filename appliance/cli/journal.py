"""`nightbell journal`: read and verify the record of everything that happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_for_reading
from appliance.cli.language import language, say
from appliance.foundation import journal as chain
from billing import chain as money
from billing import closing
from billing.audit import discrepancies


@click.group(cls=Group)
def journal() -> None:
    """The hash-chained journal: every event, in order, none ever changed."""


@journal.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Check the journal's whole chain, and the ledger of billing: its own chain, and that its books add up.

    Exit code 1, and a sentence for each line or ledger entry that was changed, removed, put in or moved, and for each
    sum that is wrong.
    """
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        faults = list(_faults(connection))
        lines, entries = chain.length(connection), money.length(connection)
    for fault in faults:
        print(fault)
    if faults:
        raise SystemExit(1)
    print(say("{count} lines, all whole", count=lines))
    print(say("{count} ledger entries, all whole, and the books add up", count=entries))


def _faults(connection: sa.Connection) -> Iterator[str]:
    for line in chain.verify(connection):
        yield say("line {line}: {reason}", line=line.id, reason=say(line.why, **line.facts))
    for entry in money.verify(connection):
        yield say("ledger entry {entry}: {reason}", entry=entry.entry, reason=say(entry.why, **entry.facts))
    for closed in closing.verify(connection):
        yield say("ledger entry {entry}: {reason}", entry=closed.entry, reason=say(closed.why, **closed.facts))
    for found in discrepancies(connection):
        yield found.text(language())


@journal.command()
@click.option("--after", type=int, default=0, help="Only lines after this number.")
@click.pass_context
def show(context: click.Context, after: int) -> None:
    """Print the journal, one JSON object a line: id, at, kind, body."""
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        for entry in chain.entries(connection, after=after):
            line = {"id": entry.id, "at": entry.at.isoformat(), "kind": entry.kind, "body": entry.body}
            print(json.dumps(line, ensure_ascii=False))


day_type = click.DateTime(["%Y-%m-%d"])
plan_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@journal.command()
@click.option("--plan", "file", type=plan_type, required=True, help="The plan to try.")
@click.option("--from", "first", type=day_type, help="First day; default: 30 days before the last.")
@click.option("--to", "last", type=day_type, help="Last day; default: today.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a call that differs, then one with the sums.")
@click.pass_context
def replay(context: click.Context, file: Path, first: datetime | None, last: datetime | None, as_json: bool) -> None:
    """What the escalation trees of another plan would have done with the calls of the past. Nothing is changed.

    People's deeds are taken as they were, and who was on duty by the roster as it is on record now. Listed is each call
    that would have been passed on otherwise; then how often each step was taken, and would have been.

    \b
      nightbell journal replay --plan new.toml --from 2026-03-01 --to 2026-03-31
    """
    from appliance.cli import replaying
    from nursecall.roster_store import books_of
    from nursecall.rota import Rota
    from nursecall.rules import Rules
    from nursecall.what_if import what_if

    plan = replaying.plan_in(file)
    zone = plan.site.zone
    end = datetime.combine(last or datetime.now(zone), time(), zone) + timedelta(days=1)
    start = datetime.combine(first, time(), zone) if first else end - timedelta(days=31)
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        # A shift of the day before may still have been on.
        rota = Rota(lambda: plan.nursecall, zone, books_of(connection, start.date() - timedelta(days=2), start))
        compared = what_if(chain.entries(connection, since=start), Rules(plan.nursecall, zone, rota), start, end)
    for line in replaying.as_json(compared) if as_json else replaying.as_text(compared, zone):
        print(line)
