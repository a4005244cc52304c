"""`nightbell reset`: a box that begins anew."""

from __future__ import annotations

import time

import click
import sqlalchemy as sa

from appliance.cli.given import settings_of
from appliance.cli.help import Command
from appliance.cli.language import say
from appliance.foundation.migrate import NewerDatabase
from appliance.health_file import read_health
from appliance.reset.resetting import CONFIRM, TIERS, Tier, begin
from appliance.settings import Settings
from appliance.supervision import Supervisor

PATIENCE, PACE = 120, 0.5
"""Seconds that processes have to end, and between looks."""
ENDED = ("STOPPED", "EXITED", "FATAL")


@click.command(cls=Command)
@click.argument("tier", type=click.Choice(TIERS))
@click.option("--confirm", "typed", help="ERASE RECORDS or ERASE EVERYTHING. Default: it is asked for.")
@click.option("--by", default="command line", hidden=True)
@click.pass_context
def reset(context: click.Context, tier: Tier, typed: str | None, by: str) -> None:
    """Let the box begin anew. There is no way back but a backup.

    `records`: patients, calls, accounts, ledger, messages, recordings, voicemail, faxes, rosters and logs go; the plan
    with all revisions, log-ins, tariffs, telephones, passwords, sounds and settings stay. `everything`: only the
    settings stay. A box that runs is stopped for it, and started again after `records`.
    """
    settings = settings_of(context)
    given = typed or click.prompt(say("Type {words} to go on", words=CONFIRM[tier]), default="", show_default=False)
    if given != CONFIRM[tier]:
        raise click.ClickException(say("That is not {words}: nothing was changed.", words=CONFIRM[tier]))
    supervisor = _stopped(settings)
    try:
        begin(settings, tier, by)
    except (OSError, sa.exc.SQLAlchemyError, NewerDatabase) as why:
        first = str(why).splitlines()[0]
        raise click.ClickException(say("The box could not be reset: {why}", why=first)) from why
    finally:
        if supervisor is not None and tier == "records":
            supervisor.start_all()
    if supervisor is not None and tier == "everything":
        supervisor.shut_down()
    print(say("The box begins anew."))


def _stopped(settings: Settings) -> Supervisor | None:
    """The supervisor of a running box, its processes stopped; None where none runs."""
    supervisor = Supervisor(settings.supervisor_socket)
    try:
        supervisor.stop_all()
    except OSError as why:
        if read_health(settings.health_file):
            raise click.ClickException(say("The daemon runs without its supervisor: stop it first.")) from why
        return None
    for _ in range(int(PATIENCE / PACE)):
        if all(program.state in ENDED for program in supervisor.programs()):
            return supervisor
        time.sleep(PACE)
    supervisor.start_all()
    raise click.ClickException(say("The box could not be stopped: nothing was changed."))
