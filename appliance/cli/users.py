"""`nightbell user`: who may log in to the panel."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.house import open_database
from appliance.cli.language import say
from appliance.direct import finish
from appliance.foundation.clock import CommandClock
from web.auth import LastAdministrator, UserExists, Users
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
    users, password = _users(context), fresh(name)
    try:
        finish(users.add(name, role, password, by="command line"))
    except UserExists as why:
        raise click.ClickException(say("There is a log-in {name!r} already.", name=name)) from why
    except ValueError as why:
        sentence = "{name!r} is no name of a log-in: small letters, digits, . _ - are"
        raise click.ClickException(say(sentence, name=name)) from why
    print(f"{name}  {password}")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="For a machine.")
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """Who may log in: name, role, wards, whether switched off."""
    for one in finish(_users(context).every()):
        if as_json:
            row = {"name": one.name, "shown": one.shown, "role": one.role, "wards": one.wards}
            print(json.dumps({**row, "must_change": one.must_change, "disabled": one.disabled}, ensure_ascii=False))
        else:
            state = say("switched off") if one.disabled else say("one-time password") if one.must_change else ""
            print(f"{one.name:20} {one.role:10} {' '.join(one.wards) or '*':20} {one.shown}  {state}".rstrip())


@user.command()
@click.argument("name")
@click.pass_context
def reset(context: click.Context, name: str) -> None:
    """Print a new one-time password for NAME, as for an administrator who forgot theirs; NAME is logged out."""
    password = fresh(name)
    _change(name, _users(context).reset_password(name, password, by="command line"))
    print(f"{name}  {password}")


@user.command()
@click.argument("name")
@click.pass_context
def disable(context: click.Context, name: str) -> None:
    """Let nobody in as NAME any more."""
    _change(name, _users(context).disable(name, by="command line"))


@user.command()
@click.argument("name")
@click.pass_context
def enable(context: click.Context, name: str) -> None:
    """Let NAME in again."""
    _change(name, _users(context).disable(name, by="command line", disabled=False))


def _users(context: click.Context) -> Users:
    return Users(open_database(settings_of(context)), CommandClock(), Passwords(here))


def _change(name: str, change: Coroutine[Any, Any, None]) -> None:
    try:
        finish(change)
    except LookupError as why:
        raise click.ClickException(say("There is no log-in {name!r}.", name=name)) from why
    except LastAdministrator as why:
        sentence = "{name!r} is the last administrator: make somebody else one first."
        raise click.ClickException(say(sentence, name=name)) from why


@user.command(name="hash")
def hashed() -> None:
    """Ask for a password, twice, and print its hash: `secret_hash` of nightbell.toml on the box's boot partition."""
    password = click.prompt(say("Password"), hide_input=True, confirmation_prompt=say("Password again"), err=True)
    try:
        judge(password, "admin")
    except WeakPassword as why:
        raise click.ClickException(say(str(why))) from why
    print(finish(Passwords(here).hash(password)))
