"""The recovery: the stick's system and a backup's records onto a disk, compared before anything is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from appliance.backup import restoring
from appliance.backup.comparing import Row
from appliance.backup.trouble import Trouble
from appliance.box.file import BoxFile
from appliance.box.medium.adopting import Home
from appliance.box.medium.choosing import Choice, choose
from appliance.box.medium.console import Console
from appliance.box.medium.installing import COPYING, DONE
from appliance.box.medium.workshop import Found, Workshop

TITLE = "Restore a backup onto a disk of this machine."
NO_FILE = "No backup was found. Plug in the stick that has it (its name ends in .nightbell.zip), then press Enter."
FILE = "  {number}   {name}   {size} MB"
WHICH = "Which one? Type its number; Enter alone looks again:"
ASK_WORDS = "Its passphrase (not shown while you type):"
HOLDS = "{site} ({host}), {at}: {rows} rows, journal to line {line}, {files} files."
READING = "Reading the backup to its end …"
JUDGING = "Unpacking the backup beside what is there, and comparing …"
SAME = "{what}: {said} in the backup, {found} restored"
OTHER = "{what}: {said} in the backup, {found} RESTORED: THEY DIFFER"
UNTOUCHED = "The disk's own data are as they were."
RESTORED = "Restored: every table, the journal and the ledger agree with the backup."
MEGA = 1e6


def recover(console: Console, workshop: Workshop, file: BoxFile) -> None:
    """The whole conversation. file: what the stick says of the box. Raises Trouble where it could not be done."""
    console.say(TITLE)
    while True:
        with workshop.backups() as found:
            if not found:
                console.ask(NO_FILE)
                continue
            chosen = _which(console, found)
            if chosen is not None:
                _recover(console, workshop, file, chosen)
                return


def _which(console: Console, found: Sequence[Found]) -> Found | None:
    for number, one in enumerate(found, 1):
        console.say(FILE, number=number, name=one.file.name, size=f"{one.octets / MEGA:.1f}")
    typed = console.ask(WHICH)
    return found[int(typed) - 1] if typed.isdecimal() and 1 <= int(typed) <= len(found) else None


def _recover(console: Console, workshop: Workshop, file: BoxFile, found: Found) -> None:
    passphrase = console.ask(ASK_WORDS, is_secret=True)
    console.say(READING)
    said = restoring.look(found.file, passphrase)
    console.say(
        HOLDS, site=said.site, host=said.host, at=f"{said.at:%Y-%m-%d %H:%M}", rows=sum(said.tables.values()),
        line=said.heads.journal[0], files=said.files,
    )  # fmt: skip
    chosen = choose(console, workshop, but=found.disk)
    if chosen.keep:
        # The data that are there stay until the backup has been judged beside them, and the system, too.
        try:
            _with_home(workshop, chosen, file, lambda home: _judge(console, home, found, passphrase))
        except Trouble:
            console.say(UNTOUCHED)
            raise
    console.say(COPYING)
    workshop.install(chosen.disk, console.progress, keep=chosen.keep)
    console.say(DONE, disk=chosen.disk.name)

    def restore(home: Home) -> None:
        if not chosen.keep:
            _judge(console, home, found, passphrase)
        home.switch(found.file.name)

    _with_home(workshop, chosen, file, restore)
    console.say(RESTORED)


def _judge(console: Console, home: Home, found: Found, passphrase: str) -> None:
    console.say(JUDGING)
    home.judge(found.file, passphrase, lambda rows: _tell(console, rows))


def _tell(console: Console, rows: Sequence[Row]) -> None:
    """Tables without rows are counted, not shown."""
    for row in rows:
        if row.said != "0" or not row.agrees:
            console.say(SAME if row.agrees else OTHER, what=row.what, said=row.said, found=row.found)


def _with_home(workshop: Workshop, chosen: Choice, file: BoxFile, then: Callable[[Home], None]) -> None:
    with workshop.data_of(chosen.disk) as data:
        then(Home(data, file))
