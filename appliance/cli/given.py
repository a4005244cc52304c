"""The settings named on the command line. Apart from the rest, so that quick verbs stay quick."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.language import refusal, say
from appliance.foundation.config import Faulty
from appliance.settings import Settings, load


def settings_of(context: click.Context) -> Settings:
    """The settings named on the command line; a fault ends the command with exit code 1."""
    path: Path = context.find_root().obj
    try:
        return load(path)
    except FileNotFoundError as why:
        sentence = say("There are no settings at {path}: run 'make run' first, or give --settings.", path=path)
        raise click.ClickException(sentence) from why
    except Faulty as why:
        raise refusal(path, why) from why
