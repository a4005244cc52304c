"""`nightbell backup` and `nightbell restore`: one encrypted file that holds the box, and the box made of it again."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import psutil
import sqlalchemy as sa

from appliance.backup import restoring, store
from appliance.backup.making import SETTINGS, Made, alone, make
from appliance.backup.trouble import Trouble
from appliance.cli.given import settings_of
from appliance.cli.help import Command, Group
from appliance.cli.house import open_database, open_for_reading, plan_in_force
from appliance.cli.language import language, refusal, say
from appliance.foundation.backup_plan import Destination, ToDirectory
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty
from appliance.foundation.database import DirectDatabase
from appliance.foundation.values import new_id
from appliance.health_file import read_health
from appliance.settings import Settings, load
from appliance.supervision import Supervisor

PASSPHRASE = "NIGHTBELL_PASSPHRASE"  # noqa: S105 - a variable's name
BY, BY_HAND = "command line", "by-hand"
MEGA = 1e6
STATES = {"going": "being made", "made": "backed up", "failed": "not backed up"}

passphrase_file = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its first line opens the file. Default: environment NIGHTBELL_PASSPHRASE, else it is asked for.",
)


@click.group(cls=Group)
def backup() -> None:
    """One encrypted file that holds the whole box: records, plan, passwords, sounds, settings."""


@backup.command(name="make")
@click.argument("which", metavar="[ID]", required=False)
@click.option("--to", "directory", type=click.Path(file_okay=False, path_type=Path), help="A directory instead.")
@click.option("--recordings", is_flag=True, help="With --to: recorded talk too.")
@passphrase_file
@click.option("--by", default=BY, hidden=True)
@click.option("--progress", is_flag=True, help="Lines for programs on standard error: octets done, octets, stage.")
@click.pass_context
def make_(
    context: click.Context, which: str | None, directory: Path | None, recordings: bool,
    passphrase_file: Path | None, by: str, progress: bool,
) -> None:  # fmt: skip
    """Make a backup now, while the box runs: the one named ID in the plan, or one into a directory.

    It is read back to its end before it counts. Then those beyond the number to keep are removed.

    \b
      nightbell backup make nightly
      nightbell backup make --to /media/usb --recordings
    """
    settings, file = settings_of(context), _settings_file(context)
    database = open_database(settings)
    plan = plan_in_force(database)
    if directory is not None:
        os.environ[PASSPHRASE] = _passphrase(passphrase_file, confirm=True)
        chosen: Destination = _by_hand(directory, recordings)
    else:
        chosen = _chosen(plan.backups, which)
    _spare_others()
    try:
        with alone(settings):
            done = _on_record(database, settings, file, chosen, plan.site.name[language()], by, progress)
    except Trouble as why:
        raise click.ClickException(why.text(language())) from why
    print(say("{file}: {octets} MB", file=done.file, octets=f"{done.octets / MEGA:.1f}"))


@backup.command(name="list")
@click.pass_context
def list_(context: click.Context) -> None:
    """The latest backups, made or not."""
    with open_for_reading(settings_of(context)).engine.begin() as connection:
        for one in store.recent(connection):
            said = say(one.why, **one.facts) if one.why else f"{one.file} {one.octets / MEGA:.1f} MB".strip()
            print(f"{one.began_at:%Y-%m-%d %H:%M:%SZ} {one.backup:12} {say(STATES[one.state]):16} {said}".rstrip())


@backup.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@passphrase_file
def check(file: Path, passphrase_file: Path | None) -> None:
    """Open FILE to its end, and say what it holds. Nothing is restored."""
    try:
        found = restoring.look(file, _passphrase(passphrase_file))
    except Trouble as why:
        raise click.ClickException(why.text(language())) from why
    _tell(found.site, found.host, found.at, sum(found.tables.values()), found.heads.journal[0], found.files)


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@passphrase_file
@click.option("--replace", is_flag=True, help="Also where the box has records: they are gone then.")
@click.pass_context
def restore(context: click.Context, file: Path, passphrase_file: Path | None, replace: bool) -> None:
    """Make this box what FILE holds: records, plan, passwords, sounds; recorded talk if it is in it.

    The box must be stopped. All of it is unpacked beside what is there and judged first: each table's count, the ends
    of journal and ledger, both chains. Only then does it take its place, all at once; interrupted, it is finished when
    the box is started. The settings of this box stay; those of the backup are put beside them, or in their place where
    there are none.
    """
    settings_file = _settings_file(context)
    adopts = not settings_file.exists()
    settings = Settings(directory=settings_file.absolute().parent) if adopts else settings_of(context)
    _demand_still(settings)
    try:
        _demand_empty(settings, replace)
        found = restoring.prepare(settings, file, _passphrase(passphrase_file))
        if adopts:
            settings = _adopt(settings, settings_file)
            _demand_empty(settings, replace)
        restoring.switch(settings, settings_file, file.name, BY)
    except Trouble as why:
        raise click.ClickException(why.text(language())) from why
    _tell(found.site, found.host, found.at, sum(found.tables.values()), found.heads.journal[0], found.files)
    print(say("Restored: every table, the journal and the ledger agree with the backup."))


def _tell(site: str, host: str, at: datetime, rows: int, line: int, files: int) -> None:
    sentence = "{site} ({host}), {at}: {rows} rows, journal to line {line}, {files} files."
    print(say(sentence, site=site, host=host, at=f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}", rows=rows, line=line,
              files=files))  # fmt: skip


def _settings_file(context: click.Context) -> Path:
    file: Path = context.find_root().obj
    return file


def _chosen(planned: tuple[Destination, ...], which: str | None) -> Destination:
    known = {one.id: one for one in planned}
    if not known:
        raise click.ClickException(say("The plan names no backup: add one under [[backups]], or say --to DIRECTORY."))
    if which is None and len(known) == 1:
        return next(iter(known.values()))
    if which not in known:
        raise click.ClickException(say("Name one of the plan's backups: {names}", names=", ".join(known)))
    return known[which]


def _by_hand(directory: Path, recordings: bool) -> ToDirectory:
    return ToDirectory(
        id=BY_HAND, kind="directory", directory=str(directory.absolute()), own_disk=True, keep=1000,
        recordings=recordings, passphrase=f"env:{PASSPHRASE}",
    )  # fmt: skip


def _on_record(
    database: DirectDatabase, settings: Settings, file: Path, plan: Destination, site: str, by: str,
    progress: bool,
) -> Made:  # fmt: skip
    identity, clock, engine = new_id(), CommandClock(), database.engine
    with engine.begin() as connection:
        store.orphans(connection, clock.now())
        store.begin(connection, identity, plan.id, by, clock.now())
        one = store.one(connection, identity)
    assert one is not None
    try:
        done = make(settings, file, plan, site, one.began_at, _Telling(progress))
    except Trouble as why:
        with engine.begin() as connection:
            store.failed(connection, one, why, clock.now())
        raise
    with engine.begin() as connection:
        store.made(connection, one, done.file, done.octets, clock.now())
    return done


class _Telling:
    """Progress, for people or for programs."""

    def __init__(self, for_programs: bool) -> None:
        self._for_programs, self._told = for_programs, ""

    def __call__(self, stage: str, done: int, whole: int) -> None:
        if self._for_programs:
            line = f"{done} {whole} {stage}"
        else:
            line = f"{say(stage)} {100 * done // whole} %" if whole else say(stage)
        if line != self._told:
            print(line, file=sys.stderr, flush=True)
        self._told = line


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    if file is not None:
        return file.read_text("utf-8").partition("\n")[0].strip()
    given: str = os.environ.get(PASSPHRASE) or click.prompt(
        say("Passphrase"), hide_input=True, confirmation_prompt=confirm, err=True
    )
    return given


def _spare_others() -> None:
    """Calls come first."""
    psutil.Process().nice(10)


def _demand_still(settings: Settings) -> None:
    try:
        Supervisor(settings.supervisor_socket).pid()
        running = True
    except OSError:
        running = bool(read_health(settings.health_file))
    if running:
        raise click.ClickException(say("The box is running: stop it first, then restore."))


def _demand_empty(settings: Settings, replace: bool) -> None:
    try:
        lived_in = restoring.lived_in(settings)
    except sa.exc.OperationalError as why:
        raise click.ClickException(say("The records cannot be opened: {why}", why=str(why).splitlines()[0])) from why
    if lived_in and not replace:
        raise Trouble(restoring.NOT_EMPTY)


def _adopt(settings: Settings, settings_file: Path) -> Settings:
    """The settings of the backup, on a box that has none."""
    prepared = restoring.beside(settings) / SETTINGS
    try:
        settings_file.write_bytes(prepared.read_bytes())
        adopted = load(settings_file)
    except Faulty as why:
        settings_file.unlink()
        raise refusal(settings_file, why) from why
    if adopted.directory != settings.directory.resolve():
        settings_file.unlink()
        raise Trouble("The backup's settings name another directory: {directory}. Write settings for this box first.",
                      directory=adopted.directory)  # fmt: skip
    prepared.unlink()
    return adopted
