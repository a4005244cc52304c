"""`nightbell check`: is this file fit to be used?"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import click

from appliance.cli.help import Command
from appliance.cli.language import language, say
from appliance.foundation.config import Fault, Faulty, parse
from appliance.foundation.toml_tree import tree
from appliance.plan import Plan
from appliance.settings import Settings


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a fault: file, line, path, message (English).")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check settings (nightbell.toml) and plan files; name each fault by dotted path and line.

    A file with a [site] or [nursecall] table is a plan, any other is taken as settings.
    Nothing is loaded or changed. Exit code 0 when every file is sound, 1 when one is not.

    \b
      nightbell check hospital/plan.toml
      nightbell check --json var/nightbell.toml
    """
    faults = [(file, fault) for file in files for fault in faults_of(file)]
    for file, fault in faults:
        if as_json:
            where = {"file": str(file), "path": fault.path, "line": fault.line}
            print(json.dumps({**where, "message": fault.message}, ensure_ascii=False))
        else:
            print(say("{path}: {reason}", path=file, reason=fault.text(language())))
    if faults:
        raise SystemExit(1)
    if not as_json:
        print("\n".join(say("{path}: {reason}", path=file, reason=say("sound")) for file in files))


def faults_of(file: Path) -> list[Fault]:
    """Everything that is wrong with one file."""
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as why:
        return [Fault("", None, "is not UTF-8 text (byte {byte})", {"byte": why.start})]
    try:
        parse(text, Plan if _is_plan(text) else Settings)
    except Faulty as why:
        return why.faults
    return []


def _is_plan(text: str) -> bool:
    try:
        return bool({"site", "nursecall"} & tree(text).keys())
    except tomllib.TOMLDecodeError:
        return "[site]" in text or "[nursecall" in text
