"""Backups: when, what, where to."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.backup_plan import WEEKDAYS, ToDirectory, ToSftp, ToUsb
from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from web.forms.layout import Doc, Field, Group, Layout, Shape, Variants
from web.forms.names import Names
from web.layouts.common import ID

KINDS = {
    "usb": "The USB stick that is in the box",
    "directory": "A directory: a disk or a share mounted on the box",
    "sftp": "Another machine (SFTP)",
}
DAYS: dict[str, str] = dict(zip(WEEKDAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))

PATH = "A whole path, from / on."

WHEN = Group(
    "When, and what",
    (
        ID,
        Field("at", "Time", usual="by hand only", hint="02:30", wrong="A time such as 02:30."),
        Field("days", "Only on", choices=DAYS, usual="every day"),
        Field("keep", "So many are kept", "When a new one is whole, the oldest beyond them is removed."),
        Field("recordings", "Recorded talk too", "It makes the file large. Everything else is always in it."),
        Field(
            "passphrase",
            "Passphrase",
            "Without it nobody opens the file, we neither: write it down, and keep it elsewhere than the box.",
            secret=True,
        ),
    ),
)
DIRECTORY = Shape(
    ToDirectory,
    (
        WHEN,
        Group(
            "Where to",
            (
                Field(
                    "directory",
                    "Directory",
                    "Where the disk or share is mounted on this box.",
                    hint="/media/backup",
                    wrong=PATH,
                ),
                Field(
                    "own_disk",
                    "May be on the disk of the records",
                    "Saves from mistakes, not from a disk that dies. If not, a disk that is not there is noticed.",
                ),
            ),
        ),
    ),
)
USB = Shape(ToUsb, (WHEN,))
SFTP = Shape(
    ToSftp,
    (
        WHEN,
        Group(
            "Where to",
            (
                Field("host", "Address", hint="10.20.0.9", wrong="That is no host name or IP address."),
                Field("port", "Port"),
                Field(
                    "host_key",
                    "Key of that machine",
                    "As 'ssh-keygen -l' prints it there. If it shows another, nothing is sent, and the page says so.",
                    hint="SHA256:…",
                ),
                Field("user", "User"),
                Field("password", "Password", secret=True),
                Field(
                    "key_file",
                    "Private key, a file of this box",
                    usual="the password",
                    wrong=PATH,
                ),
                Field("directory", "Directory there", usual="where that user arrives"),
            ),
        ),
    ),
)


def _cells(doc: Doc, _: Names, language: Language) -> Sequence[str]:
    where = {
        "usb": translate(KINDS["usb"], language),
        "directory": str(doc.get("directory")),
    }.get(str(doc.get("kind")), f"{doc.get('user')}@{doc.get('host')}:{doc.get('directory', '.')}")
    at = str(doc.get("at") or translate("by hand only", language))
    days = "" if not doc.get("days") else " ".join(translate(DAYS[one], language) for one in doc["days"])
    return (
        str(doc.get("id")), f"{at} {days}".strip(), str(doc.get("keep", 7)), where,
    )  # fmt: skip


LAYOUT = Layout(
    name="backups",
    path=("backups",),
    home="/backup",
    title="Planned backups",
    help="Each is one encrypted file with everything of this box: records, plan, passwords, sounds, settings.",
    one="backup",
    columns=("Short name", "Time", "How many are kept", "Where to"),
    cells=_cells,
    identity="id",
    blank={"id": "nightly", "kind": "usb", "at": "02:30", "keep": 7},
    item=Variants(
        "kind",
        "Put on",
        {"usb": (KINDS["usb"], USB), "directory": (KINDS["directory"], DIRECTORY), "sftp": (KINDS["sftp"], SFTP)},
    ),
    head="care_head.html",
)
