"""What a start with nightbell.task=install, restore or reset does instead of being a box.

python -m appliance.box.medium TERMINAL…
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from appliance.backup.trouble import Trouble, brief
from appliance.box import places
from appliance.box.file import BoxFile
from appliance.box.medium import writing
from appliance.box.medium.console import Console, Terminals
from appliance.box.medium.erasing import erase
from appliance.box.medium.installing import install
from appliance.box.medium.planning import DATA
from appliance.box.medium.programs import run
from appliance.box.medium.recovering import recover
from appliance.box.medium.workshop import Workshop
from appliance.box.setup import in_force
from appliance.foundation.values import Language

SHIPPED = Path("/usr/lib/nightbell-box/nightbell.toml")
ENDED = "It was not done."
BY_SYSTEM = "The system says: {why}"
AGAIN = "Press Enter to begin again."
STICK = "Press Enter: the machine switches itself off. When it is off, pull the stick out, then switch it on."
LEAVE = "Press Enter: the machine is started again."


def main() -> None:
    """Converse until it is done; then switch off, or start again."""
    task = word("nightbell.task", Path("/proc/cmdline").read_text("utf-8"))
    language: Language = "en" if _text(places.LANGUAGE) == "en" else "zh"
    console = Terminals.open([Path(name) for name in sys.argv[1:]], language)
    verb = "poweroff"
    while True:
        try:
            verb = do(task, console)
            break
        except Trouble as why:
            console.say(why.message, **why.facts)
        except Exception as why:
            console.say(BY_SYSTEM, why=brief(why))
        console.say(ENDED)
        console.ask(AGAIN)
    if verb == "poweroff":
        console.ask(STICK)
    subprocess.run(["systemctl", "--no-block", verb], check=False)


def do(task: str, console: Console) -> str:
    """Converse once. Returns what the machine is to do then: `poweroff` or `reboot`. Raises Trouble."""
    facts = disk_facts(places.RUN / "disk")
    medium = writing.Medium(
        Path(facts["DISK"]), writing.table_of(Path(facts["DISK"])), _text(places.RUN / "slot"), SHIPPED.read_bytes()
    )
    if task == "reset":
        if not erase(console, DATA in medium.table, lambda tier: note(facts["ENV_PARTITION"], tier)):
            console.ask(LEAVE)
        return "reboot"
    workshop = Workshop(medium, places.DATA, Path("/run/nightbell-sticks"))
    if task == "restore":
        recover(console, workshop, _file())
    else:
        install(console, workshop)
    return "poweroff"


def note(partition: str, tier: str, at: Path = places.RUN / "env") -> None:
    """Keep RESET in GRUB's memory. Raises Trouble."""
    at.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "ext2", "-o", "nodev,nosuid,noexec,sync", partition, at)
    try:
        run("grub-editenv", at / "grubenv", "set", f"RESET={tier}")
    finally:
        run("umount", at)


def word(name: str, line: str) -> str:
    """The value of `name=` in a kernel's command line; empty where it is not there."""
    return next((one.partition("=")[2] for one in line.split() if one.startswith(f"{name}=")), "")


def disk_facts(file: Path) -> dict[str, str]:
    """What the initial RAM disk found out: DISK, BOOT_PARTITION …"""
    pairs = (line.partition("=") for line in file.read_text("utf-8").splitlines())
    return {name: value for name, _, value in pairs}


def _file() -> BoxFile:
    try:
        return in_force()
    except (OSError, ValueError):
        return BoxFile()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
