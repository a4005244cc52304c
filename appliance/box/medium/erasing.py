"""A factory reset asked for at the console: noted in GRUB's memory, done at the next start before the box runs."""

from __future__ import annotations

from collections.abc import Callable

from appliance.box.medium.console import Console

TITLE = "Factory reset of the disk this was started from. There is no way back but a backup."
KEEP_NETWORK = (
    "KEEP NETWORK     records, plan, log-ins, passwords and settings go; address, name and SSH key of the box stay"
)
EVERYTHING = "ERASE EVERYTHING     all of it goes, and nightbell.toml becomes the one the image was shipped with"
ASK = "Type one of the two; Enter alone leaves everything as it is:"
NOTHING = "Nothing was changed."
NO_DATA = "There are no data on this disk."
NOTED = "It is done at the next start, which begins now."
TIERS = {"KEEP NETWORK": "network", "ERASE EVERYTHING": "everything"}
"""What must be typed, and RESET in GRUB's memory."""


def erase(console: Console, has_data: bool, note: Callable[[str], object]) -> bool:
    """The whole conversation; whether a reset was asked for. note: keeps RESET for the next start."""
    console.say(TITLE)
    if not has_data:
        console.say(NO_DATA)
        return False
    console.say(KEEP_NETWORK)
    console.say(EVERYTHING)
    tier = TIERS.get(console.ask(ASK))
    if tier is None:
        console.say(NOTHING)
        return False
    note(tier)
    console.say(NOTED)
    return True
