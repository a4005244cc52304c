"""The processes of a box, for supervisord."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from platform import machine

from appliance.settings import Settings
from appliance.supervision import Program, configuration
from pbx.engine.program import Engine

HOUSE = Path(__file__).parent.parent
SHIPPED_VOICE = HOUSE / "voice"
"""Where the image has the good voice."""

_ALLOCATOR = Path(f"/usr/lib/{machine()}-linux-gnu/libjemalloc.so.2")
PYTHON = {"PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1"} | (
    {"LD_PRELOAD": str(_ALLOCATOR)} if _ALLOCATOR.exists() else {}
)
"""The environment of our own processes. With glibc's allocator what a daemon gave back comes to lie in ever more holes,
15 MB of them after a heavy day's peak; with jemalloc it does not (docs/decisions/0021)."""


def write_configuration(settings: Settings, settings_file: Path) -> Path:
    """Write supervisord.conf for the processes `settings` ask for; returns its path."""
    for directory in (
        settings.sockets, settings.logs, settings.devices, settings.sounds, settings.asterisk, settings.scratch,
    ):  # fmt: skip
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = configuration(list(programs(settings, settings_file)), settings.sockets, settings.logs)
    path = settings.sockets / "supervisord.conf"
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def programs(settings: Settings, settings_file: Path) -> Iterator[Program]:
    """Asterisk, the speech worker, who sees to recordings, the daemon; the simulator and its carrier where wanted."""
    engine = Engine.at(settings.exchange.root)
    scratch = settings.sounds / "scratch"
    ours = ("-m", "appliance", "--settings", settings_file)
    yield Program("asterisk", engine.argv(settings.asterisk), 10, settings.asterisk)
    speech = ("-m", "tts.voice_worker", "--socket", settings.speech_socket, "--scratch", scratch)
    yield _python("speech", 20, *speech, "--model", settings.voice or SHIPPED_VOICE)
    if settings.simulator is not None:
        yield Program("carrier", engine.argv(settings.carrier), 10, settings.carrier)
        yield _python("simulator", 30, *ours, "simulate", "serve")
    yield _python("recordings", 35, *ours, "recordings", "work")
    yield _python("daemon", 40, *ours, "daemon")


def _python(name: str, order: int, *arguments: object) -> Program:
    return Program(name, [sys.executable, *map(str, arguments)], order, HOUSE, PYTHON)
