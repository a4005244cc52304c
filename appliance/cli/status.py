"""`nightbell status`: what is up and what is not."""

from __future__ import annotations

import json
from typing import Any

import click

from appliance.cli.given import settings_of
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.health import read_health
from appliance.supervision import programs_of

MARKS = {"up": "✓", "degraded": "!", "down": "✗", "starting": "…"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON object: parts, processes.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of the settings.")
@click.pass_context
def status(context: click.Context, as_json: bool, language: Language | None) -> None:
    """Show every line, trunk, modem, voice, store and process, and how it is.

    Exit code 0 when all is up, 1 when a part is down or the box does not run.
    """
    settings = settings_of(context)
    parts = read_health(settings.health_file)
    processes = [vars(program) for program in programs_of(settings.supervisor_socket)]
    if as_json:
        print(json.dumps({"parts": parts, "processes": processes}, ensure_ascii=False))
    else:
        _print(parts, processes, language or settings.language)
    if not parts or any(part["state"] == "down" for part in parts):
        raise SystemExit(1)


def _print(parts: list[dict[str, Any]], processes: list[dict[str, Any]], language: Language) -> None:
    if not parts:
        print(translate("The box does not run.", language))
    for part in parts:
        detail = translate(part["detail"], language, **part["facts"]) if part["detail"] else ""
        print(f"{MARKS[part['state']]} {part['part']:24} {translate(part['state'], language):10} {detail}".rstrip())
    for process in processes:
        mark = "✓" if process["state"] == "RUNNING" else "✗"
        print(f"{mark} process:{process['name']:16} {process['state']:10} {process['why']}")
