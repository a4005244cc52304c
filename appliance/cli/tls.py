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
from appliance.network_facts import keeps_address
from appliance.settings import Settings
from appliance.tls import deeds, enrolling
from appliance.tls.desk import names_of
from appliance.tls.enrolling import Place
from appliance.tls.shelf import Shelf
from appliance.tls.words import shown
from web.certificates import NotTaken
from web.enrolments import Wish

BY = "command line"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
    _say_enrolment(_place(settings))


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
@click.argument("files", nargs=-1, required=True, type=FILE)
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
        event = deeds.withdraw(Shelf(settings.tls), BY, CommandClock().now(), is_automatic=_place(settings).is_on())
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    print(say("The box's own certificate is in force."))


@tls.command()
@click.argument("directory")
@click.argument("names", nargs=-1)
@click.option("--root", "roots", multiple=True, type=FILE, help="The authority's root certificate.")
@click.option("--contact", default="", help="An e-mail address for the authority.")
@click.option("--key-id", default="", help="External account binding: the key id that the authority gave.")
@click.option("--hmac-key", type=FILE, help="A file with the HMAC key that belongs to it.")
@click.pass_context
def acme(
    context: click.Context, directory: str, names: tuple[str, ...], roots: tuple[Path, ...], contact: str, key_id: str,
    hmac_key: Path | None,
) -> None:  # fmt: skip
    """Let the box ask the hospital's authority for certificates by itself, by ACME, at DIRECTORY, for NAMES.

    \b
      nightbell tls acme https://ca.hospital.example/acme/directory --root root.pem
    """
    settings = settings_of(context)
    secret = hmac_key.read_text("utf-8").strip() if hmac_key is not None else ""
    wish = Wish(directory, [file.read_bytes() for file in roots], contact, " ".join(names), key_id, secret)
    try:
        event = enrolling.enrol(_place(settings), wish, names_of(settings.panel), BY, CommandClock().now())
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    print(say("A running box asks within ten seconds: 'nightbell tls show' says how it went."))


@tls.command()
@click.pass_context
def renew(context: click.Context) -> None:
    """Let the box ask for a new certificate now, though the old one is good for longer."""
    settings = settings_of(context)
    try:
        event = enrolling.renew(_place(settings), BY, CommandClock().now())
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    print(say("A running box asks within ten seconds: 'nightbell tls show' says how it went."))


@tls.command("acme-off")
@click.pass_context
def acme_off(context: click.Context) -> None:
    """Let the box ask for no certificates by itself any more. The one that is there stays."""
    settings = settings_of(context)
    try:
        event = enrolling.end(_place(settings), BY, CommandClock().now())
    except NotTaken as why:
        raise _refusal(why) from why
    _record(settings, event)
    print(say("Turned off: the certificate that is there stays."))


def _place(settings: Settings) -> Place:
    return Place(settings.tls, settings.panel, keeps_address)


def _say_enrolment(place: Place) -> None:
    try:
        told = place.enrolment()
    except NotTaken as why:
        print(say(str(why), **why.facts))
        return
    if told is None:
        return
    names = names_of(place.listen)
    asked = ", ".join(told.asked(names))
    print(say("The box asks {directory} by itself, for {names}.", directory=told.directory, names=asked))
    standing = place.shelf.standing()
    if standing.failures and standing.mark == told.mark(names):
        print(say(standing.why, **dict(standing.facts)))


def _refusal(why: NotTaken) -> click.ClickException:
    return click.ClickException(say(str(why), **why.facts))


def _record(settings: Settings, event: journal.Event) -> None:
    database = open_database(settings)
    with database.engine.begin() as connection:
        journal.append(connection, event)
    database.engine.dispose()
