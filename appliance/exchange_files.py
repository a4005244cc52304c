"""Writes what both Asterisks read, from the plan: nobody edits a .conf by hand."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.plan import Plan
from appliance.settings import Settings
from appliance.simulator import outside
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.files import write
from pbx.engine.program import Engine, password


def write_exchange(settings: Settings, plan: Plan, secrets: Mapping[str, str]) -> None:
    """The exchange's own configuration. `secrets`: the SIP password of each extension."""
    directory = settings.asterisk
    told = Secrets(password(directory), secrets)
    write(directory, configuration(plan.pbx, told, settings.exchange, Engine.at(settings.exchange.root), directory))


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
        registered=[*desks, *beds],
    )
    write(directory, files)
