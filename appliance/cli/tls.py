"""`nightbell tls`: the certificate by which browsers know the box."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database
from appliance.cli.language import say
from appliance.foundation import journal
from appliance.foundation.clock import CommandClock
from appliance.settings import Settings
from appliance.tls import deeds
from appliance.tls.desk import names_of, shown
from appliance.tls.shelf import Shelf
from web.certificates import NotTaken

BY = "command line"


@click.group(cls=Group)
def tls() -> None:
    """The certificate by which browsers know the box. What is changed here, a running box takes up by itself."""


@tls.command()
@click.pass_context
def show(context: click.Context) -> None:
    """Show the certificate in force."""
    settings, clock = settings_of(context), CommandClock()
    shelf = Shelf(settings.tls)
    one = shown(shelf.in_force(names_of(settings.panel), clock.now()), shelf, clock)
    print(say("Made by the box itself.") if one.own else say("Of the hospital; issuer: {name}.", name=one.issuer))
    print(say("For: {names}", names=", ".join(one.names)))
    print(say("Ends {date}, in {days} days.", date=f"{one.ends:%Y-%m-%d}", days=one.days))
    print(f"SHA-256: {one.sha256}")
    if one.trouble:
        print(say(one.trouble, **one.facts))
    if settings.panel.tls_port is None:
        print(say("Nobody listens by HTTPS: the settings have no tls_port in [panel]."))


@tls.command()
@click.argument("names", nargs=-1)
@click.option("--organisation", default="", help="The organisation in the request.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to. Default: standard output.")
@click.pass_context
def csr(context: click.Context, names: tuple[str, ...], organisation: str, out: Path | None) -> None:
    """Make a key, and a request for the hospital's authority to sign, for NAMES. Default: all the box has.

    \b
      nightbell tls csr nightbell.hospital.example 10.1.2.3 --out nightbell.csr
    """
    settings = settings_of(context)
    wanted = " ".join(names or names_of(settings.panel).every())
    try:
        text, event = deeds.request(Shelf(settings.tls), wanted, organisation, BY, CommandClock().now())
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    if out is None:
        print(text.decode(), end="")
    else:
        out.write_bytes(text)


@tls.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase", default="", envvar="NIGHTBELL_PASSPHRASE", help="Of the key (or NIGHTBELL_PASSPHRASE).")
@click.pass_context
def use(context: click.Context, files: tuple[Path, ...], passphrase: str) -> None:
    """Put the hospital's certificate into force: FILES with it and those above it, and its key if we did not make it.

    PEM, DER, P7B and PKCS#12 are read. It is checked first; one that does not fit changes nothing.
    """
    settings = settings_of(context)
    try:
        event = deeds.take(
            Shelf(settings.tls), [file.read_bytes() for file in files], passphrase, names_of(settings.panel), BY,
            CommandClock().now(),
        )  # fmt: skip
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    print(say("It is in force."))


@tls.command()
@click.pass_context
def own(context: click.Context) -> None:
    """Take the hospital's certificate away: the box's own counts again."""
    settings = settings_of(context)
    try:
        event = deeds.withdraw(Shelf(settings.tls), BY, CommandClock().now())
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    print(say("The box's own certificate is in force."))


def _refusal(why: NotTaken) -> click.ClickException:
    return click.ClickException(say(str(why), **why.facts))


def _record(settings: Settings, event: journal.Event) -> None:
    database = open_database(settings)
    with database.engine.begin() as connection:
        journal.append(connection, event)
    database.engine.dispose()
