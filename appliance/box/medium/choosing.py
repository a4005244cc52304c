"""Which disk, and whether its data stay: what both the installer and the recovery ask."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.box.medium.console import Console
from appliance.box.medium.disks import Disk
from appliance.box.medium.workshop import Workshop

NONE = "No disk can be taken. Connect one, or mend what is said above."
AGAIN = "Press Enter to look again."
WHICH = "Which disk? Type its name, such as {example}; Enter alone looks again:"
NO_SUCH = "There is no disk {name} in the list."
HOLDS = "{disk} holds a box's data."
KEEP_OR_ERASE = "Type KEEP {disk} to renew the system and keep them, or ERASE {disk} to erase everything on it:"
ERASE = "Everything on {disk} ({about}) will be erased. Type ERASE {disk} to go on:"
NOT_THAT = "That is neither. Nothing was changed."


@dataclass(frozen=True)
class Choice:
    """A disk, and whether its data stay."""

    disk: Disk
    keep: bool


def choose(console: Console, workshop: Workshop, *, but: str = "") -> Choice:
    """Ask until a disk was chosen and that was confirmed in so many words. but: a device that is not offered."""
    while True:
        disk = _disk(console, workshop, but)
        keepable = workshop.can_keep(disk)
        if keepable:
            console.say(HOLDS, disk=disk.name)
        asked = KEEP_OR_ERASE if keepable else ERASE
        typed = console.ask(asked, disk=disk.name, about=disk.about)
        if typed == f"ERASE {disk.name}":
            return Choice(disk, keep=False)
        if keepable and typed == f"KEEP {disk.name}":
            return Choice(disk, keep=True)
        console.say(NOT_THAT)


def _disk(console: Console, workshop: Workshop, but: str) -> Disk:
    while True:
        good, bad = workshop.offers()
        good = [disk for disk in good if disk.path != but]
        for why in bad:
            console.say(why.message, **why.facts)
        if not good:
            console.say(NONE)
            console.ask(AGAIN)
            continue
        for disk in good:
            console.say("  {name}   {about}", name=disk.name, about=disk.about)
        name = console.ask(WHICH, example=good[0].name)
        found = next((disk for disk in good if disk.name == name), None)
        if found is not None:
            return found
        if name:
            console.say(NO_SUCH, name=name[:40])
