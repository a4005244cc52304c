"""`nightbell <verb>`. Verbs are loaded when they are asked for, so that the quick ones stay quick."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import click

from appliance.cli.help import Group, teach_click
from appliance.cli.language import chosen, speak
from appliance.foundation.values import LANGUAGES

SETTINGS = Path("var/nightbell.toml")

VERBS = {
    "backup": "backup",
    "cards": "cards",
    "check": "check",
    "daemon": "box",
    "decode": "decode",
    "demo": "demo",
    "dial": "dial",
    "inbound": "inbound",
    "journal": "journal",
    "network": "network",
    "patients": "records",
    "plan": "plan",
    "rate": "rate",
    "recordings": "recordings",
    "regions": "regions",
    "report": "report",
    "reset": "reset",
    "restore": "backup",
    "roster": "rosters",
    "run": "box",
    "simulate": "simulate",
    "staff": "rosters",
    "status": "status",
    "support": "support",
    "tariff": "tariffs",
    "tls": "tls",
    "update": "update",
    "user": "users",
}


class Verbs(Group):
    """A group whose verbs live in modules of this package."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        # Before anything is read: what is wrong with the rest is said in this language, too.
        teach_click()
        speak(chosen(args, os.environ, SETTINGS))
        return super().make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = getattr(importlib.import_module(f"{__name__}.{VERBS[cmd_name]}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="NIGHTBELL_SETTINGS",
    default=SETTINGS,
    show_default=True,
    help="The settings of the box (or environment NIGHTBELL_SETTINGS).",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    help="Of what is printed (or environment NIGHTBELL_LANGUAGE). Default: as LANG says, else the settings.",
)
@click.version_option("0.1.0", prog_name="nightbell")
@click.pass_context
def main(context: click.Context, settings: Path) -> None:
    """Nightbell: ward calls, telephone exchange, 600 billing, messages and speech in one box.

    Start with `make run`, which brings up the appliance with a simulated hospital. Then try:

    \b
      nightbell simulate press 28         press the button at bed 28
      nightbell simulate reset 28         reset it at the bedside
      nightbell status                    what is up and what is not
      nightbell check hospital/plan.toml  check a plan before it is loaded

    Exit codes: 0 done, 1 not possible (the reason is on standard error), 2 wrong usage.
    """
    context.obj = settings
