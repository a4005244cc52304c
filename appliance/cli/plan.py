"""`nightbell plan`: the hospital's plan as numbered revisions."""

from __future__ import annotations

from pathlib import Path

import click

from appliance import revisions
from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database
from appliance.cli.language import refusal, say
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty
from appliance.supervision import tell_daemon

NO_REVISION = "there is no plan revision {number}"
NOT_RUNNING = "revision {number} is in force; the box is not running and will start with it"


@click.group(cls=Group)
def plan() -> None:
    """The plan of the hospital: wards, lines, extensions, trunks. Kept as revisions, activated as a whole."""


@plan.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", default="", help="Why this revision was made.")
@click.option("--activate", "at_once", is_flag=True, help="Put it in force as well.")
@click.pass_context
def load(context: click.Context, file: Path, note: str, at_once: bool) -> None:
    """Check FILE and keep it as a new revision; a faulty file is not kept and every fault is named."""
    database = open_database(settings_of(context))
    try:
        with database.engine.begin() as connection:
            now = CommandClock().now()
            number = revisions.keep(connection, file.read_text("utf-8"), by=_user(), note=note or file.name, at=now)
    except Faulty as why:
        raise refusal(file, why) from why
    print(say("kept as revision {number}", number=number))
    if at_once:
        context.invoke(activate, number=number)


@plan.command(name="list")
@click.pass_context
def list_(context: click.Context) -> None:
    """Every revision, newest first; * is in force."""
    with open_database(settings_of(context)).engine.begin() as connection:
        for revision in revisions.every(connection):
            mark = "*" if revision.active else " "
            print(f"{mark} {revision.id:4}  {revision.made_at:%Y-%m-%d %H:%M}Z  {revision.by:12}  {revision.note}")


@plan.command()
@click.argument("number", type=int, required=False)
@click.pass_context
def show(context: click.Context, number: int | None) -> None:
    """Print a revision as TOML: the one in force, or NUMBER."""
    with open_database(settings_of(context)).engine.begin() as connection:
        try:
            revision = revisions.active(connection) if number is None else revisions.find(connection, number)
        except revisions.NoSuchRevision as why:
            raise click.ClickException(say(NO_REVISION, number=number)) from why
    if revision is None:
        raise click.ClickException(say("No plan is in force."))
    click.echo(revision.text, nl=False)


@plan.command()
@click.argument("number", type=int)
@click.pass_context
def activate(context: click.Context, number: int) -> None:
    """Put revision NUMBER in force, also while the box runs; open calls go on."""
    settings = settings_of(context)
    try:
        with open_database(settings).engine.begin() as connection:
            revisions.activate(connection, number, by=_user(), at=CommandClock().now())
    except revisions.NoSuchRevision as why:
        raise click.ClickException(say(NO_REVISION, number=number)) from why
    except Faulty as why:
        raise refusal(say("revision {number}", number=number), why) from why
    running = tell_daemon(settings.supervisor_socket)
    print(say("revision {number} is in force", number=number) if running else say(NOT_RUNNING, number=number))


@plan.command()
@click.argument("slot", required=False)
@click.argument("number", type=int, required=False)
@click.option("--activate", "at_once", is_flag=True, help="Put what SLOT stands for in force.")
@click.pass_context
def slot(context: click.Context, slot: str | None, number: int | None, at_once: bool) -> None:
    """Let SLOT, a capital letter such as A, stand for revision NUMBER; without NUMBER say what it stands for."""
    with open_database(settings_of(context)).engine.begin() as connection:
        try:
            if slot is not None and number is not None:
                revisions.name(connection, slot, number, by=_user(), at=CommandClock().now())
        except revisions.NoSuchRevision as why:
            raise click.ClickException(say(NO_REVISION, number=number)) from why
        except ValueError as why:
            raise click.ClickException(say("{slot!r} is no slot: one capital letter is, such as A", slot=slot)) from why
        named = revisions.slots(connection)
    if slot is None:
        for letter, there in named.items():
            print(f"{letter}: {say('revision {number}', number=there)}")
    elif slot not in named:
        raise click.ClickException(say("nothing is in slot {slot}", slot=slot))
    elif at_once:
        context.invoke(activate, number=named[slot])
    else:
        print(f"{slot}: {say('revision {number}', number=named[slot])}")


def _user() -> str:
    import getpass

    return f"command line ({getpass.getuser()})"
