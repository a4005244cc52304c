"""The processes of a box, for supervisord."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from appliance.settings import Settings
from appliance.supervision import Program, configuration
from pbx.engine.program import Engine

HOUSE = Path(__file__).parent.parent


def write_configuration(settings: Settings, settings_file: Path) -> Path:
    """Write supervisord.conf for the processes `settings` ask for; returns its path."""
    for directory in (settings.sockets, settings.logs, settings.devices, settings.sounds, settings.asterisk):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = configuration(list(programs(settings, settings_file)), settings.sockets, settings.logs)
    path = settings.sockets / "supervisord.conf"
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def programs(settings: Settings, settings_file: Path) -> Iterator[Program]:
    """Asterisk, the speech worker and the daemon; the simulator and its carrier where settings have one."""
    engine = Engine.at(settings.exchange.root)
    scratch = settings.sounds / "scratch"
    ours = ("-m", "appliance", "--settings", settings_file)
    yield Program("asterisk", engine.argv(settings.asterisk), 10, settings.asterisk)
    speech = ("-m", "tts.voice_worker", "--socket", settings.speech_socket, "--scratch", scratch)
    yield _python("speech", 20, *speech, *(("--model", settings.voice) if settings.voice else ()))
    if settings.simulator is not None:
        yield Program("carrier", engine.argv(settings.carrier), 10, settings.carrier)
        yield _python("simulator", 30, *ours, "simulate", "serve")
    yield _python("daemon", 40, *ours, "daemon")


def _python(name: str, order: int, *arguments: object) -> Program:
    environment = {"PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1"}
    return Program(name, [sys.executable, *map(str, arguments)], order, HOUSE, environment)
