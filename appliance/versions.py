"""Which versions a box runs. It asks Asterisk, which takes a moment: never in the daemon."""

from __future__ import annotations

import platform
import subprocess
import tomllib
from pathlib import Path

import sqlalchemy as sa

from appliance.settings import Settings
from pbx.engine.program import Engine

OF_THE_IMAGE = Path("/usr/lib/nightbell/version")
OWN = Path(__file__).parents[1] / "pyproject.toml"
PATIENCE = 10
"""Seconds."""


def versions(settings: Settings, connection: sa.Connection) -> dict[str, str]:
    """What (a message id) → its version; a dash for what does not say."""
    number = ".".join(map(str, connection.dialect.server_version_info or ()))
    return {
        "Nightbell": _own(),
        "Asterisk": _asterisk(settings),
        "Records": f"{connection.dialect.name} {number}",
        "Python": platform.python_version(),
        "System": platform.platform(),
    }


def _own() -> str:
    try:
        return OF_THE_IMAGE.read_text("utf-8").strip()
    except OSError:
        pass
    try:
        return str(tomllib.loads(OWN.read_text("utf-8"))["project"]["version"])
    except (OSError, ValueError, KeyError):
        return "–"


def _asterisk(settings: Settings) -> str:
    command = Engine.at(settings.exchange.root).asking_version()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return "–"
    return done.stdout.strip().removeprefix("Asterisk ")
