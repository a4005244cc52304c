"""`nightbell network`: how the box is in the network, and a change of it on trial, for whoever sits at the console."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace

import click

from appliance import network_facts
from appliance.cli.help import Group
from appliance.cli.language import say
from appliance.foundation import addresses
from appliance.foundation.config import Fault
from appliance.foundation.values import new_id
from appliance.network import asking, record, trouble
from appliance.network.asking import Request, What
from appliance.network.box import in_force, steady
from appliance.network.cards import wired
from appliance.network.places import Places
from appliance.network.record import Change
from appliance.network.table import NetworkTable
from appliance.network.typed import table, typed
from web.network import Unfit

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
PHASES = {
    "trial": "on trial", "keeping": "being kept", "confirmed": "confirmed", "back": "went back", "refused": "refused",
}  # fmt: skip


def places_of() -> Places:
    """Where changes lie; tests put others here."""
    return Places()


@click.group(cls=Group)
def network() -> None:
    """How the box is in the network; on a box from the image, a change of it on trial: back by itself after two
    minutes unless it is confirmed.

    Exit codes: 0 done or asked for, 1 refused (the reason is on standard error), 2 wrong usage.
    """


@network.command()
@as_json
def show(as_json: bool) -> None:
    """The addresses of the cards, gateway, name and time servers, and how the last change went."""
    places, facts = places_of(), network_facts.network()
    kept, last = (in_force(places.box), _last(places)) if places.is_image else (None, None)
    left = round(last.until - steady()) if last is not None and last.phase == "trial" else None
    if as_json:
        said = {
            "image": places.is_image, "cards": dict(facts.cards), "gateway": facts.gateway, "dns": facts.dns,
            "ntp": facts.ntp, "kept": kept.model_dump(mode="json") if kept else None,
            "change": {**asdict(last), "wanted": last.wanted.model_dump(mode="json"),
                       "before": last.before.model_dump(mode="json"), "left": left} if last else None,
        }  # fmt: skip
        print(json.dumps(said, default=str))
        return
    for card, address in facts.cards:
        print(f"{card}: {address}")
    print(say("Gateway: {gateway}", gateway=facts.gateway or "–"))
    print(say("Name servers: {servers}", servers=", ".join(facts.dns) or "–"))
    if facts.ntp:
        print(say("Time servers: {servers}", servers=", ".join(facts.ntp)))
    print(say(trouble.NO_IMAGE) if kept is None else say("Kept: {address}", address=kept.address))
    if last is not None:
        _say_how_it_went(last, left)


@network.command(name="set")
@click.option("--address", default="", help="dhcp, or an address with its prefix, 10.1.2.3/24. Default: as it is.")
@click.option("--gateway", help="Of the network; an empty one takes it away.")
@click.option("--dns", help="Name servers, between commas; empty: as DHCP says.")
@click.option("--ntp", help="Time servers, between commas; empty: as DHCP says.")
@click.option("--interface", help="The network card; empty: every wired one.")
@as_json
def set_(
    address: str, gateway: str | None, dns: str | None, ntp: str | None, interface: str | None, as_json: bool
) -> None:
    """Put another network in force, on trial.

    \b
      nightbell network set --address 10.1.2.3/24 --gateway 10.1.2.1 --dns 10.1.2.53
      nightbell network confirm
    """
    places = _of_image(as_json)
    kept, last = in_force(places.box), _last(places)
    if (last is not None and last.is_open) or places.request.exists():
        raise _refused(say(trouble.BUSY), as_json)
    wanted = typed(kept)
    if address:
        wanted = replace(wanted, by_dhcp=address == "dhcp", address=address, gateway="")
    wanted = replace(
        wanted, interface=_or(interface, wanted.interface), gateway=_or(gateway, wanted.gateway),
        dns=_or(dns, wanted.dns), ntp=_or(ntp, wanted.ntp),
    )  # fmt: skip
    try:
        found = table(wanted, kept.hostname)
    except Unfit as why:
        raise _refused("; ".join(_said(name, fault) for name, fault in why.faults.items()), as_json) from why
    if found.interface not in ("", *(one.name for one in wired(places.cards))):
        raise _refused(say(trouble.NO_CARD, card=found.interface), as_json)
    if found == kept:
        raise _refused(say(trouble.SAME), as_json)
    _ask(places, "try", as_json, found)


@network.command()
@as_json
def confirm(as_json: bool) -> None:
    """Keep what is on trial; over SSH only where you came by the new address."""
    places = _of_image(as_json)
    last = _on_trial(places, as_json)
    # Of an SSH session: client, its port, our address, our port.
    came = os.environ.get("SSH_CONNECTION", "").split()
    reached_at = came[2] if len(came) == 4 else asking.CONSOLE
    if reached_at != asking.CONSOLE and not last.proven(reached_at, addresses.every()):
        where = str(last.wanted.fixed.ip) if last.wanted.fixed else last.wanted.address
        raise _refused(say("You came by {reached}: come by {address}.", reached=reached_at, address=where), as_json)
    _ask(places, "confirm", as_json, reached_at=reached_at)


@network.command()
@as_json
def back(as_json: bool) -> None:
    """Go back at once to what was kept."""
    places = _of_image(as_json)
    _on_trial(places, as_json)
    _ask(places, "back", as_json)


def _or(given: str | None, else_: str) -> str:
    return else_ if given is None else given


def _last(places: Places) -> Change | None:
    return record.read(places.record, places.boot(), in_force(places.box))


def _say_how_it_went(last: Change, left: int | None) -> None:
    print(say("Last change: {address}, {phase}", address=last.wanted.address, phase=say(PHASES[last.phase])))
    if left is not None:
        print(say("It goes back by itself in {seconds} seconds.", seconds=left))
    if last.why:
        print(say(last.why, **last.facts))


def _of_image(as_json: bool) -> Places:
    places = places_of()
    if not places.is_image:
        raise _refused(say(trouble.NO_IMAGE), as_json)
    return places


def _on_trial(places: Places, as_json: bool) -> Change:
    last = _last(places)
    if last is None or last.phase != "trial":
        raise _refused(say(trouble.NO_TRIAL), as_json)
    return last


def _said(name: str, fault: Fault) -> str:
    return f"{name}: {say(fault.msgid, **fault.facts)}"


def _ask(places: Places, what: What, as_json: bool, wanted: NetworkTable | None = None, reached_at: str = "") -> None:
    by = f"command line {os.environ.get('USER', '')}".strip()
    try:
        asking.ask(places, Request(new_id(), what, by, wanted, reached_at))
    except OSError as why:
        raise _refused(str(why), as_json) from why
    print(json.dumps({"asked": True}) if as_json else say("Asked for: 'nightbell network show' says how it goes."))


def _refused(sentence: str, as_json: bool) -> click.ClickException:
    if as_json:
        print(json.dumps({"refused": sentence}))
        sys.stdout.flush()
    return click.ClickException(sentence)
