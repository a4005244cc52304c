"""What stands on the box's own screen and serial console: where the panel is, the one-time code, how the box is.

python -m appliance.box.panel TERMINAL…
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.box import places
from appliance.box.daemon_settings import PANEL_PORT, TLS_PORT
from appliance.box.first_code import was_changed
from appliance.foundation.addresses import every
from appliance.foundation.config import Faulty
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from appliance.health_file import read_health
from appliance.settings import Settings, load

EVERY = 5.0
"""Seconds between two looks."""
STICK = (
    "This box runs from a USB stick. To put it on this machine's own disk, start it again,",
    "and choose in the first menu: Install on this machine's disk",
)
NOT_WELL = ("down", "degraded")
CLEAR = "\x1b[H\x1b[2J\x1b[3J"


@dataclass(frozen=True)
class Facts:
    """What is to be told. parts: rows of the health file, empty while the daemon does not work yet."""

    hostname: str
    version: str
    slot: str
    addresses: Sequence[str]
    port: int
    tls_port: int | None
    code: str
    parts: Sequence[dict[str, Any]]
    complaints: Sequence[str]
    from_stick: bool = False


def lines(facts: Facts, language: Language) -> list[str]:
    """The panel, line by line."""

    def say(message: str, **more: object) -> str:
        return translate(message, language, **more)

    told = [
        say("Nightbell {version} on {host}, slot {slot}", version=facts.version, host=facts.hostname, slot=facts.slot)
    ]
    told += [""]
    told += [say("The panel: {address}", address=address(one, facts.port, facts.tls_port)) for one in facts.addresses]
    if not facts.addresses:
        told += [say("No network address yet: is the cable in, does the network give addresses (DHCP)?")]
    if facts.code:
        told += [say("Log in as admin with this code, once: {code}", code=facts.code)]
    if facts.from_stick:
        told += ["", *(say(line) for line in STICK)]
    told += ["", _health(facts.parts, say)]
    told += [
        f"  {one['part']}: {say(one['detail'], **one['facts'])}" for one in facts.parts if one["state"] in NOT_WELL
    ]
    if facts.complaints:
        told += ["", *facts.complaints]
    return told


def address(host: str, port: int, tls_port: int | None) -> str:
    """What is typed into a browser: HTTPS where the box listens there."""
    if tls_port is not None:
        return f"https://{host}{'' if tls_port == TLS_PORT else f':{tls_port}'}/"
    return f"http://{host}{'' if port == PANEL_PORT else f':{port}'}/"


def _health(parts: Sequence[dict[str, Any]], say: Any) -> str:
    bad = [one for one in parts if one["state"] in NOT_WELL]
    if bad:
        return str(say("Not well, of {count} parts: {bad}", bad=len(bad), count=len(parts)))
    # A station that nobody has opened yet starts for days, and is no matter for this screen.
    if not parts or any(one["state"] == "starting" for one in parts if not one["part"].startswith("station:")):
        return str(say("Starting …"))
    return str(say("All {count} parts are well.", count=len(parts)))


def look(run: Path = places.RUN, settings_file: Path = places.SETTINGS) -> Facts:
    """How the box is now. Whatever cannot be read is left out."""
    parts: Sequence[dict[str, Any]] = ()
    port, tls_port, settings = PANEL_PORT, None, None
    # The daemon says what is wrong with its settings; the screen must stay.
    with contextlib.suppress(OSError, Faulty):
        settings = load(settings_file)
        parts, port, tls_port = read_health(settings.health_file), settings.panel.port, settings.panel.tls_port
    return Facts(
        hostname=_text(Path("/proc/sys/kernel/hostname")),
        version=_text(Path("/usr/lib/nightbell/version")),
        slot=_text(run / "slot"),
        addresses=every(),
        port=port,
        tls_port=tls_port,
        code=_code(settings, settings_file.with_name(places.FIRST_CODE.name)),
        parts=parts,
        complaints=_text(run / places.COMPLAINT.name).splitlines(),
        from_stick=(run / places.FROM_STICK.name).exists(),
    )


def _code(settings: Settings | None, file: Path) -> str:
    """The one-time code, forgotten as soon as it was changed; a simulated hospital's is shown for good."""
    code = _text(file)
    if code and settings is not None and settings.simulator is None and was_changed(settings):
        file.unlink(missing_ok=True)
        return ""
    return code


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return ""


def main() -> None:
    """Write the panel to each terminal that is named, whenever it changes."""
    terminals = [Path(name) for name in sys.argv[1:]]
    shown: dict[Path, list[str]] = {}
    stop = threading.Event()
    while not stop.wait(EVERY if shown else 0):
        facts = look()
        for terminal in terminals:
            # The kernel's own terminal has no Chinese letters; who reads a serial one brings their own.
            chosen: Language = "en" if terminal.name.startswith("tty1") else _language()
            told = lines(facts, chosen)
            if shown.get(terminal) != told:
                shown[terminal] = told
                _show(terminal, told)


def _language() -> Language:
    return "en" if _text(places.LANGUAGE) == "en" else "zh"


def _show(terminal: Path, told: list[str]) -> None:
    try:
        with terminal.open("wb", buffering=0) as out:
            out.write((CLEAR + "\r\n".join(told) + "\r\n").encode())
    except OSError as why:
        print(json.dumps({"terminal": str(terminal), "why": str(why)}))


if __name__ == "__main__":
    main()
