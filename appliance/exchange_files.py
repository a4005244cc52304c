"""Writes what both Asterisks read, from the plan: nobody edits a .conf by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from twisted.logger import Logger

from appliance.foundation import durable
from appliance.foundation.clock import CommandClock
from appliance.foundation.secret import SecretMissing, secret
from appliance.plan import Plan
from appliance.settings import Settings
from appliance.simulator import outside
from appliance.tls.desk import names_of
from appliance.tls.shelf import Shelf
from pbx.engine.certificate import ensure
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.dialplan import dialplan
from pbx.engine.files import write
from pbx.engine.program import Engine, password
from pbx.engine.transports import kept_certificate, needs_certificate
from pbx.plan_trunks import SipTrunk
from pbx.tones import Tones


def write_exchange(
    settings: Settings, plan: Plan, secrets: Mapping[str, str], seats: Mapping[str, str] | None = None
) -> None:
    """The exchange's own configuration. secrets: the SIP password of each extension. seats: as `dialplan` has them."""
    directory = settings.asterisk
    if needs_certificate(plan.pbx) and not settings.exchange.tls_certificate:
        _certificate(settings)
    write(directory, _exchange(settings, plan, secrets, seats or {}))


def renew_certificate(settings: Settings, plan: Plan) -> bool:
    """Whether telephones were to see another certificate, which they do once the exchange has read its files anew."""
    if not needs_certificate(plan.pbx) or settings.exchange.tls_certificate or settings.panel.tls_port is None:
        return False
    kept = kept_certificate(settings.asterisk)
    before = kept.read_bytes() if kept.exists() else b""
    _certificate(settings)
    return kept.read_bytes() != before


def _certificate(settings: Settings) -> None:
    """Telephones and browsers see the same one; without HTTPS the exchange has one to itself."""
    kept, now = kept_certificate(settings.asterisk), CommandClock().now()
    if settings.panel.tls_port is None:
        ensure(kept, settings.exchange.sip_address, now)
        return
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.write(kept, Shelf(settings.tls).in_force(names_of(settings.panel), now).identity.pem())


def write_secrets(settings: Settings, plan: Plan, secrets: Mapping[str, str]) -> None:
    """Only what holds SIP passwords: whom the guard keeps out, say, stays written."""
    write(settings.asterisk, {"pjsip.conf": _exchange(settings, plan, secrets, {})["pjsip.conf"]})


def write_seats(settings: Settings, plan: Plan, seats: Mapping[str, str]) -> None:
    """Only what says where extensions ring while the daemon is dead, and what lamps follow."""
    write(settings.asterisk, {"extensions.conf": dialplan(plan.pbx, seats)})


def _exchange(settings: Settings, plan: Plan, secrets: Mapping[str, str], seats: Mapping[str, str]) -> dict[str, str]:
    told = Secrets(password(settings.asterisk), secrets, _carriers_secrets(plan))
    engine, music = Engine.at(settings.exchange.root), hold_music(settings, plan)
    return configuration(plan.pbx, told, settings.exchange, engine, settings.asterisk, music=music, seats=seats)


def hold_music(settings: Settings, plan: Plan) -> list[Path]:
    """What who waits hears: the plan's files that are there, else music of our own."""
    wanted = [settings.prompts / name for name in plan.pbx.features.hold_music]
    return [file for file in wanted if file.is_file()] or [Tones(settings.tones).music()]


def _carriers_secrets(plan: Plan) -> dict[str, str]:
    """What carriers gave us to prove ourselves with, by trunk. One that is not to be had leaves its trunk without."""
    found = {}
    for trunk in plan.pbx.trunks:
        if isinstance(trunk, SipTrunk):
            try:
                found[trunk.id] = secret(trunk.password)
            except SecretMissing as why:
                Logger().warn("trunk {trunk} cannot log in: {why}", trunk=trunk.id, why=why)
    return found


def write_carrier(settings: Settings, plan: Plan, secrets: Mapping[str, str]) -> None:
    """The simulated carrier's and phones' configuration, where the settings ask for one."""
    if settings.simulator is None:
        return
    engine, directory = Engine.at(settings.exchange.root), settings.carrier
    desks = [ward.desk for ward in plan.nursecall.wards if ward.desk is not None]
    beds = [number for ward in plan.nursecall.wards for number in ward.phones.beds.values()]
    files = outside.configuration(
        plan.pbx,
        secrets,
        settings.exchange,
        settings.simulator,
        engine,
        directory,
        password(directory),
        registered=[*desks, *beds, *filter(None, [plan.pbx.features.operator])],
    )
    write(directory, files)
