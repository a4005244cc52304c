"""`nightbell run` and `nightbell daemon`: the box itself."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import cast

import click
from twisted.internet.base import ReactorBase

from appliance.backup.restoring import go_on, interrupted
from appliance.cli.given import settings_of
from appliance.cli.help import Command
from appliance.cli.house import open_database, plan_in_force
from appliance.cli.language import say
from appliance.direct import finish
from appliance.exchange_files import write_exchange
from appliance.programs import write_configuration
from appliance.reset import resetting
from appliance.settings import Settings
from pbx.extensions import Extensions
from pbx.seating.seats import telephones


@click.command(cls=Command)
@click.pass_context
def run(context: click.Context) -> None:
    """Run the box: supervisord with Asterisk, the speech worker and the daemon, until it is told to stop."""
    settings = settings_of(context)
    if interrupted(settings):
        go_on(settings, context.find_root().obj)
    if resetting.interrupted(settings):
        resetting.go_on(settings)
    try:
        _refresh_exchange(settings)
    except click.ClickException as why:
        # Without records the wards still work, by the copy of the plan, and desks ring one another.
        click.echo(say("{why} Going on with what was last in force.", why=why.message), err=True)
    file: Path = context.find_root().obj
    supervisord = write_configuration(settings, file.absolute())
    os.execv(  # noqa: S606 - the supervisor takes our place
        sys.executable, [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(supervisord)]
    )


def _refresh_exchange(settings: Settings) -> None:
    database = open_database(settings)
    plan = plan_in_force(database)
    secrets = finish(Extensions(database).secrets(plan.pbx.numbers()))
    write_exchange(settings, plan, secrets, finish(telephones(database)))
    database.engine.dispose()


@click.command(cls=Command)
@click.pass_context
def daemon(context: click.Context) -> None:
    """Run the daemon alone, as supervisord does. Use `nightbell run` for the whole box."""
    settings = settings_of(context)
    from twisted.internet import reactor

    from appliance.compose import serve

    # Twisted's timers follow the wall clock unless told otherwise; a step of the clock must not ring a ward.
    running = cast(ReactorBase, reactor)
    running.seconds = time.monotonic
    file: Path = context.find_root().obj
    raise SystemExit(serve(settings, file.absolute(), running))
