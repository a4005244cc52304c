"""The installer: from the stick onto this machine's own disk."""

from __future__ import annotations

from appliance.box.medium.choosing import choose
from appliance.box.medium.console import Console
from appliance.box.medium.workshop import Workshop

TITLE = "Install Nightbell on a disk of this machine. The stick itself stays as it is."
COPYING = "Copying, then reading back and comparing. Leave the stick where it is."
DONE = "Installed on {disk}, and what was written reads back the same."
KEPT = "Its data were kept."
EMPTY = "Its data are empty; the box is set up at its first start."


def install(console: Console, workshop: Workshop) -> None:
    """The whole conversation. Raises Trouble where it could not be done."""
    console.say(TITLE)
    chosen = choose(console, workshop)
    console.say(COPYING)
    workshop.install(chosen.disk, console.progress, keep=chosen.keep)
    console.say(DONE, disk=chosen.disk.name)
    console.say(KEPT if chosen.keep else EMPTY)
