"""`nightbell status`: what is up and what is not."""

from __future__ import annotations

import json
from typing import Any

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Command, padded
from appliance.cli.language import language, say
from appliance.health_file import read_health
from appliance.supervision import programs_of
from pbx.sms.trouble import told

MARKS = {"up": "✓", "degraded": "!", "down": "✗", "starting": "…"}


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON object: parts, processes.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show every line, trunk, modem, voice, store and process, and how it is.

    Exit code 0 when all is up, 1 when a part is down or the box does not run.
    """
    settings = settings_of(context)
    parts = read_health(settings.health_file)
    processes = [vars(program) for program in programs_of(settings.supervisor_socket)]
    if as_json:
        print(json.dumps({"parts": parts, "processes": processes}, ensure_ascii=False))
    else:
        _print(parts, processes)
    if not parts or any(part["state"] == "down" for part in parts):
        raise SystemExit(1)


def _print(parts: list[dict[str, Any]], processes: list[dict[str, Any]]) -> None:
    if not parts:
        print(say("The box does not run."))
    for part in parts:
        words = told(part["detail"], language()) if part["detail"] else ""
        detail = words.format(**part["facts"]) if part["facts"] else words
        print(f"{MARKS[part['state']]} {part['part']:24} {padded(say(part['state']), -10)} {detail}".rstrip())
    for process in processes:
        mark = "✓" if process["state"] == "RUNNING" else "✗"
        print(f"{mark} process:{process['name']:16} {process['state']:10} {process['why']}")
