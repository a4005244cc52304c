"""`nightbell recordings`: what was recorded, and whether it can still be read."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database, open_for_reading
from appliance.cli.language import say
from appliance.foundation import logs
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase
from appliance.foundation.journal import append
from pbx.recording import store
from pbx.recording.events import RecordingExported
from pbx.recording.reading import Wave
from pbx.recording.sealed import Unreadable
from pbx.recording.views import Found, Wanted, search
from pbx.recording.workshop import Workshop

BY = "command line"
PACE, LATER = 1.0, 10.0
"""Seconds between looks at what there is to do, and after something went wrong."""


@click.group(cls=Group)
def recordings() -> None:
    """Recorded talk: list it, export it, verify that it can be read."""


@recordings.command(name="list")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="UTC.")
@click.option("--number", default="", help="Of either end, or a part of it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def list_(context: click.Context, since: datetime | None, number: str, as_json: bool) -> None:
    """List recordings, the newest first."""
    database = open_for_reading(settings_of(context))
    begin = since.replace(tzinfo=UTC) if since is not None else None
    with database.engine.begin() as connection:
        for row in search(connection, Wanted(since=begin, number=number, most=10_000)):
            print(json.dumps(_told(row), ensure_ascii=False) if as_json else _line(row))


@recordings.command()
@click.argument("identity", metavar="ID")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def export(context: click.Context, identity: str, file: Path) -> None:
    """Write the recording ID to FILE as WAV. It is noted who did: the command line."""
    settings = settings_of(context)
    database, now = open_database(settings), CommandClock().now()
    one = _known(database, identity)
    try:
        wave = Wave(settings.recording_places.opened(one.id, one.store), one)
        with database.engine.begin() as connection:
            store.note(connection, one.id, "exported", BY, now)
            append(connection, RecordingExported(at=now, recording=one.id, by=BY))
        with file.open("wb") as writing:
            for piece in wave.pieces():
                writing.write(piece)
    except (OSError, Unreadable) as why:
        raise click.ClickException(say("Recording {id} cannot be read: {why}", id=identity, why=why)) from why
    print(say("{file}: {seconds} s", file=file, seconds=f"{one.seconds:.1f}"))


@recordings.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Open every sealed file with the key. Each that cannot be read is named; exit code 1 if there is one."""
    settings = settings_of(context)
    with open_for_reading(settings).engine.begin() as connection:
        every = store.every(connection)
    broken = 0
    for one in every:
        try:
            settings.recording_places.opened(one.id, one.store).verify()
        except (OSError, Unreadable) as why:
            broken += 1
            click.echo(say("Recording {id} cannot be read: {why}", id=one.id, why=why), err=True)
    print(say("{count} recordings, {broken} cannot be read", count=len(every), broken=broken))
    raise SystemExit(1 if broken else 0)


@recordings.command(hidden=True)
@click.pass_context
def work(context: click.Context) -> None:
    """See to recordings after their calls, as supervisord does: seal them, move them, throw them away."""
    settings = settings_of(context)
    logs.start()
    workshop = Workshop(open_database(settings).engine, settings.recording_places, CommandClock())
    tidied = False
    while True:
        try:
            if not tidied:
                workshop.tidy()
                tidied = True
            if not workshop.work():
                time.sleep(PACE)
        except Exception:
            Workshop.log.failure("seeing to recordings failed; it is tried again")
            time.sleep(LATER)


def _known(database: DirectDatabase, identity: str) -> store.Kept:
    with database.engine.begin() as connection:
        one = store.kept(connection, identity)
    if one is None:
        raise click.ClickException(say("There is no recording {id}.", id=identity))
    return one


def _told(row: Found) -> dict[str, object]:
    told: dict[str, object] = dict(vars(row))
    del told["shape"]
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


def _line(row: Found) -> str:
    mark = "*" if row.marked_at else " "
    ends = f"{row.caller} → {row.called}"
    return f"{row.id} {mark} {row.began_at:%Y-%m-%d %H:%M:%S} {row.seconds:7.1f} s  {ends}  {row.state}"
