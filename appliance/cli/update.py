"""`nightbell update`: signed updates of a box that was started from the image."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from appliance.cli.help import Group
from appliance.cli.language import say
from appliance.foundation.values import new_id
from appliance.updating import asking, record, trouble
from appliance.updating.arrivals import Arrivals
from appliance.updating.asking import Request, What
from appliance.updating.bundle import Bundle
from appliance.updating.installer import Installer
from appliance.updating.life import Slot, may_replace
from appliance.updating.places import Places
from appliance.updating.release import running
from appliance.updating.trouble import Trouble

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
BY = "command line"
STATES = {"good": "worked", "fresh": "not tried yet", "bad": "of no use", "empty": "nothing in it"}
PHASES = {
    "installing": "being installed", "waiting": "waits for the restart", "trial": "on trial", "confirmed": "confirmed",
    "back": "went back", "failed": "not installed",
}  # fmt: skip


def places_of() -> Places:
    """Where updates lie; tests put others here."""
    return Places()


@click.group(cls=Group)
def update() -> None:
    """Signed updates: into the other slot while calls go on, on trial after a restart, back by itself if it fails.

    Exit codes: 0 done or asked for, 1 refused (the reason is on standard error), 2 wrong usage.
    """


@update.command()
@as_json
def status(as_json: bool) -> None:
    """The version that runs, what both slots hold, and how the last update went."""
    places = places_of()
    release, known = running(places.system), record.read(places.record)
    slot = places.slot.read_text("utf-8").strip() if places.is_image else ""
    held = {one: known.slots.get(one) for one in _slots()}
    if as_json:
        slots = {
            name: {"version": one.release.version, "state": one.state} if one else None for name, one in held.items()
        }
        facts: dict[str, Any] = {"image": places.is_image, "version": release.version, "slot": slot, "slots": slots}
        print(json.dumps(facts | {"update": asdict(known.update) if known.update else None}, default=str))
        return
    if not places.is_image:
        raise click.ClickException(say(trouble.NO_IMAGE))
    for name, one in held.items():
        state = say("runs") if name == slot else say(STATES[one.state if one else "empty"])
        version = release.version if name == slot else one.release.version if one else "–"
        print(say("Slot {slot}: {version}, {state}", slot=name, version=version, state=state))
    if known.update is not None:
        phase, version = say(PHASES[known.update.phase]), known.update.release.version
        print(say("Last update: {version}, {phase}", version=version, phase=phase))
        if known.update.why:
            print(say(known.update.why, **known.update.facts))


@update.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
@click.option("--answer", is_flag=True, hidden=True)
def check(file: Path, as_json: bool, answer: bool) -> None:
    """Read the bundle FILE through: whether it is whole, by whom it is signed, and whether it fits this box."""
    places = places_of()
    try:
        found = _checked(places, file, older=True)
    except Trouble as why:
        if answer:
            print(json.dumps({"why": why.why, "facts": why.facts}))
            return
        raise _refused(why, as_json) from why
    older = found.release.made < running(places.system).made
    if as_json or answer:
        facts = {"version": found.release.version, "signed_by": found.signed_by, "octets": found.octets}
        print(json.dumps(facts | {"is_older": older}))
        return
    print(say("{version}, signed by {signer}", version=found.release.version, signer=found.signed_by or "?"))
    if older:
        print(say("It is older than what runs."))


@update.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--older", is_flag=True, help="Even where it is older than what runs.")
@as_json
def install(file: Path, older: bool, as_json: bool) -> None:
    """Install the bundle FILE into the other slot. It counts from the next restart of the box on."""
    places = places_of()
    try:
        _demand_free(places)
        found = _checked(places, file, older=older)
        _ask(places, "install", file=str(_where_root_looks(places, file)), older=older)
    except Trouble as why:
        raise _refused(why, as_json) from why
    _asked(found.release.version, as_json)


@update.command()
@as_json
def back(as_json: bool) -> None:
    """Let the version of the other slot be started at the next restart of the box."""
    places = places_of()
    try:
        _demand_free(places)
        known = record.read(places.record)
        slot: Slot = "B" if places.slot.read_text("utf-8").strip() == "B" else "A"
        other = known.other(slot)
        if other is None or other.state != "good":
            raise Trouble(trouble.NOT_CONFIRMED)
        may_replace(running(places.system), other.release, known.floor, older=True)
        _ask(places, "back")
    except Trouble as why:
        raise _refused(why, as_json) from why
    _asked(other.release.version, as_json)


def _slots() -> tuple[Slot, Slot]:
    return ("A", "B")


def _demand_free(places: Places) -> None:
    """Raises Trouble."""
    if not places.is_image:
        raise Trouble(trouble.NO_IMAGE)
    known = record.read(places.record).update
    if places.request.exists() or (known is not None and not known.is_over):
        raise Trouble(trouble.BUSY)


def _checked(places: Places, file: Path, *, older: bool) -> Bundle:
    """Raises Trouble."""
    if not places.is_image:
        raise Trouble(trouble.NO_IMAGE)
    if not file.is_file():
        raise Trouble(trouble.NO_FILE, file=str(file))
    own = running(places.system)
    with TemporaryDirectory() as scratch:
        found = Installer(places.rauc, Path(scratch)).check(file.absolute())
    may_replace(own, found.release, max(record.read(places.record).floor, own.floor), older=older)
    return found


def _where_root_looks(places: Places, file: Path) -> Path:
    """`file` where it is on a stick or was sent; else a copy of it. Raises Trouble."""
    try:
        return asking.within(places, str(file))
    except Trouble:
        arrivals, size = Arrivals(places), file.stat().st_size
        ticket = arrivals.expect(size)
        taken = arrivals.admits(ticket, size)
        assert taken is not None
        shutil.copyfile(file, taken)
        arrivals.arrived(ticket)
        return places.upload


def _ask(places: Places, what: What, *, file: str = "", older: bool = False) -> None:
    try:
        asking.ask(places, Request(new_id(), what, f"{BY} {os.environ.get('USER', '')}".strip(), file, older))
    except OSError as why:
        raise Trouble(trouble.NOT_INSTALLED, why=str(why)) from why


def _asked(version: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"asked": True, "version": version}))
        return
    print(say("{version} is on its way: 'nightbell update status' says how far it is.", version=version))


def _refused(why: Trouble, as_json: bool) -> click.ClickException:
    sentence = say(why.why, **why.facts)
    if as_json:
        print(json.dumps({"refused": sentence}))
        sys.stdout.flush()
    return click.ClickException(sentence)
