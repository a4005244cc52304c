"""`nightbell demo`: the whole appliance with its simulated hospital, in the foreground. `make run` is this."""

from __future__ import annotations

import os
from pathlib import Path

import click

from appliance.cli.help import Command
from appliance.cli.house import open_database, plan_in_force
from appliance.cli.language import language, refusal
from appliance.demo import HOSPITAL, Hospital, make_settings, wanted_ports
from appliance.direct import finish
from appliance.exchange_files import write_carrier, write_exchange
from appliance.foreground import Foreground
from appliance.foundation.config import Faulty
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.plan import Plan
from appliance.programs import write_configuration
from appliance.settings import Settings
from appliance.supervision import Supervisor
from appliance.taken import taken
from pbx.seating.seats import telephones


@click.command(cls=Command)
@click.option("--shift", type=click.IntRange(0, 40_000), default=0, help="Add this to every port (at the first start).")
@click.pass_context
def demo(context: click.Context, shift: int) -> None:
    """Bring up the appliance with its simulated hospital; Ctrl-C stops all of it.

    The first start makes settings, log-ins, telephone accounts and patients; they stay in var/ for the next.
    What it prints is in var/demo.json too (readable by you alone), so that scripts can drive it.
    Remove var/ to begin anew.
    """
    os.umask(0o077)  # passwords, PINs and patients: for the owner's eyes only
    file: Path = context.find_root().obj
    tongue = language()
    is_new = not file.exists()
    try:
        settings = make_settings(file, shift, HOSPITAL.parent / "build" / "asterisk", tongue)
    except Faulty as why:
        raise refusal(file, why) from why
    if shift and not is_new:
        _say_ports_stay(file, settings, tongue)
    _refuse_second(settings, tongue)
    database = open_database(settings)
    told = Hospital(settings, database).fill(shift)
    plan = plan_in_force(database)
    _refuse_taken(settings, plan, file, tongue)
    supervisord = write_configuration(settings, file.absolute())
    secrets = {phone["extension"]: phone["secret"] for phone in told["sip"]["accounts"]}
    write_exchange(settings, plan, secrets, finish(telephones(database)))
    write_carrier(settings, plan, secrets)
    database.engine.dispose()
    raise SystemExit(Foreground(settings, supervisord, told, tongue).run())


def _say_ports_stay(file: Path, settings: Settings, language: Language) -> None:
    words = "The ports stay as {file} has them (panel: {port}): a shift counts at the first start only."
    click.echo(translate(words, language, file=file, port=settings.panel.port))


def _refuse_second(settings: Settings, language: Language) -> None:
    try:
        pid = Supervisor(settings.supervisor_socket).pid()
    except OSError:
        return
    raise click.ClickException(
        translate("This box is running already (process {pid}): stop it there with Ctrl-C.", language, pid=pid)
    )


def _refuse_taken(settings: Settings, plan: Plan, file: Path, language: Language) -> None:
    gone = taken(list(wanted_ports(settings, plan)))
    if not gone:
        return
    somebody = translate("another user's process", language)
    lines = [
        translate(
            "Port {port} of {address} ({key}) is taken by {by}.",
            language,
            port=one.wanted.port,
            address=one.wanted.address,
            key=one.wanted.key,
            by=one.by or somebody,
        )
        for one in gone
    ]
    hint = translate("Stop it, or change {file}, or start beside it: make run SHIFT=1000", language, file=file)
    raise click.ClickException("\n".join([*lines, hint]))
