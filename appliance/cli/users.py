"""`nightbell user`: who may log in to the panel."""

from __future__ import annotations

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database
from appliance.cli.language import say
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from web.auth import UserExists, Users
from web.passwords import Passwords, WeakPassword, fresh, here, judge
from web.rights import ROLES, Role


@click.group(cls=Group)
def user() -> None:
    """Log-ins of the panel."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(sorted(ROLES)), required=True)
@click.pass_context
def add(context: click.Context, name: str, role: Role) -> None:
    """Add a log-in and print its one-time password, which must be changed at the first log-in."""
    users = Users(open_database(settings_of(context)), CommandClock(), Passwords(here))
    password = fresh(name)
    try:
        finish(users.add(name, role, password, by="command line"))
    except UserExists as why:
        raise click.ClickException(say("There is a log-in {name!r} already.", name=name)) from why
    except ValueError as why:
        sentence = "{name!r} is no name of a log-in: small letters, digits, . _ - are"
        raise click.ClickException(say(sentence, name=name)) from why
    print(f"{name}  {password}")


@user.command(name="hash")
def hashed() -> None:
    """Ask for a password, twice, and print its hash: `secret_hash` of nightbell.toml on the box's boot partition."""
    password = click.prompt(say("Password"), hide_input=True, confirmation_prompt=say("Password again"), err=True)
    try:
        judge(password, "admin")
    except WeakPassword as why:
        raise click.ClickException(say(str(why))) from why
    print(finish(Passwords(here).hash(password)))
